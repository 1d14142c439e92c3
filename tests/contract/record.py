"""Records the messages that hold robot, home and bridge together (see docs/protocol.md).

Run it only when the protocol changes: ``.venv/bin/python tests/contract/record.py``. The keys here are
for tests alone. ``mqtt/*.json`` are payloads as they travel; ``jwt/*.json`` hold header, claims, who
signs, and the compact form.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = Path(__file__).parent / "messages"
SEEDS = {
    "home": bytes(range(32)),
    "robot": bytes(range(32, 64)),
    "bridge": bytes(range(64, 96)),
    "home_next": bytes(range(96, 128)),
}
AT = "2026-11-22T03:00:00.000Z"
IAT = 1795316400
FALL = "019aa123-0000-7000-8000-000000000001"
ASK = "019aa123-0000-7000-8000-000000000002"
PLEA = "019aa123-0000-7000-8000-000000000003"
BATCH = "019aa123-0000-7000-8000-0000000000b1"
BOOT = "0f3c1d9e-5b7a-4a52-9a51-3b1f0a6c7d21"
ROBOT = "seogu-7f3a"
HOME = "h-2b7e1516"


def _id(number: int) -> str:
    return f"019aa123-0000-7000-8000-{number:012x}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _jwk(who: str) -> dict[str, str]:
    public = Ed25519PrivateKey.from_private_bytes(SEEDS[who]).public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": _b64(public)}


def _thumbprint(jwk: dict[str, str]) -> str:
    canonical = json.dumps(dict(sorted(jwk.items())), separators=(",", ":")).encode()
    return _b64(hashlib.sha256(canonical).digest())


def _proof() -> str:
    """The home's next key takes the place of its key."""
    claims = {"iss": HOME, "aud": "seogu-bridge", "iat": IAT, "replaces": _thumbprint(_jwk("home"))}
    key = Ed25519PrivateKey.from_private_bytes(SEEDS["home_next"])
    header = {"typ": "seogu-key+jwt", "jwk": _jwk("home_next")}
    return jwt.encode(claims, key, algorithm="EdDSA", headers=header)


