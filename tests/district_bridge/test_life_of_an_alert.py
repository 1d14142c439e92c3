"""Whatever home, robot, people, clock and worker do, in any order: no alert is lost, each has an owner."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from district_bridge.accounts.models import Account, Role
from district_bridge.alerts import desk, life, together
from district_bridge.alerts.models import Alert, Handover, State, Step, Transition
from district_bridge.escalation import rungs
from district_bridge.escalation.models import Receipt
from district_bridge.escalation.owners import Owner, owners_of
from district_bridge.homes.models import KeyOwner
from district_bridge.intake.audit import audit
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.work import work_once
from district_bridge.supervision import watch
from tests.district_bridge.people import caseworker, enrolled_home, read_incident

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
PEOPLE = st.integers(0, 2)
WHICH, CHOICE = st.integers(0, 1), st.integers(0, 11)
FITTING = {
    State.RAISED: ["takes on", "takes on", "closes", "merges"],
    State.ACKNOWLEDGED: ["gives back", "offers", "answers", "takes a step back", "closes", "takes on"],
    State.CLOSED: ["takes a step back"],
}
ACTS = sorted({act for acts in FITTING.values() for act in acts})
SECONDS = st.sampled_from([1, 9, 11, 59, 61, 150, 181, 600, 901, 4000])


class LifeOfAnAlert(RuleBasedStateMachine):
    """The real desk, supervision and worker on the database, driven by a clock that is wound here."""

    def __init__(self) -> None:
        super().__init__()
        # Each run starts from an empty database: what it did is rolled back.
        self.own_transaction = transaction.atomic()
        self.own_transaction.__enter__()
        self.now = START
        self.alerts: list[int] = []
        self.last_step: dict[int, int] = {}

    @initialize()
    def set_up(self) -> None:
        self.home = enrolled_home(now=self.now)
        self.people: list[Account] = [
            caseworker("kim"),
            caseworker("park"),
            caseworker("choi", role=Role.DUTY_OFFICER),
        ]
        self.alerts = [self._raise("emergency"), self._raise("warning")]
        self._work()

    def _try(self, act: Callable[[], Any]) -> None:
        """Does it; a step that the alert can't take is refused with a reason and leaves nothing behind."""
        before = list(Alert.objects.order_by("pk").values())
        try:
            with transaction.atomic():
                act()
        except life.LifeError:
            assert list(Alert.objects.order_by("pk").values()) == before

    def _who(self, alert: int, who: int) -> Account:
        holder = Alert.objects.get(pk=alert).holder
        return holder if who == -1 and holder is not None else self.people[who]

    def _raise(self, severity: str) -> int:
        incident = read_incident(severity=severity, step=1)
        with transaction.atomic():
            alert = desk.report(self.home, incident, life.Reporter.HOME, self.now)
        self.last_step[alert.pk] = 1
        return alert.pk

    @rule(which=WHICH, by=st.sampled_from([life.Reporter.HOME, life.Reporter.ROBOT]), over=st.booleans())
    def reporter_says_more(self, which: int, by: life.Reporter, over: bool) -> None:  # noqa: FBT001
        alert = self.alerts[which]
        self.last_step[alert] += 1
        incident = read_incident(
            id=str(Alert.objects.get(pk=alert).incident),
            step=self.last_step[alert],
            **({"state": "closed", "outcome": "answered_well"} if over else {}),
        )
        with transaction.atomic():
            desk.report(self.home, incident, by, self.now)

    @rule(which=WHICH, choice=CHOICE, other=PEOPLE, accept=st.booleans())
    def person_does_what_fits(self, which: int, choice: int, other: int, accept: bool) -> None:  # noqa: FBT001
        """Mostly the acts that the alert can take, by who can do them: a run of refusals tells little."""
        alert = Alert.objects.get(pk=self.alerts[which])
        fitting = FITTING[State(alert.state)]
        who = -1 if alert.holder_id else other
        self.person_acts(which, fitting[choice % len(fitting)], who, other, accept)

    @rule(which=WHICH, what=st.sampled_from(ACTS), who=PEOPLE, other=PEOPLE, accept=st.booleans())
    def person_acts(self, which: int, what: str, who: int, other: int, accept: bool) -> None:  # noqa: FBT001
        alert, into = self.alerts[which], self.alerts[1 - which]
        person, colleague = self._who(alert, who), self.people[other]
        offered = Handover.objects.filter(alert=alert).order_by("-pk").first()
        acts: dict[str, Callable[[], Any]] = {
            "takes on": lambda: desk.acknowledge(alert, person, self.now),
            "closes": lambda: desk.close(alert, person, "helped", "", self.now),
            "gives back": lambda: together.give_back(alert, person, self.now),
            "offers": lambda: together.offer(alert, person, colleague, "", self.now),
            "answers": lambda: offered and together.receive(offered.pk, offered.to, self.now, accept=accept),
            "merges": lambda: together.merge(alert, into, person, self.now),
            "takes a step back": lambda: together.undo(alert, person, self.now),
        }
        self._try(acts[what])

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        watch.lapse_leases(self.now)
        self._work()

    @rule(speaks=st.booleans())
    def home_falls_silent_or_speaks(self, speaks: bool) -> None:  # noqa: FBT001
        if speaks:
            self.home.refresh_from_db()
            with transaction.atomic():
                watch.spoke(self.home, KeyOwner.HOME, self.now)
                self.home.save()
            return
        self.now += timedelta(seconds=200)
        watch.raise_silent_homes(self.now)
        watch.lapse_leases(self.now)

    def _work(self) -> None:
        while work_once(self.now):
            pass

    @invariant()
    def all_holds(self) -> None:
        """One look at all alerts; what must hold is told below, a promise a function."""
        alerts = list(Alert.objects.select_related("home", "holder"))
        assert set(self.alerts) <= {alert.pk for alert in alerts}
        stories: dict[int, list[Transition]] = defaultdict(list)
        for step in Transition.objects.order_by("id"):
            stories[step.alert_id].append(step)
        looks = list(Outgoing.objects.filter(kind="escalate", sent_at=None, gave_up_at=None))
        owners = owners_of([alert for alert in alerts if alert.state != State.CLOSED], self.now)
        for alert in alerts:
            state_holder_lease_and_outcome_fit_together(alert, self.now)
            last_step_in_the_story_is_the_state(alert, stories[alert.pk])
            if alert.state == State.CLOSED:
                software_closes_only_what_it_raised_about_a_silent_home(alert, stories[alert.pk])
            else:
                open_alert_has_an_owner_and_a_clock(owners[alert.pk], self.now)
            if alert.state == State.RAISED:
                waiting_alert_has_a_look_ahead(alert, stories[alert.pk], looks)
        told = list(Receipt.objects.values_list("alert", "climb", "place", "turn"))
        assert len(told) == len(set(told)), "a rung was told twice in one climb"

    def teardown(self) -> None:
        failed = Outgoing.objects.filter(failure__startswith="unexpected").exists()
        transaction.set_rollback(True)
        self.own_transaction.__exit__(None, None, None)
        assert not failed


