"""Vocabularies: order, counts, numbers, chances; and gensim's at equal settings."""

import numpy as np
import pytest

from helpers.embeddings.vocabulary import Vocabulary

TEXT = [["a", "b", "a"], [], ["b", "a", "c"], ["c", "d"]]


def test_the_most_frequent_come_first_and_equals_as_they_came():
    v = Vocabulary.build(TEXT, min_count=1)
    assert v.words == ["a", "b", "c", "d"] and v.counts.tolist() == [3, 2, 2, 1] and v.counts.dtype == np.int64
    assert v.index == {"a": 0, "b": 1, "c": 2, "d": 3} and len(v) == 4


def test_a_corpus_becomes_rows_without_unknown_words():
    ids, starts = Vocabulary.build(TEXT, min_count=2).encode([*TEXT, ["d"]])
    assert ids.tolist() == [0, 1, 0, 1, 0, 2, 2] and starts.tolist() == [0, 3, 3, 6, 7, 7]
    assert ids.dtype == np.int32 and starts.dtype == np.int64
    nothing = Vocabulary.build(TEXT, 1).encode([["x"]])
    assert nothing.ids.size == 0 and nothing.starts.tolist() == [0, 0]


def test_vocabulary_and_noise_equal_gensims():
    gensim = pytest.importorskip("gensim")
    from gensim.test.utils import common_texts

    model = gensim.models.Word2Vec(min_count=2, sample=1e-2, vector_size=4)
    model.build_vocab(common_texts)
    ours = Vocabulary.build(common_texts, min_count=2)
    theirs = {w: model.wv.get_vecattr(w, "count") for w in model.wv.index_to_key}
    assert dict(zip(ours.words, ours.counts.tolist(), strict=True)) == theirs
    edges = np.diff(model.cum_table.astype(float) / 2**31, prepend=0)
    noise = dict(zip(model.wv.index_to_key, edges, strict=True))
    for word, chance, keep in zip(ours.words, ours.noise(), ours.keep(1e-2), strict=True):
        assert abs(chance - noise[word]) < 1e-8
        assert abs(keep - min(model.wv.get_vecattr(word, "sample_int") / 2**32, 1)) < 1e-6


def test_the_papers_rule_keeps_less():
    v = Vocabulary(["the", "rare"], np.array([999_000, 1_000]))
    assert v.keep(1e-3)[0] == pytest.approx(np.sqrt(1e-3 / 0.999) + 1e-3 / 0.999)
    assert v.keep(1e-3, rule="paper")[0] == pytest.approx(np.sqrt(1e-3 / 0.999))
    assert v.keep(0).tolist() == [1, 1] and v.keep(1e-3)[1] == 1
    with pytest.raises(ValueError, match="'code' or 'paper'"):
        v.keep(rule="book")


@pytest.mark.parametrize(
    ("corpus", "min_count", "error", "message"),
    [
        ([], 1, ValueError, "no words"),
        ([[], []], 1, ValueError, "no words"),
        ([["a", "b"], ["a"]], 3, ValueError, "'a', occurs 2 times. Pass min_count=2"),
        ("peter.txt", 1, TypeError, "single string"),
        (["peter pan"], 1, TypeError, "Sentence 0 is a string"),
        ([["a"], "b"], 1, TypeError, "Sentence 1 is a string"),
        (([w] for w in "ab"), 1, TypeError, "generator"),
        ([["a", 3]], 1, TypeError, "holds 3, int"),
        ([["a", float("nan")]], 1, TypeError, "holds nan, float"),
    ],
)
def test_bad_corpora_are_refused_with_what_to_do(corpus, min_count, error, message):
    with pytest.raises(error, match=message):
        Vocabulary.build(corpus, min_count)
