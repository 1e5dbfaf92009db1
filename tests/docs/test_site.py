"""The site has every page, every public name, and every command and option."""

from __future__ import annotations

import re
from pathlib import Path

import document_commands
import pytest
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
    for link in re.findall(r"\]\(([^)#\s]+)", site_pages.as_shown(page)):
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
