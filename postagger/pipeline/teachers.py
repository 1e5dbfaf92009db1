"""Teachers of a student: whatever gives a distribution over tags for each token of a sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from postagger.checkpoint import TrainingRecord, model_files
from postagger.config import is_config
from postagger.errors import ConfigError, brief
from postagger.features import TagSet
from postagger.inference import ReferencePredictor
from postagger.models import TrainedModel

_TOLERANCE = 0.01
"""By how much the sum of a token's probabilities may differ from 1."""


class Teacher(Protocol):
    """What a student can learn from; `Tagger` and `Ensemble` are teachers.

    A teacher may also have `heads`, a mapping by name, and `with_head(name)`, a teacher with another one; and
    a `record` or a `description`, for the student's training record.

    Attributes:
        tagset: its tags, in the order of the probabilities.
    """

    @property
    def tagset(self) -> Collection[str]: ...

    def probabilities(self, sentences: Sequence[list[str]], /) -> Any:
        """The probability of each tag for each token of the sentences, ``(tokens, tags)``, as an array."""


@dataclass(frozen=True)
class ModelTeacher:
    """A trained model as a teacher, which computes in the data type in which it was trained.

    Attributes:
        head: the name of the head that teaches.
    """

    model: TrainedModel
    head: str

    @classmethod
    def of(cls, model: TrainedModel) -> Self:
        """Its main head as a teacher."""
        return cls(model, next(iter(model.heads)))

    @property
    def tagset(self) -> TagSet:
        return self.model.heads[self.head].tagset

    @property
    def heads(self) -> dict[str, TagSet]:
        return {name: head.tagset for name, head in self.model.heads.items()}

    @property
    def record(self) -> TrainingRecord:
        return self.model.record

    def with_head(self, name: str) -> Self:
        return type(self)(self.model, name)

    def probabilities(self, sentences: Sequence[list[str]], /) -> NDArray[np.float32]:
        return self.probabilities_by([self.head], sentences)[self.head]

    def probabilities_by(
        self, heads: Sequence[str], sentences: Sequence[list[str]]
    ) -> dict[str, NDArray[np.float32]]:
        """`probabilities` of several heads by name, from one reading of the sentences."""
        networks = [self.model.heads[name].network for name in heads]
        predictor = ReferencePredictor(networks[0], self.model.encoding)
        device = next(networks[0].parameters()).device
        half = self.model.config.training.dtype == "bfloat16"
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            found = predictor.probabilities_by(networks, sentences)
        return {name: each.float().cpu().numpy() for name, each in zip(heads, found, strict=True)}

    def identity(self) -> str:
        """A digest of all that its probabilities depend on."""
        checkpoint = self.model.to_checkpoint()
        vocabularies = {name: list(table) for name, table in checkpoint.encoding.vocabularies.items()}
        subwords = checkpoint.encoding.subwords
        settings = checkpoint.config.model_dump(mode="json", include={"words", "model", "training"})
        parts = [self.head, list(self.tagset), vocabularies, settings, subwords and subwords.plain()]
        digest = hashlib.sha256(json.dumps(parts).encode())
        for name, array in sorted(checkpoint.weights.items()):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def read_teachers(names: Iterable[str]) -> list[ModelTeacher]:
    """Reads taggers from model files and from folders of them; skips the names of configs.

    Raises:
        ModelFileError: a file can't be read, or a folder contains none.
    """
    files = (file for name in names if not is_config(name) for file in model_files(name))
    return [ModelTeacher.of(TrainedModel.load(file)) for file in files]


def as_teachers(given: Iterable[Any]) -> list[Teacher]:
    """Checks that all are teachers.

    Raises:
        ConfigError: one is not, or they are not in a list.
    """
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable) or hasattr(given, "probabilities"):
        raise ConfigError(f"teachers must be a list of taggers, not {brief(given)}")
    teachers = list(given)
    for each in teachers:
        tags = getattr(each, "tagset", None)
        listed = isinstance(tags, Collection) and not isinstance(tags, str)
        if not (listed and callable(getattr(each, "probabilities", None))):
            advice = ": use Tagger.load" if isinstance(each, str) else ""
            raise ConfigError(
                f"a teacher must have a tagset and a method probabilities(sentences); {brief(each)} has not"
                f"{advice}"
            )
    return teachers


def for_head(teacher: Teacher, name: str) -> Teacher:
    """The teacher with the head of that name, if it has one; else as it is."""
    if name not in heads_of(teacher):
        return teacher
    chosen: Teacher = teacher.with_head(name)  # type: ignore[attr-defined]
    return chosen


def heads_of(teacher: Teacher) -> Mapping[str, Collection[str]]:
    """The tags of each of a teacher's heads by name; empty if it has only one, without a name."""
    heads: Mapping[str, Collection[str]] = getattr(teacher, "heads", {})
    return heads


def name_of(teacher: Teacher) -> str:
    """What a teacher was trained on; or else its description, or the name of its class."""
    record = getattr(teacher, "record", None)
    if isinstance(record, TrainingRecord):
        return record.corpus
    described = getattr(teacher, "description", None)
    return described if isinstance(described, str) else type(teacher).__name__


def left_out_of(teacher: Teacher) -> Mapping[str, int]:
    """The numbers of sentences that were left out of a teacher's texts, as far as is known."""
    record = getattr(teacher, "record", None)
    return record.left_out if isinstance(record, TrainingRecord) else {}


def probabilities_of(
    teachers: Sequence[Teacher], sentences: Sequence[list[str]]
) -> list[NDArray[np.float32]]:
    """The probabilities of one teacher for some sentences, checked.

    Args:
        teachers: the teacher with one or more of its heads selected; see `for_head`.

    Returns:
        ``(tokens, tags)`` for each head.

    Raises:
        ConfigError: they are not distributions, one for each token.
    """
    models = [each for each in teachers if isinstance(each, ModelTeacher)]
    given: Sequence[Any]
    if models:
        given = list(models[0].probabilities_by([each.head for each in models], sentences).values())
    else:
        given = [each.probabilities(sentences) for each in teachers]
    return [_checked(each, own, sentences) for each, own in zip(teachers, given, strict=True)]


def _checked(teacher: Teacher, given: Any, sentences: Sequence[list[str]]) -> NDArray[np.float32]:
    """The probabilities that a teacher gave.

    Raises:
        ConfigError: they are not distributions, one for each token.
    """
    expected = sum(map(len, sentences)), len(list(teacher.tagset))
    try:
        rows = given.detach().float().cpu() if isinstance(given, torch.Tensor) else given
        found = np.asarray(rows, np.float32)
    except (TypeError, ValueError, RuntimeError):  # a list of lists of other lengths, or no numbers at all
        found = np.zeros((), np.float32)
    if found.shape != expected:
        shape = found.shape or brief(given)
        raise ConfigError(
            f"the teacher {name_of(teacher)} must give probabilities of the shape (tokens, tags), here "
            f"{expected}; it gave {shape}"
        )
    if not (np.isfinite(found).all() and (found >= 0).all() and (abs(found.sum(1) - 1) < _TOLERANCE).all()):
        raise ConfigError(
            f"the teacher {name_of(teacher)} gave probabilities of a token that do not sum to 1"
        )
    return found
