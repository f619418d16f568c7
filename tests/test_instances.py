"""Cells that touch: parted in the mask, and counted one by one."""

import numpy as np
import pytest
import torch

from helpers.datasets import scenes
from helpers.segmentation.instances import cells_found, separated


@pytest.fixture(scope="module")
def cells():
    return scenes.draw(6, 64, only="touching", instances=True)[2]


def test_separated_takes_off_only_pixels_beside_another_cell(cells):
    apart = separated(cells).numpy()
    for mask, truth in zip(apart, cells, strict=True):
        wide = np.pad(truth, 1)
        for y, x in np.argwhere((truth > 0) & (mask == 0)):
            around = wide[y : y + 3, x : x + 3]
            assert len(set(around[around > 0].tolist())) > 1
        for y, x in np.argwhere(mask == 1):
            around = wide[y : y + 3, x : x + 3]
            assert set(around[around > 0].tolist()) == {truth[y, x]}


def test_a_mask_of_classes_loses_cells_that_touch_and_a_separated_one_finds_them(cells):
    assert cells_found(cells > 0, cells) < 0.5
    assert cells_found(separated(cells), cells) > 0.97


def test_cells_found_by_hand():
    truth = np.zeros((1, 6, 9), int)
    truth[0, 1:5, 1:3], truth[0, 1:5, 5:8] = 7, 9  # numbers need not be 1, 2, ...
    found = truth > 0
    assert cells_found(found, truth) == 1
    found[0, 2, 3:5] = True  # joined: one blob of 22 pixels, IoU 8/22 and 12/22
    assert cells_found(found, truth) == pytest.approx(2 / 3)
    found[:] = False
    assert cells_found(found, truth) == 0
    assert np.isnan(cells_found(found, np.zeros_like(truth)))
    assert cells_found(torch.from_numpy(truth), torch.from_numpy(truth)) == 1
    full = np.ones((1, 2, 2), int)  # no background in the truth
    assert cells_found(full, full) == 1


def test_half_a_cell_is_not_found():
    truth = np.zeros((1, 2, 8), int)
    truth[0, :, :8] = 1
    truth[0, :, 7] = 0
    found = np.zeros_like(truth)
    found[0, 0, :7] = 1  # exactly one half
    assert cells_found(found, truth) == 0


def test_shapes_that_differ_are_refused(cells):
    with pytest.raises(ValueError, match="one shape"):
        cells_found(cells[:, :32], cells)
