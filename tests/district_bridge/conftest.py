"""The bridge's tests run twice: on SQLite here, and beside it on a PostgreSQL server of their own.

``--database=sqlite`` or ``--database=postgres`` runs them once.
"""

import logging
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import hypothesis
import pytest
from django.conf import settings

from district_bridge import deployment
from tests.district_bridge.bridge_process import BridgeProcess
from tests.district_bridge.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.district_bridge.browsing import Windows

# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile("bridge", deadline=None)
hypothesis.settings.load_profile("bridge")

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BESIDE_S = 900
# ``pytestconfig``: who asks for it asks which database this run is on.
ON_A_DATABASE = {
    "db",
    "transactional_db",
    "template",
    "empty_bridge",
    "make_bridge",
    "bridge",
    "pytestconfig",
}


class Run:
    """What this run stands on."""

    server: PostgresServer | None = None
    beside: subprocess.Popen[bytes] | None = None
    beside_output: Any = None
    scratch = tempfile.TemporaryDirectory(prefix="seogu-bridge-tests-")
    databases = 0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.addoption("--beside", action="store_true", help="only the tests that touch a database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Windows come last: while a browser is driven, nothing else can run an event loop.

    Beside the run on SQLite only what touches a database runs again: the rest would be the very same.
    """
    items.sort(key=lambda item: "windows" in fixtures_of(item))
    if config.getoption("--beside"):
        again = [item for item in items if needs_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if not needs_database(item)])
        items[:] = again


def fixtures_of(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def needs_database(item: pytest.Item) -> bool:
    """pytest-django lets no test at the database that does not say so; the others start a bridge."""
    return item.get_closest_marker("django_db") is not None or bool(fixtures_of(item) & ON_A_DATABASE)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    database = None
    if config.getoption("--database") == "postgres":
        Run.server = PostgresServer()
        database = Run.server.address("bridge")
    folder = Path(Run.scratch.name) / "in-process"
    deployment.prepare(folder, database=database, url=None, name=None)
    os.environ[deployment.DATA_VARIABLE] = str(folder)
    # Tests of other things sign in by password alone; test_second_factor.py turns it on.
    os.environ["SEOGU_BRIDGE_SECOND_FACTOR"] = "off"
    os.environ["DJANGO_SETTINGS_MODULE"] = "district_bridge.settings"
    if "district_bridge.settings" in sys.modules:
        raise pytest.UsageError("unset DJANGO_SETTINGS_MODULE: the tests choose their own database")
    django.setup()
    # Not above: what it imports needs the settings.
    config.pluginmanager.import_plugin("tests.district_bridge.channel_fixtures")
    # Slow hashes are for real passwords.
    logging.getLogger("httpx").setLevel("WARNING")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--database") != "both" or session.config.getoption("collectonly"):
        return
    Run.beside_output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the session ends
    words = [str(word) for word in session.config.invocation_params.args]
    Run.beside = subprocess.Popen(
        [sys.executable, "-m", "pytest", *words, "--database=postgres", "--beside", "-p", "no:cacheprovider"],
        cwd=session.config.invocation_params.dir,
        # It finds its own settings: with this run's it would test this run's database again.
        env={name: value for name, value in os.environ.items() if not name.startswith(("SEOGU_", "DJANGO_"))},
        stdout=Run.beside_output,
        stderr=subprocess.STDOUT,
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if Run.beside is not None:
        try:
            status = Run.beside.wait(BESIDE_S)
        except subprocess.TimeoutExpired:
            Run.beside.kill()
            status = 1
        if status and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if Run.beside is not None:
        Run.beside_output.seek(0)
        output = Run.beside_output.read().decode(errors="replace")
        Run.beside_output.close()
        lines = output.splitlines()
        terminalreporter.section("the same tests on PostgreSQL")
        for line in lines if Run.beside.returncode else lines[-1:]:
            terminalreporter.line(line)


def pytest_unconfigure() -> None:
    if Run.server is not None:
        Run.server.stop()
    Run.scratch.cleanup()


@pytest.fixture
def now() -> datetime:
    """The moment at which the recorded messages were signed."""
    return NOW


def new_database(template: str | None = None) -> str | None:
    """A database of its own where the run is on PostgreSQL."""
    if Run.server is None:
        return None
    Run.databases += 1
    return Run.server.database(f"bridge{Run.databases}", template)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> BridgeProcess:
    """A bridge that was set up once; the others are its copies."""
    made = BridgeProcess(tmp_path_factory.mktemp("template"), new_database())
    made.init()
    return made


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, template: BridgeProcess) -> BridgeProcess:
    """The same with people and homes; set up once as well."""
    made = template.copy_to(tmp_path_factory.mktemp("furnished"), new_database(template.database))
    made.furnish()
    return made


@pytest.fixture(scope="session")
def empty_bridge(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], BridgeProcess]:
    """A folder and a database where nobody has been yet."""
    return lambda: BridgeProcess(tmp_path_factory.mktemp("bridge"), new_database())


@pytest.fixture(scope="session")
def make_bridge(
    tmp_path_factory: pytest.TempPathFactory, template: BridgeProcess, furnished: BridgeProcess
) -> Iterator[Callable[..., BridgeProcess]]:
    """Bridges of their own folder and database, set up and not yet started; all are gone at the end.

    They have people and homes, unless ``bare``.
    """
    made: list[BridgeProcess] = []

    def make(*, bare: bool = False, **environment: str) -> BridgeProcess:
        source = template if bare else furnished
        bridge = source.copy_to(tmp_path_factory.mktemp("bridge"), new_database(source.database))
        bridge.environment = environment
        made.append(bridge)
        return bridge

    yield make
    for bridge in made:
        if bridge.process is not None and bridge.process.poll() is None:
            bridge.kill()


@pytest.fixture(scope="session")
def bridge(make_bridge: Callable[..., BridgeProcess]) -> BridgeProcess:
    """A running bridge that many tests share; each brings its own home."""
    shared = make_bridge()
    shared.start()
    return shared


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all; each test has windows of its own."""
    # Loaded only where a test needs it.
    from tests.district_bridge.browsing import chromium  # noqa: PLC0415

    with chromium() as started:
        yield started


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """Browser windows of whoever a test needs; all are closed in the end, and none has shown an error."""
    from tests.district_bridge.browsing import Windows  # noqa: PLC0415

    opened = Windows(browser)
    yield opened
    opened.close()


@pytest.fixture
def caplog_all(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Everything that was logged, at any level."""
    caplog.set_level("DEBUG")
    return lambda: "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("django.db")
    )
