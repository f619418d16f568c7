"""Vectors from files: every format, every damage told, what is kept and when it is not; many queries at once."""

import gzip
import io
import os
import re
import threading
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.datasets import files
from helpers.embeddings import kept, load_vectors, most_similar_batch, parsing, scanning, search, vectors
from helpers.embeddings.parsing import Reader

TEXT = 'the 0.418 -0.24968 1e-05\n노력 .5 5. +7\n" 0 -0.0 1E3\nnull 1 2 3\nnan 4 5 6\n1 7 8 9\n'.encode()
WORDS = ["the", "노력", '"', "null", "nan", "1"]
VALUES = np.array(
    [[0.418, -0.24968, 1e-5], [0.5, 5, 7], [0, -0.0, 1e3], [1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=np.float32
)
HEADER = b"6 3\n" + TEXT
BINARY = b"6 3\n" + b"".join(w.encode() + b" " + v.tobytes() + b"\n" for w, v in zip(WORDS, VALUES, strict=True))


REAL = os.environ.get("COURSE_DATA")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty cache, and no other place that tests could fill."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def wv():
    """3,000 words in 20 dimensions: every 10th a near copy of the one before, one of them zeros."""
    from gensim.models import KeyedVectors

    rng = np.random.default_rng(0)
    table = rng.normal(size=(3000, 20)).astype(np.float32)
    table[10::10] = table[9:-1:10] + rng.normal(size=table[10::10].shape) * 0.3
    made = KeyedVectors(20)
    made.add_vectors([f"w{k}" for k in range(3000)], table)
    return made


def put(path, raw):
    path.write_bytes(raw)
    return path


def read(raw, **settings):
    """Words and values of all blocks."""
    words, values = [], []
    for block in Reader(io.BytesIO(raw), "file.txt", **settings):
        words += block.words
        values.append(block.values.copy())
    return words, np.concatenate(values)


def same(wv, words=WORDS, values=VALUES):
    return wv.index_to_key == words and wv.vectors.tobytes() == np.asarray(values, np.float32).tobytes()


def zipped(**members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(f"{name}.txt", raw)
    return held.getvalue()


# Formats


@pytest.mark.parametrize(
    "raw",
    [
        TEXT,
        HEADER,
        BINARY,
        BINARY.replace(b"\n", b"").replace(b"6 3", b"6 3\n", 1),
        b"\xef\xbb\xbf" + HEADER,
        HEADER.replace(b"\n", b"\r\n"),
        HEADER.replace(b"\n", b" \n").replace(b"6 3 ", b"6 3"),  # as fastText writes
        TEXT.replace(b" ", b"\t"),
        TEXT.replace(b" ", b"  "),
        gzip.compress(TEXT),
        gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:]),
        gzip.compress(BINARY),
        zipped(glove=TEXT),
    ],
)
def test_every_format_gives_the_same_words_and_values(tmp_path, raw):
    wv = load_vectors(put(tmp_path / "any.name", raw))
    assert same(wv)
    assert wv.vectors.dtype == np.float32 and wv.vector_size == 3 and len(wv) == 6 and wv.next_index == 6
    assert wv.key_to_index == {word: row for row, word in enumerate(WORDS)}
    assert wv.get_vecattr("the", "count") == 6


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (". . . 1 2 3", ". . ."),
        ("to name@domain.com 1 2 3", "to name@domain.com"),
        ("1\u00a01/2 1 2 3", "1\u00a01/2"),
        ("a\u3000b\u2028c\x85d 1 2 3", "a\u3000b\u2028c\x85d"),
        ("nan 1 2 3", "nan"),
        ("'' 1 2 3", "''"),
        ("12 1 2 3", "12"),
        ("-1e5 1 2 3", "-1e5"),
        ("a\tb 1 2 3", "a\tb"),
        ("a\rb 1 2 3", "a\rb"),
        ("é" * 3000 + " 1 2 3", "é" * 3000),
    ],
)
def test_odd_words_are_words(tmp_path, line, word):
    wv = load_vectors(put(tmp_path / "odd.txt", f"the 1 2 3\n{line}\nof 1 2 3\n".encode()))
    assert wv.index_to_key == ["the", word, "of"] and wv[word].tolist() == [1, 2, 3]


