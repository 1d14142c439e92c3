"""Real servers on the loopback at the other end of the bridge's channels. Small; they behave and remember."""

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from siadc09.account import Account
from siadc09.message import AckMessage, DuhMessage, NakMessage, parse_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"


class HttpReceiver(ThreadingHTTPServer):
    """Answers every POST with ``status`` and keeps what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Post)
        self.status = 201
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://{self.place}/take"

    @property
    def place(self) -> str:
        return f"{LOOPBACK}:{self.server_address[1]}"


class _Post(BaseHTTPRequestHandler):
    server: HttpReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.taken.append((headers, body))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Says nothing."""


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP to take a mail, or to refuse the recipient with ``refuse``."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Mail)
        self.refuse = ""
        self.taken: list[tuple[str, str]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Mail(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 mail.example.kr")
        recipient = ""
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word in {"EHLO", "HELO"}:
                self.say("250 mail.example.kr")
            elif word == "RCPT":
                recipient = line.split(":", 1)[1]
                self.say(self.server.refuse or "250 ok")
            elif word == "DATA":
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part.decode())
                self.server.taken.append((recipient, "".join(lines)))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class ReceivingCentre(socketserver.ThreadingTCPServer):
    """A DC-09 receiver: ACK, NAK or DUH, silence, or noise."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Event)
        self.answer = "ACK"
        self.key: bytes | None = None
        self.taken: list[Any] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Event(socketserver.BaseRequestHandler):
    server: ReceivingCentre

    def handle(self) -> None:
        raw = b""
        while b"\r" not in raw:
            part = self.request.recv(4096)
            if not part:
                return
            raw += part
        event = parse_frame(raw, self.server.key)
        self.server.taken.append(event)
        account = Account(account=event.account)
        answers = {
            "ACK": lambda: AckMessage(account, seq=event.seq).encode(encrypt=self.server.key is not None),
            "OTHER": lambda: AckMessage(account, seq=event.seq + 1).encode(),
            "NAK": lambda: NakMessage(account).encode(),
            "DUH": lambda: DuhMessage(account, seq=event.seq).encode(),
            "NOISE": lambda: b"\nwhat?\r",
            "SILENCE": lambda: b"",
        }
        self.request.sendall(answers[self.server.answer]())


@contextmanager
def running[S: socketserver.BaseServer](server: S) -> Iterator[S]:
    """Serves on a thread of its own until the test is done."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def toml(sections: dict[str, dict[str, Any]]) -> str:
    """A ``channels.toml``."""
    return "\n".join(
        f"[{name}]\n" + "\n".join(f"{word} = {json.dumps(value)}" for word, value in values.items())
        for name, values in sections.items()
    )
