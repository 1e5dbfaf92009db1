"""Models on the Hub, through a server that stands in for it: uploads, downloads, and what goes wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

constants = pytest.importorskip("huggingface_hub.constants", reason="needs the extra hub")

from hub_server import READER, WRITER, HubServer, Repository  # noqa: E402

from postagger import Config, Ensemble, ModelFileError, PostaggerError, Tagger, hub  # noqa: E402
from postagger.cli import main  # noqa: E402
from postagger.corpora import TaggedSentence  # noqa: E402
from postagger.errors import ConfigError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # of the library itself

WORDS = ["the", "old", "man", "saw", "trees"]


@pytest.fixture(scope="module")
def taggers(
    tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]
) -> tuple[Tagger, Tagger]:
    first, second = (
        Tagger.train(tiny_sentences, tiny_config(training={"epochs": 4, "seed": seed})) for seed in (1, 2)
    )
    return first, second


def line(tagger: Tagger | Ensemble) -> str:
    return " ".join(f"{word}/{tag}" for word, tag in tagger.tag(WORDS)) + "\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """The stand-in, which the library takes for the Hub; its cache is in `tmp_path`."""
    running = HubServer()
    monkeypatch.setattr(constants, "ENDPOINT", running.url)
    template = running.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)  # made of it at the import
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # another protocol, for which it needs more
    monkeypatch.delenv("HF_TOKEN", raising=False)
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def filled(server: HubServer, taggers: tuple[Tagger, Tagger], tmp_path: Path) -> HubServer:
    """With a tagger in ``me/one``, and two in ``me/two``, without uploading them."""
    files = []
    for number, tagger in enumerate(taggers):
        tagger.save(tmp_path / f"{number}.safetensors")
        files.append((tmp_path / f"{number}.safetensors").read_bytes())
    server.repositories |= {"me/one": Repository(), "me/two": Repository(), "me/none": Repository()}
    server.repositories["me/one"].commit(
        "main", {"model.safetensors": files[0], "b.safetensors": files[1]}, ""
    )
    server.repositories["me/two"].commit(
        "main", {"1.safetensors": files[0], "2.safetensors": files[1], "x.safetensors": b"?"}, ""
    )
    return server


# -- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "repo", "revision", "file"),
    [
        ("hf:me/one", "me/one", None, None),
        ("hf://me/one", "me/one", None, None),
        ("hf:me/one@v1.0", "me/one", "v1.0", None),
        ("hf:me/one@refs/pr/3", "me/one", "refs/pr/3", None),
        ("hf:me/one@a%2Fb/c.safetensors", "me/one", "a/b", "c.safetensors"),
        ("hf:me/o.n-e_1/sub/c.safetensors", "me/o.n-e_1", None, "sub/c.safetensors"),
    ],
)
def test_a_name_has_a_revision_and_a_file(
    name: str, repo: str, revision: str | None, file: str | None
) -> None:
    assert hub.HubName.parse(name) == hub.HubName(repo, revision, file)


@pytest.mark.parametrize(
    "name",
    [
        "hf:",
        "hf:one",
        "hf:/one",
        "hf:me/",
        "hf:me/one@",
        "hf:me/.one",
        "hf:me/o..e",
        "hf:me/o--e",
        "hf:../../etc",
        "hf:me/one/",
        "hf:me/one/README.md",
        "hf:me/one/../two/model.safetensors",
        "hf:me/one//etc/model.safetensors",
        "hf:me/one/./model.safetensors",
        "hf:me/one/..\\..\\model.safetensors",
        "hf:me/one/C:model.safetensors",
        "hf:me/one/a\nb.safetensors",
        "hf:me/one/*.safetensors",
        "hf:me/one@../../../x",
        "hf:me/one@..%2F..%2Fx",
        "hf:me/one@%2Fx",
        "hf:me/one@a%00",
        "hf:mé/one",
        f"hf:me/{'o' * 100}",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_asked(
    name: str, server: HubServer
) -> None:
    with pytest.raises(ModelFileError) as caught:
        Tagger.load(name)
    assert "\n" not in str(caught.value)
    assert server.requests == []


def test_a_path_is_never_a_name_on_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("./hf:me/one", Path("hf:me/one")):
        with pytest.raises(ModelFileError, match="No such file"):
            Tagger.load(path)


# -- downloads --------------------------------------------------------------------------------------------


def test_a_tagger_is_downloaded_once_and_then_read_from_the_cache(
    filled: HubServer, taggers: tuple[Tagger, Tagger], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert Tagger.load("hf:me/one").tag(WORDS) == taggers[0].tag(WORDS)
    assert filled.requests.count("GET /me/one/resolve/main/model.safetensors") == 1
    filled.shutdown()
    filled.server_close()
    assert Tagger.load("hf:me/one").tag(WORDS) == taggers[0].tag(WORDS)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert Tagger.load("hf:me/one").tag(WORDS) == taggers[0].tag(WORDS)
    with pytest.raises(ModelFileError, match=r"^hf:me/other: it is not in the cache .*HF_HUB_OFFLINE is set"):
        Tagger.load("hf:me/other")


def test_a_file_and_a_revision(filled: HubServer, taggers: tuple[Tagger, Tagger]) -> None:
    repository = filled.repositories["me/one"]
    files = filled.files("me/one")
    first = repository.branches["main"]
    repository.branches["v1"] = first
    repository.commit("main", files | {"model.safetensors": files["b.safetensors"]}, "another")
    second = taggers[1].distributions(WORDS)
    assert Tagger.load("hf:me/one/b.safetensors").distributions(WORDS) == second
    assert Tagger.load("hf:me/one").distributions(WORDS) == second
    for revision in ("v1", first):
        assert Tagger.load(f"hf:me/one@{revision}").distributions(WORDS) == taggers[0].distributions(WORDS)


def test_an_ensemble_is_the_numbered_files(
    filled: HubServer, taggers: tuple[Tagger, Tagger], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Ensemble(taggers).distributions(WORDS)
    assert Ensemble.load("hf:me/two").distributions(WORDS) == expected
    assert "GET /me/two/resolve/main/x.safetensors" not in filled.requests
    with pytest.raises(ModelFileError, match=r"is a folder, not a model.*Ensemble\.load"):
        Tagger.load("hf:me/two")
    with pytest.raises(ModelFileError, match=r"x\.safetensors is not a model"):
        Tagger.load("hf:me/two/x.safetensors")  # now it is in the same folder of the cache
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert Ensemble.load("hf:me/two").distributions(WORDS) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hf:me/typo", "there is no such repository on the Hub, or it is private"),
        ("hf:me/secret", "there is no such repository on the Hub, or it is private"),
        ("hf:me/gated", "access to it has to be asked for on http://127.0.0.1:[0-9]+/me/gated; then log in"),
        ("hf:me/one@v9", "the repository has no revision v9"),
        ("hf:me/one/no.safetensors", "the repository has no file no.safetensors"),
        ("hf:me/none", r"the repository has no file model.safetensors \(or 1.safetensors and so on\)"),
    ],
)
def test_what_can_not_be_had_is_told_in_a_line(
    name: str, message: str, filled: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    filled.repositories |= {"me/secret": Repository(private=True), "me/gated": Repository(gated=True)}
    filled.repositories["me/gated"].commit("main", filled.files("me/one"), "")
    with pytest.raises(ModelFileError, match=f"^{name}: {message}"):
        Tagger.load(name)
    capsys.readouterr()
    assert main(["info", name]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"postagger: {name}: ")


def test_a_hub_that_fails_or_can_not_be_reached(filled: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.failing = True
    with pytest.raises(ModelFileError, match=r"^hf:me/one: .*the Hub can't be asked for it \(.*500"):
        Tagger.load("hf:me/one")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(ModelFileError, match=r"not in the cache .*the Hub can't be asked for it"):
            Tagger.load("hf:me/one")


def test_a_download_that_breaks_off_leaves_nothing_that_is_taken_for_a_model(
    filled: HubServer, taggers: tuple[Tagger, Tagger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # between its attempts
    filled.broken.add("model.safetensors")
    with pytest.raises(ModelFileError, match=r"^hf:me/one: it can't be downloaded: ") as caught:
        Tagger.load("hf:me/one")
    assert "\n" not in str(caught.value)
    filled.broken.clear()
    assert Tagger.load("hf:me/one").tag(WORDS) == taggers[0].tag(WORDS)


def test_a_model_that_is_too_large_is_not_downloaded(
    filled: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTAGGER_MAX_MODEL", "1000")
    with pytest.raises(ModelFileError, match=r"^hf:me/one: this model has more than 1,000 bytes"):
        Tagger.load("hf:me/one")
    assert not any("resolve" in request for request in filled.requests)


@pytest.mark.parametrize("damage", ["bit", "pickle", "other"])
def test_what_was_downloaded_is_checked_as_any_model_file(damage: str, filled: HubServer) -> None:
    content = bytearray(filled.files("me/one")["model.safetensors"])
    content[-1] ^= 1
    damaged = {"bit": bytes(content), "pickle": b"\x80\x04.", "other": b"no model"}[damage]
    filled.repositories["me/one"].commit("main", {"model.safetensors": damaged}, "")
    with pytest.raises(ModelFileError, match=r"^hf:me/one: .*to download it again, delete that file"):
        Tagger.load("hf:me/one")


@pytest.mark.usefixtures("filled")
def test_the_command_line_takes_it_wherever_it_takes_a_model(
    taggers: tuple[Tagger, Tagger], tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_text(" ".join(WORDS), encoding="utf-8")
    for name, tagger in (("hf:me/one", taggers[0]), ("hf:me/two", Ensemble(taggers))):
        assert main(["tag", name, str(text), "--tokenized"]) == 0
        assert capsys.readouterr().out == line(tagger)
        assert main(["evaluate", name, str(tiny_file)]) == 0
        capsys.readouterr()
    assert main(["tag", "hf:me/one", str(text), "-o", f"{tmp_path}/out/"]) == 0
    assert main(["info", "hf:me/one"]) == 0
    assert "window tagger" in capsys.readouterr().out
    assert main(["explain", "hf:me/one", "the old man", "--word", "old"]) == 0
    assert main(["card", "hf:me/two", "-o", str(tmp_path / "card.md")]) == 0
    assert "ensemble of 2" in (tmp_path / "card.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("filled")
def test_a_backbone_and_teachers_may_be_on_the_hub(
    tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config], write: object
) -> None:
    assert callable(write)
    text = write("text.txt", [[word for word, _ in sentence] for sentence in tiny_sentences])
    config = tiny_config(transfer={"model": "hf:me/one"})
    assert Tagger.train(tiny_sentences, config).record.backbone is not None
    config = tiny_config(distillation={"text": [text], "teachers": ["hf:me/two"]})
    assert Tagger.train(tiny_sentences, config).record.teachers


def test_nothing_is_asked_for_unless_it_is_named(server: HubServer, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError):
        Tagger.load("me/one")
    with pytest.raises(ModelFileError):
        Ensemble.load(tmp_path)
    Tagger.load("en")
    assert server.requests == []


def test_nothing_is_saved_under_a_name_on_the_hub(
    taggers: tuple[Tagger, Tagger], tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for save in (taggers[0].save, Ensemble(taggers).save):
        with pytest.raises(ModelFileError, match="hf:me/one is on the Hub: upload the model there with push"):
            save("hf:me/one")
    settings = ["--set", f"corpus.train={tiny_file}", "training.epochs=1"]
    assert main(["train", "logistic", *settings, "-o", "hf:me/one"]) == 1
    assert main(["pretrain", str(tiny_file), *settings, "-o", "hf:me/one"]) == 1
    assert list(tmp_path.iterdir()) == []


# -- uploads ----------------------------------------------------------------------------------------------


def test_a_tagger_goes_there_and_comes_back(server: HubServer, taggers: tuple[Tagger, Tagger]) -> None:
    address = taggers[0].push_to_hub("me/new", token=WRITER, commit_message="The first one")
    assert address.startswith(f"{server.url}/me/new/commit/")
    assert sorted(server.files("me/new")) == [".gitattributes", "README.md", "model.safetensors"]
    assert server.repositories["me/new"].messages[-1] == "The first one"
    assert "hf:me/new" in server.files("me/new")["README.md"].decode()
    assert "POST /api/validate-yaml" in server.requests
    back = Tagger.load("hf:me/new")
    assert back.distributions(WORDS) == taggers[0].distributions(WORDS)
    assert back.record == taggers[0].record


def test_an_ensemble_takes_the_place_of_a_tagger_and_the_other_way(
    server: HubServer, taggers: tuple[Tagger, Tagger]
) -> None:
    ensemble = Ensemble(taggers)
    taggers[0].push_to_hub("me/new", token=WRITER)
    ensemble.push_to_hub("me/new", token=WRITER)
    assert Ensemble.load("hf:me/new").distributions(WORDS) == ensemble.distributions(WORDS)
    taggers[1].push_to_hub("me/new", token=WRITER)
    assert Tagger.load("hf:me/new").distributions(WORDS) == taggers[1].distributions(WORDS)
    assert "1.safetensors" not in server.files("me/new")


@pytest.mark.usefixtures("server")
def test_a_branch_is_made_and_the_main_one_stays(taggers: tuple[Tagger, Tagger]) -> None:
    taggers[0].push_to_hub("me/new", token=WRITER)
    for _ in range(2):
        taggers[1].push_to_hub("me/new", token=WRITER, revision="next")
    assert Tagger.load("hf:me/new").distributions(WORDS) == taggers[0].distributions(WORDS)
    assert Tagger.load("hf:me/new@next").distributions(WORDS) == taggers[1].distributions(WORDS)


def test_a_private_one_is_made_so_and_a_public_one_is_not_taken_for_it(
    server: HubServer, taggers: tuple[Tagger, Tagger], monkeypatch: pytest.MonkeyPatch
) -> None:
    taggers[0].push_to_hub("me/new", token=WRITER, private=True)
    assert server.repositories["me/new"].private
    with pytest.raises(ModelFileError, match="or it is private"):
        Tagger.load("hf:me/new")
    monkeypatch.setenv("HF_TOKEN", WRITER)
    assert Tagger.load("hf:me/new").tag(WORDS) == taggers[0].tag(WORDS)
    server.repositories["me/open"] = Repository()
    with pytest.raises(ConfigError, match="me/open should be private but is public: nothing was uploaded"):
        taggers[0].push_to_hub("me/open", private=True)
    assert server.repositories["me/open"].messages == ["initial commit"]


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (None, "the Hub does not know who you are: log in"),
        (READER, r"you may not write there \(.*403.*\): choose a repository of your own"),
    ],
)
def test_an_upload_that_is_refused_is_told_in_a_line(
    token: str | None, message: str, server: HubServer, taggers: tuple[Tagger, Tagger]
) -> None:
    server.repositories["me/new"] = Repository()
    with pytest.raises(PostaggerError, match=f"^me/new can't be uploaded: {message}") as caught:
        taggers[0].push_to_hub("me/new", token=token)
    assert "\n" not in str(caught.value)
    assert str(token) not in str(caught.value)


def test_metadata_that_the_hub_refuses_is_told(server: HubServer, taggers: tuple[Tagger, Tagger]) -> None:
    server.problems.append('"license" must be one of [apache-2.0, mit]')
    with pytest.raises(PostaggerError, match=r"can't be uploaded: .*must be one of"):
        taggers[0].push_to_hub("me/new", token=WRITER)
    assert "model.safetensors" not in server.files("me/new")


@pytest.mark.parametrize("repo", ["new", "me/new@main", "me/new/x.safetensors", "../new", ""])
def test_a_name_that_no_repository_has(repo: str, server: HubServer, taggers: tuple[Tagger, Tagger]) -> None:
    with pytest.raises(ConfigError):
        taggers[0].push_to_hub(repo, token=WRITER)
    assert server.requests == []


def test_a_card_of_ones_own_or_none(server: HubServer, taggers: tuple[Tagger, Tagger]) -> None:
    taggers[0].push_to_hub("me/new", token=WRITER, card="# Mine\n")
    assert server.files("me/new")["README.md"] == b"# Mine\n"
    taggers[1].push_to_hub("me/new", token=WRITER, card=False)
    assert server.files("me/new")["README.md"] == b"# Mine\n"


def test_folders_of_the_machine_stay_at_home(
    server: HubServer, tiny_corpus: object, tiny_config: Callable[..., Config], tmp_path: Path, write: object
) -> None:
    assert callable(write)
    train = write("train.txt", tiny_corpus.train)  # type: ignore[attr-defined]
    settings = {"train": train, "dev": write("dev.txt", tiny_corpus.dev)}  # type: ignore[attr-defined]
    from postagger.corpora import load_configured

    config = tiny_config(corpus=settings, datasets=[{"train": train, "head": "other"}])
    tagger = Tagger.train(load_configured(config.corpus), config)
    tagger.push_to_hub("me/new", token=WRITER, licence="MIT", languages="en")
    for content in server.files("me/new").values():
        assert str(tmp_path).encode() not in content
    back = Tagger.load("hf:me/new")
    assert back.config.corpus.train == "train.txt"
    assert list(back.heads) == ["train.txt", "other"]
    assert back.distributions(WORDS) == tagger.distributions(WORDS)
    assert back.licence == "MIT"
    assert tagger.licence == ""


@pytest.mark.slow
def test_the_command_line_uploads_and_tags_in_processes_of_their_own(
    server: HubServer, taggers: tuple[Tagger, Tagger], tmp_path: Path
) -> None:
    """As a user would: `HF_ENDPOINT` and `HF_TOKEN` in the environment, nothing patched."""
    taggers[0].save(tmp_path / "m.safetensors")
    environment = os.environ | {
        "HF_ENDPOINT": server.url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": WRITER,
        "HF_HUB_DISABLE_XET": "1",
    }

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "postagger", *arguments],
            env=environment | more,
            input=" ".join(WORDS),
            capture_output=True,
            text=True,
            check=False,
        )

    pushed = run("push", str(tmp_path / "m.safetensors"), "me/new", "--language", "en")
    assert pushed.returncode == 0, pushed.stderr
    assert pushed.stdout.startswith(f"{server.url}/me/new/commit/")
    assert "to use it: postagger tag hf:me/new" in pushed.stderr
    tagged = run("tag", "hf:me/new", "--tokenized")
    assert tagged.stdout == line(taggers[0]), tagged.stderr
    server.shutdown()
    server.server_close()
    again = run("tag", "hf:me/new", "--tokenized", HF_HUB_OFFLINE="1")
    assert again.stdout == tagged.stdout, again.stderr
    lost = run("tag", "hf:me/lost", HF_HUB_OFFLINE="1")
    assert (lost.returncode, lost.stdout, lost.stderr.count("\n")) == (1, "", 1), lost.stderr


def test_without_the_package_the_command_to_install_it_is_told(
    taggers: tuple[Tagger, Tagger], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(PostaggerError, match=r"pip install 'postagkit\[hub\]'"):
        Tagger.load("hf:me/one")
    with pytest.raises(PostaggerError, match=r"pip install 'postagkit\[hub\]'"):
        taggers[0].push_to_hub("me/one")
    assert main(["push", "en", "me/one"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
