"""NLTK's tagged corpora: finds, reads and downloads their data.

NLTK is slow to import, so only the functions that need it import it.
"""

from __future__ import annotations

import difflib
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from postagger.corpora.corpus import Document
from postagger.corpora.sentences import UNTAGGED, TaggedSentence, as_sentence
from postagger.errors import DataError, one_line
from postagger.io import check_tokens

T = TypeVar("T")

DATA_DIR = Path("data")
"""The folder for downloads, in the working directory; searched after an explicit folder."""

TRACE = "-NONE-"
"""The Penn treebank's tag for an empty element: a token that nobody wrote or said."""

_DAMAGE = (
    *(OSError, EOFError, ValueError, AssertionError, RuntimeError, RecursionError),
    *(zipfile.BadZipFile, zlib.error, SyntaxError),  # an XML file's error is a SyntaxError
)
"""What NLTK raises while it reads a damaged package; RuntimeError is that of an encrypted archive."""

_TAGSETS = {"wsj": "en-ptb", "brown": "en-brown", "alpino": "nl-alpino"}
_UNDECLARED_TAGSETS = {"dependency_treebank": "en-ptb"}


def read_nltk(name: str, *, universal: bool, nltk_data: str | None) -> tuple[list[Document], int]:
    """Reads the documents of an NLTK corpus; also returns the number of traces dropped.

    Raises:
        DataError: NLTK has no such tagged corpus, its data is missing, or its tags can't be mapped.
    """
    import nltk.corpus

    loader = getattr(nltk.corpus, name, None) if name.isidentifier() else None
    if loader is None or name.startswith("_") or isinstance(loader, type) or not hasattr(loader, "_unload"):
        raise DataError(_unknown_corpus(name))

    def read() -> tuple[list[Document], str]:
        loader._unload()  # it may have been loaded from another folder before
        try:
            return _documents(loader), getattr(loader, "_tagset", None) or ""
        except (AttributeError, NotImplementedError):
            raise DataError(f"NLTK's corpus {name!r} contains no tagged sentences") from None
        finally:
            loader._unload()  # elsewhere, NLTK may not have access to this folder

    documents, declared = _from_first_place(name, nltk_data, read)
    if universal:
        tagset = _UNDECLARED_TAGSETS.get(name, declared)
        documents = map_to_universal(documents, _TAGSETS.get(tagset, tagset), name, nltk_data=nltk_data)
    return drop_traces(documents)


