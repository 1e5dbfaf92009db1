"""Taggers in forked processes: every program here would hang without `postagger.runtime.forking`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from children import IN_CHILD

from postagger import Config, Tagger
from postagger.corpora import TaggedSentence
from postagger.runtime.forking import Tagging

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a single core has no threads to lose"),
]

START = """
import itertools, multiprocessing, os, sys, threading, time, warnings
from concurrent.futures import ThreadPoolExecutor
import torch
from postagger import Tagger

warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
fork = multiprocessing.get_context("fork")
tagger = Tagger.load(sys.argv[1], device="cpu")
long = [[f"w{number}", "x"] for number in range(3000)]
numbers = itertools.count()


def new_words():
    return [[f"n{next(numbers)}", "x"] for _ in range(300)]


def check(sentences=long):
    assert [[word for word, _ in sentence] for sentence in tagger.tag_sents(sentences)] == sentences
    assert list(tagger.tag_sents(sentences)) == list(map(tagger.tag, sentences[:9])) + list(
        itertools.islice(tagger.tag_sents(sentences), 9, None)
    )

"""

PROGRAMS = {
    "after tagging": "check(); in_child(); check(); in_child()",
    "after loading": "in_child()",
    "after other work": "torch.rand(2000, 2000) @ torch.rand(2000, 2000); in_child()",
    "explaining": "tagger.explain(['a', 'b'] * 9, 1); in_child(lambda: tagger.explain(['c', 'd'] * 9, 1))",
    "a pool": "check()\nwith fork.Pool(2) as pool: pool.map_async(tagger.tag, long[:9]).get(120)",
    "with workers in the parent": "list(tagger.tag_sents(long, workers=2)); in_child(); check()",
    "with workers in the child": "check(); in_child(lambda: list(tagger.tag_sents(long, workers=2)))",
    "threads in the child": """
check()
def work():
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: check(), range(4)))
in_child(work)
""",
    "from a thread": """
check()
alive = []
thread = threading.Thread(target=lambda: (in_child(), in_child(), alive.append(True)))
thread.start()
check(new_words())
thread.join()
assert alive
""",
    "while threads tag": """
stop = threading.Event()
def serve():
    while not stop.is_set():
        list(tagger.tag_sents(new_words()))
threads = [threading.Thread(target=serve) for _ in range(2)]
for thread in threads: thread.start()
try:
    for _ in range(6): in_child(lambda: check(new_words()))
finally:
    stop.set()
    for thread in threads: thread.join()
check()
""",
    "while a thread makes a predictor": """
fresh = Tagger.load(sys.argv[1], device="cpu")
import postagger.tagger.engine as room
make, begun = room.make_predictor, threading.Event()
def slowly(*arguments):
    begun.set()
    time.sleep(0.5)
    return make(*arguments)
room.make_predictor = slowly
thread = threading.Thread(target=lambda: list(fresh.tag_sents(long[:9])))
thread.start()
begun.wait()
in_child(lambda: list(fresh.tag_sents(long[:9])))
thread.join()
""",
    "a stream that goes on in the child": """
stream = tagger.tag_sents(long * 9, workers=2)
first = [next(stream) for _ in range(10)]
in_child(lambda: [next(stream) for _ in range(20_000)])
assert len(list(stream)) == 27_000 - 10
""",
    "a child's child": "check(); in_child(lambda: (check(), in_child()))",
    "os.fork": """
check()
child = os.fork()
if not child:
    check()
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
""",
}


@pytest.fixture(scope="module")
def model(
    tiny_sentences: list[TaggedSentence],
    tiny_config: Callable[..., Config],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    config = tiny_config("window", training={"epochs": 1}, model={"hidden": [256]})
    path = tmp_path_factory.mktemp("fork") / "model"
    Tagger.train(tiny_sentences, config).save(path)
    return path


@pytest.mark.parametrize("threads", ["1", "2"])
def test_forked_processes_tag(threads: str, model: Path) -> None:
    """All programs in one process, since loading torch takes longer than most of them."""
    parts = [f"print({name!r})\n{program}\n" for name, program in PROGRAMS.items()]
    done = subprocess.run(
        [sys.executable, "-c", START + IN_CHILD + "".join(parts), str(model)],
        env=os.environ | {"OMP_NUM_THREADS": threads},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_fork_waits_for_threads_that_tag_and_keeps_others_out() -> None:
    tagging = Tagging()
    order: list[str] = []
    inside, leave = threading.Event(), threading.Event()

    def tag() -> None:
        with tagging, tagging:  # twice is no deadlock
            inside.set()
            leave.wait(10)
            order.append("tagged")

    def tag_later() -> None:
        with tagging:
            order.append("tagged later")

    first = threading.Thread(target=tag)
    first.start()
    inside.wait(10)
    threading.Timer(0.1, leave.set).start()
    with tagging:  # a thread that forks while it tags does not wait for itself
        tagging.before_fork()
    later = threading.Thread(target=tag_later)
    later.start()
    order.append("forked")
    tagging.after_fork_in_parent()
    later.join(10)
    first.join(10)
    assert order == ["tagged", "forked", "tagged later"]


def test_the_parent_keeps_its_threads(model: Path) -> None:
    before = torch.get_num_threads()
    Tagger.load(model).tag(["a"])
    child = os.fork()
    if not child:
        os._exit(torch.get_num_threads())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert torch.get_num_threads() == before
