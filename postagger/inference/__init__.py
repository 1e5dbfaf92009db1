"""From sentences to tags: chooses how, and runs the networks' own forward pass where that is the way.

`make_predictor` takes the fast way (`postagger.runtime`, which needs no torch) for the kinds of model that it
knows, on the CPU. On CUDA, and for kinds of model from outside the package, torch runs the network itself
(`postagger.inference.forward`, imported only then). That forward pass is also the reference: every fast way
gives the same tags.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from postagger.checkpoint import Checkpoint
from postagger.extras import require_model
from postagger.runtime import Predictor, fast_predictor

if TYPE_CHECKING:
    from postagger.inference.forward import ReferencePredictor
    from postagger.models import TrainedModel

Dtype = Literal["float32", "bfloat16", "int8"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)

__all__ = ["DTYPES", "Dtype", "ReferencePredictor", "make_predictor"]


def make_predictor(
    checkpoint: Checkpoint,
    heads: Sequence[str],
    device: str,
    dtype: Dtype,
    trained: Callable[[], TrainedModel],
) -> Predictor:
    """Chooses and makes the fastest predictor of some heads.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        dtype: of the arithmetic.
        trained: gives the checkpoint's networks on the device, if they are needed.

    Raises:
        ConfigError: the dtype is not available here.
        PostaggerError: torch is needed, but not installed.
    """
    if device == "cpu":
        found = fast_predictor(checkpoint, heads, low_precision=dtype == "int8")
        if found is not None:
            return found
    kind = checkpoint.config.model.kind
    require_model(kind, f"a model of the kind {kind!r} needs")
    from postagger.inference.forward import ForwardPredictor

    return ForwardPredictor(checkpoint, trained(), heads, dtype)


def __getattr__(name: str) -> Any:
    if name == "ReferencePredictor":
        from postagger.inference.forward import ReferencePredictor

        return ReferencePredictor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
