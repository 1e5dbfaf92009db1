"""Compares systems over several seeds: which tagger is better, and is the difference significant?

What trains needs torch, so its names are imported when they are first used; pages and pictures need none.
"""

from typing import TYPE_CHECKING

from postagger.lazy import lazy_names

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
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "comparing": "compare",
            "plan": "Plan",
            "results": "Results",
            "runs": "ComparisonProgress",
            "scores_page": "evaluation_page",
            "systems": "SYSTEMS BaselineSystem ConfiguredSystem System baseline_systems config_systems "
            "ladder register_system",
        },
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
