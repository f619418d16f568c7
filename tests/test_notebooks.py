"""The committed notebooks as a reader meets them: executed, whole, described, light.

What they compute nbval compares.
"""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import build

# The statements that each lesson has to show, each ended by a check that could fail.
CLAIMS = {
    "6_3_0_segmentation": {"S01"},
    "6_3_1_fcn": {"S02", "S03", "S04", "S05", "S06"},
    "6_3_2_deconvnet": {"S07", "S08", "S09"},
    "6_3_3_unet": {"S10", "S11", "S12", "S13", "S14", "S15"},
    "6_3_4_pspnet": {"S16", "S17", "S18"},
    "6_3_5_deeplab": {"S19", "S20", "S21", "S22"},
    "6_3_6_showdown": {"S23"},
    "10_1_one_hot": {"E01", "E02", "E03"},
    "10_2_counts_tfidf": {"E04", "E05", "E06"},
    "10_3_word2vec": {"E07", "E08", "E09"},
    "10_5_glove": {"E14", "E15", "E16"},
}
HERE = [re.escape(str(place)) for place in (Path.home(), Path(build.HERE).parents[1])]
OF_A_MACHINE = re.compile("|".join([*HERE, "/home/", "/Users/", "/tmp/", "site-packages", "[A-Z]:\\\\"]))

EACH = [(lesson, language) for lesson in build.names() for language in ("ko", "en")]


@pytest.fixture(params=EACH, ids=["/".join(reversed(e)) for e in EACH])
def notebook(request):
    lesson, language = request.param
    path = Path(build.HERE) / language / f"{lesson}.ipynb"
    found = nbformat.read(path, as_version=4)
    return SimpleNamespace(whole=found, cells=found.cells, path=path, lesson=lesson, language=language)


def code(notebook, *, interactive=False):
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    return [c for c in cells if ("interactive" in tags(c)) == interactive]


def tags(cell):
    return cell.metadata.get("tags", [])


def images(notebook):
    return [o for c in code(notebook) for o in c.outputs if "image/png" in o.get("data", {})]


