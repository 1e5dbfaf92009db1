"""How a tagger computes: its predictors and networks, made when they are first needed."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.checkpoint import Checkpoint, is_built_in
from postagger.config.device import check_device
from postagger.errors import ConfigError, brief
from postagger.extras import require_model
from postagger.inference import Dtype, make_predictor
from postagger.runtime import Predictor, word_encoder
from postagger.runtime.forking import TAGGING
from postagger.tagger.checks import kind_of

if TYPE_CHECKING:
    from postagger.models import TrainedModel
    from postagger.runtime.word_vectors import WordEncoder


class Engine:
    """A checkpoint and where it is computed; shared by all views of a tagger.

    Attributes:
        device: ``cpu``, ``cuda`` or ``cuda:N``.
    """

    def __init__(self, checkpoint: Checkpoint, device: object, dtype: Dtype) -> None:
        """
        Args:
            device: the name of a device, or one of torch's. ``auto`` is the CPU for the kinds of this
                package, which tag fastest there, and torch's choice for others.

        Raises:
            DeviceError: there is no such device.
        """
        self.checkpoint = checkpoint
        self.device = _resolved(check_device(device), checkpoint)
        self.dtype: Dtype = dtype
        TAGGING.prepared = True
        self._clear()

    def _clear(self) -> None:
        self._lock = threading.RLock()
        self._predictors: dict[tuple[str, ...], Predictor] = {}
        self._trained: TrainedModel | None = None

    def predictor(self, *heads: str) -> Predictor:
        """The predictor of one head, or of several at once."""
        if heads not in self._predictors:
            with TAGGING, self._lock:  # a process forked meanwhile would have half of it
                if heads not in self._predictors:
                    self._predictors[heads] = make_predictor(
                        self.checkpoint, heads, self.device, self.dtype, lambda: self.trained
                    )
        return self._predictors[heads]

    @cached_property
    def words(self) -> WordEncoder:
        """What turns words into the vectors that the network reads, in NumPy."""
        return word_encoder(self.checkpoint)

    @property
    def trained(self) -> TrainedModel:
        """The networks as torch modules, on the device."""
        if self._trained is None:
            from postagger.models import TrainedModel

            with TAGGING, self._lock:
                if self._trained is None:
                    self._trained = TrainedModel.from_checkpoint(self.checkpoint).to(self.device)
        return self._trained

    def __getstate__(self) -> dict[str, Any]:  # a copy makes its own
        return {"checkpoint": self.checkpoint, "device": self.device, "dtype": self.dtype}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._clear()


def _resolved(name: str, checkpoint: Checkpoint) -> str:
    if name == "cpu" or (name == "auto" and is_built_in(checkpoint.config.model)):
        return "cpu"
    what = "CUDA needs" if name.startswith("cuda") else "this kind of model needs"
    require_model(checkpoint.config.model.kind, what)
    from postagger.training.device import choose_device

    return str(choose_device(name))


def backbone_of(given: object) -> TrainedModel:
    """The networks of the tagger given as a backbone.

    Raises:
        ConfigError: it is not a tagger.
    """
    engine = getattr(given, "_engine", None)
    if isinstance(engine, Engine):
        return engine.trained
    advice = ""
    if isinstance(given, str | Path):
        advice = f": use Tagger.load({brief(str(given))})"
    elif isinstance(given, Checkpoint):
        advice = ": use Tagger(checkpoint)"
    elif hasattr(given, "taggers"):
        advice = ": an ensemble has several networks; choose one of its .taggers"
    raise ConfigError(f"backbone must be a Tagger, not {kind_of(given)}{advice}")
