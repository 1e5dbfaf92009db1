"""The protocols of Label Studio and INCEpTION."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from http_server import Serve

from postagger import Tagger
from postagger.serving.server.limits import Limits

LABELS = (
    '<View><Labels name="pos" toName="words"><Label value="NOUN"/><Label value="VERB"/></Labels>'
    '<Text name="words" value="$body"/></View>'
)


def studio(client: httpx.Client, *texts: Any, config: str = LABELS) -> httpx.Response:
    """What Label Studio sends (label_studio/ml/api_connector.py): fields that are not needed, too."""
    request = {
        "tasks": [
            {"id": number, "data": {"body": text}, "annotations": [], "predictions": []}
            for number, text in enumerate(texts)
        ],
        "model_version": None,
        "project": "7.1699999999",
        "label_config": config,
        "params": {"login": "someone", "password": "secret", "context": None},
    }
    return client.post("/label-studio/en/predict", json=request)


def test_label_studio_gets_spans_with_labels(client: httpx.Client, english: Tagger) -> None:
    texts = ["She saw the old saw.", "Time flies."]
    answer = studio(client, *texts).json()
    assert answer["model_version"] == "en"
    assert len(answer["results"]) == 2
    for text, found in zip(texts, answer["results"], strict=True):
        tagged = [token for each in english.tag_text(text, head="upos") for token in each]
        expected = [token for token in tagged if token.tag in ("NOUN", "VERB")]
        assert [(each["value"]["start"], each["value"]["end"]) for each in found["result"]] == [
            (token.start, token.end) for token in expected
        ]
        for span, token in zip(found["result"], expected, strict=True):
            assert (span["from_name"], span["to_name"], span["type"]) == ("pos", "words", "labels")
            assert span["value"]["labels"] == [token.tag]
            assert span["value"]["text"] == token.text
        assert 0 < found["score"] <= 1


def test_label_studio_sets_up(client: httpx.Client) -> None:
    assert client.get("/label-studio/en/health").json()["status"] == "UP"
    answer = client.post("/label-studio/en/setup", json={"project": "7.1", "schema": LABELS})
    assert answer.json() == {"model_version": "en"}
    assert client.get("/label-studio/nonsense/health").status_code == 404


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("<View></View>", "no Labels of a Text"),
        ("<View>", "not XML"),
        ('<View><Labels name="a" toName="b"/><Image name="b" value="$body"/></View>', "no Labels of a Text"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><View>&b;</View>', "document type"),
        (LABELS.replace("$body", "$nothing"), "'nothing'"),
    ],
)
def test_label_studio_is_told_what_is_wrong(client: httpx.Client, config: str, words: str) -> None:
    answer = studio(client, "a text", config=config)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


XMI = """<?xml version="1.0" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmi:version="2.0"
 xmlns:type4="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore">
    <cas:NULL xmi:id="0"/>
    <type4:Sentence xmi:id="19" sofa="1" begin="0" end="13"/>
    <type4:Sentence xmi:id="24" sofa="1" begin="14" end="25"/>
    {tokens}
    <cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="{text}"/>
    <cas:View sofa="1" members="19 24"/>
</xmi:XMI>
"""
TEXT = "She saw &#128512; it. Time flies."
PLACES = [(0, 3), (4, 7), (8, 10), (11, 13), (13, 14), (15, 19), (20, 25), (25, 26)]
"""In UTF-16 units: the emoji has two."""

SENTENCES = [["She", "saw", "😀", "it", "."], ["Time", "flies", "."]]
POS = "de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS"


def document(text: str = TEXT, places: list[tuple[int, int]] = PLACES) -> str:
    tokens = "".join(
        f'<type4:Token xmi:id="{100 + number}" sofa="1" begin="{begin}" end="{end}" order="0"/>'
        for number, (begin, end) in enumerate(places)
    )
    xmi = XMI.replace('end="13"', 'end="14"').replace('begin="14" end="25"', 'begin="15" end="26"')
    return xmi.format(tokens=tokens, text=text)


def inception(client: httpx.Client, feature: str = "PosValue", **changes: Any) -> httpx.Response:
    request = {
        "metadata": {
            "layer": changes.get("layer", POS),
            "feature": feature,
            "projectId": 1,
            "anchoringMode": "tokens",
            "crossSentence": False,
        },
        "document": {"xmi": changes.get("xmi", document()), "documentId": 3, "userId": "someone"},
        "typeSystem": changes.get("types", "<x>PosValue_score</x>"),
    }
    return client.post("/inception/en/predict", json=request)


@pytest.mark.parametrize(("feature", "head"), [("PosValue", "xpos"), ("coarseValue", "upos")])
def test_inception_gets_an_annotation_of_each_token(
    client: httpx.Client, english: Tagger, feature: str, head: str
) -> None:
    answer = inception(client, feature)
    assert answer.status_code == 200, answer.text
    root = ElementTree.fromstring(answer.json()["document"])
    space = "{http:///de/tudarmstadt/ukp/dkpro/core/api/lexmorph/type/pos.ecore}"
    number = "{http://www.omg.org/XMI}id"
    found = root.findall(f"{space}POS")
    tags = [tag for sentence in SENTENCES for _, tag in english.tag(sentence, head=head)]
    assert [each.get(feature) for each in found] == tags
    assert [(int(each.get("begin", "")), int(each.get("end", ""))) for each in found] == PLACES
    assert {each.get("inception_internal_predicted") for each in found} == {"true"}
    assert all((each.get("PosValue_score") is not None) == (feature == "PosValue") for each in found)
    (view,) = root.findall("{http:///uima/cas.ecore}View")
    assert view.get("members", "").split() == ["19", "24", *(each.get(number) for each in found)]
    numbers = [each.get(number) for each in root if each is not view]
    assert len(set(numbers)) == len(numbers)
    (sofa,) = root.findall("{http:///uima/cas.ecore}Sofa")
    assert sofa.get("sofaString") == "She saw 😀 it. Time flies."


def test_inception_gets_tags_for_a_layer_of_ones_own(client: httpx.Client) -> None:
    root = ElementTree.fromstring(inception(client, "value", layer="webanno.custom.My").json()["document"])
    assert len(root.findall("{http:///webanno/custom.ecore}My")) == len(PLACES)


def test_a_document_without_tokens_stays_without(client: httpx.Client) -> None:
    answer = inception(client, xmi=document(places=[]))
    assert answer.status_code == 200
    assert "inception_internal_predicted" not in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"xmi": "nonsense"}, "not XML"),
        ({"xmi": "<a/>"}, "no text"),
        ({"xmi": document(places=[(20, 300)])}, "not within"),
        ({"xmi": document(places=[(5, 3)])}, "not within"),
        ({"xmi": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "document type"),
        ({"layer": 'x.y"/><script'}, "metadata"),
        ({"layer": "NoPackage"}, "metadata"),
        ({"feature": "a b"}, "metadata"),
    ],
    ids=range(8),
)
def test_inception_is_told_what_is_wrong(client: httpx.Client, changes: dict[str, Any], words: str) -> None:
    answer = inception(client, **changes)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_limits_count_for_them_too(limited: Serve) -> None:
    client = limited(Limits(body=1000, tokens=5))
    assert inception(client).status_code == 413  # of its 8 tokens
    assert studio(client, "a " * 6).status_code == 413
    assert studio(client, "a " * 10_000).status_code == 413
    answer = client.post("/label-studio/en/predict", content=json.dumps({"tasks": []}))
    assert answer.status_code == 415
