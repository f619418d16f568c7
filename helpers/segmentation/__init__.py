"""The networks that name every pixel, and what explains, trains and judges them.

Names are handed on when they are first used; importing this package costs nothing.
"""

from helpers.lazy import hand_on

__getattr__, __dir__, __all__ = hand_on(
    __name__,
    {
        "classifiers": ["convolutionalize"],
        "fcn": ["FCN"],
        "deconvnet": ["DeconvNet"],
        "unet": ["UNet"],
        "pspnet": ["PSPNet"],
        "deeplab": ["DeepLabV3", "DeepLabV3Plus"],
        "boundary": ["BoundaryF1", "TrimapIoU"],
        "explain": ["measured_receptive_field", "receptive_field", "stride_table"],
        "costs": ["multiply_adds", "sliding_window_cost"],
        "sliding": ["sliding_window"],
        "windows": ["coverage", "overlap_counts", "pyramid_bins", "valid_taps"],
        "losses": ["border_weights", "cross_entropy", "dice_loss", "focal_loss", "median_frequency_weights"],
    },
)
