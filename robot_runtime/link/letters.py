"""What the resident says for others and is no emergency: kept on disk until the home has it."""

from typing import TYPE_CHECKING, Any

from robot_runtime import times

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.store import Store

MOST_KEPT = 200
"""A home that never takes them: the oldest are dropped, for their time is long gone."""
FACT = "letters"


class Letters:
    """Sent on the topic ``talk``, again at each reconnect and each minute, until the home's receipt."""

    def __init__(self, store: Store, publish: Callable[[str, dict[str, Any]], object]) -> None:
        """``publish(topic, message)``."""
        self._store = store
        self._publish = publish
        self._kept: list[dict[str, Any]] = store.fact(FACT) or []

    def add(self, kind: str, data: dict[str, str], letter_id: str = "") -> str:
        """Keeps and sends one; returns its id. One that is kept already under ``letter_id`` is only sent."""
        for kept in self._kept:
            if kept["id"] == letter_id:
                self._publish("talk", kept)
                return letter_id
        letter = {
            "v": 1,
            "id": letter_id or times.new_id(),
            "type": "talk",
            "at": times.stamp(times.now().wall),
            "data": {"kind": kind, **data},
        }
        self._kept = [*self._kept, letter][-MOST_KEPT:]
        self._store.set_fact(FACT, self._kept)
        self._publish("talk", letter)
        return str(letter["id"])

    def send_all(self) -> None:
        """All that the home has not receipted, oldest first."""
        for letter in self._kept:
            self._publish("talk", letter)

    def receipted(self, message_id: str) -> bool:
        """The home has stored or refused it; whether it was one of these."""
        left = [each for each in self._kept if each["id"] != message_id]
        if len(left) == len(self._kept):
            return False
        self._kept = left
        self._store.set_fact(FACT, left)
        return True
