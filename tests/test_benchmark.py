"""The benchmark script: what it measures, not how fast anything is."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import benchmark
import pytest
import torch
from benchmarking import contenders, differing, files, installed, ours, programs, tables, taggers, texts

from postagger import Config, Corpus, PostaggerError, Tagger
from postagger.corpora import TaggedSentence


@pytest.fixture(autouse=True)
def unchanged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The script limits threads; here it must not."""
    monkeypatch.setattr(benchmark, "limit_threads", lambda _threads: None)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def model(tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path) -> Path:
    Tagger.train(tiny_corpus, tiny_config("window")).save(tmp_path / "tiny-window.safetensors")
    return tmp_path / "tiny-window.safetensors"


# -- texts --------------------------------------------------------------------------------------------------


def test_a_tenth_of_the_words_is_replaced_by_unseen_ones() -> None:
    sentences = [["the"] * 50, [], ["dog"] * 150] * 20
    changed = texts.with_unseen(sentences, 1)
    assert list(map(len, changed)) == list(map(len, sentences))
    new = [word for s in changed for word in s if word not in ("the", "dog")]
    assert 0.08 < len(new) / 4000 < 0.12
    assert changed == texts.with_unseen(sentences, 1) != texts.with_unseen(sentences, 2)


def test_sentences_are_read_as_written_with_a_string_for_each_token(tmp_path: Path) -> None:
    sentences = [["a b", "the", "é\n"], [], ["the", "\u2028"]]
    texts.write_sentences(tmp_path / "new" / "a.jsonl", sentences)
    found = texts.read_sentences(tmp_path / "new" / "a.jsonl")
    assert found == sentences
    assert found[0][1] is not found[2][0]


def test_single_sentences_have_the_same_length_however_short_the_text() -> None:
    assert list(map(len, texts.single([["a", "b"], [], ["c"]], 3))) == [texts.LENGTH] * 3


@pytest.mark.parametrize(("tokens", "left"), [(0, 0), (2, 0), (3, 1), (6, 2), (7, 3), (100, 3)])
def test_a_short_text_is_the_beginning_of_the_text(tokens: int, left: int) -> None:
    sentences = [["a"] * 3, ["b"] * 3, ["c"]]
    assert texts.about(sentences, tokens) == sentences[:left]


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("The dog barks .", "The dog barks."),
        ("`` Yes , '' she said ; `` no '' .", '"Yes," she said; "no".'),
        ("It does n't cost $ 5 ( or 5 % ) .", "It doesn't cost $5 (or 5%)."),
        ("John 's dog 'd say it 's 's-Hertogenbosch", "John's dog'd say it's's-Hertogenbosch"),
    ],
)
def test_tokens_become_plain_text(tokens: str, text: str) -> None:
    assert texts.plain(tokens.split()) == text


def test_texts_are_written_whole_or_in_part(
    tiny_corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(
        files, "load_corpus", lambda _name: Corpus("fresh", [[("Ah", "UH"), (".", ".")]], [], [])
    )
    found = files.write_files(tiny_corpus, None, None)
    assert found.has_fresh
    assert texts.read_sentences(found.text) == files.words_of(tiny_corpus)
    assert texts.read_tagged(found.train) == tiny_corpus.train
    assert found.raw.read_text("utf-8") == "Ah.\n"
    assert len(texts.read_sentences(files.write_files(tiny_corpus, 20, None).text)) == 3
    assert capsys.readouterr().err == ""


# -- taggers ------------------------------------------------------------------------------------------------


def test_the_floor_gives_the_most_frequent_tag(tiny_sentences: list[TaggedSentence]) -> None:
    floor = taggers.Dictionary(tiny_sentences)
    expected = [("the", "DT"), ("zebra", "NN"), (".", ".")]
    assert list(floor.tag_sents([["the", "zebra", "."], []])) == [expected, []]
    assert floor.tag(["the", "zebra", "."]) == expected


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], ["floor", "NLTK CRF", "window, numpy", "window, avx2"]),
        (["crf", "FLOOR"], ["floor", "NLTK CRF"]),
        (["window, numpy"], ["window, numpy"]),
        (["window"], ["window, numpy", "window, avx2"]),
    ],
)
def test_taggers_are_chosen_by_parts_of_their_names(words: list[str], found: list[str]) -> None:
    names = ["floor", "NLTK CRF", "window, numpy", "window, avx2"]
    assert taggers.chosen(names, words) == found


