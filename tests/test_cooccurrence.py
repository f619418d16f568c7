"""Counts of pairs: against a count by hand, at sentence ends, with unknown words, in a file, in any order."""

import subprocess
import sys

import numpy as np
import pytest

from helpers.embeddings import cooccurrence
from helpers.embeddings.cooccurrence import Cooccurrences, count_cooccurrences
from helpers.embeddings.vocabulary import Tokens, Vocabulary

TEXT = [["a", "b", "x", "c", "a"], ["c"], [], ["b", "a", "b"]]


def count(sentences, min_count=1, **settings):
    vocabulary = Vocabulary.build(sentences, min_count)
    return count_cooccurrences(vocabulary.encode(sentences), vocabulary, **settings)


def by_hand(tokens, size, window, symmetric, weighted):
    """The definition, in three loops."""
    x = np.zeros((size, size))
    for begin, end in zip(tokens.starts[:-1], tokens.starts[1:], strict=True):
        for k in range(begin, end):
            for d in range(1, window + 1):
                if k - d >= begin:
                    before, here = tokens.ids[k - d], tokens.ids[k]
                    x[before, here] += 1 / d if weighted else 1
                    x[here, before] += (1 / d if weighted else 1) * symmetric
    return x


@pytest.fixture(scope="module")
def drawn():
    """2,000 words of 60, in sentences of 0 to 29."""
    rng = np.random.default_rng(0)
    starts = np.concatenate([[0], np.sort(rng.integers(0, 2001, 130)), [2000]])
    ids = (60 * rng.random(2000) ** 2).astype(np.int32)
    return Tokens(ids, starts), Vocabulary([f"w{k}" for k in range(60)], np.bincount(ids, minlength=60))


@pytest.mark.parametrize("window, symmetric, weighted", [(15, True, True), (2, False, True), (5, True, False)])
@pytest.mark.parametrize("tile", [None, 7, 512])
def test_counts_are_those_of_the_definition(drawn, window, symmetric, weighted, tile):
    got = count_cooccurrences(*drawn, window, symmetric, weighted, tile=tile)
    expected = by_hand(drawn[0], 60, window, symmetric, weighted)
    np.testing.assert_allclose(got.to_scipy().toarray(), expected, rtol=1e-6)
    assert len(got) == (expected > 0).sum()  # each pair once, no zeros
    assert (got.rows.dtype, got.cols.dtype, got.counts.dtype) == (np.int32, np.int32, np.float32)


def test_a_sentence_by_hand():
    x = count(TEXT, window=10)
    assert x.get("a", "b") == x.get("b", "a") == pytest.approx(1 + 1 / 3 + 1 + 1)
    assert x.get("a", "a") == pytest.approx(2 / 4) and x.get("b", "b") == pytest.approx(2 / 2)  # both ways
    assert x.get("c", "c") == 0, "over the end of a sentence"
    with pytest.raises(KeyError, match="'q' is not in the vocabulary"):
        x.get("a", "q")
    assert count(TEXT, window=1).get("a", "c") == 1 and count(TEXT, window=1).get("b", "c") == 0


def test_not_symmetric_means_the_words_that_follow():
    x = count([["ice", "cold"]], symmetric=False)
    assert x.get("ice", "cold") == 1 and x.get("cold", "ice") == 0


def test_unknown_words_leave_no_gap_as_in_the_program():
    # cooccur.c skips a word that it does not know before it counts places: b and c are neighbours, not 2 apart.
    assert count(TEXT, min_count=2).get("b", "c") == 1


