"""The wire: values as JSON content plus raw binary buffers, and back.

Both sides of the trust boundary use this module: the student's kernel encodes what a function returned, the grader
decodes it. Encoding and decoding are pure functions. Decoding is written for hostile input: it never unpickles, never
evaluates, allocates no more than it was sent, and answers every malformed message with
:class:`~sheetgrader.errors.WireError`.

Values that cross: None, bool, int, float, complex, str, bytes, list, tuple, dict with string keys, NumPy arrays and
scalars, and torch tensors of plain number types. What NumPy would read like one of these crosses as it: a named tuple
as a tuple, a range as a list, an object with ``__array__`` as an array. Everything else crosses as a handle: a number
that the kernel keeps an object under, with the name of the object's type. So does whatever can be called, a polynomial
of NumPy's for instance: as an array of its coefficients it could not be called any more.

Content: None, bool, str and int are themselves in JSON; every other value is an object with the key ``"$"`` that names
its kind:

=============  =====================================================================
``float``      ``hex``: the number as :meth:`float.hex` writes it, so NaN and infinities survive
``int``        ``hex``: an integer that 53 bits do not hold
``complex``    ``real`` and ``imag``, each as hex
``bytes``      ``buffer``: the index of the buffer
``list``       ``items``
``tuple``      ``items``
``dict``       ``keys`` and ``values``
``array``      ``dtype`` (as ``<f8``), ``shape``, ``buffer``: a NumPy array, C-contiguous
``scalar``     the same for a NumPy scalar
``tensor``     the same for a torch tensor, moved to the CPU
``handle``     ``id`` and ``type``
=============  =====================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sheetgrader.boundary.plain_data import PLAIN_KINDS, tensor_as_array, underneath
from sheetgrader.errors import WireError

#: JSON content of an encoded value.
Content = Any
Buffer = bytes | memoryview

#: The number types on the wire, by their names there. NumPy's own parser understands far more than these names.
_DTYPES: Final = {
    np.dtype(name).newbyteorder("<").str: np.dtype(name).newbyteorder("<")
    for name in ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
}
_SAFE_INTEGER: Final = 2**53
#: NumPy's own limit on the number of axes.
_MOST_AXES: Final = 64


@dataclass(frozen=True)
class Limits:
    """How much one message may hold; a value over a limit raises :class:`WireError` on whichever side meets it
    first.
    """

    #: All buffers and texts together.
    total_bytes: int = 64 << 20
    #: How deep containers may nest.
    depth: int = 16
    #: How many values, those inside containers included.
    items: int = 100_000
    #: How many binary digits an integer may have.
    integer_bits: int = 4096


@dataclass(frozen=True)
class HandleReference:
    """A handle as it stands on the wire: the kernel's number for an object, and the name of the object's type."""

    id: int
    type_name: str


@dataclass(frozen=True)
class Tensor:
    """An array that arrives in the student's kernel as a torch tensor; lets a grader send tensors without importing
    torch.
    """

    array: npt.NDArray[Any]


@dataclass
class _Budget:
    limits: Limits
    bytes_left: int = field(init=False)
    items_left: int = field(init=False)

    def __post_init__(self) -> None:
        self.bytes_left = self.limits.total_bytes
        self.items_left = self.limits.items

    def spend_item(self, depth: int) -> None:
        self.items_left -= 1
        if self.items_left < 0:
            raise WireError(f"the value holds more than {self.limits.items:,} items")
        if depth > self.limits.depth:
            raise WireError(f"the value is nested more than {self.limits.depth} levels deep")

    def spend_bytes(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise WireError(f"the value is larger than {self.limits.total_bytes / (1 << 20):g} MiB")


def encode(
    value: object,
    *,
    handle: Callable[[object], HandleReference] | None = None,
    limits: Limits | None = None,
) -> tuple[Content, list[Buffer]]:
    """Encode ``value`` as JSON content and buffers.

    ``handle`` is asked for a reference to every object that cannot cross as plain data. A subclass of a built-in type
    may answer for itself, so what crosses is the plain value underneath.

    Raises:
        WireError: the value is over a limit, or cannot cross and no ``handle`` was given.
    """
    encoder = _Encoder(handle, _Budget(limits or Limits()))
    return encoder.encode(value, 0), encoder.buffers


class _Encoder:
    def __init__(self, handle: Callable[[object], HandleReference] | None, budget: _Budget) -> None:
        self._handle = handle
        self._budget = budget
        self.buffers: list[Buffer] = []

    def encode(self, value: object, depth: int) -> Content:
        self._budget.spend_item(depth)
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is str:
            return self._text(value)  # type: ignore[arg-type]  # kind is str
        if kind is int:
            return self._integer(value)  # type: ignore[arg-type]  # kind is int
        if kind is float:
            return {"$": "float", "hex": value.hex()}  # type: ignore[attr-defined]  # kind is float
        if kind is complex:
            # Kind is complex.
            return {"$": "complex", "real": value.real.hex(), "imag": value.imag.hex()}  # type: ignore[attr-defined]
        if kind is bytes:
            return {"$": "bytes", "buffer": self._buffer(value)}  # type: ignore[arg-type]  # kind is bytes
        if kind is list or kind is tuple:
            # A sequence.
            return {"$": kind.__name__, "items": [self.encode(item, depth + 1) for item in value]}  # type: ignore[attr-defined]
        if kind is dict and all(type(key) is str for key in value):  # type: ignore[attr-defined]  # kind is dict
            return {
                "$": "dict",
                "keys": [self._text(key) for key in value],  # type: ignore[attr-defined]  # kind is dict
                # Kind is dict.
                "values": [self.encode(item, depth + 1) for item in value.values()],  # type: ignore[attr-defined]
            }
        return self._array_or_handle(value, depth)

    def _text(self, text: str) -> str:
        # A lone surrogate has no UTF-8 form, so the text could not be sent at all.
        self._budget.spend_bytes(len(text.encode("utf-8", "replace")))
        return text.encode("utf-8", "replace").decode("utf-8")

    def _integer(self, number: int) -> Content:
        if -_SAFE_INTEGER <= number <= _SAFE_INTEGER:
            return number
        if number.bit_length() > self._budget.limits.integer_bits:
            raise WireError(f"the integer has more than {self._budget.limits.integer_bits} binary digits")
        return {"$": "int", "hex": hex(number)}

    def _buffer(self, data: Buffer) -> int:
        self._budget.spend_bytes(len(data))
        self.buffers.append(data)
        return len(self.buffers) - 1

    def _array_or_handle(self, value: object, depth: int) -> Content:
        return self._handle_content(value) if callable(value) else self._array_or_plain(value, depth)

    def _array_or_plain(self, value: object, depth: int) -> Content:
        if isinstance(value, np.generic) and value.dtype.kind in PLAIN_KINDS:
            return self._array("scalar", np.asarray(value))
        # A subclass may lie about itself, so the plain array underneath is taken.
        if isinstance(value, np.ndarray) and value.dtype.kind in PLAIN_KINDS:
            return self._array("array", np.asarray(value))
        if isinstance(value, Tensor) and np.asarray(value.array).dtype.kind in PLAIN_KINDS:
            return self._array("tensor", np.asarray(value.array))
        tensor = tensor_as_array(value)
        if tensor is not None:
            return self._array("tensor", tensor)
        plain = underneath(value, self._budget.items_left)
        return self._handle_content(value) if plain is value else self.encode(plain, depth)

    def _handle_content(self, value: object) -> Content:
        if self._handle is None:
            raise WireError(f"a value of type {type(value).__name__} cannot cross as plain data")
        reference = self._handle(value)
        return {"$": "handle", "id": reference.id, "type": reference.type_name}

    def _array(self, kind: str, array: npt.NDArray[Any]) -> Content:
        if array.dtype.itemsize > 16:
            # Extended precision differs from machine to machine.
            array = array.astype(np.complex128)
        elif array.dtype.kind == "f" and array.dtype.itemsize > 8:
            array = array.astype(np.float64)
        if array.dtype.byteorder == ">":
            array = array.astype(array.dtype.newbyteorder("<"))
        if array.nbytes > self._budget.bytes_left:
            # Refused before a copy is made of it.
            self._budget.spend_bytes(array.nbytes)
        contiguous = np.ascontiguousarray(array)
        data = contiguous.reshape(-1).view(np.uint8).data if array.size else b""
        return {"$": kind, "dtype": array.dtype.str, "shape": list(array.shape), "buffer": self._buffer(data)}


def decode(
    content: Content,
    buffers: Sequence[Buffer],
    *,
    handle: Callable[[HandleReference], object] | None = None,
    tensor: Callable[[npt.NDArray[Any]], object] | None = None,
    limits: Limits | None = None,
) -> Any:
    """Decode what :func:`encode` wrote; safe on any input that JSON can hold.

    Args:
        content: the JSON content.
        buffers: the raw buffers; arrays are copied out of them.
        handle: makes an object of a handle; without it a handle is malformed.
        tensor: makes an object of a tensor's array; without it the array itself is taken.
        limits: what the message may hold.

    Raises:
        WireError: the content is malformed or over a limit.
    """
    decoder = _Decoder(buffers, handle, tensor, _Budget(limits or Limits()))
    return decoder.decode(content, 0)


class _Decoder:
    def __init__(
        self,
        buffers: Sequence[Buffer],
        handle: Callable[[HandleReference], object] | None,
        tensor: Callable[[npt.NDArray[Any]], object] | None,
        budget: _Budget,
    ) -> None:
        self._buffers = buffers
        self._handle = handle
        self._tensor = tensor
        self._budget = budget

    def decode(self, content: Content, depth: int) -> Any:
        self._budget.spend_item(depth)
        if content is None or content is True or content is False:
            return content
        if type(content) is str:
            self._budget.spend_bytes(len(content))
            return content
        if type(content) is int:
            if not -_SAFE_INTEGER <= content <= _SAFE_INTEGER:
                raise WireError("malformed value: an integer out of range")
            return content
        if type(content) is not dict:
            raise WireError(f"malformed value: {type(content).__name__} where a value should stand")
        kind = content.get("$")
        reader = _READERS.get(kind) if type(kind) is str else None
        if reader is None:
            raise WireError("malformed value: of no known kind")
        return reader(self, content, depth)

    def _float(self, content: dict[str, Content], depth: int) -> float:
        return _float_from_hex(content.get("hex"))

    def _integer(self, content: dict[str, Content], depth: int) -> int:
        text = content.get("hex")
        if type(text) is not str or len(text) > self._budget.limits.integer_bits // 4 + 4:
            raise WireError("malformed value: an integer without its digits")
        try:
            return int(text, 16)
        except ValueError:
            raise WireError("malformed value: an integer without its digits") from None

    def _complex(self, content: dict[str, Content], depth: int) -> complex:
        return complex(_float_from_hex(content.get("real")), _float_from_hex(content.get("imag")))

    def _bytes(self, content: dict[str, Content], depth: int) -> bytes:
        return bytes(self._take_buffer(content))

    def _list(self, content: dict[str, Content], depth: int) -> list[Any]:
        return [self.decode(item, depth + 1) for item in _items(content, "items")]

    def _tuple(self, content: dict[str, Content], depth: int) -> tuple[Any, ...]:
        return tuple(self._list(content, depth))

    def _dict(self, content: dict[str, Content], depth: int) -> dict[str, Any]:
        keys, values = _items(content, "keys"), _items(content, "values")
        if len(keys) != len(values) or not all(type(key) is str for key in keys):
            raise WireError("malformed value: a dict whose keys and values do not match")
        for key in keys:
            self._budget.spend_bytes(len(key))
        return {key: self.decode(value, depth + 1) for key, value in zip(keys, values, strict=True)}

    def _array(self, content: dict[str, Content], depth: int) -> npt.NDArray[Any]:
        dtype, shape = _dtype(content.get("dtype")), _shape(_items(content, "shape"))
        data = self._take_buffer(content)
        if math.prod(shape) * dtype.itemsize != len(data):
            raise WireError("malformed value: an array whose shape does not fit its data")
        try:
            return np.frombuffer(data, dtype).reshape(shape).copy()
        except ValueError:
            # An empty array may have other axes longer than any array can be.
            raise WireError("malformed value: an array with a shape that none can have") from None

    def _scalar(self, content: dict[str, Content], depth: int) -> Any:
        array = self._array(content, depth)
        if array.shape != ():
            raise WireError("malformed value: a scalar with axes")
        return array[()]

    def _tensor_value(self, content: dict[str, Content], depth: int) -> Any:
        array = self._array(content, depth)
        return array if self._tensor is None else self._tensor(array)

    def _handle_value(self, content: dict[str, Content], depth: int) -> Any:
        number, type_name = content.get("id"), content.get("type")
        if self._handle is None or type(number) is not int or number < 0 or type(type_name) is not str:
            raise WireError("malformed value: a handle that names nothing")
        self._budget.spend_bytes(len(type_name))
        return self._handle(HandleReference(number, type_name[:200]))

    def _take_buffer(self, content: dict[str, Content]) -> memoryview:
        index = content.get("buffer")
        if type(index) is not int or not 0 <= index < len(self._buffers):
            raise WireError("malformed value: a buffer that was not sent")
        data = memoryview(self._buffers[index]).cast("B")
        # Spent each time it is named: one buffer under a thousand names would otherwise be copied a thousand times.
        self._budget.spend_bytes(len(data))
        return data


_READERS: Final[dict[str, Callable[[_Decoder, dict[str, Content], int], Any]]] = {
    "float": _Decoder._float,
    "int": _Decoder._integer,
    "complex": _Decoder._complex,
    "bytes": _Decoder._bytes,
    "list": _Decoder._list,
    "tuple": _Decoder._tuple,
    "dict": _Decoder._dict,
    "array": _Decoder._array,
    "scalar": _Decoder._scalar,
    "tensor": _Decoder._tensor_value,
    "handle": _Decoder._handle_value,
}


def _float_from_hex(text: Content) -> float:
    if type(text) is not str or len(text) > 64:
        raise WireError("malformed value: a float without its digits")
    try:
        return float.fromhex(text)
    except (ValueError, OverflowError):
        raise WireError("malformed value: a float without its digits") from None


def _items(content: dict[str, Content], key: str) -> list[Content]:
    items = content.get(key)
    if type(items) is not list:
        raise WireError(f"malformed value: no {key}")
    return items


def _dtype(text: Content) -> np.dtype[Any]:
    dtype = _DTYPES.get(text) if type(text) is str else None
    if dtype is None:
        raise WireError("malformed value: an array without a plain number type")
    return dtype


def _shape(items: list[Content]) -> tuple[int, ...]:
    if len(items) > _MOST_AXES or not all(type(size) is int and 0 <= size < 2**48 for size in items):
        raise WireError("malformed value: an array without a shape")
    return tuple(items)
