# Lesson 10_5, claims E14 to E16: counts of pairs, ratios, GloVe's cost and weights, zeros, windows, loading, analogies.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="함께 나온 횟수의 로그를 벡터의 내적으로 되살립니다. 만난 적 없는 짝, 유추가 숨기는 것, 말뭉치의 편견까지 재어 봅니다."
# # 10.5 GloVe: 함께 나온 횟수를 벡터로
#
# ![왼쪽은 농장, 바다, 숲, 마을의 낱말이 끼리끼리 모인 지도. 오른쪽은 king에서 queen, man에서 woman으로 가는 화살표들이 나란한 그림.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [10.1 원-핫 인코딩](10_1_one_hot.ipynb), [10.2 카운트 벡터와 TF-IDF](10_2_counts_tfidf.ipynb). [10.3 Word2Vec](10_3_word2vec.ipynb)의
# 스킵그램도 견주어 보지만 몰라도 됩니다.
#
# **마치고 나면** ① 함께 나온 횟수를 손으로 세고, GloVe의 비용을 계산해 엔진과 같은 숫자를 얻을 수 있습니다.
# ② GloVe가 무엇을 보고 무엇을 보지 못하는지 실험으로 보여 줄 수 있습니다.
# ③ 남이 배워 둔 벡터를 제대로 읽고, 유추 점수를 곧이곧대로 믿지 않을 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Products of vectors that give back the logarithm of counts. Pairs that never met, what analogies hide, and a corpus's prejudice, measured."
# # 10.5 GloVe: vectors from counts of pairs
#
# ![Left, a map on which words of farm, sea, forest and town lie with their own kind. Right, parallel arrows from king to queen and man to woman.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [10.1 One-hot encoding](10_1_one_hot.ipynb), [10.2 Counts and TF-IDF](10_2_counts_tfidf.ipynb). The skip-gram of
# [10.3 Word2Vec](10_3_word2vec.ipynb) comes in for comparison, but you can do without.
#
# **Afterwards** ① you can count pairs by hand, compute GloVe's cost and get the engine's number; ② you can show by experiment what
# GloVe sees and what it does not; ③ you can load other people's vectors properly, and take analogy scores with a pinch of salt.

# %% tags=["setup"]
# ko: 모든 단원의 첫 셀입니다. Colab에서는 helpers를 설치하고, 다른 곳에서는 바로 끝납니다. | en: The first cell of every lesson: on Colab it installs helpers, elsewhere it is instant.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("helpers") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "pixels-to-words"], check=True)

from helpers import course

session = course.setup(seed=0, language=L("ko", "en"))

# %% tags=["nbval-check-output"]
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from gensim.models import KeyedVectors, Word2Vec

from helpers import datasets, embeddings, exercises
from helpers.datasets.tales import Tales
from helpers.embeddings import GloVe, count_cooccurrences, evaluate_analogies, load_vectors
from helpers.embeddings.grouping import group_share, parallelism
from helpers.embeddings.vocabulary import Vocabulary
from helpers.plots import band, bars, heatmap


def drawn(words, seed, dreams=0.1):
    """A corpus from a grammar, its vocabulary, and its words as numbers."""
    tales = Tales(words, seed=seed, dreams=dreams)  # ko: 낱말의 뜻을 모두 압니다 | en: every meaning is known
    lines = list(tales)
    vocabulary = Vocabulary.build(lines, min_count=1)
    return tales, vocabulary, vocabulary.encode(lines)


tales, vocabulary, tokens = drawn(2_000_000, seed=0)
print(L("낱말", "words"), f"{len(tokens.ids):,}", L("· 서로 다른 낱말", "· different words"), len(vocabulary))
print(*(" ".join(line) for line, _ in zip(tales, range(3), strict=False)), sep="\n")

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## GloVe는 글에서 무엇을 세어 둘까?
#
# 스킵그램은 글을 한 줄씩 읽으며 배웁니다. GloVe(Global Vectors)는 먼저 글 전체에서 **낱말 두 개가 얼마나 가까이 함께 나오는지**를 세어
# 동시 출현 행렬(co-occurrence matrix) $X$를 만들고, 그 뒤로는 글을 다시 보지 않습니다. $d$칸 떨어진 낱말은 $1/d$번으로 칩니다.
#
# **먼저 맞혀 보세요.** 아래의 두 문장에서 ice와 water는 얼마로 셀까요? 1일까요, 1/3일까요, 3일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does GloVe count in a text?
#
# Skip-gram learns while it reads, line by line. GloVe, for Global Vectors, first goes through the whole text and counts **how often
# two words stand near each other**: the co-occurrence matrix $X$. After that it never looks at the text again. A word $d$ places
# away counts $1/d$.
#
# **Guess first.** In the two sentences below, what is the count of ice and water: 1, 1/3 or 3?

# %% claim=["E14"] slideshow={"slide_type": "fragment"}
from collections import Counter


def count_by_hand(lines, window=10, symmetric=True):
    """A word d places away counts 1/d; `symmetric` counts both ways."""
    pairs = Counter()
    for line in lines:
        for here, word in enumerate(line):
            for d in range(1, min(window, len(line) - 1 - here) + 1):
                pairs[word, line[here + d]] += 1 / d
                if symmetric:
                    pairs[line[here + d], word] += 1 / d
    return pairs


lines = [f"where there is {word} there is water".split() for word in ("ice", "steam")]
small = Vocabulary.build(lines, min_count=1)
fig, axes = plt.subplots(1, 2, figsize=(11.5, 3.9), sharey=True)
for ax, both in zip(axes, (True, False), strict=True):
    by_hand = count_by_hand(lines, symmetric=both)
    ours = count_cooccurrences(small.encode(lines), small, symmetric=both).to_scipy().toarray()
    heatmap(ax, ours, small.words, small.words)
    ax.set_title(L("양쪽을 셈", "both ways") if both else L("뒤에 오는 낱말만", "words that follow"))
    assert np.allclose(ours, [[by_hand[one, other] for other in small.words] for one in small.words])
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 두 문장의 동시 출현 행렬. 왼쪽은 대각선을 사이에 두고 대칭이고 there와 is가 만나는 칸이 5.50으로 가장 큽니다. 오른쪽은 뒤에 오는 낱말만 세어 대칭이 아니고, ice와
# steam이 만나는 칸은 둘 다 0입니다.
#
# **1/3입니다.** 세 칸 떨어져 한 번 나왔기 때문입니다. 열 줄로 손수 센 것이 `count_cooccurrences`와 모든 칸에서 같습니다. 이 행렬 하나에 글 전체의 통계가 들어 있습니다. 이름의
# ‘Global’은 이것을 가리킵니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Counts of pairs in the two sentences. Left, symmetric about the diagonal, with the largest count, 5.50, where “there”
# meets “is”. Right, only the words that follow are counted and the symmetry is gone. Ice and steam have a zero in both.
#
# **1/3:** they stand once, three places apart. Ten lines by hand equal `count_cooccurrences` in every cell. This one matrix holds the
# statistics of the whole text, which is what the “Global” in the name refers to.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 횟수보다 횟수의 비율이 더 많은 것을 말해 줄까?
#
# ice와 steam은 무엇이 다를까요? 논문은 다른 낱말 $k$(탐침, probe)가 둘 곁에 나올 확률을 견줍니다. $P(k\mid\text{ice})=X_{\text{ice},k}/X_{\text{ice}}$이고, $X_{\text{ice}}$는 그
# 행의 합입니다. 논문은 60억 낱말을 세었습니다. 우리 글에서는 문법이 정한 **참값**을 알고 있습니다.
#
# **먼저 맞혀 보세요.** 두 확률의 비율 $P(k\mid\text{ice})/P(k\mid\text{steam})$은 solid, gas, water, fashion 가운데 어느 것에서 1에 가까울까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does a ratio of counts say more than the counts?
#
# How do ice and steam differ? The paper takes a third word $k$, a probe, and compares how likely it is beside either:
# $P(k\mid\text{ice})=X_{\text{ice},k}/X_{\text{ice}}$, where $X_{\text{ice}}$ is the sum of the row. It counted six billion words. In
# our text the grammar decides, so the **truth** is known.
#
# **Guess first.** For which of solid, gas, water and fashion is the ratio $P(k\mid\text{ice})/P(k\mid\text{steam})$ near 1?

# %% claim=["E14"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
import pandas as pd

counts = count_cooccurrences(tokens, vocabulary, window=10)
total = counts.to_scipy().sum(axis=1)  # X_i
paper = {"solid": 8.9, "gas": 0.085, "water": 1.36, "fashion": 0.96}


def share(word, probe):
    """P(probe | word)"""
    return counts.get(word, probe) / total[vocabulary.index[word]]


table = []
for probe in paper:
    chances = [share(word, probe) for word in ("ice", "steam")]
    truth = tales.company["ice"][probe] / tales.company["steam"][probe]
    table.append((probe, *chances, chances[0] / chances[1], truth, paper[probe]))
columns = [L("탐침", "probe"), "P(k|ice)", "P(k|steam)", L("비율", "ratio"), L("참값", "truth"), L("논문", "paper")]
table = pd.DataFrame(table, columns=columns)
print(table.to_string(index=False, float_format="%.3f"))
assert (abs(np.log(table.iloc[:, 3] / table.iloc[:, 4])) < 0.35).all()

# %% slideshow={"slide_type": "slide"}
from helpers.datasets import corpora

fig, ax = plt.subplots(figsize=(9, 3.2))
for row, (*_, ratio, truth, printed) in enumerate(table.itertuples(index=False)):
    ax.plot(truth, row, "|", color="black", markersize=26, markeredgewidth=2.5)
    ax.plot(ratio, row, "o", color=course.PALETTE[0], markersize=10)
    ax.plot(printed, row, "D", color=course.PALETTE[3], markersize=8)
