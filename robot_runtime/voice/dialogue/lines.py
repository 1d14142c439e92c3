"""The words of a line today: a wording that is not used up, its slots filled in."""

from typing import TYPE_CHECKING

from robot_runtime.voice.dialogue.wording import Wordings, fill
from robot_runtime.voice.reading import clock, day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime, tzinfo

    from robot_runtime.times import Moment
    from robot_runtime.voice.dialogue.script import Dialogue, Script


class Lines:
    """One language's lines; ``zone``: the resident's clock, or the machine's."""

    def __init__(self, script: Script, language: str, zone: tzinfo | None) -> None:
        """Nothing said yet."""
        self._script = script
        self._language = language
        self._zone = zone
        self.wordings = Wordings()

    def say(self, key: str, slots: Mapping[str, str], now: Moment) -> str:
        """The line in its next wording."""
        local = self._local(now)
        text = self.wordings.choose(key, self._script.lines[key][self._language], local.date())
        known = {"clock": clock(local.time(), self._language), "today": day(local.date(), self._language)}
        return fill(text, {**known, **slots}, self._language)

    def plain(self, key: str, items: str) -> str:
        """The line in its first wording, ``{items}`` filled in."""
        return fill(self._script.lines[key][self._language][0], {"items": items}, self._language)

    def used_up(self, dialogue: Dialogue, now: Moment) -> bool:
        """Whether all the first turn's wordings were said today."""
        today: date = self._local(now).date()
        return any(
            self.wordings.all_used(key, len(self._script.lines[key][self._language]), today)
            for key in dialogue.turns[dialogue.first].say
        )

    def _local(self, now: Moment) -> datetime:
        return now.wall.astimezone(self._zone)
