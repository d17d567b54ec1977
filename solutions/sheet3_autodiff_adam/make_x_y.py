"""Makes `source/sheet3_autodiff_adam/data/x_y.csv`; run it from anywhere, it writes the same file each time.

The generator itself lies with the hidden graders, which draw fresh sets from it. Neither is released to students.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

SHEET = "sheet3_autodiff_adam"
REPOSITORY = Path(__file__).parents[2]
SEED = 3
ROWS = 1000


def table() -> str:
    """Return the text of `x_y.csv`."""
    path = REPOSITORY / "grader_tests" / SHEET / "measurements.py"
    specification = importlib.util.spec_from_file_location("measurements", path)
    # A path to a Python file has both.
    assert specification is not None and specification.loader is not None  # noqa: S101, PT018
    measurements = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(measurements)
    text: str = measurements.as_csv(*measurements.draw(ROWS, np.random.default_rng(SEED)))
    return text


if __name__ == "__main__":
    (REPOSITORY / "source" / SHEET / "data" / "x_y.csv").write_text(table(), encoding="utf-8")
