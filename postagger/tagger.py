"""What a user holds: a network with its vocabularies, tag set and lexicon."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from nltk.tag.api import TaggerI

from postagger.config import Config, parse_config
from postagger.corpora import Corpus, TaggedSentence
from postagger.encoding import EncodedCorpus, Lexicon, TagSet, Vocabulary, WordEncoding
from postagger.encoding.normalise import straight_quotes
from postagger.errors import ConfigError, DataError, ModelFileError
from postagger.evaluation import Evaluation, evaluate
from postagger.inference import FastReader, PlainReader
from postagger.model_file import read_model, write_model
from postagger.models import TaggingNetwork, build_network
from postagger.training import EpochRecord, choose_device, train
from postagger.training.device import reproducible
from postagger.version import __version__

TOKEN_BUDGET = 8192
"""Tokens tagged at a time, or one sentence if it is longer."""


class SentenceTagger(TaggerI):  # type: ignore[misc]  # NLTK has no types
    """What every tagger can do that tags sentences one by one and knows what it was trained on.

    It is an NLTK tagger: ``accuracy``, ``confusion``, ``evaluate_per_tag`` and their kin work on it.

    Attributes:
        tagset: the tags that it answers.
        lexicon: what training saw of each word.
        parameter_count: numbers that training set.
    """

    tagset: TagSet
    lexicon: Lexicon
    parameter_count: int

    @abstractmethod
    def tag_sents(self, sentences: Iterable[Sequence[str]]) -> Iterator[TaggedSentence]:
        """Tags sentences, one answer for each, in their order; they are read lazily."""

    def tag(self, tokens: Sequence[str]) -> TaggedSentence:
        """Tags one sentence.

        Args:
            tokens: the words, in the Penn treebank's tokenisation if it was trained on that.

        Returns:
            ``(token, tag)`` pairs; the tokens exactly as given.
        """
        return next(self.tag_sents([tokens]))

    def evaluate_on(self, gold: Corpus | Iterable[TaggedSentence], split: str = "test") -> Evaluation:
        """Compares the tagger's answers with gold tags.

        Args:
            gold: tagged sentences, or a corpus, of which the part `split` is taken.

        Raises:
            DataError: there is no token to evaluate on.
        """
        sentences = gold.part(split) if isinstance(gold, Corpus) else list(gold)
        if not any(sentences):
            name = f"the {split} part of {gold.name!r}" if isinstance(gold, Corpus) else "the gold standard"
            raise DataError(f"there is nothing to evaluate on: {name} holds no token")
        answers = self.tag_sents([[word for word, _ in sentence] for sentence in sentences])
        return evaluate(sentences, answers, self.lexicon, self.tagset)

    def accuracy(self, gold: Iterable[TaggedSentence]) -> float:
        """Token accuracy in 0..1, as NLTK's taggers give it; `gold` may be a generator, unlike theirs."""
        return float(super().accuracy(list(gold)))


