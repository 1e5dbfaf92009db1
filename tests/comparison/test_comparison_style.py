"""Pictures of matplotlib, saved."""

from __future__ import annotations

import re
from pathlib import Path

from postagger.comparison.style import drawing, new_figure, save
from postagger.plots import PENS


def test_a_saved_svg_is_readable_on_a_dark_page_and_has_no_background(tmp_path: Path) -> None:
    with drawing():
        figure = new_figure(2, 3)
        figure.subplots().plot([1, 2], [1, 2], color=PENS[1].color, label="a")
        save(figure, tmp_path / "new" / "a.svg")
        save(figure, tmp_path / "a.png")
    text = (tmp_path / "new" / "a.svg").read_text("utf-8")
    assert text.startswith("<svg")
    assert "prefers-color-scheme: dark" in text
    assert f'[style*="stroke: {PENS[1].color}"]{{stroke:{PENS[1].dark}!important}}' in text
    assert not re.search(r"(fill|stroke): #ffffff", text)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