marks = [L("참값", "truth"), L("우리가 센 것", "our count"), L("논문 (60억 낱말)", "paper (6 billion words)")]
ax.legend(ax.lines[:3], marks, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
ax.set(xscale="log", yticks=range(4), yticklabels=list(paper), ylim=(3.6, -0.6), xlim=(0.05, 20))
ax.set_xticks([0.125, 1, 8], ["1/8", "1", "8"])
ax.axvline(1, color="#B4B4B4", linewidth=1, zorder=0)
ax.set_xlabel(L("확률의 비율 (ice / steam, 로그 눈금)", "ratio of chances (ice / steam, logarithmic)"))
plt.show()
if corpora.available("novels"):  # ko: 진짜 글: 영어 소설 48권 | en: real text: 48 English novels
    from helpers.embeddings.streams import Sentences

    novels = Sentences("novels")
    words = Vocabulary.build(novels, min_count=20)
    real_counts = count_cooccurrences(words.encode(novels), words)
    for one, other, probes in [("ice", "steam", paper), ("ship", "horse", ("captain", "rode", "the"))]:
        met = [f"{k} {real_counts.get(one, k):.1f} / {real_counts.get(other, k):.1f}" for k in probes]
        print(f"novels · {one} / {other}:", " · ".join(met))
else:
    print(L("소설 말뭉치는 여기에 없어서 Tales로만 세었습니다.", "The novels are not at hand: counted on Tales alone."))

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 네 탐침의 확률 비율을 로그 눈금에 나타낸 점. solid는 8 근처, gas는 8분의 1 근처이고 water와 fashion은 1에 모입니다. 우리가 센 점은 참값의 금에 거의 겹치고, 논문의 점도 그 가까이에 있습니다.
#
# **water와 fashion입니다.** 확률만 보면 water가 solid 못지않게 ice 곁에 자주 나옵니다. 비율로 보면 둘 다와 어울리는 water도, 아무와도 어울리지 않는 fashion도
# 1이 되어 사라지고, 둘을 **가르는** 낱말만 남습니다. 다만 비율을 믿으려면 많이 세어야 합니다. 소설 48권, 390만 낱말에는 ice가 77번뿐이고, ice도 steam도 solid와 한 번도 만나지 않아서 비율이 0/0입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Ratios for the four probes on a logarithmic scale. Solid is near 8, gas near one eighth, water and fashion near 1. Our counts
# almost cover the marks of the truth, and the paper's numbers are not far.
#
# **Water and fashion.** By chances alone water is beside ice about as often as solid. In the ratio, water, which suits both, and fashion,
# which suits neither, both become 1 and drop out: only what **tells the two apart** remains. But ratios need many counts. The 48
# novels, 3.9 million words, have ice 77 times, and neither ice nor steam ever beside solid: the ratio is 0/0.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 벡터의 내적이 정말 횟수를 되살릴까?
#
# 비율이 뜻이라면 로그를 씌웠을 때 뺄셈이 됩니다. 그래서 GloVe는 내적이 횟수의 로그가 되도록 낱말 벡터 $w$와 문맥 벡터 $c$, 편향 $b$를 배웁니다. 아래 비용(식 8)은 글의
# 길이가 아니라 **만난 적이 있는 짝의 수**만큼만 계산하면 됩니다. 그래서 200만 낱말을 한 바퀴 도는 데 0.01초도 걸리지 않습니다. 엔진은 이 합을 짝의 수로 나누고 다시 반으로 나누어 알려 줍니다.
#
# $$J=\sum_{X_{ij}>0} f(X_{ij})\,\big(w_i\cdot c_j+b_i+b'_j-\log X_{ij}\big)^2,\qquad f(x)=\min\big((x/x_{\max})^{\alpha},\,1\big)$$
#
# **먼저 맞혀 보세요.** 다 배우고 나면 내적 하나로 $\log X$를 맞힐 수 있을까요, 아니면 편향이 꼭 있어야 할까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Do products of vectors really give the counts back?
#
# If ratios are meaning, logarithms turn them into differences. So GloVe learns word vectors $w$, context vectors $c$ and biases $b$
# such that a product is the logarithm of a count. The cost below (equation 8) goes over the **pairs that ever met**, however long
# the text: one pass over our two million words takes less than 0.01 seconds. The engine reports half the mean over the pairs.
#
# $$J=\sum_{X_{ij}>0} f(X_{ij})\,\big(w_i\cdot c_j+b_i+b'_j-\log X_{ij}\big)^2,\qquad f(x)=\min\big((x/x_{\max})^{\alpha},\,1\big)$$
#
# **Guess first.** After training, does the product alone give $\log X$, or are the biases needed?

# %% claim=["E14"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def prediction(model, counts):
    """w·c and b + b' of every pair that met: two arrays [pairs]."""
    w, c = np.split(model.state[:, 0].astype(float), 2)  # [words, numbers + 1]
    i, j = counts.rows, counts.cols
    return (w[i, :-1] * c[j, :-1]).sum(axis=1), w[i, -1] + c[j, -1]


def f(x, x_max=100, alpha=0.75):
    return np.minimum((x / x_max) ** alpha, 1)


x = counts.counts.astype(float)
still = GloVe(vector_size=50, min_count=1, epochs=1, learning_rate=1e-9, eta_on_biases=True)  # ko: 꼼짝 않기 | en: no step
still.build_vocab(cooccurrences=counts)
product, bias = prediction(still, counts)
by_hand = np.mean(f(x) * (product + bias - np.log(x)) ** 2) / 2
still.train()
print(L("만난 적이 있는 짝", "pairs that met"), f"{len(counts):,} / {len(vocabulary) ** 2:,}")
print(L("비용: 손으로", "cost: by hand"), f"{by_hand:.4f}", L("· 엔진", "· engine"), f"{still.losses[0]:.4f}",
      L("· 벡터가 모두 0이라면", "· with vectors of zeros"), f"{np.mean(f(x) * np.log(x) ** 2) / 2:.4f}")
assert abs(by_hand - still.losses[0]) < 1e-5

# %% claim=["E14"] slideshow={"slide_type": "slide"}
def train(counts, seed=0, epochs=50, x_max=1000, **settings):
    model = GloVe(vector_size=50, min_count=1, epochs=epochs, x_max=x_max, seed=seed, **settings)
    model.build_vocab(cooccurrences=counts)
    model.train()
    return model


def learned_ratio(model, one, other, probe):
    """X[one, probe] / X[other, probe] as the vectors say it."""
    w, c = np.split(model.state[:, 0].astype(float), 2)
    i, j, k = (model.vocabulary.index[word] for word in (one, other, probe))
    return np.exp((w[i, :-1] - w[j, :-1]) @ c[k, :-1] + w[i, -1] - w[j, -1])


def correlation(one, other, weights):
    (a, ab), (_, b) = np.cov(one, other, aweights=weights)
    return ab / np.sqrt(a * b)


model, ratios = train(counts, epochs=10, x_max=100), []
for epoch in range(20, 201, 10):
    model.train(10)
    ratios.append([epoch, *(learned_ratio(model, "ice", "steam", probe) for probe in paper)])

# %% claim=["E14"] slideshow={"slide_type": "slide"}
product, bias = prediction(model, counts)
agreement = [correlation(one, np.log(x), f(x)) for one in (product, bias, product + bias)]
fig, (left, middle, right) = plt.subplots(1, 3, figsize=(12.6, 4))
left.plot(np.arange(1, 201), model.losses)
left.set(yscale="log", xlabel=L("에폭", "epoch"), title=L("비용", "Cost"))
spots = middle.hexbin(np.log10(x), (product + bias) / np.log(10), C=f(x), reduce_C_function=np.sum,
                      gridsize=40, bins="log", cmap="cividis", mincnt=1)
fig.colorbar(spots, ax=middle, label=L("무게의 합", "sum of weights"))
middle.plot([-1, 4.5], [-1, 4.5], color=course.PALETTE[3], linewidth=1.5)
middle.set(xlabel="log10 X", ylabel="w·c + b + b'", title=L("횟수가 돌아옴", "The counts come back"))
ratios = np.array(ratios)
for number, probe in enumerate(paper):
    truth = counts.get("ice", probe) / counts.get("steam", probe)
    right.axhline(truth, color="#9A9A9A", linewidth=1, linestyle="--")
    right.plot(ratios[:, 0], ratios[:, number + 1], color=course.PALETTE[number])
    beside = {"xytext": (-60, -16 if probe in ("water", "solid") else 6), "textcoords": "offset points"}
    right.annotate(probe, (200, truth), color=course.PALETTE[number], **beside)
    assert abs(np.log(ratios[-1, number + 1] / truth)) < 0.1
right.set(yscale="log", xlabel=L("에폭", "epoch"), title=L("벡터가 말하는 비율", "Ratios the vectors say"))
right.set_yticks([0.125, 1, 8], ["1/8", "1", "8"])
right.minorticks_off()
plt.show()
print(L("log X와의 상관: 내적", "correlation with log X: product"), f"{agreement[0]:.2f}",
      L("· 편향", "· biases"), f"{agreement[1]:.2f}", L("· 둘의 합", "· both"), f"{agreement[2]:.3f}")
assert agreement[2] > 0.98 and max(agreement[:2]) < 0.85 and model.losses[-1] < model.losses[0] / 10

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 에폭이 갈수록 내려가는 비용. 가운데는 가로축이 횟수의 로그, 세로축이 벡터가 말하는 값으로, 무게가 큰 짝은 대각선 위에 있고 드문 짝은 흩어져 있습니다. 오른쪽은 벡터가 말하는
# ice와 steam의 비율로, 1에서 갈라져 나와 백 에폭 무렵 센 비율(점선)에 닿습니다.
#
# **편향이 있어야 합니다.** 무게를 준 상관은 내적만으로 0.30, 편향만으로 0.74이고 둘을 더하면 0.995입니다. 편향은 낱말이 얼마나 흔한지를 맡고, 내적은 **흔한 정도로 설명되지 않는 나머지**를 맡습니다. 비율도
# 손으로 센 것과 1% 안팎에서 같습니다. 주장대로입니다. 그런데 비용이 낮을수록 좋은 벡터일까요? 그것은 다음 두 절에서 재어 봅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the cost falls with the epochs. Middle, the logarithm of the count against what the vectors say: pairs of weight lie
# on the diagonal, rare pairs are scattered. Right, the ratios of ice to steam that the vectors say: they part at 1 and reach the
# counted ratios, dashed, after about a hundred epochs.
#
# **The biases are needed.** Correlation, weighted: 0.30 by the product alone, 0.74 by the biases alone, 0.995 by both. Biases take over how
# common a word is, the product **what commonness does not explain**. The ratios too equal the counted ones to about 1%, as claimed.
# But is a lower cost a better vector? That is for the next two sections.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 드문 짝은 얼마나 믿어야 할까?
#
# 한 번 만난 짝과 천 번 만난 짝을 똑같이 맞히려 하면 우연까지 외우게 됩니다. 그래서 $f$는 드문 짝의 무게를 덜고, 흔한 짝의 무게는 1에서 멈춥니다. 논문은 $x_{\max}=100$, $\alpha=3/4$을
# 썼고, 글이 짧으면 10을 쓰기도 합니다. Tales에 답이 정해진 유추 문제가 450개 있으니, 무게를 바꾸며 배워 보겠습니다.
#
# **먼저 맞혀 보세요.** 200만 낱말에서 만난 짝 가운데 $X<1$인 것은 몇 퍼센트일까요? 무게를 모두 1로 하면 유추를 얼마나 맞힐까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How far should rare pairs be trusted?
#
# To fit a pair that met once as closely as one that met a thousand times is to learn chance by heart. So $f$ takes weight from rare
# pairs, and stops at 1 for common ones. The paper takes $x_{\max}=100$ and $\alpha=3/4$; for short texts 10 is in use. Tales has 450
# analogies whose answers are known: let us train with several weights.
#
# **Guess first.** Of the pairs that met in two million words, what share has $X<1$? With all weights 1, how many analogies come out right?

# %% claim=["E14"] slideshow={"slide_type": "fragment"}
def right_answers(wv):
    return evaluate_analogies(wv, tales.analogies()).accuracy["total"]


def while_learning(counts, epochs, seed, **settings):
    """Analogies answered after each of these numbers of epochs."""
    model, found = train(counts, seed, epochs[0], **settings), []
    for done in epochs:
        model.train(done - len(model.losses))
        found.append(right_answers(model.wv))
    return found


corpus = [(tales, vocabulary, tokens), drawn(2_000_000, 1), drawn(2_000_000, 2)]
pairs = [count_cooccurrences(tokens, words, window=10) for _, words, tokens in corpus]
few, many = [2, 5, 10, 25, 50], [5, 10, 25, 50, 100]
EPOCHS = {1e-9: few, 10: few, 100: few, 1000: many}
curves = {}
for x_max, epochs in EPOCHS.items():
    runs = [while_learning(one, epochs, seed, x_max=x_max) for seed, one in enumerate(pairs)]
    curves[x_max] = np.array(runs)

# %% claim=["E14"] slideshow={"slide_type": "slide"}
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2))
grid = np.geomspace(0.1, 10_000, 200)
for number, x_max in enumerate(EPOCHS):
    color = course.PALETTE[(3, 1, 0, 2)[number]]
    name = L("모두 1", "all 1") if x_max < 1 else f"x_max = {x_max}"
    left.plot(grid, f(grid, x_max), color=color)
    band(right, EPOCHS[x_max], curves[x_max], name, color, at=(2, 2, 2, 3)[number], offset=(-10, 10))
    if x_max > 1:
        left.annotate(str(x_max), (x_max, 1), (-12, 6), textcoords="offset points", color=color)
