# Lesson 6_3_3, claims S10 to S15: the patch classifier before U-Net, size arithmetic, skips, dropouts, cells that touch, tiles.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="픽셀마다 조각을 잘라 묻던 때와 견주어 재고, 복사 화살표를 하나씩 끊어 봅니다. 붙은 세포는 경계에 무게를 주어 떼어 냅니다."
# # 6.3.3 U-Net: 내려가며 이해하고, 올라가며 제자리를 찾기
#
# ![맞닿은 세포의 사진과 정답, 경계에 무게를 주지 않은 U-Net과 준 U-Net의 결과. 무게를 준 쪽은 세포 사이의 틈이 열려 있습니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [6.3.0 분할](6_3_0_segmentation.ipynb): 마스크, IoU, 윤곽 F1.
#
# **마치고 나면** ① U-Net의 층마다 크기와 매개변수를 손으로 계산할 수 있습니다.
# ② 복사 화살표, 드롭아웃, 경계 가중치가 저마다 무엇을 해 주는지 하나씩 빼 보며 보여 줄 수 있습니다.
# ③ 아무리 큰 사진이라도 이음매 없이 나누어 분할할 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Count what asking patch by patch costs, cut U-Net's skips one by one, and part cells that touch by weighing their borders."
# # 6.3.3 U-Net: down to understand, up to find the place
#
# ![Cells that touch, the truth, and the masks of a U-Net without and with weight at the borders. With it, the gaps between cells are open.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [6.3.0 Segmentation](6_3_0_segmentation.ipynb): masks, IoU, boundary F1.
#
# **Afterwards** ① you can work out the sizes and parameters of a U-Net by hand; ② you can show what the skips, the dropout and
# the border weights do, each by taking it away; ③ you can segment a picture of any size in pieces, without a seam.

# %% tags=["setup"]
# ko: 모든 단원의 첫 셀입니다. Colab에서는 helpers를 설치하고, 다른 곳에서는 바로 끝납니다. | en: The first cell of every lesson: on Colab it installs helpers, elsewhere it is instant.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("helpers") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "pixels-to-words"], check=True)

from helpers import course

session = course.setup(seed=0, language=L("ko", "en"))

# %%
from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from helpers import datasets, exercises
from helpers.augment import Augment
from helpers.batches import standardise
from helpers.plots import band, bars, dumbbells
from helpers.segmentation import BoundaryF1, UNet, border_weights, costs, cross_entropy, plots, samples
from helpers.segmentation.instances import cells_found, separated
from helpers.segmentation.layers import mirror
from helpers.segmentation.predecessor import PatchClassifier, dense, place_and_name, train_patches
from helpers.segmentation.sliding import sliding_window
from helpers.training import evaluate, fit, predict
from helpers.trials import train_seeds

full = session.profile == "full"
SEEDS = range(5) if full else range(3)
how = {"optimizer": "adamw", "lr": 0.01}  # ko: 모든 학습에 똑같이 | en: the same for every training

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 픽셀마다 따로 물으면 얼마나 손해일까?
#
# U-Net보다 먼저 현미경 사진 대회(ISBI 2012)에서 이긴 것은 Ciresan 등의 신경망입니다. 픽셀 하나의 이름을 알아내려고 그 둘레를
# 네모나게 잘라(patch) 분류하고, 이 일을 픽셀 수만큼 되풀이했습니다. 이웃한 조각은 거의 다 겹칩니다.
#
# **먼저 맞혀 보세요.** 3×3 합성곱 네 개로 9×9 조각을 보는 신경망이 있습니다. 128×128 사진을 조각마다 묻는 것은, 같은 신경망을 사진
# 전체에 한 번 통과시키는 것보다 곱셈이 몇 배나 많을까요? 2배, 13배, 81배?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does it cost to ask pixel by pixel?
#
# Before U-Net, the network of Ciresan et al. won the microscopy challenge ISBI 2012. To name one pixel it cut out the square
# around it, a patch, and classified that; and so for every pixel. Neighbouring patches overlap almost wholly.
#
# **Guess first.** A network of four 3×3 convolutions sees patches of 9×9. For a picture of 128×128, how many times the
# multiplications does it take to ask patch by patch, against one pass of the same network over the picture? 2, 13, 81?

# %% claim=["S10"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
layers = []
for before, after in [(3, 16), (16, 16), (16, 16), (16, 16)]:
    layers += [nn.Conv2d(before, after, 3), nn.ReLU()]  # ko: 패딩 없음 | en: no padding
small = nn.Sequential(*layers, nn.Conv2d(16, 2, 1)).eval()

image = torch.rand(3, 32, 32)
slid = sliding_window(small, image, patch=9)  # ko: 조각 1,024개 | en: 1,024 patches
at_once = small(mirror(image[None], 4, 4, 4))[0]  # ko: 거울로 넓힌 사진을 한 번에 | en: the mirrored picture, once
print(L("두 결과의 모양", "shapes of the two maps"), tuple(slid.shape), tuple(at_once.shape))
torch.testing.assert_close(slid, at_once, rtol=1e-4, atol=1e-5)

for side in (8, 32, 128):
    patches = side**2 * costs.multiply_adds(small, 9)
    once = costs.multiply_adds(small, side + 8)
    print(f"{side:>4}² · {patches:>13,} / {once:>11,} = {patches / once:.1f}")
assert round(patches / once) == 13

# %% claim=["S10"] slideshow={"slide_type": "slide"}
window, unet = PatchClassifier(2, poolings=3), UNet(2, base_channels=16, depth=3)
cost = costs.sliding_window_cost(window, window.patch, [32, 48, 64], unet, margin=0, most_patches=128)

fig, axes = plt.subplots(1, 2, figsize=(10, 3.8), sharex=True)
for ax, column, unit in [
    (axes[0], "multiply_adds", L("곱셈과 덧셈 (번)", "multiply-adds")),
    (axes[1], "seconds", L("시간 (초)", "seconds")),
]:
    for which, name, color in [("patches", L("조각마다", "patch by patch"), 3), ("pass", "U-Net", 0)]:
        values, color = cost[f"{column}_{which}"], course.PALETTE[color]
        ax.plot(cost.width, values, "o-", color=color)
        where = {"xytext": (-40, 8), "textcoords": "offset points"}
        ax.annotate(name, (48, values[1]), color=color, weight="bold", **where)
    ax.set(yscale="log", xlabel=L("사진의 한 변 (픽셀)", "side of the picture (pixels)"), ylabel=unit)
    ax.set_xticks([32, 48, 64])
times = cost.seconds_ratio.iloc[-1]
fig.suptitle(L(f"64×64에서 {times:.0f}배 빠릅니다", f"{times:.0f} times faster at 64×64"))
plt.show()

