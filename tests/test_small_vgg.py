"""The small VGG of lesson 6.3.1, and the pictures with one object that it is taught on."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.segmentation.explain import receptive_field
from helpers.segmentation.lone_objects import KINDS, MARGIN, crop_around, linear_read_out, lone_objects
from helpers.segmentation.small_vgg import SmallClassifier, SmallFCN


def test_a_seed_gives_the_same_pictures_and_another_one_others():
    one, again, other = (lone_objects(12, 48, seed=seed) for seed in (3, 3, 4))
    assert all(a.equal(b) for a, b in zip(one, again, strict=True))
    assert not one[0].equal(other[0]) and not one[2].equal(other[2])
    assert one[0].dtype == one[1].dtype == torch.uint8


def test_every_kind_is_as_frequent_and_says_nothing_about_the_place():
    _, kinds, places = lone_objects(2000, 48, seed=0)
    assert kinds.bincount().tolist() == [500] * len(KINDS)
    for kind in range(len(KINDS)):
        assert (places[kinds == kind].mean(0) - 24).abs().max() < 2  # standard error 0.4 pixels


def test_the_object_is_where_it_is_said_to_be_and_nowhere_else():
    images, kinds, places = lone_objects(200, 64, seed=0)
    for image, kind, (x, y) in zip(images.float(), kinds, places, strict=True):
        rows, columns = torch.meshgrid(torch.arange(64) + 0.5, torch.arange(64) + 0.5, indexing="ij")
        away = torch.hypot(columns - x, rows - y)
        rim = (away > 5) & (away < 6) if KINDS[kind] == "ring" else away < 2
        lift = (image[:, rim].mean(1) - image[:, away > MARGIN].mean(1)).abs().max()
        assert lift > 25 if KINDS[kind] != "nothing" else lift < 25, KINDS[kind]


def test_a_larger_picture_leaves_the_object_its_size():
    found = {}
    for size in (48, 144):
        images, kinds, places = lone_objects(400, size, seed=1)
        crops = crop_around(images, places, 32)
        assert crops.shape == (400, 3, 32, 32)
        disc = crops[kinds == 1].float().std((1, 2, 3)).mean()
        found[size] = disc.item()
    assert found[48] == pytest.approx(found[144], rel=0.1)


@pytest.mark.parametrize("call", [lambda: lone_objects(0), lambda: lone_objects(3, 31)])
def test_no_room_is_refused(call):
    with pytest.raises(ValueError, match="or more"):
        call()
    with pytest.raises(ValueError, match="no more"):
        crop_around(torch.zeros(1, 3, 8, 8), torch.zeros(1, 2), 9)


def test_a_read_out_finds_what_is_linear_and_nothing_in_noise():
    luck = torch.Generator().manual_seed(0)
    x, noise = (torch.randn(400, 6, generator=luck) for _ in range(2))
    places = x @ torch.randn(6, 2, generator=luck) + 3
    assert linear_read_out(x[:300], places[:300], x[300:], places[300:]) > 0.999
    assert linear_read_out(noise[:300], places[:300], noise[300:], places[300:]) < 0.1


@pytest.mark.parametrize("padding, side", [(0, 4), (1, 6)])
def test_the_classifier_takes_its_own_size_alone(padding, side):
    model = SmallClassifier(4, 48, padding)
    assert model.side == side and model.features(torch.zeros(1, 3, 48, 48)).shape[2:] == (side, side)
    assert model(torch.zeros(2, 3, 48, 48)).shape == (2, 4)
    with pytest.raises(RuntimeError, match="multiplied"):
        model(torch.zeros(2, 3, 56, 56))


def test_without_padding_the_last_map_sees_the_whole_window():
    model = SmallClassifier(4, 48).eval()
    head = nn.Sequential(*model.features, nn.Conv2d(32, 4, model.side))
    found = receptive_field(head, size=112)
    assert found.height <= 48 and found.stride == 8


# In the paper's network the three differ in the skips alone; so do the offsets 16, 8 and 4 without zeros around.
@pytest.mark.parametrize("stride, scores", [(32, [64]), (16, [64, 32]), (8, [64, 32, 24])])
def test_the_small_fcn_scores_the_maps_that_the_papers_scores(stride, scores):
    model = SmallFCN(3, stride)
    assert [score.in_channels for score in model.body.scores] == scores
    assert [up.stride[0] for up in model.body.ups] == [2] * (len(scores) - 1) + [stride]
    assert model.body.offsets[-1] == -stride // 2
    assert not any(p.requires_grad for p in model.body.ups[-1].parameters())
    for size in ((64, 64), (33, 70), (1, 1)):
        assert model.eval()(torch.zeros(1, 3, *size)).shape == (1, 3, *size)


def test_the_small_fcn_keeps_the_place():
    """A score that marks one cell of pool3 comes out around that cell's own pixels."""
    model = SmallFCN(2, 8).eval()
    marked = torch.zeros(1, 2, 8, 8)
    marked[0, 1, 3, 5] = 1.0
    model.body.scores[2].register_forward_hook(lambda *_: marked)
    with torch.no_grad():
        out = model(torch.zeros(1, 3, 64, 64))[0, 1]
    weight = out / out.sum()
    rows, columns = (weight.sum(dim) @ (torch.arange(64) + 0.5) for dim in (1, 0))
    assert (rows.item(), columns.item()) == pytest.approx((28, 44), abs=0.01)


def test_the_small_fcn_learns():
    torch.manual_seed(0)
    model, x = SmallFCN(2, 8), torch.randn(4, 3, 32, 32)
    target = (F.avg_pool2d(x[:, :1], 9, 1, 4)[:, 0] > 0).long()
    moves = torch.optim.AdamW(model.parameters(), 0.01)
    losses = []
    for _ in range(30):
        loss = F.cross_entropy(model(x), target)
        loss.backward()
        moves.step()
        moves.zero_grad()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(0.6931, abs=1e-3)  # the paper's scores begin at zero: log 2
    assert losses[-1] < 0.6 * losses[0]