def test_executed_in_order_with_its_outputs(notebook):
    assert [c.execution_count for c in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert all(c.outputs for c in code(notebook) if "print(" in c.source and not c.source.lstrip().startswith("def "))


def test_valid_and_light_and_without_widget_state(notebook):
    nbformat.validate(notebook.whole)
    assert "widgets" not in notebook.whole.metadata
    assert notebook.path.stat().st_size < 400_000


def test_an_error_only_where_it_is_announced(notebook):
    for cell in code(notebook):
        failed = any(o.output_type == "error" for o in cell.outputs)
        assert failed == ("raises-exception" in tags(cell)), cell.source[:60]
    assert sum("raises-exception" in tags(c) for c in code(notebook)) >= 1


def test_no_warning_and_no_path_of_a_machine_in_the_outputs(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            assert output.get("name") != "stderr", output.get("text")
            written = output.get("text", "") + "".join(output.get("traceback", []))
            assert not OF_A_MACHINE.search(written), written


def test_every_image_has_an_alt_text(notebook):
    assert images(notebook)
    for output in images(notebook):
        assert len(output.metadata.get("image/png", {}).get("alt", "")) > 30
    for cell in notebook.cells:
        for alt in re.findall(r"!\[(.*?)\]\(", cell.source, re.S):
            assert len(alt) > 20


def test_the_title_shows_a_picture_the_measured_budget_and_goals(notebook):
    title = notebook.cells[0]
    assert title.source.startswith("# ") and "attachment:cover.png" in title.source and title.attachments
    budget = re.search(r"(\d+)초|about (\d+) s", title.source)
    limit = 90 if notebook.lesson.startswith("6_3_") else 60  # networks are trained there
    assert budget and 0 < int(budget[1] or budget[2]) <= limit, "measured by `python notebooks/build.py --execute`"
    assert "?" not in title.source.split("\n\n")[2]


def test_set_up_cell_is_the_same_everywhere(notebook):
    found = [c for c in code(notebook) if "setup" in tags(c)]
    first = nbformat.read(Path(build.HERE) / notebook.language / f"{build.names()[0]}.ipynb", as_version=4)
    assert [c.source for c in found] == [c.source for c in code(first) if "setup" in tags(c)]
    assert notebook.cells.index(found[0]) < 4


def test_cells_are_short(notebook):
    for cell in [*code(notebook), *code(notebook, interactive=True)]:
        assert len(cell.source.splitlines()) <= 25, f"{len(cell.source.splitlines())} lines: {cell.source[:60]}"
        # What a window of 1,280 pixels shows without scrolling; a Hangul letter takes the room of two.
        for line in cell.source.splitlines():
            assert len(line) + len(re.findall("[가-힣]", line)) <= 105, line
    exercises = 2 * sum("exercise" in tags(c) for c in code(notebook))
    assert 20 <= len(notebook.cells) - exercises <= 42


def test_enough_outputs_are_compared_and_can_be(notebook):
    golden = [c for c in code(notebook) if "nbval-check-output" in tags(c)]
    assert len(golden) >= 5
    for cell in golden:
        kinds = {o.output_type for o in cell.outputs}
        assert kinds == {"stream"}, f"only printed text compares: {cell.source[:60]}"
    assert not any(re.search(r";\s*$|clear_output|%matplotlib", c.source, re.M) for c in code(notebook))


def test_claims_are_shown_and_checked(notebook):
    cells = [c for c in code(notebook) if c.metadata.get("claim")]
    assert {claim for c in cells for claim in c.metadata.claim} == CLAIMS[notebook.lesson]
    for claim in CLAIMS[notebook.lesson]:
        checks = [c for c in cells if claim in c.metadata.claim and re.search(r"^\s*assert |expect\(", c.source, re.M)]
        assert checks, f"nothing would fail if {claim} did not hold"


def test_sections_ask_guess_and_answer(notebook):
    guess = "먼저 맞혀 보세요" if notebook.language == "ko" else "Guess first"
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    asked = [t for t in texts if guess in t]
    assert 5 <= len(asked) <= 9
    for text in asked:
        heading = text.splitlines()[0]
        assert heading.startswith("## ") and heading.endswith("?"), heading
    box = "원문 바로잡기" if notebook.language == "ko" else "Setting the notes right"
    assert sum(box in t for t in texts) >= 1


def test_no_language_is_left_unresolved(notebook):
    for cell in notebook.cells:
        assert not re.search(r"\bL\(|# ko: |\{\{", cell.source), cell.source[:80]
    prose = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    hangul = [len(re.findall("[가-힣]", p)) / len(p) for p in prose]
    assert min(hangul) > 0.15 if notebook.language == "ko" else max(hangul) < 0.15


def test_links_between_lessons_lead_somewhere(notebook):
    for cell in notebook.cells:
        for target in re.findall(r"\]\(([^):]+\.ipynb)\)", cell.source):
            assert (notebook.path.parent / target).exists(), target


# The checks themselves can fail: each of these cells is wrong in one way that a notebook must not be.
DRAW = "from helpers import course\ncourse.setup(language='en')\nimport matplotlib.pyplot as plt\n"
EXPECT = "from helpers import exercises\nexercises.expect('10_1.one_hot.accuracy', "
RIGHT = [("print(1 + 1)", "2\n"), (DRAW + "plt.title('한글 −1')\nplt.show()", None), (EXPECT + "0.9)", None)]
WRONG = [("print(1 + 1)", "3\n"), (DRAW + "plt.title('\U0001f9ff')\nplt.show()", None), (EXPECT + "0.5)", None)]


@pytest.mark.slow
@pytest.mark.parametrize("cells, summary", [(RIGHT, "3 passed"), (WRONG, "3 failed")], ids=["right", "wrong"])
def test_another_number_an_empty_box_and_a_result_out_of_range_fail(cells, summary, tmp_path):
    notebook = nbformat.v4.new_notebook()
    for source, printed in cells:
        cell = nbformat.v4.new_code_cell(source, execution_count=1)
        if printed:
            cell.metadata["tags"] = ["nbval-check-output"]
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]
        notebook.cells.append(cell)
    nbformat.write(notebook, tmp_path / "one.ipynb")
    (tmp_path / "none.ini").write_text("[pytest]\n")
    nbval = [sys.executable, "-m", "pytest", "-c", "none.ini", "--nbval-lax", "--nbval-current-env", "one.ipynb"]
    done = subprocess.run(nbval, cwd=tmp_path, capture_output=True, text=True)
    assert summary in done.stdout.splitlines()[-1], done.stdout
