"""Stacks of atrous convolutions: their sight is that of theory, and what they do not see they cannot paint."""

import numpy as np
import pytest
import torch

from helpers.segmentation.atrous_stacks import look, specks, stack
from helpers.segmentation.windows import coverage


@pytest.mark.parametrize("rates", [(1,), (3, 3), (2, 2, 2), (1, 2, 4), (2, 4, 8), (1, 3, 9)])
def test_sight_is_what_counting_taps_gives(rates):
    sight, line = look(rates), coverage(rates)
    assert sight.theory == sight.measured == len(line)
    middle = slice(32 - len(line) // 2, 33 + len(line) // 2)
    assert np.array_equal(sight.seen[middle, middle].numpy(), np.outer(line, line) > 0)
    assert int(sight.seen.sum()) == np.count_nonzero(line) ** 2


def test_rates_cost_no_parameter():
    assert len({look(rates).parameters for rates in ((1, 1, 1), (2, 4, 8), (9, 9, 9))}) == 1
    assert look((1, 1)).parameters < look((1, 1, 1)).parameters


def test_a_picture_too_small_for_the_field_shows_less_of_it():
    assert look((4, 4, 4), size=9).measured == 9 and look((4, 4, 4), size=9).theory == 25


@pytest.mark.parametrize("reach", [0, 2, 5])
def test_the_mask_is_what_lies_near_a_speck(reach):
    images, masks = specks(3, 32, seed=1, reach=reach)
    assert images.shape == (3, 3, 32, 32) and images.dtype == masks.dtype == torch.uint8
    bright = (images[:, 0] >= 200).numpy()
    assert 0 < bright.sum() < 0.05 * bright.size
    for shown, mask in zip(bright, masks.numpy(), strict=True):
        expected = np.zeros_like(mask)
        for row, column in np.argwhere(shown):
            expected[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = 1
        assert np.array_equal(mask, expected)


def test_specks_come_from_their_seed():
    assert specks(2, 16, 0)[0].equal(specks(2, 16, 0)[0]) and not specks(2, 16, 0)[0].equal(specks(2, 16, 1)[0])


def test_a_stack_gives_logits_of_the_size_of_the_picture():
    assert stack((1, 2, 4), classes=3, width=5)(torch.rand(2, 3, 17, 12)).shape == (2, 3, 17, 12)
