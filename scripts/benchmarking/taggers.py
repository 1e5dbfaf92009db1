"""The taggers that are compared: the floor, those of other packages, and ours."""

from __future__ import annotations

import pickle
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarking.files import Files
from benchmarking.ours import OURS, implementations, is_installed, our_tagger
from benchmarking.texts import Sentences, read_tagged
from postagger import PostaggerError
from postagger.corpora import TaggedSentence

FLOOR, CRF, PERCEPTRON, FASTNLTK = "floor", "NLTK CRF", "NLTK perceptron", "fastnltk"
UDPIPE, SPACY = "UDPipe 1", "spaCy"

_UDPIPE_TRAINING = (
    "models=1;iterations_1=5;guesser_suffix_rules_1=8;guesser_enrich_dictionary_1=6;"
    "use_lemma_1=0;provide_lemma_1=0;use_xpostag_1=1;provide_xpostag_1=1;use_feats_1=0;provide_feats_1=0"
)
"""Penn tags only, from UDPipe's own templates; 5 iterations instead of 20, which changes its speed little."""


class Dictionary:
    """The floor: each word's most frequent tag, and NN for unknown words."""

    def __init__(self, sentences: Iterable[TaggedSentence]) -> None:
        counts: dict[str, Counter[str]] = {}
        for sentence in sentences:
            for word, tag in sentence:
                counts.setdefault(word, Counter())[tag] += 1
        self.tags = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}

    def tag_sents(self, sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        get = self.tags.get
        for sentence in sentences:
            yield [(word, get(word, "NN")) for word in sentence]

    def tag(self, sentence: list[str]) -> TaggedSentence:
        get = self.tags.get
        return [(word, get(word, "NN")) for word in sentence]


class Spacy:
    """spaCy's standard tagger, untrained, which makes no difference to its speed."""

    def __init__(self, sentences: Sequence[TaggedSentence]) -> None:
        import spacy
        from spacy.tokens import Doc
        from spacy.training import Example

        self.nlp = spacy.blank("en")
        pipe: Any = self.nlp.add_pipe("tagger")
        for tag in sorted({tag for sentence in sentences for _, tag in sentence}):
            pipe.add_label(tag)
        self.doc: Callable[[list[str]], Any] = lambda words: Doc(self.nlp.vocab, words=words)
        examples = [
            Example.from_dict(self.doc([word for word, _ in s]), {"tags": [tag for _, tag in s]})
            for s in sentences[:100]
        ]
        self.nlp.initialize(lambda: examples)

    def tag_sents(self, sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        for doc in self.nlp.pipe(map(self.doc, sentences), batch_size=256):
            yield [(token.text, token.tag_) for token in doc]

    def tag(self, sentence: list[str]) -> TaggedSentence:
        return [(token.text, token.tag_) for token in self.nlp(self.doc(sentence))]


class Udpipe:
    """UDPipe 1, called as its users call it: a sentence of words is built, tagged and read."""

    def __init__(self, file: str) -> None:
        from ufal import udpipe

        self.udpipe = udpipe
        self.model = udpipe.Model.load(file)

    def tag_sents(self, sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        return map(self.tag, sentences)

    def tag(self, sentence: list[str]) -> TaggedSentence:
        tree = self.udpipe.Sentence()
        for word in sentence:
            tree.addWord(word)
        self.model.tag(tree, self.model.DEFAULT)
        found = iter(tree.words)
        next(found)  # the root
        return [(word, each.xpostag) for word, each in zip(sentence, found, strict=True)]


def train_udpipe(sentences: Iterable[TaggedSentence]) -> bytes:
    from ufal import udpipe

    trees = []
    for sentence in sentences:
        tree = udpipe.Sentence()
        for word, tag in sentence:
            tree.addWord(word).xpostag = tag
        trees.append(tree)
    error = udpipe.ProcessingError()
    model: bytes = udpipe.Trainer.train(
        "morphodita_parsito", trees, [], "none", _UDPIPE_TRAINING, "none", error
    )
    if error.occurred():
        raise PostaggerError(f"UDPipe can't be trained: {error.message}")
    return model


def _perceptron(files: Files) -> tuple[Any, Any, Any]:
    """Weights, dictionary and tags of NLTK's perceptron, trained unless an earlier run did."""
    file = files.named("perceptron.pickle")
    if not file.exists():
        from nltk.tag import PerceptronTagger

        random.seed(1)
        tagger = PerceptronTagger(load=False)
        tagger.train(read_tagged(files.train))
        file.write_bytes(pickle.dumps((tagger.model.weights, tagger.tagdict, tagger.classes)))
    weights, dictionary, tags = pickle.loads(file.read_bytes())
    return weights, dictionary, tags


def _nltk_perceptron(files: Files) -> Any:
    from nltk.tag import PerceptronTagger

    tagger = PerceptronTagger(load=False)
    tagger.model.weights, tagger.tagdict, tagger.classes = _perceptron(files)
    tagger.model.classes = tagger.classes
    return tagger


def _fastnltk(files: Files) -> Any:
    """fastnltk's perceptron with the weights that NLTK's has."""
    from fastnltk.tag import PerceptronTagger

    weights, dictionary, tags = _perceptron(files)
    tagger = PerceptronTagger(load_model=False)
    tagger._impl.load(weights, dictionary, sorted(tags))
    return tagger


def _crf(files: Files) -> Any:
    """NLTK's CRF tagger, trained unless an earlier run did."""
    import nltk.data
    from nltk.tag import CRFTagger

    file = files.named("crf.crfsuite")
    tagger = CRFTagger()
    nltk.data.path.append(str(file.parent))  # NLTK reads only files in its folders that nobody else can write
    try:
        if not file.exists():
            unfinished = file.with_suffix(".unfinished")
            unfinished.touch(mode=0o600)
            CRFTagger().train(read_tagged(files.train), str(unfinished))
            unfinished.rename(file)
        tagger.set_model_file(str(file))
    finally:
        nltk.data.path.remove(str(file.parent))
    return tagger


def _udpipe(files: Files) -> Any:
    file = files.named("udpipe.model")
    if not file.exists():
        file.write_bytes(train_udpipe(read_tagged(files.train)))
    return Udpipe(str(file))


@dataclass(frozen=True)
class Peer:
    """A tagger that is not ours.

    Attributes:
        make: makes it; trains it first if no earlier run has done so.
        needs: the distributions that have to be installed.
        trains: whether it is trained, and then kept in a file.
        is_slow: whether it tags a tenth of the text, so that a round takes seconds.
    """

    make: Callable[[Files], Any]
    needs: tuple[str, ...] = ()
    trains: bool = True
    is_slow: bool = False


PEERS = {
    FLOOR: Peer(lambda files: Dictionary(read_tagged(files.train)), trains=False),
    CRF: Peer(_crf, ("nltk", "python-crfsuite")),
    PERCEPTRON: Peer(_nltk_perceptron, ("nltk",), is_slow=True),
    FASTNLTK: Peer(_fastnltk, ("nltk", "fastnltk")),
    UDPIPE: Peer(_udpipe, ("ufal.udpipe",), is_slow=True),
    SPACY: Peer(lambda files: Spacy(read_tagged(files.train)), ("spacy",), trains=False, is_slow=True),
}


def parts_of(name: str) -> tuple[str, str] | None:
    """The kind and the implementation of one of our taggers; None for other names."""
    kind, comma, implementation = name.partition(", ")
    return (kind, implementation) if comma else None


def make_tagger(name: str, files: Files, device: str) -> Any:
    """Makes a tagger that has not tagged anything yet."""
    ours = parts_of(name)
    if ours is None:
        return PEERS[name].make(files)
    kind, implementation = ours
    return our_tagger(files.model(kind), implementation, device)


def prepare(names: Iterable[str], files: Files) -> None:
    """Trains the taggers that keep what they learn in a file, so that no two processes train the same."""
    for name in names:
        if name in PEERS and PEERS[name].trains:
            print(f"preparing {name}", file=sys.stderr)
            PEERS[name].make(files)


def all_names() -> list[str]:
    """The names of all contenders that can run here: the floor, other packages' taggers, ours."""
    return [*PEERS, *(f"{kind}, {each}" for kind in OURS for each in implementations(kind))]


def missing(name: str, files: Files, *, train_slowly: bool) -> str | None:
    """Why a contender can't take part; None if it can."""
    if name not in PEERS:
        return None
    lacking = [each for each in PEERS[name].needs if not is_installed(each)]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    if name == UDPIPE and not train_slowly and not files.named("udpipe.model").exists():
        return "not trained yet, which takes minutes: add --train-udpipe, once"
    return None


def chosen(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """The names that contain one of the words, whatever their case; all if there are no words.

    Raises:
        PostaggerError: a word occurs in no name.
    """
    for word in words:
        if not any(word.lower() in name.lower() for name in names):
            raise PostaggerError(f"no tagger is called {word!r} here; there are {'; '.join(names)}")
    return [name for name in names if not words or any(word.lower() in name.lower() for word in words)]


def is_slow(name: str) -> bool:
    return name in PEERS and PEERS[name].is_slow


def share(name: str, sentences: Sentences) -> Sentences:
    """What a contender tags: all, or every tenth sentence."""
    return sentences[::10] if is_slow(name) else sentences
