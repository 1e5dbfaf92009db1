#!/usr/bin/env python3
"""How fast are the taggers? Compares ours with those of other packages, and with a look-up in a dictionary.

All are trained on the same split and tag the same sentences. In every round each tagger gets a fresh process,
and the processes take turns, so that other load on the machine affects all of them alike. The figures are
medians. Times are CPU time, in all threads of the process, which load on the machine hardly changes; with
--threads 2 or more, and on CUDA, they are by the clock. The floor gives each word its most frequent tag: a
tagger that runs Python code for each token can't be much faster.

Our taggers take part with each implementation that can run here: the native kernel with each instruction
set of the processor (avx512, avx2, portable), the kernel in 8 bits (int8), numpy, and torch's forward pass.

It measures

- tokens per second in a process's first call (cold), with the same sentences again (warm), with one word in
  ten replaced by one that no tagger has seen before, and on another corpus's text after that (fresh text);
- single sentences of 24 words, by themselves;
- how time and memory grow with the text, if predictions are discarded;
- `postagger tag` on a file of raw text;
- CPU time and memory of a process until its first answer, and the size of an installation;
- whether our tags are those of the network's own forward pass;
- with --cores, the gain from several threads;
- with --training, the time to train, and the time until the perceptron's accuracy on dev is reached.

Prints Markdown; -o also writes everything as JSON. What can't take part is left out, and stderr says why.
All taggers but spaCy's are trained once and kept in runs/benchmark; fastnltk gets the weights of NLTK's
perceptron. spaCy's has random weights, which makes no difference to its speed. The slow ones (NLTK's
perceptron, UDPipe, spaCy) tag every tenth sentence.

Examples:
    python scripts/benchmark.py --cores 2 --all -o benchmark.json
    python scripts/benchmark.py --quick --taggers floor crf window
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import spinning  # noqa: F401
from benchmarking import programs, tables
from benchmarking.contenders import Contender, limit_threads, play_round
from benchmarking.differing import differing, reference_tags
from benchmarking.files import FRESH, Files, write_files
from benchmarking.installed import INSTALLATIONS, installation
from benchmarking.origin import machine, versions
from benchmarking.ours import OURS, TORCH, instruction_sets, is_installed, train_ours
from benchmarking.taggers import all_names, chosen, missing, parts_of, prepare
from benchmarking.texts import read_sentences
from benchmarking.training import training

from postagger import PostaggerError, load_corpus
from postagger.cli.parser import count

_QUICK = {"rounds": 2, "turns": 1, "runs": 1, "largest": 4, "tokens": 20_000, "fresh_tokens": 20_000}
_USUAL = {"rounds": 5, "turns": 3, "runs": 5, "largest": 7, "tokens": None, "fresh_tokens": None}
"""Rounds; turns in each, for what can be measured more than once in a process; runs of whole programs;
streams up to ten to this power tokens; tokens of the texts."""
_GIVEN_UP = (
    "Quick, only for a first look: two rounds of one turn instead of five of three, and whole programs run "
    "once, so that any disturbance of the machine shows; 20,000 tokens of each text, so that more words of "
    "the cold and fresh text are new, and the warm text needs less of the processor's cache; streams end at "
    "10,000 tokens; of the kernel's instruction sets only the best one, unless --taggers asks for others."
)


def main() -> None:
    options = _options()
    limit_threads(options.threads)
    corpus = load_corpus(options.corpus)
    files = write_files(corpus, options.tokens, options.fresh_tokens)
    train_ours(corpus, files)
    names = list(_taking_part(options, files))
    prepare(names, files)
    contenders = [Contender(name) for name in names]
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}")
        play_round(contenders, files, _turns(options, files, number), options.threads, options.device)
    found = _measure_the_rest(options, files, contenders)
    if options.training:
        found["training"] = training(corpus)
    print("\n\n".join(part for part in _report(options, files, contenders, found) if part))
    if options.output:
        found["taggers"] = {each.name: each.results for each in contenders}
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(_plain(found), indent=1), encoding="utf-8")


def _plain(value: Any) -> Any:
    """Named tuples as dictionaries, so that JSON keeps their names."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _taking_part(options: argparse.Namespace, files: Files) -> Iterator[str]:
    names = chosen(all_names(), options.taggers)
    if options.quick and not options.taggers:
        names = [name for name in names if not name.endswith(instruction_sets()[:-1])]
    for name in names:
        reason = missing(name, files, train_slowly=options.train_udpipe)
        if reason is None:
            yield name
        else:
            _say(f"without {name}: {reason}")


def _sizes(options: argparse.Namespace) -> list[int]:
    """The numbers of tokens that are streamed."""
    return [10**power for power in range(3, options.largest + 1)]


