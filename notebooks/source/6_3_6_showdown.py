# Lesson 6_3_6, claim S23: six networks, one budget: who wins where, what it costs, what a seed and a published number are worth.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="여섯 신경망에 같은 그림, 같은 곱셈, 같은 시드를 줍니다. 어디서 누가 이기고 어디서는 아무도 이기지 못하는지, 그 차이가 운은 아닌지 잽니다."
# # 6.3.6 어떤 그림에 어떤 신경망을 쓸까
#
# ![다섯 가지 그림을 여섯 신경망이 나눈 결과를 늘어놓은 표. 기둥과 전선은 U-Net과 DeconvNet만 가늘게 그리고, 배와 자동차는 PSPNet과 DeepLabv3+가 잘 가립니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [6.3.0 분할](6_3_0_segmentation.ipynb)의 IoU와 윤곽 F1, 그리고 [6.3.1 FCN](6_3_1_fcn.ipynb)부터 [6.3.5 DeepLab](6_3_5_deeplab.ipynb)까지의 신경망.
#
# **마치고 나면** ① 무엇을 같게 하고 비교했는지 밝히고, 신경망 여럿을 공평하게 겨루게 할 수 있습니다.
# ② 점수의 차이가 신경망 때문인지 운 때문인지 시드 몇 개로 가늠할 수 있습니다.
# ③ 내 그림에서 무엇이 어려운지를 보고 신경망을 고르고, 그 까닭을 숫자로 말할 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Six networks get the same pictures, multiplications and seeds: who wins where, where nobody does, and whether it was luck."
# # 6.3.6 Which network for which picture
#
# ![A table of five kinds of pictures, divided by six networks. Only U-Net and DeconvNet draw poles and wires thin; PSPNet and DeepLabv3+ tell boats from cars.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** IoU and boundary F1 from [6.3.0 Segmentation](6_3_0_segmentation.ipynb), and the networks from [6.3.1 FCN](6_3_1_fcn.ipynb)
# to [6.3.5 DeepLab](6_3_5_deeplab.ipynb).
#
# **Afterwards** ① you can make several networks compete fairly, and say what was kept equal; ② you can judge by a few seeds
# whether a difference comes from the network or from luck; ③ you can choose a network by what is hard in your pictures, and give the reason in numbers.

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
from itertools import combinations
from time import perf_counter
from types import SimpleNamespace

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_sample_image

from helpers import datasets, exercises
from helpers.batches import standardise
from helpers.datasets import classes
from helpers.lessons import carried
from helpers.plots import band, bars
from helpers.segmentation import DeepLabV3, DeepLabV3Plus, UNet, costs, plots, receptive_field
from helpers.segmentation.contest import ahead, by_luck, cheapest, judge, leaders, pictures, turned
from helpers.segmentation.small_deeplab import SmallDeepLab
from helpers.segmentation.small_vgg import SmallFCN
from helpers.segmentation.surroundings import SmallPSPNet
from helpers.segmentation.unpooling import SmallDeconvNet
from helpers.training import evaluate, fit, predict
from helpers.trials import train_seeds

# %%
full = session.profile == "full"
SEEDS, many = (range(5), 4) if full else (range(3), 1)  # ko: GPU가 있으면 시드도 그림도 더 많이 | en: more with a GPU
how = {"batch_size": 6, "optimizer": "adamw", "lr": 0.01, "progress": False}  # ko: 모든 학습에 똑같이 | en: for all
COLORS = [course.PALETTE[number] for number in (3, 1, 0, 2, 4, 5)]

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇이 같아야 공평할까?
#
# 논문의 신경망은 크기가 저마다 달라서 그대로 겨루게 하면 구조의 차이인지 크기의 차이인지 알 수 없습니다. 그래서 앞 단원들의 작은 신경망 여섯을
# 골라 **그림 한 장에 드는 곱셈의 수**를 같게 맞추었습니다. 한 변이 40픽셀인 그림에 260만 번쯤입니다. 그림, 학습 횟수, 학습률, 시드도 같습니다.
#
# **먼저 맞혀 보세요.** 곱셈의 수가 같으면 매개변수(parameter)의 수도 비슷할까요? 가장 많은 것은 가장 적은 것의 몇 배일까요? 2배, 5배, 14배?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What must be equal for a fair contest?
#
# The papers' networks differ in size, so as they stand nobody could tell a better structure from a larger one. We take six small
# networks of the lessons before and make **the multiplications for one picture** equal: about 2.6 million for a picture of
# 40×40. Pictures, training steps, learning rate and seeds are the same too.
#
# **Guess first.** With equal multiplications, are the numbers of parameters alike as well? How many times the fewest are the most: 2, 5, 14?

# %% claim=["S23"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def small_networks(num_classes):
    """Six networks for 40x40 pictures, each at 2.6 million multiply-adds."""
    deep = partial(SmallDeepLab, num_classes, align_corners=False)
    return {
        "FCN-8s": partial(SmallFCN, num_classes, 8, channels=(10, 20, 32, 44, 64), hidden=88),
        "DeconvNet": partial(SmallDeconvNet, num_classes, widths=(7, 15, 29)),
        "U-Net": partial(UNet, num_classes, base_channels=4, depth=2, batch_norm=True, dropout=None),
        "PSPNet": partial(SmallPSPNet, num_classes, depth=4, channels=24),
        "DeepLabv3": partial(deep, channels=(12, 20, 30, 40), width=28),
        "DeepLabv3+": partial(deep, channels=(12, 20, 26, 38), width=16, decoder=True),
    }


print(L("곱셈 (백만) · 매개변수 · 한 변에서 보는 픽셀", "multiply-adds (millions) · parameters · pixels seen a side"))
work, weights = [], []
for name, make in small_networks(2).items():
    model = make().eval()
    work.append(costs.multiply_adds(model, 40))
    weights.append(sum(p.numel() for p in model.parameters()))
    seen = min(receptive_field(model, size=128).height, 128)
    print(f"{work[-1] / 1e6:.2f} · {weights[-1]:>7,} · {seen:>3} ·", name)
assert max(work) < 1.05 * min(work) and max(weights) > 10 * min(weights)

# %% claim=["S23"] slideshow={"slide_type": "slide"}
def milliseconds(model, images, repeats=9):
    """The median time of one picture."""
    taken = []
    with torch.inference_mode():
        for _ in range(repeats + 2):  # ko: 처음 두 번은 몸풀기 | en: the first two warm up
            begin = perf_counter()
            model(images)
            taken.append(1000 * (perf_counter() - begin) / len(images))
    return np.median(taken[2:])


networks, batch = list(small_networks(2)), torch.randn(16, 3, 40, 40)
speed = [milliseconds(make().eval(), batch) for make in small_networks(2).values()]
fig, axes = plt.subplots(1, 3, figsize=(12, 3.2), sharey=True)
for ax, values, unit, numbers in [
    (axes[0], np.array(work) / 1e6, L("곱셈 (백만 번)", "multiply-adds (millions)"), ".2f"),
    (axes[1], weights, L("매개변수 (개)", "parameters"), ",.0f"), (axes[2], speed, L("그림 한 장 (밀리초)", "one picture (ms)"), ".2f"),
]:
    bars(ax, networks, np.array(values)[:, None], COLORS, numbers=numbers)
    ax.set(xlabel=unit, xlim=(0, 1.35 * max(values)), xticks=[])
plt.show()

assert max(speed) > 1.3 * min(speed)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 여섯 신경망의 곱셈, 매개변수, 그림 한 장에 걸리는 시간. 곱셈 막대는 여섯 개가 모두 같은 길이이고, 매개변수는 FCN과 DeepLab이 U-Net과 DeconvNet보다 훨씬 길며, 시간도
# 서로 다릅니다.
#
# **14배입니다.** U-Net은 7,554개, FCN-8s는 106,456개입니다. 한 변에서 보는 픽셀은 한 변이 128픽셀인 그림으로 재었으니, 128이면 그림을 모두 본다는 뜻입니다. 넓은 맵에서 도는 필터는 매개변수가 적어도 곱셈이 많고, 좁은 맵에서 도는 필터는 그 반대입니다. 곱셈이 같아도 시간은 같지 않은데, 넓은 맵을
# 메모리에 읽고 쓰는 일이 곱셈만큼 걸리기 때문입니다. **셋을 한꺼번에 같게 할 수는 없습니다.** 그러니 비교할 때는 무엇을 같게 했는지부터 밝혀야 합니다. 우리는 곱셈입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Multiply-adds, parameters and the time of one picture for the six networks. The bars of multiply-adds are all of one
# length; FCN and the DeepLabs have far more parameters than U-Net and DeconvNet; the times differ again.
#
# **14 times:** 7,554 for U-Net, 106,456 for FCN-8s. (What they see was worked out on 128×128, so 128 means all of the picture.) Filters on wide maps multiply much with few parameters, those on small maps the
# other way round. Nor is the time equal, since reading and writing wide maps takes as long as multiplying. **All three cannot be
# made equal at once**, so a comparison has to say first what was. Here it is the multiply-adds.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 어디서 누가 이길까?
#
# 그림은 다섯 가지입니다. 가느다란 기둥과 전선, 작은 새, 둘레를 보아야 아는 배와 자동차, 크기가 제각각인 기구, 맞닿은 세포. 그림마다 신경망 여섯을 시드 세 개로 처음부터
# 가르치고, **그 그림의 물체**가 얼마나 맞았는지 IoU로 잽니다. 세포는 하나하나 찾은 것을 셉니다. 가장 나쁜 시드가 상대의 가장 좋은 시드보다도 나을 때만 이겼다고 하고, 그렇지 않으면
# 비긴 것으로 하겠습니다.
#
# **먼저 맞혀 보세요.** 다섯 가지 그림의 승자를 적어 보세요. 다섯 가지에 모두 강한 신경망이 있을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Who wins where?
#
# There are five kinds of pictures: thin poles and wires, small birds, boats and cars that only the surroundings tell apart, balloons of all sizes,
# and cells that touch. On each, six networks learn from nothing with three seeds, and the IoU of **what the picture is about** is
# measured; cells are counted one by one. A network wins only if its worst seed is better than the other's best; else they are level.
#
# **Guess first.** Write down a winner for each of the five. Is there a network that is good at all of them?

