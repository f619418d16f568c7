# Lesson 10_1, claims E01 to E03: label encoding, one-hot vectors, the curse of dimensionality.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="이름에 정수를 붙이면 모델이 속고, 원-핫은 속지 않지만 뜻의 가까움을 말하지 못합니다. 차원의 저주도 재어 봅니다."
# # 10.1 원-핫 인코딩: 이름을 숫자로 바꾸기
#
# ![여덟 낱말의 내적을 나타낸 두 개의 표. 왼쪽 원-핫은 대각선만 1이고, 오른쪽은 뜻이 가까운 낱말끼리 밝게 묶여 있습니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** 파이썬 리스트와 NumPy 배열을 다룰 줄 알면 충분합니다.
#
# **마치고 나면** ① 이름에 정수를 붙이면 모델이 왜 속는지 실험으로 보여 줄 수 있습니다.
# ② 원-핫 벡터를 네 가지 도구로 만들고, 처음 보는 값이 와도 다룰 수 있습니다.
# ③ 원-핫 벡터가 말하지 못하는 것, 곧 ‘뜻의 가까움’과 그 값비싼 차원을 숫자로 설명할 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Integers for names fool a model; one-hot does not, but it cannot say what is near. The curse of dimensionality, measured."
# # 10.1 One-hot encoding: turning names into numbers
#
# ![Two tables of inner products of eight words. On the left, one-hot: ones on the diagonal only. On the right, words of like meaning form bright blocks.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** Python lists and NumPy arrays are enough.
#
# **Afterwards** ① you can show by experiment how integers given to names mislead a model;
# ② you can make one-hot vectors with four tools and cope with a value never seen before;
# ③ you can put numbers on what one-hot vectors cannot say, nearness of meaning, and on what their dimensions cost.

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
from itertools import permutations

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder, normalize
from sklearn.tree import DecisionTreeClassifier

from helpers import exercises, plots
from helpers.datasets import read_table, shipped
from helpers.embeddings import text

table = read_table(shipped("class2.csv"), columns=["id", "age", "side", "density", "class2"])
print(table.to_string(index=False))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 컴퓨터는 N, I, B를 어떻게 읽을까?
#
# 여섯 장의 유방 촬영 사진을 적은 표입니다(강의용으로 지어낸 값입니다). `class2`는 판정입니다. N은 이상 없음(negative),
# I는 판정을 미루고 더 찍어 봐야 함(incomplete), B는 양성 소견(benign)입니다. 모델은 글자를 계산하지 못하므로 먼저 숫자로
# 바꾸어야 합니다. 가장 손쉬운 길은 이름마다 정수를 하나씩 붙이는 레이블 인코딩(label encoding)입니다.
#
# **먼저 맞혀 보세요.** N, N, I, B, I, B는 어떤 정수가 될까요? 표에 먼저 나온 N이 0일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How does a computer read N, I and B?
#
# A table of six mammograms (invented for this lesson). `class2` is the finding: N negative, I incomplete, that is, more
# pictures are needed, B benign. A model cannot calculate with letters, so they must become numbers first. The easiest
# way gives each name an integer: label encoding.
#
# **Guess first.** Which integers will N, N, I, B, I, B become? Is N zero, since it comes first in the table?

# %% claim=["E01"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
label_encoder = LabelEncoder()
codes = label_encoder.fit_transform(table["class2"])

print(codes)
print(dict(zip(label_encoder.classes_.tolist(), range(3), strict=True)))
assert codes.tolist() == [2, 2, 1, 0, 1, 0]

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **`[2 2 1 0 1 0]`입니다.** `LabelEncoder`는 나온 차례가 아니라 **알파벳 차례**(B, I, N)로 0부터 번호를 붙입니다.
# 번호는 이름표일 뿐인데, 모델은 이것을 **크기**로 읽습니다. 곧 “N은 B보다 2만큼 크고, I는 그 한가운데”라는, 우리가 한 적
# 없는 말로 알아듣습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **`[2 2 1 0 1 0]`.** `LabelEncoder` numbers the names in **alphabetical order** (B, I, N), not in the order in which
# they appear. The numbers are only labels, but a model reads them as **sizes**: “N is larger than B by two, and I lies
# halfway between”. Nobody ever said so.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# > ### 원문 바로잡기
# >
# > **옛 셀** ‘원-핫 인코딩 적용’이라는 제목 아래에서 `LabelEncoder`를 쓰고, 그다음 원-핫 인코더를 만들기만 합니다. 변수 이름에
# > 오타가 있고, 한 번도 쓰이지 않습니다.
# >
# > **무엇이 문제인가** 결과 `[2 2 1 0 1 0]`은 원-핫이 아니라 레이블 인코딩입니다. 게다가 scikit-learn에서 `LabelEncoder`는 정답
# > `y`를 위한 도구입니다. 입력 `X`의 열에는 `OrdinalEncoder`나 `OneHotEncoder`를 씁니다.
# >
# > **오늘 돌아가는 셀** 아래 ‘원-핫 벡터는 어떻게 만들까?’에 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# > ### Setting the notes right
# >
# > **The old cell** stands under the heading “applying one-hot encoding”, runs a `LabelEncoder`, then creates a one-hot
# > encoder (its name misspelt) and never uses it.
# >
# > **What is wrong** `[2 2 1 0 1 0]` is a label encoding, not one-hot. And scikit-learn's `LabelEncoder` is meant for the
# > target `y`; for a column of the input `X` there are `OrdinalEncoder` and `OneHotEncoder`.
# >
# > **The cell that works today** comes below, in “How is a one-hot vector made?”.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 정수를 그대로 넣으면 정말 손해일까?
#
# 말로만 하지 말고 재어 봅시다. 판정이 I인 사람은 열에 아홉이 다시 병원에 오고, N과 B는 열에 하나만 온다고 하겠습니다.
# 로지스틱 회귀(logistic regression)로 재방문을 맞히되, 세 이름에 0, 1, 2를 붙이는 여섯 가지 방법과 원-핫을 견줍니다.
# 자료는 같고 **번호를 붙이는 차례만** 다릅니다.
#
# **먼저 맞혀 보세요.** 여섯 가지 방법의 정확도는 모두 같을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does it really hurt to feed integers?
#
# Let us measure instead of arguing. Say nine in ten people with finding I come back, but one in ten with N or B. A
# logistic regression predicts who comes back, once for each of the six ways to hand out 0, 1, 2 to three names, and once
# with one-hot vectors. The data are the same; **only the order of the numbers** differs.
#
# **Guess first.** Will all six ways reach the same accuracy?

