"""NLTK's data search, with treebanks of one tree that the tests put into its folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import nltk.corpus
import nltk.data
import pytest
from nltk.corpus.reader import TaggedCorpusReader
from nltk.corpus.util import LazyCorpusLoader
from nltk.downloader import ErrorMessage, FinishPackageMessage, ProgressMessage
from nltk.tree import Tree

from postagger.corpora import UNTAGGED, Document, TaggedSentence, download, load_documents
from postagger.corpora.nltk_data import drop_traces, map_to_universal
from postagger.errors import DataError


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Empty folders: ``explicit``, ``data`` in the working directory, and NLTK's ``own``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "own")])
    before = os.umask(0o022)  # NLTK reads from no folder that others can write to
    yield tmp_path
    os.umask(before)


def plant(place: Path, trees: str, *, packed: bool = False) -> None:
    """Puts an NLTK ``treebank`` of one file into a folder."""
    folder = place / "corpora" / "treebank" / "combined"
    folder.mkdir(parents=True)
    (folder / "wsj_0001.mrg").write_text(trees)
    if packed:
        shutil.make_archive(str(folder.parent), "zip", place / "corpora", "treebank")
        shutil.rmtree(folder.parent)


def words(**settings: Any) -> list[str]:
    documents, _ = load_documents("treebank", **settings)
    return [word for document in documents for sentence in document.sentences for word, _ in sentence]


def complaint(name: str, **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        load_documents(name, **settings)
    return str(caught.value)


# -- search order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("there", "found"),
    [
        (["explicit", "data", "own"], "explicit"),
        (["data", "own"], "data"),
        (["own"], "own"),
        (["explicit", "own"], "explicit"),
    ],
)
def test_the_first_folder_with_the_corpus_wins(
    places: Path, there: list[str], found: str, packed: bool
) -> None:
    for place in there:
        plant(places / place, f"( (NP (NN {place})) )", packed=packed)
    assert words(nltk_data=str(places / "explicit")) == [found]


def test_the_first_folder_wins_zipped_over_the_next_unpacked(places: Path) -> None:
    plant(places / "explicit", "( (NP (NN explicit)) )", packed=True)
    plant(places / "own", "( (NP (NN own)) )")
    assert words(nltk_data=str(places / "explicit")) == ["explicit"]


def test_an_explicit_folder_is_used_for_one_call_only(places: Path) -> None:
    for place in ("explicit", "own"):
        plant(places / place, f"( (NP (NN {place})) )")
    assert [words(), words(nltk_data="explicit"), words()] == [["own"], ["explicit"], ["own"]]


def test_nltk_is_left_as_it_was(places: Path) -> None:
    plant(places / "explicit", "( (NP (NN explicit)) )")
    plant(places / "own", "( (NP (NN own)) )")
    words(nltk_data="explicit")
    complaint("brown", nltk_data="explicit")
    assert nltk.data.path == [str(places / "own")]
    assert list(nltk.corpus.treebank.words()) == ["own"]


def test_a_missing_corpus_names_the_folders_and_the_command(places: Path) -> None:
    message = complaint("treebank", nltk_data="explicit")
    assert f"explicit, {places / 'data'}, {places / 'own'}: " in message
    assert "'postagger download treebank'" in message
    assert "NLTK_DATA" in message


def test_a_folder_is_named_once(places: Path) -> None:
    assert complaint("treebank", nltk_data=str(places / "own")).count(str(places / "own")) == 1


def test_a_folder_writable_by_other_users_is_named_with_the_command(places: Path) -> None:
    pytest.importorskip("nltk.pathsec", reason="NLTK before 3.10 reads from any folder")
    plant(places / "own", "( (NP (NN own)) )")
    (places / "own").chmod(0o777)
    with pytest.warns(RuntimeWarning, match="writable"):
        message = complaint("treebank")
    assert f"'chmod go-w {places / 'own'}'" in message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("treebnk", "did you mean 'treebank'?"),
        ("Brown", "did you mean 'brown'?"),
        ("sampel", "did you mean 'sample'?"),
        ("qqqqq", "use a corpus such as treebank or brown, 'sample', or a file"),
        ("", "use a corpus"),
        ("reader", ""),
        ("__name__", ""),
        ("brown corpus", ""),
    ],
)
def test_an_unknown_corpus_is_named_with_the_nearest(name: str, hint: str) -> None:
    assert complaint(name).startswith(f"there is no corpus or file {name!r}: {hint}")


def test_a_corpus_without_tags(places: Path) -> None:
    (places / "data/corpora/stopwords").mkdir(parents=True)
    (places / "data/corpora/stopwords/english").write_text("the\n")
    assert complaint("stopwords") == "NLTK's corpus 'stopwords' contains no tagged sentences"


def read_odd(text: str, places: Path, monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """Reads the text of a corpus called ``odd`` with NLTK's own reader of ``word/TAG``."""
    (places / "own/corpora/odd").mkdir(parents=True)
    (places / "own/corpora/odd/a.pos").write_text(text, encoding="utf-8")
    loader = LazyCorpusLoader("odd", TaggedCorpusReader, ["a.pos"])
    monkeypatch.setattr(nltk.corpus, "odd", loader, raising=False)
    return load_documents("odd")[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The/DT cat", [("The", "DT"), ("cat", UNTAGGED)]),
        ("The/DT cat/", [("The", "DT"), ("cat", UNTAGGED)]),
        ("The/AT-HL cat/NN+BEZ-TL", [("The", "AT-HL"), ("cat", "NN+BEZ-TL")]),
        ("1/2/CD cups/NNS", [("1/2", "CD"), ("cups", "NNS")]),
    ],
)
def test_odd_tags_of_nltks_corpora(
    text: str, sentence: TaggedSentence, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_odd(f"{text}\n\n\n", places, monkeypatch) == [Document("a.pos", [sentence])]


def test_tokens_without_a_word_are_left_out_with_a_note(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (document,) = read_odd("The/DT /NN\n/X\n", places, monkeypatch)
    assert document.sentences == [[("The", "DT")]]
    assert document.notes == ("a.pos: left out 2 tokens without a word",)


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (("dog", ("NN", "subject")), "('dog', ('NN', 'subject'))"),
        ((("the", "dog"), "NP"), "(('the', 'dog'), 'NP')"),
        (("dog", "NN", "O"), "('dog', 'NN', 'O')"),
        (("dog",), "('dog',)"),
        ("dog", "'dog'"),
        (Tree("NP", [("the", "DT"), ("dog", "NN")]), "Tree('NP'"),
        (Tree("NN", ["dog"]), "Tree('NN', ['dog'])"),
    ],
)
def test_other_tokens_of_nltks_corpora_are_named(
    token: Any, shown: str, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TaggedCorpusReader, "tagged_sents", lambda *_: [[("a", "DT")], [("a", "DT"), token]])
    with pytest.raises(DataError) as caught:
        read_odd("", places, monkeypatch)
    assert str(caught.value).startswith(f"a.pos, sentence 2, token 2 is {shown}")


