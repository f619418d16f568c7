"""From text to words: sentences, words, morphemes, checked documents. The texts: :mod:`helpers.datasets.corpora`.

Nothing is downloaded here and nothing heavy is imported before it is needed: NLTK (seconds) by :func:`sentences` and
:func:`words`, kiwipiepy (Korean, optional) by :func:`morphemes`, never torch or gensim.
"""

from __future__ import annotations

import importlib.util
import logging
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache

from helpers.datasets.corpora import Corpus, available, best, corpus, in_cache, in_nltk, inside
from helpers.datasets.files import cache, did_you_mean

__all__ = [
    "LANGUAGES", "Corpus", "available", "best", "check_documents", "corpus", "has_morphemes", "morphemes",
    "normalize_quotes", "punkt_status", "sentences", "words",
]  # fmt: skip
LANGUAGES = (
    "czech", "danish", "dutch", "english", "estonian", "finnish", "french", "german", "greek", "italian", "malayalam",
    "norwegian", "polish", "portuguese", "russian", "slovene", "spanish", "swedish", "turkish",
)  # fmt: skip
# What the untrained Punkt is told, so that "Mr. Darling" stays in one sentence without a download.
_ABBREVIATIONS = {"mr", "mrs", "ms", "dr", "st", "jr", "sr", "prof", "vs", "e.g", "i.e"}
# Curly quotes -> straight, spaces that do not break -> plain; the last string (soft hyphen, spaces of no width) goes.
_QUOTES = str.maketrans("‘’‚‛“”„‟\u00a0\u2007\u202f", "''''\"\"\"\"   ", "\u00ad\u200b\u2060\ufeff")
# Jamo that only join others (Kiwi's 'ᆫ다') -> the ones that fonts draw alone ('ㄴ다').
_JAMO = {
    **dict(zip(range(0x1100, 0x1113), "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", strict=True)),
    **dict(zip(range(0x1161, 0x1176), range(ord("ㅏ"), ord("ㅣ") + 1), strict=True)),
    **dict(zip(range(0x11A8, 0x11C3), "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ", strict=True)),
}


def normalize_quotes(text: str) -> str:
    """Replace typesetters' characters by the ones that tokenizers know.

    Curly quotes and apostrophes become straight, spaces that do not break become plain, ``…`` becomes three dots,
    spaces without width and soft hyphens go; letters are composed (NFC), so that Hangul is whole syllables.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Not always as long as ``text``.

    Examples
    --------
    >>> normalize_quotes("“I wouldn’t…”")
    '"I wouldn\\'t..."'
    """
    return unicodedata.normalize("NFC", text).translate(_QUOTES).replace("…", "...")


def sentences(text: str, language: str = "english", *, trained: bool = True) -> list[str]:
    """Cut a text into sentences with NLTK's Punkt.

    Quotes are normalised first: with curly quotes NLTK up to 3.10.0 finds other sentences than NLTK from 3.10.2.

    Parameters
    ----------
    text : str
    language : str
        One of :data:`LANGUAGES`.
    trained : bool
        True: the parameters of ``punkt_tab`` where they are at hand, which :func:`punkt_status` says. False: never, so
        that the answer is the same on every machine. Training is no gain everywhere: its news never had a person
        called Darling, so the trained Punkt ends a sentence after the "Mr." of "Mr. Darling", the untrained does not.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If Punkt does not know the language.

    Examples
    --------
    >>> sentences("Mr. Darling sighed. “Peter!” he said.", trained=False)
    ['Mr. Darling sighed.', '"Peter!"', 'he said.']
    """
    return _punkt(language, trained)[0].tokenize(normalize_quotes(text))


def words(text: str, language: str = "english", *, trained: bool = True) -> list[str]:
    """Cut a text into words and marks: Punkt's sentences, then NLTK's Treebank tokenizer. Needs no download.

    Parameters
    ----------
    text : str
    language, trained
        As in :func:`sentences`; only the dot of an abbreviation hangs on them.

    Returns
    -------
    list of str
        As the Treebank has it, an opening quote is two grave accents and a closing one is two apostrophes.

    Examples
    --------
    >>> words("“I wouldn’t,” said Wendy.")
    ['``', 'I', 'would', "n't", ',', "''", 'said', 'Wendy', '.']
    """
    from nltk.tokenize import NLTKWordTokenizer

    found = sentences(text, language, trained=trained)
    return [token for sentence in found for token in NLTKWordTokenizer().tokenize(sentence)]


def punkt_status() -> str:
    """Say in one line which Punkt cuts English sentences here. It looks afresh: call it after a download.

    Returns
    -------
    str
        Without paths of this machine. The same line is logged (logger ``helpers``, level INFO) once a process.
    """
    _load_punkt.cache_clear()
    return _punkt("english", trained=True)[1]


def _punkt(language, trained):
    """The tokenizer for a language, and a line that says where it is from."""
    if language not in LANGUAGES:
        advice = " For Korean use morphemes()." if language == "korean" else did_you_mean(language, LANGUAGES)
        raise ValueError(f"Punkt has no language {language!r}.{advice} It has {', '.join(LANGUAGES)}.")
    if not trained:
        return _untrained()
    import nltk.data

    found = _load_punkt(language, tuple(nltk.data.path), cache())
    _say_once(found[1])
    return found


@lru_cache
def _load_punkt(language, search_path, cache_folder):
    """Read a language's parameters where they lie; the last two arguments only tell answers apart."""
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    learned = PunktParameters()
    for find, where in ((in_nltk, "NLTK's data"), (in_cache, "the course's cache")):
        for place in find("tokenizers", "punkt_tab"):
            folder = inside(place, "punkt_tab") / language
            if (folder / "abbrev_types.txt").is_file():
                learned.abbrev_types = {word for (word,) in _rows(folder / "abbrev_types.txt")}
                learned.sent_starters = {word for (word,) in _rows(folder / "sent_starters.txt")}
                learned.collocations = set(_rows(folder / "collocations.tab"))
                contexts = ((word, int(flags)) for word, flags in _rows(folder / "ortho_context.tab"))
                learned.ortho_context = defaultdict(int, contexts)
                return PunktSentenceTokenizer(learned), f"punkt_tab found in {where}."
    return _untrained()


