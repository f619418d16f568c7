"""Corpora as streams of sentences: cut, kept, joined; and each mistake told."""

import gzip

import pytest

from helpers.datasets import corpora, files
from helpers.embeddings.streams import CUTTERS, Phrases, Sentences, korean, plain, spaces, treebank

STORY = "“I wouldn’t,” said Wendy. Mr. Darling sighed!\n\nChapter 2\n\nOnly 3 hooks — no more."


def test_cutting_plainly_leaves_words_alone():
    assert plain(STORY) == [
        ["i", "wouldn't", "said", "wendy"], ["mr"], ["darling", "sighed"], ["chapter"], ["only", "hooks", "no", "more"],
    ]  # fmt: skip
    assert plain("노을이 졌다. 배가 떠났다.") == [["노을이", "졌다"], ["배가", "떠났다"]]
    assert plain(" ...\n") == []


def test_the_treebank_keeps_marks_and_knows_mister():
    assert treebank("Mr. Darling sighed. Wendy didn't.") == [
        ["mr.", "darling", "sighed", "."], ["wendy", "did", "n't", "."],
    ]  # fmt: skip


def test_korean_is_cut_into_morphemes():
    pytest.importorskip("kiwipiepy")
    assert korean("아버지가 방에 들어가신다. 문이 닫혔다.")[0][:4] == ["아버지", "가", "방", "에"]


def test_lines_are_sentences():
    assert spaces("a b\n\n c  d \n") == [["a", "b"], ["c", "d"]]


def test_a_corpus_can_be_gone_through_again():
    stream = Sentences("peter")
    once, again = list(stream), list(stream)
    assert once == again and len(once) > 20 and all(once)
    assert once == list(Sentences(corpora.corpus("peter")))


def test_kept_in_a_file_it_reads_the_same(tmp_path):
    stream = Sentences("peter")
    for name in ("kept.txt", "kept.txt.gz"):
        assert list(Sentences(stream.write(tmp_path / "deep" / name))) == list(stream)
    assert (tmp_path / "deep" / "kept.txt.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["kept.txt", "kept.txt.gz"]
    (tmp_path / "deep" / "kept.txt.gz").unlink()
    assert list(Sentences(tmp_path / "deep")) == list(stream)  # a folder


def test_a_write_that_fails_leaves_nothing(tmp_path):
    def broken(document):
        raise RuntimeError("cutter broke")

    (tmp_path / "kept.txt").write_text("before")
    with pytest.raises(RuntimeError):
        Sentences(["a"], cut=broken).write(tmp_path / "kept.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"] and (tmp_path / "kept.txt").read_text() == "before"


def test_a_file_is_read_line_by_line(tmp_path, monkeypatch):
    path = tmp_path / "long.txt"
    path.write_text("\n".join(f"w{n} x" for n in range(50_000)), "utf-8")
    monkeypatch.setattr(files, "read_text", None)
    reader = iter(Sentences(path))
    assert next(reader) == ["w0", "x"] and next(reader) == ["w1", "x"]


@pytest.mark.parametrize(
    ("source", "cut", "error", "message"),
    [
        ("petter", None, ValueError, "Did you mean 'peter'"),
        ("folder/none.txt", None, FileNotFoundError, "no file or folder"),
        ("none.txt", None, FileNotFoundError, "no file or folder"),
        ("peter", "plane", ValueError, "Did you mean 'plain'"),
        ((t for t in "ab"), None, TypeError, "generator"),
    ],
)
def test_mistakes_are_told(source, cut, error, message):
    with pytest.raises(error, match=message):
        Sentences(source, cut)


def test_an_empty_folder_and_broken_files_name_themselves(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no .txt"):
        list(Sentences(tmp_path))
    latin = tmp_path / "latin.txt"
    latin.write_bytes(b"good line\n" * 3 + "caf\xe9\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin.txt, after line \d+: not UTF-8"):
        list(Sentences(latin))
    cut = tmp_path / "cut.txt.gz"
    cut.write_bytes(gzip.compress(b"a b\n" * 1000)[:-9])
    with pytest.raises(ValueError, match="cut.txt.gz, after line .* not whole"):
        list(Sentences(cut))
    (tmp_path / "no.gz").write_bytes(b"plain")
    with pytest.raises(ValueError, match="not whole"):
        list(Sentences(tmp_path / "no.gz"))


def test_phrases_join_words_that_keep_company():
    text = [["new", "york", "is", "far"], ["new", "york", "calls"], ["is", "it", "far"]] * 3
    stream = Phrases(text, min_count=2, threshold=1)
    assert list(stream) == list(stream) and list(stream)[1] == ["new_york", "calls"] and "new_york" in stream.found
    assert not Phrases(text, min_count=50).found


def test_every_cutter_is_told_of():
    assert set(CUTTERS) == {"plain", "treebank", "korean", "spaces"}


@pytest.mark.real
def test_the_novels_stream():
    if not corpora.available("novels"):
        pytest.skip("the novels are not in COURSE_DATA: NOT tested")
    words = sum(map(len, Sentences("novels")))
    assert 3_500_000 < words < 4_500_000