def state_holder_lease_and_outcome_fit_together(alert: Alert, now: datetime) -> None:
    is_held, is_closed = alert.state == State.ACKNOWLEDGED, alert.state == State.CLOSED
    assert is_held == (alert.lease_until is not None)
    assert alert.lease_until is None or alert.lease_until > now
    assert not is_held or alert.holder_id is not None
    assert alert.state != State.RAISED or alert.holder_id is None
    assert is_closed == (alert.closed_at is not None) == bool(alert.outcome)
    assert (alert.merged_into_id is not None) == (alert.outcome == "merged")


def last_step_in_the_story_is_the_state(alert: Alert, story: list[Transition]) -> None:
    assert story[-1].state == alert.state


def software_closes_only_what_it_raised_about_a_silent_home(alert: Alert, story: list[Transition]) -> None:
    ends = [step for step in story if step.step in {Step.CLOSED, Step.MERGED}]
    assert ends[-1].person_id is not None or alert.origin == "bridge"


def open_alert_has_an_owner_and_a_clock(owner: Owner, now: datetime) -> None:
    assert owner.account is not None
    assert owner.until is not None
    assert owner.until > now


def waiting_alert_has_a_look_ahead(alert: Alert, story: list[Transition], looks: list[Outgoing]) -> None:
    start = [step.pk for step in story if step.step in rungs.STARTS][-1]
    assert [look for look in looks if look.alert_id == alert.pk and look.payload.get("climb", start) == start]


@pytest.mark.django_db
def test_no_order_of_events_loses_an_alert() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the same functions; once is enough")
    run_state_machine_as_test(
        LifeOfAnAlert,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Shortening a failure takes minutes; the steps that led to it are printed as they are.
            phases=[Phase.generate],
            print_blob=True,
        ),
    )


def test_audit_holds_after_a_long_life(db: None) -> None:
    """The audit counts inbox rows, which the desk alone does not write: here only its other differences."""
    home, person = enrolled_home(now=START), caseworker()
    with transaction.atomic():
        alert = desk.report(home, read_incident(), life.Reporter.HOME, START)
    desk.acknowledge(alert.pk, person, START)
    together.give_back(alert.pk, person, START)
    desk.close(alert.pk, person, "helped", "", START)
    assert [line for line in audit().differences if "last step" in line] == []
