"""Sub-sampling, windows, pairs and blocks: against loops that can be read at a glance."""

import numpy as np
import pytest

from helpers.embeddings.pairs import blocks, pairs, thin, windows
from helpers.embeddings.vocabulary import Tokens

RNG = np.random.default_rng(0)
LENGTHS = (3, 0, 1, 40, 2, 17)
TEXT = Tokens(np.arange(100, 100 + sum(LENGTHS)).astype(np.int32), np.cumsum([0, *LENGTHS]))


def sentence_of(place):
    return np.searchsorted(TEXT.starts, place, side="right")


def by_loop(window, seed):
    first, last = windows(TEXT, window, np.random.default_rng(seed))
    return [(p, o) for p in range(len(TEXT.ids)) for o in range(first[p], last[p] + 1) if o != p]


def test_windows_reach_one_to_window_words_evenly_and_stay_in_the_sentence():
    first, last = windows(TEXT, 5, RNG)
    for p in range(len(TEXT.ids)):
        assert sentence_of(first[p]) == sentence_of(p) == sentence_of(last[p])
        assert first[p] <= p <= last[p]
    alone = 3  # the sentence of one word
    assert first[alone] == last[alone] == alone
    long = Tokens(np.zeros(50_000, np.int32), np.array([0, 50_000]))
    reach = (windows(long, 5, RNG)[1] - np.arange(50_000))[:-5]
    assert np.bincount(reach, minlength=6)[0] == 0
    assert np.allclose(np.bincount(reach)[1:] / len(reach), 0.2, atol=0.01)


@pytest.mark.parametrize("window", [1, 2, 5])
def test_pairs_are_those_of_the_loop(window):
    found = pairs(TEXT, window, np.random.default_rng(7))
    assert found.dtype == np.int32
    assert (found - 100).tolist() == [list(pair) for pair in by_loop(window, 7)]


@pytest.mark.parametrize(("window", "size", "number"), [(1, 4, 1), (5, 16, 2), (3, 16, 40), (5, 7, 3)])
def test_blocks_hold_every_pair_once_and_nothing_else(window, size, number):
    found = []
    for words, around, near in blocks(TEXT, window, size, number, np.random.default_rng(7)):
        assert words.shape[1] == size and around.shape[1] == size + 2 * window and words.dtype == np.int64
        n, t, c = np.nonzero(near)
        found += [(int(a), int(b)) for a, b in zip(words[n, t], around[n, c], strict=True)]
    assert sorted(found) == sorted((100 + p, 100 + o) for p, o in by_loop(window, 7))


def test_words_stay_with_their_chance_and_neighbours_move_together():
    assert thin(TEXT, np.ones(200), RNG).ids.tolist() == TEXT.ids.tolist()
    keep = np.ones(200)
    keep[101] = keep[103] = 0  # the middle of the first sentence, and a whole sentence
    ids, starts = thin(TEXT, keep, RNG)
    assert ids[:3].tolist() == [100, 102, 104] and starts.tolist() == [0, 2, 2, 2, 42, 44, 61]
    many = Tokens(np.tile(np.array([0, 1], np.int32), 20_000), np.arange(0, 40_001, 8))
    left = thin(many, np.array([0.25, 0.75]), RNG)
    assert np.allclose(np.bincount(left.ids) / 20_000, [0.25, 0.75], atol=0.015)
    assert left.starts[0] == 0 and left.starts[-1] == len(left.ids) and len(left.starts) == len(many.starts)


def test_a_text_of_which_nothing_is_left_has_no_pairs():
    nothing = thin(TEXT, np.zeros(200), RNG)
    assert len(pairs(nothing, 5, RNG)) == 0 and list(blocks(nothing, 5, 16, 2, RNG)) == []
