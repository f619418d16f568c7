# Lesson 6_3_4, claims S16 to S18: the pyramid's bins, its channels, look-alikes told apart by surroundings, auxiliary loss, batch norm.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="똑같이 생긴 배와 자동차를 둘레를 보고 가립니다. 피라미드의 칸을 하나씩 빼고, 둘레를 서로 바꾸어 누가 일했는지 밝힙니다."
# # 6.3.4 PSPNet: 사진 전체를 보아야 알 수 있는 것
#
# ![배와 자동차가 함께 있는 사진과 정답, 피라미드가 없는 신경망과 있는 신경망의 결과. 피라미드가 없으면 두 이름이 뒤섞이고, 있으면 맞습니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [6.3.0 분할](6_3_0_segmentation.ipynb): 마스크, 혼동 행렬. 배치 정규화(batch normalization)를 한 번 써 보았으면 좋습니다.
#
# **마치고 나면** ① 피라미드의 칸과 채널 수, 매개변수 수를 손으로 계산할 수 있습니다.
# ② 신경망이 물체가 아니라 **둘레**를 보고 이름을 정했는지 실험으로 밝힐 수 있습니다.
# ③ 1×1 특성 맵에 놓인 배치 정규화가 언제 멈추고 언제 조용히 틀리는지 설명할 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Tell boats from cars that look alike by what lies around them. Take the pyramid's bins away one by one; exchange surroundings to see who did it."
# # 6.3.4 PSPNet: what only the whole picture can tell
#
# ![A picture with a boat and a car, the truth, and the masks of a network without and with the pyramid. Without it names are mixed up, with it they are right.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [6.3.0 Segmentation](6_3_0_segmentation.ipynb): masks, the confusion matrix. It helps to have used batch
# normalization once.
#
# **Afterwards** ① you can work out the pyramid's bins, channels and parameters by hand; ② you can show by an experiment whether a
# network named a thing by its **surroundings**; ③ you can say when batch norm on a 1×1 map stops, and when it errs in silence.

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
import warnings
from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from helpers import datasets, exercises
from helpers.metrics import ConfusionMatrix
from helpers.plots import band, bars, heatmap
from helpers.segmentation import PSPNet, layers, plots, pyramid_bins, receptive_field, samples
from helpers.segmentation.predecessor import place_and_name
from helpers.segmentation.surroundings import SmallPSPNet, grounds, predict_with_surroundings_of
from helpers.training import fit, predict
from helpers.trials import train_seeds

full = session.profile == "full"
SEEDS = range(5) if full else range(3)
BINS = (1, 2, 3, 6)  # ko: 논문의 네 단계 | en: the paper's four levels

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 네 가지 격자는 무엇을 평균할까?
#
# PSPNet(pyramid scene parsing network)은 마지막 특성 맵에 네 가지 격자를 얹습니다. 1×1, 2×2, 3×3, 6×6 격자의 칸마다 값을 평균하는데, 이것을
# 피라미드 풀링(pyramid pooling)이라고 합니다. 논문은 한 변이 473픽셀인 사진에서 60×60 특성 맵을 얻습니다.
#
# **먼저 맞혀 보세요.** 60×60 맵을 6×6으로 나누면 한 칸은 값을 몇 개 평균할까요? 맵이 28×28이라면 6으로 나누어떨어지지 않습니다. 남는 줄은 어떻게 될까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What do the four grids average?
#
# PSPNet, the pyramid scene parsing network, lays four grids on its last feature map: 1×1, 2×2, 3×3 and 6×6. In each bin it takes
# the mean. That is pyramid pooling. From a picture of 473 pixels a side the paper gets a map of 60×60.
#
# **Guess first.** If 60×60 is parted into 6×6, of how many values is a bin the mean? A map of 28×28 cannot be divided by 6. What
# becomes of the rows that are left over?

# %% claim=["S16"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
for side in (60, 28):
    x = torch.rand(1, 1, side, side)
    for bins in BINS:
        boxes = pyramid_bins(side, bins)  # ko: 위, 왼쪽, 아래, 오른쪽 | en: top, left, bottom, right
        by_hand = torch.stack([x[0, 0, y0:y1, x0:x1].mean() for y0, x0, y1, x1 in boxes])
        by_hand = by_hand.view(1, 1, bins, bins)
        torch.testing.assert_close(F.adaptive_avg_pool2d(x, bins), by_hand)
        rows = [(top, bottom) for top, left, bottom, _ in boxes if left == 0]
        print(f"{side}×{side} → {bins}×{bins}:", *(f"{top}–{bottom}" for top, bottom in rows))

with torch.device("meta"):  # ko: 숫자 없이 모양만 | en: shapes without numbers
    paper = PSPNet(num_classes=21)
seen = {"layer4": receptive_field(paper, "backbone.layer4", size=473).height}
for number, bins in enumerate(BINS):
    seen[f"{bins}×{bins}"] = receptive_field(paper, f"pyramid.bins.{number}", size=473).height
print(L("칸 하나가 보는 픽셀", "pixels that a bin sees"), seen)
sizes = [seen[f"{bins}×{bins}"] for bins in BINS]
assert sizes == sorted(sizes, reverse=True) and sizes[0] > 473 > seen["layer4"]

# %% claim=["S16"] slideshow={"slide_type": "slide"}
shown = datasets.load("scenes", "val", n=32, size=120, only="context")
if datasets.available("camvid"):
    shown = datasets.load("camvid", "val", size=(180, 240))
image = shown[9][0].float() / 255
height, width = image.shape[1:]
fig, axes = plt.subplots(2, 4, figsize=(12, 6.2 * height / width + 0.2))
for (top, low), bins in zip(axes.T, BINS, strict=True):
    plots.picture(top, image)
    for y0, x0, y1, x1 in pyramid_bins((height, width), bins):
        style = {"fill": False, "color": "white", "linewidth": 2.5}
        top.add_patch(plt.Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, **style))
    means = F.adaptive_avg_pool2d(image[None], bins)
    plots.picture(low, layers.resize(means, image[None], align_corners=True)[0])
    top.set_title(f"{bins}×{bins}")
axes[0, 0].text(-0.04, 0.5, L("칸", "bins"), transform=axes[0, 0].transAxes, rotation=90, ha="right", va="center")
after = {"rotation": 90, "ha": "right", "va": "center", "transform": axes[1, 0].transAxes}
axes[1, 0].text(-0.04, 0.5, L("평균만 남기면", "the means alone"), **after)
plt.show()

assert torch.allclose(F.adaptive_avg_pool2d(image[None], 1)[0, :, 0, 0], image.mean((1, 2)))

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 사진에 얹은 네 격자, 아래는 칸마다 평균한 색만 남기고 다시 키운 것. 1×1에는 사진 전체의 색 하나만 남고, 2×2는 위아래를, 3×3과 6×6은 하늘과 두 띠의 자리를
# 차츰 되찾습니다.
#
# **100개를 평균하고, 남는 줄은 없습니다.** 28줄을 여섯으로 나눌 때 칸들은 0–5, 4–10처럼 **한 줄씩 겹쳐서** 빠짐없이 덮습니다. 논문의 코드는 겹치지 않으려고 6으로 나누어떨어지는 60을
# 골랐습니다. 칸이 넓을수록 멀리 봅니다. 다만 PSPNet의 몸통(layer4) 자체도 이론으로는 427픽셀을 봅니다. 논문 3.1절은 신경망이 실제로 쓰는 범위가 그보다 훨씬 좁다고 말합니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, the four grids on a picture; below, nothing but each bin's mean colour, enlarged again. Of 1×1 one colour is left
# for the whole picture; 2×2 tells above from below; 3×3 and 6×6 bring back, step by step, where sky and the two bands lie.
#
# **100 values, and nothing is left over.** Six bins on 28 rows **overlap by a row**, 0–5, 4–10, and cover everything. The authors'
# code avoids it: 60 is divided by 6. The wider a bin, the farther it sees. But by theory PSPNet's trunk (layer4) sees 427 pixels
# all by itself; section 3.1 of the paper says that what a network really uses is far less.