def _mqtt(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {"v": 1, "id": _id(number), "type": kind, "at": AT, **more}


INCIDENT = {
    "id": FALL,
    "kind": "fall",
    "state": "raised",
    "severity": "emergency",
    "opened_at": AT,
    "state_at": "2026-11-22T03:00:25.000Z",
    "step": 3,
    "summary": {
        "ko": "넘어짐이 감지되었고 안부 물음에 답이 없습니다.",
        "en": "A fall was noticed and the check-in was not answered.",
    },
    "evidence": [
        {"name": "impact", "value": 3.6, "unit": "g"},
        {"name": "stillness", "value": 2.0, "unit": "s"},
    ],
    "reported_by": "home",
    "outcome": None,
}

MQTT: dict[str, dict[str, Any]] = {
    "hello": _mqtt(
        "hello",
        16,
        robot=ROBOT,
        boot=BOOT,
        name="돌봄로봇",
        software="0.1.0",
        language="ko",
        jwk=_jwk("robot"),
        can=["speak", "listen", "wearable"],
    ),
    "heartbeat": _mqtt(
        "heartbeat",
        17,
        boot=BOOT,
        mode="with_home",
        wearable={"state": "online", "battery": 81},
        waiting=0,
        refused=0,
    ),
    "sign_fall": {
        **_mqtt("fall", 1),
        "data": {
            "certainty": "suspected",
            "score": 0.87,
            "evidence": [
                {"name": "impact", "value": 3.6, "unit": "g"},
                {"name": "stillness", "value": 2.0, "unit": "s"},
            ],
        },
    },
    "sign_help_call": {**_mqtt("help_call", 3), "data": {"intent": "help", "score": 0.93}},
    "sign_cry": {**_mqtt("cry", 43), "data": {"score": 0.86}},
    "sign_sos": {**_mqtt("sos", 4), "data": {"source": "button"}},
    "sign_answer": {**_mqtt("answer", 5), "data": {"incident": FALL, "ask": ASK, "intent": "none"}},
    "sign_device": {
        **_mqtt("device", 6),
        "data": {"part": "wearable", "state": "battery_low", "battery": 9},
    },
    "sign_incident": {
        **_mqtt("incident", 7),
        "data": {
            "incident": {**INCIDENT, "id": PLEA, "kind": "help_call", "step": 1, "reported_by": "robot"}
        },
    },
    "receipt_home": _mqtt("receipt", 1, result="stored", reason=None),
    "command_ask": {
        **_mqtt("ask", 2, expires_at="2026-11-22T03:01:00.000Z"),
        "data": {"incident": FALL, "phrase": "check_in", "listen_s": 20},
    },
    "command_say": {
        **_mqtt("say", 8, expires_at="2026-11-22T03:10:00.000Z"),
        "data": {"incident": FALL, "phrase": "help_coming", "text": None, "urgent": True},
    },
    "command_say_text": {
        **_mqtt("say", 9, expires_at="2026-11-22T03:10:00.000Z"),
        "data": {"incident": None, "phrase": None, "text": "점심 드셨어요?", "urgent": False},
    },
    "command_question": {
        **_mqtt("question", 40, expires_at="2026-11-22T03:01:00.000Z"),
        "data": {
            "text": "거실 불을 끌까요?",
            "answers": {"off": ["네", "꺼 줘"], "on": ["아니"]},
            "listen_s": 15,
        },
    },
    "talk_answered": {
        **_mqtt("talk", 41),
        "data": {
            "kind": "answered",
            "question": _id(40),
            "outcome": "answered",
            "text": "응 꺼 줘",
            "sentence": "꺼 줘",
        },
    },
    "talk_reply": {**_mqtt("talk", 42), "data": {"kind": "reply", "to": "딸", "text": "그래 오너라"}},
    "command_incident": {
        **_mqtt("incident", 10, expires_at="2026-11-23T03:00:00.000Z"),
        "data": {"incident": {**INCIDENT, "state": "checking", "step": 2}, "delivered": False},
    },
    "command_link": {
        **_mqtt("link", 11, expires_at="2026-11-23T03:00:00.000Z"),
        "data": {"home": HOME, "url": "https://bridge.example", "bridge_jwk": _jwk("bridge")},
    },
    "receipt_robot": _mqtt("receipt", 2, result="done", reason=None),
    "home": _mqtt("home", 18, boot=BOOT, open=[FALL]),
}

# Up at seven, breakfast, out from ten to noon, the afternoon in the living room, to bed at half past nine.
DAY = "." * 8 + "B" + "." * 19 + "BKKKLLL.LL.L~~~~~~~~EKKKL.LLL..LLBL.LLKKKKL.LLLBL.LLL.LBSS......"
DAY = DAY.ljust(96, ".")
LIVELY = "".join("0" if room in ".~" else "4" for room in DAY)
MESSAGES = [
    _mqtt("incident", 32, seq=7, incident=INCIDENT),
    _mqtt("robot_key", 33, seq=8, robot=ROBOT, jwk=_jwk("robot")),
    _mqtt("receipt", 34, seq=9, downlink=17),
    _mqtt("routine", 36, seq=10, days=[{"date": "2026-11-21", "rooms": DAY, "lively": LIVELY}]),
    _mqtt("heartbeat", 35, parts={"home": "online", "robot": "online", "wearable": "offline"}, waiting=0),
]

JWTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "enrol": (
        "home",
        {"typ": "seogu-enrol+jwt", "jwk": _jwk("home")},
        {"aud": "seogu-bridge", "iat": IAT, "jti": _id(48), "code": "ABCD-EFGH", "software": "0.1.0"},
    ),
    "welcome": (
        "bridge",
        {"typ": "seogu-welcome+jwt", "kid": _thumbprint(_jwk("bridge"))},
        {
            "iss": "seogu-bridge",
            "aud": HOME,
            "iat": IAT,
            "home": HOME,
            "neighbourhood": "둔산1동",
            "heartbeat_s": 30,
            "silence_limit_s": 150,
            "bridge_jwk": _jwk("bridge"),
        },
    ),
    "batch": (
        "home",
        {"typ": "seogu-batch+jwt", "kid": _thumbprint(_jwk("home"))},
        {"iss": HOME, "aud": "seogu-bridge", "iat": IAT, "jti": BATCH, "messages": MESSAGES},
    ),
    "batch_new_key": (
        "home",
        {"typ": "seogu-batch+jwt", "kid": _thumbprint(_jwk("home"))},
        {
            "iss": HOME,
            "aud": "seogu-bridge",
            "iat": IAT,
            "jti": _id(53),
            "boot": BOOT,
            "messages": [
                _mqtt("new_key", 54, kid=_thumbprint(_jwk("home_next")), proof=_proof(), seq=12),
                _mqtt(
                    "heartbeat",
                    55,
                    parts={"home": "online", "robot": "online", "wearable": "offline"},
                    waiting=1,
                    seen={"robot": AT, "sensors": AT},
                ),
            ],
        },
    ),
    "batch_from_robot": (
        "robot",
        {"typ": "seogu-batch+jwt", "kid": _thumbprint(_jwk("robot"))},
        {
            "iss": HOME,
            "aud": "seogu-bridge",
            "iat": IAT,
            "jti": _id(50),
            "messages": [
                _mqtt(
                    "incident",
                    51,
                    seq=3,
                    incident={
                        **INCIDENT,
                        "id": PLEA,
                        "kind": "help_call",
                        "step": 1,
                        "reported_by": "robot",
                    },
                ),
            ],
        },
    ),
    "receipt": (
        "bridge",
        {"typ": "seogu-receipt+jwt", "kid": _thumbprint(_jwk("bridge"))},
        {
            "iss": "seogu-bridge",
            "aud": HOME,
            "iat": IAT,
            "jti": BATCH,
            "stored": [_id(32), _id(35)],
            "duplicate": [_id(34)],
            "refused": [{"id": _id(33), "reason": "a robot's key needs the fields robot and jwk"}],
        },
    ),
    "listen": (
        "home",
        {"typ": "seogu-listen+jwt", "kid": _thumbprint(_jwk("home"))},
        {"iss": HOME, "aud": "seogu-bridge", "iat": IAT, "jti": _id(52)},
    ),
    "downlink_incident": (
        "bridge",
        {"typ": "seogu-downlink+jwt", "kid": _thumbprint(_jwk("bridge"))},
        {
            "iss": "seogu-bridge",
            "aud": HOME,
            "iat": IAT,
            "seq": 17,
            "message": _mqtt(
                "incident",
                64,
                incident={
                    "id": FALL,
                    "state": "acknowledged",
                    "by": "김복지",
                    "outcome": None,
                    "lease_until": "2026-11-22T03:15:00.000Z",
                },
            ),
        },
    ),
    "downlink_say": (
        "bridge",
        {"typ": "seogu-downlink+jwt", "kid": _thumbprint(_jwk("bridge"))},
        {
            "iss": "seogu-bridge",
            "aud": HOME,
            "iat": IAT,
            "seq": 18,
            "message": _mqtt("say", 65, text="오늘 오후에 들르겠습니다.", by="김복지"),
        },
    ),
    "downlink_rotate_key": (
        "bridge",
        {"typ": "seogu-downlink+jwt", "kid": _thumbprint(_jwk("bridge"))},
        {
            "iss": "seogu-bridge",
            "aud": HOME,
            "iat": IAT,
            "seq": 19,
            "message": _mqtt("rotate_key", 66, kid=_thumbprint(_jwk("home"))),
        },
    ),
}


def main() -> None:
    """Writes every message, and the test keys' seeds and public halves."""
    for folder in ("mqtt", "jwt"):
        (HERE / folder).mkdir(parents=True, exist_ok=True)
    for name, message in MQTT.items():
        _write(HERE / "mqtt" / f"{name}.json", message)
    for name, (who, header, claims) in JWTS.items():
        key = Ed25519PrivateKey.from_private_bytes(SEEDS[who])
        compact = jwt.encode(claims, key, algorithm="EdDSA", headers=header)
        record = {
            "signed_by": who,
            "header": {"alg": "EdDSA", **header},
            "claims": claims,
            "compact": compact,
        }
        _write(HERE / "jwt" / f"{name}.json", record)
    keys = {
        who: {"seed": _b64(seed), "jwk": _jwk(who), "kid": _thumbprint(_jwk(who))}
        for who, seed in SEEDS.items()
    }
    _write(HERE / "keys.json", keys)


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
