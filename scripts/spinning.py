"""Limits how long torch's threads spin, as the command line does. Import this module before torch.

By default a waiting thread of GNU OpenMP spins for so long that training takes up to ten times longer on a
busy machine (docs/performance.md). OpenMP reads the variable when torch is loaded. Worker processes inherit
it.
"""

import os

if "OMP_WAIT_POLICY" not in os.environ:  # the user's own choice
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
