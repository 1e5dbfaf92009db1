"""The record of a training, as a model file keeps it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VectorsRecord(_Record):
    """Pretrained word vectors that a training used.

    Attributes:
        words: how many there were.
        dim: numbers of each.
        covered: the share of the training tokens that had one, in 0..1.
    """

    words: int
    dim: int
    covered: float


class TrainingRecord(_Record):
    """What a tagger was trained on, and what came of it. The pipeline writes it, and nobody else.

    Attributes:
        corpus: the main corpus's name; of pretraining those of all data sets.
        train_sentences, train_tokens: learned from, of the main corpus.
        dev_tokens: on which the epoch was chosen.
        traces_dropped: empty elements that the corpus had, which are no words.
        epochs: trained.
        best_epoch: whose weights were kept, from 1 on.
        dev_accuracy, test_accuracy: in 0..1, of the kept weights; None where there are no gold tags.
        datasets: sentences of each further data set, by the head that learned them.
        masked_words: whether it learned to predict masked words, and no tags.
        vectors: pretrained word vectors, if there were any.
        backbone: the corpora that the backbone had learned before; None for fresh weights.
        teachers: the corpora that its teachers were trained on; empty without teachers.
        left_out: for each further corpus or text, how many sentences were left out because they repeat
            dev or test sentences of the main corpus.
        versions: of postagger and torch.
    """

    corpus: str
    train_sentences: int
    train_tokens: int
    dev_tokens: int
    traces_dropped: int = 0
    epochs: int
    best_epoch: int
    dev_accuracy: float | None = None
    test_accuracy: float | None = None
    datasets: dict[str, int] = {}
    masked_words: bool = False
    vectors: VectorsRecord | None = None
    backbone: str | None = None
    teachers: tuple[str, ...] = ()
    left_out: dict[str, int] = {}
    versions: dict[str, str]
