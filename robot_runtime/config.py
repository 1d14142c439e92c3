"""The robot's configuration: a TOML file, read into frozen dataclasses with clear errors."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

from robot_runtime.errors import ConfigError

ROBOT_ID = re.compile(r"[a-z0-9_-]{3,64}")
LANGUAGES = ("ko", "en")
PLACEMENTS = ("wrist", "waist")
WEARABLE_KEYS = {"source", "driver", "placement", "rate_hz", "resident"}
BLE_ADDRESS = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """Where the home's broker is."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """How the robot speaks. ``wav_dir`` set: phrases are written there instead of sounded."""

    wav_dir: Path | None = None
    rate_wpm: int = 150
    volume: float = 1.0
    quiet: tuple[time, time] | None = None
    voice: str = "espeak"


@dataclass(frozen=True, slots=True)
class HearingConfig:
    """Where sound comes from: ``kind`` is ``microphone``, ``pipe`` or ``none``."""

    kind: str = "microphone"
    device: str | None = None
    pipe: Path | None = None
    second: str = "auto"


@dataclass(frozen=True, slots=True)
class WyomingConfig:
    """Where Home Assistant may use the robot's ears and mouth; port 0: nowhere."""

    port: int = 0
    host: str = "0.0.0.0"  # noqa: S104 - whoever switches it on wants the home's network to reach it


@dataclass(frozen=True, slots=True)
class WearableConfig:
    """Where movement comes from: ``kind`` is ``ble``, ``replay`` or ``none``."""

    kind: str = "none"
    address: str | None = None
    replay_dir: Path | None = None
    driver: str = "polar"
    placement: str = "wrist"
    rate_hz: float = 50.0
    resident: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the robot must be told."""

    robot_id: str
    name: str
    language: str
    state_dir: Path
    mqtt: MqttConfig
    speech: SpeechConfig
    hearing: HearingConfig
    wearable: WearableConfig
    wyoming: WyomingConfig = WyomingConfig()
    more_wearables: tuple[WearableConfig, ...] = ()

    @property
    def wearables(self) -> tuple[WearableConfig, ...]:
        """All that are named, one a resident."""
        return tuple(each for each in (self.wearable, *self.more_wearables) if each.kind != "none")


def load(path: Path) -> Config:
    """Reads the file; raises ``ConfigError`` naming the key that is wrong and what it may be."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is not there; 'seogu-robot init --config {path}' writes one") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}") from error
    return parse(raw)


def parse(raw: dict[str, Any]) -> Config:
    """Checks the values; relative paths are taken from the working folder."""
    known = {"robot_id", "name", "language", "state_dir", "mqtt", "speech", "hearing", "wyoming"}
    top = _Table("", raw, known | {"wearable", "wearables"})
    robot_id = top.text("robot_id")
    if not ROBOT_ID.fullmatch(robot_id):
        raise ConfigError("robot_id must be 3 to 64 of a-z, 0-9, '_' and '-'")
    made = Config(
        robot_id=robot_id,
        name=top.text("name", "돌봄로봇"),
        language=top.one_of("language", LANGUAGES, "ko"),
        state_dir=Path(top.text("state_dir")).expanduser(),
        mqtt=_mqtt(top.table("mqtt", {"host", "port", "username", "password"})),
        speech=_speech(top.table("speech", {"output", "rate_wpm", "volume", "quiet", "voice"})),
        hearing=_hearing(top.table("hearing", {"input", "second"})),
        wearable=_wearable(top.table("wearable", WEARABLE_KEYS), "wearable"),
        more_wearables=tuple(_wearable(each, "wearables") for each in top.tables("wearables", WEARABLE_KEYS)),
        wyoming=_wyoming(top.table("wyoming", {"port", "host"})),
    )
    addresses = [each.address for each in made.wearables if each.address is not None]
    for address in addresses:
        if addresses.count(address) > 1:
            raise ConfigError(f"{address} is named twice among the wearables")
    return made


def _mqtt(table: _Table) -> MqttConfig:
    return MqttConfig(
        host=table.text("host", "127.0.0.1"),
        port=int(table.number("port", 1883, 1, 65535)),
        username=table.text("username", "") or None,
        password=table.text("password", "") or None,
    )


