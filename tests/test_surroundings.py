"""The small pyramid network: what it may see, that its control has as many weights, and what an exchange changes."""

import pytest
import torch

from helpers.segmentation import measured_receptive_field, receptive_field
from helpers.segmentation.surroundings import SmallPSPNet, grounds, predict_with_surroundings_of


def count(model):
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("bins", [(1,), (3, 6), (1, 2, 3, 6)])
def test_the_control_has_as_many_weights_and_sees_seven_pixels_before_the_last_enlargement(bins):
    net, control = SmallPSPNet(3, bins).eval(), SmallPSPNet(3, bins, pooled=False).eval()
    assert count(net) == count(control)
    assert receptive_field(net, "trunk", size=72).height == 7
    assert receptive_field(control, "classifier", size=72).height == 7
    seen = measured_receptive_field(net, 72, "classifier", linear=True)
    assert (seen.height > 40) and measured_receptive_field(control, 72, "classifier", linear=True).height == 7


def test_depth_widens_what_it_sees_and_aux_gives_a_second_map_in_training_alone():
    net = SmallPSPNet(5, depth=4, aux=True)
    assert receptive_field(net, "first", size=72).height == 7 + 2 * 8
    assert receptive_field(net, "rest", size=72).height == 7 + 4 * 8
    logits, aux = net.train()(torch.rand(2, 3, 24, 36))
    assert logits.shape == aux.shape == (2, 5, 24, 36)
    assert net.eval()(torch.rand(2, 3, 24, 36)).shape == (2, 5, 24, 36)


def test_grounds_leaves_single_objects_out():
    masks = torch.zeros(4, 6, 6, dtype=torch.uint8)
    masks[0, :2], masks[0, 4:] = 2, 2
    masks[1, :2], masks[1, 4:] = 1, 2
    masks[2, :2] = 1
    alike, mixed = grounds(masks)
    assert alike.tolist() == [0] and mixed.tolist() == [1]


def test_an_exchange_with_itself_changes_nothing_and_one_with_another_does():
    torch.manual_seed(0)
    net = SmallPSPNet(3).eval()
    images = torch.randint(0, 256, (2, 3, 24, 24), dtype=torch.uint8)
    images[1] //= 8
    own = predict_with_surroundings_of(net, images, torch.tensor([0, 1]))
    seen = {}
    hook = net.pyramid.register_forward_hook(lambda _, given, out: seen.update(out=out.clone(), x=given[0].clone()))
    predict_with_surroundings_of(net, images, torch.tensor([0, 1]))
    before = seen["out"]
    predict_with_surroundings_of(net, images, torch.tensor([1, 0]), levels=[0])
    hook.remove()
    assert own.equal(predict_with_surroundings_of(net, images, torch.tensor([0, 1]), levels=[]))
    assert seen["out"][:, :16].equal(before[:, :16]), "what lies near is the picture's own"
    assert seen["out"][:, 16:20].equal(before.flip(0)[:, 16:20]), "the first level is the other's"
    assert seen["out"][:, 20:].equal(before[:, 20:]), "the other levels are its own"
    assert not any(level._forward_hooks for level in net.pyramid.bins)


def test_an_exchange_that_does_not_fit_is_refused_in_words():
    net, images = SmallPSPNet(3, (1, 2)), torch.zeros(2, 3, 24, 24, dtype=torch.uint8)
    with pytest.raises(ValueError, match="2 pictures, but others for 3"):
        predict_with_surroundings_of(net, images, torch.tensor([0, 1, 0]))
    with pytest.raises(ValueError, match="no level 2: the pyramid has 0 to 1"):
        predict_with_surroundings_of(net, images, torch.tensor([0, 1]), levels=[2])
