"""``postagger tag``: other formats out, probabilities, several files, outputs that are written whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from command_line import Result, Run, runner

MODEL = Path(__file__).parents[2] / "data" / "models" / "en.safetensors"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of texts, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "a.txt": "The dog barks.\n",
        "b.txt": "It rains.\n",
        "sub/a.txt": "Birds sing.\n",
        "sub/deep/c.txt": "She left.\n",
        "sub/.hidden": "No.\n",
    }.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    Path("bad.txt").write_bytes(b"caf\xe9\n")
    return tmp_path


def files(folder: str) -> dict[str, str]:
    """The visible files of a folder."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths if path.name[0] != "."}


A, B, SUB = "The/DT dog/NN barks/VBZ ./.\n", "It/PRP rains/VBZ ./.\n", "Birds/NNS sing/VBP ./.\n"
C = "She/PRP left/VBD ./.\n"


# -- formats ------------------------------------------------------------------------------------------


def test_raw_text_becomes_conllu_with_all_columns(run: Run) -> None:
    result = run("tag", MODEL, "--to", "conllu", "--probabilities", stdin=b"Birds sing.\n")
    assert (result.status, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["# sent_id = 1", "# text = Birds sing."]
    cells = lines[3].split("\t")
    assert cells[3:6] == ["VERB", "VBP", "Mood=Ind|Number=Plur|Person=3|Tense=Pres|VerbForm=Fin"]
    names = [each.partition("=")[0] for each in cells[9].split("|")]
    assert names == ["SpaceAfter", "TagProb[xpos]", "TagProb[upos]", "TagProb[feats]"]
    one = run("tag", MODEL, "--to", "conllu", "--column", "upos", stdin=b"Birds sing.\n").stdout
    assert one.splitlines()[3].split("\t")[3:6] == ["VERB", "_", "_"]


def test_all_heads_and_probabilities_in_json_and_vertical_text(run: Run) -> None:
    options = ["--head", "all", "--probabilities", "--top", "2"]
    found = json.loads(run("tag", MODEL, "--to", "json", *options, stdin=b"Birds sing.\n").stdout)
    assert (
        list(found["tags"]) == list(found["probabilities"]) == list(found["top"]) == ["xpos", "upos", "feats"]
    )
    assert found["tags"]["upos"] == ["NOUN", "VERB", "PUNCT"]
    assert [next(iter(each)) for each in found["top"]["xpos"]] == ["NNS", "VBP", "."]
    line = run("tag", MODEL, "--to", "vertical", *options, stdin=b"Birds sing.\n").stdout.splitlines()[0]
    cells = line.split("\t")
    assert cells[:4] == ["Birds", "NNS", "NOUN", "Number=Plur"]
    assert [float(cell) for cell in cells[4:7]] == [found["probabilities"][head][0] for head in found["tags"]]
    assert len(cells) == 7 + 3 * 4


def test_unsure_tags_are_underscores(run: Run) -> None:
    text = b"Lie (now).\n"
    assert run("tag", MODEL, "--min-confidence", "0.9", stdin=text).stdout == (
        "Lie/_ (/-LRB- now/RB )/-RRB- ./.\n"
    )
    assert run("tag", MODEL, "--min-confidence", "0", stdin=text) == run("tag", MODEL, stdin=text)
    assert run("tag", MODEL, "--min-confidence", "1.5", stdin=text).status == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--probabilities"], "word/TAG has no place for --probabilities: choose another output with --to"),
        (
            ["--top", "2"],
            "word/TAG has no place for --top: choose another output with --to: vertical or json",
        ),
        (["--top", "2", "--to", "conllu"], "CoNLL-U has no place for --top"),
        (
            ["--head", "all"],
            "--head all is for CoNLL-U, vertical text and JSON: choose one of them with --to",
        ),
        (["--field", "x", "--format", "raw"], "--field is for JSON lines and tables"),
    ],
)
def test_what_the_output_has_no_place_for_is_one_line(options: list[str], message: str, run: Run) -> None:
    result = run("tag", MODEL, *options, stdin=b"Birds sing.\n")
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith(f"postagger: {message}")
    assert result.stderr.count("\n") == 1


def test_fields_of_tables_and_json(run: Run, here: Path) -> None:
    for name, text in {
        "t.tsv": "id\tbody\n1\tBirds sing.\n",
        "t.csv": 'id,body\n1,"Birds sing."\n',
        "t.jsonl": '{"id": "1", "body": "Birds sing."}\n',
    }.items():
        (here / name).write_text(text)
        result = run("tag", MODEL, name, "--field", "body")
        assert (result.status, result.stderr) == (0, "")
        assert run("tag", MODEL, "--field", "body", stdin=text.encode()) == result
        found = json.loads(result.stdout)
        assert (found["id"], found["body"], found["tags"]) == ("1", "Birds sing.", ["NNS", "VBP", "."])
    slashes = run("tag", MODEL, "t.csv", "--field", "body", "--to", "slashes")
    assert slashes == Result(0, SUB, "")
    bare = run("tag", MODEL, "t.csv")
    assert (bare.status, bare.stdout) == (1, "")
    assert bare.stderr.startswith(
        "postagger: t.csv is a table by its name, and begins with 'id,body': say which "
    )
    assert run("tag", MODEL, "t.csv", "--format", "raw").stdout.startswith("id/")