# %% slideshow={"slide_type": "fragment"}
BUDGET = {  # ko: 그림 수, 에폭, 물체 픽셀의 무게. 여섯 신경망에 똑같이 | en: pictures, epochs, weight; the same for all six
    "thin": (48, 4, 4.0), "small": (60, 5, 30.0), "context": (72, 6, 6.0),
    "scale": (48, 3, 2.0), "touching": (60, 6, 1.0),
}
titles = L(["기둥과 전선", "작은 새", "배와 자동차", "크고 작은 기구", "맞닿은 세포"],
           ["poles, wires", "small birds", "boat or car", "balloons", "touching cells"])
TITLES = dict(zip(BUDGET, titles, strict=True))
tried, found, scores = {}, {}, {}
for trouble, (count, epochs, rare) in BUDGET.items():
    learn, tried[trouble] = pictures(trouble, "train", count * many), pictures(trouble, "val", 48 * many)
    heavy = torch.tensor([1.0] + [rare] * (learn.num_classes - 1))
    for name, make in small_networks(learn.num_classes).items():
        models = train_seeds(make, learn[:2], seeds=SEEDS, epochs=epochs, class_weights=heavy, **how)
        answers = [predict(model, tried[trouble].images) for model in models]
        scores[trouble, name] = np.array([judge(one, tried[trouble]) for one in answers])  # [seeds, 3]
        found[trouble, name] = answers[0]
own = {trouble: {name: scores[trouble, name][:, 0] for name in networks} for trouble in BUDGET}
mean = {trouble: {name: values.mean() for name, values in runs.items()} for trouble, runs in own.items()}
level = {trouble: leaders(own[trouble]) for trouble in BUDGET}

# %% claim=["S23"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 5, figsize=(12.8, 3.9), sharey=True)
for ax, (trouble, runs) in zip(axes, own.items(), strict=True):
    for row, (name, values) in enumerate(runs.items()):
        color = course.PALETTE[0] if name in level[trouble] else "#8C8C8C"
        ends = [values.min(), values.max()]
        ax.plot(ends, [row, row], color=color, linewidth=6, alpha=0.35, solid_capstyle="round")
        ax.plot(values, [row] * len(values), "o", color=color, markersize=5)
        ax.text(1.02, row, f"{values.mean():.2f}", va="center", color=color, weight="bold")
    unit = "F1" if trouble == "touching" else "IoU"
    ax.set(title=TITLES[trouble], xlim=(-0.05, 1), xticks=[0, 0.5, 1], xlabel=unit)
axes[0].set_yticks(range(len(networks)), networks)
axes[0].invert_yaxis()
fig.suptitle(L("파랑: 선두, 또는 선두와 비긴 신경망", "Blue: the leader and those level with it"), color=course.PALETTE[0])
plt.show()

fine, wide = ("DeconvNet", "U-Net"), ("PSPNet", "DeepLabv3+")
if not full:  # ko: 전체 프로필의 범위는 재지 않았음 | en: no range was measured in the full profile
    for trouble, best, gap in [("thin", fine, 0.15), ("small", fine, 0.03), ("context", wide, 0.08)]:
        rest = [mean[trouble][name] for name in networks if name not in best]
        assert min(mean[trouble][name] for name in best) > max(rest) + gap, trouble
    cells = mean["touching"]
    assert max(cells[name] for name in fine) > max(cells[name] for name in wide) + 0.03
    assert len(level["scale"]) >= 3
assert not set.intersection(*map(set, level.values()))  # ko: 다섯 가지를 다 이기는 것은 없음 | en: none wins all five

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 다섯 가지 그림의 점수. 점 하나가 시드 하나이고 오른쪽 숫자가 평균입니다. 기둥, 새, 세포에서는 U-Net과 DeconvNet이, 배와 자동차에서는 PSPNet과 DeepLabv3+가 오른쪽에 있고, 기구에서는 거의 모두 겹칩니다.
#
# 숫자만으로는 무엇을 틀렸는지 보이지 않습니다. 고르지 않고 둘째 그림을 한 장씩 펼쳐 봅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** The scores on five kinds of pictures; a dot is a seed, the number the mean. On poles, birds and cells U-Net and DeconvNet
# are far right, on boats and cars PSPNet and DeepLabv3+; on balloons almost all overlap.
#
# Numbers do not show what went wrong. Here is a picture of each kind, the second and not a chosen one.

# %% tags=["cover"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(5, 8, figsize=(12.8, 8.4))
for row, (trouble, drawn) in zip(axes, tried.items(), strict=True):
    kinds = datasets.load("scenes", split="val", n=1, only=trouble)  # ko: 색 | en: for its colours
    kinds.palette[0] = 235  # ko: 남색 배가 보이도록 밝은 바탕 | en: a light ground, to show the navy boats
    plots.picture(row[0], drawn.images[1])  # ko: 고르지 않고 둘째 그림 | en: the second picture, not a chosen one
    plots.mask(row[1], drawn.masks[1], kinds)
    for ax, name in zip(row[2:], networks, strict=True):
        plots.mask(ax, found[trouble, name][1], kinds)
        color = course.PALETTE[0] if name in level[trouble] else "#8C8C8C"
        ax.set_title(f"{mean[trouble][name]:.2f}", color=color)
    along = {"transform": row[0].transAxes, "rotation": 90, "ha": "center", "va": "center"}
    row[0].text(-0.1, 0.5, TITLES[trouble], **along)
