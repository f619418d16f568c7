"""Augmentation: picture and mask stay together, one draw a picture, and each option does what it says."""

import math

import pytest
import torch

from helpers.augment import Augment

STILL = {"flip": False}


def luck(n=1, **numbers):
    """Rows of luck that change nothing (a half is the middle), but for the columns given: c3=0.0."""
    rows = torch.full((n, Augment.numbers), 0.5)
    for name, value in numbers.items():
        rows[:, int(name[1:])] = torch.as_tensor(value)
    return rows


def board(n=1, size=64, square=8):
    """A black and white checkerboard, and the mask that says which."""
    line = torch.arange(size) // square % 2
    mask = (line[:, None] ^ line).to(torch.uint8).expand(n, -1, -1).clone()
    return mask[:, None].expand(-1, 3, -1, -1) * 255, mask


def draws(n, seed=0):
    return torch.rand(n, Augment.numbers, generator=torch.Generator().manual_seed(seed))


ALL = {
    "scale": Augment(scale=(0.5, 2.0)),
    "crop": Augment(crop=(32, 48)),
    "turn": Augment(turn=True),
    "rotate": Augment(rotate=30),
    "elastic": Augment(elastic=3),
    "mirror": Augment(elastic=3, rotate=30, scale=(0.5, 2.0), mirror=True),
    "everything": Augment(crop=(48, 48), scale=(0.5, 2.0), turn=True, rotate=20, elastic=2, colour=0.2),
}


@pytest.mark.parametrize("name", ALL)
def test_a_checkerboard_and_its_mask_stay_together(name):
    images, masks = board(16)
    images, masks = ALL[name](images, masks, luck=draws(16))
    seen = masks != 255
    assert seen.float().mean() > 0.4
    # Away from a square's border a pixel is all black or all white, and the mask must say which.
    # Colours change black and white, not which of them is brighter.
    middle = images.amin((1, 2, 3), keepdim=True) / 2 + images.amax((1, 2, 3), keepdim=True) / 2
    values = images.mean(1)
    clear = seen & ((values - middle[:, 0]).abs() > 0.8 * (values.amax((1, 2), keepdim=True) - middle[:, 0]))
    assert clear.float().mean() > 0.2
    assert torch.equal((values > middle[:, 0])[clear], masks[clear] == 1)


def test_the_middle_of_luck_changes_nothing():
    images = torch.randint(0, 256, (2, 3, 9, 14), dtype=torch.uint8)
    masks = torch.randint(0, 5, (2, 9, 14))
    weights = torch.rand(2, 9, 14)
    augment = Augment(scale=(0.5, 1.5), rotate=10, elastic=3, colour=0.4, flip=False)
    views = augment(images, masks, weights, torch.tensor([3, 4]), luck=luck(2))
    assert torch.allclose(views[0], images.float(), atol=1e-2)
    assert torch.equal(views[1], masks) and torch.allclose(views[2], weights, atol=1e-4)
    assert views[3].tolist() == [3, 4]
    assert [view.dtype for view in views] == [torch.float32, torch.int64, torch.float32, torch.int64]


def test_each_picture_has_its_own_draw():
    images, masks = board(6)
    _, views = ALL["everything"](images, masks, luck=draws(6))
    assert len({view.numpy().tobytes() for view in views}) == 6


def test_the_same_luck_gives_the_same_view_in_any_batch():
    images, masks = board(5)
    rows = draws(5)
    together = ALL["everything"](images, masks, luck=rows)
    for i in range(5):
        alone = ALL["everything"](images[i : i + 1], masks[i : i + 1], luck=rows[i : i + 1])
        assert torch.allclose(alone[0][0], together[0][i], atol=1e-3) and torch.equal(alone[1][0], together[1][i])


def test_a_flip_is_exact():
    images, masks = torch.randint(0, 256, (2, 3, 8, 11)), torch.randint(0, 5, (2, 8, 11), dtype=torch.uint8)
    flipped = Augment()(images, masks, luck=luck(2, c3=[0.2, 0.8]))
    assert torch.allclose(flipped[0][0], images[0].flip(-1).float(), atol=1e-2)
    assert torch.equal(flipped[1], torch.stack((masks[0].flip(-1), masks[1])))


def test_half_of_the_pictures_are_flipped():
    masks = torch.arange(8, dtype=torch.uint8).expand(400, 8, 8)
    _, views = Augment()(torch.zeros(400, 1, 8, 8), masks, luck=draws(400))
    assert 150 < (views[:, 0, 0] == 7).sum() < 250


def test_turning_gives_all_eight_ways_to_lay_a_picture():
    mask = torch.arange(16, dtype=torch.uint8).view(1, 4, 4).expand(200, 4, 4)
    _, views = Augment(turn=True)(torch.zeros(200, 1, 4, 4), mask, luck=draws(200))
    turned = [mask[0].rot90(k) for k in range(4)]
    expected = {way.contiguous().numpy().tobytes() for one in turned for way in (one, one.flip(0))}
    assert {view.contiguous().numpy().tobytes() for view in views} == expected and len(expected) == 8


@pytest.mark.parametrize(("share", "scale"), [(0.0, 0.5), (1.0, 2.0)])
def test_scale_runs_from_one_factor_to_the_other(share, scale):
    images, masks = torch.full((1, 3, 40, 40), 200.0), torch.zeros(1, 40, 40, dtype=torch.uint8)
    masks[:, 10:30, 15:25] = 1
    _, view = Augment(scale=(0.5, 2.0), flip=False)(images, masks, luck=luck(c0=share))
    assert (view == 1).sum().item() == pytest.approx(200 * scale**2, abs=8)
    if scale < 1:  # half as wide: a quarter of the view is picture
        assert (view != 255).sum().item() == pytest.approx(400, abs=45)


