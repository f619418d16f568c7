"""`python -m helpers.train glove --corpus ...`: trained, stopped, gone on with; and each mistake told."""

import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from helpers import train
from helpers.embeddings import command

MODELS = list(command.MODELS)


def run(capsys, *arguments):
    code = train.main([str(a) for a in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def vectors(folder):
    from gensim.models import KeyedVectors

    return KeyedVectors.load_word2vec_format(str(folder / "vectors.txt"))


def test_the_door_knows_the_same_models():
    assert tuple(command.MODELS) == train.WORD_VECTORS


@pytest.mark.parametrize("model", MODELS)
def test_a_run_that_goes_on_ends_where_a_whole_one_does(model, tmp_path, capsys):
    common = (model, "--corpus", "peter", "--vector-size", 6, "--min-count", 2)
    code, said, _ = run(capsys, *common, "--epochs", 3, "--out", tmp_path / "whole")
    assert code == 0 and len(re.findall(r"^epoch \d  loss [\d.]+  words_per_second [\d,]+  seconds", said, re.M)) == 3
    assert run(capsys, *common, "--epochs", 3, "--out", tmp_path / "parts")[0] == 0
    # A run stopped after two epochs of three: training again from what it had kept then.
    from helpers import embeddings

    file = next((tmp_path / "parts").glob("model.*"))
    kind = getattr(embeddings, command.MODELS[model])
    settings = {"vector_size": 6, "min_count": 2, "epochs": 3, "seed": 0}

    class Stop(command.Report):
        def on_epoch_end(self, model):
            super().on_epoch_end(model)
            if len(model.losses) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kind(command.Sentences("peter"), **settings, callbacks=[Stop(file)])
    capsys.readouterr()
    code, said, _ = run(capsys, model, "--corpus", "peter", "--out", tmp_path / "parts", "--resume")
    assert code == 0 and "goes on after epoch 2" in said and said.count("words_per_second") == 1
    whole, parts = vectors(tmp_path / "whole"), vectors(tmp_path / "parts")
    assert whole.index_to_key == parts.index_to_key and np.array_equal(whole.vectors, parts.vectors)


def test_a_killed_run_goes_on_to_the_same_vectors(tmp_path, capsys):
    common = ("cbow", "--corpus", "lee", "--vector-size", "16", "--epochs", "40")
    command_line = [sys.executable, "-m", "helpers.train", *common, "--out", str(tmp_path / "killed")]
    process = subprocess.Popen(command_line, stdout=subprocess.PIPE, text=True)
    for _ in range(3):
        assert process.stdout.readline().startswith("epoch")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "vectors.txt").exists(), "it was killed too late"
    code, said, _ = run(capsys, "cbow", "--corpus", "lee", "--out", tmp_path / "killed", "--resume")
    assert code == 0 and "goes on after epoch" in said
    assert run(capsys, *common, "--out", tmp_path / "whole")[0] == 0
    assert np.array_equal(vectors(tmp_path / "killed").vectors, vectors(tmp_path / "whole").vectors)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("glove", "--corpus", "petter"), "Did you mean 'peter'"),
        (
            ("glove", "--corpus", "peter", "--negative", "5"),
            "--negative is for skipgram, cbow, fasttext, not for glove",
        ),
        (("cbow", "--corpus", "peter", "--min-count", "9999"), "min_count=9999"),
        (("cbow", "--corpus", "peter", "--window", "0"), "window=0"),
    ],
)
def test_mistakes_are_one_sentence(arguments, message, tmp_path, capsys):
    code, _, error = run(capsys, *arguments, "--out", tmp_path / "run")
    assert code == 1 and message in error and error.count("\n") == 1


def test_what_is_there_is_not_written_over(tmp_path, capsys):
    common = ("cbow", "--corpus", "peter", "--vector-size", 4, "--min-count", 2, "--epochs", 1, "--out", tmp_path)
    assert run(capsys, *common)[0] == 0
    before = (tmp_path / "model.npz").read_bytes()
    assert "--resume goes on" in run(capsys, *common)[2]
    assert "leave --" in run(capsys, *common, "--resume")[2]
    again = ("cbow", "--corpus", "peter", "--out", tmp_path, "--resume")
    assert "1 epochs are done already" in run(capsys, *again)[2]
    other = ("cbow", "--corpus", "lee", "--out", tmp_path, "--resume", "--epochs", 2)
    assert "not those of the run" in run(capsys, *other)[2]
    assert (tmp_path / "model.npz").read_bytes() == before


def test_phrases_are_joined(tmp_path, capsys):
    (tmp_path / "text.txt").write_text(
        "new york is far\nnew york calls again\nis it far\n" * 30 + " ".join(f"w{n}" for n in range(900))
    )
    common = ("skipgram", "--corpus", tmp_path / "text.txt", "--phrases", "--vector-size", 4, "--epochs", 1)
    assert run(capsys, *common, "--sample", 0, "--out", tmp_path / "run")[0] == 0
    assert "new_york" in vectors(tmp_path / "run").key_to_index