def test_an_unknown_tagger_is_an_error() -> None:
    with pytest.raises(PostaggerError, match="no tagger is called 'tnt' here; there are floor; NLTK CRF"):
        taggers.chosen(["floor", "NLTK CRF"], ["crf", "tnt"])


def test_what_is_not_installed_is_left_out_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    everything = files.Files(tmp_path, "tiny")
    monkeypatch.setattr(taggers, "is_installed", lambda name: name == "nltk")
    for name, missing in ((taggers.CRF, "python-crfsuite"), (taggers.SPACY, "spacy"), ("fastnltk",) * 2):
        assert taggers.missing(name, everything, train_slowly=True) == f"not installed: {missing}"
    for name in (taggers.FLOOR, taggers.PERCEPTRON, "window, numpy"):
        assert taggers.missing(name, everything, train_slowly=False) is None


def test_udpipe_is_trained_only_on_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    everything = files.Files(tmp_path, "tiny")
    monkeypatch.setattr(taggers, "is_installed", lambda _name: True)
    assert "--train-udpipe" in str(taggers.missing(taggers.UDPIPE, everything, train_slowly=False))
    assert taggers.missing(taggers.UDPIPE, everything, train_slowly=True) is None
    everything.named("udpipe.model").touch()
    assert taggers.missing(taggers.UDPIPE, everything, train_slowly=False) is None


@pytest.mark.parametrize("name", list(taggers.PEERS))
def test_other_packages_taggers_tag(name: str, tiny_corpus: Corpus, tmp_path: Path) -> None:
    for need in taggers.PEERS[name].needs:
        if not ours.is_installed(need):
            pytest.skip(f"{need} is not installed")
    everything = files.Files(tmp_path, "tiny")
    texts.write_sentences(everything.train, tiny_corpus.train)
    for _ in range(2):  # trains, then reads what it has learnt
        tagger = taggers.make_tagger(name, everything, "cpu")
        (tagged,) = tagger.tag_sents([["the", "old", "dog"]])
        assert [word for word, _ in tagged] == ["the", "old", "dog"]
        assert [word for word, _ in tagger.tag(["the", "dog"])] == ["the", "dog"]


def test_every_implementation_gives_the_tags_of_the_forward_pass(tiny_corpus: Corpus, model: Path) -> None:
    sentences = [*files.words_of(tiny_corpus), [], ["unseen"]]
    expected = differing.reference_tags(model, sentences)
    names = ours.implementations("window")
    assert names[-2:] == ["numpy", "torch"]
    for implementation in set(names) - {"int8"}:
        counts = differing.differing(model, implementation, sentences, expected)
        assert set(counts.values()) == {0}
        assert list(counts) == ["1 at a time", "7 at a time", "100 at a time", "all at once", "8 threads"]


def test_tags_that_differ_are_counted(tiny_corpus: Corpus, model: Path) -> None:
    sentences = files.words_of(tiny_corpus)
    expected = differing.reference_tags(model, sentences)
    expected[3:5] = ["-", "-"]
    assert set(differing.differing(model, "numpy", sentences, expected).values()) == {2}


# -- measurements -------------------------------------------------------------------------------------------


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
    assert contenders.streamed(tagger, [["a"] * 3, ["b"] * 4], 100).tokens == tagger.seen
    assert 100 <= tagger.seen < 104


def test_the_work_of_other_threads_counts() -> None:
    class Threaded:
        def tag_sents(self, sentences: list[list[str]]) -> list[TaggedSentence]:
            thread = threading.Thread(target=lambda: sum(range(2_000_000)))
            thread.start()
            thread.join()
            return [[(word, "NN") for word in sentence] for sentence in sentences]

    before = threading.Thread(target=lambda: sum(range(2_000_000)))
    before.run()  # in this thread
    assert contenders.tagged(Threaded(), [["a"]]).cpu > 0.002


def test_ratios_are_medians_over_turns() -> None:
    def measured(name: str, *seconds: float) -> contenders.Contender:
        found = contenders.Contender(name)
        found.measured["warm"] = [contenders.Seconds(each, 2 * each, 10) for each in seconds]
        return found

    floor, fast = measured("floor", 1, 10, 100), measured("window, numpy", 2, 5, 400)
    assert fast.ratio(floor, "warm", "cpu") == 0.5
    assert fast.speed("warm", "cpu") == 2
    assert fast.speed("warm", "wall") == 1
    assert fast.ratio(floor, "cold", "cpu") is None
    assert "| window, numpy | - | 2 | 1 |" not in tables.speed_table([floor, fast], "cpu")
    assert "| window, numpy | 2 | 1 |" in tables.speed_table([floor, fast], "cpu")
    assert "| window, numpy | 0.5 |" in tables.ratio_table([floor, fast], "cpu")
    assert tables.ratio_table([fast], "cpu") == ""


