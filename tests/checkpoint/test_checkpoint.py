"""A tagger of several heads, in memory and in its file."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from postagger import Config, ConfigError, Corpus, ModelFileError, Tagger
from postagger.checkpoint.model_file import read_model, write_model
from postagger.corpora import TaggedSentence
from postagger.inference import ReferencePredictor
from postagger.unicode import normal_form

MakeConfig = Callable[..., Config]

HEADS = ("tiny", "letters", "length")

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=[("window", "softmax"), ("lstm", "crf")], ids="-".join)
def tagger(
    request: pytest.FixtureRequest,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> Tagger:
    """A tagger with three heads: Penn tags, the last letter of each word, and its length."""
    kind, output = request.param
    folder = tmp_path_factory.mktemp("datasets")
    tasks = []
    for name, tag in (("letters", lambda word: word[-1]), ("length", len)):
        lines = (" ".join(f"{word}/{tag(word)}" for word, _ in sentence) for sentence in tiny_sentences)
        (folder / f"{name}.txt").write_text("\n".join(lines))
        tasks.append({"train": str(folder / f"{name}.txt"), "head": name})
    config = tiny_config(
        kind, model={"output": output}, training={"epochs": 25, "learning_rate": 0.02}, datasets=tasks
    )
    return Tagger.train(Corpus("tiny", tiny_sentences, [], []), config)


@pytest.fixture
def model(tagger: Tagger, tmp_path: Path) -> Path:
    tagger.save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture(scope="module")
def sentences(tiny_sentences: list[TaggedSentence]) -> list[list[str]]:
    return [*([word for word, _ in sentence][::-1] for sentence in tiny_sentences), [], ["zebra", '"']]


# -- views ------------------------------------------------------------------------------------------


def test_views_share_the_memory_of_their_backbone(tagger: Tagger) -> None:
    weights = {weight.data_ptr() for weight in tagger.network.parameters()}
    for name in HEADS[1:]:
        view = tagger.with_head(name)
        own = [weight for weight in view.network.parameters() if weight.data_ptr() not in weights]
        assert sum(weight.numel() for weight in own) == sum(
            weight.numel() for weight in view.network.head.parameters()
        )
        assert view.encoding is tagger.encoding
        assert view is tagger.with_head(name), "it is made once"


def test_a_view_tags_with_its_head_and_knows_the_others(tagger: Tagger, sentences: list[list[str]]) -> None:
    assert tuple(tagger.heads) == HEADS
    assert tagger.with_head(None) is tagger.with_head("tiny") is tagger
    for name in HEADS:
        view = tagger.with_head(name)
        assert view.tagset is view.heads[name] is tagger.heads[name]
        assert view.with_head(None) is view.with_head(name) is view
        predictions = list(tagger.tag_sents(sentences, head=name))
        assert list(view.tag_sents(sentences)) == predictions
        assert {tag for prediction in predictions for _, tag in prediction} <= set(tagger.heads[name])
        assert view.with_head("tiny").tag(sentences[0]) == tagger.tag(sentences[0])
        assert view.distributions(sentences[0]) == tagger.distributions(sentences[0], head=name)


def test_an_unknown_tag_set_is_an_error_that_names_those_there_are(tagger: Tagger) -> None:
    for call in (tagger.with_head, lambda name: tagger.tag(["The"], head=name)):
        with pytest.raises(ConfigError, match="unknown head 'leters': this tagger has tiny, letters, length"):
            call("leters")


@pytest.mark.parametrize("name", HEADS)
def test_the_predictors_agree_for_each_head(name: str, tagger: Tagger, sentences: list[list[str]]) -> None:
    view = tagger.with_head(name)
    fast = view._predictor.tags(sentences)
    plain = ReferencePredictor(view.network, view.encoding).tags(sentences)
    assert fast.tolist() == plain.tolist()
    assert len(set(fast.tolist())) > 2
    assert [view.tagset.tags[number] for number in plain] == [
        tag for prediction in view.tag_sents(sentences) for _, tag in prediction
    ]


def test_evaluation_uses_the_chosen_head(tagger: Tagger, tiny_sentences: list[TaggedSentence]) -> None:
    gold = [[(word, str(len(word))) for word, _ in sentence] for sentence in tiny_sentences]
    score = tagger.evaluate_on(gold, head="length")
    assert score == tagger.with_head("length").evaluate_on(gold)
    assert score.tokens.value is not None
    assert score.tokens.value > 0.8
    assert tagger.evaluate_on(gold).tokens.value == 0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda tagger: pickle.loads(pickle.dumps(tagger))])
def test_a_copy_has_all_heads(
    copied: Callable[[Tagger], Tagger], tagger: Tagger, sentences: list[list[str]]
) -> None:
    again = copied(tagger)
    for name in HEADS:
        assert list(again.tag_sents(sentences, head=name)) == list(tagger.tag_sents(sentences, head=name))


# -- files ------------------------------------------------------------------------------------------


def test_all_heads_come_back_bit_for_bit(tagger: Tagger, model: Path, sentences: list[list[str]]) -> None:
    loaded = Tagger.load(model, device="cpu")
    assert tuple(loaded.heads) == HEADS
    assert loaded.record == tagger.record
    for name in HEADS:
        one, other = tagger.with_head(name), loaded.with_head(name)
        assert one.tagset.tags == other.tagset.tags
        weights = other.network.state_dict()
        assert all(weight.equal(weights[key]) for key, weight in one.network.state_dict().items())
        assert other.network.words is loaded.network.words
        assert not other.network.training
        assert list(one.tag_sents(sentences)) == list(other.tag_sents(sentences))


def test_save_load_save_gives_the_same_bytes(tagger: Tagger, model: Path, tmp_path: Path) -> None:
    Tagger.load(model, device="cpu").save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == model.read_bytes()
    tagger.with_head("length").save(tmp_path / "view")
    assert (tmp_path / "view").read_bytes() == model.read_bytes(), "a view is saved with all the rest"


def test_loading_draws_no_random_numbers(model: Path) -> None:
    before = torch.get_rng_state()
    Tagger.load(model, device="cpu").with_head("letters")
    assert torch.get_rng_state().equal(before)


FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", ["format_2_window", "format_2_lstm_crf_multitask", "format_3_window"])
def test_files_of_earlier_formats_are_still_read(name: str, tmp_path: Path) -> None:
    """Format 2 was written by version 0.1.0; the predictions of its heads are stored beside each file."""
    old = Tagger.load(FILES / f"{name}.safetensors", device="cpu")
    expected = json.loads((FILES / f"{name}.json").read_text())
    old.save(tmp_path / "again")
    for tagger in (old, Tagger.load(tmp_path / "again", device="cpu")):
        assert list(tagger.heads) == list(expected)
        for head, sentences in expected.items():
            for sentence in sentences:
                words = [word for word, _ in sentence]
                assert tagger.tag(words, head=head) == [tuple(token) for token in sentence]


def test_models_of_format_3_look_words_up_as_written() -> None:
    """Its file has words in several scripts and compositions, which it would tag otherwise in normal form."""
    old = Tagger.load(FILES / "format_3_window.safetensors", device="cpu")
    assert not old.config.words.normalise
    assert old.config.words.case_noise == 0
    expected = json.loads((FILES / "format_3_window.json").read_text())["letters"]
    sentences = [[word for word, _ in sentence] for sentence in expected]
    plain = [[normal_form(word) for word in sentence] for sentence in sentences]
    tags = [[tag for _, tag in sentence] for sentence in expected]
    assert [[tag for _, tag in sentence] for sentence in old.tag_sents(plain)] != tags


def test_settings_and_record_of_format_2_get_their_current_names() -> None:
    window = Tagger.load(FILES / "format_2_window.safetensors", device="cpu")
    assert window.config.training.rdrop_weight == 0.5
    assert window.config.training.dtype == "float32"
    assert window.record.best_epoch == 4
    multitask = Tagger.load(FILES / "format_2_lstm_crf_multitask.safetensors", device="cpu")
    config = multitask.config
    assert [each.head for each in config.datasets] == ["coarse"]
    assert (config.pretraining.mask_rate, config.pretraining.vocabulary_size) == (0.3, 50)
    assert config.transfer.frozen == "backbone"
    assert config.distillation.text == ("tiny.txt",)
    assert multitask.record.datasets == {"coarse": 10, "tiny": 2}
    assert multitask.record.backbone == "words"


def test_a_file_of_format_1_is_still_read(sentences: list[list[str]], tmp_path: Path) -> None:
    """It has one tag set, and no config sections for further corpora."""
    path = tmp_path / "old"
    weights, metadata = read_model(FILES / "format_2_window.safetensors")
    config = metadata["config"]
    del metadata["other_tags"], config["corpus"]["head"], config["training"]["averaging"]
    for section in ("tasks", "pretraining", "transfer", "unlabelled"):
        del config[section]
    header = {"postagger": json.dumps(metadata | {"format_version": 1})}
    path.write_bytes(save(weights, header))
    old = Tagger.load(path, device="cpu")
    assert list(old.heads) == ["tiny"]
    same = Tagger.load(FILES / "format_2_window.safetensors", device="cpu")
    assert list(old.tag_sents(sentences)) == list(same.tag_sents(sentences))


def test_an_unregistered_kind_is_an_error_and_imports_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strangers.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    weights, metadata = read_model(FILES / "format_2_window.safetensors")
    for kind, module in (("strangers:Model", "strangers"), ("transformer", "the module that registers")):
        metadata["config"]["model"] = {"kind": kind}
        path = tmp_path / "model.safetensors"
        path.write_bytes(save(weights, {"postagger": json.dumps(metadata)}))
        with pytest.raises(ModelFileError, match=f"kind '{kind}', which is not registered.* import {module}"):
            Tagger.load(path)
    assert "strangers" not in sys.modules


@pytest.mark.parametrize(
    "change",
    [
        lambda metadata: metadata.update(other_tags={"letters": ["a", "b"]}),
        lambda metadata: metadata["other_tags"].pop("letters"),
        lambda metadata: metadata["other_tags"].update(more=["a"]),
        lambda metadata: metadata["other_tags"].update(letters=[]),
        lambda metadata: metadata["other_tags"].update(letters=None),
        lambda metadata: metadata.update(other_tags=["letters", "length"]),
        lambda metadata: metadata.update(other_tags=None),
    ],
)
def test_tag_sets_that_do_not_fit_are_a_damaged_file(
    change: Callable[[dict[str, Any]], object], model: Path
) -> None:
    weights, metadata = read_model(model)
    change(metadata)
    write_model(model, weights, metadata)
    with pytest.raises(ModelFileError, match="is damaged: its contents do not fit together"):
        Tagger.load(model)


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: weights.pop("heads.1.scores.weight"),
        lambda weights: weights.update({"heads.1.more": np.zeros(1, np.float32)}),
        lambda weights: weights.update({"heads.2.scores.bias": np.zeros(1, np.float32)}),
        lambda weights: weights.update({"heads.3.scores.weight": np.zeros(1, np.float32)}),
    ],
)
def test_heads_that_do_not_fit_are_a_damaged_file(
    change: Callable[[dict[str, Any]], object], model: Path
) -> None:
    weights, metadata = read_model(model)
    change(weights)
    write_model(model, weights, metadata)
    with pytest.raises(ModelFileError, match="is damaged: its contents do not fit together"):
        Tagger.load(model)
