"""All that must survive a restart, as one value: a change and the messages it sends are one commit."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .bridge.keys import thumbprint
from .bridge.messages import downlink_receipt, incident_message, robot_key_message
from .care import fields
from .care.effects import Announce, Ask, Effect, FamilyNews, Mirror, Phrase, Report, Say, TellFamily
from .care.household import Household
from .care.incident import Incident, State
from .care.wire import household_from_document, household_to_document, incident_to_wire
from .robot.letters import Letter, letter_from_document, letter_to_document
from .robot.messages import Command, ask_command, mirror_command, say_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SAY_HOLDS = timedelta(minutes=10)
WORDS_HOLD = timedelta(hours=1)
MIRROR_HOLDS = timedelta(days=1)
REFUSED_KEPT = 100
LETTERS_REMEMBERED = 500
"""Ids of letters, so that one that is sent again is not handed on twice."""


@dataclass(frozen=True, slots=True)
class Notice:
    """News for the family, kept until it was handed to their notify action."""

    id: str
    incident: str
    news: FamilyNews
    kind: str
    summary: Mapping[str, str]
    at: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """A step that automations have not heard of yet."""

    incident: Mapping[str, Any]
    state: State


@dataclass(frozen=True, slots=True)
class Ledger:
    """The household, and everything on its way out of it.

    ``outbox`` waits for the bridge, ``numbered`` is the last number given to a message in it, ``refused`` was
    set aside by the bridge; ``commands`` wait for a robot, ``notices`` for the family, ``announcements`` for
    automations; ``downlink`` is the last message stored; ``vouched`` are the robots' keys the bridge has been
    told; ``home`` is the name the bridge gave the home; ``letters`` are the resident's words for others that
    are not handed on yet, ``letters_seen`` the ids of the last that came.
    """

    household: Household = field(default_factory=Household)
    outbox: tuple[Mapping[str, Any], ...] = ()
    numbered: int = 0
    refused: tuple[Mapping[str, Any], ...] = ()
    commands: tuple[Command, ...] = ()
    notices: tuple[Notice, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    downlink: int = 0
    vouched: tuple[str, ...] = ()
    home: str | None = None
    letters: tuple[Letter, ...] = ()
    letters_seen: tuple[str, ...] = ()

    def with_letter(self, letter: Letter) -> Ledger:
        """A letter is kept until it was handed on; one that came before changes nothing."""
        if letter.id in self.letters_seen:
            return self
        seen = (*self.letters_seen, letter.id)[-LETTERS_REMEMBERED:]
        return replace(self, letters=(*self.letters, letter), letters_seen=seen)

    def without_letter(self, letter_id: str) -> Ledger:
        """It was handed on."""
        return replace(self, letters=tuple(each for each in self.letters if each.id != letter_id))

    def with_effects(
        self, household: Household, effects: Iterable[Effect], robots: Iterable[str], now: datetime
    ) -> Ledger:
        """The ledger after a turn of the core: its effects become messages with ids of their own."""
        ledger = replace(self, household=household)
        robots = tuple(robots)
        for effect in effects:
            ledger = ledger.with_effect(effect, robots, now)
        return ledger

    def with_message(self, message: Mapping[str, Any]) -> Ledger:
        """One more message for the bridge, numbered so that the bridge notices when one never comes."""
        number = self.numbered + 1
        return replace(self, numbered=number, outbox=(*self.outbox, {**message, "seq": number}))

    def with_command(self, command: Command) -> Ledger:
        """One more command for a robot."""
        return replace(self, commands=(*self.commands, command))

    def with_downlink(self, seq: int, now: datetime) -> Ledger:
        """A message of the bridge is stored and its receipt is on the way, in one."""
        return replace(self, downlink=seq).with_message(downlink_receipt(seq, now))

    def settled(self, ids: frozenset[str], refused: Mapping[str, str]) -> Ledger:
        """The bridge has answered: what it stored leaves the outbox, what it refused is set aside."""
        outbox = tuple(m for m in self.outbox if m["id"] not in ids and m["id"] not in refused)
        aside = tuple(m | {"reason": refused[m["id"]]} for m in map(dict, self.outbox) if m["id"] in refused)
        return replace(self, outbox=outbox, refused=(*self.refused, *aside)[-REFUSED_KEPT:])

    def command_done(self, robot: str, command: str) -> Ledger:
        """The robot is done with a command."""
        kept = tuple(c for c in self.commands if c.robot != robot or c.id != command)
        return replace(self, commands=kept)

    def without_expired(self, now: datetime) -> Ledger:
        """Commands that nobody needs any more are dropped."""
        return replace(self, commands=tuple(c for c in self.commands if c.expires_at > now))

    def with_effect(self, effect: Effect, robots: tuple[str, ...], now: datetime) -> Ledger:
        """The ledger with what one effect wants sent."""
        match effect:
            case Report(incident):
                return self.with_message(incident_message(incident, now))
            case Announce(incident, state):
                news = Announcement(incident_to_wire(incident), state)
                return replace(self, announcements=(*self.announcements, news))
            case TellFamily(incident, news):
                return replace(self, notices=(*self.notices, _notice(incident, news, now)))
            case Mirror(incident):
                return self._mirrored(incident, robots, now)
            case Ask(incident, listen_s):
                until = incident.deadline or now + SAY_HOLDS
                asks = [ask_command(robot, incident.id, listen_s, now, until) for robot in robots]
                return replace(self, commands=(*self.commands, *asks))
            case Say(phrase, incident_id, robot, urgent):
                return self._said(phrase, incident_id, (robot,) if robot in robots else robots, urgent, now)

    def vouching(self, robot: str, jwk: Mapping[str, str], home: str, now: datetime) -> Ledger:
        """The bridge is told a robot's key, once for each key and enrolment."""
        mark = f"{home}:{robot}:{thumbprint(jwk)}"
        if mark in self.vouched:
            return self
        told = replace(self, vouched=(*self.vouched, mark))
        return told.with_message(robot_key_message(robot, jwk, now))

    def at_bridge(self, home: str) -> Ledger:
        """A home that enrols anew starts its stream from the beginning."""
        return self if self.home == home else replace(self, home=home, downlink=0)

    def linking(self, command: Command) -> Ledger:
        """How to reach the bridge, told to a robot; what still waits of the kind is out of date."""
        kept = tuple(c for c in self.commands if c.robot != command.robot or c.type != "link")
        return replace(self, commands=(*kept, command))

    def _mirrored(self, incident: Incident, robots: tuple[str, ...], now: datetime) -> Ledger:
        """The newest copy replaces an older one still waiting; a question that is settled is not asked."""
        settled = not incident.is_unanswered_question
        kept = tuple(
            c
            for c in self.commands
            if c.incident != incident.id or not (c.type == "incident" or (settled and c.type == "ask"))
        )
        copies = (mirror_command(robot, incident, now, now + MIRROR_HOLDS) for robot in robots)
        return replace(self, commands=(*kept, *copies))

    def _said(
        self,
        phrase: Phrase,
        incident: str | None,
        robots: Iterable[str | None],
        urgent: bool,  # noqa: FBT001 - comes from a pattern
        now: datetime,
    ) -> Ledger:
        said = (
            say_command(robot, now, now + SAY_HOLDS, phrase=phrase, incident=incident, urgent=urgent)
            for robot in robots
            if robot is not None
        )
        return replace(self, commands=(*self.commands, *said))


