"""SkipGram and CBOW: a step against float64 by hand and against gensim's; what is learned, kept and refused."""

import numpy as np
import pytest
import torch
from gensim.models import Word2Vec as Gensims

from helpers.embeddings import CBOW, SkipGram
from helpers.embeddings.outputs import NOISE, HierarchicalSoftmax, huffman
from helpers.embeddings.pairs import blocks
from helpers.embeddings.vocabulary import Vocabulary

torch.set_num_threads(1)
CLASSES = [[f"{kind}{number}" for number in range(8)] for kind in ("animal", "colour", "verb", "place", "food")]
FRAMES = [(0, 1), (2, 3), (4, 4), (0, 1, 0), (3, 2, 3)]  # which kinds are near each other


def small_text(sentences=1500, seed=0):
    """Sentences whose every word could be any of its kind: nothing but the kind can be learned."""
    rng = np.random.default_rng(seed)
    frames = [FRAMES[k] for k in rng.integers(len(FRAMES), size=sentences)]
    return [[CLASSES[kind][rng.integers(8)] for kind in frame] for frame in frames]


def neighbours_of_the_same_kind(wv):
    """Share of the seven nearest words that are of the word's kind; by chance 7 / 39 = 0.18."""
    hits = [w[:4] == word[:4] for kind in CLASSES for word in kind for w, _ in wv.most_similar(word, topn=7)]
    return np.mean(hits)


SMALL = dict(vector_size=16, window=2, min_count=1, sample=0, epochs=5, device="cpu")
TEXT = small_text()


@pytest.mark.parametrize("build", [SkipGram, CBOW])
@pytest.mark.parametrize("output", [{}, {"negative": 0, "hs": True}])
def test_words_of_a_kind_come_together(build, output):
    model = build(**SMALL | {"epochs": 15, "alpha": 0.05}, **output)
    model.build_vocab(TEXT)
    assert neighbours_of_the_same_kind(model.wv) < 0.4
    model.train(TEXT)
    assert neighbours_of_the_same_kind(model.wv) > 0.9
    assert model.losses[-1] < model.losses[0] and len(model.losses) == 15


def model_in_motion(build, **changes):
    """A model with all vectors away from 0, in float64."""
    model = build(**SMALL | changes)
    model.build_vocab(TEXT)
    rng = np.random.default_rng(3)
    for part in (model.inputs, *model.outputs):
        part.weights = torch.from_numpy(rng.normal(0, 0.3, part.weights.shape))
    return model


def a_batch(model):
    tokens = model.vocabulary.encode(TEXT[:20])
    words, around, near = next(blocks(tokens, 2, 16, 3, np.random.default_rng(5)))
    return torch.from_numpy(words), torch.from_numpy(around), torch.from_numpy(near).double()


def drawn(model, blocks):
    """The negatives that a step will draw."""
    chances = np.cumsum(model.vocabulary.noise())
    return np.searchsorted(chances, np.random.default_rng(9).random((blocks, NOISE)), side="right")