# %%
def exams(seed, n=400):
    """Findings of n simulated people, and whether each came back."""
    rng = np.random.default_rng(seed)
    finding = rng.choice(list("BIN"), n)
    return finding, rng.random(n) < np.where(finding == "I", 0.9, 0.1)


def accuracy(names, seed, one_hot=False, classifier=LogisticRegression):
    """Train on one draw, score on another; `names` in the order in which they get 0, 1, 2."""
    (x, y), (x_test, y_test) = exams(seed), exams(seed + 1000)
    encoder = OneHotEncoder() if one_hot else OrdinalEncoder(categories=[list(names)])
    model = classifier().fit(encoder.fit_transform(x[:, None]), y)
    return model.score(encoder.transform(x_test[:, None]), y_test)


orders = ["".join(p) for p in permutations("BIN")]
scores = np.array([[accuracy(order, seed) for seed in range(10)] for order in orders])
one_hot_scores = np.array([accuracy("BIN", seed, one_hot=True) for seed in range(10)])
tree = DecisionTreeClassifier
tree_scores = np.array([accuracy("BIN", seed, classifier=tree) for seed in range(10)])

# %% claim=["E01"] slideshow={"slide_type": "fragment"}
labels = [" < ".join(order) for order in orders]
labels += [L("원-핫", "one-hot"), L("B < I < N, 결정 트리", "B < I < N, tree")]
colors = [course.PALETTE[3 if order[1] == "I" else 5] for order in orders]
colors += [course.PALETTE[2], course.PALETTE[4]]

fig, ax = plt.subplots()
plots.bars(ax, labels, [*scores, one_hot_scores, tree_scores], colors)
ax.set(xlim=(0, 1.1), xlabel=L("정확도 (점 하나 = 시드 하나)", "accuracy (a dot a seed)"))
ax.set_title(L("이름에 번호를 붙인 차례가 점수를 바꿉니다", "The order of the numbers changes the score"))
plt.show()

exercises.expect("10_1.integer_codes.accuracy", scores[orders.index("BIN")].mean())
exercises.expect("10_1.one_hot.accuracy", one_hot_scores.mean())
assert scores[[o[1] == "I" for o in orders]].max() < min(one_hot_scores.min(), tree_scores.min())

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 막대 여덟 개. I가 한가운데인 두 차례(B<I<N, N<I<B)는 정확도가 0.64쯤이고, 나머지 네 차례와 원-핫, 결정 트리는 0.90쯤입니다.
#
# **같지 않습니다.** I가 가운데에 놓이면 모델은 무너집니다. 로지스틱 회귀는 수직선(number line)을 **한 번만** 자를 수 있어서 가운데 값을 따로 떼어 낼
# 수 없기 때문입니다. 하필 알파벳 차례(B<I<N)가 그 나쁜 차례입니다. 원-핫은 이름마다 제 가중치를 하나씩 가지므로 차례가
# 아무 상관이 없습니다. 여러 번 자를 수 있는 결정 트리(맨 아래)는 속지 않습니다. 나쁜 것은 정수가 아니라, 차례 없는 이름을 크기로 읽게 하는 일입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Eight bars. The two orders with I in the middle (B<I<N and N<I<B) reach about 0.64, the other four, one-hot and
# the decision tree about 0.90.
#
# **They are not the same.** With I in the middle the model collapses: logistic regression cuts the number line **once**,
# so it cannot single out a value in between. Alphabetical order, B<I<N, happens to be the bad one. One-hot gives every
# name a weight of its own, so order means nothing. A decision tree (the last bar) cuts many times and is not
# fooled. Integers are not bad; letting names that have no order be read as sizes is.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 원-핫 벡터는 어떻게 만들까?
#
# 원-핫(one-hot) 벡터는 이름이 $K$가지일 때 길이가 $K$이고, 자기 자리만 1, 나머지는 모두 0인 벡터입니다. 단위행렬(identity
# matrix)의 행을 번호대로 꺼내면 그만이므로 손으로는 한 줄이면 됩니다. scikit-learn, pandas, PyTorch에도 저마다 도구가 있습니다.
#
# **먼저 맞혀 보세요.** 네 도구의 결과는 같은 숫자일까요? 메모리를 가장 적게 쓰는 것은 무엇일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How is a one-hot vector made?
#
# With $K$ names, a one-hot vector has length $K$: a one in its own place, zeros elsewhere. It is a row of the identity
# matrix, so by hand it takes one line. scikit-learn, pandas and PyTorch each have a tool for it as well.
#
# **Guess first.** Do the four give the same numbers? Which one takes the least memory?

# %% claim=["E01"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
import torch

by_hand = np.eye(3)[codes]  # ko: 단위행렬의 행을 번호대로 | en: rows of the identity
column = table[["class2"]]  # ko: 열 하나짜리 2차원 표 | en: a table of one column
sparse = OneHotEncoder().fit_transform(column)  # ko: 희소 행렬이 기본값 | en: sparse by default
dense = OneHotEncoder(sparse_output=False).fit_transform(column)
frame = pd.get_dummies(table["class2"])
tensor = torch.nn.functional.one_hot(torch.tensor(codes), num_classes=3)