left.hist(x, grid[::7], weights=np.full(len(x), 4 / len(x)), color="#D9D9D9", zorder=0)
left.set(xscale="log", xlabel="X", ylabel=L("무게 f(X)", "weight f(X)"), ylim=(0, 1.15))
left.set_title(L("무게와 짝의 수 (회색)", "Weights, and how many pairs (grey)"))
right.set(xscale="log", xlabel=L("에폭", "epochs"), ylim=(0, 1), title=L("맞힌 유추의 몫", "Analogies answered"))
right.set_xticks([2, 5, 10, 25, 50, 100], ["2", "5", "10", "25", "50", "100"])
right.minorticks_off()
plt.show()

below = [(x < 1).mean(), x[x < 1].sum() / x.sum()]
print(L("X < 1인 짝", "pairs with X < 1"), f"{below[0]:.0%}", L("· 횟수로는", "· of the counts"), f"{below[1]:.1%}")
best = {x_max: runs.max(axis=1) for x_max, runs in curves.items()}
assert below[0] > 0.5 > 0.01 > below[1] and best[1e-9].max() < 0.25
assert min(best[100].min(), best[1000].min()) > best[10].max() > best[10].min() > best[1e-9].max()
assert all((runs[:, -1] < runs.max(axis=1) - 0.05).all() for m, runs in curves.items() if m >= 100)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 무게 함수의 곡선 넷과 짝의 수(회색)로, 절반이 넘는 짝이 X가 1보다 작은 쪽에 몰려 있습니다. 오른쪽은 에폭에 따라 맞힌 유추의 몫입니다. 무게가 모두 1이면 10% 안팎에 머물고, x_max가
# 100과 1000인 선은 80%를 넘었다가 더 배우면 도로 내려갑니다. 띠는 서로 다른 말뭉치 셋의 범위입니다.
#
# **짝의 58%가 1도 안 되지만, 횟수로는 0.3%입니다.** 그 우연을 똑같이 맞히려 한 벡터는 유추를 거의 못 풉니다. 언제 멈추더라도 마찬가지입니다. $x_{\max}$가 크면 같은 곳에 천천히 다다릅니다. 그리고 **오래 배우면
# 나빠집니다.** 비용은 계속 내려가는데 유추는 줄어드니, 손실만 보고 멈출 때를 정하면 안 됩니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, four curves of weight and how many pairs there are (grey): over half have an X below 1. Right, the share of analogies
# answered against epochs. With all weights 1 it stays near 10%; with x_max 100 and 1000 it passes 80% and comes down again. Bands:
# range over three different corpora.
#
# **58% of the pairs are below 1, and they are 0.3% of the counts.** Vectors that fit this chance as closely as the rest answer next to
# nothing, whenever one stops. A larger $x_{\max}$ gets to the same place more slowly. And **training longer makes it worse**: the cost
# keeps falling while analogies are lost, so the loss alone must not say when to stop.

# %% tags=["interactive", "nbval-skip"]
def show_weights(x_max=100, alpha=0.75):  # ko: 슬라이더를 움직여 보세요 | en: move the sliders
    fig, ax = plt.subplots(figsize=(8, 3))
    ax.plot(grid, f(grid, x_max, alpha))
    ax.set(xscale="log", xlabel="X", ylabel="f(X)", ylim=(0, 1.05))
    rare = f(x, x_max, alpha)[x < 1].sum() / f(x, x_max, alpha).sum()
    ax.set_title(L(f"무게 가운데 X < 1인 짝의 몫: {rare:.0%}", f"share of the weight on pairs with X < 1: {rare:.0%}"))
    plt.show()


_ = ipywidgets.interact(show_weights, x_max=(1, 2000), alpha=(0.0, 1.5, 0.05))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 한 번도 만나지 않은 짝에서는 무엇을 배울까?
#
# 비용의 합은 $X_{ij}>0$인 짝만 더합니다. $\log 0$은 없으니 만나지 않은 짝은 **아예 보지 않습니다.** 그런데 ‘농장 이야기에는 고래가 나오지 않는다’는 것도 알아야 할 사실이 아닐까요?
# 아무 낱말이나 섞이는 꿈 문장을 뺀 말뭉치(`dreams=0`)에서 재어 봅니다. 대조군은 모든 칸에 1을 더해 **0도 알려 준** GloVe, 그리고 스킵그램(gensim)입니다.
#
# **먼저 맞혀 보세요.** GloVe는 농장, 바다, 숲 같은 여섯 주제를 가려낼까요? 아무렇게나 골라도 여섯에 하나는 맞습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What is learned from pairs that never met?
#
# The cost sums over pairs with $X_{ij}>0$ alone. There is no $\log 0$, so pairs that never met are **not looked at**. Yet is it not
# a fact worth knowing that no whale comes in a tale of the farm? Take a corpus without the dreams, in which any word may meet any
# (`dreams=0`). For comparison: GloVe **told of the zeros**, by adding 1 to every cell, and skip-gram (gensim).
#
# **Guess first.** Will GloVe tell the six topics apart, farm, sea, forest and so on? By chance alone one in six is right.

