"""What was parsed once: a folder a file of vectors, which later loads map into memory. Nothing is ever unpickled.

A folder's name tells the file it was made from: its path, size, times, samples of its bytes, and the settings. So a
changed file is another folder, and one folder is never written twice: it is filled beside its place, and moved there.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.datasets import store
from helpers.datasets.files import cache

_VERSION = 1  # of what lies in a folder; another number, and every file is parsed again
_SAMPLES, _SAMPLE = 32, 1 << 15  # pieces of a file that are compared, and bytes of each: all of a file of 1 MB
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


class Piece(NamedTuple):
    """Rows of a file; ``repeats`` are (words before it, line, word) of each line left out."""

    words: list[str]
    values: np.ndarray
    repeats: list[tuple[int, int, str]]


class Repeats(NamedTuple):
    """Lines that were left out because their word had come before."""

    before: list[int]  # words that stand before each of them
    line: int = 0  # of the first one
    word: str = ""

    @classmethod
    def of(cls, found: list[tuple[int, int, str]]) -> Repeats:
        return cls([one[0] for one in found], *found[0][1:]) if found else cls([])


class Kept(NamedTuple):
    """Words, their vectors, and the vectors' lengths."""

    words: list[str]
    vectors: np.ndarray  # [words, dim], float32, read-only
    norms: np.ndarray  # [words], float32; 1 for a vector of zeros
    repeats: Repeats

    def first(self, limit: int | None) -> Kept:
        """The first words only."""
        if limit is None or limit > len(self.words):
            return self
        before = [count for count in self.repeats.before if count < limit]
        repeats = self.repeats._replace(before=before)
        return Kept(self.words[:limit], self.vectors[:limit], self.norms[:limit], repeats)


def norms(vectors: np.ndarray) -> np.ndarray:
    """Lengths as gensim computes them, but 1 for zeros, whose similarity to everything is then 0 and not nan."""
    found = np.linalg.norm(vectors, axis=1)
    found[found == 0] = 1
    return found


def look(path: Path, settings: dict, limit: int | None = None) -> Kept | None:
    """Return what was kept of a file as it is now, or None."""
    name = None
    for folder in _folders():
        if folder.is_dir():
            name = name or _name(path, settings, limit)
            if (folder / name).is_dir() and (found := _read(folder / name)):
                return found
    return None


def write(path: Path, settings: dict, limit: int | None, pieces: Callable[[], Iterable[Piece]]) -> Kept | None:
    """Keep the pieces of a file in the first folder that can be written; None if there is none with room.

    Raises
    ------
    ValueError
        If the file is changed meanwhile; whatever ``pieces`` raises. Then nothing is left behind.
    """
    name = _name(path, settings, limit)
    for folder in _folders():
        new = None
        try:
            if not store.writable(folder):
                continue
            folder.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(prefix="part-", dir=folder))
            words, lengths, repeats = _fill(new, pieces())
            if _name(path, settings, limit) != name:
                raise ValueError(f"{path} was changed while it was read: load it again.")
            if _read(folder / name) is None:
                shutil.rmtree(folder / name, ignore_errors=True)
                with contextlib.suppress(OSError):  # where another process was faster, its folder is as good
                    os.replace(new, folder / name)
            _tidy(folder, name)
            if (file := folder / name / "vectors.npy").is_file():
                return Kept(words, np.load(file, mmap_mode="r", allow_pickle=False), lengths, repeats)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
        finally:
            if new:
                shutil.rmtree(new, ignore_errors=True)
    return None


def _folders():
    """Where to look and to write: the course's cache, the user's own, and a private one of this machine."""
    yield cache() / "vectors"
    if store.writable(cache()):
        return
    import pooch

    yield Path(pooch.os_cache("pixels-to-words")) / "vectors"
    user = os.getuid() if hasattr(os, "getuid") else "me"
    private = Path(tempfile.gettempdir()) / f"pixels-to-words-{user}"
    with contextlib.suppress(OSError):
        private.mkdir(mode=0o700, exist_ok=True)
        # Where everyone may write, someone else may have made it first.
        if not hasattr(os, "getuid") or (private.stat().st_uid == user and not private.is_symlink()):
            yield private / "vectors"


def _name(path, settings, limit):
    """Name of a folder: the file's, which file, which content, which settings."""
    path = path.resolve()
    which = json.dumps([_VERSION, limit, settings], sort_keys=True)
    stem = re.sub(r"[^\w.-]", "_", path.name)[:60]
    return "-".join([stem, _short(str(path)), _short(_stamp(path)), _short(which)])


def _short(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _stamp(path):
    """Size, times and samples of a file. Whoever sets back the time of writing still moves the time of change."""
    about = path.stat()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for k in range(_SAMPLES):
            file.seek(k * max(about.st_size - _SAMPLE, 0) // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE))
    return f"{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {digest.hexdigest()}"


def _fill(folder, pieces):
    """Write a folder's files as the pieces come; what need not be read again: words, lengths, repeats."""
    every, repeats, lengths = [], [], []
    with (folder / "vectors.npy").open("wb") as array, (folder / "words.txt").open("wb") as text:
        for words, values, more in pieces:
            if not lengths:
                dim = values.shape[1]
                _header(array, 0, dim)
            every += words
            repeats += more
            lengths.append(norms(values))
            array.write(np.ascontiguousarray(values))
            text.write("\n".join([*words, ""]).encode("utf-8"))
        array.seek(0)
        _header(array, len(every), dim)
    lengths, repeats = np.concatenate(lengths), Repeats.of(repeats)
    np.save(folder / "norms.npy", lengths, allow_pickle=False)
    (folder / "about.json").write_text(json.dumps(repeats), "utf-8")
    return every, lengths, repeats


def _header(file, rows, dim):
    # NumPy leaves room for the first number to grow, so the header written last is as long as the first.
    header = {"descr": "<f4", "fortran_order": False, "shape": (rows, dim)}
    np.lib.format.write_array_header_1_0(file, header)


def _read(folder):
    """What lies in a folder, or None where it is not whole."""
    try:
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        lengths = np.load(folder / "norms.npy", allow_pickle=False)
        words = (folder / "words.txt").read_bytes().decode("utf-8").split("\n")
        repeats = Repeats(*json.loads((folder / "about.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if words.pop() or not len(words) == len(vectors) == len(lengths):
        return None
    return Kept(words, vectors, lengths, repeats)


def _tidy(folder, name):
    """Remove what was kept of the same file before it changed, and what killed processes left."""
    file, content = name.rsplit("-", 2)[0], name.rsplit("-", 1)[0]
    for other in folder.iterdir():
        stale = other.name.startswith(f"{file}-") and not other.name.startswith(f"{content}-")
        with contextlib.suppress(OSError):
            if stale or (other.name.startswith("part-") and other.stat().st_mtime < time.time() - 86_400):
                shutil.rmtree(other, ignore_errors=True)