# %% tags=["interactive", "nbval-skip"]
def show_bins(bins=6, side=28):  # ko: 맵의 한 변을 6의 배수로 바꾸어 보세요 | en: try a side that 6 divides
    count = torch.zeros(side, side)
    for y0, x0, y1, x1 in pyramid_bins(side, bins):
        count[y0:y1, x0:x1] += 1
    fig, ax = plt.subplots(figsize=(5.4, 4.4))
    ax.imshow(layers.resize(image[None], count[None, None])[0].permute(1, 2, 0))
    ax.imshow(np.ma.masked_less(count, 2), cmap="autumn_r", vmin=1, vmax=4, alpha=0.6)
    for y0, x0, y1, x1 in pyramid_bins(side, bins):
        ax.add_patch(plt.Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, fill=False, color="white"))
    ax.set_title(L(f"겹치는 값 {(count > 1).float().mean():.0%}", f"{(count > 1).float().mean():.0%} of the map is shared"))
    plt.show()


_ = ipywidgets.interact(show_bins, bins=(1, 8), side=(8, 60))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 2,048채널이 왜 4,096채널이 될까?
#
# 칸마다 평균한 뒤에는 1×1 합성곱이 채널을 줄이고, 쌍선형 보간(bilinear interpolation)이 원래 크기로 키우고, 마지막으로 원래의 특성 맵 옆에 이어 붙입니다(concatenation).
# 단계가 N개이면 채널을 N분의 1로 줄입니다.
#
# **먼저 맞혀 보세요.** 단계가 하나뿐이면 이어 붙인 결과는 몇 채널일까요? 셋이라면? 가장 많은 매개변수는 피라미드와 그다음 3×3 합성곱 가운데 어디에 있을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why do 2,048 channels become 4,096?
#
# After the means come a 1×1 convolution that takes channels away, bilinear interpolation back to the old size, and concatenation: all
# is laid beside the map it came from. Of N levels, each gets one N-th of the channels.
#
# **Guess first.** With one level alone, how many channels are there after concatenation? With three? And where do most of the
# parameters sit, in the pyramid or in the 3×3 convolution behind it?

# %% claim=["S17"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
x = torch.empty(1, 2048, 60, 60, device="meta")
pyramid = paper.pyramid.eval()
for pool, *rest in pyramid.bins:
    pooled = pool(x)
    narrow = nn.Sequential(*rest)(pooled)  # ko: 1×1 합성곱, 배치 정규화, ReLU | en: 1x1 convolution, batch norm, ReLU
    print(*(str([*one.shape[1:]]) for one in (x, pooled, narrow, layers.resize(narrow, x))), sep=" → ")
print(L("이어 붙인 것", "side by side"), [*pyramid(x).shape[1:]])


