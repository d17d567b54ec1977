"""The generator of question 3's data, hidden from students: `x_y.csv` is one set of it, graders draw fresh ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: The inputs are uniform on [-WIDTH, WIDTH].
WIDTH = 3.0


def true_mean(x: Array) -> Array:
    """Return E[y | x]: smooth, and far from any straight line."""
    return np.sin(x) + 0.2 * x


def noise_level(x: Array) -> Array:
    """Return the standard deviation of y at x: from 0.08 at the left end up to 0.44 at the right end, growing
    everywhere.
    """
    return 0.08 * 5.5 ** ((x + WIDTH) / (2 * WIDTH))


def draw(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return n inputs and outputs, each of shape (n, 1)."""
    x = rng.uniform(-WIDTH, WIDTH, size=(n, 1))
    return x, true_mean(x) + noise_level(x) * rng.normal(size=(n, 1))


def as_csv(x: Array, y: Array) -> str:
    """Return the text of a file like `x_y.csv`: a header, then one row for each point, six decimals."""
    rows = [f"{one:.6f},{other:.6f}" for one, other in zip(x[:, 0], y[:, 0], strict=True)]
    return "\n".join(["x,y", *rows, ""])
