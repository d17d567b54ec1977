"""Answers to ``probe_request``: what the student's namespace holds and what its functions return, as plain data.

A grader never reaches into the kernel; it asks, and :class:`Namespace` answers with JSON content and raw buffers, see
:mod:`sheetgrader.boundary.encoding`. This code runs in the student's own process, so nothing it says can be trusted. It
is written to give an answer whatever the student's objects do: an exception whose text raises, a function that never
returns and is interrupted, a value that is too large to send.
"""

from __future__ import annotations

import sys
import sysconfig
import time
import traceback
import types
import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sheetgrader.boundary import encoding
from sheetgrader.errors import WireError

Answer = dict[str, Any]

_LONGEST_TEXT: Final = 2000
_LONGEST_TRACEBACK: Final = 4000
_MOST_FRAMES: Final = 12
_MOST_WARNINGS: Final = 20
_LONGEST_WARNING: Final = 300
#: NumPy's own defaults, whatever a cell has set with :func:`numpy.seterr`.
_FLOATING_POINT_WARNINGS: Final[dict[str, Any]] = {
    "divide": "warn",
    "over": "warn",
    "under": "ignore",
    "invalid": "warn",
}
_LIBRARY_FOLDERS: Final = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {str(Path(__file__).parent)}
)


class _Missing(Exception):
    """A name or an attribute does not exist; its text is the dotted address."""


class _Refused(Exception):
    """The answer cannot be given; its text is the reason."""


@dataclass(frozen=True)
class _Outcome:
    """What a call gave back, and what it did besides."""

    value: object
    changed_arguments: Sequence[str] = ()
    warnings: Sequence[str] = ()
    seconds: float = 0.0


class _Unbound:
    """Stands for the binding of a name that did not exist."""


