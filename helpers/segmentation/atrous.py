"""A filter with holes, computed without the taps that can only meet zeros.

On a map of 28x28 cells a 3x3 filter at rate 24 lies outside with seven taps of nine on average. Forward and towards the
input PyTorch leaves those out on a CPU; towards the weights it multiplies zeros, at three to six times the cost.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AtrousConv2d(nn.Conv2d):
    """A 3x3 convolution with holes that keeps the size, without bias.

    The numbers are those of ``nn.Conv2d(..., padding=rate, dilation=rate)``. At a rate as large as the map only the
    middle tap meets a pixel: the layer is then a 1x1 convolution, and costs as much.

    References
    ----------
    Chen et al. 2017, DeepLabv3, section 3.3 and figure 4.
    """

    def __init__(self, in_channels: int, out_channels: int, rate: int):
        super().__init__(in_channels, out_channels, 3, padding=rate, dilation=rate, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        rate, weight, padding = self.dilation[0], self.weight, [0, 0]
        for axis, size in enumerate(x.shape[2:]):
            if rate < size:
                padding[axis] = rate
            else:
                weight = weight.narrow(2 + axis, 1, 1)
        by_taps = x.device.type == "cpu" and torch.is_grad_enabled() and padding == [rate, rate]
        if by_taps and not torch.is_autocast_enabled("cpu") and not torch.compiler.is_compiling():
            return _ByTaps.apply(x, weight, rate)
        return F.conv2d(x, weight, None, 1, padding, rate)


class _ByTaps(torch.autograd.Function):
    """The gradient of the weights, tap by tap: each multiplies only the cells that it meets."""

    @staticmethod
    def forward(x, weight, rate):
        return F.conv2d(x, weight, None, 1, rate, rate)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, weight, ctx.rate = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        (x, weight), rate = ctx.saved_tensors, ctx.rate
        to_x = to_weight = None
        if ctx.needs_input_grad[0]:
            to_x, _, _ = torch.ops.aten.convolution_backward(
                grad, x, weight, None, [1, 1], [rate] * 2, [rate] * 2, False, [0, 0], 1, [True, False, False]
            )
        if ctx.needs_input_grad[1]:
            to_weight = torch.empty_like(weight)
            x, grad = x.permute(0, 2, 3, 1), grad.permute(0, 2, 3, 1)  # [N, h, w, C]
            for row in range(3):
                for column in range(3):
                    at_x, at_grad = [], []
                    for size, shift in zip(x.shape[1:3], ((row - 1) * rate, (column - 1) * rate), strict=True):
                        at_x.append(slice(max(0, shift), size + min(0, shift)))
                        at_grad.append(slice(max(0, -shift), size - max(0, shift)))
                    seen = x[:, *at_x].reshape(-1, x.shape[3])
                    to_weight[:, :, row, column] = grad[:, *at_grad].reshape(-1, grad.shape[3]).T @ seen
        return to_x, to_weight, None