def test_words_that_look_like_archives_are_words(tmp_path):
    for word in ("PK", "BZh9", "6", "nan"):
        path = put(tmp_path / f"{word}.txt", f"{word} 1 2\nthe 3 4\n".encode())
        assert load_vectors(path).index_to_key == [word, "the"]


def test_gensim_reads_the_same_from_its_own_files(tmp_path):
    from gensim.models import KeyedVectors

    glove = files.in_package("gensim", "test", "test_data", "test_glove.txt")
    theirs = KeyedVectors.load_word2vec_format(glove, no_header=True)
    ours = load_vectors(glove)
    assert len(ours) == 76 and same(ours, theirs.index_to_key, theirs.vectors)
    assert ours.most_similar("the") == theirs.most_similar("the")
    assert ours.norms.tobytes() == theirs.norms.tobytes()
    assert all(ours.get_vecattr(word, "count") == theirs.get_vecattr(word, "count") for word in theirs.index_to_key)
    for binary in (False, True):
        theirs.save_word2vec_format(tmp_path / "saved", binary=binary)
        assert same(load_vectors(tmp_path / "saved"), theirs.index_to_key, theirs.vectors)
    ours.save(str(tmp_path / "model.kv"))
    assert same(KeyedVectors.load(str(tmp_path / "model.kv")), theirs.index_to_key, theirs.vectors)
    with pytest.raises(ValueError, match="pickle can run code"):
        load_vectors(tmp_path / "model.kv")


def test_blocks_smaller_than_a_line_change_nothing(monkeypatch):
    for size in (1, 7, 30, 64, 1000):
        monkeypatch.setattr(parsing, "BLOCK", size)
        for raw in (TEXT, HEADER, BINARY):
            words, values = read(raw)
            assert words == WORDS and values.tobytes() == VALUES.tobytes()


numbers = st.one_of(
    st.floats(-1e30, 1e30, allow_nan=False).map(repr),
    st.floats(-10, 10).map("{:.5g}".format),
    st.floats(-10, 10).map("{:.18e}".format),
    st.floats(-10, 10).map("{:.25f}".format),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"[+-]?([0-9]{1,25}\.?[0-9]{0,25}|\.[0-9]{1,25})([eE][+-]?[0-9]{1,2})?", fullmatch=True),
    # At the middle between two neighbours in float32, as few digits as it takes, and next to it
    st.builds(lambda k, j: repr((2 * k + 1) / 2**j), st.integers(2**23, 2**24 - 1), st.integers(1, 7)),
    st.builds(
        lambda k, j, n, digits: f"{Decimal(2 * k + 1) / 2**j * (1 + Decimal(n) / 10**18):.{digits}g}",
        *(st.integers(2**23, 2**24 - 1), st.integers(1, 40), st.integers(-300, 300), st.integers(15, 20)),
    ),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(numbers, min_size=1, max_size=30))
@example([f"{8388608.25 + k / 2}" for k in range(300)])
@example(["98765432109876543210", "9.8765432109876543210", "-0.98765432109876543210"])
@example(["12345678901234567890123", "0.12345678901234567890123"])
@example(["1.00000005960464477539", "1.000000059604644775", "9007199254740993", "1e-46", "-0", "1e-310", "16777217"])
def test_values_are_pythons_float_bit_for_bit(texts):
    with np.errstate(over="ignore"):
        expected = np.array([float(text) for text in texts]).astype(np.float32)
    _, values = read(f"word {' '.join(texts)}\n".encode(), finite=False)
    assert values[0].tobytes() == expected.tobytes()


def test_the_limit_counts_words_and_a_whole_copy_serves_it(tmp_path, monkeypatch):
    path = put(tmp_path / "few.txt", TEXT)
    assert same(load_vectors(path, limit=2), WORDS[:2], VALUES[:2])
    assert same(load_vectors(path)) and same(load_vectors(path, limit=100))
    monkeypatch.setattr(parsing, "Reader", None)
    assert same(load_vectors(path, limit=2), WORDS[:2], VALUES[:2])
    assert same(load_vectors(path, limit=5), WORDS[:5], VALUES[:5])
    with pytest.raises(ValueError, match="limit=0: expected 1"):
        load_vectors(path, limit=0)