# %% claim=["E14"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
tidy = [drawn(700_000, seed, dreams=0) for seed in range(2)]
seen = [count_cooccurrences(tokens, words, window=10) for _, words, tokens in tidy]
met, words = seen[0], tidy[0][1]
print(L("만난 적이 없는 짝", "pairs that never met"), f"{1 - len(met) / len(words) ** 2:.0%}")
for one, other in [("king", "queen"), ("whale", "goat")]:
    for probe in ("he", "she") if one == "king" else ("sailor", "farmer"):
        print(f"{probe:>7} · {one} {met.get(one, probe):7.1f} · {other} {met.get(other, probe):7.1f}")
everything = [one.plus(1) for one in seen]  # ko: 모든 칸에 1을 더함 | en: 1 added to every cell
print(L("배울 짝: 그대로", "pairs to learn: as they are"), f"{len(met):,}", L("· 0도 알려 주면", "· told of zeros"), f"{len(everything[0]):,}")
assert met.get("king", "she") == met.get("goat", "sailor") == 0

# %% claim=["E14"] slideshow={"slide_type": "fragment"}
plain = [train(one, seed, epochs=200, x_max=100) for seed, one in enumerate(seen)]
told = [train(one, seed, epochs=200, x_max=100) for seed, one in enumerate(everything)]
how = {"vector_size": 50, "window": 10, "min_count": 1, "epochs": 2, "sg": 1, "workers": 1}
skip = [Word2Vec(list(tidy[seed][0]), seed=seed, **how) for seed in range(2)]
trained = {"GloVe": plain, L("0도 알려 준 GloVe", "GloVe told of zeros"): told, L("스킵그램", "skip-gram"): skip}
topics, answers, royal = {}, {}, {}
for name, models in trained.items():
    topics[name] = [group_share(one.wv, tales.topics) for one in models]
    answers[name] = [right_answers(one.wv) for one in models]
    if models is not skip:  # ko: 스킵그램에는 편향이 없음 | en: skip-gram has no biases
        royal[name] = [learned_ratio(one, "king", "queen", "he") for one in models]

# %% claim=["E14"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 3, figsize=(12.6, 2.9), width_ratios=(1, 1, 0.8))
for ax, marks, title, most in [
    (axes[0], topics, L("같은 주제인 이웃의 몫", "Neighbours of the same topic"), 1.25),
    (axes[1], answers, L("맞힌 유추의 몫", "Analogies answered"), 1.25),
    (axes[2], royal, L("he의 비율 king / queen", "Ratio king / queen for “he”"), 8),
]:
    names = list(marks) if ax is axes[0] else [""] * len(marks)
    bars(ax, names, list(marks.values()), [course.PALETTE[i] for i in (3, 0, 5)])
    ax.set(title=title, xlim=(0, most), xticks=[0, 0.5, 1] if most < 2 else [0, 1, 2, 4, 6])
axes[0].axvline(1 / 6, color="#9A9A9A", linewidth=1, linestyle="--", zorder=0)
axes[0].set_xlabel(L("점선: 아무렇게나 골랐을 때", "dashed: by chance"))
axes[1].set_xlabel(L("점 하나가 말뭉치 하나", "a dot is a corpus"))
axes[2].set_xlabel(L("1이면 가르지 못함", "1: not told apart"))
plt.show()

blind, informed, _ = topics.values()
assert max(blind) < 0.4 and min(informed) > 0.9 and min(topics[L("스킵그램", "skip-gram")]) > 0.9
assert max(answers["GloVe"]) < 0.5 and min(answers[L("0도 알려 준 GloVe", "GloVe told of zeros")]) > 0.9
assert all(0.8 < one < 1.25 for one in royal["GloVe"]) and min(list(royal.values())[1]) > 1.5

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 막대 세 묶음. 그대로 배운 GloVe는 같은 주제인 이웃이 우연(점선)보다도 적고 유추도 20% 안팎입니다. 0도 알려 준 GloVe는 두 가지 모두 1에 가깝고, 스킵그램도 주제를 모두 가려내고 유추를 대부분 맞힙니다. he의 비율은 그대로 배우면 1이고,
# 0도 알려 주면 몇 배로 커집니다.
#
# **가려내지 못합니다.** he는 king 곁에 쉰 번 넘게 나오고 queen 곁에는 한 번도 나오지 않았는데, 벡터가 말하는 비율은 1입니다. 만나지 않은 짝은 비용에 없기 때문입니다. 모든 칸에 1을 더했을 뿐인데 주제도 유추도 다 풀리니, 원인은 정말로 **보지 않은
# 0**입니다. 스킵그램은 네거티브(negative sample)를 뽑을 때마다 만나지 않은 짝을 조금씩 봅니다.
#
# 그러면 왜 1을 더하지 않을까요? 낱말이 40만 개면 칸이 1,600억 개입니다. 진짜 글은 길고 뒤섞여 있어 0이 덜 중요하기도 합니다. ‘전체 통계를 쓴다’는 말은 **만난 짝의 통계를 쓴다**는 뜻으로 읽으세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Three groups of bars. GloVe as it is finds neighbours of the same topic less often than chance (dashed), and about 20% of
# the analogies. Told of zeros, both are near 1; skip-gram too tells all topics apart and answers
# most analogies. The ratio of “he” is 1 as it is, several times that when told of zeros.
#
# **No.** “He” stands beside king over fifty times and beside queen never, and still the ratio that the vectors say is 1: a zero is not
# in the cost. Adding 1 to every cell is enough to solve topics and analogies, so the cause truly is the **zeros unseen**. Skip-gram
# sees a few pairs that never met whenever it draws negative samples.
#
# Why not always add 1? With 400,000 words there are 160 billion cells. And real text is long and mixed, so zeros matter less. Read “uses
# global statistics” as “uses the statistics **of pairs that met**”.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 창은 얼마나 넓어야 할까?
#
# 창(window)은 몇 칸 떨어진 낱말까지 셀지를 정합니다. Tales의 낱말은 두 가지로 묶입니다. 종류(동물, 음식, 도구…)는 바로 옆 낱말에서, 주제(농장, 바다…)는 문장의 먼 낱말에서 드러납니다. 그 밖에도 고를 것이
# 있습니다. 양쪽을 다 셀지, 멀면 $1/d$로 깎을지, 끝으로 $w$와 $c$를 더해서 쓸지입니다. 논문(4.2절)은 더한 쪽이 조금 낫다고 했습니다.
#
# **먼저 맞혀 보세요.** 창이 2칸이면 종류와 주제 가운데 어느 것을 배울까요? 네 가지 선택 가운데 유추에 가장 해로운 것은 무엇일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How wide should the window be?
#
# The window says how many places away a word still counts. Words of Tales belong together in two ways: kinds (animals, foods, tools …)
# show in the words right beside them, topics (farm, sea …) in words far off in the sentence. There is more to choose: both sides or
# one, whether distance counts $1/d$, and whether to use the sum of $w$ and $c$, which the paper finds slightly better (section 4.2).
#
# **Guess first.** With a window of 2, which is learned, kinds or topics? And which of the four choices hurts analogies most?

# %% claim=["E14"] slideshow={"slide_type": "fragment"}
def counted_anew(seed, **how):
    _, words, tokens = corpus[seed]
    return train(count_cooccurrences(tokens, words, **{"window": 10, **how}), seed)


windows = [2, 3, 5, 10]
models = [[counted_anew(seed, window=window) for window in windows] for seed in range(3)]
groups = {L("종류", "kinds"): tales.kinds, L("주제", "topics"): tales.topics}
found = {}
for name, group in groups.items():
    found[name] = np.array([[group_share(one.wv, group) for one in row] for row in models])
both = [row[-1] for row in models]
alone = []
for one in both:
    alone.append(KeyedVectors(50))
    alone[-1].add_vectors(one.vocabulary.words, one.state[: len(one.vocabulary), 0, :-1])
one_sided = [counted_anew(seed, symmetric=False).wv for seed in range(3)]
flat = [counted_anew(seed, distance_weighting=False).wv for seed in range(3)]
choices = {
    L("기본: 양쪽, 1/d, w + c", "default: both, 1/d, w + c"): [one.wv for one in both],
    L("뒤에 오는 낱말만", "words that follow only"): one_sided,
    L("멀어도 1로 셈", "distance ignored"): flat,
    L("w만 씀", "w alone"): alone,
}
scores = [[right_answers(wv) for wv in three] for three in choices.values()]

# %% claim=["E14"] slideshow={"slide_type": "slide"}
fig, (left, right) = plt.subplots(1, 2, figsize=(12.4, 3.8))
for number, (name, runs) in enumerate(found.items()):
    band(left, windows, runs, name, course.PALETTE[(3, 0)[number]], at=number, offset=(10, -22))
left.set(xlabel=L("창 (낱말)", "window (words)"), ylim=(0, 1.1), xticks=windows)
left.set_title(L("같은 무리인 이웃의 몫", "Neighbours of the same group"))
bars(right, list(choices), scores, [course.PALETTE[i] for i in (0, 5, 3, 2)])
right.set(xlim=(0, 1.2), title=L("맞힌 유추의 몫", "Analogies answered"))
plt.show()

