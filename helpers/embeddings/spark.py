"""Counts, TF-IDF and Word2Vec on Spark ML: for texts that one machine cannot hold. Needs pyspark and Java 17.

The same lines run on a laptop and on a cluster; only the master's address differs: ``local[2]`` is two threads of this
machine, ``spark://host:7077`` or ``yarn`` a cluster. On one machine Spark is slower than scikit-learn and gensim: what
it costs to hand work out is paid even where there is nobody to hand it to.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from pyspark.sql import DataFrame, SparkSession


class Counted(NamedTuple):
    """A table with a column more, and the vocabulary in the order of its vectors' entries."""

    frame: DataFrame
    vocabulary: list[str]


def session(master: str = "local[2]", **settings: str) -> SparkSession:
    """Start Spark, or give the session that runs already.

    Parameters
    ----------
    master : str
        ``local[N]`` for N threads here, or a cluster's address.
    settings
        Spark's own, with ``_`` for the dots: ``spark_executor_memory="4g"``.

    Raises
    ------
    ImportError
        If pyspark is not installed.
    RuntimeError
        If Java is not found; Spark 4 wants Java 17.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ImportError('Spark needs a package more: pip install "pixels-to-words[spark]"') from error
    if shutil.which("java") is None:
        raise RuntimeError("Spark needs Java 17, and there is no `java` on the PATH: install it (openjdk-17-jre).")
    builder = SparkSession.builder.appName("pixels-to-words").master(master)
    quiet = {"spark_ui_enabled": "false", "spark_ui_showConsoleProgress": "false", "spark_sql_shuffle_partitions": "4"}
    for name, value in {**quiet, **settings}.items():
        builder = builder.config(name.replace("_", "."), value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def table(spark: SparkSession, sentences: Iterable[list[str]]) -> DataFrame:
    """Make a table of a corpus: a row a sentence or document, with its number ``id`` and its ``words``.

    Raises
    ------
    ValueError
        If there are none.
    """
    rows = [(number, list(words)) for number, words in enumerate(sentences)]
    if not rows:
        raise ValueError("The corpus is empty: there are no sentences to make a table of.")
    return spark.createDataFrame(rows, "id long, words array<string>")


def counts(frame: DataFrame, *, min_df: float = 1, max_words: int = 1 << 18) -> Counted:
    """Count words per document: a column ``counts`` of sparse vectors, the most frequent word first.

    Parameters
    ----------
    frame : DataFrame
        With a column ``words``, as from :func:`table`.
    min_df : int or float
        Leave out words of fewer documents; below 1 it is a share of all documents.
    max_words : int
    """
    from pyspark.ml.feature import CountVectorizer

    model = CountVectorizer(inputCol="words", outputCol="counts", minDF=float(min_df), vocabSize=max_words).fit(frame)
    return Counted(model.transform(frame), list(model.vocabulary))


def tfidf(frame: DataFrame, *, min_df: float = 1, max_words: int = 1 << 18) -> Counted:
    """Weigh the counts: a column ``tfidf`` of sparse vectors of length 1.

    Spark's weight of a word in df of N documents is ln((N + 1) / (df + 1)); scikit-learn adds 1 to it, so that a word
    of all documents keeps some weight. Here, as in Spark, it has none.
    """
    from pyspark.ml.feature import IDF, Normalizer

    counted, vocabulary = counts(frame, min_df=min_df, max_words=max_words)
    weighed = IDF(inputCol="counts", outputCol="weighed").fit(counted).transform(counted)
    return Counted(Normalizer(inputCol="weighed", outputCol="tfidf").transform(weighed).drop("weighed"), vocabulary)


def word2vec(
    frame: DataFrame,
    *,
    vector_size: int = 100,
    window: int = 5,
    min_count: int = 5,
    epochs: int = 1,
    alpha: float = 0.025,
    partitions: int = 1,
    seed: int = 1,
) -> KeyedVectors:
    """Learn word vectors with Spark's Word2Vec: skip-gram with hierarchical softmax, each part of the data on its own.

    Parameters
    ----------
    frame : DataFrame
        With a column ``words``.
    partitions : int
        Parts that learn side by side and are averaged after each epoch: more are faster and learn less.

    Returns
    -------
    KeyedVectors
        gensim's, in the order in which Spark gives the words.

    Raises
    ------
    ValueError
        If no word occurs ``min_count`` times.
    """
    import numpy as np
    from gensim.models import KeyedVectors
    from pyspark.ml.feature import Word2Vec
    from pyspark.sql import functions as f

    words = frame.select(f.explode("words").alias("word")).groupBy("word").count()
    if words.where(f.col("count") >= min_count).isEmpty():
        raise ValueError(f"No word occurs min_count={min_count} times: pass a smaller one, or a larger corpus.")
    learner = Word2Vec(
        inputCol="words", vectorSize=vector_size, windowSize=window, minCount=min_count, maxIter=epochs,
        stepSize=alpha, numPartitions=partitions, seed=seed,
    )  # fmt: skip
    rows = learner.fit(frame).getVectors().orderBy("word").collect()
    vectors = KeyedVectors(vector_size)
    vectors.add_vectors([row.word for row in rows], np.array([row.vector.toArray() for row in rows], np.float32))
    return vectors