for ax, title in zip(axes[0], L(["그림", "정답"], ["picture", "truth"]) + networks, strict=True):
    ax.text(0.5, 1.3, title, transform=ax.transAxes, ha="center", weight="bold")
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 그림마다 여섯 신경망이 첫 시드로 나눈 결과(위의 숫자는 세 시드의 평균). 기둥을 그대로 가늘게 그린 것은 U-Net과 DeconvNet뿐이고, FCN-8s와 DeepLabv3에서는 굵은 덩어리가 됩니다.
#
# **다 이기는 신경망은 없습니다.** 픽셀 하나가 중요하면 스킵이나 스위치로 고운 자리를 되찾는 U-Net과 DeconvNet이, 둘레를 보아야 하면 피라미드가 있는 PSPNet과 DeepLabv3+가
# 이깁니다. U-Net과 DeconvNet, PSPNet과 DeepLabv3+는 서로 비겼고, 세포에서는 시드가 크게 흔들려 PSPNet까지 비겼습니다. 기구에서는 **아무도 이기지 못했습니다.** 여러 신경망의 시드가 서로 겹칩니다. 새는 이긴 쪽도 IoU가 0.2를 조금 넘을 뿐이니, 이긴 것이 곧 잘한 것은 아닙니다.
#
# FCN-8s와 DeepLabv3는 어디서도 이기지 못했지만 **못난 신경망이라는 뜻이 아닙니다.** 둘의 맵은 한 칸이 8픽셀인데 여기서는 그림이 40픽셀뿐입니다. 이 표는 작은 그림, 짧은 학습, ImageNet 가중치가 없는 경우의 표입니다.
#
# **나온 차례는 성적의 차례가 아닙니다.** 2015년의 U-Net이 2018년의 DeepLabv3+를 기둥에서 이기고, 배와 자동차에서 집니다. 저마다 푸는 문제가 다릅니다.
#
# > ### 원문 바로잡기
# >
# > **원문** 성긴 맵을 키우면 자세한 것을 잃지만, FCN-8s는 스킵으로 그 일부를 되찾는다.
# >
# > **무엇이 느슨한가** 되찾는 것은 스킵이 오는 맵의 **한 칸까지**입니다. FCN-8s의 가장 고운 맵은 한 칸이 8픽셀이라, 그보다 가는 기둥과 전선에서는 스킵이 있어도 U-Net의 절반에 못 미칩니다.
# >
# > **오늘 돌아가는 셀** 바로 위의 세 코드 셀입니다. 점수와 그림에서 FCN-8s와 U-Net을 견주어 보세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** What the six networks found with their first seed (the numbers are means over seeds): only U-Net and DeconvNet keep the poles thin; with FCN-8s and DeepLabv3 they become thick blobs.
#
# **None wins everywhere.** Where a single pixel matters, U-Net and DeconvNet win, which bring the fine place back by skips or switches. Where the
# surroundings decide, it is PSPNet and DeepLabv3+, with their pyramids. U-Net and DeconvNet are level with each other, and so are PSPNet and DeepLabv3+; on cells the seeds are so scattered that PSPNet is level too. On balloons
# **nobody wins**: the seeds of several networks overlap. And of birds even the winners reach an IoU of little more than 0.2: to win is not yet to be good.
#
# FCN-8s and DeepLabv3 win nowhere, which **does not make them bad networks**: a cell of their maps is 8 pixels, and our pictures
# have 40. This is a table for small pictures, short training and no ImageNet weights.
#
# **The order of appearance is no order of merit.** U-Net of 2015 beats DeepLabv3+ of 2018 on poles, and loses on boats and cars. Each solves a problem
# of its own.
#
# > ### Setting the notes right
# >
# > **The notes** say that upsampling a coarse map loses detail and that FCN-8s wins some of it back by skips.
# >
# > **What is loose** It wins back as much as **one cell** of the map where the skip comes from. The finest map of FCN-8s has cells of 8 pixels, and on
# > poles and wires, which are thinner, it stays below half of U-Net, skips and all.
# >
# > **The cells that work today** are the three code cells above: compare FCN-8s with U-Net in the scores and in the pictures.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 비싼 신경망을 쓰면 해결될까?
#
# 전선에서 진 PSPNet을 더 크게 만들면 어떨까요? 채널을 절반으로, 또 두 배로 바꾸어 곱셈이 0.7백만에서 10백만 번까지 늘어나는 PSPNet과 U-Net을 셋씩 만들어 전선 그림으로 가르쳐 봅니다.
#
# **먼저 맞혀 보세요.** 곱셈이 네 배인 PSPNet은 보통 크기의 U-Net을 따라잡을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does a more expensive network help?
#
# PSPNet lost on wires; what if it were larger? With half and with twice the channels there are three PSPNets and three U-Nets, from
# 0.7 to 10 million multiply-adds, to be taught on the pictures of wires.
#
# **Guess first.** Does a PSPNet of four times the multiply-adds catch up with the ordinary U-Net?

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
count, epochs, rare = BUDGET["thin"]
learn, thin = pictures("thin", "train", count * many), tried["thin"]
sizes = {
    "PSPNet": [partial(small_networks(2)["PSPNet"], channels=channels) for channels in (12, 24, 48)],
    "U-Net": [partial(small_networks(2)["U-Net"], base_channels=channels) for channels in (2, 4, 8)],
}
budget = {"epochs": epochs, "class_weights": torch.tensor([1.0, rare]), **how}
price, wires = {}, {}
for name, makes in sizes.items():
    price[name] = [costs.multiply_adds(make(), 40) / 1e6 for make in makes]
    print(L("곱셈 (백만)", "multiply-adds (millions)"), *(f"{value:.1f}" for value in price[name]), "·", name)
    wires[name] = []
    for number, make in enumerate(makes):
        if number == 1:  # ko: 보통 크기는 이미 재었음 | en: the ordinary size is known already
            wires[name].append(own["thin"][name])
            continue
        models = train_seeds(make, learn[:2], seeds=SEEDS, **budget)
        wires[name].append([judge(predict(model, thin.images), thin).own for model in models])

# %% claim=["S23"] slideshow={"slide_type": "fragment"}
middle = {name: np.mean([scores[trouble, name] for trouble in BUDGET], axis=(0, 1)) for name in networks}
columns = ["mIoU", L("윤곽 F1", "boundary F1"), L("새의 IoU", "birds, IoU"), L("매개변수", "parameters"), L("밀리초", "ms")]
rows = [[*middle[name][1:].round(2), round(mean["small"][name], 2), count, round(time, 2)]
        for name, count, time in zip(networks, weights, speed, strict=True)]
table = pd.DataFrame(rows, index=networks, columns=columns)
print(table.to_string())
assert table.iloc[:, 1].idxmax() in fine  # ko: 윤곽은 고운 맵에서 | en: outlines come from fine maps

# %% claim=["S23"] slideshow={"slide_type": "slide"}
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2))
for name in sizes:
    color = COLORS[networks.index(name)]
    band(left, price[name], np.array(wires[name]).T, name, color, at=2, offset=(-30, 12))
left.set(xscale="log", ylim=(0, 1), xlabel=L("곱셈 (백만 번, 로그 눈금)", "multiply-adds (millions, logarithmic)"))
left.set(ylabel=L("기둥과 전선의 IoU", "IoU of poles and wires"), xticks=[0.7, 2.6, 10])
left.set_xticks([], minor=True)
left.set_xticklabels(["0.7", "2.6", "10"])

overall = [middle[name][1] for name in networks]  # ko: 다섯 가지 mIoU의 평균 | en: the mean of five mean IoUs
front = cheapest(speed, overall)
right.plot(np.array(speed)[front], np.array(overall)[front], color="#B4B4B4", linewidth=5, zorder=0)
for name, x, y, color in zip(networks, speed, overall, COLORS, strict=True):
    right.plot(x, y, "o", color=color, markersize=10)
    up = -20 if name == "DeepLabv3+" else 10
    above = {"xytext": (0, up), "textcoords": "offset points", "ha": "center"}
    right.annotate(name, (x, y), color=color, weight="bold", **above)
right.set(xlabel=L("그림 한 장 (밀리초)", "one picture (ms)"), ylabel=L("mIoU, 다섯 가지의 평균", "mIoU, mean of the five"))
right.margins(0.18)
plt.show()

assert np.mean(wires["PSPNet"][2]) < np.mean(wires["U-Net"][1]) - 0.15
assert full or np.mean(wires["U-Net"][2]) > np.mean(wires["U-Net"][1]) > np.mean(wires["U-Net"][0])

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 곱셈의 수에 따른 기둥과 전선의 IoU(띠는 시드의 범위)입니다. PSPNet의 선은 0.3 근처에서 거의 평평하고, U-Net의 선은 가파르게 올라 가장 큰 것은 0.8에 가깝습니다. 오른쪽은 그림 한 장의 시간과
# 다섯 가지 그림의 평균 mIoU로, 회색 선이 그보다 빠르면서 더 나은 것이 없는 신경망을 잇습니다.
#
# **따라잡지 못합니다.** 곱셈을 열다섯 배로 늘려도 PSPNet은 제자리입니다. 한 칸이 4픽셀인 맵에서는 1픽셀짜리 전선의 자리를 담을 곳이 없기 때문입니다. U-Net은 같은 값을 더 치를수록 나아졌습니다. **크기는 구조가
# 허락하는 데까지만 듭니다.** 오른쪽 그림의 평균 점수는 조심해서 읽으세요. 다섯 가지를 똑같이 중요하게 여길 때의 점수일 뿐입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the IoU of poles and wires against multiply-adds (bands: range over seeds): PSPNet's line stays almost flat near 0.3, U-Net's
# climbs steeply, the largest close to 0.8. Right, time for one picture against mIoU, a mean over the five kinds; the grey line
# joins those that no other network beats in both.
#
# **It does not.** Fifteen times the multiplications leave PSPNet where it was: a map of cells of 4 pixels has no room for the place of a
# wire of 1 pixel. U-Net gets better with every step. **Size pays only as far as the structure lets it.** Read the mean score
# on the right with care: it holds for somebody to whom all five matter equally.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 시드 하나만 돌려 보았다면?
#
# 앞에서는 시드 세 개가 완전히 갈라져야 이겼다고 했습니다. 왜 이렇게 까다로울까요? **실력이 똑같은 두 신경망**도 점수는 다르게 나옵니다. 시드가 $k$개씩이면 점수 $2k$개를 둘로 나누는
# 방법은 $\binom{2k}{k}$가지이고, 그 가운데 2가지에서 한쪽이 모두 이깁니다.
#
# **먼저 맞혀 보세요.** 실력이 똑같은 두 신경망이 완전히 갈라질 확률은 시드 하나일 때 얼마일까요? 시드 셋일 때는 50%, 10%, 1% 가운데 어느 것일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if only one seed had been run?
#
# We called it a win only when three seeds were wholly apart. Why so strict? **Two networks of equal merit** get different scores too.
# With $k$ seeds each, $2k$ scores can be dealt to the two in $\binom{2k}{k}$ ways, and in 2 of them one has all the better ones.
#
# **Guess first.** How likely are two equal networks to be wholly apart with one seed each? And with three seeds: 50%, 10% or 1%?

