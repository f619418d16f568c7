"""Figures of segmentation: pictures, masks, overlays, errors, and the drawing of a network.

Every function draws into the axes it is given and returns nothing; :func:`predictions` alone makes a figure of its own.
Colours and names of classes are the data set's. Void, which is no class, is hatched in grey everywhere.
:func:`.diagram.architecture` is handed on from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from helpers import course
from helpers.datasets.pictures import IGNORE
from helpers.segmentation.diagram import architecture

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["architecture", "classes_legend", "error", "mask", "overlay", "picture", "predictions"]

_WRONG = course.PALETTE[3]  # vermilion
_HATCH = {"facecolor": "#F0F0F0", "edgecolor": "#9A9A9A", "hatch": "////", "linewidth": 0}
_LEAST_INCHES, _MOST_INCHES = 6.0, 12.8  # of a figure's width: 1280 pixels at 100 dots an inch


def picture(ax: Axes, image: np.ndarray | Tensor) -> None:
    """Draw a picture without axes around it.

    Parameters
    ----------
    ax : matplotlib Axes
    image : array or Tensor [3, H, W] or [1, H, W], uint8 or float from 0 to 1
        One channel is drawn in grey.

    Raises
    ------
    ValueError
        For another shape, or floats beyond 0 to 1, as normalised pictures have them.
    """
    ax.imshow(_rgb(image), interpolation="nearest")
    ax.set_axis_off()


def mask(ax: Axes, mask: np.ndarray | Tensor, data: Any) -> None:
    """Draw a map of classes in its data set's colours; void is hatched.

    Parameters
    ----------
    ax : matplotlib Axes
    mask : array or Tensor [H, W], int
        Class numbers; 255 is void.
    data : data set
        Anything with ``palette``, array [C, 3], uint8.

    Raises
    ------
    ValueError
        For another shape, or a number that is no class.
    """
    labels = _labels(mask, data)
    _over_hatching(ax, _coloured(labels, data), labels != IGNORE)


def overlay(
    ax: Axes, image: np.ndarray | Tensor, mask: np.ndarray | Tensor, data: Any, *, strength: float = 0.5
) -> None:
    """Draw a picture, tinted by its classes; where it is void, the hatching shows through.

    Parameters
    ----------
    ax : matplotlib Axes
    image, mask, data
        As for :func:`picture` and :func:`mask`.
    strength : float
        Share of the class's colour in each pixel, from 0 to 1.

    Raises
    ------
    ValueError
        As there, and where the sizes differ.
    """
    base, labels = _rgb(image), _labels(mask, data)
    _same_size("The picture", base, "the mask", labels)
    tinted = (1 - strength) * base + strength * _coloured(labels, data)
    known = (labels != IGNORE)[..., None]
    _over_hatching(ax, np.where(known, tinted, base), np.where(known[..., 0], 1.0, 1 - strength))


def error(ax: Axes, found: np.ndarray | Tensor, truth: np.ndarray | Tensor) -> None:
    """Mark the pixels that are wrong in vermilion, over the outlines of the truth; void is hatched and never wrong.

    Parameters
    ----------
    ax : matplotlib Axes
    found, truth : array or Tensor [H, W], int
        Class numbers; 255 in the truth is void.

    Raises
    ------
    ValueError
        For another shape, or where the sizes differ.
    """
    found, truth = _labels(found), _labels(truth)
    _same_size("The prediction", found, "the truth", truth)
    drawn = np.full((*truth.shape, 3), to_rgb("#F4F4F4"))
    drawn[_outlines(truth)] = to_rgb("#B4B4B4")
    drawn[found != truth] = to_rgb(_WRONG)
    _over_hatching(ax, drawn, truth != IGNORE)


def predictions(
    data: Any,
    images: Sequence | Tensor,
    truths: Sequence | Tensor,
    found: Sequence | Tensor | Mapping[str, Sequence | Tensor],
    *,
    rows: int | Sequence[int] | None = None,
) -> None:
    """Draw what one or several networks found: picture, truth, prediction, errors, and the names of the classes.

    Of one network, each picture is a row. Of several, each picture is two: the picture and the predictions, below them
    the truth and the errors.

    Parameters
    ----------
    data : data set
        Anything with ``palette``, ``class_names`` and ``class_names_ko``.
    images : N pictures, as for :func:`picture`
    truths : N masks, as for :func:`mask`
    found : N masks; or a mapping from a title to N masks
        Class numbers, as ``logits.argmax(1)`` gives them.
    rows : int or sequence of int, optional
        The first so many pictures, or these; by default all.

    Raises
    ------
    ValueError
        Where numbers or sizes do not fit, or nothing is to be drawn.
    """
    say = _KO if course.language() == "ko" else _EN
    several = isinstance(found, Mapping)
    answers = found if several else {say["found"]: found}
    for title, masks in answers.items():
        if len(masks) != len(images) or len(truths) != len(images):
            raise ValueError(f"{len(images)} pictures, {len(truths)} truths, {len(masks)} predictions ({title}).")
    chosen = range(len(images))[:rows] if rows is None or isinstance(rows, int) else rows
    double = len(answers) > 1
    down, across = len(chosen) * (2 if double else 1), 1 + len(answers) if double else 4
    if not len(chosen):
        raise ValueError(f"{len(images)} pictures and rows={rows!r}: nothing to draw.")
    height, width = np.shape(truths[chosen[0]])[-2:]
    wide = float(np.clip(2.6 * across, _LEAST_INCHES, _MOST_INCHES))
    fig, axes = plt.subplots(down, across, figsize=(wide, wide / across * height / width * down + 1), squeeze=False)
    for n, number in enumerate(chosen):
        truth = truths[number]
        if double:
            first, *rest = axes[2 * n : 2 * n + 2].T
            pairs = [(first, None), *zip(rest, answers.values(), strict=True)]
        else:
            pairs = [(axes[n, :2], None), (axes[n, 2:], *answers.values())]
        for (one, other), masks in pairs:
            if masks is None:
                picture(one, images[number])
                mask(other, truth, data)
            else:
                mask(one, masks[number], data)
                error(other, masks[number], truth)
    if double:
        titles = [say["picture"], *answers]
        _row_names(axes, say)
    else:
        titles = [say["picture"], say["truth"], *answers, say["error"]]
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, color=_WRONG if title == say["error"] else "black")
    shown = [_array(masks[number]).ravel() for masks in (truths, *answers.values()) for number in chosen]
    classes_legend(fig, data, np.concatenate(shown))


def classes_legend(fig: Figure, data: Any, present: np.ndarray | Tensor | Sequence[int]) -> None:
    """Write below a figure which colour is which class, in the reader's language.

    Parameters
    ----------
    fig : matplotlib Figure
    data : data set
        As for :func:`predictions`.
    present : array, Tensor or sequence of int
        The classes that occur, or masks in which they do; 255 adds void.
    """
    korean = course.language() == "ko"
    names = data.class_names_ko if korean else data.class_names
    kinds = np.unique(_array(present))
    handles = [
        Patch(facecolor=data.palette[kind] / 255, edgecolor="#808080", linewidth=0.5, label=names[kind])
        for kind in kinds
        if kind != IGNORE
    ]
    if IGNORE in kinds:
        handles.append(Patch(**_HATCH, label="무시" if korean else "void"))
    most = max(1, int(fig.get_figwidth() // 1.6))
    fig.legend(handles=handles, loc="outside lower center", ncols=min(most, len(handles)), frameon=False)


_KO = {"picture": "그림", "truth": "정답", "found": "예측", "error": "틀린 픽셀"}
_EN = {"picture": "picture", "truth": "truth", "found": "prediction", "error": "wrong pixels"}


def _row_names(axes: np.ndarray, say: Mapping[str, str]) -> None:
    """Name what lies below the titles: the truth, and at the right the rows of errors."""
    for first, last in axes[1::2][:, [0, -1]]:
        first.set_title(say["truth"])
        last.text(1.03, 0.5, say["error"], transform=last.transAxes, rotation=270, va="center", color=_WRONG)


def _over_hatching(ax: Axes, colours: np.ndarray, alpha: np.ndarray) -> None:
    """Draw colours [H, W, 3] from 0 to 1; where alpha [H, W] is less than 1, hatching lies below and shows through."""
    height, width = alpha.shape
    if np.any(alpha < 1):
        # A pixel of a picture may be large: hatching is drawn as lines, not as pixels.
        ax.add_patch(Rectangle((-0.5, -0.5), width, height, zorder=-1, **_HATCH))
    ax.imshow(np.dstack([colours, alpha.astype(float)]), interpolation="nearest")
    ax.set_axis_off()


def _coloured(labels: np.ndarray, data: Any) -> np.ndarray:
    return np.asarray(data.palette)[np.where(labels == IGNORE, 0, labels)] / 255


def _outlines(truth: np.ndarray) -> np.ndarray:
    """Pixels whose right or lower neighbour is of another class."""
    edges = np.zeros(truth.shape, bool)
    edges[:, :-1] |= truth[:, :-1] != truth[:, 1:]
    edges[:-1] |= truth[:-1] != truth[1:]
    return edges


def _array(value: np.ndarray | Tensor | Sequence) -> np.ndarray:
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _labels(mask: np.ndarray | Tensor, data: Any = None) -> np.ndarray:
    labels = _array(mask)
    if labels.ndim != 2 or labels.dtype.kind not in "iub":
        shape = f"{labels.dtype} {[*labels.shape]}"
        raise ValueError(f"A mask is {shape}; expected whole numbers [H, W], such as logits.argmax(1)[0].")
    if data is not None:
        classes = len(data.palette)
        strange = labels[(labels != IGNORE) & ((labels < 0) | (labels >= classes))]
        if strange.size:
            raise ValueError(f"A mask has class {strange[0]}; expected 0 to {classes - 1}, or {IGNORE} for void.")
    return labels


def _rgb(image: np.ndarray | Tensor) -> np.ndarray:
    """[C, H, W] -> [H, W, 3], float from 0 to 1."""
    pixels = _array(image)
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3):
        raise ValueError(f"A picture has the shape {[*pixels.shape]}; expected [3, H, W] or [1, H, W].")
    pixels = np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0)
    if pixels.dtype == np.uint8:
        return pixels / 255
    if pixels.size and not (pixels.min() >= -1e-3 and pixels.max() <= 1 + 1e-3):
        raise ValueError(
            f"A picture has values from {pixels.min():.3g} to {pixels.max():.3g}; expected uint8, or floats from 0 to "
            "1: the picture as it was before it was normalised."
        )
    return pixels.clip(0, 1).astype(float)


def _same_size(name: str, one: np.ndarray, other_name: str, other: np.ndarray) -> None:
    if one.shape[:2] != other.shape[:2]:
        (height, width), (tall, wide) = one.shape[:2], other.shape[:2]
        raise ValueError(f"{name} is {height}x{width}, {other_name} {tall}x{wide}; layers.centre_crop cuts the larger.")
