from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from postagger.cli.heads import column_of
from postagger.cli.output import say
from postagger.cli.parser import Parser, add_head, add_model, count, load_tagger

if TYPE_CHECKING:
    from postagger.tagger import Ensemble, Suggestion, Tagger
    from postagger.text.tokens import Sentence

EXAMPLE = "postagger suggest runs/window.safetensors news.txt --n 100 > to-correct.conllu"

_FORMATS = ("raw", "tokenized", "vertical", "conllu", "json")


def add_options(parser: Parser) -> None:
    add_model(parser)
    parser.set_defaults(dtype="float32")
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="text, as for postagger tag; - is stdin (default: stdin)"
    )
    parser.add_argument("--n", type=count, default=100, metavar="N", help="how many sentences (default: 100)")
    parser.add_argument(
        "--by",
        choices=("errors", "rate"),
        default="errors",
        help="errors: the sentences with the most tags that are expected to be wrong, if you count the "
        "sentences that you correct; rate: with the most of them per word, if you count words (default: "
        "errors)",
    )
    parser.add_argument(
        "--to",
        choices=("conllu", "label-studio", "prodigy"),
        default="conllu",
        help="conllu: CoNLL-U; label-studio, prodigy: JSON lines for these programs, with the tags as labels "
        "(default: conllu)",
    )
    add_head(parser)
    parser.add_argument("--format", dest="form", choices=_FORMATS, help="how the text is written, as for tag")
    parser.add_argument("--sentences", choices=("line", "split", "paragraph"), help="as for tag")
    parser.add_argument("--tokens", choices=("ptb", "ud", "unicode"), help="as for tag")
    parser.add_argument("--field", metavar="NAME", help="field or column with the text, as for tag")


def run(options: argparse.Namespace) -> None:
    """Choose sentences to tag by hand: those of which a tagger is least sure."""
    tagger = load_tagger(options)

    from postagger.tagger import suggest

    found = suggest(tagger, _sentences(options, tagger), options.n, by=options.by)
    if not found:
        say("there is nothing to suggest: the text has no words")
    write = _writer(options.to, tagger)
    for each in found:
        print(write(each))


class _Words(list[str]):
    """What a tagger reads of a sentence.

    Attributes:
        sentence: its tokens as they are in the text.
        place: which text it comes from.
    """

    sentence: Sentence
    place: str


def _sentences(options: argparse.Namespace, tagger: Tagger | Ensemble) -> Iterator[_Words]:
    """Yields the sentences of all texts.

    Raises:
        DataError: a text can't be read.
    """
    from postagger.cli.tag_reading import reading
    from postagger.text.bounded import BoundedLines
    from postagger.text.convert import Output
    from postagger.text.layouts import layout_of
    from postagger.text.tokenize import tokenizer

    for file in options.files or ["-"]:
        with reading(file, options) as text:
            layout = layout_of(
                text.form,
                tokens=tokenizer(options.tokens or tagger.token_rules),
                sentences=options.sentences or tagger.config.text.sentences,
                field=text.field,
                output=Output("conllu", {tagger.head: "xpos"}),
            )
            for item in layout.items(BoundedLines(text.lines, text.source), text.source):
                words = layout.sentences(item)
                for each, sentence in zip(words, layout.content(item).sentences, strict=True):
                    found = _Words(each)
                    found.sentence, found.place = sentence, text.source
                    yield found


def _writer(to: str, tagger: Tagger | Ensemble) -> Any:
    """How a suggestion is written."""
    from postagger.text.content import Content
    from postagger.text.convert import Output, writer_of
    from postagger.text.predicted import Predicted
    from postagger.text.tasks import as_label_studio, as_prodigy

    conllu = writer_of(Output("conllu", {tagger.head: column_of(tagger, tagger.head)}, probabilities=True))

    def write(found: Suggestion) -> str:
        words = found.given
        assert isinstance(words, _Words)
        tags = zip(found.sentence, found.probabilities, strict=True)
        predicted = [Predicted(tag, probability) for (_, tag), probability in tags]
        facts = {"source": words.place, "number": found.number}
        errors = round(found.expected_errors, 3)
        if to != "conllu":
            as_task = as_label_studio if to == "label-studio" else as_prodigy
            return as_task(words.sentence, predicted, **facts, expected_errors=errors)
        comments = [f"# source = {words.place}", f"# expected_errors = {errors}"]
        content = Content([words.sentence], comments=comments)
        pairs = [(word, {tagger.head: each}) for word, each in zip(words, predicted, strict=True)]
        return str(conllu(content, [pairs])).removesuffix("\n")

    return write