assert (cost.multiply_adds_ratio > 20).all() and times > 5

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 사진의 크기에 따른 곱셈 수(왼쪽)와 시간(오른쪽)을 로그 눈금으로 그린 두 쌍의 선. 둘 다 조각마다 묻는 선이 U-Net보다 백 배쯤, 또는 그보다 더 위에 있습니다.
#
# **13배입니다.** 숫자는 소수점 아래까지 같은데 일은 13배 했습니다. 9×9=81배가 아닌 것은 조각 안의 특성 맵이 층마다 7, 5, 3, 1픽셀로 줄기 때문입니다. 조각이 크면
# 훨씬 심해서, 46×46 조각을 보는 신경망은 사진을 한 번만 보는 U-Net보다 백 배 넘게 느립니다.
#
# > ### 원문 바로잡기
# >
# > **원문** U-Net은 이미 검증한 부분을 건너뛰어서 빠르다.
# >
# > **무엇이 느슨한가** 건너뛰는 것은 없습니다. 예전 신경망이 겹치는 조각을 **되풀이해서** 계산했고, U-Net은 한 번 지나가며 그 일을 **나누어 씁니다**.
# >
# > **오늘 돌아가는 셀** 바로 위의 두 셀입니다. 같은 신경망, 같은 숫자인데 곱셈만 13배 차이가 났습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Multiply-adds (left) and seconds (right) against the picture's side, both logarithmic. In both, the line of
# asking patch by patch lies a hundred times or more above U-Net's.
#
# **13 times.** The same numbers, to the last digits, for 13 times the work; not 9×9 = 81 times, since the maps within a patch
# shrink to 7, 5, 3 and 1 pixels. Larger patches are far worse: a network that sees 46×46 is over a hundred times slower than a U-Net that
# looks at the picture once.
#
# > ### Setting the notes right
# >
# > **The notes** say that U-Net is fast since it skips what was already verified.
# >
# > **What is loose** Nothing is skipped. The older network computed overlapping patches **again and again**; U-Net goes over
# > the picture once and **shares** that work.
# >
# > **The cells that work today** are the two above: same network, same numbers, 13 times the multiplications.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 조각은 클수록 좋을까?
#
# 큰 조각은 둘레를 많이 보지만 풀링을 여러 번 거치므로 자리가 흐려집니다. 작은 조각은 그 반대입니다. U-Net 논문은 이것을
# 맥락(context)과 위치(localization)의 맞바꿈이라고 했습니다. 재어 볼 사진에는 **똑같이 생긴** 배와 자동차가 있습니다. 물 위에 있으면 배,
# 길 위에 있으면 자동차입니다. 둘레를 보지 않고는 알 수 없습니다.
#
# **먼저 맞혀 보세요.** 조각의 한 변이 10, 22, 46픽셀인 신경망 가운데 윤곽을 가장 잘 맞히는 것은 어느 것일까요? 배와 자동차를 가장 잘 가리는 것은?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is a larger patch a better patch?
#
# A large patch shows more of the surroundings, but goes through more poolings, which blur the place; a small one the other way
# round. U-Net's paper calls it a trade-off between context and localization. Our pictures hold boats and cars that **look
# alike**: on water it is a boat, on the road a car. Without the surroundings nobody can tell.
#
# **Guess first.** Of networks for patches of 10, 22 and 46 pixels, which one meets outlines best? Which one tells boats from
# cars best?

# %% claim=["S11"] slideshow={"slide_type": "fragment"}
street, (images, truth) = samples.street("train", 112, 40), samples.street("val", 10, 40)
rare = torch.tensor([1.0, 3.0, 3.0])  # ko: 배와 자동차는 픽셀의 5% | en: boats and cars are 5% of the pixels
budget = {"epochs": 8, "batch_size": 8}

table = {}
for poolings in (1, 2, 3):
    runs = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = PatchClassifier(3, poolings, channels=12)
        train_patches(model, *street, lr=0.005, seed=seed, weight=rare, **budget)
        runs.append(place_and_name(dense(model, images).argmax(1), truth))
    table[model.patch] = np.array(runs)
corner = images[:1, :, :32, :32] / 255  # ko: 지름길도 같은 숫자를 내는지 | en: does the short way give the same numbers?
slid = sliding_window(model, corner[0], model.patch)
torch.testing.assert_close(dense(model, corner)[0], slid, rtol=1e-3, atol=1e-3)

make = partial(UNet, 3, base_channels=16, depth=2, batch_norm=True, dropout=None)
unets = train_seeds(make, street, seeds=SEEDS, class_weights=rare, **how, **budget)
table["U-Net"] = np.array([place_and_name(predict(model, images), truth) for model in unets])

# %% claim=["S11"] slideshow={"slide_type": "slide"}
sizes = np.array([10, 22, 46])
lines = np.stack([table[size] for size in sizes], axis=1)  # [seeds, sizes, 2]
fig, ax = plt.subplots(figsize=(9, 4.6))
names = [L("윤곽 옆의 자리", "place, beside outlines"), L("배인가 자동차인가", "name: boat or car")]
for number, (name, offset) in enumerate(zip(names, ((6, 10), (6, -20)), strict=True)):
    color = course.PALETTE[3 if number else 0]
    band(ax, sizes, lines[..., number], name, color, at=0, offset=offset)
    runs = table["U-Net"][:, number]
    ax.plot(np.full(len(runs), 58), runs, "o", color=color, alpha=0.5, markersize=5)
    ax.plot(58, runs.mean(), "D", color=color, markersize=9)
ax.set(xlabel=L("조각의 한 변 (픽셀)", "side of the patch (pixels)"), ylim=(0.45, 1.03), xlim=(6, 64))
ax.set_ylabel(L("맞힌 픽셀의 몫", "share of pixels that are right"))
ax.set_xticks([*sizes, 58], [*map(str, sizes), "U-Net"])
ax.set_title(L("조각은 하나를 얻으면 하나를 잃습니다", "Patches trade one for the other"))
plt.show()

means = [table[size].mean(axis=0) for size in sizes]
(place10, name10), (place22, name22), (place46, name46) = means
place, name = table["U-Net"].mean(axis=0)
assert place10 > place46 + 0.05 and max(name22, name46) > name10 + 0.1
assert place > max(place10, place22) - 0.03 and place > place46 + 0.05 and name > max(0.85, name10 + 0.1)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 조각의 크기에 따른 두 선. 윤곽 옆의 자리를 맞힌 몫은 10픽셀에서 46픽셀로 갈수록 내려가고, 배와 자동차를 가린 몫은 올라가 서로 엇갈립니다. 맨 오른쪽
# U-Net의 두 점은 모두 위쪽에 있습니다. 띠는 시드 사이의 범위이고, U-Net의 작은 점은 시드 하나씩입니다.
#
# **두 선이 엇갈립니다.** 작은 조각은 자리를, 큰 조각은 이름을 잘 맞힙니다. U-Net의 자리는 가장 작은 조각에, 이름은 가장 큰 조각에 뒤지지 않습니다. 아래로 내려간
# 특성 맵에서 맥락을, 위에 남겨 둔 특성 맵에서 자리를 얻기 때문입니다. 22픽셀 조각도 꽤 잘하는데, 이 그림에서는 배의 둘레 몇 픽셀만 보아도 물과 길을 알 수 있어서입니다. 가장 큰 조각은
# 배우기 어려워 시드에 따라 크게 흔들리기도 합니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Two lines against the size of the patch. The share right beside outlines falls from 10 to 46 pixels, the share of
# boats and cars told apart rises: they cross. U-Net's two points at the right are both high. Bands: range over seeds; small dots: U-Net's seeds.
#
# **The two lines cross.** Small patches know the place, large ones the name. U-Net places as well as the smallest patch and names as
# well as the largest: it takes the context from maps far down and the place from maps it kept above. The patch
# of 22 does quite well too, since in these pictures a few pixels around a boat tell water from road; the largest is hard to train
# and may vary much from seed to seed.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 572픽셀을 넣으면 왜 388픽셀이 나올까?
#
# 논문의 합성곱은 패딩을 하지 않으므로(unpadded, valid) 3×3 합성곱마다 한 변이 2픽셀씩 줄어듭니다. 풀링은 반으로 줄이고
# 위로 올리는 합성곱(up-convolution)은 두 배로 늘립니다. 건너온 특성 맵은 가운데만 잘라 이어 붙입니다.
#
# **먼저 맞혀 보세요.** 맨 아래 특성 맵의 한 변은 몇일까요? 매개변수는 모두 몇 개쯤일까요? 3백만, 3천만, 3억?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why do 388 pixels come out of 572?
#
# The paper's convolutions are unpadded (“valid”): each 3×3 takes 2 pixels off a side. A pooling halves, an up-convolution
# doubles, and of the map handed across only the middle is kept and joined on.
#
# **Guess first.** How long is a side of the map at the very bottom? And how many parameters are there: 3, 30 or 300 million?

