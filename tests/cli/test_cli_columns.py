"""Several columns, and several files for a part, on the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from command_line import Run, runner

from postagger import Tagger

pytestmark = pytest.mark.usefixtures("one_thread")

SENTENCES = [
    [("Dogs", "NOUN", "NNS", "Number=Plur"), ("bark", "VERB", "VBP", "_"), (".", "PUNCT", ".", "_")],
    [("A", "DET", "DT", "Definite=Ind"), ("dog", "NOUN", "NN", "Number=Sing"), ("barks", "VERB", "_", "_")],
]
COLUMNS = ["upos", "xpos", "feats"]


def conllu(*, tags: bool = True, before: str = "# text = x\n1-2\tDogs'\t_\t_\t_\t_\t_\t_\t_\t_\n") -> str:
    """The sentences, each after a comment and a multiword token; all columns but the tags are filled in."""
    text = ""
    for sentence in SENTENCES:
        text += before
        for number, (word, upos, xpos, feats) in enumerate(sentence, 1):
            cells = [upos, xpos, feats] if tags else ["_", "_", "_"]
            text += (
                "\t".join([str(number), word, word.lower(), *cells, "0", "root", "0:root", "SpaceAfter=No"])
                + "\n"
            )
        text += "\n"
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Corpora, a config and a model of all three columns; read-only."""
    folder = tmp_path_factory.mktemp("columns")
    for name in ("train/1.conllu", "train/2.conllu", "dev.conllu"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(conllu(), encoding="utf-8")
    (folder / "blank.conllu").write_text(conllu(tags=False), encoding="utf-8")
    (folder / "no_xpos.conllu").write_text(
        "1\tDogs\t_\tNOUN\t_\tNumber=Plur\t_\t_\t_\t_\n\n", encoding="utf-8"
    )
    (folder / "run.toml").write_text(
        f"""
[corpus]
train = "{folder}/train/*.conllu"
dev = "{folder}/dev.conllu"
column = {json.dumps(COLUMNS)}

[words]
word_dim = 8
prefixes = 1
suffixes = 2
feature_dim = 4
feature_min_count = 1
word_dropout = 0.0
dropout = 0.0

[model]
kind = "window"
left = 1
right = 1
hidden = [16]
dropout = 0.0

[training]
epochs = 40
batch_size = 1
learning_rate = 0.02
warmup = 0
device = "cpu"
""",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture
def model(folder: Path, run: Run) -> Path:
    path = folder / "model.safetensors"
    if not path.exists():
        result = run("train", folder / "run.toml", "-o", path)
        assert result.status == 0, result.stderr
        for name in COLUMNS:
            assert f"{name}: {folder}/train/*.conllu, {folder}/dev.conllu, dev" in result.stdout
        assert "(upos 100.00, xpos 100.00, feats 100.00)" in result.stderr
    return path


def test_train_prints_and_records_every_column(folder: Path, run: Run, tmp_path: Path) -> None:
    override = f'corpus.train=["{folder}/train/2.conllu", "{folder}/train/1.conllu"]'
    path = tmp_path / "model"
    columns = 'corpus.column=["xpos", "upos"]'
    result = run("train", folder / "run.toml", "--json", "-o", path, "--set", override, columns)
    assert result.status == 0, result.stderr
    dev = json.loads(result.stdout)["dev"]
    assert list(dev["heads"]) == ["xpos", "upos"]
    assert {name: dev[name] for name in dev["heads"]["xpos"]} == dev["heads"]["xpos"]
    assert dev["tokens"] == 5
    record = Tagger.load(path).record
    assert record.dev_accuracies == {name: each["accuracy"] for name, each in dev["heads"].items()}
    assert record.corpus == f"{folder}/train/2.conllu and 1 more, {folder}/dev.conllu"


def test_tag_fills_in_every_column_and_nothing_else(model: Path, folder: Path, run: Run) -> None:
    filled = conllu().replace("barks\tVERB\t_", "barks\tVERB\tVBP")
    for more in ([], ["--head", "all"], ["--workers", "2"]):
        result = run("tag", model, folder / "blank.conllu", *more)
        lines, expected = result.stdout.splitlines(), filled.splitlines()
        assert len(lines) == len(expected)
        for line, other in zip(lines, expected, strict=True):
            found, wanted = line.split("\t"), other.split("\t")
            if wanted[1:2] == ["barks"]:
                found[4] = wanted[4]  # its XPOS was never seen
            assert found == wanted
    assert run("tag", model, "-", stdin=conllu(tags=False).encode()).stdout == result.stdout


def test_tag_with_one_head(model: Path, folder: Path, run: Run) -> None:
    lines = run("tag", model, folder / "blank.conllu", "--head", "feats").stdout.splitlines()
    assert lines[2].split("\t")[3:6] == ["_", "_", "Number=Plur"]
    assert lines[3].split("\t")[3:6] == ["_", "_", "_"]
    assert run("tag", model, "--tokenized", stdin=b"Dogs bark .\n").stdout == "Dogs/NOUN bark/VERB ./PUNCT\n"
    text = run("tag", model, "--tokenized", "--head", "feats", stdin=b"Dogs bark .\n").stdout
    assert text == "Dogs/Number=Plur bark/none ./none\n"
    result = run("tag", model, "--head", "all", stdin=b"Dogs bark .\n")
    assert result.status == 2
    assert "choose one of them with --to; for word/TAG, name one head: upos, xpos, feats" in result.stderr


def test_evaluate_scores_every_column(model: Path, folder: Path, run: Run) -> None:
    result = run("evaluate", model, folder / "dev.conllu")
    titles = [
        line.partition(":")[0] for line in result.stdout.splitlines() if "window tagger trained" in line
    ]
    assert titles == COLUMNS
    data = json.loads(run("evaluate", model, folder / "dev.conllu", "--json").stdout)
    assert {name: (each["accuracy"], each["tokens"]) for name, each in data["heads"].items()} == {
        "upos": (1.0, 6),
        "xpos": (1.0, 5),
        "feats": (1.0, 6),
    }
    assert data["tokens"] == 6
    assert {row["tag"] for row in data["heads"]["feats"]["tags"]} == {
        "Number=Plur",
        "Number=Sing",
        "Definite=Ind",
        "none",
    }


@pytest.mark.parametrize("option", ["--head", "--column"])
@pytest.mark.parametrize("name", COLUMNS)
def test_evaluate_selects_one_column(option: str, name: str, model: Path, folder: Path, run: Run) -> None:
    data = json.loads(run("evaluate", model, folder / "dev.conllu", "--json").stdout)
    one = json.loads(run("evaluate", model, folder / "dev.conllu", option, name, "--json").stdout)
    assert "heads" not in one
    assert {key: one[key] for key in data["heads"][name]} == data["heads"][name]


def test_evaluate_a_file_without_one_of_the_columns(model: Path, folder: Path, run: Run) -> None:
    result = run("evaluate", model, folder / "no_xpos.conllu", "--json")
    assert result.status == 0, result.stderr
    assert list(json.loads(result.stdout)["heads"]) == ["upos", "feats"]
    assert result.stderr.count("no_xpos.conllu: no tag in the column xpos, which is not scored") == 1
    for option in ("--head", "--column"):
        result = run("evaluate", model, folder / "no_xpos.conllu", option, "xpos")
        assert result.status == 1
        assert "no_xpos.conllu:1: no tag in the column xpos" in result.stderr
    result = run("evaluate", model, folder / "blank.conllu")
    assert result.status == 1
    assert "blank.conllu:3: no tag in the column upos" in result.stderr


@pytest.mark.parametrize("part", ["dev", "test"])
@pytest.mark.parametrize("columns", [COLUMNS, ["xpos", "upos"]])
def test_dev_and_test_files_may_lack_a_column(
    part: str, columns: list[str], folder: Path, run: Run, tmp_path: Path
) -> None:
    settings = {part: str(folder / "no_xpos.conllu"), "column": columns}
    changes = [f"corpus.{name}={json.dumps(value)}" for name, value in settings.items()]
    result = run("train", folder / "run.toml", "--json", "-o", tmp_path / "model", "--set", *changes)
    assert result.status == 0, result.stderr
    assert "no tag in the column xpos" in result.stderr
    scores = json.loads(result.stdout)[part]
    assert list(scores.get("heads", ["upos"])) == [name for name in columns if name != "xpos"]


def test_training_needs_tags_in_every_column(folder: Path, run: Run, tmp_path: Path) -> None:
    for setting in (f'corpus.train="{folder}/no_xpos.conllu"', f'corpus.train="{folder}/blank.conllu"'):
        result = run("train", folder / "run.toml", "-o", tmp_path / "model", "--set", setting)
        assert result.status == 1
        assert "no tag in the column" in result.stderr


def test_evaluate_takes_a_pattern(model: Path, folder: Path, run: Run) -> None:
    data = json.loads(run("evaluate", model, folder / "train" / "*.conllu", "--json").stdout)
    assert data["tokens"] == 12
    result = run("evaluate", model, folder / "train" / "*.none")
    assert result.status == 1
    assert "no file matches" in result.stderr


def test_info_lists_the_heads(model: Path, run: Run) -> None:
    facts = json.loads(run("info", model, "--json").stdout)
    assert facts["tag_sets"] == {"upos": 4, "xpos": 5, "feats": 4}
    assert facts["config"]["corpus"]["column"] == COLUMNS
    assert facts["record"]["dev_accuracies"] == dict.fromkeys(COLUMNS, 1.0)


@pytest.mark.parametrize(
    ("members", "filled", "scored"),
    [
        ({"1": {"train": "train/1.conllu"}, "2": {"train": "train/2.conllu"}}, ["upos"], ["upos"]),
        ({"1": {"column": COLUMNS}, "2": {"column": COLUMNS[:2]}}, COLUMNS[:2], COLUMNS[:2]),
        ({"1": {"column": COLUMNS[:2]}, "2": {"column": COLUMNS}}, COLUMNS[:2], COLUMNS[:2]),
        ({"1": {"column": COLUMNS[:2]}, "2": {"column": "upos"}}, ["upos"], ["upos"]),
        ({"1": {"column": "upos"}, "2": {"column": COLUMNS[:2]}}, ["upos"], ["upos"]),
    ],
    ids=["files", "three-and-two", "two-and-three", "two-and-one", "one-and-two"],
)
def test_the_members_of_an_ensemble_may_have_other_heads(
    members: dict[str, dict[str, Any]],
    filled: list[str],
    scored: list[str],
    folder: Path,
    run: Run,
    tmp_path: Path,
) -> None:
    """It tags with the heads that all members have, or else with their main heads."""
    for name, settings in members.items():
        corpus = {"column": "upos", **settings}
        if "train" in corpus:
            corpus["train"] = str(folder / corpus["train"])
        changes = [f"corpus.{key}={json.dumps(value)}" for key, value in corpus.items()]
        result = run("train", folder / "run.toml", "--set", *changes, "-o", tmp_path / f"{name}.safetensors")
        assert result.status == 0, result.stderr
    for options in ([], ["--head", "all"]):
        result = run("tag", tmp_path, folder / "blank.conllu", *options)
        assert result.status == 0, result.stderr
        cells = result.stdout.splitlines()[2].split("\t")[3:6]
        assert cells == [
            tag if name in filled else "_" for name, tag in zip(COLUMNS, SENTENCES[0][0][1:], strict=True)
        ]
    assert run("tag", tmp_path, "--tokenized", stdin=b"Dogs bark\n").stdout == "Dogs/NOUN bark/VERB\n"
    assert run("tag", tmp_path, "--head", "all", stdin=b"Dogs bark\n").status == 2
    result = run("evaluate", tmp_path, folder / "dev.conllu", "--json")
    assert result.status == 0, result.stderr
    data = json.loads(result.stdout)
    assert list(data.get("heads", scored)) == scored
    assert data["accuracy"] == 1
    assert "ensemble of 2" in run("evaluate", tmp_path, folder / "dev.conllu").stdout
    result = run("evaluate", tmp_path, folder / "dev.conllu", "--column", "upos", "--json")
    assert json.loads(result.stdout)["accuracy"] == 1
    (tmp_path / "lexicon.txt").write_text("bark\tVERB\n", encoding="utf-8")
    lexicon = ["--lexicon", tmp_path / "lexicon.txt"]
    assert run("evaluate", tmp_path, folder / "dev.conllu", *lexicon).status == 0
    assert run("tag", tmp_path, folder / "blank.conllu", *lexicon).status == 0


@pytest.mark.parametrize(
    ("options", "column", "tag"),
    [
        (["--column", "xpos"], 4, "NNS"),
        (["--column", "5"], 4, "NNS"),
        (["--column", "XPOS"], 4, "NNS"),
        (["--column", "feats"], 5, "Number=Plur"),
        (["--column", "upos"], 3, "NOUN"),
        (["--column", "misc"], 9, "NOUN"),
        (["--column", "xpos", "--head", "upos"], 4, "NOUN"),
    ],
)
def test_tag_writes_into_a_column_the_tags_of_its_head(
    options: list[str], column: int, tag: str, model: Path, folder: Path, run: Run
) -> None:
    line = run("tag", model, folder / "blank.conllu", *options).stdout.splitlines()[2]
    before = conllu(tags=False).splitlines()[2].split("\t")
    assert line.split("\t") == [*before[:column], tag, *before[column + 1 :]]


@pytest.mark.parametrize("command", ["tag", "evaluate"])
def test_all_heads_come_without_options_for_one_of_them(
    command: str, model: Path, folder: Path, run: Run
) -> None:
    result = run(command, model, folder / "dev.conllu", "--head", "all", "--column", "xpos")
    assert (result.status, result.stdout) == (2, "")
    assert "--head all stands for all columns, but --column xpos names one" in result.stderr
    result = run(command, model, folder / "dev.conllu", "--head", "all", "--lexicon", folder / "none.txt")
    assert (result.status, result.stdout) == (2, "")
    assert "--lexicon is for the tags of one head" in result.stderr
    assert "'all' " in run(command, "--help").stdout


def test_evaluate_takes_all_heads_and_names_that_of_a_warning(
    model: Path, folder: Path, run: Run, tmp_path: Path
) -> None:
    every = run("evaluate", model, folder / "dev.conllu", "--head", "all", "--json")
    assert every == run("evaluate", model, folder / "dev.conllu", "--json")
    assert list(json.loads(every.stdout)["heads"]) == COLUMNS
    other = tmp_path / "other.conllu"
    other.write_text(conllu().replace("NNS", "X").replace("VBP", "Y").replace("DT", "Z"), encoding="utf-8")
    warning = "60 % of the gold tags are not in the tagger's tag set (X, Y, Z)"
    assert f"xpos: {warning}" in run("evaluate", model, other).stderr.splitlines()[0]
    assert run("evaluate", model, other, "--head", "xpos").stderr.startswith(warning)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_cannot_be_read_for_several_columns(model: Path, run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for command in (["check", "--column", "upos", "xpos", "--train"], ["evaluate", model]):
        result = run(*command, tmp_path / "pipe")
        assert result.status == 1
        assert f"{tmp_path / 'pipe'} is a pipe, which can be read for one column only" in result.stderr


def test_a_tagger_of_one_column_learns_from_a_teacher_of_several(
    model: Path, folder: Path, run: Run, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The dog barks\n" * 5)
    student = ["train", folder / "run.toml", "--set", "corpus.column=xpos", "-o", tmp_path / "student"]
    result = run(*student, "--unlabelled", text, "--teachers", model)
    assert result.status == 0, result.stderr


@pytest.mark.parametrize(("column", "place"), [("3", 4), ("2", 4), ("4", 3), ("tag", 4), ("upos", 3)])
def test_tags_of_a_numbered_column_are_no_lemmas(
    column: str, place: int, folder: Path, run: Run, tmp_path: Path
) -> None:
    table = tmp_path / "table.tsv"
    at = int(column) - 1 if column.isdigit() else 1
    rows = [["w"] * 4 for _ in range(3)]
    for row, (word, tag) in zip(rows, [("Dogs", "NNS"), ("bark", "VBP"), (".", ".")], strict=True):
        row[0], row[at] = word, tag
    names = "" if column.isdigit() else f"word\t{column}\tx\ty\n"
    table.write_text(names + "\n".join(map("\t".join, rows * 9)) + "\n\n")
    settings = [f"corpus.{part}={table}" for part in ("train", "dev")]
    model = tmp_path / "numbered"
    trained = run(
        "train",
        folder / "run.toml",
        "--set",
        *settings,
        f"corpus.column={column}",
        "training.epochs=1",
        "-o",
        model,
    )
    assert trained.status == 0, trained.stderr
    tagged = run("tag", model, folder / "blank.conllu")
    assert (tagged.status, tagged.stderr) == (0, "")
    words = [line.split("\t") for line in tagged.stdout.splitlines() if line.partition("\t")[0].isdigit()]
    filled = [[number for number in range(2, 6) if cells[number] != "_"] for cells in words]
    assert filled == [[2, place]] * len(words)
    assert [cells[2] for cells in words] == [cells[1].lower() for cells in words]


def test_two_numbered_columns_share_no_column_of_conllu(folder: Path, run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.tsv"
    table.write_text("Dogs\tNNS\tN\nbark\tVBP\tV\n.\t.\t.\n\n" * 9)
    settings = [
        f"corpus.train={table}",
        f"corpus.dev={table}",
        'corpus.column=["2", "3"]',
        "training.epochs=1",
    ]
    model = tmp_path / "numbered"
    trained = run("train", folder / "run.toml", "--set", *settings, "-o", model)
    assert trained.status == 0, trained.stderr
    both = run("tag", model, folder / "blank.conllu")
    assert (both.status, both.stdout) == (2, "")
    assert "CoNLL-U has one column for tags like these: choose 2 or 3 by --head" in both.stderr
    assert run("tag", model, folder / "blank.conllu", "--head", "3").status == 0
    every = run("tag", model, folder / "blank.conllu", "--to", "json", "--head", "all")
    assert list(json.loads(every.stdout.splitlines()[0])["tags"]) == ["2", "3"]
