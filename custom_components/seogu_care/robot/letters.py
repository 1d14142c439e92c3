"""The topic `talk`: what the resident says for others, and what was answered to a question."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from custom_components.seogu_care.care import fields

from .messages import Command, UnreadableError, command, decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

KIND = re.compile(r"[a-z_]{1,40}")
ANSWERED = "answered"
LONGEST_TEXT = 4000
MOST_FIELDS = 10
MOST_ANSWERS, MOST_SENTENCES = 20, 50
"""What the robot takes at most of a question's answers, and of an answer's sentences."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for others (docs/protocol.md); all its values are texts. ``kind`` may be a newer one."""

    id: str
    at: datetime
    robot: str
    kind: str
    data: Mapping[str, str]


def read_letter(robot: str, payload: str | bytes | bytearray) -> Letter:
    """Raises UnreadableError, with the letter's id where there is one."""
    message = decode(payload)
    letter_id: str | None = None
    try:
        letter_id = fields.text(message, "id", 64)
        fields.one_of(message, "type", "talk")
        at = fields.time(message, "at")
        data = fields.mapping(message.get("data"), "data")
        return Letter(letter_id, at, robot, *_body(data))
    except fields.MalformedError as err:
        raise UnreadableError(str(err), letter_id) from err


def letter_to_document(letter: Letter) -> dict[str, Any]:
    """For the ledger."""
    return {
        "id": letter.id,
        "at": fields.written(letter.at),
        "robot": letter.robot,
        "data": {"kind": letter.kind, **letter.data},
    }


def letter_from_document(document: Mapping[str, Any]) -> Letter:
    """As ``letter_to_document`` wrote it. Raises `fields.MalformedError`."""
    kind, data = _body(fields.mapping(document.get("data"), "data"))
    return Letter(
        fields.text(document, "id", 64),
        fields.time(document, "at"),
        fields.text(document, "robot", 64),
        kind,
        data,
    )


def question_command(
    robot: str,
    text: str,
    answers: Mapping[str, Sequence[str]],
    listen_s: float,
    now: datetime,
    until: datetime,
) -> Command:
    """The robot asks, and writes down what is answered; ``answers``: sentences by their id."""
    kept = {key: list(sentences)[:MOST_SENTENCES] for key, sentences in list(answers.items())[:MOST_ANSWERS]}
    return command(robot, "question", now, until, {"text": text, "answers": kept, "listen_s": listen_s})


def _body(data: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    kind = fields.text(data, "kind", 40)
    if not KIND.fullmatch(kind):
        raise fields.MalformedError("kind must be of a-z and _")
    if len(data) > MOST_FIELDS:
        raise fields.MalformedError(f"a letter has {MOST_FIELDS} fields at most")
    return kind, {str(key): fields.text(data, key, LONGEST_TEXT) for key in data if key != "kind"}
