"""The parts of the bridge's bench, each of which gives flat figures."""

import asyncio
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rig.load.generate import Found, Generator, Order
from rig.load.screens import Dashboard, percentile, sign_in, timed
from rig.load.stand import SEED, Plain, Run, Stand, measured
from rig.waiting import wait_for

if TYPE_CHECKING:
    from rig.load.postgres import Postgres

type Figures = dict[str, float]


@dataclass(frozen=True)
class Size:
    """How long and how large; the quick one tells whether the bench works, not how fast the bridge is."""

    homes: int = 40_000
    seconds: float = 10.0
    most_a_second: int = 8_000
    watched_s: int = 20
    open_alerts: int = 50_000
    pages: int = 200
    storm_s: int = 60


RUNS = 3
QUICK = Size(
    homes=2_000, seconds=2.0, most_a_second=3_000, watched_s=4, open_alerts=1_000, pages=20, storm_s=10
)


def order(stand: Stand, size: Size, kind: str, connections: int, part: int) -> Order:
    """As fast as it is answered, over one of the ``RUNS`` parts of the homes in turn.

    Homes number their messages: were one to begin anew, as a copy would, the bridge would note each.
    """
    homes = stand.homes // RUNS
    return Order(
        kind=kind,
        ports=stand.ports,
        connections=connections,
        requests=int(size.seconds * size.most_a_second),
        seconds=size.seconds,
        first_home=part * homes,
        homes=homes,
        seed=SEED,
    )


def at_rate(stand: Stand, kind: str, rate: float, seconds: float, first_home: int = 0) -> Order:
    """So many a second; a home sends once at most while there are homes.

    Heartbeats are answered ten times a second at most, so they come over many connections, as homes do.
    """
    requests = int(rate * seconds)
    homes = min(requests, stand.homes - first_home)
    connections = 512 if kind == "heartbeat" else 64
    return Order(kind, stand.ports, connections, requests, seconds, first_home, homes, SEED, rate, every=True)


def throughput(stand: Stand, size: Size) -> Figures:
    """Alerts at 64 and 512 connections, heartbeats at 512."""
    figures: Figures = {}
    runs = (("alerts_64", "alert", 64), ("alerts_512", "alert", 512), ("heartbeats_512", "heartbeat", 512))
    for part, (name, kind, connections) in enumerate(runs):
        climbed = _climbed(stand)
        figures |= _of_run(name, stand.run(order(stand, size, kind, connections, part)))
        if kind == "alert":
            figures[f"{name}_ladders_per_s"] = (_climbed(stand) - climbed) / size.seconds
    return figures


def _climbed(stand: Stand) -> int:
    """Looks at ladders that workers have done."""
    return _number(
        stand, "SELECT count(*) FROM outgoing_outgoing WHERE kind = 'escalate' AND sent_at IS NOT NULL"
    )


def plain(address: str, postgres: Postgres | None, size: Size) -> Figures:
    """The plain view, as Django comes and as it is best."""
    figures: Figures = {}
    for interface, name in (("asgi", "plain"), ("wsgi", "plain_kept")):
        server = Plain(address, interface)
        try:
            for connections in (64, 512):
                asked = Order("plain", [server.port], connections, 100_000, size.seconds, 0, 0, SEED)
                run = measured(asked, [server.pid], postgres)
                figures |= _of_run(f"{name}_{connections}", run)
        finally:
            server.stop()
    return figures


def _of_run(name: str, run: Run) -> Figures:
    found = run.found
    return {
        f"{name}_per_s": found.rate,
        f"{name}_p50_ms": found.p50_ms,
        f"{name}_p99_ms": found.p99_ms,
        f"{name}_max_ms": found.max_ms,
        f"{name}_cpu_ms": run.cpu_ms,
        f"{name}_cpu_server_ms": run.server_ms,
        f"{name}_cpu_database_ms": run.database_ms,
        f"{name}_cpu_worker_ms": run.worker_ms,
        f"{name}_not_ok": sum(found.other.values()) + found.broken,
    }


def news(stand: Stand, size: Size) -> Figures:
    """From a POST to another user's open dashboard, at 100 alerts/s beside 1,000 heartbeats/s."""
    alerts = Generator(at_rate(stand, "alert", 100, size.watched_s))
    beats = Generator(at_rate(stand, "heartbeat", 1_000, size.watched_s))
    dashboard = Dashboard(stand.ports[-1])

    async def story() -> tuple[Found, Found]:
        ended = asyncio.Event()
        watching = dashboard.watch(ended)
        await asyncio.sleep(1.5)
        alerts.go()
        beats.go()
        found = await asyncio.to_thread(alerts.found), await asyncio.to_thread(beats.found)
        await asyncio.sleep(3)
        ended.set()
        await watching
        return found

    sent, beaten = asyncio.run(story())
    shown = [dashboard.shown_ms(due, done) for _, due, done in sent.times]
    known = [value for value in shown if value is not None]
    return {
        "news_alerts": sent.ok,
        "news_heartbeats": beaten.ok,
        "news_p50_ms": percentile(known, 0.5),
        "news_p99_ms": percentile(known, 0.99),
        "news_never": len(shown) - len(known),
        "news_alert_p99_ms": sent.p99_ms,
        "news_heartbeat_p99_ms": beaten.p99_ms,
    }


