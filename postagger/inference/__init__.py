"""Sentences to tags: by the network's own forward pass (`ReferencePredictor`), or fast (`FastPredictor`).

What makes the fast one fast:

- **Strings are touched once a token.** A `WordTable` keeps, for each word it has met, what the first
  layer makes of it; a token costs one look-up in a dictionary, and no features or embeddings (`table`).
- **Answers are made once** for each word and tag, and handed out again (`pairs`).
- **The first layer is a sum of rows.** It is affine, so the table holds its products, one for each word
  and place: a window is a sum of five rows, and the input of a recurrence one row (`scorers`).
- **No padding.** A recurrence takes a step of all sentences that still go on, both directions in one
  product, for they have the same lengths (`recurrence`).
- **What is worked on stays in the cache**: windows are read a few thousand tokens at a time.
- **Products with many rows go to oneDNN**, which on some processors is three times as fast as torch's
  default (`affine`).
- **Half as many bytes, if asked**: in bfloat16 rows and weights are half the size, and products twice as
  fast on processors that have instructions for it.

In float32 sums are in another order than the plain network's, so that scores differ in their last
digits, and tags only where two of them are as good as equal. In bfloat16 a few tags in ten thousand are
others.

On CUDA it is the same but for recurrent layers, which torch's own kernels run there.
"""

from postagger.inference.predictors import DTYPES, Dtype, FastPredictor, ReferencePredictor

__all__ = ["DTYPES", "Dtype", "FastPredictor", "ReferencePredictor"]
