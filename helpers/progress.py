"""What is seen of a training: a bar where a person watches, a line an epoch elsewhere, TensorBoard by option."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Mapping

from helpers import course

_DIGITS = {"loss": ".3f", "val_loss": ".3f", "mean_iou": ".3f", "pixel_accuracy": ".3f", "lr": ".2e", "seconds": ".1f"}


class Progress:
    """Show epochs as they end.

    Parameters
    ----------
    total, begun : int
        Updates in all, and how many were done by an earlier call.
    show : {None, "bar", "lines", False}
        None: a bar where a person watches; lines in a terminal or a log; nothing in a notebook that runs by itself.
    tensorboard : path, optional
        Where TensorBoard's files go.

    Raises
    ------
    ValueError
        For another ``show``.
    ImportError
        If TensorBoard is asked for and not installed, with what to do.
    """

    def __init__(self, total: int, begun: int = 0, show: str | bool | None = None, tensorboard=None):
        if show not in (None, "bar", "lines", False):
            raise ValueError(f"progress={show!r}: expected None, 'bar', 'lines' or False.")
        if show is None:
            show = "bar" if course.watched() else "lines" if "ipykernel" not in sys.modules else False
        self.lines, self._bar, self._board = show == "lines", None, None
        if show == "bar":
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total, initial=begun, unit="step")
        if tensorboard is not None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise ImportError("tensorboard=... needs a package more: pip install tensorboard") from error
            self._board = SummaryWriter(str(tensorboard))

    def step(self) -> None:
        """An update is done."""
        if self._bar is not None:
            self._bar.update()

    def epoch(self, row: Mapping[str, float], epochs: int) -> None:
        """An epoch is done; ``row`` is its row of the history."""
        shown = {key: format(value, _DIGITS.get(key, ".4g")) for key, value in row.items() if key != "epoch"}
        if self.lines:
            print(f"epoch {row['epoch']}/{epochs}  " + "  ".join(f"{key} {value}" for key, value in shown.items()))
            sys.stdout.flush()
        if self._bar is not None:
            self._bar.set_postfix({key: shown[key] for key in ("loss", "mean_iou") if key in shown}, refresh=False)
        if self._board is not None:
            for key, value in row.items():
                self._board.add_scalar(key, value, row["epoch"])
            self._board.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error) -> None:
        for opened in (self._bar, self._board):
            if opened is not None:
                opened.close()


class Interrupt:
    """While open, Ctrl-C is remembered, so that an update is finished and saved; a second one stops at once.

    Attributes
    ----------
    asked : bool
        Ctrl-C was pressed.
    agreed : bool
        For the loop to set, when all processes know.
    """

    def __init__(self):
        self.asked = self.agreed = False

    def _remember(self, number, frame) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, self._before)

    def __enter__(self) -> Interrupt:
        self._main = threading.current_thread() is threading.main_thread()
        if self._main:  # Python lets no other thread answer signals
            self._before = signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(self, *error) -> None:
        if self._main:
            signal.signal(signal.SIGINT, self._before)
