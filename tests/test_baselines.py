"""The baselines name pixels by what they say they look at, and by nothing else."""

import numpy as np
import pytest
import torch
from sklearn.tree import DecisionTreeClassifier

from helpers import datasets
from helpers.segmentation.baselines import NamedClusters, PixelClassifier, pixel_features


def noise(*shape, seed=0):
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def test_without_widths_a_pixel_is_its_own_colour():
    images = noise(2, 3, 5, 4)
    features = pixel_features(images)
    assert features.shape == (40, 3)
    np.testing.assert_allclose(features[20 + 4 * 2 + 3], images[1, :, 2, 3].numpy() / 255, rtol=1e-6)


def test_mean_and_spread_of_an_even_picture():
    features = pixel_features(torch.full((1, 2, 8, 8), 51, dtype=torch.uint8), widths=[1, 3])
    assert features.shape == (64, 10)
    np.testing.assert_allclose(features[:, :4], 0.2, atol=1e-5)
    np.testing.assert_allclose(features[:, [4, 5, 8, 9]], 0, atol=1e-3)


def test_surroundings_enter_only_with_a_width():
    images = noise(1, 3, 9, 9)
    other = images.clone()
    other[:, :, 4, 5] = 255 - other[:, :, 4, 5]  # a neighbour of the pixel looked at
    pixel = 4 * 9 + 4
    assert (pixel_features(images)[pixel] == pixel_features(other)[pixel]).all()
    assert (pixel_features(images, [1])[pixel] != pixel_features(other, [1])[pixel]).any()


@pytest.mark.parametrize("images", [torch.zeros(1, 3, 4, 4), torch.zeros(3, 4, 4, dtype=torch.uint8)])
def test_features_refuse_what_are_no_pictures(images):
    with pytest.raises(ValueError, match="expected uint8"):
        pixel_features(images)


def test_features_refuse_a_width_of_nothing():
    with pytest.raises(ValueError, match="above 0"):
        pixel_features(noise(1, 3, 4, 4), widths=[0])


def test_a_tree_learns_a_rule_of_colours_and_void_teaches_nothing():
    images = noise(4, 1, 16, 16)
    truth = (images[:, 0] > 100).to(torch.uint8)
    masks = truth.clone()
    masks[:, :3] = 255
    found = PixelClassifier(DecisionTreeClassifier()).fit(images, masks).predict(images)
    assert found.dtype == torch.uint8 and found.shape == truth.shape
    assert (found == truth).float().mean() > 0.99


def test_it_is_shown_as_many_pixels_as_asked_for_and_the_seed_chooses_them():
    class Counter:
        def fit(self, rows, labels):
            self.rows = rows

    images, masks = noise(2, 3, 10, 10), torch.zeros(2, 10, 10, dtype=torch.uint8)
    shown = [PixelClassifier(Counter(), pixels=30, seed=s).fit(images, masks).estimator.rows for s in (0, 0, 1)]
    assert len(shown[0]) == 30
    assert (shown[0] == shown[1]).all() and (shown[0] != shown[2]).any()
    assert len(PixelClassifier(Counter(), pixels=999).fit(images, masks).estimator.rows) == 200


def test_refuses_masks_that_do_not_fit_or_say_nothing():
    images = noise(2, 3, 4, 4)
    with pytest.raises(ValueError, match="do not fit"):
        PixelClassifier(DecisionTreeClassifier()).fit(images, torch.zeros(2, 4, 5, dtype=torch.uint8))
    with pytest.raises(ValueError, match="void"):
        PixelClassifier(DecisionTreeClassifier()).fit(images, torch.full((2, 4, 4), 255, dtype=torch.uint8))


def test_clusters_are_found_without_labels_and_named_by_the_majority():
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(centre, 0.1, (50, 2)) for centre in (0, 5, 10)])
    labels = np.repeat([3, 9, 3], 50)  # two clusters of one name
    labels[:10] = 9
    named = NamedClusters(3).fit(rows, labels)
    assert named.predict([[0, 0], [5, 5], [10, 10]]).tolist() == [3, 9, 3]


def test_neighbours_help_where_colour_alone_cannot_tell():
    scenes = {"n": 40, "size": 48, "only": "context"}
    train = datasets.as_tensors(datasets.load("scenes", "train", **scenes))
    images, truth = datasets.as_tensors(datasets.load("scenes", "val", **scenes))
    right = []
    for widths in ((), (4,)):
        tree = DecisionTreeClassifier(max_depth=8, random_state=0)
        found = PixelClassifier(tree, widths).fit(*train).predict(images)
        right.append((found == truth)[truth > 0].float().mean())
    assert right[1] > right[0] + 0.1
