#!/usr/bin/env python3
"""Loads `postagger serve` on this machine and prints how fast it answers, and what it holds in memory.

Needs wrk (Debian: apt install wrk) and Linux.

Example:
    python scripts/serve_load.py rates                       # one sentence, and 1,000 in a request
    python scripts/serve_load.py rates runs/lstm.safetensors --workers 2
    python scripts/serve_load.py soak --minutes 10           # 200 clients, and others who send what is wrong
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

from load.clients import Checker, load, repeat
from load.hostile import QUICK, SLOW
from load.server import running

from postagger import Tagger, load_corpus

_CHECKERS = 4


def sentences() -> list[str]:
    """The sentences of the sample treebank, as texts."""
    corpus = load_corpus("sample")
    return [" ".join(word for word, _ in sentence) for sentence in (*corpus.train, *corpus.dev)]


def write(file: Path, requests: list[dict[str, object]]) -> Path:
    file.write_text("".join(json.dumps(request) + "\n" for request in requests), encoding="utf-8")
    return file


def rates(options: argparse.Namespace) -> int:
    """Prints p50, p99, requests a second and a request's processor time, for one sentence and for 1,000."""
    texts = sentences()
    thousand = " ".join(texts[place % len(texts)] for place in range(1000))
    served = ["--workers", str(options.workers)]
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0] if options.workers == 1 and len(cores) > 1 else None
    with tempfile.TemporaryDirectory() as folder, running(options.models, served, core) as server:
        one = write(Path(folder) / "one", [{"text": text} for text in texts])
        many = write(Path(folder) / "many", [{"text": thousand}])
        unsure = write(Path(folder) / "unsure", [{"text": text, "probabilities": True} for text in texts])
        load(server.url, one, connections=8, seconds=2)
        print(f"{'request':34} clients {'p50 ms':>8} {'p99 ms':>8} {'a second':>9} {'CPU ms':>8} failed")
        print(f"memory: {_memory(server.memory())}")
        for name, bodies, clients in (
            ("one sentence", one, (1, 16, 64)),
            ("one sentence, with probabilities", unsure, (1, 16)),
            ("1,000 sentences", many, (1, 4)),
        ):
            for connections in clients:
                before = server.seconds()
                found = load(server.url, bodies, connections=connections, seconds=options.seconds)
                each = 1000 * (server.seconds() - before) / found.requests
                print(
                    f"{name:34} {connections:7} {found.p50:8.2f} {found.p99:8.2f} {found.rate:9,.1f} "
                    f"{each:8.2f} {found.failures:6}"
                )
        print(f"memory: {_memory(server.memory())}")
    return 0


def soak(options: argparse.Namespace) -> int:
    """Many clients for minutes, some of which check every answer; others send what is wrong."""
    texts = sentences()
    stop = threading.Event()
    seen: Counter[str] = Counter()

    def harm(url: str, client: object) -> None:
        seen[f"{client.__name__}: {client(url)}"] += 1  # type: ignore[attr-defined, operator]
        stop.wait(0.5)

    with (
        tempfile.TemporaryDirectory() as folder,
        running(options.models, ["--workers", str(options.workers)]) as server,
    ):
        bodies = write(
            Path(folder) / "bodies",
            [
                {"text": text} if place % 3 else {"text": text, "probabilities": True, "top": 3}
                for place, text in enumerate(texts)
            ],
        )
        tagger = Tagger.load(options.models[0] if options.models else "en")
        checkers = [
            Checker(server.url, tagger, texts[each::_CHECKERS], stop, options.pause / 1000)
            for each in range(_CHECKERS)
        ]
        for checker in checkers:
            checker.start()
        for client in (*QUICK, *SLOW):
            repeat(partial(harm, server.url, client), stop)
        failures = 0
        begin = time.monotonic()
        while time.monotonic() - begin < 60 * options.minutes:
            found = load(
                server.url,
                bodies,
                connections=options.clients,
                seconds=options.seconds,
                pause=options.pause,
            )
            failures += found.failures
            passed = time.monotonic() - begin
            print(
                f"{passed:5.0f} s: {found.requests:7,} requests, {found.rate:7,.0f} a second, "
                f"p50 {found.p50:.1f} ms, p99 {found.p99:.1f} ms, failed {found.failures}; "
                f"{_memory(server.memory())}",
                flush=True,
            )
        stop.set()
        for checker in checkers:
            checker.join(60)
        wrong = sum(checker.wrong for checker in checkers)
        print(
            f"checked {sum(checker.asked for checker in checkers):,} answers, wrong {wrong}; "
            f"the slowest took {max(checker.slowest for checker in checkers):.2f} s"
        )
        for what, count in sorted(seen.items()):
            print(f"  {what}: {count:,} times")
    return 1 if failures or wrong else 0


def _memory(found: tuple[float, float]) -> str:
    return f"RSS {found[0]:.0f} MB, PSS {found[1]:.0f} MB"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for run in (rates, soak):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("models", nargs="*", help="default: en")
        command.add_argument("--workers", type=int, default=1)
        command.add_argument("--seconds", type=int, default=10, help="of each measurement")
        if run is soak:
            command.add_argument("--minutes", type=float, default=10)
            command.add_argument("--clients", type=int, default=200)
            command.add_argument(
                "--pause", type=int, default=0, help="milliseconds that a client waits before each request"
            )
    options = parser.parse_args()
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
