"""The first configuration: a commented file with a robot id of its own."""

import secrets
from typing import TYPE_CHECKING

from robot_runtime.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = """\
# The care robot's configuration. Try it with: seogu-robot check --config {path}

# The robot's own id on the home's MQTT broker. Keep it: Home Assistant knows the robot by it.
robot_id = "{robot_id}"
# What Home Assistant shows.
name = "돌봄로봇"
# "ko" or "en": what it speaks and understands.
language = "ko"
# Where the robot keeps its key and what it must not lose.
state_dir = "{state_dir}"

[mqtt]
# The home's broker: the one that Home Assistant uses.
host = "homeassistant.local"
port = 1883
# username = "robot"
# password = ""

[speech]
# "speaker", or "wav:<folder>" to write what it says into files.
output = "speaker"
# Words per minute, and 0.1 to 1.0.
rate_wpm = 150
volume = 1.0
# What is not urgent is said softly in these hours.
# quiet = "22:00-07:00"
# "espeak", or "tcp://<host>:<port>" of a Wyoming text-to-speech such as Piper.
# voice = "espeak"

[hearing]
# "microphone", "microphone:<part of the device's name>", "pipe:<path>" (raw 16 kHz mono PCM16), or "none".
input = "microphone"
# The second engine: "auto" (a Whisper model, if one was fetched), "none", a folder, or "tcp://<host>:<port>"
# (Wyoming).
# second = "auto"

[wyoming]
# Offers ears and mouth to Home Assistant's Assist, on the home's network. 0: off; Wyoming's usual port is
# 10300.
# port = 10300

[wearable]
# "none", "ble:<address>" for a watch over Bluetooth, or "replay:<folder>" to play recordings.
source = "none"
# "polar" (Verity Sense, H10) or "infinitime" (PineTime).
# driver = "polar"
# Where it is worn: "wrist" or "waist".
placement = "wrist"
# Samples per second: what the device or the recording gives (Polar Verity Sense: 52, H10: 50).
rate_hz = 50
"""


def write(path: Path) -> str:
    """Writes the file, never over another; returns what to do next."""
    robot_id = f"seogu-{secrets.token_hex(4)}"
    state_dir = path.resolve().parent / "robot-state"
    text = _TEMPLATE.format(path=path, robot_id=robot_id, state_dir=state_dir)
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path} is already there; move it away first") from error
    except OSError as error:
        raise ConfigError(f"{path} can't be written: {error}") from error
    then = f"Set [mqtt] host in it, then: seogu-robot check --config {path}"
    return f"{path} is written for the robot {robot_id}. {then}"
