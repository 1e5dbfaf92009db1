"""What a network is trained with, and who is told how far the training is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from postagger.config import Config
from postagger.corpora.sentences import check_tags
from postagger.features import Subwords, WordClasses, WordVectors
from postagger.models import TrainedModel
from postagger.pipeline.datasets import DataSet
from postagger.tracking import Tracker, split_hooks
from postagger.tracking.followers import Hook
from postagger.training import EpochRecord


@dataclass(frozen=True)
class Reporter:
    """Reports the progress of a training.

    Attributes:
        on_epoch: called after every epoch.
        progress: show on stderr how far the training is and how long it will take.
        stage: the name of the training in the epoch records; empty for the tagger itself.
        trackers: are told of every epoch too, and of the beginning and the end of the whole run.
    """

    on_epoch: Callable[[EpochRecord], None] = lambda _: None
    progress: bool = False
    stage: str = ""
    trackers: tuple[Tracker, ...] = ()

    @classmethod
    def of(cls, on_epoch: Hook | Sequence[Hook], *, progress: bool) -> Self:
        """
        Args:
            on_epoch: functions and trackers; see `Tagger.train`.

        Raises:
            ConfigError: something is neither.
        """
        functions, trackers = split_hooks(on_epoch)

        def call(record: EpochRecord) -> None:
            for function in functions:
                function(record)

        return cls(call, progress, trackers=trackers)

    def epoch(self, record: EpochRecord) -> None:
        self.on_epoch(replace(record, stage=self.stage))


@dataclass(frozen=True)
class Material:
    """What a network is trained with.

    Attributes:
        config: only the sections words, model, training and transfer are used.
        datasets: the first is the main one.
        dev: sentences for the main data set's heads; the best epoch is chosen on them.
        backbone: the tagger whose shared layers the network starts with; None for random weights.
        vectors, classes: pretrained word vectors and word classes; None with a backbone, which has its own.
        subwords: those of a pretrained encoder, whose weights the network starts with; None with a backbone.
    """

    config: Config
    datasets: Sequence[DataSet]
    dev: DataSet | None = None
    backbone: TrainedModel | None = None
    vectors: WordVectors | None = None
    classes: WordClasses | None = None
    subwords: Subwords | None = None

    def __post_init__(self) -> None:
        """
        Raises:
            DataError: a tag has a control character.
        """
        for dataset in self.datasets:
            for name, each in dataset.by_head.items():
                check_tags(each.tags, name)