@pytest.mark.parametrize("mean", [None, True, False])
def test_a_step_is_what_the_formulas_say(mean, monkeypatch):
    """Mikolov et al. 2013b, equation 4, pair by pair in float64; its gradient by autograd."""
    model = model_in_motion(SkipGram) if mean is None else model_in_motion(CBOW, cbow_mean=mean)
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    words, around, near = a_batch(model)
    noise = drawn(model, len(words))
    v = model.inputs.weights.clone().requires_grad_()
    u = model.outputs[0].weights.clone().requires_grad_()
    loss, asked, slopes = 0.0, 0, torch.zeros_like(v)

    def one(h, target, block):
        found = -torch.log(torch.sigmoid(u[target] @ h))
        for other in noise[block]:
            if other != target:
                found = found - model.negative / NOISE * torch.log(torch.sigmoid(-u[other] @ h))
        return found

    for n, t in np.ndindex(*words.shape):
        seen = [int(around[n, c]) for c in range(around.shape[1]) if near[n, t, c]]
        if mean is None:
            loss, asked = loss + sum(one(v[words[n, t]], target, n) for target in seen), asked + len(seen)
        elif seen:
            h = v[seen].sum(0) / (len(seen) if mean else 1)
            part = one(h, words[n, t], n)
            # word2vec.c: the slope by h goes whole to each word of a mean; gensim: divided to each of a sum.
            (slope,) = torch.autograd.grad(part, h, retain_graph=True)
            slopes.index_add_(0, torch.tensor(seen), (slope if mean else slope / len(seen)).expand(len(seen), -1))
            loss, asked = loss + part, asked + 1
    loss.backward()
    slopes = v.grad if mean is None else slopes
    with torch.no_grad():
        got, predicted = model.step(words, around, near, 0.1, np.random.default_rng(9))
    assert float(got) == pytest.approx(float(loss.detach()), rel=1e-12) and int(predicted) == asked > 20
    assert torch.allclose(model.inputs.weights, v.detach() - 0.1 * slopes, atol=1e-12)
    assert torch.allclose(model.outputs[0].weights, u.detach() - 0.1 * u.grad, atol=1e-12)


@pytest.mark.parametrize("build", [SkipGram, CBOW])
def test_a_pair_changes_the_vectors_as_gensim_does(build):
    """Two words and one negative, the same start: gensim learns (a, b), then (b, a), and looks up its sigmoid."""
    text, rng = [["z", "z", "z"], ["a", "a"], ["b"]], np.random.default_rng(1)
    v, u = rng.normal(0, 0.5, (2, 3, 8)).astype(np.float32)
    theirs = Gensims(vector_size=8, min_count=1, sample=0, negative=1, sg=build is SkipGram, window=1, workers=1)
    theirs.build_vocab(text)
    theirs.wv.vectors[:], theirs.syn1neg[:] = v, u
    a, b = 1, 2  # and z is 0
    assert theirs.wv.index_to_key == ["z", "a", "b"]
    theirs.cum_table[:] = 2**31 - 1  # every negative is z
    theirs.train([["a", "b"]], total_examples=1, epochs=1, start_alpha=0.1, end_alpha=0.1)

    ours = build(vector_size=8, min_count=1, sample=0, negative=1, window=1, device="cpu")
    ours.build_vocab(text)
    ours.inputs.weights, ours.outputs[0].weights = torch.from_numpy(v.copy()), torch.from_numpy(u.copy())
    ours.outputs[0].chances = np.ones(3)
    for middle, other in [(b, a), (a, b)] if build is SkipGram else [(a, b), (b, a)]:
        one = torch.zeros(1, 1, dtype=torch.int64)
        with torch.no_grad():
            ours.step(one + middle, one + other, torch.ones(1, 1, 1), 0.1, rng)
    for got, expected in ((ours.inputs.weights, theirs.wv.vectors), (ours.outputs[0].weights, theirs.syn1neg)):
        assert np.abs(expected - (v if got is ours.inputs.weights else u)).max() > 0.02
        assert np.allclose(
            got, expected, atol=1.5e-3
        )  # a table of 1,000 sigmoids is off by up to 0.003; the change is up to 0.11


def test_the_first_loss_is_that_of_a_coin():
    """All u are 0: (1 + negative) log 2 a pair, less what is skipped: 6 x 0.693 = 4.159."""
    model = SkipGram(**SMALL)
    model.build_vocab(TEXT)
    words, around, near = (
        torch.from_numpy(x) for x in next(blocks(model.vocabulary.encode(TEXT), 2, 16, 20, np.random.default_rng(0)))
    )
    with torch.no_grad():
        loss, asked = model.step(words, around, near.float(), 0.0, np.random.default_rng(0))
    first = float(loss / asked)
    skipped = 5 * np.log(2) * (model.vocabulary.noise() * model.vocabulary.counts / model.vocabulary.counts.sum()).sum()
    assert first == pytest.approx(6 * np.log(2) - skipped, abs=0.05) and first < 6 * np.log(2)


