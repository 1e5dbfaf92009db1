"""Label Studio's protocol for machine learning backends: predicted spans with their tags as labels.

https://labelstud.io/guide/ml_create: ``POST predict`` with ``tasks`` and the project's ``label_config``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from statistics import fmean
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from postagger.errors import brief
from postagger.serving.server.models import ServedModel
from postagger.serving.server.problems import Problem
from postagger.serving.server.schema import TagRequest, problem_of
from postagger.serving.server.xml_parts import elements


class Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: dict[str, Any]


class PredictRequest(BaseModel):
    """What Label Studio sends; other fields are ignored, its credentials among them."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "tasks": [{"id": 1, "data": {"text": "She saw the old saw."}}],
                    "label_config": '<View><Labels name="pos" toName="text"><Label value="NN"/><Label '
                    'value="VBD"/></Labels><Text name="text" value="$text"/></View>',
                }
            ]
        },
    )

    tasks: list[Task]
    label_config: str = Field(description="the labelling interface: Labels on a Text")


class _Labels(NamedTuple):
    """The labels of a project.

    Attributes:
        name, text: the names of the Labels and of the Text.
        field: where the text is in a task's data.
        values: the labels; empty if the interface has none, which then may be any.
    """

    name: str
    text: str
    field: str
    values: frozenset[str]


def translate(body: bytes, model: ServedModel) -> tuple[TagRequest, Callable[[bytes], bytes]]:
    """Reads a request for predictions; see `postagger.serving.server.service.Translate`.

    Raises:
        Problem: 400 or 422, it is not such a request.
    """
    try:
        request = PredictRequest.model_validate_json(body)
    except ValidationError as error:
        raise problem_of(error, PredictRequest.model_fields) from None
    labels = _labels(request.label_config)
    texts = [_text(task, labels.field) for task in request.tasks]
    head = max(model.heads, key=lambda each: len(labels.values.intersection(model.tagger.heads[each])))

    def write(answer: bytes) -> bytes:
        results = [
            _prediction(found["tokens"], labels, model.name) for found in json.loads(answer)["results"]
        ]
        return json.dumps({"results": results, "model_version": model.name}).encode()

    return TagRequest(texts=texts, head=head, probabilities=True), write


def _labels(config: str) -> _Labels:
    """The labels that an interface has for a text.

    Raises:
        Problem: 422, it has none.
    """
    names = ("Labels", "Text", "HyperText", "Label")
    found = elements(config.encode(), "label_config", lambda name: name in names)
    fields = {
        each.attributes.get("name"): each.attributes.get("value", "") for each in found if each.name == "Text"
    }
    for each in found:
        text = each.attributes.get("toName")
        if each.name == "Labels" and text in fields and fields[text].startswith("$"):
            values = frozenset(label.attributes.get("value", "") for label in found if label.name == "Label")
            return _Labels(each.attributes.get("name", ""), text or "", fields[text][1:], values)
    raise Problem(422, "label_config has no Labels of a Text whose value is a field, as in $text")


def _text(task: Task, field: str) -> str:
    text = task.data.get(field)
    if not isinstance(text, str):
        raise Problem(422, f"a task needs a text in the field {brief(field)} of its data")
    return text


def _prediction(tokens: list[dict[str, Any]], labels: _Labels, model: str) -> dict[str, Any]:
    spans = [
        {
            "from_name": labels.name,
            "to_name": labels.text,
            "type": "labels",
            "score": token["probability"],
            "value": {
                "start": token["start"],
                "end": token["end"],
                "text": token["text"],
                "labels": [token["tag"]],
            },
        }
        for token in tokens
        if not labels.values or token["tag"] in labels.values
    ]
    score = fmean(token["probability"] for token in tokens) if tokens else 0.0
    return {"result": spans, "score": score, "model_version": model}
