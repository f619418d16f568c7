"""How a lesson is written: percent cells, two languages in one file. Standard library only.

``notebooks/build.py`` makes notebooks from this, ``helpers.exercises`` reads its questions from it. In code,
``L(ko, en)`` is one expression in either language and ``# ko: … | en: …`` one comment in either language.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

_HEADER = re.compile(r"^# %%(?P<rest>.*)$")
_COMMENT = re.compile(r"# ko: (?P<ko>.*?) \| en: (?P<en>.*)$", re.MULTILINE)


@dataclass
class Cell:
    """One cell of a lesson's source: ``kind`` is ``"markdown"`` or ``"code"``; comments are taken off markdown."""

    kind: str
    source: str
    metadata: dict = field(default_factory=dict)

    @property
    def tags(self) -> list[str]:
        return self.metadata.get("tags", [])


def carried(clone: str, wheel: str) -> Path:
    """Where a file or folder of the course lies: in a clone below its root, else where the wheel carries it."""
    here = Path(__file__).resolve().parent
    return here.parent / clone if (here.parent / clone).exists() else here / wheel


def source_folder() -> Path:
    """Where the lessons' sources lie."""
    return carried("notebooks/source", "_lessons")


def read(lesson: str) -> list[Cell]:
    """The cells of a lesson.

    Parameters
    ----------
    lesson : str
        Its file name without ``.py``, for example ``"10_1_one_hot"``.

    Raises
    ------
    FileNotFoundError
        If there is no such lesson; the message lists those that there are.
    """
    path = source_folder() / f"{lesson}.py"
    if not path.exists():
        there = ", ".join(sorted(p.stem for p in source_folder().glob("*.py"))) or "none"
        raise FileNotFoundError(f"no lesson {lesson!r}; there are: {there}")
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> list[Cell]:
    """Split a percent script into cells; what stands before the first ``# %%`` is for the author alone."""
    cells: list[Cell] = []
    for line in text.splitlines():
        header = _HEADER.match(line)
        if header:
            rest = header["rest"].strip()
            kind = "markdown" if rest.startswith("[markdown]") else "code"
            cells.append(Cell(kind, "", _metadata(rest.removeprefix("[markdown]"))))
        elif cells:
            if cells[-1].kind == "markdown":
                line = line.removeprefix("#").removeprefix(" ")
            cells[-1].source += line + "\n"
    for cell in cells:
        cell.source = cell.source.strip("\n")
    return cells


def _metadata(text: str) -> dict:
    """``tags=["a"] exercise="q1"`` as a dictionary: every value is JSON."""
    found, at = {}, 0
    while match := re.compile(r"\s*(\w+)=").match(text, at):
        try:
            found[match[1]], at = json.JSONDecoder().raw_decode(text, match.end())
        except json.JSONDecodeError:
            break
    if text[at:].strip():
        raise ValueError(f"cannot read this cell header as key=JSON from here on: {text[at:].strip()}")
    return found


def resolve(code: str, language: str) -> str:
    """Choose one language: every ``L(ko, en)`` becomes its argument, every two-language comment its half.

    Raises
    ------
    ValueError
        For an ``L`` without exactly two arguments, or one inside an f-string (put the f-string inside ``L``).
    """
    which = ("ko", "en").index(language)
    code = _COMMENT.sub(lambda m: f"# {m[language]}", code)
    while calls := _calls(code):
        call = calls[-1]  # the last one first, so that the positions before it stay true
        if len(call.args) != 2:
            raise ValueError(f"L takes two texts, Korean and English: {ast.unparse(call)}")
        begin, end = _span(code, call)
        chosen = code.encode()[slice(*_span(code, call.args[which]))]
        if b"\n" in chosen:
            chosen = b"(" + chosen + b")"  # a text over several lines was held together by L's own brackets
        code = (code.encode()[:begin] + chosen + code.encode()[end:]).decode()
    return code


def _calls(code: str) -> list[ast.Call]:
    tree = ast.parse(code)
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, ast.JoinedStr) for n in ast.walk(f)}
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "L"]
    for call in calls:
        if id(call) in inside:
            raise ValueError(f'L inside an f-string: write L(f"…", f"…") instead: {ast.unparse(call)}')
    return sorted(calls, key=lambda n: (n.lineno, n.col_offset))


def _span(code: str, node: ast.expr) -> tuple[int, int]:
    """First and last byte of a node: ``ast`` counts columns in UTF-8 bytes, and Hangul takes three."""
    starts = [0]
    for line in code.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
