"""The source of the lessons: two languages in one file, and the committed notebooks are what it builds."""

import ast
import re
from pathlib import Path

import jupytext
import nbformat
import pytest

import build
import contents
from helpers import lessons
from helpers.datasets import registry

NOTEBOOKS = Path(build.HERE)
LESSONS = build.names()


def test_there_are_lessons():
    assert {"6_3_0_segmentation", "6_3_3_unet", "10_1_one_hot", "10_2_counts_tfidf"} <= set(LESSONS)


def test_lessons_are_taught_in_the_order_of_their_numbers(monkeypatch, tmp_path):
    (tmp_path / "source").mkdir()
    for name in ("10_1_one_hot", "6_3_0_segmentation", "10_10_last", "6_3_3_unet"):
        (tmp_path / "source" / f"{name}.py").touch()
    monkeypatch.setattr(build, "HERE", tmp_path)
    assert build.names() == ["6_3_0_segmentation", "6_3_3_unet", "10_1_one_hot", "10_10_last"]


@pytest.mark.parametrize(
    "code, ko, en",
    [
        ('print(L("거리", "distance"))', 'print("거리")', 'print("distance")'),
        ('x = L(f"값 {a}", f"value {a}"), 1', 'x = f"값 {a}", 1', 'x = f"value {a}", 1'),
        ('가 = "나"; b = L("다", "c") + L("라", "d")', '가 = "나"; b = "다" + "라"', '가 = "나"; b = "c" + "d"'),
        ('a = L("하나 "\n      "둘", "one")', 'a = ("하나 "\n      "둘")', 'a = "one"'),
        ("y = 1  # ko: 하나 | en: one", "y = 1  # 하나", "y = 1  # one"),
        ("L = 3\nz = L", "L = 3\nz = L", "L = 3\nz = L"),
    ],
)
def test_resolve_chooses_one_language(code, ko, en):
    assert lessons.resolve(code, "ko") == ko
    assert lessons.resolve(code, "en") == en


def test_resolve_refuses_what_it_would_get_wrong():
    with pytest.raises(ValueError, match="two texts"):
        lessons.resolve('L("하나")', "ko")
    with pytest.raises(ValueError, match="inside an f-string"):
        lessons.resolve("""f"{L('가', 'a')}" """, "ko")


def test_a_header_that_cannot_be_read_is_named():
    with pytest.raises(ValueError, match="tags"):
        lessons.parse("# %% tags=['single quotes are not JSON']\n1")


def test_reading_an_unknown_lesson_lists_those_that_there_are():
    with pytest.raises(FileNotFoundError, match="10_1_one_hot"):
        lessons.read("10_1_one_hott")


@pytest.mark.parametrize("lesson", LESSONS)
def test_our_reader_sees_the_cells_that_jupytext_sees(lesson):
    theirs = jupytext.read(NOTEBOOKS / "source" / f"{lesson}.py", fmt="py:percent").cells[1:]  # less the author's lines
    ours = lessons.read(lesson)
    for cell in theirs:
        cell.metadata.pop("lines_to_next_cell", None)  # how the file was laid out, not what it says
    assert [(c.kind, c.source, c.metadata) for c in ours] == [(c.cell_type, c.source, dict(c.metadata)) for c in theirs]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_markdown_cell_has_its_twin(lesson):
    cells = lessons.read(lesson)
    texts = [(i, c) for i, c in enumerate(cells) if c.kind == "markdown"]
    for (i, ko), (j, en) in zip(texts[::2], texts[1::2], strict=True):
        assert (ko.metadata["lang"], en.metadata["lang"], j) == ("ko", "en", i + 1), ko.source[:60]
        strip = [{k: v for k, v in c.metadata.items() if k not in ("lang", "summary")} for c in (ko, en)]
        assert strip[0] == strip[1], ko.source[:60]
        assert re.search("[가-힣]", ko.source) and ko.source != en.source
        # The twins say the same: as many headings, numbered lines and figures.
        for mark in (r"^#+ ", r"^\d\. ", r"^\*\*(?:그림|Figure)\.\*\*", r"\{\{", "attachment:"):
            count = [len(re.findall(mark, cell.source, re.M)) for cell in (ko, en)]
            assert count[0] == count[1], (mark, ko.source[:60])


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_rebuild_equals_what_is_committed(lesson, language, tmp_path):
    committed = NOTEBOOKS / language / f"{lesson}.ipynb"
    build.write(build.build(lesson, language, nbformat.read(committed, as_version=4)), tmp_path / "again.ipynb")
    assert (tmp_path / "again.ipynb").read_bytes() == committed.read_bytes(), "run `make notebooks`"


def test_tables_of_lessons_and_the_picture_are_those_of_the_lessons():
    for page, folder in contents.pages().items():
        text = page.read_text(encoding="utf-8")
        assert contents.filled(text, LESSONS, folder) == text, f"run `make notebooks`: {page.name}"
        for lesson in LESSONS:
            assert f"{lesson}.ipynb" in text
        for target in re.findall(r"\]\(([^):#]+)\)", text):
            assert (page.parent / target).exists(), f"{page.name} leads to {target}"
    for path, png in contents.pictures().items():
        assert path.read_bytes() == png


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_registry_knows_which_data_a_lesson_wants(lesson):
    code = "\n".join(cell.source for cell in lessons.read(lesson) if cell.kind == "code")
    called = re.findall(r"(?:best|corpus|load|path|available)\(([^)]*)\)", code)
    named = {name for names in called for name in re.findall(r'"([^"]+)"', names)}
    wanted = {name for name, row in registry().items() if any(lesson.startswith(f"{n}_") for n in row.lessons)}
    assert named & set(registry()) == wanted


def test_an_output_is_kept_only_with_its_input(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "HERE", tmp_path)
    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "1_1_a.py"
    source.write_text('# for authors\n\n# %%\nprint(1)\n\n# %%\nprint(2)\n\n# %% tags=["solution"]\nsecret\n')
    first = build.build("1_1_a", "ko")
    assert [c.source for c in first.cells] == ["print(1)", "print(2)"]
    for number, cell in enumerate(first.cells, start=1):
        cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text=f"{number}\n")], number
    source.write_text(source.read_text().replace("print(2)", "print(3)"))
    again = build.build("1_1_a", "ko", first)
    assert [len(c.outputs) for c in again.cells] == [1, 0]
    assert first.cells[0].id == again.cells[0].id and first.cells[1].id != again.cells[1].id


class _WithoutTexts(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node):
        return ast.Constant("")


def _shape(code):
    return ast.dump(_WithoutTexts().visit(ast.parse(code)))


def _numbers(cell):
    # A digit with a Korean ending belongs to a sentence ("0까지").
    return [re.findall(r"\d[\d.,]*(?![가-힣\d.,])", o.get("text", "")) for o in cell.outputs]


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_run_the_same_code_and_print_the_same_numbers(lesson):
    ko, en = (nbformat.read(NOTEBOOKS / lang / f"{lesson}.ipynb", as_version=4).cells for lang in ("ko", "en"))
    for left, right in zip(ko, en, strict=True):
        assert left.cell_type == right.cell_type and left.metadata == right.metadata
        if left.cell_type == "code":
            assert _shape(left.source) == _shape(right.source)
            if "nbval-check-output" in left.metadata.get("tags", []):
                assert _numbers(left) == _numbers(right), left.source[:60]