# %% claim=["S23"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
luck = np.random.default_rng(0)
for seeds in range(1, 6):
    one, other = luck.normal(size=(2, 40_000, seeds))  # ko: 실력이 똑같은 둘 | en: two of equal merit
    apart = (one.min(axis=1) > other.max(axis=1)) | (other.min(axis=1) > one.max(axis=1))
    print(seeds, L("시드 · 세어 보면", "seeds · counted"), f"{by_luck(seeds):.1%}", L("· 던져 보면", "· drawn"), f"{apart.mean():.1%}")
    assert abs(apart.mean() - by_luck(seeds)) < 0.01

# %% claim=["S23"] slideshow={"slide_type": "slide"}
pairs = [(own[trouble][a], own[trouble][b]) for trouble in BUDGET for a, b in combinations(networks, 2)]
gaps = np.array([abs(one.mean() - other.mean()) for one, other in pairs])
wrong = np.array([turned(one, other) for one, other in pairs])
parted = np.array([ahead(one, other) or ahead(other, one) for one, other in pairs])

fig, ax = plt.subplots(figsize=(9, 4))
for which, color, text, at in [
    (parted, 0, L("갈라짐", "wholly apart"), (0.25, 0.05)), (~parted, 3, L("비김", "level"), (0.13, 0.4)),
]:
    ax.plot(gaps[which], wrong[which], "o", color=course.PALETTE[color], alpha=0.6, markersize=8)
    ax.text(*at, f"{text}: {which.sum()}", color=course.PALETTE[color], weight="bold")
ax.set(xlabel=L("두 신경망의 평균 점수의 차이", "difference of the two means"), ylim=(-0.04, 0.6))
ax.set_ylabel(L("시드 하나로는 거꾸로일 확률", "chance that one seed says the opposite"))
plt.show()

expected = len(pairs) * by_luck(len(SEEDS))
print(L("쌍", "pairs"), len(pairs), L("· 모두 실력이 같아도 운으로 갈라질 쌍", "· apart by luck if all were equal"), f"{expected:.1f}",
      L("· 갈라진 쌍", "· apart"), parted.sum())
assert (wrong[parted] == 0).all() and wrong[~parted].max() >= 2 / 9 and (wrong[~parted] > 0).all()
assert parted.sum() > 3 * expected

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 점 하나가 한 그림에서 겨룬 두 신경망입니다. 파랑은 시드가 완전히 갈라진 쌍으로 모두 바닥(0)에 있고, 주홍은 비긴 쌍으로 평균의 차이가 작은 왼쪽에 모여 있으며, 시드 하나로는 열 번에 네다섯 번까지 거꾸로 나옵니다.
#
# **시드 하나면 100%, 셋이면 10%입니다.** 시드 하나로는 언제나 누군가 이긴 것처럼 보입니다. 셋이어도 열 번에 한 번은 운입니다. 여기서는 75쌍을 견주었으니 모두 실력이 같았더라도 일곱 쌍쯤은 갈라졌을 것입니다. 실제로 갈라진 쌍은 그보다
# 훨씬 많지만, **그 가운데 몇은 운일 수 있습니다.** 하나하나가 중요하면 시드를 다섯 개로 늘리세요. 그러면 1%가 되지 않습니다. 그리고 시드가 말해 주는 것은 첫 가중치와 섞는 차례의 운뿐입니다. 그림이 다르거나 학습률이 다르면 또 다릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A dot is two networks on one kind of picture. Blue, pairs whose seeds are wholly apart: all at the bottom, 0. Vermilion, level
# pairs: at the left, where means differ little; one seed says the opposite up to four or five times in ten.
#
# **100% with one seed, 10% with three.** With one seed somebody always seems to win; with three, one time in ten it is luck. We compared 75
# pairs, so about seven would be apart even if all were equal. Many more are, but **some of them may be luck**. Where a single
# one matters, take five seeds: that is below 1%. And seeds tell only of the luck in first weights and order; other pictures or another
# rate are another matter.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 논문의 점수에서 우리 점수를 빼도 될까?
#
# CamVid는 거리 사진 701장이고, 논문은 대개 360×480으로 시험 사진 233장을 채점합니다. 여러 사람이 같은 자료로 같은 이름의 신경망을 가르쳤습니다. 그 숫자를 모으고, 이 강의가 `data/results`에 남긴
# 성적을 그 아래에 놓습니다.
#
# **먼저 맞혀 보세요.** 이름이 똑같은 SegNet(DeconvNet의 사촌)의 mIoU는 여러 글에서 얼마나 차이가 날까요? 한 사람이 같은 코드로 가르친 FCN, U-Net, PSPNet, DeepLabv3 사이의 차이보다 클까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## May published scores be subtracted from ours?
#
# CamVid has 701 street pictures; papers mostly judge 233 test pictures at 360×480. Many have taught networks of one name on this very set.
# We collect their numbers, and below them put those that this course keeps in `data/results`.
#
# **Guess first.** How far apart are the mIoUs of SegNet (a cousin of DeconvNet) in different texts? Farther than FCN, U-Net,
# PSPNet and DeepLabv3 are when one person trains them by one code?

# %% claim=["S23"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
PUBLISHED = {  # ko: 시험 사진의 mIoU (%), 출처는 맨 아래 | en: mIoU on test (%), sources at the end
    "Yu & Koltun 2016": {"SegNet": 46.4},
    "ChainerCV": {"SegNet": 49.4},
    L("SegNet 논문, 4만 번", "SegNet paper, 40k steps"): {"FCN": 46.59, "DeconvNet": 39.69, "SegNet": 50.02},
    L("SegNet 논문, 끝까지", "SegNet paper, to the end"): {"FCN": 49.83, "DeconvNet": 59.77, "SegNet": 60.10},
    "GitLanx 699eb32": {
        "FCN": 50.36, "U-Net": 49.83, "PSPNet": 48.78, "DeepLabv3": 53.24, "SegNet": 57.68,
    },
}
*_, early, late, one_code = PUBLISHED.values()
segnets = [row["SegNet"] for row in PUBLISHED.values()]
four = [one_code[name] for name in ("FCN", "U-Net", "PSPNet", "DeepLabv3")]
print(L("SegNet, 글마다", "SegNet, by text"), min(segnets), max(segnets), "·", f"{max(segnets) - min(segnets):.1f}")
print(L("네 신경망, 한 코드", "four networks, one code"), min(four), max(four), "·", f"{max(four) - min(four):.1f}")
for which in (early, late):
    print(L("DeconvNet이 FCN보다", "DeconvNet against FCN"), f"{which['DeconvNet'] - which['FCN']:+.1f}")
assert max(segnets) - min(segnets) > 2 * (max(four) - min(four))
assert early["DeconvNet"] < early["FCN"] and late["DeconvNet"] > late["FCN"] + 5

# %% slideshow={"slide_type": "slide"}
folder = carried("data/results", "results")  # ko: python -m helpers.train 이 적은 것 | en: written by python -m helpers.train
kept = pd.concat([pd.read_csv(file) for file in sorted(folder.glob("*.csv"))])
say = {"UNet": "U-Net", "DeepLabV3": "DeepLabv3", "DeepLabV3Plus": "DeepLabv3+"}
kept["network"] = kept.network.replace(say)
kept["start"] = np.where(kept.pretrained, "ImageNet", L("처음부터", "scratch"))
rows = {name: list(row.items()) for name, row in PUBLISHED.items()}
for start, group in kept[kept.data == "camvid"].groupby("start"):
    ours = group.groupby("network").mean_iou.mean() * 100
    rows[L(f"우리, 검증, 180×240, {start}", f"ours, val, 180×240, {start}")] = list(ours.items())
fig, ax = plt.subplots(figsize=(12, 0.8 * len(rows) + 0.8))
for row, results in enumerate(rows.values()):
    color = course.PALETTE[0 if row >= len(PUBLISHED) else 3]
    for number, (name, value) in enumerate(sorted(results, key=lambda pair: pair[1])):
        ax.plot(value, row, "o", color=color, markersize=8)
        up = (0, (-17, 7, -30, 20)[number % 4])
        ax.annotate(name, (value, row), up, textcoords="offset points", ha="center", color=color)
ax.set(xlabel="CamVid mIoU (%)", yticks=range(len(rows)), yticklabels=list(rows), xlim=(35, 70))
ax.set_ylim(len(rows) - 0.4, -0.6)
plt.show()

