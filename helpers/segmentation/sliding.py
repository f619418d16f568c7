"""One class a pixel by classifying the patch around every pixel: how pictures were segmented before one pass did it.

Ciresan et al. segmented cells so in 2012 and won; U-Net replaced it. What it costs is counted in :mod:`.costs`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.segmentation.running import evaluating
from helpers.segmentation.windows import whole_number


def sliding_window(
    classifier: nn.Module | Callable[[Tensor], Tensor],
    image: Tensor,
    patch: int,
    *,
    stride: int = 1,
    padding: Literal["reflect"] | None = "reflect",
    batch_size: int = 256,
) -> Tensor:
    """Classify the patch around every pixel.

    One pass of the same network over the whole (mirrored) picture gives the same numbers, if the network pads nothing
    inside and its strides multiply to ``stride``. A network that pads differs: zeros stand around every patch, but only
    around the picture's border.

    Parameters
    ----------
    classifier : Module or callable
        Takes Tensor [N, C, patch, patch], gives scores [N, K] or [N, K, 1, 1]. A module runs in evaluation mode, and is
        left in the mode it was in.
    image : Tensor [C, H, W], float
        On the classifier's device.
    patch : int
        Pixels a side. An even patch has one pixel more above and to the left of its middle.
    stride : int
        Pixels from one patch to the next.
    padding : "reflect" or None
        "reflect" mirrors the picture around its border, the border itself not repeated, so that every pixel is the
        middle of a patch; None takes only the patches that lie in the picture.
    batch_size : int
        Patches a call. No more patches than these are held in memory at once.

    Returns
    -------
    Tensor [K, ceil(H / stride), ceil(W / stride)], float
        With ``padding=None``: [K, (H - patch) // stride + 1, (W - patch) // stride + 1].

    Raises
    ------
    ValueError
        If the picture is too small for the patch, or the classifier does not give one answer a patch.

    References
    ----------
    Ciresan et al., "Deep Neural Networks Segment Neuronal Membranes in Electron Microscopy Images", 2012, section 2.
    Ronneberger, Fischer and Brox, "U-Net", 2015, section 1.

    Examples
    --------
    >>> image = torch.arange(12.0).reshape(1, 3, 4)
    >>> sliding_window(lambda patches: patches.mean((2, 3)), image, patch=3, padding=None)
    tensor([[[5., 6.]]])
    >>> sliding_window(lambda patches: patches[:, :, 1, 1], image, patch=3).equal(image)
    True
    """
    patches = Patches(image, patch, stride, padding)
    with evaluating(classifier) if isinstance(classifier, nn.Module) else nullcontext(), torch.no_grad():
        scores = [one_answer(classifier, batch) for batch in patches.batches(whole_number("batch_size", batch_size))]
    return torch.cat(scores).T.reshape(-1, patches.rows, patches.columns)


class Patches:
    """All patches of a picture, cut out a batch at a time.

    Attributes
    ----------
    rows, columns : int
        How many patches lie below and beside each other.
    """

    def __init__(self, image: Tensor, patch: int, stride: int = 1, padding: str | None = "reflect"):
        whole_number("patch", patch), whole_number("stride", stride)
        if image.ndim != 3 or not image.is_floating_point():
            raise ValueError(f"The picture is {image.dtype} {[*image.shape]}; expected one picture, float [C, H, W].")
        if padding not in ("reflect", None):
            raise ValueError(f"padding={padding!r}: expected 'reflect' or None.")
        side, before = min(image.shape[1:]), patch // 2
        if padding is None and side < patch or padding and side <= before:
            least = patch if padding is None else before + 1
            raise ValueError(
                f"The picture is {image.shape[1]}x{image.shape[2]} pixels, too small for patches of {patch}x{patch} "
                f"{'with' if padding else 'without'} mirroring; expected {least} pixels a side or more."
            )
        if padding:
            after = patch - 1 - before
            image = F.pad(image[None], (before, after, before, after), mode="reflect")[0]
        # [C, rows, columns, patch, patch]: views, no copy.
        self._views = image.unfold(1, patch, stride).unfold(2, patch, stride)
        self.rows, self.columns = self._views.shape[1:3]

    def __len__(self) -> int:
        return self.rows * self.columns

    def batches(self, batch_size: int, stop: int | None = None):
        """Yield Tensors [N, C, patch, patch] of the patches, row by row, up to number ``stop``."""
        stop = len(self) if stop is None else min(stop, len(self))
        for numbers in torch.arange(stop).split(batch_size):
            yield self._views[:, numbers // self.columns, numbers % self.columns].transpose(0, 1)


def one_answer(classifier: Callable[[Tensor], Tensor], patches: Tensor) -> Tensor:
    """Return a classifier's scores [N, K] of patches [N, C, patch, patch]."""
    scores = classifier(patches)
    if scores.shape[:1] != patches.shape[:1] or scores.ndim not in (2, 4) or scores.shape[2:].numel() != 1:
        raise ValueError(
            f"The classifier gives {[*scores.shape]} for {len(patches)} patches of "
            f"{patches.shape[2]}x{patches.shape[3]}; expected one answer a patch, [N, K] or [N, K, 1, 1]."
        )
    return scores.reshape(len(scores), -1)
