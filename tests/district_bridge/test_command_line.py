"""What an operator types."""

import json
import stat
from collections.abc import Callable

import httpx
import pytest

from district_bridge import deployment
from district_bridge.alerts.models import Alert
from tests.district_bridge.bridge_process import BridgeProcess
from tests.district_bridge.people import enrolled_home, neighbourhood, raised_alert, run_command

Make = Callable[..., BridgeProcess]


@pytest.fixture(scope="module")
def ready(make_bridge: Make) -> BridgeProcess:
    return make_bridge(bare=True)


def test_init_makes_keys_that_only_their_owner_reads(ready: BridgeProcess) -> None:
    files = [path for path in ready.folder.iterdir() if path.is_file()]
    assert {"bridge.toml", "bridge_key.pem", "secret_key"} <= {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_init_again_keeps_keys_people_and_database(ready: BridgeProcess) -> None:
    before = {path.name: path.read_bytes() for path in ready.folder.glob("*key*")}
    before["bridge.toml"] = (ready.folder / "bridge.toml").read_bytes()
    said = ready.run("init").stdout
    assert "was there already" in said
    assert before == {name: (ready.folder / name).read_bytes() for name in before}


def test_init_without_a_password_makes_one_up_and_shows_it_once(empty_bridge: Make) -> None:
    own = empty_bridge()
    words = ["init"] + (["--database", own.database] if own.database else [])
    assert "shown this once" in own.run(*words).stdout
    assert "shown this once" not in own.run(*words).stdout


def test_weak_password_is_refused(empty_bridge: Make) -> None:
    own = empty_bridge()
    words = ["init"] + (["--database", own.database] if own.database else [])
    refused = own.run(*words, check=False, SEOGU_BRIDGE_ADMIN_PASSWORD="1234")
    assert refused.returncode == 2
    assert "too weak" in refused.stderr


def test_command_before_init_says_what_to_do(empty_bridge: Make) -> None:
    refused = empty_bridge().run("audit", check=False)
    assert refused.returncode == 2
    assert "seogu-bridge init" in refused.stderr


def test_unknown_database_is_refused(empty_bridge: Make) -> None:
    refused = empty_bridge().run("init", "--database", "mysql://x/y", check=False)
    assert refused.returncode == 2
    assert "postgresql://" in refused.stderr


def test_enrol_code_for_an_unknown_neighbourhood_is_refused(ready: BridgeProcess) -> None:
    refused = ready.run("enrol-code", "--neighbourhood", "없는동", "--resident", "김순자", check=False)
    assert refused.returncode == 2
    assert "둔산1동" in refused.stderr


# Starting the program takes a second or two; that its words become these commands is tested above and below.


@pytest.mark.django_db
def test_enrol_code_as_json_names_code_home_and_expiry(capsys: pytest.CaptureFixture[str]) -> None:
    neighbourhood("둔산1동")
    assert run_command("enrol-code", "--neighbourhood", "둔산1동", "--resident", "김순자", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert set(made) == {"code", "home", "expires_at"}
    assert run_command("enrol-code", "--home", made["home"], "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["home"], again["code"] != made["code"]) == (made["home"], True)


@pytest.mark.django_db
def test_user_is_added_once(capsys: pytest.CaptureFixture[str]) -> None:
    neighbourhood("둔산1동")
    words = ["user", "add", "kim", "--neighbourhood", "둔산1동", "--display-name", "김복지"]
    assert run_command(*words) == 0
    assert "shown this once" in capsys.readouterr().out
    with pytest.raises(deployment.DeploymentError, match="already"):
        run_command(*words)


@pytest.mark.django_db
def test_alerts_are_listed_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    raised_alert(enrolled_home())
    assert run_command("alerts", "--json") == 0
    [alert] = json.loads(capsys.readouterr().out)
    assert (alert["kind"], alert["state"], alert["received"]) == ("fall", "raised", 1)
    assert {"incident", "home", "opened_at", "received_at", "closed_at", "outcome"} <= set(alert)


def test_audit_of_an_empty_bridge_holds(ready: BridgeProcess) -> None:
    found = json.loads(ready.run("audit", "--json").stdout)
    assert (found["received"], found["holds"]) == (0, True)


@pytest.mark.django_db
def test_audit_fails_when_the_sums_differ(capsys: pytest.CaptureFixture[str]) -> None:
    alert = raised_alert(enrolled_home())
    Alert.objects.filter(pk=alert.pk).update(reports=2)
    assert run_command("audit") == 1
    assert "THE SUMS DIFFER" in capsys.readouterr().out


def test_busy_port_is_told_plainly(bridge: BridgeProcess, ready: BridgeProcess) -> None:
    refused = ready.run("serve", "--port", str(bridge.port), check=False)
    assert refused.returncode == 2
    assert f"can't serve on 127.0.0.1:{bridge.port}" in refused.stderr


def test_static_files_are_served_and_can_be_kept(bridge: BridgeProcess) -> None:
    with httpx.Client(base_url=bridge.url, trust_env=False) as client:
        answer = client.get("/static/dashboard/bridge.css")
        assert (answer.status_code, answer.headers["content-type"]) == (200, 'text/css; charset="utf-8"')
        same = client.get("/static/dashboard/bridge.css", headers={"if-none-match": answer.headers["etag"]})
        assert same.status_code == 304
        assert client.get("/static/dashboard/../settings.py").status_code in {302, 404}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql://bridge:s%40cret@db:5433/seogu?sslmode=require", "seogu"),
        ("sqlite:///srv/bridge.sqlite3", "/srv/bridge.sqlite3"),
    ],
)
def test_database_addresses_are_read(address: str, name: str) -> None:
    found = deployment.database_settings(address)
    assert found["NAME"] == name
    if address.startswith("postgresql"):
        assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == (
            "bridge",
            "s@cret",
            "db",
            "5433",
        )
        assert found["OPTIONS"] == {"sslmode": "require"}
    else:
        assert "synchronous=FULL" in found["OPTIONS"]["init_command"]
        assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