by = ["data", "size", "network", "start"]
table = kept.groupby(by).mean_iou.agg(["count", "mean", "min", "max"])
print(table.round(3).reset_index().to_string(index=False))
assert kept.mean_iou.between(0, 1).all() and {"camvid", "isbi2012", "dsb2018"} <= set(kept.data)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** CamVid의 mIoU를 누가 쟀는지에 따라 한 줄씩 놓았습니다. 주홍 점은 발표된 숫자로, SegNet이 46%에서 60%까지 흩어져 있습니다. 파란 점은 이 강의의 숫자로, 사진의 크기와 채점한 사진이 논문과 다르다고 적혀 있습니다. 아래 표는
# `data/results`에 있는 모든 행입니다.
#
# **빼면 안 됩니다.** 이름은 같은데 글마다 13.7점이 다르고, 한 사람이 같은 코드로 가르친 네 신경망은 4.5점밖에 다르지 않습니다. **이름보다 조리법이 세 배 중요한 셈**입니다. 배운 그림의 수, 학습 횟수, 첫 가중치가 모두 다르기 때문입니다.
# 같은 논문 안에서도 4만 번에서는 DeconvNet이 FCN에 7점 지고 끝까지 가면 10점 이깁니다. 같은 예산이라도 **얼마짜리 예산인지**에 따라 순서가 뒤집힙니다.
#
# 우리 표의 FCN, PSPNet, DeepLabv3+는 ImageNet을 본 **같은 몸통**(MobileNetV2)에서 시작했으니 서로의 차이는 몸통 뒤의 구조에서 옵니다(CamVid는 시드가 하나뿐입니다). 처음부터 배운 U-Net과의 차이는 그렇게 읽을 수 없습니다. DSB 2018에서는 FCN과
# PSPNet이 세포핵을 거의 다 놓쳤습니다. 한 칸이 16픽셀인 맵에 작은 핵이 묻힌 것입니다. 같은 몸통이라도 스트라이드 4의 디코더가 있는 DeepLabv3+는 U-Net과 비슷합니다.
#
# ISBI 2012와 DSB 2018의 숫자는 훈련용에서 떼어 둔 사진의 IoU라서, 뒤틀림 오차를 쓰는 ISBI의
# 순위표나 물체를 하나하나 세는 DSB의 순위표와는 단위부터 다릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** mIoU on CamVid, a row for each who measured it. Vermilion, what was published: SegNet is scattered from 46% to 60%. Blue, this
# course's, with another size of pictures and another split, as the row says. Below, all rows of `data/results`.
#
# **They may not.** One name, and 13.7 points between the texts; four networks by one code, and 4.5. **The recipe counts three
# times as much as the name**: the number of pictures learnt from, the steps and the first weights all differ. Even within one paper DeconvNet loses to FCN by 7
# points at 40 thousand steps and wins by 10 at the end. Equal budgets are not enough: **which** budget it was can turn the order round.
#
# In our table FCN, PSPNet and DeepLabv3+ share **one trunk**, MobileNetV2 that has seen ImageNet, so structure parts them (on CamVid: one seed).
# U-Net starts from nothing, and its gap says less. On DSB 2018 FCN and PSPNet miss nearly all nuclei, which drown in cells of 16
# pixels; with a decoder at stride 4, DeepLabv3+ is about as good as U-Net.
#
# The numbers of ISBI 2012 and DSB 2018 are IoUs on pictures held back from training; ISBI's ranking counts warping errors
# and DSB's counts objects, so not even the units agree.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 그림으로 배운 신경망이 진짜 사진을 알아볼까?
#
# 이제 진짜 사진입니다. 열한 가지 이름(하늘, 언덕, 물, 도로, 기구 등)을 그린 그림으로 배운 신경망에게 호숫가의 누각 사진을 보여 줍니다. 이 사진에는 배운 적이 없는 나무와 누각이 있습니다. 신경망이 얼마나
# 자신 있어 하는지는 픽셀마다 가장 큰 소프트맥스(softmax) 값을 평균해서 재겠습니다. 이름이 열하나이니 아무것도 모르면 0.09입니다.
#
# **먼저 맞혀 보세요.** 하늘은 알아볼까요? 배운 적이 없는 나무에서는 자신감이 0.1 가까이 떨어질까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does a network taught by drawings know a photograph?
#
# Now a real photograph. A network that learnt eleven names (sky, hill, water, road, balloon, …) from drawn pictures is shown a pavilion by a
# lake, with trees, which it never learnt. How sure it is we measure by the mean of each pixel's largest softmax value. With eleven
# names, who knows nothing has 0.09.
#
# **Guess first.** Does it know the sky? And on trees, which it never saw, does it become unsure, close to 0.1?

# %% claim=["S23"] slideshow={"slide_type": "fragment"}
def shrunk(image, *size):
    return torch.nn.functional.interpolate(image[None].float(), size=size, mode="area").round().byte()


photo = torch.from_numpy(load_sample_image("china.jpg").copy()).movedim(2, 0)  # ko: 진짜 사진 | en: a real one
small = shrunk(photo[:, :, 60:487], 48, 48)
drawn = datasets.load("scenes", split="train", n=120 * many, size=48)
streets = datasets.load("scenes", split="val", n=48, size=48)
trees, sky = (slice(38, None), slice(26, None)), (slice(0, 14), slice(30, None))  # ko: 아래, 위 | en: below, above

make, rows = small_networks(11)["DeepLabv3+"], []
painters = train_seeds(make, datasets.as_tensors(drawn), seeds=SEEDS, epochs=6, **how)
images, masks = datasets.as_tensors(streets)
for model in painters:
    model.cpu()
    with torch.inference_mode():
        known, new = (model(standardise(x)).softmax(1).max(1) for x in (images, small))
    blue = new.indices[0][sky] == streets.class_names.index("sky")
    right = (known.indices == masks).float()
    rows.append([part.float().mean() for part in (right, known.values, new.values[0][trees], blue)])
right, sure, sure_trees, blue = np.array(rows).T
print(L("그림: 맞힌 픽셀", "drawings: pixels right"), f"{right.mean():.2f}", L("· 자신감", "· sure"), f"{sure.mean():.2f}",
      L("· 사진: 나무에서의 자신감", "· photograph: sure on trees"), f"{sure_trees.mean():.2f}",
      L("· 하늘이라고 한 하늘", "· sky called sky"), f"{blue.mean():.2f}")
assert "tree" not in streets.class_names and (sure_trees > 0.3).all() and blue.mean() > 0.7

# %% slideshow={"slide_type": "slide"}
whole, trunk = datasets.available("deeplabv3_resnet50"), datasets.available("mobilenet_v2")
frames = datasets.load("camvid", split="val", size=(180, 240)) if datasets.available("camvid") else None
best, kinds, whose = painters[0], streets, L("그림으로 배운 우리 신경망", "our network, taught by drawings")
if whole:  # ko: COCO에서 배운 가중치 전부 | en: all weights, learnt on COCO
    best, whose = DeepLabV3(21).from_torchvision("deeplabv3_resnet50"), "torchvision, DeepLabv3"
    colors = np.array([[*bytes.fromhex(one.colour)] for one in classes.VOC2012], np.uint8)
    names, korean = ([getattr(one, part) for one in classes.VOC2012] for part in ("name", "ko"))
    kinds = SimpleNamespace(palette=colors, class_names=names, class_names_ko=korean)
elif full and trunk and frames is not None:  # ko: ImageNet에서 이어 배우기 | en: on from ImageNet
    best = DeepLabV3Plus(11, "mobilenet_v2", atrous_rates=(3, 6, 9), separable=True)
    learn = datasets.load("camvid", split="train", size=(180, 240))
    fit(best.from_torchvision("mobilenet_v2"), learn, epochs=12, backbone_lr=3e-4, **how | {"lr": 1e-3})
    kinds, whose = frames, L("CamVid로 이어 배운 DeepLabv3+", "DeepLabv3+, taught on by CamVid")
side = (320, 480) if whole else (80, 120)
shown = frames[21][0] if frames is not None else shrunk(photo, *side)[0]
names = predict(best, shown[None])[0]
with torch.inference_mode():
    glow, first = (painters[0](standardise(small)).softmax(1).max(1)[k][0] for k in (0, 1))
names_found, count = names.unique(return_counts=True)
most = [kinds.class_names[names_found[k]] for k in count.argsort(descending=True)[:3]]
print(L("셋 가운데", "of the three:"), whose, "·", *most)

# %% slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 5, figsize=(12.8, 3), width_ratios=[1, 1, 1.22, 1.4, 1.4])
plots.picture(axes[0], small[0])
plots.mask(axes[1], first, streets)
light = axes[2].imshow(glow, cmap="magma", vmin=0, vmax=1, interpolation="nearest")
axes[2].set_axis_off()
fig.colorbar(light, ax=axes[2], shrink=0.7)
plots.picture(axes[3], shown)
plots.overlay(axes[4], shown, names, kinds, strength=0.7)
heads = L(["사진", "우리 신경망의 이름", "얼마나 자신 있나", "사진"], ["photograph", "our names", "how sure", "photograph"])
for ax, title in zip(axes, [*heads, whose], strict=True):
    ax.set_title(title, fontsize=12)
