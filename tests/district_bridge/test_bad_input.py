"""Whatever comes in, the answer is a stored message or a named problem, never a crash."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from district_bridge.homes.models import Home
from district_bridge.intake import batch, enrolment
from district_bridge.wire import keys, messages, tokens
from district_bridge.wire.problems import MalformedError, ProblemError
from tests.district_bridge.home_side import Signing, b64, batch_claims, incident, message
from tests.district_bridge.people import enrolled_home

if TYPE_CHECKING:
    from datetime import datetime

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=30)
    | st.sampled_from(["\x00", "\ud800", "2026-11-22T03:00:00Z", "9999-12-31T23:59:59-23:59", "fall"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def put(target: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy of ``target`` with one field replaced."""
    copied: dict[str, Any] = json.loads(json.dumps(target))
    inner = copied
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return copied


PATHS = [
    (name,) for name in ("v", "id", "type", "at", "incident", "parts", "jwk", "robot", "downlink", "waiting")
] + [("incident", name) for name in incident()]
WHOLE = message(
    "incident", incident=incident(), parts={}, waiting=0, robot="seogu-7f3a", jwk=Signing().jwk, downlink=1
)


@FEW
@given(VALUES)
def test_any_value_is_a_message_or_is_refused_with_a_reason(value: Any) -> None:
    with pytest.raises(messages.RefusedError, match=r"."):
        messages.read(value)


@FEW
@given(st.sampled_from(PATHS), VALUES, st.sampled_from(["incident", "heartbeat", "robot_key", "receipt"]))
def test_message_with_one_wild_field_is_read_or_refused(path: tuple[str, ...], value: Any, kind: str) -> None:
    wild = put({**WHOLE, "type": kind}, path, value)
    with suppress(messages.RefusedError):
        messages.read(wild)


@FEW
@given(st.text(max_size=200) | st.binary(max_size=200).map(b64))
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(ProblemError):
        tokens.read(text, "seogu-batch+jwt")
    with pytest.raises(ProblemError):
        tokens.read(f"{text}.{text}.{text}", "seogu-batch+jwt")


@FEW
@given(VALUES)
def test_any_value_as_key_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        keys.read_jwk(value)
    with pytest.raises(MalformedError):
        keys.read_jwk({"kty": "OKP", "crv": "Ed25519", "x": value})


def raw_token(signing: Signing, payload: bytes, **header: Any) -> str:
    """A truly signed token over any bytes."""
    head = b64(json.dumps({"alg": "EdDSA", "typ": "seogu-batch+jwt", "kid": signing.kid, **header}).encode())
    signature = signing.key.sign(f"{head}.{b64(payload)}".encode())
    return f"{head}.{b64(payload)}.{b64(signature)}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"17",
        b"{",
        b"\xff\xfe",
        b'{"a":' * 20000 + b"1" + b"}" * 20000,
        b"[" * 100_000,
        b'{"aud": "seogu-bridge", "iat": ' + b"9" * 5000 + b"}",
        b'{"aud": ["seogu-bridge"]}',
    ],
    ids=range(10),
)
def test_signed_nonsense_is_malformed_and_never_a_crash(payload: bytes, now: datetime) -> None:
    signing = Signing()
    enrolled_home(signing, now)
    with pytest.raises(ProblemError):
        batch.take(raw_token(signing, payload), now)


@pytest.mark.django_db
@FEW
@given(st.dictionaries(st.sampled_from(["iss", "iat", "jti", "messages", "aud"]), VALUES))
def test_signed_batch_with_wild_claims_is_taken_or_refused(now: datetime, wild: dict[str, Any]) -> None:
    signing = Signing()
    home = enrolled_home(signing, now)
    claims = batch_claims(home.id, [], iat=1795316400) | wild
    try:
        payload = json.dumps(claims).encode()
    except UnicodeEncodeError:
        return
    with suppress(ProblemError):
        batch.take(raw_token(signing, payload), now)


@pytest.mark.django_db
@FEW
@given(
    st.lists(
        VALUES | st.tuples(st.sampled_from(PATHS), VALUES).map(lambda pair: put(WHOLE, *pair)), max_size=6
    )
)
def test_wild_messages_in_a_signed_batch_never_harm_a_good_one(now: datetime, wild: list[Any]) -> None:
    signing = Signing()
    home = enrolled_home(signing, now)
    good = message("incident", incident=incident())
    claims = batch_claims(home.id, [*wild, good], iat=1795316400)
    _, receipt = batch.take(raw_token(signing, json.dumps(claims).encode()), now)
    assert good["id"] in receipt.stored
    assert len(receipt.stored) + len(receipt.duplicate) + len(receipt.refused) == len(wild) + 1


@pytest.mark.django_db
@FEW
@given(VALUES)
def test_enrolment_with_any_code_is_refused(now: datetime, code: Any) -> None:
    signing = Signing()
    claims = {"aud": "seogu-bridge", "iat": 1795316400, "jti": "1", "code": code}
    compact = raw_token(signing, json.dumps(claims).encode(), typ="seogu-enrol+jwt", jwk=signing.jwk)
    with pytest.raises(ProblemError):
        enrolment.enrol(compact, now)
    assert not Home.objects.filter(link="online").exists()
