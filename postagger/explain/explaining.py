"""Explains the tag of one word."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from postagger.errors import ConfigError, brief
from postagger.explain.explanation import Explanation
from postagger.explain.sentence import Sentence
from postagger.features import TagSet, WordEncoding
from postagger.models import TaggingNetwork
from postagger.torch_settings import usual_settings


@usual_settings()
@torch.inference_mode(False)
def explain(
    network: TaggingNetwork,
    encoding: WordEncoding,
    tagset: TagSet,
    words: Sequence[str],
    position: int,
    against: str | None = None,
) -> Explanation:
    """Explains the tag of one word.

    Args:
        network: in evaluation mode.
        words: the sentence.
        position: index of the word, from 0.
        against: the tag to compare with; default: the most probable one besides the predicted tag.

    Raises:
        ConfigError: the tag set has only one tag, or `against` is not in it or is the predicted tag.
    """
    sentence = Sentence(network, encoding, words, position)
    (rates,), (best,) = sentence.predict(sentence.vectors.unsqueeze(0))
    other = _other(rates, int(best), tagset, against)
    start, margin, attributions = sentence.attribute(int(best), other)
    return Explanation(
        words=tuple(words),
        position=position,
        tag=tagset.tags[best],
        probability=rates[best].item(),
        against=tagset.tags[other],
        against_probability=rates[other].item(),
        margin=margin,
        start=start,
        reasons=tuple(sentence.reasons(attributions, int(best), tagset)),
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
