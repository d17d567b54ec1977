"""One thread for each process, so that numbers do not depend on how many workers there are; imports nothing that could have begun with more."""

from __future__ import annotations

import os
from typing import Final

_VARIABLES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def compute_with_one_thread() -> None:
    """Let this process and its workers compute with one thread; to be called before NumPy is imported, or libraries built on it."""
    for name in _VARIABLES:
        os.environ.setdefault(name, "1")
