from __future__ import annotations

import contextlib
import json
import math
import tracemalloc
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from sheetgrader.boundary.encoding import HandleReference, Limits, Tensor, decode, encode
from sheetgrader.errors import WireError

#: The machine that runs the tests may be busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

NUMBER_TYPES = (
    hypothesis_numpy.boolean_dtypes()
    | hypothesis_numpy.integer_dtypes(endianness="?")
    | hypothesis_numpy.unsigned_integer_dtypes(endianness="?")
    | hypothesis_numpy.floating_dtypes(endianness="?", sizes=(16, 32, 64))
    | hypothesis_numpy.complex_number_dtypes(endianness="?", sizes=(64, 128))
)
ARRAYS = hypothesis_numpy.arrays(
    NUMBER_TYPES, hypothesis_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**4000), max_value=2**4000)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.complex_numbers(allow_nan=True, allow_infinity=True)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.binary(max_size=20)
    | ARRAYS
    | ARRAYS.filter(lambda array: array.size > 0).map(lambda array: array.reshape(-1)[0])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=15,
)
KINDS = ("float", "int", "complex", "bytes", "list", "tuple", "dict", "array", "scalar", "tensor", "handle")
#: Content with the right keys and anything in them: it comes much further than arbitrary JSON.
ALMOST_RIGHT = st.recursive(
    JSON_VALUES,
    lambda inner: st.fixed_dictionaries(
        {"$": st.sampled_from(KINDS) | JSON_VALUES},
        optional={
            "hex": st.sampled_from(["0x1p0", "nan", "0xff", "-0x1", "0x1p99999", "1" * 5000]) | JSON_VALUES,
            "real": st.just("0x1p0") | JSON_VALUES,
            "imag": st.just("inf") | JSON_VALUES,
            "items": st.lists(inner, max_size=4) | JSON_VALUES,
            "keys": st.lists(st.text(max_size=3), max_size=4) | JSON_VALUES,
            "values": st.lists(inner, max_size=4) | JSON_VALUES,
            "dtype": st.sampled_from(
                ["<f8", ">i4", "|b1", "<c16", "|O", "<U9", "<M8[s]", "|V8", "f8,f8", "(9,)f8", "<f16", "<e"]
            )
            | JSON_VALUES,
            "shape": st.lists(st.integers(-1, 2**60), max_size=70) | st.just([0]) | st.just([]) | JSON_VALUES,
            "buffer": st.integers(-1, 3) | JSON_VALUES,
            "id": st.integers(-1, 2**70) | JSON_VALUES,
            "type": st.text(max_size=5) | JSON_VALUES,
        },
    ),
    max_leaves=10,
)


class RefusesNumbers:
    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray[Any, Any]:
        raise KeyError("no")


def cross(value: object, **arguments: Any) -> Any:
    """Send ``value`` as a message is sent: content as JSON text, buffers as bytes."""
    content, buffers = encode(value, limits=arguments.pop("limits", None), handle=arguments.pop("encode_handle", None))
    text = json.dumps(content, allow_nan=False)
    return decode(json.loads(text), [bytes(buffer) for buffer in buffers], **arguments)


