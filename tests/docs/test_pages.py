"""The code blocks of pages are run as CONTRIBUTING.md says, and a page that is wrong fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_blocks import PageError, commands, read_blocks
from page_output import difference
from pages import ROOT, Page, why_not


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with Page(tmp_path, tmp_path) as page:
        yield page


def run(page: Page, text: str) -> list[str]:
    """Does all blocks of a page; what is wrong with each."""
    return [page.do(block, Path("page.md")) for block in read_blocks(text)]


def test_python_blocks_share_a_namespace_and_a_folder(page: Page) -> None:
    text = "```python\na = 2\n```\n\n```python\nprint(a)\nopen('a', 'w').close()\n```\n\n```text\n2\n```\n"
    assert run(page, text + "```console\n$ ls\na\n```\n") == ["", "", ""]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("exit(3)", "SystemExit"),
        ("import warnings\nwarnings.warn('old', stacklevel=1)", "UserWarning: old"),
        ("1 + 1  # 3", "line 2 says 3\nbut it is 2"),
        ("(1,\n 2)\n# (1, 3)", "line 3 says (1, 3)"),
        ("print('a')  # 'b'", "but it is a"),
        ("import os\nos._exit(0)", "the Python process ended"),
        ("model('a.safetensors')", "NameError"),
    ],
)
def test_what_a_python_block_does_wrong(page: Page, code: str, told: str) -> None:
    (problem,) = run(page, f"```python\n{code}\n```\n")
    assert told in problem


def test_claims_that_hold(page: Page) -> None:
    code = "1 + 1  # 2\n'abc'  # 'a...'\n[1, 2]\n# [1, 2]\n3  # three\nprint([1])  # [1]\nx = 1  # 2\n"
    assert run(page, f"```python\n{code}```\n") == [""]


def test_a_traceback_begins_on_the_page(page: Page) -> None:
    (problem,) = run(page, "# Title\n\n```python\ndef f():\n    raise ValueError\n\nf()\n```\n")
    assert problem.startswith('  File "page.md", line 7, in <module>\n')


def test_output_that_differs(page: Page) -> None:
    (problem,) = run(page, "```python\nprint('a\\nb')\n```\n```text\na\nc\n```\n")
    assert problem.splitlines()[-3:] == [" a", "-c", "+b"]


def test_only_a_block_right_after_is_output_but_for_one_that_says_so() -> None:
    assert read_blocks("```python\n1\n```\nSo:\n```text\na\n```\n")[0].output is None
    assert read_blocks("```python\n1\n```\nSo:\n```output\na\n```\n")[0].output == "a\n"
    with pytest.raises(PageError, match="follows no block"):
        read_blocks("```output\na\n```\n")


def test_commands_of_a_console_block() -> None:
    assert list(commands("$ a \\\n    b\n1\n\n2\n$ c\n> d\n")) == [
        ("a \\\n    b\n", "1\n\n2\n"),
        ("c\nd\n", ""),
    ]
    with pytest.raises(PageError, match="begins with"):
        list(commands("a\n"))


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("```sh\nfalse\ntrue\n```", "exit status 1"),
        ("```sh\nfalse | true\n```", "exit status 1"),
        ("```console\n$ echo a\nb\n```", "-b\n+a"),
        ("```sh\necho a\n```\n```text\nb\n```", "-b\n+a"),
        ("```\nls nothing\n```", "No such file"),
        ("<!-- exit status: 2 -->\n```sh\nexit 1\n```", "exit status 1"),
        ("```console\n$ postagger info nothing\n```", "exit status 1"),
        ("```sh\npip install 'postagkit[train,nothing]'\n```", "there is no extra nothing"),
    ],
)
def test_what_a_command_does_wrong(page: Page, block: str, told: str) -> None:
    (problem,) = run(page, block + "\n")
    assert told in problem


def test_pip_installs_nothing(page: Page) -> None:
    assert run(page, "```sh\npip install 'postagkit[train]' no-such-package\n```\n") == [""]


def test_a_failure_that_the_page_shows(page: Page) -> None:
    assert run(page, "<!-- exit status: 3 -->\n```console\n$ echo no >&2; exit 3\nno\n```\n") == [""]


def test_titles_name_files(page: Page) -> None:
    assert run(page, '```text title="a/b.txt"\nab\n```\n```console\n$ cat a/b.txt\nab\n```\n') == ["", ""]


def test_setup_makes_files_and_gives_no_names(page: Page) -> None:
    setup = "<!-- setup\nconllu('my.conllu', 'dev', 2)\nplain_text('my.txt', count=2)\n-->\n"
    shown = "```python\nlen(open('my.conllu').read().strip().split('\\n\\n'))  # 2\n```\n"
    missing = "```python\nconllu\n```\n"
    *fine, problem = run(page, f"{setup}{shown}```console\n$ wc -l < my.txt\n2\n```\n{missing}")
    assert fine == ["", "", ""]
    assert "NameError" in problem


def test_changes(page: Page) -> None:
    text = '<!-- run with "b" for "a", "-n" after "echo" -->\n```sh\necho a\n```\n```text\nb\n```\n'
    assert run(page, text) == [""]
    quoted = '<!-- run with `print("b")` for `print("a")` -->\n'
    assert run(page, quoted + '```python\nprint("a")\n```\n```text\nb\n```\n') == [""]
    everywhere = '<!-- on this page, run with "b" for "a" -->\n```sh\ntrue\n```\n'
    assert run(page, everywhere + "```console\n$ echo a\nb\n```\n") == ["", ""]
    with pytest.raises(PageError, match='no "a" on the page'):
        read_blocks(everywhere.replace("true", "echo"))
    with pytest.raises(PageError, match='no "a" in the block'):
        read_blocks('<!-- run with "b" for "a" -->\n```sh\ntrue\n```\n')


@pytest.mark.parametrize(
    "comment", ["skipped: why", "skip:", "run with b", "needs: torch", "numbers", 'run with "a" for "b" now']
)
def test_comments_that_say_nothing(comment: str) -> None:
    with pytest.raises(PageError, match="no comment that"):
        read_blocks(f"<!-- {comment} -->\n```sh\nb\n```\n")


def test_comments_before_no_block() -> None:
    with pytest.raises(PageError, match="stands before no block"):
        read_blocks("<!-- skip: long -->\nText\n```sh\na\n```\n")
    with pytest.raises(PageError, match="stands before no block"):
        read_blocks("<!-- skip: long -->\n")


def test_reasons_to_skip() -> None:
    def why(comment: str) -> str:
        return why_not(read_blocks(f"<!-- {comment} -->\n```sh\na\n```\n")[-1])

    assert why("skip: needs\n  an account") == "needs an account"
    assert why("needs: module os, module no_such_module") == "needs the module no_such_module"
    assert why("needs: program no-such-program") == "needs the program no-such-program"
    assert why("needs: corpus no_such_corpus") == "needs the corpus no_such_corpus"
    assert why("on this page, skip: long") == "long"
    assert why("needs: module os, program sh") == ""


def test_a_server_runs_until_the_page_ends(tmp_path: Path) -> None:
    text = (
        '<!-- on this page, run with "{port}" for "8000" -->\n<!-- server: http://127.0.0.1:{port}/ -->\n'
        "```sh\npython -m http.server --bind 127.0.0.1 8000\n```\n"
        "```python\nfrom urllib.request import urlopen\n"
        "with urlopen('http://127.0.0.1:8000/') as answer:\n    answer.status\nanswer.status  # 200\n```\n"
    )
    with Page(tmp_path, tmp_path) as page:
        assert run(page, text) == ["", ""]
        (server,) = page.servers
        assert server.poll() is None
    assert server.poll() is not None


@pytest.mark.parametrize(
    ("expected", "got", "numbers_vary"),
    [
        ("a\n", "a  \n\n", False),
        ("accuracy 96...\n", "accuracy 96.59\n", False),
        ("a\n...\nz\n", "a\nb\nc\nz\n", False),
        ("a\n...\nz\n", "a\nz\n", False),
        ("...", "", False),
        ("dev 96.59 %, 1,234 tokens  in 3 s\n", "dev 7 %, 12 tokens in 10.5 s\n", True),
        ("loss 1e-3", "loss 0.5", True),
    ],
)
def test_output_that_fits(expected: str, got: str, numbers_vary: bool) -> None:
    assert difference(expected, got, numbers_vary=numbers_vary) == ""


@pytest.mark.parametrize(
    ("expected", "got", "numbers_vary"),
    [
        ("a\n", "a\nb\n", False),
        ("a...\n", "a\nb\n", False),
        ("96.59", "96.5", False),
        ("96.59", "96x59", False),
        ("dev 96.59 %", "test 96.59 %", True),
        ("3 tokens", "no tokens", True),
        ("a\n...\nz\n", "a\nb\n", False),
    ],
)
def test_output_that_does_not_fit(expected: str, got: str, numbers_vary: bool) -> None:
    assert difference(expected, got, numbers_vary=numbers_vary)


def test_pytest_reports_each_block(tmp_path: Path) -> None:
    """Passed, skipped with its reason, and failed with its line: in a copy of the mechanism."""
    docs = tmp_path / "docs"
    docs.mkdir()
    blocks = ("python\n1", "sh\nfalse", "python\nprint(1)", "text\n2")
    text = "\n".join(f"```{block}\n```" for block in blocks)
    (docs / "a.md").write_text(text.replace("```sh", "<!-- skip: no time -->\n```sh"), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        (ROOT / "conftest.py").read_text("utf-8").replace("sybil()", f"sybil({str(tmp_path)!r})"), "utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(docs),
    ]
    where = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    where.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(command, cwd=tmp_path, env=where, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed, 1 skipped" in done.stdout
    assert "no time" in done.stdout
    assert f"{docs / 'a.md'}:9" in done.stdout
