"""One turn of the core: the steps an incident can take, and what each of them wants done."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from . import policy
from .effects import Announce, Ask, Effect, FamilyNews, Mirror, Phrase, Report, Say, TellFamily
from .incident import Evidence, Incident, Kind, Outcome, Reporter, Severity, State, Unanswered, Words


@dataclass(frozen=True, slots=True)
class Setting:
    """What the household has chosen: how long the robot listens, and whether there is a bridge."""

    listen: timedelta = policy.LISTEN
    bridge: bool = True

    @property
    def listen_s(self) -> int:
        """Seconds the robot listens, within the limits of the policy."""
        return int(min(max(self.listen, policy.LISTEN_LEAST), policy.LISTEN_MOST).total_seconds())


@dataclass(slots=True)
class Turn:
    """Collects the new incidents and the effects while one input is worked in."""

    now: datetime
    setting: Setting
    incidents: dict[str, Incident]
    effects: list[Effect]

    def put(self, incident: Incident) -> Incident:
        """Keeps `incident` as it is now."""
        self.incidents[incident.id] = incident
        return incident

    def open(self, incident: Incident) -> Incident:
        """A new incident in its first state; a raised one goes out at once."""
        self.put(incident)
        self.effects.append(Announce(incident, incident.state))
        if incident.state is State.RAISED:
            return self._send_out(incident)
        return incident

    def ask(self, incident: Incident) -> Incident:
        """The robot asks (again) and the check-in's clock starts anew."""
        if incident.state is State.SUSPECTED:
            incident = incident.moved(State.CHECKING, self.now)
            self.effects.append(Announce(incident, State.CHECKING))
        listening = timedelta(seconds=self.setting.listen_s)
        incident = self.put(
            replace(
                incident,
                asked=incident.asked + 1,
                deadline=self.now + listening + policy.CHECK_MARGIN,
            )
        )
        self.effects += [Mirror(incident), Ask(incident, self.setting.listen_s)]
        return incident

    def wait_for_routine(self, incident: Incident) -> None:
        """Nobody answered, and the routine says what comes next; if it does not, the core goes on alone."""
        deadline = self.now + policy.ROUTINE_SPEAKS_WITHIN
        waiting = self.put(replace(incident, deadline=deadline, unanswered=Unanswered.RAISE))
        self.effects.append(Mirror(waiting))

    def raise_(self, incident: Incident, summary: Words | None = None) -> Incident:
        """From a question to an alert that a person must see."""
        raised = incident.moved(State.RAISED, self.now)
        raised = self.put(replace(raised, summary=summary or raised.summary))
        self.effects.append(Announce(raised, State.RAISED))
        return self._send_out(raised)

    def lapse(self, incident: Incident) -> None:
        """The caseworker's lease ran out: the bridge knows, the home shows it again."""
        again = self.put(replace(incident.moved(State.RAISED, self.now), by=None))
        self.effects += [Announce(again, State.RAISED), Mirror(again)]

    def acknowledge(self, incident: Incident, by: str | None) -> None:
        """A caseworker has taken it; the resident hears that help is coming."""
        if incident.is_unanswered_question:
            incident = incident.moved(State.RAISED, self.now)
        if incident.state is State.ACKNOWLEDGED:
            self.put(replace(incident, by=by))
            return
        seen = replace(incident.moved(State.ACKNOWLEDGED, self.now), by=by, alerted=True, delivered=True)
        self.put(seen)
        self.effects += [
            Announce(seen, State.ACKNOWLEDGED),
            Mirror(seen),
            Say(Phrase.HELP_COMING, seen.id, seen.robot),
        ]

    def close(
        self,
        incident: Incident,
        outcome: Outcome,
        *,
        tell_bridge: bool,
        by: str | None = None,
        quiet: bool = False,
    ) -> None:
        """The end of an incident; the bridge is told only of what it has been told before.

        ``quiet``: the robot says nothing of it, nor ever of a mere notice.
        """
        closed = self.put(
            replace(incident.moved(State.CLOSED, self.now), outcome=outcome, by=by or incident.by)
        )
        self.effects += [Announce(closed, State.CLOSED), Mirror(closed)]
        if tell_bridge and closed.alerted:
            self.effects.append(Report(closed))
        if closed.kind is not Kind.DEVICE and closed.severity is not Severity.NOTICE and not quiet:
            phrase = Phrase.ANSWERED_WELL if outcome is Outcome.ANSWERED_WELL else Phrase.CLOSED
            self.effects.append(Say(phrase, closed.id, closed.robot, urgent=False))

    def add(
        self, incident: Incident, evidence: tuple[Evidence, ...], *, is_new_sign: bool = True
    ) -> Incident:
        """A further sign of the same cause. Whoever looks after the alert, or will, must see it.

        A second press of the same button looks like the first and is told all the same; what robot and home
        both knew (not `is_new_sign`) is not.
        """
        more = incident.with_evidence(evidence)
        if more.evidence == incident.evidence and not is_new_sign:
            return incident
        if more.state in {State.RAISED, State.ACKNOWLEDGED}:
            more = replace(more, step=more.step + 1, reported_by=Reporter.HOME)
            self.effects.append(Report(more))
        self.effects.append(Mirror(more))
        return self.put(more)

    def deliver(self, incident: Incident) -> None:
        """The bridge has it; a family that was alarmed because of the outage hears so."""
        if incident.delivered:
            return
        there = self.put(replace(incident, delivered=True, tell_family_at=None))
        self.effects.append(Mirror(there))
        if there.family_told:
            self.effects.append(TellFamily(there, FamilyNews.THROUGH))

    def tell_family(self, incident: Incident) -> None:
        """The bridge has not stored an emergency in time."""
        told = self.put(replace(incident, tell_family_at=None, family_told=True))
        self.effects += [
            TellFamily(told, FamilyNews.UNREACHABLE),
            Say(Phrase.BRIDGE_UNREACHABLE, told.id, told.robot),
        ]

    def _send_out(self, raised: Incident) -> Incident:
        emergency = raised.severity is Severity.EMERGENCY
        raised = replace(raised, alerted=True)
        if emergency and self.setting.bridge:
            raised = replace(raised, tell_family_at=self.now + policy.FAMILY_TOLD_AFTER)
        elif emergency:
            raised = replace(raised, family_told=True)
            self.effects.append(TellFamily(raised, FamilyNews.NO_BRIDGE))
        self.put(raised)
        self.effects += [Report(raised), Mirror(raised)]
        if raised.kind is not Kind.DEVICE and raised.severity is not Severity.NOTICE:
            self.effects.append(Say(Phrase.ALERT_RAISED, raised.id, raised.robot))
        return raised