class Namespace:
    """A student's namespace as graders may ask it.

    Args:
        variables: the names that the student's cells have bound; stand-ins are bound here.
        figures: gives the figure records of a cell by its name.
        describe_file: how a traceback names a file of code, as ``Cell In[3]``; None for the file's own name.
    """

    def __init__(
        self,
        variables: MutableMapping[str, Any],
        *,
        figures: Callable[[str], Sequence[Mapping[str, object]]] = lambda _cell: (),
        describe_file: Callable[[str], str | None] = lambda _file: None,
    ) -> None:
        self._variables = variables
        self._figures = figures
        self._describe_file = describe_file
        self._objects: list[object] = []
        #: The objects are kept alive by the list, so an identity stands for one object only.
        self._numbers: dict[int, int] = {}
        self._originals: dict[str, object] = {}

    def answer(
        self, request: Mapping[str, Any], buffers: Sequence[encoding.Buffer]
    ) -> tuple[Answer, list[encoding.Buffer]]:
        """Answer one request; never raises, whatever the student's objects do."""
        try:
            return self._answer(request, buffers)
        except KeyboardInterrupt:
            return {"status": "interrupted"}, []

    def _answer(
        self, request: Mapping[str, Any], buffers: Sequence[encoding.Buffer]
    ) -> tuple[Answer, list[encoding.Buffer]]:
        try:
            return self._report(self._run(request, buffers), request)
        except KeyboardInterrupt:
            raise
        except _Missing as missing:
            return {"status": "missing", "name": str(missing)}, []
        except (_Refused, WireError) as refusal:
            return {"status": "refused", "reason": str(refusal)}, []
        # Student code may raise anything, SystemExit included, and a grader waits for the answer.
        except BaseException as error:  # noqa: BLE001
            return self._describe_error(error), []

    def _run(self, request: Mapping[str, Any], buffers: Sequence[encoding.Buffer]) -> _Outcome:
        operation = request.get("operation")
        if operation == "call":
            return self._call(self._resolve(request), request, buffers)
        if operation == "fetch":
            return _Outcome(self._resolve(request))
        if operation == "probe":
            return self._call(_define(request), request, buffers)
        if operation == "stand_in":
            self._stand_in(_text(request, "name"), _define(request))
            return _Outcome(None)
        if operation == "restore":
            self._restore(_text(request, "name"))
            return _Outcome(None)
        if operation == "figures":
            return _Outcome(list(self._figures(_text(request, "cell"))))
        if operation == "ping":
            return _Outcome(None)
        raise _Refused("the request names no known operation")

    def _report(self, outcome: _Outcome, request: Mapping[str, Any]) -> tuple[Answer, list[encoding.Buffer]]:
        try:
            value, buffers = encoding.encode(outcome.value, handle=self._keep, limits=_limits(request))
        except (WireError, KeyboardInterrupt):
            raise
        except BaseException as error:
            # An array or tensor of a class of the student's own may run the student's code when it is read.
            raise _Refused(f"the value could not be read: {_type_name(error)}") from error
        answer = {
            "status": "ok",
            "value": value,
            "changed_arguments": list(outcome.changed_arguments),
            "warnings": list(outcome.warnings),
            "seconds": outcome.seconds,
        }
        return answer, buffers

    def _resolve(self, request: Mapping[str, Any]) -> Any:
        target = request.get("target")
        if not isinstance(target, Mapping):
            raise _Refused("the request names no target")
        if "handle" in target:
            found, address = self._look_up(target["handle"]), "the object"
        else:
            address = _text(target, "name")
            if address not in self._variables:
                raise _Missing(address)
            found = self._variables[address]
        for attribute in request.get("path", ()):
            address = f"{address}.{attribute}"
            try:
                found = getattr(found, attribute)
            except AttributeError:
                raise _Missing(address) from None
        return found

    def _call(self, function: Any, request: Mapping[str, Any], buffers: Sequence[encoding.Buffer]) -> _Outcome:
        arguments, keywords = self._decode_values(request, buffers)
        with warnings.catch_warnings(record=True) as caught, np.errstate(**_FLOATING_POINT_WARNINGS):
            warnings.simplefilter("always")
            began = time.perf_counter()
            value = function(*arguments, **keywords)
            seconds = time.perf_counter() - began
        if type(value) is types.CoroutineType:
            value.close()
            raise _Refused(
                "the function is asynchronous: it gave back a coroutine, which has no value until it is awaited"
            )
        # Decoded once more, because the copies that the call was given are the student's to change.
        untouched, untouched_keywords = self._decode_values(request, buffers)
        changed = [
            str(position)
            for position, (now, then) in enumerate(zip(arguments, untouched, strict=True))
            if not _unchanged(now, then)
        ]
        changed += [name for name, then in untouched_keywords.items() if not _unchanged(keywords[name], then)]
        return _Outcome(value, changed, [_warning_text(warning) for warning in caught[:_MOST_WARNINGS]], seconds)

    def _decode_values(
        self, request: Mapping[str, Any], buffers: Sequence[encoding.Buffer]
    ) -> tuple[list[Any], dict[str, Any]]:
        if "values" not in request:
            return [], {}
        values = encoding.decode(
            request["values"], buffers, handle=lambda reference: self._look_up(reference.id), tensor=_as_tensor
        )
        if (
            type(values) is not dict
            or type(values.get("arguments")) is not list
            or type(values.get("keywords")) is not dict
        ):
            raise _Refused("the request's values are no arguments and keywords")
        return values["arguments"], values["keywords"]

    def _stand_in(self, name: str, make: Callable[[object], object]) -> None:
        replacement = make(self._variables.get(name))
        self._originals.setdefault(name, self._variables.get(name, _Unbound))
        self._variables[name] = replacement

    def _restore(self, name: str) -> None:
        if name not in self._originals:
            # Restored already, or replaced in a kernel that has ended since: this one's own binding stays.
            return
        original = self._originals.pop(name)
        if original is _Unbound:
            self._variables.pop(name, None)
        else:
            self._variables[name] = original

    def _keep(self, value: object) -> encoding.HandleReference:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        return encoding.HandleReference(number, _type_name(value))

    def _look_up(self, number: object) -> object:
        if type(number) is not int or not 0 <= number < len(self._objects):
            raise _Refused("the request names an object that this kernel does not hold")
        return self._objects[number]

    def _describe_error(self, error: BaseException) -> Answer:
        return {
            "status": "raised",
            "ename": _type_name(error),
            "evalue": _safe_text(error)[:_LONGEST_TEXT],
            "traceback": self._student_frames(error),
            "errno": _error_number(error),
        }

    def _student_frames(self, error: BaseException) -> str:
        frames = [
            frame
            for frame in traceback.extract_tb(_plain_attribute(BaseException, "__traceback__", error))
            if not frame.filename.startswith(_LIBRARY_FOLDERS)
        ]
        lines = [
            f"{self._describe_file(frame.filename) or Path(frame.filename).name}, line {frame.lineno}, in"
            f" {frame.name}\n    {frame.line}\n"
            for frame in frames[-_MOST_FRAMES:]
        ]
        return _sendable("".join(lines))[-_LONGEST_TRACEBACK:]