kinds, wide = found.values()
assert (kinds[:, 0] > 0.85).all() and (wide[:, 0] < 0.3).all() and (wide[:, 3] > 0.9).all()
default, follow, ignored, w_alone = np.array(scores)
assert (ignored < default - 0.2).all() and abs(follow - default).max() < 0.15
assert (w_alone > default).all()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 창의 너비에 따른 두 선. 창이 2칸일 때 종류는 1에 가깝고 주제는 0.1 근처이며, 5칸부터는 주제가 1로 올라옵니다. 오른쪽은 네 선택의 유추 점수로, 거리를 무시한 막대가 절반쯤으로 짧고 w만 쓴
# 막대가 가장 깁니다. 점 하나가 말뭉치 하나입니다.
#
# **좁으면 종류, 넓으면 주제입니다.** 가장 해로운 것은 $1/d$를 버리는 것입니다. 한쪽만 세어도 창이 넓으면 유추는 비슷합니다. 그런데 여기서는 논문과 달리 **$w$만 쓰는 쪽이 더 낫습니다.** $w+c$의 유사도에는 서로 곁에
# 나온다는 것($w\cdot c$)까지 섞여 주제가 진해지기 때문입니다. 약속처럼 쓰이는 선택도 자기 글에서 재어 보세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, two lines against the window. At 2 words kinds are near 1 and topics near 0.1; from 5 words on topics reach 1. Right, the
# analogies of four choices: ignoring distance has a bar of half the length, w alone the longest. A dot is a corpus.
#
# **Narrow, kinds; wide, topics.** What hurts most is to drop $1/d$. Counting one side only makes little difference when the window is
# wide. And unlike in the paper **$w$ alone is better here**: similarities of $w+c$ mix in who stands beside whom, $w\cdot c$, which
# strengthens topics. Measure on your own text even what everybody takes for granted.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 남이 배운 벡터는 어떻게 읽을까?
#
# 스탠퍼드가 나누어 주는 GloVe 파일은 한 줄에 낱말 하나와 숫자들입니다. word2vec 형식에는 있는 **첫 줄(낱말 수와 차원)이 없습니다.** 아래 셀은 **일부러 틀린 셀**로, 그것을 모르고 읽습니다. gensim에 들어 있는 진짜 GloVe 76줄을
# 씁니다. 그다음 셀은 원문처럼 `glove2word2vec`으로 파일을 바꾸어 쓰고 다시 읽은 것과, 오늘의 방법을 견줍니다.
#
# **먼저 맞혀 보세요.** 두 방법의 벡터는 마지막 비트까지 같을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How do you load vectors that others have trained?
#
# In the GloVe files that Stanford hands out, a line is a word and its numbers. The **first line** of word2vec's format, how many words and
# dimensions, **is missing**. The next cell is **wrong on purpose**: it does not know. It loads 76 lines of real GloVe that come with
# gensim. The cell after it compares the notes' way, writing the file anew by `glove2word2vec` and loading that, with today's.
#
# **Guess first.** Are the vectors of the two ways the same to the last bit?

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
from gensim.test.utils import datapath

glove_file = datapath("test_glove.txt")
KeyedVectors.load_word2vec_format(glove_file)

# %% claim=["E15"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
import tempfile
import warnings
from pathlib import Path

from gensim.scripts.glove2word2vec import glove2word2vec

with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    turned = Path(folder, "turned.txt")
    print(L("바꾸어 쓴 파일", "file written anew"), glove2word2vec(glove_file, turned))
    old_way = KeyedVectors.load_word2vec_format(turned)
today = KeyedVectors.load_word2vec_format(glove_file, no_header=True)
ours = load_vectors(glove_file, keep=False)  # ko: 형식을 스스로 알아냅니다 | en: finds out the format itself

print(L("경고", "warning"), *{one.category.__name__ for one in heard if "glove2word2vec" in str(one.message)})
print(today.vectors.shape, today.index_to_key[:3])
assert old_way.index_to_key == today.index_to_key == ours.index_to_key
assert old_way.vectors.tobytes() == today.vectors.tobytes() == ours.vectors.tobytes()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **마지막 비트까지 같습니다.** 그러니 파일을 바꾸어 쓸 까닭이 없습니다. 틀린 셀의 **증상**은 `invalid literal for int() with base 10: 'the'`입니다. **검사**는 파일의 첫 줄을 눈으로 보는 것입니다. 숫자 두 개뿐이면 머리글이 있고,
# 낱말로 시작하면 없습니다. **처방**은 `no_header=True`입니다. 읽은 뒤에는 `vectors.shape`와 `index_to_key[:5]`를 꼭 보세요. 파일에 없는 낱말을 물으면 `KeyError`가 납니다. GloVe는 처음 보는 낱말의 벡터를 만들지 못합니다.
#
# > ### 원문 바로잡기
# >
# > **옛 셀** `glove2word2vec('glove.6B.100d.txt', 'glove.6B.100d.txt.word2vec')`을 하고 나서 `load_word2vec_format(...)`
# >
# > **무엇이 문제인가** 없어질 예정(deprecated)인데 `warnings.filterwarnings('ignore')`가 그 경고를 숨겼습니다. 게다가 파일을 다 읽어 글자로 다시 쓰고, 그것을 또 읽습니다. 코어 두 개에서 142초 걸렸습니다.
# >
# > **오늘 돌아가는 셀** `KeyedVectors.load_word2vec_format(path, no_header=True)`. 이 강의의 `load_vectors`는 처음에 1.4초, 두 번째부터 0.1초입니다. 한 번 읽은 것을 메모리에 바로 올릴 수 있는 꼴로 남겨 두기 때문입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **To the last bit.** So there is no reason to write the file anew. The **symptom** of the wrong cell: `invalid literal for int() with base 10:
# 'the'`. **Test**: look at the file's first line; two numbers alone are a header, a word means there is none. **Cure**: `no_header=True`.
# After loading, always look at `vectors.shape` and `index_to_key[:5]`. To ask for a word that is not in the file is a `KeyError`:
# GloVe cannot make vectors of words that it never saw.
#
# > ### Setting the notes right
# >
# > **The old cell** `glove2word2vec('glove.6B.100d.txt', 'glove.6B.100d.txt.word2vec')`, then `load_word2vec_format(...)`
# >
# > **What is wrong** It is deprecated, which `warnings.filterwarnings('ignore')` kept from sight. And it reads the whole file, writes it
# > again as text, and then that is read: 142 seconds on two cores.
# >
# > **The cell that works today** `KeyedVectors.load_word2vec_format(path, no_header=True)`. This course's `load_vectors` takes 1.4 seconds
# > the first time and 0.1 from then on, since it keeps what it read in a form that can be mapped into memory.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 뜻을 더하고 뺄 수 있을까?
#
# king에서 man을 빼고 woman을 더하면 queen이 된다고 합니다. 그림으로는 man → woman과 king → queen이 평행사변형(parallelogram)의 두 변입니다. 진짜 GloVe 파일이 있으면 그것으로, 없으면 앞에서 0도 알려 주며
# 배운 Tales의 벡터로 묻습니다. 어느 것인지는 셀이 말해 줍니다.
#
# **먼저 맞혀 보세요.** ‘cherry의 반대’, 곧 `most_similar(negative=['cherry'])`로는 무엇이 나올까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Can meanings be added and subtracted?
#
# King less man plus woman is queen, they say. In a picture, man → woman and king → queen are two sides of a parallelogram. Where a file
# of real GloVe is at hand we ask that, else the vectors of Tales learned above with the zeros told. The cell says which.
#
# **Guess first.** What is “the opposite of cherry”, that is, what does `most_similar(negative=['cherry'])` give?

# %% claim=["E16"] slideshow={"slide_type": "fragment"}
from helpers.embeddings.vectors import first_available

source = first_available("glove.6B.100d", "glove.6B.50d", "glove.6B.50d.top50k") or "Tales"
real = source != "Tales"
wv = load_vectors(source) if real else told[0].wv
print(L("벡터", "vectors"), source, L("· 낱말", "· words"), f"{len(wv):,}")

one, other = ("bill", "cherry") if real else ("queen", "pear")
third = ("australia", "beer", "france", "champagne") if real else ("france", "paris", "japan", "tokyo")
odd, out = ("breakfast cereal dinner lunch", "cereal") if real else ("whale shark hammer crab", "hammer")
best = {word: wv.most_similar(word, topn=10) for word in (one, other)}
for word, neighbours in best.items():
    print(f"{word}:", *(f"{found} {cosine:.4f}" for found, cosine in neighbours))
for a, b, c, d in [("man", "king", "woman", "queen"), third, ("tall", "tallest", "long", "longest")]:
    best[d] = wv.most_similar(positive=[b, c], negative=[a])
    print(f"{a} : {b} = {c} :", *(f"{found} {cosine:.4f}" for found, cosine in best[d][:2]))
    assert best[d][0][0] == d
print(L("어울리지 않는 것:", "odd one out:"), wv.doesnt_match(odd.split()))
assert wv.doesnt_match(odd.split()) == out

known = {"glove.6B.100d": {"queen": 0.7699}}
known["glove.6B.50d"] = {"bill": 0.8307, "cherry": 0.8024, "queen": 0.8524}
for word, cosine in known.get(source.removesuffix(".top50k"), {}).items():
    assert round(best[word][0][1], 4) == cosine

# %% claim=["E16"] tags=["cover"] slideshow={"slide_type": "slide"}
from helpers.embeddings.plots import parallelogram, word_map

shown = {topic: tales.topics[topic][:5] for topic in ("farm", "sea", "forest", "town")}
if real:
    lists = {"fruit": "cherry peach plum mango lemon", "animals": "dog cow horse wolf sheep"}
    lists |= {"countries": "france japan korea spain cuba", "law": "bill senate law amendment vote"}
    shown = {group: words.split() for group, words in lists.items()}
couples = tales.relations["gender"][:7]
fig, (left, right) = plt.subplots(1, 2, figsize=(12.6, 5.2))
left.set_title(L("끼리끼리 모인 낱말", "Words with their own kind"))
right.set_title(L("나란한 화살표", "Parallel arrows"))
word_map(left, wv, shown)
parallelogram(right, wv, couples)
plt.show()