def _speech(table: _Table) -> SpeechConfig:
    output = table.text("output", "speaker")
    kind, _, rest = output.partition(":")
    if kind not in {"speaker", "wav"} or (kind == "wav") != bool(rest):
        raise ConfigError(f"speech.output is {output!r}; it may be 'speaker' or 'wav:<folder>'")
    return SpeechConfig(
        wav_dir=Path(rest).expanduser() if rest else None,
        rate_wpm=int(table.number("rate_wpm", 150, 80, 300)),
        volume=table.number("volume", 1.0, 0.1, 1.0),
        quiet=_quiet(table.text("quiet", "")),
        voice=_address("speech.voice", table.text("voice", "espeak"), ("espeak",)),
    )


def _quiet(given: str) -> tuple[time, time] | None:
    if not given:
        return None
    try:
        begin, end = (time.fromisoformat(each.strip()) for each in given.split("-"))
    except ValueError as error:
        raise ConfigError(f"speech.quiet is {given!r}; it is written like '22:00-07:00'") from error
    return begin, end


def _address(key: str, given: str, words: tuple[str, ...]) -> str:
    """One of the words, or ``tcp://host:port``."""
    if given not in words and not re.fullmatch(r"tcp://[^\s:/]+:\d{1,5}", given):
        raise ConfigError(f"{key} is {given!r}; it may be {', '.join(words)} or tcp://<host>:<port>")
    return given


def _wyoming(table: _Table) -> WyomingConfig:
    return WyomingConfig(int(table.number("port", 0, 0, 65535)), table.text("host", "0.0.0.0"))  # noqa: S104 - see above


def _hearing(table: _Table) -> HearingConfig:
    given = table.text("input", "microphone")
    kind, _, rest = given.partition(":")
    if kind not in {"microphone", "pipe", "none"} or (kind == "pipe" and not rest):
        raise ConfigError(
            f"hearing.input is {given!r}; it may be 'microphone', 'microphone:<device>', "
            "'pipe:<path>' or 'none'"
        )
    if kind == "pipe":
        return HearingConfig("pipe", pipe=Path(rest).expanduser(), second=_second(table))
    return HearingConfig(kind, device=rest or None, second=_second(table))


def _second(table: _Table) -> str:
    given = table.text("second", "auto")
    if given not in {"auto", "none"} and not given.startswith(("/", "~")):
        return _address("hearing.second", given, ("auto", "none", "/a/folder"))
    return str(Path(given).expanduser()) if given.startswith("~") else given


def _wearable(table: _Table, name: str) -> WearableConfig:
    source = table.text("source", "none")
    kind, _, rest = source.partition(":")
    if kind not in {"ble", "replay", "none"} or (kind != "none" and not rest):
        raise ConfigError(
            f"{name}.source is {source!r}; it may be 'ble:<address>', 'replay:<folder>' or 'none'"
        )
    if kind == "ble" and not BLE_ADDRESS.fullmatch(rest.upper()):
        raise ConfigError(f"{name}.source: {rest!r} is no Bluetooth address such as C0:FF:EE:00:11:22")
    return WearableConfig(
        kind=kind,
        address=rest.upper() if kind == "ble" else None,
        replay_dir=Path(rest).expanduser() if kind == "replay" else None,
        driver=table.text("driver", "polar"),
        placement=table.one_of("placement", PLACEMENTS, "wrist"),
        rate_hz=table.number("rate_hz", 50.0, 12.0, 200.0),
        resident=table.text("resident", "") or None,
    )


class _Table:
    """One table of the file, with its name for error messages."""

    def __init__(self, name: str, values: dict[str, Any], known: set[str]) -> None:
        self._prefix = f"{name}." if name else ""
        self._values = values
        unknown = sorted(set(values) - known)
        if unknown:
            where = f"[{name}]" if name else "the file"
            raise ConfigError(
                f"{where} has unknown keys: {', '.join(unknown)} (known: {', '.join(sorted(known))})"
            )

    def text(self, key: str, default: str | None = None) -> str:
        value = self._values.get(key, default)
        if value is None:
            raise ConfigError(f"{self._prefix}{key} is missing")
        if not isinstance(value, str):
            raise ConfigError(f"{self._prefix}{key} must be text, not {value!r}")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise ConfigError(f"{self._prefix}{key} is {value!r}; it may be {', '.join(allowed)}")
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ConfigError(f"{self._prefix}{key} must be a number from {low:g} to {high:g}, not {value!r}")
        return float(value)

    def table(self, key: str, known: set[str]) -> _Table:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise ConfigError(f"[{key}] must be a table")
        return _Table(key, value, known)

    def tables(self, key: str, known: set[str]) -> list[_Table]:
        values = self._values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise ConfigError(f"[[{key}]] must be tables")
        return [_Table(key, value, known) for value in values]
