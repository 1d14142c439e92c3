"""What happened when: printed as it happens and written as JSON."""

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Source = Literal["real", "simulated"]


@dataclass(frozen=True)
class Step:
    """One step of a story. ``t_s`` counts from the story's first step."""

    story: str
    step: str
    t_s: float
    source: Source
    detail: str = ""


class Timeline:
    """The steps of all stories, in order."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.steps: list[Step] = []
        self._story = ""
        self._began = 0.0
        self._quiet = quiet

    def begin(self, story: str, title: str) -> None:
        """Starts a story; its clock starts at 0."""
        self._story, self._began = story, time.monotonic()
        if not self._quiet:
            print(f"\n{story}: {title}", flush=True)

    def add(self, step: str, *, source: Source = "real", detail: str = "") -> None:
        """Notes that a step was seen just now."""
        seen = Step(self._story, step, round(time.monotonic() - self._began, 2), source, detail)
        self.steps.append(seen)
        if not self._quiet:
            mark = "simulated" if source == "simulated" else ""
            print(f"  {seen.t_s:7.2f} s  {step:<58} {detail} {mark}".rstrip(), flush=True)

    def write(self, path: Path) -> None:
        """Writes the timeline as a JSON list."""
        rows = [asdict(step) for step in self.steps]
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