def pages(stand: Stand, size: Size) -> Figures:
    """The queue's page and a change of status, with so many open alerts."""
    stand.site.run("alerts", str(size.open_alerts), module="rig.load.settle")
    count = "SELECT count(*) FROM alerts_alert WHERE state <> 'closed'"
    open_alerts = int(stand.site.query(count)[0][0])
    some = f"SELECT id FROM alerts_alert WHERE state = 'raised' ORDER BY id DESC LIMIT {size.pages}"  # noqa: S608 - a number of ours
    ids = [int(row[0]) for row in stand.site.query(some)]
    with closing(sign_in(stand.ports[0])) as person:
        timed(lambda _: person.get("/"), 5)
        queue = timed(lambda _: person.get("/"), size.pages)
        token = person.cookies["csrftoken"]
        changes = timed(
            lambda number: person.post(
                f"/alerts/{ids[number]}/acknowledge/", data={"csrfmiddlewaretoken": token}
            ),
            len(ids),
        )
    return {
        "open_alerts": open_alerts,
        "queue_p50_ms": percentile(queue, 0.5),
        "queue_p99_ms": percentile(queue, 0.99),
        "status_p50_ms": percentile(changes, 0.5),
        "status_p99_ms": percentile(changes, 0.99),
        **stand.memory(),
    }


def storm(stand: Stand, size: Size) -> Figures:
    """All homes fall silent in one minute and return in the next; somebody calls for help all the while."""
    calls = 20.0
    # The first requests after a start wait for connections to the database.
    stand.run(at_rate(stand, "heartbeat", calls, 3))
    idle = stand.run(at_rate(stand, "alert", calls, size.storm_s / 2)).found
    stand.site.run("silence", str(size.storm_s), module="rig.load.settle")
    began = time.monotonic()
    silent = stand.run(at_rate(stand, "alert", calls, size.storm_s)).found
    wait_for("every silent home is known", lambda: _unknown(stand) == 0, 900)
    known_s = time.monotonic() - began - size.storm_s
    area = _area_incidents(stand)
    offline_alerts = _open_offline(stand)
    back = Generator(at_rate(stand, "heartbeat", stand.homes / size.storm_s, size.storm_s))
    calling = Generator(at_rate(stand, "alert", calls, size.storm_s))
    running = threading.Thread(target=back.go)
    running.start()
    calling.go()
    running.join()
    returning, returned = calling.found(), back.found()
    wait_for("every home is back", lambda: _offline(stand) == 0, 900)
    return {
        "storm_homes": stand.homes,
        "storm_idle_p99_ms": idle.p99_ms,
        "storm_silent_p99_ms": silent.p99_ms,
        "storm_returning_p99_ms": returning.p99_ms,
        "storm_longest_ms": max(silent.max_ms, returning.max_ms),
        "storm_calls_not_ok": sum(one.broken + sum(one.other.values()) for one in (silent, returning)),
        "storm_known_after_last_deadline_s": round(max(0.0, known_s), 1),
        "storm_alerts_about_silence": offline_alerts,
        "storm_area_incidents": area,
        "storm_heartbeats_p99_ms": returned.p99_ms,
        "storm_alerts_left_open": _open_offline(stand),
    }


def _number(stand: Stand, sql: str) -> int:
    return int(stand.site.query(sql)[0][0])


def _unknown(stand: Stand) -> int:
    """Homes whose deadline has passed and that are not yet known as offline."""
    return _number(stand, "SELECT count(*) FROM homes_home WHERE deadline_at <= CURRENT_TIMESTAMP")


def _offline(stand: Stand) -> int:
    return _number(stand, "SELECT count(*) FROM homes_home WHERE link = 'offline'")


def _open_offline(stand: Stand) -> int:
    about = "origin = 'bridge' AND kind = 'device'"
    return _number(stand, f"SELECT count(*) FROM alerts_alert WHERE {about} AND state <> 'closed'")  # noqa: S608 - ours


def _area_incidents(stand: Stand) -> int:
    """Open area incidents; -1 where the bridge has no such thing."""
    try:
        return _number(stand, "SELECT count(*) FROM area_areaincident WHERE closed_at IS NULL")
    except Exception:  # noqa: BLE001 - each database has its own word for a missing table
        return -1