both = torch.cat([first.flatten(), names.flatten()]) if kinds is streets else first
plots.classes_legend(fig, streets, both)
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽 셋은 누각 사진과 그림으로 배운 신경망이 붙인 이름, 픽셀마다의 자신감입니다. 하늘은 하늘이라고 하지만 누각은 기구라고 하고 나무는 도로라고 하는데, 그 자리도 밝습니다. 오른쪽 둘은 손에 있는 가장 나은 신경망이 붙인 이름을 사진에 겹친 것입니다(사진: danielbuechele,
# CC BY 2.0).
#
# **하늘은 알아보고, 나무에서도 자신만만합니다.** 나무라는 이름이 없으니 나무에 붙인 이름은 모두 틀렸는데, 자신감은 0.09가 아니라 0.6쯤입니다. 소프트맥스는 아는 이름들 가운데에서 고를 뿐, ‘모르겠다’고 말하지 못합니다. 같은 사진을 조금 크게 넣으면 이름이 또 바뀌기도 합니다(오른쪽). 내 사진에 쓰려면 내 사진과 닮은
# 것으로 배웠는지부터 확인하세요. 가중치를 내려받을 수 있으면 이 셀은 torchvision의 DeepLabv3(COCO, 21가지 이름)를 쓰고, 전체 프로필에서 CamVid와 ImageNet 가중치가 있으면 이어 배운 것을, 둘 다 없으면 우리 것을 씁니다. 어느
# 것인지는 셀이 밝힙니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** The three on the left: a pavilion, the names that the network taught by drawings gives, and how sure it is. Sky is called sky, but
# the pavilion is a balloon and the trees are road, and it is bright there too. The two on the right: names by the best network that is at hand, laid over
# the photograph (photograph: danielbuechele, CC BY 2.0).
#
# **It knows the sky, and on trees it is still sure.** It has no name for trees, so all its names there are wrong, and yet it is sure at about 0.6 and not
# 0.09. Softmax chooses among the names it knows and cannot say “I do not know”. Given the same picture a little larger, it may change its names again (right). Before using a network on your pictures, ask
# whether it learnt from pictures like yours. Where its weights are at hand, the cell takes torchvision's DeepLabv3 (COCO, 21 names); in
# the full profile with CamVid and ImageNet weights, one taught on from these; otherwise ours. The cell says which.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 내 그림이 이러저러하다면?
#
# 내 그림에서 무엇이 중요한지는 사람마다 다릅니다. 다섯 가지에 무게를 주고, 무게를 곱한 점수로 신경망의 순위를 매겨 봅시다. 그림마다 점수의 크기가 다르므로 가장 높은 점수를 1로 맞춥니다. 무게를
# 2,000가지로 아무렇게나 정하고 시드도 그때마다 아무것이나 하나씩 골라, 누가 몇 번 일등을 하는지 셉니다.
#
# **먼저 맞혀 보세요.** 거의 한 번도 일등을 하지 못하는 신경망이 있을까요? 전선에서 맥락으로 무게를 옮기면 일등이 바뀔까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if your pictures are like this?
#
# What matters differs from person to person. Give the five a weight each and rank the networks by their weighted score; since the scores
# are of different sizes, the best on each kind is set to 1. Draw 2,000 wishes at random, for each any one of the seeds, and count who comes first how often.
#
# **Guess first.** Is there a network that hardly ever comes first? Does the first change when weight moves from wires to context?

# %% slideshow={"slide_type": "fragment"}
relative = np.array([[mean[trouble][name] for trouble in BUDGET] for name in networks])
relative = relative / relative.max(axis=0)
luck = np.random.default_rng(0)
wishes = luck.dirichlet(np.ones(5), size=2000)  # ko: 더해서 1이 되는 무게 | en: weights that add up to 1
runs = np.array([[own[trouble][name] for trouble in BUDGET] for name in networks])  # [6, 5, seeds]
one_run = np.take_along_axis(runs[None], luck.integers(0, len(SEEDS), (2000, 6, 5, 1)), axis=3)[..., 0]
scored = np.einsum("wt,wnt->wn", wishes, one_run / one_run.max(axis=1, keepdims=True))
first = np.bincount(scored.argmax(axis=1), minlength=len(networks)) / len(wishes)

# %% claim=["S23"] slideshow={"slide_type": "slide"}
share = np.linspace(0, 1, 21)
line = np.outer(1 - share, relative[:, 0]) + np.outer(share, relative[:, 2])  # ko: 전선에서 맥락으로 | en: wires to context
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2), width_ratios=[1.3, 1])
for number, name in enumerate(networks):
    left.plot(share, line[:, number], color=COLORS[number], linewidth=3)
    at, side = (0, "right") if name in fine else (-1, "left")
    up = {"PSPNet": "bottom", "FCN-8s": "bottom"}.get(name, "top")
    write = {"color": COLORS[number], "weight": "bold", "va": up, "ha": side}
    left.text(share[at] + (0.03 if at else -0.03), line[at, number], name, **write)
left.set(xlabel=L("맥락의 무게 (나머지는 전선)", "weight of context (the rest: wires)"), xlim=(-0.45, 1.5), xticks=[0, 0.5, 1])
left.set_ylabel(L("무게를 준 점수 (1이 최고)", "weighted score (1 is best)"))
bars(right, networks, first[:, None], COLORS, numbers=".0%")
right.set(xlabel=L("일등을 한 몫 (소원 2,000가지)", "share of 2,000 wishes that it wins"), xlim=(0, 1))
plt.show()

start, end = networks[line[0].argmax()], networks[line[-1].argmax()]
assert start in fine and end in wide and (first > 0.02).sum() >= 3
assert max(first[networks.index("FCN-8s")], first[networks.index("DeepLabv3")]) < 0.02

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 무게를 전선에서 맥락으로 옮길 때 여섯 신경망의 점수로, U-Net과 DeconvNet의 선은 내려가고 PSPNet과 DeepLabv3+의 선은 올라가 엇갈립니다. 오른쪽은 아무렇게나 정한 무게 2,000가지에서 일등을 한 몫입니다.
#
# **일등은 바뀌고, FCN-8s와 DeepLabv3는 이 표에서 거의 한 번도 일등을 하지 못합니다.** 그러니 ‘가장 좋은 신경망’을 묻기 전에 그림을 먼저 보세요. 이 단원들에서 잰 것을 옮기면 이렇습니다.
#
# - 가느다랗거나 작거나, 맞닿은 것을 떼어야 하면: **U-Net**. 세포라면 [6.3.3](6_3_3_unet.ipynb)의 경계 가중치를 함께 쓰세요.
# - 둘레를 보아야 이름을 알 수 있으면: **PSPNet이나 DeepLabv3+**. 가장자리까지 필요하면 디코더가 있는 쪽입니다.
# - 그림이 크고 ImageNet 가중치가 있으면: 분류 신경망의 몸통을 쓰는 **DeepLabv3+**부터. 우리 CamVid 표에서는 같은 몸통을 쓴 FCN과 PSPNet보다 8점쯤 높았습니다(시드 하나).
# - 비겼으면: 싸고 빠르고 익숙한 것을 고르세요. 그리고 남은 시간은 자료를 늘리는 데 쓰세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the scores as weight moves from wires to context: the lines of U-Net and DeconvNet fall, those of PSPNet and DeepLabv3+
# rise, and they cross. Right, the share of 2,000 random wishes in which each comes first.
#
# **The first changes, and in this table FCN-8s and DeepLabv3 hardly ever come first.** So look at the pictures before you ask for the best network. From
# what these lessons measured:
#
# - Thin, small, or touching things to be parted: **U-Net**; for cells with the border weights of [6.3.3](6_3_3_unet.ipynb).
# - Names that only the surroundings tell: **PSPNet or DeepLabv3+**; where rims matter too, the one with the decoder.
# - Large pictures, and ImageNet weights at hand: begin with **DeepLabv3+** on a classifier's trunk. On our CamVid table it is some 8 points
#   above FCN and PSPNet on the same trunk (one seed).
# - Level: take what is cheap, fast and familiar, and spend the time on more data.

# %% tags=["interactive", "nbval-skip"]
slider = (0.0, 1.0)


def choose(wires=slider, birds=slider, context=slider, balloons=slider, cells=slider):
    # ko: 내 그림에 중요한 만큼 움직여 보세요 | en: move each as it matters in your pictures
    wish = np.array([wires, birds, context, balloons, cells])
    ranking = relative @ wish / max(wish.sum(), 1e-9)
    order = np.argsort(-ranking)
    fig, ax = plt.subplots(figsize=(8, 3))
    bars(ax, [networks[k] for k in order], ranking[order][:, None], [COLORS[k] for k in order])
    ax.set(xlabel=L("무게를 준 점수 (1이 최고)", "weighted score (1 is best)"), xlim=(0, 1.15))
    plt.show()


