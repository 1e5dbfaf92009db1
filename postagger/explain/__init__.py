"""Why this tag? The attribution of one word's tag to every word of the sentence and every part of a word.

The margin between two tags is the log of the ratio of their probabilities. Integrated gradients
(Sundararajan et al. 2017) attribute it to the network's input vectors: these are scaled from zero, which is
what dropout leaves of a masked word, up to their full values, and the attribution of each number is the
integral of its gradient along this path times its value. The attributions and the margin at zero add up to
the margin, except for the error of a sum over finitely many points. So intervals are halved until that error
is small, which takes more points where the network is steep.

An attribution describes this sentence, not what the network would do with another one. For that, each word is
masked in turn, and the sentence is tagged again. And there are examples: the training tokens that looked the
same to the network (`nearest_contexts`).
"""

from postagger.explain.explaining import explain
from postagger.explain.explanation import Explanation, Part, Reason
from postagger.explain.nearest import NearestContexts, Neighbour, nearest_contexts
from postagger.explain.page import explanation_page

__all__ = [
    "Explanation",
    "NearestContexts",
    "Neighbour",
    "Part",
    "Reason",
    "explain",
    "explanation_page",
    "nearest_contexts",
]
