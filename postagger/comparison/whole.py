"""Trainings that count only if they come to their end."""

from __future__ import annotations

import warnings
from typing import Any

from postagger.config import Config
from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.tagger import Tagger


def train_whole(corpus: Corpus, config: Config, **options: Any) -> Tagger:
    """As `Tagger.train`, but a training that diverges is an error: what is left of it can't be compared.

    Raises:
        ConfigError: the training diverged.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        tagger = Tagger.train(corpus, config, score_test=False, **options)
    if tagger.record.problem is not None:
        raise ConfigError(tagger.record.problem)
    return tagger
