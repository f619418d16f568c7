"""What lesson 6.3.6 says of networks that are compared: who is ahead, who is level, and how much of it is luck."""

import numpy as np
import pytest
import torch

from helpers.datasets.scenes import TROUBLES
from helpers.segmentation.contest import ahead, by_luck, cheapest, judge, leaders, pictures, turned


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_truth_scores_one_and_nothing_scores_nought(trouble):
    drawn = pictures(trouble, "val", 6)
    assert len(drawn.images) == len(drawn.masks) == len(drawn.cells) == 6
    assert drawn.images.dtype == torch.uint8 and drawn.images.shape[1:] == (3, 40, 40)
    assert drawn.masks.unique().tolist() == list(range(drawn.num_classes))
    right = judge(drawn.masks, drawn)
    assert right[1:] == (1.0, 1.0) and right.own > 0.95  # parted, a sliver of a cell may lose half of itself
    assert trouble == "touching" or right.own == 1
    nothing = judge(torch.zeros_like(drawn.masks), drawn)
    assert nothing.own == 0 and nothing.mean_iou < 0.6 and nothing.boundary == 0


def test_only_cells_are_counted_one_by_one():
    cells, poles = pictures("touching", "val", 4), pictures("thin", "val", 4)
    assert cells.cells.any() and not poles.cells.any()
    blob = cells._replace(masks=(cells.cells > 0).to(torch.uint8))
    assert judge(blob.masks, cells).own < 0.6  # as one blob most of them are lost, though few pixels differ
    assert judge(blob.masks, cells).boundary > 0.8


def test_another_size_is_refused():
    drawn = pictures("thin", "val", 2)
    with pytest.raises(ValueError, match="24"):
        judge(drawn.masks[:, 8:-8, 8:-8], drawn)


def test_leaders_are_those_that_the_first_is_not_ahead_of():
    scores = {"low": [0.1, 0.2, 0.3], "first": [0.6, 0.7, 0.8], "level": [0.2, 0.3, 0.61], "near": [0.5, 0.55, 0.59]}
    assert leaders(scores) == ["first", "level"]
    assert ahead(scores["first"], scores["near"]) and not ahead(scores["near"], scores["first"])
    assert not ahead([0.5, 0.5], [0.5, 0.5])


@pytest.mark.parametrize("seeds", [1, 2, 3, 4])
def test_luck_alone_parts_two_equal_networks_as_often_as_is_said(seeds):
    luck = np.random.default_rng(seeds).normal(size=(20_000, 2, seeds))
    parted = [ahead(one, other) or ahead(other, one) for one, other in luck]
    assert np.mean(parted) == pytest.approx(by_luck(seeds), abs=0.012)  # four standard errors


def test_the_order_turns_never_or_half_the_time():
    assert turned([0.8, 0.9], [0.1, 0.2]) == turned([0.1, 0.2], [0.8, 0.9]) == 0
    assert turned([1, 4], [2, 2]) == 0.5  # the means are 2.5 and 2
    assert turned([0.5, 0.5], [0.5, 0.5]) == 0.5


def test_the_cheapest_are_not_beaten_by_any_other():
    cost, score = [3, 1, 2, 2, 5], [0.9, 0.2, 0.6, 0.5, 0.9]
    assert cheapest(cost, score) == [1, 2, 0]
    assert cheapest([1, 1], [0.5, 0.5]) == [0, 1]
