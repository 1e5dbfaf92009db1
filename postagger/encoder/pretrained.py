"""Reads a pretrained encoder from a folder or the hub: its architecture, tokenizer and weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from postagger.config import EncoderConfig, PretrainedConfig
from postagger.encoder.layers import depths, has_layers
from postagger.encoder.library import check_folder, errors_of, local_options, transformers
from postagger.errors import ConfigError
from postagger.extras import require
from postagger.features import Subwords
from postagger.features.subwords import MOST_PIECES

_LONGEST = 512
"""The most sub-words that are read at once: the time that attention takes grows with their square."""

_NOT_ARCHITECTURE = (
    *("_name_or_path", "architectures", "auto_map", "transformers_version", "dtype", "torch_dtype"),
    *("id2label", "label2id", "problem_type", "finetuning_task", "num_labels"),
)
"""Entries of a transformers config that say nothing about the network."""


_REFUSED = ("attn_implementation", "experts_implementation", "quantization_config", "auto_map")
"""Ends of entries that a model file could use to have code fetched."""

_LEAST_ROOM = 2
"""Sub-words that must fit between those that stand before and after a text."""


@dataclass(frozen=True)
class Pretrained:
    """A pretrained encoder, without its weights.

    Attributes:
        config: with what was read of the encoder filled in.
        subwords: its tokenizer.
    """

    config: EncoderConfig
    subwords: Subwords


def read_pretrained(config: EncoderConfig) -> Pretrained:
    """Reads the architecture and tokenizer of the encoder that `config` names, and checks that they fit.

    Raises:
        ConfigError: there is no such encoder, it has too few layers, or its tokenizer or kind is not
            supported.
        PostaggerError: transformers is not installed.
    """
    require("encoder", "a pretrained encoder needs", "transformers", "tokenizers")
    name = config.encoder
    check_folder(name)
    with errors_of(name):
        found = transformers().AutoConfig.from_pretrained(name, **local_options(name))
    _check_kind(found, name)
    layers = _used_layers(config, found.num_hidden_layers)
    architecture = _with_layers(found.to_dict(), found, layers)
    tokenizer, start, end = _read_tokenizer(name)
    limit = min(_try_architecture(architecture, found, config), tokenizer.model_max_length, _LONGEST)
    longest = limit if config.longest == "auto" else config.longest
    room = longest - len(start) - len(end)
    if longest > limit or room < _LEAST_ROOM:
        least = _LEAST_ROOM + len(start) + len(end)
        raise ConfigError(
            f"the encoder {name} reads {least} to {limit} sub-words at once, not {longest} (model.longest)"
        )
    facts = PretrainedConfig(architecture=architecture, start=tuple(start), end=tuple(end), longest=longest)
    unknown = _first_number(tokenizer.unk_token_id, tokenizer.mask_token_id, tokenizer.pad_token_id)
    subwords = Subwords(
        tokenizer.backend_tokenizer.to_str(),
        unknown,
        _first_number(tokenizer.mask_token_id, unknown),
        min(MOST_PIECES, room // 2),
        _before_words(tokenizer.backend_tokenizer),
    )
    return Pretrained(config.model_copy(update={"pretrained": facts}), subwords)


def _before_words(tokenizer: Any) -> str:
    """A blank, if a tokenizer cuts a word within a text in another way than alone; else nothing."""

    def numbers(text: str) -> list[int]:
        found: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return found

    return "" if numbers("a a") == 2 * numbers("a") else " "


def refit(config: EncoderConfig, backbone: EncoderConfig) -> EncoderConfig:
    """The settings of a tagger that starts from another one's encoder, and so reads as that one does.

    Raises:
        ConfigError: it can't be read so.
    """
    facts = backbone.pretrained
    assert facts is not None
    layers = facts.architecture
    count = _as_config(layers).num_hidden_layers
    _used_layers(config.model_copy(update={"layers": "all"}), count)
    if config.longest != "auto":
        if config.longest > facts.longest:
            raise ConfigError(
                f"model.longest is {config.longest}, but the backbone reads at most {facts.longest}"
            )
        facts = facts.model_copy(update={"longest": config.longest})
    return config.model_copy(update={"pretrained": facts, "encoder": backbone.encoder})


def _used_layers(config: EncoderConfig, available: int) -> int:
    """The number of an encoder's layers that are used.

    Raises:
        ConfigError: there are not so many, or more of them are to be trained.
    """
    layers = available if config.layers == "all" else config.layers
    if layers > available:
        raise ConfigError(
            f"model.layers is {layers}, but the encoder {config.encoder} has only {available} layers: use at "
            f"most {available}, or 'all'"
        )
    if config.trained_layers != "all" and config.trained_layers > layers:
        raise ConfigError(
            f"model.trained_layers is {config.trained_layers}, but only {layers} layers are used: use "
            f"at most {layers}, or 'all'"
        )
    return layers


def build_encoder(architecture: Mapping[str, Any]) -> nn.Module:
    """Builds an encoder with random weights.

    Raises:
        ConfigError: transformers does not know the architecture.
        PostaggerError: transformers is not installed.
    """
    require("encoder", "a pretrained encoder needs", "transformers")
    with errors_of("of this model"):
        encoder: nn.Module = transformers().AutoModel.from_config(
            _as_config(architecture), trust_remote_code=False
        )
    return _without_pooler(encoder.float())


def read_weights(config: EncoderConfig) -> dict[str, Tensor]:
    """The pretrained weights of an encoder whose config `read_pretrained` has filled in.

    Raises:
        ConfigError: the weights are missing, or are those of another architecture.
    """
    assert config.pretrained is not None
    name = config.encoder
    with errors_of(name):
        encoder, info = transformers().AutoModel.from_pretrained(
            name,
            config=_as_config(config.pretrained.architecture),
            dtype=torch.float32,
            output_loading_info=True,
            **local_options(name),
        )
    missing = sorted(each for each in info["missing_keys"] if "pooler" not in each)
    wrong = sorted(str(each[0] if isinstance(each, tuple) else each) for each in info["mismatched_keys"])
    if missing or wrong:
        raise ConfigError(
            f"the weights of the encoder {name} do not fit its config: {(missing or wrong)[0]} is "
            f"{'missing' if missing else 'of another size'}"
        )
    weights: dict[str, Tensor] = _without_pooler(encoder).state_dict()
    return weights


def _as_config(architecture: Mapping[str, Any]) -> Any:
    settings = {name: value for name, value in architecture.items() if not name.endswith(_REFUSED)}
    return transformers().AutoConfig.for_model(settings.pop("model_type"), **settings)


def _check_kind(found: Any, name: str) -> None:
    """
    Raises:
        ConfigError: it is not an encoder of text with layers.
    """
    if getattr(found, "is_encoder_decoder", False):
        raise ConfigError(
            f"{name} has an encoder and a decoder ({found.model_type}): choose an encoder, such as BERT"
        )
    if not isinstance(getattr(found, "num_hidden_layers", None), int):
        raise ConfigError(f"{name} ({found.model_type}) is no encoder of text with layers, such as BERT")


def _with_layers(settings: dict[str, Any], found: Any, layers: int) -> dict[str, Any]:
    """The settings of an architecture as plain data, with fewer layers."""
    available = found.num_hidden_layers
    kept = {name: value for name, value in settings.items() if name not in _NOT_ARCHITECTURE}
    key = found.attribute_map.get("num_hidden_layers", "num_hidden_layers")
    kept[key] = layers
    for name, value in kept.items():  # such as layer_types
        if isinstance(value, list) and len(value) == available and name.startswith("layer"):
            kept[name] = value[:layers]
    plain: dict[str, Any] = json.loads(json.dumps(kept))
    return plain


def _read_tokenizer(name: str) -> tuple[Any, list[int], list[int]]:
    """A tokenizer, and the sub-words that it puts before and after a text.

    Raises:
        ConfigError: there is none, or it is not a fast one, of the library tokenizers.
    """
    with errors_of(name):
        tokenizer = transformers().AutoTokenizer.from_pretrained(name, use_fast=True, **local_options(name))
    if not tokenizer.is_fast:
        raise ConfigError(
            f"the tokenizer of {name} is not a fast one (tokenizer.json is missing): convert it, or choose "
            "another encoder"
        )
    inner = tokenizer.backend_tokenizer
    inner.no_truncation()
    inner.no_padding()
    marked = inner.encode("a")
    own = [place for place, special in enumerate(marked.special_tokens_mask) if not special]
    first, last = (own[0], own[-1]) if own else (len(marked.ids), len(marked.ids))
    return tokenizer, marked.ids[:first], marked.ids[last + 1 :]


def _try_architecture(architecture: Mapping[str, Any], found: Any, config: EncoderConfig) -> int:
    """Builds an encoder without memory for its weights; returns the most sub-words that it reads at once.

    Raises:
        ConfigError: it is not built as encoders are.
    """
    name = config.encoder
    with torch.device("meta"):
        encoder = build_encoder(architecture)
    with errors_of(name):
        table = encoder.get_input_embeddings()  # type: ignore[operator]
    if not isinstance(table, nn.Embedding):
        raise ConfigError(f"the encoder {name} ({found.model_type}) has no table of sub-words")
    shared = not has_layers(encoder)
    if shared and config.trained_layers not in ("all", 0, max(depths(encoder).values())):
        raise ConfigError(
            f"model.trained_layers is {config.trained_layers}, but the layers of the encoder {name} share "
            "their weights: use 0 or 'all'"
        )
    return position_limit(encoder)


def position_limit(encoder: nn.Module) -> int:
    """The most sub-words that an encoder can read at once."""
    positions = [
        part.num_embeddings - (0 if part.padding_idx is None else part.padding_idx + 1)
        for path, part in encoder.named_modules()
        if isinstance(part, nn.Embedding) and path.rpartition(".")[2] in ("position_embeddings", "wpe")
    ]
    stated = getattr(encoder.config, "max_position_embeddings", None)
    return min([*positions, stated if isinstance(stated, int) and stated > 0 else _LONGEST])


def _without_pooler(encoder: nn.Module) -> nn.Module:
    """The encoder without the layer that classifies whole texts."""
    if isinstance(getattr(encoder, "pooler", None), nn.Module):
        setattr(encoder, "pooler", None)  # noqa: B010 (mypy)
    return encoder


def _first_number(*values: int | None) -> int:
    return next((value for value in values if value is not None), 0)