# %% claim=["S13"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def sides(size, depth=4):
    """The side of every map: two convolutions a block, a step down or up between blocks."""
    chain = [size]
    for level in range(2 * depth + 1):
        chain += [chain[-1] - 2, chain[-1] - 4]  # ko: 3×3 합성곱 두 개 | en: two 3x3 convolutions
        if level < 2 * depth:
            chain.append(chain[-1] // 2 if level < depth else chain[-1] * 2)
    return chain


def block(before, after):
    return (9 * before + 1) * after + (9 * after + 1) * after


width = [64, 128, 256, 512, 1024]
by_hand = sum(block(before, after) for before, after in zip([1, *width], width, strict=False))
for wide, narrow in zip(width[:0:-1], width[-2::-1], strict=True):
    by_hand += (4 * wide + 1) * narrow + block(wide, narrow)  # ko: 2×2로 올리고 이어 붙임 | en: up by 2x2, joined
by_hand += 64 * 2 + 2  # ko: 마지막 1×1 합성곱 | en: the 1x1 convolution at the end

print(*sides(572))
print(f"{by_hand:,}")
assert sides(572)[-1] == 388 and min(sides(572)) == 28

# %% claim=["S13"] slideshow={"slide_type": "slide"}
with torch.device("meta"):  # ko: 숫자 없이 모양만 | en: shapes without numbers
    paper = UNet(num_classes=2, in_channels=1, padding="valid")
fig, ax = plt.subplots(figsize=(12.8, 6))
plots.architecture(ax, paper, size=572)
plt.show()

fits = np.arange(188, 1021, 16)  # ko: 네 번 나누어떨어지는 크기만 | en: sizes that halve four times
fig, ax = plt.subplots(figsize=(8, 2.8))
ax.plot(fits, [100 * (sides(size)[-1] / size) ** 2 for size in fits], "o-", markersize=3)
for size in (188, 572):
    at = (size, 100 * (sides(size)[-1] / size) ** 2)
    ax.plot(*at, "o", color=course.PALETTE[3], markersize=9)
    ax.annotate(f"{size} → {sides(size)[-1]}", at, (12, -6), textcoords="offset points", weight="bold")
ax.set(xlabel=L("넣는 조각의 한 변 (픽셀)", "side of the crop that goes in (pixels)"), ylim=(-5, 75))
ax.set_ylabel(L("나오는 넓이 (%)", "area that comes out (%)"))
plt.show()

assert sum(p.numel() for p in paper.parameters()) == by_hand
assert paper(torch.empty(1, 1, 572, 572, device="meta")).shape[2:] == (388, 388)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 논문의 U-Net을 모델에서 바로 그린 그림으로, 막대 하나가 특성 맵이고 위에 채널 수와 크기가 있습니다. 572에서 네 번 풀링해 28까지 내려갔다가 올라와 388이 되고, 회색
# 화살표가 잘라서 건네줍니다. 아래는 조각의 크기에 따라 나오는 넓이의 몫으로, 188픽셀에서 거의 0%, 572픽셀에서 46%입니다.
#
# **맨 아래는 28, 매개변수는 3,103만 개입니다.** 그림의 숫자는 적어 넣은 것이 아니라 모델에 빈 사진을 통과시켜 얻었고, 손으로 한 계산과 하나도 다르지 않습니다. 3×3 합성곱 둘이 한
# 블록이고 블록 사이에 풀링이 있다는 것도 그림에서 셀 수 있습니다. 어떤 크기를 넣든 한 변이 184픽셀 줄어드니 **작은 조각을 넣으면 거의 다 버리는 셈**입니다. 그래서 논문은 GPU에
# 들어가는 한 큰 조각을 쓰고 배치를 1로 했습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, the paper's U-Net drawn from the model: a bar is a map, with its channels and size. From 572, four poolings lead down
# to 28, four steps up to 388; grey arrows cut and hand across. Below, the share of the area that comes out against the size of the
# crop: almost 0% at 188 pixels, 46% at 572.
#
# **28 at the bottom, 31.03 million parameters.** No number in the figure was typed in: an empty picture went through the model, and not
# one differs from the arithmetic by hand. That a block is two 3×3 convolutions, with a pooling between blocks, can be counted in it. A
# side always loses 184 pixels, so **of a small crop almost everything is thrown away**: the paper took crops as large as its GPU
# could hold, and a batch of one.

# %% tags=["interactive", "nbval-skip"]
def show_sides(size=572, depth=4):  # ko: 슬라이더를 움직여 보세요 | en: move the sliders
    chain = sides(size, depth)
    odd = [a for a, b in zip(chain, chain[1:], strict=False) if b == a // 2 and a % 2]
    if odd or min(chain) < 1:
        print(L(f"{size}픽셀은 맞지 않습니다", f"{size} pixels do not fit"), odd or min(chain))
    else:
        print(*chain, L(f"· 나오는 넓이 {(chain[-1] / size) ** 2:.0%}", f"· {(chain[-1] / size) ** 2:.0%} of the area comes out"))


_ = ipywidgets.interact(show_sides, size=(140, 700, 4), depth=(2, 5))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 건너가는 화살표를 끊으면?
#
# U-Net은 내려가는 길(contracting path)에서 맥락을, 올라가는 길(expanding path)에서 자리를 찾습니다. 같은 높이의 특성 맵을 건네주는
# 화살표를 스킵(skip connection)이라고 합니다. 이것을 하나씩 끊어 봅시다. 매개변수 수까지 같게 하려고, 건너온 특성 맵을 **0으로 바꾸기만** 합니다.
#
# **먼저 맞혀 보세요.** 풀링이 세 번인 작은 U-Net에는 화살표가 셋 있습니다. 하나만 남긴다면 맨 위, 가운데, 맨 아래 가운데 어느 것을 남겨야 할까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if the arrows across are cut?
#
# U-Net looks for context on its contracting path and for the place on its expanding path; the arrows that hand maps across are
# called skip connections. Let us cut them one by one. To keep even the number of parameters, the map that comes across is
# merely **replaced by zeros**.
#
# **Guess first.** A small U-Net with three poolings has three arrows. If you could keep one, would it be the top, the middle or the bottom one?

# %% claim=["S12"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def cut(model, kept):
    """Replace what comes across by zeros, but on the levels in `kept`; level 0 is the finest."""
    def zeros(block, given):
        x = given[0].clone()
        x[:, : x.shape[1] // 2] = 0  # ko: 앞 절반이 건너온 것 | en: the first half came across
        return (x,)

    for level, block in enumerate(reversed(model.up)):
        if level not in kept:
            block.register_forward_pre_hook(zeros)
    return model


wirings = {
    L("셋 다", "all three"): (0, 1, 2), L("맨 위만", "top only"): (0,), L("가운데만", "middle only"): (1,),
    L("맨 아래만", "bottom only"): (2,), L("하나도 없이", "none"): (),
}
models = [cut(UNet(3, base_channels=8, depth=3), kept) for kept in wirings.values()]
print(L("매개변수", "parameters"), *(sum(p.numel() for p in model.parameters()) for model in models))

# %% slideshow={"slide_type": "fragment"}
fine, *fine_train = samples.outlines("train", 68, 48, real=full)
_, *fine_valid = samples.outlines("val", 32, 48, real=full)
fine_budget = {"epochs": 12 if full else 4, "batch_size": 8}


def skip_trial(kept, wire=cut):
    """Boundary F1 of networks trained with these skips alone, and what the first of them found."""
    channels, classes = fine_train[0].shape[1], fine.num_classes

    def make():
        return wire(UNet(classes, channels, 8, depth=3, batch_norm=True, dropout=None), kept)

    models = train_seeds(make, fine_train, seeds=SEEDS, **how, **fine_budget)
    found = [predict(model, fine_valid[0]) for model in models]
    score = [BoundaryF1(classes, tolerance=1).update(one, fine_valid[1]).mean() for one in found]
    return score, found[0]


skipped = {name: skip_trial(kept) for name, kept in wirings.items()}
outline = np.array([scores for scores, _ in skipped.values()])

# %% claim=["S12"] slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(9, 3.6))
bars(ax, list(wirings), outline, [course.PALETTE[i] for i in (0, 5, 5, 5, 3)])
ax.set(xlabel=L("윤곽 F1 (1픽셀까지 봐줌)", "boundary F1 (tolerance 1 pixel)"), xlim=(0, 1))
plt.show()

first, *_, last = wirings
plots.predictions(fine, *fine_valid, {name: skipped[name][1] for name in (first, last)}, rows=[1])
plt.show()

whole, top, middle, bottom, none = outline.mean(axis=1)
assert whole > none + 0.2 and min(top, middle) > bottom and whole > top - 0.03
assert full or top > middle  # ko: 세포막은 더 두꺼움 | en: membranes are thicker

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 남긴 스킵에 따른 윤곽 F1의 가로 막대로, 셋 다 남긴 것과 맨 위만 남긴 것이 길고 나머지는 차례로 짧아집니다(점 하나가 시드 하나). 아래는 사진 한 장과 정답, 스킵이 있는 U-Net과
# 없는 U-Net의 결과로, 스킵이 없으면 기구는 뭉툭한 덩어리가 되고 전깃줄과 기둥은 사라집니다.
#
# **맨 위 화살표입니다.** 윤곽을 되찾는 일은 거의 다 가장 고운 특성 맵이 합니다. 아래쪽 스킵만으로는 모자라고, 모두 끊으면 남는 것은 흐릿한 덩어리뿐입니다. 다만 이것은 가느다란
# 것이 많은 이 사진의 이야기입니다. 전체 프로필에서는 같은 셀이 ISBI 2012의 세포막으로 다시 재는데, 막은 몇 픽셀 두께라서 가운데 스킵만 남겨도 맨 위에 버금갑니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, bars of boundary F1 by the skips that are kept: all three and the top one alone are long, the others ever shorter; a
# dot is a seed. Below, a picture, the truth, and what U-Net finds with and without skips: without them the balloon is a blunt blob,
# wires and poles are gone.
#
# **The top one.** It is the finest map that brings outlines back, almost alone. The lower skips by themselves are not enough, and with
# none only blurred blobs remain. But that is the story of these pictures, with so much in them that is thin; in the full profile the same
# cells measure again on the membranes of ISBI 2012, which are some pixels thick: there the middle skip alone does almost as well as the top one.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 사진이 두 장뿐이라면 무엇으로 버틸까?
#
# 현미경 사진에 마스크를 그리는 일은 비쌉니다. 논문의 ISBI 자료는 30장이었습니다. 더 심하게 **두 장으로** 배워 봅시다.
# 외우지 않게 막는 방법으로 드롭아웃(dropout)과, 사진을 뒤집고 휘는 증강(augmentation)을 견줍니다. 논문은 3×3 격자의 점을 무작위로
# 밀어 사진을 고무판처럼 휘었습니다(elastic deformation).
#
# **먼저 맞혀 보세요.** 드롭아웃은 블록마다 넣는 것이 나을까요, 내려가는 길 끝에만 넣는 것이 나을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What helps when there are only two pictures?
#
# To draw masks on micrographs is expensive; the paper had 30 for ISBI. Let us be harder and learn from **two**. Against learning
# by heart there are dropout and augmentation, which flips and bends the pictures. The paper moved the points of a 3×3 grid at
# random and bent the picture like a sheet of rubber: an elastic deformation.
#
# **Guess first.** Which is better, a dropout in every block, or only at the end of the contracting path?

# %% claim=["S14"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
for dropout, whose in [("bottleneck", L("논문", "the paper")), ("block", L("원문", "the notes"))]:
    model = UNet(2, base_channels=8, dropout=dropout)
    where = [name for name, module in model.named_modules() if isinstance(module, nn.Dropout)]
    print(f"{whose}: {len(where)} ·", *where)
assert len(where) == 9  # ko: 블록이 아홉 개 | en: there are nine blocks

# %% slideshow={"slide_type": "fragment"}
real = full and datasets.available("dsb2018")  # ko: 진짜 세포핵 | en: real nuclei
few, many = (samples.microscope(split, n, 48, real=real)[:2] for split, n in [("train", 2), ("val", 16)])
trials = {
    L("아무것도 없이", "nothing"): (None, None),
    L("드롭아웃: 블록마다", "dropout: every block"): ("block", None),
    L("드롭아웃: 내려간 끝에만", "dropout: end of the way down"): ("bottleneck", None),
    L("휘기 σ = 1.5", "elastic, σ = 1.5"): (None, Augment(flip=False, elastic=1.5, mirror=True)),
    L("뒤집기와 돌리기", "flips and turns"): (None, Augment(turn=True, mirror=True)),
}
new_pictures, learnt = [], []
for dropout, augment in trials.values():
    make = partial(UNet, 2, base_channels=8, depth=2, batch_norm=True, dropout=dropout)
    repeat = 600 if full else 120
    budget = {"epochs": 1, "repeat": repeat, "batch_size": 4}
    models = train_seeds(make, few, seeds=SEEDS, augment=augment, **budget, **how)
    new_pictures.append([evaluate(model, many).mean_iou() for model in models])
    learnt.append([evaluate(model, few).mean_iou() for model in models])

# %% claim=["S14"] slideshow={"slide_type": "slide"}
luck = torch.rand(1, Augment.numbers, generator=torch.Generator().manual_seed(3))
lined = few[0][1:].clone()
lined[..., ::6, :], lined[..., :, ::6] = 255, 255  # ko: 휘는 것이 보이도록 그은 줄 | en: lines that show the bending
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.7))
for ax, amount in zip(axes, (0, 1.5, 4), strict=True):
    bent = Augment(flip=False, elastic=amount, mirror=True)(lined, luck=luck)[0]
    plots.picture(ax, bent[0] / 255)
    ax.set_title(f"σ = {amount:.1f}")
plt.show()

fig, ax = plt.subplots(figsize=(9, 4))
ends = {L("배운 두 장", "the two learnt from"): learnt, L("처음 보는 사진", "new pictures"): new_pictures}
dumbbells(ax, list(trials), ends, [course.PALETTE[1], course.PALETTE[0]])
ax.set_xlabel("mIoU")
plt.show()

nothing, every_block, at_the_end, bent, turned = np.mean(new_pictures, axis=1)
assert np.mean(learnt[0]) > np.mean(learnt[1]) and at_the_end > every_block
assert min(at_the_end, bent, turned) > nothing
if not real:  # ko: 진짜 자료의 범위는 재지 않았음 | en: no range was measured on real data
    exercises.expect("6_3_3.two_pictures.bottleneck", at_the_end)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 격자를 그은 세포 사진을 점점 세게 휜 세 장으로, σ가 1.5픽셀이면 부드럽게 물결치고 4픽셀이면 세포가 심하게 일그러집니다. 아래는 다섯 방법의 mIoU를 처음 보는 사진(파랑)과 배운 두 장(주황)으로 이은 그림입니다. 아무것도 없으면 배운 두 장은 다 맞히지만 처음 보는 사진에서 떨어집니다. 블록마다 드롭아웃을 넣으면 배운 사진조차 덜 맞히고, 끝에만 넣은 것과 증강은
# 처음 보는 사진에서 더 높습니다.
#
# **끝에만 넣는 것이 낫습니다.** 블록마다 넣으면 윤곽을 나르는 고운 특성 맵까지 절반을 지워 배우는 것 자체를 방해합니다. 끝에만 넣으면 맥락만 흔듭니다. 휘기도 도움이 되지만, 방향이 따로 없는
# 이 사진에서는 뒤집고 돌리는 것이 더 큽니다. 휘기는 세포처럼 **실제로 그렇게 휘는 것**에 쓰세요.
#
# > ### 원문 바로잡기
# >
# > **원문** 블록의 두 합성곱 사이마다 드롭아웃이 있다.
# >
# > **무엇이 느슨한가** 논문 3.1절의 드롭아웃은 내려가는 길의 끝에만 있습니다. `UNet(dropout="bottleneck")`이 논문, `"block"`이 원문입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, a picture of cells with a grid on it, bent more and more: gentle waves at σ = 1.5 pixels, cells badly
# distorted at 4 pixels. Below, mIoU of five ways, on new pictures (blue) and the two learnt from (orange), joined by a bar. With
# nothing, the two pictures learnt from are all right and new ones fall off. With a dropout in
# every block even those two get worse; dropout at the end and augmentation are higher on new pictures.
#
# **At the end.** In every block it wipes out half of the fine maps that carry outlines and hinders learning itself; at the end it
# shakes the context alone. Bending helps too, but in pictures without an up, flips and turns help more. Bend what **really
# bends that way**, as cells do.
#
# > ### Setting the notes right
# >
# > **The notes** put a dropout between the two convolutions of each block.
# >
# > **What is loose** The paper's, in section 3.1, is at the end of the contracting path only: `UNet(dropout="bottleneck")` is
# > the paper, `"block"` the notes.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 맞닿은 세포를 어떻게 떼어 놓을까?
#
# 세포 수를 세려면 맞닿은 세포 사이에 가느다란 배경이 있어야 합니다. 그 픽셀은 몇 안 되어서 손실이 거의 눈치채지 못합니다.
# 논문은 두 세포의 경계가 모두 가까운 곳에 큰 무게를 주었습니다($d_1$, $d_2$: 가장 가까운, 두 번째로 가까운 세포의 경계까지 거리).
#
# $$w(\mathbf{x}) = w_c(\mathbf{x}) + w_0\cdot\exp\Big(-\frac{(d_1(\mathbf{x})+d_2(\mathbf{x}))^2}{2\sigma^2}\Big)$$
#
# **먼저 맞혀 보세요.** 무게를 모든 픽셀에 고르게 나누어 주어도 같은 효과가 날까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How are cells that touch kept apart?
#
# To count cells there must be a thin line of background between those that touch. Its pixels are so few that the loss hardly
# notices them. The paper gives a large weight to where the borders of two cells are near ($d_1$, $d_2$: distances to the border
# of the nearest and of the second nearest cell).
#
# $$w(\mathbf{x}) = w_c(\mathbf{x}) + w_0\cdot\exp\Big(-\frac{(d_1(\mathbf{x})+d_2(\mathbf{x}))^2}{2\sigma^2}\Big)$$
#
# **Guess first.** Would it do as well to spread that weight evenly over all pixels?

# %% slideshow={"slide_type": "fragment"}
images, masks, cells = samples.microscope("train", 60 if full else 24, 64, real=real)
apart, weights = separated(cells), border_weights(cells, w0=10, sigma=2)  # ko: 세포가 작으니 σ도 | en: small cells
shown = [L("사진", "picture"), L("세포인가", "cell or not"), L("한 픽셀씩 뗌", "parted"), L("무게", "weights")]
fig, axes = plt.subplots(1, 4, figsize=(12, 3.4))
plots.picture(axes[0], images[0])
axes[1].imshow(masks[0], cmap="gray")
axes[2].imshow(apart[0], cmap="gray")
glow = axes[3].imshow(weights[0], cmap="magma")
fig.colorbar(glow, ax=axes[3], label="w")
for ax, title in zip(axes, shown, strict=True):
    ax.set_title(title)
    ax.set_axis_off()
plt.show()

print(L("찾은 세포: 뗀 마스크", "cells found: in parted masks"), f"{cells_found(apart, cells):.2f}",
      L("· 떼지 않은 마스크", "· in masks as they are"), f"{cells_found(masks, cells):.2f}")
assert cells_found(apart, cells) > cells_found(masks, cells)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 세포 사진, 한 덩어리가 된 마스크, 맞닿은 곳을 떼어 놓은 마스크, 무게 지도. 무게는 두 세포가 만나는 좁은 틈에서만 밝게 빛납니다.
#
# 떼지 않은 마스크에서는 세포를 셋에 하나도 세지 못하고, 한 픽셀씩 떼면 모두 셀 수 있습니다. 이제 신경망이 그 틈을 배울 차례입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A picture of cells, a mask in which they are one blob, the mask with touching cells parted, and the weights, which
# glow only in the narrow gaps where two cells meet.
#
# In masks as they are, not one cell in three can be counted; parted by a pixel, all can. Now the network has to learn those gaps.

# %% slideshow={"slide_type": "slide"}
def weighted(logits, target, weights):
    return cross_entropy(logits, target, pixel_weights=weights)


valid_images, _, valid_cells = samples.microscope("val", 16 if full else 24, 64, real=real)
even = torch.full_like(weights, weights.mean().item())  # ko: 대조군: 같은 무게를 고르게 | en: control: spread evenly
losses = {
    L("무게 없이", "no weights"): ((images, apart), cross_entropy),
    L("고른 무게", "weight spread evenly"): ((images, apart, even), weighted),
    L("경계의 무게", "weight at borders"): ((images, apart, weights), weighted),
}
make = partial(UNet, 2, base_channels=8, depth=2, batch_norm=True, dropout=None)
counted, masks_found, budget = [], {}, {"epochs": 1, "repeat": 40 if full else 10, "batch_size": 4}
for name, (data, loss) in losses.items():
    models = train_seeds(make, data, seeds=SEEDS, loss=loss, **budget, **how)
    found = [predict(model, valid_images) for model in models]
    counted.append([cells_found(one, valid_cells) for one in found])
    masks_found[name] = found[0]

# %% tags=["cover"] slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(9, 2.9))
bars(ax, list(losses), counted, [course.PALETTE[i] for i in (5, 5, 0)])
ax.set(xlabel=L("하나하나 찾아낸 세포 (F1)", "cells found one by one (F1)"), xlim=(0, 1.08))
plt.show()

plain = masks_found[list(losses)[0]]
lost = [cells_found(mask[None], truth[None]) for mask, truth in zip(plain, valid_cells, strict=True)]
both = {name: masks_found[name] for name in list(losses)[::2]}
cell = datasets.load("scenes", split="val", n=1, only="touching")  # ko: 색과 이름 | en: for colours and names
plots.predictions(cell, valid_images, separated(valid_cells), both, rows=[int(np.nanargmin(lost))])
plt.show()

plain, evenly, at_borders = np.array(counted)
if not real:  # ko: 진짜 세포핵은 맞닿는 일이 드묾 | en: real nuclei seldom touch
    assert (at_borders > np.maximum(plain, evenly)).all() and at_borders.mean() > plain.mean() + 0.02
    exercises.expect("6_3_3.border_weights.cells_found", at_borders.mean())

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 찾아낸 세포의 F1 막대 셋으로, 무게가 없는 것과 고르게 나눈 것은 시드마다 들쭉날쭉하고 경계에 무게를 준 것은 모든 시드에서 가장 깁니다. 아래는 사진 한 장과 정답, 두 U-Net의
# 결과로, 무게가 없으면 맞닿은 세포 사이의 가는 틈이 메워지고 경계에 무게를 주면 거의 모두 열려 있습니다.
#
# **고르게 나누면 소용이 없습니다.** 무게의 합은 같은데 결과는 무게가 없을 때와 다르지 않습니다. 중요한 것은 무게의 크기가 아니라 **자리**입니다. 이제 세포를 거의 모두 하나하나 셀 수 있습니다.
#
# 다만 **맞닿은 세포가 많을 때의 이야기입니다.** 전체 프로필의 진짜 세포핵(DSB 2018)은 맞닿는 일이 드물어, 같은 무게를 주면 F1이 0.81에서 0.76으로 오히려 떨어졌습니다. 떼어 놓을
# 것이 적으면 무게는 값만 치릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, three bars of cells found: no weight and weight spread evenly are scattered over the seeds, weight at the borders is
# the longest for every seed. Below, a picture, the truth and two U-Nets' masks: without weights the thin gaps between touching cells
# are filled, with weights at the borders almost all are open.
#
# **Spread evenly it is of no use.** The sum of the weights is the same, the result that of no weight at all. What counts is not how
# much but **where**. Now almost all cells can be counted one by one.
#
# But **only where many cells touch.** Real nuclei (DSB 2018, in the full profile) seldom do, and there the same weight took F1 from 0.81
# down to 0.76: where there is little to part, weight only costs.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 사진이 GPU보다 크면?
#
# 논문은 큰 사진을 타일(tile)로 나눕니다. 결과 타일 하나를 얻으려면 그보다 넓은 입력이 필요한데, 옆 타일과 겹치게 넉넉히 잘라 넣고,
# 사진 밖은 거울에 비춘 모습으로 채웁니다. 이것이 겹침 타일(overlap-tile) 방법입니다.
#
# **먼저 맞혀 보세요.** 이렇게 나누어 얻은 결과는 한 번에 통과시킨 것과 얼마나 다를까요? 이음매가 보일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if the picture is larger than the GPU?
#
# The paper cuts a large picture into tiles. A tile of the result needs a wider input, so each input overlaps its neighbours, and
# beyond the picture lies its mirror image: the overlap-tile strategy.
#
# **Guess first.** How far is a result in tiles from that of one pass? Will there be seams?

# %% claim=["S15"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
if datasets.available("isbi2012"):
    learn, tried = (datasets.as_tensors(datasets.load("isbi2012", split=s)) for s in ("train", "val"))
else:
    learn, tried = samples.microscope("train", 8, 200)[:2], samples.microscope("val", 1, (180, 260))
picture, margin = tried[0][:1, :, :180, :260], 20  # ko: 깊이 2의 U-Net은 사방 20픽셀을 잃음 | en: depth 2 loses 20 a side
torch.manual_seed(0)
tiler = UNet(2, picture.shape[1], 8, depth=2, padding="valid", batch_norm=True, dropout=None)
crops = Augment(crop=(140, 140), turn=True, mirror=True)  # ko: 140을 넣으면 100이 나옴 | en: 140 in, 100 out
repeat = (4000 if full else 240) // len(learn[0])
fit(tiler, learn, epochs=1, repeat=repeat, batch_size=4, augment=crops, **how)

tiler, x = tiler.cpu().eval(), standardise(picture)
with torch.no_grad():
    one_pass, tiled = tiler(mirror(x, margin, margin, margin)), tiler.predict(x, tile=100)
    careless = torch.cat([  # ko: 대조군: 겹치지 않고 타일마다 제 거울 | en: control: no overlap, each mirrors itself
        torch.cat([tiler(mirror(part, margin, margin, margin)) for part in row.split(60, dim=3)], dim=3)
        for row in x.split(60, dim=2)
    ], dim=2)
overlap, seams = ((other - one_pass).abs().amax(1)[0] for other in (tiled, careless))
print(L("한 번에 통과시킨 것과 가장 큰 차이", "largest difference from one pass:"), f"{overlap.max():.3f}")
assert overlap.max() < 1e-3 and seams.max() > 0.1

# %% slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 3, figsize=(7.8, 2.2))
plots.picture(axes[0], mirror(picture.float(), margin, margin, margin)[0] / 255)
axes[0].add_patch(plt.Rectangle((margin, margin), 260, 180, fill=False, color="white", linewidth=1.5))
for at, length, color in [(40, 140, 1), (60, 100, 0)]:
    box = plt.Rectangle((at, at), length, length, fill=False, color=course.PALETTE[color], linewidth=3)
    axes[0].add_patch(box)
plots.mask(axes[1], tiled[0].argmax(0), cell)
axes[2].imshow(seams, cmap="magma", vmax=seams.quantile(0.99).item(), interpolation="nearest")
axes[2].set_axis_off()
axes[0].set_title(L("주황이 들어가 파랑이 나옴", "orange in, blue out"))
axes[1].set_title(L("겹침 타일의 결과", "in overlapping tiles"))
axes[2].set_title(L("겹치지 않을 때의 이음매", "seams without overlap"))
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 거울로 둘레를 넓힌 사진 위의 입력 타일과 결과 타일, 가운데는 타일로 얻은 마스크, 오른쪽은 겹치지 않고 나누었을 때의 차이로, 60픽셀마다 바둑판 같은 금이 밝게 보입니다.
#
# **다르지 않고, 이음매도 없습니다.** 패딩이 없는 합성곱의 결과는 모두 진짜 픽셀만 보고 나온 값이므로, 어느 타일에서 계산하든 같습니다. 겹치지 않은 타일은 제 테두리에서 가짜 둘레를
# 보기 때문에 금이 갑니다. 사진이 아무리 커도 메모리는 타일 하나만큼이면 됩니다.
#
# 끝으로 진짜 자료의 숫자입니다. 논문의 성적(4절)과, 이 강의가 CPU 코어 두 개로 얻어 `data/results`에 남긴 성적을 **나란히 놓되 빼지는 마세요.** 논문은 대회의 시험용 사진을 경계가
# 얼마나 뒤틀렸는지로, 우리는 훈련용 사진 가운데 떼어 둔 것을 IoU로 재었습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, an input tile and its result on the picture, widened by its mirror image; middle, the mask made in tiles; right,
# what changes without overlap: bright lines every 60 pixels, like a chessboard.
#
# **Not at all, and no seams.** Every value of an unpadded convolution has seen real pixels only, so it is the same in whatever tile it
# is computed. Tiles without overlap see false surroundings at their rims and crack there. However large the picture, memory
# for one tile is enough.
#
# Last, the numbers of real data: the paper's (section 4) and those that this course reached on two CPU cores and keeps in `data/results`.
# **Put them side by side, but do not subtract.** The paper was judged on the challenge's test pictures by how far borders are warped,
# ours by the IoU on pictures held back from training.

# %% tags=["nbval-check-output"] slideshow={"slide_type": "slide"}
from helpers.lessons import carried

rows = [
    ("ISBI 2012, U-Net", "warping error 0.000353", L("논문", "paper")),
    ("PhC-U373, U-Net", "IoU 0.920", L("논문", "paper")),
    ("DIC-HeLa, U-Net", "IoU 0.775", L("논문", "paper")),
]
for name in ("isbi2012", "dsb2018"):  # ko: python -m helpers.train unet --data … 로 다시 얻습니다 | en: gives them again
    kept = pd.read_csv(carried("data/results", "results") / f"{name}.csv").query("network == 'UNet'")
    score = f"mIoU {kept.mean_iou.mean():.3f} ({kept.mean_iou.min():.3f}–{kept.mean_iou.max():.3f})"
    whose = L(f"우리 · 시드 {len(kept)} · {kept.minutes.mean():.1f} 분", f"ours · seeds {len(kept)} · {kept.minutes.mean():.1f} min")
    rows.append((f"{name}, UNet(base_channels=16)", score, whose))
columns = [L("자료와 신경망", "data and network"), L("성적", "score"), L("누가", "whose")]
print(pd.DataFrame(rows, columns=columns).to_string(index=False))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 바꾸면 망가질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 흔한 실수로, 풀링하기 **전**이 아니라 **뒤**의 특성 맵을 건네줍니다. 다행히 크기가 맞지 않아 오류가 납니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks it?
#
# The next cell is **wrong on purpose**, and a common mistake: it hands across the map from **behind** the pooling instead of
# before it. Luckily the sizes do not fit, and it raises.

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
net = UNet(2, base_channels=8, depth=1, dropout=None)
fine_map = net.down[0](torch.rand(1, 3, 48, 48))
pooled = F.max_pool2d(fine_map, 2)
up = net.ups[0](net.down[1](pooled))
torch.cat([pooled, up], dim=1)  # ko: fine_map이어야 합니다 | en: it must be fine_map

# %% slideshow={"slide_type": "fragment"}
def after_pooling(model, kept):
    """The silent cure: enlarge the pooled map until it fits, on every level."""
    def coarse(block, given):
        skip, rest = given[0].chunk(2, dim=1)
        small = F.max_pool2d(skip, 2, ceil_mode=True)
        return (torch.cat([F.interpolate(small, size=skip.shape[2:]), rest], dim=1),)

    for block in model.up:
        block.register_forward_pre_hook(coarse)
    return model


silent = np.array(skip_trial((), wire=after_pooling)[0])
print(L("윤곽 F1: 풀링 앞", "boundary F1: before pooling"), f"{whole:.2f}",
      L("· 풀링 뒤를 늘린 것", "· pooled, enlarged"), f"{silent.mean():.2f}")
assert full or silent.mean() < whole - 0.04

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **증상** `Sizes of tensors must match`. 이것을 없애려고 작은 특성 맵을 늘려서 붙이면 **오류는 사라지지만 가느다란 것의 윤곽도 함께 흐려집니다**(ISBI 2012의 두꺼운 막에서는 드러나지도 않습니다). **검사** 이어 붙이는 두 특성 맵의 크기를
# `plots.architecture`로 그려 보고, 스킵이 풀링 앞에서 나오는지 보세요. **처방** 블록의 결과를 풀링하기 전에 담아 둡니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Symptom**: `Sizes of tensors must match`. Enlarge the small map to be rid of it, and **the error is gone, and the outlines
# of thin things blur in silence** (on the thick membranes of ISBI 2012 it does not even show). **Test**: draw the network by `plots.architecture` and see whether the skip leaves before the pooling. **Cure**: keep the
# block's map before you pool it.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 패딩 없는 U-Net에 한 변이 `size`인 사진을 넣을 때 결과의 한 변을 돌려주는 함수를 쓰세요. 풀링은 네 번입니다.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** Write a function that returns the side of the result when a picture with sides of `size` goes into an unpadded U-Net with
# four poolings.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("6_3_3_unet")


def output_size(size):
    return ...


q1.check(output_size)

# %% tags=["question"] exercise="q1"
hint = L("572와 188을 손으로 따라가 보세요. 두 경우에 잃는 픽셀 수가 같을까요?",
         "Follow 572 and 188 by hand. Do both lose the same number of pixels?")
right = L("맞았습니다. 아래층에서 잃은 2픽셀은 위에서 보면 16배나 32배로 커집니다. 그래서 모두 184픽셀입니다.",
          "Right. Two pixels lost far down are 16 or 32 of the picture's: 184 in all.")


def check(output_size):
    tried = {size: output_size(size) for size in (572, 188, 700)}
    if tried == {572: 388, 188: 4, 700: 516}:
        return None
    if tried[572] == 572 - 36:
        return L("합성곱 18개에서 2픽셀씩 뺐습니다. 아래층의 픽셀 하나는 원래 사진에서 여러 픽셀입니다.",
                 "You took 2 pixels for each of 18 convolutions; a pixel far down is many of the picture's.")
    if tried[572] == 388:
        return L(f"572는 맞지만 188에서 4가 아니라 {tried[188]}이 나옵니다. 비율이 아니라 빼기입니다.",
                 f"572 is right, but 188 gives {tried[188]} and not 4: subtract, do not scale.")
    if tried[572] == 28:
        return L("맨 아래 특성 맵의 크기입니다. 아직 올라오는 길이 남았습니다.", "That is the map at the bottom: now go up again.")
    return L(f"572를 넣으면 388이어야 하는데 {tried[572]}이(가) 나왔습니다.", f"572 should give 388; yours gives {tried[572]}.")


# %% tags=["solution"] exercise="q1"
def output_size(size):
    return size - 184

# %% tags=["wrong"] exercise="q1" says=["아래층의 픽셀", "far down"]
def output_size(size):
    return size - 2 * 18

# %% tags=["wrong"] exercise="q1" says=["비율이 아니라", "do not scale"]
def output_size(size):
    return round(size * 388 / 572)

# %% tags=["wrong"] exercise="q1" says=["올라오는 길", "go up again"]
def output_size(size):
    for _ in range(4):
        size = (size - 4) // 2
    return size - 4

# %% [markdown] lang="ko"
# **q2.** 가로세로 512픽셀인 사진을 **한 번에** 빈틈없이 분할하려면 거울로 넓혀 한 변을 적어도 몇 픽셀로 만들어 넣어야 할까요?

# %% [markdown] lang="en"
# **q2.** To segment a picture of 512×512 pixels in **one** pass without a gap, how long must its sides be made, by mirroring, at least?

# %% tags=["exercise"] exercise="q2"
side_in = ...
q2.check(side_in)

# %% tags=["question"] exercise="q2"
hint = L("512에 184를 더한 수가 네 번 나누어떨어지는지 `sides`로 확인해 보세요.",
         "Add 184 to 512, and let `sides` show whether that halves four times.")
right = L("맞았습니다. 516픽셀이 나오니 4픽셀을 버립니다. 크기는 188에 16의 배수를 더한 것이어야 합니다.",
          "Right: 516 pixels come out, 4 are dropped. Sizes must be 188 plus a multiple of 16.")


def check(side_in):
    if side_in == 700:
        return None
    if side_in == 696:
        return L("184를 더한 것까지는 맞지만, 696은 도중에 홀수가 되어 반으로 나누어지지 않습니다.",
                 "Adding 184 was right, but on the way 696 becomes odd and cannot be halved.")
    if side_in == 512:
        return L("512를 넣으면 328픽셀만 나옵니다.", "Of 512 only 328 pixels come out.")
    if (side_in - 188) % 16 == 0 and side_in > 700:
        return L("되기는 하지만 더 작은 크기가 있습니다.", "It works, but there is a smaller one.")
    return L(f"{side_in}픽셀로는 안 됩니다.", f"{side_in} pixels do not do.")


# %% tags=["solution"] exercise="q2"
side_in = 700

# %% tags=["wrong"] exercise="q2" says=["홀수가", "odd"]
side_in = 512 + 184

# %% tags=["wrong"] exercise="q2" says=["328픽셀만", "only 328"]
side_in = 512

# %% tags=["wrong"] exercise="q2" says=["더 작은", "smaller one"]
side_in = 716

# %% [markdown] lang="ko"
# **q3.** 맨 위 스킵을 0으로 바꾸는 대신 아예 없애면, 논문의 U-Net에서 매개변수가 몇 개 줄어들까요?

# %% [markdown] lang="en"
# **q3.** If the topmost skip is not replaced by zeros but taken out, how many parameters does the paper's U-Net lose?

# %% tags=["exercise"] exercise="q3"
saved = ...
q3.check(saved)

# %% tags=["question"] exercise="q3"
hint = L("바뀌는 것은 이어 붙인 것을 받는 3×3 합성곱 하나뿐입니다. 들어오는 채널이 128에서 64로 줄어듭니다.",
         "Only one 3×3 convolution changes, the one that takes what was joined: 64 channels come in instead of 128.")
right = L("맞았습니다. 3,103만 개의 0.1%입니다. 윤곽을 되찾는 스킵은 거의 공짜입니다.",
          "Right: 0.1% of 31.03 million. The skip that brings outlines back is almost free.")


def check(saved):
    if saved == 9 * 64 * 64:
        return None
    for other, complaint in [
        (9 * 128 * 64, L("합성곱 전체를 세었습니다. 없어지는 것은 들어오는 채널의 절반입니다.", "That is the whole convolution: only half of its inputs go.")),
        (9 * 64 * 64 + 64, L("편향은 나가는 채널마다 하나라서 줄지 않습니다.", "Biases belong to the channels that go out; none is lost.")),
        (64 * 64, L("3×3이므로 아홉 배입니다.", "It is 3×3: nine times that.")),
        (0, L("0으로 바꿀 때의 답입니다. 아예 없애면 받을 채널이 줄어듭니다.", "That holds for zeros; taken out, fewer channels come in.")),
    ]:
        if saved == other:
            return complaint
    return L(f"{saved}개가 아닙니다.", f"Not {saved}.")


# %% tags=["solution"] exercise="q3"
saved = 9 * 64 * 64

# %% tags=["wrong"] exercise="q3" says=["절반", "half"]
saved = 9 * 128 * 64

# %% tags=["wrong"] exercise="q3" says=["편향", "Biases"]
saved = 9 * 64 * 64 + 64

# %% tags=["wrong"] exercise="q3" says=["0으로 바꿀", "for zeros"]
saved = 0

# %% [markdown] lang="ko"
# **q4.** 경계 가중치의 둘째 항 $w_0\exp(-(d_1+d_2)^2/2\sigma^2)$을 돌려주는 함수를 쓰세요. 배열도 받을 수 있어야 합니다.

# %% [markdown] lang="en"
# **q4.** Write a function that returns the second term of the border weight, $w_0\exp(-(d_1+d_2)^2/2\sigma^2)$. It must take arrays too.

# %% tags=["exercise"] exercise="q4"
def border_term(d1, d2, w0=10, sigma=5):
    return ...


q4.check(border_term)

# %% tags=["question"] exercise="q4"
hint = L("두 거리를 먼저 더하고 나서 제곱합니다. 지수 함수는 np.exp입니다.", "Add the distances, then square. The exponential is np.exp.")
right = L("맞았습니다. 틈이 좁을수록 두 거리의 합이 작아 무게가 커집니다.", "Right: the narrower the gap, the smaller the sum and the larger the weight.")


def check(border_term):
    import numpy as np

    d1, d2 = np.array([1.0, 4.0]), np.array([2.0, 9.0])
    try:
        value = np.asarray(border_term(d1, d2), dtype=float)
    except TypeError:
        return L("배열을 받지 못합니다. math.exp 대신 np.exp를 쓰세요.", "It does not take arrays: np.exp instead of math.exp.")
    truth = 10 * np.exp(-((d1 + d2) ** 2) / 50)
    if np.allclose(value, truth):
        return None
    for other, complaint in [
        (10 * np.exp(-(d1**2 + d2**2) / 50), L("따로 제곱해서 더했습니다. 더한 다음에 제곱하세요.", "You squared and then added: add, then square.")),
        (10 * np.exp(-((d1 + d2) ** 2) / 25), L("분모의 2가 빠졌습니다.", "The 2 in the denominator is missing.")),
        (10 * np.exp((d1 + d2) ** 2 / 50), L("부호가 반대입니다. 멀수록 무게가 커집니다.", "The sign is wrong: the weight would grow with the distance.")),
        (1 + truth, L("첫째 항까지 더했습니다. 둘째 항만 돌려주세요.", "You added the first term too; return the second alone.")),
    ]:
        if np.allclose(value, other):
            return complaint
    return L(f"d1 = 1, d2 = 2이면 {truth[0]:.4f}이어야 하는데 {value.ravel()[0]:.4f}가 나왔습니다.",
             f"For d1 = 1, d2 = 2 it should be {truth[0]:.4f}; yours is {value.ravel()[0]:.4f}.")


# %% tags=["solution"] exercise="q4"
def border_term(d1, d2, w0=10, sigma=5):
    return w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))

