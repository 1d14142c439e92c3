"""What the dialogue engine wants done. It does nothing itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Say:
    """Say ``text`` (the line ``key``); ``urgent`` cuts in."""

    text: str
    key: str
    urgent: bool = False
    number: int = 0
    """Tells one saying from another; the engine is told when it was heard."""


@dataclass(frozen=True, slots=True)
class Send:
    """Tell the home something that is not an emergency: ``kind`` and what it holds."""

    kind: str
    data: dict[str, str] = field(default_factory=dict)
    id: str = ""
    """Of one that was held for a while: sent again after a kill, it is known to be the same."""


@dataclass(frozen=True, slots=True)
class Do:
    """Of the robot itself: ``louder``, ``softer``, ``slower``, ``faster``, ``hush``, ``pair_wearable``."""

    action: str


@dataclass(frozen=True, slots=True)
class Result:
    """A dialogue that somebody waits for has come to its end."""

    dialogue: str
    outcome: str
    slots: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plea:
    """The words that were written down call for help; the closed set had not heard it."""

    intent: str


type Act = Say | Send | Do | Result | Plea