def same(one: object, other: object) -> bool:
    """Tell whether two values are of one type and hold the same, NaN being itself and -0.0 not 0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        first, second = np.asarray(one), np.asarray(other)
        # Numbers arrive in the byte order of this machine.
        return (
            first.shape == second.shape
            and first.dtype.newbyteorder("<") == second.dtype
            and first.astype(second.dtype).tobytes() == second.tobytes()
        )
    if isinstance(one, list | tuple):
        assert isinstance(other, list | tuple)
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        assert isinstance(other, dict)
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return repr(one) == repr(other)


@given(VALUES)
def test_every_value_arrives_as_it_was_sent(value: object) -> None:
    assert same(value, cross(value))


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("-inf"),
        -0.0,
        5e-324,
        1.7976931348623157e308,
        2**53,
        2**53 + 1,
        -(2**4095),
        complex(float("nan"), float("-inf")),
        True,
        np.True_,
        np.float16(0.1),
        np.float32(0.1),
        np.complex64(1 + 2j),
        np.int8(-128),
        "naïve σ(−x) 🎲",
        "",
        b"",
        (),
        [],
        {},
        {"a": [(1, {"b": np.arange(3)})]},
        np.array(3.0),
        np.empty((0, 3), np.float32),
        np.empty((3, 0, 2), np.int16),
        np.arange(6).reshape(2, 3).T,
        np.arange(20)[::-3],
        np.broadcast_to(np.float32(1), (3, 4)),
        np.arange(5, dtype=">f8"),
        np.arange(5, dtype=">i2")[::2],
        np.array([True, False]),
        pytest.param(np.ones((2,) * 20, np.int8), id="twenty dimensions"),  # its repr has a million numbers
    ],
    ids=repr,
)
def test_special_values_arrive_as_they_were_sent(value: object) -> None:
    assert same(value, cross(value))


def test_true_arrives_as_true_and_not_as_one() -> None:
    assert cross([True, 1, False, 0, 1.0]) == [True, 1, False, 0, 1.0]
    assert [type(value) for value in cross([True, 1, False, 0, 1.0])] == [bool, int, bool, int, float]


@given(
    hypothesis_numpy.arrays(
        hypothesis_numpy.floating_dtypes(endianness="<", sizes=(16, 32, 64)),
        hypothesis_numpy.array_shapes(min_dims=0, min_side=0, max_side=3),
    )
)
def test_tensors_arrive_as_the_arrays_they_hold(array: Any) -> None:
    assert same(array, cross(torch.from_numpy(array)))


@pytest.mark.parametrize(
    ("tensor", "array"),
    [
        (torch.tensor(2.5, requires_grad=True), np.array(2.5, np.float32)),
        (torch.tensor([1.0, 2.0], requires_grad=True) * 2, np.array([2.0, 4.0], np.float32)),
        (torch.tensor([1.5, -2.0], dtype=torch.bfloat16), np.array([1.5, -2.0], np.float32)),
        (torch.tensor([1.5], dtype=torch.float8_e5m2), np.array([1.5], np.float32)),
        (torch.tensor([1.5], dtype=torch.float16), np.array([1.5], np.float16)),
        (torch.tensor([True, False]), np.array([True, False])),
        (torch.tensor([1, -2], dtype=torch.int8), np.array([1, -2], np.int8)),
        (torch.tensor([1 + 2j]).conj(), np.array([1 - 2j], np.complex64)),
        (torch.arange(6).reshape(2, 3).T, np.arange(6).reshape(2, 3).T),
        (torch.nn.Parameter(torch.ones(2)), np.ones(2, np.float32)),
        (torch.eye(2).to_sparse(), np.eye(2, dtype=np.float32)),
        (torch.empty(0, 3), np.empty((0, 3), np.float32)),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)
def test_tensors_of_every_kind_arrive(tensor: torch.Tensor, array: Any) -> None:
    assert same(array, cross(tensor))


def test_a_receiver_chooses_what_becomes_of_tensors() -> None:
    arrived = cross([Tensor(np.arange(3, dtype=np.float32)), np.arange(3)], tensor=torch.from_numpy)
    assert torch.equal(arrived[0], torch.arange(3, dtype=torch.float32))
    assert isinstance(arrived[1], np.ndarray)


def test_extended_precision_is_rounded_to_what_every_machine_has() -> None:
    arrived = cross([np.ones(2, np.longdouble), np.ones(2, np.clongdouble)])
    assert [array.dtype for array in arrived] == [np.float64, np.complex128]


def test_an_arrived_array_can_be_written_to() -> None:
    array = cross(np.zeros(3))
    array[0] = 1.0
    assert array[0] == 1.0


class LyingFloat(float):
    def __eq__(self, other: object) -> bool:
        return True

    def __float__(self) -> float:
        return 7.0

    __hash__ = float.__hash__


class LyingList(list[int]):
    def __iter__(self) -> Iterator[int]:
        return iter([7])

    def copy(self) -> list[int]:
        return [7]


class LyingDict(dict[str, int]):
    def items(self) -> Any:
        return [("7", 7)]

    keys = items


class LyingText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "7"


class LyingTuple(tuple[int, ...]):
    __slots__ = ()

    def __iter__(self) -> Iterator[int]:
        return iter([7])


class LyingBytes(bytes):
    pass


class LyingInteger(int):
    def __index__(self) -> int:
        return 7


class CallableList(list[int]):
    def __call__(self) -> int:
        return 3


class TaggedArray(np.ndarray[Any, Any]):
    def __array_finalize__(self, obj: object) -> None:
        self.tag = "tag"


@pytest.mark.parametrize(
    "value",
    [
        LyingBytes(b"a"),
        object(),
        {1: 2},
        {1, 2},
        len,
        np.poly1d([1.0, 2.0]),
        CallableList([1, 2]),
        np.array(["a"]),
        np.array([None]),
        RefusesNumbers(),
        OrderedDict({1: 2}),
        torch.empty(2, device="meta"),
        Tensor(np.array(["a"])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_plain_data_crosses_as_a_handle(value: object) -> None:
    kept: list[object] = []

    def keep(thing: object) -> HandleReference:
        kept.append(thing)
        return HandleReference(len(kept) - 1, type(thing).__name__)

    arrived = cross([value], encode_handle=keep, handle=lambda reference: reference)
    assert arrived == [HandleReference(0, type(value).__name__)]
    assert kept[0] is value
    with pytest.raises(WireError, match=type(value).__name__):
        encode(value)


def test_an_array_of_a_subclass_crosses_as_the_plain_array_underneath() -> None:
    assert type(cross(np.arange(3).view(TaggedArray))) is np.ndarray


Pair = namedtuple("Pair", "first second")


class Ordinal(IntEnum):
    FIRST = 1


class HasNumbers:
    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray[Any, Any]:
        return np.arange(3.0)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Pair(1, 2.0), (1, 2.0)),
        (torch.Size([2, 3]), (2, 3)),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (deque([1, 2], maxlen=3), [1, 2]),
        (range(2, 8, 3), [2, 5]),
        (Ordinal.FIRST, 1),
        (LyingTuple((1, 2)), (1, 2)),
        (LyingList([1, 2]), [1, 2]),
        (LyingDict(a=1), {"a": 1}),
        (LyingText("text"), "text"),
        (LyingInteger(3), 3),
        (LyingFloat(0.5), 0.5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_made_of_plain_data_crosses_as_what_lies_underneath(value: object, plain: object) -> None:
    arrived = cross(value)
    assert type(arrived) is type(plain)
    assert arrived == plain


def test_what_numpy_can_read_crosses_as_an_array() -> None:
    assert np.array_equal(cross(HasNumbers()), np.arange(3.0))


def test_a_range_is_no_longer_than_what_may_cross() -> None:
    with pytest.raises(WireError, match="more than 100,000 items"):
        encode(range(10**30))


def test_a_list_inside_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(WireError, match="nested"):
        encode(endless)


def test_text_that_has_no_utf8_form_is_sent_with_question_marks() -> None:
    assert cross("a\udc80b") == "a?b"
    assert cross({"\ud800": 1}) == {"?": 1}


@pytest.mark.parametrize(
    ("value", "limits", "sentence"),
    [
        (np.zeros(1000), Limits(total_bytes=7999), "larger than"),
        ([np.zeros(500), np.zeros(500)], Limits(total_bytes=7999), "larger than"),
        ("é" * 10, Limits(total_bytes=19), "larger than"),
        ({"é" * 10: 1}, Limits(total_bytes=19), "larger than"),
        (b"a" * 10, Limits(total_bytes=9), "larger than"),
        (np.broadcast_to(np.float64(0), (1 << 40,)), Limits(), "larger than"),
        (list(range(10)), Limits(items=10), "more than 10 items"),
        ([[[1]]], Limits(depth=2), "nested more than 2 levels"),
        (2**4096, Limits(), "4096 binary digits"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_over_a_limit_is_refused_where_it_is_sent(value: object, limits: Limits, sentence: str) -> None:
    with pytest.raises(WireError, match=sentence):
        encode(value, limits=limits)


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        (np.zeros(1000), Limits(total_bytes=7999)),
        ("a" * 10, Limits(total_bytes=9)),
        ({"a" * 10: 1}, Limits(total_bytes=9)),
        (list(range(10)), Limits(items=10)),
        ([[[1]]], Limits(depth=2)),
        (2**400, Limits(integer_bits=64)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_over_a_limit_is_refused_where_it_arrives(value: object, limits: Limits) -> None:
    content, buffers = encode(value)
    with pytest.raises(WireError):
        decode(content, buffers, limits=limits)


@given(VALUES)
def test_what_the_sender_allows_the_receiver_allows(value: object) -> None:
    limits = Limits(total_bytes=200, items=10, depth=3, integer_bits=100)
    try:
        content, buffers = encode(value, limits=limits)
    except WireError:
        return
    decode(content, buffers, limits=limits)


@settings(max_examples=200)
@given(
    JSON_VALUES | ALMOST_RIGHT,
    st.lists(st.binary(max_size=40), max_size=3),
    st.sampled_from([None, lambda reference: reference]),
)
def test_hostile_content_raises_nothing_but_a_wire_error(content: object, buffers: list[bytes], handle: Any) -> None:
    with contextlib.suppress(WireError):
        decode(content, buffers, handle=handle)


def test_nested_hostile_content_is_refused_long_before_the_stack_ends() -> None:
    content: Any = 1
    for _ in range(100_000):
        content = {"$": "list", "items": [content]}
    with pytest.raises(WireError, match="nested"):
        decode(content, [])
    while isinstance(content, dict):
        # Left to itself the interpreter would take the nest apart recursively.
        content = content["items"].pop()


@pytest.mark.parametrize(
    "shape", [[2**40], [2**47, 2**47], [0, 2**47, 2**47], [2**47] * 64, [1] * 65, [-1], [True], [1.0]], ids=str
)
def test_a_shape_that_its_data_does_not_fill_allocates_nothing(shape: list[Any]) -> None:
    content = {"$": "array", "dtype": "<f8", "shape": shape, "buffer": 0}
    with pytest.raises(WireError):
        decode(content, [b"12345678"])


@pytest.mark.parametrize("shape", [[0, 2**47, 2**47], [2**47, 0, 2**47, 2**47]])
def test_an_empty_array_whose_other_axes_are_too_long_is_malformed(shape: list[int]) -> None:
    with pytest.raises(WireError, match="a shape that none can have"):
        decode({"$": "array", "dtype": "<f8", "shape": shape, "buffer": 0}, [b""])


def test_decoding_allocates_no_more_than_was_sent() -> None:
    data = bytes(1 << 20)
    # One buffer under a thousand names.
    content = {"$": "list", "items": [{"$": "array", "dtype": "|u1", "shape": [len(data)], "buffer": 0}] * 1000}
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="larger than"):
            decode(content, [data], limits=Limits(total_bytes=2 << 20))
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "dtype",
    [
        "|O",
        "O8",
        "|V8",
        "<U4",
        "|S8",
        "<M8[s]",
        "<m8[s]",
        "f8,f8",
        "(2,)f8",
        "<f16",
        "<c32",
        "c",
        "a8",
        "object",
        "",
        "f" * 9,
        None,
        3,
        [],
        "{}",
        "i8;",
    ],
)
def test_only_plain_number_types_are_decoded(dtype: object) -> None:
    # As many bytes as the widest of these types has.
    for size in (1, 4, 8, 16, 32):
        with pytest.raises(WireError):
            decode({"$": "array", "dtype": dtype, "shape": [1], "buffer": 0}, [bytes(size)])


@pytest.mark.parametrize("text", ["0x1p99999", "1e5", "0x" + "1" * 100, "", " ", "0x1p0\n0x1p0", None, 1.0, "einsÿ"])
def test_a_float_without_its_digits_is_malformed(text: object) -> None:
    if text == "1e5":
        # float.fromhex reads it as hexadecimal digits, which is harmless.
        assert decode({"$": "float", "hex": text}, []) == 0x1E5
        return
    with pytest.raises(WireError):
        decode({"$": "float", "hex": text}, [])


@pytest.mark.parametrize("number", [2**53 + 1, -(2**70), 10**400])
def test_a_large_integer_that_comes_as_itself_is_malformed(number: int) -> None:
    with pytest.raises(WireError):
        decode(number, [])


@pytest.mark.parametrize(
    "content", [1.5, float("nan"), [1], {"$": ["float"]}, {"$": "float", "hex": {}}, {"$": "Float", "hex": "0x0"}, {}]
)
def test_content_of_no_known_kind_is_malformed(content: object) -> None:
    with pytest.raises(WireError):
        decode(content, [])


def test_a_handle_is_malformed_where_none_is_expected() -> None:
    with pytest.raises(WireError):
        decode({"$": "handle", "id": 0, "type": "list"}, [])


def test_a_handles_type_name_is_shortened() -> None:
    reference = decode({"$": "handle", "id": 0, "type": "x" * 1000}, [], handle=lambda reference: reference)
    assert len(reference.type_name) == 200


def test_the_number_of_axes_is_numpys_own() -> None:
    array = np.ones((1,) * 64)
    assert cross(array).shape == array.shape
    assert math.prod(array.shape) == 1
