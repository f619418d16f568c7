"""Texts with labels, word pairs that people scored, analogies, and text8: what :func:`helpers.datasets.load` reads.

Documents to learn from are in :mod:`.corpora`. Tables are pandas DataFrames; ``attrs["source"]`` is a line to cite.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.datasets.files import read_text

if TYPE_CHECKING:
    import pandas as pd

_NSMC = "Naver sentiment movie corpus, L. Park, github.com/e9t/nsmc; CC0"
_SIMILARITY = {
    "wordsim353": (
        "wordsim353.tsv",
        "WordSim-353: Finkelstein et al. (2002), Placing search in context, ACM TOIS 20",
    ),
    "simlex999": ("simlex999.txt", "SimLex-999: Hill, Reichart, Korhonen (2015), Computational Linguistics 41"),
}
_WS353_KO = "Korean WS-353: Park et al. (2018), Subword-level word vector representations for Korean, ACL"


class Text8:
    """text8 as sentences of a fixed number of words, read as a stream again each time it is iterated.

    The file is one line of 17,005,207 words without marks: it has no sentences of its own. gensim's models take this as
    ``sentences``.

    Parameters
    ----------
    path : Path
        The file, or text8.zip.
    words : int
        Words a sentence; the last one has what is left.

    Attributes
    ----------
    name, source : str
    """

    name = "text8"
    source = "text8: M. Mahoney, mattmahoney.net/dc/textdata; the first 10^8 bytes of cleaned English Wikipedia, 2006"

    def __init__(self, path: Path, words: int = 1000):
        if words < 1:
            raise ValueError(f"words={words!r}: expected 1 at least, as in words=1000.")
        self.path, self.words = path, words

    def __repr__(self) -> str:
        return f"text8: sentences of {self.words} words"

    def __iter__(self) -> Iterator[list[str]]:
        waiting, cut = [], b""
        with self._open() as file:
            while block := file.read(1 << 20):
                # What follows the last space may be half a word: it waits for the next block.
                whole, space, rest = (cut + block).rpartition(b" ")
                cut = rest if space else whole + rest
                waiting += whole.decode("utf-8").split() if space else []
                for start in range(0, len(waiting) - self.words + 1, self.words):
                    yield waiting[start : start + self.words]
                waiting = waiting[len(waiting) // self.words * self.words :]
        waiting += cut.decode("utf-8").split()
        for start in range(0, len(waiting), self.words):
            yield waiting[start : start + self.words]

    def _open(self):
        if self.path.suffix != ".zip":
            return self.path.open("rb")
        try:
            return zipfile.Path(self.path, "text8").open("rb")
        except (zipfile.BadZipFile, FileNotFoundError) as error:
            raise ValueError(f"{self.path} is no archive of text8 ({error}): fetch the data set again.") from error


def text8(split: None, root: Path, *, words: int = 1000) -> Text8:
    """text8, sentences of ``words`` words."""
    there = [root / name for name in ("text8", "text8.zip") if (root / name).is_file()] if root.is_dir() else [root]
    if not there:
        raise FileNotFoundError(f"No file text8 or text8.zip in {root}: fetch the data set again.")
    return Text8(there[0], words)


def nsmc(split: str, root: Path) -> pd.DataFrame:
    """Korean film reviews: columns id, document, label (1 liked it); train 150,000 rows, test 50,000.

    Every row is kept. A review without text (5 in train, 3 in test) is the empty string, never NaN;
    ``table[table.document != ""]`` leaves them out, as the corpus "nsmc" does.
    """
    import pandas as pd

    place = _file(root, f"ratings_{split}.txt")
    rows = []
    # Not a CSV: reviews hold quotes that open and never close.
    for number, line in enumerate(read_text(place).rstrip("\n").split("\n"), start=1):
        fields = line.split("\t")
        if len(fields) != 3 or (number > 1 and not (fields[0].isdigit() and fields[2] in ("0", "1"))):
            raise ValueError(f"{place}, line {number}: expected id, document and 0 or 1 with tabs: {line[:40]!r}.")
        rows.append(fields)
    table = pd.DataFrame(rows[1:], columns=rows[0]).astype({"id": "int64", "label": "int64"})
    table.attrs["source"] = _NSMC
    return table


def similarity(split: None, root: Path, *, name: str) -> pd.DataFrame:
    """WordSim-353 or SimLex-999 from gensim's wheel: columns word1, word2, score (0 to 10)."""
    file, source = _SIMILARITY[name]
    return _pairs(_file(root, file), "\t", source, lambda number, line: line.startswith("#"))


def ws353_korean(split: None, root: Path) -> pd.DataFrame:
    """WordSim-353 in Korean, scored anew by Koreans: columns word1, word2, score (0 to 10), 353 rows."""
    return _pairs(_file(root, "WS353_korean.csv"), ",", _WS353_KO, lambda number, line: number == 1)


def google_analogies(split: None, root: Path) -> list[tuple[str, str, str, str, str]]:
    """Google's analogies (Mikolov et al. 2013) from gensim's wheel: 19,544 of (section, a, b, c, d), 14 sections.

    a is to b as c is to d, with capitals as in the file: ("capital-common-countries", "Athens", "Greece", ...).
    """
    place, section, found = _file(root, "questions-words.txt"), None, []
    for number, line in enumerate(read_text(place).rstrip("\n").split("\n"), start=1):
        if line.startswith(":"):
            section = line[1:].strip()
        elif section is None or len(words := line.split()) != 4:
            raise ValueError(f"{place}, line {number}: expected ': section' or four words, found {line[:40]!r}.")
        else:
            found.append((section, *words))
    return found


def _pairs(place, separator, source, is_comment):
    import pandas as pd

    rows = []
    for number, line in enumerate(read_text(place).rstrip("\n").split("\n"), start=1):
        if is_comment(number, line):
            continue
        try:
            first, second, score = line.split(separator)
            rows.append((first.strip(), second.strip(), float(score)))
        except ValueError:
            raise ValueError(f"{place}, line {number}: expected two words and a number, found {line[:40]!r}.") from None
    table = pd.DataFrame(rows, columns=["word1", "word2", "score"])
    table.attrs["source"] = source
    return table


def _file(root, name):
    if root.is_dir() and not (root / name).is_file():
        raise FileNotFoundError(f"No file {name} in {root}: fetch the data set again.")
    return root / name if root.is_dir() else root
