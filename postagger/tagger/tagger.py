"""What a user holds: a network with its vocabularies, tag sets and lexicon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from postagger.checkpoint.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from postagger.config import Config, as_config
from postagger.corpora import Corpus, TaggedSentence, as_corpus
from postagger.errors import ConfigError, brief
from postagger.explain import Explanation, explain
from postagger.features import KeyedVectors, WordVectors
from postagger.inference import Dtype, FastPredictor
from postagger.pipeline import Reporter, plan_pretraining, plan_training, run_plan
from postagger.tagger.base import HeadedTagger
from postagger.tagger.checks import (
    cache_folder,
    check_callable,
    check_dtype,
    check_head,
    check_position,
    kind_of,
)
from postagger.tagger.streaming import Chunk, checked
from postagger.training import EpochRecord, choose_device


class Tagger(HeadedTagger):
    """A trained part-of-speech tagger. Make one with `Tagger.train` or `Tagger.load`.

    Attributes:
        config: the run that made it.
        heads: the tag set of each of its heads, by name; `tagset` is that of the head that tags.
        record: what it was trained on, and what came of it.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        head: str | None = None,
        device: str = "auto",
        dtype: Dtype = "float32",
    ) -> None:
        """
        Args:
            head: the name of the head that tags; default: that of the main corpus.
            device, dtype: see `load`.
        """
        if not isinstance(checkpoint, Checkpoint):
            raise ConfigError(
                "a Tagger is made by Tagger.load(file) or Tagger.train(corpus, config); a Checkpoint was "
                f"expected here, got {brief(checkpoint)}"
            )
        check_dtype(dtype)
        target = choose_device(device)
        if head is not None:
            check_head(head, checkpoint.heads, "tagger")
        chosen = checkpoint.main if head is None else checkpoint.heads[head]
        self._checkpoint = checkpoint
        self._views: dict[str, Self] = {}
        self.config = checkpoint.config
        self.encoding = checkpoint.encoding
        self.lexicon = checkpoint.lexicon
        self.record = checkpoint.record
        self.heads = {name: each.tagset for name, each in checkpoint.heads.items()}
        self._dtype = dtype
        self.tagset = chosen.tagset
        self.network = chosen.network.to(target)
        self.parameter_count = self.network.parameter_count
        self._predictor = FastPredictor(self.network, self.encoding, self.tagset, dtype)

    # -- making one ---------------------------------------------------------------------------------

    @classmethod
    def train(
        cls,
        corpus: Corpus | Iterable[TaggedSentence],
        config: Config | Mapping[str, Any] | None = None,
        *,
        backbone: Tagger | None = None,
        cache: str | Path | None = None,
        vectors: WordVectors | KeyedVectors | None = None,
        on_epoch: Callable[[EpochRecord], None] = lambda _: None,
        progress: bool = False,
        score_test: bool = True,
    ) -> Self:
        """Trains on ``corpus.train`` and chooses the best epoch on ``corpus.dev``, if there is one.

        A token tagged ``_`` has no tag: its word is counted and read, but no tag is learned from it.
        The test part is not learned from. What else the config names (data sets, pretraining, plain text) is
        loaded, and whatever repeats a sentence of dev or test is left out of it. Same corpora, config,
        machine and versions: the same tagger, bit for bit. Torch's global random numbers are left as
        they were.

        Args:
            corpus: a corpus, or tagged sentences, all of which are trained on. The tagger's head is called
                as the corpus is.
            config: the settings, as `load_config` gives them or as plain data, ``{"model": {"kind": "lstm"}}``.
                Its ``[corpus]`` section is not read: the corpus is the one given. Default: `Config()`.
            backbone: a tagger whose network this one starts from, as with ``transfer.model``.
            cache: a folder in which pretrained backbones, and teachers that are trained first, are kept for
                the next time; None keeps none.
            vectors: pretrained word vectors, instead of those of the file ``words.vectors``. With a backbone
                they are the backbone's.
            on_epoch: called after every epoch, also of what comes before the training proper.
            progress: show bars on stderr, if that is a terminal.
            score_test: whether the tagger's `record` is to have its accuracy on the test part.

        Raises:
            DataError: the training set holds no sentence or no tag, or a text or corpus can't be read.
            ConfigError: the config or the backbone is none, the backbone doesn't fit the config or comes with
                other vectors, the cache is no folder, or the learning rate is too high.
            DeviceError: the device that the config names is not there.
        """
        settings = as_config(config)
        check_callable(on_epoch)
        plan = plan_training(
            as_corpus(corpus),
            settings,
            backbone=None if backbone is None else _backbone(backbone),
            cache=None if cache is None else cache_folder(cache),
            vectors=vectors,
            score_test=score_test,
        )
        return cls(run_plan(plan, Reporter(on_epoch, progress)), device=settings.training.device)

    @classmethod
    def pretrain(
        cls,
        config: Config | Mapping[str, Any],
        corpus: Corpus | None = None,
        *,
        vectors: WordVectors | KeyedVectors | None = None,
        on_epoch: Callable[[EpochRecord], None] = lambda _: None,
        progress: bool = False,
    ) -> Self:
        """Learns what ``[pretraining]`` names, to be the backbone of other taggers: see `train`.

        Args:
            corpus: what is to be learned afterwards; what repeats its dev and test parts is left out.
            vectors: see `train`.

        Raises:
            ConfigError: the section names neither corpora nor text.
            DataError: one of them can't be read.
        """
        settings = as_config(config)
        check_callable(on_epoch)
        plan = plan_pretraining(settings, None if corpus is None else as_corpus(corpus), vectors)
        return cls(run_plan(plan, Reporter(on_epoch, progress)), device=settings.training.device)

    @classmethod
    def load(cls, path: str | Path, *, device: str = "auto", dtype: Dtype = "float32") -> Self:
        """Reads a tagger that `save` wrote.

        Args:
            device: ``auto`` (CUDA where there is a device), ``cpu``, ``cuda`` or ``cuda:N``.
            dtype: of the arithmetic: ``float32``, or ``bfloat16``, which is up to twice as fast on
                processors that have instructions for it, and gives a few tokens in ten thousand another
                tag (`docs/performance.md`).

        Raises:
            ModelFileError: the file is missing, damaged, not one of ours, or of a newer format.
            DeviceError: the device is not there.
            ConfigError: there is no such dtype.
        """
        choose_device(device)
        check_dtype(dtype)
        return cls(read_checkpoint(path), device=device, dtype=dtype)

    def save(self, path: str | Path) -> None:
        """Writes the tagger, with all its tag sets, as one ``.safetensors`` file, whole or not at all.

        Raises:
            ModelFileError: the folder or file can't be written.
        """
        write_checkpoint(path, self._checkpoint)

    @property
    def description(self) -> str:
        """In a line: model, corpus and seed."""
        model, seed = self.config.model.kind, self.config.training.seed
        return f"{model} tagger trained on {self.record.corpus}, seed {seed}"

    # -- using it -----------------------------------------------------------------------------------

    def with_head(self, head: str | None) -> Self:
        """The same tagger, tagging with another of its heads; they share all other layers.

        Raises:
            ConfigError: it has no such head.
        """
        if head is None:
            return self
        self._check_head(head)
        if self.heads[head] is self.tagset:
            return self
        if head not in self._views:
            device, dtype = str(self.device), self._dtype
            self._views[head] = type(self)(self._checkpoint, head=head, device=device, dtype=dtype)
        return self._views[head]

    def explain(
        self, tokens: Sequence[str], position: int, *, against: str | None = None, head: str | None = None
    ) -> Explanation:
        """Why a word of a sentence has the tag that it is given: what every word does for it.

        It is read in float32, whatever the tagger's dtype: a tag that bfloat16 changes is not explained,
        but the one that float32 gives.

        Args:
            position: of the word, from 0 on.
            against: the tag that it is compared with; None: the most probable one beside the answer.
            head: as in `tag`.

        Raises:
            DataError: the sentence is no list of strings, or has no word at that position.
            ConfigError: there is no such tag or tag set, or the tag is the answer.
        """
        (words,) = checked([tokens])
        position = check_position(position, len(words))
        chosen = self.with_head(head)
        return explain(chosen.network, chosen.encoding, chosen.tagset, words, position, against)

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> Tensor:
        """The probability of each tag of `tagset` for each token of some sentences: ``(tokens, tags)``.

        Args:
            sentences: one or more tokens in all.
        """
        return self._predictor.probabilities(sentences)

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def _tag_chunk(self, chunk: Chunk) -> list[TaggedSentence]:
        if not chunk.words:
            return [[] for _ in chunk.lengths]
        try:
            return self._predictor.tag(chunk.words, chunk.lengths)
        except TypeError:
            for _ in checked(chunk.sentences, chunk.first):
                pass  # it names the token that is none
            raise


def _backbone(given: object) -> Checkpoint:
    """What a new tagger starts from: the network and vocabularies of another."""
    if isinstance(given, Tagger):
        return given._checkpoint
    mend = ""
    if isinstance(given, str | Path):
        mend = f": use Tagger.load({brief(str(given))})"
    elif isinstance(given, Checkpoint):
        mend = ": use Tagger(checkpoint)"
    elif isinstance(given, HeadedTagger):
        mend = ": an ensemble has several networks; choose one of its .taggers"
    raise ConfigError(f"backbone is a Tagger, not {kind_of(given)}{mend}")
