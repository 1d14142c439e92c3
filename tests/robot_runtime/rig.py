"""A broker, a home, a bridge and the robot's real program, each started and stopped by a test."""

import asyncio
import base64
import json
import os
import queue
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid7

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ROOT / "tests" / "contract" / "messages"
KEYS = json.loads((MESSAGES / "keys.json").read_text())
ROBOT = "seogu-test"
HOME = "h-test"


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MESSAGES / f"{name}.json").read_text())
    return found


def private_key(who: str) -> Ed25519PrivateKey:
    seed = KEYS[who]["seed"]
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(seed + "=" * (-len(seed) % 4)))


def stamp(seconds: float = 0.0) -> str:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wait_until[T](condition: Callable[[], T], seconds: float = 60.0, what: str = "") -> T:
    """The condition's first true value; fails after a deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"within {seconds:g} s this did not happen: {what or condition}")


async def until(condition: Callable[[], object], each: Callable[[], None] = lambda: None) -> None:
    """Polls until the condition holds; ``each`` is what the world does meanwhile."""
    async with asyncio.timeout(60):
        while not condition():
            each()
            await asyncio.sleep(0.02)


def free_port() -> int:
    """Lower than what Linux gives to outgoing connections, so that it is still free for who comes back."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port from 20000 to 29999 is free")


class Broker:
    """mosquitto without persistence, so that a restart forgets everything."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._process = subprocess.Popen(
            [program, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._answers, what="mosquitto answers")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Home:
    """Home Assistant's side of the wire, as far as a test needs it."""

    def __init__(self, port: int) -> None:
        self.received: list[tuple[str, Any]] = []
        self.receipts = True
        self._alive = threading.Event()
        self._ended = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._connected
        self._client.on_message = self._message
        self._client.reconnect_delay_set(1, 1)
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()
        self._beats = threading.Thread(target=self._beat, daemon=True)
        self._beats.start()

    def close(self) -> None:
        self._ended.set()
        self._beats.join()
        self._client.disconnect()
        self._client.loop_stop()

    def live(self) -> None:
        self._alive.set()

    def die(self) -> None:
        self._alive.clear()

    def _beat(self) -> None:
        while not self._ended.wait(0.5):
            if self._alive.is_set():
                self.publish("home", {"type": "home", "boot": "b-1", "open": []}, qos=0)

    def _connected(self, client: Client, *_: Any) -> None:
        client.subscribe(f"seogu_care/{ROBOT}/#", 1)

    def _message(self, _client: Client, _data: Any, message: Any) -> None:
        topic = message.topic.removeprefix(f"seogu_care/{ROBOT}/")
        if topic in {"home", "command", "receipt/home"}:
            return
        text = message.payload.decode()
        self.received.append((topic, text if topic == "status" else json.loads(text)))
        if topic == "sign" and self.receipts and self._alive.is_set():
            self.receipt(json.loads(text)["id"])

    def receipt(self, sign_id: str, result: str = "stored", reason: str | None = None) -> None:
        self.publish("receipt/home", {"id": sign_id, "type": "receipt", "result": result, "reason": reason})

    def publish(self, topic: str, message: dict[str, Any], qos: int = 1) -> None:
        whole = {"v": 1, "id": str(uuid7()), "at": stamp(), **message}
        self._client.publish(f"seogu_care/{ROBOT}/{topic}", json.dumps(whole), qos=qos)

    def publish_raw(self, topic: str, payload: bytes) -> None:
        self._client.publish(f"seogu_care/{ROBOT}/{topic}", payload, qos=1)

    def command(
        self, kind: str, data: dict[str, Any], *, command_id: str | None = None, expires_s: float = 60
    ) -> str:
        chosen = command_id or str(uuid7())
        self.publish("command", {"id": chosen, "type": kind, "expires_at": stamp(expires_s), "data": data})
        return chosen

    def link(self, url: str) -> str:
        return self.command("link", {"home": HOME, "url": url, "bridge_jwk": KEYS["bridge"]["jwk"]})

    def all(self, topic: str, **fields: Any) -> list[Any]:
        return [
            body
            for seen, body in list(self.received)
            if seen == topic and (not fields or fields.items() <= body.items())
        ]

    def one(self, topic: str, **fields: Any) -> Any:
        return wait_until(lambda: self.all(topic, **fields), what=f"{topic} {fields}")[0]


