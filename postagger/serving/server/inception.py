"""INCEpTION's protocol for external recommenders: a document comes as UIMA CAS XMI and goes back with tags.

https://inception-project.github.io/ (developer guide, External Recommender): ``POST predict`` with the layer
and the feature to predict, the document, and its type system. Sentences and tokens are those of the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from postagger.serving.server.models import ServedModel
from postagger.serving.server.problems import Problem
from postagger.serving.server.schema import TagRequest, problem_of
from postagger.serving.server.xml_parts import Element, elements

_SEGMENTS = "http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore"
_CAS = "http:///uima/cas.ecore"

_HEADS = {"PosValue": "xpos", "coarseValue": "upos"}
"""The head whose tags are the values of a feature of the built-in layer of parts of speech."""

_MORPHOLOGY = "MorphologicalFeatures"
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,15}")


class Metadata(BaseModel):
    model_config = ConfigDict(extra="ignore")

    layer: str = Field(max_length=500)
    feature: str = Field(max_length=500)


class Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    xmi: str


class PredictRequest(BaseModel):
    """What INCEpTION sends; other fields are ignored."""

    model_config = ConfigDict(extra="ignore")

    metadata: Metadata
    document: Document
    typeSystem: str = ""  # noqa: N815 (the protocol's name)


class PredictAnswer(BaseModel):
    document: str = Field(description="the document as XMI, with its predictions")


class _Read(NamedTuple):
    """A document.

    Attributes:
        xmi: it, in UTF-8.
        sofa: the number of its text.
        view: the element that lists what is in the document.
        sentences: the places of the tokens of each sentence, in UTF-16 units.
        words: the tokens.
        last: the largest number that an element has.
    """

    xmi: bytes
    sofa: str
    view: Element
    sentences: list[list[tuple[int, int]]]
    words: list[list[str]]
    last: int


def translate(body: bytes, model: ServedModel) -> tuple[TagRequest, Callable[[bytes], bytes]]:
    """Reads a request for predictions; see `postagger.serving.server.service.Translate`.

    Raises:
        Problem: 400 or 422, it is not such a request.
    """
    try:
        request = PredictRequest.model_validate_json(body)
    except ValidationError as error:
        raise problem_of(error, PredictRequest.model_fields) from None
    layer, feature = request.metadata.layer, request.metadata.feature
    if not (_NAME.fullmatch(layer) and "." in layer and _NAME.fullmatch(feature)):
        raise Problem(422, "metadata needs the full name of a layer and the name of a feature")
    document = _read(request.document.xmi.encode())
    head = "feats" if layer.endswith(_MORPHOLOGY) else _HEADS.get(feature, "")
    scored = f"{feature}_score" in request.typeSystem

    def write(answer: bytes) -> bytes:
        results = json.loads(answer)["results"]
        return json.dumps({"document": _with_tags(document, layer, feature, results, scored)}).encode()

    chosen = head if head in model.heads else ""
    return TagRequest(sentences=document.words, head=chosen, probabilities=True), write


def _read(xmi: bytes) -> _Read:
    """
    Raises:
        Problem: 422, it has no text, or tokens outside of it.
    """
    root, *rest = elements(xmi, "the document", lambda _: True) or [Element("", {}, 0)]
    prefixes = {uri: name[6:] for name, uri in root.attributes.items() if name.startswith("xmlns:")}
    segments, cas = prefixes.get(_SEGMENTS, ""), prefixes.get(_CAS, "")
    sofa = next((each.attributes for each in rest if each.name == f"{cas}:Sofa"), {})
    text, number = sofa.get("sofaString"), sofa.get("xmi:id", "")
    view = next((each for each in rest if each.name == f"{cas}:View"), None)
    if text is None or view is None:
        raise Problem(422, "the document has no text, or no view of it")
    units = text.encode("utf-16-le")
    own = [each for each in rest if each.attributes.get("sofa") == number]
    tokens = sorted(_place(each, units) for each in own if each.name == f"{segments}:Token")
    ends = sorted(_place(each, units)[1] for each in own if each.name == f"{segments}:Sentence")
    sentences: list[list[tuple[int, int]]] = [[]]
    place = 0
    for begin, end in tokens:
        while place < len(ends) and begin >= ends[place]:
            place += 1
            sentences.append([])
        sentences[-1].append((begin, end))
    kept = [each for each in sentences if each]
    words = [[_covered(units, place) for place in each] for each in kept]
    numbers = (each.attributes.get("xmi:id", "") for each in rest)
    last = max((int(number) for number in numbers if _NUMBER.fullmatch(number)), default=0)
    return _Read(xmi, number, view, kept, words, last)


def _covered(units: bytes, place: tuple[int, int]) -> str:
    """The text of a token, given its place in UTF-16 units."""
    begin, end = place
    return units[2 * begin : 2 * end].decode("utf-16-le", "replace")


def _place(element: Element, units: bytes) -> tuple[int, int]:
    try:
        begin, end = (int(element.attributes[name][:10]) for name in ("begin", "end"))
    except (KeyError, ValueError):
        begin = end = -1
    if not 0 <= begin <= end <= len(units) // 2:
        raise Problem(422, "a token or sentence of the document is not within its text")
    return begin, end


def _with_tags(document: _Read, layer: str, feature: str, results: list[dict[str, Any]], scored: bool) -> str:
    """The document with an annotation of the layer for each token."""
    package, _, name = layer.rpartition(".")
    space = quoteattr(f"http:///{package.replace('.', '/')}.ecore")
    number, sofa = document.last, quoteattr(document.sofa)
    added, numbers = [], []
    for places, result in zip(document.sentences, results, strict=True):
        for (begin, end), token in zip(places, result["tokens"], strict=True):
            number += 1
            numbers.append(str(number))
            score = f' {feature}_score="{token["probability"]}"' if scored else ""
            added.append(
                f'<predicted:{name} xmlns:predicted={space} xmi:id="{number}" sofa={sofa} '
                f'begin="{begin}" end="{end}" {feature}={quoteattr(token["tag"])}{score} '
                'inception_internal_predicted="true"/>'
            )
    place = document.view.place
    before, after = document.xmi[:place], document.xmi[place:]
    members = " ".join([document.view.attributes.get("members", ""), *numbers]).strip()
    tag, _, rest = after.partition(b">")
    closed = "/" if tag.endswith(b"/") else ""
    view = f"<{document.view.name} sofa={sofa} members={quoteattr(members)}{closed}>"
    return (before + "".join([*added, view]).encode() + rest).decode()