def test_start_values_are_those_of_the_program():
    model = SkipGram(**SMALL | {"vector_size": 50})
    model.build_vocab(TEXT)
    start = model.inputs.weights.numpy() * 50
    assert 0.49 < start.max() <= 0.5 and -0.5 <= start.min() < -0.49 and abs(start.mean()) < 0.02
    assert not model.outputs[0].weights.any()


def test_the_rate_falls_in_a_straight_line(monkeypatch):
    rates = []
    step = SkipGram.step
    monkeypatch.setattr(SkipGram, "step", lambda self, *a: rates.append(a[3]) or step(self, *a))
    SkipGram(TEXT, **SMALL | {"epochs": 2}, alpha=0.1, min_alpha=0.02, batch_size=16)
    assert rates[0] == 0.1 and np.allclose(np.diff(rates), -0.08 / len(rates)) and len(rates) > 200


def test_each_epoch_has_luck_of_its_own(monkeypatch):
    seen = []
    step = SkipGram.step
    monkeypatch.setattr(SkipGram, "step", lambda self, *a: seen.append(a[2].sum()) or step(self, *a))
    SkipGram(TEXT, **SMALL | {"epochs": 2}, batch_size=16)
    first, second = np.split(np.array(seen), 2)
    assert not np.array_equal(first, second)


# -- hierarchical softmax ---------------------------------------------------------------------------------------------

COUNTS = np.random.default_rng(0).zipf(1.5, 60).clip(max=10_000)


def test_the_tree_is_a_huffman_code():
    paths = huffman(COUNTS)
    codes = ["".join(str(code) for _, code in path) for path in paths]
    assert not any(a != b and b.startswith(a) for a in codes for b in codes) and len(set(codes)) == 60
    share = COUNTS / COUNTS.sum()
    entropy, length = -(share * np.log2(share)).sum(), (share * [len(code) for code in codes]).sum()
    assert entropy <= length < entropy + 1
    assert all(path[0][0] == 58 for path in paths)  # the root is the last fork
    assert sorted({fork for path in paths for fork, _ in path}) == list(range(59))


def test_the_tree_is_as_short_as_gensims():
    counts = np.sort(COUNTS)[::-1]
    words = [f"w{k}" for k in range(60)]
    theirs = Gensims(vector_size=4, min_count=1, hs=1, negative=0)
    theirs.build_vocab_from_freq(dict(zip(words, counts.tolist(), strict=True)))
    lengths = [len(theirs.wv.get_vecattr(word, "code")) for word in words]
    assert (counts * [len(path) for path in huffman(counts)]).sum() == (counts * lengths).sum()


def test_the_chances_of_all_words_sum_to_one_and_are_what_a_step_asks():
    vocabulary = Vocabulary([f"w{k}" for k in range(60)], np.sort(COUNTS)[::-1])
    tree = HierarchicalSoftmax(vocabulary, 8)
    tree.weights.normal_(generator=torch.Generator().manual_seed(0))
    h = torch.randn(8, generator=torch.Generator().manual_seed(1))
    log_p = tree.log_chances(h)
    assert float(log_p.exp().sum()) == pytest.approx(1, abs=1e-5) and float(log_p.exp().max()) < 0.9
    for word in (0, 30, 59):
        one = torch.tensor([[word]])
        loss, _ = tree.step(h.view(1, 1, 8), one, torch.ones(1, 1, 1), 0.0, None)
        assert float(loss) == pytest.approx(-float(log_p[word]), rel=1e-5)


def test_one_word_alone_needs_no_fork():
    assert huffman(np.array([5])) == [[]]


# -- the way it is used -----------------------------------------------------------------------------------------------


def test_vectors_are_gensims_keyed_vectors_with_counts():
    model = SkipGram(TEXT, **SMALL | {"epochs": 1})
    assert model.wv.vectors.shape == (40, 16) and model.wv.vectors.dtype == np.float32
    assert model.wv.index_to_key == model.vocabulary.words
    assert model.wv.get_vecattr("verb1", "count") == sum(word == "verb1" for line in TEXT for word in line)
    assert np.array_equal(model.vector("verb1"), model.wv["verb1"])
    with pytest.raises(KeyError, match="verb99"):
        model.vector("verb99")


