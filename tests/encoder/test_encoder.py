"""A pretrained encoder as a tagger: trained, saved, loaded, and refused with a clear message."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from postagger import Config, ConfigError, Corpus, ModelFileError, Tagger
from postagger.cli import main
from postagger.config import EncoderConfig, parse_config
from postagger.corpora import TaggedSentence
from postagger.encoder import Encoder, read_pretrained
from postagger.encoder.layers import depths

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def words(tiny_sentences: list[TaggedSentence]) -> list[list[str]]:
    return [[word for word, _ in sentence] for sentence in tiny_sentences]


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert"])
@pytest.mark.parametrize("pooling", ["first", "last", "mean", "first_last"])
def test_it_learns_and_loads_as_it_was_saved(
    name: str,
    pooling: str,
    encoders: dict[str, Path],
    encoder_config: MakeConfig,
    tiny_corpus: Corpus,
    words: list[list[str]],
    tmp_path: Path,
) -> None:
    config = encoder_config(str(encoders[name]), {"epochs": 20}, pooling=pooling)
    losses: list[float] = []
    tagger = Tagger.train(tiny_corpus, config, on_epoch=lambda record: losses.append(record.loss))
    assert losses[-1] < 0.5 * losses[0]
    tagger.save(tmp_path / "model.safetensors")
    loaded = Tagger.load(tmp_path / "model.safetensors")
    assert np.array_equal(loaded.probabilities(words), tagger.probabilities(words))
    assert list(loaded.tag_sents(words)) == list(tagger.tag_sents(words))


def test_a_saved_model_needs_nothing_else(
    bert: str, encoder_config: MakeConfig, tiny_corpus: Corpus, words: list[list[str]], tmp_path: Path
) -> None:
    shutil.copytree(bert, tmp_path / "encoder")
    tagger = Tagger.train(tiny_corpus, encoder_config(str(tmp_path / "encoder")))
    tagger.save(tmp_path / "model.safetensors")
    expected = tagger.probabilities(words)
    shutil.rmtree(tmp_path / "encoder")
    assert np.array_equal(Tagger.load(tmp_path / "model.safetensors").probabilities(words), expected)


def test_half_precision_halves_the_file_and_changes_little(
    encoder_config: MakeConfig, tiny_corpus: Corpus, words: list[list[str]], tmp_path: Path
) -> None:
    taggers = {
        stored: Tagger.train(tiny_corpus, encoder_config(stored=stored)) for stored in ("float32", "float16")
    }
    for stored, tagger in taggers.items():
        tagger.save(tmp_path / stored)
        with safe_open(tmp_path / stored, framework="np") as file:
            types = {
                str(file.get_tensor(name).dtype)
                for name in file.keys()  # noqa: SIM118 (no iterator)
                if name.startswith("context.")
            }
        assert types == {stored}
        assert np.array_equal(
            Tagger.load(tmp_path / stored).probabilities(words), tagger.probabilities(words)
        )
    whole, half = (tagger.probabilities(words) for tagger in taggers.values())
    assert abs(whole - half).max() < 0.01


def test_a_sentence_s_tags_do_not_depend_on_other_sentences(
    encoder_config: MakeConfig, tiny_corpus: Corpus, words: list[list[str]]
) -> None:
    tagger = Tagger.train(tiny_corpus, encoder_config())
    together = tagger.probabilities(words)
    alone = np.concatenate([tagger.probabilities([sentence]) for sentence in words])
    assert abs(together - alone).max() < 1e-6
    assert list(tagger.tag_sents([[], *words, []])) == [[], *(tagger.tag(each) for each in words), []]


def test_long_sentences_and_odd_words_are_tagged(
    encoder_config: MakeConfig, tiny_corpus: Corpus, words: list[list[str]]
) -> None:
    """A sentence longer than the encoder's 40 sub-words; words that have none, or too many."""
    tagger = Tagger.train(tiny_corpus, encoder_config(training={"epochs": 15}))
    for sentence in (
        list(itertools.chain(*words)) * 5,
        ["\u200b"] * 90,
        ["x" * 10**5, "", "\ud800", "[SEP]"],
    ):
        assert [token for token, _ in tagger.tag(sentence)] == sentence
    long = list(itertools.chain(*words))
    assert len(long) > 100
    short = [pair for sentence in words for pair in tagger.tag(sentence)]
    same = sum(one == other for one, other in zip(tagger.tag(long), short, strict=True))
    assert same > 0.6 * len(long), "in the segments of a long sentence, tags are much as in short ones"


def test_the_same_seed_gives_the_same_tagger(encoder_config: MakeConfig, tiny_corpus: Corpus) -> None:
    first, second = (Tagger.train(tiny_corpus, encoder_config()) for _ in range(2))
    weights = second.network.state_dict()
    assert all(tensor.equal(weights[name]) for name, tensor in first.network.state_dict().items())


