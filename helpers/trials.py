"""One experiment, several seeds: the same network trained again and again, so that its noise can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from helpers.training import fit


def train_seeds(make: Callable[[], nn.Module], train, *, seeds: Iterable[int] = (0, 1, 2), **how) -> list[nn.Module]:
    """Train a network once a seed; each seed decides its first weights and all luck of its training.

    Parameters
    ----------
    make : callable
        Gives a new, untrained network.
    train : data set or tuple of Tensor
        As :func:`helpers.training.fit` takes it.
    seeds : iterable of int
    how
        What else ``fit`` is told: epochs, lr, loss, augment, ...

    Returns
    -------
    list of Module
        A trained network a seed, in evaluation mode.

    Examples
    --------
    >>> pixels, labels = torch.randn(8, 2), torch.arange(8) % 2
    >>> one, again, other = train_seeds(lambda: nn.Linear(2, 2), (pixels, labels), seeds=(0, 0, 1), epochs=1)
    >>> one.weight.equal(again.weight), one.weight.equal(other.weight)
    (True, False)
    """
    trained = []
    for seed in seeds:
        torch.manual_seed(seed)
        model = make()
        fit(model, train, seed=seed, **how)
        trained.append(model.eval())
    return trained
