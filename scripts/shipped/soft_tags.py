"""The distributions of teachers over texts, in files, and a teacher that reads them."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from postagger.features import TagSet
from postagger.inference.forward import ForwardPredictor
from postagger.models import TrainedModel

BATCH = 64
"""Sentences that a teacher tags at a time, of about the same length."""

Key = tuple[str, ...]


def read_text(path: Path) -> list[list[str]]:
    """The sentences that `texts.write_text` wrote."""
    return [json.loads(line)["tokens"] for line in path.read_text(encoding="utf-8").splitlines()]


def write_soft_tags(teacher: TrainedModel, text: Path, target: Path) -> None:
    """Writes a teacher's distributions for all tokens of a text: for each head an array (tokens, tags)."""
    sentences = read_text(text)
    order = sorted(range(len(sentences)), key=lambda place: len(sentences[place]))
    predictor = ForwardPredictor(
        teacher.to_checkpoint(), teacher, list(teacher.heads), teacher.config.training.dtype
    )
    borders = np.cumsum([len(head.tagset) for head in teacher.heads.values()])[:-1]
    found: dict[int, NDArray[np.float16]] = {}
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        batch = [sentences[place] for place in places]
        scores = predictor.scores([word for words in batch for word in words], list(map(len, batch)))
        parts = [_softmax(part).astype(np.float16) for part in np.split(scores, borders, axis=1)]
        found |= zip(places, np.split(np.concatenate(parts, axis=1), _ends(batch)), strict=True)
    joint = np.concatenate([found[place] for place in range(len(sentences))])
    arrays: dict[str, Any] = dict(zip(teacher.heads, np.split(joint, borders, axis=1), strict=True))
    part = target.with_name(f"part-{target.name}")
    np.savez(part, **arrays)
    part.rename(target)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    raised: NDArray[np.float32] = np.exp(scores - scores.max(axis=1, keepdims=True))
    total: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return total


def _ends(sentences: Sequence[Sequence[str]]) -> list[int]:
    """Where to split the tokens of sentences to get those of each."""
    return list(itertools.accumulate(map(len, sentences)))[:-1]


class SoftTags:
    """A teacher for `Tagger.train` that reads a teacher's distributions from files.

    Attributes:
        heads: the tag set of each head, by its name.
        tagset: that of the selected head.
    """

    description = "a pretrained encoder"

    def __init__(self, heads: Mapping[str, TagSet], files: Iterable[tuple[Path, Path]]) -> None:
        """
        Args:
            heads: those of the teacher.
            files: texts, and what `write_soft_tags` made of each.
        """
        self.heads = dict(heads)
        self._rows: dict[str, dict[Key, NDArray[np.float16]]] = {name: {} for name in heads}
        for text, tags in files:
            sentences = read_text(text)
            with np.load(tags) as arrays:
                for name, rows in self._rows.items():
                    parts = np.split(arrays[name], _ends(sentences))
                    rows |= zip(map(tuple, sentences), parts, strict=True)
        self._select(next(iter(self.heads)))

    def _select(self, head: str) -> None:
        self._head, self.tagset = head, self.heads[head]

    def with_head(self, name: str) -> Self:
        """The same teacher with another head."""
        other = copy.copy(self)
        other._select(name)
        return other

    def probabilities(self, sentences: Sequence[list[str]]) -> NDArray[np.float32]:
        """The probability of each tag for each token, ``(tokens, tags)``."""
        rows = self._rows[self._head]
        found = np.concatenate([rows[tuple(sentence)] for sentence in sentences]).astype(np.float32)
        normal: NDArray[np.float32] = found / found.sum(axis=1, keepdims=True)  # they were rounded
        return normal
