"""What a comparison or a search finds in its folder: it goes on, does a run again, or says what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from contents import damaged
from fuzz_models import Change, plain_changes, with_changes
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from properties import Target, settled

from postagger import Corpus
from postagger.comparison import Plan, baseline_systems
from postagger.comparison.runs import Run, carry_out, read_run
from postagger.tuning.folder import Folder, TrialRun

_SENTENCES = [[("The", "DT"), ("dog", "NN")], [("Dogs", "NNS"), ("bark", "VBP"), (".", ".")]] * 6
PLAN = {"sampler": "tpe", "corpus": "tiny", "config": {"training": {"epochs": 2}}}
RUN = TrialRun(1, 1, {"layers": 2, "optimiser": "sgd", "rate": 0.5}, 0.5, 3, 1.5)
_CELLS = (b"\t", b"\n", b"\r", b"NN", b"\xff", b"\xed\xa0\x80", b"\0", b"", b"\n\n", "\u2028".encode())


class Folders(NamedTuple):
    """A file of a folder with changes: of its data, of which it is a line of JSON, or of its bytes.

    Attributes:
        content: None if the data is to be written as JSON.
    """

    file: str
    changes: list[Change]
    content: bytes | None


@cache
def _plan() -> Plan:
    corpus = Corpus("tiny", _SENTENCES[:8], _SENTENCES[8:10], _SENTENCES[10:])
    return Plan.make(baseline_systems(["most_frequent", "hmm"]), corpus, seeds=1)


@cache
def _comparison() -> Path:
    """The folder of a small comparison."""
    folder = Path("whole-comparison").resolve()
    _plan().claim(folder)
    assert not carry_out(_plan(), folder, jobs=1, keep_models=False, on_progress=lambda _: None)
    return folder


def _put(file: Path, given: Folders) -> None:
    """Writes a file with changes."""
    if given.content is not None:
        file.write_bytes(given.content)
        return
    data = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(with_changes(data, given.changes)) + "\n", encoding="utf-8")


def check_comparison(given: Folders) -> None:
    """A plan is this one or another; a run counts only if it is whole."""
    folder = Path("comparison")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_comparison(), folder)
    job = _plan().jobs[0]
    place = folder if given.file == "plan.json" else folder / "runs" / job.system / "seed-1"
    _put(place / given.file, given)
    settled(lambda: _plan().claim(folder))
    run = read_run(_plan(), folder, job)
    gold = _plan().corpus_of(job).test
    if run is not None:
        assert isinstance(run, Run)
        assert [len(tags) for tags in run.predictions] == [len(sentence) for sentence in gold]


def check_search(given: Folders) -> None:
    """A search's plan is this one or another; what is read of its runs is written and read again."""
    folder = Path("search")
    shutil.rmtree(folder, ignore_errors=True)
    Folder.claim(folder, PLAN).add(RUN)
    _put(folder / given.file, given)
    found = settled(lambda: Folder.claim(folder, PLAN))
    if found is not None:
        found.add(RUN)
        again = settled(lambda: Folder.claim(folder, PLAN))
        assert again is not None
        assert again.runs[1, 1] == RUN


@st.composite
def _folders(draw: DrawFn, file: str, whole: Callable[[], bytes]) -> Folders:
    changes = draw(plain_changes())
    content = None
    if draw(st.integers(0, 2)) == 0 or file.endswith(".tsv"):
        content = draw(damaged(whole()))
        place = draw(st.integers(0, len(content)))
        content = content[:place] + draw(st.sampled_from(_CELLS)) + content[place:]
    return Folders(file, changes, content)


def _in_comparison(name: str) -> Callable[[], bytes]:
    return lambda: next(path for path in sorted(_comparison().rglob(name))).read_bytes()


def _in_search(name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        shutil.rmtree("search", ignore_errors=True)
        Folder.claim(Path("search"), PLAN).add(RUN)
        return (Path("search") / name).read_bytes()

    return read


TARGETS = {
    "comparison-plan": Target(_folders("plan.json", _in_comparison("plan.json")), check_comparison),
    "comparison-run": Target(_folders("run.json", _in_comparison("run.json")), check_comparison),
    "comparison-predictions": Target(
        _folders("predictions.tsv", _in_comparison("predictions.tsv")), check_comparison
    ),
    "search-plan": Target(_folders("plan.json", _in_search("plan.json")), check_search),
    "search-trials": Target(_folders("trials.jsonl", _in_search("trials.jsonl")), check_search),
}
