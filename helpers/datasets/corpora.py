"""Texts to learn from, each a list of documents with titles and a line to cite. Nothing is downloaded here.

A corpus lies in the course itself, in gensim's wheel, in NLTK's data, or in the course's cache
(:func:`helpers.datasets.cache`). Archives are read where they lie, so the cache may be read-only.
"""

from __future__ import annotations

import importlib.util
import re
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from helpers.datasets.files import cache, did_you_mean, in_package, read_text, shipped


@dataclass(frozen=True, repr=False)
class Corpus:
    """A list of documents and where they are from.

    Attributes
    ----------
    name : str
    documents : list of str
    titles : list of str
        As many as documents.
    language : str
        ``"english"`` or ``"korean"``.
    source : str
        One line for citing.
    """

    name: str
    documents: list[str]
    titles: list[str]
    language: str
    source: str

    def __len__(self) -> int:
        return len(self.documents)

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}, {len(self)} documents, {self.language})"


def corpus(name: str) -> Corpus:
    """Read a corpus that is at hand.

    Parameters
    ----------
    name : str
        ``"lee"`` (300 news articles) and ``"lee_queries"`` (50), in gensim's wheel; ``"peter"`` and ``"peter_ko"``
        (a story, a document a paragraph), shipped; ``"inaugural"`` (speeches), in NLTK's data or the cache; ``"nsmc"``
        (50,000 film reviews, Korean), ``"novels"`` (48, English) and ``"stories"`` (Korean), in the cache.

    Returns
    -------
    Corpus

    Raises
    ------
    ValueError
        If there is no corpus of that name, or its file is not what it should be.
    FileNotFoundError
        If its file is not there; the message says which and where it would lie.

    Examples
    --------
    >>> corpus("lee")
    Corpus('lee', 300 documents, english)
    """
    known = _known(name)
    if (place := known.find()) is None:
        raise FileNotFoundError(f"The corpus {name!r} is not at hand: {known.lies.format(cache=cache())}")
    pairs = known.read(place)
    if not pairs:
        raise ValueError(f"{place} holds no documents: was its download cut short?")
    titles, documents = zip(*pairs, strict=True)
    return Corpus(name, list(documents), list(titles), known.language, known.source)


def available(name: str) -> bool:
    """Say whether :func:`corpus` finds a corpus here. No network is asked and no file opened.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If there is no corpus of that name.

    Examples
    --------
    >>> available("lee")
    True
    """
    return _known(name).find() is not None


def best(*names: str) -> Corpus:
    """Read the first of several corpora that is at hand.

    Parameters
    ----------
    *names : str
        The one wanted most first.

    Returns
    -------
    Corpus

    Raises
    ------
    ValueError
        If one of the names does not exist, or none was given.
    FileNotFoundError
        If none is at hand.

    Examples
    --------
    >>> best("lee", "peter").name
    'lee'
    """
    if not names:
        raise ValueError("best() needs the name of a corpus at least.")
    at_hand = [name for name in names if available(name)]
    return corpus((at_hand or names)[0])


def human_similarity():
    """How similar people found each pair of the 50 documents of ``corpus("lee_queries")``.

    Returns
    -------
    array [50, 50], float
        Symmetric; from 0 (not alike) to 1, the mean of several readers. Lee, Pincombe, Welsh (2005).

    Raises
    ------
    FileNotFoundError
        If gensim's wheel, which carries the table, is not there.
    """
    import numpy as np

    if (place := _in_wheel("similarities0-1.txt")) is None:
        raise FileNotFoundError(f"The table of similarities is not at hand: {_WHEEL}")
    upper = np.triu(np.loadtxt(place))
    return upper + upper.T - np.diag(upper.diagonal())


def in_nltk(kind: str, name: str) -> list[Path]:
    """Return the files and folders on NLTK's own search path that hold a package of its data."""
    import nltk.data

    return _at([Path(entry) / kind for entry in nltk.data.path], name)


def in_cache(kind: str, name: str) -> list[Path]:
    """Return the files and folders in the course's cache that hold a package of NLTK's data."""
    return _at([cache() / "nltk" / kind, cache() / "nltk"], name)


def _at(folders, name):
    return [place for folder in folders for place in (folder / name, folder / f"{name}.zip") if place.exists()]


def inside(place: Path, name: str) -> Path | zipfile.Path:
    """Return the folder itself, or the folder of that name inside an archive."""
    if place.suffix != ".zip":
        return place
    if not zipfile.is_zipfile(place):
        raise ValueError(f"{place} is not a zip archive: was its download cut short? Delete it and get it again.")
    return zipfile.Path(place) / name


def _known(name):
    if name not in _CORPORA:
        raise ValueError(f"No corpus {name!r}.{did_you_mean(str(name), _CORPORA)} There are {', '.join(_CORPORA)}.")
    return _CORPORA[name]


# Where a corpus lies: a path, or None.


def _in_course(name):
    try:
        return shipped(name)
    except FileNotFoundError:
        return None


def _in_wheel(name):
    # Found without importing gensim, which takes seconds; only where it lies elsewhere is gensim asked.
    if file := in_package("gensim", "test", "test_data", name):
        return file
    if importlib.util.find_spec("gensim") is None:
        return None
    try:
        from gensim.test.utils import datapath
    except ImportError:
        return None
    return file if (file := Path(datapath(name))).is_file() else None


