"""A network, drawn from the live model: what a figure in its paper shows, with the numbers of the network at hand.

One grammar for all networks. To the right: the order of computation. Upwards: resolution, a step for each halving. A
map is a slab, the taller the larger it is, the wider the more channels it has; above it stand channels and size. The
colour of an arrow is what happens on it. :mod:`.layout` says where everything lies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from matplotlib.path import Path
from torch import nn

from helpers import course
from helpers.segmentation.anatomy import CUT, PICTURE, Map, anatomy
from helpers.segmentation.layout import FONT, Edge, Node, arrange, graph, size_text
from helpers.segmentation.running import picture_shape

_BLUE, _ORANGE, _GREEN, _VERMILION, _PURPLE, _SKY, _, _BLACK = course.PALETTE
_GREY = "#7A7A7A"
_COLOURS = {  # in the order of the legend
    "conv": _BLUE,
    "one": _SKY,
    "linear": _BLUE,
    "atrous": _ORANGE,
    "down": _VERMILION,
    "average": _VERMILION,
    "up": _GREEN,
    "deconv": _PURPLE,
    "copy": _GREY,
    "switches": _BLACK,
    "cut": _GREY,
}
_DASHES = {"switches": (0, (3, 2)), "cut": (0, (1, 0.8))}
_MAP, _COPIED, _PICTURE, _EDGE = "#C5DAEB", "#FFFFFF", "#DDDDDD", "#3C566E"
_MARGIN, _LINE = 33.0, 19.0  # for the scale of resolutions; a line of the legend or the heading


def architecture(ax: Axes, model: nn.Module, size: int | Sequence[int], *, detail: str = "layers") -> None:
    """Draw a network into axes, from the model itself; nothing is computed and nothing changed.

    Parameters
    ----------
    ax : matplotlib Axes
        About 12 x 6 inches for a U-Net with all its layers; in smaller ones the letters shrink.
    model : Module
        It may hold no numbers (``torch.device("meta")``).
    size : int, (height, width) or (channels, height, width)
        Of the picture.
    detail : {"layers", "stages"}
        As for :func:`.anatomy.anatomy`: ``"stages"`` for deep trunks.

    Raises
    ------
    ValueError, NotImplementedError
        As there.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from helpers.segmentation import UNet
    >>> fig, ax = plt.subplots(figsize=(12, 6))
    >>> architecture(ax, UNet(2, padding="valid"), 572)
    >>> {"572²", "568²", "1024", "388²"} <= {text.get_text() for text in ax.texts}
    True
    >>> plt.close(fig)
    """
    maps = anatomy(model, picture_shape(model, size), detail=detail)
    ax.set_axis_off()
    ax.figure.draw_without_rendering()  # the layout decides how large the axes are
    box = ax.get_window_extent()
    width, height = (72 * float(side) / ax.figure.dpi for side in (box.width, box.height))
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    nodes, edges = graph(maps)
    labels = _labels(maps, nodes, edges)
    lengths = [46 + FONT * _letters(label) for label in labels.values()]
    rows = math.ceil(sum(lengths) / width)
    foot = _LINE * rows + 8
    scale = arrange(nodes, edges, width - _MARGIN, height - foot - _LINE - 6)
    for node in nodes:
        node.x, node.y, node.rest = node.x + _MARGIN, node.y + foot, node.rest + foot
    for edge in edges:
        edge.way = [(x + _MARGIN, y + foot) for x, y in edge.way]
    _guides(ax, nodes, width)
    for edge in sorted(edges, key=lambda one: one.role == "layer"):
        _arrow(ax, edge, nodes, scale)
    for node in nodes:
        _slabs(ax, node, scale)
    ax.text(_MARGIN, height - 4, _heading(model, maps), va="top", fontsize=FONT + 1, fontweight="bold")
    ax.legend(
        handles=[_key(operation, label) for operation, label in labels.items()],
        loc="lower center",
        ncols=math.ceil(len(labels) / rows),
        frameon=False,
        fontsize=FONT,
        borderaxespad=0.0,
        borderpad=0.0,
        handlelength=2.2,
        columnspacing=1.6,
    )


def _operation(one: Map) -> str:
    """What happens on the arrow to a map."""
    if one.kinds == (CUT,):
        return "cut"
    if any("transposed" in kind for kind in one.kinds):
        return "up" if one.stride > 1 else "deconv"
    if "up-sampling" in one.kinds[0] or one.kinds[0] == "unpooling":
        return "up"
    if one.height * one.width < one.given[1] * one.given[2] and (one.stride > 1 or "pooling" in one.kinds[0]):
        return "down"
    if "pooling" in one.kinds[0]:
        return "average"
    if one.kinds[0] == "linear":
        return "linear"
    if max(one.rates, default=1) > 1:
        return "atrous"
    return "one" if set(one.kernels) <= {(1, 1)} else "conv"


def _labels(maps: Sequence[Map], nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, str]:
    """What occurs, with its name in the reader's language: the legend."""
    names = _say()
    found: dict[str, list[str]] = {}
    for one in maps[1:]:
        operation = _operation(one)
        words = found.setdefault(operation, [])
        if operation in ("down", "up", "average"):
            kind = "stride" if operation == "down" and "convolution" in one.kinds[0] else one.kinds[0]
            words.append(names.get(kind, kind))
        elif operation in ("conv", "deconv", "atrous"):
            words += [f"{height}×{width}" for height, width in one.kernels if (height, width) != (1, 1)]
    labels = {}
    for operation in _COLOURS:
        if operation in found:
            what = ", ".join(dict.fromkeys(found[operation]))
            labels[operation] = names[operation].format(what)
    copies = [edge for edge in edges if edge.role == "copy" and nodes[edge.end].kind != "sum"]
    if copies:
        cropped = any(_cropped(nodes[edge.start], nodes[edge.end]) for edge in copies)
        labels["copy"] = names["cropped" if cropped else "copy"]
    if any(node.kind == "sum" for node in nodes):
        labels["sum"] = names["sum"]
    if any(edge.role == "switches" for edge in edges):
        labels["switches"] = names["switches"]
    if any(one.layers > 1 for one in maps):
        labels["count"] = names["count"]
    return labels


