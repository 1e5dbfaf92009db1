"""Part-of-speech taggers in PyTorch: train them on treebanks, compare them, tag with them.

A package for each step, in the order in which data passes through them::

    config       what to train, and how: TOML files, settings, the shipped configs
    corpora      tagged sentences, split by document
    text         plain text -> sentences -> tokens
    features     words -> integers
    checkpoint   a model is one safetensors file
    runtime      sentences -> tags without torch: by the native kernel, or in NumPy
    models       integers -> tag scores
    encoder      pretrained transformer encoders among them
    inference    sentences -> tags: chooses how; the networks' own forward pass
    explain      why this tag
    training     minibatch gradient descent on cross-entropy
    tracking     trainings in TensorBoard, MLflow and Weights & Biases
    evaluation   counts -> rates, and tests of significance
    pipeline     what a config asks for: pretraining, distillation, training
    tagger       all of it in one object: Tagger.train, .save, Tagger.load, .tag
    baselines    NLTK's taggers with the same interface
    comparison   several taggers, several seeds, one report
    tuning       a search for better settings within a budget
    serving      taggers in batch engines, as a server, in other libraries' pipelines
    cli          the same from the command line

The names below are imported when they are first used, so that ``import postagger`` takes no time and
PyTorch is loaded only by what needs it.
"""

from postagger.lazy import TYPE_CHECKING, lazy_names
from postagger.version import __version__

if TYPE_CHECKING:
    from postagger.checkpoint import Checkpoint, TrainingRecord, VectorsRecord
    from postagger.config import Config, CorpusConfig, ModelConfig, Overrides, load_config
    from postagger.corpora import (
        Corpus,
        Document,
        TaggedSentence,
        load_corpus,
        load_documents,
        load_files,
        register_reader,
    )
    from postagger.errors import ConfigError, DataError, DeviceError, ModelFileError, PostaggerError
    from postagger.evaluation import (
        Calibration,
        Coverage,
        Evaluation,
        Example,
        Rate,
        ReliabilityBin,
        ScoredToken,
        TagScore,
        TokenOutcome,
        write_predictions,
    )
    from postagger.explain import Explanation, NearestContexts, Neighbour, Part, Reason
    from postagger.features import KeyedVectors, Lexicon, TagDictionary, TagSet, WordVectors, load_vectors
    from postagger.inference import Dtype
    from postagger.models import ContextModel, register_model
    from postagger.tagger import Ensemble, SentenceTagger, Tagger
    from postagger.text import Sentence, Token, load_text, segment
    from postagger.training import EpochRecord, register_optimiser

__all__ = [
    "Calibration",
    "Checkpoint",
    "Config",
    "ConfigError",
    "ContextModel",
    "Corpus",
    "CorpusConfig",
    "Coverage",
    "DataError",
    "DeviceError",
    "Document",
    "Dtype",
    "Ensemble",
    "EpochRecord",
    "Evaluation",
    "Example",
    "Explanation",
    "KeyedVectors",
    "Lexicon",
    "ModelConfig",
    "ModelFileError",
    "NearestContexts",
    "Neighbour",
    "Overrides",
    "Part",
    "PostaggerError",
    "Rate",
    "Reason",
    "ReliabilityBin",
    "ScoredToken",
    "Sentence",
    "SentenceTagger",
    "TagDictionary",
    "TagScore",
    "TagSet",
    "TaggedSentence",
    "Tagger",
    "Token",
    "TokenOutcome",
    "TrainingRecord",
    "VectorsRecord",
    "WordVectors",
    "__version__",
    "load_config",
    "load_corpus",
    "load_documents",
    "load_files",
    "load_text",
    "load_vectors",
    "register_model",
    "register_optimiser",
    "register_reader",
    "segment",
    "write_predictions",
]

if not TYPE_CHECKING:  # a type checker reads the imports above, and is to complain of other names
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "checkpoint": "Checkpoint TrainingRecord VectorsRecord",
            "config": "Config CorpusConfig ModelConfig Overrides load_config",
            "corpora": "Corpus Document TaggedSentence load_corpus load_documents load_files register_reader",
            "errors": "ConfigError DataError DeviceError ModelFileError PostaggerError",
            "evaluation": "Calibration Coverage Evaluation Example Rate ReliabilityBin ScoredToken TagScore "
            "TokenOutcome write_predictions",
            "explain": "Explanation NearestContexts Neighbour Part Reason",
            "features": "KeyedVectors Lexicon TagDictionary TagSet WordVectors load_vectors",
            "inference": "Dtype",
            "models": "ContextModel register_model",
            "tagger": "Ensemble SentenceTagger Tagger",
            "text": "Sentence Token load_text segment",
            "training": "EpochRecord register_optimiser",
        },
        needing_torch=("explain", "models", "training"),
    )
