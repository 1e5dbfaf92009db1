"""Word classes, from a file to a loaded tagger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from postagger import Config, ConfigError, Corpus, DataError, ModelFileError, Tagger, WordVectors
from postagger.checkpoint.model_file import read_model, write_model
from postagger.evaluation import tempered
from postagger.inference import ReferencePredictor

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")

BROWN = "0010\tthe\t9\n0110\tdog\t7\n0110\tzebra\t7\n0111\tsaw\t5\n0111\tsees\t5\n0111\tbark\t4\n11\t.\t3\n"
SENTENCES = [["The", "zebra", "sees", "the", "dog", "."], [], ["okapi"]]


@pytest.fixture(
    params=[BROWN, "the\tD\ndog\tN\nzebra\tN\nsaw\tV\nsees\tV\nbark\tV\n"], ids=["brown", "plain"]
)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "classes"
    path.write_text(request.param, encoding="utf-8")
    return path


def words(file: Path, **more: Any) -> dict[str, Any]:
    return {"classes": str(file), "class_prefixes": [2, 4], **more}


def class_columns(tagger: Tagger) -> list[str]:
    return [name for name in tagger.encoding.columns if name.startswith("class")]


def test_words_of_one_class_are_told_from_others(
    file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config(words=words(file)))
    assert class_columns(tagger) == (["class2", "class4"] if file.read_text() == BROWN else ["class"])
    zebra, okapi = (tagger.encoding.encode([word]).columns[1] for word in ("zebra", "okapi"))
    dog = tagger.encoding.encode(["dog"]).columns[1]
    count = len(class_columns(tagger))
    assert zebra[-count:].tolist() == dog[-count:].tolist()
    assert okapi[-count:].tolist() != dog[-count:].tolist()
    assert tagger.network.words.size == 8 + (1 + 2 + 1 + count) * 4


@pytest.mark.parametrize("kind", ["logistic", "window", "lstm"])
def test_what_is_saved_is_loaded_without_the_file(
    kind: str, file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config(kind, words=words(file, character_dim=3)))
    tagger.save(tmp_path / "model")
    file.unlink()
    loaded = Tagger.load(tmp_path / "model", device="cpu")
    assert loaded.encoding.classes == tagger.encoding.classes
    assert list(loaded.tag_sents(SENTENCES)) == list(tagger.tag_sents(SENTENCES))
    for sentence in SENTENCES:
        assert loaded.distributions(sentence) == tagger.distributions(sentence)
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()


def test_a_damaged_model_file_is_told(
    file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    Tagger.train(tiny_corpus, tiny_config(words=words(file))).save(tmp_path / "model")
    weights, metadata = read_model(tmp_path / "model")
    metadata["vocabularies"]["classes"] = ["dog"]
    write_model(tmp_path / "wrong", weights, metadata)
    with pytest.raises(ModelFileError, match="damaged"):
        Tagger.load(tmp_path / "wrong")


@pytest.mark.parametrize("kind", ["logistic", "window", "rnn", "gru", "lstm"])
def test_both_predictors_agree(kind: str, file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    vectors = WordVectors(("dog", "sees"), torch.randn(2, 5).numpy())
    tagger = Tagger.train(tiny_corpus, tiny_config(kind, words=words(file)), vectors=vectors)
    assert tagger.encoding.columns[-1] == "vectors"
    plain = ReferencePredictor(tagger.network, tagger.encoding)
    expected = tempered(plain.probabilities(SENTENCES).numpy(), tagger.temperature)
    torch.testing.assert_close(tagger.probabilities(SENTENCES), expected)


def test_without_the_setting_nothing_changes(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    plain = Tagger.train(tiny_corpus, tiny_config())
    other = Tagger.train(tiny_corpus, tiny_config(words={"class_prefixes": [1], "classes_limit": 1}))
    left, right = plain.network.state_dict(), other.network.state_dict()
    assert left.keys() == right.keys()
    assert all(left[name].equal(right[name]) for name in left)
    assert "classes" not in plain.encoding.vocabularies


@pytest.mark.parametrize("named", [True, False])
def test_a_backbone_brings_its_classes(
    named: bool, file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    backbone = Tagger.train(tiny_corpus, tiny_config(words=words(file)))
    more = words(file) if named else {"class_prefixes": [2, 4]}
    file.unlink()
    tagger = Tagger.train(tiny_corpus, tiny_config(words=more), backbone=backbone)
    assert tagger.encoding.classes == backbone.encoding.classes
    assert tagger.encoding.columns == backbone.encoding.columns
    assert len(tagger.tag(SENTENCES[0])) == len(SENTENCES[0])


def test_a_backbone_without_classes_does_not_fit(
    file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    backbone = Tagger.train(tiny_corpus, tiny_config(words={"class_prefixes": [2, 4]}))
    with pytest.raises(ConfigError, match=r"words\.classes is None there"):
        Tagger.train(tiny_corpus, tiny_config(words=words(file)), backbone=backbone)


def test_pretraining_and_its_cache_know_the_classes(
    file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig, tiny_file: Path, tmp_path: Path
) -> None:
    config = tiny_config(words=words(file), pretraining={"corpora": [str(tiny_file)], "epochs": 1})
    cache = tmp_path / "cache"
    tagger = Tagger.train(tiny_corpus, config, cache=cache)
    assert class_columns(tagger)
    assert len(list(cache.iterdir())) == 1
    Tagger.train(tiny_corpus, config, cache=cache)
    assert len(list(cache.iterdir())) == 1
    file.write_text(file.read_text().replace("zebra", "gnu"))
    Tagger.train(tiny_corpus, config, cache=cache)
    assert len(list(cache.iterdir())) == 2
    assert class_columns(Tagger.pretrain(config))


def test_an_explanation_has_the_classes(file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config(words=words(file)))
    found = tagger.explain(SENTENCES[0], 4)
    (own,) = (reason for reason in found.reasons if reason.position == 4)
    parts = {part.name: part for part in own.parts}
    expected = {"class2": "01", "class4": "0110"} if file.read_text() == BROWN else {"class": "N"}
    assert {name: part.text for name, part in parts.items() if name.startswith("class")} == expected
    assert sum(part.attribution for part in own.parts) == pytest.approx(own.attribution, abs=1e-4)


def test_classes_can_be_the_only_feature(file: Path, tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    only = words(file, word_dim=0, prefixes=0, suffixes=0, shape=False, word_dropout=0.0)
    tagger = Tagger.train(tiny_corpus, tiny_config(words=only))
    assert tagger.encoding.columns == class_columns(tagger)
    assert tagger.tag(["zebra"])[0][1] == tagger.tag(["dog"])[0][1]


def test_a_missing_file_is_told_before_training(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    for call in (Tagger.train, lambda corpus, config: Tagger.pretrain(config, corpus)):
        config = tiny_config(words={"classes": "missing"}, pretraining={"corpora": ["sample"]})
        with pytest.raises(DataError, match="cannot read missing"):
            call(tiny_corpus, config)


@pytest.mark.parametrize("prefixes", [[4, 4], [0], [-1], ["4"], 4])
def test_wrong_prefixes(prefixes: Any, tiny_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match="class_prefixes"):
        tiny_config(words={"class_prefixes": prefixes})
