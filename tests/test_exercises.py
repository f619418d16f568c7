"""Every exercise of every lesson: the solution is accepted, the untouched cell is quiet, typical mistakes are named."""

import ast
import io
import json
import re
from contextlib import nullcontext, redirect_stdout
from functools import cache

import matplotlib.pyplot as plt
import pytest

import build
from helpers import course, exercises, lessons

LESSONS = build.names()


@pytest.fixture(params=["ko", "en"])
def language(request, monkeypatch):
    monkeypatch.setattr(course, "_language", request.param)
    return request.param


def by_exercise(lesson):
    found = {}
    for cell in lessons.read(lesson):
        if "exercise" in cell.metadata:
            role = next(r for r in ("exercise", "question", "solution", "wrong") if r in cell.tags)
            found.setdefault(cell.metadata["exercise"], {}).setdefault(role, []).append(cell)
    return found


@cache
def namespace(lesson):
    """The lesson's names after it has run once, top to bottom.

    Chapter 6.3 trains for more than a minute: there an exercise may need nothing but imports and definitions.
    """
    space = {"__name__": "__main__"}
    for cell in lessons.read(lesson):
        if cell.kind == "markdown" or {"question", "solution", "wrong", "interactive"} & set(cell.tags):
            continue
        tree = ast.parse(lessons.resolve(cell.source, "ko"))
        wrong_on_purpose = pytest.raises(Exception) if "raises-exception" in cell.tags else nullcontext()
        if lesson.startswith("6_3_") and not {"setup", "exercise"} & set(cell.tags):
            kept = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
            tree.body, wrong_on_purpose = [node for node in tree.body if isinstance(node, kept)], nullcontext()
        with redirect_stdout(io.StringIO()), wrong_on_purpose:
            exec(compile(tree, f"<{lesson}>", "exec"), space)
        plt.close("all")
    return space


def ask(lesson, name, answer):
    """Run an answer as a reader would, then the last line of the exercise: `q1.check(...)`."""
    stub = by_exercise(lesson)[name]["exercise"][0].source
    check = stub.rstrip().splitlines()[-1]
    assert check.startswith(f"{name}.check(")
    space = dict(namespace(lesson))
    questions = {q.name: q for q in exercises.load(lesson)}
    said = io.StringIO()
    with redirect_stdout(said):
        exec(answer, space)
        space[name] = questions[name]  # in today's language
        exec(check, space)
    return questions[name], said.getvalue()


EACH = [(lesson, name) for lesson in LESSONS for name in by_exercise(lesson)]


@pytest.mark.parametrize("lesson", LESSONS)
def test_three_to_five_exercises_complete_in_every_part(lesson):
    found = by_exercise(lesson)
    assert 3 <= len(found) <= 5 and list(found) == [f"q{i + 1}" for i in range(len(found))]
    for parts in found.values():
        assert [len(parts[role]) for role in ("exercise", "question", "solution")] == [1, 1, 1]
        assert len(parts["wrong"]) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("lesson, name", EACH)
def test_solution_is_accepted(lesson, name, language):
    solution = lessons.resolve(by_exercise(lesson)[name]["solution"][0].source, language)
    question, said = ask(lesson, name, solution)
    assert question.state == "right", said


@pytest.mark.slow
@pytest.mark.parametrize("lesson, name", EACH)
def test_untouched_cell_is_not_a_failure(lesson, name, language):
    stub = lessons.resolve(by_exercise(lesson)[name]["exercise"][0].source, language)
    question, said = ask(lesson, name, stub.rsplit("\n", 1)[0])
    assert question.state == "untried" and ("시도" if language == "ko" else "attempted") in said


@pytest.mark.slow
@pytest.mark.parametrize("lesson, name", EACH)
def test_typical_wrong_answers_are_told_what_is_wrong_with_them(lesson, name, language):
    messages = []
    for cell in by_exercise(lesson)[name]["wrong"]:
        question, said = ask(lesson, name, lessons.resolve(cell.source, language))
        assert question.state == "wrong", (cell.source, said)
        assert cell.metadata["says"][("ko", "en").index(language)] in question.message, said
        messages.append(question.message)
    assert len(set(messages)) == len(messages), "two mistakes, one message"


