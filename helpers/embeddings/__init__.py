"""Words as numbers: cutting text into words, corpora to learn from, and the vectors learned from them.

Names are handed on when they are first used; importing this package costs nothing.
"""

from helpers.lazy import hand_on

__getattr__, __dir__, __all__ = hand_on(
    __name__,
    {
        "cooccurrence": ["Cooccurrences", "count_cooccurrences"],
        "evaluation": ["Similarity", "evaluate_analogies", "evaluate_similarity"],
        "fasttext": ["FastText"],
        "glove": ["GloVe"],
        "judgements": ["read_analogies", "read_pairs"],
        "search": ["most_similar_batch"],
        "subwords": ["drawable", "ngram_ids", "ngrams"],
        "text": [
            *("Corpus", "available", "best", "check_documents", "corpus", "has_morphemes", "morphemes"),
            *("normalize_quotes", "punkt_status", "sentences", "words"),
        ],
        "vectors": ["load_vectors"],
        "word2vec": ["CBOW", "SkipGram"],
    },
)
