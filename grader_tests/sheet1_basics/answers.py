"""Several values out of one answer, whatever they were packed into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sheetgrader import Handle, Wrong, probe


@probe
def as_tuple(value):
    return tuple(value)


@probe
def as_dict(value):
    return dict(value)


@probe
def values_at(function, places):
    return [function(x) for x in places]


def entries(value: Any, names: Sequence[str]) -> list[Any]:
    """Return the entries of a tuple; a list, a named tuple or an array with as many rows will do."""
    wanted = f"a tuple ({', '.join(names)}) was asked for"
    if isinstance(value, Handle):
        value = as_tuple(value)
    if isinstance(value, np.ndarray) and value.ndim > 1:
        value = list(value)
    if not isinstance(value, list | tuple):
        raise Wrong(f"It is no tuple: {wanted}.", value=value)
    if len(value) != len(names):
        raise Wrong(f"It has {len(value)} entries: {wanted}.", value=value)
    return list(value)


def items(value: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the entries of a dictionary, which has to have all of ``names``."""
    content = as_dict(value) if isinstance(value, Handle) else value
    if not isinstance(content, dict):
        raise Wrong("It is no dictionary.", value=value)
    missing = [name for name in names if name not in content]
    if missing:
        raise Wrong(f"The dictionary has no key {' and no key '.join(missing)}.", value=value)
    return content