arrows, crossed = parallelism(wv, couples)
as_it_is, _ = parallelism(both[0].wv, couples)
print(L("화살표의 코사인", "cosine of arrows"), f"{arrows:.2f}", L("· 짝을 바꾸면", "· wrong partners"), f"{crossed:.2f}",
      L("· 그대로 배운 GloVe", "· GloVe as it is"), f"{as_it_is:.2f}")
anti = wv.most_similar(negative=[other], topn=10)
rank = np.median([wv.key_to_index[word] for word, _ in anti]) / len(wv)
print(L("반대쪽:", "opposite:"), *(f"{word} {-cosine:.2f}" for word, cosine in anti[:5]))
assert arrows > crossed + 0.2 and as_it_is < 0.4
assert rank > 0.25 if real else anti[0][1] < 0.5

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 낱말의 지도(PCA)로, 네 무리가 서로 떨어져 저마다 모여 있습니다. 오른쪽은 남자에서 여자로 가는 화살표 일곱 개로, 방향과 길이가 거의 같습니다.
#
# **그런 화살표를 배운 벡터라면 더하고 뺄 수 있습니다.** Tales에서는 0도 알려 주었을 때 화살표의 코사인이 0.99이고, 그냥 배운 GloVe에서는 0 근처였습니다. 진짜 GloVe 6B(50차원)에서는 0.72, 짝을 바꾸면 0.29입니다. 거기서 queen은
# 0.8524, 원문의 100차원에서는 0.7699로 나옵니다.
#
# > ### 원문 바로잡기
# >
# > **옛 셀** `model.most_similar(negative=['cherry'])`
# >
# > **무엇이 문제인가** 벡터의 반대쪽에는 **뜻이 없습니다.** 진짜 파일에서는 säpo, manius, cdta처럼 순위 20만 등이 넘는 드문 낱말이 나옵니다. 흔한 낱말 5,000개의 평균 방향과 코사인을 재면 상위 천 낱말은 평균 0.71, 20만 등 밖의 낱말은 −0.42입니다. 반대쪽에는 그저 드문 낱말이 있을 뿐입니다. Tales에서는
# > 가장 ‘반대’인 낱말도 코사인이 0에 가깝습니다.
# >
# > **오늘 돌아가는 셀** 빼기는 `most_similar(positive=['woman', 'king'], negative=['man'])`처럼 **차이**를 만들 때만 쓰세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, a map of words (PCA): four groups, each by itself. Right, seven arrows from male to female, nearly the same in direction
# and length.
#
# **They can, if such arrows were learned.** On Tales, told of zeros, the arrows' cosine is 0.99; GloVe as it is had about 0. Real
# GloVe 6B (50 numbers) has 0.72, and 0.29 with wrong partners; there queen comes with 0.8524, in the notes' 100 numbers with 0.7699.
#
# > ### Setting the notes right
# >
# > **The old cell** `model.most_similar(negative=['cherry'])`
# >
# > **What is wrong** The other side of a vector **means nothing**. In the real file it holds rare words, beyond rank 200,000: säpo,
# > manius, cdta. With the mean direction of the 5,000 commonest words, the first thousand have a mean cosine of 0.71, those beyond
# > 200,000 of −0.42: on the other side there simply are the rare words. On Tales even the most “opposite” word has a cosine near 0.
# >
# > **The cell that works today** Subtract only to make a **difference**: `most_similar(positive=['woman', 'king'], negative=['man'])`.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 유추 점수는 무엇을 숨길까?
#
# `most_similar`도 유추 점수도 **물어본 세 낱말을 답에서 뺍니다.** 빼지 않으면 어떻게 될까요? 또 $b-a+c$를 계산하지 않고 그냥 $c$와 가장 가까운 낱말을 답하면 몇 개나 맞을까요? 끝으로 직업 여덟 개가
# he, she와 함께 나오는 문장을 말뭉치에 섞어, 글의 편견(bias)이 벡터에 남는지 봅니다.
#
# **먼저 맞혀 보세요.** 그대로 배운 GloVe는 유추를 86% 맞힙니다. 세 낱말을 빼지 않으면 몇 퍼센트가 될까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does an analogy score hide?
#
# `most_similar` and the scores both **strike the three words asked** from the answers. What if they did not? And how many come out right if
# we never compute $b-a+c$ but answer the word nearest to $c$? Last, sentences are mixed in where eight jobs come with he and she: does
# the prejudice (bias) of a text stay in its vectors?
#
# **Guess first.** GloVe as it is answers 86% of the analogies. What is left if the three words may be the answer?

# %% slideshow={"slide_type": "fragment"}
JOBS = ["doctor", "engineer", "pilot", "judge", "nurse", "teacher", "dancer", "clerk"]


def three_scores(wv, questions, **limits):
    """Analogies answered as usual; by the word nearest to c; with a, b and c allowed."""
    nearest = [(section, a, a, c, d) for section, a, _, c, d in questions]
    ways = [(questions, True), (nearest, True), (questions, False)]
    return [evaluate_analogies(wv, q, exclude_inputs=e, **limits).accuracy["total"] for q, e in ways]


def lean(he_share, seed):
    """Where jobs lie between she and he; the last four go with "she" as often as the first with "he"."""
    lines, rng = list(Tales(500_000, seed=seed)), np.random.default_rng(seed)
    for number, job in enumerate(JOBS):
        for he in rng.random(600) < (he_share if number < 4 else 1 - he_share):
            lines.append(f"{job} took {'his coat and he' if he else 'her coat and she'} smiled".split())
    words = Vocabulary.build(lines, min_count=1)
    wv = train(count_cooccurrences(words.encode(lines), words, window=10), seed, x_max=100).wv
    return wv.cosine_similarities(wv["he"] - wv["she"], wv[JOBS])


plainly = [three_scores(one.wv, tales.analogies()) for one in both]
informed = [three_scores(one.wv, tales.analogies()) for one in told]
leaning = np.array([[lean(he, seed) for seed in range(2)] for he in (0.9, 0.5, 0.1)])

# %% claim=["E16"] slideshow={"slide_type": "slide"}
rows = {"GloVe": plainly, L("0도 알려 준 GloVe", "GloVe told of zeros"): informed}
if real:
    google = embeddings.read_analogies(datasets.path("google-analogies"))
    rows[source] = [three_scores(wv, google, restrict_vocab=30_000)]
    assert not source.startswith("glove.6B.50d") or round(rows[source][0][0] * 14877) == 7393
fig, axes = plt.subplots(1, len(rows), figsize=(12.4, 2.6), sharey=True)
ways = [L("늘 하는 대로", "as usual"), L("c와 가장 가까운 낱말", "nearest to c"), L("세 낱말을 빼지 않으면", "a, b, c allowed")]
for ax, (title, runs) in zip(axes, rows.items(), strict=True):
    bars(ax, ways, np.transpose(runs), [course.PALETTE[i] for i in (0, 1, 3)])
    ax.set(title=title, xlim=(0, 1.2), xlabel=L("맞힌 유추의 몫", "analogies answered"))
plt.show()

fig, ax = plt.subplots(figsize=(9.5, 2.8))
for half, color in enumerate(course.PALETTE[:2]):
    for row, jobs in enumerate(leaning[:, :, 4 * half :][..., :4]):
        ax.plot(jobs.ravel(), [row - 0.12 + 0.24 * half] * 8, "os"[half], color=color, alpha=0.7)
    ax.text(0.56 * half, 1.06, " · ".join(JOBS[4 * half :][:4]), transform=ax.transAxes, color=color)
ax.set(yticks=range(3), yticklabels=["90 : 10", "50 : 50", "10 : 90"], ylim=(2.5, -0.5), xlim=(-1, 1))
ax.set_xlabel(L("she  ←  he - she 방향의 코사인  →  he", "she  ←  cosine with he - she  →  he"))
plt.show()

usual, nearest, allowed = np.transpose(plainly)
gap = leaning[..., :4].mean(axis=(1, 2)) - leaning[..., 4:].mean(axis=(1, 2))
assert (allowed < usual - 0.3).all() and (nearest > usual / 2).all() and np.array(informed)[0, 2] > 0.9
assert gap[0] > 1 and abs(gap[1]) < 0.3 and gap[2] < -1

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 세 가지로 매긴 유추 점수로, 그대로 배운 GloVe는 0.86인데 c와 가장 가까운 낱말을 답하기만 해도 0.77을 얻고, 세 낱말을 빼지 않으면 0.32로 떨어집니다. 0도 알려 준 GloVe는 0.98, 0, 0.98입니다. 아래는 직업이 he와
# she 사이 어디에 놓이는지를 나타낸 점으로, 글의 비율이 뒤집히면 두 무리가 자리를 맞바꾸고 반반이면 겹칩니다.
#
# **32%만 남습니다.** 빼지 않고 물으면 답은 대개 $c$ 자신이고, 점수의 대부분은 계산이 아니라 **이웃**이 맞힌 것이었습니다. 0도 알려 준 쪽에서는 정말로 더하고 뺀 것이 맞힙니다. 진짜 GloVe(50차원)도 king 0.885가 queen 0.852보다 앞서고, man : doctor = woman : ?의 답은
# doctor 0.905, 그다음이 nurse 0.840입니다. ‘남자가 의사면 여자는 간호사’라는 유명한 답도 doctor를 뺐기 때문에 나온 것입니다.
#
# **그렇다고 편견이 없는 것은 아닙니다.** 같은 여덟 낱말인데 글에서 he와 나온 비율대로 벡터가 기울었습니다. 벡터는 직업을 아는 것이 아니라 **글을 옮깁니다.**

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, analogies marked in three ways. GloVe as it is has 0.86, gets 0.77 for merely answering the word nearest to c,
# and drops to 0.32 when a, b and c are allowed. Told of zeros it is 0.98, 0 and 0.98. Below, where jobs lie between he and she: when the text's
# shares are turned round, the two groups change places; half and half they coincide.
#
# **32% are left.** When nothing is struck out the answer is mostly $c$ itself: most of the score was not arithmetic but **neighbours**. Told
# of zeros, it truly is adding and subtracting that answers. Real GloVe
# (50 numbers) too puts king, 0.885, before queen, 0.852, and answers man : doctor = woman : ? by doctor, 0.905, then nurse, 0.840.
# That famous answer, nurse, comes out because doctor was struck out.
#
# **Which does not mean there is no prejudice.** The same eight words lean just as they go with “he” in the text. Vectors know nothing
# about jobs: they **repeat the text**.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 문장 `ice is solid but steam is gas`에서 is와 gas는 얼마로 셀까요? 창은 10칸, 양쪽을 세고, $d$칸 떨어지면 $1/d$입니다.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** In the sentence `ice is solid but steam is gas`, what is the count of is and gas? The window is 10, both sides count, and a word
# $d$ places away counts $1/d$.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("10_5_glove")

