"""The folder of a search: its plan, and every run that has ended.

- ``plan.json`` holds everything that determines the runs. A folder with another plan is not written to.
- ``trials.jsonl`` has a line for every run, written as soon as it ends. A run that is interrupted when
  the process is killed has no line and is done again; a line that was cut off is ignored.
- ``found.toml`` is the config of the best trial, ``best.toml`` the same if it is better than the given one
  beyond chance, else the given one.
- ``optuna.log`` shows the trials to Optuna's dashboard (`storage`); nothing is read from it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from postagger.errors import ConfigError, DataError, short
from postagger.io import parse_json, read_json, read_whole, write_whole
from postagger.tuning.space import Value

_SHOWN_DIFFERENCES = 5


@dataclass(frozen=True)
class TrialRun:
    """One training and its outcome.

    Attributes:
        trial: its number, from 1; 0 is the given config, without a draw.
        seed: seed of weights, shuffling and dropout.
        draw: the settings drawn, by knob.
        accuracy: dev accuracy of the best epoch, in 0..1; None if the run failed.
        best_epoch: its number, from 1; None if the run failed.
        seconds: wall-clock time.
        problem: why it failed, or None.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    trial: int
    seed: int
    draw: dict[str, Value]
    accuracy: Annotated[float, Field(ge=0, le=1)] | None
    best_epoch: int | None
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    problem: str | None = None

    def __repr__(self) -> str:
        failed = f"failed: {short(self.problem or 'no score')}"
        outcome = failed if self.accuracy is None else f"dev {100 * self.accuracy:.2f} %"
        return f"<TrialRun: trial {self.trial}, seed {self.seed}: {outcome}, {self.seconds:.1f} s>"


@dataclass
class Folder:
    """The folder of a search.

    Attributes:
        path: where it is.
        runs: all runs that have ended, by trial and seed.
    """

    path: Path
    runs: dict[tuple[int, int], TrialRun] = field(default_factory=dict)

    @classmethod
    def claim(cls, path: Path, plan: dict[str, Any], *, force: bool = False) -> Folder:
        """Opens or creates the folder for a plan.

        Args:
            path: where it is or should be.
            plan: everything that determines the runs, as plain data.
            force: clear the folder if it holds another search.

        Raises:
            ConfigError: the folder holds another search, or something else.
            DataError: it can't be read or written, or its trials are damaged.
        """
        mine: dict[str, Any] = json.loads(json.dumps(plan))
        folder = cls(path)
        try:
            there = folder._stored_plan()
            if there is not None and (differing := _differences(there, mine)):
                if not force:
                    raise ConfigError(
                        f"{path} holds another search ({'; '.join(differing)}): "
                        "choose another folder with -o, or clear this one with --force"
                    )
                for file in (folder.trials, folder.best, folder.found, folder.storage):
                    file.unlink(missing_ok=True)
            write_whole(path / "plan.json", json.dumps(mine, indent=1).encode())
            folder._read()
        except RecursionError:
            raise ConfigError(f"{path} holds another search: choose another folder with -o") from None
        except OSError as error:
            raise DataError(f"cannot use the folder {path}: {error.strerror or error}") from None
        return folder

    @property
    def trials(self) -> Path:
        return self.path / "trials.jsonl"

    @property
    def best(self) -> Path:
        return self.path / "best.toml"

    @property
    def found(self) -> Path:
        return self.path / "found.toml"

    @property
    def storage(self) -> Path:
        return self.path / "optuna.log"

    def add(self, run: TrialRun) -> None:
        """Saves a run.

        Raises:
            DataError: it can't be written.
        """
        self.runs[run.trial, run.seed] = run
        try:
            with self.trials.open("ab") as file:
                file.write(json.dumps(asdict(run)).encode() + b"\n")
        except OSError as error:
            raise DataError(f"cannot write {self.trials}: {error.strerror or error}") from None

    def write_configs(self, best: str, found: str) -> None:
        """Writes the two configs.

        Raises:
            DataError: it can't be written.
        """
        for file, content in ((self.found, found), (self.best, best)):
            try:
                write_whole(file, content.encode(errors="surrogateescape"))
            except OSError as error:
                raise DataError(f"cannot write {file}: {error.strerror or error}") from None

    def _stored_plan(self) -> dict[str, Any] | None:
        """The plan in the folder; None if the folder does not exist or is empty."""
        file = self.path / "plan.json"
        if not file.exists():
            if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
                raise ConfigError(
                    f"{self.path} exists and does not hold a search: choose another folder with -o"
                )
            return None
        try:
            plan = read_json(file)
        except ValueError:
            plan = None
        if not isinstance(plan, dict) or "sampler" not in plan:
            raise ConfigError(f"{file} is not the plan of a search: choose another folder with -o")
        return plan

    def _read(self) -> None:
        content = read_whole(self.trials) if self.trials.exists() else b""
        if content and not content.endswith(b"\n"):
            with self.trials.open("ab") as file:  # the last line was cut off: end it
                file.write(b"\n")
        for number, line in enumerate(content.splitlines(), 1):
            try:
                data = parse_json(line)
            except ValueError:
                continue
            try:
                run = TypeAdapter(TrialRun).validate_python(data)
            except ValidationError:
                raise DataError(f"{self.trials}, line {number}, is not a trial: remove that line") from None
            self.runs[run.trial, run.seed] = run


def _differences(there: dict[str, Any], mine: dict[str, Any]) -> list[str]:
    """The differences between two plans, in words."""
    before, now = _flat(there), _flat(mine)
    names = [name for name in dict.fromkeys([*now, *before]) if before.get(name) != now.get(name)]
    found = [
        "other sentences"
        if name == "sentences"
        else f"{short(name)}: {short(before.get(name))} there, {short(now.get(name))} now"
        for name in names[:_SHOWN_DIFFERENCES]
    ]
    more = len(names) - len(found)
    return [*found, f"and {more} more"] if more else found


def _flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in data.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