def test_a_damaged_package_is_named_with_the_command(places: Path) -> None:
    (places / "data/corpora").mkdir(parents=True)
    (places / "data/corpora/treebank.zip").write_bytes(b"half a download")
    message = complaint("treebank")
    assert message.startswith("NLTK's package 'treebank' cannot be read")
    assert "'postagger download treebank'" in message


def test_a_damaged_member_of_a_package(places: Path) -> None:
    plant(places / "data", "( (NP (NN dog)) )\n" * 500, packed=True)
    file = places / "data/corpora/treebank.zip"
    content = bytearray(file.read_bytes())
    name = b"wsj_0001.mrg"
    start = content.index(name) + len(name)
    content[start : start + 40] = b"\xff" * 40
    file.write_bytes(content)
    assert complaint("treebank").startswith("NLTK's package 'treebank' cannot be read")


# -- content ------------------------------------------------------------------------------------------


def test_traces_are_dropped_and_counted(places: Path) -> None:
    plant(
        places / "data",
        "( (S (NP (NN dog) (-NONE- *)) (VP (VBZ barks) (-NONE- *T*-1))) )\n( (X (-NONE- 0)) )",
    )
    documents, traces = load_documents("treebank")
    assert documents == [Document("wsj_0001.mrg", [[("dog", "NN"), ("barks", "VBZ")]])]
    assert traces == 3


def test_dropping_traces_keeps_the_documents_and_their_names() -> None:
    given = [Document("a", [[("*", "-NONE-")]], "news"), Document("b", [[("-NONE-", "NN")]], "tale")]
    assert drop_traces(given) == ([Document("a", [], "news"), Document("b", [[("-NONE-", "NN")]], "tale")], 1)


# -- universal tags -----------------------------------------------------------------------------------


@pytest.fixture
def mapping(places: Path) -> str:
    """A small mapping under a name that NLTK does not have."""
    folder = places / "data/taggers/universal_tagset"
    folder.mkdir(parents=True)
    (folder / "xx-tiny.map").write_text("N\tNOUN\nV\tVERB\n")
    return "xx-tiny"


