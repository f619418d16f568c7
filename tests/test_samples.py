"""The small sets of the lessons: what is in them, and what takes their place where real data are at hand."""

import pytest
import torch

from helpers import datasets
from helpers.segmentation import samples


def test_street_holds_boats_and_cars():
    images, masks = samples.street("train", 24, 40)
    assert images.shape == (24, 3, 40, 40) and images.dtype == torch.uint8
    assert masks.unique().tolist() == [0, 1, 2]


def test_outlines_names_its_classes():
    data, images, masks = samples.outlines("val", 8, 48)
    assert data.class_names == ("background", "pole", "balloon") and images.shape == (8, 3, 48, 48)
    assert masks.shape == (8, 48, 48) and int(masks.max()) == 2


@pytest.mark.parametrize("size", [48, (60, 84)])
def test_microscope_is_dark_and_counts_its_cells(size):
    images, masks, cells = samples.microscope("train", 5, size)
    assert len(images) == len(masks) == len(cells) == 5
    assert (images.float().mean((1, 2, 3)) < 110).all()
    assert ((cells > 0) == (masks == 1)).all() and all(int(one.max()) > 3 for one in cells)
    inside = [image[:, mask == 1].float().mean() for image, mask in zip(images, masks, strict=True)]
    outside = [image[:, mask == 0].float().mean() for image, mask in zip(images, masks, strict=True)]
    assert all(i > o for i, o in zip(inside, outside, strict=True))


def test_splits_differ_and_a_call_repeats_itself():
    one, again = samples.microscope("train", 3, 48), samples.microscope("train", 3, 48)
    assert one[0].equal(again[0]) and not one[0].equal(samples.microscope("val", 3, 48)[0])


def test_without_real_data_scenes_are_drawn(monkeypatch):
    monkeypatch.setattr(datasets, "available", lambda name: False)
    assert samples.outlines("val", 4, 48, real=True)[0].name == "scenes"
    assert samples.microscope("val", 2, 48, real=True)[0].shape == (2, 3, 48, 48)


@pytest.mark.real
def test_real_sets_take_their_place():
    for name in ("isbi2012", "dsb2018"):
        if not datasets.available(name):
            pytest.skip(f"{name} is not in COURSE_DATA: NOT tested")
    data, images, masks = samples.outlines("val", 4, 48, real=True)
    assert data.name == "isbi2012" and images.shape == (6, 3, 256, 256) and masks.unique().tolist() == [0, 1]
    images, masks, cells = samples.microscope("train", 40, 48, real=True)
    assert images.shape == (40, 3, 128, 128) and masks.unique().tolist() == [0, 1] and int(cells.max()) > 10
    with pytest.raises(ValueError, match="fewer than"):
        samples.microscope("train", 5000, 48, real=True)
