"""Kill -9 of one process at a seeded random moment of the fall's story: nothing lost, nothing doubled."""

import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rig.falls import a_fall
from rig.waiting import StepMissingError, wait_for

if TYPE_CHECKING:
    from rig.system import System

VICTIMS = ("broker", "bridge", "home", "robot")
# From the moment the wearable streams until the alert has reached the bridge and a little longer.
STORY_S = 24.0
# Some victims are back at once, some stay away so long that the robot goes on alone (10 s).
AWAY_S = (0.5, 15.0)
NOTICED_S = 20.0
SETTLE_S = 150.0


@dataclass(frozen=True)
class Outcome:
    """What one kill came to.

    ``falls`` tells how often the wearable played the fall until it was noticed; ``alerts`` how many alerts
    of persons (not of devices) the bridge holds of it.
    """

    seed: int
    victim: str
    moment_s: float
    away_s: float
    falls: int
    alerts: int
    database_rows: int
    took_s: float

    @property
    def lost(self) -> bool:
        """The fall was noticed and never became an alert."""
        return self.alerts == 0

    @property
    def doubled(self) -> bool:
        """One fall became several alerts, or several rows in the bridge's database."""
        return self.alerts > 1 or self.database_rows > 1

    def __str__(self) -> str:
        fate = "LOST" if self.lost else "DOUBLED" if self.doubled else "one alert"
        return (
            f"seed {self.seed:3d}: {self.victim:<6} killed after {self.moment_s:5.2f} s, "
            f"away {self.away_s:5.2f} s, falls played {self.falls}: {fate} ({self.took_s:.0f} s)"
        )


def kill_once(system: System, seed: int) -> Outcome:
    """Plays the fall, kills one process on the way, starts it again, and counts the alerts that came of it.

    A robot that is killed before it has noticed the fall can't report it; then the fall is played again once
    the robot is back. Raises StepMissingError when the system does not come to rest.
    """
    dice = random.Random(seed)  # noqa: S311 - a seed, not a secret
    victim, moment, away = dice.choice(VICTIMS), dice.uniform(0, STORY_S), dice.uniform(*AWAY_S)
    known, mark, began = _alerts(system), system.robot.mark(), time.monotonic()
    killer = threading.Thread(target=_kill_and_start, args=(system, victim, moment, away))
    killer.start()
    falls = _play_until_noticed(system, mark, known, killer)
    killer.join()
    system.wait_ready(SETTLE_S)
    wait_for("the fall has become an alert", lambda: _alerts(system) - known, SETTLE_S)
    wait_for("the home knows of it", system.open_incident, SETTLE_S)
    system.wait_outbox_empty(SETTLE_S)
    wait_for("the robot has nothing left to send", lambda: _robot_is_done(system), SETTLE_S)
    new = _alerts(system) - known
    rows = sum(1 for alert in system.bridge.alerts() if alert["incident"] in new)
    outcome = Outcome(
        seed,
        victim,
        round(moment, 2),
        round(away, 2),
        falls,
        len(new),
        rows,
        round(time.monotonic() - began, 1),
    )
    _tidy(system)
    return outcome


def _kill_and_start(system: System, victim: str, moment_s: float, away_s: float) -> None:
    time.sleep(moment_s)
    system.programs[victim].kill()
    time.sleep(away_s)
    system.programs[victim].start()


def _play_until_noticed(system: System, mark: int, known: set[str], killer: threading.Thread) -> int:
    def noticed() -> bool:
        return bool(
            system.robot.find(mark, "sign", type="fall") or system.open_incident() or _alerts(system) - known
        )

    for falls in range(1, 4):
        system.robot.wear(a_fall())
        try:
            wait_for("the fall is noticed", noticed, NOTICED_S)
        except StepMissingError:
            killer.join()
            system.wait_ready(SETTLE_S)
            if noticed():
                return falls
        else:
            return falls
    raise StepMissingError("the fall was played three times and never noticed")


def _alerts(system: System) -> set[str]:
    """Incidents of persons; that a home or a robot was offline for a while is not what is counted here."""
    return {alert["incident"] for alert in system.bridge.alerts() if alert["kind"] != "device"}


def _robot_is_done(system: System) -> bool:
    beats = system.shown("robot_online").get("attributes", {})
    return beats.get("alone") is False


def _tidy(system: System) -> None:
    """The next fall shall open an incident of its own."""
    system.home.call("seogu_care.resolve", {"outcome": "false_alarm"})
    wait_for("the home is calm", lambda: system.shown("care_state").get("state") == "calm", SETTLE_S)
