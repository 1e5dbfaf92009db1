"""Columns of lists: a list of values for each row, or none. They are read as lists or as Arrow arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


class Ragged(ABC):
    """A column of lists.

    Attributes:
        lengths: of the lists, ``(rows,)``; 0 where there is none.
        valid: which rows have a list, ``(rows,)``; None if all have.
    """

    def __init__(self, lengths: NDArray[np.int64], valid: NDArray[np.bool_] | None) -> None:
        self.lengths = lengths
        self.valid = valid

    @abstractmethod
    def flat(self) -> Sequence[Any]:
        """The values of all lists, as Python objects."""

    @abstractmethod
    def flat_arrow(self) -> pa.Array:
        """The values of all lists."""

    def as_lists(self) -> list[list[Any] | None]:
        """A list for each row, None where there is none."""
        values = self.flat()
        lists: list[list[Any] | None] = [list(values[start:end]) for start, end in self._bounds()]
        if self.valid is not None:
            for row in np.flatnonzero(~self.valid).tolist():
                lists[row] = None
        return lists

    def as_arrow(self) -> pa.Array:
        """The column as an Arrow array of lists."""
        import pyarrow as pa

        offsets = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int32)
        missing = None if self.valid is None else pa.array(~self.valid)
        return pa.ListArray.from_arrays(pa.array(offsets), self.flat_arrow(), mask=missing)

    def _bounds(self) -> Iterator[tuple[int, int]]:
        ends = np.cumsum(self.lengths)
        return zip((ends - self.lengths).tolist(), ends.tolist(), strict=True)


class Strings(Ragged):
    """Lists of strings."""

    def __init__(
        self, values: list[str], lengths: NDArray[np.int64], valid: NDArray[np.bool_] | None
    ) -> None:
        super().__init__(lengths, valid)
        self._values = values

    def flat(self) -> Sequence[str]:
        return self._values

    def flat_arrow(self) -> pa.Array:
        import pyarrow as pa

        return pa.array(self._values, pa.string())


class Numbered(Ragged):
    """Lists of strings from a small set, given by their numbers."""

    def __init__(
        self,
        numbers: NDArray[np.int64],
        names: Sequence[str],
        lengths: NDArray[np.int64],
        valid: NDArray[np.bool_] | None,
    ) -> None:
        super().__init__(lengths, valid)
        self._numbers, self._names = numbers, list(names)

    def flat(self) -> Sequence[str]:
        return list(map(self._names.__getitem__, self._numbers.tolist()))

    def flat_arrow(self) -> pa.Array:
        return _named(self._numbers, self._names)


class Numeric(Ragged):
    """Lists of numbers."""

    def __init__(
        self, values: NDArray[np.float32], lengths: NDArray[np.int64], valid: NDArray[np.bool_] | None
    ) -> None:
        super().__init__(lengths, valid)
        self._values = values

    def flat(self) -> Sequence[float]:
        return self._values.tolist()  # type: ignore[no-any-return]

    def flat_arrow(self) -> pa.Array:
        import pyarrow as pa

        return pa.array(self._values, pa.float32())


class Spans(Ragged):
    """Lists of spans: where something begins and ends."""

    def __init__(
        self,
        spans: Sequence[tuple[int, int]],
        lengths: NDArray[np.int64],
        valid: NDArray[np.bool_] | None,
    ) -> None:
        super().__init__(lengths, valid)
        self._spans = spans

    def flat(self) -> Sequence[dict[str, int]]:
        return [{"start": start, "end": end} for start, end in self._spans]

    def flat_arrow(self) -> pa.Array:
        import pyarrow as pa

        both = np.array(self._spans, np.int32).reshape(-1, 2)
        return pa.StructArray.from_arrays(
            [pa.array(both[:, 0]), pa.array(both[:, 1])], fields=list(span_type())
        )


class Ranked(Ragged):
    """Lists that have, for each token, the list of its most probable tags with their probabilities."""

    def __init__(
        self,
        numbers: NDArray[np.int64],
        probabilities: NDArray[np.float32],
        names: Sequence[str],
        lengths: NDArray[np.int64],
        valid: NDArray[np.bool_] | None,
    ) -> None:
        """
        Shape:
            numbers, probabilities: (tokens, top).
        """
        super().__init__(lengths, valid)
        self._numbers, self._probabilities, self._names = numbers, probabilities, list(names)

    def flat(self) -> Sequence[list[dict[str, Any]]]:
        rows = zip(self._numbers.tolist(), self._probabilities.tolist(), strict=True)
        return [
            [{"tag": self._names[number], "probability": value} for number, value in zip(*row, strict=True)]
            for row in rows
        ]

    def flat_arrow(self) -> pa.Array:
        import pyarrow as pa

        tokens, top = self._numbers.shape
        values = pa.StructArray.from_arrays(
            [
                _named(self._numbers.reshape(-1), self._names),
                pa.array(self._probabilities.reshape(-1), pa.float32()),
            ],
            fields=list(ranked_type().value_type),
        )
        return pa.ListArray.from_arrays(pa.array(np.arange(tokens + 1, dtype=np.int32) * top), values)


def _named(numbers: NDArray[np.int64], names: list[str]) -> pa.Array:
    import pyarrow as pa

    coded = pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(names, pa.string()))
    return coded.dictionary_decode()


def span_type() -> pa.DataType:
    """The type of the values of `Spans`."""
    import pyarrow as pa

    return pa.struct([("start", pa.int32()), ("end", pa.int32())])


def ranked_type() -> pa.DataType:
    """The type of the values of `Ranked`."""
    import pyarrow as pa

    return pa.list_(pa.struct([("tag", pa.string()), ("probability", pa.float32())]))