@pytest.mark.parametrize("lesson, name", EACH)
def test_hint_and_solution_speak_the_language_and_the_hint_does_not_give_it_away(lesson, name, language, capsys):
    question = {q.name: q for q in exercises.load(lesson)}[name]
    question.hint()
    hint = capsys.readouterr().out
    assert bool(re.search("[가-힣]{3}", hint)) == (language == "ko")
    question.solution()
    solution = capsys.readouterr().out
    assert lessons.resolve(by_exercise(lesson)[name]["solution"][0].source, language) in solution
    assert solution.splitlines()[1] not in hint


# The question object by itself.


def make(check, **words):
    return exercises.Question("q9", check, "a hint", words.get("right", "Well done."), "answer = 1")


def positive(answer):
    return None if answer > 0 else "It must be positive."


@pytest.mark.parametrize(
    "answer, state, part",
    [
        (1, "right", "Well done."),
        (-1, "wrong", "It must be positive."),
        (..., "untried", "Not attempted"),
        ([1, ...], "untried", "Not attempted"),
        ({"a": ...}, "untried", "Not attempted"),
        ("text", "error", "TypeError"),
    ],
)
def test_the_four_states(answer, state, part, monkeypatch, capsys):
    monkeypatch.setattr(course, "_language", "en")
    question = make(positive)
    question.check(answer)
    assert question.state == state and part in capsys.readouterr().out


def test_a_function_that_is_not_written_yet_counts_as_not_attempted():
    question = make(lambda f: None if f(2) == 4 else "Not the square.")
    question.check(lambda x: ...)
    assert question.state == "untried"
    question.check(lambda x: x * x)
    assert question.state == "right"


def test_an_answer_that_raises_is_an_error_and_not_a_traceback(monkeypatch, capsys):
    monkeypatch.setattr(course, "_language", "en")
    question = make(lambda f: None if f(0) == 0 else "no")
    question.check(lambda x: 1 / x)
    assert question.state == "error" and "ZeroDivisionError: division by zero" in capsys.readouterr().out


def test_the_wrong_number_of_answers_is_said(monkeypatch, capsys):
    monkeypatch.setattr(course, "_language", "en")
    make(positive).check(1, 2)
    assert "check takes 1 value(s): answer" in capsys.readouterr().out


# expect(): is my number normal?


@pytest.fixture
def known(tmp_path, monkeypatch):
    file = tmp_path / "expected.json"
    row = {"low": 0.6, "high": 0.7, "look_at": {"ko": "시드를 보세요", "en": "look at the seed"}}
    file.write_text(json.dumps({"a.b": row}))
    monkeypatch.setattr(exercises, "_expected_file", lambda: file)
    monkeypatch.setattr(course, "_language", "en")
    monkeypatch.setenv("COURSE_STRICT", "0")


def test_expect_says_normal_inside_and_what_to_look_at_outside(known, capsys):
    exercises.expect("a.b", 0.65)
    assert "0.6–0.7 · normal" in capsys.readouterr().out
    exercises.expect("a.b", 0.75)
    assert "outside · look at the seed" in capsys.readouterr().out


def test_expect_fails_under_test_and_for_unknown_names(known, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    with pytest.raises(AssertionError, match="a.b"):
        exercises.expect("a.b", 0.75)
    with pytest.raises(AssertionError):
        exercises.expect("a.b", float("nan"))
    with pytest.raises(KeyError, match="a.b"):
        exercises.expect("a.c", 0.65)


def test_every_expected_range_holds_what_was_measured_and_is_used():
    rows = json.loads(exercises._expected_file().read_text())
    used = {n for lesson in LESSONS for c in lessons.read(lesson) for n in re.findall(r'expect\("([^"]+)"', c.source)}
    assert used == set(rows)
    for row in rows.values():
        assert row["low"] < row["measured"]["min"] <= row["measured"]["max"] < row["high"]
        assert row["measured"]["seeds"] >= 5 and set(row["look_at"]) == {"ko", "en"} and all(row["look_at"].values())


def test_the_module_needs_the_standard_library_only():
    import subprocess
    import sys

    code = "import sys, helpers.exercises; print([m for m in ('numpy', 'IPython', 'matplotlib') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
