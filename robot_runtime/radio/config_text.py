"""Writes a wearable into the robot's configuration, and leaves every other line as a person wrote it."""

import itertools
import os
import re
import tomllib
from typing import TYPE_CHECKING

from robot_runtime import config
from robot_runtime.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from robot_runtime.config import WearableConfig

_HEADER = re.compile(r"^\s*\[")


def enter(path: Path, wearable: WearableConfig) -> None:
    """Adds the wearable, or renews the one with its address; ``ConfigError`` leaves the file as it was."""
    config.load(path)
    text = with_wearable(path.read_text(encoding="utf-8"), wearable)
    config.parse(tomllib.loads(text))
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(path.stat().st_mode & 0o777)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} can't be written: {error}") from error


def with_wearable(text: str, wearable: WearableConfig) -> str:
    """The text with the wearable in it: in ``[wearable]`` where none was, else in ``[[wearables]]``."""
    lines = text.splitlines()
    for begin, end in _blocks(lines):
        block = lines[begin:end]
        named = tomllib.loads("\n".join(["[wearable]", *block[1:]]))["wearable"].get("source", "none")
        ours = named.upper() == f"BLE:{wearable.address}"
        if ours or (named == "none" and lines[begin].strip() == "[wearable]"):
            return "\n".join([*lines[:begin], *_renewed(block, wearable), *lines[end:]]) + "\n"
    header = "[[wearables]]" if any(line.strip() == "[wearable]" for line in lines) else "[wearable]"
    return "\n".join([*lines, "", *_renewed([header], wearable)]) + "\n"


def _blocks(lines: list[str]) -> list[tuple[int, int]]:
    """Where the tables of wearables begin and end."""
    heads = [number for number, line in enumerate(lines) if _HEADER.match(line)] + [len(lines)]
    return [
        (begin, end)
        for begin, end in itertools.pairwise(heads)
        if lines[begin].split("#")[0].strip() in {"[wearable]", "[[wearables]]"}
    ]


def _renewed(block: list[str], wearable: WearableConfig) -> list[str]:
    values = {
        "source": f'"ble:{wearable.address}"',
        "driver": f'"{wearable.driver}"',
        "placement": f'"{wearable.placement}"',
        "rate_hz": f"{wearable.rate_hz:g}",
    }
    if wearable.resident is not None:
        quoted = wearable.resident.replace("\\", "\\\\").replace('"', '\\"')
        values["resident"] = f'"{quoted}"'
    renewed = []
    for line in block:
        key = line.split("=")[0].strip()
        renewed.append(f"{key} = {values.pop(key)}" if key in values else line)
    while len(renewed) > 1 and not renewed[-1].strip():
        renewed.pop()
    return [*renewed, *(f"{key} = {value}" for key, value in values.items()), ""]
