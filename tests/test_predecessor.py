"""Patch classifiers: the short ways give the numbers of the long one, and their training is a seed's."""

import pytest
import torch
from torch import nn

from helpers.segmentation import receptive_field, sliding_window
from helpers.segmentation.predecessor import PatchClassifier, dense, train_patches


def classifier(poolings, **how):
    torch.manual_seed(0)
    model = PatchClassifier(3, poolings, channels=4, **how)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.3)
            nn.init.normal_(module.running_mean, 0, 0.1)
    return model.eval()


@pytest.mark.parametrize("poolings, patch", [(1, 10), (2, 22), (3, 46)])
def test_a_patch_gives_one_answer_and_is_all_that_it_sees(poolings, patch):
    model = classifier(poolings)
    assert model.patch == patch and model.stride == 2**poolings
    assert model(torch.zeros(2, 3, patch, patch)).shape == (2, 3, 1, 1)
    assert receptive_field(model, size=patch)[:2] == (patch, patch)
    with pytest.raises(RuntimeError):
        model(torch.zeros(1, 3, patch - 2, patch - 2))


@pytest.mark.parametrize("poolings", [1, 2, 3])
def test_dense_equals_a_patch_for_every_pixel(poolings):
    model, image = classifier(poolings), torch.randn(3, 32, 40)
    slid = sliding_window(model, image, model.patch)
    torch.testing.assert_close(dense(model, image[None])[0], slid, rtol=1e-4, atol=1e-5)


def test_dense_leaves_the_model_as_it_was_and_takes_bytes():
    model = classifier(1).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    dense(model, torch.zeros(1, 3, 16, 16, dtype=torch.uint8))
    assert model.training and all(value.equal(before[name]) for name, value in model.state_dict().items())


def test_training_is_its_seeds_and_learns():
    images = torch.zeros(8, 3, 32, 32, dtype=torch.uint8)
    images[:, :, :, 16:] = 200
    masks = (images[:, 0] > 0).to(torch.uint8)
    how = {"epochs": 6, "lr": 0.01, "batch_size": 4, "weight": torch.ones(3)}
    runs = [train_patches(classifier(1), images, masks, seed=seed, **how) for seed in (0, 0, 1)]
    first, again, other = (dense(run, images) for run in runs)
    assert first.equal(again) and not first.equal(other)
    assert (first.argmax(1) == masks).float().mean() > 0.95 and not runs[0].training
    assert (dense(classifier(1), images).argmax(1) == masks).float().mean() < 0.8


def test_refusals_name_what_was_expected():
    with pytest.raises(ValueError, match="1 or more"):
        PatchClassifier(2, 0)
    with pytest.raises(ValueError, match="multiples of 4"):
        dense(classifier(2), torch.zeros(1, 3, 30, 32))
