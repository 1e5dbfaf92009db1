"""The plan of a search: searches with equal plans have equal runs."""

from __future__ import annotations

import hashlib
import itertools
import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from postagger.config import Config
from postagger.corpora import Corpus
from postagger.pipeline import further_basis
from postagger.tuning.space import knobs
from postagger.tuning.study import Sampler
from postagger.version import __version__


def plan_of(config: Config, corpus: Corpus, sampler: Sampler) -> dict[str, Any]:
    """Everything that determines the runs of a search, as plain data.

    Raises:
        ConfigError: the config of a teacher can't be read.
    """
    digest = hashlib.sha256()
    for sentence in itertools.chain(corpus.train, ["dev"], corpus.dev):
        digest.update(json.dumps(sentence).encode())
    more = further_basis(config)
    if config.datasets or config.pretraining.corpora or config.pretraining.text or config.distillation.text:
        more["unseen"] = hashlib.sha256(json.dumps(corpus.test).encode()).hexdigest()
    return {
        **more,
        "sampler": sampler,
        "corpus": corpus.name,
        "sentences": digest.hexdigest(),
        "config": config.model_dump(mode="json"),
        "space": {knob.name: asdict(knob.values) for knob in knobs(config)},
        "versions": {
            "postagger": __version__,
            "Python": platform.python_version(),
            "torch": version("torch"),
            "optuna": version("optuna"),
        },
    }