# -- several files ------------------------------------------------------------------------------------


def test_files_folders_and_stdin_come_one_after_another(run: Run, here: Path) -> None:
    result = run("tag", MODEL, "b.txt", "sub", "-", stdin=b"The dog barks.\n")
    assert result == Result(0, B + SUB + C + A, "")
    assert run("tag", "b.txt", "a.txt") == Result(0, B + A, "")  # the model may be left out
    (here / "empty").mkdir()
    assert "contains no files" in run("tag", MODEL, "empty").stderr


@pytest.mark.usefixtures("here")
def test_an_error_in_one_file_does_not_stop_the_others(run: Run) -> None:
    result = run("tag", MODEL, "a.txt", "bad.txt", "missing.txt", "b.txt")
    assert (result.status, result.stdout) == (1, A + B)
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("postagger: bad.txt is not UTF-8 text")
    assert lines[1].startswith("postagger: cannot read missing.txt")
    result = run("tag", MODEL, "a.txt", "bad.txt", "b.txt", "-o", "out/")
    assert (result.status, result.stdout) == (1, "")
    assert result.stderr.splitlines()[1:] == ["tagged 2 files to out"]
    assert files("out") == {"a.txt": A, "b.txt": B}


@pytest.mark.usefixtures("here")
def test_a_file_is_written_whole_or_not_at_all(run: Run) -> None:
    assert run("tag", MODEL, "a.txt", "b.txt", "-o", "new/out.txt") == Result(0, "", "")
    assert files("new") == {"out.txt": A + B}
    result = run("tag", MODEL, "b.txt", "bad.txt", "-o", "new/out.txt")
    assert result.status == 1
    assert "new/out.txt was not written, because not all files could be tagged" in result.stderr
    assert run("tag", MODEL, "bad.txt", "-o", "new/out.txt").status == 1
    assert files("new") == {"out.txt": A + B}
    assert run("tag", MODEL, "a.txt", "-o", "a.txt") == Result(0, "", "")
    assert Path("a.txt").read_text() == A
    blocked = run("tag", MODEL, "b.txt", "-o", "a.txt/out.txt")
    assert (blocked.status, blocked.stderr.count("\n")) == (1, 1)
    assert [path.name for path in Path("new").iterdir()] == ["out.txt"]


@pytest.mark.usefixtures("here")
def test_gzip_by_the_name(run: Run) -> None:
    assert run("tag", MODEL, "a.txt", "-o", "out.txt.gz") == Result(0, "", "")
    packed = Path("out.txt.gz").read_bytes()
    assert gzip.decompress(packed).decode() == A
    Path("in.txt.gz").write_bytes(gzip.compress(b"It rains.\n"))
    assert run("tag", MODEL, "in.txt.gz", "-o", "out/", "--to", "vertical").status == 0
    assert gzip.decompress(Path("out/in.vert.gz").read_bytes()).decode() == "It\tPRP\nrains\tVBZ\n.\t.\n\n"


@pytest.mark.usefixtures("here")
def test_a_folder_has_an_output_for_each_file(run: Run) -> None:
    result = run("tag", MODEL, "a.txt", "b.txt", "sub", "-o", "out")
    assert result == Result(0, "", "tagged 4 files to out\n")
    assert files("out") == {"a.txt": A, "a-2.txt": SUB, "b.txt": B, "deep/c.txt": C}
    assert run("tag", MODEL, "sub/a.txt", "a.txt", "-o", "out").stderr == (
        "tagged 0 files to out; skipped 2 that had been tagged before and have not changed\n"
    )
    refused = run("tag", MODEL, "a.txt", "-o", ".")
    assert refused.status == 2
    assert "the output for a.txt would replace a.txt" in refused.stderr
    assert Path("a.txt").read_text() == "The dog barks.\n"
    assert run("tag", MODEL, ".", "-o", "out", "--to", "json").status == 1  # because of bad.txt


@pytest.mark.usefixtures("here")
def test_a_run_goes_on_where_it_stopped(run: Run) -> None:
    arguments = ["tag", MODEL, "a.txt", "b.txt", "sub", "-o", "out/"]
    run(*arguments)
    assert "tagged 0 files to out; skipped 4" in run(*arguments).stderr
    Path("out/b.txt").unlink()  # never written
    with Path("out/a.txt").open("a") as file:  # written by somebody else
        file.write("more\n")
    assert "tagged 2 files to out; skipped 2" in run(*arguments).stderr
    Path("b.txt").write_text("The dog barks.\n")  # another text of another length
    assert "tagged 1 file to out; skipped 3" in run(*arguments).stderr
    assert files("out")["b.txt"] == A
    with Path("out/.postagger.jsonl").open("a") as file:  # killed while it wrote the record
        file.write('\n{"output": "a.txt", "fi')
    assert "skipped 4" in run(*arguments).stderr
    for more in (["--tokens", "ptb"], ["--min-confidence", "0.1"], ["--head", "upos"]):
        assert "tagged 4 files to out\n" in run(*arguments, *more).stderr
    assert files("out")["deep/c.txt"] == "She/PRON left/VERB ./PUNCT\n"
