"""The pipeline's door: from corpora and a config to a checkpoint."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from postagger.checkpoint import Checkpoint
from postagger.config import Config
from postagger.corpora import Corpus
from postagger.features import KeyedVectors, WordVectors
from postagger.models import TrainedModel
from postagger.pipeline.calibration import calibrated
from postagger.pipeline.material import Reporter
from postagger.pipeline.plan import plan_pretraining, plan_training
from postagger.pipeline.run_folder import RunFolder
from postagger.pipeline.runner import run_plan
from postagger.pipeline.teachers import as_teachers
from postagger.torch_settings import usual_settings
from postagger.training.distributed import together


@usual_settings()
def train_tagger(
    corpus: Corpus,
    config: Config,
    reporter: Reporter,
    *,
    backbone: TrainedModel | None = None,
    cache: Path | None = None,
    vectors: WordVectors | KeyedVectors | None = None,
    score_test: bool = True,
    teachers: Iterable[Any] = (),
    folder: RunFolder | None = None,
) -> Checkpoint:
    """Trains a tagger, and before it whatever its config asks for; arguments as in `Tagger.train`."""
    with together(config.training.device) as world:
        plan = plan_training(
            corpus,
            config,
            backbone=backbone,
            cache=cache,
            vectors=vectors,
            score_test=score_test,
            teachers=as_teachers(teachers),
        )
        trained = run_plan(plan, reporter if world.is_first else Reporter(), folder)
    if trained.record.problem is not None:
        warnings.warn(trained.record.problem, stacklevel=4)
    return calibrated(trained, corpus).to_checkpoint()


@usual_settings()
def pretrain_backbone(
    config: Config,
    corpus: Corpus | None,
    reporter: Reporter,
    *,
    vectors: WordVectors | KeyedVectors | None = None,
    folder: RunFolder | None = None,
) -> Checkpoint:
    """Pretrains a backbone; arguments as in `Tagger.pretrain`."""
    with together(config.training.device) as world:
        plan = plan_pretraining(config, corpus, vectors)
        return run_plan(plan, reporter if world.is_first else Reporter(), folder).to_checkpoint()
