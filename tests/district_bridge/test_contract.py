"""The bridge reads the recorded messages of home and robot, and writes its own as they are recorded."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from district_bridge.alerts import desk
from district_bridge.alerts.models import Alert
from district_bridge.api.stream import event
from district_bridge.downlink import post, rotation
from district_bridge.downlink.models import DownlinkMessage
from district_bridge.homes.codes import digest
from district_bridge.homes.models import EnrolmentCode, Home, HomeKey
from district_bridge.homes.trust import identify
from district_bridge.intake import batch, enrolment
from district_bridge.wire.tokens import Signer
from tests.district_bridge.home_side import Signing, unb64, verified
from tests.district_bridge.people import caseworker, enrolled_home

if TYPE_CHECKING:
    from district_bridge.accounts.models import Account

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parents[1] / "contract/messages"
KEYS = json.loads((FOLDER / "keys.json").read_text())
HOME = "h-2b7e1516"


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"jwt/{name}.json").read_text())
    return found


def signing(who: str) -> Signing:
    return Signing(Ed25519PrivateKey.from_private_bytes(unb64(KEYS[who]["seed"])))


def shape(value: Any) -> Any:
    """The names and kinds of things, without their values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return type(value).__name__ if not isinstance(value, int | float) else "number"


@pytest.fixture
def home(now: datetime) -> Home:
    """The home of the recorded messages, with seventeen messages already sent to it."""
    made = enrolled_home(signing("home"), now)
    HomeKey.objects.filter(home=made).delete()
    EnrolmentCode.objects.filter(home=made).delete()
    resident = made.resident
    name = resident.name  # opened before it moves: it is sealed for its home
    made.pk = HOME
    made.save(force_insert=True)
    resident.home, resident.name = made, name
    resident.save()
    HomeKey.objects.create(
        kid=KEYS["home"]["kid"], home=made, owner="home", jwk=KEYS["home"]["jwk"], added_at=now
    )
    for _ in range(17):
        post.post_say(HOME, text="안녕하세요", by="김복지", now=now)
    return made


def test_recorded_enrolment_is_understood(now: datetime) -> None:
    made = enrolled_home(now=now)
    EnrolmentCode.objects.filter(home=made).update(digest=digest("ABCD-EFGH"))
    enrolled = enrolment.enrol(recorded("enrol")["compact"], now)
    assert enrolled.home_id == made.id
    assert HomeKey.objects.get(home=made).kid == KEYS["home"]["kid"]


def test_recorded_batch_of_a_home_is_stored_whole(home: Home, now: datetime) -> None:
    sender, receipt = batch.take(recorded("batch")["compact"], now)
    sent = [message["id"] for message in recorded("batch")["claims"]["messages"]]
    assert sender.home_id == HOME
    assert receipt.stored == sent
    assert receipt.refused == []
    home.refresh_from_db()
    assert home.parts == {"home": "online", "robot": "online", "wearable": "offline"}
    assert DownlinkMessage.objects.get(home=home, seq=17).receipted_at == now


def test_recorded_batch_of_a_robot_is_stored_once_its_home_vouched_for_it(home: Home, now: datetime) -> None:
    batch.take(recorded("batch")["compact"], now)
    _, receipt = batch.take(recorded("batch_from_robot")["compact"], now)
    assert len(receipt.stored) == 1
    assert Alert.objects.get(kind="help_call").origin == "robot"


def test_recorded_new_key_signs_beside_the_old_one(home: Home, now: datetime) -> None:
    _, receipt = batch.take(recorded("batch_new_key")["compact"], now)
    assert len(receipt.stored) == 2
    made, old = (
        HomeKey.objects.get(kid=KEYS["home_next"]["kid"]),
        HomeKey.objects.get(kid=KEYS["home"]["kid"]),
    )
    assert (made.jwk, made.takes_over, old.revoked_at) == (KEYS["home_next"]["jwk"], old, None)
    assert old.boot == recorded("batch_new_key")["claims"]["boot"]
    home.refresh_from_db()
    assert {datetime.fromisoformat(time) for time in home.parts_seen.values()} == {now}


def test_wish_for_a_new_key_is_written_as_recorded(home: Home, now: datetime) -> None:
    post.post_say(HOME, text="안녕하세요", by="김복지", now=now)
    rotation.ask(HomeKey.objects.get(kid=KEYS["home"]["kid"]), now)
    claims = downlink_claims(DownlinkMessage.objects.get(home=home, seq=19))
    expected = recorded("downlink_rotate_key")["claims"]
    assert shape(claims) == shape(expected)
    assert claims["message"]["kid"] == expected["message"]["kid"]


def test_recorded_listen_token_is_understood(home: Home, now: datetime) -> None:
    sender, _ = identify(recorded("listen")["compact"], "seogu-listen+jwt", now)
    assert sender.home_id == HOME


@pytest.mark.parametrize(
    "name", ["welcome", "receipt", "downlink_incident", "downlink_say", "downlink_rotate_key"]
)
def test_bridge_signs_as_recorded(name: str) -> None:
    record = recorded(name)
    signer = Signer(signing("bridge").key)
    compact = signer.sign(record["header"]["typ"], record["claims"])
    assert jwt.get_unverified_header(compact) == record["header"]
    assert jwt.decode(compact, options={"verify_signature": False}) == record["claims"]


@pytest.fixture
def person() -> Account:
    return caseworker()


def downlink_claims(message: DownlinkMessage) -> dict[str, Any]:
    text = event(message, Signer(signing("bridge").key))
    lines = dict(line.split(": ", 1) for line in text.strip().splitlines())
    assert lines["id"] == str(message.seq)
    assert lines["event"] == "message"
    return verified(lines["data"], KEYS["bridge"]["jwk"], "seogu-downlink+jwt", HOME)


def test_acknowledgement_is_written_as_recorded(home: Home, person: Account, now: datetime) -> None:
    batch.take(recorded("batch")["compact"], now)
    desk.acknowledge(Alert.objects.get().pk, person, now)
    claims = downlink_claims(DownlinkMessage.objects.get(home=home, seq=18))
    expected = recorded("downlink_incident")["claims"]
    assert shape(claims) == shape(expected)
    assert claims["message"]["incident"]["id"] == expected["message"]["incident"]["id"]
    assert claims["message"]["incident"]["state"] == "acknowledged"
    assert claims["message"]["incident"]["lease_until"] == expected["message"]["incident"]["lease_until"]


def test_words_to_the_home_are_written_as_recorded(home: Home, now: datetime) -> None:
    message = post.post_say(HOME, text="오늘 오후에 들르겠습니다.", by="김복지", now=now)
    claims = downlink_claims(message)
    expected = recorded("downlink_say")["claims"]
    assert claims["seq"] == expected["seq"]
    assert UUID(claims["message"].pop("id")).version == 7
    expected["message"].pop("id")
    assert claims["message"] == expected["message"]
