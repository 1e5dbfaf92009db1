"""``postagger tag``: formats, encodings, and programs that talk to it through a pipe."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Result, Run, runner

from postagger import Config, Tagger
from postagger.corpora import TaggedSentence

WORD = "\t_" * 8 + "\n"
CONLLU = f"1\tThe{WORD}2\tdog{WORD}\n"

NOTHING = '"tokens": [], "tags": [], "offsets": [], "sentences": []}\n'

needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def trained(sentences: list[TaggedSentence], make_config: Callable[..., Config], path: Path) -> Tagger:
    config = make_config("window", training={"epochs": 25, "learning_rate": 0.02})
    Tagger.train(sentences, config).save(path)
    return Tagger.load(path, device="cpu")


@pytest.fixture(scope="module")
def model(
    tiny_sentences: list[TaggedSentence],
    tiny_config: Callable[..., Config],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("tag") / "model.safetensors"
    trained(tiny_sentences, tiny_config, path)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


# -- formats ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (
            "The dog\u2019s \u201cdry\u201d.\n",
            [],
            "The/DT dog/{} \u2019s/{} \u201c/{} dry/{} \u201d/{} ./.\n",
        ),
        ("#sent_id=1\n" + CONLLU, [], "#sent_id=1\n1\tThe\t_\t_\tDT" + "\t_" * 5 + "\n2\tdog\t_\t_\tNN"),
        ("The\tXX\ndog\tXX\n\n", [], "The\tDT\ndog\tNN\n\n"),
        ("The\ndog\n\n", ["--format", "vertical"], "The\tDT\ndog\tNN\n\n"),
        ("The\tXX\ndog\tXX\n", ["--format", "raw"], "The/DT XX/{}\ndog/NN XX/{}\n"),
        ("The\tdog\n", ["--tokenized"], "The/DT dog/NN\n"),
        ("#x=1\nThe dog\n", [], "#/{} x=1/{}\nThe/DT dog/NN\n"),
        (
            '{"text": "The dog"}\n',
            [],
            '{"text": "The dog", "tokens": ["The", "dog"], "tags": ["DT", "NN"], '
            '"offsets": [[0, 3], [4, 7]], "sentences": [[0, 2]]}\n',
        ),
        ('{"tokens": ["The dog"]}\n', ["--format", "tokenized"], '{{"tokens":/{} ["The/{} dog"]}}/{}\n'),
    ],
)
def test_formats_are_detected_or_named(
    text: str, options: list[str], expected: str, model: Path, run: Run, tmp_path: Path
) -> None:
    """A {} in the expected output stands for any tag."""
    result = run("tag", model, *options, stdin=text.encode())
    assert result.status == 0, result.stderr
    assert result.stderr == ""
    found = result.stdout
    for part in expected.replace("{{", "{").replace("}}", "}").split("{}"):
        assert part in found
        found = found[found.index(part) + len(part) :]
    file = tmp_path / "file"
    file.write_text(text)
    assert run("tag", model, *options, file) == result


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], None),
        (["--sentences", "split"], None),
        (["--sentences", "line"], ["She dog. It \u2019s 5 p.m. now \U0001f600", "", "The dog", "dry. It is ."]),  # noqa: E501
        (["--sentences", "paragraph"], ["She dog .", "It \u2019s 5 p.m. now \U0001f600", "", "The dog dry .", "It is ."]),  # noqa: E501
        (["--tokens", "unicode"], ["She dog .", "It\u2019s 5 p.m . now \U0001f600", "", "The dog", "dry .", "It is ."]),  # noqa: E501
    ],
)  # fmt: skip
def test_sentences_and_tokens_of_raw_text(
    options: list[str], expected: list[str] | None, model: Path, run: Run
) -> None:
    text = "She dog. It\u2019s 5 p.m. now \U0001f600\n\nThe dog\ndry. It is.\n"
    result = run("tag", model, *options, stdin=text.encode())
    assert (result.status, result.stderr) == (0, "")
    found = [
        " ".join(pair.rpartition("/")[0] for pair in line.split()) for line in result.stdout.splitlines()
    ]
    split = ["She dog .", "It \u2019s 5 p.m. now \U0001f600", "", "The dog", "dry .", "It is ."]
    assert found == (split if expected is None else expected)


def test_text_in_another_script_is_said_once(model: Path, run: Run) -> None:
    result = run("tag", model, stdin="\u6211\u559c\u6b22\u3002\u732b\u3002\n".encode())
    assert (result.status, len(result.stdout.splitlines())) == (0, 2)
    assert result.stderr.startswith(
        "this text is in another script than the tagger's training data (Chinese "
    )
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["-"], ["en"], ["en", "-"], ["en", "FILE"], ["FILE"]])
def test_without_a_model_it_is_the_one_that_comes_with_the_package(
    arguments: list[str], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = b"They look the old word up.\n"
    Path("FILE").write_bytes(text)
    result = run("tag", *arguments, stdin=b"" if "FILE" in arguments else text)
    assert result == Result(0, "They/PRP look/VBP the/DT old/JJ word/NN up/RP ./.\n", "")


def test_a_single_argument_is_a_model_or_a_text(model: Path, run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy"  # its name does not tell what it is
    copy.write_bytes(model.read_bytes())
    assert run("tag", copy, stdin=b"The dog\n") == Result(0, "The/DT dog/NN\n", "")
    for name in ("no.safetensors", "no.txt"):
        missing = run("tag", name, stdin=b"The dog\n")
        assert (missing.status, missing.stdout) == (1, "")
        assert missing.stderr.startswith("postagger: cannot read")
        assert name in missing.stderr


def test_two_formats_are_wrong_usage(model: Path, run: Run) -> None:
    assert run("tag", model, "--format", "raw", "--conllu").status == 2
    assert run("tag", model, "--format", "jsonl").status == 2


def test_a_json_line_without_text_is_one_line_on_stderr(model: Path, run: Run) -> None:
    result = run("tag", model, stdin=b'{"sentence": "The dog"}\n')
    assert (result.status, result.stdout) == (1, "")
    assert result.stderr.startswith('postagger: standard input:1: a JSON line must be an object with "text"')
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("tag", "text"), [("C D", "one dog\n"), ("A/B", "one dog\n")])
def test_tags_with_a_blank_or_slash_survive(
    tag: str, text: str, tiny_config: Callable[..., Config], tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "model"
    tagger = trained([[("one", tag), ("dog", "NN")]] * 8, tiny_config, path)
    assert tagger.tag(["one", "dog"]) == [("one", tag), ("dog", "NN")]
    result = run("tag", path, stdin=text.encode())
    assert result.stdout == f"one\t{tag}\ndog\tNN\n\n"
    assert result.stderr == (
        f"writing word<TAB>TAG lines, because word/TAG is not clear with tags such as {tag!r}\n"
    )
    (tmp_path / "out").write_text(result.stdout)
    score = json.loads(run("evaluate", path, tmp_path / "out", "--json").stdout)
    assert (score["tokens"], score["accuracy"]) == (2, 1.0)
    assert run("tag", path, stdin=b"one\tX\nNew York\tX\n\n").stderr == ""


# -- encodings and names ------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str, model: Path, run: Run, tmp_path: Path) -> None:
    data = "The dog\r\nThe dog\r\n".encode(encoding)
    (tmp_path / "file").write_bytes(data)
    expected = Result(0, "The/DT dog/NN\n" * 2, "")
    assert run("tag", model, stdin=data) == run("tag", model, tmp_path / "file") == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("café\n".encode("latin-1"), "iconv -f cp1252 -t utf-8"),
        ("The dog\n".encode("utf-16-le"), "NUL bytes"),
        (b"The\0dog\n", "NUL bytes"),
    ],
)
def test_other_encodings_are_one_clear_error(
    data: bytes, message: str, model: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(data)
    for source in ("-", tmp_path / "file"):
        result = run("tag", model, source, stdin=data)
        assert (result.status, result.stdout) == (1, "")
        assert " is not UTF-8 text (" in result.stderr
        assert message in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_file_name_that_is_not_utf8(model: Path, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        Path(os.fsdecode(name)).write_text("The dog\n")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this system's file names are Unicode")
    done = [
        subprocess.run([*command(model), each], capture_output=True, check=False)
        for each in (name, name + b".missing")
    ]
    assert done[0].stdout == b"The/DT dog/NN\n"
    assert (done[0].stderr, done[0].returncode, done[1].returncode) == (b"", 0, 1)
    assert b"cannot read" in done[1].stderr
    assert b"Traceback" not in done[1].stderr


# -- pipes --------------------------------------------------------------------------------------------


def command(model: Path) -> list[str]:
    return [sys.executable, "-m", "postagger", "tag", str(model), "--device", "cpu"]


@needs_fifo
@pytest.mark.parametrize("how", ["fifo", "/dev/stdin"])
def test_what_cannot_be_read_twice(how: str, model: Path, tmp_path: Path) -> None:
    if how == "fifo":
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(CONLLU,))
        writer.start()
        done = subprocess.run([*command(model), str(pipe)], capture_output=True, check=False, timeout=60)
        writer.join()
    else:
        if not Path(how).exists():
            pytest.skip(f"this system has no {how}")
        done = subprocess.run(
            [*command(model), how], input=CONLLU.encode(), capture_output=True, check=False, timeout=60
        )
    assert (done.stderr, done.returncode) == (b"", 0)
    assert b"dog\t_\t_\tNN\t" in done.stdout


@pytest.mark.parametrize(
    "exchange",
    [
        [("The dog\n", "The/DT dog/NN\n"), ("\n", "\n"), ("The dog\nThe dog\n", "The/DT dog/NN\n" * 2)],
        [("The dog. The dog\n", "The/DT dog/NN ./.\nThe/DT dog/NN\n"), ("The dog\n", "The/DT dog/NN\n")],
        [(CONLLU, CONLLU), (CONLLU, CONLLU)],
        [('{"tokens": []}\n', '{"tokens": [], "tags": []}\n'), ("\n", "\n")],
        [("The\tX\ndog\tX\n\n", "The\tDT\ndog\tNN\n\n"), ("The\tX\n\n", "The\tDT\n\n")],
    ],
    ids=["raw", "split", "conllu", "json", "vertical"],
)
def test_each_sentence_is_answered_before_the_next_is_sent(
    exchange: list[tuple[str, str]], model: Path
) -> None:
    check_exchange(exchange, model)


@pytest.mark.parametrize(
    ("options", "exchange"),
    [
        (["--to", "vertical"], [("The dog. The\n", "The\tDT\ndog\tNN\n.\t.\n\nThe\tDT\n\n"), ("\n", "\n")]),
        (
            ["--to", "slashes"],
            [("The\tX\ndog\tX\n\n", "The/DT dog/NN\n"), ("The\tX\n\n", "The/DT\n")],
        ),
        (["--to", "json"], [("\n", '{"text": "", ' + NOTHING)] * 2),
        (
            ["--min-confidence", "1", "--to", "conllu"],
            [("The\n", f"# sent_id = {n}\n# text = The\n1\tThe{WORD}\n") for n in (1, 2)],
        ),
        (
            ["--field", "b"],
            [("a,b\n", ""), ("1,\n", '{"a": "1", "b": "", ' + NOTHING)],
        ),
    ],
)  # fmt: skip
def test_other_outputs_are_answered_too(
    options: list[str], exchange: list[tuple[str, str]], model: Path
) -> None:
    check_exchange(exchange, model, *options)


def test_several_heads_are_answered_too() -> None:
    rows = [
        ("Birds", "NNS", "NOUN", "Number=Plur"),
        ("sing", "VBP", "VERB", "Mood=Ind|Number=Plur|Person=3|Tense=Pres|VerbForm=Fin"),
        (".", ".", "PUNCT", "none"),
    ]
    answer = "".join("\t".join(row) + "\n" for row in rows) + "\n"
    exchange = [("Birds sing. Birds sing.\n", answer * 2), ("\n", "\n"), ("Birds sing.\n", answer)]
    options = ("--head", "all", "--to", "vertical", "--sentences", "split")
    check_exchange(exchange, Path("en"), *options)


def check_exchange(exchange: list[tuple[str, str]], model: Path, *options: str) -> None:
    """Sends lines to a process and checks that it answers each time, before it gets more."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*command(model), *options], stdin=pipe, stdout=pipe, stderr=pipe, env=buffered, bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            for sent, expected in exchange:
                process.stdin.write(sent.encode())
                answer = b""
                while len(answer) < len(expected):
                    readable, _, _ = select.select([process.stdout], [], [], 60)
                    assert readable, "no answer within a minute"
                    answer += process.stdout.read(1000)
                if expected != CONLLU:
                    assert answer.decode() == expected
            process.stdin.close()
            assert process.stdout.read() == b""
            assert process.stderr.read() == b""
            assert process.wait(60) == 0
        finally:
            process.kill()


