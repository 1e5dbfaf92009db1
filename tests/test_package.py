"""What describes the distribution agrees with the package."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import postagger

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_distribution_has_a_name_of_its_own() -> None:
    """`postagger` on PyPI is another project: an extra that named it would install that one."""
    assert PROJECT["name"] == "postagkit"
    required = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    strangers = [each for extra in required.values() for each in extra if re.match(r"postagger\b", each)]
    assert strangers == []


def test_the_command_is_called_as_the_package() -> None:
    assert list(PROJECT["scripts"]) == [postagger.__name__]


def test_the_citation_has_the_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [postagger.__version__]


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(postagger.__file__).parent / "py.typed").is_file()


def test_every_address_is_in_the_same_repository() -> None:
    names = ["CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "SECURITY.md", "pyproject.toml"]
    pages = [*(ROOT / name for name in names), *(ROOT / ".github").rglob("*.yml")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    found = set(re.findall(r"https://(?:raw\.githubusercontent|github)\.com/([\w.-]+/[\w.-]+)", text))
    assert found == {PROJECT["urls"]["Homepage"].removeprefix("https://github.com/")}


def test_nobody_is_told_to_install_a_stranger_s_package() -> None:
    """What the package prints and the pages advise installs this distribution, not the other `postagger`."""
    pages = [*ROOT.glob("*.md"), ROOT / "pyproject.toml"]
    for folder in ("postagger", "scripts", "docs", "configs", "data", "tests"):
        pages += [page for page in (ROOT / folder).rglob("*") if page.suffix in {"", ".py", ".md", ".toml"}]
    advice = re.compile(r"""pip3? install[^\n`]*?['" ]postagger\\?(\[|['"\s]|$)""")
    wrong = [
        f"{page.relative_to(ROOT)}: {found[0]}"
        for page in pages
        if page.is_file() and page.name != "test_package.py"
        for found in advice.finditer(page.read_text(encoding="utf-8"))
    ]
    assert wrong == []
