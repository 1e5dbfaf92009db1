"""Multi-task learning, transfer, pretraining, teachers and ensembles on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import Result, Run, runner

from postagger import Tagger
from postagger.checkpoint.model_file import write_model
from postagger.cli import main
from postagger.corpora import TaggedSentence

CONFIG = """
[corpus]
train = "{folder}/train.txt"
dev = "{folder}/dev.txt"
test = "{folder}/test.txt"
head = "tiny"

[words]
word_dim = 8
prefixes = 1
suffixes = 2
feature_dim = 4
feature_min_count = 1

[model]
kind = "window"
left = 1
right = 1
hidden = [16]

[training]
epochs = 2
batch_size = 4
device = "cpu"

[pretraining]
epochs = 1

[[datasets]]
train = "{folder}/letters.conllu"
column = "upos"
head = "letters"
"""


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tiny_sentences: list[TaggedSentence], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Corpora, a text, configs with and without a further data set, and a trained model; read-only."""
    folder = tmp_path_factory.mktemp("transfer")
    for name, part in (
        ("train", tiny_sentences[:16]),
        ("dev", tiny_sentences[16:18]),
        ("test", tiny_sentences[18:]),
    ):
        lines = (" ".join(map("/".join, sentence)) for sentence in part)
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    texts = (" ".join(word for word, _ in sentence) for sentence in tiny_sentences)
    (folder / "text.txt").write_text("\n".join(texts) + "\n")
    blocks = (
        "".join(
            f"{number}\t{word}\t_\t{word[-1]}\tZZ\t_\t_\t_\t_\t_\n" for number, (word, _) in enumerate(s, 1)
        )
        for s in tiny_sentences[:16]
    )
    (folder / "letters.conllu").write_text("\n".join(blocks) + "\n")
    text = CONFIG.format(folder=folder)
    (folder / "datasets.toml").write_text(text)
    (folder / "plain.toml").write_text(text.partition("[[datasets]]")[0])
    for name in ("datasets", "plain"):
        assert main(["train", str(folder / f"{name}.toml"), "-o", str(folder / f"{name}.safetensors")]) == 0
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def expect_one_line(result: Result, status: int, *parts: str) -> None:
    """Checks that one line after the corpus summary describes the error, and that there is no result."""
    assert result.status == status, result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line for line in lines if line.startswith("postagger: ")] == lines[-1:]
    assert "Traceback" not in result.stderr
    assert not any(line.startswith("epoch ") for line in lines), "it is found out before the training"
    for part in parts:
        assert part in lines[-1]


# -- train ------------------------------------------------------------------------------------------


def _lines_of_training(result: Result) -> list[str]:
    """The lines after 'training: ...', without losses."""
    lines = result.stderr.partition("\ntraining: ")[2].splitlines()[1:]
    lines = [line for line in lines if "only 8 updates" not in line]
    return [line.partition("   loss")[0] for line in lines]


def test_train_from_a_model(folder: Path, run: Run, tmp_path: Path) -> None:
    model = folder / "plain.safetensors"
    out = tmp_path / "adapted.safetensors"
    result = run("train", folder / "plain.toml", "--from", model, "-o", out)
    assert result.status == 0, result.stderr
    adapted = Tagger.load(out, device="cpu")
    assert adapted.config.transfer.model == str(model)
    assert adapted.record.backbone == Tagger.load(model, device="cpu").record.corpus