def test_the_order_is_drawn_and_the_same_for_a_seed(drawn):
    first, again, other = (count_cooccurrences(*drawn, seed=s, tile=16).records for s in (3, 3, 4))
    assert (first == again).all() and (first != other).any()
    assert (np.sort(first) == np.sort(other)).all()
    tiles = [(r // 16, c // 16) for r, c in zip(first["row"].tolist(), first["col"].tolist(), strict=True)]
    runs = [tile for k, tile in enumerate(tiles) if not k or tiles[k - 1] != tile]
    assert len(runs) == len(set(tiles)) == 16, "each tile is one stretch"
    assert runs != sorted(runs), "tiles in the order of the table"
    inside = first[[tile == runs[0] for tile in tiles]]
    assert (np.sort(inside) != inside).any(), "a tile in the order of the table"


def test_every_order_is_as_likely():
    """4 pairs have 24 orders: chi-squared over 2,400 seeds; 60 is passed once in 30,000 fair draws."""
    vocabulary = Vocabulary(["a", "b", "c"], np.array([1, 1, 1]))
    tokens = Tokens(np.array([0, 1, 2], np.int32), np.array([0, 3]))
    seen = {}
    for seed in range(2400):
        records = count_cooccurrences(tokens, vocabulary, window=1, seed=1000 * seed).records
        order = tuple(zip(records["row"].tolist(), records["col"].tolist(), strict=True))
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 24 and sum((n - 100) ** 2 / 100 for n in seen.values()) < 60


def test_threads_count_the_same(drawn):
    one, three = (count_cooccurrences(*drawn, tile=8, workers=w).records for w in (1, 3))
    assert (one == three).all()


def test_large_counts_lie_in_a_file_without_a_name(drawn, tmp_path):
    inside = count_cooccurrences(*drawn)
    outside = count_cooccurrences(*drawn, memory_limit=1e-6, folder=tmp_path)
    assert (inside.records == outside.records).all()
    assert isinstance(outside.records.base, np.memmap) or "mmap" in repr(type(outside.records.base))
    assert inside.records.base is None
    assert list(tmp_path.iterdir()) == [], "a killed run would leave a file"


def test_a_full_disk_is_told_first(drawn, monkeypatch):
    monkeypatch.setattr(cooccurrence.shutil, "disk_usage", lambda folder: type("", (), {"free": 10}))
    with pytest.raises(OSError, match="GB are free: pass folder= on a larger disk"):
        count_cooccurrences(*drawn, memory_limit=0)


def test_counts_from_elsewhere():
    x = Cooccurrences.from_arrays([0, 1], [1, 0], [2.5, 1.5], Vocabulary(["a", "b"], np.array([1, 1])))
    assert x.get("a", "b") == 2.5 and repr(x) == "Cooccurrences(2 pairs of 2 words)"


@pytest.mark.parametrize("settings", [{"window": 0}, {"window": -3}, {"tile": 0}])
def test_bad_settings(drawn, settings):
    with pytest.raises(ValueError, match="expected 1 or more"):
        count_cooccurrences(*drawn, **settings)


def test_sentences_of_one_word_are_refused():
    with pytest.raises(ValueError, match="No two of the 2 words stand in one sentence"):
        count([["a"], ["b"], ["a"]])


def test_it_works_where_nothing_can_be_written(tmp_path):
    """numba finds no folder for what it compiles: it is compiled in each process."""
    code = (
        "import numba.core.caching as c\n"
        "for name in dir(c):\n"
        "    if name.endswith('Locator'): getattr(c, name).from_function = classmethod(lambda *a: None)\n"
        "from helpers.embeddings.compiling import compiled\n"
        "from small import twice\n"
        "print(compiled()(twice)(4))"
    )
    (tmp_path / "small.py").write_text("def twice(x):\n    return 2 * x\n")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert said.stdout.strip() == "8", said.stderr


def test_plus_tells_of_every_pair_once_in_an_order_of_the_seed():
    x = count(TEXT, window=2)
    more = x.plus(0.5)
    np.testing.assert_allclose(more.to_scipy().toarray(), x.to_scipy().toarray() + 0.5)
    assert len(more) == len(x.vocabulary) ** 2 and more.vocabulary is x.vocabulary
    assert (more.records == x.plus(0.5).records).all() and (more.records != x.plus(0.5, seed=2).records).any()
    with pytest.raises(ValueError, match="amount=0: expected a number above 0"):
        x.plus(0)
