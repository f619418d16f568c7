"""The network that U-Net replaced: it classifies the patch around a pixel, and is asked once for every pixel.

Ciresan, Giusti, Gambardella, Schmidhuber 2012, "Deep Neural Networks Segment Neuronal Membranes in Electron Microscopy
Images", NIPS: convolutions and poolings down to one answer. A larger patch needs more poolings; U-Net's introduction
says that this costs localisation, and a small patch context. Here are such networks for 10, 22 and 46 pixels a side.

Asked patch by patch (:func:`.sliding.sliding_window`) they are slow, so two shortcuts that change no number:

- a picture larger than the patch gives a grid of answers, one every ``stride`` pixels;
- :func:`dense` makes the whole map of such grids, one for each of the ``stride x stride`` shifts of the picture.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.batches import standardise
from helpers.segmentation.boundary import edges
from helpers.segmentation.losses import cross_entropy
from helpers.segmentation.running import evaluating


class PatchClassifier(nn.Module):
    """Convolutions without padding, each but the first after a pooling, and a classifier that sees all that is left.

    Parameters
    ----------
    num_classes : int
    poolings : int
        1 sees patches of 10 pixels a side, 2 of 22, 3 of 46.
    in_channels, channels : int
        Channels of the first convolution; twice as many behind the first pooling, four times from the second on.

    Attributes
    ----------
    patch, stride : int
        Pixels a side of the patch; pixels from one answer to the next.
    """

    def __init__(self, num_classes: int, poolings: int, in_channels: int = 3, channels: int = 16):
        super().__init__()
        if poolings < 1:
            raise ValueError(f"poolings={poolings}: expected 1 or more.")
        self.num_classes, self.stride = num_classes, 2**poolings
        widths = [channels * 2 ** min(level, 2) for level in range(poolings + 1)]
        self.layers = nn.Sequential(*_conv(in_channels, channels))
        self.patch = 2
        for before, after in zip(widths, widths[1:], strict=False):
            self.layers.extend([nn.MaxPool2d(2), *_conv(before, after)])
            self.patch = 2 * (self.patch + 2)  # from the last map back to the picture
        self.patch += 2
        self.layers.extend([nn.Conv2d(widths[-1], 64, 2), nn.ReLU(), nn.Conv2d(64, num_classes, 1)])

    def forward(self, images: Tensor) -> Tensor:
        """[N, in_channels, H, W], float -> logits [N, num_classes, (H - patch) // stride + 1, the same of W]."""
        return self.layers(images)


def train_patches(
    model: PatchClassifier, images: Tensor, masks: Tensor, *, epochs: int, lr: float, batch_size: int, seed: int, weight
) -> PatchClassifier:
    """Train on patches all over the pictures: of each picture a grid of them that lies elsewhere every time.

    Parameters
    ----------
    images : Tensor [N, C, H, W], uint8, with H and W multiples of the stride
    masks : Tensor [N, H, W], uint8
    epochs, lr, batch_size, seed
        As for :func:`helpers.training.fit` with ``optimizer="adamw"``.
    weight : Tensor [num_classes]
        Of each class; the patches of a rare class count more, as Ciresan et al. drew them more often.

    Returns
    -------
    PatchClassifier
        The same one, trained, in evaluation mode.
    """
    wide, stride = _mirrored(model, images), model.stride
    updates = epochs * (len(images) // batch_size)
    optimizer = torch.optim.AdamW(model.train().parameters(), lr)
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, updates, power=0.9)
    luck = torch.Generator().manual_seed(seed)
    for update in range(updates):
        if update % (len(images) // batch_size) == 0:
            order = torch.randperm(len(images), generator=luck).split(batch_size)
        chosen = order[update % (len(images) // batch_size)]
        top, left = torch.randint(stride, (2,), generator=luck).tolist()
        logits = model(_shifted(model, wide[chosen], top, left))
        cross_entropy(logits, masks[chosen][:, top::stride, left::stride], weight).backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    return model.eval()


@torch.no_grad()
def dense(model: PatchClassifier, images: Tensor) -> Tensor:
    """Classify the patch around every pixel of mirrored pictures, many patches at once.

    Parameters
    ----------
    images : Tensor [N, C, H, W], uint8 or standardised float, with H and W multiples of the stride

    Returns
    -------
    Tensor [N, num_classes, H, W], float
        The numbers of :func:`.sliding.sliding_window`.
    """
    wide, stride = _mirrored(model, images), model.stride
    maps = images.new_zeros(len(images), model.num_classes, *images.shape[2:], dtype=torch.float32)
    with evaluating(model):
        for top in range(stride):
            for left in range(stride):
                maps[..., top::stride, left::stride] = model(_shifted(model, wide, top, left))
    return maps


def place_and_name(found: Tensor, truth: Tensor) -> tuple[float, float]:
    """Return how often it is right that here is an object, beside its outline, and which object it is, on the object.

    Parameters
    ----------
    found, truth : Tensor [N, H, W], integer
        0 is background, every other number an object's name.

    Returns
    -------
    place : float
        Share of the pixels on either side of a true outline that are rightly called object or background.
    name : float
        Of the pixels rightly called object, the share with the right name; nan where there is none.

    Examples
    --------
    >>> truth = torch.tensor([[[0, 0, 0, 2, 2, 2]]])
    >>> place_and_name(torch.tensor([[[0, 0, 0, 0, 1, 2]]]), truth)
    (0.5, 0.5)
    """
    near = torch.from_numpy(edges((truth > 0).numpy()))
    both = (truth > 0) & (found > 0)
    place = ((found > 0) == (truth > 0))[near].float().mean().item()
    return place, (found == truth)[both].float().mean().item()


def _conv(before, after):
    return nn.Conv2d(before, after, 3, bias=False), nn.BatchNorm2d(after), nn.ReLU()


def _mirrored(model, images):
    """The pictures with so much mirror image around them that every pixel is the middle of a patch."""
    if any(side % model.stride for side in images.shape[2:]):
        raise ValueError(f"The pictures are {[*images.shape[2:]]}; expected multiples of {model.stride}.")
    images = standardise(images) if images.dtype == torch.uint8 else images
    before = model.patch // 2
    return F.pad(images, (before, model.patch - 1 - before) * 2, mode="reflect")


def _shifted(model, wide, top, left):
    rest = model.stride - 1
    return wide[..., top : wide.shape[2] - rest + top, left : wide.shape[3] - rest + left]
