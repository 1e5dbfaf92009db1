"""``postagger tag``: Parquet in and out."""

from __future__ import annotations

import datetime
import decimal
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command_line import Result, Run, runner

from postagger import Tagger
from postagger.serving import BatchTagger

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
else:
    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")

BLANK = "\t_" * 8 + "\n"
TEXTS = ["Birds sing. It rains.", None, "", "She left."]


@pytest.fixture(scope="module")
def english() -> Tagger:
    return Tagger.load("en")


@pytest.fixture(autouse=True)
def _loaded_once(english: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tagger, "load", lambda *_, **__: english)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, which is the current one, with a.parquet (texts) and b.parquet (tokens)."""
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"id": range(4), "text": TEXTS}), "a.parquet")
    pq.write_table(pa.table({"tokens": [["Birds", "sing"], None, []], "n": [1, 2, 3]}), "b.parquet")
    return tmp_path


def tagged(table: pa.Table, **options: Any) -> pa.Table:
    """What `BatchTagger` makes of a table, with the columns that Parquet gets."""
    return BatchTagger("en", add=["tokens", "offsets", "sentences"], **options)(table)


# -- out ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_all_columns_stay_and_come_back(run: Run) -> None:
    table = pa.table(
        {
            "day": pa.array([datetime.date(2026, 1, 2)] * 4),
            "text": pa.array(TEXTS, pa.large_string()),
            "price": pa.array([decimal.Decimal("1.50")] * 4),
            "nested": [{"a": [1]}, None, {"a": []}, {"a": None}],
            "raw": [b"\0\xff"] * 4,
            "tags": [1, 2, 3, 4],  # replaced
        },
        metadata={"made": "by hand"},
    )
    pq.write_table(table, "in.parquet")
    assert run("tag", "in.parquet", "-o", "out.parquet") == Result(0, "", "")
    found = pq.read_table("out.parquet")
    assert found.equals(tagged(table))
    assert found.column_names == [*table.column_names, "tokens", "offsets", "sentences"]
    assert (found.schema.metadata or {})[b"made"] == b"by hand"


@pytest.mark.usefixtures("here")
def test_tokens_and_options(run: Run) -> None:
    assert run("tag", "b.parquet", "-o", "out.parquet").status == 0
    given = pq.read_table("b.parquet")
    assert pq.read_table("out.parquet").equals(BatchTagger("en", column="tokens")(given))
    options = ["--head", "all", "--probabilities", "--top", "2", "--tokens", "ptb", "--sentences", "line"]
    assert run("tag", "a.parquet", "-o", "out.parquet", *options).status == 0
    names = ["tokens", "probabilities", "top", "offsets", "sentences"]
    tagger = BatchTagger("en", head="all", add=names, top=2, tokens="ptb", sentences="line")
    assert pq.read_table("out.parquet").equals(tagger(pq.read_table("a.parquet")))
    run("tag", "a.parquet", "-o", "out.parquet", "--min-confidence", "0.95")
    assert pq.read_table("out.parquet")["tags"].to_pylist()[0] == ["NNS", "_", ".", "PRP", "VBZ", "."]


@pytest.mark.usefixtures("here")
def test_text_of_every_format_becomes_rows(run: Run) -> None:
    for name, text, options in (
        ("t.txt", "Birds sing. It rains.\n\nShe left.\n", []),
        ("t.jsonl", '{"text": "Birds sing.", "m": {"a": 1}}\n\n{"tokens": ["It", "rains"]}\n', []),
        ("t.csv", "id,body\n1,Birds sing.\n", ["--field", "body"]),
        ("t.vert", "Birds\nsing\n\nIt\n\n", []),
        ("t.conllu", "# sent_id = a\n" + "".join(f"{n}\tBirds{BLANK}" for n in (1, 2)) + "\n", []),
        ("empty.txt", "", []),
    ):
        Path(name).write_text(text)
        assert run("tag", name, "-o", "out.parquet", *options) == Result(0, "", ""), name
        rows = pq.read_table("out.parquet").to_pylist()
        lines = run("tag", name, "--to", "json", *options).stdout.splitlines()
        expected = [json.loads(line) for line in lines if line]
        for row in rows:  # in which all rows have all columns, and spans are structs
            for key in ("offsets", "sentences"):
                if row.get(key) is not None:
                    row[key] = [list(each.values()) for each in row[key]]
        assert [{key: value for key, value in row.items() if value is not None} for row in rows] == expected
    assert pq.read_schema("out.parquet").names == ["text", "tokens", "tags", "offsets", "sentences"]


@pytest.mark.usefixtures("here")
def test_a_folder_of_parquet(run: Run) -> None:
    Path("in/sub").mkdir(parents=True)
    for name in ("in/a.parquet", "in/sub/a.parquet", "in/plain"):
        Path(name).write_bytes(Path("a.parquet").read_bytes())
    Path("in/t.txt").write_text("It rains.\n")
    result = run("tag", "en", "in", "-o", "out")
    assert (result.status, result.stderr) == (0, "tagged 4 files to out\n")
    assert Path("out/t.txt").read_text() == "It/PRP rains/VBZ ./.\n"
    expected = tagged(pq.read_table("a.parquet"))
    for name in ("out/a.parquet", "out/sub/a.parquet", "out/plain.parquet"):
        assert pq.read_table(name).equals(expected)
    assert "skipped 4" in run("tag", "en", "in", "-o", "out").stderr
    assert "tagged 4 files" in run("tag", "en", "in", "-o", "out2/", "--to", "parquet").stderr
    assert sorted(path.name for path in Path("out2").rglob("*.parquet")) == [
        *("a.parquet", "a.parquet", "plain.parquet", "t.parquet"),
    ]


@pytest.mark.usefixtures("here")
def test_several_files_in_one(run: Run) -> None:
    Path("c.parquet").write_bytes(Path("a.parquet").read_bytes())
    assert run("tag", "a.parquet", "c.parquet", "-o", "out.parquet").status == 0
    assert pq.read_table("out.parquet").num_rows == 8
    refused = run("tag", "a.parquet", "b.parquet", "-o", "out.parquet")
    assert refused.status == 1
    assert "b.parquet has other columns than what was written before it" in refused.stderr
    assert pq.read_table("out.parquet").num_rows == 8  # it stays as it was


def test_row_groups_are_bounded(here: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.serving.parquet._GROUP_ROWS", 5)
    monkeypatch.setattr("postagger.serving.parquet.BATCH_BYTES", 100)
    table = pa.table({"text": [*TEXTS, "It rains. " * 20] * 4})
    pq.write_table(table, "many.parquet", row_group_size=7)
    assert run("tag", "many.parquet", "-o", "out.parquet").status == 0
    file = pq.ParquetFile(here / "out.parquet")
    assert file.read().equals(tagged(table))
    assert file.num_row_groups >= 3


def test_to_a_pipe(here: Path) -> None:
    command = [sys.executable, "-m", "postagger", "tag", "a.parquet", "--to", "parquet"]
    done = subprocess.run(command, cwd=here, check=True, capture_output=True)
    assert done.stderr == b""
    assert pq.read_table(io.BytesIO(done.stdout)).equals(tagged(pq.read_table(here / "a.parquet")))


# -- in -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_parquet_becomes_text(run: Run) -> None:
    rows = [json.loads(line) for line in run("tag", "a.parquet").stdout.splitlines()]
    assert rows[1] == {"id": 1, "text": None, "tokens": None, "tags": None}
    assert rows[3] == {
        **{"id": 3, "text": "She left.", "tokens": ["She", "left", "."], "tags": ["PRP", "VBD", "."]},
        **{"offsets": [[0, 3], [4, 8], [8, 9]], "sentences": [[0, 3]]},
    }
    assert run("tag", "a.parquet", "--to", "slashes").stdout == (
        "Birds/NNS sing/VBP ./.\nIt/PRP rains/VBZ ./.\n\n\nShe/PRP left/VBD ./.\n"
    )
    assert run("tag", "b.parquet", "--to", "conllu").stdout.count("\n") == 5
    found = run("tag", "b.parquet", "--head", "all", "--top", "1").stdout.splitlines()
    assert json.loads(found[1]) == {"tokens": None, "n": 2, "tags": None, "top": None}
    Path("odd").write_bytes(Path("a.parquet").read_bytes())  # the first bytes tell
    assert run("tag", "odd") == run("tag", "a.parquet")


@pytest.mark.usefixtures("here")
def test_values_that_json_has_not(run: Run) -> None:
    day = datetime.datetime(2026, 1, 2, 3, 4)
    row = {"text": ["Hi"], "at": [day], "raw": [b"\0\xff"], "price": [decimal.Decimal("1.50")]}
    pq.write_table(pa.table(row), "in.parquet")
    found = json.loads(run("tag", "in.parquet").stdout)
    assert (found["at"], found["raw"], found["price"]) == ("2026-01-02T03:04:00", "AP8=", "1.50")


@pytest.mark.usefixtures("here")
def test_which_column_is_tagged(run: Run) -> None:
    table = {"tokens": [2], "text": ["It rains."], "body": ["Birds sing."], "words": [["She", "left"]]}
    pq.write_table(pa.table(table), "in.parquet")
    for options, tokens in (
        ([], ["It", "rains", "."]),
        (["--field", "body"], ["Birds", "sing", "."]),
        (["--field", "words"], ["She", "left"]),
    ):
        assert json.loads(run("tag", "in.parquet", *options).stdout)["tokens"] == tokens


@pytest.mark.usefixtures("here")
def test_what_can_not_be_read_is_one_line(run: Run) -> None:
    whole = Path("a.parquet").read_bytes()
    Path("cut.parquet").write_bytes(whole[:-20])
    Path("text.parquet").write_text("The dog barks.\n")
    Path("empty.parquet").write_bytes(b"")
    damaged = bytearray(whole)
    damaged[30:60] = bytes(30)
    Path("damaged.parquet").write_bytes(damaged)
    pq.write_table(pa.table({"text": [["a", None]]}), "null.parquet")
    for arguments, message in (
        (["cut.parquet"], "cut.parquet is a damaged Parquet file: "),
        (["damaged.parquet"], "damaged.parquet is a damaged Parquet file: "),
        (["text.parquet"], "text.parquet is no Parquet file, although it is called so"),
        (["empty.parquet"], "empty.parquet is no Parquet file, although it is called so"),
        (["a.parquet", "--field", "txt"], "a.parquet: there is no column 'txt'; did you mean 'text'?"),
        (["a.parquet", "--field", "id"], "a.parquet: the column 'id' has the type int64"),
        (["null.parquet", "--field", "text"], "null.parquet: row 1"),
        (["a.parquet", "--format", "raw"], "a.parquet is a Parquet file, not text"),
    ):
        for output in ([], ["-o", "out.parquet"]):
            result = run("tag", *arguments, *output)
            assert (result.status, result.stdout) == (1, "")
            assert result.stderr.startswith(f"postagger: {message}")
            assert result.stderr.count("\n") == 1
    assert not Path("out.parquet").exists()
    for command in (["check", "a.parquet"], ["evaluate", "en", "a.parquet"], ["train", "window", "--set",
                    "corpus.train=a.parquet"]):  # fmt: skip
        assert "a.parquet is a Parquet file, not text" in run(*command).stderr
    assert "standard input is a Parquet file, not text" in run("tag", stdin=whole).stderr


@pytest.mark.usefixtures("here")
def test_what_parquet_has_no_place_for_is_one_line(run: Run) -> None:
    for lines, message in (
        (['{"text": "a", "x": 1}', '{"text": "b", "x": "y"}'], "the field 'x' has values of several types"),
        (['{"text": "a", "x": 1}'] * 4096 + ['{"text": "b", "y": 1}'], "row 4,097 on, the field 'y' is new"),
        (
            ['{"text": "a", "x": {"p": 1}}'] * 4096 + ['{"text": "b", "x": {"q": 1}}'],
            "row 4,097 on, the field 'x' has values of several types",
        ),
    ):
        Path("in.jsonl").write_text("\n".join(lines))
        result = run("tag", "in.jsonl", "-o", "out.parquet")
        assert (result.status, result.stderr.count("\n")) == (1, 1)
        assert message in result.stderr
        assert not Path("out.parquet").exists()
    mixed = ['{"text": "a", "x": null}'] * 4096 + ['{"text": "b", "x": "y"}']  # what is only null is text
    Path("in.jsonl").write_text("\n".join(mixed))
    assert run("tag", "in.jsonl", "-o", "out.parquet").status == 0
    assert pq.read_table("out.parquet")["x"].to_pylist() == [None] * 4096 + ["y"]


def test_without_pyarrow(here: Path) -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None; sys.modules['torch'] = None\n"
        "from postagger.cli import main; raise SystemExit(main(sys.argv[1:]))"
    )
    (here / "t.txt").write_text("It rains.\n")
    for arguments in (["a.parquet"], ["t.txt", "-o", "out.parquet"]):
        command = [sys.executable, "-c", program, "tag", *arguments]
        done = subprocess.run(command, cwd=here, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "postagger: Parquet needs pyarrow: pip install 'postagkit[parquet]'\n"
