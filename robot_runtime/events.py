"""A line of JSON for each thing that happens, for people who look into an installation."""

import json
from typing import TYPE_CHECKING, Any, TextIO

from robot_runtime import times

if TYPE_CHECKING:
    from pathlib import Path


class EventLog:
    """Appends to a file (or nothing). Holds no words of a person: what was heard is an intent."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def add(self, event: str, **more: Any) -> None:
        """Writes one line at once: ``{"at": …, "event": …, …}``."""
        if self._file is None:
            return
        line = {"at": times.stamp(times.now().wall), "event": event, **more}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
