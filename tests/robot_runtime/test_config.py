"""The configuration says what is wrong in words a person can act on."""

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime import cli, config, first_config, phrases
from robot_runtime.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {"robot_id": "seogu-1", "state_dir": "/var/lib/seogu-robot"}


def test_first_configuration_is_complete_and_has_an_id_of_its_own(tmp_path: Path) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first_config.write(first)
    first_config.write(second)
    assert config.load(first).robot_id != config.load(second).robot_id
    assert first.stat().st_mode & 0o077 == 0
    with pytest.raises(ConfigError, match="already there"):
        first_config.write(first)


def test_defaults_are_a_microphone_and_a_loudspeaker() -> None:
    made = config.parse(GOOD)
    assert made.hearing.kind == "microphone"
    assert made.speech.wav_dir is None
    assert made.wearable.kind == "none"
    assert "secret" not in repr(config.parse({**GOOD, "mqtt": {"password": "secret"}}))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"robot_id": "A B"}, "robot_id must be 3 to 64"),
        ({"robot_id": None}, "robot_id is missing"),
        ({"language": "fr"}, "language is 'fr'; it may be ko, en"),
        ({"colour": "red"}, "unknown keys: colour"),
        ({"mqtt": {"port": 70000}}, "mqtt.port must be a number from 1 to 65535"),
        ({"mqtt": {"hots": "x"}}, r"\[mqtt\] has unknown keys: hots"),
        ({"mqtt": 3}, r"\[mqtt\] must be a table"),
        ({"speech": {"output": "wav:"}}, "speech.output is 'wav:'"),
        ({"hearing": {"input": "telephone"}}, "hearing.input is 'telephone'"),
        ({"wearable": {"source": "ble:banana"}}, "no Bluetooth address"),
        ({"wearable": {"source": "replay"}}, "wearable.source is 'replay'"),
        ({"wearable": {"rate_hz": 5}}, "from 12 to 200"),
    ],
)
def test_mistake_is_named_with_what_may_stand_there(changed: dict[str, Any], says: str) -> None:
    raw = {key: value for key, value in {**GOOD, **changed}.items() if value is not None}
    with pytest.raises(ConfigError, match=says):
        config.parse(raw)


@given(st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_clear_error(tmp_path_factory: Any, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(ConfigError):
        config.load(path)


def test_command_line_ends_with_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--config", str(tmp_path / "none.toml")]) == 1
    assert "seogu-robot init --config" in capsys.readouterr().err
    assert cli.main(["init", "--config", str(tmp_path / "robot.toml")]) == 0
    assert "check" in capsys.readouterr().out


def test_every_phrase_is_there_in_both_languages() -> None:
    for name, words in tomllib.loads(phrases.PHRASE_FILE.read_text()).items():
        assert words.keys() == {"ko", "en"}, name
        assert all(words.values()), name
    for phrase in (
        "check_in",
        "alert_raised",
        "help_coming",
        "answered_well",
        "closed",
        "bridge_unreachable",
    ):
        assert phrases.known(phrase)


def test_training_the_fall_models_says_which_recordings_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train-falls", "--data", str(tmp_path), "--out", str(tmp_path / "models")]) == 1
    assert str(tmp_path) in capsys.readouterr().err
