"""Questions that answer back: ``q1.check(answer)``, ``q1.hint()``, ``q1.solution()``. Standard library only.

A question is written in the lesson's source, beside the cell it belongs to: a cell tagged ``question`` defines
``check`` (returns None when right, else a sentence about that mistake), ``hint`` and ``right``; one tagged ``solution``
holds the answer; cells tagged ``wrong`` hold typical mistakes, for the tests. None of them reaches the notebook.
"""

from __future__ import annotations

import functools
import inspect
import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers import course, lessons

_TEXT = {
    "ko": {
        "untried": "아직 시도하지 않았습니다. `...` 자리에 답을 적고 셀을 다시 실행해 보세요.",
        "right": "맞았습니다.",
        "wrong": "아직 아닙니다.",
        "error": "답을 확인하다가 오류가 났습니다",
        "arity": "check에는 값을 {n}개 넣어야 합니다: {names}",
        "hint": "힌트",
        "solution": "풀이",
        "range": "시드를 바꾸며 잰 범위",
        "normal": "정상입니다",
        "outside": "범위 밖입니다",
    },
    "en": {
        "untried": "Not attempted yet. Put your answer where `...` stands and run the cell again.",
        "right": "Right.",
        "wrong": "Not yet.",
        "error": "Your answer raised an error while it was checked",
        "arity": "check takes {n} value(s): {names}",
        "hint": "Hint",
        "solution": "Solution",
        "range": "range over seeds",
        "normal": "normal",
        "outside": "outside",
    },
}
_MARK = {"untried": "·", "right": "✔", "wrong": "✘", "error": "!"}


class _Untried(Exception):
    """An answer, or what an answer's function returned, is still ``...``."""


class Question:
    """One exercise. ``state`` is ``"untried"``, ``"right"``, ``"wrong"`` or ``"error"`` after the last check.

    Parameters
    ----------
    name : str
        ``"q1"``, ``"q2"``, …
    check : callable
        Takes the answers; returns None if they are right, else one sentence about what is wrong with them.
    hint, right, solution : str
        In the reader's language.
    """

    def __init__(self, name: str, check: Callable[..., str | None], hint: str, right: str, solution: str):
        self.name, self._check = name, check
        self._hint, self._right, self._solution = hint, right, solution
        self.state, self.message = "untried", ""

    def __repr__(self) -> str:
        return f"<{self.name}: {self.state}>"

    def check(self, *answers: Any) -> None:
        """Print whether the answers are right and, if not, what to think about. Never raises."""
        self.state, self.message = self._judge(answers)
        print(f"{_MARK[self.state]} {self.name}: {self.message}")

    def hint(self) -> None:
        """Print a push in the right direction."""
        print(f"{self.name} · {_text('hint')}: {self._hint}")

    def solution(self) -> None:
        """Print code that answers the question."""
        print(f"# {self.name} · {_text('solution')}\n{self._solution}")

    def _judge(self, answers: tuple) -> tuple[str, str]:
        names = list(inspect.signature(self._check).parameters)
        if len(answers) != len(names):
            return "error", _text("arity").format(n=len(names), names=", ".join(names))
        if any(_holds_ellipsis(a) for a in answers):
            return "untried", _text("untried")
        try:
            complaint = self._check(*(_watched(a) for a in answers))
        except _Untried:
            return "untried", _text("untried")
        except Exception as error:  # whatever a reader's code raises becomes a message, not a traceback
            return "error", f"{_text('error')}: {_first_line(error)}"
        return ("right", self._right) if complaint is None else ("wrong", f"{_text('wrong')} {complaint}")


def load(lesson: str) -> list[Question]:
    """The questions of a lesson in their order, in the language that ``course.setup`` chose.

    Examples
    --------
    >>> q1, *others = load("10_1_one_hot")
    """
    parts: dict[str, dict[str, str]] = {}
    for cell in lessons.read(lesson):
        for role in {"question", "solution"} & set(cell.tags):
            parts.setdefault(cell.metadata["exercise"], {})[role] = cell.source
    return [_question(name, cells) for name, cells in parts.items()]


def _question(name: str, cells: dict[str, str]) -> Question:
    language = course.language()
    space: dict[str, Any] = {"L": lambda ko, en: ko if language == "ko" else en, "__name__": f"question {name}"}
    exec(compile(cells["question"], f"<{name}>", "exec"), space)
    solution = lessons.resolve(cells["solution"], language)
    return Question(name, space["check"], space["hint"], space.get("right", _text("right")), solution)


def expect(name: str, value: float) -> None:
    """Say whether a number that training gave is normal; under test, fail if it is not.

    Parameters
    ----------
    name : str
        A row of ``tests/expected.json``: the range over at least five seeds, and what to look at outside it.
    value : float

    Raises
    ------
    KeyError
        If nothing is known under this name.
    AssertionError
        If the value lies outside its range and ``COURSE_STRICT`` is set, as the tests do.
    """
    known = json.loads(_expected_file().read_text(encoding="utf-8"))
    if name not in known:
        raise KeyError(f"no expected range for {name!r}; there are: {', '.join(sorted(known))}")
    low, high, look_at = known[name]["low"], known[name]["high"], known[name]["look_at"][course.language()]
    inside = low <= value <= high
    verdict = _text("normal" if inside else "outside")
    line = f"{name} = {value:.3g} · {_text('range')} {low:.3g}–{high:.3g} · {verdict}"
    print(line if inside else f"{line} · {look_at}")
    if not inside and course.strict():
        raise AssertionError(line)


def _expected_file() -> Path:
    return lessons.carried("tests/expected.json", "expected.json")


def _text(key: str) -> str:
    return _TEXT[course.language()][key]


def _holds_ellipsis(answer: Any) -> bool:
    if isinstance(answer, dict):
        answer = list(answer.values())
    return answer is ... or (isinstance(answer, list | tuple | set) and any(_holds_ellipsis(a) for a in answer))


def _watched(answer: Any) -> Any:
    """A reader's function that still returns ``...`` counts as not attempted."""
    if not inspect.isfunction(answer):
        return answer

    @functools.wraps(answer)
    def call(*args, **kwargs):
        result = answer(*args, **kwargs)
        if _holds_ellipsis(result):
            raise _Untried
        return result

    return call


def _first_line(error: Exception) -> str:
    return "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
