"""When a plea is looked into though voices go on: others talking, or a television that never pauses."""

from dataclasses import replace
from typing import TYPE_CHECKING

from robot_runtime.voice import evidence, jamo
from robot_runtime.voice.bursts import bursts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from robot_runtime.voice.evidence import Suspicion, Word
    from robot_runtime.voice.lexicon import Lexicon

CHUNK_S = 0.032
EVERY_CHUNKS = 4
"""0.13 s between two glances at what the grammar has so far."""
STEADY_CHUNKS = 12
"""0.38 s for which the grammar must go on hearing the plea; a pause is looked into before (0.22 s)."""
SOUND_S, BEFORE_S = 0.12, 0.8
"""So long a sound takes a slow speaker, and so late at most the grammar has it: where the plea may begin."""
MOST_LOOKS = 2
"""In one stretch of speech, each at another plea: every look takes a quarter of a second."""
MOST_BEHIND_S = 0.5
"""Further behind, the robot waits for the stretch's end."""
MOST_BURSTS, LEAST_CHUNKS = 1, 60
"""Of what is louder than the rest of a stretch of two seconds at least: every look takes 0.4 s."""


class Amid:
    """Watches one stretch of speech."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self._text = ""
        self._suspicion: Suspicion | None = None
        self._since = 0
        self._looked: list[str] = []
        self._bursts = 0

    def due(self, words: Sequence[Word], lexicon: Lexicon, chunk: int) -> Suspicion | None:
        """The plea to look into now, and from where on (s). ``chunk``: how many of 32 ms the stretch has."""
        text = " ".join(word.text for word in words)
        if text != self._text:
            self._text = text
            self._note(evidence.newest(words, lexicon), chunk)
        if self._suspicion is None or chunk - self._since < STEADY_CHUNKS:
            return None
        plea = self._suspicion.phrases[0].text
        if plea in self._looked or len(self._looked) >= MOST_LOOKS:
            return None
        self._looked.append(plea)
        began = self._since * CHUNK_S - SOUND_S * len(jamo.letters(plea)) - BEFORE_S
        return replace(self._suspicion, span=(max(0.0, began), chunk * CHUNK_S))

    def burst(self, chunks: Sequence[bytes]) -> tuple[int, int] | None:
        """What stood out of the rest, from chunk to chunk: somebody close over others far off."""
        if self._bursts >= MOST_BURSTS or len(chunks) < LEAST_CHUNKS:
            return None
        over = [each for each in bursts(chunks)[:1] if each[1] < len(chunks)]
        self._bursts += len(over)
        return over[0] if over else None

    def _note(self, suspicion: Suspicion | None, chunk: int) -> None:
        same = (
            suspicion is not None
            and self._suspicion is not None
            and suspicion.phrases[0].intent == self._suspicion.phrases[0].intent
        )
        if not same:
            self._since = chunk
        self._suspicion = suspicion