def test_layers_are_the_lower_ones_and_the_upper_of_them_are_trained(
    encoder_config: MakeConfig, tiny_corpus: Corpus
) -> None:
    whole = Tagger.train(tiny_corpus, encoder_config(trained_layers=0, trained_embeddings=False))
    tagger = Tagger.train(tiny_corpus, encoder_config(layers=2, trained_layers=1, trained_embeddings=False))
    pretrained, context = whole.network.context, tagger.network.context
    assert isinstance(pretrained, Encoder)
    assert isinstance(context, Encoder)
    before, after = _by_depth(pretrained), _by_depth(context)
    assert list(before) == [0, 1, 2, 3]
    assert list(after) == [0, 1, 2]
    assert _same(before[0], after[0])
    assert _same(before[1], after[1])
    assert not _same(before[2], after[2])
    freed = Tagger.train(
        tiny_corpus, encoder_config(trained_layers=0, trained_embeddings=True)
    ).network.context
    assert isinstance(freed, Encoder)
    assert not _same(before[0], _by_depth(freed)[0])
    assert _same(before[1], _by_depth(freed)[1])


def _by_depth(context: Encoder) -> dict[int, list[torch.Tensor]]:
    found: dict[int, list[torch.Tensor]] = {}
    for parameter, depth in depths(context.encoder).items():
        found.setdefault(depth, []).append(parameter)
    return dict(sorted(found.items()))


def _same(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    return all(one.equal(two) for one, two in zip(first, second, strict=True))


def test_learning_rates_fall_from_the_top_layer_down(bert: str) -> None:
    settings = EncoderConfig(encoder=bert, learning_rate=0.1, layer_decay=0.5)
    context = Encoder(read_pretrained(settings).config, 4)
    rates = context.own_rates()
    by_depth = {depth: {rates[each] for each in group} for depth, group in _by_depth(context).items()}
    assert by_depth == {0: {0.0125}, 1: {0.025}, 2: {0.05}, 3: {0.1}}


def test_several_heads_a_crf_and_a_backbone(
    encoder_config: MakeConfig, tiny_corpus: Corpus, tiny_file: Path, words: list[list[str]], tmp_path: Path
) -> None:
    data = encoder_config().model_dump(mode="json")
    more = {"name": str(tiny_file), "head": "more"}
    several = Tagger.train(tiny_corpus, parse_config({**data, "datasets": [more]}))
    assert list(several.heads) == ["tiny", "more"]
    assert [len(each) for each in several.tag_sents(words, head="more")] == list(map(len, words))
    several.save(tmp_path / "several")
    crf = {**data, "model": data["model"] | {"output": "crf"}}
    crf |= {"transfer": {"model": str(tmp_path / "several")}}
    tagger = Tagger.train(tiny_corpus, parse_config(crf))
    assert tagger.record.backbone == "tiny"
    assert [len(each) for each in tagger.tag_sents(words)] == list(map(len, words))


def test_it_is_pretrained_on_masked_words(
    encoder_config: MakeConfig, tiny_corpus: Corpus, words: list[list[str]], write: Callable[..., str]
) -> None:
    data = encoder_config().model_dump(mode="json")
    data["pretraining"] |= {"text": [write("text.txt", words[:16])], "mask_rate": 0.5}
    losses: list[float] = []
    Tagger.train(tiny_corpus, parse_config(data), on_epoch=lambda record: losses.append(record.loss))
    assert len(losses) == 4


def test_an_explanation_adds_up(encoder_config: MakeConfig, tiny_corpus: Corpus) -> None:
    tagger = Tagger.train(tiny_corpus, encoder_config())
    explanation = tagger.explain(["The", "rusty", "can", "stood", "there", "."], 2)
    total = sum(reason.attribution for reason in explanation.reasons)
    change = explanation.margin - explanation.start
    assert abs(total - change) < 0.02 * max(1.0, abs(change))
    for reason in explanation.reasons:
        assert [part.name for part in reason.parts] == ["suffix1", "shape", "subwords"]
        assert abs(sum(part.attribution for part in reason.parts) - reason.attribution) < 1e-5


def test_a_window_learns_from_an_encoder(
    encoder_config: MakeConfig,
    tiny_config: MakeConfig,
    tiny_corpus: Corpus,
    words: list[list[str]],
    write: Callable[..., str],
) -> None:
    teacher = Tagger.train(tiny_corpus, encoder_config())
    config = tiny_config(distillation={"text": [write("text.txt", words[:16])]})
    student = Tagger.train(tiny_corpus, config, teachers=[teacher])
    assert student.record.teachers == ("tiny",)


def test_on_the_command_line(bert: str, tiny_file: Path, tmp_path: Path, capsys: Any) -> None:
    model = str(tmp_path / "model.safetensors")
    settings = [f"model.encoder={bert}", "model.layers=all", "training.epochs=1", f"corpus.train={tiny_file}"]
    assert main(["train", "encoder", "-o", model, "--set", *settings]) == 0
    assert main(["evaluate", model, str(tiny_file), "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :])["tokens"] > 0
    assert main(["info", model]) == 0
    assert "encoder" in capsys.readouterr().out


# -- errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"layers": 4}, "model.layers is 4, but .* has only 3 layers: use at most 3"),
        ({"layers": 2, "trained_layers": 3}, "model.trained_layers is 3, but only 2 layers are used"),
        ({"longest": 41}, "reads 4 to 40 sub-words at once, not 41"),
    ],
)
def test_settings_that_the_encoder_cannot_meet(
    model: dict[str, Any], message: str, encoder_config: MakeConfig, tiny_corpus: Corpus
) -> None:
    with pytest.raises(ConfigError, match=message):
        Tagger.train(tiny_corpus, encoder_config(**model))


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _damaged(name: str, content: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).write_text(content, encoding="utf-8")

    return damage


def _smaller_weights(folder: Path) -> None:
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"intermediate_size": 25}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (shutil.rmtree, "there is no folder"),
        (_without("config.json"), "config.json is missing"),
        (_without("model.safetensors"), "contains no weights"),
        (_without("tokenizer.json"), "can't be read"),
        (_damaged("config.json", "{"), "can't be read"),
        (_damaged("config.json", "[]"), "can't be read"),
        (_damaged("config.json", '{"model_type": "no such thing"}'), "can't be read"),
        (_damaged("config.json", '{"model_type": "t5"}'), "an encoder and a decoder"),
        (
            _damaged("config.json", '{"model_type": "vit_mae_unknown", "auto_map": {"AutoConfig": "a.B"}}'),
            "can't be read",
        ),
        (_damaged("tokenizer.json", "{}"), "can't be read"),
        (_damaged("model.safetensors", "nothing"), "can't be read"),
        (_smaller_weights, "do not fit its config|can't be read"),
    ],
)
def test_folders_that_are_no_encoder(
    change: Callable[[Path], None],
    message: str,
    bert: str,
    encoder_config: MakeConfig,
    tiny_corpus: Corpus,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(bert, folder)
    change(folder)
    with pytest.raises(ConfigError, match=message) as raised:
        Tagger.train(tiny_corpus, encoder_config(str(folder)))
    assert "\n" not in str(raised.value)


def test_a_tokenizer_that_is_not_a_fast_one(
    encoder_config: MakeConfig, tiny_corpus: Corpus, tmp_path: Path
) -> None:
    from transformers import CanineConfig, CanineModel, CanineTokenizer

    sizes: dict[str, Any] = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8}
    sizes |= {"num_hidden_layers": 1, "num_hash_buckets": 8, "num_hash_functions": 2}
    CanineModel(CanineConfig(**sizes)).save_pretrained(tmp_path)
    CanineTokenizer().save_pretrained(tmp_path)  # type: ignore[no-untyped-call]
    with pytest.raises(ConfigError, match="is not a fast one"):
        Tagger.train(tiny_corpus, encoder_config(str(tmp_path)))