def map_to_universal(
    documents: list[Document], tagset: str, name: str, *, nltk_data: str | None
) -> list[Document]:
    """Maps tags to the 12 universal tags (Petrov et al. 2012), by NLTK's table.

    Traces and missing tags stay as they are.

    Args:
        tagset: NLTK's name of the source tag set, such as ``en-ptb``.
        name: the name of the corpus in error messages.

    Raises:
        DataError: NLTK's package ``universal_tagset`` is missing, or has no mapping for the tag set or for
            one of its tags.
    """
    table = _from_first_place("universal_tagset", nltk_data, lambda: _universal_table(tagset, name))

    def universal(tag: str) -> str:
        if tag in (TRACE, UNTAGGED):
            return tag
        if tag not in table:
            raise DataError(f"{name}: NLTK's mapping from {tagset} to universal tags lacks the tag {tag!r}")
        return table[tag]

    return [
        replace(
            document,
            sentences=[[(word, universal(tag)) for word, tag in each] for each in document.sentences],
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
        kept.append(replace(document, sentences=sentences))
    return kept, dropped


def _universal_table(tagset: str, name: str) -> Mapping[str, str]:
    """NLTK's table from a tag set to universal tags.

    Raises:
        DataError: NLTK has none.
        LookupError: its package is missing.
    """
    import nltk.data
    from nltk.tag.mapping import tagset_mapping

    try:
        nltk.data.find("taggers/universal_tagset")
    except LookupError:
        nltk.data.find("taggers/universal_tagset.zip")
    try:
        table: Mapping[str, str] = tagset_mapping(tagset, "universal")
    except (LookupError, ValueError):
        raise DataError(
            f"NLTK has no mapping from the tags of {name!r} to universal tags: use corpus.tagset=native"
        ) from None
    return table


def download(names: Iterable[str], directory: Path = DATA_DIR) -> None:
    """Downloads NLTK data packages with NLTK's own downloader; a bar on stderr shows progress.

    Raises:
        DataError: a package does not exist, there is no network, or the folder can't be written.
    """
    for name in names:
        try:
            # NLTK refuses to read from a folder that others can write to.
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(directory.stat().st_mode & ~0o022)
            _fetch(name, directory)
        except (OSError, ValueError) as error:
            folder = "taggers" if name == "universal_tagset" else "corpora"
            raise DataError(
                f"could not download {name!r}: {error}. Without a network, copy NLTK's {folder}/{name}.zip "
                f"into {directory / folder}, or set NLTK_DATA to its folder"
            ) from None


def _fetch(name: str, directory: Path) -> None:
    from nltk.downloader import Downloader, ErrorMessage, FinishPackageMessage, ProgressMessage
    from tqdm import tqdm

    with tqdm(total=100, desc=name, unit="%", disable=None) as bar:
        for message in Downloader().incr_download(name, download_dir=str(directory)):
            if isinstance(message, ErrorMessage):
                raise OSError(message.message)
            if isinstance(message, ProgressMessage):
                bar.update(min(message.progress, 100) - bar.n)
            elif isinstance(message, FinishPackageMessage):
                bar.update(100 - bar.n)


def _documents(reader: Any) -> list[Document]:
    """
    Raises:
        DataError: the reader gives something else than pairs of words and tags.
    """
    categories = _categories(reader)
    return [_document(reader, str(file), categories.get(file, "")) for file in reader.fileids()]


def _document(reader: Any, file: str, category: str) -> Document:
    """One file; an empty tag counts as none, and tokens without a word are left out with a note."""
    sentences = []
    wordless = 0
    for number, sentence in enumerate(reader.tagged_sents(file), 1):
        tokens = [token for token in sentence if token[:1] != ("",)]
        wordless += len(sentence) - len(tokens)
        tokens = [(token[0], UNTAGGED) if token[1:] == ("",) else token for token in tokens]
        place = f"{file}, sentence {number}"
        sentences.append(as_sentence(tokens, place))
        check_tokens([word for word, _ in sentences[-1]], place)
    notes = (f"{file}: left out {wordless:,} tokens without a word",) if wordless else ()
    return Document(file, sentences, category, notes)


def _categories(reader: Any) -> dict[str, str]:
    """The first category of each file, in corpora that have categories."""
    if not hasattr(reader, "categories"):
        return {}
    found: dict[str, str] = {}
    for category in reader.categories():
        for file in reader.fileids(categories=[category]):
            found.setdefault(file, category)
    return found


def _from_first_place(package: str, nltk_data: str | None, read: Callable[[], T]) -> T:
    """The result of `read` in the first folder with the package: the given one, `DATA_DIR`, or NLTK's own.

    NLTK gets one folder at a time: given several, it prefers an unpacked package in the last folder to a
    zipped one in the first.

    Raises:
        DataError: the package is in none of the folders, is damaged, or NLTK refuses to read it.
    """
    import nltk.data

    saved = list(nltk.data.path)
    places = list(dict.fromkeys([*([nltk_data] if nltk_data else []), str(DATA_DIR.resolve()), *saved]))
    refused: list[str] = []
    try:
        for place in places:
            nltk.data.path[:] = [place]
            try:
                return read()
            except LookupError as error:
                refused += getattr(error, "_nltk_refused_writable", ())
    except _DAMAGE as error:
        raise DataError(
            f"NLTK's package {package!r} cannot be read ({one_line(error)}): "
            f"delete it and download it again with 'postagger download {package}'"
        ) from None
    finally:
        nltk.data.path[:] = saved
    if refused:
        folders = " ".join(dict.fromkeys(refused))
        raise DataError(
            f"NLTK refuses to read its package {package!r} from a folder that other users can write to: "
            f"change that with 'chmod go-w {folders}'"
        )
    instead = "" if package == "universal_tagset" else "; corpus.name=sample needs no download"
    raise DataError(
        f"NLTK's package {package!r} is not in any of {', '.join(places)}: "
        f"download it with 'postagger download {package}', or set NLTK_DATA to its folder{instead}"
    )


def _unknown_corpus(name: str) -> str:
    import nltk.corpus

    known = [key for key, value in vars(nltk.corpus).items() if hasattr(value, "_unload")]
    near = difflib.get_close_matches(name, [*known, "sample"], n=1, cutoff=0.6)
    hint = (
        f"did you mean {near[0]!r}?"
        if near
        else "use a corpus such as treebank or brown, 'sample', or a file"
    )
    return f"there is no corpus or file {name!r}: {hint}"