def _in_folder(name, pattern):
    folder = cache() / name
    if "*" in pattern:
        return folder if any(folder.glob(pattern)) else None
    return folder / pattern if (folder / pattern).is_file() else None


def _in_nltk_data(name):
    # The cache first: looking on NLTK's path imports NLTK, which takes seconds.
    return next(iter(in_cache("corpora", name) or in_nltk("corpora", name)), None)


# How it is read: pairs of title and document.


def _start(text):
    first = text.split(maxsplit=8)
    return " ".join(first[:8]) + " …" * (len(first) > 8)


def _lines(place, encoding="utf-8"):
    return [(_start(line), line) for line in read_text(place, encoding).split("\n") if line.strip()]


def _paragraphs(place):
    blocks = re.split(r"\n\s*\n", read_text(place).strip())
    return [(_start(block), re.sub(r"\s*\n\s*", " ", block)) for block in blocks]


def _reviews(place):
    # Not a CSV: reviews hold quotes that open and never close.
    lines = read_text(place).rstrip("\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if line.count("\t") != 2:
            raise ValueError(f"{place}, line {number}: expected 3 fields with tabs between them: {line[:40]!r}.")
    reviews = [line.split("\t")[1] for line in lines[1:]]
    return [(_start(review), review) for review in reviews if review.strip()]


def _speeches(place):
    found = []
    for file in sorted(inside(place, "inaugural").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".txt"):
            found.append((file.name.removesuffix(".txt").replace("-", " "), _decoded(file.read_bytes())))
    return found


def _novels(place):
    """Novels in one archive, or a file each in a folder."""
    import lzma

    if place.is_dir():
        return _by_title({file.stem: read_text(file) for file in place.glob("*.txt")})
    try:
        with tarfile.open(place) as archive:
            members = [member for member in archive if member.isfile() and member.name.endswith(".txt")]
            texts = {Path(member.name).stem: _decoded(archive.extractfile(member).read()) for member in members}
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise ValueError(f"{place} is not a whole archive: was its download cut short? Get it again.") from error
    return _by_title(texts)


def _by_title(texts):
    # Author_Title_Year
    return [(re.sub(r"^(.+?)_(.+)_(\d+)$", r"\1, \2 (\3)", stem), texts[stem]) for stem in sorted(texts)]


def _stories(place):
    files = {unicodedata.normalize("NFC", file.stem): file for file in place.glob("*.txt")}
    return [(title, read_text(files[title])) for title in sorted(files)]


def _decoded(raw):
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("big5")  # one speech, 2005-Bush, has Big5's dashes and quotes
    return text.replace("\r\n", "\n")


class _Known(NamedTuple):
    language: str
    source: str
    find: Callable
    read: Callable
    lies: str  # where it would lie, for the reader to whom it is missing


_WHEEL = "it lies in gensim's wheel: pip install gensim"
_CACHE = "there is no {} in {{cache}}. The environment variable COURSE_DATA names the folder where data lies."
_COURSE = "the course ships it as data/{}; is the installation whole?"
_PETER = "written for this course, with the characters of J. M. Barrie, Peter and Wendy (1911)"
_LEE = "Lee, Pincombe, Welsh (2005), An empirical evaluation of models of text document similarity, CogSci 27"
_CORPORA = {
    "lee": _Known("english", _LEE, partial(_in_wheel, "lee_background.cor"), _lines, _WHEEL),
    # A pound sign in it is Latin-1.
    "lee_queries": _Known("english", _LEE, partial(_in_wheel, "lee.cor"), partial(_lines, encoding="latin-1"), _WHEEL),
    "peter": _Known("english", _PETER, partial(_in_course, "peter.txt"), _paragraphs, _COURSE.format("peter.txt")),
    "peter_ko": _Known(
        "korean", _PETER, partial(_in_course, "peter_ko.txt"), _paragraphs, _COURSE.format("peter_ko.txt")
    ),
    "inaugural": _Known(
        "english",
        "C-Span Inaugural Address Corpus, compiled by K. Ahrens, NLTK data; public domain",
        partial(_in_nltk_data, "inaugural"),
        _speeches,
        _CACHE.format("nltk/inaugural.zip") + " `python -m nltk.downloader inaugural` gets it too.",
    ),
    "nsmc": _Known(
        "korean",
        "Naver sentiment movie corpus, L. Park, github.com/e9t/nsmc; CC0",
        partial(_in_folder, "nsmc", "ratings_test.txt"),
        _reviews,
        _CACHE.format("nsmc/ratings_test.txt"),
    ),
    "novels": _Known(
        "english",
        "48 of 100 English novels, github.com/computationalstylistics/100_english_novels; public domain in the US",
        lambda: _in_folder("novels", "100_english_novels_48.tar.xz") or _in_folder("novels", "*.txt"),
        _novels,
        _CACHE.format("novels/100_english_novels_48.tar.xz"),
    ),
    "stories": _Known(
        "korean",
        "Korean short stories of the 1920s and 1930s (the constitution too, if it lies there); public domain in Korea",
        partial(_in_folder, "stories", "*.txt"),
        _stories,
        _CACHE.format("stories/*.txt"),
    ),
}