def test_a_file_or_a_name_that_is_nothing(encoder_config: MakeConfig, tiny_corpus: Corpus, bert: str) -> None:
    with pytest.raises(ConfigError, match="which is a file"):
        Tagger.train(tiny_corpus, encoder_config(f"{bert}/config.json"))
    with pytest.raises(ConfigError, match="there is no folder"):
        Tagger.train(tiny_corpus, encoder_config("./nothing"))


@pytest.mark.parametrize("change", ["architecture", "start", "longest", "tokenizer"])
def test_a_damaged_file_is_a_model_file_error(
    change: str, encoder_config: MakeConfig, tiny_corpus: Corpus, tmp_path: Path
) -> None:
    from postagger.checkpoint.model_file import read_model, write_model

    Tagger.train(tiny_corpus, encoder_config()).save(tmp_path / "model")
    weights, metadata = read_model(tmp_path / "model")
    if change == "tokenizer":
        metadata["subwords"]["tokenizer"] = 1
    else:
        metadata["config"]["model"]["pretrained"][change] = (
            {"model_type": "none"} if change == "architecture" else "x"
        )
    write_model(tmp_path / "model", weights, metadata)
    with pytest.raises(ModelFileError):
        Tagger.load(tmp_path / "model").tag(["dog"])


def test_without_transformers_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, encoder_config: MakeConfig, tiny_corpus: Corpus
) -> None:
    import importlib.util

    from postagger import PostaggerError

    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "transformers" else found(name, *rest),
    )
    with pytest.raises(PostaggerError, match=r"needs transformers: pip install 'postagkit\[encoder\]'"):
        Tagger.train(tiny_corpus, encoder_config())
