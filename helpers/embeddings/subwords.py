"""The parts of a word: its n-grams, their numbers, and Hangul taken apart into jamo.

Bojanowski, Grave, Joulin, Mikolov 2017, "Enriching Word Vectors with Subword Information", TACL 5, section 3.2. The
word is put between < and >, so that a beginning differs from an end. n-grams are not listed but hashed: two may share
a number, and then share a vector.
"""

from __future__ import annotations

import unicodedata


def ngrams(word: str, minn: int = 3, maxn: int = 6, jamo: bool = False) -> list[str]:
    """List the n-grams of ``<word>``, over characters (code points), as the program fastText does.

    Parameters
    ----------
    word : str
    minn, maxn : int
        Shortest and longest; ``<`` and ``>`` alone are none.
    jamo : bool
        Take the word apart first (Unicode's NFD): Hangul syllables into two or three jamo each, é into e and accent.

    Returns
    -------
    list of str
        From left to right, the shorter first; one that comes twice is there twice. :func:`drawable` is for showing.

    Examples
    --------
    >>> ngrams("where", 3, 3)
    ['<wh', 'whe', 'her', 'ere', 're>']
    >>> ngrams("노력"), len(ngrams("노력", jamo=True))
    (['<노력', '<노력>', '노력>'], 14)
    """
    text = f"<{unicodedata.normalize('NFD', word) if jamo else word}>"
    return [
        text[i : i + n]
        for i in range(len(text))
        for n in range(minn, min(maxn, len(text) - i) + 1)
        if n > 1 or 0 < i < len(text) - 1
    ]


def fnv1a(text: str) -> int:
    """Hash a text by 32-bit FNV-1a over its UTF-8 bytes, each read as a signed number, as fastText does.

    The sign is a slip of that program that its models depend on: it changes the hash of every letter outside ASCII.

    Examples
    --------
    >>> fnv1a("<wh"), fnv1a("<노력") % 2_000_000
    (1048167652, 156049)
    """
    value = 2166136261
    for byte in text.encode("utf-8"):
        value ^= byte | 0xFFFFFF00 if byte > 127 else byte  # as int8, widened to 32 bits
        value = value * 16777619 & 0xFFFFFFFF
    return value


def ngram_ids(
    word: str, minn: int = 3, maxn: int = 6, bucket: int = 2_000_000, jamo: bool = False
) -> list[int]:  # fmt: skip
    """Number the n-grams of a word: bucket 0 to ``bucket`` - 1 of each, in the order of :func:`ngrams`.

    Examples
    --------
    >>> ngram_ids("peter", 3, 3)[0]
    350556
    """
    return [fnv1a(gram) % bucket for gram in ngrams(word, minn, maxn, jamo)]


def drawable(text: str) -> str:
    """Replace jamo that only join others by those that fonts draw alone: U+1102, "n" of a syllable's begin, by ㄴ.

    Examples
    --------
    >>> drawable(unicodedata.normalize("NFD", "노력"))
    'ㄴㅗㄹㅕㄱ'
    """
    return "".join(_alone(letter) for letter in text)


def _alone(letter: str) -> str:
    # A name such as HANGUL CHOSEONG NIEUN; the letter alone is HANGUL LETTER NIEUN.
    name = unicodedata.name(letter, "").split()
    if name[:1] != ["HANGUL"] or name[1] not in ("CHOSEONG", "JUNGSEONG", "JONGSEONG"):
        return letter
    try:
        return unicodedata.lookup(f"HANGUL LETTER {name[2]}")
    except KeyError:  # a letter of old Korean
        return letter
