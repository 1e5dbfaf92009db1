"""A component for spaCy's pipelines: ``nlp.add_pipe("postagger", config={"model": "en"})``.

spaCy finds it by an entry point, without an import. It keeps spaCy's tokens and sets their `tag_`, `pos_` and
`morph`.
"""

# No `from __future__ import annotations`: spaCy reads the types of the factory's arguments.

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import spacy.util
from numpy.typing import NDArray
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.types import Ints2d

from postagger.errors import ModelFileError
from postagger.serving.annotations import AUTO, Annotation, Kind, choose
from postagger.serving.model_folder import (
    load_model,
    load_tagger,
    save_tagger,
    tagger_from_bytes,
    tagger_to_bytes,
)
from postagger.serving.spacy_documents import is_word, sentences_of
from postagger.shipped import SHIPPED, find_model
from postagger.tagger import Ensemble, Tagger

Sentences = Literal["auto", "split", "line", "paragraph", "none"]
"""How a text is cut into sentences whose boundaries spaCy does not know: as the model's config says, by one
of the modes of `postagger.segment`, or not at all."""

Columns = NDArray[np.uint64]

_ATTRIBUTES: dict[Kind, str] = {"tag": "TAG", "pos": "POS", "morph": "MORPH"}
_OF_BLANKS: dict[Kind, str] = {"tag": "_SP", "pos": "SPACE", "morph": ""}
"""What spaCy's own pipelines write for tokens of white space."""


@Language.factory(
    "postagger",
    assigns=["token.tag", "token.pos", "token.morph"],
    default_config={
        "model": SHIPPED,
        "tag": AUTO,
        "pos": AUTO,
        "morph": AUTO,
        "overwrite": False,
        "sentences": "auto",
        "set_sentences": False,
        "device": "auto",
    },
    default_score_weights={"tag_acc": 0.5, "pos_acc": 0.5, "morph_acc": None},
)
def make_component(
    nlp: Language,
    name: str,
    model: str,
    tag: str | None,
    pos: str | None,
    morph: str | None,
    overwrite: bool,
    sentences: Sentences,
    set_sentences: bool,
    device: str,
) -> "TaggerComponent":
    """Makes the component; spaCy calls it. (Its length is that of its options.)

    Args:
        model: a model file, a folder of them (an ensemble), or ``en``.
        tag, pos, morph: the name of the head whose tags become `tag_`, `pos_` and `morph`; null for none; or
            ``auto``, see `postagger.serving.annotations.choose`.
        overwrite: whether to replace annotations that are there already.
        sentences: see `Sentences`.
        set_sentences: whether to set the boundaries of sentences, where there are none.
        device: as in `Tagger.load`.

    Raises:
        ModelFileError: the model can't be read. If there is no such file, it is raised at first use instead:
            a saved pipeline brings a model of its own, which spaCy reads later.
        ConfigError: there is no such head, or its tags are of another kind.
    """
    component = TaggerComponent(
        nlp.vocab,
        name,
        heads={"tag": tag, "pos": pos, "morph": morph},
        overwrite=overwrite,
        sentences=sentences,
        set_sentences=set_sentences,
        device=device,
    )
    try:
        component.load(model)
    except ModelFileError as error:
        if Path(find_model(model)).exists():
            raise
        component.missing = str(error)
    return component