class Bridge:
    """A small bridge: keeps batches, signs receipts with the contract's key, streams a downlink."""

    def __init__(self, port: int = 0) -> None:
        self.batches: list[dict[str, Any]] = []
        self.incidents: dict[str, dict[str, Any]] = {}
        self.listeners = 0
        self.seen_last_ids: list[str] = []
        self.answer: Callable[[dict[str, Any], str], tuple[int, str, dict[str, str]] | None] = lambda *_: None
        self._seq = 0
        self._queues: list[queue.Queue[str]] = []
        self._key = private_key("bridge")
        bridge = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bridge._batch(self)

            def do_GET(self) -> None:
                bridge._downlink(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        for each in self._queues:
            each.put("")
        self._server.shutdown()
        self._server.server_close()

    def receipt(self, jti: str, stored: list[str], refused: list[dict[str, str]] | None = None) -> str:
        claims = {"iss": "seogu-bridge", "aud": HOME, "iat": int(time.time()), "jti": jti}
        return self.sign(
            "seogu-receipt+jwt", {**claims, "stored": stored, "duplicate": [], "refused": refused or []}
        )

    def sign(self, typ: str, claims: dict[str, Any], key: Ed25519PrivateKey | None = None) -> str:
        headers = {"typ": typ, "kid": KEYS["bridge"]["kid"]}
        return jwt.encode(claims, key or self._key, algorithm="EdDSA", headers=headers)

    def _batch(self, request: BaseHTTPRequestHandler) -> None:
        compact = request.rfile.read(int(request.headers["Content-Length"])).decode()
        claims = jwt.decode(compact, options={"verify_signature": False, "verify_aud": False})
        self.batches.append(claims)
        ids = [each["id"] for each in claims["messages"]]
        given = self.answer(claims, compact)
        if given is None:
            for each in claims["messages"]:
                if each["type"] != "incident":
                    continue
                self.incidents[each["incident"]["id"]] = each["incident"]
            given = (200, self.receipt(claims["jti"], ids), {"Content-Type": "application/jwt"})
        status, body, headers = given
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body.encode())))
        request.end_headers()
        request.wfile.write(body.encode())

    def _downlink(self, request: BaseHTTPRequestHandler) -> None:
        self.seen_last_ids.append(request.headers["Last-Event-ID"])
        mine: queue.Queue[str] = queue.Queue()
        self._queues.append(mine)
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.end_headers()
        self.listeners += 1
        try:
            request.wfile.write(b": hello\n\n")
            while True:
                try:
                    event = mine.get(timeout=0.2)
                except queue.Empty:
                    event = ": keep-alive\n\n"
                if not event:
                    break
                request.wfile.write(event.encode())
        except OSError:
            pass
        finally:
            self.listeners -= 1

    def tell(self, message: dict[str, Any]) -> int:
        self._seq += 1
        whole = {"v": 1, "id": str(uuid7()), "at": stamp(), **message}
        claims = {
            "iss": "seogu-bridge",
            "aud": HOME,
            "iat": int(time.time()),
            "seq": self._seq,
            "message": whole,
        }
        for each in self._queues:
            each.put(f"id: {self._seq}\nevent: message\ndata: {self.sign('seogu-downlink+jwt', claims)}\n\n")
        return self._seq


class Robot:
    """The robot's program in a process of its own."""

    def __init__(self, folder: Path, mqtt_port: int, *, hears: bool = False, speaks: bool = True) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.replay = folder / "replay"
        self.said = folder / "said"
        self.ears = folder / "ears"
        self.config = folder / "robot.toml"
        self._events = folder / "events.jsonl"
        self._log = folder / "robot.log"
        self._process: subprocess.Popen[bytes] | None = None
        said = self.said if speaks else folder / "robot.toml" / "impossible"
        hearing = f"pipe:{self.ears}" if hears else "none"
        self.config.write_text(
            f'robot_id = "{ROBOT}"\nstate_dir = "{self.state}"\n'
            f"[mqtt]\nport = {mqtt_port}\n"
            f'[speech]\noutput = "wav:{said}"\nrate_wpm = 300\n'
            f'[hearing]\ninput = "{hearing}"\nsecond = "none"\n'
            f'[wearable]\nsource = "replay:{self.replay}"\n'
        )

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "robot_runtime", "run"),
                    *("--config", str(self.config), "--events", str(self._events)),
                ],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(15)
        self._process = None
        return code

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def events(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        if not self._events.exists():
            return []
        lines = self._events.read_text().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [each for each in found if each["event"] == event and fields.items() <= each.items()]

    def event(self, event: str, **fields: Any) -> dict[str, Any]:
        found = wait_until(lambda: self.events(event, **fields), what=f"{event} {fields}\n{self.log}")
        return found[0]
