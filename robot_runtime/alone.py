"""Who looks after an incident: the home, or the robot alone. Plain decisions; every call is given the time.

While ``home`` messages come, the robot only keeps what it would need. When none came for ``ALONE_AFTER_S``
it carries on: emergency signs that the home has not settled, check-ins that were open, alerts the bridge has
not got. Each incident keeps the id of its first sign, so that bridge and home see one incident.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from robot_runtime import care, sign
from robot_runtime.care import Care

if TYPE_CHECKING:
    from collections.abc import Iterable

    from robot_runtime.incident import Incident
    from robot_runtime.link.messages import HomeAlive
    from robot_runtime.sign import Sign
    from robot_runtime.times import Moment

ALONE_AFTER_S = 10.0
"""No ``home`` message for so long: the robot is alone (docs/protocol.md; the home sends one every 3 s)."""
SETTLED_AFTER_S = 30.0
"""A living home that has not counted a stored sign among its open incidents for so long has seen to it."""
NO_RECEIPT_S = 10.0
"""So long after an alert was raised without the bridge's receipt, the resident is told that it takes time."""
SAME_FALL_S = 60.0
"""Two signs of a fall within so long are of the same fall: the second often says that it is certain."""
PERSON_KINDS = frozenset({"fall", "help_call", "inactivity", "anomaly"})
"""Incidents about the person; the home puts their signs together while one is open."""


@dataclass(slots=True)
class Effects:
    """What follows from one event; the app stores it first and acts afterwards."""

    saved: dict[str, Care | None] = field(default_factory=dict)
    raised: list[Incident] = field(default_factory=list)
    handed_over: list[Incident] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    ask: list[str] = field(default_factory=list)
    say: list[tuple[str, str]] = field(default_factory=list)
    mode: str | None = None


