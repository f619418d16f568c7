"""Marks for vectors whose groups are known, on vectors that can be reckoned with by hand."""

import numpy as np
import pytest
from gensim.models import KeyedVectors

from helpers.embeddings.grouping import agreement, group_share, inside_and_out, parallelism, two_ways


@pytest.fixture
def wv():
    """Two fruits and two tools; the first of each lies along x and y, the others 60 degrees from them."""
    found = KeyedVectors(2)
    vectors = np.array([[2, 0], [1, 3**0.5], [0, 1], [-(3**0.5), 1]], np.float32)
    found.add_vectors(["fig", "pear", "saw", "axe"], vectors)
    return found


KINDS = {"fruit": ["fig", "pear"], "tool": ["saw", "axe"]}


def test_shares_of_the_nearest(wv):
    # Nearest of fig (0 degrees): pear (60); of pear: saw (90); of saw: pear; of axe (150): saw.
    assert group_share(wv, KINDS, 1) == 2 / 4
    assert group_share(wv, KINDS, 3) == pytest.approx(1 / 3)
    assert group_share(wv, {"all": ["fig", "pear", "saw", "axe"]}, 2) == 1


def test_unknown_words_are_left_out_and_too_few_are_an_error(wv):
    assert group_share(wv, {**KINDS, "fish": ["eel"]}, 1) == 2 / 4
    with pytest.raises(ValueError, match="2 of the words are known: expected more than topn=3"):
        group_share(wv, {"fruit": ["fig", "pear", "kiwi", "lime", "plum"]})


def test_within_groups_and_between(wv):
    cos = np.cos(np.deg2rad([60, 60, 90, 30, 150, 90]))  # fig-pear, saw-axe | fig-saw, pear-saw, fig-axe, pear-axe
    assert inside_and_out(wv, KINDS) == pytest.approx([cos[:2].mean(), cos[2:].mean()], abs=1e-6)


def test_two_ways_of_grouping(wv):
    topics = {"garden": ["fig", "saw"], "wood": ["pear", "axe", "unknown"]}
    cos = np.cos(np.deg2rad([60, 60, 90, 90]))  # kinds: fig-pear, saw-axe; topics: fig-saw, pear-axe
    assert two_ways(wv, KINDS, topics) == pytest.approx([cos[:2].mean(), cos[2:].mean()], abs=1e-6)


def test_the_length_of_a_vector_does_not_count(wv):
    long = KeyedVectors(2)
    long.add_vectors(wv.index_to_key, wv.vectors * np.array([[1], [100], [0.1], [7]], np.float32))
    assert inside_and_out(long, KINDS) == pytest.approx(inside_and_out(wv, KINDS), abs=1e-6)


def test_agreement_of_two_models(wv):
    mirrored, other = KeyedVectors(2), KeyedVectors(2)
    mirrored.add_vectors(wv.index_to_key[::-1], wv.vectors[::-1] * np.float32([-1, 1]))
    other.add_vectors(["fig", "pear", "saw"], np.array([[1, 0], [0, 1], [1, 0.1]], np.float32))
    assert agreement(wv, mirrored, ["fig", "pear", "saw", "axe", "unknown"]) == pytest.approx(1)
    # fig-pear, fig-saw, pear-saw: 60, 90, 30 degrees here, 90, 5.7 and 84.3 there
    theirs = np.cos([np.pi / 2, np.arctan(0.1), np.pi / 2 - np.arctan(0.1)])
    truth = np.corrcoef(np.cos(np.deg2rad([60, 90, 30])), theirs)[0, 1]
    assert agreement(wv, other, wv.index_to_key) == pytest.approx(truth, abs=1e-6)
    with pytest.raises(ValueError, match="Both know 2 of the words: expected three or more"):
        agreement(wv, other, ["fig", "pear", "axe"])


def test_arrows_of_a_relation_and_of_wrong_partners():
    wv = KeyedVectors(2)
    wv.add_vectors(["man", "woman", "king", "queen"], np.array([[0, 0], [1, 0], [0, 2], [3, 2]], np.float32))
    # Both arrows lead to the right; crossed, man to queen (3, 2) and king to woman (1, -2).
    crossed = (3 * 1 - 2 * 2) / (13 * 5) ** 0.5
    assert parallelism(wv, [("man", "woman"), ("king", "queen")]) == pytest.approx([1, crossed], abs=1e-6)
    with pytest.raises(ValueError, match="1 pairs: expected at least two"):
        parallelism(wv, [("man", "woman")])
