"""Measures taggers in other libraries' pipelines: spaCy's, NLTK's, onnxruntime. Prints tables in Markdown.

python scripts/libraries.py spacy nltk onnx
"""

import spinning  # noqa: F401, I001 (before torch)

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from postagger import Corpus, Tagger, load_config, load_corpus

Words = list[list[str]]

ROUNDS = 5
EPOCHS = 10
"""Passes of spaCy's tagger over the training part."""


def seconds(work: Callable[[], object]) -> float:
    """The median CPU time of several rounds, of all threads of this process; the first round is left out."""
    taken = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken[1:])


def exhaust(items: Iterable[object]) -> None:
    for _ in items:
        pass


def row(*cells: object) -> None:
    print("|", " | ".join(map(str, cells)), "|")


def head(*cells: str) -> None:
    print()
    row(*cells)
    print("|---" * len(cells) + "|")


def words_of(corpus: Corpus) -> Words:
    """The sentences of all parts."""
    sentences = itertools.chain(corpus.train, corpus.dev, corpus.test)
    return [[word for word, _ in sentence] for sentence in sentences]


def train(corpus: Corpus, config: str, **settings: int) -> Tagger:
    chosen = {"training.device": "cpu"} | {f"training.{key}": value for key, value in settings.items()}
    return Tagger.train(corpus, load_config(config, chosen))


# -- spaCy ------------------------------------------------------------------------------------------------


def measure_spacy(corpus: Corpus, window: Tagger, folder: Path) -> None:
    """Texts of ten sentences each; "alone" is the time without spaCy's tokeniser."""
    import spacy
    from spacy.tokens import Doc

    import postagger.serving.spacy  # noqa: F401 (registers the component)

    sentences = words_of(corpus)
    texts = [" ".join(itertools.chain(*sentences[n : n + 10])) for n in range(0, len(sentences), 10)]
    blank = spacy.blank("en")
    tokens = sum(map(len, blank.pipe(texts)))
    bare = seconds(lambda: exhaust(blank.pipe(texts)))
    window.save(folder / "window.safetensors")
    pipelines: dict[str, Any] = {"spaCy's tagger": trained_spacy(corpus)}
    for name, model in (("window", str(folder / "window.safetensors")), ("en", "en")):
        pipelines[f"postagger, {name}"] = spacy.blank("en")
        pipelines[f"postagger, {name}"].add_pipe("postagger", config={"model": model})
    print(f"\nspaCy: {tokens:,} tokens in {len(texts):,} texts")
    head("pipeline", "tokens a second", "tagger alone", "accuracy on test")
    row("tokeniser only", f"{tokens / bare:,.0f}", "", "")
    for name, nlp in pipelines.items():
        whole = seconds(lambda nlp=nlp: exhaust(nlp.pipe(texts)))  # type: ignore[misc]
        right = total = 0
        for gold in corpus.test if name != "postagger, en" else ():
            doc = Doc(nlp.vocab, words=[word for word, _ in gold])
            doc[0].is_sent_start = True
            (component,) = [component for _, component in nlp.pipeline]
            total += len(gold)
            right += sum(token.tag_ == tag for token, (_, tag) in zip(component(doc), gold, strict=True))
        accuracy = f"{100 * right / total:.2f} %" if total else ""
        row(name, f"{tokens / whole:,.0f}", f"{tokens / (whole - bare):,.0f}", accuracy)


def trained_spacy(corpus: Corpus) -> Any:
    """A pipeline with spaCy's own tagger as it comes, trained on the training part."""
    import random

    import spacy
    from spacy.training import Example
    from thinc.api import Adam, fix_random_seed

    fix_random_seed(1)
    nlp = spacy.blank("en")
    nlp.add_pipe("tagger")
    examples = [
        Example.from_dict(
            spacy.tokens.Doc(nlp.vocab, words=[word for word, _ in each]), {"tags": [tag for _, tag in each]}
        )
        for each in corpus.train
    ]
    nlp.initialize(lambda: examples)
    optimiser = Adam(0.001)
    for _ in range(EPOCHS):
        random.shuffle(examples)
        for first in range(0, len(examples), 16):
            nlp.update(examples[first : first + 16], sgd=optimiser)
    return nlp


# -- NLTK -------------------------------------------------------------------------------------------------