# -- names of models ----------------------------------------------------------------------------------


SHIPPED_HINT = "; the tagger of English that comes with the package is called en"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("EN", f"cannot read the model EN: No such file or directory{SHIPPED_HINT}"),
        ("en.safetensors", f"cannot read the model en.safetensors: No such file or directory{SHIPPED_HINT}"),
        ("english file.txt", f"cannot read the model english: No such file or directory{SHIPPED_HINT}"),
        ("mine", "cannot read the model mine: No such file or directory; did you mean runs/mine.safetensors?"),  # noqa: E501
        ("mine.safetensors -", "cannot read the model mine.safetensors: No such file or directory; did you mean runs/mine.safetensors?"),  # noqa: E501
        ("runs/nine.safetensors", "cannot read the model runs/nine.safetensors: No such file or directory; did you mean runs/mine.safetensors?"),  # noqa: E501
        ("old/mine.safetensors", "cannot read the model old/mine.safetensors: No such file or directory; there is no folder old"),  # noqa: E501
        ("lstm", "cannot read the model lstm: No such file or directory; lstm is a config: train the model first (postagger train lstm)"),  # noqa: E501
        ("text", "cannot read text: No such file or directory"),
        ("empty", "the folder empty contains no model (*.safetensors)"),
        ("file.txt runs/mine.safetensors", "runs/mine.safetensors is a model, which comes first: postagger tag runs/mine.safetensors file.txt"),  # noqa: E501
        ("file.txt en", "en is a model, which comes first: postagger tag en file.txt"),
        ("no.txt file.txt en", "en is a model, which comes first: postagger tag en no.txt file.txt"),
        ("texts en", "en is a model, which comes first: postagger tag en texts"),
        ("- en", "en is a model, which comes first: postagger tag en -"),
        ("en runs/mine.safetensors", "en and runs/mine.safetensors are both models: name one, or a folder of models"),  # noqa: E501
    ],
)  # fmt: skip
def test_the_model_that_was_meant_is_said(
    arguments: str, message: str, model: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    Path("empty").mkdir()
    Path("texts").mkdir()
    Path("runs/mine.safetensors").symlink_to(model)
    Path("file.txt").write_text("The dog\n")
    result = run("tag", *arguments.split())
    assert (result.stdout, result.stderr) == ("", f"postagger: {message}\n")
    assert result.status == (2 if "first:" in message or "both" in message else 1)


def test_a_file_called_as_the_shipped_model(
    model: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("en").write_text("The dog\n")
    assert run("tag", model, "en") == run("tag", model, "./en") == Result(0, "The/DT dog/NN\n", "")
    Path("en").unlink()
    result = run("tag", model, "-o", "en", stdin=b"The dog\n")
    assert result.stderr == (
        "the output is ./en: the name en alone means the model that comes with the package\n"
    )
    assert Path("en").read_text() == "The/DT dog/NN\n"


@pytest.mark.parametrize(("head", "meant"), [("XPOS", "xpos"), ("upso", "upos"), ("Feat", "feats")])
def test_the_head_that_was_meant_is_said(head: str, meant: str, run: Run) -> None:
    result = run("tag", "en", "--head", head, stdin=b"The dog\n")
    assert result.status == 2
    assert result.stderr.endswith(f"this tagger has xpos, upos, feats; did you mean '{meant}'?\n")
