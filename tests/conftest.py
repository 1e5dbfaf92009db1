"""What more than one test file needs. Everything here is shared: look at it, don't change it in place."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

# As the command line does, before torch is loaded: waiting threads sleep soon (see `postagger.cli.main`).
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import pytest
from hypothesis import settings

from postagger import Config, Corpus, DataError, load_corpus
from postagger.config import parse_config
from postagger.corpora import TaggedSentence
from postagger.tuning import Tuning, tune

Search = Callable[..., Tuning]

settings.register_profile("postagger", deadline=None)  # a busy machine is no failure
settings.load_profile("postagger")

_TINY = """\
The/DT old/JJ man/NN saw/VBD the/DT dog/NN ./.
They/PRP man/VBP the/DT boat/NN ./.
The/DT old/NN rest/VBP ./.
She/PRP saw/VBD a/DT rusty/JJ saw/NN ./.
Dogs/NNS bark/VBP at/IN the/DT bark/NN of/IN trees/NNS ./.
I/PRP can/MD open/VB the/DT can/NN ./.
An/DT open/JJ can/NN stood/VBD there/RB ./.
We/PRP plan/VBP to/TO plant/VB 12/CD trees/NNS in/IN May/NNP ./.
The/DT plant/NN may/MD close/VB ./.
A/DT close/JJ watch/NN helps/VBZ ./.
Did/VBD you/PRP watch/VB her/PRP$ play/NN ?/.
Children/NNS play/VBP that/DT game/NN well/RB ./.
He/PRP said/VBD that/IN the/DT well/NN is/VBZ dry/JJ ./.
Time/NN flies/VBZ ,/, but/CC flies/NNS like/VBP fruit/NN ./.
A/DT light/JJ wind/NN blew/VBD like/IN silk/NN ./.
Please/UH light/VB 3/CD lamps/NNS ./.
Anna/NNP left/VBD her/PRP$ left/JJ glove/NN ./.
Her/PRP$ plans/NNS changed/VBD ,/, and/CC she/PRP plans/VBZ again/RB ./.
Who/WP saw/VBD Boris/NNP run/VB ?/.
The/DT long/JJ run/NN ended/VBD at/IN 7/CD ./.
"""

_MODELS: dict[str, dict[str, Any]] = {
    "logistic": {"left": 1, "right": 1},
    "window": {"left": 1, "right": 1, "hidden": [16], "dropout": 0.0},
    "rnn": {"hidden": 8, "dropout": 0.0},
    "gru": {"hidden": 8, "dropout": 0.0},
    "lstm": {"hidden": 8, "dropout": 0.0},
}


@pytest.fixture(scope="session")
def treebank() -> Corpus:
    """NLTK's Penn treebank sample, split; tests of it are skipped where the data is not."""
    try:
        return load_corpus("treebank")
    except DataError as error:
        if "is not in any of" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def tiny_sentences() -> list[TaggedSentence]:
    """Twenty short sentences in Penn tags; saw, man, can, well, her ... have more than one tag."""
    pairs = ([token.rpartition("/") for token in line.split()] for line in _TINY.splitlines())
    return [[(word, tag) for word, _, tag in sentence] for sentence in pairs]


