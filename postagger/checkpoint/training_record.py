"""The training record that is saved in a model file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from postagger.errors import short


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VectorsRecord(_Record):
    """Pretrained word vectors that a training used.

    Attributes:
        words: the number of vectors.
        dim: their size.
        covered: the fraction of training tokens with a vector, in 0..1.
        blank_words: how many words of the file were left out because they are nothing but white space.
    """

    words: int
    dim: int
    covered: float
    blank_words: int = 0


class TrainingRecord(_Record):
    """What a tagger was trained on, and with what result. Only the pipeline writes it.

    Attributes:
        corpus: the main corpus's name; after pretraining, the heads of all data sets.
        train_sentences, train_tokens: the size of the main training set.
        dev_tokens: the size of the set on which the best epoch was chosen.
        traces_dropped: traces (empty elements, not words) dropped from the corpus.
        epochs: the number of epochs trained.
        best_epoch: the epoch whose weights were kept, counted from 1.
        dev_accuracy, test_accuracy: of the kept weights and the main head, in 0..1; None without gold tags.
        dev_accuracies, test_accuracies: the same of each head of a corpus with several columns, by name.
        test_tokens: the size of the test set; None if it was not scored.
        datasets: the number of sentences of the further data sets, by head.
        masked_words: whether the main head predicts masked words, not tags.
        vectors: the pretrained word vectors, if any.
        backbone: the corpora that the backbone was trained on before; None for random initial weights.
        teachers: the corpora that its teachers were trained on; empty without teachers.
        left_out: the number of sentences left out of each further corpus or text because they repeat dev or
            test sentences of the main corpus.
        problem: why the training ended early, if it diverged and an earlier epoch was kept.
        threads: the number of torch's threads, on which the last digits of the weights depend; None if
            unknown.
        processes: the number of processes that trained together, on which they depend too.
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
    dev_accuracies: dict[str, float | None] = {}
    test_accuracies: dict[str, float | None] = {}
    test_tokens: int | None = None
    datasets: dict[str, int] = {}
    masked_words: bool = False
    vectors: VectorsRecord | None = None
    backbone: str | None = None
    teachers: tuple[str, ...] = ()
    left_out: dict[str, int] = {}
    problem: str | None = None
    threads: int | None = None
    processes: int = 1
    versions: dict[str, str]

    def __repr__(self) -> str:
        size = f"{self.train_sentences:,} sentences ({self.train_tokens:,} tokens)"
        best = f"epoch {self.best_epoch} of {self.epochs}"
        rates = {"dev": self.dev_accuracy, "test": self.test_accuracy}
        known = [f"{name} {100 * rate:.2f} %" for name, rate in rates.items() if rate is not None]
        return f"<TrainingRecord: {short(self.corpus)}, {size}; {', '.join([best, *known])}>"
