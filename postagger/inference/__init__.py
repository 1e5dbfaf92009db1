"""From sentences to tags: `ReferencePredictor` runs the network's forward pass, `FastPredictor` is faster.

`HeadsPredictor` is a `FastPredictor` for several heads at once.

What makes `FastPredictor` fast:

- **One dictionary look-up per token.** A `WordTable` caches the output of the first layer for each word,
  so words seen before need no features or embeddings (`word_table`).
- **``(token, tag)`` pairs are created once** and reused (`token_tags`).
- **The first layer is a sum of rows.** It is affine, so the table holds its products, one for each word
  and window position: a window is the sum of five rows, and a recurrence takes one row (`scorers`).
- **No padding.** Each step of a recurrence covers the sentences that are long enough, with both
  directions in one product, since their lengths are the same (`recurrence`).
- **Intermediate results stay in the processor's cache**: windows are processed in blocks of two thousand
  tokens.
- **Products with many rows use oneDNN**, which on some processors is three times as fast as torch's
  default (`affine`).
- **bfloat16, on request**: rows and weights take half the memory, and products are twice as fast on
  processors with bfloat16 instructions.

In float32, sums are computed in another order than in the network's own forward pass, so scores differ
in their last digits, and tags only where two of them are practically tied. In bfloat16 a few tags in ten
thousand differ.

On CUDA everything is the same except recurrent layers, which run on torch's own kernels.
"""

from postagger.inference.heads import HeadsPredictor
from postagger.inference.predictors import DTYPES, Dtype, FastPredictor, ReferencePredictor
from postagger.inference.torch_settings import usual_settings

__all__ = ["DTYPES", "Dtype", "FastPredictor", "HeadsPredictor", "ReferencePredictor", "usual_settings"]
