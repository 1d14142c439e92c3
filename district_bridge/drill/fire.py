"""One drill: a signed alert through the whole path, its receipt checked, its alert found and closed."""

import asyncio
import json
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid7

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from district_bridge.alerts import bulk
from district_bridge.alerts.models import Alert, State, Transition
from district_bridge.downlink.post import wire_time
from district_bridge.drill.models import DrillRun
from district_bridge.homes.models import HomeKey, KeyOwner
from district_bridge.homes.system import DRILL_HOME, system_home
from district_bridge.intake.models import InboxMessage
from district_bridge.wire import keys
from district_bridge.wire.tokens import Signer

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from district_bridge.database import WireThreads

# What a home itself waits for an answer.
ANSWER_S = 10.0
KOREAN = "훈련 알림입니다. 아무도 도움이 필요하지 않습니다."
ENGLISH = "A drill. Nobody needs help."
ALERTS_KEPT = timedelta(days=1)
RUNS_KEPT = timedelta(days=30)


class DrillFailedError(Exception):
    """The drill's alert did not come through; the message says where it ended."""


@dataclass(frozen=True)
class Rig:
    """What the drill signs with, whom it believes, and where it sends to."""

    url: str
    signer: Signer
    bridge_key: Ed25519PublicKey


def prepare(url: str, now: datetime) -> Rig:
    """The drill's home with its key, made when they are missing. It has no heartbeat and is never missed."""
    key = _key(settings.DEPLOYMENT.folder / "drill_key.pem")
    signer = Signer(key)
    home = system_home(DRILL_HOME, now)
    # A robot's key: whatever comes of it, the home does not count as one that speaks.
    known = {"home": home, "owner": KeyOwner.ROBOT, "robot": "drill", "jwk": signer.jwk, "added_at": now}
    HomeKey.objects.get_or_create(kid=signer.kid, defaults=known)
    return Rig(url, signer, settings.DEPLOYMENT.signing_key().public_key())


async def drill(http: httpx.AsyncClient, rig: Rig, threads: WireThreads) -> DrillRun:
    """Fires once and keeps how it went."""
    import httpx  # noqa: PLC0415 - who calls has it; who only reads what came of drills does not need it

    now = timezone.now()
    failure, began = "", time.perf_counter()
    took_ms: int | None = None
    try:
        incident = await fire(http, rig, now)
        took_ms = int((time.perf_counter() - began) * 1000)
        await threads.run(lambda: settle(incident, timezone.now()))
    except (httpx.HTTPError, TimeoutError, DrillFailedError) as error:
        failure, took_ms = (str(error) or type(error).__name__)[:200], None
    return await threads.run(lambda: keep(now, took_ms, failure))


async def fire(http: httpx.AsyncClient, rig: Rig, now: datetime) -> str:
    """Sends an alert and checks its receipt; the incident's id. Raises when it did not come through."""
    incident, message, jti = str(uuid7()), str(uuid7()), str(uuid7())
    claims = {
        "iss": DRILL_HOME,
        "aud": "seogu-bridge",
        "iat": int(now.timestamp()),
        "jti": jti,
        "messages": [_message(message, incident, wire_time(now))],
    }
    body = rig.signer.sign("seogu-batch+jwt", claims)
    async with asyncio.timeout(ANSWER_S):
        answer = await http.post(
            f"{rig.url}/api/v1/batch", content=body, headers={"content-type": "application/jwt"}
        )
    if answer.status_code != HTTPStatus.OK:
        raise DrillFailedError(f"the bridge answered {answer.status_code}")
    receipt = _receipt(answer.text, rig.bridge_key)
    if receipt.get("jti") != jti or receipt.get("stored") != [message]:
        raise DrillFailedError("the receipt does not name the drill's alert")
    return incident


def settle(incident: str, now: datetime) -> None:
    """The alert must be in the database; then it is closed. Yesterday's drills are forgotten."""
    with transaction.atomic():
        drills = Alert.objects.filter(home_id=DRILL_HOME)
        if not drills.filter(incident=incident).exists():
            raise DrillFailedError("the alert was receipted and is not there")
        bulk.close_drills(list(drills.filter(state=State.RAISED).values_list("pk", flat=True)), now)
        old = drills.filter(state=State.CLOSED, received_at__lt=now - ALERTS_KEPT)
        gone = list(old.values_list("pk", flat=True)[:500])
        InboxMessage.objects.filter(alert__in=gone).delete()
        Transition.objects.filter(alert__in=gone).delete()
        Alert.objects.filter(pk__in=gone).delete()


def keep(now: datetime, took_ms: int | None, failure: str) -> DrillRun:
    """Keeps how a drill went."""
    DrillRun.objects.filter(at__lt=now - RUNS_KEPT).delete()
    return DrillRun.objects.create(at=now, round_trip_ms=took_ms, failure=failure)


def last() -> DrillRun | None:
    """The newest drill."""
    return DrillRun.objects.order_by("-id").first()


def last_success() -> DrillRun | None:
    """The newest drill that came through."""
    return DrillRun.objects.filter(round_trip_ms__isnull=False).order_by("-id").first()


def round_trip_s(run: DrillRun | None) -> float:
    """How long it took; not a number when there was none."""
    return math.nan if run is None or run.round_trip_ms is None else run.round_trip_ms / 1000


def failures_in_a_row() -> int:
    """How many drills have failed since the last one that came through (at most 20 are counted)."""
    count = 0
    for failure in DrillRun.objects.order_by("-id").values_list("failure", flat=True)[:20]:
        if not failure:
            break
        count += 1
    return count


def _message(message: str, incident: str, at: str) -> dict[str, Any]:
    return {
        "v": 1,
        "id": message,
        "type": "incident",
        "at": at,
        "incident": {
            "id": incident,
            "kind": "notice",
            "state": "raised",
            "severity": "notice",
            "opened_at": at,
            "state_at": at,
            "step": 1,
            "summary": {"ko": KOREAN, "en": ENGLISH},
            "evidence": [],
            "reported_by": "robot",
            "outcome": None,
        },
    }


def _receipt(compact: str, key: Ed25519PublicKey) -> dict[str, Any]:
    try:
        signed, _, signature = compact.strip().rpartition(".")
        key.verify(keys.decode(signature), signed.encode())
        claims = json.loads(keys.decode(signed.partition(".")[2]))
    except (InvalidSignature, ValueError) as error:
        raise DrillFailedError("the receipt's signature does not hold") from error
    if not isinstance(claims, dict):
        raise DrillFailedError("the receipt is no object")
    return claims


def _key(file: Path) -> Ed25519PrivateKey:
    if file.exists():
        key = load_pem_private_key(file.read_bytes(), password=None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    key = Ed25519PrivateKey.generate()
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key
