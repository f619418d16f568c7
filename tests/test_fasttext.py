"""FastText: n-grams and their numbers against the program's and gensim's; vectors of words never seen; Hangul."""

import itertools
import unicodedata

import numpy as np
import pytest
import torch
from gensim.models.fasttext import FastTextKeyedVectors
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes
from gensim.models.keyedvectors import KeyedVectors

from helpers.embeddings import FastText, SkipGram, text
from helpers.embeddings.subwords import drawable, fnv1a, ngram_ids, ngrams

torch.set_num_threads(1)
WORDS = [
    "where",
    "a",
    "I",
    "of",
    "the",
    "banana",
    "naïve",
    "straße",
    "노력",
    "나",
    "피터팬",
    "안녕하세요",
    "𝔘nicode",
    "aaaa",
    "日本語",
]
# Printed by the C++ program (facebookresearch/fastText 1142dc4).
GOLDEN = {
    "<wh": 1048167652, "whe": 888420941, "her": 4105473420, "ere": 2073529033, "<pe": 1400350556, "<노력": 480156049,
}  # fmt: skip


@pytest.mark.parametrize(("gram", "value"), GOLDEN.items())
def test_hashes_are_the_programs(gram, value):
    assert fnv1a(gram) == value


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("minn", "maxn"), [(3, 6), (1, 2), (1, 6), (2, 2)])
def test_ngrams_and_their_numbers_are_gensims(word, minn, maxn):
    theirs = [gram.decode() for gram in compute_ngrams_bytes(word, minn, maxn)]
    assert ngrams(word, minn, maxn) == theirs
    assert ngram_ids(word, minn, maxn) == [
        ft_hash_bytes(gram.encode()) % 2_000_000 for gram in ngrams(word, minn, maxn)
    ]
    kv = FastTextKeyedVectors(4, minn, maxn, 2_000_000)
    kv.index_to_key = [word]
    kv.recalc_char_ngram_buckets()
    assert ngram_ids(word, minn, maxn) == kv.buckets_word[0].tolist()


def test_how_many_ngrams():
    assert len(ngrams("where")) == 14
    assert sorted(ngrams("노력")) == sorted(["<노력", "노력>", "<노력>"])
    assert ngrams("노력", 1, 1) == ["노", "력"]  # < and > alone are none
    assert ngrams("노력", 2, 2) == ["<노", "노력", "력>"]
    # Seven signs, < and > and five jamo: 5 + 4 + 3 + 2 n-grams of 3 to 6.
    assert len(ngrams("노력", jamo=True)) == 14 and len(ngrams("노력", 3, 3, jamo=True)) == 5
    assert ngrams("", 3, 6) == []


def test_jamo_are_shown_by_letters_that_fonts_draw():
    assert [drawable(gram) for gram in ngrams("노력", 3, 3, jamo=True)] == [
        "<ㄴㅗ",
        "ㄴㅗㄹ",
        "ㅗㄹㅕ",
        "ㄹㅕㄱ",
        "ㅕㄱ>",
    ]
    assert drawable("<where> é 노력") == "<where> é 노력"
    for number in text._JAMO:
        assert drawable(chr(number)) == chr(number).translate(text._JAMO)
    assert drawable("\u1140") == "ㅿ" and drawable("\u1113") == "\u1113"  # old Korean: where there is a letter


NOUNS, VERBS = ["peter", "wendy", "hook", "john"], ["walk", "sail", "jump", "play", "talk", "cook"]
SMALL = dict(vector_size=16, window=2, min_count=1, sample=0, epochs=20, device="cpu", alpha=0.05)


