"""Tells how many matrices a network multiplies its inputs by, and what stands between them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

_PRODUCTS: Final = ("mm", "addmm", "bmm", "baddbmm", "linear", "convolution", "mv", "addmv")
#: Inputs that are looked at: enough to tell an affine map of a few hundred numbers from another one.
_MOST_INPUTS: Final = 400
_LEAST_INPUTS: Final = 8
#: A map of more numbers than this share of the inputs would fit anything.
_FITTED: Final = 0.7
_TINY: Final = 1e-30


def distances_from_affine(model: Any, inputs: Any) -> list[float] | None:
    """Return, for each of the network's own matrices in the order of use but the last, how far from affine in its
    product that is which the next one is multiplied by: 0 where it is affine, 1 where it is not at all or cannot be
    told; None where the network uses no matrix.

    Args:
        model: a module.
        inputs: what it takes, shape (n, ...).
    """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    x = inputs[:_MOST_INPUTS]
    model = model.eval()
    with torch.no_grad():
        # Lazy layers get their weights with the first batch.
        model(x)
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters() if parameter.ndim > 1}
    uses: list[tuple[Any, Any]] = []

    class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types for it
        def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
            result = function(*arguments, **(keywords or {}))
            if function.overloadpacket.__name__ in _PRODUCTS:
                tensors = [value for value in arguments if isinstance(value, torch.Tensor) and value.ndim > 1]
                others = [value for value in tensors if value.untyped_storage().data_ptr() not in own]
                if len(others) < len(tensors):
                    uses.append(((others[0] if others else result).clone(), result.clone()))
            return result

    with torch.no_grad(), Watch():  # type: ignore[no-untyped-call]  # nor for its own
        model(x)
    return (
        [_unexplained(product, following, len(x)) for (_, product), (following, _) in pairwise(uses)] if uses else None
    )


def _unexplained(product: Any, following: Any, count: int) -> float:
    import torch

    before, after = _rows(product, count), _rows(following, count)
    if len(before) != len(after) or len(before) < _LEAST_INPUTS:
        return 1.0
    before, after = before - before.mean(0), after - after.mean(0)
    size = after.norm()
    if size == 0:
        return 0.0
    if before.shape[1] < _FITTED * len(before):
        left = after - before @ torch.linalg.lstsq(before, after, driver="gelsd").solution
    elif before.shape == after.shape:
        left = after - before * ((before * after).sum(0) / (before * before).sum(0).clamp_min(_TINY))
    else:
        return 1.0
    return float(left.norm() / size)


def _rows(value: Any, count: int) -> Any:
    """Return one row for each input, where ``value`` can be told apart by inputs."""
    return (value.reshape(count, -1) if value.numel() % count == 0 else value.reshape(1, -1)).double()