def _define(request: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the function that the request's source defines, in a namespace of its own."""
    name = _text(request, "function")
    namespace: dict[str, Any] = {"__name__": "probe"}
    # Without dont_inherit this module's own future import would change the meaning of the source.
    # The source is the grader's.
    exec(compile(_text(request, "source"), "<probe>", "exec", dont_inherit=True), namespace)  # noqa: S102
    if not callable(namespace.get(name)):
        raise _Refused(f"the source defines no function {name}")
    function: Callable[..., Any] = namespace[name]
    return function


def _text(request: Mapping[str, Any], key: str) -> str:
    text = request.get(key)
    if type(text) is not str:
        raise _Refused(f"the request has no {key}")
    return text


def _limits(request: Mapping[str, Any]) -> encoding.Limits:
    wanted = request.get("limits") or {}
    return encoding.Limits(
        **{
            key: value
            for key, value in wanted.items()
            if key in ("total_bytes", "depth", "items") and type(value) is int
        }
    )


def _as_tensor(array: np.ndarray[Any, Any]) -> object:
    import torch  # only graders that send tensors need it, and a kernel may lack it

    return torch.from_numpy(array)


def _unchanged(now: object, then: object) -> bool:
    """Tell whether ``now`` still holds exactly what ``then`` holds, without asking any object for its own opinion."""
    if now is then:
        return True
    if type(now) is not type(then):
        return False
    if isinstance(then, list | tuple):
        assert isinstance(now, list | tuple)  # noqa: S101  # the types are equal
        return len(now) == len(then) and all(_unchanged(one, other) for one, other in zip(now, then, strict=True))
    if isinstance(then, dict):
        assert isinstance(now, dict)  # noqa: S101  # the types are equal
        return list(now) == list(then) and all(_unchanged(now[key], then[key]) for key in then)
    if isinstance(then, np.ndarray | np.generic):
        return _same_numbers(np.asarray(now), np.asarray(then))
    if _is_tensor(then):
        # Both are tensors.
        return _same_numbers(now.detach().numpy(), then.detach().numpy())  # type: ignore[attr-defined]
    # What is left is immutable: numbers, texts, bytes. Their written form tells NaN from NaN and -0.0 from 0.0 as it
    # should.
    return repr(now) == repr(then)


def _same_numbers(now: np.ndarray[Any, Any], then: np.ndarray[Any, Any]) -> bool:
    return now.dtype == then.dtype and now.shape == then.shape and np.array_equal(_bits(now), _bits(then))


def _bits(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    # As integers NaN equals itself, and -0.0 is not 0.0.
    return np.ascontiguousarray(array).reshape(-1).view(f"u{min(array.itemsize, 8)}")


def _is_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _type_name(value: object) -> str:
    return _sendable(_plain_attribute(type, "__name__", type(value)))[:200]


def _error_number(error: BaseException) -> int | None:
    number = _plain_attribute(OSError, "errno", error) if issubclass(type(error), OSError) else None
    return number if type(number) is int else None


def _plain_attribute(kind: type, name: str, thing: object) -> Any:
    """Return what ``kind`` itself keeps under an attribute of ``thing``: a subclass of the student's may answer
    something else, or nothing.
    """
    return kind.__dict__[name].__get__(thing)


def _safe_text(value: object) -> str:
    try:
        return _sendable(str(value))
    except BaseException:  # noqa: BLE001  # the student's __str__ may raise anything
        return f"<a {_type_name(value)} that cannot be shown>"


def _sendable(text: str) -> str:
    # A lone surrogate has no UTF-8 form; a subclass of str may answer for itself.
    return str.encode(text, "utf-8", "replace").decode("utf-8")


def _warning_text(warning: warnings.WarningMessage) -> str:
    return f"{_type_name(warning.message)}: {_safe_text(warning.message)}"[:_LONGEST_WARNING]
