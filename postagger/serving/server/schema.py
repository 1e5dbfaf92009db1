"""Requests and answers: what is checked when a request arrives, and what OpenAPI says about both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from postagger.errors import short
from postagger.registry import hint
from postagger.serving.server.problems import Problem


def _whole(value: object) -> object:
    """JSON has one kind of number: 3.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]

SOURCES = ("text", "texts", "sentences")
"""The fields of which a request has exactly one."""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TagRequest(_Request):
    """What to tag, and how: exactly one of `text`, `texts` and `sentences`."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [source]} for source in SOURCES],
            "examples": [
                {"text": "She saw the old saw. Time flies."},
                {"texts": ["A first text.", "A second one."], "probabilities": True, "top": 3},
                {"sentences": [["They", "man", "the", "boat", "."]], "all_heads": True},
            ],
        }
    )

    model: str = Field("", description="name of the model; default: the first one of /v1/models")
    text: str = Field("", description="raw text, which is split into sentences and tokens")
    texts: list[str] = Field([], description="several raw texts")
    sentences: list[list[str]] = Field([], description="sentences that are split into tokens already")
    head: str = Field("", description="the tag set to use; default: the model's main one")
    all_heads: bool = Field(False, description="give the tags of all heads of the model, in `tags`")
    probabilities: bool = Field(False, description="give the probability of each tag")
    top: Whole = Field(0, ge=1, le=1000, description="give this many of the most probable tags")
    split: Literal["auto", "split", "line", "paragraph"] = Field(
        "auto",
        description="where sentences are in raw text: each line holds several (split), or is one (line), or "
        "they run across lines and end at empty lines (paragraph); default: as the model's config says",
    )
    tokens: Literal["auto", "ptb", "ud", "unicode"] = Field(
        "auto",
        description="rules for tokens in raw text: of the Penn treebank, of Universal Dependencies for "
        "English, or of Unicode for other languages; default: those of the model",
    )


class ExplainRequest(_Request):
    """A sentence, and the word whose tag is to be explained."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"tokens": ["They", "man", "the", "boat", "."], "position": 1, "against": "NN"}]
        }
    )

    model: str = Field("", description="name of the model; default: the first one of /v1/models")
    tokens: list[str] = Field(min_length=1, description="the words of the sentence")
    position: Whole = Field(ge=0, description="which word, counted from 0")
    head: str = Field("", description="the tag set to use; default: the model's main one")
    against: str = Field("", description="the tag to compare with; default: the next best one")


class TokenAnswer(BaseModel):
    """A token with its tag.

    `start`, `end` and `space_after` are there if raw text was sent; `tags`, `probability` and `top` if they
    were asked for.
    """

    text: str = Field(description="the token as it is written")
    start: int | None = Field(None, description="where it begins in the text, in Unicode code points")
    end: int | None = Field(None, description="where it ends")
    space_after: bool | None = Field(None, description="whether white space comes after it")
    word: str | None = Field(
        None, description="what the tagger reads, where that is not `text`: `` for a straight quote, say"
    )
    tag: str
    tags: dict[str, str] | None = Field(None, description="its tags by the names of the heads")
    probability: float | None = Field(None, description="of the tag, in 0..1")
    top: dict[str, float] | None = Field(None, description="the most probable tags, the best one first")


class ResultAnswer(BaseModel):
    """A tagged text or sentence."""

    tokens: list[TokenAnswer]
    sentences: list[tuple[int, int]] = Field(
        description="where among the tokens each sentence begins, and where it ends (exclusive)"
    )
    warning: str | None = Field(None, description="why the tags may be wrong, if the text is strange")


class TagAnswer(BaseModel):
    """One result for `text`, one for each of `texts`, or one for each of `sentences`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "en",
                    "head": "xpos",
                    "results": [
                        {
                            "tokens": [
                                {"text": "Time", "start": 0, "end": 4, "space_after": True, "tag": "NN"},
                                {"text": "flies", "start": 5, "end": 10, "space_after": False, "tag": "VBZ"},
                                {"text": ".", "start": 10, "end": 11, "space_after": False, "tag": "."},
                            ],
                            "sentences": [[0, 3]],
                        }
                    ],
                }
            ]
        }
    )

    model: str
    head: str
    results: list[ResultAnswer]


class HeadAnswer(BaseModel):
    name: str
    tags: list[str]
    main: bool


class ModelAnswer(BaseModel):
    """A model that the server has loaded."""

    name: str
    default: bool
    kind: str = Field(description="window, lstm ..., or ensemble")
    heads: list[HeadAnswer]
    explains: bool = Field(description="whether /v1/explain can explain its tags")
    corpus: str = Field(description="what it was trained on")
    licence: str | None = Field(None, description="the terms on which the model may be used")
    scores: dict[str, dict[str, float]] | None = Field(
        None, description="accuracy after training, in 0..1, by part of the corpus and head"
    )


class ModelsAnswer(BaseModel):
    models: list[ModelAnswer]


class PartAnswer(BaseModel):
    name: str
    text: str
    known: bool
    attribution: float


class ReasonAnswer(BaseModel):
    position: int
    word: str
    attribution: float
    parts: list[PartAnswer]
    tag_without: str
    probability_without: float


class ExplanationAnswer(BaseModel):
    """Why a word has its tag rather than another; see `postagger.explain.Explanation`."""

    words: list[str]
    position: int
    tag: str
    probability: float
    against: str
    against_probability: float
    margin: float
    start: float
    reasons: list[ReasonAnswer]
    rest: float


class ExplainAnswer(BaseModel):
    """One explanation, in the form of ``postagger explain --json``."""

    model: str
    explanations: list[ExplanationAnswer]


class ErrorAnswer(BaseModel):
    detail: str = Field(description="what is wrong, in one sentence")


def parse_tag(body: bytes) -> TagRequest:
    """Parses and checks a request for tags.

    Raises:
        Problem: 400, it is not JSON; 422, a field is wrong.
    """
    try:
        request = TagRequest.model_validate_json(body)
    except ValidationError as error:
        raise problem_of(error, TagRequest.model_fields) from None
    given = request.model_fields_set.intersection(SOURCES)
    if len(given) != 1:
        there = " and ".join(sorted(given)) if given else "none of them"
        raise Problem(422, f"a request needs exactly one of text, texts and sentences; this one has {there}")
    return request


def parse_explain(body: bytes) -> ExplainRequest:
    """Parses and checks a request for an explanation.

    Raises:
        Problem: as in `parse_tag`.
    """
    try:
        return ExplainRequest.model_validate_json(body)
    except ValidationError as error:
        raise problem_of(error, ExplainRequest.model_fields) from None


def problem_of(error: ValidationError, fields: Iterable[str]) -> Problem:
    """What is wrong with a request: the first of the errors, which may be as many as the request is long.

    Args:
        fields: those that a request may have.
    """
    first: Any = error.errors(include_url=False, include_input=False, include_context=False)[0]
    message = " ".join(first["msg"].split())
    if first["type"] == "json_invalid":
        return Problem(400, message)
    if not first["loc"]:
        return Problem(422, "a request must be a JSON object")
    place = ".".join(short(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return Problem(422, f"there is no field {place}: {hint(place, fields)}")
    return Problem(422, f"{place}: {message[0].lower()}{message[1:]}")
