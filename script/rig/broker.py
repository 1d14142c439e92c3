"""The home's MQTT broker: a real mosquitto, with a log-in for the home and one for the robot."""

import secrets
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

from rig.program import Program
from rig.waiting import free_port, wait_for

if TYPE_CHECKING:
    from pathlib import Path

USERS = ("home", "robot", "sensors")


class Broker:
    """A mosquitto on a free loopback port, keeping nothing over a restart (the harder case)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        self.passwords = {user: secrets.token_urlsafe(12) for user in USERS}
        passwords = folder / "passwords"
        passwords.write_text("".join(f"{u}:{p}\n" for u, p in self.passwords.items()), encoding="utf-8")
        passwords.chmod(0o600)
        subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True, capture_output=True)
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
            "persistence false\nuser root\n",
            encoding="utf-8",
        )
        binary = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.program = Program("broker", [binary, "-c", str(config)], folder / "log")

    def start(self) -> None:
        """Starts it and waits until it takes connections."""
        self.program.start()
        wait_for("the broker takes connections", self._answers, 10)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
