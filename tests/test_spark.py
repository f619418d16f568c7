"""Spark on this machine: scikit-learn's numbers, a vector for each word. Runs where pyspark and Java are."""

import importlib.util
import shutil

import numpy as np
import pytest

from helpers.embeddings import spark as ours

DOCUMENTS = [["deep", "learning", "is", "deep"], ["learning", "is", "fun"], ["is", "it", "fun"]]


@pytest.fixture(scope="module")
def spark():
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("pyspark or Java is not installed: Spark NOT tested")
    running = ours.session("local[2]")
    yield running
    running.stop()


@pytest.mark.spark
def test_counts_equal_scikit_learns(spark):
    from sklearn.feature_extraction.text import CountVectorizer

    frame, vocabulary = ours.counts(ours.table(spark, DOCUMENTS))
    found = np.array([row.counts.toArray() for row in frame.orderBy("id").collect()])
    theirs = CountVectorizer(analyzer=list, vocabulary=vocabulary).fit_transform(DOCUMENTS).toarray()
    assert vocabulary[0] == "is" and found.tolist() == theirs.tolist() and found.sum() == 10
    assert set(ours.counts(ours.table(spark, DOCUMENTS), min_df=2).vocabulary) == {"is", "learning", "fun"}


@pytest.mark.spark
def test_tfidf_is_sparks_formula(spark):
    frame, vocabulary = ours.tfidf(ours.table(spark, DOCUMENTS))
    counted = np.array([row.counts.toArray() for row in frame.orderBy("id").collect()])
    weights = counted * np.log(4 / (1 + (counted > 0).sum(0)))
    found = np.array([row.tfidf.toArray() for row in frame.orderBy("id").collect()])
    np.testing.assert_allclose(found, weights / np.linalg.norm(weights, axis=1, keepdims=True), atol=1e-12)
    assert not found[:, vocabulary.index("is")].any()  # it is in every document


@pytest.mark.spark
def test_word2vec_gives_gensims_keyed_vectors(spark):
    rng = np.random.default_rng(0)
    animals, tools = ["cat", "dog", "cow"], ["saw", "axe", "awl"]
    text = [list(rng.choice(group, 6)) for _ in range(300) for group in (animals, tools)]
    text = [[str(word) for word in sentence] for sentence in text]
    vectors = ours.word2vec(ours.table(spark, text), vector_size=8, window=3, epochs=5, alpha=0.1)
    assert sorted(vectors.index_to_key) == sorted(animals + tools) and vectors.vectors.shape == (6, 8)
    assert {word for word, _ in vectors.most_similar("cat", topn=2)} == {"dog", "cow"}
    with pytest.raises(ValueError, match="min_count=5000"):
        ours.word2vec(ours.table(spark, text), min_count=5000)


@pytest.mark.spark
def test_an_empty_corpus_is_told(spark):
    with pytest.raises(ValueError, match="empty"):
        ours.table(spark, [])


def test_without_pyspark_or_java_it_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ImportError, match=r"pixels-to-words\[spark\]"):
        ours.session()
    if importlib.util.find_spec("pyspark"):
        monkeypatch.undo()
        monkeypatch.setattr(shutil, "which", lambda name: None)
        with pytest.raises(RuntimeError, match="Java 17"):
            ours.session()
