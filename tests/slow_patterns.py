"""Finds regular expressions that take more time over a text than the text is long.

A pattern is turned into its automaton: a state for each character it may be at. It is slow where one and the same text
leads from a state back to itself, and to a second one from which it leads back to that one, too: then each time the
text comes again there is one way more to read all of it, and before a pattern gives up it tries them all. Where a text
leads back to a state in two ways the number of ways even doubles. Looking for a pattern anywhere is such a state
itself, as it may begin at every character.

(Weber and Seidl, On the degree of ambiguity of finite automata, 1991.)
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined] # how Python itself names the parts of a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

Pattern = re.Pattern[str] | re.Pattern[bytes]
Characters = frozenset[str]

_NONE: Characters = frozenset()
_ASKED = ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
#: Repeats of a known number are written out up to it.
_WRITTEN_OUT = 50
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda character: not character.isspace(),
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_NOT_DIGIT: lambda character: not character.isdecimal(),
    op.CATEGORY_WORD: lambda character: character.isalnum() or character == "_",
    op.CATEGORY_NOT_WORD: lambda character: not (character.isalnum() or character == "_"),
}


class Use(NamedTuple):
    """A pattern in the project's code; none where it is put together when the code runs."""

    place: str
    written: str
    pattern: Pattern | None
    #: What it is asked for: ``match`` and ``fullmatch`` begin at one character, all others at each.
    asked: tuple[str, ...]