def a_text(without=(), sentences=1200):
    """Past forms follow "yesterday", forms in -ing follow "now": the end of a word says where it stands."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(sentences):
        verb, noun = VERBS[rng.integers(6)], NOUNS[rng.integers(4)]
        frame = [["yesterday", noun, verb + "ed"], ["now", noun, verb + "ing"]][rng.integers(2)]
        found.append([word for word in frame if word not in without])
    return found


@pytest.fixture(scope="module")
def model():
    return FastText(a_text(without=("cooked", "cooking")), **SMALL)


@pytest.mark.parametrize("sg", [True, False])
def test_a_word_never_seen_is_near_those_with_its_ending(sg):
    model = FastText(**SMALL, sg=sg)
    model.build_vocab(a_text(without=("cooked", "cooking")))

    def gap():
        """How much nearer it is to its own ending than to the other; untrained vectors share parts too."""
        found = []
        for verb, (own, other) in itertools.product(VERBS[:-1], [("ed", "ing"), ("ing", "ed")]):
            near, far = (model.wv.similarity(verb + own, "cook" + ending) for ending in (own, other))
            found.append(near - far)
        return np.mean(found)

    before = gap()
    model.train(a_text(without=("cooked", "cooking")))
    assert gap() > 0.6 > 0.4 > before, (gap(), before)
    nearest = {ending: [word for word, _ in model.wv.most_similar("cook" + ending, topn=4)] for ending in ("ed", "ing")}
    assert all(word.endswith(ending) for ending, words in nearest.items() for word in words), nearest
    assert model.losses[-1] < model.losses[0]


def test_words_of_a_kind_come_together():
    from tests.test_word2vec import TEXT, neighbours_of_the_same_kind

    # Without n-grams it is skip-gram; with them "verb1" has parts of "verb2", which proves nothing.
    model = FastText(TEXT, **SMALL | {"epochs": 15}, bucket=0)
    assert neighbours_of_the_same_kind(model.wv) > 0.9 and "verb99" not in model.wv


def test_without_ngrams_it_is_skipgram():
    model, other = FastText(a_text(), **SMALL | {"epochs": 1}, bucket=0, batch_size=64), SkipGram(**SMALL)
    other.epochs, other.batch_size = 1, 64
    other.build_vocab(a_text())
    other.inputs.weights *= 2  # fastText's start is twice as wide
    other.train(a_text())
    assert np.allclose(model.wv.vectors, other.wv.vectors, atol=1e-6)


def test_a_vector_is_the_mean_of_its_rows(model):
    """fastText's mean of the word's own row and its n-grams'; gensim's FastTextKeyedVectors as witness."""
    wv, weights = model.wv, model.inputs.weights.numpy()
    witness = FastTextKeyedVectors(16, 3, 6, 2_000_000)
    witness.key_to_index, witness.index_to_key = dict(wv.key_to_index), list(wv.index_to_key)
    witness.vectors_vocab = weights[: len(wv)].copy()
    witness.vectors_ngrams = np.zeros((2_000_000, 16), np.float32)
    witness.vectors_ngrams[model.inputs.buckets] = weights[len(wv) :]
    witness.recalc_char_ngram_buckets()
    witness.adjust_vectors()
    assert np.allclose(wv.vectors, witness.vectors, atol=1e-6)
    for unseen in ("cooked", "walker", "yesterdays", "pete", "inging"):
        ids = ngram_ids(unseen)
        known = np.isin(ids, model.inputs.buckets).sum()
        assert 0 < known < len(ids) and not model.knows(unseen)
        # gensim divides by all n-grams, also those without a vector.
        assert np.allclose(model.vector(unseen) * known / len(ids), witness.get_vector(unseen), atol=1e-6)
        assert np.allclose(wv.get_vector(unseen, norm=True), witness.get_vector(unseen, norm=True), atol=1e-6)
    theirs, ours = witness.most_similar("cooked", topn=5), wv.most_similar("cooked", topn=5)
    assert [word for word, _ in ours] == [word for word, _ in theirs]


def test_in_asks_for_a_vector_and_knows_for_the_text(model):
    assert "walked" in model.wv and model.knows("walked") and model.wv.knows("walked")
    assert "walkedly" in model.wv and not model.knows("walkedly")
    assert "xyz" not in model.wv and not model.knows("xyz")
    with pytest.raises(KeyError, match="'xyz' was not in the text, nor was any of its n-grams of 3 to 6"):
        model.vector("xyz")
    with pytest.raises(KeyError):
        model.wv.most_similar("xyz")
    assert isinstance(model.wv, KeyedVectors) and np.array_equal(model.wv[0], model.wv[model.wv.index_to_key[0]])
    assert model.wv[["walked", "cooked"]].shape == (2, 16)


def test_one_step_moves_every_row_by_the_whole_change():
    """fastText does not divide the slope by the number of rows: so a word's mean moves by just the change."""
    model = FastText(**SMALL)
    model.build_vocab([["walked", "walking", "aaaa"]])
    parts = model.inputs
    before = parts.weights.clone()
    words = torch.tensor([[model.vocabulary.index["walked"], model.vocabulary.index["walking"]]])
    means, add = parts.look_up(words)
    change = torch.randn(1, 2, 16)
    add(change)
    ids = {word: ngram_ids(word) for word in ("walked", "walking")}
    for row, bucket in enumerate(parts.buckets, start=3):
        expected = sum(change[0, k] * (bucket in ids[word]) for k, word in enumerate(ids))
        assert torch.allclose(parts.weights[row] - before[row], torch.as_tensor(expected), atol=1e-6)
    own = before[words[0, 0]] + before[3 + np.searchsorted(parts.buckets, ids["walked"])].sum(0)
    assert torch.allclose(means[0, 0], own / (1 + len(ids["walked"])), atol=1e-6)


