"""Training once a seed: a seed decides everything, and nothing else does."""

import torch
from torch import nn

from helpers.trials import train_seeds

DATA = torch.randn(32, 4, generator=torch.Generator().manual_seed(0)), torch.arange(32) % 2
HOW = {"epochs": 2, "lr": 0.1, "batch_size": 8, "progress": False}


def make():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))


def test_a_seed_decides_and_what_came_before_does_not():
    first, second = train_seeds(make, DATA, seeds=(3, 5), **HOW)
    torch.rand(7)  # other luck in between
    (alone,) = train_seeds(make, DATA, seeds=(5,), **HOW)
    for name, value in second.state_dict().items():
        assert value.equal(alone.state_dict()[name]), name
    assert not first[0].weight.equal(second[0].weight)


def test_networks_are_trained_and_ready_to_judge():
    models = train_seeds(make, DATA, **HOW)
    assert len(models) == 3 and not any(model.training for model in models)
    torch.manual_seed(0)
    assert not models[0][0].weight.equal(make()[0].weight)


def test_the_loss_and_what_it_takes_are_handed_on():
    seen = []

    def loss(logits, target, weights):
        seen.append(weights.shape)
        return (nn.functional.cross_entropy(logits, target, reduction="none") * weights).mean()

    train_seeds(make, (*DATA, torch.ones(32)), seeds=(0,), loss=loss, **HOW)
    assert seen and all(shape == (8,) for shape in seen)
