"""Models of PyTorch that live in the student's sandbox: made from a seed, asked about inputs, and trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sheetgrader.boundary.encoding import Tensor
from sheetgrader.graders.criteria import probe
from sheetgrader.graders.failures import StudentError, Wrong
from sheetgrader.graders.student import Address, Handle
from sheetgrader.results import Outcome

_Found = TypeVar("_Found")


@probe
def seed_everything(seed):  # type: ignore[no-untyped-def]  # runs in the sandbox, as all probes do
    """Put the global random generators into a place that ``seed`` decides."""
    import random
    import sys

    import numpy

    random.seed(seed)
    numpy.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@probe
def number_types(model):  # type: ignore[no-untyped-def]
    """Return the types of the model's parameters, ``["float32"]``, or None where it is no module of PyTorch's."""
    import sys

    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        return None
    return sorted({str(parameter.dtype).replace("torch.", "") for parameter in model.parameters()})


@probe
def evaluation_mode(model):  # type: ignore[no-untyped-def]
    """Switch a module to evaluation mode, which is not told as a question to the student's code."""
    if callable(getattr(model, "eval", None)):
        model.eval()


def new_model(constructor: Callable[..., Any], name: str, seed: int, *arguments: Any, **keywords: Any) -> Handle:
    """Return a new model, whose weights start where ``seed`` decides.

    Raises:
        StudentError: it is no module of PyTorch's.
    """
    seed_everything(seed)
    model = constructor(*arguments, **keywords)
    if not isinstance(model, Handle) or number_types(model) is None:
        raise StudentError(f"{name}(…) is no torch.nn.Module.", value=model)
    return model


def ask(
    model: Handle, inputs: npt.NDArray[Any], *, part: Address | Handle | None = None, precision: str = "float32"
) -> Any:
    """Return what a model, or a part of it, says on inputs, as it came back.

    Raises:
        Wrong: it raised, and its parameters are not of PyTorch's default type.
    """
    try:
        return (model if part is None else part)(Tensor(inputs.astype(precision)))
    except StudentError as error:
        types = number_types(model) if error.outcome is Outcome.RAISED else None
        if isinstance(types, list) and types not in ([], ["float32"]):
            raise Wrong(
                f"The model's parameters are of the type {', '.join(map(str, types))[:60]}; leave PyTorch's default,"
                " float32, as its inputs have it."
            ) from None
        raise


def tensors_or_arrays(call: Callable[[Callable[[npt.NDArray[Any]], Any]], _Found]) -> _Found:
    """Return what ``call`` returns when it sends data as tensors, or as arrays where that raises."""
    try:
        return call(Tensor)
    except StudentError as with_tensors:
        if with_tensors.outcome is not Outcome.RAISED:
            raise
        try:
            return call(np.asarray)
        except StudentError:
            raise with_tensors from None
