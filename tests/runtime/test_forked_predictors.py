"""A predictor in forked processes: every program here would hang without `postagger.runtime.forking`."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from children import IN_CHILD
from random_networks import Both

from postagger.runtime import NativePredictor, Predictor

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

START = """
import itertools, multiprocessing, os, pickle, sys, threading, warnings
from pathlib import Path

warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
fork = multiprocessing.get_context("fork")
predictor = pickle.loads(Path(sys.argv[1]).read_bytes())
numbers = itertools.count()


def new_words():
    return [f"n{next(numbers)}" for _ in range(600)]


def check(words=["w", "x"] * 500):
    for size in (2, len(words)):
        pairs = predictor.tag([words[start : start + size] for start in range(0, len(words), size)])
        assert [word for sentence in pairs for word, _ in sentence] == words

"""

PROGRAMS = {
    "before tagging": "in_child()",
    "after tagging": "check(); in_child(); check(); in_child()",
    "a child's child": "check(); in_child(lambda: (check(), in_child()))",
    "a pool": "with fork.Pool(2) as pool: pool.map_async(check, [new_words()] * 8).get(120)",
    "while threads tag": """
stop = threading.Event()
def serve():
    while not stop.is_set():
        check(new_words())
threads = [threading.Thread(target=serve) for _ in range(2)]
for thread in threads: thread.start()
try:
    for _ in range(6): in_child(lambda: check(new_words()))
finally:
    stop.set()
    for thread in threads: thread.join()
check()
""",
}


def native(both: Both) -> Predictor:
    pytest.importorskip("postagger_native", reason="the native kernel is not installed")
    return NativePredictor(both.checkpoint(), [both.config.corpus.head_name])


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("kind", ["window", "lstm"])
@pytest.mark.parametrize("make", [Both.predictor, native], ids=["numpy", "native"])
def test_forked_processes_tag(
    make: Callable[[Both], Predictor], kind: str, threads: str, tmp_path: Path
) -> None:
    """All programs in one process. The network is large enough for OpenBLAS to split its products."""
    path = tmp_path / "predictor"
    both = Both({"kind": kind, "hidden": [256] if kind == "window" else 64})
    path.write_bytes(pickle.dumps(make(both)))
    parts = [f"print({name!r})\n{program}\n" for name, program in PROGRAMS.items()]
    done = subprocess.run(
        [sys.executable, "-c", START + IN_CHILD + "".join(parts), str(path)],
        env=os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
