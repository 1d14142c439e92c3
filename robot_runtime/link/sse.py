"""Server-sent events: the few lines of the format that the downlink uses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LONGEST_EVENT = 256 * 1024
"""Characters; a longer event is dropped whole."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event; ``id`` is what a later connection resumes from."""

    id: str
    event: str
    data: str


class EventParser:
    """Takes the stream's lines and gives an event at each blank line."""

    def __init__(self) -> None:
        self._id = ""
        self._reset()

    def _reset(self) -> None:
        self._event = "message"
        self._data: list[str] = []
        self._size = 0

    def line(self, text: str) -> ServerEvent | None:
        """One line without its end."""
        if not text:
            whole = ServerEvent(self._id, self._event, "\n".join(self._data))
            complete = bool(self._data) and self._size <= LONGEST_EVENT
            self._reset()
            return whole if complete else None
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._size += len(value)
            if self._size <= LONGEST_EVENT:
                self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        return None


async def events(lines: AsyncIterator[str]) -> AsyncIterator[ServerEvent]:
    """The events of a stream of lines."""
    parser = EventParser()
    async for text in lines:
        event = parser.line(text)
        if event is not None:
            yield event
