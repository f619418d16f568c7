"""Where each map of a network is drawn: columns in the order of computation, heights by resolution, ways for arrows.

From the list that :func:`.anatomy.anatomy` gives; all lengths are points (1/72 inch). :mod:`.diagram` draws the result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from helpers.segmentation.anatomy import PICTURE, Map

FONT = 12.0
_DIGIT = 0.62  # a letter's width, in font sizes
_LANE = 4.5  # between two arrows side by side
_LEVEL = 12.0  # less is no step: the arrow goes straight
_LATE = 2  # a map that is needed more columns later than this waits for its reader


@dataclass
class Node:
    """A map, or a place where maps meet: ``kind`` is ``"map"``, ``"cat"`` or ``"sum"``."""

    kind: str
    map: Map
    shape: tuple[int, int, int]  # what is written: channels, height, width
    parts: list[int]  # channels of the slabs side by side; the map's own is the last
    sources: list[int] = field(default_factory=list)
    column: int = 0
    x: float = 0.0
    y: float = 0.0
    rest: float = 0.0  # where its level is, before maps of a column are moved apart
    height: float = 0.0

    @property
    def level(self) -> float:
        return math.log2(self.shape[1] * self.shape[2]) / 2

    @property
    def texts(self) -> tuple[str, str]:
        """Channels and size, as they are written above the map."""
        channels, height, width = self.shape
        return "" if self.kind == "sum" else str(channels), size_text(height, width)

    @property
    def note(self) -> str:
        """What is written below: rates of filters with holes, number of layers."""
        if self.kind != "map":
            return ""
        rates = "r " + ",".join(map(str, self.map.rates)) if max(self.map.rates, default=1) > 1 else ""
        return "\n".join(filter(None, [rates, f"×{self.map.layers}" if self.map.layers > 1 else ""]))

    @property
    def joined(self) -> bool:
        """Whether copied maps stand beside the map."""
        return self.kind == "map" and len(self.parts) > 1

    def widths(self) -> list[float]:
        """Widths of the slabs: they grow with the logarithm of the channels."""
        return [14.0] if self.kind == "sum" else [3 + 1.5 * math.log2(one) for one in self.parts]

    @property
    def width(self) -> float:
        return sum(self.widths())

    @property
    def text_width(self) -> float:
        lines = [*self.texts, *self.note.split("\n")]
        return max(len(line) - 0.4 * line.count("²") - 0.4 * line.count(",") for line in lines) * _DIGIT * FONT

    @property
    def above(self) -> float:
        return self.height / 2 + 2 + 1.2 * FONT * sum(map(bool, self.texts))

    @property
    def below(self) -> float:
        return self.height / 2 + (2 + 1.2 * FONT * (1 + self.note.count("\n")) if self.note else 0)


@dataclass
class Edge:
    """An arrow from node to node; ``role`` is ``"layer"``, ``"copy"`` or ``"switches"``."""

    start: int
    end: int
    role: str
    way: list[tuple[float, float]] = field(default_factory=list)

    def span(self, nodes: Sequence[Node]) -> int:
        return nodes[self.end].column - nodes[self.start].column


def size_text(height: int, width: int) -> str:
    """Write a size as papers do: 572² for a square, 360×480 for another."""
    return f"{height}²" if height == width else f"{height}×{width}"


def arrange(nodes: list[Node], edges: list[Edge], width: float, height: float) -> float:
    """Fill in the places of nodes and the ways of edges in a box of so many points.

    Returns
    -------
    float
        1, or less where the box is too narrow: all lengths but the places are to be multiplied by it.
    """
    _columns(nodes, edges)
    scale = 1.0
    for _ in range(9):  # where it does not fit, smaller letters and slabs: the same again in a larger box
        _heights(nodes, edges, height / scale)
        need = _places(nodes, edges, width / scale)
        if need <= width / scale + 0.1:
            break
        scale = width / need
    _ways(nodes, edges)
    for node in nodes:
        node.x, node.y, node.rest = node.x * scale, node.y * scale, node.rest * scale
    for edge in edges:
        edge.way = [(x * scale, y * scale) for x, y in edge.way]
    return scale


def graph(maps: Sequence[Map]) -> tuple[list[Node], list[Edge]]:
    """Make the nodes and arrows of a list of maps; where several maps are read at once, they meet in a node."""
    nodes, edges, place = [], [], {}
    readers = [[n for n, one in enumerate(maps) if source in one.sources] for source in range(len(maps))]
    for number, one in enumerate(maps):
        into = len(nodes)
        sources = [place[source] for source in one.sources]
        if one.kinds == ("unpooling",) and len(sources) == 2:
            edges.append(Edge(sources[0], into, "switches"))
            sources = sources[1:]
        elif len(sources) > 1:
            copied = one.sources[:-1]
            parts = [maps[source].channels for source in one.sources]
            laid = one.given[0] == sum(parts)
            if laid and len(readers[one.sources[-1]]) == 1 and all(len(readers[source]) > 1 for source in copied):
                # U-Net: what is copied stands beside the up-sampled map, as in the paper's figure.
                edges += [Edge(source, sources[-1], "copy") for source in sources[:-1]]
                nodes[sources[-1]].parts, nodes[sources[-1]].shape = parts, one.given
                sources = sources[-1:]
            else:
                nodes.append(Node("cat" if laid else "sum", one, one.given, parts))
                edges += [Edge(source, into, "copy") for source in sources]
                sources, into = [into], into + 1
        nodes.append(Node("map", one, (one.channels, one.height, one.width), [one.channels]))
        edges += [Edge(source, into, "layer") for source in sources]
        place[number] = into
    return nodes, edges


def _columns(nodes: list[Node], edges: list[Edge]) -> None:
    for n, node in enumerate(nodes):  # the longest way from the picture
        node.column = max((nodes[edge.start].column + 1 for edge in edges if edge.end == n), default=0)
    for n, node in reversed([*enumerate(nodes)]):
        latest = min((nodes[edge.end].column for edge in edges if edge.start == n), default=node.column + 1) - 1
        if latest - node.column > _LATE and PICTURE not in node.map.kinds:
            node.column = latest


def _heights(nodes: list[Node], edges: list[Edge], height: float) -> None:
    levels = [node.level for node in nodes]
    low, high = min(levels), max(levels)
    tallest = min(60.0, max(28.0, 0.75 * height / (high - low + 1)))
    for node in nodes:
        node.height = 14.0 if node.kind == "sum" else max(7.0, tallest * 2 ** ((node.level - high) / 2))
    foot = 2 + max(node.below for node in nodes if node.level < low + 0.5)
    room = height - foot - max(node.above for node in nodes) - 2
    for node in nodes:
        node.rest = node.y = foot + room * (node.level - low) / ((high - low) or 1)
    for column in range(max(node.column for node in nodes) + 1):
        # Of maps at one level, the one that comes from above lies above, and so does the first of many branches.
        stack = []
        for n, node in enumerate(nodes):
            if node.column == column:
                origins = [nodes[edge.start].y for edge in edges if edge.end == n] or [0.0]
                stack.append((round(2 * node.level), sum(origins) / len(origins), -n, node))
        _spread([node for *_, node in sorted(stack, key=lambda one: one[:3])], height)


def _spread(stack: list[Node], height: float) -> None:
    """Move the maps of a column, from the lowest up, apart until none overlap: as little as possible, in the box."""
    clusters = []  # of [maps, their offsets from the lowest, its place]
    for node in stack:
        clusters.append([[node], [0.0], node.y])
        while len(clusters) > 1:
            (maps, offsets, at), (more, further, then) = clusters[-2:]
            gap = offsets[-1] + maps[-1].above + more[0].below + 6
            if at + gap <= then:
                break
            clusters.pop()
            clusters[-1][:2] = maps + more, offsets + [gap + one for one in further]
            wanted = [one.y - offset for one, offset in zip(*clusters[-1][:2], strict=True)]
            clusters[-1][2] = sum(wanted) / len(wanted)
    for maps, offsets, at in clusters:
        least, most = maps[0].below, height - offsets[-1] - maps[-1].above
        at = max(least, min(at, most))
        for one, offset in zip(maps, offsets, strict=True):
            one.y = at + offset


def _lanes(nodes: list[Node], edges: list[Edge]) -> dict[int, list[list[Edge]]]:
    """By column: the arrows that rise, and those that fall, in the gap behind it, from left to right."""
    lanes = {}
    for edge in edges:
        start, end = nodes[edge.start], nodes[edge.end]
        from_below = edge.role == "layer" and end.joined
        if abs(start.y - end.y) > _LEVEL and not from_below:
            lanes.setdefault(end.column - 1, [[], []])[start.y > end.y].append(edge)
    for rising, falling in lanes.values():
        # The one that goes furthest turns first: so none crosses another.
        rising.sort(key=lambda edge: (-nodes[edge.end].y, -nodes[edge.start].y))
        falling.sort(key=lambda edge: (nodes[edge.end].y, nodes[edge.start].y))
    return lanes


def _places(nodes: list[Node], edges: list[Edge], width: float) -> float:
    """Place the columns, stretched to the width where they need less; return what they need."""
    columns = [[] for _ in range(max(node.column for node in nodes) + 1)]
    for node in nodes:
        columns[node.column].append(node)
    lanes = _lanes(nodes, edges)
    centres = []
    for number, column in enumerate(columns):
        arrows = max(map(len, lanes[number - 1])) if number - 1 in lanes else 0
        if any(edge.span(nodes) > 1 and nodes[edge.start].column == number - 1 for edge in edges):
            arrows = max(arrows, 1)  # it turns here, out of the way of the next map
        past = _halves(columns[number - 1], column)
        x = max(max(one.width, one.text_width) / 2 for one in column) if not centres else centres[-1]
        for before, centre in zip(columns, centres, strict=False):
            for left in before:
                for right in column:
                    apart = left.y + left.above < right.y - right.below or right.y + right.above < left.y - left.below
                    near = before is columns[number - 1]
                    bars = (left.width + right.width) / 2
                    texts = (max(left.text_width, left.width) + max(right.text_width, right.width)) / 2
                    need = 0.0 if apart else texts + 3.5
                    if near:
                        halves = past[id(left)] + past[id(right)]
                        need = max(need, bars + 14, halves + _LANE * (arrows + 1) if arrows else 0)
                    x = max(x, centre + need)
        centres.append(x)
    most = centres[-1] + max(max(one.width, one.text_width) / 2 for one in columns[-1])
    stretch = min(1.8, max(1.0, width / most))
    for column, centre in zip(columns, centres, strict=True):
        for node in column:
            node.x = centre * stretch + max(0.0, width - most * stretch) / 2
    return most


def _ways(nodes: list[Node], edges: list[Edge]) -> None:
    """Give every arrow its corners."""
    sides = [side for both in _lanes(nodes, edges).values() for side in both]
    lanes = {id(edge): (n, len(side)) for side in sides for n, edge in enumerate(side)}
    taken = []  # (first column, last column, y) of arrows that run far
    for edge in edges:
        start, end = nodes[edge.start], nodes[edge.end]
        first, last = (start.x + start.width / 2, start.y), (end.x - end.width / 2, end.y)
        if edge.span(nodes) > 1:
            run = _free(nodes, start, end, taken)
            taken.append((start.column, end.column, run))
            behind, before = (_gap(nodes, column) for column in (start.column, end.column - 1))
            n, count = lanes.get(id(edge), (0, 1))
            turn = before[0] + (before[1] - before[0]) * (n + 1) / (count + 1)
            out = (behind[0] + behind[1]) / 2
            if abs(run - end.y) < end.height / 2 - 1:  # it meets the slab, if not in the middle
                edge.way = [first, (out, start.y), (out, run), (last[0], run)]
            else:
                edge.way = [first, (out, start.y), (out, run), (turn, run), (turn, end.y), last]
        elif abs(start.y - end.y) <= _LEVEL:
            edge.way = [first, last]
        elif end.joined and edge.role == "layer":
            own = end.x + end.width / 2 - end.widths()[-1] / 2
            edge.way = [first, (own, start.y), (own, end.y - end.height / 2)]
        else:
            n, count = lanes.get(id(edge), (0, 1))
            left, right = _gap(nodes, start.column)
            turn = left + (right - left) * (n + 1) / (count + 1)
            edge.way = [first, (turn, start.y), (turn, end.y), last]


def _gap(nodes: list[Node], column: int) -> tuple[float, float]:
    """The free strip between the words of a column and those of the next."""
    before, behind = ([one for one in nodes if one.column == at] for at in (column, column + 1))
    past = _halves(before, behind)
    left, right = max(one.x + past[id(one)] for one in before), min(one.x - past[id(one)] for one in behind)
    return left, max(left, right)


def _halves(before: list[Node], behind: list[Node]) -> dict[int, float]:
    """Half the width that arrows between two columns go round: of slabs alone, where they pass by no words."""
    halves = {}
    for some, others in ((before, behind), (behind, before)):
        for one in some:
            words = one.note or any(other.y + other.height / 2 > one.y - one.height / 2 for other in others)
            halves[id(one)] = (max(one.width, one.text_width) if words else one.width) / 2
    return halves


def _free(nodes: list[Node], start: Node, end: Node, taken: list) -> float:
    """The height nearest to where an arrow begins at which it meets nothing on its way."""
    met = [one for one in nodes if start.column < one.column < end.column]
    between = [(one.y - one.below - 6, one.y + one.above + 2) for one in met]
    between += [(y - 5, y + 5) for first, last, y in taken if first < end.column and start.column < last]
    edges = [start.y, *(edge for both in between for edge in both)]
    free = [y for y in edges if not any(low < y < high for low, high in between)]
    return min(free, key=lambda y: (abs(y - start.y), -y))
