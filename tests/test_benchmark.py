"""The benchmark script: what it measures, not how fast anything is."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import benchmark
import pytest
import torch
from benchmarking import contenders, taggers

from postagger import Config, Corpus, PostaggerError
from postagger.corpora import TaggedSentence


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_floor_gives_the_most_frequent_tag(tiny_sentences: list[TaggedSentence]) -> None:
    floor = taggers.Dictionary(tiny_sentences)
    assert list(floor.tag_sents([["the", "zebra", "."], []])) == [
        [("the", "DT"), ("zebra", "NN"), (".", ".")],
        [],
    ]


def test_a_tenth_of_the_words_is_replaced_by_unseen_ones() -> None:
    sentences = [["the"] * 50, [], ["dog"] * 150] * 20
    changed = contenders.with_unseen(sentences, 1)
    assert list(map(len, changed)) == list(map(len, sentences))
    new = [word for s in changed for word in s if word not in ("the", "dog")]
    assert 0.08 < len(new) / 4000 < 0.12
    assert changed == contenders.with_unseen(sentences, 1) != contenders.with_unseen(sentences, 2)


def test_a_tagger_that_drops_a_sentence_is_not_timed() -> None:
    class Careless:
        def tag_sents(self, sentences: list[list[str]]) -> list[TaggedSentence]:
            return [[(word, "NN") for word in sentence] for sentence in sentences[1:]]

    with pytest.raises(AssertionError, match="Careless did not tag every token"):
        contenders.tagged(Careless(), [["a"], ["b"]])


def test_the_requested_number_of_tokens_is_streamed() -> None:
    class Counting:
        seen = 0

        def tag_sents(self, sentences: Iterator[list[str]]) -> Iterator[TaggedSentence]:
            for sentence in sentences:
                self.seen += len(sentence)
                yield []

    tagger = Counting()
    assert contenders.streamed(tagger, [["a"] * 3, ["b"] * 4], 100) >= 0
    assert 100 <= tagger.seen < 104


class Threads:
    """A multiprocessing context with threads, because starting a Python process per tagger is slow."""

    Pipe = staticmethod(multiprocessing.Pipe)

    @staticmethod
    def Process(target: Callable[..., None], args: tuple[Any, ...], daemon: bool) -> threading.Thread:  # noqa: N802
        pipe = Connection(os.dup(args[0].fileno()))
        return threading.Thread(target=target, args=(pipe, *args[1:]), daemon=daemon)


def test_the_whole_script(
    tiny_file: Path,
    tiny_config: Callable[..., Config],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for module in (benchmark, contenders, taggers):
        monkeypatch.setattr(module, "OURS", ("logistic",))
    monkeypatch.setattr(taggers, "ROOT", tmp_path)
    for module in (benchmark, taggers):
        monkeypatch.setattr(module, "load_config", lambda path, _overrides=(): tiny_config(path.stem))
    monkeypatch.setattr(multiprocessing, "get_context", lambda _kind: Threads)
    monkeypatch.setattr(
        benchmark, "first_prediction", lambda _file, _rounds: {"in all": 2.0, "import torch": 1.5}
    )
    arguments = [
        "--corpus",
        str(tiny_file),
        "--threads",
        "1",
        "--rounds",
        "2",
        "--largest",
        "3",
        "--training",
        "--cores",
        "2",
    ]
    monkeypatch.setattr(sys, "argv", ["benchmark.py", *arguments, "-o", str(tmp_path / "out" / "all.json")])
    benchmark.main()
    out = capsys.readouterr().out
    for part in (
        "| logistic | ",
        "x floor",
        "forward pass in float32: logistic 0; logistic, bfloat16 ",
        "| tokens per second, warm | one thread | torch threads: 2 | workers: 2 |",
        "| seconds to the first prediction | in all | import torch |",
        "| floor, ns per token | ",
        "| NLTK perceptron | ",
        "| 2.00 | 1.50 |",
    ):
        assert part in out
    everything = json.loads((tmp_path / "out" / "all.json").read_text(encoding="utf-8"))
    assert everything["taggers"][0]["name"] == "floor"
    assert all(len(each["warm"]) == len(each["unseen"]) == 2 for each in everything["taggers"])
    found = {each["name"]: each for each in everything["taggers"]}
    assert found["logistic"]["growth"].keys() == {"1000"}
    for name in ("logistic", "logistic, bfloat16"):
        assert [len(seconds) for seconds in found[name]["cores"]] == [3, 3]


def test_the_error_names_a_tagger_whose_process_ended_early(
    tiny_corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "get_context", lambda _kind: Threads)
    monkeypatch.setattr(contenders, "serve", lambda pipe, *_: pipe.close())
    with pytest.raises(PostaggerError, match="the process of 'floor' ended early"):
        contenders.Contender.start("floor", tiny_corpus, [["a"]], 1, "cpu")
