"""Pretrained word vectors, from a file to a loaded tagger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from postagger import Config, ConfigError, Corpus, DataError, ModelFileError, Tagger, WordVectors
from postagger.checkpoint.model_file import read_model, write_model
from postagger.config import parse_config
from postagger.inference import ReferencePredictor

MakeConfig = Callable[..., Config]

WORDS = ("the", "saw", "dog", "zebra", "quagga", "(", "00")
VECTORS = WordVectors(WORDS, np.random.default_rng(1).normal(size=(len(WORDS), 5)).astype(np.float32))
SENTENCES = [["The", "quagga", "saw", "-LRB-", "99"], [], ["A", "zebra", "(", "bark", ")"], ["okapi"]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """`VECTORS` as text."""
    lines = (
        f"{word} {' '.join(map(repr, row))}\n"
        for word, row in zip(WORDS, VECTORS.vectors.tolist(), strict=True)
    )
    path = tmp_path / "vectors.txt"
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(params=[False, True], ids=["frozen", "tuned"])
def tuned(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def extended(config: Config, **sections: dict[str, Any]) -> Config:
    return parse_config({**config.model_dump(mode="json"), **sections})


def train(corpus: Corpus, config: Config, vectors: Any = VECTORS) -> Tagger:
    return Tagger.train(corpus, config, vectors=vectors)


def table(tagger: Tagger) -> torch.Tensor:
    assert tagger.network.words.vectors is not None
    return tagger.network.words.vectors.weight


def same_weights(one: Tagger, other: Tagger) -> bool:
    left, right = one.network.state_dict(), other.network.state_dict()
    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype and left[name].equal(right[name]) for name in left
    )


def test_a_file_and_its_vectors_passed_from_python_give_the_same_tagger(
    file: Path, tuned: bool, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    words = {"vectors_tuned": tuned}
    from_file = train(tiny_corpus, tiny_config(words={**words, "vectors": str(file)}), None)
    assert same_weights(from_file, train(tiny_corpus, tiny_config(words=words)))


def test_frozen_vectors_stay_as_they_were_and_are_no_parameters(
    tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    without = train(tiny_corpus, tiny_config(), None)
    tagger = train(tiny_corpus, tiny_config(training={"weight_decay": 1.0, "averaging": 0.9}))
    assert table(tagger).equal(torch.from_numpy(VECTORS.table(tuned=False)))
    assert table(tagger).dtype == torch.float16
    assert not table(tagger).requires_grad
    hidden, delays = 16, 3
    assert tagger.parameter_count == without.parameter_count + VECTORS.dim * hidden * delays


@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam", "adamw"])
def test_tuned_vectors_change_but_zeros_stay_zeros(
    optimiser: str, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    config = tiny_config(words={"vectors_tuned": True}, training={"optimiser": optimiser})
    tagger = train(tiny_corpus, config)
    changed = (table(tagger) != torch.from_numpy(VECTORS.table(tuned=True))).any(dim=1)
    assert not changed[0]
    assert changed[1:4].all()  # the, saw, dog
    frozen = train(tiny_corpus, tiny_config(training={"optimiser": optimiser}))
    assert tagger.parameter_count == frozen.parameter_count + table(tagger).numel()


@pytest.mark.parametrize("kind", ["window", "lstm"])
def test_what_is_saved_is_loaded_without_the_file(
    kind: str, file: Path, tuned: bool, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    config = tiny_config(kind, words={"vectors": str(file), "vectors_tuned": tuned})
    tagger = train(tiny_corpus, config, None)
    tagger.save(tmp_path / "model")
    file.unlink()
    loaded = Tagger.load(tmp_path / "model", device="cpu")
    assert same_weights(loaded, tagger)
    assert loaded.parameter_count == tagger.parameter_count
    assert table(loaded).requires_grad == tuned
    assert list(loaded.tag_sents(SENTENCES)) == list(tagger.tag_sents(SENTENCES))
    for sentence in SENTENCES:
        assert loaded.distributions(sentence) == tagger.distributions(sentence)
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()


def test_words_unknown_to_training_have_their_vectors_too(
    tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    tagger = train(tiny_corpus, tiny_config())
    columns = tagger.encoding.encode(["zebra", "quagga", "QUAGGA", "okapi", "-LRB-", "(", "17"]).columns
    found = ["" if n < 2 else WORDS[n - 2] for n in columns[:, -1].tolist()]
    assert found == ["", "zebra", "quagga", "quagga", "", "(", "(", "00"]
    assert columns[1, 0] == columns[2, 0]  # the word's own embedding is the unknown one
    [zebra], [quagga] = (tagger.distributions([word]) for word in ("zebra", "quagga"))
    assert zebra != quagga


@pytest.mark.parametrize("kind", ["logistic", "window", "rnn", "gru", "lstm"])
def test_the_fast_predictor_agrees_with_the_plain_one(
    kind: str, tuned: bool, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    config = tiny_config(kind, words={"vectors_tuned": tuned}, training={"epochs": 15, "learning_rate": 0.02})
    tagger = train(tiny_corpus, config)
    sentences = [*SENTENCES, *([word for word, _ in s] for s in tiny_corpus.train), ["zebra"] * 9]
    fast = tagger._predictor.tags(sentences)
    plain = ReferencePredictor(tagger.network, tagger.encoding).tags(sentences)
    assert fast.tolist() == plain.tolist()
    assert len(set(fast.tolist())) > 2


def test_vectors_alone_are_enough(file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    nothing_else = {"word_dim": 0, "prefixes": 0, "suffixes": 0, "shape": False}
    tagger = train(tiny_corpus, tiny_config(words={**nothing_else, "vectors": str(file)}), None)
    assert tagger.network.words.size == VECTORS.dim
    assert len(tagger.tag(["the", "okapi"])) == 2


def test_the_limit_counts_the_files_first_words(
    file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    tagger = train(tiny_corpus, tiny_config(words={"vectors": str(file), "vectors_limit": 1}), None)
    assert list(tagger.encoding.vocabularies["vectors"]) == ["the", "saw", "dog", "00"]


def test_the_record_says_how_many_and_how_much_of_training_they_cover(
    tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    words = [word.lower() for sentence in tiny_corpus.train for word, _ in sentence]
    share = sum(word in (*WORDS, "12") for word in words) / len(words)
    record = train(tiny_corpus, tiny_config()).record.vectors
    assert record is not None
    assert (record.words, record.dim) == (len(WORDS), VECTORS.dim)
    assert record.covered == pytest.approx(share)
    assert record.blank_words == 0
    assert train(tiny_corpus, tiny_config(), None).record.vectors is None


def test_the_record_says_how_many_blank_words_were_left_out(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    file = tmp_path / "blank.vec"
    file.write_text("the .1 .2\n\u00a0 .3 .4\ndog .5 .6\n", encoding="utf-8")
    tagger = train(tiny_corpus, tiny_config(words={"vectors": str(file)}), None)
    record = tagger.record.vectors
    assert record is not None
    assert (record.words, record.blank_words) == (2, 1)
    tagger.save(tmp_path / "model")
    assert Tagger.load(tmp_path / "model").record.vectors == record


def test_a_missing_file_is_one_line(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    with pytest.raises(DataError, match=r"^cannot read nowhere: No such file or directory$"):
        train(tiny_corpus, tiny_config(words={"vectors": "nowhere"}), None)


@pytest.mark.parametrize(
    "weight", [None, *(np.zeros(shape, np.float16) for shape in [(3, 5), (8,), (8, 5, 1), ()])]
)
def test_a_model_whose_vectors_do_not_fit_is_damaged(
    weight: NDArray[np.float16] | None, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    path = tmp_path / "model"
    train(tiny_corpus, tiny_config()).save(path)
    weights, metadata = read_model(path)
    if weight is None:
        del weights["words.vectors.weight"]
    else:
        weights["words.vectors.weight"] = weight
    write_model(path, weights, metadata)
    with pytest.raises(ModelFileError, match="damaged: its contents do not fit"):
        Tagger.load(path)


# -- a backbone's vectors -------------------------------------------------------------------------------


@pytest.mark.parametrize("frozen", ["nothing", "words", "backbone"])
def test_a_backbone_brings_its_vectors(
    frozen: str, tuned: bool, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    words = {"vectors_tuned": tuned}
    backbone = train(tiny_corpus, tiny_config(words=words))
    before = table(backbone).detach().clone()
    config = extended(tiny_config(words=words), transfer={"frozen": frozen, "frozen_epochs": 1})
    tagger = Tagger.train(Corpus("more", tiny_corpus.dev, [], []), config, backbone=backbone)
    assert (
        tagger.encoding.vocabularies["vectors"]["zebra"] == backbone.encoding.vocabularies["vectors"]["zebra"]
    )
    assert tagger.record.vectors is not None
    assert tagger.record.vectors.words == len(WORDS)
    assert table(backbone).equal(before)
    assert table(tagger).requires_grad == tuned
    assert table(tagger).equal(before) == (not tuned)


def test_a_backbone_from_a_file_needs_no_vector_file(
    file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    words = {"vectors": str(file)}
    backbone = train(tiny_corpus, tiny_config(words=words), None)
    backbone.save(tmp_path / "backbone")
    file.unlink()
    config = extended(tiny_config(words=words), transfer={"model": str(tmp_path / "backbone")})
    assert table(train(tiny_corpus, config, None)).equal(table(backbone))


def test_a_pretrained_backbone_has_the_same_vectors_and_a_cache_file_of_its_own(
    tiny_corpus: Corpus, tiny_file: Path, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    config = extended(tiny_config(), pretraining={"text": [str(tiny_file)], "epochs": 1})
    others = WordVectors(WORDS, VECTORS.vectors * 2)
    for vectors in (VECTORS, others, VECTORS):
        tagger = Tagger.train(tiny_corpus, config, vectors=vectors, cache=tmp_path / "cache")
        assert table(tagger).equal(torch.from_numpy(vectors.table(tuned=False)))
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_teachers_have_the_vectors_too(tiny_corpus: Corpus, tiny_file: Path, tiny_config: MakeConfig) -> None:
    config = extended(tiny_config(), distillation={"text": [str(tiny_file)], "seeds": 1})
    assert table(train(tiny_corpus, config)).equal(torch.from_numpy(VECTORS.table(tuned=False)))


def test_vectors_given_with_a_backbone_are_an_error(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    backbone = train(tiny_corpus, tiny_config())
    with pytest.raises(ConfigError, match="leave out vectors="):
        Tagger.train(tiny_corpus, tiny_config(), backbone=backbone, vectors=VECTORS)
