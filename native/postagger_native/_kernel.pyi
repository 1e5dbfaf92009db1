from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

BEST_ISA: str

class Kernel:
    def __new__(
        cls,
        *,
        kind: str,
        width: int,
        make_rows: Callable[[list[str]], NDArray[np.float32]],
        is_straight_quote: Callable[[str], bool],
        layers: Mapping[str, Any],
        tags: list[list[str]],
        encoder: Mapping[str, Any] | None = None,
        precision: Literal["float32", "int8"] = "float32",
        isa: Literal["auto", "portable", "avx2", "avx512"] = "auto",
        largest: int = ...,
    ) -> Kernel: ...
    def tag(self, sentences: Sequence[Sequence[str]], /) -> list[list[tuple[str, str]]]: ...
    def tags(self, words: Sequence[str], lengths: NDArray[np.int64], /) -> NDArray[np.int32]: ...
    def scores(self, words: Sequence[str], lengths: NDArray[np.int64], /) -> NDArray[np.float32]: ...
    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def isa(self) -> str: ...
    @property
    def rechecked(self) -> int: ...
