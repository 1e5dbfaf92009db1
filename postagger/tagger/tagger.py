"""The tagger: a network with its vocabularies, tag sets and lexicon."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace
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
from postagger.features.normalise import straight_quotes
from postagger.inference import Dtype
from postagger.runtime import Predictor
from postagger.tagger.checks import check_dtype, check_head, check_temperature
from postagger.tagger.columns import TaggedColumns, in_columns
from postagger.tagger.engine import Engine
from postagger.tagger.explained import ExplainedTagger
from postagger.tagger.headed import Prediction
from postagger.tagger.streaming import Chunk, checked, checked_iterable

if TYPE_CHECKING:
    import torch

    from postagger.corpora import Corpus
    from postagger.models import TaggingNetwork


class Tagger(ExplainedTagger):
    """A trained part-of-speech tagger. Make one with `Tagger.train` or `Tagger.load`.

    Attributes:
        config: the settings that it was trained with.
        heads: the tag set of each head, by name; `tagset` is that of the selected head.
        record: what it was trained on, with what result.
        licence: the terms of its use, if it names any.
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
                ``"hf:user/name"``, on the Hugging Face Hub (`docs/how-to/hub.md`).
            device: ``cpu``, ``cuda`` or ``cuda:N``; or one of torch's. ``auto`` is the CPU, where most kinds
                of model tag fastest; for encoders and kinds from outside the package, CUDA if available.
            dtype: ``float32``; or, for less accurate and faster arithmetic, ``int8`` on the CPU, which needs
                the package postagkit-native, or ``bfloat16`` on CUDA. Each changes the tags of a few tokens
                in ten thousand (`docs/explanation/performance.md`). On the CPU ``bfloat16`` is computed in
                float32.

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

    def probabilities(
        self, sentences: Sequence[Sequence[str]], *, lexicon: Lexical | None = None
    ) -> NDArray[np.float32]:
        """The probability of each tag of `tagset` for each token of the sentences, ``(tokens, tags)``.

        They are those of the network at the head's `temperature`.

        Args:
            sentences: must contain at least one token.
            lexicon: as in `tag`.

        Raises:
            DataError: a sentence is not a list of strings.
        """
        from postagger.evaluation.calibration import tempered

        return tempered(self._untempered(sentences, self._dictionary(lexicon)), self.temperature)

    @property
    def temperature(self) -> float:
        """Of the selected head's probabilities, as `calibrate` fits it; training fits it on the dev part."""
        return self._checkpoint.temperatures.get(self._head_name, 1.0)

    def _untempered(
        self, sentences: Sequence[Sequence[str]], lexicon: TagDictionary | None = None
    ) -> NDArray[np.float32]:
        words = list(checked(checked_iterable(sentences)))
        mask = None if lexicon is None else lexicon.mask(self.tagset)
        return self._predictor.probabilities(words, mask)

    def word_vectors(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of a sentence's words, as the network reads them.

        A word's vector is what ``[words]`` in the config says: the embeddings of the word and of its affixes,
        shape and classes, its pretrained vector and what its characters give, one after another. It is the
        same in every sentence, except that straight double quotes are read as opening or closing ones. The
        sub-words that an encoder reads are not in it. It is computed without torch.

        Returns:
            ``(words, size)``, float32.

        Raises:
            DataError: the sentence is not a list of strings.
        """
        (words,) = checked([tokens])
        forms = straight_quotes(words, normalise=self.encoding.config.normalise)
        return self._engine.words(self.encoding.encode(forms))[1:]

    def _n_best(
        self, words: list[str], n: int, lexicon: TagDictionary | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        mask = None if lexicon is None else lexicon.mask(self.tagset)
        return self._predictor.n_best(words, n, mask)

    def calibrate(self, gold: Corpus | Iterable[TaggedSentence], split: str = "dev") -> Self:
        """A tagger with the same tags, and with probabilities that fit other text: the temperature of the
        selected head is the one at which gold tags are most probable.

        Args:
            gold: tagged sentences that it was not trained on, or a corpus, whose part `split` is used.

        Raises:
            DataError: there is no token with one of the tagger's tags.
        """
        from postagger.tagger.calibrating import fitted_temperature

        return self.at_temperature(fitted_temperature([self], gold, split))

    def at_temperature(self, temperature: float) -> Self:
        """A tagger with the same tags, and with the selected head's probabilities at this temperature; at 1
        they are the network's own.

        Raises:
            ConfigError: it is not a number from 0.01 to 100.
        """
        check_temperature(temperature)
        temperatures = {**self._checkpoint.temperatures, self._head_name: temperature}
        changed = copy.copy(self)
        changed._checkpoint = replace(self._checkpoint, temperatures=temperatures)
        changed._views = {}
        return changed

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

    def _predict(
        self, heads: Sequence[str] | None, sentences: list[list[str]], lexicon: TagDictionary | None
    ) -> list[Prediction]:
        from postagger.evaluation.calibration import tempered

        names = [self._head_name] if heads is None else heads
        mask = None if lexicon is None else lexicon.mask(self.heads[names[0]])
        found = self._engine.predictor(*names).predict(sentences, mask)
        temperatures = [self._checkpoint.temperatures.get(name, 1.0) for name in names]
        return [
            (numbers, tempered(rows, temperature))
            for (numbers, rows), temperature in zip(found, temperatures, strict=True)
        ]

    def _numbers(self, heads: Sequence[str], sentences: list[list[str]]) -> NDArray[np.int64]:
        predictor = self._engine.predictor(*heads)
        return predictor.tags(sentences)[np.newaxis] if len(heads) == 1 else predictor.tags_by_head(sentences)

    def _tag_columns(self, chunk: Chunk) -> list[TaggedColumns]:
        if not any(chunk.sentences):
            return [[] for _ in chunk.sentences]
        numbers = chunk.predicted(self._engine.predictor(*self.heads).tags_by_head)
        return in_columns(chunk.sentences, self.heads, numbers)
