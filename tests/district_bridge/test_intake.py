"""What a batch does to the database, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert, Step, Transition
from district_bridge.homes import keys as home_keys
from district_bridge.homes import trust
from district_bridge.homes.models import Home, HomeKey, UsedToken
from district_bridge.intake import batch
from district_bridge.intake.audit import audit
from district_bridge.intake.models import DeadLetter, InboxMessage
from district_bridge.intake.store import Group
from district_bridge.wire import problems
from tests.district_bridge.home_side import Signing, batch_claims, heartbeat, incident, message
from tests.district_bridge.people import caseworker, enrolled_home

pytestmark = pytest.mark.django_db


@pytest.fixture
def signing() -> Signing:
    return Signing()


@pytest.fixture
def home(signing: Signing, now: datetime) -> Home:
    return enrolled_home(signing, now)


def token(signing: Signing, home: Home, *messages: Any, **claims: Any) -> str:
    found = batch_claims(home.id, list(messages), iat=1795316400, **claims)
    return signing.sign("seogu-batch+jwt", found)


def send(signing: Signing, home: Home, now: datetime, *messages: Any) -> batch.Receipt:
    return batch.take(token(signing, home, *messages), now)[1]


def vouched_robot(signing: Signing, home: Home, now: datetime) -> Signing:
    robot = Signing()
    send(signing, home, now, message("robot_key", robot="seogu-7f3a", jwk=robot.jwk))
    return robot


def test_message_sent_twice_is_stored_once(signing: Signing, home: Home, now: datetime) -> None:
    raised = message("incident", incident=incident())
    assert send(signing, home, now, raised).stored == [raised["id"]]
    assert send(signing, home, now, raised).duplicate == [raised["id"]]
    assert send(signing, home, now, raised, raised).duplicate == [raised["id"], raised["id"]]
    assert Alert.objects.get().reports == 1
    assert audit().holds


def test_two_homes_may_use_the_same_message_id(signing: Signing, home: Home, now: datetime) -> None:
    other_signing = Signing()
    other = enrolled_home(other_signing, now)
    raised = message("incident", incident=incident())
    send(signing, home, now, raised)
    assert send(other_signing, other, now, raised).stored == [raised["id"]]
    assert Alert.objects.count() == 2


def test_incident_of_robot_and_home_is_one_alert(signing: Signing, home: Home, now: datetime) -> None:
    robot = vouched_robot(signing, home, now)
    same = incident()
    send(robot, home, now, message("incident", incident={**same, "reported_by": "robot", "step": 1}))
    send(signing, home, now, message("incident", incident=same))
    alert = Alert.objects.get()
    assert alert.reports == 2
    assert (alert.origin, alert.robot_step, alert.home_step) == ("robot", 1, 3)
    assert audit().merged == 1
    assert audit().holds


def test_older_step_of_the_same_reporter_never_overwrites(
    signing: Signing, home: Home, now: datetime
) -> None:
    same = incident(step=5)
    older = {**same, "step": 2, "severity": "warning", "summary": {"ko": "옛 소식", "en": "old news"}}
    send(signing, home, now, message("incident", incident=same))
    send(signing, home, now, message("incident", incident=older))
    alert = Alert.objects.get()
    assert alert.summary_en == same["summary"]["en"]
    assert alert.home_step == 5
    assert alert.get_severity_display()


def test_newer_report_never_makes_an_alert_less_urgent(signing: Signing, home: Home, now: datetime) -> None:
    same = incident()
    send(signing, home, now, message("incident", incident=same))
    send(signing, home, now, message("incident", incident={**same, "step": 4, "severity": "notice"}))
    assert Alert.objects.get().severity == 1


def test_closed_at_home_is_only_a_suggestion(signing: Signing, home: Home, now: datetime) -> None:
    same = incident()
    send(signing, home, now, message("incident", incident=same))
    over = {**same, "step": 4, "state": "closed", "outcome": "answered_well"}
    send(signing, home, now, message("incident", incident=over))
    alert = Alert.objects.get()
    assert alert.state == "raised"
    assert alert.suggested_outcome == "answered_well"
    assert list(alert.transitions.values_list("step", flat=True)) == [Step.RAISED, Step.HOME_CLOSED]


def test_late_word_of_the_robot_does_not_undo_what_the_home_says(
    signing: Signing, home: Home, now: datetime
) -> None:
    robot = vouched_robot(signing, home, now)
    same = incident()
    over = {**same, "step": 4, "state": "closed", "outcome": "answered_well"}
    send(signing, home, now, message("incident", incident=same), message("incident", incident=over))
    send(robot, home, now, message("incident", incident={**same, "reported_by": "robot", "step": 1}))
    assert Alert.objects.get().suggested_outcome == "answered_well"


def test_incident_that_is_first_heard_of_when_closed_is_still_shown(
    signing: Signing, home: Home, now: datetime
) -> None:
    over = incident(state="closed", outcome="resolved_at_home", step=7)
    send(signing, home, now, message("incident", incident=over))
    alert = Alert.objects.get()
    assert (alert.state, alert.suggested_outcome) == ("raised", "resolved_at_home")


def test_alert_closed_by_a_person_is_not_reopened(signing: Signing, home: Home, now: datetime) -> None:
    same = incident()
    send(signing, home, now, message("incident", incident=same))
    person = caseworker()
    desk.close(Alert.objects.get().pk, person, "helped", "", now)
    send(signing, home, now, message("incident", incident=same))
    send(signing, home, now, message("incident", incident={**same, "step": 1}))
    alert = Alert.objects.get()
    assert (alert.state, alert.outcome, alert.reports) == ("closed", "helped", 3)
    assert audit().holds


def test_sign_seen_after_a_person_closed_the_alert_brings_it_back(
    signing: Signing, home: Home, now: datetime
) -> None:
    same = incident()
    send(signing, home, now, message("incident", incident=same))
    desk.close(Alert.objects.get().pk, caseworker(), "false_alarm", "", now)
    plea = {"name": "plea", "value": "help", "unit": ""}
    again = {**same, "step": same["step"] + 1, "evidence": [*same["evidence"], plea]}
    send(signing, home, now, message("incident", incident=again))
    alert = Alert.objects.get()
    assert (alert.state, alert.outcome, alert.holder, alert.closed_at) == ("raised", "", None, None)
    assert plea in alert.evidence
    assert alert.transitions.last().step == Step.REOPENED
    assert audit().holds


def test_home_that_learns_late_of_a_closed_alert_does_not_bring_it_back(
    signing: Signing, home: Home, now: datetime
) -> None:
    robot = vouched_robot(signing, home, now)
    same = incident()
    send(robot, home, now, message("incident", incident={**same, "reported_by": "robot", "step": 1}))
    desk.close(Alert.objects.get().pk, caseworker(), "helped", "", now)
    send(signing, home, now, message("incident", incident=same))
    assert Alert.objects.get().state == "closed"


BAD = [
    "not an object",
    None,
    17,
    [],
    {},
    {"v": 2, "id": "019aa123-0000-7000-8000-000000000001", "type": "heartbeat"},
    message("dance"),
    message("heartbeat"),
    message("heartbeat", parts={"home": 3}, waiting=0),
    message("heartbeat", parts={}, waiting=-1),
    message("heartbeat", parts={}, waiting=True),
    message("incident"),
    message("incident", incident=incident(kind="party")),
    message("incident", incident=incident(step="3")),
    message("incident", incident=incident(step=2**40)),
    message("incident", incident=incident(opened_at="yesterday")),
    message("incident", incident=incident(opened_at="2026-11-22T03:00:00")),
    message("incident", incident=incident(opened_at="0001-01-01T00:00:00+14:00")),
    message("incident", incident=incident(state="closed", outcome=None)),
    message("incident", incident=incident(state="checking")),
    message("incident", incident=incident(summary={"ko": "널\x00문자", "en": "nul"})),
    message("incident", incident=incident(summary={"ko": "반쪽 \ud800", "en": "half"})),
    message("incident", incident=incident(summary="a fall")),
    message("incident", incident=incident(evidence=[{"name": "impact", "value": float("nan"), "unit": "g"}])),
    message("incident", incident=incident(evidence=[{"name": "impact", "value": {}, "unit": "g"}])),
    message("incident", incident=incident(evidence="strong")),
    message("robot_key", robot="Seogu!", jwk=Signing().jwk),
    message("robot_key", robot="seogu-7f3a", jwk={"kty": "OKP", "crv": "Ed25519", "x": "c2hvcnQ"}),
    message("robot_key", robot="seogu-7f3a", jwk={**Signing().jwk, "d": "secret"}),
    message("receipt", downlink=4711),
    message("receipt", downlink="all"),
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_bad_message_is_named_and_set_aside_and_blocks_nobody(
    signing: Signing, home: Home, now: datetime, bad: Any
) -> None:
    first, last = message("incident", incident=incident()), heartbeat()
    receipt = send(signing, home, now, first, bad, last)
    assert receipt.stored == [first["id"], last["id"]]
    assert [refused["id"] for refused in receipt.refused] == [
        bad.get("id") if isinstance(bad, dict) else None
    ]
    assert receipt.refused[0]["reason"]
    assert DeadLetter.objects.get().reason == receipt.refused[0]["reason"]
    send(signing, home, now, bad)
    assert DeadLetter.objects.get().times == 2


def test_robot_cannot_vouch_for_another_robot(signing: Signing, home: Home, now: datetime) -> None:
    robot = vouched_robot(signing, home, now)
    another = message("robot_key", robot="seogu-evil", jwk=Signing().jwk)
    assert len(send(robot, home, now, another).refused) == 1
    assert HomeKey.objects.filter(home=home).count() == 2


def test_robot_key_of_another_home_is_refused(signing: Signing, home: Home, now: datetime) -> None:
    other_signing = Signing()
    other = enrolled_home(other_signing, now)
    claimed = message("robot_key", robot="seogu-7f3a", jwk=other_signing.jwk)
    assert len(send(signing, home, now, claimed).refused) == 1
    assert other.keys.count() == 1


def test_forged_signature_is_refused(signing: Signing, home: Home, now: datetime) -> None:
    forger = Signing()
    forged = forger.sign("seogu-batch+jwt", batch_claims(home.id, [], iat=1795316400), kid=signing.kid)
    with pytest.raises(problems.BadSignatureError):
        batch.take(forged, now)


def test_changed_body_is_refused(signing: Signing, home: Home, now: datetime) -> None:
    head, body, signature = token(signing, home, heartbeat()).split(".")
    with pytest.raises(problems.BadSignatureError):
        batch.take(f"{head}.{body[:-6]}AAAA{body[-2:]}.{signature}", now)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_other_algorithms_are_refused(signing: Signing, home: Home, now: datetime, algorithm: str) -> None:
    import jwt  # noqa: PLC0415 - only this test plays the attacker

    claims = batch_claims(home.id, [], iat=1795316400)
    forged = jwt.encode(
        claims,
        "k" * 32 if algorithm == "HS256" else None,
        algorithm=algorithm,
        headers={"typ": "seogu-batch+jwt", "kid": signing.kid},
    )
    with pytest.raises(problems.BadSignatureError):
        batch.take(forged, now)


def test_token_for_another_purpose_is_refused(signing: Signing, home: Home, now: datetime) -> None:
    listen = signing.sign("seogu-listen+jwt", batch_claims(home.id, [], iat=1795316400))
    with pytest.raises(problems.MalformedError):
        batch.take(listen, now)


def test_token_for_another_audience_is_refused(signing: Signing, home: Home, now: datetime) -> None:
    with pytest.raises(problems.BadSignatureError):
        batch.take(token(signing, home, aud="elsewhere"), now)


def test_key_of_another_home_is_refused(signing: Signing, home: Home, now: datetime) -> None:
    other = enrolled_home(Signing(), now)
    with pytest.raises(problems.UnknownKeyError):
        batch.take(token(signing, other), now)
    with pytest.raises(problems.UnknownKeyError):
        batch.take(token(Signing(), home), now)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_stale_batch_is_refused(signing: Signing, home: Home, now: datetime, seconds: int) -> None:
    with pytest.raises(problems.StaleError):
        batch.take(token(signing, home), now + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "iat", [None, "now", True, float("nan"), float("inf"), [], pytest.param(10**400, id="huge"), -1]
)
def test_batch_without_a_readable_time_is_refused(
    signing: Signing, home: Home, now: datetime, iat: Any
) -> None:
    claims = batch_claims(home.id, []) | {"iat": iat}
    with pytest.raises(problems.MalformedError):
        batch.take(signing.sign("seogu-batch+jwt", claims), now)


def test_replayed_batch_is_refused_and_stores_nothing(signing: Signing, home: Home, now: datetime) -> None:
    replayed = token(signing, home, message("incident", incident=incident()))
    batch.take(replayed, now)
    with pytest.raises(problems.ReplayedError):
        batch.take(replayed, now)
    assert InboxMessage.objects.count() == 1


def test_batch_that_fails_as_a_whole_leaves_its_token_unused(
    signing: Signing, home: Home, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    compact = token(signing, home, message("incident", incident=incident()))

    def power_cut(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Group, "_store_inbox", power_cut)
        with pytest.raises(KeyboardInterrupt):
            batch.take(compact, now)
    assert not UsedToken.objects.exists()
    assert not Alert.objects.exists()
    assert not Transition.objects.exists()
    assert len(batch.take(compact, now)[1].stored) == 1


def test_used_tokens_are_forgotten_after_the_window(signing: Signing, home: Home, now: datetime) -> None:
    batch.take(token(signing, home), now)
    trust.forget_tokens(now + timedelta(seconds=599))
    assert UsedToken.objects.count() == 1
    trust.forget_tokens(now + timedelta(seconds=601))
    assert not UsedToken.objects.exists()


def test_revoked_key_is_refused(signing: Signing, home: Home, now: datetime) -> None:
    robot = vouched_robot(signing, home, now)
    home_keys.revoke(HomeKey.objects.get(kid=robot.kid), "stolen", now)
    with pytest.raises(problems.RevokedError):
        batch.take(token(robot, home), now)
    send(signing, home, now, heartbeat())
    home_keys.revoke(HomeKey.objects.get(kid=signing.kid), "moved", now)
    with pytest.raises(problems.RevokedError):
        batch.take(token(signing, home), now)
    home.refresh_from_db()
    assert (home.link, home.deadline_at) == ("revoked", None)


def test_revoked_robot_key_cannot_be_vouched_for_again(signing: Signing, home: Home, now: datetime) -> None:
    robot = vouched_robot(signing, home, now)
    home_keys.revoke(HomeKey.objects.get(kid=robot.kid), "stolen", now)
    receipt = send(signing, home, now, message("robot_key", robot="seogu-7f3a", jwk=robot.jwk))
    assert len(receipt.refused) == 1


@pytest.mark.parametrize("messages", [None, "all", {}, 3])
def test_batch_without_a_list_is_malformed(
    signing: Signing, home: Home, now: datetime, messages: Any
) -> None:
    claims = batch_claims(home.id, [], iat=1795316400) | {"messages": messages}
    with pytest.raises(problems.MalformedError):
        batch.take(signing.sign("seogu-batch+jwt", claims), now)


def test_more_than_500_messages_are_too_many(signing: Signing, home: Home, now: datetime) -> None:
    with pytest.raises(problems.TooLargeError):
        batch.take(token(signing, home, *[1] * 501), now)


def test_audit_shouts_when_an_alert_is_gone(signing: Signing, home: Home, now: datetime) -> None:
    send(
        signing, home, now, message("incident", incident=incident()), message("incident", incident=incident())
    )
    assert audit().holds
    lost = Alert.objects.first()
    assert lost is not None
    InboxMessage.objects.filter(alert=lost).update(alert=None)
    lost.delete()
    found = audit()
    assert not found.holds
    assert found.received == 2
    assert found.open == 1
    assert "belongs to no alert" in found.differences[0]


def test_audit_shouts_when_a_state_was_changed_without_its_step(
    signing: Signing, home: Home, now: datetime
) -> None:
    send(signing, home, now, message("incident", incident=incident()))
    Alert.objects.update(state="closed")
    assert not audit().holds


def test_batch_of_100_incidents_is_stored_whole(signing: Signing, home: Home, now: datetime) -> None:
    send(signing, home, now, *[message("incident", incident=incident()) for _ in range(100)])
    assert Alert.objects.count() == 100
