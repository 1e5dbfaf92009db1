"""What a user holds: a network with its vocabularies, tag sets and lexicon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from postagger.checkpoint.checkpoint import TaggerParts, read_parts, write_parts
from postagger.config import Config
from postagger.corpora import Corpus, TaggedSentence
from postagger.errors import ConfigError, DataError
from postagger.evaluation import Evaluation
from postagger.explain import Explanation, explain
from postagger.features import KeyedVectors, WordVectors, choose_vectors
from postagger.inference import PRECISIONS, FastReader, Precision
from postagger.pipeline.datasets import Sources
from postagger.pipeline.plan import learn
from postagger.pipeline.pretraining import pretrain, pretraining_lessons
from postagger.tagger.base import SentenceTagger, ranked
from postagger.tagger.streaming import Chunk, checked, stream
from postagger.training import EpochRecord, choose_device


class Tagger(SentenceTagger):
    """A trained part-of-speech tagger. Make one with `Tagger.train` or `Tagger.load`.

    Attributes:
        config: the run that made it.
        tagsets: all tag sets that it can answer in, by name; `tagset` is the one that it does answer in.
        history: a plain record of its training: corpora, counts, epochs, scores, versions.
    """

    def __init__(
        self,
        parts: TaggerParts,
        *,
        tagset: str | None = None,
        device: str = "auto",
        precision: Precision = "float32",
    ) -> None:
        """
        Args:
            tagset: the name of the tag set to answer in; default: that of the main corpus.
            device, precision: see `load`.
        """
        if precision not in PRECISIONS:
            raise ConfigError(f"{precision!r} is no precision: use {' or '.join(PRECISIONS)}")
        target = choose_device(device)
        head = parts.main if tagset is None else parts.heads[tagset]
        self._parts = parts
        self._views: dict[str, Tagger] = {}
        self.config = parts.config
        self.encoding = parts.encoding
        self.lexicon = parts.lexicon
        self.history = parts.history
        self.tagsets = {name: each.tagset for name, each in parts.heads.items()}
        self._precision = precision
        self.tagset = head.tagset
        self.network = head.network.to(target)
        self.parameter_count = self.network.parameter_count
        self._reader = FastReader(self.network, self.encoding, self.tagset, precision)

    # -- making one ---------------------------------------------------------------------------------

    @classmethod
    def train(
        cls,
        corpus: Corpus,
        config: Config | None = None,
        *,
        body: Tagger | None = None,
        bodies: str | Path | None = None,
        vectors: WordVectors | KeyedVectors | None = None,
        on_epoch: Callable[[EpochRecord], None] = lambda _: None,
        progress: bool = False,
    ) -> Self:
        """Trains on ``corpus.train`` and chooses the best epoch on ``corpus.dev``, if there is one.

        A token tagged ``_`` has no tag: its word is counted and read, but no tag is learned from it.
        The test part is not learned from. What else the config names (tasks, pretraining, plain text) is
        loaded, and whatever repeats a sentence of dev or test is left out of it. Same corpora, config,
        machine and versions: the same tagger, bit for bit. Torch's global random numbers are left as
        they were.

        Args:
            config: the run; its ``[corpus]`` section is kept for the record, not read. Default: `Config()`.
            body: a tagger whose body this one starts with, as with ``transfer.model``.
            bodies: a folder in which pretrained bodies, and teachers that are trained first, are kept for
                the next time; None keeps none.
            vectors: pretrained word vectors, instead of those of the file ``words.vectors``. With a body
                they are the body's.
            on_epoch: called after every epoch, also of what comes before the training proper.
            progress: show bars on stderr, if that is a terminal.

        Raises:
            DataError: the training set holds no sentence or no tag, or a text or corpus can't be read.
            ConfigError: the body doesn't fit the config or comes with other vectors, or the learning rate
                is too high.
            DeviceError: the device that the config names is not there.
        """
        config = config or Config()
        parts = learn(
            corpus,
            config,
            body=None if body is None else body._parts,
            bodies=None if bodies is None else Path(bodies),
            vectors=vectors,
            on_epoch=on_epoch,
            progress=progress,
        )
        return cls(parts, device=config.training.device)

    @classmethod
    def pretrain(
        cls,
        config: Config,
        corpus: Corpus | None = None,
        *,
        vectors: WordVectors | KeyedVectors | None = None,
        on_epoch: Callable[[EpochRecord], None] = lambda _: None,
        progress: bool = False,
    ) -> Self:
        """Learns what ``[pretraining]`` names, for the sake of the body: see `train`.

        Args:
            corpus: what is to be learned afterwards; what repeats its dev and test parts is left out.
            vectors: see `train`.

        Raises:
            ConfigError: the section names neither corpora nor text.
            DataError: one of them can't be read.
        """
        sources = Sources(corpus)
        lessons = pretraining_lessons(config, sources)
        words = (word for lesson in lessons for sentence in lesson.sentences for word, _ in sentence)
        pretrained = choose_vectors(vectors, config.words, words)
        parts = pretrain(config, lessons, vectors=pretrained, on_epoch=on_epoch, progress=progress)
        parts.history["left_out"] = sources.left_out
        return cls(parts, device=config.training.device)

    @classmethod
    def load(cls, path: str | Path, *, device: str = "auto", precision: Precision = "float32") -> Self:
        """Reads a tagger that `save` wrote.

        Args:
            device: ``auto`` (CUDA where there is a device), ``cpu``, ``cuda`` or ``cuda:N``.
            precision: of the arithmetic: ``float32``, or ``bfloat16``, which is up to twice as fast on
                processors that have instructions for it, and gives a few tokens in ten thousand another
                tag (`docs/performance.md`).

        Raises:
            ModelFileError: the file is missing, damaged, not one of ours, or of a newer format.
            DeviceError: the device is not there.
            ConfigError: there is no such precision.
        """
        choose_device(device)
        return cls(read_parts(path), device=device, precision=precision)

    def save(self, path: str | Path) -> None:
        """Writes the tagger, with all its tag sets, as one ``.safetensors`` file, whole or not at all.

        Raises:
            ModelFileError: the folder or file can't be written.
        """
        write_parts(path, self._parts)

    @property
    def description(self) -> str:
        """In a line: model, corpus and seed."""
        model, seed = self.config.model.kind, self.config.training.seed
        return f"{model} tagger trained on {self.history['corpus']}, seed {seed}"

    # -- using it -----------------------------------------------------------------------------------

    def with_tagset(self, name: str | None) -> Tagger:
        """The same tagger answering in another of its tag sets; they share their body.

        Raises:
            ConfigError: it has no such tag set.
        """
        if name is None or self.tagsets.get(name) is self.tagset:
            return self
        if name not in self.tagsets:
            raise ConfigError(f"this tagger has the tag sets {', '.join(self.tagsets)}, but not {name!r}")
        if name not in self._views:
            self._views[name] = Tagger(
                self._parts, tagset=name, device=str(self.device), precision=self._precision
            )
        return self._views[name]

    def tag(self, tokens: Sequence[str], *, tagset: str | None = None) -> TaggedSentence:
        """Tags one sentence.

        Args:
            tokens: the words, in the Penn treebank's tokenisation if it was trained on that.
            tagset: which of its `tagsets` to answer in; default: `tagset`.

        Returns:
            ``(token, tag)`` pairs; the tokens exactly as given.
        """
        return next(self.tag_sents([tokens], tagset=tagset))

    def tag_sents(
        self, sentences: Iterable[Sequence[str]], *, tagset: str | None = None, workers: int = 1
    ) -> Iterator[TaggedSentence]:
        """Tags sentences, one answer for each, in their order.

        The sentences are read lazily, about 32,000 tokens ahead of the answers, so any number of them can
        be streamed. What a sentence is tagged with does not depend on its neighbours.

        Args:
            tagset: as in `tag`.
            workers: threads that tag at the same time, each of which reads as far ahead.

        Raises:
            DataError: a sentence is no list of strings.
            ConfigError: there is no such tag set, or fewer than one worker.
        """
        return stream(self.with_tagset(tagset)._tagged, sentences, workers)

    def distributions(self, tokens: Sequence[str], *, tagset: str | None = None) -> list[dict[str, float]]:
        """For each token the probability of every tag; `tagset` as in `tag`.

        Returns:
            One dict a token, tag to probability in 0..1, the most probable first.
        """
        (words,) = checked([tokens])
        if not words:
            return []
        chosen = self.with_tagset(tagset)
        return ranked(chosen.tagset, chosen.probabilities([words]))

    def explain(
        self, tokens: Sequence[str], position: int, *, against: str | None = None, tagset: str | None = None
    ) -> Explanation:
        """Why a word of a sentence has the tag that it is given: what every word does for it.

        It is read in float32, whatever the tagger's precision: a tag that bfloat16 changes is not explained,
        but the one that float32 gives.

        Args:
            position: of the word, from 0 on.
            against: the tag that it is compared with; None: the most probable one beside the answer.
            tagset: as in `tag`.

        Raises:
            DataError: the sentence is no list of strings, or has no word at that position.
            ConfigError: there is no such tag or tag set, or the tag is the answer.
        """
        (words,) = checked([tokens])
        if not isinstance(position, int):
            raise DataError(f"{position!r} is no position: it is a whole number, from 0 on")
        if not 0 <= position < len(words):
            raise DataError(
                f"position {position} is not in this sentence: its {len(words)} words count from 0"
            )
        chosen = self.with_tagset(tagset)
        return explain(chosen.network, chosen.encoding, chosen.tagset, words, position, against)

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> Tensor:
        """The probability of each tag of `tagset` for each token of some sentences: ``(tokens, tags)``.

        Args:
            sentences: one or more tokens in all.
        """
        return self._reader.probabilities(sentences)

    def evaluate_on(
        self, gold: Corpus | Iterable[TaggedSentence], split: str = "test", *, tagset: str | None = None
    ) -> Evaluation:
        """Compares the tagger's answers with gold tags; `tagset` as in `tag`.

        Args:
            gold: tagged sentences, or a corpus, of which the part `split` is taken.

        Raises:
            DataError: there is no tagged token to evaluate on.
        """
        return super(Tagger, self.with_tagset(tagset)).evaluate_on(gold, split)

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def _tagged(self, chunk: Chunk) -> list[TaggedSentence]:
        if not chunk.words:
            return [[] for _ in chunk.lengths]
        try:
            return self._reader.tag(chunk.words, chunk.lengths)
        except TypeError:
            for _ in checked(chunk.sentences, chunk.first):
                pass  # it names the token that is none
            raise