def test_with_a_limit_the_rest_is_not_read(tmp_path):
    path = put(tmp_path / "broken.txt", TEXT + b"\xff broken\n")
    with pytest.raises(ValueError, match="line 7"):
        load_vectors(path)
    # Within a block all lines are read; a limit stops at the end of a block.
    big = put(tmp_path / "big.txt", TEXT + b"".join(b"w%d 1 2 3\n" % k for k in range(700_000)) + b"x\n")
    assert len(load_vectors(big, limit=1000)) == 1000


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("block", [16, 1 << 16])
def test_of_words_that_come_twice_the_first_stays(tmp_path, keep, block, monkeypatch):
    monkeypatch.setattr(parsing, "BLOCK", block)
    path = put(tmp_path / "twice.txt", b"a 1 2\nb 3 4\na 5 6\nc 7 8\nb 9 9\na 0 0\n")
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"twice.txt: 3 lines repeat a word, the first of them line 3, 'a'"):
            wv = load_vectors(path, keep=keep)
        assert same(wv, ["a", "b", "c"], [[1, 2], [3, 4], [7, 8]])
    with pytest.warns(UserWarning, match="1 lines repeat"):
        assert same(load_vectors(path, limit=3, keep=keep), ["a", "b", "c"], [[1, 2], [3, 4], [7, 8]])


def test_archives_with_several_members_are_asked_for_one(tmp_path):
    path = put(tmp_path / "two.zip", zipped(a=TEXT, b=b"x 1\n"))
    with pytest.raises(ValueError, match="several members: pass member= with one of 'a.txt', 'b.txt'"):
        load_vectors(path)
    with pytest.raises(ValueError, match="no member 'c.txt'"):
        load_vectors(path, member="c.txt")
    assert same(load_vectors(path, member="a.txt")) and same(load_vectors(path, member="b.txt"), ["x"], [[1]])
    with pytest.raises(ValueError, match="no zip archive"):
        load_vectors(put(tmp_path / "plain.txt", TEXT), member="a.txt")


# Damage


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "broken is empty"),
        (b"6 3\n", "line 1: expected 6 rows, as line 1 says, found 0"),
        (b"0 3\n", "line 1: expected a word and its values"),
        (b"<!DOCTYPE html>\n<html>\n", "line 1: expected a word and its values with spaces between, found '<!DOCTYPE"),
        (TEXT[:-1], "line 6: expected 3 values and a line end, found 3: was the file cut short"),
        (TEXT[:-3], "line 6: expected 3 values and a line end, found 2"),
        (TEXT[: TEXT.index(b"null")], None),
        (HEADER[: HEADER.index(b"null")], "line 4: expected 6 rows, as line 1 says, found 3"),
        (HEADER + b"more 1 2 3\n", "line 8: the first line promises 6 rows, here is one more"),
        (TEXT.replace(b"null 1 2 3", b"null 1 2"), "line 4: expected 3 values, found 2"),
        (TEXT.replace(b"null 1 2 3", b"null 1 2 3 4"), "line 4: expected 3 values, found 4"),
        (TEXT.replace(b"null 1 2 3", b"null 1 x 3"), "line 4: expected 3 values, found 1: 'x' is no number"),
        (TEXT.replace(b"null 1 2 3", b"null 1 2 3x"), "line 4: expected 3 values, found 0: '3x' is no number"),
        (TEXT.replace(b"null 1 2 3", b"null 1 2 1_0"), "line 4: .*'1_0' is no number"),
        (TEXT.replace(b"null 1 2 3", b"null 1 2e 3"), "line 4: .*'2e' is no number"),
        (TEXT.replace(b"null 1 2 3", b"null 1 2 nan"), "line 4: value 3 of 'null' is nan; finite=False keeps it"),
        (TEXT.replace(b"null 1 2 3", b"null -inf 2 3"), "line 4: value 1 of 'null' is -inf"),
        (TEXT.replace(b"null 1 2 3", b"null 1 1e39 3"), "line 4: value 2 of 'null' is inf as float32"),
        (TEXT.replace(b"null 1 2 3", b""), "line 4: expected a word and 3 values, found ''"),
        (TEXT.replace(b"null 1 2 3", b" 1 2 3"), "line 4: expected a word and 3 values, found ' 1 2 3'"),
        (TEXT.replace(b"null 1 2 3", b"1 2 3"), "line 4: expected 3 values, found 2"),
        (HEADER.replace(b"6 3", b"6 4"), "line 2: expected 4 values, found 3"),
        (TEXT.replace(b"null", b"\xff\xfe"), r"line 4: the word b'\\xff\\xfe' is not UTF-8, byte 0xff"),
        (TEXT.decode().encode("cp949"), "line 2: .* is not UTF-8, byte 0xb3; encoding='cp949' reads it as '노력'"),
        (TEXT.decode().encode("utf-16"), "UTF-16, expected UTF-8"),
        (BINARY[:-2], "row 6: expected 6 rows, found 5 whole ones: was the file cut short"),
        (BINARY[:30], "row 2: expected 6 rows, found 1 whole ones"),
        (BINARY + b"x", "row 7: the first line promises 6 rows, here is more"),
        (BINARY.replace(b"6 3", b"5 3"), "row 6: the first line promises 5 rows"),
        (BINARY.replace(b"null", b"nu\nl"), "row 4: expected a word and a space, found a line end"),
        (gzip.compress(TEXT)[:-9], "line 1: the archive cannot be unpacked further .*was its download cut short"),
        (gzip.compress(TEXT)[:-8] + b"\0" * 8, "cannot be unpacked further"),
        (zipped(a=TEXT)[:-30], "not a whole zip archive"),
        (b"BZh91AY", "packed by bzip2"),
        (b"\xba\x16\x4f\x2f\x0c\0\0\0", "fastText model.*load_facebook_vectors"),
        (b"a" * 100, "line 1: no line end"),
    ],
)
@pytest.mark.parametrize("keep", [True, False])
def test_damage_is_told_with_its_line(tmp_path, folder, raw, message, keep):
    path = put(tmp_path / "broken", raw)
    if message is None:  # cut behind a line, and nothing says how many there were
        assert load_vectors(path, keep=keep).index_to_key == WORDS[:3]
        return
    with pytest.raises(ValueError, match=message) as told:
        load_vectors(path, keep=keep)
    assert str(path) in str(told.value)
    assert not [*folder.rglob("*.npy")] and not [*folder.rglob("part-*")]


