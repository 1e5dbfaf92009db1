"""Runs code blocks of Markdown pages as tests, with Sybil: each page in a folder and a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pytest
from page_blocks import SHELLS, Block, commands, read_blocks
from page_output import difference
from sybil import Document, Example, Region, Sybil

ROOT = Path(__file__).parents[2]
SECONDS = 240
"""How long a block may take; CI runs all of them in under five minutes."""

_POSTAGGER = """\
from postagger.__main__ import run

if __name__ == "__main__":  # the processes of compare import this file
    run()
"""


def parse(document: Document) -> Iterator[Region]:
    """A region for each block of a page that is run, written to a file or checked."""
    for block in read_blocks(document.text):
        if block.title or block.language in ("python", "setup", "toml", *SHELLS):
            yield Region(block.start, block.end, block, _evaluate)


def sybil(root: str | Path = ROOT) -> Sybil:
    """Runs the pages of docs/ and the README."""
    return Sybil(
        [parse], path=str(root), patterns=["docs/*.md", "docs/*/*.md", "README.md"], fixtures=["page"]
    )


def _evaluate(example: Example) -> None:
    block: Block = example.parsed
    page: Page = example.namespace["page"]
    if reason := why_not(block):
        pytest.skip(reason)
    if problem := page.do(block, Path(example.path)):
        pytest.fail(f"{example.path}:{block.line}\n{problem}", pytrace=False)


def why_not(block: Block) -> str:
    """The reason why a block cannot be run here; empty if it can."""
    if block.how.skip:
        return block.how.skip
    for need in block.how.needs:
        kind, _, name = need.partition(" ")
        if not _HAVE[kind](name):
            return f"needs the {need}"
    return ""


def _has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _has_corpus(name: str) -> bool:
    import nltk.data

    for suffix in ("", ".zip"):
        try:
            nltk.data.find(f"corpora/{name}{suffix}")
        except LookupError:
            continue
        return True
    return False


def _has_program(name: str) -> bool:
    return shutil.which(name) is not None


_HAVE: dict[str, Callable[[str], bool]] = {
    "module": _has_module,
    "program": _has_program,
    "corpus": _has_corpus,
}


class Page:
    """A folder in which a page's blocks are run.

    Attributes:
        folder: the current folder of the blocks, empty at first.
        port: a free one.
    """

    def __init__(self, folder: Path, models: Path) -> None:
        self.folder = folder / "page"
        self.folder.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        _program(programs / "postagger", _POSTAGGER)
        _program(programs / "pip", Path(__file__).with_name("page_pip.py").read_text(encoding="utf-8"))
        self.printed = folder / "printed"
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "PAGE_MODELS": str(models),
            "PAGE_ROOT": str(ROOT),
        }
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.python: subprocess.Popen[str] | None = None
        self.servers: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for process in [*self.servers, *([self.python] if self.python else [])]:
            _kill(process)

    def do(self, block: Block, page: Path) -> str:
        """Runs a block or writes its file; says what is wrong, or nothing."""
        code = block.changed.replace("{port}", str(self.port))
        if block.title:
            file = self.folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code, encoding="utf-8")
            return ""
        if block.language == "toml":
            tomllib.loads(code)
            return ""
        if block.language in ("python", "setup"):
            problem = self._run_python(code, block, page)
            return problem or _compared(block, self.printed.read_text(encoding="utf-8"))
        if block.how.server:
            return self._serve(code, block.how.server.replace("{port}", str(self.port)))
        if block.language == "console" or code.startswith("$ "):
            return "\n".join(filter(None, (self._command(*one, block) for one in commands(code))))
        return self._command(code, block.output or "", block)

    def _run_python(self, code: str, block: Block, page: Path) -> str:
        if self.python is None:
            self.python = subprocess.Popen(
                [
                    sys.executable,
                    "-W",
                    "error",
                    str(Path(__file__).with_name("page_python.py")),
                    self.printed,
                ],
                cwd=self.folder,
                env=self.environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        assert self.python.stdin is not None
        assert self.python.stdout is not None
        language = "setup" if block.language == "setup" else "python"
        request = {"code": code, "page": str(page), "line": block.line, "language": language}
        self.python.stdin.write(json.dumps(request) + "\n")
        self.python.stdin.flush()
        if not select.select([self.python.stdout], [], [], SECONDS)[0]:
            _kill(self.python)
            return f"takes more than {SECONDS} s"
        answer = self.python.stdout.readline()
        return str(json.loads(answer)["problem"]) if answer else "the Python process ended"

    def _start(self, script: str, *, errors: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )

    def _command(self, script: str, output: str, block: Block) -> str:
        """Runs commands; if they are to fail, their messages are compared too."""
        process = self._start(script, errors=subprocess.STDOUT if block.how.status else subprocess.PIPE)
        try:
            printed, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            _kill(process)
            return f"{script}takes more than {SECONDS} s"
        if process.returncode != block.how.status:
            return f"$ {script}{printed}{errors or ''}exit status {process.returncode}"
        told = _differs(block, output, printed)
        return f"$ {script}{told}" if told else ""

    def _serve(self, script: str, address: str) -> str:
        """Starts commands that go on until the page ends; waits until their address answers."""
        process = self._start(f"exec 1>&2; {script}", errors=subprocess.STDOUT)
        self.servers.append(process)
        for _ in range(10 * SECONDS):
            try:
                urllib.request.urlopen(address, timeout=5).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if process.poll() is not None:
                    return f"$ {script}ended with exit status {process.returncode}"
                time.sleep(0.1)
            else:
                return ""
        return f"nothing answers at {address}"


def _program(file: Path, code: str) -> None:
    """A program in Python, like those that pip installs."""
    file.write_text(f"#!{shlex.quote(sys.executable)}\n{code}", encoding="utf-8")
    file.chmod(0o755)


def _kill(process: subprocess.Popen[str]) -> None:
    """Ends a process that leads its group, and all that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _compared(block: Block, printed: str) -> str:
    return "" if block.output is None else _differs(block, block.output, printed)


def _differs(block: Block, output: str, printed: str) -> str:
    if block.how.not_compared or not output.strip():
        return ""
    return difference(output, printed, numbers_vary=block.how.numbers_vary)
