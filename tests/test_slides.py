"""Slides: what `jupyter nbconvert --to slides` makes of the lessons with the course's settings."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lab"))
from slides import STYLE, Lecture  # noqa: E402

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[ke][on]/*.ipynb"))
HIDDEN = {"setup", "interactive", "exercise"}


def show(notebook):
    return Lecture().preprocess(notebook, {})[0].cells


def kinds(cells):
    return [cell.metadata["slideshow"]["slide_type"] for cell in cells]


def of(kind):
    return {"slideshow": {"slide_type": kind}}


def test_question_code_figure_and_answer_are_slides_of_their_own():
    png = new_output("display_data", {"image/png": "AAAA"}, metadata={"image/png": {"alt": 'two "lines"'}})
    code = new_code_cell("plot()", outputs=[new_output("stream", text="1\n"), png], metadata=of("fragment"))
    answer = "**Figure.** Two lines.\n\n**Yes.** They cross.\n\n> ### Setting the notes right\n>\n> Text."
    cells = show(
        new_notebook(
            cells=[
                new_code_cell("setup()", metadata={"tags": ["setup"]}),
                new_markdown_cell("## Do they cross?", metadata=of("slide")),
                code,
                new_markdown_cell(answer, metadata=of("fragment")),
            ]
        )
    )
    assert kinds(cells) == ["slide", "subslide", "subslide", "notes", "subslide", "subslide"]
    question, code, figure, note, answer, box = cells
    assert question.source == f"{STYLE}\n## Do they cross?" and code.outputs[0].text == "1\n"
    assert (
        figure.metadata["transient"]["remove_source"]
        and 'alt="two &quot;lines&quot;"' in figure.outputs[0].data["text/html"]
    )
    assert (note.source, answer.source) == ("**Figure.** Two lines.", "**Yes.** They cross.")
    assert box.source.startswith("> ### Setting")


def test_what_does_not_fit_under_its_code_comes_after_it():
    long = new_output("stream", text="line\n" * 20)
    cells = show(
        new_notebook(
            cells=[
                new_markdown_cell("# T", metadata=of("slide")),
                new_code_cell("x = 1\n" * 20, outputs=[long], metadata=of("slide")),
            ]
        )
    )
    assert kinds(cells) == ["slide", "subslide", "subslide"] and not cells[1].outputs and cells[2].outputs == [long]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_lesson_makes_a_lecture(path):
    notebook = nbformat.read(path, as_version=4)
    cells = show(notebook)
    figures = sum("image/png" in o.get("data", {}) for c in notebook.cells for o in c.get("outputs", []))
    pictures = [c for c in cells if c.cell_type == "code" and any("text/html" in o.get("data", {}) for o in c.outputs)]
    assert len(pictures) >= figures and all(len(c.outputs) == 1 and not c.source for c in pictures)
    assert kinds(cells)[0] == "slide" and kinds(cells).count("slide") >= 6
    assert not HIDDEN & {tag for c in cells for tag in c.metadata.get("tags", [])}
    for cell in cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 25, cell.source
        elif kinds([cell]) != ["notes"]:
            assert not cell.source.startswith(("**그림.**", "**Figure.**"))
            assert len(cell.source.removeprefix(STYLE)) < 1500, f"too long for one slide: {cell.source[:60]}"


def test_the_command_makes_slides_of_1280x720_with_alt_texts(tmp_path):
    path = ROOT / "notebooks/en/6_3_3_unet.ipynb"
    settings = f"--config={ROOT / 'lab/jupyter_nbconvert_config.py'}"
    command = [sys.executable, "-m", "nbconvert", "--to", "slides", settings, f"--output-dir={tmp_path}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "6_3_3_unet.slides.html").read_text(encoding="utf-8")
    assert "width: 1280" in html and "height: 720" in html and "No description has been provided" not in html
    assert html.count("<img alt=") >= 12 and '<img alt=""' not in html
