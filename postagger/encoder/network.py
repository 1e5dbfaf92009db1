"""A pretrained transformer encoder as a context model."""

from __future__ import annotations

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from postagger.batches import Batch, TypeTensors
from postagger.config import EncoderConfig
from postagger.encoder.groups import groups, subword_counts
from postagger.encoder.layers import depths
from postagger.encoder.pretrained import build_encoder, position_limit, read_weights
from postagger.errors import ConfigError, one_line
from postagger.features import WordEncoding
from postagger.models import ContextModel
from postagger.models.layers.dropout import Dropout
from postagger.random_numbers import branch, draw_seed, drawn_for

_MOST = {"cpu": 4096, "cuda": 32_768}
"""The most sub-words, with padding, that are read together."""


class Encoder(ContextModel):
    """Reads each sentence as sub-words; a word's output is made of its sub-words' states.

    What an encoder does not see of a word, such as capitals if it is uncased, its features tell: they are
    added to the embeddings of its sub-words, by a linear map that is learned.

    Sentences are read in groups of similar length, so that there is little padding, and those that are
    longer than the encoder can read in overlapping segments (`postagger.encoder.segments`).

    Shape: word vectors ``(types, size)`` and a batch with the sub-words of its types to
    ``(tokens, output_size)``.
    """

    pads = True
    draws_by_token = True  # in `forward`; what the encoder draws is for texts
    usual_epochs = 3  # what is pretrained learns in less time
    fewest_updates = 600

    def __init__(self, config: EncoderConfig, size: int) -> None:
        """
        Raises:
            ConfigError: what is known of the pretrained encoder is not filled in.
        """
        super().__init__()
        if config.pretrained is None:
            raise ConfigError(f"the encoder {config.encoder} has not been read yet")
        self._config = config
        self._facts = config.pretrained
        self._size = size
        self.encoder = build_encoder(self._facts.architecture)
        # Adds nothing at first, so that training starts from what the encoder has learned.
        self.features = nn.Linear(size, self._embedding.embedding_dim, bias=False)
        nn.init.zeros_(self.features.weight)
        self._marks: Tensor
        self.register_buffer(
            "_marks", torch.tensor([*self._facts.start, *self._facts.end], dtype=torch.long), persistent=False
        )
        self.dropout = Dropout(config.dropout)
        states: int = self.encoder.config.hidden_size  # type: ignore[union-attr,assignment]
        self.output_size = states * (2 if config.pooling == "first_last" else 1)
        self._hold()

    def tables(self) -> list[nn.Embedding]:
        return [self._embedding] if self._embedding.weight.requires_grad else []

    def read_pretrained(self, dtype: str) -> None:
        """Takes over the weights of the pretrained encoder, from its folder or the hub.

        Raises:
            ConfigError: they are missing, or are those of another architecture; or the encoder does not
                compute what it should.
        """
        self.encoder.load_state_dict(read_weights(self._config))
        self._try_out(dtype)

    @torch.no_grad()
    def _try_out(self, dtype: str) -> None:
        """Reads a short text alone and beside a longer one, and compares.

        Raises:
            ConfigError: the encoder fails, or reads the padding.
        """
        name, training = self._config.encoder, self.encoder.training
        self.encoder.eval()
        long = self._embedding(self._marks.new_zeros(min(8, self._facts.longest)))
        short = long[:2]
        try:
            alone, padded = self._read([short], 2)[0], self._read([short, long], len(long))[0, :2]
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
                self._read([short], 2)
        except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
            advice = ": set training.dtype to float32" if dtype == "bfloat16" else ""
            raise ConfigError(f"the encoder {name} can't be used ({one_line(error)}){advice}") from None
        finally:
            self.encoder.train(training)
        if not torch.allclose(alone, padded, rtol=1e-3, atol=1e-4 * float(alone.abs().max())):
            raise ConfigError(
                f"the encoder {name} reads the padding of shorter texts, so that its output would depend on "
                "other sentences: choose another one"
            )

    def check(self, encoding: WordEncoding) -> None:
        subwords, rows = encoding.subwords, self._embedding.num_embeddings
        if subwords is None:
            raise ValueError("the encoder's sub-words are missing")
        numbers = (*self._facts.start, *self._facts.end, subwords.unknown, subwords.mask)
        if not all(0 <= number < rows for number in numbers):
            raise ValueError(f"a sub-word has no embedding: the encoder has {rows}")
        if not 1 <= subwords.most <= self._room // 2:
            raise ValueError(f"a word may have {subwords.most} sub-words, but there is room for {self._room}")
        if self._facts.longest > position_limit(self.encoder):
            raise ValueError(f"the encoder can't read {self._facts.longest} sub-words at once")

    @property
    def _room(self) -> int:
        """The most sub-words that are read at once, without those before and after a text."""
        return self._facts.longest - len(self._facts.start) - len(self._facts.end)

    def stored_weights(self) -> dict[str, Tensor]:
        dtype = {"float32": torch.float32, "float16": torch.float16}[self._config.stored]
        weights = self.state_dict().items()
        return {name: each.to(dtype) if each.is_floating_point() else each for name, each in weights}

    def own_rates(self) -> dict[Tensor, float]:
        """Learning rates that fall from the top layer down (Howard and Ruder 2018)."""
        found = depths(self.encoder)
        top, decay, highest = self._config.learning_rate, self._config.layer_decay, max(found.values())
        return {parameter: top * decay ** (highest - depth) for parameter, depth in found.items()}

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        super().requires_grad_(requires_grad)
        self._hold()
        return self

    def _hold(self) -> None:
        """Freezes what the config does not name: lower layers, and the embeddings."""
        found = depths(self.encoder)
        number = self._config.trained_layers
        lowest = 1 if number == "all" else max(1, max(found.values()) - number + 1)
        for parameter, depth in found.items():
            trained = depth >= lowest if depth else self._config.trained_embeddings
            if not trained:
                parameter.requires_grad_(False)

    def inputs(self, vectors: Tensor, types: TypeTensors) -> Tensor:
        """The word vectors and, after them, the embeddings of the sub-words; zeros where there are none."""
        most = max(1, int((types.pieces >= 0).sum(1).max()))
        pieces = types.pieces[:, :most]
        known = pieces >= 0  # (types, most)
        embedded = self._embedding(pieces[known])
        table = embedded.new_zeros(*known.shape, embedded.size(1))
        return torch.cat([vectors, table.masked_scatter(known.unsqueeze(2), embedded).flatten(1)], dim=1)

    @property
    def _embedding(self) -> nn.Embedding:
        table: nn.Embedding = self.encoder.get_input_embeddings()  # type: ignore[operator]
        return table

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        marks = [len(self._facts.start), len(self._facts.end)]
        with torch.no_grad():  # their gradient would be a table as large as that of all sub-words
            before, after = self._embedding(self._marks).split(marks)
        features, table = vectors[:, : self._size], vectors[:, self._size :]
        table = table.unflatten(1, (-1, before.size(1)))  # (types, most, embedding size)
        table = table + self.features(features).unsqueeze(1)
        most = table.size(1)
        known = (batch.types.pieces[:, :most] >= 0)[batch.index]  # (tokens, most)
        counts = subword_counts(batch)  # (tokens,)
        rows = batch.index.unsqueeze(1) * most + torch.arange(most, device=vectors.device)
        embedded = table.flatten(0, 1).index_select(0, rows[known])  # (pieces, size), token after token
        ends = torch.cat([counts.new_zeros(1), counts.cumsum(0)])  # (tokens + 1,)
        states, kept_tokens = [], []
        seed = draw_seed() if self.training else None
        for group in groups(batch, self._room, _MOST.get(vectors.device.type, _MOST["cuda"])):
            spans = (embedded[ends[each.first] : ends[each.last]] for each in group.segments)
            texts = [torch.cat([before, span, after]) for span in spans]
            with branch(seed, group.number), drawn_for(group.rows):
                hidden = self._read(texts, group.longest + sum(marks))
            first = [  # the place in `hidden` of the first sub-word of each token that is kept
                row * hidden.size(1) + len(before) + ends[each.keep_first : each.keep_last] - ends[each.first]
                for row, each in enumerate(group.segments)
            ]
            kept = torch.cat([torch.arange(each.keep_first, each.keep_last) for each in group.segments])
            places, numbers = torch.cat(first).to(hidden.device), counts[kept].to(hidden.device)
            states.append(self._pooled(hidden.flatten(0, 1), places, numbers))
            kept_tokens.append(kept)
        order = torch.cat(kept_tokens).argsort().to(vectors.device)
        context: Tensor = self.dropout(torch.cat(states).index_select(0, order))  # in the batch's order
        return context

    def _read(self, texts: list[Tensor], longest: int) -> Tensor:
        """The encoder's output for embedded texts of sub-words, ``(texts, longest, states)``.

        Args:
            longest: the number of sub-words that the texts are padded to.
        """
        read = nn.utils.rnn.pad_sequence(texts, batch_first=True)
        read = F.pad(read, (0, 0, 0, longest - read.size(1)))
        lengths = torch.tensor(list(map(len, texts)), device=read.device)
        mask = torch.arange(read.size(1), device=read.device) < lengths.unsqueeze(1)
        output: Tensor = self.encoder(inputs_embeds=read, attention_mask=mask.long()).last_hidden_state
        return output.float()

    def _pooled(self, hidden: Tensor, first: Tensor, counts: Tensor) -> Tensor:
        """The states of words from those of their sub-words.

        Shape:
            hidden: ``(places, states)``.
            first: ``(tokens,)``, the place of each word's first sub-word.
            counts: ``(tokens,)``.
            result: ``(tokens, states)``.
        """
        match self._config.pooling:
            case "first":
                return hidden.index_select(0, first)
            case "last":
                return hidden.index_select(0, first + counts - 1)
            case "first_last":
                ends = torch.stack([first, first + counts - 1], dim=1)
                return hidden.index_select(0, ends.flatten()).view(len(first), -1)
            case "mean":
                owner = torch.arange(len(first), device=first.device).repeat_interleave(counts)
                before = (counts.cumsum(0) - counts).repeat_interleave(counts)
                places = torch.arange(len(owner), device=first.device) - before + first[owner]
                summed = hidden.new_zeros(len(first), hidden.size(1))
                return summed.index_add(0, owner, hidden.index_select(0, places)) / counts.unsqueeze(1)
