"""Reading files: what is right is read as it is, and each way of being wrong gets its own sentence."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import datasets
from helpers.datasets import files
from helpers.datasets.files import TableError, TextEncodingError, cache, read_table, read_text, shipped

KOREAN = "웬디는 창문을 닫지 않았다.\n피터가 올지도 모르니까.\n"
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write bytes or text to a file of the working folder, so that messages name it as the reader typed it."""
    monkeypatch.chdir(tmp_path)

    def write(content, name="x.csv"):
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return write


# Where files lie


def test_shipped_looks_in_the_repository_then_in_the_wheel(tmp_path, monkeypatch):
    repository, wheel = tmp_path / "data", tmp_path / "_data"
    for folder, names in ((repository, ["a.txt", "results/b.csv"]), (wheel, ["a.txt", "c.txt"])):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
    monkeypatch.setattr(files, "_FOLDERS", (repository, wheel))
    assert shipped("a.txt") == repository / "a.txt"
    assert shipped("results/b.csv") == repository / "results/b.csv"
    assert shipped("c.txt") == wheel / "c.txt"
    with pytest.raises(FileNotFoundError) as error:
        shipped("resluts/b.csv")
    assert "'resluts/b.csv'. Did you mean 'results/b.csv'?" in str(error.value)
    assert "It ships: a.txt, c.txt, results/b.csv." in str(error.value)


def test_shipped_folders_are_the_repository_s_and_the_package_s():
    package = Path(files.__file__).resolve().parents[1]
    assert (package.parent / "data", package / "_data") == files._FOLDERS


def test_shipped_without_any_data_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_FOLDERS", (tmp_path / "nowhere", tmp_path / "_data"))
    with pytest.raises(FileNotFoundError, match="It ships: nothing here"):
        shipped("peter.txt")


def test_cache_is_where_course_data_says(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "not there"))
    assert cache() == tmp_path / "not there"
    assert not cache().exists()
    monkeypatch.setenv("COURSE_DATA", "~/course")
    assert cache() == Path.home() / "course"


@pytest.mark.parametrize("value", [None, "", " "])
def test_cache_without_course_data(value, monkeypatch):
    pooch = pytest.importorskip("pooch")
    monkeypatch.delenv("COURSE_DATA", raising=False) if value is None else monkeypatch.setenv("COURSE_DATA", value)
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    assert cache() == Path(pooch.os_cache("pixels-to-words"))
    monkeypatch.setitem(sys.modules, "google.colab", object())
    assert cache() == Path("/content/pixels-to-words")


