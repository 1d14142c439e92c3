"""How loud the microphone is: soft sound is lifted for the voice detector, and clipping is noticed.

Only the voice detector needs it: of voices at an RMS of 25 (of 32,768) it finds 53 % of the speech, lifted
79 %, as of loud ones. Both recognisers even out the level themselves.
"""

import numpy as np

LIFTED_RMS = 400.0
"""To which the loudest of late is lifted; louder sound stays as it is."""
MOST_GAIN = 8.0
FADE = 0.5 ** (1 / 940)
"""A chunk of 32 ms; half in 30 s. A room that grew quiet is lifted slowly."""
LOUD_PEAK = 16_000
FULL_SCALE = 32_600
CLIPS_FROM, CLIPS_NO_MORE = 0.02, 0.005
"""Share of samples at full scale within loud sound: consonants are lost from about there (an estimate)."""
WEIGHT = 1 / 150
"""Of a loud chunk in the share: it goes by the last five seconds of loud sound."""


class Level:
    """Of one stream of 16 kHz mono PCM16."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self._loudest = LIFTED_RMS
        self._clipped = 0.0
        self.overdriven = False
        """Whether the microphone is set so high that loud speech is cut off at the top."""

    def lifted(self, chunk: bytes) -> bytes:
        """The chunk as the voice detector should have it."""
        samples = np.frombuffer(chunk, "<i2").astype(np.float32)
        if not samples.size:
            return chunk
        self._look_for_clipping(np.abs(samples))
        rms = float(np.sqrt(np.mean(samples**2)))
        self._loudest = max(rms, self._loudest * FADE)
        gain = min(MOST_GAIN, LIFTED_RMS / self._loudest) if self._loudest < LIFTED_RMS else 1.0
        return np.clip(samples * gain, -32_768, 32_767).astype("<i2").tobytes() if gain > 1.0 else chunk

    def _look_for_clipping(self, sizes: np.ndarray) -> None:
        if float(sizes.max()) < LOUD_PEAK:
            return
        self._clipped += WEIGHT * (float(np.mean(sizes >= FULL_SCALE)) - self._clipped)
        self.overdriven = self._clipped > (CLIPS_NO_MORE if self.overdriven else CLIPS_FROM)
