"""The typed settings of a training run: corpus, word representation, model and training.

A config is a TOML file with the sections ``[corpus]``, ``[words]``, ``[model]``, ``[training]`` and
``[text]``, and for training on more than one corpus ``[[datasets]]``, ``[pretraining]``, ``[transfer]`` and
``[distillation]``. `load_config` reads one and applies ``section.key=value`` overrides. An unknown key, a
value out of bounds or an unknown model kind is a `ConfigError` that names the setting and suggests the
nearest known name.
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
    EncoderConfig,
    GruConfig,
    LogisticConfig,
    LstmConfig,
    ModelConfig,
    ModelKind,
    PretrainedConfig,
    RnnConfig,
    WindowConfig,
)
from postagger.config.overrides import Overrides
from postagger.config.raw_text import TextConfig
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
    "EncoderConfig",
    "GruConfig",
    "LogisticConfig",
    "LstmConfig",
    "ModelConfig",
    "ModelKind",
    "OptimiserKind",
    "Overrides",
    "PretrainedConfig",
    "PretrainingConfig",
    "RnnConfig",
    "TextConfig",
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
