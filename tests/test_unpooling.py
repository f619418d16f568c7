"""The small DeconvNet of the lesson, and what stands in for its unpooling."""

import pytest
import torch
import torch.nn.functional as F

from helpers.segmentation import unpooling
from helpers.segmentation.unpooling import SmallDeconvNet

WAYS = [unpooling.by_switches, unpooling.by_shuffled_switches, unpooling.to_corners, unpooling.everywhere]


def pooled(height=12, width=16):
    # Positive values, so that a zero is a place that nothing was put to.
    x = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0)) + 0.1
    return x, *F.max_pool2d(x, 2, return_indices=True)


def test_switches_lead_each_value_back_to_its_place():
    x, values, where = pooled()
    back = unpooling.by_switches(values, where, (12, 16))
    assert (back == torch.where(back > 0, x, 0)).all()
    assert (F.max_pool2d(back, 2) == values).all()


@pytest.mark.parametrize("way", [unpooling.by_shuffled_switches, unpooling.to_corners])
@pytest.mark.parametrize("size", [(12, 16), (13, 17)])
def test_false_switches_keep_each_value_in_its_window_and_put_most_elsewhere(way, size):
    x, values, where = pooled(*size)
    back = way(values, where, size)
    assert back.shape == x.shape and (F.max_pool2d(back, 2) == values).all()
    assert 0.1 < (back[back > 0] == x[back > 0]).float().mean() < 0.5


def test_shuffled_switches_are_as_many_of_each_kind():
    _, values, where = pooled()
    kinds = []
    for way in WAYS[:2]:
        windows = way(values, where, (12, 16)).unflatten(3, (8, 2)).unflatten(2, (6, 2))
        kinds.append((windows > 0).sum((2, 4)))  # how often each of the four places was taken, a map
    assert torch.equal(*kinds) and kinds[0].sum() == where.numel()


def test_corners_and_everywhere_do_not_ask_for_the_switches():
    _, values, where = pooled()
    for way in WAYS[2:]:
        moved = where + (where % 2 == 0)  # another place in the same window
        assert torch.equal(way(values, where, (12, 16)), way(values, moved, (12, 16)))
    assert (unpooling.to_corners(values, where, (12, 16))[..., ::2, ::2] == values).all()
    assert (
        unpooling.everywhere(values, where, (12, 16)).unfold(2, 2, 2).unfold(3, 2, 2) == values[..., None, None]
    ).all()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fc_channels", [None, 16])
def test_network_keeps_the_size_and_every_weight_learns(way, fc_channels):
    model = SmallDeconvNet(4, way, fc_channels=fc_channels)
    out = model(torch.randn(2, 3, 48, 48))
    assert out.shape == (2, 4, 48, 48)
    out.square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_networks_with_other_ways_up_have_the_same_weights():
    states = []
    for way in WAYS:
        torch.manual_seed(0)
        states.append(SmallDeconvNet(4, way).state_dict())
    assert all(torch.equal(states[0][key], state[key]) for state in states for key in states[0])


def test_odd_sizes_come_back_and_too_small_ones_are_refused():
    assert SmallDeconvNet(2).eval()(torch.randn(1, 3, 45, 51)).shape == (1, 2, 45, 51)
    with pytest.raises(ValueError, match="48x48"):
        SmallDeconvNet(2, fc_channels=8)(torch.randn(1, 3, 40, 40))