def _turns(options: argparse.Namespace, files: Files, number: int) -> list[tuple[str, int]]:
    """The measurements of a round, in order. Memory is measured in the first one, before much else."""
    turns = [("cold", 0), *[("stream", size) for size in _sizes(options) if number == 0]]
    turns += [("warm", 0)] * options.turns + [("single", 0)]
    turns += [("cores", options.cores)] if options.cores else []
    turns += [("unseen", number * options.turns + turn) for turn in range(options.turns)]
    return turns + ([("fresh", 0)] if files.has_fresh else [])


def _measure_the_rest(
    options: argparse.Namespace, files: Files, contenders: list[Contender]
) -> dict[str, Any]:
    """Measures what whole programs do, the sizes of installations, and which tags differ."""
    _say("whole programs")
    return {
        "origin": _origin(options, files),
        "start": programs.in_turns(programs.start_programs(files), programs.start, options.runs),
        "raw": programs.in_turns(programs.raw_programs(files), programs.run_command, options.runs),
        "installed": dict(_installed()),
        "differing": _differing(options, files, [each.name for each in contenders]),
    }


def _origin(options: argparse.Namespace, files: Files) -> str:
    size = sum(map(len, read_sentences(files.text)))
    return (
        f"{machine()}. {versions()}. {files.corpus}, {size:,} tokens; {options.threads} thread(s), "
        f"{options.device}; {options.rounds} round(s) of {options.turns} turn(s)."
    )


def _installed() -> Iterator[tuple[str, tuple[int, float]]]:
    for wanted in INSTALLATIONS:
        try:
            yield " ".join(wanted), installation(wanted)
        except ModuleNotFoundError as error:  # also if a distribution is missing
            _say(f"no size of {' '.join(wanted)}: {error.name} is not installed")


def _differing(
    options: argparse.Namespace, files: Files, names: list[str]
) -> dict[str, dict[str, dict[str, int]]]:
    """For each text, and each of our taggers, the numbers of tags that differ from the forward pass's."""
    if not is_installed("torch"):
        _say("no comparison with the forward pass: torch is not installed")
        return {}
    texts = {files.corpus: files.text}
    if options.all and files.has_fresh:
        texts[FRESH] = files.fresh
    ours = [(name, *parts) for name in names if (parts := parts_of(name))]
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for text, file in texts.items():
        _say(f"the forward pass on {text}")
        sentences = read_sentences(file)
        counts[f"{text}, {sum(map(len, sentences)):,} tokens"] = found = {}
        for kind in OURS:
            fast = [(name, how) for name, each, how in ours if each == kind and how != TORCH]
            expected = reference_tags(files.model(kind), sentences) if fast else []
            for name, how in fast:
                found[name] = differing(files.model(kind), how, sentences, expected)
    return counts


def _report(
    options: argparse.Namespace, files: Files, contenders: list[Contender], found: dict[str, Any]
) -> Iterator[str]:
    clock = "cpu" if options.threads == 1 and options.device == "cpu" else "wall"
    yield found["origin"]
    if options.quick:
        yield _GIVEN_UP
    yield tables.speed_table(contenders, clock)
    yield tables.ratio_table(contenders, clock)
    yield tables.single_table(contenders)
    yield tables.growth_table(contenders, _sizes(options))
    if options.cores:
        yield tables.cores_table(contenders, options.cores)
    text = read_sentences(files.fresh if files.has_fresh else files.text)
    yield tables.raw_table(found["raw"], sum(map(len, text)))
    yield tables.start_table(found["start"])
    models = {kind: files.model(kind).stat().st_size / 1e6 for kind in OURS}
    yield tables.size_table(found["installed"], models)
    for text_name, counts in found["differing"].items():
        if counts:
            yield tables.differing_table(counts, text_name)
    if options.training:
        yield tables.training_table(found["training"])


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    add(
        "--quick", action="store_true", help="a first look in a few minutes; the output says what it gives up"
    )
    add("--taggers", nargs="+", default=[], metavar="WORD", help="only those whose names contain a word")
    add("--corpus", default="treebank", help="a corpus by name, or a file (default: treebank)")
    add("--rounds", type=count, help="number of rounds, each with fresh processes (default: 5)")
    add("--largest", type=count, help="stream up to 10 to this power tokens (default: 7)")
    add("--all", action="store_true", help=f"compare the tags of {FRESH} with the forward pass's too")
    add("--threads", type=count, default=1, help="of numerical libraries in each process (default: 1)")
    add("--cores", type=count, help="measure ours with this number of threads too")
    add("--device", default="cpu", help="where torch's forward pass runs: cpu (default) or cuda")
    add("--train-udpipe", action="store_true", help="train UDPipe if it has not been; takes minutes")
    add("--training", action="store_true", help="measure training too; this takes minutes")
    add("-o", "--output", type=Path, help="a JSON file for all measurements")
    chosen_options = options.parse_args()
    for name, value in (_QUICK if chosen_options.quick else _USUAL).items():
        if getattr(chosen_options, name, None) is None:
            setattr(chosen_options, name, value)
    return chosen_options


if __name__ == "__main__":
    try:
        main()
    except PostaggerError as error:
        sys.exit(f"benchmark.py: {error}")