def test_callbacks_hear_all_and_each_epoch_has_its_vectors():
    told, films = [], []

    class Film:
        def on_train_begin(self, model):
            told.append("begin")

        def on_epoch_end(self, model):
            told.append((model.epoch, len(model.losses)))
            films.append(model.wv)

    class Rest:
        def __getattr__(self, name):
            return lambda model: told.append(name)

    SkipGram(TEXT, **SMALL | {"epochs": 2}, callbacks=[Film()]).train(TEXT, epochs=1, callbacks=[Rest()])
    expected = ["begin", (1, 1), (2, 2), "begin", "on_train_begin", "on_epoch_begin", (3, 3), "on_epoch_end"]
    assert told == [*expected, "on_train_end"]
    assert not np.array_equal(films[0].vectors, films[1].vectors)


def test_a_file_is_read_as_its_lines(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("\n".join(" ".join(line) for line in TEXT), "utf-8")
    one, other = SkipGram(corpus_file=file, **SMALL), SkipGram(TEXT, **SMALL)
    assert np.array_equal(one.wv.vectors, other.wv.vectors)


@pytest.mark.parametrize("build", [SkipGram, CBOW])
def test_a_run_that_goes_on_is_the_run_that_never_stopped(build, tmp_path):
    class Keep:
        def on_epoch_end(self, model):
            if model.epoch == 2:
                model.save(tmp_path / "run.npz")

    settings = SMALL | {"sample": 1e-2, "hs": True}
    whole = build(TEXT, **settings, callbacks=[Keep()])
    again = build.load(tmp_path / "run.npz", device="cpu")
    assert again.epoch == 2 and not np.array_equal(again.wv.vectors, whole.wv.vectors)
    again.train(TEXT)
    assert np.array_equal(again.wv.vectors, whole.wv.vectors) and again.losses == whole.losses
    for one, other in zip(again.outputs, whole.outputs, strict=True):
        assert torch.equal(one.weights, other.weights)
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]


def test_what_was_kept_is_read_with_care(tmp_path):
    file = tmp_path / "run.npz"
    with pytest.raises(RuntimeError, match="build_vocab"):
        SkipGram(**SMALL).save(file)
    model = SkipGram(TEXT, **SMALL | {"epochs": 1})
    model.save(file)
    with pytest.raises(ValueError, match="holds a SkipGram: read it by SkipGram.load"):
        CBOW.load(file)
    with pytest.raises(ValueError, match="not those of the run that goes on"):
        SkipGram.load(file).train(small_text(seed=1), epochs=1)
    with pytest.raises(ValueError, match="All 1 epochs are done"):
        SkipGram.load(file).train(TEXT)
    whole = dict(np.load(file))
    np.savez(file, **whole | {"inputs": whole["inputs"][:-1]})
    with pytest.raises(ValueError, match=r"inputs is \(39, 16\); its vocabulary asks for \(40, 16\)"):
        SkipGram.load(file)
    np.savez(file, **whole | {"counts": whole["counts"][:-1]})
    with pytest.raises(ValueError, match="40 words, but 39 counts"):
        SkipGram.load(file)
    file.write_bytes(b"PK" + bytes(100))
    with pytest.raises(ValueError, match="is no file that SkipGram.save made"):
        SkipGram.load(file)


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    model = SkipGram(TEXT, **SMALL | {"epochs": 1})
    model.save(tmp_path / "run.npz")

    def full(opened, **arrays):
        opened.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        model.save(tmp_path / "run.npz")
    assert len(list(tmp_path.iterdir())) == 1 and SkipGram.load(tmp_path / "run.npz").epoch == 1


def test_the_same_seed_gives_the_same_numbers_with_one_thread_or_two():
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for build in (SkipGram, CBOW):
            model = build(TEXT[:300], **SMALL | {"vector_size": 100, "hs": True, "epochs": 1})
            found.append(model.wv.vectors.tobytes())
    torch.set_num_threads(1)
    assert found[:2] == found[2:] and found[0] != found[1]


