"""Several processes on one PostgreSQL: one is on duty, and news reach the others."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from district_bridge.alerts.models import Alert
from district_bridge.live import SCREENS, Hub, home_topic
from district_bridge.processes.duty import LEASE_S, SUPERVISION, Post
from district_bridge.processes.models import Duty
from district_bridge.processes.relay import Relay, payloads, relayed_at_end
from district_bridge.supervision.loop import Supervisor, turn
from tests.district_bridge.bridge_process import BridgeProcess
from tests.district_bridge.home_side import HomeSide, incident, message
from tests.district_bridge.people import enrolled_home, raised_alert
from tests.district_bridge.test_live_bridge import alert_path, press, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

Make = Callable[..., BridgeProcess]
WAIT_S = 60
LIMIT = timedelta(seconds=150)


@pytest.fixture
def on_postgres(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--database") != "postgres":
        pytest.skip("SQLite has one process; the run on PostgreSQL beside this one tests several")


def let_lease_run_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE processes_duty SET until = clock_timestamp()")


@pytest.mark.django_db
def test_one_process_at_a_time_is_on_duty(on_postgres: None) -> None:
    first, second = Post(SUPERVISION), Post(SUPERVISION)
    assert [first.take(), second.take(), first.take()] == [True, False, True]


@pytest.mark.django_db
def test_duty_of_a_dead_or_frozen_process_is_taken_over(on_postgres: None) -> None:
    frozen, other = Post(SUPERVISION), Post(SUPERVISION)
    frozen.take()
    let_lease_run_out()
    assert other.take()
    # The frozen one wakes up and finds that another does its work.
    assert not frozen.take()


@pytest.mark.django_db
def test_process_that_ends_in_order_hands_its_duty_over_at_once(on_postgres: None) -> None:
    leaving, other = Post(SUPERVISION), Post(SUPERVISION)
    leaving.take()
    leaving.leave()
    assert other.take()


@pytest.mark.django_db
def test_silence_is_noticed_on_time_by_whoever_takes_the_duty_over(on_postgres: None, now: datetime) -> None:
    first, second = (Supervisor(), Post(SUPERVISION)), (Supervisor(), Post(SUPERVISION))
    turn(*first, now)
    enrolled_home(now=now)
    for seconds in range(0, 150, 5):
        turn(*first, now + timedelta(seconds=seconds))
    let_lease_run_out()
    # Nobody was deaf meanwhile, so the homes get no grace when the duty moves.
    turn(*second, now + LIMIT + timedelta(seconds=LEASE_S))
    assert Duty.objects.get().holder == second[1].holder
    assert Alert.objects.count() == 1


@pytest.mark.django_db
def test_on_sqlite_the_one_process_is_always_on_duty(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--database") == "postgres":
        pytest.skip("about SQLite")
    assert Post(SUPERVISION).take()
    assert not Duty.objects.exists()


class Process:
    """A hub and its relay, as each process has them."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.relay = Relay(self.hub)
        self.hub.relay_to(self.relay.post)

    def start(self) -> None:
        self.hub.bind(asyncio.get_running_loop())
        self.relay.start()


@pytest.fixture
def two() -> Iterator[tuple[Process, Process]]:
    processes = Process(), Process()
    yield processes
    for process in processes:
        process.hub.relay_to(None)
        process.relay.stop()


async def wait(event: asyncio.Event) -> None:
    async with asyncio.timeout(WAIT_S):
        await event.wait()
    event.clear()


@pytest.mark.django_db(transaction=True)
def test_wake_up_reaches_those_who_wait_in_another_process(
    on_postgres: None, two: tuple[Process, Process]
) -> None:
    async def story() -> None:
        here, there = two
        with there.hub.listen(home_topic("h-1")) as news, there.hub.listen(home_topic("h-2")) as other:
            here.start()
            there.start()
            # Each is woken once when its relay is there: nobody knows what was before.
            await wait(news)
            await wait(other)
            here.hub.wake(home_topic("h-1"))
            await wait(news)
            assert not other.is_set()

    asyncio.run(story())


