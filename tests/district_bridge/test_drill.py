"""The bridge watches itself: drills through the whole path, the continuous audit, and its own alarms."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from django.db import connection

from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert, Transition
from district_bridge.api.calls import WireApi
from district_bridge.database import WireThreads, snapshot
from district_bridge.drill import audits, fire, loop
from district_bridge.drill.alarm import raise_alarm
from district_bridge.drill.models import AuditRun, DrillRun
from district_bridge.homes.models import Home
from district_bridge.homes.system import BRIDGE_HOME, DRILL_HOME
from district_bridge.intake.audit import audit
from district_bridge.intake.models import InboxMessage
from district_bridge.outgoing.models import Outgoing
from district_bridge.settings import DEPLOYMENT
from district_bridge.supervision import watch
from district_bridge.wire.tokens import Signer
from tests.district_bridge.bridge_process import BridgeProcess, wait_until
from tests.district_bridge.people import caseworker, enrolled_home, raised_alert

if TYPE_CHECKING:
    from collections.abc import Callable

database = pytest.mark.django_db


def hang_up() -> None:
    connection.close()


def fired(answer: httpx.AsyncBaseTransport | None = None) -> DrillRun:
    """One drill against the wire itself, in this process; or against something that answers in its place."""

    async def story() -> DrillRun:
        threads = WireThreads(1)
        api = WireApi(Signer(DEPLOYMENT.signing_key()), threads)
        transport = answer or httpx.ASGITransport(api)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as http:
            now = datetime.now().astimezone()
            rig = await threads.run(lambda: fire.prepare("http://bridge", now))
            run = await fire.drill(http, rig, threads)
        for pool in api.reception._own_threads:
            await pool.run(hang_up)
        await api.reception.close()
        await threads.run(hang_up)
        threads.close()
        return run

    return asyncio.run(story())


@pytest.mark.django_db(transaction=True)
def test_drill_goes_through_the_whole_path_and_closes_its_alert() -> None:
    run = fired()
    assert run.failure == ""
    assert run.round_trip_ms is not None
    alert = Alert.objects.get()
    assert (alert.home_id, alert.state, alert.severity) == (DRILL_HOME, "closed", 3)
    assert list(alert.transitions.values_list("step", "source")) == [
        ("raised", "robot"),
        ("closed", "bridge"),
    ]
    assert not Outgoing.objects.exists()
    assert fired().failure == ""
    assert (Home.objects.count(), Alert.objects.count()) == (1, 2)
    assert watch.raise_silent_homes(datetime.now().astimezone() + timedelta(days=1)) == 0
    assert audit().holds


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "text", "why"),
    [(503, "", "answered 503"), (200, "no.receipt.x", "signature"), (200, "", "signature")],
)
def test_drill_that_does_not_come_through_says_where_it_ended(status: int, text: str, why: str) -> None:
    run = fired(httpx.MockTransport(lambda _request: httpx.Response(status, text=text)))
    assert run.round_trip_ms is None
    assert why in run.failure
    assert fire.failures_in_a_row() == 1
    assert not Alert.objects.exists()
    assert fired().failure == ""
    assert fire.failures_in_a_row() == 0


@database
def test_old_drills_are_forgotten_and_the_sums_hold(now: datetime) -> None:
    home = enrolled_home(now=now)
    raised_alert(home, now)
    fire.system_home(DRILL_HOME, now)
    with pytest.raises(fire.DrillFailedError):
        fire.settle("019aa123-0000-7000-8000-000000000001", now)
    drill = raised_alert(Home.objects.get(pk=DRILL_HOME), now - timedelta(days=2))
    InboxMessage.objects.create(
        home_id=DRILL_HOME,
        message_id=drill.incident,
        type="incident",
        kid="k",
        at=now,
        received_at=now,
        alert=drill,
    )
    fire.settle(str(drill.incident), now - timedelta(days=2))
    fresh = raised_alert(Home.objects.get(pk=DRILL_HOME), now)
    fire.settle(str(fresh.incident), now)
    assert set(Alert.objects.filter(home_id=DRILL_HOME)) == {fresh}
    assert Alert.objects.filter(home=home, state="raised").count() == 1


@database
def test_audit_runs_are_kept_and_a_difference_is_an_alarm(now: datetime) -> None:
    alert = raised_alert(enrolled_home(now=now), now)
    InboxMessage.objects.create(
        home=alert.home,
        message_id=alert.incident,
        type="incident",
        kid="k",
        at=now,
        received_at=now,
        alert=alert,
    )
    assert audits.run_audit(now).holds
    assert not Alert.objects.filter(home_id=BRIDGE_HOME).exists()
    Alert.objects.filter(pk=alert.pk).update(reports=7)
    run = audits.run_audit(now)
    assert not run.holds
    assert audits.last() == run
    alarm = Alert.objects.get(home_id=BRIDGE_HOME)
    assert (alarm.kind, alarm.severity, alarm.state) == ("device", 2, "raised")
    assert any("counts 7 reports" in fact["value"] for fact in alarm.evidence)
    assert Outgoing.objects.filter(alert=alarm, kind="escalate").count() == 1
    audits.run_audit(now)
    assert Alert.objects.filter(home_id=BRIDGE_HOME).count() == 1
    desk.close(alarm.pk, caseworker(), "other", "", now)
    audits.run_audit(now)
    assert Alert.objects.filter(home_id=BRIDGE_HOME, state="raised").count() == 1
    AuditRun.objects.update(at=now - timedelta(days=31))
    audits.run_audit(now)
    assert AuditRun.objects.count() == 1


@database
def test_audit_shouts_when_nobody_is_told_of_an_open_alert(now: datetime) -> None:
    alert = raised_alert(enrolled_home(now=now), now)
    person = caseworker()
    assert not [line for line in audit().differences if "nobody" in line]
    desk.acknowledge(alert.pk, person, now)
    watch.lapse_leases(now + timedelta(hours=1))
    assert not [line for line in audit().differences if "nobody" in line]
    Outgoing.objects.filter(created_at__gt=now).delete()
    assert "nobody is being told" in str(audit().differences)


@database
def test_audit_shouts_when_a_home_is_silent_and_nobody_was_told(now: datetime) -> None:
    home = enrolled_home(now=now)
    watch.raise_silent_homes(now + timedelta(seconds=150))
    assert audit().holds
    alert = Alert.objects.get(home=home)
    desk.close(alert.pk, caseworker(), "other", "", now + timedelta(seconds=160))
    assert audit().holds
    Transition.objects.filter(alert=alert).delete()
    alert.delete()
    assert "nobody was told" in str(audit().differences)


@database
def test_alarm_of_the_bridge_is_raised_once_while_it_is_open(now: datetime) -> None:
    for _ in range(2):
        raise_alarm(loop.KOREAN, loop.ENGLISH, ["the bridge answered 503"], now)
        raise_alarm(audits.KOREAN, audits.ENGLISH, [], now)
    assert Alert.objects.filter(home_id=BRIDGE_HOME).count() == 2
    assert audit().differences == []


@pytest.mark.django_db(transaction=True)
def test_audit_reads_one_moment_while_others_write() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite database is in memory, where readers and writers lock each other out")
    home = enrolled_home()

    def count() -> int:
        return Alert.objects.count()

    async def story() -> tuple[int, int, int]:
        reader, writer = WireThreads(1), WireThreads(1)
        seen: list[int] = []
        began, written = asyncio.Event(), asyncio.Event()
        here = asyncio.get_running_loop()

        def read() -> None:
            with snapshot():
                seen.append(count())
                here.call_soon_threadsafe(began.set)
                asyncio.run_coroutine_threadsafe(written.wait(), here).result(60)
                seen.append(count())

        reading = asyncio.ensure_future(reader.run(read))
        await began.wait()
        await writer.run(lambda: raised_alert(home))
        written.set()
        await reading
        after = await reader.run(count)
        for pool in (reader, writer):
            await pool.run(hang_up)
            pool.close()
        return seen[0], seen[1], after

    assert asyncio.run(story()) == (0, 0, 1)


def test_served_bridge_drills_itself(make_bridge: Callable[..., BridgeProcess]) -> None:
    own = make_bridge(SEOGU_BRIDGE_DRILL_S="1")
    own.start()

    def drills() -> list[dict[str, Any]]:
        return [each for each in own.alerts() if each["home_id"] == DRILL_HOME and each["state"] == "closed"]

    wait_until(lambda: len(drills()) > 1, "two drills came through")
    assert own.stop() == 0
    assert own.run("audit").returncode == 0
