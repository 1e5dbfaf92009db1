"""Explains the tags of words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from postagger.errors import ConfigError, brief
from postagger.explain.explanation import Explanation
from postagger.explain.sentence import Sentence
from postagger.features import TagSet, WordEncoding
from postagger.models import TaggingNetwork
from postagger.torch_settings import usual_settings


def explain(
    network: TaggingNetwork,
    encoding: WordEncoding,
    tagset: TagSet,
    words: Sequence[str],
    positions: Iterable[int],
    against: str | None = None,
    temperature: float = 1.0,
) -> Iterator[Explanation]:
    """Explains the tags of some words of a sentence, one after another.

    Args:
        network: in evaluation mode.
        words: the sentence.
        positions: indices of the words, from 0.
        against: the tag to compare with; default: the most probable one besides the predicted tag.
        temperature: of the probabilities (`postagger.evaluation.calibration`).

    Raises:
        ConfigError: the tag set has only one tag, or `against` is not in it or is the predicted tag.
    """
    sentence: Sentence | None = None
    for position in positions:
        with usual_settings(), torch.inference_mode(False):
            if sentence is None:
                sentence = Sentence(network, encoding, words, position, temperature)
            else:
                sentence = sentence.at(position)
            found = _explained(sentence, words, position, tagset, against)
        yield found


def _explained(
    sentence: Sentence, words: Sequence[str], position: int, tagset: TagSet, against: str | None
) -> Explanation:
    rates, best = sentence.prediction
    other = _other(rates, best, tagset, against)
    start, margin, attributions = sentence.attribute(best, other)
    return Explanation(
        words=tuple(words),
        position=position,
        tag=tagset.tags[best],
        probability=rates[best].item(),
        against=tagset.tags[other],
        against_probability=rates[other].item(),
        margin=margin,
        start=start,
        reasons=tuple(sentence.reasons(attributions, tagset)),
    )


def _other(rates: Tensor, best: int, tagset: TagSet, against: str | None) -> int:
    """The index of the tag to compare with."""
    if len(tagset) == 1:
        raise ConfigError(f"{tagset.tags[0]} is the only tag: there is no other to compare it with")
    if against is None:
        others = rates.clone()
        others[best] = -1
        return int(others.argmax())
    if not isinstance(against, str) or against not in tagset:
        raise ConfigError(f"there is no tag {brief(against)}: the tags are {' '.join(tagset)}")
    if tagset[against] == best:
        raise ConfigError(f"{against} is the predicted tag: compare it with another one")
    return tagset[against]
