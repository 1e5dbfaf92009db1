"""Tags what several requests ask for in one call of the tagger, and gives each its own answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, ParamSpec, TypeVar

from postagger.errors import PostaggerError
from postagger.serving.server.limits import Limits
from postagger.serving.server.models import ServedModel
from postagger.serving.server.problems import Problem
from postagger.serving.server.schema import TagRequest
from postagger.serving.server.writing import answer, as_string
from postagger.tagger.confidence import predictions
from postagger.text import Sentence, segment
from postagger.text.predicted import PredictedSentence
from postagger.text.style import ScriptWatch

_LOG = logging.getLogger("postagger.server")

P = ParamSpec("P")
T = TypeVar("T")

_DIGITS = 4
"""Of a probability, as in ``postagger tag --probabilities``."""


class Asked(NamedTuple):
    """What is computed for each token; requests that ask for the same are tagged together."""

    head: str
    all_heads: bool
    probabilities: bool
    top: int


class Result(NamedTuple):
    """A text or a tokenised sentence of a request.

    Attributes:
        words: the tokens of its sentences.
        sentences: the same with their places, if it is a text.
        warning: why its tags may be wrong; mostly empty.
    """

    words: list[list[str]]
    sentences: list[Sentence] | None
    warning: str = ""


class Prepared(NamedTuple):
    """A request that is ready to be tagged."""

    asked: Asked
    results: list[Result]
    tokens: int


class Answer(NamedTuple):
    """The answer to a request in JSON, and how much was tagged for it."""

    body: bytes
    tokens: int
    sentences: int


def tag_together(
    model: ServedModel, requests: Sequence[TagRequest], limits: Limits
) -> list[Answer | Problem]:
    """Tags what the requests ask for, and returns an answer for each, in their order."""
    prepared = [_attempt(prepare, model, request, limits) for request in requests]
    groups: dict[Asked, list[int]] = {}
    for place, each in enumerate(prepared):
        if isinstance(each, Prepared):
            groups.setdefault(each.asked, []).append(place)
    answers: list[Answer | Problem | None] = [
        each if isinstance(each, Problem) else None for each in prepared
    ]
    for places in groups.values():
        ready = [each for each in map(prepared.__getitem__, places) if isinstance(each, Prepared)]
        for place, found in zip(places, _answers(model, ready), strict=True):
            answers[place] = found
    return [each for each in answers if each is not None]


def prepare(model: ServedModel, request: TagRequest, limits: Limits) -> Prepared:
    """Splits the texts of a request, and checks that it is within the limits.

    Raises:
        Problem: 422, there is no such head; 413, there are too many sentences or tokens, or a token is too
            long.
    """
    head = model.head(request.head)
    asked = Asked(head, request.all_heads, request.probabilities, request.top)
    if "sentences" in request.model_fields_set:
        results = [Result([words] if words else [], None) for words in request.sentences]
    else:
        texts = [request.text] if "text" in request.model_fields_set else request.texts
        _check("tokens", sum(len(text.split()) for text in texts), limits.tokens)  # at least as many
        results = [_segmented(model, text, request) for text in texts]
    sentences = max(len(results), sum(len(result.words) for result in results))
    tokens = sum(len(words) for result in results for words in result.words)
    _check("sentences", sentences, limits.sentences)
    _check("tokens", tokens, limits.tokens)
    each = (len(model.heads) if asked.all_heads else 1) + min(asked.top, len(model.views[head].tagset))
    _check("tokens times heads and top tags", tokens * each, limits.values)
    longest = max((len(word) for result in results for words in result.words for word in words), default=0)
    if longest > limits.word:
        raise Problem(
            413, f"a token has {longest:,} characters: the most that it may have is {limits.word:,}"
        )
    return Prepared(asked, results, tokens)


def _check(what: str, there: int, most: int) -> None:
    if there > most:
        raise Problem(413, f"this request has {there:,} {what}: the most that it may have is {most:,}")


def _segmented(model: ServedModel, text: str, request: TagRequest) -> Result:
    tagger = model.tagger
    found = segment(
        text,
        tokens=tagger.token_rules if request.tokens == "auto" else request.tokens,
        sentences=tagger.config.text.sentences if request.split == "auto" else request.split,
    )
    words = [sentence.words for sentence in found]
    warnings: list[str] = []
    if not text.isascii():
        words = list(ScriptWatch(tagger.scripts, warnings.append)(words))
    return Result(words, found, "".join(warnings))


def _answers(model: ServedModel, group: Sequence[Prepared]) -> list[Answer | Problem]:
    """Tags requests that ask for the same; if that fails, each by itself, so that one can't harm others."""
    together = _attempt(_tag_group, model, group)
    if isinstance(together, list):
        return list(together)
    if len(group) == 1:
        return [together]
    return [each for prepared in group for each in _answers(model, [prepared])]


def _attempt(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T | Problem:
    """The result of a call, or the problem that it raised."""
    try:
        return work(*arguments, **options)
    except Problem as problem:
        return problem
    except PostaggerError as error:
        return Problem(422, str(error))
    except Exception:
        _LOG.exception("a request could not be tagged")
        return Problem(500, "this request could not be tagged: the server's log says why")


def _tag_group(model: ServedModel, group: Sequence[Prepared]) -> list[Answer]:
    words = [words for prepared in group for result in prepared.results for words in result.words]
    tails = _tails(model, group[0].asked, words)
    return [
        Answer(
            answer(model.name, prepared.asked.head, prepared.results, tails),
            prepared.tokens,
            sum(len(result.words) for result in prepared.results),
        )
        for prepared in group
    ]


def _tails(model: ServedModel, asked: Asked, words: list[list[str]]) -> Iterator[Iterable[str]]:
    """Yields for each sentence what the answer says about its tokens, as members of a JSON object."""
    view = model.views[asked.head]
    if not words:
        return
    if not (asked.all_heads or asked.probabilities or asked.top):
        for tagged in view.tag_sents(words):
            yield [_tag(tag) for _, tag in tagged]
        return
    columns = view.tag_columns(words) if asked.all_heads else None
    rows: Iterable[PredictedSentence] = ([(word, {}) for word in sentence] for sentence in words)
    if asked.probabilities or asked.top:
        rows = predictions(view, words, top=asked.top)
    for sentence in rows:
        tails = []
        by_head = next(columns) if columns is not None else None
        for place, (_, found) in enumerate(sentence):
            tags = by_head[place][1] if by_head is not None else {}
            prediction = found.get(asked.head)
            tail = _tag(tags[asked.head] if prediction is None else prediction.tag)
            if tags:
                tail += f',"tags":{_object(tuple(tags.items()))}'
            if prediction is not None:
                if asked.probabilities:
                    tail += f',"probability":{round(prediction.probability or 0.0, _DIGITS)}'
                if asked.top:
                    tail += f',"top":{_numbers(prediction.top)}'
            tails.append(tail)
        yield tails


@lru_cache(4096)
def _tag(tag: str) -> str:
    return f'"tag":{as_string(tag)}'


@lru_cache(4096)
def _object(tags: tuple[tuple[str, str], ...]) -> str:
    return "{" + ",".join(f"{as_string(head)}:{as_string(tag)}" for head, tag in tags) + "}"


def _numbers(top: Mapping[str, float]) -> str:
    return "{" + ",".join(f"{as_string(tag)}:{round(value, _DIGITS)}" for tag, value in top.items()) + "}"
