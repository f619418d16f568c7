"""Figures of word vectors: every word is there, no label covers another, arrows lead from pair to pair."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from gensim.models import KeyedVectors
from matplotlib.colors import to_rgb

from helpers import course
from helpers.embeddings.plots import parallelogram, word_map

GROUPS = {
    "fruit": ["pear", "fig", "almond", "cranberry", "pineapple", "plum"],
    "tools": ["hammer", "screwdriver", "saw", "needle", "broom", "anvil"],
    "ships": ["oar", "anchor", "sail", "harbour", "captain", "rudder"],
}


@pytest.fixture
def ax():
    course.setup(language="en")
    yield plt.subplots(figsize=(7, 5))[1]
    plt.close("all")


@pytest.fixture
def wv():
    """Words of a group lie close together, so that their labels would cover each other."""
    rng = np.random.default_rng(0)
    found = KeyedVectors(8)
    for members in GROUPS.values():
        found.add_vectors(members, (rng.normal(size=8) + 0.15 * rng.normal(size=(len(members), 8))).astype(np.float32))
    return found


def boxes(ax):
    ax.figure.canvas.draw()
    return {text.get_text().strip(): text.get_window_extent() for text in ax.texts if text.get_text()}


def overlaps(found):
    return [(a, b) for a, b in combinations(found, 2) if found[a].overlaps(found[b])]


def test_every_word_is_named_and_no_label_covers_another(ax, wv):
    ax.set_title("words")
    word_map(ax, wv, GROUPS)
    found, frame = boxes(ax), ax.get_window_extent().padded(1)
    assert sorted(found) == sorted(wv.index_to_key)
    assert overlaps(found) == []
    assert all(frame.containsx(box.x0) and frame.containsx(box.x1) for box in found.values())
    colors = {text.get_text(): to_rgb(text.get_color()) for text in ax.texts}
    assert colors["saw"] == to_rgb(course.PALETTE[1]) and len(ax.collections) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(GROUPS)
    assert ax.get_xlabel().startswith("PC 1 (") and ax.get_ylabel().endswith("%)")


def test_the_same_figure_each_time(wv):
    places = []
    for _ in range(2):
        _, ax = plt.subplots(figsize=(7, 5))
        word_map(ax, wv, GROUPS)
        places.append([text.get_position() for text in ax.texts])
    assert places[0] == places[1]
    plt.close("all")


def test_length_does_not_count(wv):
    long = KeyedVectors(8)
    long.add_vectors(wv.index_to_key, wv.vectors * np.linspace(0.1, 9, len(wv), dtype=np.float32)[:, None])
    offsets = []
    for vectors in (wv, long):
        _, ax = plt.subplots()
        word_map(ax, vectors, GROUPS)
        offsets.append(np.concatenate([dots.get_offsets() for dots in ax.collections]))
    np.testing.assert_allclose(*offsets, atol=1e-5)
    plt.close("all")


def test_arrows_lead_from_the_first_word_to_the_second(ax):
    wv, bases = KeyedVectors(6), 3 * np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
    pairs = [("king", "queen"), ("man", "woman"), ("actor", "actress"), ("son", "daughter")]
    for (first, second), base in zip(pairs, bases, strict=True):
        wv.add_vectors([first, second], [base + [0, 0, 0, 0, 1, 0], base - [0, 0, 0, 0, 1, 0]])
    parallelogram(ax, wv, pairs)
    found = boxes(ax)
    assert sorted(found) == sorted(wv.index_to_key) and overlaps(found) == []
    arrows = [one for one in ax.texts if not one.get_text() and one.arrow_patch is not None]
    assert len(arrows) == 4
    dots = {tuple(place) for one in ax.collections for place in np.round(one.get_offsets(), 6)}
    ends = {tuple(np.round(place, 6)) for one in arrows for place in (one.xy, one.xyann)}
    assert ends == dots and len(dots) == 8


def test_unknown_words_and_too_few_are_told(ax, wv):
    with pytest.raises(KeyError, match=r"'pea' is not among the 18 words. Did you mean 'pear'"):
        word_map(ax, wv, {"fruit": ["pea", "fig", "plum"]})
    with pytest.raises(ValueError, match="1 groups, 2 words: expected at most 8 groups"):
        word_map(ax, wv, {"fruit": ["pear", "fig"]})
    with pytest.raises(ValueError, match="1 pairs: expected at least two"):
        parallelogram(ax, wv, [("pear", "fig")])
