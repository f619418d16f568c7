"""Other views of the same pictures: a whole batch at once, on its device, with one draw a picture.

Each picture has its own row of random numbers, ``luck``; out of it come scale, place, turn, colour and deformation. One
``grid_sample`` does all of the geometry, for the picture bilinearly, for its mask by nearest: both see the same grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.batches import IGNORE, MEAN

_GREY = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)


@dataclass(frozen=True)
class Augment:
    """Draw another view of each picture.

    Parameters
    ----------
    crop : (height, width), optional
        Size of what comes out, in pixels. Default: the pictures' own.
    scale : (float, float)
        The picture is enlarged by a factor between these. (0.5, 2.0) is DeepLab's and PSPNet's.
    flip : bool
        Mirror half of the pictures left to right.
    turn : bool
        Mirror top to bottom too, and exchange rows and columns, each in half of the pictures: all eight ways to lay a
        picture without an up. Crops have to be square.
    rotate : float
        Turn by up to so many degrees either way; 10 is PSPNet's.
    colour : float
        Change brightness, contrast and saturation by a factor of up to 1 - colour to 1 + colour each.
    elastic : float
        Standard deviation in pixels of the displacements on a 3x3 grid, between which a bicubic surface runs; 10 is
        U-Net's.
    mirror : bool
        What lies beyond the picture is its mirror image; otherwise it is mean grey and void (255).

    Raises
    ------
    ValueError
        For values that make no sense; the message names them.

    References
    ----------
    Chen et al. 2017, DeepLabv3, section 4.1; Zhao et al. 2017, PSPNet, section 5.1; Ronneberger et al. 2015, U-Net,
    section 3.1.

    Examples
    --------
    >>> images, masks = torch.zeros(2, 3, 8, 8), torch.zeros(2, 8, 8, dtype=torch.uint8)
    >>> augment = Augment(crop=(4, 6))
    >>> images, masks = augment(images, masks, luck=torch.rand(2, augment.numbers))
    >>> images.shape, masks.shape, masks.dtype
    (torch.Size([2, 3, 4, 6]), torch.Size([2, 4, 6]), torch.uint8)
    """

    crop: tuple[int, int] | None = None
    scale: tuple[float, float] = (1.0, 1.0)
    flip: bool = True
    turn: bool = False
    rotate: float = 0.0
    colour: float = 0.0
    elastic: float = 0.0
    mirror: bool = False

    numbers = 28  # of luck a picture: scale, place 2, mirrors 3, angle, colours 3, displacements 18

    def __post_init__(self):
        low, high = self.scale
        if not 0 < low <= high:
            raise ValueError(f"scale={self.scale}: expected two factors above 0, the smaller one first.")
        if self.crop is not None and (len(self.crop) != 2 or min(self.crop) < 1):
            raise ValueError(f"crop={self.crop}: expected (height, width) in pixels.")
        if self.turn and self.crop is not None and self.crop[0] != self.crop[1]:
            raise ValueError(
                f"crop={self.crop} with turn=True: a turned crop is as wide as it was high, give a square."
            )
        if not 0 <= self.colour < 1:
            raise ValueError(f"colour={self.colour}: expected a number from 0 up to 1, such as 0.3.")

    def __call__(self, images: Tensor, *maps: Tensor, luck: Tensor) -> list[Tensor]:
        """Draw.

        Parameters
        ----------
        images : Tensor [N, C, H, W], uint8, or float from 0 to 255
        *maps : Tensor [N, H, W]
            Whole numbers are labels: nearest, 255 beyond the picture. Floats, such as weights of pixels, are
            interpolated, 0 beyond it. One of other dimensions, such as a label a picture, stays as it is.
        luck : Tensor [N, numbers], from 0 to 1
            The same luck gives the same view, in whatever batch and on whatever device.

        Returns
        -------
        list of Tensor
            images [N, C, h, w], float from 0 to 255, and the maps [N, h, w] in their dtypes.
        """
        luck = luck.to(images.device)
        grid = self._grid(images.shape[-2:], luck)
        mean = torch.tensor(MEAN, device=images.device).mul(255).view(1, -1, 1, 1)
        mean = mean if images.shape[1] == 3 else mean.mean()
        # What lies beyond the picture is 0 for grid_sample, and so the mean, or void, where that is taken off before.
        views = [self._colour(self._sample(images.float() - mean, grid, "bilinear") + mean, luck)]
        for part in maps:
            if part.dim() != 3:
                views.append(part)
            elif part.is_floating_point():
                views.append(self._sample(part[:, None], grid, "bilinear")[:, 0])
            else:
                labels = self._sample(part[:, None].float() - IGNORE, grid, "nearest") + IGNORE
                views.append(labels[:, 0].to(part.dtype))
        return views

    def _sample(self, values: Tensor, grid: Tensor, mode: str) -> Tensor:
        beyond = "reflection" if self.mirror else "zeros"
        return F.grid_sample(values, grid, mode=mode, padding_mode=beyond, align_corners=False)

    def _grid(self, size: tuple[int, int], luck: Tensor) -> Tensor:
        """Where each pixel of the views comes from: [N, h, w, 2], x and y from -1 to 1 over the picture."""
        high, wide = self.crop or size
        if self.turn and high != wide:
            raise ValueError(f"turn=True needs square views, these are {high}x{wide}: give a crop.")
        low, top = self.scale
        scale = (low + (top - low) * luck[:, 0]).view(-1, 1, 1)
        # Pixel centres of the view, from its middle.
        y = (torch.arange(high, device=luck.device) + 0.5 - high / 2).view(1, -1, 1).expand(len(luck), high, wide)
        x = (torch.arange(wide, device=luck.device) + 0.5 - wide / 2).view(1, 1, -1).expand(len(luck), high, wide)
        if self.elastic:
            # 18 normal numbers at 3x3 places; the surface between them is bicubic.
            normal = torch.special.ndtri(luck[:, 10:28].clamp(1e-6, 1 - 1e-6)).view(-1, 2, 3, 3)
            shift = F.interpolate(normal * self.elastic, size=(high, wide), mode="bicubic", align_corners=True)
            y, x = y + shift[:, 0], x + shift[:, 1]
        heads = (luck < 0.5).view(-1, self.numbers, 1, 1)
        if self.flip:
            x = torch.where(heads[:, 3], -x, x)
        if self.turn:
            y = torch.where(heads[:, 4], -y, y)
            y, x = torch.where(heads[:, 5], x, y), torch.where(heads[:, 5], y, x)
        if self.rotate:
            angle = torch.deg2rad((2 * luck[:, 6] - 1) * self.rotate).view(-1, 1, 1)
            y, x = y * angle.cos() - x * angle.sin(), y * angle.sin() + x * angle.cos()
        # The view's middle lies so that the view is inside the enlarged picture, or the picture inside the view.
        places = []
        for number, (offset, have, want) in enumerate(((y, size[0], high), (x, size[1], wide)), 1):
            free = scale * have - want
            middle = (luck[:, number].view(-1, 1, 1) - 0.5) * free
            places.append(2 * (middle + offset) / (scale * have))
        return torch.stack(places[::-1], dim=-1)

    def _colour(self, images: Tensor, luck: Tensor) -> Tensor:
        if not self.colour:
            return images
        bright, contrast, saturation = ((1 + self.colour * (2 * luck[:, 7:10] - 1)).T.view(3, -1, 1, 1, 1)).unbind()
        images = images * bright
        if images.shape[1] == 3:  # grey has no saturation
            weights = torch.tensor(_GREY, device=images.device).view(1, 3, 1, 1)
            grey = (images * weights).sum(1, keepdim=True)
            images = grey + (images - grey) * saturation
        mean = images.mean((1, 2, 3), keepdim=True)
        return (mean + (images - mean) * contrast).clamp(0, 255)