print(by_hand.astype(int))
for name, made, kept in [
    ("NumPy, dense", by_hand, by_hand.nbytes),
    ("sklearn, dense", dense, dense.nbytes),
    ("sklearn, sparse", sparse, sparse.data.nbytes + sparse.indices.nbytes + sparse.indptr.nbytes),
    ("pandas", frame, frame.to_numpy().nbytes),
    ("PyTorch", tensor, tensor.nbytes),
]:
    values = made.toarray() if made is sparse else np.asarray(made)
    assert (values == by_hand).all()
    print(f"{name:16} {values.dtype!s:8} {kept:4} bytes")

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **숫자는 모두 같고, 담는 그릇이 다릅니다.** pandas는 참·거짓(`bool`)이라 가볍고, PyTorch는 정수(`int64`)라서 신경망에 넣기 전에
# `.float()`로 바꾸어야 합니다. 희소 행렬(sparse matrix)은 1의 자리만 적어 둡니다. 이름이 세 가지일 때는 별 차이가 없지만,
# 뒤에서 이름이 수천 가지가 되면 이 차이가 모든 것을 가릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **The numbers are the same; the containers differ.** pandas keeps booleans and is light; PyTorch gives `int64`, which a
# network wants as `.float()`. A sparse matrix writes down only where the ones are. With three names that hardly matters;
# below, with thousands, it decides everything.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 열이 하나 남아도는 것은 아닐까?
#
# B도 I도 아니면 N입니다. 그렇다면 마지막 열은 앞의 두 열로 계산할 수 있습니다. 절편(항상 1인 열)까지 넣으면 열은 넷인데 독립인 열은 몇 개일까요?
# 또 `side`처럼 값이 둘뿐인 열이나, `density`처럼 **차례가 있는** 등급에도 원-핫이 필요할까요?
#
# **먼저 맞혀 보세요.** 위의 네 열로 된 행렬의 계수(rank)는 3일까요, 4일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is one column too many?
#
# What is neither B nor I is N, so the last column follows from the other two. Add the intercept, a column of ones: of
# these four columns, how many are independent? And does a column with two values such as `side`, or a grade that **has**
# an order such as `density`, need one-hot at all?
#
# **Guess first.** Is the rank of that matrix of four columns 3 or 4?

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
with_intercept = np.hstack([np.ones((6, 1)), dense])
print(L("열", "columns"), with_intercept.shape[1], L("· 계수", "· rank"), np.linalg.matrix_rank(with_intercept))

dropping = OneHotEncoder(drop="first", sparse_output=False).fit(column)
assert (dropping.inverse_transform(dropping.transform(column)) == column.to_numpy()).all()

