"""Similarity and analogies: gensim's numbers, what is unknown, what excluding the inputs hides, each mistake told."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors

from helpers import datasets
from helpers.datasets import files
from helpers.embeddings import evaluate_analogies, evaluate_similarity, judgements, load_vectors, read_analogies, search
from helpers.embeddings.evaluation import Similarity

REAL = os.environ.get("COURSE_DATA")
GOOGLE = files.in_package("gensim", "test", "test_data", "questions-words.txt")
PAIRS = {
    "wordsim353": files.in_package("gensim", "test", "test_data", "wordsim353.tsv"),
    "simlex999": files.in_package("gensim", "test", "test_data", "simlex999.txt"),
}


def vectors(words, table):
    wv = KeyedVectors(len(table[0]))
    wv.add_vectors(list(words), np.array(table, np.float32))
    return wv


@pytest.fixture(scope="module")
def google():
    """Vectors with grain of sense for most of Google's words: the pairs of a section share a direction, and noise."""
    rng = np.random.default_rng(1)
    found = {}
    for section, a, b, c, d in datasets.load("google-analogies"):
        direction = np.random.default_rng(len(section)).normal(size=30)
        for left, right in ((a, b), (c, d)):
            found.setdefault(left, rng.normal(size=30) * 2)
            found.setdefault(right, found[left] + direction + rng.normal(size=30) * 0.9)
    words = [word for word in found if hash_of(word) % 12]
    # Other spellings of some words, near the first ones
    for word in words[::7]:
        found.setdefault(word.upper(), found[word] + 0.1)
    words = [word for word in found if hash_of(word) % 12]
    return vectors(words, [found[word] for word in words])


def hash_of(word):
    return sum(word.encode())


def gensims(wv, path, **settings):
    """Section, correct and asked, as gensim counts."""
    _, sections = wv.evaluate_word_analogies(str(path), **settings)
    return {one["section"]: (len(one["correct"]), len(one["correct"]) + len(one["incorrect"])) for one in sections}


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# Analogies


@pytest.mark.parametrize(
    ("restrict_vocab", "case_insensitive", "rows"), [(None, True, 4096), (None, False, 100), (700, True, 37)]
)
def test_analogies_equal_gensims_section_by_section(
    google, tmp_path, monkeypatch, restrict_vocab, case_insensitive, rows
):
    monkeypatch.setattr(search, "_ROWS", rows)
    lines = GOOGLE.read_text().splitlines()
    some = [line for number, line in enumerate(lines) if line.startswith(":") or number % 16 == 0]
    path = write(tmp_path / "some.txt", "\n".join(some))
    theirs = gensims(google, path, restrict_vocab=restrict_vocab, case_insensitive=case_insensitive)
    table = evaluate_analogies(google, path, restrict_vocab=restrict_vocab, case_insensitive=case_insensitive)
    total = theirs.pop("Total accuracy")
    assert {name: (table.correct[name], table.asked[name]) for name in theirs} == theirs
    assert (table.correct["total"], table.asked["total"]) == total and 0.1 < table.accuracy["total"] < 0.95
    assert table.index[-3:].to_list() == ["semantic", "syntactic", "total"]
    for kind in ("correct", "asked", "unknown"):
        assert table[kind].semantic + table[kind].syntactic == table[kind].total == table[kind][: len(theirs)].sum()
    assert (table.asked + table.unknown).total == len(some) - 14 and table.unknown.total > 0
    assert table.dtypes.astype(str).to_list() == ["int64"] * 3 + ["float64"]


SQUARE = vectors(
    ["man", "king", "woman", "queen", "apple"], [[1, 0, 0], [1, 0.2, 0], [1, 0, 1], [0.6, 0.6, 1], [0, 0, -1]]
)
QUESTIONS = [("royal", "man", "king", "woman", "queen"), ("royal", "king", "man", "queen", "woman")]


