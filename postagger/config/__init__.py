"""A run, typed: which corpus, how words are represented, which model, how it is trained.

A config is a TOML file with the sections ``[corpus]``, ``[words]``, ``[model]`` and ``[training]``, and for
learning from more than one corpus ``[[datasets]]``, ``[pretraining]``, ``[transfer]`` and ``[distillation]``.
`load_config` reads one and lays ``section.key=value`` overrides on top. An unknown key, a value out
of bounds or an unknown model kind is a `ConfigError` that names the place and the nearest known name.
"""

from postagger.config.datasets import (
    CorpusConfig,
    DatasetConfig,
    DistillationConfig,
    PretrainingConfig,
    TransferConfig,
)
from postagger.config.load import as_config, is_config, load_config, override_config, parse_config
from postagger.config.models import (
    MODELS,
    Activation,
    GruConfig,
    LogisticConfig,
    LstmConfig,
    ModelConfig,
    ModelKind,
    RnnConfig,
    WindowConfig,
)
from postagger.config.overrides import Overrides
from postagger.config.schema import Config
from postagger.config.training import OPTIMISERS, OptimiserKind, TrainingConfig
from postagger.config.word_features import WordsConfig

__all__ = [
    "MODELS",
    "OPTIMISERS",
    "Activation",
    "Config",
    "CorpusConfig",
    "DatasetConfig",
    "DistillationConfig",
    "GruConfig",
    "LogisticConfig",
    "LstmConfig",
    "ModelConfig",
    "ModelKind",
    "OptimiserKind",
    "Overrides",
    "PretrainingConfig",
    "RnnConfig",
    "TrainingConfig",
    "TransferConfig",
    "WindowConfig",
    "WordsConfig",
    "as_config",
    "is_config",
    "load_config",
    "override_config",
    "parse_config",
]