class AloneCore:
    """The state machine. ``linked`` is set once the home has told how to reach the bridge."""

    def __init__(self, now: Moment, cares: Iterable[Care], signs: Iterable[tuple[Sign, bool]]) -> None:
        """Takes up incidents in care, and emergency signs with whether the home has stored them."""
        self.alone = False
        self.linked = False
        self._home_at = now.mono
        self._cares = {each.incident.id: each for each in cares}
        self._signs = {each.id: each for each, _ in signs}
        self._absent_since: dict[str, float] = {}
        self._stored = {each.id for each, stored in signs if stored}
        self._asking: set[str] = set()
        self._raised_at: dict[str, float] = {}

    @property
    def mode(self) -> str:
        """As the heartbeat tells it."""
        return "alone" if self.alone else "with_home"

    def care_of(self, incident_id: str) -> Care | None:
        """The incident, if it is in care."""
        return self._cares.get(incident_id)

    def on_home(self, home: HomeAlive, now: Moment) -> Effects:
        """Home Assistant lives."""
        effects = Effects()
        self._home_at = now.mono
        if self.alone:
            self.alone = False
            effects.mode = self.mode
        for each in list(self._cares.values()):
            if each.owed_to_home and each.incident.id not in self._asking:
                self._hand_over(each, effects)
        self._settle_what_home_closed(home.open, now, effects)
        return effects

    def on_mirror(self, incident: Incident, *, delivered: bool) -> Effects:
        """The home tells how one of its incidents stands."""
        effects = Effects()
        known = self._cares.get(incident.id)
        if known is not None and not care.further(incident, known.incident):
            if delivered and not known.delivered:
                self._keep(replace(known, delivered=True), effects)
            return effects
        if incident.state == "closed":
            self._drop(incident.id, effects)
        else:
            base = known or Care(incident)
            moved = replace(base, incident=incident, delivered=base.delivered or delivered)
            if moved.owed_to_home:
                moved = replace(moved, handed=incident.step)
            self._keep(moved, effects)
            if delivered:
                self._settle(incident.id, effects)
        return effects

    def on_sign(self, new: Sign) -> Effects:
        """An emergency sign was born here."""
        effects = Effects()
        self._signs[new.id] = new
        return effects

    def on_receipt(self, sign_id: str, *, refused: bool, now: Moment) -> Effects:
        """The home has stored the sign, or refuses it: then the robot sees to it itself."""
        effects = Effects()
        if sign_id in self._signs:
            if refused:
                self._begin(self._signs[sign_id], now, effects)
            else:
                self._stored.add(sign_id)
        return effects

    def on_tick(self, now: Moment) -> Effects:
        """To be called at least once a second."""
        effects = Effects()
        if not self.alone and now.mono - self._home_at >= ALONE_AFTER_S:
            self.alone = True
            self._absent_since.clear()
            effects.mode = self.mode
        if self.alone:
            self._carry_on(now, effects)
            for incident_id, raised_at in list(self._raised_at.items()):
                if now.mono - raised_at >= NO_RECEIPT_S:
                    del self._raised_at[incident_id]
                    effects.say.append(("bridge_unreachable" if self.linked else "not_linked", incident_id))
        return effects

    def on_answer(self, incident_id: str, intent: str, now: Moment) -> Effects:
        """A check-in ended, whoever had asked for it: ``okay``, ``help``, ``unclear`` or ``none``."""
        effects = Effects()
        known = self._cares.get(incident_id)
        was_own = incident_id in self._asking
        self._asking.discard(incident_id)
        if known is None or not known.open_check:
            return effects
        answered = replace(known, answer=intent)
        self._cares[incident_id] = answered
        effects.saved[incident_id] = answered
        if was_own or self.alone:
            self._conclude(answered, now, effects)
        return effects

    def on_bridge_stored(self, incident_id: str) -> Effects:
        """The bridge has committed the alert."""
        effects = Effects()
        self._raised_at.pop(incident_id, None)
        known = self._cares.get(incident_id)
        if known is not None and not known.delivered:
            self._keep(replace(known, delivered=True), effects)
            if self.alone:
                effects.say.append(("alert_raised", incident_id))
        return effects

    def on_bridge_state(self, incident_id: str, state: str, outcome: str | None, now: Moment) -> Effects:
        """A caseworker acted. Told aloud only while alone: otherwise the home tells it."""
        effects = Effects()
        known = self._cares.get(incident_id)
        if known is None or not self.alone or known.incident.state == state:
            return effects
        moved = known.incident.moved(state, now.wall, outcome=outcome)
        self._keep(replace(known, incident=moved, delivered=True), effects)
        phrase = {"acknowledged": "help_coming", "closed": "closed"}.get(state)
        if phrase:
            effects.say.append((phrase, incident_id))
        return effects

    def _carry_on(self, now: Moment, effects: Effects) -> None:
        for pending in list(self._signs.values()):
            if pending.id not in self._cares:
                self._begin(pending, now, effects)
            else:
                self._settle(pending.id, effects)
        for each in list(self._cares.values()):
            if each.open_check and each.answer is not None:
                self._conclude(each, now, effects)
            elif each.open_check and each.incident.id not in self._asking:
                self._check_in(each, now, effects)
            elif each.owed_to_bridge:
                self._raise(each, now, effects)

    def _begin(self, new: Sign, now: Moment, effects: Effects) -> None:
        """An incident of the robot's own, out of a sign that the home does not see to."""
        joined = self._joined(new)
        self._settle(new.id, effects)
        if joined is not None:
            if joined.open_check and not new.asks_first:
                summary = "fall_certain" if new.type == "fall" else None
                self._conclude(replace(joined, answer="none"), now, effects, summary=summary)
            return
        opened = Care(sign.opens(new))
        if new.asks_first:
            self._check_in(opened, now, effects)
        else:
            self._raise(replace(opened, incident=opened.incident.moved("raised", now.wall)), now, effects)

    def _joined(self, new: Sign) -> Care | None:
        """The open incident that a sign belongs to: of the same fall, or the one the home has put it into.

        The home joins what speaks about the person, so a sign that it stored while such an incident was open
        is in there. A call of fire is not: it has a cause of its own.
        """
        stored = new.id in self._stored and new.data.get("intent") != "fire"
        for each in self._cares.values():
            told = each.incident
            same_fall = (
                new.type == told.kind == "fall"
                and abs((new.at - told.opened_at).total_seconds()) <= SAME_FALL_S
            )
            if same_fall or (stored and told.kind in PERSON_KINDS and told.opened_at <= new.at):
                return each
        return None

    def _check_in(self, each: Care, now: Moment, effects: Effects) -> None:
        if each.incident.state != "checking" or each.incident.reported_by != "robot":
            each = replace(each, incident=each.incident.moved("checking", now.wall))
        self._asking.add(each.incident.id)
        self._keep(each, effects)
        effects.ask.append(each.incident.id)

    def _conclude(self, each: Care, now: Moment, effects: Effects, summary: str | None = None) -> None:
        if each.answer == "okay":
            closed = each.incident.moved("closed", now.wall, "answered_well", "answered_well")
            self._keep(replace(each, incident=closed), effects)
            effects.say.append(("answered_well", closed.id))
        else:
            why = summary or ("fall_unanswered" if each.incident.kind == "fall" else "unanswered")
            raised = each.incident.moved("raised", now.wall, why)
            self._raise(replace(each, incident=raised), now, effects)
        if not self.alone:
            self._hand_over(self._cares[each.incident.id], effects)

    def _raise(self, each: Care, now: Moment, effects: Effects) -> None:
        self._asking.discard(each.incident.id)
        effects.raised.append(each.incident)
        self._raised_at[each.incident.id] = now.mono
        self._keep(replace(each, queued=True), effects)

    def _hand_over(self, each: Care, effects: Effects) -> None:
        effects.handed_over.append(each.incident)
        if each.incident.state == "closed":
            self._drop(each.incident.id, effects)
        else:
            self._keep(replace(each, handed=each.incident.step), effects)

    def _settle_what_home_closed(self, still_open: frozenset[str], now: Moment, effects: Effects) -> None:
        kept = {*self._stored, *(each.incident.id for each in self._cares.values() if not each.owed_to_home)}
        for incident_id in kept:
            if incident_id in still_open or incident_id in self._asking:
                self._absent_since.pop(incident_id, None)
            elif now.mono - self._absent_since.setdefault(incident_id, now.mono) >= SETTLED_AFTER_S:
                self._drop(incident_id, effects)

    def _keep(self, each: Care, effects: Effects) -> None:
        self._cares[each.incident.id] = each
        effects.saved[each.incident.id] = each

    def _drop(self, incident_id: str, effects: Effects) -> None:
        if self._cares.pop(incident_id, None) is not None:
            effects.saved[incident_id] = None
        self._asking.discard(incident_id)
        self._raised_at.pop(incident_id, None)
        self._absent_since.pop(incident_id, None)
        self._settle(incident_id, effects)

    def _settle(self, sign_id: str, effects: Effects) -> None:
        self._stored.discard(sign_id)
        if self._signs.pop(sign_id, None) is not None:
            effects.settled.append(sign_id)