def test_only_buckets_in_use_have_rows_and_a_collision_is_one():
    model = FastText(**SMALL)
    model.build_vocab([["walked", "walking"]])
    used = {i for word in ("walked", "walking") for i in ngram_ids(word)}
    assert model.inputs.buckets.tolist() == sorted(used) and len(model.inputs.weights) == 2 + len(used)
    tight = FastText(**SMALL, bucket=7)
    tight.build_vocab([["walked", "walking"]])
    assert tight.inputs.buckets.max() < 7 and len(tight.inputs.weights) <= 9
    assert "anything" in tight.wv  # 7 buckets: every n-gram collides with one that was learned
    assert np.bincount(tight.inputs.rows)[2:].sum() == len(ngrams("walked")) + len(ngrams("walking"))


def test_start_values_are_fasttexts():
    model = FastText(**SMALL | {"vector_size": 50})
    model.build_vocab(a_text())
    start = model.inputs.weights.numpy() * 50
    assert 0.99 < start.max() <= 1 and -1 <= start.min() < -0.99 and abs(start.mean()) < 0.02


def test_jamo_join_words_that_share_no_syllable():
    """'먹다' and '먹었다' share 먹; '가다' and '갔다' share no syllable but ㄱ ㅏ."""
    korean = [["나는", "가다"], ["너는", "오다"]] * 5
    by_syllable, by_jamo = (
        FastText(korean, **SMALL | {"epochs": 1, "minn": 2, "maxn": 3}, jamo=j) for j in (False, True)
    )
    assert set(by_syllable.wv.rows("갔")) == set() and len(by_jamo.wv.rows("갔")) > 0
    with pytest.raises(KeyError, match="n-grams of 2 to 3"):
        by_syllable.vector("갔")
    assert unicodedata.normalize("NFD", "갔").startswith(unicodedata.normalize("NFD", "가"))


def test_a_run_that_goes_on_is_the_run_that_never_stopped(tmp_path):
    class Keep:
        def on_epoch_end(self, model):
            if model.epoch == 1:
                model.save(tmp_path / "run.npz")

    whole = FastText(a_text(), **SMALL | {"epochs": 3}, callbacks=[Keep()], jamo=True, minn=2, bucket=1000)
    again = FastText.load(tmp_path / "run.npz", device="cpu")
    assert again.jamo and again.bucket == 1000 and again.sg
    again.train(a_text())
    assert np.array_equal(again.wv.vectors, whole.wv.vectors)
    assert np.array_equal(again.vector("unwalked"), whole.vector("unwalked"))


def test_the_same_seed_gives_the_same_numbers_with_one_thread_or_two():
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append(FastText(a_text(sentences=300), **SMALL | {"vector_size": 100, "epochs": 1}).wv.vectors)
    torch.set_num_threads(1)
    assert np.array_equal(*found)


@pytest.mark.parametrize("settings", [{"minn": 0}, {"minn": 4, "maxn": 3}, {"bucket": -1}])
def test_lengths_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match="expected 1 <= minn <= maxn and bucket >= 0"):
        FastText(**settings)
