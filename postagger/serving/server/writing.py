"""Writes answers as JSON: by hand, because a tagger is faster than a general encoder of objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from postagger.text import Sentence, Token

as_string = json.JSONEncoder(ensure_ascii=False).encode
"""A string in JSON. What comes from a request has no halves of surrogate pairs: `parse_tag` refuses them."""


class Tagged(Protocol):
    """What is written of a result; see `postagger.serving.server.work.Result`."""

    @property
    def words(self) -> list[list[str]]: ...
    @property
    def sentences(self) -> list[Sentence] | None: ...
    @property
    def warning(self) -> str: ...


def answer(model: str, head: str, results: Iterable[Tagged], tails: Iterator[Iterable[str]]) -> bytes:
    """The answer to a request.

    Args:
        tails: what is said about the tokens of each sentence after their text and place, as members of a
            JSON object; as many are taken as the results have sentences.
    """
    written = ",".join(_result(result, tails) for result in results)
    return f'{{"model":{as_string(model)},"head":{as_string(head)},"results":[{written}]}}'.encode()


def _result(result: Tagged, tails: Iterator[Iterable[str]]) -> str:
    tokens: list[str] = []
    ends: list[str] = []
    groups: Sequence[Sequence[object]] = result.words if result.sentences is None else result.sentences
    for sentence in groups:
        begin = len(tokens)
        tail = next(tails)
        tokens += _placed(sentence, tail) if isinstance(sentence, Sentence) else _plain(sentence, tail)
        ends.append(f"[{begin},{len(tokens)}]")
    warning = f',"warning":{as_string(result.warning)}' if result.warning else ""
    return f'{{"tokens":[{",".join(tokens)}],"sentences":[{",".join(ends)}]{warning}}}'


def _placed(sentence: Sentence, tails: Iterable[str]) -> list[str]:
    return [
        f'{{"text":{as_string(token.text)},"start":{token.start},"end":{token.end},'
        f'"space_after":{"true" if token.space_after else "false"}{_word(token)},{tail}}}'
        for token, tail in zip(sentence, tails, strict=True)
    ]


def _word(token: Token) -> str:
    """What the tagger reads, if it is not the text."""
    return "" if token.word == token.text else f',"word":{as_string(token.word)}'


def _plain(words: Iterable[object], tails: Iterable[str]) -> list[str]:
    return [f'{{"text":{as_string(word)},{tail}}}' for word, tail in zip(words, tails, strict=True)]
