"""Numbers out of whatever a student returned, and their comparison with what was asked for."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sheetgrader.graders.describing import describe, number
from sheetgrader.graders.failures import BadValue, Place, Wrong

#: Relative tolerances, measured against the size of the whole array.
DOUBLE_TOLERANCE: Final = 1e-6
#: Single precision, with room for cancellation.
SINGLE_TOLERANCE: Final = 1e-4


def numbers(
    value: object, shape: tuple[int | None, ...] | None = None, *, finite: bool = True, integer: bool = False
) -> npt.NDArray[Any]:
    """Return ``value`` as an array of real numbers.

    Whatever :func:`numpy.asarray` turns into numbers counts: floats, 0-d arrays, nested lists, tuples, tensors. Single
    precision is kept, so that a comparison can allow for it; every other number becomes float64.

    Args:
        value: what the student returned.
        shape: the shape asked for; None in it stands for any length. An array of shape (1,) counts where a single
            number was asked.
        finite: refuse NaN and infinities.
        integer: refuse numbers that are not whole.

    Raises:
        BadValue: a sentence for the student.
    """
    array = _as_array(value)
    if shape is not None:
        if shape == () and array.shape == (1,):
            array = array.reshape(())
        if len(array.shape) != len(shape) or any(
            want not in (None, got) for got, want in zip(array.shape, shape, strict=True)
        ):
            raise BadValue(f"It has the shape {array.shape}, but {_shape_in_words(shape)} was asked for.", value=value)
    if finite and not np.isfinite(array).all():
        raise BadValue(
            f"It holds {'NaN' if np.isnan(array).any() else 'infinite numbers'}: {describe(array)}.", value=value
        )
    if integer and not (array == np.round(array)).all():
        raise BadValue(f"Whole numbers were asked for, but it holds others: {describe(array)}.", value=value)
    return array


def _as_array(value: object) -> npt.NDArray[Any]:
    if value is None or isinstance(value, str | bytes | dict):
        raise BadValue(
            f"It is {'None' if value is None else 'a ' + type(value).__name__}, where numbers were asked for.",
            value=value,
        )
    if _holds_text(value):
        # NumPy would give every entry the room of the longest text.
        raise BadValue(f"It holds text, where numbers were asked for: {describe(value)}.", value=value)
    try:
        array = np.asarray(value)
    except Exception:  # noqa: BLE001  # a proxy or a ragged list may refuse in any way it likes
        raise BadValue(f"It cannot be read as an array of numbers: {describe(value)}.", value=value) from None
    if array.dtype.kind == "c" and not np.any(array.imag):
        array = array.real
    if array.dtype.kind not in "biuf":
        raise BadValue(f"It cannot be read as an array of real numbers: {describe(value)}.", value=value)
    return array if array.dtype in (np.float32, np.float16) else array.astype(np.float64)


def _holds_text(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_text, value))
    return isinstance(value, str | bytes)


def _shape_in_words(shape: tuple[int | None, ...]) -> str:
    if shape == ():
        return "a single number"
    return (
        "the shape ("
        + ", ".join("any" if size is None else str(size) for size in shape)
        + ("," if len(shape) == 1 else "")
        + ")"
    )


def assert_close(
    got: object,
    want: npt.ArrayLike,
    *,
    rtol: float | None = None,
    atol: float = 0.0,
    scale: float | None = None,
    what: str = "",
) -> npt.NDArray[Any]:
    """Check that ``got`` holds the numbers ``want``; the student's value comes first.

    Type, shape and finiteness are checked before the numbers. The tolerance is measured against the size of the whole
    array, ``|got - want| <= atol + rtol * scale`` with ``scale = max |want|``, never element by element, so rounding in
    small entries costs nothing.

    Args:
        got: what the student returned.
        want: the numbers asked for; they are never shown to the student.
        rtol: 1e-6 by default, or 1e-4 where ``got`` or ``want`` is in single precision.
        atol: added to the tolerance.
        scale: what ``rtol`` is measured against in place of ``max |want|``; 1 for probabilities.
        what: what is compared, where it is not the value itself: "the second entry".

    Returns:
        ``got`` as an array.

    Raises:
        BadValue: ``got`` is not an array of finite numbers of the shape of ``want``.
        Wrong: the numbers differ.
    """
    expected = np.asarray(want)
    try:
        array = numbers(got, expected.shape)
    except BadValue as error:
        raise BadValue(f"{what[:1].upper()}{what[1:]}: {error}" if what else str(error), value=got) from None
    single = array.dtype != np.float64 or expected.dtype in (np.float32, np.float16)
    tolerance = rtol if rtol is not None else SINGLE_TOLERANCE if single else DOUBLE_TOLERANCE
    expected = expected.astype(np.float64)
    if expected.size == 0:
        return array
    size = float(np.max(np.abs(expected))) if scale is None else scale
    # Where everything asked for is zero there is no size to measure against.
    allowed = atol + tolerance * (size or 1.0)
    # Numbers near the largest that there are may differ by more than that, which is an infinite difference and no
    # reason to warn.
    with np.errstate(over="ignore"):
        difference = np.abs(array.astype(np.float64) - expected)
    worst = int(np.argmax(difference))
    if not difference.reshape(-1)[worst] <= allowed:
        index = tuple(int(position) for position in np.unravel_index(worst, array.shape))
        raise Wrong(
            _where_it_differs(array, difference > allowed, index, what), value=got, place=Place(index, array.shape)
        )
    return array


def _where_it_differs(array: npt.NDArray[Any], wrong: npt.NDArray[np.bool_], index: tuple[int, ...], what: str) -> str:
    subject = what or "the value"
    if array.size == 1:
        return f"{subject[:1].upper()}{subject[1:]} {describe(array.reshape(-1)[0])} is not right."
    place = f"at index {index[0] if len(index) == 1 else index}"
    of = f"{array.size} numbers{' of ' + what if what else ''}"
    count = int(wrong.sum())
    if count == 1:
        return f"1 of the {of} is not right: the one {place}, which is {number(array[index])}."
    which = f"None of the {of} is right" if count == array.size else f"{count} of the {of} are not right"
    return f"{which}; the one furthest off stands {place} and is {number(array[index])}."