def test_tags_are_mapped_and_the_rest_is_kept(mapping: str) -> None:
    given = [Document("a", [[("dog", "N"), ("*", "-NONE-")], [("barks", "V"), ("oh", "_")]], "news")]
    mapped = map_to_universal(given, mapping, "tiny", nltk_data=None)
    expected = [[("dog", "NOUN"), ("*", "-NONE-")], [("barks", "VERB"), ("oh", "_")]]
    assert mapped == [Document("a", expected, "news")]
    assert given[0].sentences[0][0] == ("dog", "N")


def test_a_tag_without_a_mapping_is_named(mapping: str) -> None:
    with pytest.raises(DataError, match=r"tiny: .* from xx-tiny to universal tags lacks the tag 'J'"):
        map_to_universal([Document("a", [[("old", "J")]])], mapping, "tiny", nltk_data=None)


@pytest.mark.usefixtures("mapping")
@pytest.mark.parametrize("tagset", ["xx-none", ""])
def test_a_tag_set_without_a_mapping(tagset: str) -> None:
    with pytest.raises(DataError, match=r"no mapping from the tags of 'tiny' .*corpus\.tagset=native"):
        map_to_universal([], tagset, "tiny", nltk_data=None)


def test_a_missing_mapping_package_names_the_folders_and_the_command(places: Path) -> None:
    plant(places / "data", "( (NP (NN dog)) )")
    message = complaint("treebank", tagset="universal")
    assert str(places / "own") in message
    assert "'postagger download universal_tagset'" in message
    assert "corpus.name=sample" not in message  # it is no corpus


def test_a_damaged_mapping_package(places: Path) -> None:
    (places / "data/taggers").mkdir(parents=True)
    (places / "data/taggers/universal_tagset.zip").write_bytes(b"half a download")
    with pytest.raises(DataError, match="'universal_tagset' cannot be read"):
        map_to_universal([], "en-ptb", "tiny", nltk_data=None)


# -- downloads ----------------------------------------------------------------------------------------


class FakeDownloader:
    """Replaces NLTK's downloader: records the request, then succeeds or fails as set."""

    calls: list[tuple[str, str]]
    predictions: list[object]
    failure: Exception | None

    def incr_download(self, name: str, download_dir: str) -> Iterator[object]:
        self.calls.append((name, download_dir))
        if self.failure is not None:
            raise self.failure
        yield from self.predictions


@pytest.fixture
def downloader(monkeypatch: pytest.MonkeyPatch) -> type[FakeDownloader]:
    monkeypatch.setattr("nltk.downloader.Downloader", FakeDownloader)
    FakeDownloader.calls, FakeDownloader.predictions, FakeDownloader.failure = [], [], None
    return FakeDownloader


def test_packages_go_to_data(places: Path, downloader: type[FakeDownloader]) -> None:
    downloader.predictions = [ProgressMessage(40), ProgressMessage(120), FinishPackageMessage(None)]
    download(["treebank", "brown"])
    assert downloader.calls == [("treebank", "data"), ("brown", "data")]
    assert (places / "data").is_dir()


def test_the_folder_made_for_packages_is_one_that_nltk_reads_from(
    places: Path, downloader: type[FakeDownloader]
) -> None:
    os.umask(0o002)
    download(["treebank"])
    assert downloader.calls
    assert (places / "data").stat().st_mode & 0o022 == 0


@pytest.mark.parametrize("raised", [False, True])
@pytest.mark.parametrize(("package", "folder"), [("treebank", "corpora"), ("universal_tagset", "taggers")])
def test_no_network_is_an_error_that_says_what_to_copy_where(
    downloader: type[FakeDownloader], package: str, folder: str, raised: bool
) -> None:
    reason = URLError("name resolution failed")
    if raised:
        downloader.failure = reason
    else:
        downloader.predictions = [ErrorMessage(None, f"Error loading {package}: {reason}")]
    with pytest.raises(DataError) as caught:
        download([package])
    message = str(caught.value)
    assert message.startswith(f"could not download {package!r}: ")
    assert "name resolution failed" in message
    assert f"copy NLTK's {folder}/{package}.zip into {Path('data') / folder}" in message


def test_an_unknown_package(downloader: type[FakeDownloader]) -> None:
    downloader.failure = ValueError("Package 'treebnk' not found in index")
    with pytest.raises(DataError, match=r"could not download 'treebnk': .*not found in index"):
        download(["treebnk"])


def test_a_folder_that_cannot_be_made(places: Path, downloader: type[FakeDownloader]) -> None:
    (places / "data").write_text("a file in its place")
    with pytest.raises(DataError, match=r"could not download 'treebank': .*File exists"):
        download(["treebank"])
    assert downloader.calls == []