def _letters(text: str) -> float:
    """Width of a text, in font sizes: Hangul is wide."""
    return sum(0.95 if letter > "\u1100" else 0.6 for letter in text)


_EN = {
    "conv": "convolution {}",
    "one": "convolution 1×1",
    "atrous": "atrous convolution {} (r: rate)",
    "down": "down: {}",
    "up": "up: {}",
    "deconv": "deconvolution {} (stride 1)",
    "average": "{}",
    "cut": "cut to size",
    "copy": "copied, side by side",
    "cropped": "cropped, copied, side by side",
    "sum": "added across",
    "switches": "where the maxima were",
    "count": "×n: n layers",
    "stride": "strided convolution",
    "linear": "fully connected layer",
    "adaptive average pooling": "average pooling",
    "global average pooling": "average pooling",
    "adaptive max pooling": "max pooling",
    "bilinear up-sampling": "bilinear",
    "nearest up-sampling": "nearest",
}
_KO = {
    "conv": "합성곱 {}",
    "one": "합성곱 1×1",
    "atrous": "팽창 합성곱 {} (r: 팽창률)",
    "down": "줄이기: {}",
    "up": "키우기: {}",
    "deconv": "역합성곱 {} (스트라이드 1)",
    "average": "{}",
    "cut": "크기에 맞게 자르기",
    "copy": "복사해서 이어 붙이기",
    "cropped": "잘라서 복사해 이어 붙이기",
    "sum": "건너뛰어 더하기",
    "switches": "최댓값이 있던 자리",
    "count": "×n: n개 층",
    "stride": "스트라이드 합성곱",
    "linear": "완전 연결층",
    "max pooling": "최대 풀링",
    "average pooling": "평균 풀링",
    "adaptive average pooling": "평균 풀링",
    "global average pooling": "평균 풀링",
    "adaptive max pooling": "최대 풀링",
    "transposed convolution": "역합성곱",
    "unpooling": "언풀링",
    "bilinear up-sampling": "쌍선형 보간",
    "nearest up-sampling": "최근접 보간",
}


def _say() -> Mapping[str, str]:
    return _KO if course.language() == "ko" else _EN


def _heading(model: nn.Module, maps: Sequence[Map]) -> str:
    total = sum(one.numel() for one in model.parameters())
    run = sum(one.parameters for one in maps)
    sizes = [f"{one.channels}×{size_text(one.height, one.width)}" for one in (maps[0], maps[-1])]
    if course.language() == "ko":
        more = f" (+ 학습할 때만 쓰는 {total - run:,}개)" if total > run else ""
        counted = f"매개변수 {run:,}개{more}"
    else:
        more = f" (+ {total - run:,} for training only)" if total > run else ""
        counted = f"{run:,} parameters{more}"
    return f"{type(model).__name__}   {sizes[0]} → {sizes[1]}   {counted}"