class TaggerComponent(Pipe):
    """Sets the tags of spaCy's tokens. Make one with ``nlp.add_pipe("postagger")``.

    Attributes:
        name: its name in the pipeline.
        tagger: a `Tagger` or an `Ensemble`; None as long as there is no model.
        missing: why there is none.
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str,
        *,
        heads: dict[Kind, str | None],
        overwrite: bool,
        sentences: Sentences,
        set_sentences: bool,
        device: str = "auto",
    ) -> None:
        self.vocab = vocab
        self.name = name
        self.overwrite = overwrite
        self.sentences = sentences
        self.set_sentences = set_sentences
        self.device = device
        self.tagger: Tagger | Ensemble | None = None
        self.missing = "there is no model"
        self._heads = heads
        self._chosen: dict[Kind, Annotation] = {}
        self._codes: dict[Kind, Columns] = {}

    def load(self, model: str | Path) -> None:
        """Loads a model file, or an ensemble from a folder.

        Raises:
            ModelFileError, DeviceError: as in `load_model`.
            ConfigError: it does not have the heads that the component is to use.
        """
        self._use(load_model(model, self.device))

    def _use(self, tagger: Tagger | Ensemble) -> None:
        self._chosen = choose(
            tagger, tag=self._heads["tag"], pos=self._heads["pos"], morph=self._heads["morph"]
        )
        self.tagger = tagger
        self._codes = self._numbers_in(self.vocab)

    def _numbers_in(self, vocab: Vocab) -> dict[Kind, Columns]:
        """The number of each value in a vocabulary, by annotation; the last one's is that of white space."""
        self.vocab = vocab
        add = {"tag": vocab.strings.add, "pos": vocab.strings.add, "morph": vocab.morphology.add}
        return {
            kind: np.array([add[kind](value) for value in (*annotation.values, _OF_BLANKS[kind])], np.uint64)
            for kind, annotation in self._chosen.items()
        }

    @property
    def labels(self) -> tuple[str, ...]:
        """The tags that `tag_` can become, else those of `pos_` or `morph`."""
        values = next((self._chosen[kind].values for kind in _ATTRIBUTES if kind in self._chosen), ())
        return tuple(dict.fromkeys(values))

    # -- tagging ------------------------------------------------------------------------------------------

    def __call__(self, doc: Doc) -> Doc:
        """Tags one document, in place.

        Raises:
            ModelFileError: there is no model.
        """
        try:
            self._annotate([doc])
        except Exception as error:
            self.get_error_handler()(self.name, self, [doc], error)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Tags documents, in place, a batch at a time, and yields them in order."""
        rest = iter(stream)
        while docs := list(itertools.islice(rest, batch_size)):
            try:
                self._annotate(docs)
            except Exception as error:
                self.get_error_handler()(self.name, self, docs, error)
            else:
                yield from docs

    def _annotate(self, docs: list[Doc]) -> None:
        tagger = self._loaded("tag")
        mode = tagger.config.text.sentences if self.sentences == "auto" else self.sentences
        sentences: list[list[str]] = []
        for doc in docs:
            sentences += sentences_of(doc, mode, set_them=self.set_sentences)
        heads = list(dict.fromkeys(annotation.head for annotation in self._chosen.values()))
        numbers = dict(zip(heads, tagger.tag_numbers(sentences, heads=heads), strict=True))
        start = 0
        for doc in docs:
            words = is_word(doc)
            end = start + int(words.sum())
            self._write(doc, words, {head: row[start:end] for head, row in numbers.items()})
            start = end

    def _write(self, doc: Doc, words: NDArray[np.bool_], numbers: dict[str, NDArray[np.int64]]) -> None:
        """Writes a document's annotations.

        Args:
            words: ``(tokens,)``, which tokens are words.
            numbers: by the name of the head, ``(words,)``.
        """
        if not len(doc) or not self._chosen:
            return
        if doc.vocab is not self.vocab:
            self._codes = self._numbers_in(doc.vocab)
        attributes: list[int | str] = [_ATTRIBUTES[kind] for kind in self._chosen]
        table: Columns = np.empty((len(doc), len(attributes)), np.uint64)
        for column, (kind, annotation) in enumerate(self._chosen.items()):
            table[:, column] = self._codes[kind][-1]
            table[words, column] = self._codes[kind][numbers[annotation.head]]
        if not self.overwrite:
            before = doc.to_array(attributes).reshape(table.shape)
            np.copyto(table, before, where=before != 0)
        doc.from_array(attributes, cast(Ints2d, table))

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        """The accuracy of what it sets, as spaCy's own taggers score themselves."""
        found = list(examples)
        scores: dict[str, Any] = {}
        for kind in self._chosen:
            scores |= Scorer.score_token_attr(found, kind, **settings)
        return scores

    # -- saving -------------------------------------------------------------------------------------------

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes the model into a folder, so that a saved pipeline is complete and can be moved.

        Raises:
            ModelFileError: there is no model, or the folder can't be written.
        """
        spacy.util.to_disk(path, {"model": lambda _: save_tagger(self._loaded("be saved"), path)}, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "TaggerComponent":
        """Loads the model that `to_disk` wrote.

        Raises:
            ModelFileError: it is missing or damaged.
        """
        spacy.util.from_disk(path, {"model": lambda _: self._use(load_tagger(path, self.device))}, exclude)
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The model's files as bytes.

        Raises:
            ModelFileError: there is no model.
        """
        writers: dict[str, Any] = {"model": lambda: tagger_to_bytes(self._loaded("be saved"))}
        content: Any = spacy.util.to_bytes(writers, exclude)
        return bytes(content)

    def from_bytes(self, content: bytes, *, exclude: Iterable[str] = ()) -> "TaggerComponent":
        """Loads the model from what `to_bytes` gave.

        Raises:
            ModelFileError: it is damaged.
        """
        readers = {"model": lambda files: self._use(tagger_from_bytes(files, self.device))}
        spacy.util.from_bytes(content, readers, exclude)
        return self

    def _loaded(self, what: str) -> Tagger | Ensemble:
        """
        Raises:
            ModelFileError: there is no model.
        """
        if self.tagger is None:
            raise ModelFileError(f"the component {self.name!r} can't {what}: {self.missing}")
        return self.tagger