@pytest.mark.django_db(transaction=True)
def test_wake_up_of_a_command_reaches_the_processes_that_serve(
    on_postgres: None, two: tuple[Process, Process]
) -> None:
    async def story() -> None:
        serving = two[0]
        with serving.hub.listen(home_topic("h-1")) as news:
            serving.start()
            two[1].start()
            await wait(news)
            await asyncio.to_thread(command)
            await wait(news)

    def command() -> None:
        hub = Hub()
        with relayed_at_end(hub):
            hub.wake(home_topic("h-1"))
        connection.close()

    asyncio.run(story())


@pytest.mark.django_db(transaction=True)
def test_lost_wake_up_costs_time_and_no_news(on_postgres: None, two: tuple[Process, Process]) -> None:
    def unheard() -> None:
        # Nothing is bound here, as in a process that died before it could tell.
        raised_alert(enrolled_home())
        connection.close()

    async def story() -> None:
        here = two[0]
        with here.hub.listen(SCREENS) as news:
            here.start()
            two[1].start()
            await wait(news)
            await asyncio.to_thread(unheard)
            await wait(news)

    asyncio.run(story())


@pytest.mark.django_db(transaction=True)
def test_broken_connection_heals_and_everybody_is_woken(
    on_postgres: None, two: tuple[Process, Process]
) -> None:
    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()

    async def story() -> None:
        here, there = two
        with there.hub.listen(home_topic("h-1")) as news:
            here.start()
            there.start()
            await wait(news)
            await asyncio.to_thread(cut)
            await wait(news)
            async with asyncio.timeout(WAIT_S):
                while not news.is_set():
                    here.hub.wake(home_topic("h-1"))
                    await asyncio.sleep(0.05)

    asyncio.run(story())


def test_payloads_are_as_short_as_postgres_takes_them() -> None:
    topics = [home_topic(f"h-{number:012x}") for number in range(2_000)]
    made = payloads("sender", topics)
    assert max(len(payload.encode()) for payload in made) < 8_000
    assert [topic for payload in made for topic in payload.split("\n")[1:]] == topics
    assert payloads("sender", []) == []


@pytest.mark.timeout(600)
def test_alert_taken_by_one_process_shows_on_a_screen_of_another(
    on_postgres: None, bridge: BridgeProcess
) -> None:
    other = BridgeProcess(bridge.folder, bridge.database)
    other.start()
    try:
        home = bridge.new_home()
        with sign_in(other) as person, person.stream("GET", "/live/", timeout=WAIT_S) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: changed"
            home.send(message("incident", incident=incident()))
            assert "data: news" in lines
        # And a caseworker's step at one process reaches the home that listens at the other.
        listening = HomeSide(other.url, home.signing, home.home, home.bridge_jwk)
        with listening.listen() as events, sign_in(bridge) as person:
            fall = incident()
            home.send(message("incident", incident=fall))
            press(person, f"{alert_path(person, fall['id'])}acknowledge/")
            assert next(events)["message"]["incident"]["id"] == fall["id"]
    finally:
        other.kill()


def test_worker_on_sqlite_is_told_that_serve_sends(
    bridge: BridgeProcess, pytestconfig: pytest.Config
) -> None:
    if pytestconfig.getoption("--database") == "postgres":
        pytest.skip("about SQLite")
    refused = bridge.run("worker", check=False)
    assert (refused.returncode, "serve` sends by itself" in refused.stderr) == (2, True)


def test_database_that_is_away_is_told_plainly(empty_bridge: Make) -> None:
    own = empty_bridge()
    address = "postgresql://nobody@127.0.0.1:1/nowhere"
    refused = own.run("init", "--database", address, check=False)
    assert (refused.returncode, "can't be used" in refused.stderr) == (2, True)
    assert "Traceback" not in refused.stderr