def test_a_program_that_fails_is_left_out_with_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    commands = {
        "good": [sys.executable, "-c", "print(1)"],
        "bad": [sys.executable, "-c", "import sys; sys.exit('first\\nno such model')"],
    }
    found = programs.in_turns(commands, programs.run_command, 2)
    assert {name: len(runs) for name, runs in found.items()} == {"good": 2}
    assert capsys.readouterr() == ("", "without bad: no such model\n")


def test_a_start_is_measured_in_its_own_process() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the system has no /proc")
    small, large = programs.start(""), programs.start("x = bytearray(10 ** 8)")
    assert small.memory < 100 < large.memory
    assert small.cpu > 0


def test_programs_hide_the_kernel_where_numpy_is_to_compute(tmp_path: Path) -> None:
    everything = files.Files(tmp_path, "tiny")
    for found in (programs.start_programs(everything), programs.raw_programs(everything)):
        assert {f"{kind}, numpy" for kind in ours.OURS} <= set(found)
        for name, program in found.items():
            assert ("sys.modules['postagger_native'] = None" in "".join(program)) == name.endswith("numpy")


def test_an_installation_includes_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = {
        "a": (["b>=1", "c; extra == 'more'", "d; python_version < '3'"], ["more"]),
        "b": (["A"], []),
        "c": ([], []),
    }

    def distribution(name: str) -> SimpleNamespace:
        if name not in needs:
            raise PackageNotFoundError(name)
        requires, extras = needs[name]
        return SimpleNamespace(requires=requires, metadata=SimpleNamespace(get_all=lambda _name: extras))

    monkeypatch.setattr(installed, "distribution", distribution)
    assert installed.needed(["a"]) == {"a", "b"}
    assert installed.needed(["a[more]"]) == {"a", "b", "c"}
    for wrong in ("a[other]", "e"):
        with pytest.raises(PackageNotFoundError):
            installed.needed([wrong])


def test_our_own_installation_is_its_source() -> None:
    assert 300_000 < installed.size(installed.OWN) < 20_000_000


# -- the script ---------------------------------------------------------------------------------------------


class Threads:
    """A multiprocessing context with threads, because starting a Python process per tagger is slow."""

    Pipe = staticmethod(multiprocessing.Pipe)

    @staticmethod
    def Process(target: Callable[..., None], args: tuple[Any, ...], daemon: bool) -> threading.Thread:  # noqa: N802
        pipe = Connection(os.dup(args[0].fileno()))
        return threading.Thread(target=target, args=(pipe, *args[1:]), daemon=daemon)


