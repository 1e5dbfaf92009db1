"""The tutorial's pages, diagrams and notebooks; what the pages' code prints is compared by tests/docs."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from diagrams import DIAGRAMS
from lecture.notebook import notebook, notebook_file
from lecture.pages import FOLDER, Block, Page, chapters, read_page
from notebooks import executed, write_notebooks

CHAPTERS = chapters()
IDS = [path.stem for path in CHAPTERS]
IMPORTS = {"random", "statistics", "time", "pathlib", "numpy", "torch", "matplotlib", "postagger"}

PAGE = """\
# One

Text with [a link](other.md), ![a diagram](images/window.svg) and [the web](https://example.org/).

```python
x = 1
print(x)
```

<!-- numbers vary -->
```text
1
```

![a curve](images/01_curve.svg)

The end.
"""


def page(tmp_path: Path, text: str = PAGE) -> Page:
    path = tmp_path / "01_one.md"
    path.write_text(text, encoding="utf-8")
    return read_page(path)


def test_a_page_is_read_as_text_and_blocks(tmp_path: Path) -> None:
    (block,) = page(tmp_path).blocks
    assert block.code == "x = 1\nprint(x)\n"
    assert block.line == 6
    assert block.output == "1\n"
    assert block.comment == "<!-- numbers vary -->\n"
    assert (block.alt, block.picture) == ("a curve", "images/01_curve.svg")


def test_a_page_is_written_as_it_was_read(tmp_path: Path) -> None:
    assert str(page(tmp_path)) == PAGE


def test_a_diagram_after_a_block_is_not_what_it_draws(tmp_path: Path) -> None:
    (block,) = page(tmp_path, PAGE.replace("images/01_curve", "images/lstm")).blocks
    assert block.picture == ""


def test_running_a_page_gives_its_output_and_its_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra compare")
    from lecture.execution import run_page

    drawing = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(2)\n"
    outcome = run_page(page(tmp_path, PAGE.replace("x = 1\nprint(x)\n", drawing)))
    assert [block.output for block in outcome.page.blocks] == ["2\n"]
    svg = outcome.pictures["images/01_curve.svg"]
    assert "prefers-color-scheme: dark" in svg
    assert "currentColor" in svg
    assert outcome.namespace["plt"]


def test_a_picture_that_nothing_draws_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra compare")
    from lecture.execution import run_page

    with pytest.raises(ValueError, match="draws no picture"):
        run_page(page(tmp_path))


def test_a_notebook_has_the_text_and_the_code_of_its_page(tmp_path: Path) -> None:
    cells = notebook(page(tmp_path))["cells"]
    assert [cell["cell_type"] for cell in cells] == ["code", "markdown", "code", "markdown"]
    assert "".join(cells[2]["source"]) == "x = 1\nprint(x)"
    text = "".join(cells[1]["source"])
    assert "(https://github.com/postagger/postagger/blob/main/docs/tutorial/other.md)" in text
    assert (
        "(https://raw.githubusercontent.com/postagger/postagger/main/docs/tutorial/images/window.svg)" in text
    )
    assert "(https://example.org/)" in text
    assert "".join(cells[3]["source"]) == "The end."


def test_notebooks_run(tmp_path: Path) -> None:
    pytest.importorskip("nbclient", reason="needs the extra test")
    pytest.importorskip("ipykernel", reason="needs the extra test")
    done = json.loads(executed(notebook_file(page(tmp_path)), tmp_path))
    assert done["cells"][2]["outputs"][0]["text"] == ["1\n"]


def test_the_committed_notebooks_are_those_of_the_pages(tmp_path: Path) -> None:
    written = write_notebooks(tmp_path)
    committed = sorted((FOLDER / "notebooks").glob("*.ipynb"))
    assert [file.name for file in written] == [file.name for file in committed]
    for new, old in zip(written, committed, strict=True):
        assert new.read_text(encoding="utf-8") == old.read_text(encoding="utf-8"), "run scripts/notebooks.py"


@pytest.mark.parametrize("name", DIAGRAMS)
def test_the_committed_diagrams_are_those_of_the_script(name: str) -> None:
    drawn = str(DIAGRAMS[name]())
    ET.fromstring(drawn)
    assert drawn == (FOLDER / "images" / f"{name}.svg").read_text(encoding="utf-8"), "run scripts/diagrams.py"


def test_every_picture_is_on_a_page_and_follows_the_page_to_dark() -> None:
    shown = {
        picture
        for path in FOLDER.glob("*.md")
        for picture in re.findall(r"\((images/[^)]+)\)", path.read_text(encoding="utf-8"))
    }
    files = {f"images/{path.name}" for path in (FOLDER / "images").iterdir()}
    assert shown == files
    for file in files:
        assert "prefers-color-scheme: dark" in (FOLDER / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CHAPTERS, ids=IDS)
def test_a_chapter_is_short_and_needs_only_the_package_and_the_usual_libraries(path: Path) -> None:
    chapter = read_page(path)
    assert chapter.code_lines < 80
    code = "".join(block.code for block in chapter.blocks)
    imported = re.findall(r"^(?:from|import) (\w+)", code, re.MULTILINE)
    assert set(imported) <= IMPORTS
    assert max(map(len, code.splitlines())) <= 110


@pytest.mark.parametrize("path", CHAPTERS, ids=IDS)
def test_a_chapter_has_its_notebook_exercises_and_solutions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    number, title = re.search(r"^# (\d+)\. (.+)$", text, re.MULTILINE).groups()  # type: ignore[union-attr]
    assert path.name.startswith(f"{int(number):02}_")
    assert f"(notebooks/{path.stem}.ipynb)" in text
    asked = re.findall(r"^(\d)\. ", text[text.index("## Exercises") :], re.MULTILINE)
    assert asked == ["1", "2", "3"]
    solutions = (FOLDER / "solutions.md").read_text(encoding="utf-8")
    here = re.search(rf"^## {number}\. .*?(?=^## |\Z)", solutions, re.MULTILINE | re.DOTALL)
    assert here is not None
    assert all(f"**{number}.{answer}**" in here[0] for answer in asked)
    assert title


def test_blocks_are_equal_to_what_is_written() -> None:
    assert str(Block("x\n", 1, "1\n")) == "```python\nx\n```\n\n```text\n1\n```\n"