def test_what_is_told_is_no_nan_and_other_encodings(tmp_path):
    path = put(tmp_path / "nan.txt", b"a 1 nan\nb -inf 1e39\n")
    wv = load_vectors(path, finite=False)
    assert np.isnan(wv["a"][1]) and wv["b"].tolist() == [-np.inf, np.inf]
    with pytest.raises(ValueError, match="line 1: value 2 of 'a' is nan"):
        load_vectors(path)
    with pytest.raises(ValueError, match="2 of 2 vectors hold nan or inf.*'a'.*diverge"):
        most_similar_batch(wv, ["a"])
    korean = put(tmp_path / "korean.txt", TEXT.decode().encode("cp949"))
    assert same(load_vectors(korean, encoding="cp949"))
    assert load_vectors(korean, errors="replace").index_to_key[1].startswith("\ufffd")
    with pytest.raises(ValueError, match="errors='surrogateescape': expected"):
        load_vectors(korean, errors="surrogateescape")


def reference(raw):
    """What a file says, read in the plainest way; None where it is to be refused."""
    lines = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if lines.pop() or not lines:
        return None
    fields = [[field for field in re.split(rb"[ \t]+", line.rstrip(b"\r\t ")) if field] for line in lines]
    number = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
    promised, dim = None, len(fields[0]) - 1
    if len(fields[0]) == 2 and all(re.fullmatch(rb"[1-9][0-9]{0,11}", f) for f in fields[0]):
        promised, dim = map(int, fields[0])
        lines, fields = lines[1:], fields[1:]
    else:
        while dim and not all(
            number.fullmatch(f) or re.fullmatch(rb"(?i)[+-]?(nan|inf|infinity)", f) for f in fields[0][-dim:]
        ):
            dim -= 1
    found = []
    for line, split in zip(lines, fields, strict=True):
        values = split[-dim:] if dim else []
        if not values or len(split) <= dim or line[:1] in b" \t" or not all(map(number.fullmatch, values)):
            return None
        word = line.rstrip(b"\r\t ")
        for value in reversed(values):
            word = word.removesuffix(value).rstrip(b" \t")
        rest = split[1 : len(split) - dim]
        if rest and (number.fullmatch(rest[-1]) or re.fullmatch(rb"(?i)[+-]?(nan|inf|infinity)", rest[-1])):
            return None
        try:
            found.append((word.decode(), [np.float32(float(v)) for v in values]))
        except UnicodeDecodeError:
            return None
    if promised not in (None, len(found)) or not found:
        return None
    return found


