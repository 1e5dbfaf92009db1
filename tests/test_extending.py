"""docs/how-to/extending.md: its files are written to a folder, and its commands are run there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from postagger import load_corpus
from postagger.corpora import TaggedSentence
from postagger.tuning import check_packages

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "how-to" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'^```\w+ title="([\w.]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]

_TINY = "--set training.epochs=1 words.word_dim=8 words.character_dim=0"
_FILES = " ".join(f"corpus.{part}={part}.vert" for part in ("train", "dev", "test"))
_MORE = {
    "train": f"{_TINY} model.filters=8",
    "tune": f"{_TINY} model.filters=8 --trials 2 --seeds 1 --jobs 1",
    # The comparison on the page is of the treebank; here all are of the same files.
    "compare": f"{_TINY} {_FILES} corpus.reader=vertical:read_vertical --seeds 2 --jobs 2",
}
"""What is added to a command, so that it takes seconds: of an option given twice, the last one counts."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of the page, and a hundred sentences of the sample as vertical files."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    corpus = load_corpus("sample")
    for part, count in (("train", 60), ("dev", 20), ("test", 20)):
        (folder / f"{part}.vert").write_text(_vertical(corpus.part(part)[:count]), encoding="utf-8")
    return folder


def _vertical(sentences: list[TaggedSentence]) -> str:
    blocks = ("".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in sentences)
    return '<doc id="1">\n' + "".join(f"<s>\n{block}</s>\n" for block in blocks) + "</doc>\n"


def _run(command: str, folder: Path) -> str:
    """Runs a line of the shell as it stands, `postagger` being this one; gives its standard output."""
    program = f"{shlex.quote(sys.executable)} -c 'from postagger.cli import run; run()'"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        re.sub(r"\bpostagger(?= [a-z])", lambda _: program, command),
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _tiny(command: str) -> str:
    verb = re.findall(r"postagger (\w+)", command)[0]
    return f"{command} {_MORE.get(verb, '')}"


def test_the_page_has_what_is_tested() -> None:
    assert {"convolution.py", "lion.py", "vertical.py", "affix.py", "my.toml", "convolution.toml"} <= set(
        FILES
    )
    assert {re.findall(r"postagger (\w+)", command)[0] for command in COMMANDS} == {
        *("train", "info", "tag", "evaluate", "explain", "tune", "compare")
    }
    assert len(FILES["convolution.py"].splitlines()) < 60


def test_every_command_of_the_page(folder: Path) -> None:
    check_packages()
    order = sorted(COMMANDS, key=lambda command: "postagger train" not in command)  # it makes the model
    told = {command: _run(_tiny(command), folder) for command in order}
    for command, output in told.items():
        if "info" in command:
            assert "convolution:Convolution" in output
            assert "lion:lion" in output
        elif "tag" in command.split():
            assert re.fullmatch(r"(\S+/\S+ ?){4}\n|(\S+\t\S+\n){4}\n?", output), output
        elif "affix" in command:
            assert "affix" in output
            assert "hmm" in output
        elif "lstm" in command:
            assert "convolution" in output
    assert "lion:lion" in (folder / "runs" / "tune" / "plan.json").read_text()


def test_the_entry_points_of_the_page_name_what_is_there() -> None:
    groups = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]
    assert set(groups) == {f"postagger.{what}" for what in ("models", "optimisers", "readers", "systems")}
    for points in groups.values():
        for name, path in points.items():
            module, _, attribute = path.partition(":")
            assert re.search(rf"^(class|def) {attribute}\b", FILES[f"{module}.py"], re.MULTILINE)
            assert f'("{name}"' in FILES[f"{module}.py"]
