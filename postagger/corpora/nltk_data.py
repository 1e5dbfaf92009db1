"""NLTK's tagged corpora: where their data is looked for, how it is read, how it is fetched."""

from __future__ import annotations

import difflib
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nltk.corpus
import nltk.data
from nltk.downloader import Downloader, ErrorMessage, FinishPackageMessage, ProgressMessage
from nltk.tag.mapping import tagset_mapping
from tqdm import tqdm

from postagger.corpora.corpus import Document, TaggedSentence
from postagger.errors import DataError

DATA_DIR = Path("data")
"""Where downloads go, and are looked for after an explicit path: in the working directory."""

TRACE = "-NONE-"
"""The Penn treebank's tag for an empty element: a token that nobody wrote or said."""

_TAGSETS = {"wsj": "en-ptb", "brown": "en-brown", "alpino": "nl-alpino"}
_UNDECLARED_TAGSETS = {"dependency_treebank": "en-ptb"}


def read_nltk(name: str, *, universal: bool, nltk_data: str | None) -> tuple[list[Document], int]:
    """The documents of a corpus that NLTK knows by this name, and how many traces were dropped.

    Raises:
        DataError: NLTK has no such tagged corpus, its data is not there, or it can't be mapped.
    """
    loader = getattr(nltk.corpus, name, None) if name.isidentifier() else None
    if loader is None or name.startswith("_") or not hasattr(loader, "_unload"):
        raise DataError(_unknown_corpus(name))
    with _search_path(nltk_data, name):
        loader._unload()  # it may have been read from another place before
        try:
            documents = _documents(loader)
            declared = getattr(loader, "_tagset", None) or ""
        except LookupError:
            raise DataError(_missing(name, nltk_data)) from None
        except (AttributeError, NotImplementedError):
            raise DataError(f"NLTK's corpus {name!r} holds no tagged sentences") from None
        finally:
            loader._unload()  # outside, NLTK may not read from this place
    if universal:
        tagset = _UNDECLARED_TAGSETS.get(name, declared)
        documents = map_to_universal(documents, _TAGSETS.get(tagset, tagset), name, nltk_data=nltk_data)
    return drop_traces(documents)


def map_to_universal(
    documents: list[Document], tagset: str, name: str, *, nltk_data: str | None
) -> list[Document]:
    """Maps tags by NLTK's table to its 12 universal tags (Petrov et al. 2012); traces stay traces.

    Args:
        tagset: NLTK's name of the tag set mapped from, as in ``en-ptb``.
        name: what the corpus is called in error messages.

    Raises:
        DataError: NLTK's package ``universal_tagset`` is not there, has no mapping for this tag
            set, or lacks a tag.
    """
    with _search_path(nltk_data, "universal_tagset"):
        if not (_found("taggers/universal_tagset") or _found("taggers/universal_tagset.zip")):
            raise DataError(_missing("universal_tagset", nltk_data))
        try:
            table = tagset_mapping(tagset, "universal")
        except (LookupError, ValueError):
            raise DataError(
                f"NLTK has no mapping from the tags of {name!r} to universal ones: use corpus.tagset=native"
            ) from None

    def universal(tag: str) -> str:
        if tag == TRACE:
            return tag
        if tag not in table:
            raise DataError(f"{name}: NLTK's mapping from {tagset} to universal tags lacks the tag {tag!r}")
        return str(table[tag])

    return [
        Document(
            document.name,
            [[(word, universal(tag)) for word, tag in sentence] for sentence in document.sentences],
            document.category,
        )
        for document in documents
    ]


def drop_traces(documents: list[Document]) -> tuple[list[Document], int]:
    """Takes the empty elements out, then the sentences that held nothing else; counts the tokens."""
    dropped = 0
    kept = []
    for document in documents:
        sentences: list[TaggedSentence] = []
        for sentence in document.sentences:
            words = [pair for pair in sentence if pair[1] != TRACE]
            dropped += len(sentence) - len(words)
            if words:
                sentences.append(words)
        kept.append(Document(document.name, sentences, document.category))
    return kept, dropped


def download(names: Iterable[str], directory: Path = DATA_DIR) -> None:
    """Fetches NLTK data packages with NLTK's own downloader; a bar on stderr shows progress.

    Raises:
        DataError: there is no such package, no network, or the folder can't be written.
    """
    for name in names:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            _fetch(name, directory)
        except (OSError, ValueError) as error:
            folder = "taggers" if name == "universal_tagset" else "corpora"
            raise DataError(
                f"could not download {name!r}: {error}. Without a network, copy NLTK's {folder}/{name}.zip "
                f"into {directory / folder}, or point NLTK_DATA to where it is"
            ) from None


def _fetch(name: str, directory: Path) -> None:
    with tqdm(total=100, desc=name, unit="%", disable=None) as bar:
        for message in Downloader().incr_download(name, download_dir=str(directory)):
            if isinstance(message, ErrorMessage):
                raise OSError(message.message)
            if isinstance(message, ProgressMessage):
                bar.update(min(message.progress, 100) - bar.n)
            elif isinstance(message, FinishPackageMessage):
                bar.update(100 - bar.n)


def _documents(reader: Any) -> list[Document]:
    categories = _categories(reader)
    return [
        Document(
            str(file),
            [[(str(word), str(tag)) for word, tag in sentence] for sentence in reader.tagged_sents(file)],
            categories.get(file, ""),
        )
        for file in reader.fileids()
    ]


def _categories(reader: Any) -> dict[str, str]:
    """The first category of each file, in corpora that have categories."""
    if not hasattr(reader, "categories"):
        return {}
    found: dict[str, str] = {}
    for category in reader.categories():
        for file in reader.fileids(categories=[category]):
            found.setdefault(file, category)
    return found


@contextmanager
def _search_path(nltk_data: str | None, package: str) -> Iterator[None]:
    """Inside, NLTK looks into the explicit folder, then `DATA_DIR`, then its own places.

    Raises:
        DataError: the data of `package` is there, but damaged or closed to us.
    """
    saved = list(nltk.data.path)
    nltk.data.path[:0] = ([nltk_data] if nltk_data is not None else []) + [str(DATA_DIR.resolve())]
    try:
        yield
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"NLTK's package {package!r} cannot be read ({error}): "
            f"delete it, and get it again with 'postagger download {package}'"
        ) from None
    finally:
        nltk.data.path[:] = saved


def _found(resource: str) -> bool:
    try:
        nltk.data.find(resource)
    except LookupError:
        return False
    return True


def _missing(package: str, nltk_data: str | None) -> str:
    places = dict.fromkeys(
        [*([] if nltk_data is None else [nltk_data]), str(DATA_DIR.resolve()), *nltk.data.path]
    )
    return (
        f"NLTK's package {package!r} is not in any of {', '.join(places)}: "
        f"get it with 'postagger download {package}', or point NLTK_DATA to where it is"
    )


def _unknown_corpus(name: str) -> str:
    known = [key for key, value in vars(nltk.corpus).items() if hasattr(value, "_unload")]
    near = difflib.get_close_matches(name, [*known, "sample"], n=1, cutoff=0.6)
    hint = (
        f"did you mean {near[0]!r}?" if near else "name one, such as treebank or brown, 'sample', or a file"
    )
    return f"there is no corpus or file {name!r}: {hint}"