damage = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, 200), st.just(0)),
    st.tuples(st.just("swap"), st.integers(0, 200), st.integers(0, 200)),
    st.tuples(st.just("set"), st.integers(0, 200), st.sampled_from([*b" \n\t\r.-+e0nx\x00\xff\xeb", 0x85, 0xA0])),
    st.tuples(st.just("insert"), st.integers(0, 200), st.sampled_from([*b" \n\t\r.-+e0nx\x00\xff\xeb"])),
)


@settings(deadline=None, max_examples=500)
@example(TEXT, [("set", 3, 13), ("set", 5, 32)], 24)
@given(st.sampled_from([TEXT, HEADER]), st.lists(damage, min_size=1, max_size=3), st.sampled_from([24, 1 << 16]))
def test_a_damaged_text_is_read_as_it_is_or_refused(raw, blows, block):
    raw = bytearray(raw)
    for how, at, other in blows:
        at, to = at % (len(raw) + 1), other % (len(raw) + 1)
        if how == "cut":
            del raw[at:]
        elif how == "swap" and max(at, to) < len(raw):
            raw[at], raw[to] = raw[to], raw[at]
        elif how == "set" and at < len(raw):
            raw[at] = other
        elif how == "insert":
            raw.insert(at, other)
    expected = reference(bytes(raw))
    before, parsing.BLOCK = parsing.BLOCK, block
    try:
        words, values = read(bytes(raw))
    except ValueError as error:
        assert expected is None or any(np.isinf(v).any() for _, v in expected), error
        assert re.search(r"file.txt, (line|row) \d+|file.txt is empty|has no vectors", str(error))
    else:
        assert expected is not None, (words, values)
        assert words == [word for word, _ in expected]
        assert values.tobytes() == np.array([value for _, value in expected]).tobytes()
    finally:
        parsing.BLOCK = before


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(BINARY) - 2), st.sampled_from([8, 1 << 16]))
def test_a_binary_file_cut_anywhere_is_refused(at, block):
    before, parsing.BLOCK = parsing.BLOCK, block
    try:
        with pytest.raises(ValueError, match=r"file.txt(, (line|row) \d+| is empty)"):
            read(BINARY[:at])
    finally:
        parsing.BLOCK = before


# What is kept


def test_the_second_load_maps_memory_and_parses_nothing(tmp_path, folder, monkeypatch):
    path = put(tmp_path / "few.txt", TEXT)
    assert load_vectors(path).vectors.mode == "r"
    monkeypatch.setattr(parsing, "Reader", None)
    wv = load_vectors(path)
    assert same(wv) and isinstance(wv.vectors, np.memmap) and wv.vectors.mode == "r"
    with pytest.raises(ValueError, match="read-only"):
        wv.vectors[0] = 1
    assert wv.similarity("the", "1") == pytest.approx(
        float(VALUES[0] @ VALUES[5] / np.prod(np.linalg.norm(VALUES[[0, 5]], axis=1)))
    )
    assert [one.name for one in folder.glob("vectors/*/vectors.npy")] == ["vectors.npy"]


def test_a_changed_file_is_noticed(tmp_path, folder):
    path = put(tmp_path / "few.txt", TEXT)
    load_vectors(path)
    about = path.stat()
    put(path, TEXT.replace(b"0.418", b"0.419"))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))  # same size, same time of writing
    assert load_vectors(path)["the"][0] == np.float32(0.419)
    put(path, TEXT + b"new 1 2 3\n")
    assert "new" in load_vectors(path)
    assert len([*folder.glob("vectors/*")]) == 1  # what was kept of the old ones is gone


