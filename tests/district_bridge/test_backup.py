"""A backup is taken while the bridge runs, and what comes back is whole or refused."""

import json
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from district_bridge import backup
from district_bridge.deployment import DeploymentError, load
from tests.district_bridge.bridge_process import BridgeProcess
from tests.district_bridge.home_side import incident, message

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., BridgeProcess]


@pytest.fixture(scope="module")
def kept(make_bridge: Make, tmp_path_factory: pytest.TempPathFactory) -> tuple[BridgeProcess, Path]:
    """A bridge with two alerts, and the backup that was taken while it served."""
    own = make_bridge()
    own.start()
    home = own.new_home()
    home.send(message("incident", incident=incident()), message("incident", incident=incident()))
    (own.folder / "field_keys.json").write_text('{"k1": "a key of a later version"}')
    into = tmp_path_factory.mktemp("backups")
    own.run("backup", "--into", str(into))
    own.stop()
    [folder] = into.iterdir()
    return own, folder


def test_backup_holds_database_and_every_key_for_its_owner_only(kept: tuple[BridgeProcess, Path]) -> None:
    own, folder = kept
    names = {path.name for path in folder.iterdir()}
    database = "bridge.dump" if own.database else "bridge.sqlite3"
    wanted = {"bridge.toml", "bridge_key.pem", "secret_key", "field_keys.json", "manifest.json", database}
    assert wanted <= names
    assert not any(name.endswith(("-wal", "-shm", ".log")) for name in names)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "bridge_key.pem").read_bytes() == (own.folder / "bridge_key.pem").read_bytes()


def test_restored_bridge_has_every_alert_and_signs_with_the_same_key(
    kept: tuple[BridgeProcess, Path], empty_bridge: Make
) -> None:
    own, folder = kept
    back = empty_bridge()
    database = back.database
    said = back.run("restore", str(folder), *(["--database", database] if database else [])).stdout
    assert "received 2 = open 2 + closed 0 + merged 0" in said
    assert "the sums hold" in said
    assert [alert["incident"] for alert in back.alerts()] == [alert["incident"] for alert in own.alerts()]
    assert (back.folder / "bridge_key.pem").read_bytes() == (own.folder / "bridge_key.pem").read_bytes()
    assert load(back.folder).database == (database or f"sqlite:///{back.folder}/bridge.sqlite3")
    # A second time it would overwrite.
    refused = back.run("restore", str(folder), check=False)
    assert refused.returncode == 2
    assert "nothing was overwritten" in refused.stderr


def test_restore_refuses_a_database_that_holds_something(
    kept: tuple[BridgeProcess, Path], tmp_path: Path
) -> None:
    own, folder = kept
    if own.database is None:
        pytest.skip("on SQLite the database is in the folder")
    with pytest.raises(DeploymentError, match="not empty"):
        backup.put_back(folder, tmp_path / "back", own.database)
    assert not (tmp_path / "back").exists()


def test_damaged_backup_is_refused_before_anything_is_written(
    kept: tuple[BridgeProcess, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    for file in kept[1].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "secret_key").open("ab") as handle:
        handle.write(b"x")
    with pytest.raises(DeploymentError, match="secret_key"):
        backup.put_back(folder, tmp_path / "back", None)
    (folder / "secret_key").unlink()
    with pytest.raises(DeploymentError, match="no whole backup"):
        backup.put_back(folder, tmp_path / "back", None)
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"sha256": 3}', '{"sha256": {}}', json.dumps({"sha256": {"../x": ""}})]
)
def test_nonsense_is_no_backup(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DeploymentError):
        backup.check(tmp_path)


def test_backup_into_the_data_folder_is_refused(kept: tuple[BridgeProcess, Path]) -> None:
    with pytest.raises(DeploymentError, match="would be lost with it"):
        backup.take(load(kept[0].folder), kept[0].folder / "backups")