def _notice(incident: Incident, news: FamilyNews, now: datetime) -> Notice:
    words = {"ko": incident.summary.ko, "en": incident.summary.en}
    return Notice(str(uuid.uuid7()), incident.id, news, str(incident.kind), words, fields.written(now))


def ledger_to_document(ledger: Ledger) -> dict[str, Any]:
    """The ledger as JSON, complete."""
    return {
        "household": household_to_document(ledger.household),
        "outbox": [dict(message) for message in ledger.outbox],
        "numbered": ledger.numbered,
        "refused": [dict(message) for message in ledger.refused],
        "commands": [{"robot": c.robot, "payload": dict(c.payload)} for c in ledger.commands],
        "notices": [
            {
                "id": n.id,
                "incident": n.incident,
                "news": str(n.news),
                "kind": n.kind,
                "summary": dict(n.summary),
                "at": n.at,
            }
            for n in ledger.notices
        ],
        "announcements": [
            {"incident": dict(a.incident), "state": str(a.state)} for a in ledger.announcements
        ],
        "downlink": ledger.downlink,
        "vouched": list(ledger.vouched),
        "home": ledger.home,
        "letters": [letter_to_document(letter) for letter in ledger.letters],
        "letters_seen": list(ledger.letters_seen),
    }


def ledger_from_document(data: Mapping[str, Any]) -> Ledger:
    """Reads what `ledger_to_document` wrote. Raises `fields.MalformedError`."""
    try:
        return Ledger(
            household=household_from_document(fields.mapping(data.get("household"), "household")),
            outbox=tuple(dict(fields.mapping(m, "outbox")) for m in data["outbox"]),
            numbered=fields.whole(data, "numbered", 0, 2**53) if "numbered" in data else 0,
            refused=tuple(dict(fields.mapping(m, "refused")) for m in data["refused"]),
            commands=tuple(Command(c["robot"], c["payload"]) for c in data["commands"]),
            notices=tuple(
                Notice(n["id"], n["incident"], FamilyNews(n["news"]), n["kind"], n["summary"], n["at"])
                for n in data["notices"]
            ),
            announcements=tuple(
                Announcement(a["incident"], State(a["state"])) for a in data["announcements"]
            ),
            downlink=fields.whole(data, "downlink", 0, 2**53),
            vouched=tuple(data.get("vouched", ())),
            home=fields.optional_text(data, "home"),
            letters=tuple(letter_from_document(each) for each in data.get("letters", ())),
            letters_seen=tuple(map(str, data.get("letters_seen", ()))),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as err:
        raise fields.MalformedError(f"the stored ledger can't be read: {err}") from err