def test_without_exclusion_the_input_itself_is_the_nearest():
    assert evaluate_analogies(SQUARE, QUESTIONS).accuracy["total"] == 1
    table = evaluate_analogies(SQUARE, QUESTIONS, exclude_inputs=False)
    assert table.loc["royal"].to_list() == [0, 2, 0, 0]  # woman + king - man is nearest to woman


def test_without_exclusion_any_word_may_be_the_answer(google):
    asked = [one for one in datasets.load("google-analogies")[::150] if all(word in google for word in one[1:])]
    right = 0
    for _, a, b, c, d in asked:
        mean = google.get_mean_vector([b, c, a], weights=[1, 1, -1], pre_normalize=True)
        right += google.similar_by_vector(mean, topn=1)[0][0] == d
    table = evaluate_analogies(google, asked, exclude_inputs=False, case_insensitive=False)
    assert (table.correct["total"], table.asked["total"]) == (right, len(asked))
    assert 0 < right < evaluate_analogies(google, asked, case_insensitive=False).correct["total"]


def test_unknown_words_are_counted_and_sections_keep_their_order():
    asked = [("z", "man", "king", "woman", "QUEEN"), ("z", "man", "king", "uncle", "aunt"), ("a", "x", "y", "z", "v")]
    table = evaluate_analogies(SQUARE, asked)
    assert table.index.to_list() == ["z", "a", "total"] and table.unknown.to_list() == [1, 1, 2]
    assert table.accuracy["z"] == 1 and np.isnan(table.accuracy["a"]) and table.correct["total"] == 1
    assert evaluate_analogies(SQUARE, asked, case_insensitive=False).asked["total"] == 0
    assert evaluate_analogies(SQUARE, asked, restrict_vocab=3).asked["total"] == 0


def test_other_spellings_of_an_input_are_no_answer():
    wv = vectors(
        ["man", "king", "woman", "queen", "WOMAN"], [[1, 0, 0], [1, 0.2, 0], [1, 0, 1], [0.6, 0.6, 1], [1, 0.1, 1]]
    )
    assert evaluate_analogies(wv, QUESTIONS[:1]).correct["total"] == 1
    assert evaluate_analogies(wv, QUESTIONS[:1], case_insensitive=False).correct["total"] == 0


def test_zeros_are_never_better_than_an_answer_and_never_nan():
    wv = vectors([*SQUARE.index_to_key, "zero"], [*SQUARE.vectors, np.zeros(3)])
    assert evaluate_analogies(wv, [*QUESTIONS, ("zeros", "zero", "king", "woman", "queen")]).correct["royal"] == 2


def test_the_korean_questions_file_is_read(tmp_path):
    path = write(
        tmp_path / "word_analogy_korean.txt",
        "\ufeff: 수도-국가\r\n서울 한국 도쿄 일본\r\n도쿄\t일본\t서울\t한국\r\n\r\n# 주석\r\n"
        ": gram-존대\r\n가다 가시다 오다 오시다\r\n",
    )
    asked = read_analogies(path)
    assert asked == [
        ("수도-국가", "서울", "한국", "도쿄", "일본"),
        ("수도-국가", "도쿄", "일본", "서울", "한국"),
        ("gram-존대", "가다", "가시다", "오다", "오시다"),
    ]
    wv = vectors(["서울", "한국", "도쿄", "일본"], [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]])
    table = evaluate_analogies(wv, path)
    assert table.correct.to_list() == [2, 0, 2, 0, 2] and table.unknown.to_list() == [0, 1, 0, 1, 1]