def test_a_crop_reaches_every_corner_and_never_beyond():
    mask = torch.arange(20, dtype=torch.uint8).expand(300, 16, 20)
    views = Augment(crop=(5, 6), flip=False)(torch.zeros(300, 3, 16, 20), mask, luck=draws(300))[1]
    assert views.shape == (300, 5, 6) and views.max() == 19 and views.min() == 0
    assert (views[:, 0].diff(dim=1) == 1).all()


def test_a_crop_lies_as_freely_in_height_as_in_width():
    place = torch.arange(400).view(1, 20, 20).expand(300, 20, 20)
    corners = Augment(crop=(5, 5), flip=False)(torch.zeros(300, 3, 20, 20), place, luck=draws(300))[1][:, 0, 0]
    y, x = (corners // 20).float(), (corners % 20).float()
    assert torch.corrcoef(torch.stack((y, x)))[0, 1].abs() < 0.2
    assert y.min() == x.min() == 0 and y.max() == x.max() == 15


def test_beyond_the_picture_is_mean_grey_and_void_or_its_mirror():
    images, masks = torch.full((1, 3, 8, 8), 250, dtype=torch.uint8), torch.full((1, 8, 8), 4, dtype=torch.uint8)
    grey, void = Augment(scale=(0.5, 0.5), flip=False)(images, masks, luck=luck())
    # ImageNet's means, torchvision.models docs, which standardising turns into 0.
    assert torch.allclose(grey[0, :, 0, 0], torch.tensor([0.485, 0.456, 0.406]) * 255, atol=1e-2)
    assert void[0, 0, 0] == 255 and set(void.unique().tolist()) == {4, 255}
    bright, labels = Augment(scale=(0.5, 0.5), flip=False, mirror=True)(images, masks, luck=luck())
    assert torch.allclose(bright, torch.tensor(250.0)) and (labels == 4).all()
    weights = Augment(scale=(0.5, 0.5), flip=False)(images, torch.ones(1, 8, 8), luck=luck())[1]
    assert weights[0, 0, 0] == 0 and weights[0, 4, 4] == 1


@pytest.mark.parametrize(("share", "degrees"), [(0.0, -30), (1.0, 30), (0.75, 15)])
def test_rotation_is_by_the_angle_it_says(share, degrees):
    mask = torch.zeros(1, 101, 101, dtype=torch.uint8)
    mask[:, 48:53, 60:100] = 1  # a bar to the right
    view = Augment(rotate=30, flip=False)(torch.zeros(1, 3, 101, 101), mask, luck=luck(c6=share))[1]
    y, x = torch.nonzero(view[0] == 1).float().mean(0) - 50
    assert abs(math.degrees(math.atan2(y, x))) == pytest.approx(abs(degrees), abs=1)


def test_elastic_displacements_have_the_deviation_in_pixels():
    size, n = 65, 300
    ramp = torch.arange(size, dtype=torch.float32).expand(n, size, size).contiguous()
    view = Augment(elastic=3, flip=False, mirror=True)(
        torch.zeros(n, 3, size, size), ramp, luck=draws(n) * 0.0 + mid(n)
    )[1]
    # At the middle of the grid the displacement is one normal number of this deviation.
    assert (view[:, 32, 32] - 32).std().item() == pytest.approx(3, rel=0.15)
    assert (view[:, 32, 33] - view[:, 32, 32]).mean().item() == pytest.approx(1, abs=0.15)  # and smooth


def mid(n):
    rows = luck(n)
    rows[:, 10:] = draws(n)[:, 10:]
    return rows


def test_colours_change_by_the_factors_drawn():
    images = torch.full((1, 3, 4, 4), 100.0)
    bright, masks = Augment(colour=0.4, flip=False)(images, torch.ones(1, 4, 4), luck=luck(c7=1.0))
    assert torch.allclose(bright, torch.tensor(140.0), atol=1e-2) and (masks == 1).all()
    images[0, 0] = 200
    washed = Augment(colour=0.4, flip=False)(images, luck=luck(c9=0.0))[0]
    assert washed[0, 0, 0, 0] - washed[0, 1, 0, 0] == pytest.approx(60, abs=1e-2)  # 100 apart before
    line = torch.tensor([50.0, 150.0]).repeat(8).expand(1, 1, 16, 16)
    flat = Augment(colour=0.4, flip=False)(line, luck=luck(c8=0.0))[0]
    assert flat.mean().item() == pytest.approx(100, abs=0.1)
    assert (flat.max() - flat.min()).item() == pytest.approx(60, abs=0.1)
    assert Augment(colour=0.9)(torch.full((1, 3, 2, 2), 250.0), luck=luck(c7=1.0))[0].max() == 255


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scale": (2.0, 0.5)}, "the smaller one first"),
        ({"scale": (0.0, 0.5)}, "two factors above 0"),
        ({"crop": (0, 5)}, "expected .height, width."),
        ({"crop": (4, 6), "turn": True}, "give a square"),
        ({"colour": 1.0}, "from 0 up to 1"),
    ],
)
def test_options_that_make_no_sense_are_said(options, said):
    with pytest.raises(ValueError, match=said):
        Augment(**options)
    with pytest.raises(ValueError, match="give a crop"):
        Augment(turn=True)(torch.zeros(1, 3, 4, 6), luck=luck())
