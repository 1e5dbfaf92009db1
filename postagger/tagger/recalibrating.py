"""Fits the temperatures of all heads of a tagger to a text, and measures what that changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from postagger.corpora import UNTAGGED, Corpus, TaggedSentence
from postagger.errors import DataError
from postagger.evaluation import Calibration, fit_temperature, tempered
from postagger.tagger.calibrating import Material, material
from postagger.tagger.ensemble import Ensemble
from postagger.tagger.tagger import Tagger

AnyTagger = TypeVar("AnyTagger", bound=Tagger | Ensemble)


class Recalibration(NamedTuple):
    """What a new temperature changes for one head.

    Attributes:
        head: its name.
        tokens: how many have a gold tag that the tagger knows.
        unknown_tags: how many have another one, and do not count.
        temperatures: those of its members before; of a single tagger one.
        temperature: the new one.
        error_before, error_after: the expected calibration error on this text, in 0..1. That after is too
            good: the temperature was fitted to the same tokens.
        error_held_out: the error if the temperature is fitted to every other sentence and measured on the
            rest, and the other way round: what to expect of other text of this kind. None of a single
            sentence.
    """

    head: str
    tokens: int
    unknown_tags: int
    temperatures: tuple[float, ...]
    temperature: float
    error_before: float
    error_after: float
    error_held_out: float | None


def recalibrate(
    tagger: AnyTagger,
    gold: Corpus | Iterable[TaggedSentence],
    split: str = "dev",
    *,
    heads: Iterable[str] | None = None,
) -> tuple[AnyTagger, list[Recalibration]]:
    """As `Tagger.calibrate` and `Ensemble.calibrate` for several heads; also says what has changed.

    Args:
        gold: tagged sentences that it was not trained on, or a corpus, whose part `split` is used, and of
            several columns that of each head. The first 50,000 tokens are enough.
        heads: default: the selected one.

    Returns:
        A tagger with the same head selected, and a record for each head.

    Raises:
        DataError: there is no token with one of the tags of a head, or as in `Tagger.calibrate`.
        ConfigError: there is no such head.
    """
    if not isinstance(gold, Corpus):
        gold = list(gold)
    changed: Tagger | Ensemble = tagger
    names, records = list(heads or ()) or [tagger.head], []
    for head in names:
        changed = changed.with_head(head)
        try:
            found = material(_members(changed), gold, split)
        except DataError as error:
            raise DataError(f"{head}: {error}" if len(names) > 1 else str(error)) from None
        records.append(_record(changed, found))
        changed = changed.at_temperature(records[-1].temperature)
    return cast("AnyTagger", changed.with_head(tagger.head)), records


def _members(tagger: Tagger | Ensemble) -> Sequence[Tagger]:
    return tagger.taggers if isinstance(tagger, Ensemble) else [tagger]


def _record(tagger: Tagger | Ensemble, found: Material) -> Recalibration:
    before = [member.temperature for member in _members(tagger)]
    after = fit_temperature(found.members, found.gold)
    tags = None if isinstance(tagger, Ensemble) else _tags(tagger, found)
    return Recalibration(
        tagger.head,
        int((found.gold >= 0).sum()),
        sum(tag != UNTAGGED and tag not in tagger.tagset for each in found.sentences for _, tag in each),
        tuple(before),
        after,
        _calibration(found, before, tags).expected_error,
        _calibration(found, [after] * len(before), tags).expected_error,
        _held_out(found, tags),
    )


def _tags(tagger: Tagger, found: Material) -> NDArray[np.int64]:
    """The tags that a single tagger chooses, which may not be the most probable ones (CRF)."""
    words = ([word for word, _ in sentence] for sentence in found.sentences)
    tags = [tagger.tagset[tag] for sentence in tagger.tag_sents(words) for _, tag in sentence]
    return np.array(tags, dtype=np.int64)


def _calibration(
    found: Material, temperatures: Sequence[float], tags: NDArray[np.int64] | None
) -> Calibration:
    """How far the probabilities at these temperatures can be believed.

    Args:
        tags: those predicted; None: the most probable ones.
    """
    pairs = zip(found.members, temperatures, strict=True)
    mean = np.mean([tempered(rows, temperature) for rows, temperature in pairs], axis=0)
    chosen = mean.argmax(axis=1) if tags is None else tags
    counted = np.flatnonzero(found.gold >= 0)
    confidences = mean[counted, chosen[counted]]
    return Calibration(confidences.tolist(), (chosen == found.gold)[counted].tolist())


def _held_out(found: Material, tags: NDArray[np.int64] | None) -> float | None:
    """The error on each half of the sentences at the temperature that fits the other half."""
    owner = np.repeat(np.arange(len(found.sentences)), [len(each) for each in found.sentences])
    halves = [owner % 2 == rest for rest in (0, 1)]
    if not all((found.gold[half] >= 0).any() for half in halves):
        return None
    error, tokens = 0.0, 0
    for fitted, measured in (halves, halves[::-1]):
        temperature = fit_temperature([rows[fitted] for rows in found.members], found.gold[fitted])
        part = Material([rows[measured] for rows in found.members], found.gold[measured], [])
        chosen = None if tags is None else tags[measured]
        result = _calibration(part, [temperature] * len(found.members), chosen)
        error, tokens = error + result.expected_error * len(result), tokens + len(result)
    return error / tokens
