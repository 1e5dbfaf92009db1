"""The tagger: a network with its vocabularies, tag sets and lexicon."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from postagger.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from postagger.config.device import check_device
from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError, brief
from postagger.extras import require_torch
from postagger.features import Lexical, TagDictionary
from postagger.inference import Dtype
from postagger.runtime import Predictor
from postagger.tagger.checks import check_dtype, check_head, check_position
from postagger.tagger.engine import Engine
from postagger.tagger.headed import TaggedColumns, in_columns
from postagger.tagger.streaming import Chunk, checked, checked_iterable
from postagger.tagger.trainable import TrainableTagger

if TYPE_CHECKING:
    import torch

    from postagger.explain import Explanation
    from postagger.models import TaggingNetwork


class Tagger(TrainableTagger):
    """A trained part-of-speech tagger. Make one with `Tagger.train` or `Tagger.load`.

    Attributes:
        config: the settings that it was trained with.
        heads: the tag set of each head, by name; `tagset` is that of the selected head.
        record, licence: what it was trained on, with what result; the terms of its use, if it names any.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        head: str | None = None,
        device: str | torch.device = "auto",
        dtype: Dtype = "float32",
    ) -> None:
        """
        Args:
            head: the name of the head to use; default: the main corpus's.
            device, dtype: see `load`.
        """
        if not isinstance(checkpoint, Checkpoint):
            raise ConfigError(
                f"expected a Checkpoint, got {brief(checkpoint)}: to make a Tagger, use Tagger.load(file) or "
                "Tagger.train(corpus, config)"
            )
        check_dtype(dtype)
        if head is not None:
            check_head(head, checkpoint.tagsets, "tagger")
        self._checkpoint = checkpoint
        self._engine = Engine(checkpoint, device, dtype)
        self._views: dict[str, Self] = {}
        self.config = checkpoint.config
        self.encoding = checkpoint.encoding
        self.lexicon = checkpoint.lexicon
        self.record, self.licence = checkpoint.record, checkpoint.licence
        self.heads = dict(checkpoint.tagsets)
        self._select(next(iter(self.heads)) if head is None else head)

    def _select(self, head: str) -> None:
        self._head_name = head
        self.tagset = self.heads[head]
        self.parameter_count = self._checkpoint.parameter_count(head)

    @classmethod
    def load(cls, path: str | Path, *, device: str | torch.device = "auto", dtype: Dtype = "float32") -> Self:
        """Loads a tagger that `save` wrote. For tagging on the CPU it does not need torch.

        Args:
            path: the file; or ``"en"``, which comes with the package (a file of that name: ``"./en"``); or
                ``"hf:user/name"``, on the Hugging Face Hub (`docs/hub.md`).
            device: ``cpu``, ``cuda`` or ``cuda:N``; or one of torch's. ``auto`` is the CPU, where most kinds
                of model tag fastest; for encoders and kinds from outside the package, CUDA if available.
            dtype: ``float32``; or, for less accurate and faster arithmetic, ``int8`` on the CPU, which needs
                the package postagkit-native, or ``bfloat16`` on CUDA. Each changes the tags of a few tokens
                in ten thousand (`docs/performance.md`). On the CPU ``bfloat16`` is computed in float32.

        Raises:
            ModelFileError: the file is missing, damaged, not a postagger model, or in a newer format.
            DeviceError, ConfigError: there is no such device or dtype, or it is not available.
        """
        check_device(device)
        check_dtype(dtype)
        return cls(read_checkpoint(path), device=device, dtype=dtype)

    def save(self, path: str | Path) -> None:
        """Saves the tagger, with all its heads, as one ``.safetensors`` file, completely or not at all.

        Raises:
            ModelFileError: the folder or file can't be written.
        """
        write_checkpoint(path, self._checkpoint)

    @property
    def _members(self) -> Sequence[Tagger]:
        return [self]

    @property
    def description(self) -> str:
        """A one-line description: model, corpus and seed."""
        model, seed = self.config.model.kind, self.config.training.seed
        return f"{model} tagger trained on {self.record.corpus}, seed {seed}"

    def with_head(self, head: str | None) -> Self:
        """The same tagger with another head selected; the heads share all other layers.

        Raises:
            ConfigError: it has no such head.
        """
        if head is None:
            return self
        self._check_head(head)
        if self.heads[head] is self.tagset:
            return self
        if head not in self._views:
            view = copy.copy(self)
            view._select(head)
            self._views[head] = view
        return self._views[head]

    def explain(
        self, tokens: Sequence[str], position: int, *, against: str | None = None, head: str | None = None
    ) -> Explanation:
        """Explains the tag predicted for a word by the contribution of every word of the sentence.

        It is computed in float32, whatever the tagger's dtype: the tag explained is that of float32.

        Args:
            position: the position of the word, from 0 on.
            against: the tag to compare the prediction with; None: the second most probable tag.
            head: as in `tag`.

        Raises:
            DataError: the sentence is not a list of strings, or has no word at that position.
            ConfigError: there is no such tag or head, or `against` is the predicted tag.
        """
        (words,) = checked([tokens])
        position = check_position(position, len(words))
        require_torch("explaining a tag needs")
        from postagger.explain import explain

        chosen = self.with_head(head)
        return explain(chosen.network, chosen.encoding, chosen.tagset, words, position, against)

    def probabilities(
        self, sentences: Sequence[Sequence[str]], *, lexicon: Lexical | None = None
    ) -> NDArray[np.float32]:
        """The probability of each tag of `tagset` for each token of the sentences, ``(tokens, tags)``.

        Args:
            sentences: must contain at least one token.
            lexicon: as in `tag`.

        Raises:
            DataError: a sentence is not a list of strings.
        """
        words = list(checked(checked_iterable(sentences)))
        dictionary = self._dictionary(lexicon)
        mask = None if dictionary is None else dictionary.mask(self.tagset)
        return self._predictor.probabilities(words, mask)

    @property
    def network(self) -> TaggingNetwork:
        """The network of the selected head, as a torch module; built when it is first asked for."""
        require_torch("the network as a torch module needs")
        return self._engine.trained.heads[self.head].network

    @property
    def device(self) -> torch.device:
        """Where the tagger computes."""
        require_torch("a torch.device needs")
        import torch

        return torch.device(self._engine.device)

    @property
    def engine(self) -> str:
        """What computes the tags: ``native kernel (avx512)``, ``NumPy``, ``torch (cuda:0)`` ..."""
        return self._predictor.engine

    @property
    def _predictor(self) -> Predictor:
        return self._engine.predictor(self._head_name)

    def _tag_chunk(self, chunk: Chunk, lexicon: TagDictionary | None) -> list[TaggedSentence]:
        mask = None if lexicon is None else lexicon.mask(self.tagset)
        return chunk.predicted(partial(self._predictor.tag, mask=mask))

    def _tag_columns(self, chunk: Chunk) -> list[TaggedColumns]:
        if not any(chunk.sentences):
            return [[] for _ in chunk.sentences]
        numbers = chunk.predicted(self._engine.predictor(*self.heads).tags_by_head)
        return in_columns(chunk.sentences, self.heads, numbers)
