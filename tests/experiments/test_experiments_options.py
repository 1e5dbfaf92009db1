"""What all experiments have in common: their options, a quick run, and progress from the first second."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from common import Parser, fewer_epochs, parser

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts" / "experiments"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py") if '"__main__"' in path.read_text(encoding="utf-8"))

_SAMPLE = [str(ROOT / "data" / "sample" / f"{part}.conllu") for part in ("train", "dev")]
ARGUMENTS = {
    "active_learning": ["--train", _SAMPLE[0], "--dev", _SAMPLE[1]],
    "calibration": ["en", "--corpus", _SAMPLE[1]],
    "nearest": ["en", "--corpus", "sample"],
    "segmentation": _SAMPLE,
}
"""What a script needs to be given."""


class _ParsedError(Exception):
    """Has the parser of a script."""

    def __init__(self, options: Parser) -> None:
        super().__init__()
        self.options = options


def parser_of(name: str, monkeypatch: pytest.MonkeyPatch) -> Parser:
    """The parser of a script, which goes no further."""
    for package in ("matplotlib", "scipy", "optuna", "pycrfsuite"):
        pytest.importorskip(package)

    def stop(self: Parser, *_: object) -> None:
        raise _ParsedError(self)

    monkeypatch.setattr(Parser, "parse_args", stop)
    with pytest.raises(_ParsedError) as found:
        importlib.import_module(name).main()
    return found.value.options


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_has_a_quick_run_and_says_how_long_both_take(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = parser_of(name, monkeypatch).format_help()
    assert "--quick" in page
    assert "no measurement: " in " ".join(page.split())
    assert re.search(
        "On one core it takes .* with the defaults, and .* with --quick.", " ".join(page.split())
    )
    assert max(map(len, page.splitlines())) <= 110


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_offers_only_options_that_it_uses(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
    passed_on = {"seeds", "jobs"} if "compare_on" in source else set()  # `compare_on` reads them
    passed_on |= {"train", "dev", "column", "corpus", "runs"} if "load_chosen" in source else set()
    for action in parser_of(name, monkeypatch)._actions:
        if action.dest not in {"help", "quick", *passed_on}:
            assert f".{action.dest}" in source, action.dest


def _example(picture: bool = True) -> Parser:
    return parser(
        "example",
        "A claim.",
        time="6 min",
        quick="20 s",
        without="one seed",
        seeds=3,
        corpus="treebank",
        picture=picture,
        less={"seeds": 1},
    )


def test_a_quick_run_has_other_defaults_and_places(capsys: pytest.CaptureFixture[str]) -> None:
    options = _example().parse_args(["--quick"])
    assert (options.seeds, options.corpus) == (1, "sample")
    assert options.runs == Path("runs/experiments/example_quick")
    assert options.output == Path("runs/experiments/example_quick.png")
    assert fewer_epochs(options) == ["training.epochs=2"]
    shown = capsys.readouterr()
    assert shown.out.startswith("**A quick run, which measures nothing**: one seed.")
    assert shown.err == "example: a quick run, 20 s on one core\n"


def test_what_is_given_goes_before_what_is_quick() -> None:
    options = _example().parse_args(["--quick", "--seeds", "2", "--corpus", "brown", "-o", "a.png"])
    assert (options.seeds, options.corpus, options.output) == (2, "brown", Path("a.png"))


def test_a_full_run_says_at_once_how_long_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    options = _example(picture=False).parse_args([])
    assert (options.seeds, options.corpus, fewer_epochs(options)) == (3, "treebank", [])
    assert not hasattr(options, "output")
    assert capsys.readouterr().err == ("example: with the defaults 6 min on one core (--quick: 20 s)\n")


def test_an_experiment_without_cached_runs_has_no_option_for_them() -> None:
    options: argparse.Namespace = parser(
        "example", "", time="1 s", quick="1 s", without="nothing", runs=False, picture=False
    ).parse_args([])
    assert vars(options) == {"quick": False}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name != "encoder_vectors"])
def test_a_quick_run(name: str, tmp_path: Path) -> None:
    """A minute of one core at most; the first progress is on stderr long before the end."""
    places = [] if name in ARGUMENTS else ["--jobs", "1", "--runs", str(tmp_path / "runs")]
    if name not in ("choose", "nearest", "segmentation", "small_treebanks"):
        places += ["-o", str(tmp_path / "picture.png")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    before = os.times()
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, SCRIPTS / f"{name}.py", "--quick", *ARGUMENTS.get(name, []), *places],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        first, at = process.stderr.readline(), time.perf_counter() - started
        out, errors = process.communicate()
    assert process.returncode == 0, errors
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    assert f"{name}: a quick run" in first
    assert "measures nothing" in out
    assert "| " in out
    assert seconds < 60
    assert at < (time.perf_counter() - started) / 2 + 5
