"""DeepLab in small: any output stride under the same weights, parts that can be silenced, what it refuses."""

import pytest
import torch

from helpers.segmentation.small_deeplab import SmallDeepLab, SmallTrunk, silence


def small(output_stride=8, **options):
    torch.manual_seed(0)
    return SmallDeepLab(3, output_stride, channels=(4, 6, 8, 10), width=8, **options).eval()


@pytest.mark.parametrize("size", [(65, 65), (64, 48), (33, 50)])
@pytest.mark.parametrize(
    "options", [{"atrous_rates": None}, {}, {"decoder": True}, {"atrous_rates": None, "decoder": True}]
)
def test_logits_have_the_size_of_the_picture(size, options):
    assert small(**options)(torch.rand(2, 3, *size)).shape == (2, 3, *size)


def test_the_fine_map_holds_the_coarse_one():
    coarse, fine = (small(stride, atrous_rates=None).double() for stride in (16, 4))
    fine.load_state_dict(coarse.state_dict())
    images = torch.rand(1, 3, 65, 65, dtype=torch.float64)
    torch.testing.assert_close(fine.backbone(images).high[..., ::4, ::4], coarse.backbone(images).high)
    # With aligned corners the scores at those pixels are the same too; without, they are not.
    torch.testing.assert_close(fine(images)[..., ::16, ::16], coarse(images)[..., ::16, ::16])
    fine.align_corners = coarse.align_corners = False
    assert (fine(images) - coarse(images))[..., ::16, ::16].abs().max() > 1e-3


def test_the_decoder_sees_the_fine_map_unless_it_is_silenced():
    model, images = small(16, decoder=True), torch.rand(1, 3, 65, 65)
    heard, parameters = model(images), sum(p.numel() for p in model.parameters())
    silence(model.low)
    assert (model(images) - heard).abs().max() > 1e-3
    assert model.low(torch.rand(1, 6, 5, 5)).abs().sum() == 0
    assert sum(p.numel() for p in model.parameters()) == parameters


def test_every_parameter_learns():
    model = small(decoder=True).train()
    model(torch.rand(2, 3, 65, 65)).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


@pytest.mark.parametrize(
    "wrong, message",
    [({"output_stride": 2}, "4 at least"), ({"output_stride": 12}, "power of two"), ({"output_stride": 32}, "has 16")],
)
def test_a_stride_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        small(**wrong)


def test_a_trunk_needs_a_unit():
    with pytest.raises(ValueError, match="one unit"):
        SmallTrunk((16,))
