"""Where a file of JSON has its sentences: on lines of their own, or in one array or object."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from postagger.corpora.column_names import UPOS, WORDS, XPOS, called
from postagger.errors import DataError
from postagger.io import parse_each_json, parse_json

Fields = dict[str, list[Any]]
"""The lists of an object by their names: words, and what each word has."""


def json_values(lines: Iterable[str], source: str) -> Iterator[tuple[str, Any]]:
    """Yields what is on each line, or each value of several lines, or each element of the only array.

    Each comes with its place, for error messages.

    Raises:
        DataError: it is no JSON.
    """
    filled = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    start = list(itertools.islice(filled, 2))
    if start and _is_whole(start[0][1]) and (len(start) > 1 or not start[0][1].lstrip().startswith("[")):
        for number, line in itertools.chain(start, filled):
            try:
                yield f"{source}:{number}", parse_json(line)
            except ValueError as error:
                raise DataError(f"{source}:{number}: this is not a line of JSON: {error}") from None
        return
    try:
        values = parse_each_json("".join(line for _, line in itertools.chain(start, filled)))
    except ValueError as error:
        raise DataError(f"{source}: this is not JSON: {error}") from None
    if len(values) == 1 and isinstance(values[0], list) and not (values[0] and all(map(_is_pair, values[0]))):
        values = values[0]
    elif len(values) == 1:
        yield source, values[0]
        return
    for number, element in enumerate(values, 1):
        yield f"{source}, element {number}", element


def _is_whole(line: str) -> bool:
    try:
        parse_json(line)
    except ValueError:
        return False
    return True


def fields_in(value: object, place: str) -> list[Fields]:
    """The lists of each object with words: of the value itself, or of those in it, in their order.

    A sentence may also be a list of tokens, each a pair of word and tag, or an object; and objects may be in
    others, as in ``{"sentences": [{"tokens": ...}]}``. The list is empty if there are no words.

    Raises:
        DataError: several lists of an object have words, with the same names, such as train and dev.
    """
    if isinstance(value, list):
        if _is_sentence(value):
            return [_of_tokens(value)]
        return [fields for each in value for fields in fields_in(each, place)]
    if not isinstance(value, dict):
        return []
    fields = _lists(value)
    if called(WORDS, list(fields)) is not None:
        return [fields]
    inner = {name: fields_in(each, place) for name, each in value.items() if isinstance(each, list)}
    first: list[Fields] = next(filter(None, inner.values()), [])
    alike = [name for name, found in inner.items() if found and set(found[0]) == set(first[0])]
    if len(alike) > 1:
        raise DataError(
            f"{place}: there are sentences in {', in '.join(alike[:-1])} and in {alike[-1]}: "
            "write each to a file of its own"
        )
    return first


def _lists(given: dict[str, Any]) -> Fields:
    """The lists of an object, and of the objects in it.

    Where the list of words has an object for each, what these have is a list, too; other lists of objects,
    such as the names in a sentence, are left out.
    """
    inner = [each for each in given.values() if isinstance(each, dict)]
    found = [item for each in (*inner, given) for item in each.items() if isinstance(item[1], list)]
    objects = {name: values for name, values in found if values and all(map(is_token, values))}
    fields: Fields = {name: values for name, values in found if name not in objects}
    tokens = called(WORDS, list(objects))
    return fields if tokens is None else fields | _of_tokens([*objects.values()][tokens])


def _is_sentence(values: Sequence[Any]) -> bool:
    """Whether a list has tokens, with words and more: pairs of texts, or objects."""
    return all(map(_is_pair, values)) or all(map(is_token, values))


def _is_pair(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return isinstance(value[0], str) and (is_missing(value[1]) or isinstance(value[1], str))


def is_token(value: object) -> bool:
    """Whether an object has a word as a text, something else, and no list of words or tags."""
    if not isinstance(value, dict) or len(value) < 2:
        return False
    texts = [name for name, each in value.items() if isinstance(each, str)]
    lists = [name for name, each in value.items() if isinstance(each, list)]
    return called(WORDS, texts) is not None and called(WORDS | UPOS | XPOS, lists) is None


def _of_tokens(tokens: Sequence[Any]) -> Fields:
    """What tokens have, by name, without multiword tokens."""
    if not all(isinstance(token, dict) for token in tokens):
        return {"tokens": [word for word, _ in tokens], "tags": [tag for _, tag in tokens]}
    words = [token for token in tokens if not is_multiword(token)]
    return {name: [token.get(name) for token in words] for name in names_of(words)}


def is_multiword(token: dict[str, Any]) -> bool:
    """Whether a token stands for several words that follow, or for none: its ``id`` is a list."""
    identifier = token.get("id")
    return isinstance(identifier, list) and len(identifier) > 1


def names_of(tokens: Iterable[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for token in tokens for name in token))


def is_missing(value: object) -> bool:
    """Whether a value is null or, as in data frames, NaN."""
    return value is None or value != value
