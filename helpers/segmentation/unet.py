"""U-Net: down for the context, up for the place, and at each level the finer map handed across.

Ronneberger, Fischer, Brox 2015, "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI; figure 1 is
the forward of :class:`UNet`. The paper's convolutions are unpadded: a 572x572 tile gives a 388x388 map, in which every
value has seen real pixels only. :meth:`UNet.predict` covers any picture with such tiles (figure 2, the overlap-tile
strategy); where a tile reaches beyond the picture it sees its mirror image.

Where this differs from the paper, and why:

- ``padding="same"``, the default, pads with zeros: the map is as large as the picture, of whatever size.
- ``batch_norm=True`` puts a batch norm behind each convolution, as most do today: it trains from scratch in minutes.
- ``dropout="block"`` puts one between the convolutions of each block, as some textbooks have it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.segmentation.backbones import one_of
from helpers.segmentation.layers import Network, centre_crop, he_normal, mirror


class UNet(Network):
    """Two paths of blocks of two 3x3 convolutions, joined level by level.

    Parameters
    ----------
    num_classes, in_channels : int
    base_channels : int
        Channels of the first block; each level down has twice as many.
    padding : {"same", "valid"}
        ``"valid"`` is the paper's: a picture of 572x572 gives a map of 388x388, one of 188x188 a map of 4x4; sizes must
        halve evenly at each level (``size % 16 == 12``).
    dropout : {"bottleneck", "block", None}
        At the end of the contracting path, behind its two deepest blocks (section 3.1); or between the two convolutions
        of every block; or none. Half of the values are dropped.
    depth : int
        Poolings.
    batch_norm : bool
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int = 3,
        base_channels: int = 64,
        padding: str = "same",
        dropout: str | None = "bottleneck",
        depth: int = 4,
        batch_norm: bool = False,
    ):
        one_of("padding", padding, ("same", "valid"))
        one_of("dropout", dropout, ("bottleneck", "block", None))
        # 188 pixels at a depth of 4: at each level 4 are lost on either path, and what is left doubles or halves.
        super().__init__(num_classes, in_channels, smallest=12 * 2**depth - 4 if padding == "valid" else 1)
        self.padding, self.depth = padding, depth
        widths = [base_channels * 2**level for level in range(depth + 1)]  # 64, 128, 256, 512, 1024
        between = 0.5 if dropout == "block" else 0.0
        self.down = nn.ModuleList(
            _block(before, after, padding, between, batch_norm)
            for before, after in zip([in_channels, *widths], widths, strict=False)
        )
        for block in self.down[-2:] if dropout == "bottleneck" else ():
            block.append(nn.Dropout(0.5))
        self.ups = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 2, stride=2) for width in widths[-2::-1])
        self.up = nn.ModuleList(_block(2 * width, width, padding, between, batch_norm) for width in widths[-2::-1])
        self.classifier = nn.Conv2d(base_channels, num_classes, 1)
        he_normal(self)  # section 3
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> logits [N, num_classes, H, W], float; ``"valid"``: [.., H - 184, W - 184]."""
        x, skips = self.check(images), []
        for block in self.down[:-1]:
            x = block(x)  # valid: 568, 280, 136, 64
            skips.append(x)  # the map before pooling: the pooled one has lost what is handed across
            x = F.max_pool2d(x, 2, ceil_mode=True)
        x = self.down[-1](x)  # 28
        for up, block in zip(self.ups, self.up, strict=True):
            x, skip = up(x), skips.pop()  # 56, 104, 200, 392
            if self.padding == "valid":
                skip = centre_crop(skip, x.shape[2:])
            else:
                x = x[..., : skip.shape[2], : skip.shape[3]]  # an odd size was rounded up
            x = block(torch.cat([skip, x], dim=1))  # 52, 100, 196, 388
        return self.classifier(x)

    def check(self, images: Tensor) -> Tensor:
        """As every network's; unpadded, sizes that do not halve evenly are refused too."""
        images = super().check(images)
        unit = 2**self.depth
        for size in images.shape[2:] if self.padding == "valid" else ():
            if (size - self.smallest) % unit:
                below = size - (size - self.smallest) % unit
                raise ValueError(
                    f"An unpadded U-Net halves its maps {self.depth} times without a rest: {size} pixels do not, "
                    f"{below} and {below + unit} do. UNet.predict takes pictures of any size."
                )
        return images

    @torch.no_grad()
    def predict(self, images: Tensor, tile: int = 384) -> Tensor:
        """Segment pictures of any size tile by tile, as if each lay in an endless mirror (section 3, figure 2).

        Parameters
        ----------
        images : Tensor [N, in_channels, H, W], float
        tile : int
            Height and width that a pass adds to the map, in pixels; rounded up to what the poolings divide. Memory
            grows with it, time shrinks a little.

        Returns
        -------
        Tensor [N, num_classes, H, W], float
            For ``"valid"`` the same, tile by tile, as in one pass.
        """
        unit, training = 2**self.depth, self.training
        if self.padding == "valid":
            margin, rest = (self.smallest - 4) // 2, 4 % unit  # 92, and the poolings leave 388 = 384 + 4
        else:
            margin, rest = 6 * unit, 0  # 96: more than the receptive field reaches to a side
        # Tiles that begin at multiples of 16 share the grid of the poolings.
        steps = [unit * -(-min(tile, size) // unit) for size in images.shape[2:]]
        starts = [range(0, size, step) for size, step in zip(images.shape[2:], steps, strict=True)]
        ends = [start[-1] + step + rest + margin for start, step in zip(starts, steps, strict=True)]
        wide = mirror(images, margin, *(end - size for end, size in zip(ends, images.shape[2:], strict=True)))
        self.eval()
        rows = []
        for top in starts[0]:
            row = []
            for left in starts[1]:
                part = wide[..., top : top + steps[0] + rest + 2 * margin, left : left + steps[1] + rest + 2 * margin]
                row.append(centre_crop(self(part), (steps[0] + rest, steps[1] + rest))[..., : steps[0], : steps[1]])
            rows.append(torch.cat(row, dim=3))
        self.train(training)
        return torch.cat(rows, dim=2)[..., : images.shape[2], : images.shape[3]]


def _block(before: int, after: int, padding: str, dropout: float, batch_norm: bool) -> nn.Sequential:
    """Two 3x3 convolutions with ReLU; unpadded, each takes a pixel off every side."""
    block = nn.Sequential()
    for channels in (before, after):
        block.append(nn.Conv2d(channels, after, 3, padding=1 if padding == "same" else 0, bias=not batch_norm))
        if batch_norm:
            block.append(nn.BatchNorm2d(after))
        block.append(nn.ReLU(inplace=True))
        if dropout and channels is before:
            block.append(nn.Dropout(dropout))
    return block