@pytest.fixture
def tiny_script(
    tiny_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Runs the script on the tiny corpus with two kinds of model; no corpus of NLTK's is there."""
    from benchmarking import training

    for module in (benchmark, ours, programs, taggers, training):
        monkeypatch.setattr(module, "OURS", ("logistic", "window"))
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(files, "load_corpus", lambda name: Corpus(name, [[("Ah", "UH")]], [], []))
    for module in (ours, training):
        monkeypatch.setattr(module, "load_config", lambda path, _overrides=(): tiny_config(path.stem))
    monkeypatch.setattr(multiprocessing, "get_context", lambda _kind: Threads)
    monkeypatch.setattr(programs, "start", lambda _program: programs.Start(0.25, 60.0))
    monkeypatch.setattr(programs, "run_command", lambda _command: programs.Run(2.0, 1.5, 4.0))

    def run(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["benchmark.py", *arguments])
        benchmark.main()

    return run


@pytest.mark.slow
def test_the_whole_script(
    tiny_script: Callable[..., None],
    tiny_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "out" / "all.json"
    arguments = ["--corpus", str(tiny_file), "--rounds", "2", "--largest", "3", "--cores", "2", "--all"]
    wanted = ["floor", "perceptron", "numpy", "logistic, torch"]
    tiny_script(*arguments, "--training", "--taggers", *wanted, "-o", str(output))
    out = capsys.readouterr().out
    for part in (
        "2 round(s) of 3 turn(s).",
        "| tokens per second of CPU time | cold | warm | 10 % unseen | fresh text | warm, by the clock |",
        "| times the speed of | floor, cold |",
        "| one sentence of 24 words, microseconds | median | 99th percentile |",
        "| floor, ns per token | ",
        "| tokens per second by the clock, warm | one thread | workers: 2 | torch threads: 2 |",
        "| window, numpy | 2.00 | 1.50 | 3.50 | 4.00 | 0 |",
        "| window, numpy | 0.25 | 60 |",
        "| postagkit | ",
        "| logistic, numpy | 0 | 0 | 0 | 0 | 0 |",
        "pass's, brown, 1 tokens | 1 at a time",
        "| logistic, bfloat16 | ",
    ):
        assert part in out
    everything = json.loads(output.read_text(encoding="utf-8"))
    found = everything["taggers"]
    assert list(found) == ["floor", "NLTK perceptron", "logistic, numpy", "logistic, torch", "window, numpy"]
    for each in found.values():
        assert {what: len(each[what]) for what in ("cold", "warm", "unseen", "single", "fresh")} == {
            "cold": 2,
            "warm": 6,
            "unseen": 6,
            "single": 2,
            "fresh": 2,
        }
        assert all(seconds["tokens"] > 0 for seconds in each["warm"])
    assert [len(found[name].get("stream", [])) for name in found] == [1, 0, 1, 0, 1]
    assert "torch threads" in found["logistic, torch"]["cores"][0]
    assert "cores" not in found["floor"]


def test_quick_says_what_it_gives_up(
    tiny_script: Callable[..., None], tiny_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_script("--corpus", str(tiny_file), "--quick", "--taggers", "floor", "window, numpy")
    out = capsys.readouterr().out
    assert "two rounds of one turn instead of five of three" in out
    assert "2 round(s) of 1 turn(s)" in out
    assert "| tokens streamed | 1,000 | 10,000 |" in out
    assert "NLTK" not in out.replace("nltk", "").partition("tokens per second")[2].partition("installed")[0]


def test_without_a_fresh_text_its_column_is_left_out(
    tiny_script: Callable[..., None],
    tiny_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from postagger import DataError

    def missing(name: str) -> Corpus:
        raise DataError(f"{name} is not there")

    monkeypatch.setattr(files, "load_corpus", missing)
    tiny_script("--corpus", str(tiny_file), "--quick", "--all", "--taggers", "floor", "logistic, numpy")
    captured = capsys.readouterr()
    assert "no fresh text: brown is not there" in captured.err
    assert "fresh text" not in captured.out.partition("| tokens per second")[2]


def test_the_error_names_a_tagger_whose_process_ended_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "get_context", lambda _kind: Threads)
    monkeypatch.setattr(contenders, "serve", lambda pipe, *_: pipe.close())
    with pytest.raises(PostaggerError, match="the process of 'floor' ended early"):
        contenders.play_round(
            [contenders.Contender("floor")], files.Files(tmp_path, "tiny"), [("cold", 0)], 1, "cpu"
        )


def test_quick_has_only_the_best_instruction_set_unless_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ["floor", "window, avx2", "window, portable", "window, numpy"]
    monkeypatch.setattr(benchmark, "all_names", lambda: names)
    monkeypatch.setattr(benchmark, "instruction_sets", lambda: ("portable", "avx2"))

    def taking_part(quick: bool, *words: str) -> list[str]:
        options = argparse.Namespace(quick=quick, taggers=words, train_udpipe=False)
        return list(benchmark._taking_part(options, files.Files(tmp_path, "tiny")))

    assert taking_part(False) == names
    assert taking_part(True) == ["floor", "window, avx2", "window, numpy"]
    assert taking_part(True, "portable") == ["window, portable"]
    monkeypatch.setattr(benchmark, "instruction_sets", lambda: ())
    assert taking_part(True) == names


def test_a_process_ends_when_the_script_does(tiny_corpus: Corpus, tmp_path: Path) -> None:
    everything = files.Files(tmp_path, "tiny")
    texts.write_sentences(everything.train, tiny_corpus.train)
    texts.write_sentences(everything.text, files.words_of(tiny_corpus))
    ours_end, theirs = multiprocessing.Pipe()
    process = threading.Thread(target=contenders.serve, args=(theirs, "floor", everything, 1, "cpu"))
    process.start()
    assert ours_end.recv() == "ready"
    ours_end.close()
    process.join(timeout=20)
    assert not process.is_alive()
