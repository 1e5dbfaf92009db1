"""Sentences with predicted tags as tasks for programs in which people correct them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from postagger.text.predicted import Predicted
from postagger.text.tokens import Sentence


def as_label_studio(sentence: Sentence, found: Sequence[Predicted], **data: Any) -> str:
    """A task of Label Studio with predictions, as a line of JSON: for a project with ``<Labels name="label"
    toName="text">`` and ``<Text name="text" value="$text">``.

    Args:
        found: the prediction for each token.
        data: what the task has besides the text.
    """
    text, places = _text(sentence)
    result = [
        {
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "score": _rounded(each.probability),
            "value": {"start": start, "end": end, "text": text[start:end], "labels": [each.tag]},
        }
        for (start, end), each in zip(places, found, strict=True)
    ]
    score = _rounded(fmean(each.probability or 0.0 for each in found))
    return _line({"data": {"text": text, **data}, "predictions": [{"result": result, "score": score}]})


def as_prodigy(sentence: Sentence, found: Sequence[Predicted], **meta: Any) -> str:
    """A task of Prodigy, as ``pos.correct`` shows it, as a line of JSON: tokens, and a span for each.

    Args:
        found, meta: as in `as_label_studio`.
    """
    text, places = _text(sentence)
    tokens = [
        {"id": number, "text": text[start:end], "start": start, "end": end, "ws": bool(token.space_after)}
        for number, (token, (start, end)) in enumerate(zip(sentence, places, strict=True))
    ]
    spans = [
        {"start": start, "end": end, "token_start": number, "token_end": number, "label": each.tag}
        for number, ((start, end), each) in enumerate(zip(places, found, strict=True))
    ]
    return _line({"text": text, "tokens": tokens, "spans": spans, "meta": meta})


def _text(sentence: Sentence) -> tuple[str, list[tuple[int, int]]]:
    """The text of a sentence, with single blanks, and where its tokens are in it."""
    parts, places, place = [], [], 0
    for token in sentence:
        places.append((place, place + len(token.text)))
        blank = " " if token.space_after else ""
        parts.append(token.text + blank)
        place += len(token.text) + len(blank)
    return "".join(parts).rstrip(), places


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 4)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
