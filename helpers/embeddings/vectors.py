"""Word vectors from files: parsed once, mapped into memory ever after.

:mod:`.parsing` reads the formats, :mod:`.kept` remembers what was read, :mod:`.search` answers many queries at once.
gensim is imported when the first vectors are loaded.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers.datasets import fetch, store
from helpers.datasets.catalogue import entry, registry
from helpers.datasets.files import cache, did_you_mean
from helpers.embeddings import kept
from helpers.embeddings.kept import Kept, Piece, Repeats

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

# Names beside those of the registry: a file below the cache.
_MORE = {"glove.6B.50d.top50k": "glove/glove.6B.50d.top50k.txt.gz"}


def load_vectors(
    source: str | os.PathLike,
    *,
    limit: int | None = None,
    member: str | None = None,
    binary: bool | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
    finite: bool = True,
    keep: bool = True,
) -> KeyedVectors:
    """Read word vectors: a slow parse the first time, a memory map from then on.

    Takes word2vec's text with and without its first line, GloVe's text, fastText's .vec, word2vec's binary; each plain,
    gzipped, or in a zip archive. A first line of two whole numbers says how many rows and values follow. A line's last
    fields are its values; what comes before is the word, spaces and all.
    Every value is ``float32(float(text))``, bit for bit. Of words that come twice the first vector stays, and a warning
    says how many there were. A changed file is parsed again: its size, times and samples of its bytes are compared.

    Parameters
    ----------
    source : str or Path
        A file, or a name: ``"glove.6B.50d"``, ``100d``, ``200d``, ``300d``, ``"wiki.ko.vec"``, which are downloaded if
        need be, and ``"glove.6B.50d.top50k"``, where the cache holds it.
    limit : int, optional
        Take the first words only.
    member : str, optional
        Which file of a zip archive; needed where there are several.
    binary : bool, optional
        Whether the file is word2vec's binary. Default: look.
    encoding, errors : str
        Of the words, as Python names them: ``"cp949"``; ``"strict"``, ``"replace"`` or ``"ignore"``.
    finite : bool
        Refuse vectors with nan or inf in them.
    keep : bool
        Keep what was parsed; False: only in memory.

    Returns
    -------
    gensim.models.KeyedVectors
        ``.vectors`` is a read-only float32 array [words, dimensions]. ``.norms`` is filled; a vector of zeros has the
        norm 1 there, so that it is like no word, instead of nan. As from gensim's loader, ``"count"`` falls by one a
        word: files of vectors hold no counts.

    Raises
    ------
    ValueError
        If the file is no whole file of vectors; names file, line, what was expected and found. Nothing half read is
        ever returned.
    FileNotFoundError
        If there is no such file, or a named one is not here and cannot be fetched.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit={limit}: expected 1 or more, or None for all words.")
    if errors not in ("strict", "replace", "ignore"):
        raise ValueError(f"errors={errors!r}: expected 'strict', 'replace' or 'ignore'.")
    settings = {"member": member, "binary": binary, "encoding": encoding, "errors": errors, "finite": finite}
    path, name = _file(source)
    found = None
    if keep and path.is_file():
        found = kept.look(path, settings) or (limit and kept.look(path, settings, limit))
    if not found:
        if name in registry():
            path = _fetched(name)
        if keep:
            found = kept.write(path, settings, limit, lambda: _pieces(path, settings, limit))
        found = found or _in_memory(_pieces(path, settings, limit))
    return _keyed(found.first(limit), path.name)


def _fetched(name):
    try:
        return fetch.path(name)
    except fetch.DataMissing as error:
        for part, place in _MORE.items():
            if part.startswith(name) and (cache() / place).is_file():
                error.add_note(f"Part of it is at hand: load_vectors({part!r}).")
        raise


def names() -> list[str]:
    """Names that :func:`load_vectors` takes, whether or not their files are at hand."""
    return [*(name for name in registry() if name.startswith(("glove.6B.", "wiki."))), *_MORE]