def joined_channels(channels, levels):
    return channels + levels * (channels // levels)


for levels in ((1,), (1, 6), (1, 2, 6), BINS):
    with torch.device("meta"):
        found = PSPNet(21, bins=levels).pyramid.eval()(x).shape[1]
    print(len(levels), f"{found:,}")
    assert found == joined_channels(2048, len(levels))

# %% claim=["S17"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def conv_and_norm(before, after, kernel):
    return kernel**2 * before * after + 2 * after  # ko: 편향 없음, γ와 β | en: no bias; gamma and beta


by_hand = {
    L("피라미드", "pyramid"): 4 * conv_and_norm(2048, 512, 1),
    L("3×3 합성곱과 1×1", "3×3 convolution, 1×1"): conv_and_norm(4096, 512, 3) + (512 + 1) * 21,
    L("보조 분류기", "auxiliary classifier"): conv_and_norm(1024, 256, 3) + (256 + 1) * 21,
}
parts = (paper.pyramid, paper.classifier, paper.aux)
for (name, number), part in zip(by_hand.items(), parts, strict=True):
    print(f"{name} · {number:,}")
    assert number == sum(p.numel() for p in part.parameters())
head, fuse, aux = by_hand.values()
print(L("피라미드와 분류기", "pyramid and classifier"), f"· {head + fuse:,}")
assert head + fuse == 23_084_565 and aux == 2_365_205 and fuse > 4 * head

# %% slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(12.8, 5.6))
plots.architecture(ax, paper, size=473, detail="stages")
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 모델에서 바로 그린 PSPNet. 막대 하나가 특성 맵이고 위에 채널 수와 크기가 있습니다. 473에서 60까지 내려간 맵에서 네 갈래가 1, 2, 3, 6칸으로 내려갔다가 512채널로 되돌아와
# 4,096채널로 합쳐집니다.
#
# **몇 단계이든 두 배쯤입니다.** C + N × (C/N) = 2C이므로 하나든 넷이든 4,096채널입니다. 셋이면 2,048이 나누어떨어지지 않아 4,094채널이 됩니다. 원문의 ‘채널을 1/N로 줄인다’는 말은
# 맞습니다. 매개변수는 피라미드에 420만 개뿐이고, 이어 붙인 것을 섞는 3×3 합성곱에 1,890만 개가 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** PSPNet drawn from the model; a slab is a map, with its channels and size. From the map of 60×60, behind the
# trunk that began at 473, four ways lead down to 1, 2, 3 and 6 bins, come back with 512 channels each and join to 4,096.
#
# **About twice, whatever N.** C + N × (C/N) = 2C: 4,096 for one level or four. Three do not divide 2,048, and 4,094 come out. “To one N-th
# of the channels”, as the notes say, is right. The pyramid has 4.2 million parameters; 18.9 million are in
# the 3×3 convolution that blends what was laid side by side.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 똑같이 생긴 둘을 무엇으로 가릴까?
#
# 사진 속의 배와 자동차는 모양도 색도 같습니다. 물 위에 있으면 배, 길 위에 있으면 자동차입니다. 자리를 옮겨 가며 **7픽셀만** 보는 작은 신경망에 피라미드를 얹어 봅시다. 대조군은 풀링만
# 뺀 신경망입니다. 1×1 합성곱은 그대로 두므로 매개변수 수까지 같습니다.
#
# **먼저 맞혀 보세요.** 대조군은 배와 자동차의 픽셀을 몇 %나 맞힐까요? 배경과 물체를 가르는 일에서도 뒤질까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What tells two things apart that look alike?
#
# The boats and cars in these pictures have the same shape and colours: on water it is a boat, on a road a car. Let us put a pyramid on a
# small network that sees **7 pixels** around each place. The control is the same network without the pooling. It keeps the 1×1
# convolutions, so that even the number of parameters is the same.
#
# **Guess first.** What share of the pixels of boats and cars will the control name rightly? Will it also be worse at telling objects
# from background?

# %% slideshow={"slide_type": "fragment"}
train, (images, truth) = samples.street("train", 800 if full else 160, 72), samples.street("val", 96, 72)
street = datasets.load("scenes", split="val", n=1, only="context")  # ko: 색과 이름 | en: for colours and names
street.palette[0] = 235  # ko: 남색 배가 보이도록 밝은 바탕 | en: a light ground, to show the navy boats
alike, mixed = grounds(truth)  # ko: 두 물체의 이름이 같은 사진, 다른 사진 | en: two of one name, two of two names
rare = torch.tensor([1.0, 3.0, 3.0])  # ko: 배와 자동차는 픽셀의 5% | en: boats and cars are 5% of the pixels
how = {"epochs": 6, "lr": 0.01, "optimizer": "adamw", "progress": False, "class_weights": rare}


def trial(bins=(1, 2, 3, 6), pooled=True):
    """A trained network a seed, and what each finds in the pictures it has not seen."""
    models = train_seeds(partial(SmallPSPNet, 3, bins, pooled=pooled), train, seeds=SEEDS, **how)
    return models, [predict(model, images) for model in models]


nets, found = trial()
controls, found_locally = trial(pooled=False)

# %% claim=["S18"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
for name, model in ((L("피라미드", "pyramid"), nets[0]), (L("대조군", "control"), controls[0])):
    field = receptive_field(model, "classifier", size=72)
    parameters = sum(p.numel() for p in model.parameters())
    print(name, f"· {parameters:,}", L("개 · 보는 범위", "weights · sees"), min(field.height, 72))
print(L("사진: 두 물체의 이름이 같은 것", "pictures: two of one name"), len(alike),
      L("· 다른 것", "· of two names"), len(mixed))

# %% claim=["S18"] tags=["cover"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 2, figsize=(11, 4.4))
titles = L(["대조군: 7픽셀만", "피라미드"], ["control: 7 pixels", "pyramid"])
names = street.class_names_ko if session.language == "ko" else street.class_names
tables = []
for ax, title, answers in zip(axes, titles, (found_locally, found), strict=True):
    each = [ConfusionMatrix(3).update(one, truth).matrix.double() for one in answers]
    tables.append(np.stack([(one / one.sum(1, keepdim=True)).numpy() for one in each]))
    heatmap(ax, tables[-1].mean(axis=0), names, names, limits=(0, 1))
    ax.set(title=title, xlabel=L("신경망의 답", "what the network says"), ylabel=L("정답", "truth"))
plt.show()

mended = (found_locally[0] != truth).sum((1, 2)) - (found[0] != truth).sum((1, 2))
views = dict(zip(titles, (found_locally[0], found[0]), strict=True))
plots.predictions(street, images, truth, views, rows=[int(mixed[mended[mixed].argmax()])])
plt.show()

named = np.array([[place_and_name(one, truth) for one in answers] for answers in (found_locally, found)])
confused, told = (table[:, 1, 2] + table[:, 2, 1] for table in tables)
print(L("배와 자동차를 바꾸어 부름", "boat and car exchanged"), confused.round(2), told.round(2))
print(L("이름이 맞은 몫", "rightly named"), named[..., 1].round(2).tolist())
assert told.max() < confused.min() - 0.3 and named[1, :, 1].min() > 0.85 > 0.75 > named[0, :, 1].max()
assert abs(named[0, :, 0].mean() - named[1, :, 0].mean()) < 0.1  # ko: 자리는 둘 다 비슷하게 | en: the place, about alike

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 두 신경망의 혼동 행렬로, 행마다 정답의 몫이며 시드의 평균입니다. 대조군은 배의 행과 자동차의 행이 거의 같고, 피라미드는 대각선이 밝으며 배와 자동차를 바꾸어 부른 두 칸이 거의 비어 있습니다. 아래는 사진 한 장과
# 정답, 두 신경망의 마스크, 틀린 픽셀입니다.
#
# **절반 남짓 맞힙니다.** 배를 보든 자동차를 보든 거의 같은 비율로 답하니, 동전을 던지는 것과 별로 다르지 않습니다. 피라미드를 얹으면 이름이 거의 다 맞습니다. 매개변수 수는 같고 배경과 물체를 가르는 성적도 비슷하니, 달라진 것은 **둘레를 아느냐**뿐입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, the confusion matrices of both networks, as shares of the truth in each row, means over seeds. The control's
# rows of boat and car are nearly the same; with the pyramid the diagonal is bright and the two exchanges are all but empty. Below, one picture, the
# truth, both networks' masks and their wrong pixels.
#
# **Little more than half.** Shown a boat or a car, the control gives the same answers in the same shares: hardly better than a coin. With the pyramid almost every name is right. The number of parameters is the same and
# both tell objects from background about alike: what changed is **knowledge of the surroundings**, and nothing else.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 둘레만 바꿔치기하면 배가 자동차가 될까?
#
# 성적이 올랐다고 해서 정말 둘레를 보고 답했다는 증거는 아닙니다. 확실히 하려면 **둘레만** 바꾸어 보아야 합니다. 배가 두 척 있는 사진과 자동차가 두 대 있는 사진을 짝지어, 가까이에서 본 특성 맵은
# 그대로 두고 피라미드가 낸 평균만 서로 바꿉니다.
#
# **먼저 맞혀 보세요.** 이름이 바뀌는 픽셀은 몇 %일까요? 같은 종류의 사진끼리 바꾸면요? 네 단계 가운데 하나만 바꾼다면 어느 것이 가장 셀까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## If only the surroundings are exchanged, does a boat become a car?
#
# A better score is no proof that the network answered by the surroundings. To be sure, change **nothing but** them. Pair pictures of
# two boats with pictures of two cars, leave the map of what lies near as it is, and exchange the means that the pyramid took.
#
# **Guess first.** What share of the pixels will change their name? And if two pictures of one kind exchange their means? If only one of the
# four levels is exchanged, which one has most to say?

# %% claim=["S18"] slideshow={"slide_type": "fragment"}
only = {name: [i for i in alike.tolist() if name in truth[i]] for name in (1, 2)}
pairs = min(map(len, only.values()))
chosen = torch.tensor(only[1][:pairs] + only[2][:pairs])  # ko: 배 사진, 자동차 사진 | en: boats, then cars
across = torch.arange(2 * pairs).roll(pairs)  # ko: 배와 자동차끼리 | en: a boat's with a car's
within = torch.cat([torch.arange(pairs).roll(1), torch.arange(pairs).roll(1) + pairs])
swaps = {L("다른 종류와 · 네 단계 모두", "the other kind · all four"): (across, None)}
for level, bins in enumerate(BINS):
    swaps[L(f"다른 종류와 · {bins}×{bins}만", f"the other kind · {bins}×{bins} alone")] = (across, [level])
swaps[L("같은 종류끼리 · 네 단계 모두", "its own kind · all four")] = (within, None)


def renamed(model, others, levels):
    """Of the pixels rightly called boat or car, the share that changes to the other name."""
    before = predict(model, images[chosen])
    after = predict_with_surroundings_of(model, images[chosen], others, levels)
    objects = (truth[chosen] > 0) & (before == truth[chosen]) & (after > 0)
    return (after != before)[objects].float().mean().item()


flips = np.array([[renamed(model, *swap) for model in nets] for swap in swaps.values()])

# %% claim=["S18"] slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(10, 3.6))
bars(ax, list(swaps), 100 * flips, [course.PALETTE[i] for i in (0, 5, 5, 5, 5, 3)], numbers=".0f")
ax.set(xlabel=L("이름이 바뀐 픽셀 (%)", "pixels that change their name (%)"), xlim=(0, 112))
plt.show()

swapped = predict_with_surroundings_of(nets[0], images[chosen], across)
own = predict(nets[0], images[chosen])
views = {L("제 둘레", "its own surroundings"): own, L("자동차 사진의 둘레", "a car picture's"): swapped}
plots.predictions(street, images[chosen], truth[chosen], views, rows=[1])
plt.show()

every, *single, same_kind = flips
assert every.min() > 0.8 and same_kind.max() < 0.2 and single[0].max() < 0.2  # ko: 1×1은 혼자서는 말이 없음 | en: 1x1 alone

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 무엇을 바꾸었는지에 따라 이름이 바뀐 픽셀의 몫(점은 시드). 다른 종류의 사진과 네 단계를 모두 바꾼 막대가 가장 길고, 같은 종류끼리 바꾼 막대는 0에 가깝습니다. 아래는 배가 있는 사진과, 제
# 둘레로 답한 것, 자동차 사진의 둘레로 답한 것입니다.
#
# **거의 다 바뀝니다.** 물체의 픽셀은 하나도 건드리지 않았는데 배가 자동차가 됩니다. 같은 종류의 사진끼리 바꾸면 거의 그대로이므로, 바꾸는 일 자체가 아니라 **물이냐 길이냐**가 이름을 정합니다. 한
# 단계만 바꿀 때 혼자서 이름을 바꾸기도 하는 것은 주로 3×3이고, 어느 하나로는 꿈쩍하지 않는 시드도 있습니다. 가장 넓은 1×1은 혼자서 거의 아무것도 바꾸지 못합니다. 왜 그럴까요?

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, the share of pixels that change their name, by what is exchanged; dots are seeds. All four levels with a picture of
# the other kind give the longest bar; pictures of one kind among themselves stay near 0. Below, a picture of boats, named with its own surroundings and
# with those of a picture of cars.
#
# **Almost all.** Not a pixel of the object was touched, and the boat becomes a car. Among pictures of one kind hardly anything
# changes: not the exchange, but **water or road** decides the name. Of single levels it is mostly 3×3 that can change a name on its own, and
# for some seeds none can. The widest, 1×1, changes next to nothing. Why is that?

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 가장 넓은 칸이 가장 쓸모 있을까?
#
# 1×1 칸은 사진 전체를 봅니다. 이보다 넓을 수는 없습니다. 그런데 우리 사진에는 위 띠는 물, 아래 띠는 길인 것도 있습니다. 단계를 하나만 남기거나 하나만 빼고 처음부터 다시 배운 다음, **땅이 한 가지인
# 사진**과 **두 가지인 사진**에서 따로 재 보겠습니다.
#
# **먼저 맞혀 보세요.** 하나만 남긴다면 1×1, 2×2, 3×3, 6×6 가운데 무엇을 남겨야 할까요? 하나만 뺀다면 무엇을 뺄 때 가장 아플까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is the widest bin the most useful one?
#
# The 1×1 bin sees the whole picture; nothing is wider. But some of our pictures have water in the upper band and a road in the
# lower one. Keep one level alone, or take one away, train from the start, and measure separately in pictures of **one ground** and of
# **two**.
#
# **Guess first.** If only one may stay, should it be 1×1, 2×2, 3×3 or 6×6? If only one is taken away, which one will hurt most?

# %% slideshow={"slide_type": "fragment"}
pyramids = {L("네 단계 모두", "all four"): BINS}
for bins in BINS:
    pyramids[L(f"{bins}×{bins}만", f"{bins}×{bins} alone")] = (bins,)
for bins in BINS:
    rest = tuple(one for one in BINS if one != bins)
    pyramids[L(f"{bins}×{bins} 빼고", f"without {bins}×{bins}")] = rest


def by_ground(answers):
    """Share of rightly named pixels of objects: [pictures of one ground, of two, seeds]."""
    return [[place_and_name(one[part], truth[part])[1] for one in answers] for part in (alike, mixed)]


answers = {name: found if bins == BINS else trial(bins)[1] for name, bins in pyramids.items()}
answers[L("대조군", "control")] = found_locally
scores = np.array([by_ground(one) for one in answers.values()])  # [networks, grounds, seeds]

# %% claim=["S16"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 2, figsize=(11.5, 4.8), sharey=True)
colours = [course.PALETTE[i] for i in (0, *[1] * 4, *[5] * 4, 3)]
grounds_named = L(["땅이 한 가지인 사진", "땅이 두 가지인 사진"], ["pictures of one ground", "pictures of two grounds"])
for ax, values, title in zip(axes, scores.transpose(1, 0, 2), grounds_named, strict=True):
    bars(ax, list(answers), values, colours)
    ax.axvline(0.5, color="black", linewidth=1, linestyle=":")
    ax.set(title=title, xlim=(0, 1.18), xlabel=L("이름이 맞은 몫 (점선: 동전 던지기)", "rightly named (dotted: a coin)"))
plt.show()

one_ground, two_grounds = scores.mean(axis=2).T
alone, without = slice(1, 5), slice(5, 9)
assert one_ground[1] > 0.95 and one_ground[1] > one_ground[-1] + 0.2  # ko: 1×1이면 충분 | en: 1x1 is enough
assert two_grounds[1] < min(two_grounds[3:5]) - 0.1  # ko: 여기서는 모자람 | en: not here
assert (one_ground[without] > 0.95).all() and (two_grounds[without] > two_grounds[1] + 0.05).all()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 남긴 단계에 따른 성적(점은 시드). 왼쪽, 땅이 한 가지인 사진에서는 1×1만 남겨도 막대가 1에 닿고 대조군만 짧습니다. 오른쪽, 땅이 두 가지인 사진에서는 1×1과 2×2만 남긴 막대가
# 눈에 띄게 짧고 3×3이나 6×6만 남긴 것은 깁니다. 하나씩 뺀 막대는 그 사이에 있고, 그 가운데 3×3을 뺀 것이 가장 짧습니다.
#
# **사진에 따라 다릅니다.** 땅이 한 가지이면 가장 넓은 칸 하나로 충분합니다. 두 가지이면 1×1 칸은 ‘물도 있고 길도 있다’고만 알 뿐 **어디가** 물인지 모릅니다. 2×2도 위쪽 칸에 하늘과 띠가
# 섞여 별로 낫지 않고, 하나만 남긴다면 3×3입니다. 이 사진에서는 네 단계를 다 둔 것과 맞먹습니다. 하나를 뺄 때는 3×3이 가장 아프고, 1×1을 빼도 다른 것을 뺄 때보다 더 아프지는 않습니다.
#
# > ### 원문 바로잡기
# >
# > **원문** 1×1 칸이 가장 넓은 정보를 담는다.
# >
# > **무엇이 느슨한가** 가장 **넓게** 보는 것은 맞지만 가장 **많이** 아는 것은 아닙니다. 넓게 평균할수록 자리를 잃습니다. 그래서 피라미드에는 여러 크기가 있습니다.
# >
# > **오늘 돌아가는 셀** 바로 위의 두 셀입니다.
#
# 논문의 숫자는 어떨까요? ADE20K는 방이나 거리처럼 장면 하나를 찍은 사진 모음입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Scores by the levels that stay; dots are seeds. Left, where there is one ground, 1×1 alone reaches 1 and only the control is
# short. Right, where there are two, 1×1 and 2×2 alone are clearly shorter, 3×3 or 6×6 alone are long. Bars with one level
# taken away lie in between, shortest without 3×3.
#
# **It depends on the picture.** Where there is one ground, the widest bin alone is enough. Where there are two, the 1×1 bin knows that there is
# water as well as road, but not **where**; 2×2 blends sky and bands in its upper bins and is hardly better. If one may stay, it is 3×3: in these
# pictures it does as well as all four. Taking 3×3 away hurts most, taking 1×1 away no more than another.
#
# > ### Setting the notes right
# >
# > **The notes** say that the 1×1 bin holds the widest information.
# >
# > **What is loose** It sees **widest**; it does not know **most**. The wider the mean, the more of the place is lost, and that
# > is why a pyramid has several sizes.
# >
# > **The cells that work today** are the two above.
#
# And the paper's numbers? ADE20K is a collection of pictures that mostly show one scene, a room or a street.

# %% tags=["nbval-check-output"] slideshow={"slide_type": "slide"}
# ko: ADE20K의 mIoU (%), ResNet-50, 논문 5.2절 | en: mIoU (%) on ADE20K, ResNet-50, section 5.2 of the paper
baseline = 37.23
table = pd.DataFrame({"mIoU": {
    L("피라미드 없이", "no pyramid"): baseline,
    L("1×1, 최댓값", "1×1, maximum"): 39.94, L("1×1, 평균", "1×1, mean"): 40.07,
    L("네 단계, 최댓값", "four levels, maximum"): 40.18, L("네 단계, 평균", "four levels, mean"): 41.07,
    L("네 단계, 평균, 채널 줄임", "four levels, mean, fewer channels"): 41.68,
}})
table[L("더한 점수", "gain")] = (table.mIoU - baseline).round(2)
print(table.to_string())
print(L("1×1 평균이 네 단계에서 차지하는 몫", "what 1×1 brings of the four levels"), f"{(40.07 - baseline) / (41.07 - baseline):.0%}")

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 보조 손실은 무엇을 도울까?
#
# 논문은 몸통 중간(layer3)에 분류기를 하나 더 달고, 그 손실에 0.4를 곱해 더합니다. 이것이 보조 손실(auxiliary loss)입니다. 시험할 때는 떼어 냅니다. 작지만 **깊은** 신경망에서 견주어 봅시다. 지름길(shortcut) 없이
# 3×3 합성곱을 12개 쌓았습니다. 대조군은 같은 분류기를 달고 무게만 0으로 둡니다.
#
# **먼저 맞혀 보세요.** 보조 손실의 도움은 학습 초반에 클까요, 끝에 클까요? 얕은 신경망에서도 도움이 될까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does an auxiliary loss help?
#
# The paper hangs a second classifier on the middle of the trunk (layer3) and adds its loss times 0.4: the auxiliary loss. For testing it
# is taken off. Compare it on a small but **deep** network: 12 convolutions of 3×3 without shortcuts. The control has the same
# classifier, with weight 0.
#
# **Guess first.** When does the auxiliary loss help more, early in training or at its end? Does it help a shallow network too?

# %% slideshow={"slide_type": "fragment"}
real = full and datasets.available("camvid")
if real:
    sets = [datasets.load("camvid", split, size=(96, 128)) for split in ("train", "val")]
else:
    sets = [datasets.load("scenes", split, n=n, size=32) for split, n in (("train", 240), ("val", 64))]
learn, judge = map(datasets.as_tensors, sets)
trunk = "resnet50" if datasets.available("resnet50") else "mobilenet_v2"
learnt = trunk == "resnet50" or datasets.available("mobilenet_v2")  # ko: ImageNet 가중치 | en: ImageNet's weights


def deep():
    """The small network, 12 convolutions deep; for real pictures PSPNet itself."""
    if not real:
        return SmallPSPNet(11, depth=12, aux=True)
    return PSPNet(11, trunk).from_torchvision(trunk) if learnt else PSPNet(11, trunk)

# %% slideshow={"slide_type": "fragment"}
curves = {}
for weight in (0.0, 0.4):
    runs = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        budget = {"optimizer": "adamw", "epochs": 20 if real else 6, "lr": 0.002 if real else 0.005}
        history = fit(deep(), learn, judge, aux_weight=weight, seed=seed, progress=False, **budget)
        runs.append(history.mean_iou)
    curves[weight] = np.array(runs)

# %% slideshow={"slide_type": "slide"}
epochs = np.arange(1, curves[0.0].shape[1] + 1)
fig, ax = plt.subplots(figsize=(9, 4))
for weight, color, offset in ((0.0, 3, (14, -12)), (0.4, 0, (-8, 22))):
    label = L(f"무게 {weight}", f"weight {weight}")
    band(ax, epochs, curves[weight], label, course.PALETTE[color], at=0, offset=offset)
ax.set(xlabel=L("에폭", "epoch"), ylabel=L("처음 보는 사진의 mIoU", "mIoU on new pictures"), xlim=(0.8, epochs[-1] + 0.6))
plt.show()

gain = curves[0.4] - curves[0.0]
print(L("첫 에폭의 차이", "gain after the first epoch"), gain[:, 0].round(3))
print(L("마지막 두 에폭의 차이", "gain in the last two epochs"), gain[:, -2:].mean(axis=1).round(3))
assert real or abs(gain[:, -2:].mean()) < 0.03  # ko: 시드의 흔들림보다 작음 | en: less than seeds scatter

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 에폭에 따른 mIoU 두 줄(띠는 시드 사이의 범위). 보조 손실이 있는 줄이 조금 위에서 출발하지만, 둘째 에폭부터는 무게가 0인 줄과 서로 얽힙니다.
#
# **첫 에폭에 조금, 끝에는 보이지 않습니다.** 마지막 차이는 시드의 흔들림보다 작습니다. 시드 여섯 개로 깊이를 바꾸어 따로 재어 보니, 첫 에폭의 차이는 4층에서 0.004, 12층에서 0.021, 16층에서
# 0.020이었고 마지막에는 0.002, −0.001, 0.013이었습니다. 얕으면 처음부터 도울 것이 없습니다. 깊으면 출발을 도와주지만, 끝까지 도와준다고는 이 크기의 실험으로 **말할 수 없습니다**.
# 논문은 ResNet-50과 사진 2만 장으로 mIoU 35.82를 37.23으로 올렸습니다. 전체 프로필에서는 같은 셀이 CamVid와 진짜 PSPNet으로 다시 잽니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Two lines of mIoU against the epoch; bands are ranges over seeds. With the auxiliary loss the line starts a little
# higher; from the second epoch on it is entangled with that of weight 0.
#
# **A little in the first epoch; at the end it does not show.** The last difference is smaller than what seeds scatter. Measured apart
# with six seeds, the first epoch gains 0.004 with 4 layers, 0.021 with 12 and 0.020 with 16, the last one 0.002, −0.001 and 0.013. A shallow
# network has nothing to gain. A deep one starts better, but that it ends better an experiment of this size **cannot say**. The
# paper went from 35.82 to 37.23 mIoU, with ResNet-50 and 20 thousand pictures. In the full profile the same cells measure again, on
# CamVid with PSPNet itself.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 배치가 사진 한 장이면 무엇이 망가질까?
#
# 1×1 칸은 사진 한 장에서 채널마다 값 하나만 남깁니다. 배치 정규화는 배치 안의 평균을 빼고 표준편차로 나눕니다. 아래 셀은 **일부러 틀린 셀**로, 사진 한 장을 넣습니다.
#
# **먼저 맞혀 보세요.** 한 장이면 어떻게 될까요? 두 장을 넣어 값이 1과 2일 때와 1과 1000일 때, 정규화한 값은 각각 얼마일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks with one picture a batch?
#
# Of one picture the 1×1 bin leaves one value a channel. Batch norm subtracts the batch's mean and divides by its standard
# deviation. The next cell is **wrong on purpose**: it is given a single picture.
#
# **Guess first.** What happens with one? And with two, if the values are 1 and 2, or 1 and 1000: what are they after normalization?

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
one_picture = torch.rand(1, 16, 18, 18)
widest = F.adaptive_avg_pool2d(one_picture, 1)  # [1, 16, 1, 1]
nn.BatchNorm2d(16).train()(widest)

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
print(L("두 장일 때", "with two pictures"))
for values in ([1.0, 2.0], [1.0, 1000.0], [-7.0, 50.0]):
    normed = nn.BatchNorm2d(1).train()(torch.tensor(values).view(2, 1, 1, 1))
    print(values, "→", [round(value, 2) for value in normed.flatten().tolist()])
    assert torch.allclose(normed.flatten(), torch.tensor([-1.0, 1.0]), atol=1e-3)

layers.BatchNorm2d.told = False  # ko: 한 번만 말하므로 처음으로 되돌림 | en: it tells once; begin anew
norm = layers.BatchNorm2d(16).train()
norm.running_mean += 0.5
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    ours = norm(widest)
torch.testing.assert_close(ours, norm.eval()(widest))
assert len(told) == 1 and norm.running_mean.unique().item() == 0.5
print(L("한 장일 때, 이 강의의 층", "with one picture, the course's layer"), [*ours.shape])
print(str(told[0].message).split(": ")[0])

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **한 장이면 멈추고, 두 장이면 늘 −1과 1입니다.** 값이 얼마나 다른지는 사라지고 **어느 쪽이 큰지**만 남습니다. 오류가 없으니 더 위험합니다. 배치가 두 장이면 1×1 칸은 학습하는
# 동안 채널마다 1비트만 전합니다.
#
# **증상** `Expected more than 1 value per channel when training`. 흔히 에폭의 마지막에 한 장이 남을 때 나옵니다. **검사** 훈련 모드에서 1×1 칸의 결과가 ±1뿐인지 찍어 보세요. **처방** 남는 배치를
# 버리고(`drop_last=True`, `fit`은 늘 버립니다) 배치를 키웁니다. 그럴 수 없으면 이 강의의 `layers.BatchNorm2d`처럼 그동안 모은 통계(running statistics)로 정규화합니다. SMP처럼 이 칸에서만 배치 정규화를
# 빼는 꾸러미도 있지만, 그러면 논문의 신경망이 아닙니다. 논문은 GPU 여럿의 통계를 모으는 동기화 배치 정규화와 배치 16을 썼습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **With one it stops; with two it is always −1 and 1.** How far apart the values are is lost; only **which is larger** is left. There is
# no error, and that is worse: with two pictures a batch, the 1×1 bin says one bit a channel for as long as it trains.
#
# **Symptom**: `Expected more than 1 value per channel when training`, often when one picture is left at the end of an epoch. **Test**: print what the
# 1×1 bin gives in training mode; is it nothing but ±1? **Cure**: leave the rest out (`drop_last=True`; `fit` always does) and take larger batches. Where
# that cannot be, normalize by the running statistics, as the course's `layers.BatchNorm2d` does. Some packages, such as SMP, leave batch norm
# out of this bin; that is no longer the paper's network. The paper gathered statistics over several GPUs, with batches of 16.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 길이 `n`인 줄을 `m`칸으로 나눌 때 적응형 평균 풀링(adaptive average pooling)의 칸들을 `(시작, 끝)`의 리스트로 돌려주는 함수를 쓰세요. 끝은 포함하지 않습니다.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** Write a function that returns the bins of adaptive average pooling, which parts a row of length `n` into `m`, as a list of
# `(start, stop)`. The stop is not included.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("6_3_4_pspnet")


def windows(n, m):
    return ...


q1.check(windows)

# %% tags=["question"] exercise="q1"
hint = L("i번째 칸은 i·n/m에서 (i+1)·n/m까지입니다. 시작은 내리고 끝은 올립니다.",
         "Bin i goes from i·n/m to (i+1)·n/m. Round the start down and the stop up.")
right = L("맞았습니다. 시작은 내리고 끝은 올리므로 빠지는 값이 없고, 대신 겹칠 수 있습니다.",
          "Right. Starts go down and stops go up: nothing is left out, but bins may overlap.")


def check(windows):
    from helpers.segmentation.windows import adaptive_windows

    truth = adaptive_windows(28, 6)
    found = [tuple(int(edge) for edge in one) for one in windows(28, 6)]
    if found == truth and [tuple(one) for one in windows(60, 3)] == adaptive_windows(60, 3):
        return None
    if len(found) != 6:
        return L(f"칸이 6개여야 하는데 {len(found)}개입니다.", f"There should be 6 bins; yours are {len(found)}.")
    if found[-1][1] < 28:
        return L(f"28줄 가운데 {28 - found[-1][1]}줄이 남습니다. 끝을 올려 보세요.",
                 f"{28 - found[-1][1]} of 28 rows are left over. Round the stop up.")
    if all(a[1] == b[0] for a, b in zip(found, found[1:], strict=False)):
        return L("빠짐은 없지만 겹치지 않습니다. 적응형 풀링의 칸은 28을 6으로 나눌 때 겹칩니다.",
                 "Nothing is left out, but yours do not overlap; those of adaptive pooling do for 28 and 6.")
    return L(f"28을 6으로 나누면 {truth[1]}이 둘째 칸인데 {found[1]}이(가) 나왔습니다.",
             f"For 28 and 6 the second bin is {truth[1]}; yours is {found[1]}.")


# %% tags=["solution"] exercise="q1"
def windows(n, m):
    return [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]

# %% tags=["wrong"] exercise="q1" says=["남습니다", "left over"]
def windows(n, m):
    return [(i * (n // m), (i + 1) * (n // m)) for i in range(m)]

# %% tags=["wrong"] exercise="q1" says=["겹치지 않습니다", "do not overlap"]
def windows(n, m):
    return [(i * n // m, (i + 1) * n // m) for i in range(m)]

# %% tags=["wrong"] exercise="q1" says=["6개여야", "should be 6"]
def windows(n, m):
    return [(i, i + m) for i in range(0, n, m)]

# %% [markdown] lang="ko"
# **q2.** 채널이 `channels`개인 맵에 `levels`단계 피라미드를 얹고 이어 붙이면 몇 채널일까요? 나누어떨어지지 않는 경우도 맞아야 합니다.

# %% [markdown] lang="en"
# **q2.** A pyramid of so many `levels` is laid on a map of so many `channels` and joined to it. How many channels come out? It must hold where
# levels do not divide channels, too.

# %% tags=["exercise"] exercise="q2"
def output_channels(channels, levels):
    return ...


q2.check(output_channels)

# %% tags=["question"] exercise="q2"
hint = L("단계마다 channels // levels채널이고, 원래의 맵도 그대로 남습니다.", "Each level gives channels // levels, and the map itself stays.")
right = L("맞았습니다. 나누어떨어지면 꼭 두 배입니다.", "Right. Where it divides, it is exactly twice.")


def check(output_channels):
    tried = {pair: output_channels(*pair) for pair in ((2048, 4), (2048, 3), (512, 1))}
    if tried == {(2048, 4): 4096, (2048, 3): 4094, (512, 1): 1024}:
        return None
    if tried[2048, 4] == 2048:
        return L("원래의 맵을 빠뜨렸습니다. 평균들은 그 **옆에** 놓입니다.", "The map itself is missing: the means are laid **beside** it.")
    if tried[2048, 4] == 2560:
        return L("단계가 하나뿐입니다. N단계 모두 이어 붙입니다.", "That is one level; all N are joined.")
    if tried[2048, 4] == 2048 * 5:
        return L("채널을 줄이지 않았습니다. 1×1 합성곱이 1/N로 줄입니다.", "The channels were not reduced: a 1×1 convolution takes them to 1/N.")
    if tried[2048, 4] == 4096:
        return L(f"2048과 4는 맞지만, 2048을 셋으로 나누면 682이므로 4094인데 {tried[2048, 3]}이(가) 나왔습니다.",
                 f"Right for 2048 and 4; a third of 2048 is 682, which makes 4094, but yours is {tried[2048, 3]}.")
    return L(f"2048채널, 4단계이면 4096인데 {tried[2048, 4]}이(가) 나왔습니다.", f"2048 channels and 4 levels give 4096; yours is {tried[2048, 4]}.")


# %% tags=["solution"] exercise="q2"
def output_channels(channels, levels):
    return channels + levels * (channels // levels)

# %% tags=["wrong"] exercise="q2" says=["원래의 맵", "map itself"]
def output_channels(channels, levels):
    return levels * (channels // levels)

# %% tags=["wrong"] exercise="q2" says=["단계가 하나뿐", "one level"]
def output_channels(channels, levels):
    return channels + channels // levels

# %% tags=["wrong"] exercise="q2" says=["4094", "4094"]
def output_channels(channels, levels):
    return 2 * channels

# %% tags=["wrong"] exercise="q2" says=["줄이지", "not reduced"]
def output_channels(channels, levels):
    return channels * (levels + 1)

# %% [markdown] lang="ko"
# **q3.** 피라미드 전체의 매개변수 수를 돌려주는 함수를 쓰세요. 단계마다 편향(bias)이 없는 1×1 합성곱과 배치 정규화가 있고, `channels`는 `levels`로 나누어떨어집니다.

# %% [markdown] lang="en"
# **q3.** Write a function that returns the number of parameters of a whole pyramid. Each level has a 1×1 convolution without bias and a batch
# norm; `levels` divides `channels`.

# %% tags=["exercise"] exercise="q3"
def pyramid_parameters(channels, levels):
    return ...


q3.check(pyramid_parameters)

# %% tags=["question"] exercise="q3"
hint = L("배치 정규화는 채널마다 γ와 β, 둘을 배웁니다. 풀링과 보간은 아무것도 배우지 않습니다.",
         "A batch norm learns gamma and beta, two a channel. Pooling and interpolation learn nothing.")
right = L("맞았습니다. 단계를 늘려도 합성곱의 매개변수는 늘 channels²개입니다.", "Right. However many levels, the convolutions have channels² weights.")


def check(pyramid_parameters):
    c, n = 2048, 4
    value, truth = pyramid_parameters(c, n), c * c + 2 * c
    if value == truth and pyramid_parameters(512, 1) == 512 * 512 + 1024:
        return None
    for other, complaint in [
        (c * c, L("배치 정규화의 γ와 β가 빠졌습니다.", "Gamma and beta of the batch norms are missing.")),
        (c * c + c, L("편향이 아니라 배치 정규화입니다. 채널마다 둘입니다.", "Not a bias but a batch norm: two a channel.")),
        (c * c + 3 * c, L("편향은 없습니다. 배치 정규화의 β가 그 일을 합니다.", "There is no bias: the batch norm's beta does its work.")),
        (c * c // n + 2 * c // n, L("한 단계만 세었습니다.", "You counted one level.")),
        (9 * c * c + 2 * c, L("3×3이 아니라 1×1 합성곱입니다.", "The convolution is 1×1, not 3×3.")),
    ]:
        if value == other:
            return complaint
    return L(f"2048채널, 4단계이면 {truth:,}개인데 {value:,}개가 나왔습니다.", f"2048 channels and 4 levels have {truth:,}; yours is {value:,}.")


# %% tags=["solution"] exercise="q3"
def pyramid_parameters(channels, levels):
    narrow = channels // levels
    return levels * (channels * narrow + 2 * narrow)

# %% tags=["wrong"] exercise="q3" says=["빠졌습니다", "missing"]
def pyramid_parameters(channels, levels):
    return levels * channels * (channels // levels)

# %% tags=["wrong"] exercise="q3" says=["채널마다 둘", "two a channel"]
def pyramid_parameters(channels, levels):
    return levels * (channels + 1) * (channels // levels)

# %% tags=["wrong"] exercise="q3" says=["한 단계만", "one level"]
def pyramid_parameters(channels, levels):
    return (channels + 2) * (channels // levels)

# %% [markdown] lang="ko"
# **q4.** 피라미드의 한 단계를 함수로 쓰세요. `x`는 [N, C, H, W], `weight`는 1×1 합성곱의 가중치 [C/단계 수, C, 1, 1], `bins`는 칸의 수입니다. 배치 정규화는 빼고, 평균 풀링, 합성곱, ReLU를 차례로 하고
# `align_corners=True`인 쌍선형 보간으로 H×W로 되돌립니다.

# %% [markdown] lang="en"
# **q4.** Write one level of the pyramid as a function: `x` is [N, C, H, W], `weight` that of the 1×1 convolution, [C/levels, C, 1, 1], and `bins` the
# number of bins a side. Leave batch norm out: mean pooling, convolution, ReLU, and bilinear interpolation back to H×W with `align_corners=True`.

# %% tags=["exercise"] exercise="q4"
def level(x, weight, bins):
    return ...


q4.check(level)

# %% tags=["question"] exercise="q4"
hint = L("F.adaptive_avg_pool2d, F.conv2d, F.relu, F.interpolate를 이 차례로 씁니다.",
         "F.adaptive_avg_pool2d, F.conv2d, F.relu, F.interpolate, in this order.")
right = L("맞았습니다. 먼저 평균하므로 합성곱은 많아야 36칸에서만 일합니다.", "Right. With the mean first, the convolution works on 36 bins at most.")


def check(level):
    import torch
    import torch.nn.functional as F

    luck = torch.Generator().manual_seed(0)
    x, weight = torch.randn(2, 8, 14, 10, generator=luck), torch.randn(4, 8, 1, 1, generator=luck)

    def made(pool=F.adaptive_avg_pool2d, act=F.relu, **how):
        how = how or {"mode": "bilinear", "align_corners": True}
        return F.interpolate(act(F.conv2d(pool(x, 3), weight)), size=(14, 10), **how)

    found = level(x, weight, 3)
    if found.shape != (2, 4, 14, 10):
        return L(f"[2, 4, 14, 10]이어야 하는데 {[*found.shape]}입니다.", f"It should be [2, 4, 14, 10] and is {[*found.shape]}.")
    late = F.interpolate(F.adaptive_avg_pool2d(F.relu(F.conv2d(x, weight)), 3), size=(14, 10), mode="bilinear", align_corners=True)
    for other, complaint in [
        (made(), None),
        (made(mode="bilinear"), L("align_corners=True가 빠졌습니다.", "align_corners=True is missing.")),
        (made(mode="nearest"), L("가장 가까운 값으로 키웠습니다. 쌍선형 보간을 쓰세요.", "That is nearest neighbour; interpolate bilinearly.")),
        (made(pool=F.adaptive_max_pool2d), L("최댓값이 아니라 평균입니다.", "It is the mean, not the maximum.")),
        (made(act=lambda one: one), L("ReLU가 빠졌습니다.", "The ReLU is missing.")),
        (late, L("ReLU 뒤에 평균하면 다른 값이 됩니다. 먼저 평균하세요.", "A mean behind the ReLU is another number: pool first.")),
    ]:
        if torch.allclose(found, other, atol=1e-5):
            return complaint
    return L("모양은 맞지만 값이 다릅니다.", "The shape is right, the numbers are not.")


# %% tags=["solution"] exercise="q4"
def level(x, weight, bins):
    narrow = F.relu(F.conv2d(F.adaptive_avg_pool2d(x, bins), weight))
    return F.interpolate(narrow, size=x.shape[2:], mode="bilinear", align_corners=True)

# %% tags=["wrong"] exercise="q4" says=["먼저 평균하세요", "pool first"]
def level(x, weight, bins):
    means = F.adaptive_avg_pool2d(F.relu(F.conv2d(x, weight)), bins)
    return F.interpolate(means, size=x.shape[2:], mode="bilinear", align_corners=True)

# %% tags=["wrong"] exercise="q4" says=["최댓값이", "not the maximum"]
def level(x, weight, bins):
    narrow = F.relu(F.conv2d(F.adaptive_max_pool2d(x, bins), weight))
    return F.interpolate(narrow, size=x.shape[2:], mode="bilinear", align_corners=True)

# %% tags=["wrong"] exercise="q4" says=["align_corners", "align_corners"]
def level(x, weight, bins):
    narrow = F.relu(F.conv2d(F.adaptive_avg_pool2d(x, bins), weight))
    return F.interpolate(narrow, size=x.shape[2:], mode="bilinear")

# %% tags=["wrong"] exercise="q4" says=["이어야 하는데", "It should be"]
def level(x, weight, bins):
    return F.relu(F.conv2d(F.adaptive_avg_pool2d(x, bins), weight))

# %% [markdown] lang="ko"
# **q5.** 사진 두 장에서 1×1 칸의 값이 3과 11이었습니다. 훈련 모드의 배치 정규화(γ = 1, β = 0)를 거치면 어떤 두 값이 될까요? 튜플로 적으세요.

# %% [markdown] lang="en"
# **q5.** In two pictures the 1×1 bin had the values 3 and 11. What do they become by batch norm in training mode (gamma 1, beta 0)? Give a tuple.

# %% tags=["exercise"] exercise="q5"
normalised = ...
q5.check(normalised)

# %% tags=["question"] exercise="q5"
hint = L("평균은 7입니다. 배치 정규화의 분산은 n으로 나눕니다.", "The mean is 7. Batch norm's variance divides by n.")
right = L("맞았습니다. 3과 11이 아니라 어떤 두 값이었어도 같습니다.", "Right. It would be the same for any two values.")


def check(normalised):
    low, high = (float(value) for value in normalised)
    for (a, b), complaint in [
        ((-1, 1), None),
        ((1, -1), L("순서가 바뀌었습니다. 3이 평균보다 작습니다.", "In the wrong order: 3 is below the mean.")),
        ((-4, 4), L("평균만 뺐습니다. 표준편차로도 나눕니다.", "You subtracted the mean only; divide by the standard deviation.")),
        ((-0.25, 0.25), L("분산으로 나누었습니다. 그 제곱근으로 나눕니다.", "You divided by the variance: take its square root.")),
        ((-0.707, 0.707), L("n − 1로 나눈 분산입니다. 배치 정규화는 n으로 나눕니다.", "That variance divides by n − 1; batch norm divides by n.")),
        ((0, 1), L("가장 작은 값과 큰 값으로 맞추었습니다. 평균과 표준편차를 쓰세요.", "That scales by minimum and maximum: use mean and deviation.")),
    ]:
        if abs(low - a) < 0.01 and abs(high - b) < 0.01:
            return complaint
    return L(f"{low:g}, {high:g}이(가) 아닙니다.", f"Not {low:g} and {high:g}.")


# %% tags=["solution"] exercise="q5"
normalised = (-1, 1)

# %% tags=["wrong"] exercise="q5" says=["평균만", "mean only"]
normalised = (-4, 4)

# %% tags=["wrong"] exercise="q5" says=["n − 1로", "n − 1"]
normalised = (-0.7071, 0.7071)

# %% tags=["wrong"] exercise="q5" says=["제곱근", "square root"]
normalised = (-0.25, 0.25)

# %% tags=["wrong"] exercise="q5" says=["가장 작은 값", "minimum"]
normalised = (0, 1)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 피라미드는 특성 맵을 1, 2, 3, 6칸으로 평균해 제자리에 이어 붙입니다. C + N × (C/N), 곧 두 배입니다.
# 2. 똑같이 생긴 둘은 둘레로 가립니다. 둘레만 바꾸면 이름도 바뀝니다.
# 3. 가장 넓은 칸이 가장 많이 아는 것은 아닙니다. 넓게 평균할수록 자리를 잃습니다.
# 4. 보조 손실은 학습할 때만 씁니다. 깊은 신경망의 출발을 돕지만, 작은 실험에서 마지막 차이는 시드의 흔들림에 묻힙니다.
# 5. 1×1 맵의 배치 정규화는 한 장이면 멈추고 두 장이면 ±1만 남깁니다.
#
# **더 읽을거리** H. Zhao, J. Shi, X. Qi, X. Wang, J. Jia, “Pyramid Scene Parsing Network” (CVPR 2017), 그림 3, 3.1–3.3절, 5.2절 · W. Liu, A. Rabinovich,
# A. Berg, “ParseNet: Looking Wider to See Better” (2015) · B. Zhou 외, “Object Detectors Emerge in Deep Scene CNNs” (ICLR 2015), 신경망이 실제로 보는 범위
#
# **다음** [6.3.5 DeepLab](6_3_5_deeplab.ipynb): 평균하지 않고 넓게 보는 구멍 뚫린 합성곱.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. The pyramid averages the map over 1, 2, 3 and 6 bins a side and lays the means beside it: C + N × (C/N), twice the channels.
# 2. What looks alike is told apart by its surroundings; exchange these, and the name changes.
# 3. The widest bin does not know most: the wider the mean, the more of the place is lost.
# 4. The auxiliary loss works in training alone. It helps a deep network to start; in a small experiment the gain at the end drowns in the scatter of seeds.
# 5. Batch norm on a 1×1 map stops with one picture; with two it leaves ±1 and no more.
#
# **Further reading** H. Zhao, J. Shi, X. Qi, X. Wang, J. Jia, “Pyramid Scene Parsing Network” (CVPR 2017), figure 3, sections 3.1 to 3.3
# and 5.2 · W. Liu, A. Rabinovich, A. Berg, “ParseNet: Looking Wider to See Better” (2015) · B. Zhou et al., “Object Detectors Emerge in Deep
# Scene CNNs” (ICLR 2015), on how far a network really sees
#
# **Next** [6.3.5 DeepLab](6_3_5_deeplab.ipynb): atrous convolutions, which see far without taking means.
