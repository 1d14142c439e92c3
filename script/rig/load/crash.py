"""Kills what serves, what sends and what stores with -9 at seeded moments under load, and counts afterwards.

What must hold: every receipted alert is there once, every outgoing message was sent at least once, and the
audit's sums are right.
"""

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from district_bridge.simulation.home import simulated_home
from rig.load.program import OF_A_LOOK, RECEIVER
from rig.load.receiver import Receiver
from rig.load.senders import Sender
from rig.load.site import Process, Site
from rig.waiting import wait_for

if TYPE_CHECKING:
    from rig.load.postgres import Postgres

HOMES = 6
SETTLE_S = 240.0
# A steady load that leaves room for the processes that start again.
PAUSE_S = 0.05
# Between two kills so many alerts must have been receipted: each kill hits a bridge at work.
ALERTS_BETWEEN = (4, 25)


@dataclass
class Outcome:
    """What was killed, and what was found afterwards."""

    kills: Counter[str] = field(default_factory=Counter)
    receipted: int = 0
    lost: int = 0
    """Receipted, and not in the database."""
    doubled: int = 0
    """More than one alert for an incident."""
    unknown: int = 0
    """Alerts in the database that nobody has a receipt for, though every outbox is empty."""
    outgoing: int = 0
    """Messages posted by looks at ladders, one a look."""
    looked_twice: int = 0
    """Looks at a ladder whose work was committed more than once."""
    never_sent: int = 0
    """Outgoing messages that never reached the receiver."""
    unmarked: int = 0
    """Outgoing messages that are not marked as sent."""
    sent_twice: int = 0
    audit_holds: bool = False
    took_s: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or forgotten."""
        wrong = self.lost + self.doubled + self.unknown + self.never_sent + self.unmarked + self.looked_twice
        return self.audit_holds and not wrong and self.receipted > 0 and self.outgoing >= self.receipted


def crash(postgres: Postgres | None, *, kills: int, seed: int) -> Outcome:
    """Two ``serve`` and two ``worker`` on PostgreSQL, one ``serve`` on SQLite; so many kills under load."""
    began = time.monotonic()
    receiver = Receiver()
    site = Site(postgres, environment={RECEIVER: receiver.url}, program="rig.load.program")
    try:
        site.run("settle", str(HOMES), str(seed), module="rig.load.settle")
        serves = [site.add("serve") for _ in range(2 if postgres else 1)]
        for _ in range(2 if postgres else 0):
            site.add("worker")
        site.start()
        senders = [
            Sender(simulated_home(number, seed), [s.port for s in serves], PAUSE_S) for number in range(HOMES)
        ]
        for sender in senders:
            sender.start()
        outcome = Outcome()
        dice = random.Random(seed)  # noqa: S311 - a seed, no secret
        kinds: list[str] = []
        for _ in range(kills):
            _wait_for_alerts(senders, dice.randint(*ALERTS_BETWEEN))
            time.sleep(dice.random() * 0.05)
            if not kinds:
                kinds = _kinds(postgres, dice)
            kind = kinds.pop()
            _kill_one(site, kind, dice)
            outcome.kills[kind] += 1
        for sender in senders:
            sender.close()
        for sender in senders:
            sender.join(SETTLE_S)
        _count(site, receiver, senders, outcome)
        outcome.took_s = round(time.monotonic() - began, 1)
        return outcome
    finally:
        site.remove()
        receiver.stop()


def _kinds(postgres: Postgres | None, dice: random.Random) -> list[str]:
    """Each kind of victim once, in an order of chance. On SQLite one process is all of them."""
    kinds = ["serve", "worker", "postgres"] if postgres else ["serve"]
    return dice.sample(kinds, len(kinds))


def _kill_one(site: Site, kind: str, dice: random.Random) -> None:
    """Kills a process of this kind, or the database server, and starts it again."""
    of_kind: list[Process | Postgres] = [one for one in site.processes if one.command == kind]
    victim = dice.choice(of_kind or [site.postgres or site.processes[0]])
    victim.kill()
    time.sleep(dice.random() * 0.1)
    victim.start()


def _wait_for_alerts(senders: list[Sender], more: int) -> None:
    goal = _receipted(senders) + more
    wait_for("alerts are receipted", lambda: _receipted(senders) >= goal, SETTLE_S)


def _receipted(senders: list[Sender]) -> int:
    return sum(len(sender.receipted) for sender in senders)


def _count(site: Site, receiver: Receiver, senders: list[Sender], outcome: Outcome) -> None:
    receipted = set().union(*(sender.receipted for sender in senders))
    # A look that was posted for later (the next rung) is not waited for.
    due = f"kind = '{OF_A_LOOK}' OR (kind = 'escalate' AND due_at = created_at)"
    unsent = f"SELECT count(*) FROM outgoing_outgoing WHERE sent_at IS NULL AND ({due})"  # noqa: S608 - words of ours
    wait_for("every message was sent", lambda: site.query(unsent)[0][0] == 0, SETTLE_S)
    stored = Counter(
        str(UUID(str(row[0])))
        for row in site.query("SELECT incident FROM alerts_alert WHERE home_id LIKE 'h-sim-%'")
    )
    messages = site.query(
        f"SELECT id, sent_at, payload FROM outgoing_outgoing WHERE kind = '{OF_A_LOOK}'"  # noqa: S608 - as above
    )
    looks = Counter(str(payload) for _, _, payload in messages)
    outcome.receipted = len(receipted)
    outcome.lost = len(receipted - set(stored))
    outcome.doubled = sum(1 for times in stored.values() if times > 1)
    outcome.unknown = len(set(stored) - receipted)
    outcome.outgoing = len(messages)
    outcome.never_sent = sum(1 for number, _, _ in messages if number not in receiver.seen)
    outcome.unmarked = sum(1 for _, sent_at, _ in messages if sent_at is None)
    outcome.looked_twice = sum(1 for times in looks.values() if times > 1)
    outcome.sent_twice = sum(1 for times in receiver.seen.values() if times > 1)
    outcome.audit_holds = bool(json.loads(site.run("audit", "--json"))["holds"])