def test_questions_by_name_and_all_of_them():
    asked = judgements.questions_of("google")
    assert len(asked) == 19_544 and asked == judgements.questions_of(GOOGLE)
    table = evaluate_analogies(vectors(["the"], [[1.0]]))
    assert table.unknown["total"] == 19_544 and table.unknown["semantic"] == 8869 and len(table) == 17


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("# nothing\n", "has no questions"),
        ("a b c d\n", "line 1: expected ': section' before the first question, found 'a b c d'"),
        (": x\na b c d\na b c\n", "line 3: expected four words, found 'a b c'"),
        (": x\na b c d e\n", "line 2: expected four words"),
    ],
)
def test_a_broken_questions_file_is_told(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        evaluate_analogies(SQUARE, write(tmp_path / "q.txt", text))


# Similarity


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("case_insensitive", [True, False])
def test_similarity_equals_gensims(name, case_insensitive):
    table = judgements.triples_of(name)[1]
    words = [word for word in dict.fromkeys(w for a, b, _ in table for w in (a, b)) if hash_of(word) % 5]
    wv = vectors(words, np.random.default_rng(2).normal(size=(len(words), 10)))
    ours = evaluate_similarity(wv, name, case_insensitive=case_insensitive)
    for dummy, spearman, pearson in (
        (False, ours.spearman, ours.pearson),
        (True, ours.spearman_all, ours.pearson_all),
    ):
        theirs = wv.evaluate_word_pairs(str(PAIRS[name]), case_insensitive=case_insensitive, dummy4unknown=dummy)
        assert spearman == pytest.approx(theirs[1].statistic, abs=1e-6)
        assert pearson == pytest.approx(theirs[0].statistic, abs=1e-6)
        assert 100 * ours.unknown / len(table) == pytest.approx(theirs[2])
    assert ours.used + ours.unknown == len(table) == {"wordsim353": 353, "simlex999": 999}[name]
    assert 0 < ours.unknown < ours.used and ours.spearman != ours.spearman_all


def test_dropping_unknown_pairs_flatters():
    wv = vectors(["a", "b", "c", "d"], [[1, 0], [1, 0.1], [0, 1], [1, 1]])
    pairs = [("a", "b", 10), ("a", "d", 5), ("a", "c", 1), ("a", "x", 9), ("y", "z", 8), ("x", "y", 0)]
    found = evaluate_similarity(wv, pairs)
    assert found == Similarity("pairs", 1.0, found.pearson, 3, 3, found.spearman_all, found.pearson_all)
    assert 0 < found.spearman_all < 0.6 < found.pearson
    assert list(pd.DataFrame([found, found]).columns) == list(Similarity._fields)
    assert evaluate_similarity(wv, pd.DataFrame(pairs)) == found
    assert evaluate_similarity(wv, [(x.upper(), y, s) for x, y, s in pairs]) == found
    assert evaluate_similarity(wv, pairs, restrict_vocab=3).used == 2


def test_pairs_from_a_file(tmp_path):
    wv = vectors(["a", "b", "c"], [[1, 0], [1, 0.1], [0, 1]])
    wanted = [("a", "b", 9.5), ("a", "c", 1.0)]
    for text in (
        "# note\na\tb\t9.5\na\tc\t1\n",
        "word 1,word 2,score\na,b,9.5\na,c,1 \n",
        "\ufeffa , b ,9.5\r\n\r\na,c,1",
    ):
        assert judgements.read_pairs(write(tmp_path / "pairs.txt", text)) == wanted
        assert evaluate_similarity(wv, tmp_path / "pairs.txt").pairs == "pairs"
        assert evaluate_similarity(wv, str(tmp_path / "pairs.txt")).used == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("word,word,score\n", "has no pairs"),
        ("a,b,1\na,b\n", "line 2: expected two words and a number, found 'a,b'"),
        ("a,b,1\nc,d,high\n", "line 2: expected two words and a number"),
        ("a,b,1\nc,d,nan\n", "line 2"),
        ("a,b,1x\n", "line 1"),
        ("a b 1\n", "line 1"),
    ],
)
def test_a_broken_pairs_file_is_told(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        evaluate_similarity(SQUARE, write(tmp_path / "pairs.csv", text))


@pytest.mark.parametrize("evaluate", [evaluate_similarity, evaluate_analogies])
def test_vectors_that_cannot_be_compared_are_refused(evaluate):
    with pytest.raises(ValueError, match="There are no vectors"):
        evaluate(KeyedVectors(3))
    bad = vectors(["love", "sex", "tiger"], [[1, 2], [3, np.nan], [1, 1]])
    with pytest.raises(ValueError, match="1 of 3 vectors hold nan or inf.*'sex'"):
        evaluate(bad)


def test_what_cannot_be_judged_is_told():
    with pytest.raises(ValueError, match="none of the 353 pairs has two known words.*'노력'.*Is the language the same"):
        evaluate_similarity(vectors(["노력"], [[1, 0]]), "wordsim353")
    with pytest.raises(FileNotFoundError, match="Did you mean 'simlex999'"):
        evaluate_similarity(SQUARE, "simlex99")
    with pytest.raises(ValueError, match="Pair 0 is .*expected .word, word, score"):
        evaluate_similarity(SQUARE, [("man", "king")])
    with pytest.raises(ValueError, match="Question 0 is .*expected .section, a, b, c, d"):
        evaluate_analogies(SQUARE, [("man", "king", "woman", "queen")])
    with pytest.raises(ValueError, match="There are no questions"):
        evaluate_analogies(SQUARE, [])
    one = evaluate_similarity(SQUARE, [("man", "king", 3)])
    assert np.isnan(one.spearman) and np.isnan(one.pearson) and one.used == 1
    zero = vectors(["a", "b", "c"], [[1, 0], [0, 0], [1, 1]])
    assert evaluate_similarity(zero, [("a", "b", 1), ("a", "c", 2)]).spearman == pytest.approx(1)


# The real vectors


@pytest.mark.real
def test_real_glove_has_gensims_scores(monkeypatch, tmp_path):
    if not REAL or not (Path(REAL) / "glove").is_dir():
        pytest.skip("no GloVe in COURSE_DATA: the real vectors were NOT tested")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    wv = load_vectors("glove.6B.50d.top50k")
    table = evaluate_analogies(wv, restrict_vocab=30_000)
    # gensim 4.4 on the same vectors: 7393 of 14877, and these sections
    assert table.loc["total", ["correct", "asked", "unknown"]].to_list() == [7393, 14877, 4667]
    assert table.correct[:14].to_list() == [403, 2006, 31, 354, 259, 127, 45, 699, 202, 397, 1362, 586, 680, 242]
    theirs = wv.evaluate_word_pairs(str(PAIRS["wordsim353"]))
    ours = evaluate_similarity(wv, "wordsim353")
    assert ours.spearman == pytest.approx(theirs[1].statistic, abs=1e-6) and (ours.used, ours.unknown) == (348, 5)
    assert ours.spearman > ours.spearman_all + 0.02  # leaving out what is unknown flatters
    hidden = evaluate_analogies(wv, restrict_vocab=30_000, exclude_inputs=False)
    assert hidden.correct["total"] == pytest.approx(4754, abs=2)


@pytest.mark.real
def test_the_korean_pairs(monkeypatch):
    if not REAL or not (Path(REAL) / "eval").is_dir():
        pytest.skip("no WS353_korean.csv in COURSE_DATA: it was NOT tested")
    name, triples = judgements.triples_of("ws353_korean")
    assert name == "ws353_korean" and len(triples) == 353 and triples[0] == ("사랑", "섹스", 6.42)
    assert triples == judgements.read_pairs(Path(REAL) / "eval" / "WS353_korean.csv")
    words = list(dict.fromkeys(word for a, b, _ in triples for word in (a, b)))
    found = evaluate_similarity(
        vectors(words[10:], np.random.default_rng(0).normal(size=(len(words) - 10, 50))), "ws353_korean"
    )
    assert abs(found.spearman) < 0.2 and 300 < found.used < 353
