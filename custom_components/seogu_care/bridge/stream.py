"""Server-sent events (WHATWG HTML, *Server-sent events*), read line by line."""

from dataclasses import dataclass, field

MOST_BYTES = 1024 * 1024


class TooLongError(ValueError):
    """An event beyond every size this protocol knows."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the stream."""

    id: str
    event: str
    data: str


@dataclass(slots=True)
class EventReader:
    """Feed it bytes as they come; it gives back the events that are complete."""

    _rest: bytes = b""
    _id: str = ""
    _event: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, chunk: bytes) -> list[Event]:
        """The events completed by `chunk`. Raises TooLongError."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        events = [event for line in lines if (event := self._line(line)) is not None]
        if len(self._rest) + sum(map(len, self._data)) > MOST_BYTES:
            raise TooLongError("an event of the bridge is longer than 1 MiB")
        return events

    def _line(self, raw: bytes) -> Event | None:
        line = raw.removesuffix(b"\r").decode("utf-8", "replace")
        if not line:
            event = Event(self._id, self._event or "message", "\n".join(self._data)) if self._data else None
            self._event, self._data = "", []
            return event
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                self._id = value
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
        return None