_ = ipywidgets.interact(choose)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 바꾸면 불공평해질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 패딩이 없는 U-Net은 60픽셀 그림에서 20픽셀만 내놓습니다. 이것을 정답 전체와 견주면 오류가 납니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What makes it unfair?
#
# The next cell is **wrong on purpose**. An unpadded U-Net gives 20 pixels for a picture of 60, and to judge that against the whole
# truth raises an error.

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
learn, balloons = (pictures("scale", split, 48, size=60) for split in ("train", "val"))
torch.manual_seed(0)
valid = UNet(2, base_channels=4, depth=2, padding="valid", batch_norm=True, dropout=None)
fit(valid, learn[:2], epochs=4, class_weights=torch.tensor([1.0, 2.0]), **how)
judge(predict(valid, balloons.images), balloons)

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
silent = evaluate(valid, balloons[:2])  # ko: 소리 없이 정답의 가운데만 잘라 채점 | en: silently judges the middle of the truth
everywhere = valid.cpu().predict(standardise(balloons.images), tile=100).argmax(1)  # ko: 거울로 넓힌 그림 | en: mirrored
fair = judge(everywhere, balloons)
print(L("채점한 픽셀: 잘랐을 때", "pixels judged: cut"), f"{int(silent.matrix.sum()):,}", L("· 모두", "· all"), f"{balloons.masks.numel():,}")
flattered = silent.iou()[1].item() - fair.own
assert silent.matrix.sum() * 9 == balloons.masks.numel() and flattered > 0.05

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **증상** `shape`이 맞지 않는다는 오류. 정답을 가운데만 잘라 맞추면 **오류는 사라지고 점수가 5점 넘게 좋아집니다.** 기구는 가운데에 많으니 쉬운 9분의 1만 채점한 것입니다. 그 점수를 다른 신경망 옆에 놓으면 불공평합니다. **검사** 혼동
# 행렬의 합(`matrix.sum()`)이 모든 신경망에서 같은지 보세요. **처방** 거울로 둘레를 넓혀 모든 픽셀의 답을 얻고(`UNet.predict`), 모두 같은 픽셀에서 채점합니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Symptom**: an error about shapes. Cut the middle out of the truth, and **the error is gone, and the score more than 5 points better**: balloons
# are mostly in the middle, and only that easy ninth was judged. Beside another network's score it is unfair. **Test**: is the sum of the confusion matrix,
# `matrix.sum()`, the same for all networks? **Cure**: mirror the surroundings to get an answer for every pixel (`UNet.predict`), and
# judge all networks on the same ones.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 실력이 똑같은 두 신경망이 운으로 완전히 갈라질 확률을 1%보다 작게 하려면 시드가 적어도 몇 개씩 있어야 할까요?

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** How many seeds each does it take at least until two networks of equal merit are wholly apart, by luck, in less than 1% of cases?

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("6_3_6_showdown")

seeds_each = ...
q1.check(seeds_each)

# %% tags=["question"] exercise="q1"
hint = L("2를 math.comb(2k, k)로 나눈 값을 k = 1, 2, 3, …에 대해 구해 보세요.", "Work out 2 / math.comb(2k, k) for k = 1, 2, 3, …")
right = L("맞았습니다. 2/252 = 0.8%입니다. 그래서 이 강의의 기대 범위도 시드 다섯 개로 잽니다.",
          "Right: 2/252 = 0.8%. The course's expected ranges are measured over five seeds for that reason.")


def check(seeds_each):
    import math

    chance = 2 / math.comb(2 * seeds_each, seeds_each)
    if seeds_each == 5:
        return None
    if seeds_each == 4 or seeds_each < 4:
        return L(f"아직 {chance:.1%}입니다.", f"That is still {chance:.1%}.")
    return L(f"{chance:.2%}이니 되기는 하지만 더 적어도 됩니다.", f"That gives {chance:.2%}, but fewer will do.")


# %% tags=["solution"] exercise="q1"
seeds_each = 5

# %% tags=["wrong"] exercise="q1" says=["아직 10.0%", "still 10.0%"]
seeds_each = 3

# %% tags=["wrong"] exercise="q1" says=["아직 2.9%", "still 2.9%"]
seeds_each = 4

# %% tags=["wrong"] exercise="q1" says=["더 적어도", "fewer will do"]
seeds_each = 10

# %% [markdown] lang="ko"
# **q2.** 사진마다 교집합과 합집합의 픽셀 수가 `both`와 `either`에 있습니다. 논문처럼 **자료 전체의 IoU**를 돌려주는 함수를 쓰세요. 사진마다 IoU를 구해 평균하는 것과는 다릅니다.

# %% [markdown] lang="en"
# **q2.** For each picture `both` holds the pixels of the intersection and `either` those of the union. Write a function that returns the **IoU of the
# whole data set**, as papers do. It is not the mean of the pictures' IoUs.

# %% tags=["exercise"] exercise="q2"
def dataset_iou(both, either):
    return ...


q2.check(dataset_iou)

# %% tags=["question"] exercise="q2"
hint = L("먼저 더하고 나서 나눕니다.", "First add, then divide.")
right = L("맞았습니다. 픽셀 몇 개뿐인 사진이 큰 사진과 같은 무게를 갖지 않습니다. 어느 쪽인지 밝히지 않은 점수는 비교할 수 없습니다.",
          "Right: a picture with a few such pixels does not count as much as one that is full of them. A score that does not say which it is cannot be compared.")


def check(dataset_iou):
    import numpy as np

    both, either = np.array([90, 1, 0]), np.array([100, 10, 4])
    value = float(dataset_iou(both, either))
    if np.isclose(value, 91 / 114):
        return None
    if np.isclose(value, (0.9 + 0.1 + 0) / 3):
        return L("사진마다의 IoU를 평균했습니다. 작은 사진 하나가 점수를 절반으로 떨어뜨립니다.", "That is the mean over pictures: one with few pixels halves the score.")
    if np.isclose(value, 91 / 110):
        return L("교집합이 없는 사진을 빼면 안 됩니다. 그 합집합도 틀린 픽셀입니다.", "Do not leave out the picture without an intersection: its union is wrong pixels.")
    if np.isclose(value, 114 / 91):
        return L("거꾸로 나누었습니다.", "You divided the wrong way round.")
    return L(f"{91 / 114:.3f}이어야 하는데 {value:.3f}이(가) 나왔습니다.", f"It should be {91 / 114:.3f}; yours is {value:.3f}.")


# %% tags=["solution"] exercise="q2"
def dataset_iou(both, either):
    return sum(both) / sum(either)

# %% tags=["wrong"] exercise="q2" says=["평균했습니다", "mean over pictures"]
def dataset_iou(both, either):
    return np.mean(both / either)

# %% tags=["wrong"] exercise="q2" says=["빼면 안", "Do not leave out"]
def dataset_iou(both, either):
    return both[both > 0].sum() / either[both > 0].sum()

# %% tags=["wrong"] exercise="q2" says=["거꾸로", "wrong way round"]
def dataset_iou(both, either):
    return either.sum() / both.sum()

# %% [markdown] lang="ko"
# **q3.** 에폭마다 검증 사진의 점수 `val`과 시험 사진의 점수 `test`가 있습니다. 에폭을 골라도 좋습니다. **정직하게 보고할 점수**를 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# **q3.** There is a score on the validation pictures, `val`, and one on the test pictures, `test`, for each epoch. You may choose an epoch. Write a function that
# returns **the score to be reported honestly**.

# %% tags=["exercise"] exercise="q3"
def honest(val, test):
    return ...


q3.check(honest)

# %% tags=["question"] exercise="q3"
hint = L("고를 때 쓴 사진으로 채점하면 안 됩니다. np.argmax(val)은 검증 점수가 가장 높은 에폭입니다.",
         "What was used to choose cannot judge. np.argmax(val) is the epoch with the best validation score.")
right = L("맞았습니다. 고르는 사진과 채점하는 사진이 다릅니다. `data/results`는 아예 고르지 않고 마지막 에폭을 적습니다.",
          "Right: one set chooses, the other judges. `data/results` does not choose at all and takes the last epoch.")


