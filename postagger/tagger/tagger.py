"""The tagger: a network with its vocabularies, tag sets and lexicon."""

from __future__ import annotations

import itertools
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
from postagger.features import KeyedVectors, Lexical, TagDictionary, TagMask, WordVectors
from postagger.inference import Dtype, FastPredictor, HeadsPredictor, usual_settings
from postagger.inference.forking import TAGGING
from postagger.pipeline import Reporter, plan_pretraining, plan_training, run_plan
from postagger.tagger.checks import (
    cache_folder,
    check_callable,
    check_dtype,
    check_head,
    check_position,
    kind_of,
)
from postagger.tagger.headed import HeadedTagger, TaggedColumns
from postagger.tagger.streaming import Chunk, checked, checked_iterable, naming_wrong_tokens
from postagger.training import EpochRecord, choose_device


class Tagger(HeadedTagger):
    """A trained part-of-speech tagger. Make one with `Tagger.train` or `Tagger.load`.

    Attributes:
        config: the settings that it was trained with.
        heads: the tag set of each head, by name; `tagset` is that of the selected head.
        record: what it was trained on, and with what result.
    """

    @usual_settings()
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
        target = choose_device(device)
        if head is not None:
            check_head(head, checkpoint.heads, "tagger")
        chosen = checkpoint.main if head is None else checkpoint.heads[head]
        self._checkpoint = checkpoint
        self._views: dict[str, Self] = {}
        self._heads_predictor: HeadsPredictor | None = None
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

    # -- making a tagger ----------------------------------------------------------------------------

    @classmethod
    @usual_settings()
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

        (Its length is that of its options' description.) A token tagged ``_`` has no tag: its word is part of
        the input, but not of the loss. The config's data sets, pretraining and plain text are loaded, except
        for sentences that repeat dev or test. The same corpora, config, machine and versions give the same
        tagger, bit for bit. Torch's global random state is not changed.

        Args:
            corpus: a corpus, or tagged sentences for training. The tagger's head has the corpus's name.
            config: the settings, from `load_config` or as plain data, ``{"model": {"kind": "lstm"}}``; its
                ``[corpus]`` section is ignored. Default: `Config()`.
            backbone: a tagger whose shared layers this one starts from, as with ``transfer.model``.
            cache: a folder where pretrained backbones and teachers are saved and reused; None saves none.
            vectors: pretrained word vectors that replace the file ``words.vectors``; not with a backbone,
                which has its own.
            on_epoch: called after every epoch, including those of pretraining and teachers.
            progress: show on stderr how far the training is and how long it will take.
            score_test: whether to record the test accuracy in `record`.

        Raises:
            DataError: the training set has no sentences or no tags, or a text or corpus can't be read.
            ConfigError: an argument or setting is invalid, the backbone does not fit the config or comes with
                other vectors, or the learning rate is too high.
            DeviceError: the device that the config names is not available.
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
    @usual_settings()
    def pretrain(
        cls,
        config: Config | Mapping[str, Any],
        corpus: Corpus | None = None,
        *,
        vectors: WordVectors | KeyedVectors | None = None,
        on_epoch: Callable[[EpochRecord], None] = lambda _: None,
        progress: bool = False,
    ) -> Self:
        """Pretrains on the data of ``[pretraining]``; the result can be the `backbone` of other taggers.

        Args:
            corpus: the corpus to be trained on afterwards; sentences that repeat its dev and test parts are
                left out.
            vectors: see `train`.

        Raises:
            ConfigError: the section names neither corpora nor text.
            DataError: a corpus or text can't be read.
        """
        settings = as_config(config)
        check_callable(on_epoch)
        plan = plan_pretraining(settings, None if corpus is None else as_corpus(corpus), vectors)
        return cls(run_plan(plan, Reporter(on_epoch, progress)), device=settings.training.device)

    @classmethod
    @usual_settings()
    def load(cls, path: str | Path, *, device: str | torch.device = "auto", dtype: Dtype = "float32") -> Self:
        """Loads a tagger that `save` wrote.

        Args:
            device: ``auto`` (CUDA if available), ``cpu``, ``cuda`` or ``cuda:N``; or one of torch's.
            dtype: of the arithmetic: ``float32``, or ``bfloat16``, which is up to twice as fast on processors
                with instructions for it, and changes the tags of a few tokens in ten thousand
                (`docs/performance.md`).

        Raises:
            ModelFileError: the file is missing, damaged, not a postagger model, or in a newer format.
            DeviceError: the device is not available.
            ConfigError: there is no such dtype.
        """
        choose_device(device)
        check_dtype(dtype)
        return cls(read_checkpoint(path), device=device, dtype=dtype)

    def save(self, path: str | Path) -> None:
        """Saves the tagger, with all its heads, as one ``.safetensors`` file, completely or not at all.

        Raises:
            ModelFileError: the folder or file can't be written.
        """
        write_checkpoint(path, self._checkpoint)

    @property
    def description(self) -> str:
        """A one-line description: model, corpus and seed."""
        model, seed = self.config.model.kind, self.config.training.seed
        return f"{model} tagger trained on {self.record.corpus}, seed {seed}"

    # -- using a tagger -----------------------------------------------------------------------------

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
            device, dtype = str(self.device), self._dtype
            self._views[head] = type(self)(self._checkpoint, head=head, device=device, dtype=dtype)
        return self._views[head]

    @usual_settings()
    def explain(
        self, tokens: Sequence[str], position: int, *, against: str | None = None, head: str | None = None
    ) -> Explanation:
        """Explains the tag predicted for a word by the contribution of every word of the sentence.

        The computation is in float32, whatever the tagger's dtype: where bfloat16 would change the tag, the
        tag predicted in float32 is explained.

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
        chosen = self.with_head(head)
        return explain(chosen.network, chosen.encoding, chosen.tagset, words, position, against)

    def probabilities(self, sentences: Sequence[Sequence[str]], *, lexicon: Lexical | None = None) -> Tensor:
        """The probability of each tag of `tagset` for each token of the sentences, ``(tokens, tags)``.

        Args:
            sentences: must contain at least one token.
            lexicon: as in `tag`.

        Raises:
            DataError: a sentence is not a list of strings.
        """
        words = list(checked(checked_iterable(sentences)))
        return self._predictor.probabilities(words, self._mask(self._dictionary(lexicon)))

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def _mask(self, dictionary: TagDictionary | None) -> TagMask | None:
        return None if dictionary is None else dictionary.mask(self.tagset)

    def _tag_chunk(self, chunk: Chunk, lexicon: TagDictionary | None) -> list[TaggedSentence]:
        if not chunk.words:
            return [[] for _ in chunk.lengths]
        with naming_wrong_tokens(chunk):
            return self._predictor.tag(chunk.words, chunk.lengths, self._mask(lexicon))

    def _tag_columns(self, chunk: Chunk) -> list[TaggedColumns]:
        if not chunk.words:
            return [[] for _ in chunk.lengths]
        with naming_wrong_tokens(chunk):
            numbers = self._predictor_of_heads().tags_by_head(chunk.sentences)
        rows = zip(self.heads.values(), numbers.tolist(), strict=True)
        tags = [map(tagset.tags.__getitem__, row) for tagset, row in rows]
        tokens = (
            (word, dict(zip(self.heads, each, strict=True)))
            for word, *each in zip(chunk.words, *tags, strict=True)
        )
        return [list(itertools.islice(tokens, length)) for length in chunk.lengths]

    def _predictor_of_heads(self) -> HeadsPredictor:
        """Made at the first use, while no other thread forks: a forked process would have half of it."""
        if self._heads_predictor is None:
            with TAGGING:
                networks = [head.network.to(self.device) for head in self._checkpoint.heads.values()]
                self._heads_predictor = HeadsPredictor(networks, self.encoding, self.tagset, self._dtype)
        return self._heads_predictor


def _backbone(given: object) -> Checkpoint:
    """The checkpoint of the tagger given as a backbone.

    Raises:
        ConfigError: it is not a tagger.
    """
    if isinstance(given, Tagger):
        return given._checkpoint
    advice = ""
    if isinstance(given, str | Path):
        advice = f": use Tagger.load({brief(str(given))})"
    elif isinstance(given, Checkpoint):
        advice = ": use Tagger(checkpoint)"
    elif isinstance(given, HeadedTagger):
        advice = ": an ensemble has several networks; choose one of its .taggers"
    raise ConfigError(f"backbone must be a Tagger, not {kind_of(given)}{advice}")
