"""Pictures with a class a pixel: reading them from files, checking that they fit, resizing them.

:class:`LabelledPictures` is what :func:`helpers.datasets.load` gives for every segmentation set; the sets themselves
are in :mod:`.segmentation`. Files are read with Pillow into NumPy arrays; Pillow and torch are imported late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from helpers.datasets.classes import Class

IGNORE = 255  # a pixel of no class: losses and metrics leave it out
_UNKNOWN = 254  # in a table of labels: a value that no file of this set may hold


class LabelledPictures:
    """A map-style data set: ``ds[i]`` is a picture and a class for each of its pixels.

    Parameters
    ----------
    name, split : str
    pairs : list of (Path, Path)
        Picture and mask; a mask may be a folder where ``read_mask`` reads one.
    classes : sequence of Class
    source : str
    read_mask : callable
        Takes the mask's path, gives an array [H, W].
    size : (height, width), optional
        Pictures are resized bilinearly with antialiasing, masks by nearest-exact: no new value can appear in a mask.
    transform : callable, optional
        Takes and returns ``(image, mask)``, two tensors; called after resizing.
    channels : 3 or 1

    Attributes
    ----------
    name, split : str
    source : str
        One line for citing.
    num_classes : int
        Void is not counted.
    class_names, class_names_ko : tuple of str
    palette : array [num_classes, 3], uint8
        A colour a class, as red, green, blue.
    files : list of (Path, Path)
        Where picture i and its mask lie.
    """

    def __init__(
        self,
        name: str,
        split: str,
        pairs: Sequence[tuple[Path, Path]],
        classes: Sequence[Class],
        source: str,
        *,
        read_mask: Callable,
        size: tuple[int, int] | None = None,
        transform: Callable | None = None,
        channels: int = 3,
    ):
        if channels not in (1, 3):
            raise ValueError(f"channels={channels!r}: expected 3 (red, green, blue) or 1 (grey).")
        self.name, self.split, self.source = name, split, source
        self.files = [*pairs]
        self.class_names = tuple(one.name for one in classes)
        self.class_names_ko = tuple(one.ko for one in classes)
        self.palette = np.array([[*bytes.fromhex(one.colour)] for one in classes], np.uint8)
        self.num_classes = len(classes)
        self.size, self.transform, self.channels = _checked(size), transform, channels
        self._read_mask = read_mask

    def __len__(self) -> int:
        return len(self.files)

    def __repr__(self) -> str:
        return f"{self.name} ({self.split}): {len(self)} pictures, classes {', '.join(self.class_names)}"

    def __getitem__(self, index: int):
        """Return (image uint8 tensor [channels, H, W], mask uint8 tensor [H, W]); 255 in a mask: ignore."""
        import torch

        image, mask = self.arrays(index)
        pair = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))), torch.from_numpy(mask)
        return self.transform(*pair) if self.transform else pair

    def arrays(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return picture and mask without torch and before ``transform``.

        Returns
        -------
        array [H, W, channels], uint8
        array [H, W], uint8

        Raises
        ------
        FileNotFoundError, ValueError
            Naming the file: missing, not a whole picture, a label that is no class, or a mask of another size.
        """
        picture, truth = self.files[index]
        image, mask = read_picture(picture, self.channels), self._read_mask(truth)
        if image.shape[:2] != mask.shape:
            raise ValueError(
                f"{picture} is {by(image.shape)} pixels (height x width), its mask {truth} is {by(mask.shape)}; "
                "expected the same size."
            )
        if self.size is None or mask.shape == self.size:
            return image, mask
        return resize_picture(image, self.size), resize_mask(mask, self.size)


def _open(path):
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.load()
            return image
    except FileNotFoundError:
        raise FileNotFoundError(f"No file {path}: fetch the data set again, it is not whole.") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is not a whole picture ({error}): delete it and fetch the data set again.") from error


def read_picture(path: Path, channels: int = 3) -> np.ndarray:
    """Read a picture as uint8 [H, W, channels]. Transparency is dropped, grey is repeated for 3 channels.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file, if it is missing or broken.
    """
    image, mode = _open(path), "RGB" if channels == 3 else "L"
    array = np.array(image if image.mode == mode else image.convert(mode))  # a copy: tensors want to write
    return array if array.ndim == 3 else array[:, :, None]


def label_table(classes: Mapping[int, int]) -> np.ndarray:
    """Return a table [256] that turns a file's labels into classes; every value that is not named is an error."""
    table = np.full(256, _UNKNOWN, np.uint8)
    for label, index in classes.items():
        table[label] = index
    return table


def read_labels(path: Path, table: np.ndarray) -> np.ndarray:
    """Read a mask that holds a label a pixel (an index, not a colour) as classes.

    Parameters
    ----------
    path : Path
    table : array [256]
        From :func:`label_table`.

    Returns
    -------
    array [H, W], uint8

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file, if it is missing, broken, holds colours, or a label that the table does not name.
    """
    labels = np.asarray(_open(path))
    if labels.ndim != 2 or labels.dtype != np.uint8:
        held = f"{labels.dtype} {[*labels.shape]}"
        raise ValueError(f"{path} holds colours or wide numbers ({held}); expected a label a pixel, uint8 [H, W].")
    mask = table[labels]
    if (unknown := mask == _UNKNOWN).any():
        row, column = np.argwhere(unknown)[0]
        expected = ", ".join(map(str, np.flatnonzero(table != _UNKNOWN)))
        raise ValueError(
            f"{path} holds the label {labels[row, column]} at row {row}, column {column}; expected one of {expected}."
        )
    return mask


def resize_picture(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a picture bilinearly; when it shrinks, every old pixel counts (antialiasing).

    Parameters
    ----------
    image : array [H, W, C], uint8
    size : (height, width)

    Returns
    -------
    array [height, width, C], uint8
    """
    from PIL import Image

    small = Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image)
    return np.array(small.resize(size[::-1], Image.Resampling.BILINEAR)).reshape(*size, -1)


def resize_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a mask by nearest-exact: a new pixel takes the old pixel in which its centre lies.

    Classes are names, not amounts: halfway between road (3) and tree (5) is not pavement (4).

    Parameters
    ----------
    mask : array [H, W], any integers
    size : (height, width)

    Returns
    -------
    array [height, width]
        Every value in it was in ``mask``.
    """
    # Centre of new pixel i, in old pixels: (i + 0.5) * old / new, in whole numbers.
    rows, columns = ((2 * np.arange(new) + 1) * old // (2 * new) for old, new in zip(mask.shape, size, strict=True))
    return mask[rows[:, None], columns]


def _checked(size):
    if size is None:
        return None
    if isinstance(size, int) or len(size) != 2 or not all(int(n) == n and n > 0 for n in size):
        raise ValueError(f"size={size!r}: expected (height, width) in pixels, such as size=(180, 240).")
    return int(size[0]), int(size[1])


def by(shape: tuple[int, ...]) -> str:
    """Write a shape's height and width: 360x480."""
    return f"{shape[0]}x{shape[1]}"
