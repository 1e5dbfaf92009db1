"""The container files fit the repository: what they copy exists, and what they call can be called."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("Dockerfile", "Dockerfile.train")

pytestmark = pytest.mark.skipif(not (ROOT / "Dockerfile").exists(), reason="needs a checkout")


def instructions(file: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, ``(name, arguments)``, each in one line."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / file).read_text(encoding="utf-8"), flags=re.M)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def copied(file: str) -> list[str]:
    """What is copied from the repository."""
    found = (rest.split() for name, rest in instructions(file) if name == "COPY" and "--from" not in rest)
    return [source for *sources, _ in found for source in sources]


def stages(file: str) -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage, by its name, with those of the stages that it is made from."""
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for instruction, rest in instructions(file):
        if instruction == "FROM":
            base, _, name = rest.split()
            found[name] = list(found.get(base, []))
        elif name:
            found[name].append((instruction, rest))
    return found


def last(instructions: list[tuple[str, str]], name: str) -> str:
    return [rest for each, rest in instructions if each == name][-1]


@pytest.mark.parametrize("file", FILES)
def test_what_is_copied_exists_and_is_sent_to_the_engine(file: str) -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    left_out = {line for line in lines if line and line[0] not in "#!*"}
    for source in copied(file):
        assert (ROOT / source).exists(), source
        assert source in sent, source
        assert source not in left_out, source
    assert sent <= {*copied("Dockerfile"), *copied("Dockerfile.train"), *FILES}


@pytest.mark.parametrize("file", FILES)
def test_whatever_the_wheel_is_made_of_is_copied(file: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    readme = [
        each["path"]
        for each in project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["fragments"]
    ]
    needed = [*wheel["packages"], *wheel["force-include"], *project["project"]["license-files"], *readme]
    given = [Path(source) for source in copied(file)]
    for path in map(Path, ["pyproject.toml", "native", *needed]):
        assert any(path == each or each in path.parents for each in given), path


@pytest.mark.parametrize("file", FILES)
def test_stages_and_extras_exist_and_nobody_is_root(file: str) -> None:
    found = stages(file)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    for name, rest in instructions(file):
        if name == "COPY" and "--from" in rest:
            source = re.findall(r"--from=(\S+)", rest)[0]
            assert source in found
        for extra in re.findall(r"'?\"?\.\[([\w,]+)\]", rest):
            assert set(extra.split(",")) <= extras.keys()
        if name == "ARG" and rest.startswith("EXTRAS="):
            assert set(rest.partition("=")[2].split(",")) <= extras.keys()
    for stage in ("tag", "serve") if file == "Dockerfile" else ("train",):
        assert int(last(found[stage], "USER")) > 1000


@pytest.mark.parametrize(("file", "stage"), [("Dockerfile", "tag"), ("Dockerfile.train", "train")])
def test_the_default_command_is_one(file: str, stage: str) -> None:
    found = stages(file)[stage]
    assert list(stages(file))[-1] == stage
    entry: list[str] = json.loads(last(found, "ENTRYPOINT"))
    words: list[str] = json.loads(last(found, "CMD"))
    program, *words = entry + words
    assert program == "postagger"
    done = subprocess.run(
        [sys.executable, "-m", program, *words], input=b"Time flies.\n", capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout


def test_the_server_is_called_as_it_can_be_and_asked_where_it_listens() -> None:
    yaml = pytest.importorskip("yaml")
    found = stages("Dockerfile")["serve"]
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert service["build"]["target"] == "serve"
    _, command, *words = json.loads(last(found, "ENTRYPOINT"))
    assert command == "serve"
    port = words[words.index("--port") + 1]
    assert last(found, "EXPOSE") == port
    assert service["ports"][0].endswith(f":{port}:{port}")
    check = last(found, "HEALTHCHECK").partition(" CMD ")[2]
    assert json.loads(check) == service["healthcheck"]["test"][1:]
    assert f"http://127.0.0.1:{port}/health/ready" in check
    compile(json.loads(check)[-1], "healthcheck", "exec")
    for models in (json.loads(last(found, "CMD")), service["command"]):
        check_serves([*words, *models])


def check_serves(words: list[str]) -> None:
    """Checks that ``postagger serve`` takes these words."""
    from postagger.cli.parser import CommandParser

    serve: Any = pytest.importorskip("postagger.cli.serve", reason="this version has no server")
    parser = CommandParser(example=serve.EXAMPLE)
    serve.add_options(parser)
    options = parser.parse_args(words)
    assert (options.host, options.port, options.model) == ("0.0.0.0", 8000, ["en"])


@pytest.mark.parametrize("file", FILES)
def test_hadolint_finds_nothing(file: str) -> None:
    program = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([program, str(ROOT / file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
