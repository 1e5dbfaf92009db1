"""JSON lines there and back: what `tag` writes, `evaluate` and `load_corpus` read."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import runner

from postagger import load_corpus


def test_what_tag_writes_as_json_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runner(capsys, monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("corpus").write_text("She sings. It rains.\nNo.\n", encoding="utf-8")
    assert run("tag", "en", "corpus", "--to", "json", "--head", "all", "-o", "out.jsonl").status == 0
    corpus = load_corpus("out.jsonl", column=["xpos", "upos"])
    sentences = [*corpus.train, *corpus.dev, *corpus.test]
    assert [" ".join(word for word, _ in sentence) for sentence in sentences] == [
        "She sings .",
        "It rains .",
        "No .",
    ]
    assert sentences[0][1] == ("sings", "VBZ")
    scored = run("evaluate", "en", "out.jsonl")
    assert scored.status == 0
    assert "no errors" in scored.stdout