def first_available(*wanted: str) -> str | None:
    """Which of several named vectors are at hand: the first of the names, or None. No network is touched.

    Parameters
    ----------
    *wanted : str
        Names that :func:`load_vectors` takes, the one wanted most first.

    Raises
    ------
    ValueError
        If one of them does not exist.

    Examples
    --------
    >>> first_available() is None
    True
    """
    if odd := next((name for name in wanted if name not in names()), None):
        raise ValueError(f"There are no vectors {odd!r}.{did_you_mean(odd, names())} By name: {', '.join(names())}.")
    here = (name for name in wanted if ((cache() / _MORE[name]).is_file() if name in _MORE else fetch.available(name)))
    return next(here, None)


def _file(source):
    """The file, and its name if it was given by one."""
    name = source if isinstance(source, str) else ""
    path = Path(source).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{path.absolute()} is a folder; give the path of a file in it.")
    if path.is_file():
        return path, None
    if name in _MORE:
        if (path := cache() / _MORE[name]).is_file():
            return path, name
        raise FileNotFoundError(f"The vectors {name!r} are not at hand: there is no {_MORE[name]} in {cache()}.")
    if name in names():
        return store.place(entry(name)), name
    if name in registry():
        raise ValueError(f"The data set {name!r} holds no vectors of words. These do: {', '.join(names())}.")
    there = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    advice = did_you_mean(path.name, [*there, *names()])
    raise FileNotFoundError(f"No file {path.absolute()}.{advice} By name there are {', '.join(names())}.")


def _pieces(path, settings, limit) -> Iterator[Piece]:
    """The rows of a file, without words that came before."""
    from helpers.embeddings.opening import opened
    from helpers.embeddings.parsing import Reader

    settings = dict(settings)
    seen = set()
    with opened(path, settings.pop("member")) as stream:
        for words, values, line in Reader(stream, str(path), **settings):
            repeats = []
            if not (seen.isdisjoint(words) and len(set(words)) == len(words)):
                fresh = []
                for row, word in enumerate(words):
                    if word in seen:
                        repeats.append((len(seen), line + row, word))
                    else:
                        fresh.append(row)
                        seen.add(word)
                words, values = [words[row] for row in fresh], values[fresh]
            seen.update(words)
            if limit is not None and len(seen) >= limit:
                keep = len(words) - (len(seen) - limit)
                yield Piece(words[:keep], values[:keep], [one for one in repeats if one[0] < limit])
                return
            yield Piece(words, values, repeats)


def _in_memory(pieces):
    """Read everything; twice the vectors' memory at most."""
    words, repeats, parts = [], [], []
    for piece in pieces:
        words += piece.words
        repeats += piece.repeats
        parts.append(piece.values.copy())
    vectors, norms, end = np.empty((len(words), parts[0].shape[1]), np.float32), np.empty(len(words), np.float32), 0
    parts.reverse()
    while parts:  # each is let go of as soon as it is copied
        part = parts.pop()
        start, end = end, end + len(part)
        vectors[start:end], norms[start:end] = part, kept.norms(part)
    vectors.setflags(write=False)
    return Kept(words, vectors, norms, Repeats.of(repeats))


def _keyed(found, name):
    """Make gensim's object at once: adding word by word takes seconds."""
    from gensim.models import KeyedVectors

    words, vectors, norms, repeats = found
    if repeats.before:
        warnings.warn(
            f"{name}: {len(repeats.before):,} lines repeat a word, the first of them line {repeats.line:,}, "
            f"{repeats.word!r}; the first vector of each word is taken.",
            stacklevel=3,
        )
    wv = KeyedVectors(vectors.shape[1])
    wv.vectors, wv.norms, wv.index_to_key = vectors, norms, words
    wv.key_to_index = dict(zip(words, range(len(words)), strict=True))
    wv.next_index = len(words)
    wv.expandos["count"] = np.arange(len(words), 0, -1)
    return wv