def uses(folder: Path) -> Iterator[Use]:
    """Yield every regular expression in the code below ``folder``."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_of_re(node.func):
                place = path.relative_to(folder).as_posix()
                yield Use(place, ast.unparse(node.args[0]), _compiled(node), _asked(node, tree))


def _is_of_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in ("compile", *_ASKED)
    )


def _asked(call: ast.Call, tree: ast.Module) -> tuple[str, ...]:
    """Return what a pattern is asked for, by whichever name it has got."""
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr != "compile":
        return (call.func.attr,)
    nodes = list(ast.walk(tree))
    names = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and call in ast.walk(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    # One of a table of patterns goes by the name that each of them has in turn.
    names |= {
        node.target.id
        for node in nodes
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name)
        if isinstance(node.iter, ast.Name) and node.iter.id in names
    }
    asked = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }
    return tuple(sorted(asked & set(_ASKED))) or _ASKED


def _compiled(call: ast.Call) -> Pattern | None:
    pattern = call.args[0]
    if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str | bytes):
        return None
    flags = [argument for argument in (*call.args[1:], *(word.value for word in call.keywords)) if _is_flag(argument)]
    return re.compile(pattern.value, eval(ast.unparse(flags[0])) if flags else 0)  # noqa: S307 # the project's own code


def _is_flag(argument: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "re" for part in ast.walk(argument))


def slow_text(pattern: Pattern, asked: Iterable[str] = _ASKED) -> str | None:
    """Return a text over many repetitions of which ``pattern`` is slow, or None where there is none.

    Args:
        pattern: what to look into.
        asked: its methods that are used.
    """
    return next((text for method in asked if (text := _Automaton(pattern, method).slow_text()) is not None), None)


class _Way(NamedTuple):
    """A state that a part of a pattern begins or ends in."""

    state: int
    #: What must not come next on a way out, or first on a way in: something before has taken all of these.
    excluded: Characters = _NONE


@dataclass
class _Part:
    """What a part of a pattern is to those beside it."""

    first: list[_Way] = field(default_factory=list)
    last: list[_Way] = field(default_factory=list)
    #: It may match nothing, where none of ``excluded`` comes next.
    is_optional: bool = True
    excluded: Characters = _NONE
    #: States behind which nothing in it can fail any more.
    sure: set[int] = field(default_factory=set)
    #: It may fail without taking a character.
    is_condition: bool = False


class _Automaton:
    """The states of a pattern, and which follows which by which characters."""

    def __init__(self, pattern: Pattern, method: str) -> None:
        source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
        self._flags = pattern.flags
        tree = list(parser.parse(source, pattern.flags))
        self._alphabet = _alphabet(tree)
        #: The characters of each state, those told apart by the pattern only.
        self._characters: list[Characters] = []
        self._edges: dict[int, list[tuple[int, Characters]]] = defaultdict(list)
        start = self._state(_NONE)
        anywhere = method not in ("match", "fullmatch")
        anchor = tree[0][1] if tree and tree[0][0] is op.AT else None
        if anchor is op.AT_BEGINNING_STRING or (anchor is op.AT_BEGINNING and not self._flags & re.MULTILINE):
            anywhere = False
        elif anchor is op.AT_BEGINNING and anywhere:
            self._edges[start].append((start, self._alphabet))
            line = self._state(frozenset("\n") & self._alphabet)
            self._edges[start].append((line, self._characters[line]))
            start, anywhere = line, False
        if anywhere:
            self._edges[start].append((start, self._alphabet))
        whole = self._sequence(tree)
        for way in whole.first:
            self._connect(_Way(start), way)
        self._sure = _NONE if method == "fullmatch" else frozenset(whole.sure)

    def _state(self, characters: Characters) -> int:
        self._characters.append(characters)
        return len(self._characters) - 1

    def _connect(self, before: _Way, after: _Way) -> None:
        characters = self._characters[after.state] - before.excluded - after.excluded
        if characters:
            self._edges[before.state].append((after.state, characters))

    def _sequence(self, tree: Iterable[tuple[Any, Any]]) -> _Part:
        whole = _Part()
        for kind, argument in tree:
            whole = self._behind(whole, self._part(kind, argument))
        return whole

    def _behind(self, whole: _Part, part: _Part) -> _Part:
        for before, after in itertools.product(whole.last, part.first):
            self._connect(before, after)
        first, last, sure = list(whole.first), list(part.last), set(part.sure)
        if whole.is_optional:
            first += [_Way(way.state, way.excluded | whole.excluded) for way in part.first]
        if part.is_optional:
            last += [_Way(way.state, way.excluded | part.excluded) for way in whole.last]
            if not part.is_condition:
                sure |= whole.sure
        return _Part(
            first,
            last,
            whole.is_optional and part.is_optional,
            whole.excluded | part.excluded,
            sure,
            whole.is_condition or part.is_condition,
        )

    def _part(self, kind: Any, argument: Any) -> _Part:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            state = self._state(frozenset(filter(lambda letter: self._takes(kind, argument, letter), self._alphabet)))
            return _Part([_Way(state)], [_Way(state)], is_optional=False, sure={state})
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeat(*argument, keeps=kind is op.POSSESSIVE_REPEAT)
        if kind is op.SUBPATTERN:
            return self._sequence(argument[3])
        if kind is op.ATOMIC_GROUP:
            return self._sequence(argument)
        if kind is op.BRANCH:
            ways = [self._sequence(way) for way in argument[1]]
            return _Part(
                [first for way in ways for first in way.first],
                [last for way in ways for last in way.last],
                any(way.is_optional for way in ways),
                sure=set().union(*(way.sure for way in ways)),
                is_condition=any(way.is_condition for way in ways),
            )
        if kind in (op.AT, op.ASSERT, op.ASSERT_NOT, op.GROUPREF):
            return _Part(is_condition=True)
        raise NotImplementedError(f"{kind} is not known here: write the pattern without it, or teach it")

    def _repeat(self, least: int, most: Any, body: Any, *, keeps: bool) -> _Part:
        whole = _Part()
        if most is not op.MAXREPEAT and most <= _WRITTEN_OUT:
            parts = [self._sequence(body) for _ in range(most)]
            for part, following in itertools.pairwise(parts):
                for before, after in itertools.product(part.last, following.first):
                    self._connect(before, after)
            enough = parts[max(least, 1) - 1 :]
            return _Part(
                parts[0].first,
                [last for part in enough for last in part.last],
                not least or parts[0].is_optional,
                sure=set().union(*(part.sure for part in enough)),
                is_condition=parts[0].is_condition,
            )
        for _ in range(least - 1):
            whole = self._behind(whole, self._sequence(body))
        part = self._sequence(body)
        for before, after in itertools.product(part.last, part.first):
            self._connect(before, after)
        part.is_optional = part.is_optional or not least
        if keeps and len(body) == 1 and len(part.first) == 1:
            # It gives nothing back, so what follows is none of what it takes.
            (only,) = part.first
            part.excluded = self._characters[only.state]
            part.last = [_Way(only.state, part.excluded)]
        return self._behind(whole, part)

    def _takes(self, kind: Any, argument: Any, letter: str) -> bool:
        if self._flags & re.IGNORECASE:
            return any(self._takes_as_it_is(kind, argument, case) for case in {letter.lower(), letter.upper(), letter})
        return self._takes_as_it_is(kind, argument, letter)

    def _takes_as_it_is(self, kind: Any, argument: Any, letter: str) -> bool:
        if kind is op.LITERAL:
            return letter == chr(argument)
        if kind is op.NOT_LITERAL:
            return letter != chr(argument)
        if kind is op.ANY:
            return bool(self._flags & re.DOTALL) or letter != "\n"
        if kind is op.IN and argument[0][0] is op.NEGATE:
            return not self._takes_as_it_is(op.IN, argument[1:], letter)
        if kind is op.IN:
            return any(self._takes_as_it_is(inner, of, letter) for inner, of in argument)
        if kind is op.RANGE:
            return argument[0] <= ord(letter) <= argument[1]
        return _CATEGORIES[argument](letter)

    def slow_text(self) -> str | None:
        """Return a text each further repetition of which can be read in more ways than the one before."""
        steps: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for state, edges in self._edges.items():
            for after, characters in edges:
                for letter in characters:
                    steps[state][letter].append(after)
        beyond = {state: self._beyond(state) for state in list(self._edges)}
        unsure = [state for state in beyond if state in beyond[state] and state not in self._sure]
        for state in unsure:
            if text := _two_ways_back(state, steps, self._alphabet):
                return text
        for state, other in itertools.permutations(unsure, 2):
            # Where there is a way back there would be two ways back.
            if other in beyond[state] and state not in beyond[other]:
                text = _reaches((state, state, other), (state, other, other), steps, self._alphabet)
                if text is not None:
                    return text
        return None

    def _beyond(self, state: int) -> set[int]:
        """Return the states that come after ``state``, sooner or later."""
        found: set[int] = set()
        waiting = [state]
        while waiting:
            for after, _ in self._edges.get(waiting.pop(), ()):
                if after not in found:
                    found.add(after)
                    waiting.append(after)
        return found


_Steps = dict[int, dict[str, list[int]]]


def _reaches(begin: tuple[int, ...], end: tuple[int, ...], steps: _Steps, alphabet: Characters) -> str | None:
    """Return a text that leads from each state of ``begin`` to that of ``end``, all at once."""
    texts = {begin: ""}
    waiting = [begin]
    for states in waiting:
        for letter in sorted(alphabet):
            for after in itertools.product(*(steps[state][letter] for state in states)):
                if after == end:
                    return texts[states] + letter
                if after not in texts:
                    texts[after] = texts[states] + letter
                    waiting.append(after)
    return None


def _two_ways_back(state: int, steps: _Steps, alphabet: Characters) -> str | None:
    """Return a text that leads from ``state`` back to it in two ways."""
    # The third is 1 once the two ways have parted.
    begin = (state, state, 0)
    texts = {begin: ""}
    waiting = [begin]
    for one, other, parted in waiting:
        for letter in sorted(alphabet):
            ways = steps[one][letter], steps[other][letter]
            for (number, here), (another, there) in itertools.product(*map(enumerate, ways)):
                after = (here, there, int(parted or (one == other and number != another)))
                if after == (state, state, 1):
                    return texts[one, other, parted] + letter
                if after not in texts:
                    texts[after] = texts[one, other, parted] + letter
                    waiting.append(after)
    return None


def _alphabet(tree: Any) -> Characters:
    """Return a character of each kind that a pattern may tell apart."""
    return frozenset({*" \t\n\r\0", *"aAzZ09_-", "é", "\u2028", *_letters(tree)})


def _letters(tree: Any) -> Iterator[str]:
    for kind, argument in tree:
        if kind in (op.LITERAL, op.NOT_LITERAL):
            yield chr(argument)
        elif kind is op.RANGE:
            yield from map(chr, argument)
        elif kind is op.IN:
            yield from _letters(argument)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            yield from _letters(argument[2])
        elif kind is op.BRANCH:
            for way in argument[1]:
                yield from _letters(way)
        elif kind is op.SUBPATTERN:
            yield from _letters(argument[3])
        elif kind is op.ATOMIC_GROUP:
            yield from _letters(argument)
