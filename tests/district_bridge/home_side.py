"""The home's and robot's side of the wire, written against docs/protocol.md alone."""

import base64
import hashlib
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid7

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterator


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Signing:
    """A key of the home or robot."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def jwk(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(self.key.public_key().public_bytes_raw())}

    @property
    def kid(self) -> str:
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": self.jwk["x"]}
        return b64(hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest())

    def sign(self, typ: str, claims: dict[str, Any], **header: Any) -> str:
        return jwt.encode(
            claims, self.key, algorithm="EdDSA", headers={"typ": typ, "kid": self.kid, **header}
        )


def message(kind: str, **more: Any) -> dict[str, Any]:
    return {"v": 1, "id": str(uuid7()), "type": kind, "at": now_text(), **more}


def incident(**more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "kind": "fall",
        "state": "raised",
        "severity": "emergency",
        "opened_at": now_text(),
        "state_at": now_text(),
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
        **more,
    }


def heartbeat(**parts: str) -> dict[str, Any]:
    return message("heartbeat", parts={"home": "online", "robot": "online", **parts}, waiting=0)


def batch_claims(home: str, messages: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "iss": home,
        "aud": "seogu-bridge",
        "iat": int(time.time()),
        "jti": str(uuid7()),
        "messages": messages,
        **more,
    }


def verified(compact: str, jwk: dict[str, str], typ: str, audience: str) -> dict[str, Any]:
    """The claims of something the bridge signed, as a home checks them."""
    assert jwt.get_unverified_header(compact)["typ"] == typ
    claims: dict[str, Any] = jwt.decode(
        compact,
        Ed25519PublicKey.from_public_bytes(unb64(jwk["x"])),
        algorithms=["EdDSA"],
        audience=audience,
        issuer="seogu-bridge",
    )
    return claims


@dataclass
class HomeSide:
    """A home that speaks to a running bridge."""

    url: str
    signing: Signing = field(default_factory=Signing)
    home: str = ""
    bridge_jwk: dict[str, str] = field(default_factory=dict)
    transport: httpx.BaseTransport | None = None

    def client(self) -> httpx.Client:
        # Plain HTTP on the loopback: loading certificates would only take time.
        return httpx.Client(
            base_url=self.url,
            transport=self.transport,
            timeout=60,
            trust_env=False,
            verify=False,  # noqa: S501 - see above
        )

    def post(self, path: str, body: str | bytes) -> httpx.Response:
        with self.client() as client:
            return client.post(path, content=body, headers={"content-type": "application/jwt"})

    def enrol_response(self, code: str, **claims: Any) -> httpx.Response:
        token = self.signing.sign(
            "seogu-enrol+jwt",
            {
                "aud": "seogu-bridge",
                "iat": int(time.time()),
                "jti": str(uuid7()),
                "code": code,
                "software": "0.1.0",
                **claims,
            },
            jwk=self.signing.jwk,
        )
        return self.post("/api/v1/enrol", token)

    def enrol(self, code: str) -> dict[str, Any]:
        response = self.enrol_response(code)
        assert response.status_code == 201, response.text
        loose = jwt.decode(response.text, options={"verify_signature": False})
        self.bridge_jwk, self.home = loose["bridge_jwk"], loose["home"]
        return verified(response.text, self.bridge_jwk, "seogu-welcome+jwt", self.home)

    def batch_response(self, *messages: Any, **claims: Any) -> httpx.Response:
        return self.post(
            "/api/v1/batch",
            self.signing.sign("seogu-batch+jwt", batch_claims(self.home, list(messages), **claims)),
        )

    def send(self, *messages: Any) -> dict[str, Any]:
        """Sends a batch and returns its checked receipt."""
        jti = str(uuid7())
        response = self.batch_response(*messages, jti=jti)
        assert response.status_code == 200, response.text
        receipt = verified(response.text, self.bridge_jwk, "seogu-receipt+jwt", self.home)
        assert receipt["jti"] == jti
        return receipt

    @contextmanager
    def listen(self, last: int | None = None) -> Iterator[Iterator[dict[str, Any]]]:
        """The checked messages of the downlink, each as {"seq", "message"}."""
        token = self.signing.sign(
            "seogu-listen+jwt",
            {"iss": self.home, "aud": "seogu-bridge", "iat": int(time.time()), "jti": str(uuid7())},
        )
        headers = {"authorization": f"Bearer {token}"}
        if last is not None:
            headers["last-event-id"] = str(last)
        with self.client() as client, client.stream("GET", "/api/v1/downlink", headers=headers) as response:
            assert response.status_code == 200
            yield self._events(response)

    def _events(self, response: httpx.Response) -> Iterator[dict[str, Any]]:
        event: dict[str, str] = {}
        for line in response.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif "data" in event:
                claims = verified(event["data"], self.bridge_jwk, "seogu-downlink+jwt", self.home)
                assert str(claims["seq"]) == event["id"]
                yield {"seq": claims["seq"], "message": claims["message"]}
                event = {}