class Tagger(SentenceTagger):
    """A trained part-of-speech tagger. Make one with `Tagger.train` or `Tagger.load`.

    Attributes:
        config: the run that made it.
        history: a plain record of its training: corpus, counts, epochs, scores, versions.
    """

    def __init__(
        self,
        config: Config,
        encoding: WordEncoding,
        tagset: TagSet,
        lexicon: Lexicon,
        network: TaggingNetwork,
        history: dict[str, Any],
    ) -> None:
        self.config = config
        self.encoding = encoding
        self.tagset = tagset
        self.lexicon = lexicon
        self.network = network.eval()
        self.parameter_count = network.parameter_count
        self.history = history
        self._names = np.array(tagset.tags, dtype=object)
        self._plain = PlainReader(network, encoding)
        self._reader = FastReader(network, encoding) if self.device.type == "cpu" else self._plain

    # -- making one ---------------------------------------------------------------------------------

    @classmethod
    def train(
        cls,
        corpus: Corpus,
        config: Config | None = None,
        *,
        on_epoch: Callable[[EpochRecord], None] = lambda _: None,
        progress: bool = False,
    ) -> Self:
        """Trains on ``corpus.train`` and chooses the best epoch on ``corpus.dev``, if there is one.

        The test part is not looked at. Same corpus, config, machine and versions: the same tagger,
        bit for bit. Torch's global random numbers are left as they were.

        Args:
            config: the run; its ``[corpus]`` section is kept for the record, not read. Default: `Config()`.
            on_epoch: called after every epoch.
            progress: show bars on stderr, if that is a terminal.

        Raises:
            DataError: the training set is empty.
            DeviceError: the device that the config names is not there.
        """
        config = config or Config()
        device = choose_device(config.training.device)
        if not any(corpus.train):
            raise DataError(
                f"there is nothing to learn: the training set of {corpus.name!r} holds no sentence"
            )
        lexicon = Lexicon.from_sentences(corpus.train)
        tagset = TagSet(sorted({tag for sentence in corpus.train for _, tag in sentence}))
        words = (word for s in corpus.train for word in straight_quotes([word for word, _ in s]))
        encoding = WordEncoding.fit(words, config.words)
        data, dev = (
            EncodedCorpus.encode(part, encoding, tagset).to(device) for part in (corpus.train, corpus.dev)
        )
        with reproducible(config.training.seed, device):
            network = build_network(config, encoding, tagset).to(device)
            records = train(
                network,
                data,
                dev,
                config.training,
                word_dropout=config.words.word_dropout,
                on_epoch=on_epoch,
                progress=progress,
            )
        scores = [record.dev_accuracy for record in records]
        best = max(scores, key=lambda score: -1.0 if score is None else score)
        history = {
            "corpus": corpus.name,
            "train_sentences": len(data),
            "train_tokens": len(data.tokens),
            "dev_tokens": len(dev.tokens),
            "traces_dropped": corpus.traces,
            "epochs": len(records),
            "best_epoch": len(records) if best is None else 1 + scores.index(best),
            "dev_accuracy": best,
            "versions": {"postagger": __version__, "torch": torch.__version__},
        }
        return cls(config, encoding, tagset, lexicon, network, history)

    @classmethod
    def load(cls, path: str | Path, *, device: str = "auto") -> Self:
        """Reads a tagger that `save` wrote.

        Args:
            device: ``auto`` (CUDA where there is a device), ``cpu``, ``cuda`` or ``cuda:N``.

        Raises:
            ModelFileError: the file is missing, damaged, not one of ours, or of a newer format.
            DeviceError: the device is not there.
        """
        target = choose_device(device)
        weights, metadata = read_model(path)
        try:
            config = parse_config(metadata["config"], source=str(path))
            encoding = WordEncoding(
                config.words,
                {name: Vocabulary(strings) for name, strings in metadata["vocabularies"].items()},
            )
            tagset = TagSet(metadata["tags"])
            lexicon = Lexicon({word: (count, tags) for word, count, tags in metadata["lexicon"]})
            with torch.random.fork_rng(devices=[]):
                network = build_network(config, encoding, tagset)
            network.load_state_dict(weights)
            history = {"corpus": metadata["history"]["corpus"], **metadata["history"]}
        except (
            ConfigError,
            DataError,
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            RuntimeError,
        ) as error:
            problem = " ".join(str(error).split())
            raise ModelFileError(f"{path} is damaged: its parts do not fit each other ({problem})") from None
        return cls(config, encoding, tagset, lexicon, network.to(target), history)

    def save(self, path: str | Path) -> None:
        """Writes the tagger as one ``.safetensors`` file, whole or not at all.

        Raises:
            ModelFileError: the folder or file can't be written.
        """
        metadata = {
            "config": self.config.model_dump(mode="json"),
            "tags": list(self.tagset),
            "vocabularies": {name: list(table) for name, table in self.encoding.vocabularies.items()},
            "lexicon": [[word, *entry] for word, entry in self.lexicon.entries.items()],
            "history": self.history,
        }
        write_model(path, self.network.state_dict(), metadata)

    # -- using it -----------------------------------------------------------------------------------

    def tag_sents(self, sentences: Iterable[Sequence[str]]) -> Iterator[TaggedSentence]:
        """Tags sentences, one answer for each, in their order.

        The sentences are read lazily, about `TOKEN_BUDGET` tokens ahead of the answers, so any number
        of them can be streamed. What a sentence is tagged with does not depend on its neighbours.
        """
        for first, chunk in _chunks(sentences):
            answers = iter(self._tags(chunk, first))
            for sentence in chunk:
                yield list(zip(sentence, answers, strict=False))  # the last sentence ends the answers

    def distributions(self, tokens: Sequence[str]) -> list[dict[str, float]]:
        """For each token the probability of every tag.

        Returns:
            One dict a token, tag to probability in 0..1, the most probable first.
        """
        (words,) = checked([tokens])
        if not words:
            return []
        rows = self._plain.probabilities([words]).tolist()
        return [dict(sorted(zip(self.tagset, row, strict=True), key=lambda entry: -entry[1])) for row in rows]

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def _tags(self, sentences: list[list[str]], first: int) -> list[str]:
        """The tags of all tokens of some sentences, of which the first one has this number."""
        if not any(sentences):
            return []
        try:
            numbers = self._reader.tags(sentences)
        except TypeError:
            for _ in checked(sentences, first):
                pass  # it names the token that is none
            raise
        tags: list[str] = self._names[numbers].tolist()
        return tags


def checked(sentences: Iterable[Sequence[str]], first: int = 1) -> Iterator[list[str]]:
    """The sentences one by one, each a list of its own.

    Args:
        first: the number of the first sentence.

    Raises:
        DataError: a sentence is one string, or holds something that is no string.
    """
    for number, sentence in enumerate(sentences, first):
        words = _own_list(sentence, number)
        for word in words:
            if not isinstance(word, str):
                raise DataError(f"sentence {number} holds {word!r}, which is no token: a token is a string")
        yield words


def _own_list(sentence: Sequence[str], number: int) -> list[str]:
    if isinstance(sentence, str):
        raise DataError(
            f"sentence {number} is one string, {sentence[:40]!r}: a sentence is a list of tokens, "
            "as sentence.split() or a tokeniser gives it"
        )
    return list(sentence)


def _chunks(sentences: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[list[str]]]]:
    """Sentences in groups of up to `TOKEN_BUDGET` tokens, each with the number of its first one."""
    first = 1
    chunk: list[list[str]] = []
    tokens = 0
    for number, sentence in enumerate(sentences, 1):
        words = _own_list(sentence, number)
        if chunk and tokens + len(words) > TOKEN_BUDGET:
            yield first, chunk
            first, chunk, tokens = number, [], 0
        chunk.append(words)
        tokens += max(1, len(words))  # so that a run of empty sentences ends as well
    if chunk:
        yield first, chunk