# %% tags=["wrong"] exercise="q4" says=["더한 다음에 제곱", "add, then square"]
def border_term(d1, d2, w0=10, sigma=5):
    return w0 * np.exp(-(d1**2 + d2**2) / (2 * sigma**2))

# %% tags=["wrong"] exercise="q4" says=["분모의 2", "denominator"]
def border_term(d1, d2, w0=10, sigma=5):
    return w0 * np.exp(-((d1 + d2) ** 2) / sigma**2)

# %% tags=["wrong"] exercise="q4" says=["부호", "sign"]
def border_term(d1, d2, w0=10, sigma=5):
    return w0 * np.exp((d1 + d2) ** 2 / (2 * sigma**2))

# %% [markdown] lang="ko"
# **q5.** 올라가는 블록에 넣을 것을 만드는 함수를 쓰세요. `x`는 아래에서 올라온 특성 맵 [N, C, H, W], `skip`은 같은 높이의 특성 맵 [N, C, H, W]이고
# 블록은 채널 2C개를 받습니다. 채점하면 작은 신경망 둘을 그 자리에서 학습해 스킵이 없는 것보다 **윤곽 F1이 3점(0.03) 넘게** 오르는지 봅니다(몇 초 걸립니다).

# %% [markdown] lang="en"
# **q5.** Write the function that makes what goes into a block on the way up: `x` came from below, `skip` is the map of the same level, both
# [N, C, H, W], and the block takes 2C channels. To mark it, two small networks are trained on the spot: yours must **gain more than 3
# points (0.03) of boundary F1** over one without the skip (a few seconds).

