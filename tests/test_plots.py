"""Shared figures draw what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import plots


@pytest.fixture
def ax():
    yield plt.subplots()[1]
    plt.close("all")


def written(ax):
    return [t.get_text() for t in ax.texts]


def test_heatmap_writes_every_number_without_minus_zero(ax):
    plots.heatmap(ax, np.array([[1.0, -0.004], [0.25, -0.5]]), ["a", "b"], ["c", "d"])
    assert written(ax) == ["1.00", "0.00", "0.25", "-0.50"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["c", "d"]


def test_heatmap_numbers_are_readable_on_dark_and_on_light(ax):
    plots.heatmap(ax, np.array([[0.0, 1.0]]), ["a"], ["c", "d"])
    assert [t.get_color() for t in ax.texts] == ["white", "black"]


def test_heatmap_refuses_labels_that_do_not_fit(ax):
    with pytest.raises(ValueError, match=r"\(2, 2\), but there are 1 row and 2 column labels"):
        plots.heatmap(ax, np.eye(2), ["a"], ["c", "d"])


def test_bars_show_means_and_every_seed_from_the_top_down(ax):
    plots.bars(ax, ["a", "b"], [[0.2, 0.4], [0.5, 0.5]], ["red", "blue"])
    assert [p.get_width() for p in ax.patches] == pytest.approx([0.3, 0.5])
    assert written(ax) == ["0.30", "0.50"] and len(ax.lines) == 2 and ax.yaxis_inverted()


def test_bars_on_shared_axes_are_turned_once():
    _, axes = plt.subplots(1, 2, sharey=True)
    for one in axes:
        plots.bars(one, ["a"], [[1.0]], ["red"])
    assert axes[0].yaxis_inverted()
    plt.close("all")


def test_band_draws_the_mean_with_its_label(ax):
    plots.band(ax, [1, 2, 3], [[1, 2, 3], [3, 4, 5]], "mean", "red")
    assert ax.lines[0].get_ydata().tolist() == [2, 3, 4] and written(ax) == ["mean"]
    assert len(ax.collections) == 1


def test_dumbbells_join_the_means_and_show_every_seed(ax):
    ends = {"new": [[0.2, 0.4], [0.5, 0.7]], "learnt": [[0.9, 0.9], [1.0, 0.8]]}
    plots.dumbbells(ax, ["a", "b"], ends, ["blue", "red"])
    bars, dots = ax.lines[:2], ax.lines[2:]
    assert [line.get_xdata() for line in bars] == [pytest.approx([0.3, 0.9]), pytest.approx([0.6, 0.9])]
    assert sorted(np.concatenate([np.atleast_1d(line.get_xdata()) for line in dots if line.get_marker() == "o"])) == (
        pytest.approx([0.2, 0.4, 0.5, 0.7, 0.8, 0.9, 0.9, 1.0])
    )
    assert written(ax) == ["new", "learnt"] and [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    low, high = ax.get_ylim()
    assert low > high  # from the top down
