"""A corpus as sentences of words, cut afresh on each pass: what models learn from, however long the text is.

Only the document being read is in memory, so a file may be larger than it. gensim's ``corpus_file=`` trains small
files several times over per epoch (98 words become 241 with four workers); these streams do not.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from helpers.datasets.corpora import Corpus, corpus
from helpers.datasets.files import did_you_mean, whole_file
from helpers.embeddings import text

# A word is letters, with an apostrophe between them perhaps; a sentence ends at a mark before a space.
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n\s*\n")


def plain(document: str) -> list[list[str]]:
    """Cut a text by two regular expressions: lower-case words, no marks, no digits.

    Examples
    --------
    >>> plain("“I wouldn’t,” said Wendy. Peter crowed!")
    [['i', "wouldn't", 'said', 'wendy'], ['peter', 'crowed']]
    """
    found = (_WORD.findall(one) for one in _END.split(text.normalize_quotes(document).lower()))
    return [words for words in found if words]


def treebank(document: str) -> list[list[str]]:
    """Cut a text by NLTK: Punkt's sentences, the Treebank's words and marks, in lower case; untrained, so the same
    everywhere.
    """
    from nltk.tokenize import NLTKWordTokenizer

    cut = NLTKWordTokenizer().tokenize
    return [cut(sentence.lower()) for sentence in text.sentences(document, trained=False)]


def korean(document: str) -> list[list[str]]:
    """Cut a Korean text into sentences of morphemes by Kiwi; needs kiwipiepy."""
    return [found for line in _END.split(document) if (found := text.morphemes(line))]


def spaces(document: str) -> list[list[str]]:
    """A line is a sentence, words have spaces between them: the form in which corpora are kept for training."""
    return [words for line in document.splitlines() if (words := line.split())]


CUTTERS = {"plain": plain, "treebank": treebank, "korean": korean, "spaces": spaces}


class Sentences:
    """The sentences of a corpus, as lists of words; may be gone through as often as a model needs.

    Parameters
    ----------
    source : str, Path, Corpus or iterable of str
        The name of a corpus (:func:`helpers.embeddings.corpus`), a text file (plain or ``.gz``; a line is a document),
        a folder of ``.txt`` files, or documents.
    cut : {"plain", "treebank", "korean", "spaces"} or callable
        Takes a document, returns its sentences as lists of words. Default: ``"spaces"`` for a file or folder, else
        ``"plain"``.

    Raises
    ------
    ValueError
        For another ``cut``, or a name that is neither a corpus nor a file.
    FileNotFoundError
        For a corpus that is not at hand, or a path that does not exist.

    Examples
    --------
    >>> list(Sentences(["Peter flew. Wendy sewed."]))
    [['peter', 'flew'], ['wendy', 'sewed']]
    """

    def __init__(self, source: str | os.PathLike | Corpus | Iterable[str], cut: str | Callable | None = None):
        path = Path(source) if isinstance(source, str | os.PathLike) else None
        if path is not None and (
            path.exists() or isinstance(source, os.PathLike) or path.suffix or len(path.parts) > 1
        ):
            if not path.exists():
                raise FileNotFoundError(f"There is no file or folder {path}.")
            source = path
        elif path is not None:
            source = corpus(str(source))
        if cut is None:
            cut = "spaces" if isinstance(source, Path) else "plain"
        if not callable(cut) and cut not in CUTTERS:
            raise ValueError(
                f"cut={cut!r}.{did_you_mean(str(cut), CUTTERS)} Expected {', '.join(CUTTERS)}, or a function."
            )
        if isinstance(source, Iterator):
            raise TypeError("The documents are a generator, empty after one pass: pass a list.")
        self.source, self.cut = source, cut if callable(cut) else CUTTERS[cut]

    def __iter__(self) -> Iterator[list[str]]:
        for document in self._documents():
            yield from self.cut(document)

    def _documents(self) -> Iterator[str]:
        if isinstance(self.source, Corpus):
            yield from self.source.documents
        elif not isinstance(self.source, Path):
            yield from self.source
        else:
            files = sorted(self.source.rglob("*.txt")) if self.source.is_dir() else [self.source]
            if not files:
                raise FileNotFoundError(f"The folder {self.source} holds no .txt files.")
            for file in files:
                yield from _lines(file)

    def write(self, path: str | os.PathLike) -> Path:
        """Keep the sentences in a file, one a line, words with spaces between, ``.gz`` packed: to be cut only once.

        The file appears when it is whole. Returns its path.
        """
        opener = gzip.open if str(path).endswith(".gz") else open
        with whole_file(path) as scratch, opener(scratch, "wt", encoding="utf-8") as out:
            out.writelines(" ".join(sentence) + "\n" for sentence in self)
        return Path(path)


def _lines(file: Path) -> Iterator[str]:
    """Line by line; an error says which."""
    opener, number = (gzip.open if file.suffix == ".gz" else open), 0
    try:
        with opener(file, "rt", encoding="utf-8-sig") as opened:
            for number, line in enumerate(opened, start=1):  # noqa: B007 - the error says how far it came
                yield line
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}, after line {number:,}: not UTF-8 ({error.reason}). Save it as UTF-8.") from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise ValueError(
            f"{file}, after line {number:,}: the gzip is not whole. Was its download cut short?"
        ) from error


class Phrases:
    """Sentences in which words that keep company are joined by ``_``, new_york, by gensim.

    Source: Mikolov et al. 2013b, section 4.

    Parameters
    ----------
    sentences : iterable of lists of str
        Gone through once to learn the phrases, and once more whenever this is.
    min_count : int
        Rarer pairs stay apart.
    threshold : float
        The higher, the fewer phrases.

    Examples
    --------
    >>> text = [["new", "york", "is", "far"], ["new", "york", "calls"], ["is", "it", "far"]] * 3
    >>> next(iter(Phrases(text, min_count=2, threshold=1)))
    ['new_york', 'is', 'far']
    """

    def __init__(self, sentences: Iterable[list[str]], min_count: int = 5, threshold: float = 10.0):
        from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS
        from gensim.models.phrases import Phrases as Learner

        self.sentences = sentences
        learner = Learner(sentences, min_count=min_count, threshold=threshold, connector_words=ENGLISH_CONNECTOR_WORDS)
        self.joiner = learner.freeze()

    @property
    def found(self) -> dict[str, float]:
        """Each phrase and its score."""
        return dict(self.joiner.phrasegrams)

    def __iter__(self) -> Iterator[list[str]]:
        for sentence in self.sentences:
            yield self.joiner[sentence]
