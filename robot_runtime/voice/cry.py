"""Hears a cry without words: a voice that is loud, and either very high or held without change.

Speech changes its sound every tenth of a second or so, and an adult's seldom rises above 450 Hz for long;
a scream does, and a groan is one vowel. What is loud all the while (a television, music) is the room's
usual sound and counts for nothing. It says no more than that somebody may have cried out: the home weighs
it together with what else it knows and asks (docs/decisions/0329).
"""

from collections import deque

import numpy as np

from robot_runtime.voice.recogniser import RATE_HZ

HOP = 512
"""32 ms: as the voice detector takes it."""
_WINDOW = 2 * HOP
_BANDS = 24
_LOWEST_HZ, _HIGHEST_HZ = 75, 1800
"""Of a voice's pitch."""

LEAST_RMS = 500.0
"""Of 32,768; a voice at a metre or two has some 1,500."""
ABOVE_USUAL = 3.0
"""Some 10 dB above what the room sounded like on average over the last half minute."""
_SLOWLY = 1 / 625
"""Weight of one hop in that average: 20 s."""
HIGH_HZ = 500.0
HIGH_HOPS = 10
"""0.32 s at such a pitch; of 149 recordings of people reading, some with feeling, one or two reach it."""
STEADY = 0.45
"""Change of the log spectrum's shape (decades) over a tenth of a second, up to which a sound is held."""
STEADY_HOPS = 11
"""0.35 s; read speech holds no sound for longer than 0.22 s."""
TONAL_HIGH, TONAL = 0.6, 0.5
"""Share of the sound that repeats with its pitch; noise has some 0.3."""
GAP_HOPS = 1
FULL_HOPS = 20
"""So much longer than the shortest, the score is full."""
AGAIN_HOPS = 30 * RATE_HZ // HOP
"""A cry goes on, and is told once in half a minute."""


class CryWatch:
    """Of one stream of 16 kHz mono PCM16. A loud hop costs some 0.1 ms, a soft one next to nothing."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self._rest = b""
        self._last = np.zeros(HOP)
        self._usual = 0.0
        self._shapes: deque[np.ndarray] = deque(maxlen=4)
        self._high, self._steady = _Run(HIGH_HOPS), _Run(STEADY_HOPS)
        self._deaf_hops = 0

    def feed(self, pcm: bytes) -> float | None:
        """The score (0.6 to 1) of a cry that has ended, or is long, within these samples."""
        data = self._rest + pcm
        whole = len(data) - len(data) % (2 * HOP)
        self._rest = data[whole:]
        found = [self._hop(data[at : at + 2 * HOP]) for at in range(0, whole, 2 * HOP)]
        return max((score for score in found if score is not None), default=None)

    def _hop(self, pcm: bytes) -> float | None:
        samples = np.frombuffer(pcm, "<i2").astype(float)
        window = np.concatenate([self._last, samples])
        self._last = samples
        self._deaf_hops = max(0, self._deaf_hops - 1)
        rms = float(np.sqrt(np.mean(window**2)))
        loud = rms >= max(LEAST_RMS, ABOVE_USUAL * self._usual)
        self._usual += _SLOWLY * (rms - self._usual)
        high = steady = False
        if loud:
            pitch_hz, tonal, shape = _look(window - window.mean())
            self._shapes.append(shape)
            high = pitch_hz >= HIGH_HZ and tonal >= TONAL_HIGH
            held = len(self._shapes) == self._shapes.maxlen and _change(self._shapes) <= STEADY
            steady = held and tonal >= TONAL
        else:
            self._shapes.clear()
        scores = [self._high.goes_on(high), self._steady.goes_on(steady)]
        score = max((each for each in scores if each is not None), default=None)
        if score is None or self._deaf_hops:
            return None
        self._deaf_hops = AGAIN_HOPS
        return score


class _Run:
    """Hops in a row, but for a short gap."""

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._length = self._missed = 0

    def goes_on(self, so: bool) -> float | None:  # noqa: FBT001 - what the hop is
        """The score of a run that has just ended, or has just become as long as counts."""
        if so:
            self._length, self._missed = self._length + 1, 0
            return 1.0 if self._length == self._shortest + FULL_HOPS else None
        self._missed += 1
        if self._missed <= GAP_HOPS:
            return None
        length, self._length = self._length, 0
        if not self._shortest <= length < self._shortest + FULL_HOPS:
            return None
        return 0.6 + 0.4 * (length - self._shortest) / FULL_HOPS


def _bands() -> np.ndarray:
    """Triangles on the mel scale, from 100 to 7,000 Hz."""

    def mel(hz: np.ndarray | float) -> np.ndarray:
        return np.asarray(2595 * np.log10(1 + np.asarray(hz) / 700))

    edges = np.linspace(mel(100.0), mel(7000.0), _BANDS + 2)
    at = mel(np.linspace(0, RATE_HZ / 2, _WINDOW // 2 + 1))
    rise = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.clip(np.minimum(rise, fall), 0, None))


def _own_repetition() -> np.ndarray:
    """How the window itself repeats, which lessens longer lags."""
    lags = np.fft.irfft(np.abs(np.fft.rfft(_TAPER, 2 * _WINDOW)) ** 2)[:_WINDOW]
    return np.asarray(np.maximum(lags / lags[0], 1e-3))


_TAPER = np.hanning(_WINDOW)
_MEL = _bands()
_OWN = _own_repetition()
_SHORT, _LONG = RATE_HZ // _HIGHEST_HZ, RATE_HZ // _LOWEST_HZ
_NEAR_BEST = 0.88
"""The first lag that repeats so nearly as well as the best is the pitch, not one of its multiples."""


def _look(window: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Pitch (Hz), how tonal (0 to 1), and the shape of the log spectrum in bands."""
    spectrum = np.abs(np.fft.rfft(window * _TAPER, 2 * _WINDOW)) ** 2
    lags = np.fft.irfft(spectrum)[:_WINDOW]
    if lags[0] <= 0.0:
        return 0.0, 0.0, np.zeros(_BANDS)
    lags = (lags / lags[0] / _OWN)[_SHORT - 1 : _LONG + 2]
    inner = lags[1:-1]
    peaks = np.flatnonzero((inner >= lags[:-2]) & (inner >= lags[2:]) & (inner > _NEAR_BEST * inner.max()))
    best = int(peaks[0]) if peaks.size else int(inner.argmax())
    loudness = np.log10(_MEL @ spectrum[::2] + 1e4)
    return RATE_HZ / (best + _SHORT), float(inner[best]), loudness - loudness.mean()


def _change(shapes: deque[np.ndarray]) -> float:
    return float(np.sqrt(np.mean((shapes[-1] - shapes[0]) ** 2)))
