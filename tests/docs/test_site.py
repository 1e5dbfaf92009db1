"""The site has every page, every public name, and every command and option."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import document_commands
import pytest
import site_links
import site_pages
from page_blocks import read_blocks
from pages import ROOT

import postagger
from postagger.cli.main import _parser

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


def test_the_navigation_has_every_page_once() -> None:
    navigation = re.findall(
        r"- (?:.*: )?([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(navigation) == [page.relative_to(DOCS).as_posix() for page in PAGES]


def test_the_reference_has_every_public_name() -> None:
    pages = "".join(page.read_text("utf-8") for page in (DOCS / "reference" / "python").glob("*.md"))
    shown = re.findall(r"^::: postagger\.(\w+)$", pages, re.MULTILINE)
    assert sorted([*shown, "__version__"]) == sorted(postagger.__all__)
    assert "`postagger.__version__`" in pages


def test_the_page_about_installing_has_every_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    page = (DOCS / "how-to" / "install.md").read_text("utf-8")
    shown = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    for_developers = {"test", "test-all", "fuzz", "docs", "check"}
    assert set(shown) == set(project["optional-dependencies"]) - for_developers


def test_the_reference_has_every_command_and_option() -> None:
    page = document_commands.document()
    commands = document_commands.subcommands(_parser())
    assert len(commands) > 10
    sections = {
        found[1]: found[2]
        for found in re.finditer(r"^### postagger (\w+)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    }
    assert set(sections) == set(commands)
    for name, parser in commands.items():
        for action in parser._actions:
            for option in {*action.option_strings} - {"-h", "--help"}:
                assert f"`{option}" in sections[name], f"{name} {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page(page: Path) -> None:
    """It begins with its title; its blocks can be read; its links lead somewhere."""
    text = page.read_text("utf-8")
    assert text.startswith("# ")
    read_blocks(text)
    shown = site_pages.CODE.sub("", site_pages.as_shown(page))
    for link in re.findall(r"\]\(([^)#\s]+)", shown):
        if link.startswith(site_pages.REPOSITORY):
            assert (ROOT / link.removeprefix(site_pages.REPOSITORY)).exists()
        else:
            assert re.match(r"https?:", link) or (page.parent / link).exists(), link


def test_links_out_of_the_docs_lead_to_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_pages, "ROOT", tmp_path)
    monkeypatch.setattr(site_pages, "DOCS", tmp_path / "docs")
    page = tmp_path / "docs" / "a" / "page.md"
    page.parent.mkdir(parents=True)
    page.write_text("[x](../b.md#c) [y](../../LICENSE) `[z](../../z)` [w](https://example.org/)", "utf-8")
    shown = site_pages.as_shown(page)
    assert shown == page.read_text("utf-8").replace("](../../LICENSE", f"]({site_pages.REPOSITORY}LICENSE")


def test_parts_that_nothing_generates() -> None:
    with pytest.raises(ValueError, match="nothing generates"):
        site_pages.generated("weather")


def test_parameters_described_together() -> None:
    pytest.importorskip("griffe", reason="needs the extra docs")
    from site_docstrings import one_by_one

    lines = ["Reads.", "", "Args:", "    a, b: two", "        of them.", "    c: one.", "", "Note a, b: no."]
    assert one_by_one(lines) == [*lines[:3], *["    a: two", lines[4], "    b: two"], *lines[4:]]


def test_pages_in_docstrings_become_links() -> None:
    """Within backticks, a link would be shown as it is written."""
    pytest.importorskip("griffe", reason="needs the extra docs")
    from site_docstrings import pages_linked

    link = "[how-to/hub](../../how-to/hub.md)"
    assert pages_linked("(`docs/how-to/hub.md`) docs/how-to/hub.md") == f"({link}) {link}"
    assert pages_linked("docs/a.md#b") == "[a](../../a.md#b)"


def test_angle_brackets_of_the_help() -> None:
    """Markdown knows no backslash before `<`: it would show it."""
    assert document_commands.escaped("a<TAB>b *c*") == r"a&lt;TAB&gt;b \*c\*"


def test_pages_named_in_docstrings_are_there() -> None:
    """The site makes links of them."""
    for module in (ROOT / "postagger").rglob("*.py"):
        for name in re.findall(r"docs/[\w/-]+\.md", module.read_text("utf-8")):
            assert (ROOT / name).exists(), f"{module}: {name}"


def test_links_of_a_site(tmp_path: Path) -> None:
    def problems(text: str) -> list[str]:
        (tmp_path / "a" / "index.html").write_text(text, "utf-8")
        return site_links.problems(tmp_path)

    (tmp_path / "a").mkdir()
    (tmp_path / "b.html").write_text('<h1 id="top">B</h1>', "utf-8")
    links = "".join(
        f'<a href="{link}">' for link in ("../b.html#top", "https://example.org/x", "../a/", "#c")
    )
    assert problems(f'{links}<p id="c"><img src="../b.html">') == []
    assert problems('<a href="c/">') == ["a/index.html: c/ leads nowhere"]
    assert problems('<a href="../b.html#end">') == ["a/index.html: ../b.html#end: no such place on that page"]
    assert problems('<script src="//example.org/x.js">') == ["a/index.html: loads //example.org/x.js"]
    assert problems('<link rel="stylesheet" href="https://example.org/x.css">')