# %% tags=["exercise"] exercise="q5"
def joined(x, skip):
    return ...


q5.check(joined)

# %% tags=["question"] exercise="q5"
hint = L("torch.cat([...], dim=1)은 채널 방향으로 이어 붙입니다.", "torch.cat([...], dim=1) joins along the channels.")
right = L("맞았습니다. 이어 붙이는 한 줄이 윤곽을 되찾아 줍니다. U-Net의 이름이 된 그 화살표입니다.",
          "Right. That one line brings the outlines back: the arrow that makes the U a U-Net.")


def check(joined):
    import torch

    from helpers import datasets
    from helpers.datasets import scenes
    from helpers.segmentation import BoundaryF1, UNet
    from helpers.training import fit, predict

    x, skip = torch.zeros(1, 4, 8, 8), torch.ones(1, 4, 8, 8)
    made = joined(x, skip)
    if tuple(made.shape) != (1, 8, 8, 8):
        if tuple(made.shape) == (1, 4, 8, 8):
            return L("더하면 채널이 C개 그대로입니다. 이어 붙여 2C개로 만드세요.", "A sum keeps C channels; join them to get 2C.")
        return L(f"[1, 8, 8, 8]이어야 하는데 {[*made.shape]}입니다. 채널은 dim=1입니다.", f"It should be [1, 8, 8, 8] and is {[*made.shape]}; channels are dim=1.")

    if not made.any():
        return L("결과가 skip과 상관없습니다. skip을 정말 건네주었나요?", "The result does not depend on skip. Did you really hand skip across?")

    def score(join):
        torch.manual_seed(0)
        model = UNet(2, base_channels=8, depth=2, batch_norm=True, dropout=None)
        for block in model.up:
            block.register_forward_pre_hook(lambda _, given: (join(*given[0].chunk(2, dim=1)[::-1]),))
        train, valid = (datasets.as_tensors(scenes.Scenes(s, n=64, size=48, only="thin")) for s in ("train", "val"))
        fit(model, train, epochs=4, batch_size=8, optimizer="adamw", lr=0.01, progress=False)
        return BoundaryF1(2, tolerance=1).update(predict(model, valid[0]), valid[1]).mean()

    mine, without = score(joined), score(lambda x, skip: torch.cat([torch.zeros_like(skip), x], dim=1))
    if mine > without + 0.03:
        return None
    return L(f"윤곽 F1이 {mine:.2f}로, 스킵이 없을 때의 {without:.2f}보다 3점 넘게 오르지 않았습니다.",
             f"Boundary F1 is {mine:.2f}, not 3 points above {without:.2f} without the skip.")


