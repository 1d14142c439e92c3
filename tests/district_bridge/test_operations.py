"""The operator's files and ways, tried for real: units, rules, the proxy, an upgrade while it serves."""

import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from rig.waiting import free_port

from district_bridge import cli
from tests.district_bridge.bridge_process import PASSWORD, ROOT, BridgeProcess, wait_until
from tests.district_bridge.home_side import HomeSide, incident, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Make = Callable[..., BridgeProcess]
DEPLOY = ROOT / "deploy"
NAME = "care.example.kr"
PATIENCE_S = 60


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


@pytest.fixture
def on_postgres(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--database") != "postgres":
        pytest.skip("about several processes; the run on PostgreSQL beside this one tests them")


def test_no_alert_rule_is_there_twice() -> None:
    names = re.findall(r"- alert: (\w+)", (DEPLOY / "prometheus/seogu-alerts.yml").read_text())
    assert len(names) > 12
    assert sorted(set(names)) == sorted(names)


def test_prometheus_takes_the_rules() -> None:
    rules = DEPLOY / "prometheus/seogu-alerts.yml"
    done = subprocess.run(
        [tool("promtool"), "check", "rules", rules], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_units_call_commands_that_are_there(unit: Path) -> None:
    called = re.findall(r"^ExecStart=/opt/seogu/bin/seogu-bridge (.+)$", unit.read_text(), re.MULTILINE)
    assert called
    for words in called:
        cli._parser().parse_args(words.replace("%i", "1").split())


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyse = tool("systemd-analyze")
    for unit in (DEPLOY / "systemd").iterdir():
        # Verified as they will be named; the program and its user are not installed here.
        text = unit.read_text().replace("/opt/seogu/bin/seogu-bridge", sys.executable)
        name = unit.name.replace("@.", "@8321." if unit.name.startswith("seogu-bridge@") else "@1.")
        (tmp_path / name).write_text(text.replace("User=seogu", "User=root"))
    units = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run([analyse, "verify", *units], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # It warns of what it does not know and goes on.
    assert "Unknown" not in done.stderr, done.stderr


def test_container_starts_and_asks_what_is_there(bridge: BridgeProcess) -> None:
    text = (DEPLOY / "Containerfile").read_text()
    entry, words = (re.findall(rf"^{name} (\[.+\])$", text, re.MULTILINE) for name in ("ENTRYPOINT", "CMD"))
    assert entry == ['["seogu-bridge"]']
    cli._parser().parse_args(re.findall(r'"([^"]+)"', words[0]))
    check = re.findall(r"CMD \[\"python\", \"-c\", \"(.+)\"\]", text)[0]
    here = check.replace("127.0.0.1:8321", f"127.0.0.1:{bridge.port}")
    assert here != check
    assert subprocess.run([sys.executable, "-c", here], check=False, timeout=PATIENCE_S).returncode == 0
    away = check.replace("127.0.0.1:8321", f"127.0.0.1:{free_port()}")
    assert subprocess.run([sys.executable, "-c", away], check=False, stderr=-3).returncode != 0
    copied = set(re.findall(r"^COPY (\S+) ", text, re.MULTILINE)) - {"."}
    assert all((ROOT / name).exists() for name in copied if not name.startswith("--")), copied


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the proxy, which nobody signed."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    held, secret = folder / "care.pem", folder / "care.key"
    held.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return held, secret


@pytest.fixture
def proxied(make_bridge: Make, pytestconfig: pytest.Config) -> Iterator[tuple[BridgeProcess, str]]:
    """A bridge behind nginx with the guide's own file; its second process is not there."""
    nginx = tool("nginx")
    if pytestconfig.getoption("--database") == "postgres":
        pytest.skip("the proxy does not see the database; the run on SQLite beside this one tests it")
    own = make_bridge()
    own.run("init", "--url", f"https://{NAME}")
    own.start()
    # Not below pytest's own folder: the proxy's worker runs as another user.
    with tempfile.TemporaryDirectory(prefix="seogu-nginx-") as scratch:
        folder = Path(scratch)
        held, secret = certificate(folder)
        port = free_port()
        text = (DEPLOY / "nginx/seogu-bridge.conf").read_text()
        for old, new in (
            ("127.0.0.1:8321", f"127.0.0.1:{own.port}"),
            ("127.0.0.1:8322", f"127.0.0.1:{free_port()}"),
            ("listen 443", f"listen 127.0.0.1:{port}"),
            ("/etc/ssl/care.pem", str(held)),
            ("/etc/ssl/care.key", str(secret)),
        ):
            assert old in text
            text = text.replace(old, new)
        paths = "".join(
            f"{kind}_temp_path {folder / kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        conf = folder / "nginx.conf"
        conf.write_text(
            f"daemon off; pid {folder / 'pid'}; events {{}} http {{ access_log off; {paths} {text} }}"
        )
        log = folder / "log"
        checked = subprocess.run(
            [nginx, "-t", "-p", folder, "-e", log, "-c", conf], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen([nginx, "-p", folder, "-e", log, "-c", conf])
        try:
            url = f"https://127.0.0.1:{port}"
            wait_until(lambda: _answers(f"{url}/login/"), f"nginx serves: {log.read_text()}")
            yield own, url
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
    own.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, headers={"host": NAME}, verify=False, trust_env=False).status_code == 200  # noqa: S501 - made above
    except httpx.TransportError:
        return False


def test_people_and_homes_come_through_the_proxy_of_the_guide(proxied: tuple[BridgeProcess, str]) -> None:
    own, url = proxied
    headers = {"host": NAME, "referer": f"https://{NAME}/login/"}
    with httpx.Client(
        base_url=url,
        headers=headers,
        verify=False,  # noqa: S501 - made above
        trust_env=False,
        timeout=PATIENCE_S,
    ) as person:
        person.get("/login/")
        token = person.cookies["__Host-csrftoken"]
        form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": token}
        claimed = {"x-forwarded-for": "203.0.113.7"}
        assert person.post("/login/", data=form, headers=claimed).status_code == 302
        page = person.get("/")
        assert 'id="queue"' in page.text
        assert "max-age" in page.headers["strict-transport-security"]
        for inside in ("/metrics", "/readyz", "/healthz"):
            assert person.get(inside).status_code == 404
        # What the browser claims about where it is does not reach the access log.
        log = (
            person.get("/access/").text
            + person.post(
                "/access/download/",
                data={
                    "reason": "정보주체의 열람 요구",
                    "csrfmiddlewaretoken": person.cookies["__Host-csrftoken"],
                },
            ).text
        )
        assert "127.0.0.1" in log
        assert "203.0.113.7" not in log
        home = HomeSide(url)
        home.enrol(own.code())
        with person.stream("GET", "/live/") as response:
            lines = response.iter_lines()
            assert next(lines) == "event: changed"
            # Unbuffered: the news are here before the stream ends, which it does not for ten minutes.
            home.send(message("incident", incident=incident()))
            assert "data: news" in lines


@pytest.fixture(scope="module")
def served(make_bridge: Make) -> BridgeProcess:
    """A bridge that no other test needs: a later release takes its place in the end."""
    own = make_bridge()
    own.start()
    return own


@pytest.mark.timeout(600)
def test_worker_shows_what_it_has_sent(on_postgres: None, served: BridgeProcess) -> None:
    own = served
    worker = subprocess.Popen(
        [sys.executable, "-m", "district_bridge", "worker", "--metrics-port", "0"],
        cwd=ROOT,
        env=own._environment({}) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert worker.stdout is not None
        address = re.search(r"http\S+", worker.stdout.readline())
        assert address
        own.new_home().send(message("incident", incident=incident()))

        def sent() -> bool:
            shown = httpx.get(address[0], trust_env=False).text
            return 'seogu_sendings_total{kind="escalate",result="sent"}' in shown and "김순자" not in shown

        wait_until(sent, "the worker has looked after the alert's ladder")
    finally:
        worker.terminate()
        assert worker.wait(PATIENCE_S) == 0


NEXT_RELEASE = {
    "apps.py": "",
    "__init__.py": "",
    "models.py": "",
    "migrations/__init__.py": "",
    "migrations/0001_next.py": """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("homes", "0003_seal_names")]
    operations = [
        migrations.CreateModel("Next", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunSQL("ALTER TABLE homes_home ADD COLUMN next_word varchar(9) NOT NULL DEFAULT ''"),
    ]
""",
}


@pytest.fixture
def next_release(tmp_path: Path) -> dict[str, str]:
    """The environment in which the program is a release later: one more table, one more column."""
    for name, text in NEXT_RELEASE.items():
        file = tmp_path / "next_release" / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text)
    settings = "from district_bridge.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'next_release']\n"
    (tmp_path / "next_settings.py").write_text(settings)
    return {"DJANGO_SETTINGS_MODULE": "next_settings", "PYTHONPATH": str(tmp_path)}


@pytest.mark.timeout(600)
def test_upgrade_process_by_process_loses_nothing_and_never_stops_serving(
    on_postgres: None, served: BridgeProcess, next_release: dict[str, str]
) -> None:
    old = served
    home = old.new_home()

    def tell(bridge: BridgeProcess) -> str:
        told = incident()
        HomeSide(bridge.url, home.signing, home.home, home.bridge_jwk).send(
            message("incident", incident=told)
        )
        return str(told["id"])

    told = [tell(old)]
    new = BridgeProcess(old.folder, old.database, next_release)
    # The new program waits for its tables where it is told not to make them ...
    with (old.folder / "waiting.log").open("w") as log:
        waiting = subprocess.Popen(
            [sys.executable, "-m", "district_bridge", "serve", "--no-migrate", "--port", "0"],
            cwd=ROOT,
            env=new._environment({}),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        check = new.run("manage", "migrate", "--check", check=False)
        assert check.returncode != 0
        told.append(tell(old))
        assert waiting.poll() is None
        # ... and goes on by itself when another has made them, while the old one serves on.
        new.run("manage", "migrate")
        assert new.run("manage", "migrate", "--check").returncode == 0
        assert waiting.stdout is not None
        said = waiting.stdout.readline()
        found = re.search(r":(\d+) ", said)
        assert found, said + (old.folder / "waiting.log").read_text()
        new.port = int(found[1])
        for bridge in (old, new):
            wait_until(
                lambda at=bridge: httpx.get(f"{at.url}/readyz", trust_env=False).status_code == 200, "ready"
            )  # type: ignore[misc]  # one of the two
            told.append(tell(bridge))
        assert old.stop() == 0
        told.append(tell(new))
        assert set(told) <= {row["incident"] for row in new.alerts()}
    finally:
        waiting.kill()
        waiting.wait(PATIENCE_S)