def test_train_on_unlabelled_text_with_its_own_teachers(folder: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "student.safetensors"
    result = run("train", folder / "plain.toml", "--unlabelled", folder / "text.txt", "-o", out)
    assert result.status == 0, result.stderr
    *said, left_out = _lines_of_training(result)
    assert said == [
        f"{stage}{line}"
        for stage, updates in (("teacher 1, ", 4), ("", 8))
        for line in (f"2 epochs of {updates} updates", "epoch   1", "epoch   2")
    ]
    files = ", ".join(str(folder / f"{part}.txt") for part in ("train", "dev", "test"))
    assert left_out.startswith(f"sentences left out because they repeat dev or test sentences of {files}: ")
    assert left_out.endswith(f": 4 of {folder / 'text.txt'}")
    record = Tagger.load(out, device="cpu").record
    assert record.left_out == {str(folder / "text.txt"): 4}
    assert record.datasets == {"tiny": 16}
    log = [json.loads(line) for line in out.with_suffix(".metrics.jsonl").read_text().splitlines()]
    assert [record["stage"] for record in log[:-1]] == ["teacher 1", "teacher 1", "", ""]


def test_train_with_given_teachers(folder: Path, run: Run, tmp_path: Path) -> None:
    """A file and a folder of files."""
    teachers = tmp_path / "teachers"
    teachers.mkdir()
    for name in ("a", "b"):
        shutil.copy(folder / "plain.safetensors", teachers / f"{name}.safetensors")
    text = ["--unlabelled", folder / "text.txt", "--teachers", folder / "plain.safetensors", teachers]
    result = run("train", folder / "plain.toml", *text, "-o", tmp_path / "student", "--json")
    assert result.status == 0, result.stderr
    assert "teacher" not in result.stderr
    assert json.loads(result.stdout)["test"]["tokens"] > 0


def test_files_with_any_name_and_models_with_the_same_name(folder: Path, run: Run, tmp_path: Path) -> None:
    text = tmp_path / "\N{GRINNING FACE}.txt"
    shutil.copy(folder / "text.txt", text)
    for name in ("m.one", "m.two", "m.safetensors"):
        train = ["train", folder / "plain.toml", "--unlabelled", text, "-o", tmp_path / name]
        assert run(*train).status == 0
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == [
        "m.metrics.jsonl",
        "m.one.metrics.jsonl",
        "m.two.metrics.jsonl",
    ]
    assert run("pretrain", text, "--config", folder / "plain.toml", "-o", tmp_path / "backbone").status == 0


def test_train_with_teachers_of_another_config(folder: Path, run: Run, tmp_path: Path) -> None:
    shutil.copy(folder / "plain.toml", tmp_path / "teacher.toml")
    text = ["--unlabelled", folder / "text.txt", "--teachers", tmp_path / "teacher.toml"]
    out = ["-o", tmp_path / "student.safetensors", "--set", "distillation.seeds=2"]
    result = run("train", folder / "plain.toml", *text, *out)
    assert result.status == 0, result.stderr
    said = _lines_of_training(result)[:-1]
    stages = ("teacher 1, ", "teacher 2, ", "")
    assert [line for line in said if "updates" not in line] == [
        f"{stage}epoch   {epoch}" for stage in stages for epoch in (1, 2)
    ]


def test_train_from_a_backbone_whose_vectors_have_moved(folder: Path, run: Run, tmp_path: Path) -> None:
    vectors, model = tmp_path / "vectors.txt", tmp_path / "model"
    vectors.write_text("dog 1 2\ncat 3 4\n")
    train = ["train", folder / "plain.toml"]
    assert run(*train, "--set", f"words.vectors={vectors}", "-o", model).status == 0
    moved = vectors.rename(tmp_path / "elsewhere.txt")
    for number, settings in enumerate(([], ["--set", f"words.vectors={moved}"])):
        out = tmp_path / f"{number}.safetensors"
        result = run(*train, "--from", model, *settings, "-o", out)
        assert result.status == 0, result.stderr
        assert Tagger.load(out, device="cpu").record.vectors.dim == 2  # type: ignore[union-attr]
    result = run(*train, "--from", folder / "plain.safetensors", "--set", f"words.vectors={moved}")
    expect_one_line(result, 2, f"words.vectors is None there and {moved} here")


# -- pretrain ---------------------------------------------------------------------------------------


def test_pretrain_and_train_from_its_backbone(folder: Path, run: Run, tmp_path: Path) -> None:
    backbone = tmp_path / "new" / "backbone.safetensors"
    result = run("pretrain", folder / "text.txt", "--config", folder / "plain.toml", "-o", backbone)
    assert result.status == 0, result.stderr
    assert str(backbone) in result.stdout
    assert result.stderr.splitlines()[-1].endswith(f": 4 of {folder / 'text.txt'}")
    assert "dog" in Tagger.load(backbone, device="cpu").tagset
    for command in ("tag", "evaluate"):
        result = run(command, backbone, folder / "test.txt")
        expect_one_line(result, 1, f"{backbone} is a backbone", "train a tagger from it with --from")
    (tmp_path / "folder").mkdir()
    shutil.copy(backbone, tmp_path / "folder")
    for command in ("tag", "evaluate"):
        result = run(command, tmp_path / "folder", folder / "test.txt")
        expect_one_line(result, 1, f"{tmp_path / 'folder'} contains a backbone that predicts masked words")
    result = run("train", folder / "plain.toml", "--from", backbone, "-o", tmp_path / "model")
    assert result.status == 0, result.stderr
    assert Tagger.load(tmp_path / "model", device="cpu").record.backbone == "words"


def test_pretrain_on_corpora_of_the_config(folder: Path, run: Run, tmp_path: Path) -> None:
    corpora = f'pretraining.corpora=["{folder / "train.txt"}"]'
    result = run("pretrain", "--config", folder / "plain.toml", "--set", corpora, "-o", tmp_path / "backbone")
    assert result.status == 0, result.stderr
    assert list(Tagger.load(tmp_path / "backbone", device="cpu").heads) == [str(folder / "train.txt")]


def test_pretrain_without_the_config_s_corpus(folder: Path, run: Run, tmp_path: Path) -> None:
    missing = ["--set", "corpus.train=missing.txt"]
    arguments = ["pretrain", folder / "text.txt", "--config", folder / "plain.toml", *missing]
    result = run(*arguments, "-o", tmp_path / "backbone")
    assert result.status == 0, result.stderr
    assert result.stderr.startswith("no sentences are held out because the config's corpus can't be read: ")


def test_pretrain_with_a_config_instead_of_a_text(folder: Path, run: Run, tmp_path: Path) -> None:
    config = folder / "plain.toml"
    result = run("pretrain", folder / "text.txt", config, "-o", tmp_path / "backbone")
    expect_one_line(result, 2, f"{config} is a config, not a text: use --config {config}")


@pytest.mark.parametrize("command", ["train", "pretrain"])
def test_a_file_that_is_not_a_model_is_not_overwritten(
    command: str, folder: Path, run: Run, tmp_path: Path
) -> None:
    """Models with any name and empty files can be overwritten."""
    config = tmp_path / "plain.toml"
    shutil.copy(folder / "plain.toml", config)
    shutil.copy(folder / "plain.safetensors", tmp_path / "model")
    (tmp_path / "empty").touch()
    (tmp_path / "broken.safetensors").write_text("x")
    what = [config] if command == "train" else [folder / "text.txt", "--config", config]
    before = config.read_text()
    result = run(command, *what, "-o", config)
    expect_one_line(result, 1, f"cannot write the model {config}: a file that is not a model")
    assert config.read_text() == before
    for name in ("model", "empty", "broken.safetensors"):
        assert run(command, *what, "--force", "-o", tmp_path / name).status == 0
        Tagger.load(tmp_path / name, device="cpu")


def test_pretrain_on_nothing(folder: Path, run: Run, tmp_path: Path) -> None:
    result = run("pretrain", "--config", folder / "plain.toml", "-o", tmp_path / "backbone")
    expect_one_line(result, 2, "nothing to pretrain on", "pretraining.text")
    assert not (tmp_path / "backbone").exists()


# -- what a failure leaves ---------------------------------------------------------------------------


def test_a_training_that_fails_leaves_an_older_model_and_its_log_alone(
    folder: Path, run: Run, tmp_path: Path
) -> None:
    for name in ("plain.safetensors", "plain.metrics.jsonl"):
        shutil.copy(folder / name, tmp_path / name)
    result = run(
        "train", folder / "plain.toml", "--from", "missing", "--force", "-o", tmp_path / "plain.safetensors"
    )
    expect_one_line(result, 1, "cannot read the model missing")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plain.metrics.jsonl", "plain.safetensors"]
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()


# -- heads and folders ------------------------------------------------------------------------------


def test_tag_and_evaluate_with_another_head(folder: Path, run: Run) -> None:
    model = folder / "datasets.safetensors"
    tagger = Tagger.load(model, device="cpu")
    first, *_ = (folder / "text.txt").read_text().splitlines()
    for head in ("tiny", "letters"):
        result = run("tag", model, folder / "text.txt", "--head", head, "--tokenized")
        assert (result.status, result.stderr) == (0, "")
        prediction = " ".join(map("/".join, tagger.tag(first.split(), head=head)))
        assert result.stdout.splitlines()[0] == prediction
    result = run("evaluate", model, folder / "letters.conllu", "--head", "letters", "--json")
    assert result.status == 0
    assert "the model learned from a file with as many tokens" in result.stderr, "it has the same sentences"
    assert result.stderr.count("\n") == 1
    report = json.loads(result.stdout)
    assert not report["unseen_tags"], "the gold tags are those of the column that the head learned"
    assert report["accuracy"] > 0
    filled = run("tag", model, folder / "letters.conllu", "--head", "letters").stdout.splitlines()
    assert {line.split("\t")[4] for line in filled if line} == {"ZZ"}
    assert {line.split("\t")[3] for line in filled if line} <= set(tagger.heads["letters"])


def test_options_may_stand_anywhere(folder: Path, run: Run) -> None:
    model, text, options = folder / "datasets.safetensors", folder / "text.txt", ["--head", "letters"]
    expected = run("tag", model, text, *options).stdout
    assert expected
    for order in ([model, *options, text], [*options, model, text], [*options, model, "--workers", 2, text]):
        assert run("tag", *order) == Result(0, expected, "")
    assert run("evaluate", model, *options, folder / "letters.conllu").status == 0
    more = run("tag", model, *options, text, "more")
    assert (more.status, more.stdout) == (1, expected)
    assert "cannot read more: No such file" in more.stderr
    missing = run("evaluate", *options)
    assert missing.status == 2
    assert missing.stderr.splitlines() == [
        "usage: postagger evaluate MODEL CORPUS [options]",
        "postagger evaluate: error: the following arguments are required: MODEL, CORPUS",
    ]


def test_a_folder_of_models_is_an_ensemble(folder: Path, run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copy(folder / "datasets.safetensors", tmp_path / f"{name}.safetensors")
    for head in ([], ["--head", "letters"]):
        alone = run("tag", folder / "datasets.safetensors", folder / "text.txt", *head)
        together = run("tag", tmp_path, folder / "text.txt", *head)
        assert (together.status, together.stderr) == (0, "")
        assert together.stdout == alone.stdout
    result = run("evaluate", tmp_path, folder / "test.txt")
    assert (result.status, result.stderr) == (0, "")
    assert "ensemble of 2 (window) trained on" in result.stdout.splitlines()[0]
    assert run("evaluate", tmp_path, folder / "test.txt", "--json").status == 0
    expect_one_line(run("info", tmp_path), 1, f"{tmp_path} is a folder, not a model")


def test_info_shows_heads_and_sentences_left_out(folder: Path, run: Run) -> None:
    facts = json.loads(run("info", folder / "datasets.safetensors", "--json").stdout)
    assert facts["tag_sets"].keys() == {"tiny", "letters"}
    assert facts["record"]["left_out"] == {str(folder / "letters.conllu"): 0}
    assert run("info", folder / "datasets.safetensors").status == 0


# -- bad input --------------------------------------------------------------------------------------


@pytest.mark.filterwarnings(r"ignore:model\.kind=lstm has its own defaults")
@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        (
            ["model.hidden=[9]"],
            [
                "does not fit the config: model.hidden is [16] there and [9] here; ",
                "take its sizes, as in --set 'model.hidden=[16]'",
            ],
        ),
        (
            ["model.kind=lstm"],
            ["does not fit", "model.kind is window there and lstm here; choose a config of the kind window"],
        ),
        (
            ["words.suffixes=3", "words.word_dim=4"],
            ["words.word_dim is 8 there and 4", "as in --set words.word_dim=8 words.suffixes=2"],
        ),
        (["words.vectors=a.txt"], ["words.vectors is None there", "leave out the settings"]),
        (["model.output=crf", "transfer.keep_head=true"], ["model.output is softmax there and crf here"]),
        (['pretraining.text=["a"]'], ["can't come both from transfer.model (--from) and from [pretraining]"]),
    ],
)
def test_a_backbone_that_does_not_fit(
    settings: list[str], parts: list[str], folder: Path, run: Run, tmp_path: Path
) -> None:
    model = folder / "plain.safetensors"
    out = ["-o", tmp_path / "model"]
    result = run("train", folder / "plain.toml", "--from", model, "--set", *settings, *out)
    expect_one_line(result, 2, *parts)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (None, "there is no file {}: name a text file"),
        (b"", "{} contains no words"),
        (b"\n  \n", "{} contains no words"),
        (b"caf\xe9 .\n", "{} is not UTF-8 text"),
        ("The dog .\n".encode("utf-16-le"), "{} is not UTF-8 text"),
        (bytes(range(256)), "{} is not text (invalid start byte in line 2)"),
    ],
    ids=["missing", "empty", "blank", "latin-1", "utf-16", "binary"],
)
@pytest.mark.parametrize("command", ["train", "pretrain"])
def test_a_bad_text(
    command: str, content: bytes | None, part: str, folder: Path, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "text.txt"
    if content is not None:
        file.write_bytes(content)
    config, out = folder / "plain.toml", ["-o", tmp_path / "model"]
    if command == "train":
        result = run("train", config, "--unlabelled", file, *out)
    else:
        result = run("pretrain", file, "--config", config, *out)
    expect_one_line(result, 1, part.format(file))


def test_text_that_is_a_folder_or_not_a_corpus(folder: Path, run: Run, tmp_path: Path) -> None:
    train = ["train", folder / "plain.toml", "-o", tmp_path / "model", "--unlabelled"]
    expect_one_line(run(*train, tmp_path), 1, f"{tmp_path} is a folder: name a text file")
    expect_one_line(run(*train, "browm"), 1, "there is no corpus or file 'browm'", "did you mean 'brown'")


def test_text_that_is_the_test_part(folder: Path, run: Run, tmp_path: Path) -> None:
    lines = (folder / "text.txt").read_text().splitlines()[18:]
    (tmp_path / "text.txt").write_text("\n".join(lines))
    text = ["--unlabelled", tmp_path / "text.txt"]
    result = run("train", folder / "plain.toml", *text, "-o", tmp_path / "model")
    expect_one_line(result, 1, "nothing to learn from", "only repeats dev or test sentences")


def test_invalid_teachers(folder: Path, run: Run, tmp_path: Path) -> None:
    train = ["train", folder / "plain.toml", "-o", tmp_path / "model"]
    text = ["--unlabelled", folder / "text.txt", "--teachers"]
    letters = tmp_path / "letters.safetensors"
    settings = ["--set", f"corpus.train={folder / 'letters.conllu'}", "corpus.column=upos"]
    assert run("train", folder / "plain.toml", *settings, "-o", letters).status == 0
    expect_one_line(run(*train, *text, letters), 2, "a teacher trained on", "predicts tags that the corpus")
    expect_one_line(run(*train, *text, "missing"), 1, "cannot read the model missing: No such file")
    (tmp_path / "empty").mkdir()
    expect_one_line(
        run(*train, *text, tmp_path / "empty"), 1, f"the folder {tmp_path / 'empty'} contains no model"
    )
    expect_one_line(run(*train, "--teachers", letters), 2, "distillation.teachers have no text to tag")
    expect_one_line(run(*train, *text, "no.toml"), 2, "there is no config 'no.toml'")
    file = tmp_path / "distilled.toml"
    file.write_text('[distillation]\ntext = ["brown"]\n')
    expect_one_line(
        run(*train, *text, file), 2, f"{file} is the config of a teacher, so it can't have [distillation]"
    )


@pytest.mark.parametrize("command", [["tag"], ["evaluate"]])
def test_an_unknown_head(command: list[str], folder: Path, run: Run, tmp_path: Path) -> None:
    shutil.copy(folder / "datasets.safetensors", tmp_path / "a.safetensors")
    for model in (folder / "datasets.safetensors", tmp_path):
        result = run(*command, model, folder / "test.txt", "--head", "leters")
        expect_one_line(result, 2, "has tiny, letters; did you mean 'letters'?")


@pytest.mark.parametrize("command", [["tag"], ["evaluate"]])
def test_folders_that_are_not_an_ensemble(command: list[str], folder: Path, run: Run, tmp_path: Path) -> None:
    arguments = [*command, tmp_path, folder / "test.txt"]
    expect_one_line(run(*arguments), 1, f"the folder {tmp_path} contains no model")
    shutil.copy(folder / "plain.safetensors", tmp_path / "a.safetensors")
    write_model(tmp_path / "b.safetensors", {}, {"tags": []})
    expect_one_line(run(*arguments), 1, f"{tmp_path / 'b.safetensors'} is damaged")
    (tmp_path / "b.safetensors").unlink()
    settings = ["--set", f"corpus.train={folder / 'letters.conllu'}", "corpus.column=upos"]
    assert run("train", folder / "plain.toml", *settings, "-o", tmp_path / "c.safetensors").status == 0
    expect_one_line(
        run(*arguments), 2, "the taggers of an ensemble must have the same tags; these differ in "
    )


@pytest.mark.parametrize(
    ("task", "status", "parts"),
    [
        ('name = "browm"', 1, ["there is no corpus or file 'browm'", "did you mean 'brown'"]),
        ('train = "missing.txt"', 1, ["cannot read missing.txt: No such file"]),
        (
            'train = "missing.txt"\nwieght = 2.0',
            2,
            ["unknown key 'datasets.1.wieght': did you mean 'weight'?"],
        ),
        ('name = "x"\nhead = ""', 2, ["datasets.1.head"]),
        (
            'train = "{folder}/letters.conllu"\nhead = "letters"\ncolumn = "upos"\nweight = 0',
            2,
            ["datasets.1.weight"],
        ),
        ('name = "tiny"', 2, ["two corpora are called 'tiny'"]),
    ],
)
def test_a_bad_data_set(
    task: str, status: int, parts: list[str], folder: Path, run: Run, tmp_path: Path
) -> None:
    config = tmp_path / "bad.toml"
    text = (folder / "datasets.toml").read_text()
    config.write_text(f"{text}\n[[datasets]]\n{task.replace('{folder}', str(folder))}\n")
    result = run("train", config, "-o", tmp_path / "model")
    expect_one_line(result, status, *parts)
    assert not (tmp_path / "model").exists()