def test_another_seed_gives_other_numbers():
    first, second, other = (SkipGram(TEXT, **SMALL, seed=seed).wv.vectors for seed in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)


def test_batches_are_as_large_as_the_most_frequent_word_allows():
    def batch(text, build=SkipGram, **changes):
        model = build(**SMALL | changes)
        model.build_vocab(text)
        return model.blocks * 16

    assert batch(TEXT) < batch([[f"w{k}" for k in range(80)]]) < batch([[f"w{k}" for k in range(3000)]])
    assert batch([["a", "b"]]) == 16 and batch(TEXT, alpha=0.1) < batch(TEXT) < batch(TEXT, build=CBOW)
    assert batch(TEXT, hs=True) < batch(TEXT) and batch(TEXT, batch_size=40) == 48


@pytest.mark.parametrize(
    ("corpus", "settings", "error", "message"),
    [
        ([], {}, ValueError, "no words"),
        ([["a"], ["b"]], {}, ValueError, "No sentence has two words"),
        ([["a", "b"]], {"min_count": 5}, ValueError, "Pass min_count=1"),
        ("peter.txt", {}, TypeError, "single string"),
        (["peter pan"], {}, TypeError, "Sentence 0 is a string"),
        (([w] for w in "ab"), {}, TypeError, "generator"),
        (TEXT, {"vector_size": 0}, ValueError, "vector_size=0: expected more than 0"),
        (TEXT, {"window": 0}, ValueError, "window=0"),
        (TEXT, {"epochs": 0}, ValueError, "epochs=0"),
        (TEXT, {"alpha": -1}, ValueError, "alpha=-1"),
        (TEXT, {"negative": 0}, ValueError, "Pass negative=5, or hs=True"),
        (TEXT, {"negative": -1, "hs": True}, ValueError, "negative=-1"),
        (TEXT, {"batch_size": 0}, ValueError, "batch_size=0"),
        (TEXT, {"subsampling": "book"}, ValueError, "'code' or 'paper'"),
        (TEXT, {"corpus_file": "text.txt"}, ValueError, "one of sentences and corpus_file"),
        (None, {"corpus_file": "no/such.txt"}, FileNotFoundError, "such.txt"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(corpus, settings, error, message):
    for build in (SkipGram, CBOW):
        with pytest.raises(error, match=message):
            build(corpus, **SMALL | settings)


def test_what_comes_too_early_is_refused():
    model = SkipGram(**SMALL)
    for early in (lambda: model.train(TEXT), lambda: model.wv, lambda: model.vector("a")):
        with pytest.raises(RuntimeError, match="build_vocab"):
            early()


def test_vectors_that_grow_without_bound_are_an_error():
    with pytest.raises(FloatingPointError, match=r"lower alpha \(now 1e\+20\)"):
        SkipGram(TEXT, **SMALL | {"alpha": 1e20})


def test_a_text_thinned_to_nothing_is_said():
    with pytest.warns(UserWarning, match="pass sample=0"):
        model = SkipGram([["a", "b"]] * 3, **SMALL | {"sample": 1e-9, "epochs": 1})
    assert np.isnan(model.losses).all() and np.isfinite(model.wv.vectors).all()


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("build", [SkipGram, CBOW])
def test_on_novels_words_of_a_family_are_neighbours(build):
    """48 novels, 3.9 million words, one epoch; the nearest eight of untrained vectors hold none of these."""
    from helpers.embeddings.streams import Sentences
    from helpers.embeddings.text import available

    if not available("novels"):
        pytest.skip("the novels are not at hand: say where they lie by COURSE_DATA")
    model = build(list(Sentences("novels")), epochs=1, device="cpu")
    expected = {"mother": "father", "he": "she", "two": "three", "brother": "sister", "monday": "tuesday"}
    near = {word: [other for other, _ in model.wv.most_similar(word, topn=8)] for word in expected}
    assert sum(other in near[word] for word, other in expected.items()) >= 4, near