each_its_own = ColumnTransformer(
    [
        ("one-hot", OneHotEncoder(sparse_output=False), ["class2"]),  # ko: 차례 없는 이름 | en: names without order
        ("yes-no", OneHotEncoder(drop="if_binary", sparse_output=False), ["side"]),  # ko: 값이 둘 | en: two values
        ("grade", OrdinalEncoder(categories=[list("ABCD")]), ["density"]),  # ko: 차례 있는 등급 | en: an ordered grade
    ]
)
made = each_its_own.fit_transform(table)
columns = ["B", "I", "N", "side R", "density"]
print(pd.DataFrame(made.astype(int), columns=columns, index=table["id"]).to_string())

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **계수는 3입니다.** 열 하나는 다른 열의 합이므로, 규제(regularization) 없는 선형 모델에서는 답이 하나로 정해지지 않습니다(더미 변수
# 함정, dummy variable trap). `drop="first"`가 첫 열을 버려 이를 막고, `inverse_transform`은 그래도 원래 이름을 되찾아 줍니다.
# 값이 둘이면 열 하나로 충분하고, 차례가 있는 등급에는 **우리가 정한 차례의** 정수가 옳습니다. 규제가 있는 모델이나 신경망에서는 버리지 않는
# 편이 보통입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **The rank is 3.** One column is a sum of others, so a linear model without regularisation has no single answer (the
# dummy variable trap). `drop="first"` removes a column, and `inverse_transform` still finds the old names. Two values
# need one column only, and an ordered grade is rightly an integer, **in the order that we state**. With regularisation,
# or in a network, one usually drops nothing.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 처음 보는 이름이 오면?
#
# 학습할 때는 B, I, N뿐이었는데 내일 악성(malignant) M이 들어옵니다. 아래 셀은 **일부러 틀린 셀**입니다. 실행하면 오류가 나는데,
# 오류가 나는 쪽이 오히려 다행입니다. 조용히 틀리는 도구도 있기 때문입니다.
#
# **먼저 맞혀 보세요.** scikit-learn과 pandas 가운데 어느 쪽이 조용히 틀릴까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if a name comes that nobody has seen?
#
# Training knew B, I and N only; tomorrow an M, malignant, comes in. The next cell is **wrong on purpose**. It raises an
# error, and that is the lucky case: some tools go wrong in silence.
#
# **Guess first.** Which one goes wrong in silence, scikit-learn or pandas?

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
tomorrow = pd.DataFrame({"class2": ["N", "M"]})
OneHotEncoder().fit(column).transform(tomorrow)

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
silent = pd.get_dummies(tomorrow["class2"])
print("pandas       ", L("어제", "yesterday"), list(frame.columns), L("→ 오늘", "→ today"), list(silent.columns))

ignoring = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(column)
print("scikit-learn ", ignoring.transform(tomorrow).astype(int).tolist())
print(ignoring.inverse_transform(ignoring.transform(tomorrow)).ravel().tolist(), L("← 되돌리면", "← and back"))

fixed = silent.reindex(columns=frame.columns, fill_value=False)  # ko: 학습 때의 열로 | en: back to training's columns
assert list(fixed.columns) == ["B", "I", "N"] and not fixed.iloc[1].any()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **pandas가 조용합니다.** `get_dummies`는 어제 무엇을 보았는지 기억하지 않으므로 열이 B, I, N에서 M, N으로 바뀌고, 모델은 M의 자리를
# B의 자리로 읽습니다. **증상**은 까닭 없이 나빠진 점수, **검사**는 학습 때와 열 이름이 같은지 보는 한 줄, **처방**은 학습 때의
# 열로 맞추는 `reindex`나 `handle_unknown="ignore"`입니다. 어느 쪽이든 처음 보는 이름은 0만 있는 벡터가 되고, 되돌리면 `None`이 됩니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **pandas is silent.** `get_dummies` does not remember what it saw yesterday: the columns change from B, I, N to M, N, and
# a model reads M's place as B's. **Symptom**: a score that drops for no reason. **Test**: one line that compares the
# columns with those of training. **Cure**: `reindex` to the columns of training, or `handle_unknown="ignore"`. Either
# turns an unknown name into a vector of zeros; the encoder turns that back into `None`.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 두 낱말은 얼마나 가까울까?
#
# 이제 판정 대신 낱말에 원-핫을 씌워 봅시다. 사전에 낱말이 $V$개 있으면 벡터의 길이도 $V$입니다. 두 벡터가 얼마나 닮았는지는 내적(inner
# product)으로 재고, 모든 짝의 내적을 모은 표를 그람 행렬(Gram matrix)이라고 합니다.
#
# **먼저 맞혀 보세요.** 크리켓 경기와 관련된 cricket과 test(국가 대항전)는, cricket과 arafat보다 더 가까울까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How near are two words?
#
# Now give one-hot vectors to words instead of findings. A dictionary of $V$ words makes vectors of length $V$. How alike
# two vectors are is measured by their inner product; the table of all pairs is called the Gram matrix.
#
# **Guess first.** Is “cricket” nearer to “test” (a match between countries) than to “arafat”?

# %% claim=["E02"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
words = ["cricket", "test", "israeli", "arafat", "fire", "bushfire", "qantas", "airline"]
one_hot = OneHotEncoder(sparse_output=False).fit_transform(np.array(words)[:, None])

gram = one_hot @ one_hot.T
distances = np.linalg.norm(one_hot[:, None] - one_hot[None], axis=2)
different = ~np.eye(len(words), dtype=bool)

print(L("서로 다른 낱말의 내적", "inner products of different words"), set(gram[different].tolist()))
print(L("서로 다른 낱말의 거리", "distances of different words"), set(distances[different].round(6).tolist()))
assert (gram == np.eye(len(words))).all() and np.allclose(distances[different], np.sqrt(2))

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **아니요, 모두 똑같이 멉니다.** 그람 행렬은 단위행렬이고, 어느 두 낱말을 골라도 내적은 0, 거리는 $\sqrt2$입니다. 원-핫은 낱말이 ‘다르다’는
# 것만 말할 뿐 ‘얼마나 다른지’는 한마디도 하지 않습니다. 그 정보가 정말 글 속에 있기는 할까요? 뉴스 300건(gensim에 들어 있는 Lee
# 말뭉치)에서 낱말이 어느 기사에 함께 나오는지만 세어, 50차원으로 줄인 벡터와 견주어 봅시다. 만드는 법은 다음 단원들에서 배웁니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **No: all are equally far.** The Gram matrix is the identity; any two words have inner product 0 and distance $\sqrt2$.
# One-hot says *that* words differ and nothing about *how much*. Is that information in texts at all? Compare with
# vectors made from nothing but which words share an article, in 300 news articles (the Lee corpus inside gensim), reduced
# to 50 dimensions. How they are made is the matter of the next lessons.

# %% claim=["E02"] tags=["cover"] slideshow={"slide_type": "slide"}
lee = text.corpus("lee")
vectorizer = TfidfVectorizer(sublinear_tf=True).fit(lee.documents)
svd = TruncatedSVD(50, random_state=0).fit(vectorizer.transform(lee.documents))
by_word = normalize(svd.components_.T * svd.singular_values_)
learned = by_word[[vectorizer.vocabulary_[word] for word in words]]

fig, axes = plt.subplots(1, 2, figsize=(11, 4.8))
for ax, matrix, title in [
    (axes[0], gram, L("원-핫, 몇 차원이든 이대로", "one-hot, whatever the dimensions")),
    (axes[1], learned @ learned.T, L("기사에서 얻은 벡터, 50차원", "from the articles, 50 dimensions")),
]:
    plots.heatmap(ax, matrix, words, words, numbers=".1f", limits=(-0.2, 1))
    ax.set_title(title)
plt.show()

near, far = (learned @ learned.T)[0, [1, 3]]
assert near > 0.6 > 0.3 > abs(far)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 여덟 낱말의 그람 행렬 두 개. 왼쪽 원-핫은 대각선만 1이고 나머지는 모두 0입니다. 오른쪽은 cricket–test, israeli–arafat,
# fire–bushfire, qantas–airline이 네 개의 밝은 덩어리를 이룹니다.
#
# **뜻의 가까움은 글 속에 있습니다.** 함께 나오는 낱말을 세기만 해도 네 쌍이 저절로 묶입니다. 원-핫은 이 정보를 버린 것이 아니라 처음부터
# 담을 자리가 없습니다. 10장의 나머지는 오른쪽 그림을 더 잘 만드는 방법에 관한 이야기입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Two Gram matrices of eight words. On the left, one-hot: ones on the diagonal, zeros elsewhere. On the right,
# cricket–test, israeli–arafat, fire–bushfire and qantas–airline form four bright blocks.
#
# **Nearness of meaning is in the texts.** Counting which words come together is enough to group the four pairs. One-hot
# did not lose this information; it never had room for it. The rest of chapter 10 is about making the right-hand picture
# better.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 글이 길어지면 사전은 얼마나 커질까?
#
# 원-핫 벡터의 길이는 사전의 크기입니다. 그러면 사전은 언제 다 찰까요? 글을 앞에서부터 읽으면서 지금까지 나온 **서로 다른** 낱말의 수
# $V(n)$을 세어 봅시다. 언어학에서는 이 곡선이 $V(n)=K n^{\beta}$를 따른다고 하고 히프스의 법칙(Heaps' law)이라고 부릅니다.
#
# **먼저 맞혀 보세요.** 6만 낱말쯤 읽으면 새 낱말이 더 나오지 않을까요? 우리말을 띄어쓰기대로 세면 곡선은 영어보다 위에 있을까요, 아래에 있을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How large does the dictionary grow?
#
# A one-hot vector is as long as the dictionary. When is the dictionary full? Read a text from the front and count the
# **different** words so far, $V(n)$. Linguists say that the curve follows $V(n)=K n^{\beta}$ and call it Heaps' law.
#
# **Guess first.** Do new words stop coming after about 60,000? And if Korean is split at spaces, does its curve lie above
# the English one or below?

# %% claim=["E03"] slideshow={"slide_type": "fragment"}
def growth(tokens, points=25):
    """How many different words there are among the first n, for n from 100 to all."""
    first_seen = np.sort(np.unique(tokens, return_index=True)[1])
    n = np.unique(np.geomspace(100, len(tokens), points).astype(int))
    return n, np.searchsorted(first_seen, n)


korean = text.best("nsmc", "peter_ko")
english_words = [word for tokens in text.check_documents(lee.documents) for word in tokens]
korean_words = " ".join(korean.documents).split()[: len(english_words)]

# %% claim=["E03"] slideshow={"slide_type": "fragment"}
ends = []
fig, ax = plt.subplots()
for label, tokens, color, offset in [
    (L("영어 뉴스", "English news"), english_words, course.PALETTE[0], (-60, -40)),
    (L("우리말, 띄어쓰기대로", "Korean, split at spaces"), korean_words, course.PALETTE[3], (-200, 16)),
]:
    n, v = growth(tokens)
    beta, log_k = np.polyfit(np.log(n), np.log(v), 1)
    plots.band(ax, n, [v], f"{label}  β = {beta:.2f}", color, offset=offset)
    ends.append(len(set(tokens[: len(korean_words)])))
    assert 0.4 < beta < 1 and v[-1] > v[-2]
ax.set(xscale="log", yscale="log", xlabel=L("읽은 낱말의 수 n", "words read, n"))
ax.set(ylabel=L("서로 다른 낱말의 수 V(n)", "different words, V(n)"))
ax.set_title(L("사전은 다 차지 않습니다", "The dictionary is never full"))
plt.show()

ratio, read = ends[1] / ends[0], len(korean_words)
print(L(f"낱말 {read:,}개를 읽었을 때 우리말 사전은 영어의 {ratio:.1f}배입니다.",
        f"After {read:,} words the Korean dictionary is {ratio:.1f} times the English one."))
assert ratio > 1.2

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 두 축 모두 로그 눈금인 그래프. 영어 뉴스와 우리말 글의 사전 크기가 모두 거의 곧은 선을 따라 끝까지 늘어나며, 같은 n에서
# 우리말 곡선이 더 위에 있습니다.
#
# **끝까지 늘어납니다.** 로그-로그 그래프에서 거의 직선이므로 $\beta$는 그 기울기입니다. 우리말을 띄어쓰기대로 자르면 ‘피터가, 피터는, 피터를’이
# 모두 다른 낱말이 됩니다. 그래서 같은 수의 낱말을 읽어도 사전이 더 큽니다. 이 문제는 다음 단원에서 풀겠습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Both axes logarithmic. The dictionaries of English news and of a Korean text grow along almost straight lines to
# the very end; at the same n the Korean curve lies higher.
#
# **It grows to the end.** On a log-log plot the line is almost straight, and $\beta$ is its slope. Split at spaces,
# Korean counts a name with each particle (피터가, 피터는, 피터를) as another word, so after equally many words its dictionary
# is larger. The next lesson mends that.

# %% claim=["E03"] tags=["nbval-check-output"] slideshow={"slide_type": "slide"}
tokens = np.array(english_words)
matrix = OneHotEncoder().fit_transform(tokens[:, None])
kept = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
dense_bytes = matrix.shape[0] * matrix.shape[1] * 8

print(L("낱말", "words"), f"{matrix.shape[0]:,}", L("· 사전", "· dictionary"), f"{matrix.shape[1]:,}")
print(L("0까지 모두 적으면", "with all its zeros"), f"{dense_bytes / 1e9:.1f} GB")
print(L("1의 자리만 적으면", "only where the ones are"), f"{kept / 1e6:.1f} MB")
assert matrix.nnz == len(tokens) and dense_bytes > 1000 * kept

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# 뉴스 300건, 두꺼운 책 한 권에도 못 미치는 글입니다. 그런데도 0까지 모두 적으면 3.4 GB입니다. 책 몇 권이면 노트북 컴퓨터의 메모리가 바닥납니다.
# 1의 자리만 적는 희소 행렬은 천 배 넘게 작습니다. **0을 적지 않는 것**은 요령이 아니라 필수입니다. 다만 희소 행렬도 ‘차원이 크다’는 문제 자체를 풀어 주지는 못합니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# Three hundred news articles are less than one thick book, yet with all the zeros they take 3.4 GB; a few books more
# and a laptop's memory is full. Sparse, they are over a thousand times smaller. **Not writing zeros** is no trick but a must. Still, a sparse matrix does not
# make the number of dimensions itself any smaller.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 차원이 높아지면 거리는 뜻을 잃을까?
#
# 차원의 저주(curse of dimensionality)는 메모리만의 이야기가 아닙니다. 점 500개를 아무렇게나 뿌리고 한 점에서 보았을 때, 가장 먼 점은 가장
# 가까운 점보다 얼마나 더 멀까요? 상대 대비 $(d_{\max}-d_{\min})/d_{\min}$로 재겠습니다. 이 값이 0이면 ‘가장 가까운 이웃’이라는 말이 뜻을
# 잃습니다.
#
# **먼저 맞혀 보세요.** 실제 자료인 손글씨 숫자(64차원)는 64차원의 무작위 점만큼 나쁠까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does distance lose its meaning in many dimensions?
#
# The curse of dimensionality is not about memory alone. Scatter 500 points at random and look from one point: how much
# farther is the farthest than the nearest? We measure the relative contrast $(d_{\max}-d_{\min})/d_{\min}$. At 0 the words
# “nearest neighbour” mean nothing.
#
# **Guess first.** Real data, handwritten digits in 64 dimensions: are they as bad as random points in 64 dimensions?

# %% claim=["E03"] slideshow={"slide_type": "fragment"}
def contrast(points, seen_from):
    """(farthest - nearest) / nearest."""
    distance = np.linalg.norm(points - seen_from, axis=1)
    return (distance.max() - distance.min()) / distance.min()


def of_noise(d, seed):
    rng = np.random.default_rng(seed)
    return contrast(rng.random((500, d)), rng.random(d))


dims = np.array([2, 5, 10, 30, 64, 100, 300, 1000, 3000, 10000])
noise = [[of_noise(d, seed) for d in dims] for seed in range(8)]

rng = np.random.default_rng(0)
digits = load_digits().data[rng.permutation(1797)[:501]] / 16
shuffled = np.stack([rng.permutation(p) for p in digits.T], axis=1)  # ko: 픽셀마다 따로 섞기 | en: each pixel on its own
real, mixed = (
    np.median([contrast(np.delete(data, i, axis=0), data[i]) for i in range(100)])
    for data in (digits, shuffled)
)

# %% claim=["E03"] slideshow={"slide_type": "slide"}
fig, ax = plt.subplots()
plots.band(ax, dims, noise, L("무작위 점", "random points"), course.PALETTE[0], at=1)
for value, label, color in [
    (real, L("진짜 손글씨", "real digits"), course.PALETTE[2]),
    (mixed, L("픽셀을 섞은 손글씨", "digits, pixels shuffled"), course.PALETTE[3]),
]:
    ax.plot(64, value, "D", color=color, markersize=10)
    ax.annotate(label, (64, value), (12, 4), textcoords="offset points", color=color, weight="bold")
ax.set(xscale="log", yscale="log", xlabel=L("차원", "dimensions"), ylabel=L("상대 대비", "relative contrast"))
ax.set_title(L("모두가 비슷하게 멀어집니다. 진짜 자료는 덜합니다", "All become equally far; real data less so"))
plt.show()

means = np.mean(noise, axis=0)
assert (np.diff(means) < 0).all() and means[-1] < 0.05 and real > 3 * mixed

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 무작위 점의 상대 대비는 2차원에서 10을 넘지만 10,000차원에서는 0.03까지 곧게 떨어집니다. 64차원의 진짜 손글씨는 2.4쯤으로
# 그 선보다 훨씬 위에, 픽셀을 섞은 손글씨는 0.8쯤으로 선 가까이에 있습니다.
#
# **무작위라면 그렇고, 진짜 자료라면 덜합니다.** 진짜 손글씨의 대비는 10차원의 무작위 점과 비슷합니다. 픽셀끼리 서로 얽혀 있어서 실제로 쓰는
# 차원은 훨씬 적기 때문이고, 그 얽힘을 섞어 끊으면 대비가 무너집니다. 원-핫은 저주의 극단입니다. 모든 쌍의 거리가 $\sqrt2$로 같아 대비가 정확히
# 0입니다. 수천 차원을 낱말들이 **얽힌** 수백 차원으로 줄이는 것, 그것이 임베딩(embedding)입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** The relative contrast of random points is over 10 in two dimensions and falls in a straight line to 0.03 in
# 10,000. Real digits, in 64 dimensions, lie far above that line at about 2.4; digits with shuffled pixels lie near it, at
# about 0.8.
#
# **For random points yes, for real data less.** The contrast of real digits is that of random points in 10 dimensions:
# pixels depend on each other, so the data use far fewer dimensions, and shuffling that dependence away destroys the
# contrast. One-hot is the curse at its worst: every distance is $\sqrt2$, so the contrast is exactly 0. To bring thousands
# of dimensions down to hundreds in which words *do* depend on each other: that is what an embedding is.

# %% tags=["interactive", "nbval-skip"]
def show_distances(d=2):  # ko: 슬라이더를 움직여 보세요 | en: move the slider
    rng = np.random.default_rng(0)
    distance = np.linalg.norm(rng.random((2000, d)) - rng.random(d), axis=1)
    fig, ax = plt.subplots(figsize=(8, 3))
    ax.hist(distance, bins=60, range=(0, 1.1 * distance.max()))
    ax.set(xlabel=L("거리", "distance"), ylabel=L("점의 수", "points"), title=L(f"{d}차원", f"d = {d}"))
    plt.show()


slider = ipywidgets.SelectionSlider(options=[1, 2, 5, 10, 50, 100, 1000], value=2)
_ = ipywidgets.interact(show_distances, d=slider)

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요. 손대지 않은
# 셀은 ‘아직 시도하지 않았습니다’라고만 합니다.
#
# **q1.** 번호의 배열과 이름의 수를 받아 원-핫 행렬을 돌려주는 함수를 반복문 없이 쓰세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`. An untouched cell only says that it has not been attempted.
#
# **q1.** Write a function that turns an array of codes and the number of names into a one-hot matrix, without a loop.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4 = exercises.load("10_1_one_hot")


def one_hot_matrix(codes, num_classes):
    return ...


q1.check(one_hot_matrix)

# %% tags=["question"] exercise="q1"
hint = L(
    "단위행렬 np.eye(num_classes)의 행을 번호로 꺼내면 됩니다. 열의 수는 codes가 아니라 num_classes가 정합니다.",
    "Index the rows of the identity matrix np.eye(num_classes). num_classes, not codes, sets the number of columns.",
)
right = L("맞았습니다. 자료에 없는 이름의 열도 자리를 지킵니다.", "Right: a name absent from the data keeps its column too.")


def check(one_hot_matrix):
    import numpy as np

    codes = np.array([2, 0, 2])
    made = np.asarray(one_hot_matrix(codes, 4))
    truth = np.eye(4)[codes]
    if made.shape == (3,):
        return L("번호를 그대로 돌려주었습니다. 번호 하나마다 벡터 하나가 필요합니다.",
                 "You gave the codes back; each code needs a vector of its own.")
    if made.shape == (4, 3):
        return L("행과 열이 바뀌었습니다. 한 행이 한 표본입니다.", "Rows and columns are swapped: a row is a sample.")
    if made.shape == (3, 3):
        return L("열이 3개입니다. 3번 이름은 이 자료에 안 나왔지만 열은 있어야 합니다. num_classes를 쓰세요.",
                 "There are 3 columns. Name 3 does not occur here but needs its column: use num_classes.")
    if made.shape != truth.shape:
        return L(f"모양이 {made.shape}입니다. (3, 4)여야 합니다.", f"The shape is {made.shape}; it should be (3, 4).")
    if (made.sum(axis=1) != 1).any():
        return L("행마다 1이 꼭 하나여야 합니다.", "Each row must hold exactly one 1.")
    if (made != truth).any():
        return L("1의 자리가 틀렸습니다. 번호 2의 1은 세 번째 칸입니다.", "A 1 is misplaced: code 2 has it in the third column.")


# %% tags=["solution"] exercise="q1"
def one_hot_matrix(codes, num_classes):
    return np.eye(num_classes)[codes]

# %% tags=["wrong"] exercise="q1" says=["num_classes", "num_classes"]
def one_hot_matrix(codes, num_classes):
    return np.eye(codes.max() + 1)[codes]

# %% tags=["wrong"] exercise="q1" says=["행과 열", "swapped"]
def one_hot_matrix(codes, num_classes):
    return np.eye(num_classes)[:, codes]

# %% tags=["wrong"] exercise="q1" says=["번호를 그대로", "codes back"]
def one_hot_matrix(codes, num_classes):
    return codes

# %% [markdown] lang="ko"
# **q2.** 낱말 100,000개짜리 글을 낱말 50,000개짜리 사전으로 원-핫 인코딩해 `float64`로 0까지 모두 적으면 몇 **기가바이트**(10⁹바이트)일까요?

# %% [markdown] lang="en"
# **q2.** A text of 100,000 words, one-hot encoded over a dictionary of 50,000 words, all zeros written down as `float64`:
# how many **gigabytes** (10⁹ bytes) is that?

# %% tags=["exercise"] exercise="q2"
gigabytes = ...
q2.check(gigabytes)

# %% tags=["question"] exercise="q2"
hint = L("행의 수 × 열의 수 × 한 칸의 바이트 수입니다. float64 한 칸은 64비트입니다.",
         "Rows × columns × bytes a cell. A float64 cell has 64 bits.")
right = L("맞았습니다. 40 GB입니다. 희소 행렬이라면 2 MB 안팎입니다.", "Right: 40 GB. A sparse matrix takes about 2 MB.")


def check(gigabytes):
    value = float(gigabytes)
    if abs(value - 40) < 0.5:
        return None
    if abs(value - 5) < 0.1:
        return L("칸의 수만 세었습니다. 한 칸은 몇 바이트일까요?", "You counted cells. How many bytes is a cell?")
    if abs(value - 320) < 5:
        return L("비트로 세었습니다. 8비트가 1바이트입니다.", "You counted bits; eight bits make a byte.")
    if abs(value - 20) < 0.5:
        return L("float32라면 맞습니다. float64는 그 두 배입니다.", "Right for float32; float64 is twice that.")
    if abs(value - 40e9) < 1e9:
        return L("바이트로는 맞습니다. 10⁹으로 나누어 기가바이트로 적으세요.", "Right in bytes; divide by 10⁹ for gigabytes.")
    return L("100,000 × 50,000부터 계산해 보세요.", "Start from 100,000 × 50,000.")


# %% tags=["solution"] exercise="q2"
gigabytes = 100_000 * 50_000 * 8 / 1e9

# %% tags=["wrong"] exercise="q2" says=["바이트일까요", "bytes is a cell"]
gigabytes = 100_000 * 50_000 / 1e9

# %% tags=["wrong"] exercise="q2" says=["비트로", "counted bits"]
gigabytes = 100_000 * 50_000 * 64 / 1e9

# %% tags=["wrong"] exercise="q2" says=["바이트로는 맞습니다", "Right in bytes"]
gigabytes = 100_000 * 50_000 * 8

# %% [markdown] lang="ko"
# **q3.** 문장의 벡터를 낱말들의 원-핫 벡터를 **더해** 만든다고 합시다. ‘피터 웬디 후크’와 ‘피터 웬디 존 마이클’ 두 문장의
# **내적**과 **거리**를 차례로 적으세요.

# %% [markdown] lang="en"
# **q3.** Make a sentence's vector by **adding** the one-hot vectors of its words. For “Peter Wendy Hook” and “Peter Wendy
# John Michael”, give the **inner product** and then the **distance**.

# %% tags=["exercise"] exercise="q3"
inner_product, distance = ..., ...
q3.check(inner_product, distance)

# %% tags=["question"] exercise="q3"
hint = L("두 벡터를 빼면 함께 나온 낱말은 0이 됩니다. 남은 칸은 몇 개이고, 저마다 값이 얼마일까요?",
         "Subtract the two vectors: shared words cancel to 0. How many places are left, and what stands in them?")
right = L("맞았습니다. 내적이 함께 나온 낱말의 수가 되었습니다. 다음 단원의 카운트 벡터가 바로 이것입니다.",
          "Right. The inner product has become the number of shared words: these are the count vectors of the next lesson.")


def check(inner_product, distance):
    if inner_product == 0:
        return L("서로 다른 두 낱말의 내적은 0이지만, 두 문장은 낱말을 함께 씁니다.",
                 "Two different words have inner product 0, but these sentences share words.")
    if inner_product != 2:
        return L("내적은 함께 나온 낱말의 수입니다.", "The inner product is the number of shared words.")
    if abs(distance - 3) < 1e-6:
        return L("거리의 제곱까지는 맞습니다. 제곱근을 씌우세요.", "That is the squared distance; take the root.")
    if abs(distance - 2**0.5) < 1e-6:
        return L("√2는 낱말 하나씩일 때의 거리입니다. 여기서는 다른 칸이 셋입니다.",
                 "√2 is the distance of two single words; here three places differ.")
    if abs(distance - 3**0.5) > 1e-3:
        return L("다른 칸이 후크, 존, 마이클 셋이고, 저마다 차이가 1입니다.",
                 "Three places differ, Hook, John and Michael, each by 1.")


# %% tags=["solution"] exercise="q3"
inner_product, distance = 2, np.sqrt(3)

# %% tags=["wrong"] exercise="q3" says=["낱말을 함께 씁니다", "share words"]
inner_product, distance = 0, np.sqrt(2)

# %% tags=["wrong"] exercise="q3" says=["제곱근", "take the root"]
inner_product, distance = 2, 3

# %% tags=["wrong"] exercise="q3" says=["√2", "√2"]
inner_product, distance = 2, np.sqrt(2)

# %% [markdown] lang="ko"
# **q4.** `column`으로 학습한 뒤 처음 보는 M이 와도 오류가 나지 않고, `inverse_transform`이 M을 **다른 이름으로 둔갑시키지 않는** 인코더를
# 만드세요.

# %% [markdown] lang="en"
# **q4.** Make an encoder, fitted on `column`, that raises no error when an unseen M comes, and whose `inverse_transform`
# **does not pass M off as another name**.

# %% tags=["exercise"] exercise="q4"
encoder = ...
q4.check(encoder)

# %% tags=["question"] exercise="q4"
hint = L("handle_unknown을 보세요. 그리고 0만 있는 벡터가 이미 다른 뜻으로 쓰이고 있지는 않은지 확인하세요.",
         "Look at handle_unknown, and make sure that the vector of zeros does not mean something else already.")
right = L("맞았습니다. M은 0만 있는 벡터가 되고, 되돌리면 None입니다.", "Right: M becomes a vector of zeros and comes back as None.")


def check(encoder):
    import pandas as pd

    known, unknown = pd.DataFrame({"class2": list("BIN")}), pd.DataFrame({"class2": ["M"]})
    if isinstance(encoder, type) or not hasattr(encoder, "categories_"):
        return L("아직 학습하지 않은 인코더입니다. fit(column)을 부르세요.", "The encoder is not fitted: call fit(column).")
    try:
        back = encoder.inverse_transform(encoder.transform(unknown))[0, 0]
    except ValueError:
        return L("M에서 ValueError가 납니다. handle_unknown의 기본값이 'error'입니다.",
                 "M raises ValueError: handle_unknown is 'error' by default.")
    if back is not None:
        return L(f"M이 {back}(으)로 둔갑했습니다. drop이 버린 이름도 0만 있는 벡터이기 때문입니다.",
                 f"M came back as {back}: the name that drop removed is a vector of zeros too.")
    if encoder.inverse_transform(encoder.transform(known)).ravel().tolist() != list("BIN"):
        return L("아는 이름 B, I, N도 제대로 돌아와야 합니다.", "The known names B, I, N must come back too.")


# %% tags=["solution"] exercise="q4"
encoder = OneHotEncoder(handle_unknown="ignore").fit(column)

# %% tags=["wrong"] exercise="q4" says=["기본값", "by default"]
encoder = OneHotEncoder().fit(column)

# %% tags=["wrong"] exercise="q4" says=["둔갑", "came back as"]
encoder = OneHotEncoder(handle_unknown="ignore", drop="first").fit(column)

# %% tags=["wrong"] exercise="q4" says=["fit(column)", "fit(column)"]
encoder = OneHotEncoder(handle_unknown="ignore")

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 레이블 인코딩은 이름을 크기로 둔갑시킵니다. 차례가 진짜 있을 때만 정수를 쓰세요.
# 2. 원-핫 벡터는 단위행렬의 한 행입니다. scikit-learn의 `OneHotEncoder`는 범주를 **기억**하고, `get_dummies`는 기억하지 않습니다.
# 3. 서로 다른 원-핫 벡터는 내적이 0, 거리가 √2입니다. 뜻의 가까움을 담을 자리가 없습니다.
# 4. 사전은 끝없이 자랍니다($V=Kn^\beta$). 0을 적지 않는 희소 행렬이 필수입니다.
# 5. 차원이 높으면 무작위 점은 모두 비슷하게 멀지만, 얽힘이 있는 진짜 자료는 버팁니다.
#
# **더 읽을거리** H. S. Heaps, *Information Retrieval* (1978), 7.5절 · K. Beyer 외, “When Is ‘Nearest Neighbor’ Meaningful?”
# (ICDT 1999) · M. D. Lee 외, “An Empirical Evaluation of Models of Text Document Similarity” (CogSci 2005, Lee 말뭉치)
#
# **다음** [10.2 카운트 벡터와 TF-IDF](10_2_counts_tfidf.ipynb): 낱말을 더해 글의 벡터를 만들고, 작은 검색 엔진을 만듭니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. Label encoding passes names off as sizes. Use integers only where there is a true order.
# 2. A one-hot vector is a row of the identity. scikit-learn's `OneHotEncoder` **remembers** the categories; `get_dummies`
#    does not.
# 3. Different one-hot vectors have inner product 0 and distance √2: no room for nearness of meaning.
# 4. The dictionary grows without end ($V=Kn^\beta$); sparse matrices, which write no zeros, are a must.
# 5. In many dimensions random points are all equally far; real data, whose dimensions depend on each other, hold out.
#
# **Further reading** H. S. Heaps, *Information Retrieval* (1978), section 7.5 · K. Beyer et al., “When Is ‘Nearest
# Neighbor’ Meaningful?” (ICDT 1999) · M. D. Lee et al., “An Empirical Evaluation of Models of Text Document Similarity”
# (CogSci 2005, the Lee corpus)
#
# **Next** [10.2 Counts and TF-IDF](10_2_counts_tfidf.ipynb): words added up to vectors of texts, and a small search engine.
