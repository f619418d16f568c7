"""What a pass through a network costs: multiply-adds counted, seconds measured, patch by patch against all at once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from helpers.segmentation.running import evaluating, on_meta, output_of, picture_shape, values_of
from helpers.segmentation.sliding import Patches, one_answer
from helpers.segmentation.windows import whole_number

if TYPE_CHECKING:
    import pandas as pd


def multiply_adds(model: nn.Module, size: int | Sequence[int] = 224) -> int:
    """Count the multiply-adds of one picture's way through a model, without computing them.

    PyTorch's own counter counts a multiply-add as two operations, and so this is half of what it says. It counts
    convolutions and matrix products; biases, normalisation, activations, pooling and interpolation are left out, as in
    the numbers that papers and torchvision give.

    Parameters
    ----------
    model : Module
        Is not changed. It is counted in evaluation mode.
    size : int, (height, width) or (channels, height, width)
        Of the picture.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the picture does not fit the model.

    Examples
    --------
    >>> multiply_adds(nn.Conv2d(3, 8, 3, padding=1), size=(10, 20)) == (3 * 8 * 3 * 3) * (10 * 20)
    True
    """
    empty = torch.empty(1, *picture_shape(model, size), device="meta")
    with evaluating(model), torch.no_grad(), FlopCounterMode(display=False) as counter:
        output_of(model, None, on_meta(model), empty)
    return counter.get_total_flops() // 2


def sliding_window_cost(
    classifier: nn.Module,
    patch: int,
    sizes: Sequence[int | tuple[int, int]],
    fully_convolutional: nn.Module | None = None,
    *,
    margin: int | None = None,
    batch_size: int = 256,
    repeats: int = 3,
    most_patches: int = 4096,
) -> pd.DataFrame:
    """Compare a patch for every pixel with one pass over the picture that gives a map of the same size.

    Parameters
    ----------
    classifier : Module
        As in :func:`.sliding.sliding_window`.
    patch : int
        Pixels a side.
    sizes : sequence of int or (height, width)
        Of the pictures.
    fully_convolutional : Module, optional
        The network of the one pass; the classifier itself by default, if it takes pictures of any size.
    margin : int, optional
        Rows and columns that are mirrored around the picture for the one pass, both sides together; ``patch - 1`` by
        default, which a network without padding takes off again. 0 for a network that keeps the picture's size.
    batch_size : int
        Patches a call.
    repeats : int
        Seconds are the median of so many runs, after one that is not counted.
    most_patches : int
        Of a picture with more patches only these are run, and the seconds of all are extrapolated.

    Returns
    -------
    pandas.DataFrame
        A row a picture: ``height``, ``width``, ``patches``, ``multiply_adds_patches``, ``multiply_adds_pass``,
        ``multiply_adds_ratio``, ``seconds_patches``, ``seconds_pass``, ``seconds_ratio``, ``patches_timed`` and
        ``extrapolated``: True where ``seconds_patches`` (and the ratio) was not measured on all patches.

    Raises
    ------
    ValueError
        If the one pass does not give a map of the picture's size, or the picture is too small to be mirrored.

    Examples
    --------
    >>> small = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3))
    >>> table = sliding_window_cost(small, patch=5, sizes=[8, 16], repeats=1)
    >>> table[["patches", "multiply_adds_patches", "multiply_adds_pass"]]
       patches  multiply_adds_patches  multiply_adds_pass
    0       64                  25344                8208
    1      256                 101376               30096
    """
    import pandas as pd

    for name, value in (("patch", patch), ("batch_size", batch_size), ("repeats", repeats)):
        whole_number(name, value)
    whole_number("most_patches", most_patches)
    network = classifier if fully_convolutional is None else fully_convolutional
    margin = patch - 1 if margin is None else whole_number("margin", margin, least=0)
    a_patch = multiply_adds(classifier, patch)
    rows = []
    for size in sizes:
        channels, height, width = picture_shape(classifier, size)
        wide = (channels, height + margin, width + margin)
        _check_pass(network, wide, (height, width))
        image = torch.rand(channels, height, width, generator=torch.Generator().manual_seed(0))
        patches, timed = Patches(image.to(_device(classifier)), patch), min(height * width, most_patches)
        with evaluating(classifier), torch.no_grad():
            slid = _seconds(lambda: _slide(classifier, patches, batch_size, timed), repeats)  # noqa: B023
        whole = torch.rand(1, *wide, generator=torch.Generator().manual_seed(0)).to(_device(network))
        with evaluating(network), torch.no_grad():
            passed = _seconds(lambda: network(whole), repeats)  # noqa: B023
        counted, slid = multiply_adds(network, wide), slid * len(patches) / timed
        rows.append(
            {
                "height": height,
                "width": width,
                "patches": len(patches),
                "multiply_adds_patches": len(patches) * a_patch,
                "multiply_adds_pass": counted,
                "multiply_adds_ratio": len(patches) * a_patch / counted,
                "seconds_patches": slid,
                "seconds_pass": passed,
                "seconds_ratio": slid / passed,
                "patches_timed": timed,
                "extrapolated": timed < len(patches),
            }
        )
    return pd.DataFrame(rows)


def _check_pass(network, wide, expected):
    out = output_of(network, None, on_meta(network), torch.empty(1, *wide, device="meta"))
    if out.shape[2:] != expected:
        found = "x".join(map(str, out.shape[2:])) or "single answer"
        raise ValueError(
            f"One pass over {wide[1]}x{wide[2]} pixels gives a map of {found}, expected one of "
            f"{expected[0]}x{expected[1]} as by patches: give fully_convolutional= or another margin=."
        )


def _slide(classifier, patches, batch_size, stop):
    for batch in patches.batches(batch_size, stop):
        one_answer(classifier, batch)


def _seconds(run, repeats):
    """Return the median of several runs, after one that warms up."""
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        run()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def _device(model):
    return next((value.device for value in values_of(model).values()), torch.device("cpu"))