x_is_gas = ...
q1.check(x_is_gas)

# %% tags=["question"] exercise="q1"
hint = L("is는 두 번 나옵니다. gas까지 각각 몇 칸인가요?", "“Is” comes twice. How many places is each from “gas”?")
right = L("맞았습니다. 가까운 is가 1, 먼 is가 5분의 1을 보탭니다.", "Right: the near “is” adds 1, the far one a fifth.")


def check(x_is_gas):
    if abs(x_is_gas - 1.2) < 1e-9:
        return None
    for other, complaint in [
        (2, L("만난 횟수를 그대로 셌습니다. 멀수록 덜 쳐야 합니다.", "You counted meetings; the farther apart, the less each counts.")),
        (1, L("가까운 is만 셌습니다. 문장 앞쪽에도 is가 있습니다.", "You took the near “is” alone; there is one at the front too.")),
        (0.2, L("먼 is만 셌습니다.", "You took the far “is” alone.")),
        (1 + 1 / 6, L("먼 is와 gas 사이는 여섯 칸이 아닙니다. 자리의 번호를 빼 보세요.", "The far “is” is not six places away: subtract positions.")),
        (2.4, L("두 배로 셌습니다. X[is, gas]와 X[gas, is]는 서로 다른 칸입니다.", "That is twice as much: X[is, gas] and X[gas, is] are two cells.")),
    ]:
        if abs(x_is_gas - other) < 1e-9:
            return complaint
    return L(f"{x_is_gas}은(는) 아닙니다.", f"Not {x_is_gas}.")


# %% tags=["solution"] exercise="q1"
x_is_gas = 1 / 1 + 1 / 5

# %% tags=["wrong"] exercise="q1" says=["횟수를 그대로", "counted meetings"]
x_is_gas = 2

# %% tags=["wrong"] exercise="q1" says=["가까운 is만", "near “is” alone"]
x_is_gas = 1.0

# %% tags=["wrong"] exercise="q1" says=["여섯 칸이 아닙니다", "not six"]
x_is_gas = 1 + 1 / 6

# %% tags=["wrong"] exercise="q1" says=["서로 다른 칸", "two cells"]
x_is_gas = 2.4

# %% [markdown] lang="ko"
# **q2.** 동시 출현 행렬 `X`(행이 낱말, 열이 문맥)와 번호 `i`, `j`, `k`를 받아 비율 $P(k\mid i)/P(k\mid j)$를 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# **q2.** Write a function of a matrix of counts `X` (rows are words, columns contexts) and numbers `i`, `j`, `k` that returns the ratio
# $P(k\mid i)/P(k\mid j)$.

# %% tags=["exercise"] exercise="q2"
def ratio(X, i, j, k):
    return ...


q2.check(ratio)

# %% tags=["question"] exercise="q2"
hint = L("P(k|i)는 X[i, k]를 그 행의 합으로 나눈 것입니다.", "P(k|i) is X[i, k] over the sum of its row.")
right = L("맞았습니다. 행의 합으로 나누어야 흔한 낱말과 드문 낱말을 견줄 수 있습니다.",
          "Right. Only after dividing by the rows can common and rare words be compared.")


def check(ratio):
    import numpy as np

    X = np.array([[0.0, 6, 2, 2], [1, 0, 4, 15], [6, 2, 0, 3], [3, 1, 1, 0]])
    value, truth = float(ratio(X, 0, 1, 2)), (2 / 10) / (4 / 20)
    if abs(value - truth) < 1e-9:
        return None
    if abs(value - 2 / 4) < 1e-9:
        return L("횟수의 비율입니다. 확률로 바꾸려면 행의 합으로 나누세요.", "That is the ratio of counts; divide by the sums of the rows.")
    columns = X.sum(axis=0)
    if abs(value - (2 / columns[0]) / (4 / columns[1])) < 1e-9:
        return L("열의 합으로 나누었습니다. i와 j는 행입니다.", "You divided by the sums of columns; i and j are rows.")
    if abs(value - 0.2 * 0.2) < 1e-9:
        return L("두 확률을 곱했습니다. 나누어야 비율입니다.", "You multiplied the chances; a ratio divides.")
    return L(f"시험한 행렬에서는 {truth}이어야 하는데 {value:.4f}가 나왔습니다.", f"For the matrix tried it should be {truth}; yours is {value:.4f}.")


# %% tags=["solution"] exercise="q2"
def ratio(X, i, j, k):
    return (X[i, k] / X[i].sum()) / (X[j, k] / X[j].sum())

# %% tags=["wrong"] exercise="q2" says=["횟수의 비율", "ratio of counts"]
def ratio(X, i, j, k):
    return X[i, k] / X[j, k]

# %% tags=["wrong"] exercise="q2" says=["열의 합", "sums of columns"]
def ratio(X, i, j, k):
    return (X[i, k] / X[:, i].sum()) / (X[j, k] / X[:, j].sum())

# %% tags=["wrong"] exercise="q2" says=["곱했습니다", "multiplied"]
def ratio(X, i, j, k):
    return (X[i, k] / X[i].sum()) * (X[j, k] / X[j].sum())

# %% [markdown] lang="ko"
# **q3.** 무게 함수 $f(x)=\min((x/x_{\max})^{\alpha},1)$을 쓰세요. 배열도 받을 수 있어야 합니다.

# %% [markdown] lang="en"
# **q3.** Write the weight $f(x)=\min((x/x_{\max})^{\alpha},1)$. It must take arrays too.

# %% tags=["exercise"] exercise="q3"
def weight(x, x_max=100, alpha=0.75):
    return ...


q3.check(weight)

# %% tags=["question"] exercise="q3"
hint = L("배열에는 min 대신 np.minimum을 씁니다.", "For arrays it is np.minimum, not min.")
right = L("맞았습니다. x_max를 넘는 짝은 모두 같은 무게이고, 그보다 드문 짝은 덜어 줍니다.",
          "Right: beyond x_max all pairs weigh the same, rarer ones less.")


def check(weight):
    import numpy as np

    x = np.array([1.0, 10, 100, 5000])
    try:
        value = np.asarray(weight(x), dtype=float)
    except ValueError:
        return L("배열을 받지 못합니다. min 대신 np.minimum을 쓰세요.", "It does not take arrays: np.minimum instead of min.")
    truth = np.minimum((x / 100) ** 0.75, 1)
    if value.shape == truth.shape and np.allclose(value, truth):
        return None
    for other, complaint in [
        ((x / 100) ** 0.75, L("1에서 멈추지 않습니다. 흔한 짝이 모든 것을 차지합니다.", "It does not stop at 1: common pairs would take over.")),
        (np.minimum(x / 100, 1), L("지수 alpha가 빠졌습니다.", "The exponent alpha is missing.")),
        (np.minimum(x**0.75 / 100, 1), L("x_max도 alpha 제곱해야 합니다. 나눈 다음에 제곱하세요.", "x_max needs the power too: divide, then raise.")),
        (np.maximum((x / 100) ** 0.75, 1), L("min과 max가 바뀌었습니다.", "min and max are swapped.")),
    ]:
        if value.shape == other.shape and np.allclose(value, other):
            return complaint
    return L(f"x = 10이면 {truth[1]:.4f}이어야 합니다.", f"For x = 10 it should be {truth[1]:.4f}.")


# %% tags=["solution"] exercise="q3"
def weight(x, x_max=100, alpha=0.75):
    return np.minimum((x / x_max) ** alpha, 1)

# %% tags=["wrong"] exercise="q3" says=["멈추지 않습니다", "does not stop"]
def weight(x, x_max=100, alpha=0.75):
    return (x / x_max) ** alpha

# %% tags=["wrong"] exercise="q3" says=["나눈 다음에", "divide, then"]
def weight(x, x_max=100, alpha=0.75):
    return np.minimum(x**alpha / x_max, 1)

# %% tags=["wrong"] exercise="q3" says=["배열을 받지", "take arrays"]
def weight(x, x_max=100, alpha=0.75):
    return min((x / x_max) ** alpha, 1)

# %% [markdown] lang="ko"
# **q4.** 한 짝의 비용을 $\frac{1}{2}f\,(w\cdot c+b+b'-\log X)^2$이라 할 때, $w$에 대한 기울기(gradient)를 돌려주는 함수를 쓰세요. `f`, `log_x`, `b`, `b2`는 수이고 `w`, `c`는 배열입니다.