def test_cache_on_a_mounted_drive(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(files, "_DRIVE", tmp_path / "pixels-to-words")
    assert cache() == Path("/content/pixels-to-words")  # mounted, but nothing is written there unasked
    (tmp_path / "pixels-to-words").mkdir()
    assert cache() == tmp_path / "pixels-to-words"
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert cache() == tmp_path


# Text


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_read_text_drops_the_mark_and_evens_line_ends(write, mark, end):
    assert read_text(write(mark + KOREAN.replace("\n", end).encode())) == KOREAN


@SAME_FOLDER
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff"), min_size=1))
def test_read_text_returns_what_was_written(text, tmp_path):
    file = tmp_path / "x.txt"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        file.write_bytes(text.encode(encoding))
        if text.strip():
            assert read_text(file, encoding="utf-16" if encoding == "utf-16" else "utf-8") == text


def test_cp949_is_recognised(write):
    raw = ("title\n" + KOREAN).encode("cp949")
    with pytest.raises(TextEncodingError) as error:
        read_text(write(raw, "x.txt"))
    message = str(error.value)
    assert isinstance(error.value, ValueError)
    assert message.startswith("x.txt is not UTF-8: line 2, byte offset 6, byte 0xc0.")
    assert message.endswith("CP949 (common in Korea); this reads it: read_text('x.txt', encoding='cp949')")
    assert eval(message.partition("reads it: ")[2]) == "title\n" + KOREAN  # the advice works


def test_offset_counts_the_byte_order_mark(write):
    with pytest.raises(TextEncodingError, match="line 1, byte offset 5, byte 0xff"):
        read_text(write(b"\xef\xbb\xbfab\xff"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_with_a_mark_is_recognised(write, encoding):
    name = write(("\ufeff" + KOREAN).encode(encoding), "x.txt")
    with pytest.raises(TextEncodingError, match="looks like UTF-16") as error:
        read_text(name)
    assert eval(str(error.value).partition("reads it: ")[2]) == KOREAN


def test_utf8_read_as_something_else_is_recognised(write):
    with pytest.raises(TextEncodingError, match="is not ASCII.*looks like UTF-8.*encoding='utf-8'"):
        read_text(write(KOREAN), encoding="ascii")


# Latin-1: not CP949; not CP949 and looking cut short; CP949, but without Hangul.
@pytest.mark.parametrize("text", ["naïve café.", "a café", "¡¡"])
def test_bytes_that_nothing_explains(write, text):
    with pytest.raises(TextEncodingError) as error:
        read_text(write(text.encode("latin-1"), "{x}.txt"))
    assert "Save it as UTF-8, or name its encoding: read_text('{x}.txt', encoding='...')" in str(error.value)
    assert "CP949" not in str(error.value)


def test_a_file_cut_short(write):
    with pytest.raises(TextEncodingError, match="ends in the middle of a character: was the download"):
        read_text(write(KOREAN.encode()[:-4]))


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file(write, content):
    with pytest.raises(ValueError, match=rf"x.csv is empty \({len(content)} bytes.*expected text"):
        read_text(write(content))
    with pytest.raises(ValueError, match=r"x.csv is empty .*expected a first line that names the columns"):
        read_table(write(content))


@pytest.mark.parametrize("read", [read_text, read_table])
def test_a_missing_file(write, tmp_path, read):
    write("a", "Peter.txt")
    write("a", "glove.txt")
    with pytest.raises(FileNotFoundError) as error:
        read("petr.txt")
    assert str(error.value) == f"No file {tmp_path / 'petr.txt'}. Did you mean 'Peter.txt'?"
    with pytest.raises(FileNotFoundError, match="There is no folder .*datas"):
        read("datas/petr.txt")
    with pytest.raises(IsADirectoryError, match="is a folder; give the path of a file in it"):
        read(tmp_path)


def test_hangul_names_from_macos_are_found(write):
    import unicodedata

    composed = "메밀꽃.txt"
    write("봉평", unicodedata.normalize("NFD", composed))
    assert read_text(composed) == "봉평"


# Tables


def test_a_table_keeps_words_that_pandas_takes_for_missing(write):
    table = read_table(write("id,class\nM1,N\nM2,NA\nM3,null\nM4,\nM5,nan\n"), columns=["id", "class"])
    assert table["class"].tolist()[:3] == ["N", "NA", "null"]
    assert table["class"].isna().tolist() == [False, False, False, True, False]
    assert list(table.columns) == ["id", "class"]


def test_a_table_of_numbers_is_a_table_of_numbers(write):
    table = read_table(write('\ufeffword,x\r\n"a, ""b""",1.5\r\n\r\n"two\r\nlines",\r\n'), columns="x")
    assert table["word"].tolist() == ['a, "b"', "two\nlines"]
    assert table["x"].tolist()[0] == 1.5
    assert table["x"].isna().tolist() == [False, True]


def test_a_table_without_rows(write):
    table = read_table(write("a,b\n"), columns=["b"])
    assert table.shape == (0, 2)


CELL = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), max_size=8)


@SAME_FOLDER
@given(rows=st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), max_size=5)))
def test_a_table_returns_what_was_written(rows, tmp_path):
    # A letter before each cell, so that none is a number to pandas.
    rows = [["w" + cell for cell in row] for row in rows]
    names = [f"c{n}" for n in range(len(rows[0]) if rows else 1)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([names, *rows])
    (tmp_path / "x.csv").write_bytes(text.getvalue().encode())
    table = read_table(tmp_path / "x.csv", columns=names)
    assert table.to_numpy().tolist() == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n3\n", "x.csv, line 3: expected 2 fields as in line 1, found 1"),
        ("a,b\n1,2\n\n3,4,5\n", "x.csv, line 4: expected 2 fields as in line 1, found 3"),
        ('a,b\n"1\n1",2\n3,4,\n', "x.csv, line 4: expected 2 fields as in line 1, found 3"),
        ('a,b\n1,2\n3,"4\n5,6\n', 'x.csv, line 3: a quote (") is opened and not closed'),
        ('a,b\n1,2\n3,"4\n5,"6"\n', 'x.csv, line 3: a quote (") is opened and not closed'),
        ('a,b\n1,"say "hi" now"\n', 'x.csv, line 2: a quote (") is opened and not closed'),
        ("a,b,a\n1,2,3\n", "x.csv, line 1: two columns are named 'a'"),
        ("\n1,2\n3,4\n", "x.csv, line 2: expected the names of the columns, found numbers: 1, 2"),
        ("id;label\n1;2\n", "x.csv, line 1: the fields are separated by ';', expected commas"),
        ("id\tlabel\n1\t2\n", "pandas.read_csv('x.csv', sep='\\t') reads such a file"),
    ],
)
def test_a_broken_table(write, content, message):
    with pytest.raises(TableError) as error:
        read_table(write(content))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unclosed_quote_before_a_very_long_rest(write):
    with pytest.raises(TableError, match="line 2: a quote .* is opened and not closed"):
        read_table(write('a,b\n1,"2\n' + "3,4\n" * 50_000))


def test_a_cell_longer_than_the_csv_module_s_limit(write):
    limit = csv.field_size_limit()
    assert len(read_table(write("text\n" + "w" * (limit + 1) + "\n"))["text"][0]) == limit + 1
    assert csv.field_size_limit() == limit


def test_missing_columns(write):
    name = write("id,document,Label\n1,a,0\n")
    with pytest.raises(TableError) as error:
        read_table(name, columns=["id", "label"])
    assert str(error.value) == (
        "x.csv, line 1: no column 'label'; the columns are 'id', 'document', 'Label'. Did you mean 'Label'?"
    )
    with pytest.raises(TableError, match="no column 'label'"):
        read_table(name, columns="label")  # one name, not five letters


def test_a_table_in_cp949(write):
    name = write("이름,점수\n웬디,1\n".encode("cp949"))
    with pytest.raises(TextEncodingError) as error:
        read_table(name)
    assert str(error.value).endswith("read_table('x.csv', encoding='cp949')")
    assert read_table(name, encoding="cp949")["이름"].tolist() == ["웬디"]


# The room's door


def test_the_door_hands_names_on():
    assert datasets.read_table is read_table
    assert {"shipped", "cache", "read_text", "read_table"} <= set(dir(datasets))
    with pytest.raises(AttributeError, match="no attribute 'read_tabel'"):
        _ = datasets.read_tabel


def test_nothing_heavy_is_imported():
    code = (
        "import sys, helpers.datasets, helpers.datasets.files, helpers.embeddings, helpers.embeddings.text\n"
        "from helpers.embeddings import available, has_morphemes, words\n"
        "available('lee'), has_morphemes()\n"
        "heavy = 'torch gensim nltk pandas numpy sklearn kiwipiepy pooch matplotlib scipy'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    root = Path(files.__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