# %% tags=["solution"] exercise="q5"
def joined(x, skip):
    return torch.cat([skip, x], dim=1)

# %% tags=["wrong"] exercise="q5" says=["이어 붙여 2C", "join them"]
def joined(x, skip):
    return x + skip

# %% tags=["wrong"] exercise="q5" says=["정말 건네주었나요", "really hand skip"]
def joined(x, skip):
    return torch.cat([x, x], dim=1)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. U-Net은 건너뛰지 않습니다. 겹치는 조각을 되풀이해 계산하던 일을 한 번에 나누어 씁니다.
# 2. 맥락은 아래에서, 자리는 위에서 얻습니다. 윤곽을 되찾는 것은 맨 위의 스킵입니다.
# 3. 패딩이 없으면 572가 388이 됩니다. 한 변에서 늘 184픽셀을 잃습니다.
# 4. 논문의 드롭아웃은 내려가는 길 끝에만 있습니다. 증강은 실제로 일어날 만한 것만 하세요.
# 5. 드물지만 중요한 픽셀에는 무게를 줍니다. 중요한 것은 크기가 아니라 자리입니다.
#
# **더 읽을거리** O. Ronneberger, P. Fischer, T. Brox, “U-Net: Convolutional Networks for Biomedical Image Segmentation” (MICCAI 2015), 그림 1과 2,
# 식 1과 2, 3.1절 · D. Cireşan 외, “Deep Neural Networks Segment Neuronal Membranes in Electron Microscopy Images” (NIPS 2012) · J. Caicedo 외, “Nucleus
# segmentation across imaging experiments: the 2018 Data Science Bowl” (Nature Methods 2019)
#
# **다음** [6.3.4 PSPNet](6_3_4_pspnet.ipynb): 사진 전체를 보아야 알 수 있는 것

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. U-Net skips nothing: it shares the work that overlapping patches did again and again.
# 2. Context comes from below, the place from above; it is the topmost skip that brings outlines back.
# 3. Without padding 572 becomes 388: a side always loses 184 pixels.
# 4. The paper's dropout is at the end of the contracting path only. Augment by what could really happen.
# 5. Give weight to pixels that are few and matter. What counts is not how much but where.
#
# **Further reading** O. Ronneberger, P. Fischer, T. Brox, “U-Net: Convolutional Networks for Biomedical Image Segmentation” (MICCAI 2015),
# figures 1 and 2, equations 1 and 2, section 3.1 · D. Cireşan et al., “Deep Neural Networks Segment Neuronal Membranes in Electron
# Microscopy Images” (NIPS 2012) · J. Caicedo et al., “Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl” (Nature
# Methods 2019)
#
# **Next** [6.3.4 PSPNet](6_3_4_pspnet.ipynb): what only the whole picture can tell.