def check(honest):
    val, test = [0.50, 0.62, 0.60, 0.58], [0.48, 0.55, 0.59, 0.57]
    value = honest(val, test)
    if abs(value - 0.55) < 1e-9:
        return None
    for other, complaint in [
        (0.62, L("고른 사진으로 채점했습니다. 그 점수는 늘 너무 좋습니다.", "You judged on the pictures that chose: such a score is always too good.")),
        (0.59, L("시험 사진으로 에폭을 골랐습니다. 시험 문제를 보고 답을 고른 셈입니다.", "You chose the epoch by the test pictures, as if you had seen the exam.")),
        (0.57, L("마지막 에폭도 정직하지만, 여기서는 검증 사진으로 고른 에폭을 물었습니다.", "The last epoch is honest too, but here validation may choose.")),
    ]:
        if abs(value - other) < 1e-9:
            return complaint
    return L(f"0.55여야 하는데 {value}이(가) 나왔습니다.", f"It should be 0.55; yours is {value}.")


# %% tags=["solution"] exercise="q3"
def honest(val, test):
    return test[int(np.argmax(val))]

# %% tags=["wrong"] exercise="q3" says=["고른 사진으로", "pictures that chose"]
def honest(val, test):
    return max(val)

# %% tags=["wrong"] exercise="q3" says=["시험 사진으로", "by the test pictures"]
def honest(val, test):
    return max(test)

# %% tags=["wrong"] exercise="q3" says=["마지막 에폭도", "last epoch is honest"]
def honest(val, test):
    return test[-1]

# %% [markdown] lang="ko"
# **q4.** 이 단원의 표를 보고 신경망을 고르세요. `power_lines`는 전깃줄 찾기, `boat_or_car`는 똑같이 생긴 배와 자동차 가리기입니다. 이름은 `networks`에 있습니다.

# %% [markdown] lang="en"
# **q4.** Choose by this lesson's table: a network to find power lines, `power_lines`, and one to tell boats from cars that look alike, `boat_or_car`. The names are
# in `networks`.

# %% tags=["exercise"] exercise="q4"
choice = {"power_lines": ..., "boat_or_car": ...}
q4.check(choice)

# %% tags=["question"] exercise="q4"
hint = L("둘째 절의 그림에서 파란 점이 어디에 있는지 보세요.", "See where the blue dots are in the second section's figure.")
right = L("맞았습니다. 두 일에 서로 다른 신경망을 골랐습니다. 비긴 것 가운데에서는 어느 것을 골라도 좋습니다.",
          "Right: two jobs, two networks. Of those that are level, either will do.")


def check(choice):
    known = {"FCN-8s", "DeconvNet", "U-Net", "PSPNet", "DeepLabv3", "DeepLabv3+"}
    for key in ("power_lines", "boat_or_car"):
        if choice[key] not in known:
            return L(f"{choice[key]!r}은(는) networks에 없는 이름입니다.", f"{choice[key]!r} is no name in networks.")
    if choice["power_lines"] == choice["boat_or_car"]:
        return L("한 신경망이 두 가지를 다 이기지는 못했습니다.", "No network won both.")
    if choice["power_lines"] not in ("U-Net", "DeconvNet"):
        return L("전깃줄은 1픽셀입니다. 고운 맵을 끝까지 지니는 신경망이어야 합니다.", "A power line is one pixel: it takes a network that keeps a fine map to the end.")
    if choice["boat_or_car"] not in ("PSPNet", "DeepLabv3+"):
        return L("배인지 자동차인지는 둘레가 말해 줍니다. 넓게 보는 피라미드가 있어야 합니다.", "The surroundings tell boat from car: it takes a pyramid that sees wide.")
    return None


# %% tags=["solution"] exercise="q4"
choice = {"power_lines": "U-Net", "boat_or_car": "PSPNet"}

# %% tags=["wrong"] exercise="q4" says=["다 이기지는", "won both"]
choice = {"power_lines": "U-Net", "boat_or_car": "U-Net"}

# %% tags=["wrong"] exercise="q4" says=["1픽셀", "one pixel"]
choice = {"power_lines": "DeepLabv3", "boat_or_car": "PSPNet"}

# %% tags=["wrong"] exercise="q4" says=["둘레가", "surroundings tell"]
choice = {"power_lines": "U-Net", "boat_or_car": "FCN-8s"}

# %% tags=["wrong"] exercise="q4" says=["없는 이름", "no name"]
choice = {"power_lines": "unet", "boat_or_car": "PSPNet"}

# %% [markdown] lang="ko"
# **q5.** U-Net이 배와 자동차에서 진 것은 44픽셀밖에 보지 못해서일지도 모릅니다. 곱셈을 **270만 번 아래로** 두면서 **90픽셀 넘게** 보는 `base_channels`와 `depth`를 찾으세요. 채점할 때 크기를 그 자리에서 셉니다.

# %% [markdown] lang="en"
# **q5.** U-Net may have lost on boats and cars because it sees 44 pixels only. Find a `base_channels` and a `depth` that see **more than 90 pixels** with **less than 2.7
# million** multiply-adds. Both are counted on the spot.

# %% tags=["exercise"] exercise="q5"
settings = {"base_channels": ..., "depth": ...}
q5.check(settings)

# %% tags=["question"] exercise="q5"
hint = L("풀링이 하나 늘면 보는 범위가 두 배쯤 됩니다. 늘어난 곱셈은 채널을 줄여 갚으세요.", "One pooling more about doubles what it sees. Pay for it by fewer channels.")
right = L("맞았습니다. 같은 값으로 더 멀리 보지만 고운 맵의 채널이 줄었습니다. 전선에서 무엇을 잃는지 직접 재어 보세요.",
          "Right: it sees farther at the same price, with fewer channels on the fine map. Measure what that costs on wires.")


def check(settings):
    from helpers.segmentation import UNet, costs, receptive_field

    model = UNet(2, batch_norm=True, dropout=None, **settings).eval()
    seen, work = receptive_field(model, size=192).height, costs.multiply_adds(model, 40) / 1e6
    if seen > 90 and work < 2.7:
        return None
    if seen <= 90:
        return L(f"{seen}픽셀밖에 보지 못합니다. 더 깊게 만드세요.", f"It sees {seen} pixels only: make it deeper.")
    return L(f"곱셈이 {work:.1f}백만 번입니다. 채널을 줄이세요.", f"That is {work:.1f} million multiply-adds: fewer channels.")


# %% tags=["solution"] exercise="q5"
settings = {"base_channels": 3, "depth": 3}

# %% tags=["wrong"] exercise="q5" says=["더 깊게", "deeper"]
settings = {"base_channels": 4, "depth": 2}

# %% tags=["wrong"] exercise="q5" says=["채널을 줄이세요", "fewer channels"]
settings = {"base_channels": 4, "depth": 3}

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 곱셈, 매개변수, 시간을 한꺼번에 같게 할 수는 없습니다. 무엇을 같게 했는지 밝히세요.
# 2. 다 이기는 신경망은 없습니다. 가느다란 것은 U-Net과 DeconvNet, 맥락은 PSPNet과 DeepLabv3+입니다.
# 3. 크기는 구조가 허락하는 데까지만 듭니다. 맵이 성기면 열다섯 배로 키워도 전선은 보이지 않습니다.
# 4. 시드 하나로는 누구나 이깁니다. 셋이 갈라져도 열 번에 한 번은 운입니다.
# 5. 발표된 점수는 조리법의 점수입니다. 같은 픽셀, 같은 자료, 같은 예산이 아니면 빼지 마세요.
#
# **더 읽을거리** V. Badrinarayanan, A. Kendall, R. Cipolla, “SegNet” (PAMI 2017), 표 3 · F. Yu, V. Koltun, “Multi-Scale Context Aggregation by Dilated
# Convolutions” (ICLR 2016), 표 5 · GitLanx/Semantic-Segmentation-PyTorch, README (커밋 699eb32) · ChainerCV, SegNet 예제의 README · R. A. Fisher, *The Design of
# Experiments* (1935), 21절
#
# **다음** [10.1 원-핫 인코딩](10_1_one_hot.ipynb): 픽셀에 이름을 붙였으니, 이제 이름을 숫자로 바꿉니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. Multiplications, parameters and time cannot all be equal at once. Say which of them were.
# 2. None wins everywhere: U-Net and DeconvNet where things are thin, PSPNet and DeepLabv3+ where context counts.
# 3. Size pays as far as the structure lets it. On a coarse map a wire stays out of sight at fifteen times the price.
# 4. With one seed anybody wins; three seeds wholly apart are luck one time in ten.
# 5. A published score is a recipe's score. Do not subtract unless pixels, data and budget are the same.
#
# **Further reading** V. Badrinarayanan, A. Kendall, R. Cipolla, “SegNet” (PAMI 2017), table 3 · F. Yu, V. Koltun, “Multi-Scale Context Aggregation
# by Dilated Convolutions” (ICLR 2016), table 5 · GitLanx/Semantic-Segmentation-PyTorch, README (commit 699eb32) · ChainerCV, README of its SegNet example ·
# R. A. Fisher, *The Design of Experiments* (1935), section 21
#
# **Next** [10.1 One-hot encoding](10_1_one_hot.ipynb): pixels have their names; now names become numbers.
