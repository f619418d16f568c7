"""What word vectors are measured against: pairs of words that people scored, and analogies. By name, file or list."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from helpers import datasets
from helpers.datasets.files import did_you_mean, read_text

_PAIRS = ("wordsim353", "simlex999", "ws353_korean")


def read_analogies(path: str | os.PathLike) -> list[tuple[str, str, str, str, str]]:
    """Read questions in Google's form: ``: section``, then lines of four words; empty lines and # lines are skipped.

    Returns
    -------
    list of (section, a, b, c, d)

    Raises
    ------
    FileNotFoundError, ValueError
        Naming file and line.
    """
    section, found = None, []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.startswith(":"):
            section = line[1:].strip()
        elif line.strip() and not line.startswith("#"):
            words = line.split()
            if section is None or len(words) != 4:
                wanted = "four words" if section is not None else "': section' before the first question"
                raise ValueError(f"{path}, line {number}: expected {wanted}, found {line.strip()[:40]!r}.")
            found.append((section, *words))
    if not found:
        raise ValueError(f"{path} has no questions: expected ': section', then lines of four words.")
    return found


def read_pairs(path: str | os.PathLike) -> list[tuple[str, str, float]]:
    """Read two words and a score a line, tabs or commas between; # lines and a first line of names are skipped.

    Returns
    -------
    list of (str, str, float)

    Raises
    ------
    FileNotFoundError, ValueError
        Naming file and line.
    """
    found = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t" if "\t" in line else ",")]
        try:
            first, second, score = fields
            found.append((first, second, _number(score)))
        except ValueError:
            if found or len(fields) != 3 or re.search(r"\d", fields[2]):
                raise ValueError(
                    f"{path}, line {number}: expected two words and a number, found {line.strip()[:40]!r}."
                ) from None
    if not found:
        raise ValueError(f"{path} has no pairs: expected two words and a number a line.")
    return found


def _number(text):
    if not np.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def triples_of(pairs) -> tuple[str, list[tuple[str, str, float]]]:
    """Pairs in any form that :func:`.evaluate_similarity` takes: a name to show, and triples."""
    if isinstance(pairs, str) and pairs.replace("-", "_") in _PAIRS:
        table = datasets.load("ws353-korean" if "korean" in pairs else pairs)
        return pairs, list(table.itertuples(index=False, name=None))
    if isinstance(pairs, str | os.PathLike):
        if not Path(pairs).expanduser().exists() and isinstance(pairs, str):
            raise FileNotFoundError(f"No pairs {pairs!r}.{did_you_mean(pairs, _PAIRS)} By name: {', '.join(_PAIRS)}.")
        return Path(pairs).stem, read_pairs(pairs)
    triples = list(pairs.itertuples(index=False, name=None)) if hasattr(pairs, "itertuples") else list(pairs)
    for number, triple in enumerate(triples):
        if isinstance(triple, str) or len(triple) != 3:
            raise ValueError(f"Pair {number} is {triple!r}: expected (word, word, score).")
    return "pairs", [(first, second, _number(score)) for first, second, score in triples]


def questions_of(questions) -> list[tuple[str, str, str, str, str]]:
    """Questions in any form that :func:`.evaluate_analogies` takes."""
    if isinstance(questions, str) and questions in ("google", "google-analogies"):
        return datasets.load("google-analogies")
    if isinstance(questions, str | os.PathLike):
        return read_analogies(questions)
    asked = list(questions)
    for number, question in enumerate(asked):
        if isinstance(question, str) or len(question) != 5:
            raise ValueError(f"Question {number} is {question!r}: expected (section, a, b, c, d).")
    if not asked:
        raise ValueError("There are no questions.")
    return asked