# %% [markdown] lang="en"
# **q4.** Let the cost of a pair be $\frac{1}{2}f\,(w\cdot c+b+b'-\log X)^2$. Write a function that returns its gradient with respect to $w$; `f`,
# `log_x`, `b` and `b2` are numbers, `w` and `c` arrays.

# %% tags=["exercise"] exercise="q4"
def gradient(w, c, b, b2, log_x, f):
    return ...


q4.check(gradient)

# %% tags=["question"] exercise="q4"
hint = L("제곱의 2와 앞의 1/2이 지워집니다. 괄호 안을 w로 미분하면 무엇이 남을까요?",
         "The 2 of the square and the half cancel. What is the derivative of the bracket with respect to w?")
right = L("맞았습니다. 엔진도 이 방향으로 한 걸음씩 움직입니다. 걸음의 크기는 AdaGrad가 정합니다.",
          "Right. The engine steps along it too; AdaGrad decides how far.")


def check(gradient):
    import numpy as np

    w, c, b, b2, log_x, f = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.25, -0.5]), 0.1, -0.3, 2.0, 0.4
    value, diff = np.asarray(gradient(w, c, b, b2, log_x, f), dtype=float), w @ c + b + b2 - log_x
    if value.shape == (3,) and np.allclose(value, f * diff * c):
        return None
    if value.shape != (3,):
        return L("w와 같은 길이의 배열이어야 합니다.", "It must be an array as long as w.")
    for other, complaint in [
        (-f * diff * c, L("부호가 반대입니다. 그 방향은 비용이 줄어드는 쪽입니다.", "The sign is wrong: that way the cost goes down.")),
        (2 * f * diff * c, L("앞에 있는 1/2을 잊었습니다.", "You forgot the half in front.")),
        (diff * c, L("무게 f가 빠졌습니다.", "The weight f is missing.")),
        (f * diff * w, L("c에 대한 기울기입니다.", "That is the gradient with respect to c.")),
        (f * (w @ c - log_x) * c, L("편향이 빠졌습니다.", "The biases are missing.")),
    ]:
        if np.allclose(value, other):
            return complaint
    return L("미분한 식을 다시 확인해 보세요.", "Check the derivative once more.")


# %% tags=["solution"] exercise="q4"
def gradient(w, c, b, b2, log_x, f):
    return f * (w @ c + b + b2 - log_x) * c

# %% tags=["wrong"] exercise="q4" says=["부호", "sign"]
def gradient(w, c, b, b2, log_x, f):
    return f * (log_x - w @ c - b - b2) * c

# %% tags=["wrong"] exercise="q4" says=["1/2", "half"]
def gradient(w, c, b, b2, log_x, f):
    return 2 * f * (w @ c + b + b2 - log_x) * c

# %% tags=["wrong"] exercise="q4" says=["무게 f", "weight f"]
def gradient(w, c, b, b2, log_x, f):
    return (w @ c + b + b2 - log_x) * c

# %% tags=["wrong"] exercise="q4" says=["c에 대한", "respect to c"]
def gradient(w, c, b, b2, log_x, f):
    return f * (w @ c + b + b2 - log_x) * w

# %% [markdown] lang="ko"
# **q5.** 길이가 1인 벡터의 행렬 `U`(행이 낱말)와 번호 `a`, `b`, `c`를 받아, $b-a+c$와 가장 가까운 낱말의 **번호**를 돌려주는 함수를 쓰세요. `a`, `b`, `c`는 답이 될 수 없습니다.

# %% [markdown] lang="en"
# **q5.** Write a function of a matrix `U` of unit vectors (rows are words) and the numbers `a`, `b`, `c` that returns the **number** of the word
# nearest to $b-a+c$. The answer may not be `a`, `b` or `c`.

# %% tags=["exercise"] exercise="q5"
def analogy(U, a, b, c):
    return ...


q5.check(analogy)

# %% tags=["question"] exercise="q5"
hint = L("점수는 U @ (U[b] - U[a] + U[c])입니다. 물어본 세 칸에 -np.inf를 넣고 argmax를 하세요.",
         "The scores are U @ (U[b] - U[a] + U[c]). Put -np.inf where the three asked stand, then argmax.")
right = L("맞았습니다. 세 칸을 지우는 그 한 줄이 유추 점수를 크게 바꿉니다.", "Right. That one line which strikes out three words changes analogy scores a lot.")


def check(analogy):
    import numpy as np

    # 0 man, 1 king, 2 woman, 3 queen, 4 something near woman
    U = np.array([[1, 0, 0.2, 0], [1, 0, 1, 0], [0, 1, 0.2, 0.1], [0.1, 1, 0.9, 0], [0, 1, 0, 0.6]])
    U /= np.linalg.norm(U, axis=1, keepdims=True)
    given = U.copy()
    answer = analogy(U, 0, 2, 1)
    if not np.array_equal(U, given):
        return L("U를 바꾸었습니다. 점수만 바꾸세요.", "You changed U; change the scores alone.")
    if np.ndim(answer) or getattr(getattr(answer, "dtype", None), "kind", "i") == "f" or isinstance(answer, float):
        return L("점수가 아니라 번호를 돌려주세요.", "Return a number of a word, not scores.")
    if int(answer) == 3 and int(analogy(U, 0, 1, 2)) == 3:
        second = np.eye(5)[[0, 0, 0, 1, 2]]  # b - a + c is c itself, so all rests on what is struck out
        if int(analogy(second, 0, 1, 2)) in (0, 1, 2):
            return L("물어본 낱말이 답으로 나올 때가 있습니다. 세 칸을 지우세요.", "Sometimes a word that was asked comes out: strike out all three.")
        return None
    if int(answer) in (0, 1, 2):
        return L("물어본 낱말이 답으로 나왔습니다. 세 칸을 지우세요.", "A word that was asked came out: strike out all three.")
    return L("man : woman = king : ?에는 queen이 나와야 합니다. 더하기와 빼기를 확인하세요.", "For man : woman = king : ? it should be queen. Check plus and minus.")


# %% tags=["solution"] exercise="q5"
def analogy(U, a, b, c):
    scores = U @ (U[b] - U[a] + U[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())

# %% tags=["wrong"] exercise="q5" says=["세 칸을 지우세요", "strike out"]
def analogy(U, a, b, c):
    return int((U @ (U[b] - U[a] + U[c])).argmax())

# %% tags=["wrong"] exercise="q5" says=["더하기와 빼기", "plus and minus"]
def analogy(U, a, b, c):
    scores = U @ (U[a] - U[b] + U[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())

# %% tags=["wrong"] exercise="q5" says=["점수가 아니라", "not scores"]
def analogy(U, a, b, c):
    return U @ (U[b] - U[a] + U[c])

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. GloVe는 글을 한 번 세고 나면 만난 짝만 봅니다. 비용은 글의 길이가 아니라 짝의 수에 달려 있습니다.
# 2. 내적과 편향을 더해야 횟수의 로그가 됩니다. 비율은 벡터의 차이에 담깁니다.
# 3. 드문 짝은 무게를 덜어야 합니다. 비용이 내려가도 벡터는 나빠질 수 있으니 쓸 일로 재면서 멈추세요.
# 4. 만나지 않은 짝은 비용에 없습니다. 그래서 0이 말해 주는 것을 모릅니다.
# 5. 유추 점수는 물어본 낱말을 뺀 점수입니다. 빼지 않은 점수와 가장 가까운 이웃의 점수를 함께 보세요. 벡터는 글의 편견까지 옮깁니다.
#
# **더 읽을거리** J. Pennington, R. Socher, C. Manning, “GloVe: Global Vectors for Word Representation” (EMNLP 2014), 3절(비율, 식 1–9), 3.2절(계산량), 4.2절(창, $w+c$) ·
# O. Levy, Y. Goldberg, I. Dagan, “Improving Distributional Similarity with Lessons Learned from Word Embeddings” (TACL 2015), 3절 · T. Linzen, “Issues in evaluating semantic spaces
# using word analogies” (RepEval 2016) · T. Bolukbasi 외, “Man is to Computer Programmer as Woman is to Homemaker?” (NIPS 2016) · M. Nissim 외, “Fair Is Better than
# Sensational” (Computational Linguistics 2020)
#
# **다음** 10.6 어떤 임베딩을 쓸까: 지금까지의 방법을 같은 일로 견줍니다(준비하고 있습니다).

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. GloVe counts a text once and then sees only pairs that met: the cost depends on how many pairs, not on how long the text.
# 2. Product plus biases are the logarithm of a count. Ratios are in differences of vectors.
# 3. Rare pairs need less weight. A falling cost may make vectors worse: stop by what they are for.
# 4. Pairs that never met are not in the cost: what a zero says, GloVe does not know.
# 5. An analogy score has the words asked struck out. Look at the score without that, and at the nearest neighbour's. And vectors
#    repeat a text's prejudice.
#
# **Further reading** J. Pennington, R. Socher, C. Manning, “GloVe: Global Vectors for Word Representation” (EMNLP 2014), sections 3 (ratios,
# equations 1–9), 3.2 (complexity), 4.2 (windows, $w+c$) · O. Levy, Y. Goldberg, I. Dagan, “Improving Distributional Similarity with
# Lessons Learned from Word Embeddings” (TACL 2015), section 3 · T. Linzen, “Issues in evaluating semantic spaces using word analogies”
# (RepEval 2016) · T. Bolukbasi et al., “Man is to Computer Programmer as Woman is to Homemaker?” (NIPS 2016) · M. Nissim et al.,
# “Fair Is Better than Sensational” (Computational Linguistics 2020)
#
# **Next** 10.6 Which embedding for what: all of them on the same tasks (in preparation).
