"""GloVe's update: pair by pair as Stanford's program does it (numba), and batch by batch for a GPU (torch).

Both change ``state`` in place, array [2 * words, 2, numbers + 1]: word i is row i, as a context it is row words + i;
in a row first the vector with its bias at the end, then AdaGrad's sum G of squared gradients for each of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from helpers.embeddings.compiling import compiled

if TYPE_CHECKING:
    from torch import Generator, Tensor


@compiled(fastmath={"reassoc", "contract", "arcp", "nsz", "afn"})  # all but "there are no NaN": they must be found
def update_pairs(state, records, x_max, alpha, rate, bias_rate, clip):
    """Go through pairs in their order, one gradient step each.

    The cost of a pair is f(X) (w.c + b + b' - log X)^2 / 2 (equation 8 of the paper; the half is the program's).

    Parameters
    ----------
    state : array [2 * words, 2, numbers + 1], float32
        Is changed. Several threads may share it (Hogwild, Niu et al. 2011): they seldom meet in a word.
    records : array [pairs] of (row, col, count)
    x_max, alpha, rate, bias_rate, clip : float32

    Returns
    -------
    float
        Sum of the costs, each before its step.
    """
    words, size, cost = state.shape[0] // 2, state.shape[2] - 1, 0.0
    for n in range(records.size):
        x, i, j = records[n].count, records[n].row, records[n].col + words
        w, w_sums, c, c_sums = state[i, 0], state[i, 1], state[j, 0], state[j, 1]
        diff = w[size] + c[size] - math.log(x)
        for k in range(size):
            diff += w[k] * c[k]
        f_diff = diff if x > x_max else (x / x_max) ** alpha * diff
        cost += 0.5 * f_diff * diff
        for k in range(size):
            w_step = rate * max(min(f_diff * c[k], clip), -clip)
            c_step = rate * max(min(f_diff * w[k], clip), -clip)
            w[k] -= w_step / math.sqrt(w_sums[k])
            c[k] -= c_step / math.sqrt(c_sums[k])
            w_sums[k] += w_step * w_step
            c_sums[k] += c_step * c_step
        step = bias_rate * f_diff
        w[size] -= step / math.sqrt(w_sums[size])
        c[size] -= step / math.sqrt(c_sums[size])
        w_sums[size] += step * step
        c_sums[size] += step * step
    return cost


def update_batches(
    state: Tensor, records, x_max, alpha, rate, bias_rate, clip, batch: int, generator: Generator
) -> float:
    """Go through pairs in a drawn order, a batch at a time: the same step, from one look at the batch's vectors.

    A word that is in a batch many times takes all its steps in a heap. So G grows by all their squares before the steps
    are taken, not after as in :func:`update_pairs`: with the old G the cost grows past all bounds.

    Parameters
    ----------
    state : Tensor [2 * words, 2, numbers + 1], float32
        Is changed.
    records : array [pairs] of (row, col, count)
    x_max, alpha, rate, bias_rate, clip : float
    batch : int
    generator : torch.Generator
        Of the CPU; draws the order. On a GPU sums still differ in their last digits from run to run.

    Returns
    -------
    float
        As :func:`update_pairs`.
    """
    import torch

    words, cost = state.shape[0] // 2, torch.zeros((), dtype=torch.float64, device=state.device)
    rates = torch.full(state.shape[2:], rate, device=state.device)
    rates[-1] = bias_rate
    for begin in range(0, len(records), 2**24):  # what a GPU holds at a time
        part = records[begin : begin + 2**24]
        rows, cols, counts = (torch.from_numpy(part[name].copy()).to(state.device) for name in part.dtype.names)
        cols = cols + words
        for chosen in torch.randperm(len(part), generator=generator).to(state.device).split(batch):
            i, j, x = rows[chosen], cols[chosen], counts[chosen]
            w, c = state[i, 0], state[j, 0]  # [batch, numbers + 1]
            diff = (w[:, :-1] * c[:, :-1]).sum(1) + w[:, -1] + c[:, -1] - x.log()
            f_diff = (x / x_max).clamp(max=1) ** alpha * diff
            cost += 0.5 * (f_diff * diff).sum(dtype=torch.float64)
            for word, other in ((i, c), (j, w)):
                gradient = f_diff[:, None] * other
                gradient[:, :-1].clamp_(-clip, clip)
                gradient[:, -1] = f_diff
                steps = gradient * rates
                state[:, 1].index_add_(0, word, steps**2)
                state[:, 0].index_add_(0, word, -steps / state[word, 1].sqrt())
    return cost.item()