def test_samples_tell_contents_apart_where_times_do_not(tmp_path, monkeypatch):
    class About:
        st_size, st_mtime_ns, st_ctime_ns = 300_000, 1, 1

    monkeypatch.setattr(Path, "stat", lambda self: About)
    one, other = tmp_path / "one", tmp_path / "other"
    raw = bytearray(300_000)
    one.write_bytes(raw)
    seen = set()
    for at in (0, 99_999, 299_999):
        raw[at] = 1
        other.write_bytes(raw)
        seen |= {kept._stamp(one), kept._stamp(other)}
    assert len(seen) == 4


@pytest.mark.skipif(os.name == "nt", reason="st_ctime is the time of creation there: only samples tell")
def test_a_change_between_the_samples_is_noticed_by_the_time_of_change(tmp_path):
    path = put(tmp_path / "large", bytearray(3_000_000))
    before, about = kept._stamp(path), path.stat()
    with path.open("r+b") as file:
        file.seek(50_000)  # behind the first sample, before the second
        file.write(b"x")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    after = kept._stamp(path)
    assert after != before and after.split()[-1] == before.split()[-1]  # the samples alone would not tell


def test_settings_are_kept_apart(tmp_path):
    path = put(tmp_path / "few.txt", b"a 1 2\nb nan 3\n")
    load_vectors(path, finite=False)
    with pytest.raises(ValueError, match="line 2"):
        load_vectors(path)


@pytest.mark.parametrize("file", ["vectors.npy", "norms.npy", "words.txt", "about.json"])
def test_what_was_kept_and_damaged_is_made_again(tmp_path, folder, file):
    path = put(tmp_path / "few.txt", TEXT)
    load_vectors(path)
    (found,) = folder.glob(f"vectors/*/{file}")
    found.write_bytes(found.read_bytes()[:-1])
    assert same(load_vectors(path))
    np.save(found.with_name("norms.npy"), np.array([{}] * 6, object), allow_pickle=True)
    assert same(load_vectors(path)) and load_vectors(path).norms.dtype == np.float32


def test_a_cache_that_cannot_be_written_leaves_a_private_place(tmp_path, folder, monkeypatch):
    path = put(tmp_path / "few.txt", TEXT)
    folder.mkdir()
    folder.chmod(0o555)
    assert isinstance(load_vectors(path).vectors, np.memmap) and not [*folder.iterdir()]
    assert [*(tmp_path / "home").rglob("vectors.npy")]
    (tmp_path / "home").rename(tmp_path / "away")
    put(tmp_path / "home", b"no folder")
    assert isinstance(load_vectors(path).vectors, np.memmap)
    (private,) = tmp_path.glob("pixels-to-words-*")
    assert [*private.rglob("vectors.npy")] and private.stat().st_mode & 0o77 == 0


def test_a_private_place_that_someone_else_made_is_not_used(tmp_path, folder, monkeypatch):
    folder.mkdir()
    folder.chmod(0o555)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    (tmp_path / "pixels-to-words-12345").mkdir()
    put(tmp_path / "home", b"no folder")
    assert len([*kept._folders()]) == 2


def test_without_any_place_vectors_lie_in_memory(tmp_path, folder, monkeypatch):
    path = put(tmp_path / "few.txt", TEXT)
    monkeypatch.setattr(kept, "_folders", lambda: [])
    wv = load_vectors(path)
    assert same(wv) and not isinstance(wv.vectors, np.memmap) and not wv.vectors.flags.writeable
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_DATA", str(folder))
    assert same(load_vectors(path, keep=False)) and not folder.exists()


def test_a_full_disk_leaves_nothing_behind(tmp_path, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "_fill", full)
    assert same(load_vectors(put(tmp_path / "few.txt", TEXT)))
    assert not [*(folder / "vectors").iterdir()]


