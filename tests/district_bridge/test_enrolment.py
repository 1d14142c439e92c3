"""A home proves itself with a code that works once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid7

import pytest

from district_bridge.homes import codes
from district_bridge.homes.models import EnrolmentCode, Home, HomeKey
from district_bridge.intake import enrolment
from district_bridge.wire import problems
from tests.district_bridge.home_side import Signing
from tests.district_bridge.people import neighbourhood

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_code(now: datetime) -> codes.NewCode:
    return codes.open_home(neighbourhood(), "김순자", now)


def token(signing: Signing, code: Any, **header: Any) -> str:
    claims = {
        "aud": "seogu-bridge",
        "iat": 1795316400,
        "jti": str(uuid7()),
        "code": code,
        "software": "0.1.0",
    }
    return signing.sign("seogu-enrol+jwt", claims, **{"jwk": signing.jwk, **header})


def test_code_binds_the_key_to_its_home(new_code: codes.NewCode, now: datetime) -> None:
    signing = Signing()
    enrolled = enrolment.enrol(token(signing, new_code.code), now)
    assert enrolled == enrolment.Enrolled(new_code.home, "둔산1동")
    home = Home.objects.get(pk=new_code.home)
    assert (home.link, home.software) == ("online", "0.1.0")
    assert home.deadline_at == now + timedelta(seconds=150)


def test_code_is_kept_only_as_a_hash(new_code: codes.NewCode) -> None:
    stored = EnrolmentCode.objects.values().get()
    assert codes.normal(new_code.code) not in str(stored)


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_code_may_be_typed_carelessly(new_code: codes.NewCode, now: datetime, change: Any) -> None:
    assert enrolment.enrol(token(Signing(), change(new_code.code)), now).home_id == new_code.home


def test_same_code_with_the_same_key_gets_the_same_welcome(new_code: codes.NewCode, now: datetime) -> None:
    signing = Signing()
    first = enrolment.enrol(token(signing, new_code.code), now)
    assert enrolment.enrol(token(signing, new_code.code), now) == first
    assert HomeKey.objects.count() == 1


def test_used_code_is_refused_for_another_key(new_code: codes.NewCode, now: datetime) -> None:
    enrolment.enrol(token(Signing(), new_code.code), now)
    with pytest.raises(problems.CodeUsedError):
        enrolment.enrol(token(Signing(), new_code.code), now)


def test_wrong_code_is_refused(new_code: codes.NewCode, now: datetime) -> None:
    with pytest.raises(problems.CodeUnknownError):
        enrolment.enrol(token(Signing(), "ABCD-EFGH"), now)


def test_expired_code_is_refused(new_code: codes.NewCode, now: datetime) -> None:
    EnrolmentCode.objects.update(expires_at=now)
    with pytest.raises(problems.CodeExpiredError):
        enrolment.enrol(token(Signing(), new_code.code), now)


def test_codes_last_fourteen_days(new_code: codes.NewCode, now: datetime) -> None:
    assert new_code.expires_at == now + timedelta(days=14)


def test_key_that_does_not_sign_its_own_request_is_refused(new_code: codes.NewCode, now: datetime) -> None:
    with pytest.raises(problems.BadSignatureError):
        enrolment.enrol(token(Signing(), new_code.code, jwk=Signing().jwk), now)


@pytest.mark.parametrize("code", [None, 17, "", "A" * 41, ["ABCD-EFGH"]])
def test_enrolment_without_a_readable_code_is_malformed(now: datetime, code: Any) -> None:
    with pytest.raises(problems.MalformedError):
        enrolment.enrol(token(Signing(), code), now)


@pytest.mark.parametrize("jwk", [None, "key", {}, {"kty": "RSA"}, {"kty": "OKP", "crv": "Ed25519", "x": 3}])
def test_enrolment_without_a_readable_key_is_malformed(now: datetime, jwk: Any) -> None:
    with pytest.raises(problems.MalformedError):
        enrolment.enrol(token(Signing(), "ABCD-EFGH", jwk=jwk), now)


def test_key_of_one_home_cannot_enrol_another(new_code: codes.NewCode, now: datetime) -> None:
    signing = Signing()
    enrolment.enrol(token(signing, new_code.code), now)
    other = codes.open_home(neighbourhood(), "박영희", now)
    with pytest.raises(problems.MalformedError):
        enrolment.enrol(token(signing, other.code), now)


def test_new_device_takes_the_place_of_the_one_before(new_code: codes.NewCode, now: datetime) -> None:
    old, new = Signing(), Signing()
    enrolment.enrol(token(old, new_code.code), now)
    again = codes.new_code(Home.objects.get(pk=new_code.home), now)
    assert enrolment.enrol(token(new, again.code), now).home_id == new_code.home
    assert HomeKey.objects.get(kid=old.kid).revoked_at == now
    assert HomeKey.objects.get(kid=new.kid).revoked_at is None
