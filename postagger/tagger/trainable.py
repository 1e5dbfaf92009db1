"""How a tagger is trained."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from postagger.checkpoint import Checkpoint
from postagger.config import Config, as_config
from postagger.corpora import TaggedSentence
from postagger.extras import require_torch
from postagger.inference import Dtype
from postagger.tagger.checks import as_folder
from postagger.tagger.engine import backbone_of
from postagger.tagger.text_tagger import TextTagger

if TYPE_CHECKING:
    import torch

    from postagger.corpora import Corpus
    from postagger.features import KeyedVectors, WordVectors
    from postagger.pipeline import RunFolder, Teacher
    from postagger.tagger.tagger import Tagger
    from postagger.tracking.followers import Hook


class TrainableTagger(TextTagger):
    """The part of `Tagger` that trains."""

    @abstractmethod
    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        head: str | None = None,
        device: str | torch.device = "auto",
        dtype: Dtype = "float32",
    ) -> None: ...

    @classmethod
    def train(
        cls,
        corpus: Corpus | Iterable[TaggedSentence],
        config: Config | Mapping[str, Any] | None = None,
        *,
        backbone: Tagger | None = None,
        cache: str | Path | None = None,
        vectors: WordVectors | KeyedVectors | None = None,
        on_epoch: Hook | Sequence[Hook] = (),
        progress: bool = False,
        score_test: bool = True,
        teachers: Iterable[Teacher] = (),
        checkpoints: str | Path | RunFolder | None = None,
    ) -> Self:
        """Trains on ``corpus.train`` and chooses the best epoch on ``corpus.dev``, if there is one.

        (Its length is that of its options.) A token tagged ``_`` is read, but not learned from. Of the
        config's data sets and texts, sentences that repeat dev or test are left out. The same corpora,
        config, machine, versions and number of torch's threads give the same tagger, bit for bit, whatever
        other threads do; torch's random numbers are neither used nor changed. Started by torchrun, several
        processes train it together, and all get it (docs/how-to/distributed.md): then the number of processes
        counts too.

        Args:
            corpus: a corpus, or tagged sentences for training. The tagger's head has the corpus's name.
            config: the settings, from `load_config` or as plain data, ``{"model": {"kind": "lstm"}}``; its
                ``[corpus]`` section is ignored. Default: `Config()`.
            backbone: a tagger whose shared layers this one starts from, as with ``transfer.model``.
            cache: a folder where pretrained backbones and teachers are saved and reused; None saves none.
            vectors: pretrained word vectors in place of ``words.vectors``; a backbone has its own.
            on_epoch: a function that is called with an `EpochRecord` after every epoch, including those of
                pretraining and teachers; or a tracker, such as `postagger.tracking.TensorBoard("runs/x")`,
                which is also told the settings and the end (`docs/how-to/logging.md`); or a list of these. Of
                several processes, only the first calls them.
            progress: show on stderr how far the training is and how long it will take.
            score_test: whether to record the test accuracy in `record`.
            teachers: further ones, besides those of the config, for the text of ``distillation.text``:
                taggers, ensembles, or anything with a `tagset` and a method ``probabilities(sentences)``.
            checkpoints: a folder where the state of the run is saved every five minutes, and when Ctrl-C or
                SIGTERM stops it. The same call goes on from there, and gives the tagger that the unbroken run
                would have given. The folder stays there afterwards. None saves nothing; with a `RunFolder`
                one can choose the interval.

        Raises:
            DataError: the training set has no sentences or no tags, or a text or corpus can't be read.
            ConfigError: an argument or setting is invalid, the backbone does not fit the config or comes with
                other vectors, the learning rate is too high, `checkpoints` is the folder of another run, or
                other processes have other arguments.
            DeviceError: the device that the config names is not available.
            PostaggerError: another of several processes was lost.
        """
        require_torch("training needs")
        from postagger.corpora import as_corpus
        from postagger.pipeline import Reporter, train_tagger

        settings = as_config(config)
        checkpoint = train_tagger(
            as_corpus(corpus),
            settings,
            Reporter.of(on_epoch, progress=progress),
            backbone=None if backbone is None else backbone_of(backbone),
            cache=None if cache is None else as_folder(cache, "cache"),
            vectors=vectors,
            score_test=score_test,
            teachers=teachers,
            folder=None if checkpoints is None else run_folder(checkpoints),
        )
        return cls(checkpoint, device=settings.training.device)

    @classmethod
    def pretrain(
        cls,
        config: Config | Mapping[str, Any],
        corpus: Corpus | None = None,
        *,
        vectors: WordVectors | KeyedVectors | None = None,
        on_epoch: Hook | Sequence[Hook] = (),
        progress: bool = False,
        checkpoints: str | Path | RunFolder | None = None,
    ) -> Self:
        """Pretrains on the data of ``[pretraining]``; the result can be the `backbone` of other taggers.

        Args:
            corpus: the corpus to be trained on afterwards, whose dev and test sentences are left out.
            vectors, on_epoch, checkpoints: see `train`.

        Raises:
            ConfigError: the section names neither corpora nor text, or `checkpoints` is the folder of
                another run.
            DataError: a corpus or text can't be read.
        """
        require_torch("training needs")
        from postagger.corpora import as_corpus
        from postagger.pipeline import Reporter, pretrain_backbone

        settings = as_config(config)
        checkpoint = pretrain_backbone(
            settings,
            None if corpus is None else as_corpus(corpus),
            Reporter.of(on_epoch, progress=progress),
            vectors=vectors,
            folder=None if checkpoints is None else run_folder(checkpoints),
        )
        return cls(checkpoint, device=settings.training.device)


def run_folder(given: str | Path | RunFolder) -> RunFolder:
    """A folder for checkpoints, given by its path.

    Raises:
        ConfigError: a file is in its place.
    """
    from postagger.pipeline import RunFolder

    return given if isinstance(given, RunFolder) else RunFolder(as_folder(given, "checkpoints"))