def _guides(ax: Axes, nodes: Sequence[Node], width: float) -> None:
    """A faint line for each resolution: the picture's, its half, its quarter."""
    top = next(node for node in nodes if PICTURE in node.map.kinds)
    lowest = min(nodes, key=lambda one: one.level)
    if lowest.level == top.level:
        return
    step = (top.rest - lowest.rest) / (top.level - lowest.level)
    met = {round(top.level - node.level) for node in nodes}
    for halvings in sorted(one for one in met if 0 <= one <= 5):
        y = top.rest - halvings * step
        ax.plot([_MARGIN - 4, width], [y, y], color="#E3E3E3", linewidth=0.8, zorder=0)
        ax.text(0, y, "1" if halvings == 0 else f"1/{2**halvings}", va="center", color=_GREY, fontsize=FONT)


def _slabs(ax: Axes, node: Node, scale: float) -> None:
    left, height = node.x - node.width * scale / 2, node.height * scale
    if node.kind == "sum":
        ax.add_patch(Circle((node.x, node.y), 7 * scale, facecolor="white", edgecolor=_EDGE, linewidth=1.2, zorder=4))
        arm = 4 * scale
        ax.plot([node.x - arm, node.x + arm], [node.y] * 2, color=_EDGE, linewidth=1.4, zorder=5)
        ax.plot([node.x] * 2, [node.y - arm, node.y + arm], color=_EDGE, linewidth=1.4, zorder=5)
    else:
        widths = node.widths()
        for n, wide in enumerate(widths):
            copied = node.joined and n < len(widths) - 1
            colour = _PICTURE if PICTURE in node.map.kinds else _COPIED if copied else _MAP
            box = (left, node.y - height / 2), wide * scale, height
            ax.add_patch(Rectangle(*box, facecolor=colour, edgecolor=_EDGE, linewidth=1, zorder=4))
            left += wide * scale
    top = node.y + height / 2 + 2 * scale
    for n, text in enumerate(reversed([one for one in node.texts if one])):
        size = {"fontsize": FONT * scale, "color": "#444444" if n == 0 else "black", "zorder": 6}
        ax.text(node.x, top + n * 1.2 * FONT * scale, text, ha="center", va="bottom", **size)
    if node.note:
        bottom = node.y - height / 2 - 2 * scale
        ax.text(node.x, bottom, node.note, ha="center", va="top", fontsize=FONT * scale, color="#444444", zorder=6)


def _arrow(ax: Axes, edge: Edge, nodes: Sequence[Node], scale: float) -> None:
    start, end = nodes[edge.start], nodes[edge.end]
    operation = _operation(end.map) if edge.role == "layer" else edge.role
    far = edge.span(nodes) > 1
    style = {"color": _COLOURS[operation], "linewidth": (1.3 if far or edge.role != "layer" else 2.2) * scale}
    style["linestyle"] = _DASHES.get(operation, "-")
    path = _rounded(edge.way, 7 * scale)
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=10 * scale, zorder=2, **style))
    if far and edge.role == "copy" and _cropped(start, end):
        (x, y), (until, _) = edge.way[2:4]
        label = f"{size_text(*start.shape[1:])} → {size_text(*end.shape[1:])}"
        ax.text((x + until) / 2, y + 2, label, ha="center", va="bottom", fontsize=FONT * scale, color=_GREY)


def _cropped(start: Node, end: Node) -> bool:
    return start.shape[1] > end.shape[1] or start.shape[2] > end.shape[2]


def _rounded(way: Sequence[tuple[float, float]], radius: float) -> Path:
    """A path along corners, each cut by a curve."""
    way = [way[0], *(b for a, b in zip(way, way[1:], strict=False) if math.dist(a, b) > 0.01)]
    points, codes = [way[0]], [Path.MOVETO]
    for before, corner, after in zip(way, way[1:], way[2:], strict=False):
        reach = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        points += [_toward(corner, before, reach), corner, _toward(corner, after, reach)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*points, way[-1]], [*codes, Path.LINETO])


def _toward(a: tuple[float, float], b: tuple[float, float], reach: float) -> tuple[float, float]:
    share = reach / (math.dist(a, b) or 1)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _key(operation: str, label: str) -> Line2D:
    if operation == "count":
        return Line2D([], [], linestyle="", label=label)
    if operation == "sum":
        return Line2D([], [], marker="$\\oplus$", color=_EDGE, linestyle="", markersize=11, label=label)
    style = {"linestyle": _DASHES.get(operation, "-"), "linewidth": 1.3 if operation in ("copy", "switches") else 2.6}
    return Line2D([], [], color=_COLOURS[operation], label=label, **style)
