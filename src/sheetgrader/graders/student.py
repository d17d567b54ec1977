"""The student's names and objects, as graders see them.

An attribute of ``student`` is a lazy address; calling it crosses into the sandbox and gives plain values, or a
:class:`Handle` for an object that does not cross. Addresses and handles refuse ``==``, ``bool``, ``len`` and iteration,
so that no object of a student ever answers an assertion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from sheetgrader.boundary.encoding import HandleReference
from sheetgrader.graders.describing import describe, inputs_at
from sheetgrader.graders.failures import BadValue, Place


@dataclass
class Call:
    """One call that a criterion made: what was asked, and what came back."""

    asked: str
    #: What it did with its value: a function returned it, a variable ``is`` it.
    verb: str = "returned"
    #: What it was given, by position or name.
    arguments: tuple[Any, ...] = ()
    #: Whether it came back with a value.
    answered: bool = False
    value: Any = None
    changed_arguments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def gave(self, value: object) -> bool:
        """Tell whether it came back with ``value``, or with a tuple, list or dictionary that holds it."""
        if value is None or not self.answered:
            return False
        parts = self.value.values() if isinstance(self.value, dict) else self.value
        inside = parts if isinstance(self.value, list | tuple | dict) else ()
        return self.value is value or any(part is value for part in inside)

    def inputs_at(self, place: Place) -> str:
        """Return as a sentence what it was given for one number of its value; nothing where that cannot be told."""
        inputs = inputs_at(self.arguments, place.shape, place.index)
        if not inputs:
            return ""
        return f"The input there is {inputs[0]}." if len(inputs) == 1 else f"The inputs there are {', '.join(inputs)}."

    def in_words(self) -> str:
        """Return the call and its value as one sentence."""
        return f"{self.asked} {self.verb} {describe(self.value)}." if self.answered else f"{self.asked} was asked for."


class Link(Protocol):
    """How proxies reach a kernel."""

    #: What the criterion has asked so far, the latest call last.
    calls: list[Call]

    def call(self, address: Address, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call what ``address`` names and return what came back."""

    def fetch(self, address: Address) -> Any:
        """Return the value that ``address`` names."""


class _Refusing:
    """Refuses every question whose answer a student's object could give."""

    __slots__ = ()

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"{self!r} is not a value: call it, or fetch() it, and judge what comes back")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __index__ = __int__ = __float__ = _refuse
    __hash__ = object.__hash__

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(
            f"{self!r} cannot be changed from a grader; stand_in() puts a stand-in into the student's place"
        )


def _public(name: str) -> str:
    if name.startswith("_"):
        raise AttributeError(f"{name} is private: graders use the names that the sheet asks for")
    return name


class Address(_Refusing):
    """A name of the student's, or an attribute of one of their objects, before anything crosses."""

    __slots__ = ("_link", "_nothing_allowed", "_path", "_root")
    _link: Link
    _root: str | Handle
    _path: tuple[str, ...]
    _nothing_allowed: bool

    def __init__(
        self, link: Link, root: str | Handle, path: tuple[str, ...] = (), *, nothing_allowed: bool = False
    ) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_root", root)
        object.__setattr__(self, "_path", path)
        object.__setattr__(self, "_nothing_allowed", nothing_allowed)

    def __getattr__(self, name: str) -> Address:
        return Address(self._link, self._root, (*self._path, _public(name)))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it in the sandbox.

        Raises:
            StudentError: the name is missing, the call raised, did not stop, killed the kernel, or returned nothing or
                nothing that can cross.
        """
        value = self._link.call(self, arguments, keywords)
        if value is None and not self._nothing_allowed:
            raise BadValue("It returned None: is a `return` missing?")
        return value

    def __repr__(self) -> str:
        root = self._root if isinstance(self._root, str) else repr(self._root)
        return ".".join((root, *self._path))


class Handle(_Refusing):
    """An object that stays in the sandbox: a model, a figure, a function."""

    __slots__ = ("_generation", "_link", "_reference")
    _link: Link
    _reference: HandleReference
    _generation: int

    def __init__(self, link: Link, reference: HandleReference, generation: int) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_reference", reference)
        object.__setattr__(self, "_generation", generation)

    def __getattr__(self, name: str) -> Address:
        return Address(self._link, self, (_public(name),))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the object in the sandbox, as :meth:`Address.__call__` does."""
        return Address(self._link, self)(*arguments, **keywords)

    def __repr__(self) -> str:
        return f"<{self._reference.type_name}>"


class Student(_Refusing):
    """The student's namespace: ``student.sigmoid`` is the address of the name ``sigmoid``."""

    __slots__ = ("_link",)
    _link: Link

    def __init__(self, link: Link) -> None:
        object.__setattr__(self, "_link", link)

    def __getattr__(self, name: str) -> Address:
        return Address(self._link, _public(name))

    def __repr__(self) -> str:
        return "student"


def fetch(address: Address | Handle) -> Any:
    """Return the value that an address names: ``fetch(student.TEAM)``.

    Raises:
        StudentError: the name is missing, or its value cannot cross.
    """
    if isinstance(address, Handle):
        address = Address(address._link, address)
    return address._link.fetch(address)


def allow_none(address: Address) -> Address:
    """Return ``address`` so that calling it may return None, for functions that are asked to do something, not to
    return something.
    """
    return Address(address._link, address._root, address._path, nothing_allowed=True)


def parts(address: Address) -> tuple[Link, str | Handle, tuple[str, ...]]:
    """Return an address's link, root and path; graders never need them."""
    return address._link, address._root, address._path


def reference_of(handle: Handle) -> tuple[HandleReference, int, Link]:
    """Return a handle's number, the generation of the kernel that holds it, and its link; graders never need them."""
    return handle._reference, handle._generation, handle._link
