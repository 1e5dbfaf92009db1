"""Files of scored tokens, read back."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from postagger import ConfigError, DataError, ScoredToken, TokenOutcome, load_files, write_predictions

FEATS = TokenOutcome("Case=Nom|Number=Sing", "none", 0.25)


def token(word: str, sentence: int, place: int, **heads: TokenOutcome) -> ScoredToken:
    return ScoredToken("a.txt", sentence, place, word, word != "NA", heads)


ONE = [
    token("The", 1, 1, xpos=TokenOutcome("DT", "DT", 0.9999999)),
    token('"', 1, 2, xpos=TokenOutcome("_", "``", 0.5)),
    token("NA", 2, 1, xpos=TokenOutcome("NN", "NNP", 0.123456789)),
    token("a\tb\u2028c", 2, 2, xpos=TokenOutcome("NN", "NN", 1.0)),
]
TWO = [token("She", 1, 1, xpos=TokenOutcome("PRP", "PRP", 0.75), feats=FEATS)]


def read(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def test_whether_an_outcome_is_correct() -> None:
    assert [each.outcomes["xpos"].correct for each in ONE] == [True, None, False, True]


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_tsv_has_a_header_and_a_line_for_each_token(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"a.TSV{ending}"
    write_predictions(file, ONE)
    rows = list(csv.DictReader(read(file).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["word"] for row in rows] == ["The", '"', "NA", "a_b_c"]
    assert rows[0] == {
        **{"document": "a.txt", "sentence": "1", "token": "1", "word": "The", "known": "True"},
        **{"gold": "DT", "predicted": "DT", "probability": "1.000000"},
    }
    assert rows[2]["known"] == "False"
    assert rows[2]["probability"] == "0.123457"


def test_json_lines_keep_every_word_and_its_types(tmp_path: Path) -> None:
    write_predictions(tmp_path / "a.jsonl", ONE)
    rows = [json.loads(line) for line in read(tmp_path / "a.jsonl").splitlines()]
    assert rows == [{**each.row(), "probability": round(each.row()["probability"], 6)} for each in ONE]


def test_conllu_is_a_corpus_of_the_predicted_tags(tmp_path: Path) -> None:
    write_predictions(tmp_path / "a.conllu.gz", ONE)
    assert load_files(test=tmp_path / "a.conllu.gz").test == [
        [("The", "DT"), ('"', "``")],
        [("NA", "NNP"), ("a_b_c", "NN")],
    ]
    lines = read(tmp_path / "a.conllu.gz").splitlines()
    assert lines[:3] == ["# newdoc id = a.txt", "# sent_id = 1", '# text = The "']
    assert "Known=No|Gold=NN|TagProb=0.123457" in lines[8]


def test_several_heads(tmp_path: Path) -> None:
    for name in ("a.tsv", "a.conllu"):
        write_predictions(tmp_path / name, TWO)
    head, row = read(tmp_path / "a.tsv").splitlines()
    assert head.split("\t")[5:] == [
        f"{name}_{column}" for column in ("xpos", "feats") for name in ("gold", "predicted", "probability")
    ]
    assert row.split("\t")[5:] == ["PRP", "PRP", "0.750000", "Case=Nom|Number=Sing", "none", "0.250000"]
    line = read(tmp_path / "a.conllu").splitlines()[3].split("\t")
    assert line[4:6] == ["PRP", "_"]
    assert "|Gold[feats]=Case=Nom;Number=Sing|TagProb[feats]=0.250000" in line[9]


def test_a_head_that_is_called_otherwise_goes_to_xpos_unless_that_is_taken(tmp_path: Path) -> None:
    brown, other = TokenOutcome("AT", "AT", 0.5), TokenOutcome("X", "X", 0.5)
    write_predictions(tmp_path / "a.conllu", [token("the", 1, 1, brown=brown)])
    assert read(tmp_path / "a.conllu").splitlines()[3].split("\t")[4] == "AT"
    both = [token("the", 1, 1, brown=brown, mine=other)]
    write_predictions(tmp_path / "b.conllu", both, columns={"brown": "xpos", "mine": "upos"})
    assert read(tmp_path / "b.conllu").splitlines()[3].split("\t")[3:5] == ["X", "AT"]
    with pytest.raises(ConfigError, match="one column xpos, which mine and another head need"):
        write_predictions(tmp_path / "c.conllu", both)
    assert not (tmp_path / "c.conllu").exists()


def test_names_and_places_that_will_not_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ends in \.tsv, \.conllu, \.jsonl"):
        write_predictions(tmp_path / "a.csv", ONE)
    (tmp_path / "a.tsv").mkdir()
    with pytest.raises(DataError, match="can't be written: it is a folder"):
        write_predictions(tmp_path / "a.tsv", ONE)


def test_a_file_is_unchanged_if_the_tokens_fail(tmp_path: Path) -> None:
    def failing() -> object:
        yield ONE[0]
        raise DataError("the tagger failed")

    file = tmp_path / "a.tsv"
    file.write_text("before")
    with pytest.raises(DataError, match="the tagger failed"):
        write_predictions(file, failing())  # type: ignore[arg-type]
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]