def measure_nltk(corpus: Corpus, window: Tagger, folder: Path) -> None:
    """NLTK's ``pos_tag_sents`` with its own kind of tagger, trained here, and the drop-in for it."""
    from nltk.tag import PerceptronTagger, _pos_tag

    from postagger.serving.nltk import pos_tag, pos_tag_sents

    sentences = words_of(corpus)
    tokens = sum(map(len, sentences))
    perceptron = PerceptronTagger(load=False)
    perceptron.train([list(each) for each in corpus.train], nr_iter=10)
    model = folder / "window.safetensors"
    window.save(model)
    ways: dict[str, Callable[[], object]] = {
        "NLTK's perceptron": lambda: [_pos_tag(each, None, perceptron, "eng") for each in sentences],
        "drop-in, window, pos_tag": lambda: [pos_tag(each, model=model) for each in sentences],
        "drop-in, window, pos_tag_sents": lambda: pos_tag_sents(sentences, model=model),
        "drop-in, en, pos_tag": lambda: [pos_tag(each) for each in sentences],
        "drop-in, en, pos_tag_sents": lambda: pos_tag_sents(sentences),
    }
    print(f"\nNLTK: {tokens:,} tokens")
    head("function", "tokens a second")
    for name, work in ways.items():
        row(name, f"{tokens / seconds(work):,.0f}")


# -- ONNX -------------------------------------------------------------------------------------------------


def measure_onnx(corpus: Corpus, window: Tagger, folder: Path) -> None:
    """The same models by this package and by onnxruntime with one thread, and how many tags differ.

    The LSTMs are trained for one epoch, which makes no difference to their speed.
    """
    import onnxruntime

    from postagger.runtime.fast import numpy_predictor
    from postagger.serving.onnx import export
    from postagger.serving.onnx.reader import Reader

    sentences = words_of(corpus)
    tokens = sum(map(len, sentences))
    order = sorted(sentences, key=len)
    print(f"\nONNX: {tokens:,} tokens; onnxruntime {onnxruntime.__version__}, one thread")
    head("model", "installed engine", "NumPy", "reader.py", "session.run alone", "MB", "tags that differ")
    models = {"window": window} | {name: train(corpus, name, epochs=1) for name in ("lstm", "lstm_crf")}
    for name, tagger in (*models.items(), ("en, xpos", Tagger.load("en"))):
        place = folder / name.split(",")[0]
        files = export(tagger, place)
        one = onnxruntime.SessionOptions()
        one.intra_op_num_threads = one.inter_op_num_threads = 1
        reader = Reader(place, sess_options=one)
        feeds = [reader.feed(order[n : n + 128]) for n in range(0, len(order), 128)]
        output = [reader.heads[tagger.head]["output"]]
        predictor = numpy_predictor(tagger._checkpoint, [tagger.head])
        found, expected = reader.tag_sents(sentences), list(tagger.tag_sents(sentences))
        differ = sum(a != b for x, y in zip(found, expected, strict=True) for a, b in zip(x, y, strict=True))
        taken = [
            seconds(lambda tagger=tagger: exhaust(tagger.tag_sents(sentences))),  # type: ignore[misc]
            seconds(lambda predictor=predictor: predictor.tag(sentences)),  # type: ignore[misc]
            seconds(lambda reader=reader: reader.tag_sents(sentences)),  # type: ignore[misc]
            seconds(lambda r=reader, o=output, fs=feeds: [r.session.run(o, feed) for feed in fs]),  # type: ignore[misc]
        ]
        size = sum(file.stat().st_size for file in files) / 1e6
        row(name, *(f"{tokens / each:,.0f}" for each in taken), f"{size:.1f}", differ)


MEASURED = {"spacy": measure_spacy, "nltk": measure_nltk, "onnx": measure_onnx}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("libraries", nargs="+", choices=MEASURED, metavar="LIBRARY", help=", ".join(MEASURED))
    parser.add_argument("--corpus", default="sample", help="trained on and tagged (default: sample)")
    options = parser.parse_args()
    corpus = load_corpus(options.corpus)
    window = train(corpus, "window")
    print(
        f"window and NLTK's and spaCy's taggers are trained on {options.corpus}; our engine: {window.engine}"
    )
    for name in options.libraries:
        with TemporaryDirectory() as folder:
            MEASURED[name](corpus, window, Path(folder))


if __name__ == "__main__":
    main()
