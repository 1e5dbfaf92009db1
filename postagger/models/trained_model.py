"""A trained tagger as torch modules: a checkpoint whose weights are networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from postagger.checkpoint import Checkpoint, TrainingRecord, Weights, read_checkpoint
from postagger.config import Config, EncoderConfig
from postagger.errors import ConfigError, ModelFileError, one_line, short
from postagger.features import Lexicon, TagSet, WordEncoding
from postagger.models.network import TaggingNetwork, build_head, build_network
from postagger.random_numbers import own_random_numbers, redirected
from postagger.torch_settings import usual_settings


@dataclass(frozen=True)
class TrainedHead:
    """A tag set and the network that predicts it. The networks of a tagger's heads share their backbone."""

    network: TaggingNetwork
    tagset: TagSet

    def __repr__(self) -> str:
        size = sum(parameter.numel() for parameter in self.network.parameters())
        return f"<TrainedHead: {size:,} parameters, {self.tagset!r}>"


@dataclass(frozen=True)
class TrainedModel:
    """What training gives, and what a network is trained on from; its networks are in evaluation mode.

    Attributes:
        heads: by name; the first one is the main corpus's.
        config, encoding, lexicon, record, temperatures, licence: as in `Checkpoint`.
    """

    config: Config
    encoding: WordEncoding
    lexicon: Lexicon
    heads: Mapping[str, TrainedHead]
    record: TrainingRecord
    temperatures: Mapping[str, float] = field(default_factory=dict)
    licence: str = ""

    def __repr__(self) -> str:
        heads = ", ".join(map(short, self.heads))
        return (
            f"<TrainedModel: {self.config.model.kind} trained on {short(self.record.corpus)}; heads: {heads}>"
        )

    @property
    def main(self) -> TrainedHead:
        return next(iter(self.heads.values()))

    @classmethod
    @usual_settings()
    @torch.inference_mode(False)  # inference tensors can't be trained or explained
    def from_checkpoint(cls, checkpoint: Checkpoint) -> TrainedModel:
        """Builds the networks of a checkpoint, on the CPU; torch's random numbers are not changed.

        Raises:
            ModelFileError: the weights do not fit the network of a kind from outside the package.
        """
        try:
            with own_random_numbers(0), redirected():
                heads = _heads(checkpoint)
        except (RuntimeError, ValueError, ConfigError) as error:
            raise ModelFileError(
                f"the weights of this model do not fit its network ({one_line(error)})"
            ) from None
        facts = checkpoint.encoding, checkpoint.lexicon, heads, checkpoint.record, checkpoint.temperatures
        return cls(checkpoint.config, *facts, checkpoint.licence)

    @classmethod
    def load(cls, path: str | Path) -> TrainedModel:
        """Reads a model file and builds its networks.

        Raises:
            ModelFileError: as `read_checkpoint`, or as `from_checkpoint`.
        """
        return cls.from_checkpoint(read_checkpoint(path))

    def to(self, device: str) -> TrainedModel:
        """Moves the networks to a device."""
        for head in self.heads.values():
            head.network.to(device)
        return self

    def to_checkpoint(self) -> Checkpoint:
        """The same with weights as arrays, which share the networks' memory if they are on the CPU."""
        main, *others = self.heads.values()
        weights = _arrays(main.network.stored_weights())
        for number, other in enumerate(others, 1):
            weights |= _arrays(other.network.head.state_dict(), f"heads.{number}.")
        tagsets = {name: head.tagset for name, head in self.heads.items()}
        facts = self.encoding, self.lexicon, tagsets, weights, self.record
        return Checkpoint(self.config, *facts, self.licence, self.temperatures)


def add_head(config: Config, network: TaggingNetwork, tagset: TagSet) -> TrainedHead:
    """A new head with random weights for another tag set, on a network's backbone."""
    head = build_head(config, network.context.output_size, len(tagset))
    return TrainedHead(network.with_head(head), tagset)


def _heads(checkpoint: Checkpoint) -> dict[str, TrainedHead]:
    config = checkpoint.config
    (first, tagset), *others = checkpoint.tagsets.items()
    if isinstance(config.model, EncoderConfig):
        _check_encoder(checkpoint, tagset)
    backbone = _tensors(checkpoint.backbone_weights)
    network = build_network(config, checkpoint.encoding, tagset, backbone.get("words.vectors.weight"))
    main = {f"head.{name}": tensor for name, tensor in _tensors(checkpoint.head_weights(first)).items()}
    network.load_state_dict(backbone | main)
    network.context.check(checkpoint.encoding)
    heads = {first: TrainedHead(network, tagset)}
    for name, tags in others:
        heads[name] = add_head(config, network, tags)
        heads[name].network.head.load_state_dict(_tensors(checkpoint.head_weights(name)))
    for head in heads.values():
        head.network.eval()
    return heads


def _check_encoder(checkpoint: Checkpoint, tagset: TagSet) -> None:
    """Checks that the weights fit the encoder that the config describes, before any memory is taken for it.

    Raises:
        ModelFileError: they do not.
    """
    facts = checkpoint.config.model.model_dump()["pretrained"] or {}
    numbers = (value for name, value in facts.get("architecture", {}).items() if "layer" in name)
    count = len(checkpoint.weights)
    if any(isinstance(value, int) and value > count for value in numbers):
        raise ModelFileError("this model is damaged: its encoder should have more layers than weights")
    with torch.device("meta"):
        network = build_network(checkpoint.config, checkpoint.encoding, tagset)
    expected = {name: tuple(tensor.shape) for name, tensor in network.context.state_dict().items()}
    given = {
        name.removeprefix("context."): array.shape
        for name, array in checkpoint.weights.items()
        if name.startswith("context.")
    }
    if expected != given:
        raise ModelFileError("this model is damaged: its weights do not fit its encoder")


def _tensors(weights: Weights) -> dict[str, Tensor]:
    """Copies of arrays: training from a checkpoint must not change it."""
    return {name: torch.from_numpy(array.copy()) for name, array in weights.items()}


def _arrays(state: Mapping[str, Tensor], prefix: str = "") -> dict[str, NDArray[Any]]:
    return {prefix + name: tensor.detach().cpu().contiguous().numpy() for name, tensor in state.items()}
