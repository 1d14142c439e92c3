"""A small bridge that keeps to docs/protocol.md, and misbehaves when it is told to."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custom_components.seogu_care.bridge.keys import PrivateKey, public_key, thumbprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONTRACT = Path(__file__).parent.parent / "contract" / "messages"
KEYS = json.loads((CONTRACT / "keys.json").read_text(encoding="utf-8"))
HOME = "h-2b7e1516"
CODE = "ABCD-EFGH"
KNOWN_TYPES = {"heartbeat", "incident", "robot_key", "new_key", "receipt", "routine"}


def contract_key(who: str) -> PrivateKey:
    seed = KEYS[who]["seed"]
    raw = base64.urlsafe_b64decode(seed + "=" * (-len(seed) % 4))
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(raw))


class BridgeDouble:
    """Stores what it is sent. ``moods`` are worn one a request: how it answers when not as it should."""

    def __init__(self) -> None:
        self.key = contract_key("bridge")
        self.stranger = PrivateKey.make()
        self.codes: dict[str, str | None] = {CODE: None, "OLDO-LDXX": "expired"}
        self.homes: dict[str, dict[str, str]] = {}
        self.replaces: dict[str, str] = {}
        self.ended: set[str] = set()
        self.kids: list[str] = []
        self.boots: set[str] = set()
        self.stored: dict[str, Mapping[str, Any]] = {}
        self.seen_jti: set[str] = set()
        self.batches: list[list[Mapping[str, Any]]] = []
        self.moods: list[str] = []
        self.refuse: Callable[[Mapping[str, Any]], str | None] = lambda _: None
        self.downlinks: list[tuple[int, str]] = []
        self.listened_after: list[int] = []
        self.heartbeat_s = 30
        self.clock_off = 0
        self.url = ""
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    @property
    def jwk(self) -> dict[str, str]:
        return self.key.jwk

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=2 * 1024 * 1024)
        app.add_routes(
            [
                web.get("/api/v1/info", self._info),
                web.post("/api/v1/enrol", self._enrol),
                web.post("/api/v1/batch", self._batch),
                web.get("/api/v1/downlink", self._downlink),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            mine = [t for t in asyncio.all_tasks() if "RequestHandler" in t.get_coro().__qualname__]  # type: ignore[union-attr]
            for task in mine:
                task.cancel()
            await asyncio.gather(*mine, return_exceptions=True)

    def enrolled(self, key: PrivateKey) -> dict[str, Any]:
        """What a config entry keeps of a home that has enrolled with `key`."""
        self.homes[key.kid] = key.jwk
        return {
            "url": self.url,
            "name": "서구",
            "home": HOME,
            "neighbourhood": "둔산1동",
            "heartbeat_s": self.heartbeat_s,
            "jwk": self.jwk,
        }

    def incidents(self, key: str | None = None) -> list[Mapping[str, Any]]:
        found = [m["incident"] for m in self.stored.values() if m["type"] == "incident"]
        return [incident for incident in found if key in {None, incident["id"]}]

    async def say(self, message: Mapping[str, Any], *, seq: int | None = None, forged: bool = False) -> int:
        """Puts a message on the stream."""
        seq = seq or len(self.downlinks) + 1
        claims = {"iss": "seogu-bridge", "aud": HOME, "iat": int(time.time()) - 9999, "seq": seq}
        token = self._sign("seogu-downlink+jwt", {**claims, "message": dict(message)}, forged=forged)
        async with self._changed:
            self.downlinks.append((seq, token))
            self._changed.notify_all()
        return seq

    async def step(self, incident: str, state: str, **more: Any) -> int:
        data = {"id": incident, "state": state, "by": "김복지", "outcome": None, "lease_until": None, **more}
        return await self.say(
            {
                "v": 1,
                "id": str(uuid.uuid7()),
                "type": "incident",
                "at": "2026-11-22T03:00:00.000Z",
                "incident": data,
            }
        )

    def _sign(self, typ: str, claims: dict[str, Any], *, forged: bool = False) -> str:
        key = self.stranger if forged else self.key
        return jwt.encode(claims, key.key, algorithm="EdDSA", headers={"typ": typ, "kid": self.key.kid})

    def _now(self) -> float:
        return time.time() + self.clock_off

    def _problem(self, status: int, name: str, detail: str = "") -> web.Response:
        body = {"type": f"urn:seogu:{name}", "title": name, "status": status, "detail": detail}
        headers = {"Retry-After": "1"} if name == "too-many" else {}
        return web.json_response(
            body | {"time": self._now()},
            status=status,
            content_type="application/problem+json",
            headers=headers,
        )

    async def _mood(self) -> web.Response | None:  # noqa: PLR0911 - one answer a mood
        mood = self.moods.pop(0) if self.moods else ""
        match mood:
            case "500":
                return web.Response(status=500, text="oh no")
            case "html":
                return web.Response(status=200, text="<html>", content_type="text/html")
            case "hang":
                await asyncio.sleep(30)
            case "replayed":
                return self._problem(409, "replayed")
            case "revoked":
                return self._problem(403, "revoked")
            case "too-many":
                return self._problem(429, "too-many")
            case "unknown-key":
                return self._problem(401, "unknown-key")
            case "":
                return None
        return web.Response(status=200, text=mood)

    async def _info(self, _: web.Request) -> web.Response:
        if self.moods and self.moods[0].startswith("info:"):
            self.moods[0] = self.moods[0].removeprefix("info:")
            if answer := await self._mood():
                return answer
        info = {"service": "seogu-bridge", "api": 1, "version": "0.1.0", "name": "서구", "jwk": self.jwk}
        return web.json_response(info | {"time": self._now()})

    async def _enrol(self, request: web.Request) -> web.Response:
        if self.moods and (answer := await self._mood()):
            return answer
        token = await request.text()
        jwk = jwt.get_unverified_header(token)["jwk"]
        claims = jwt.decode(
            token,
            public_key(jwk),
            algorithms=["EdDSA"],
            audience="seogu-bridge",
            options={"verify_iat": False},
        )
        code = claims["code"]
        if abs(claims["iat"] - self._now()) > 300:
            return self._problem(401, "stale")
        if code not in self.codes:
            return self._problem(404, "code-unknown")
        if self.codes[code] == "expired":
            return self._problem(410, "code-expired")
        if self.codes[code] not in {None, thumbprint(jwk)}:
            return self._problem(410, "code-used")
        self.codes[code] = thumbprint(jwk)
        self.homes[thumbprint(jwk)] = jwk
        welcome = {
            "iss": "seogu-bridge",
            "aud": HOME,
            "iat": int(self._now()),
            "home": HOME,
            "neighbourhood": "둔산1동",
            "heartbeat_s": self.heartbeat_s,
            "silence_limit_s": 150,
            "bridge_jwk": self.jwk,
        }
        return web.Response(status=201, text=self._sign("seogu-welcome+jwt", welcome))

    async def _batch(self, request: web.Request) -> web.Response:
        mood = self.moods[0] if self.moods else ""
        if mood in {"forged", "lost", "other-receipt"}:
            self.moods.pop(0)
        elif self.moods and (answer := await self._mood()):
            return answer
        token = await request.text()
        kid = jwt.get_unverified_header(token)["kid"]
        if kid not in self.homes:
            return self._problem(401, "unknown-key")
        if kid in self.ended:
            return self._problem(403, "held")
        claims = jwt.decode(
            token,
            public_key(self.homes[kid]),
            algorithms=["EdDSA"],
            audience="seogu-bridge",
            options={"verify_iat": False},
        )
        if abs(claims["iat"] - self._now()) > 300:
            return self._problem(401, "stale")
        if claims["jti"] in self.seen_jti:
            return self._problem(409, "replayed")
        self.seen_jti.add(claims["jti"])
        self.kids.append(kid)
        self.boots.add(claims["boot"])
        # With its first use the new key ends the old one.
        self.ended.add(self.replaces.get(kid, ""))
        receipt = self._keep(claims["messages"])
        if mood == "lost":
            assert request.transport is not None
            request.transport.abort()
        jti = str(uuid.uuid7()) if mood == "other-receipt" else claims["jti"]
        receipt |= {"iss": "seogu-bridge", "aud": HOME, "iat": int(self._now()), "jti": jti}
        return web.Response(text=self._sign("seogu-receipt+jwt", receipt, forged=mood == "forged"))

    def _keep(self, messages: list[Mapping[str, Any]]) -> dict[str, Any]:
        self.batches.append(messages)
        stored, duplicate, refused = [], [], []
        for message in messages:
            reason = self.refuse(message)
            if reason or message["type"] not in KNOWN_TYPES:
                refused.append({"id": message["id"], "reason": reason or "unknown type"})
            elif message["id"] in self.stored:
                duplicate.append(message["id"])
            else:
                if message["type"] == "new_key":
                    self._add_key(message["proof"])
                self.stored[message["id"]] = message
                stored.append(message["id"])
        return {"stored": stored, "duplicate": duplicate, "refused": refused}

    def _add_key(self, proof: str) -> None:
        fresh = jwt.get_unverified_header(proof)["jwk"]
        told = jwt.decode(proof, public_key(fresh), algorithms=["EdDSA"], audience="seogu-bridge")
        assert (told["iss"], told["replaces"] in self.homes) == (HOME, True)
        self.homes[thumbprint(fresh)], self.replaces[thumbprint(fresh)] = fresh, told["replaces"]

    async def _downlink(self, request: web.Request) -> web.StreamResponse:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        kid = jwt.get_unverified_header(token)["kid"]
        if kid not in self.homes:
            return self._problem(401, "unknown-key")
        after = int(request.headers.get("Last-Event-ID", "0"))
        self.listened_after.append(after)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": hello\n\n")
        sent = 0
        while True:
            async with self._changed:
                while len(self.downlinks) <= sent:
                    await self._changed.wait()
                news, sent = self.downlinks[sent:], len(self.downlinks)
            for seq, compact in news:
                if seq > after:
                    await response.write(f"id: {seq}\nevent: message\ndata: {compact}\n\n".encode())
