"""Requests for tags: the answers are those of the tagger, whatever else is asked at the same time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postagger import Tagger

TEXT = 'She saw the "old" saw.  Time flies like an arrow; fruit flies?\nÜber-cool 😀 naïve café.'

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.lists(
    st.sampled_from(["She", "saw", "the", "old saw", ".", "\n", "  ", "“so”", '"', "can't", "😀", "Über"])
).map(" ".join)


def tag(client: httpx.Client, **request: Any) -> Any:
    answer = client.post("/v1/tag", json=request)
    assert answer.status_code == 200, answer.text
    return answer.json()


def expected(tagger: Tagger, text: str, **options: Any) -> dict[str, Any]:
    """A result as it should be, from the tagger itself."""
    sentences = tagger.tag_text(text, **options)
    tokens = [
        {
            "text": token.text,
            "start": token.start,
            "end": token.end,
            "space_after": bool(token.space_after),
            **({"word": token.word} if token.word != token.text else {}),
            "tag": token.tag,
        }
        for sentence in sentences
        for token in sentence
    ]
    ends, found = 0, []
    for sentence in sentences:
        found.append([ends, ends + len(sentence)])
        ends += len(sentence)
    return {"tokens": tokens, "sentences": found}


def without_warning(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [{key: each[key] for key in ("tokens", "sentences")} for each in answer["results"]]


def test_a_text_gets_the_taggers_tags_and_places(client: httpx.Client, english: Tagger) -> None:
    answer = tag(client, text=TEXT)
    assert answer == {"model": "en", "head": "xpos", "results": [expected(english, TEXT)]}
    for token in answer["results"][0]["tokens"]:
        assert TEXT[token["start"] : token["end"]] == token["text"]


@settings(max_examples=20)
@given(given_texts=st.lists(texts, max_size=4), head=st.sampled_from(["xpos", "upos", "feats"]))
@pytest.mark.filterwarnings("ignore:this text is in another script")
def test_any_texts_get_the_taggers_tags(
    client: httpx.Client, english: Tagger, given_texts: list[str], head: str
) -> None:
    answer = tag(client, texts=given_texts, head=head)
    assert without_warning(answer) == [expected(english, text, head=head) for text in given_texts]


@settings(max_examples=20)
@given(
    sentences=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=5))
)
def test_any_sentences_get_the_taggers_tags(
    client: httpx.Client, english: Tagger, sentences: list[list[str]]
) -> None:
    answer = tag(client, sentences=sentences)
    pairs = [[(token["text"], token["tag"]) for token in each["tokens"]] for each in answer["results"]]
    assert pairs == list(english.tag_sents(sentences))
    assert [each["sentences"] for each in answer["results"]] == [
        [[0, len(words)]] if words else [] for words in sentences
    ]


@pytest.mark.parametrize("split", ["split", "line", "paragraph"])
@pytest.mark.parametrize("tokens", ["ptb", "ud", "unicode"])
def test_the_rules_for_sentences_and_tokens(
    client: httpx.Client, english: Tagger, split: Any, tokens: Any
) -> None:
    answer = tag(client, text=TEXT, split=split, tokens=tokens)
    assert answer["results"] == [expected(english, TEXT, sentences=split, tokens=tokens)]


def test_all_heads_and_probabilities(client: httpx.Client, english: Tagger) -> None:
    answer = tag(client, text=TEXT, all_heads=True, probabilities=True, top=3, head="upos")
    tagged = [token for each in english.tag_text(TEXT, head="upos", probabilities=True) for token in each]
    assert answer["head"] == "upos"
    for found, token in zip(answer["results"][0]["tokens"], tagged, strict=True):
        assert found["tag"] == token.tag
        assert found["tags"] == token.tags
        assert token.probabilities is not None
        assert found["probability"] == pytest.approx(token.probabilities[str(token.tag)], abs=2e-4)
        best = list(token.probabilities.items())[:3]
        assert list(found["top"]) == [name for name, _ in best]
        assert list(found["top"].values()) == pytest.approx([value for _, value in best], abs=2e-4)


def test_more_top_tags_than_there_are_are_all(client: httpx.Client, english: Tagger) -> None:
    (token,) = tag(client, sentences=[["saw"]], top=1000)["results"][0]["tokens"]
    assert set(token["top"]) == set(english.tagset)
    assert "probability" not in token


def test_a_model_by_its_name(client: httpx.Client, tiny: Tagger) -> None:
    words = ["They", "saw", "the", "saw", "."]
    answer = tag(client, sentences=[words], model="tiny")
    assert answer["model"] == "tiny"
    assert [(each["text"], each["tag"]) for each in answer["results"][0]["tokens"]] == tiny.tag(words)


def test_nothing_gets_nothing(client: httpx.Client) -> None:
    nothing: dict[str, Any] = {"tokens": [], "sentences": []}
    assert tag(client, text=" \n ")["results"] == [nothing]
    assert tag(client, texts=[])["results"] == []
    assert tag(client, texts=["", ""])["results"] == [nothing, nothing]
    assert tag(client, sentences=[[]], probabilities=True, all_heads=True)["results"] == [nothing]


def test_a_strange_script_gets_a_warning(client: httpx.Client) -> None:
    first, second = tag(client, texts=["Время летит", "Time flies"])["results"]
    assert "another script" in first["warning"]
    assert "warning" not in second


def test_requests_at_the_same_time_are_not_mixed(client: httpx.Client, english: Tagger) -> None:
    """Good ones of several kinds and bad ones, from 16 threads."""

    def ask(number: int) -> bool:
        text = f"She saw number{number} at {number} o'clock."
        if number % 5 == 0:
            return client.post("/v1/tag", json={"text": text, "head": "nonsense"}).status_code == 422
        if number % 7 == 0:
            return client.post("/v1/tag", content=b"{", headers=JSON).status_code == 400
        options: dict[str, Any] = {"probabilities": True} if number % 3 == 0 else {}
        answer = client.post("/v1/tag", json={"text": text, **options}).json()
        tokens = answer["results"][0]["tokens"]
        plain = [{name: each[name] for name in each if name != "probability"} for each in tokens]
        return plain == expected(english, text)["tokens"] and ("probability" in tokens[0]) == bool(options)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(150)))


def test_requests_that_wait_are_tagged_together(client: httpx.Client) -> None:
    def batches() -> tuple[float, float]:
        lines = client.get("/metrics").text.splitlines()
        values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        name = 'postagger_batch_requests_{}{{model="en"}}'
        return float(values[name.format("sum")]), float(values[name.format("count")])

    before = batches()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: tag(client, text=TEXT * 10), range(100)))
    requests, count = (after - first for after, first in zip(batches(), before, strict=True))
    assert requests == 100
    assert count < 100


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b'{"text":"a"} x', 400, "JSON"),
        (b'{"text":"\xff"}', 400, "JSON"),
        (rb'{"text":"\ud800"}', 400, "JSON"),
        (b'{"texts":' + b"[" * 10_000, 400, "JSON"),
        (b"[]", 422, "object"),
        (b"NaN", 422, "object"),
        (b'"text"', 422, "object"),
        (b"{}", 422, "exactly one"),
        (b'{"text":"a","texts":[]}', 422, "text and texts"),
        (b'{"text":1}', 422, "text: "),
        (b'{"text":null}', 422, "text: "),
        (b'{"text":NaN}', 422, "text: "),
        (b'{"texts":["a",5]}', 422, "texts.1: "),
        (b'{"sentences":["a"]}', 422, "sentences.0: "),
        (b'{"sentences":[["a",null]]}', 422, "sentences.0.1: "),
        (b'{"text":"a","top":0}', 422, "top: "),
        (b'{"text":"a","top":1' + b"0" * 4000 + b"}", 422, "top: "),
        (b'{"text":"a","top":1.5}', 422, "top: "),
        (b'{"text":"a","probabilities":"yes"}', 422, "probabilities: "),
        (b'{"text":"a","split":"word"}', 422, "split: "),
        (b'{"text":"a","surprise":1}', 422, "surprise"),
        (b'{"text":"a","head":"nonsense"}', 422, "xpos, upos, feats"),
        (b'{"text":"a","model":"../../etc/passwd"}', 404, "/v1/models"),
        (b'{"text":"a","model":"' + b"m" * 10_000 + b'"}', 404, "/v1/models"),
        (b'{"text":"a","' + b"f" * 10_000 + b'":1}', 422, "there is no field"),
    ],
    ids=range(27),
)
def test_what_is_wrong_is_said(client: httpx.Client, body: bytes, status: int, words: str) -> None:
    answer = client.post("/v1/tag", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    detail = answer.json()["detail"]
    assert words in detail
    assert len(detail) < 600
    assert "pydantic" not in detail


def test_the_last_of_repeated_fields_counts(client: httpx.Client) -> None:
    answer = client.post("/v1/tag", content=b'{"text":"a b","text":"saw"}', headers=JSON).json()
    assert [token["text"] for token in answer["results"][0]["tokens"]] == ["saw"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
def test_only_json_is_taken(client: httpx.Client, kind: str) -> None:
    answer = client.post("/v1/tag", content=b'{"text":"a"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_compressed_bodies_are_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/tag", content=b"\x1f\x8b", headers=JSON | {"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert "Content-Encoding" in answer.json()["detail"]


def test_answers_are_json_with_any_characters(client: httpx.Client) -> None:
    words = ['"', "\\", "\x00", "\x1f", "\u2028", "</script>", "😀", "\x7f"]
    answer = client.post("/v1/tag", content=json.dumps({"sentences": [words]}), headers=JSON)
    assert [token["text"] for token in answer.json()["results"][0]["tokens"]] == words
