"""Compares systems over several seeds: which tagger is better, and is the difference significant?

What trains needs torch, so its names are imported when they are first used; pages and pictures need none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postagger.comparison.comparing import compare
    from postagger.comparison.plan import Plan
    from postagger.comparison.results import Results
    from postagger.comparison.runs import ComparisonProgress
    from postagger.comparison.scores_page import evaluation_page
    from postagger.comparison.systems import (
        SYSTEMS,
        BaselineSystem,
        ConfiguredSystem,
        System,
        baseline_systems,
        config_systems,
        ladder,
        register_system,
    )

__all__ = [
    "SYSTEMS",
    "BaselineSystem",
    "ComparisonProgress",
    "ConfiguredSystem",
    "Plan",
    "Results",
    "System",
    "baseline_systems",
    "compare",
    "config_systems",
    "evaluation_page",
    "ladder",
    "register_system",
]

_HOMES = {
    "compare": "comparing",
    "evaluation_page": "scores_page",
    "Plan": "plan",
    "Results": "results",
    "ComparisonProgress": "runs",
}
"""The modules of names that are not in ``systems``."""


if not TYPE_CHECKING:  # a type checker reads the imports above, and is to complain of other names

    def __getattr__(name: str) -> Any:
        """Imports a public name when it is first asked for (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'systems')}"), name)
        globals()[name] = value
        return value
