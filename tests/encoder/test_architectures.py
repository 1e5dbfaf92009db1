"""Encoders of many architectures and tokenizers of many kinds: trained, or refused in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from postagger import Config, ConfigError, Corpus, ModelFileError, Tagger
from postagger.checkpoint.model_file import read_model, write_model
from postagger.config import EncoderConfig
from postagger.corpora import TaggedSentence
from postagger.encoder import Encoder, read_pretrained
from postagger.encoder.layers import depths

pytest.importorskip("transformers", reason="needs the extra encoder")

import tiny_encoders
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = tiny_encoders.SIZES
POSITIONS = tiny_encoders.POSITIONS
EMBED = {"embedding_size": 8}
DECODER = {"num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": POSITIONS}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "Albert": {**SIZES, **EMBED, "max_position_embeddings": POSITIONS},
    "Electra": {**SIZES, **EMBED, "max_position_embeddings": POSITIONS},
    "MPNet": {**SIZES, "max_position_embeddings": POSITIONS + 2},
    "DebertaV2": {
        **SIZES,
        "max_position_embeddings": POSITIONS,
        "relative_attention": True,
        "pos_att_type": ["p2c"],
    },
    "ModernBert": {**SIZES, "max_position_embeddings": POSITIONS, "pad_token_id": 0},
    "GPT2": {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": POSITIONS},
    "Flaubert": {"emb_dim": 16, "n_layers": 3, "n_heads": 2, "max_position_embeddings": POSITIONS},
    "Llama": {**SIZES, **DECODER},
}


@pytest.fixture
def make(tmp_path: Path, tiny_sentences: list[TaggedSentence]) -> Callable[..., str]:
    """``make("Electra", tokenizer, settings)`` gives the folder of a tiny encoder."""
    texts = [" ".join(word for word, _ in sentence) for sentence in tiny_sentences]

    def build(name: str, tokenizer: Any = None, settings: dict[str, Any] | None = None) -> str:
        saved = tokenizer or tiny_encoders.word_pieces(texts)
        values = ARCHITECTURES[name] if settings is None else settings
        config = getattr(transformers, f"{name}Config")(vocab_size=len(saved), **values)
        getattr(transformers, f"{name}Model")(config).save_pretrained(tmp_path / name)
        saved.save_pretrained(tmp_path / name)
        return str(tmp_path / name)

    return build


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_is_trained_saved_and_loaded(
    name: str, make: Callable[..., str], encoder_config: MakeConfig, tiny_corpus: Corpus, tmp_path: Path
) -> None:
    """All layers change, and the embeddings don't; a sentence's tags do not depend on other sentences."""
    folder = make(name)
    untrained = Tagger.train(tiny_corpus, encoder_config(folder, trained_layers=0, trained_embeddings=False))
    before = untrained.network.context
    settings = encoder_config(folder, {"dtype": "bfloat16"}, trained_embeddings=False)
    tagger = Tagger.train(tiny_corpus, settings)
    after = tagger.network.context
    assert isinstance(before, Encoder)
    assert isinstance(after, Encoder)
    changed: dict[int, list[bool]] = {}
    old = dict(before.encoder.named_parameters())
    found = depths(after.encoder)
    for path, parameter in after.encoder.named_parameters():
        changed.setdefault(found[parameter], []).append(not parameter.equal(old[path]))
    assert not any(changed.pop(0))
    assert changed
    assert all(sum(each) >= 0.7 * len(each) for each in changed.values()), (
        "some, as biases of keys, have no gradient"
    )
    tagger.save(tmp_path / "model")
    words = [[word for word, _ in sentence] for sentence in tiny_corpus.train]
    together = Tagger.load(tmp_path / "model").probabilities(words)
    assert np.array_equal(together, tagger.probabilities(words))
    alone = np.concatenate([tagger.probabilities([sentence]) for sentence in words])
    assert abs(together - alone).max() < 1e-5


def test_layers_that_share_their_weights_are_trained_together(
    make: Callable[..., str], encoder_config: MakeConfig, tiny_corpus: Corpus
) -> None:
    with pytest.raises(ConfigError, match="share their weights: use 0 or 'all'"):
        Tagger.train(tiny_corpus, encoder_config(make("Albert"), trained_layers=1))


def _tokenizer(model: Any, pre: Any = None, normalizer: Any = None, **names: str) -> Any:
    inner = Tokenizer(model)
    inner.pre_tokenizer, inner.normalizer = pre, normalizer
    fast: Any = transformers.PreTrainedTokenizerFast
    return fast(tokenizer_object=inner, **names)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,?$`'-"
UNIGRAM = [
    *(("<unk>", 0.0), ("\u2581", -3.0), ("\u2581the", -1.0), ("the", -6.0)),
    *((char, -4.0) for char in LETTERS),
]


def _unigram(pre: Any = None, normalizer: Any = None) -> Any:
    return _tokenizer(models.Unigram(UNIGRAM, unk_id=0), pre, normalizer)


def _word_level() -> Any:
    return _tokenizer(models.WordLevel({"the": 0, "<unk>": 1}, "<unk>"), pre_tokenizers.Whitespace())


@pytest.mark.parametrize(
    ("before", "tokenizer"),
    [
        ("", lambda: _unigram(pre_tokenizers.Metaspace())),
        (" ", lambda: _unigram(pre_tokenizers.Metaspace(prepend_scheme="never"))),
        (" ", lambda: _unigram(None, normalizers.Replace(" ", "\u2581"))),
        ("", _word_level),
    ],
)
def test_a_word_is_cut_as_in_running_text(
    before: str,
    tokenizer: Callable[[], Any],
    make: Callable[..., str],
    encoder_config: MakeConfig,
    tiny_corpus: Corpus,
) -> None:
    """None of these has a mask, or sub-words before and after a text."""
    folder = make("Bert", tokenizer(), {**SIZES, "max_position_embeddings": POSITIONS})
    subwords = read_pretrained(EncoderConfig(encoder=folder)).subwords
    assert subwords.before == before
    running = subwords._tokenizer.encode("the the", add_special_tokens=False).ids
    own = [piece for piece in subwords.encode(["the"])[1].tolist() if piece >= 0]
    assert running[-len(own) :] == own
    assert Tagger.train(tiny_corpus, encoder_config(folder)).tag(["the", "dog"])


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("Bert", {**SIZES, "max_position_embeddings": 3}, "reads 4 to 3 sub-words at once, not 3"),
        ("ConvBert", {**SIZES, **EMBED, "max_position_embeddings": POSITIONS}, "reads the padding"),
        (
            "Deberta",
            {**SIZES, "relative_attention": True, "pos_att_type": ["c2p"]},
            "set training.dtype to float32",
        ),
    ],
)
def test_encoders_that_cannot_be_used(
    name: str,
    settings: dict[str, Any],
    message: str,
    make: Callable[..., str],
    encoder_config: MakeConfig,
    tiny_corpus: Corpus,
) -> None:
    with pytest.raises(ConfigError, match=message):
        Tagger.train(tiny_corpus, encoder_config(make(name, None, settings), {"dtype": "bfloat16"}))


def test_the_smallest_room_is_enough(
    make: Callable[..., str], encoder_config: MakeConfig, tiny_corpus: Corpus
) -> None:
    """Two sub-words between the marks: every word is one sub-word, and a sentence many segments."""
    folder = make("Bert", None, {**SIZES, "max_position_embeddings": 4})
    tagger = Tagger.train(tiny_corpus, encoder_config(folder))
    sentence = ["The", "incomprehensible", "dog", "barks", "."]
    assert [word for word, _ in tagger.tag(sentence)] == sentence


# -- a backbone ---------------------------------------------------------------------------------------


def test_a_backbone_s_encoder_is_the_one_that_is_named_and_limits_the_settings(
    encoder_config: MakeConfig, tiny_corpus: Corpus, bert: str
) -> None:
    backbone = Tagger.train(tiny_corpus, encoder_config())
    tagger = Tagger.train(tiny_corpus, encoder_config("no/such", longest=20), backbone=backbone)
    model = tagger.config.model
    assert isinstance(model, EncoderConfig)
    assert model.encoder == bert
    assert model.pretrained is not None
    assert model.pretrained.longest == 20
    for settings, message in (
        ({"longest": 41}, "reads at most 40"),
        ({"trained_layers": 4}, "only 3 layers"),
    ):
        with pytest.raises(ConfigError, match=message):
            Tagger.train(tiny_corpus, encoder_config(**settings), backbone=backbone)


# -- caches -------------------------------------------------------------------------------------------


def test_whatever_changes_in_the_folder_changes_the_cache(
    bert: str, encoder_config: MakeConfig, tmp_path: Path
) -> None:
    from postagger.pipeline.cache import encoder_digests

    folder = tmp_path / "encoder"
    shutil.copytree(bert, folder)
    config = encoder_config(str(folder))
    seen = [encoder_digests(config)]
    for file in sorted(folder.iterdir()):
        file.write_bytes(file.read_bytes() + b"\n")
        assert encoder_digests(config) not in seen
        seen.append(encoder_digests(config))
    assert len(seen) > 3


def test_a_cached_backbone_in_half_precision_is_the_same(
    encoder_config: MakeConfig, tiny_corpus: Corpus, tiny_file: Path, tmp_path: Path
) -> None:
    data = encoder_config(stored="float16").model_dump(mode="json")
    data["pretraining"] |= {"corpora": [str(tiny_file)], "epochs": 1}
    words = [[word for word, _ in sentence] for sentence in tiny_corpus.train]
    first, second = (
        Tagger.train(tiny_corpus, data, cache=tmp_path / "cache").probabilities(words) for _ in range(2)
    )
    assert np.array_equal(first, second)


# -- files --------------------------------------------------------------------------------------------


MODEL = ("config", "model")
FACTS = (*MODEL, "pretrained")
ARCHITECTURE = (*FACTS, "architecture")


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ((), {"subwords": None}),
        (("subwords",), {"mask": 10**6}),
        (("subwords",), {"most": 0}),
        (("subwords",), {"most": 1000}),
        (("subwords",), {"before": "x"}),
        (FACTS, {"start": [10**6]}),
        (FACTS, {"longest": 6}),
        (FACTS, {"longest": 400}),
        (ARCHITECTURE, {"hidden_size": 10**6}),
        (ARCHITECTURE, {"num_hidden_layers": 10**6}),
        (ARCHITECTURE, {"vocab_size": 10**12}),
        (MODEL, {"pretrained": None}),
    ],
)
def test_contents_that_do_not_fit_are_a_model_file_error(
    section: tuple[str, ...],
    change: dict[str, Any],
    encoder_config: MakeConfig,
    tiny_corpus: Corpus,
    tmp_path: Path,
) -> None:
    Tagger.train(tiny_corpus, encoder_config()).save(tmp_path / "model")
    weights, metadata = read_model(tmp_path / "model")
    inner = metadata
    for name in section:
        inner = inner[name]
    inner |= change
    write_model(tmp_path / "model", weights, metadata)
    with pytest.raises(ModelFileError):
        Tagger.load(tmp_path / "model").tag(["dog"])


def test_a_file_cannot_have_code_fetched(
    encoder_config: MakeConfig, tiny_corpus: Corpus, tmp_path: Path
) -> None:
    Tagger.train(tiny_corpus, encoder_config()).save(tmp_path / "model")
    weights, metadata = read_model(tmp_path / "model")
    architecture = metadata["config"]["model"]["pretrained"]["architecture"]
    assert not any("implementation" in name or name == "auto_map" for name in architecture)
    architecture |= {
        "attn_implementation": "kernels-community/flash-attn",
        "_attn_implementation": "kernels-community/flash-attn",
        "auto_map": {"AutoModel": "someone/code--model.Model"},
        "quantization_config": {"quant_method": "awq"},
    }
    write_model(tmp_path / "model", weights, metadata)
    network = Tagger.load(tmp_path / "model").network.context
    assert isinstance(network, Encoder)
    assert "kernels" not in json.dumps(network.encoder.config.to_dict(), default=str)  # type: ignore[operator,union-attr]
