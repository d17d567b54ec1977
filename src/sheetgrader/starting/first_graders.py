"""Graders to begin with, for functions of which nothing is known but their signatures: the reference solution says what
is right, and the author what to ask for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sheetgrader.starting.solution_regions import Function

#: Where the graders of a sheet stand that began with its notebook.
GRADER_FILE: Final = "test_questions.py"

_ARRAY: Final = "rng.normal(size=5)"
#: Inputs by how a parameter is annotated, and by what it is called.
_BY_ANNOTATION: Final[Mapping[str, str]] = {
    "int": "int(rng.integers(1, 10))",
    "float": "float(rng.normal())",
    "str": '"some text"',
    "bool": "True",
    "list": f"{_ARRAY}.tolist()",
}
_BY_NAME: Final = (
    (re.compile(r"[nkm]|n_\w+|num\w*|size|count|steps|degree|epochs"), _BY_ANNOTATION["int"]),
    (re.compile(r"s|text|word|string|name|sentence"), _BY_ANNOTATION["str"]),
)
#: Names that a grader has use for itself.
_TAKEN: Final = ("student", "reference", "rng", "criterion", "assert_close")

_HEADER: Final = '''"""Graders to begin with. Students read each test's docstring, and the hint where they lose it.

The inputs are guesses from the functions' signatures: put in what fits, and what an answer might get wrong. Never use
the numbers that the sheet prints. docs/instructors.md of sheetgrader has all that a grader may ask for.
"""

'''


@dataclass(frozen=True)
class Question:
    """A test cell that graders judge, and what the answer above it defines."""

    #: The test cell's name without ``_test``.
    name: str
    functions: tuple[Function, ...] = ()
    #: Whether the answer defines anything besides functions that graders can call.
    has_more: bool = False

    @property
    def callable_functions(self) -> tuple[ast.FunctionDef, ...]:
        """The functions that graders can call."""
        return tuple(
            each for each in self.functions if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")
        )


def grader_files(questions: Sequence[Question], answer_cells: Sequence[str]) -> dict[str, bytes]:
    """Return the files of ``grader_tests/<sheet>/``: a criterion for each function, and wrong answers to try them with.

    Args:
        questions: those that no test judges yet.
        answer_cells: the names of all cells for code of students'.
    """
    tests = _names_of_tests(questions)
    imports = "from sheetgrader import assert_close, criterion\n"
    if not any(question.callable_functions for question in questions):
        imports = "from sheetgrader import criterion\n"
    text = _HEADER + imports
    for question in questions:
        for function, test in zip(question.callable_functions, tests[question.name], strict=False):
            text += _criterion(question.name, function, test)
        if not question.callable_functions:
            text += _criterion_to_write(question.name, tests[question.name][0])
    files = {GRADER_FILE: text.encode()}
    for question in questions:
        if question.callable_functions and not question.has_more and f"{question.name}_code" in answer_cells:
            path = f"variants/{question.name}/wrong_returns_nothing.py"
            files[path] = _returning_nothing(question, tests[question.name]).encode()
    return files


def _names_of_tests(questions: Sequence[Question]) -> dict[str, list[str]]:
    """Return the names of tests by question: one for each function, or one for the question; none of them twice."""
    taken: set[str] = set()
    names: dict[str, list[str]] = {}
    for question in questions:
        wanted = [function.name for function in question.callable_functions] or [question.name]
        names[question.name] = []
        for name in wanted:
            test = "test_" + re.sub(r"\W", "_", name)
            while test in taken:
                test += "_again"
            taken.add(test)
            names[question.name].append(test)
    return names


def _criterion(question: str, function: ast.FunctionDef, test: str) -> str:
    inputs = list(_inputs(function))
    arguments = ", ".join(call for _, _, call in inputs)
    lines = [f"    {name} = {value}" for name, value, _ in inputs]
    return "\n".join(
        [
            f'\n\n@criterion("{question}", hint="Compute a small example by hand, and compare.")',
            f"def {test}(student, reference, rng):",
            f'    """`{function.name}` is right for other inputs than those on the sheet."""',
            *lines,
            f"    assert_close(student.{function.name}({arguments}), reference.{function.name}({arguments}))",
            "",
        ]
    )


def _criterion_to_write(question: str, test: str) -> str:
    return "\n".join(
        [
            f'\n\n@criterion("{question}")',
            f"def {test}(student, rng):",
            f'    """What {question} asks for."""',
            f'    raise NotImplementedError("write in {GRADER_FILE} what the answer to {question} must do")',
            "",
        ]
    )


def _inputs(function: ast.FunctionDef) -> Iterator[tuple[str, str, str]]:
    """Yield for each parameter that has to be given a variable's name, a guess of its value, and how it is handed
    over.
    """
    parameters = [*function.args.posonlyargs, *function.args.args]
    for parameter in parameters[: len(parameters) - len(function.args.defaults)]:
        name = _variable(parameter)
        yield name, _guess(parameter), name
    for parameter, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if default is None:
            name = _variable(parameter)
            yield name, _guess(parameter), f"{parameter.arg}={name}"


def _variable(parameter: ast.arg) -> str:
    return f"{parameter.arg}_" if parameter.arg in _TAKEN else parameter.arg


def _guess(parameter: ast.arg) -> str:
    annotation = ast.unparse(parameter.annotation).partition("[")[0] if parameter.annotation else ""
    if annotation in _BY_ANNOTATION:
        return _BY_ANNOTATION[annotation]
    return next((value for pattern, value in _BY_NAME if pattern.fullmatch(parameter.arg)), _ARRAY)


def _returning_nothing(question: Question, tests: Sequence[str]) -> str:
    bodies = "".join(
        f"\n\ndef {function.name}({ast.unparse(function.args)}):\n    pass\n" for function in question.functions
    )
    return f'"""Returns nothing.\n\nLoses: {", ".join(tests)}\n"""\n{bodies}'