@pytest.fixture(scope="session")
def tiny_corpus(tiny_sentences: list[TaggedSentence]) -> Corpus:
    """The tiny sentences as a corpus of 16, 2 and 2; dev and test hold unknown words."""
    return Corpus("tiny", tiny_sentences[:16], tiny_sentences[16:18], tiny_sentences[18:])


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny sentences in a file, ``word/TAG``; read as a corpus it is cut into 16, 2 and 2."""
    file = tmp_path_factory.mktemp("tiny") / "tiny.txt"
    file.write_text(_TINY, encoding="utf-8")
    return file


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """``write("a.txt", sentences)`` gives the path of a file of ``word/TAG``, or of words without tags."""

    def write(name: str, sentences: Iterable[Sequence[str] | TaggedSentence]) -> str:
        lines = [
            " ".join(token if isinstance(token, str) else "/".join(token) for token in sentence)
            for sentence in sentences
        ]
        path = tmp_path / name
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Callable[[bytes], str]]:
    """``feed(content)`` gives the path of a named pipe that gives the content once, byte by byte at first."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    writers: list[threading.Thread] = []

    def write(pipe: Path, content: bytes) -> None:
        with contextlib.suppress(BrokenPipeError), pipe.open("wb", buffering=0) as file:
            for start in range(6):
                file.write(content[start : start + 1])
            file.write(content[6:])

    def make(content: bytes) -> str:
        pipe = tmp_path / f"pipe{len(writers)}"
        os.mkfifo(pipe)
        writers.append(threading.Thread(target=write, args=(pipe, content), daemon=True))
        writers[-1].start()
        return str(pipe)

    yield make
    for writer in writers:
        writer.join(timeout=10)


@pytest.fixture(scope="session")
def tiny_config() -> Callable[..., Config]:
    """``tiny_config(kind, training={"epochs": 5})``: a small model without dropout, on the CPU."""

    def make(kind: str = "window", **sections: Any) -> Config:
        tiny: dict[str, Any] = {
            "corpus": {"name": "tiny"},
            "words": {
                "word_dim": 8,
                "prefixes": 1,
                "suffixes": 2,
                "feature_dim": 4,
                "feature_min_count": 1,
                "word_dropout": 0.0,
                "dropout": 0.0,
                "case_noise": 0.0,
            },
            "model": {"kind": kind, **_MODELS[kind]},
            "training": {"epochs": 2, "batch_size": 4, "warmup": 0, "device": "cpu"},
            "pretraining": {"epochs": 2},
        }
        for section, values in sections.items():
            tiny[section] = values if isinstance(values, list) else tiny.get(section, {}) | values
        return parse_config(tiny)

    return make


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small models gain nothing from more threads, and on a busy machine they lose a lot."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def search(tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path) -> Search:
    """``search(trials=3)``: a random search in `tmp_path` / search; tiny, one fresh seed."""

    def call(config: Config | None = None, corpus: Corpus | None = None, **settings: Any) -> Tuning:
        budget: dict[str, Any] = {"trials": 3, "sampler": "random", "seeds": 1, "jobs": 1}
        folder = tmp_path / settings.pop("folder_name", "search")
        return tune(config or tiny_config("logistic"), corpus or tiny_corpus, folder, **budget | settings)

    return call


@pytest.fixture
def seed() -> Iterator[int]:
    """Torch draws from this seed within the test, and goes on as before after it."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        yield 1


@pytest.fixture(scope="session")
def encoders(
    tmp_path_factory: pytest.TempPathFactory, tiny_sentences: list[TaggedSentence]
) -> dict[str, Path]:
    """Folders with tiny encoders of three architectures, by name: bert, roberta, distilbert."""
    pytest.importorskip("transformers", reason="needs the extra encoder")
    from tiny_encoders import make_encoders

    texts = [" ".join(word for word, _ in sentence) for sentence in tiny_sentences]
    return make_encoders(tmp_path_factory.mktemp("encoders"), texts)


@pytest.fixture
def bert(encoders: dict[str, Path]) -> str:
    return str(encoders["bert"])


@pytest.fixture
def encoder_config(bert: str, tiny_config: Callable[..., Config]) -> Callable[..., Config]:
    """``encoder_config(layers=2, training={...})``: a config of a tiny encoder."""

    def make(encoder: str = bert, training: dict[str, Any] | None = None, **model: Any) -> Config:
        data = tiny_config().model_dump(mode="json")
        data["model"] = {"kind": "encoder", "encoder": encoder, "learning_rate": 1e-3, **model}
        data["words"] |= {"word_dim": 0, "prefixes": 0, "suffixes": 1}
        data["training"] |= {"learning_rate": 1e-2} | (training or {})
        return parse_config(data)

    return make


@pytest.fixture
def toml(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a config and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "run.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
