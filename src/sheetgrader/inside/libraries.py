"""What the libraries that student code uses are told in a freshly forked process: where chance starts, where they are,
and how many threads and cores to use.
"""

from __future__ import annotations

import importlib
import multiprocessing.process
import os
import random
import sys
from pathlib import Path
from typing import Final

#: What the libraries' own random generators start from in every kernel.
_SEED: Final = 0


def seed_libraries() -> None:
    """Seed the libraries' own random generators: code that sets no seed gives the same numbers, and so the same points,
    when it is graded again.
    """
    random.seed(_SEED)
    if "numpy" in sys.modules:
        # NumPy imports it only when it is asked for.
        importlib.import_module("numpy.random").seed(_SEED)
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.manual_seed(_SEED)


def meet_the_sandbox(cores: int) -> None:
    """Tell libraries that start processes where they are, and that there are ``cores`` processor cores at most.

    What is fixed when it is imported is that of the warm process: workers would look for the modules beside a notebook
    in its folder.
    """
    multiprocessing.process.ORIGINAL_DIR = str(Path.cwd())  # type: ignore[attr-defined]  # not in its stub
    if (os.cpu_count() or 1) > cores:
        os.cpu_count = lambda: cores
        # Python itself from 3.13 on, and joblib, in the processes that are started.
        os.environ["PYTHON_CPU_COUNT"] = os.environ["LOKY_MAX_CPU_COUNT"] = str(cores)


def use_threads(count: int) -> None:
    """Let torch, OpenMP and the linear algebra libraries use ``count`` threads; the zygote's environment says one to
    all of them.
    """
    os.environ["OMP_NUM_THREADS"] = str(count)
    if count == 1:
        return
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(count)
    threadpoolctl = sys.modules.get("threadpoolctl")
    if threadpoolctl is not None:
        threadpoolctl.threadpool_limits(count)
