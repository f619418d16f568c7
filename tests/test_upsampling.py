"""A layer that enlarges, by itself: its checkerboard and its learning."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.segmentation.layers import bilinear_upsampling
from helpers.segmentation.upsampling import teach, unevenness


def transposed(kernel, factor=2, value=None):
    torch.manual_seed(0)
    sizes = {"padding": (kernel - factor + 1) // 2, "output_padding": (kernel - factor) % 2}
    up = nn.ConvTranspose2d(3, 3, kernel, stride=factor, bias=False, **sizes)
    if value is not None:
        nn.init.constant_(up.weight, value)
    return up


def test_equal_weights_are_uneven_where_the_stride_does_not_divide_the_kernel():
    assert unevenness(transposed(4, value=1.0)) == 0
    # One, two, two and four taps of three channels: 3, 6, 6, 12.
    wanted = torch.tensor([3.0, 6.0, 6.0, 12.0]).std().item()
    assert unevenness(transposed(3, value=1.0)) == pytest.approx(wanted)


@pytest.mark.parametrize("factor", [2, 4])
def test_bilinear_weights_are_even_and_random_ones_are_not(factor):
    up = bilinear_upsampling(3, factor)
    up.padding = (factor // 2, factor // 2)
    assert unevenness(up, factor=factor) < 1e-6
    assert unevenness(transposed(2 * factor, factor), factor=factor) > 0.05


def test_a_layer_learns_the_same_from_the_same_seed_and_is_judged_before_each_update():
    large = torch.randn(32, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    pair = F.avg_pool2d(large, 2), large
    up, again = transposed(4), transposed(4)
    with torch.no_grad():
        first = F.mse_loss(up(pair[0]), large).item()
    errors = teach(up, pair, pair, steps=60)
    assert len(errors) == 60 and errors[0] == pytest.approx(first) and errors[-1] < 0.9 * first
    assert teach(again, pair, steps=60) == [] and torch.equal(up.weight, again.weight)
    other = transposed(4)
    teach(other, pair, steps=60, seed=1)
    assert not torch.equal(up.weight, other.weight)
