"""Lets this process and its workers compute with one thread each; imported before NumPy and libraries built on it,
which read it once.

So numbers do not depend on how many workers there are, workers do not get in each other's way, and a process that is to
be forked has one thread. Whoever sets the variables before keeps what they say.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