@lru_cache
def _untrained():
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    told = PunktParameters()
    told.abbrev_types = set(_ABBREVIATIONS)
    return PunktSentenceTokenizer(told), (
        "punkt_tab not found (`python -m nltk.downloader punkt_tab` gets it): an untrained Punkt is used, which knows "
        "'Mr.', 'Mrs.', 'Dr.' and a few more, and mistakes other abbreviations for a sentence end."
    )


@lru_cache
def _say_once(line):
    logging.getLogger("helpers").info(line)


def _rows(file):
    return [tuple(line.split("\t")) for line in file.read_text(encoding="utf-8").split("\n") if line]


def has_morphemes() -> bool:
    """Say whether :func:`morphemes` works here, without importing what it needs.

    Returns
    -------
    bool
    """
    return importlib.util.find_spec("kiwipiepy") is not None


def morphemes(text: str, pos: str | Iterable[str] | None = None) -> list[str]:
    """Cut a Korean text into morphemes with Kiwi. The first call loads its model (about 2 s, 300 MB).

    Parameters
    ----------
    text : str
    pos : str or iterable of str, optional
        Beginnings of the tags to keep: ``("N", "V", "M")`` keeps nouns, verbs with adjectives, and adverbs with
        determiners. Default: everything.

    Returns
    -------
    list of str
        A jamo that stands alone is one that fonts draw: ``ㄴ다``.

    Raises
    ------
    ImportError
        If kiwipiepy is not installed.
    ValueError
        If ``pos`` is not written like the tags.
    """
    wanted = (pos,) if isinstance(pos, str) else None if pos is None else tuple(pos)
    if wanted and not all(tag.isupper() for tag in wanted):
        raise ValueError(f"pos={pos!r}: give beginnings of Kiwi's tags, such as 'N', 'NNG', 'VV', in capitals.")
    tokens = _kiwi().tokenize(unicodedata.normalize("NFC", text))
    forms = (token.form for token in tokens if wanted is None or token.tag.startswith(wanted))
    return [unicodedata.normalize("NFC", form).translate(_JAMO) for form in forms]


@lru_cache
def _kiwi():
    try:
        from kiwipiepy import Kiwi
    except ImportError as error:
        raise ImportError('Korean morphemes need kiwipiepy: pip install "pixels-to-words[ko]"') from error
    return Kiwi()


def check_documents(
    documents: Iterable[str] | Corpus, tokenize: Callable | None = None, stop_words: str | Iterable[str] = ()
) -> list[list[str]]:
    """Cut documents into words, and say which document is the trouble where one is.

    Parameters
    ----------
    documents : iterable of str, or Corpus
        A list or a column of a table; not one string.
    tokenize : callable, optional
        Takes a document, returns its words. Default: scikit-learn's, words of two letters or more in lower case.
    stop_words : iterable of str or "english"
        Words to leave out, in any case; ``"english"`` is scikit-learn's list.

    Returns
    -------
    list of list of str
        The words of each document without the stop words; never an empty list.

    Raises
    ------
    ValueError
        For a single string, no documents, and a document that is no string, is empty, or has no words left; documents
        are counted from 0.

    Examples
    --------
    >>> check_documents(["I love deep learning", "I run everyday"], stop_words=["love"])
    [['deep', 'learning'], ['run', 'everyday']]
    """
    if isinstance(documents, str | bytes):
        raise ValueError("Pass a list of documents; a single string is a list of letters. One document: [text].")
    if hasattr(documents, "columns"):
        raise ValueError("Pass a list of documents or one column of the table, such as table['text'].")
    documents = list(documents.documents if isinstance(documents, Corpus) else documents)
    if not documents:
        raise ValueError("There are no documents: the list is empty. Did a filter drop them all?")
    if isinstance(stop_words, str):
        if stop_words != "english":
            raise ValueError(f"stop_words={stop_words!r}: pass a list of words, or 'english'.")
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS as stop_words
    stops = {word.lower() for word in stop_words}
    return [_words_of(number, document, tokenize, stops) for number, document in enumerate(documents)]


def _words_of(number, document, tokenize, stops):
    if document is None or str(document) in ("nan", "<NA>") and not isinstance(document, str):
        raise ValueError(f"Document {number} is missing ({document}), as an empty cell is: drop it by .dropna().")
    if isinstance(document, bytes):
        raise ValueError(f"Document {number} is bytes, not str: decode it, document.decode('utf-8').")
    if not isinstance(document, str):
        raise ValueError(f"Document {number} is {type(document).__name__}, not str: {str(document)[:40]!r}.")
    if not document.strip():
        raise ValueError(f"Document {number} is empty or only white space ({document[:20]!r}): leave it out.")
    found = tokenize(document) if tokenize else re.findall(r"(?u)\b\w\w+\b", document.lower())
    start = document.strip()[:40]
    if not found:
        why = "the tokenizer returned none" if tokenize else "all have one letter, which tokenize=str.split keeps"
        raise ValueError(f"Document {number} ({start!r}) has no words left: {why}; or leave the document out.")
    if kept := [word for word in found if word.lower() not in stops]:
        return kept
    had = ", ".join(dict.fromkeys(found))[:80]
    raise ValueError(
        f"Document {number} ({start!r}) has only stop words ({had}): leave it out or use fewer stop words."
    )
