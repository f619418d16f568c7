"""From a data set to the batches of a training: all of it in memory, and which pictures an update sees from its number.

Nothing is drawn from a global generator, so that update 1,234 is the same after a restart and in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from helpers import datasets

IGNORE = 255
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet: what torchvision's trunks were trained with


def tensors(data, device: torch.device | str = "cpu") -> tuple[Tensor, ...]:
    """Put a data set into memory: on the device, or beside it (pinned) where it is large.

    Parameters
    ----------
    data : data set or tuple of Tensor
        Pictures, targets, and what else the loss takes: each with a first dimension of the same length.

    Raises
    ------
    ValueError
        If there is nothing, or lengths differ.
    """
    parts = tuple(data) if isinstance(data, tuple | list) and isinstance(data[0], Tensor) else datasets.as_tensors(data)
    lengths = [len(part) for part in parts]
    if len(parts) < 2 or min(lengths) == 0 or len(set(lengths)) > 1:
        raise ValueError(f"Tensors of lengths {lengths}: expected pictures and targets, as many of each, at least one.")
    device = torch.device(device)
    if device.type == "cuda":
        size = sum(part.numel() * part.element_size() for part in parts)
        if size > torch.cuda.mem_get_info(device)[0] / 4:
            return tuple(part.pin_memory() for part in parts)
    return tuple(part.to(device) for part in parts)


def standardise(images: Tensor) -> Tensor:
    """Bring grey values from 0..255 to mean 0 and standard deviation 1, about: what every network here is trained on.

    Parameters
    ----------
    images : Tensor [N, C, H, W] or [C, H, W], uint8 or float from 0 to 255
        Of three channels each has its own mean and deviation, ImageNet's; of another number all have their average.

    Returns
    -------
    Tensor of the same shape, float

    Examples
    --------
    >>> standardise(torch.full((1, 3, 1, 1), 255, dtype=torch.uint8)).flatten()
    tensor([2.2489, 2.4286, 2.6400])
    """
    mean, std = torch.tensor((MEAN, STD)) * 255
    if images.shape[-3] != 3:
        mean, std = mean.mean(), std.mean()
    mean, std = (value.reshape(-1, 1, 1).to(images.device) for value in (mean, std))
    return (images.float() - mean) / std


class Batches:
    """The batches of a run, by the number of the update.

    Parameters
    ----------
    data : data set or tuple of Tensor
    batch_size : int
        Over all processes. Cut to the number of pictures.
    repeat : int
        An epoch goes through the data this many times.
    augment : callable, optional
        ``augment(*parts, luck=)`` as :class:`.augment.Augment`; ``augment.numbers`` is the width of ``luck``.
    seed : int
    device : torch device
    rank, ranks : int
        This process, and how many there are; picture i of a batch is seen by process i mod ``ranks``.
    """

    def __init__(
        self,
        data,
        batch_size: int,
        repeat: int = 1,
        augment: Callable | None = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
        rank: int = 0,
        ranks: int = 1,
    ):
        self.parts, self.device = tensors(data, device), torch.device(device)
        self.repeat, self.augment, self.seed, self.rank, self.ranks = repeat, augment, seed, rank, ranks
        self.batch_size = min(batch_size, len(self.parts[0]) * repeat)
        if self.batch_size < ranks:
            raise ValueError(f"A batch of {self.batch_size} for {ranks} processes: each needs a picture.")
        self.per_epoch = len(self.parts[0]) * repeat // self.batch_size

    def __len__(self) -> int:
        """Pictures in the data."""
        return len(self.parts[0])

    def pictures(self, step: int) -> Tensor:
        """Indices of the pictures of an update, over all processes: a shuffle an epoch, its last rest left out."""
        epoch, batch = divmod(step, self.per_epoch)
        order = torch.randperm(len(self) * self.repeat, generator=_generator(self.seed, 0, epoch)) % len(self)
        return order[batch * self.batch_size : (batch + 1) * self.batch_size]

    def share(self, step: int) -> list[Tensor]:
        """What this process sees of an update: augmented, standardised, on the device."""
        mine = self.pictures(step)[self.rank :: self.ranks]
        parts = [part[mine.to(part.device)].to(self.device) for part in self.parts]
        if self.augment is not None:
            luck = torch.rand(self.batch_size, self.augment.numbers, generator=_generator(self.seed, 1, step))
            parts = list(self.augment(*parts, luck=luck[self.rank :: self.ranks]))
        return [self._ready(parts[0]), *parts[1:]]

    def _ready(self, images: Tensor) -> Tensor:
        return standardise(images) if self.parts[0].dtype == torch.uint8 else images


def in_order(
    parts: tuple[Tensor, ...], batch_size: int, device: torch.device | str, rank: int = 0, ranks: int = 1
) -> Iterator[list[Tensor]]:
    """Every picture once, in order, for judging; each process sees its own share."""
    for first in range(rank * batch_size, len(parts[0]), ranks * batch_size):
        batch = [part[first : first + batch_size].to(device) for part in parts]
        yield [standardise(batch[0]) if batch[0].dtype == torch.uint8 else batch[0], *batch[1:]]


def mix(*numbers: int) -> int:
    """One seed out of several numbers: unlike their sum, no two lists give the same by plan.

    Examples
    --------
    >>> mix(0, 1) != mix(1, 0), mix(0, 1) == mix(0, 1)
    (True, True)
    """
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _generator(*numbers: int) -> torch.Generator:
    return torch.Generator().manual_seed(mix(*numbers))