def test_several_threads_load_the_same_file(tmp_path, folder):
    path = put(tmp_path / "few.txt", TEXT)
    found = []
    threads = [threading.Thread(target=lambda: found.append(load_vectors(path))) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(found) == 4 and all(map(same, found)) and len([*folder.glob("vectors/*")]) == 1


def test_code_is_compiled_where_no_folder_can_be_written(monkeypatch):
    from numba.core import caching

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    monkeypatch.setattr(caching.IndexDataCacheFile, "save", None, raising=False)
    scanning.compiled.cache_clear()
    try:
        assert read(BINARY)[0] == WORDS
    finally:
        scanning.compiled.cache_clear()


# Names


def test_names_and_missing_files_are_told(tmp_path):
    (tmp_path / "glove.txt").write_bytes(TEXT)
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'glove.txt'"):
        load_vectors(tmp_path / "glov.txt")
    with pytest.raises(FileNotFoundError, match="Did you mean 'glove.6B.100d'"):
        load_vectors("glove6B.100d")
    with pytest.raises(ValueError, match="'camvid' holds no vectors of words. These do: glove.6B.50d"):
        load_vectors("camvid")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        load_vectors(tmp_path)
    with pytest.raises(FileNotFoundError, match="top50k' are not at hand: there is no glove/glove.6B.50d.top50k"):
        load_vectors("glove.6B.50d.top50k")


def test_part_of_a_missing_set_is_offered(folder, monkeypatch):
    (folder / "glove").mkdir(parents=True)
    put(folder / "glove" / "glove.6B.50d.top50k.txt.gz", gzip.compress(TEXT))
    assert same(load_vectors("glove.6B.50d.top50k"))

    def path(name):
        raise vectors.fetch.DataMissing("not here")

    monkeypatch.setattr(vectors.fetch, "path", path)
    with pytest.raises(FileNotFoundError, match="not here") as told:
        load_vectors("glove.6B.50d")
    assert told.value.__notes__ == ["Part of it is at hand: load_vectors('glove.6B.50d.top50k')."]
    with pytest.raises(FileNotFoundError) as told:
        load_vectors("glove.6B.100d")
    assert not hasattr(told.value, "__notes__")


def test_the_first_that_is_at_hand_is_named(folder):
    wanted = ("glove.6B.100d", "glove.6B.50d.top50k")
    assert vectors.first_available(*wanted) is None
    (folder / "glove").mkdir(parents=True)
    put(folder / "glove" / "glove.6B.50d.top50k.txt.gz", gzip.compress(TEXT))
    assert vectors.first_available(*wanted) == "glove.6B.50d.top50k"
    with pytest.raises(ValueError, match=r"no vectors 'glove.6B.10d'. Did you mean 'glove.6B.100d'"):
        vectors.first_available("glove.6B.10d")


def test_a_name_of_the_registry_is_verified_once_and_then_mapped(tmp_path, folder, monkeypatch):
    asked = []

    def path(name):
        asked.append(name)
        (folder / "glove").mkdir(parents=True, exist_ok=True)
        return put(folder / "glove" / "glove.6B.100d.txt", TEXT)

    monkeypatch.setattr(vectors.fetch, "path", path)
    assert same(load_vectors("glove.6B.100d")) and same(load_vectors("glove.6B.100d", limit=6))
    assert asked == ["glove.6B.100d"]


# Many queries at once


@pytest.mark.parametrize("topn", [1, 7, 50])
@pytest.mark.parametrize("rows", [7, 100, 4096])
def test_many_queries_give_what_a_loop_of_gensim_gives(wv, topn, rows, monkeypatch):
    monkeypatch.setattr(search, "_ROWS", rows)
    monkeypatch.setattr(search, "_QUERIES", 33)
    words = [f"w{k}" for k in range(0, 3000, 45)] + ["w0"]
    for word, ours in zip(words, most_similar_batch(wv, words, topn), strict=True):
        theirs = wv.most_similar(word, topn=topn)
        assert [one for one, _ in ours] == [one for one, _ in theirs]
        assert max(abs(a - b) for (_, a), (_, b) in zip(ours, theirs, strict=True)) < 1e-6


def test_a_restricted_vocabulary_and_more_neighbours_than_words(wv):
    for word in ("w5", "w2000"):
        (ours,) = most_similar_batch(wv, [word], 5, restrict_vocab=100)
        assert [one for one, _ in ours] == [one for one, _ in wv.most_similar(word, topn=5, restrict_vocab=100)]
    (everything,) = most_similar_batch(wv, ["w5"], 10_000)
    assert len(everything) == 2999 and "w5" not in dict(everything)
    assert most_similar_batch(wv, []) == []


def test_zeros_are_like_no_word(tmp_path):
    wv = load_vectors(put(tmp_path / "zeros.txt", b"a 1 0\nzero 0 0\nb 1 1\nminus -1 0\n"))
    near = most_similar_batch(wv, ["a", "zero"])
    assert near[0] == [("b", pytest.approx(0.5**0.5)), ("zero", 0), ("minus", -1)]
    assert near[1] == [("a", 0), ("b", 0), ("minus", 0)]
    assert [one for one, _ in wv.most_similar("a")] == ["b", "zero", "minus"]  # gensim's own, without nan


def test_memory_does_not_grow_with_the_queries(wv):
    import tracemalloc

    from gensim.models import KeyedVectors

    large = KeyedVectors(4)
    large.add_vectors([f"w{k}" for k in range(30_000)], np.random.default_rng(0).normal(size=(30_000, 4)))
    tracemalloc.start()
    most_similar_batch(large, large.index_to_key[:2000], 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6  # all similarities at once would be 240 MB


def test_a_fasttext_model_answers_for_words_it_never_saw():
    from gensim.models import FastText

    model = FastText(
        [["reading", "readers", "read"], ["walking", "walkers", "walk"]] * 20,
        vector_size=8,
        min_count=1,
        seed=1,
        workers=1,
    )
    words = ["read", "readings", "walked"]
    for word, ours in zip(words, most_similar_batch(model.wv, words, 3), strict=True):
        theirs = model.wv.most_similar(word, topn=3)
        assert [one for one, _ in ours] == [one for one, _ in theirs]
        assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=1e-6)


def test_unknown_words_are_told_with_words_spelt_alike():
    from gensim.models import KeyedVectors

    wv = KeyedVectors(2)
    wv.add_vectors(["queen", "Paris", "legislation", "노력", "queens", "x"], np.eye(6, 2))
    for word, near in [
        ("quene", "'queen'"), ("legislatoin", "'legislation'"), ("Queen", "'queen'"), ("paris", "'Paris'"),
        ("yueen", "'queen'"), ("노럭", "'노력'"), (" queen", "'queen'"),
    ]:  # fmt: skip
        with pytest.raises(KeyError, match=rf"The word '{word}' is not among the 6 words\. Did you mean {near}"):
            most_similar_batch(wv, ["x", word])
    with pytest.raises(KeyError, match=r"'zzzz' is not among the 6 words\."):
        most_similar_batch(wv, ["zzzz"])
    with pytest.raises(TypeError, match=r"pass a list, \['queen'\]"):
        most_similar_batch(wv, "queen")
    with pytest.raises(ValueError, match="topn=0"):
        most_similar_batch(wv, ["x"], topn=0)
    with pytest.raises(ValueError, match="There are no vectors"):
        most_similar_batch(KeyedVectors(3), [])


# The real vectors


@pytest.mark.real
def test_real_glove_equals_gensims(monkeypatch, tmp_path):
    if not REAL or not (Path(REAL) / "glove").is_dir():
        pytest.skip("no GloVe in COURSE_DATA: the real vectors were NOT tested")
    from gensim.models import KeyedVectors

    monkeypatch.setenv("COURSE_DATA", REAL)
    ours = load_vectors("glove.6B.50d.top50k")
    packed = Path(REAL) / "glove" / "glove.6B.50d.top50k.txt.gz"
    theirs = KeyedVectors.load_word2vec_format(packed, no_header=True, limit=5000)
    assert ours.index_to_key[:5000] == theirs.index_to_key
    assert ours.vectors[:5000].tobytes() == theirs.vectors.tobytes()
    with gzip.open(packed, "rt", encoding="utf-8", newline="\n") as lines:
        for row, line in enumerate(lines):
            word, *values = line.split(" ")
            assert ours.index_to_key[row] == word
            assert ours.vectors[row].tobytes() == np.array(list(map(float, values))).astype(np.float32).tobytes()
    assert len(ours) == row + 1 == 50_000
    queen, score = ours.most_similar(positive=["woman", "king"], negative=["man"])[0]
    assert queen == "queen" and score == pytest.approx(0.852360, abs=1e-6)
    assert ours.most_similar("bill")[0] == ("legislation", pytest.approx(0.830714, abs=1e-6))
    words = ours.index_to_key[:20_000:100]
    for word, near in zip(words, most_similar_batch(ours, words), strict=True):
        expected = ours.most_similar(word)
        assert max(abs(a - b) for (_, a), (_, b) in zip(near, expected, strict=True)) < 1e-6
        assert [one for one, _ in near] == [one for one, _ in expected]
