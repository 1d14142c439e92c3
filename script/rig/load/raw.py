"""HTTP/1.1 keep-alive connections that cost next to nothing, so that what is measured is the server."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OK = 200


def request(path: str, body: bytes, content_type: str = "application/jwt") -> bytes:
    """A whole POST, ready to be written."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Tally:
    """What came of the requests: when each was due and answered (monotonic s), and with what status."""

    answered: list[tuple[float, float, int]] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0

    def note(self, number: int, due: float, status: int) -> None:
        """Counts the answer to request ``number``."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == OK:
            self.answered.append((due, time.monotonic(), number))

    def latencies_ms(self) -> list[float]:
        """Of the good answers, sorted."""
        return sorted((done - due) * 1_000 for due, done, _ in self.answered)


class Connection(asyncio.Protocol):
    """One request at a time; ``done`` is called with the status of each answer."""

    def __init__(self, done: Callable[[Connection, int], None], broken: Callable[[Connection], None]) -> None:
        self.number = -1
        self.due = 0.0
        self._done = done
        self._broken = broken
        self._buffer = b""
        self._is_waiting = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport can write

    def send(self, number: int, due: float, raw: bytes) -> None:
        """Writes one request."""
        self.number, self.due, self._is_waiting = number, due, True
        assert self._transport is not None  # noqa: S101 - connection_made comes first
        self._transport.write(raw)

    def data_received(self, data: bytes) -> None:
        """Collects an answer until it is whole."""
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        end = _end(self._buffer, head_end)
        if 0 <= end <= len(self._buffer):
            status = int(self._buffer[9:12])
            self._buffer = self._buffer[end:]
            self._is_waiting = False
            self._done(self, status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody hung up. It matters only while an answer is owed."""
        del exc
        if self._is_waiting:
            self._broken(self)

    def close(self) -> None:
        """Hangs up."""
        if self._transport is not None:
            self._transport.close()


def _end(answer: bytes, head_end: int) -> int:
    """Where the answer ends; -1 when that can't be known yet."""
    head = answer[:head_end].lower()
    at = head.find(b"content-length:")
    if at >= 0:
        return head_end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
    if b"transfer-encoding: chunked" not in head:
        return head_end + 4
    last = answer.find(b"\r\n0\r\n\r\n", head_end)
    return -1 if last < 0 else last + 7


async def connect(
    ports: list[int],
    count: int,
    done: Callable[[Connection, int], None],
    broken: Callable[[Connection], None],
) -> list[Connection]:
    """So many connections, dealt out over the ports."""
    loop = asyncio.get_running_loop()
    made = []
    for number in range(count):
        port = ports[number % len(ports)]
        _, protocol = await loop.create_connection(lambda: Connection(done, broken), "127.0.0.1", port)
        made.append(protocol)
    return made


async def as_fast_as_answered(ports: list[int], connections: int, raws: list[bytes], seconds: float) -> Tally:
    """Each connection sends its next request when the last one was answered, until time or requests end."""
    tally, ended = Tally(), asyncio.Event()
    until = time.monotonic() + seconds
    numbers: Iterator[int] = iter(range(len(raws)))
    busy = connections

    def send_next(connection: Connection) -> None:
        nonlocal busy
        now = time.monotonic()
        number = next(numbers, None) if now < until else None
        if number is None:
            busy -= 1
            if busy == 0:
                ended.set()
        else:
            connection.send(number, now, raws[number])

    def done(connection: Connection, status: int) -> None:
        tally.note(connection.number, connection.due, status)
        send_next(connection)

    def broken(_: Connection) -> None:
        nonlocal busy
        tally.broken += 1
        busy -= 1
        if busy == 0:
            ended.set()

    made = await connect(ports, connections, done, broken)
    until = time.monotonic() + seconds
    for connection in made:
        send_next(connection)
    await ended.wait()
    for connection in made:
        connection.close()
    return tally


async def at_a_rate(ports: list[int], connections: int, raws: list[bytes], rate: float) -> Tally:
    """So many requests a second whatever the server does; waiting counts from when each one was due."""
    tally, free = Tally(), asyncio.Queue[Connection]()

    def done(connection: Connection, status: int) -> None:
        tally.note(connection.number, connection.due, status)
        free.put_nowait(connection)

    def broken(connection: Connection) -> None:
        # It counts, and the rest of the bench goes on with one connection less.
        tally.broken += 1
        gone.add(connection)

    gone: set[Connection] = set()
    made = await connect(ports, connections, done, broken)
    for connection in made:
        free.put_nowait(connection)
    began = time.monotonic()
    for number, raw in enumerate(raws):
        due = began + number / rate
        ahead = due - time.monotonic()
        if ahead > 0:
            await asyncio.sleep(ahead)
        (await free.get()).send(number, due, raw)
    for _ in range(len(made) - len(gone)):
        await free.get()
    for connection in made:
        connection.close()
    return tally
