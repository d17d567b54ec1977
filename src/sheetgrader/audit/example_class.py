"""A small class for a demonstration: right, partly right, wrong, missing, damaged and hostile submissions of a released
sheet.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode

from sheetgrader.audit.variants import Variant, variants_of
from sheetgrader.course.directory import Sheet
from sheetgrader.course.regions import CourseDelimiters, as_handed_in
from sheetgrader.errors import CourseError

#: The sheets that the demonstration shows, the first with a whole class; each needs variants beside its graders.
SHEETS: Final = ("sheet1_basics", "sheet2_networks_svm", "sheet3_autodiff_adam", "sheet4_autoencoders")
#: What these sheets and their graders import besides NumPy.
LIBRARIES: Final = ("lightning", "matplotlib", "scipy", "sklearn", "torch", "torchvision")
#: The questions whose answers, or whose graders, train networks, which takes longer than a demonstration should.
_TRAINING: Final[Mapping[str, tuple[str, ...]]] = {
    "sheet2_networks_svm": ("ex2a", "ex2b", "ex2c", "ex2d"),
    "sheet3_autodiff_adam": ("ex3c", "ex3d", "ex3f", "bonus4a"),
    "sheet4_autoencoders": ("ex1b", "ex1g", "ex1h", "bonus2a", "bonus2c"),
}
#: How the names of groups begin that hand in what the sheet asks for beside the notebook; the others forget it.
WITH_ALL_FILES: Final = ("all-right",)

_CODE: Final = "_code"
_TEXT: Final = "_text"

_HANGS: Final = "while True:\n        pass"
_EXITS: Final = "import os\n\n    os._exit(0)"
_FILLS_MEMORY: Final = 'hoard = []\n    while True:\n        hoard.append(b"x" * (64 << 20))'
#: What groups write where tutors mark, from good to poor; the model answers are nobody's to read.
_TEXTS: Final = Path(__file__).with_name("example_texts.toml")
#: What they write to the questions of other sheets.
_OTHER_TEXTS: Final = (
    "Our derivation is on page {page} of the scan that we hand in with this notebook.",
    "We have the first step and the result, but could not show why the step in between holds.",
    "We did not get further than the definition.",
)
#: One answer in so many is left out by groups that have not got far.
_LEFT_OUT: Final = 5
#: Plots that some groups add to the last of these functions, from good to poor.
_PLOTTED: Final = "ex1d"
_PLOTS: Final = (
    """x = np.linspace(-5, 5, 200)
plt.plot(x, sigmoid_derivative(x), label="derivative of the sigmoid")
plt.plot(x, tanh_derivative(x), label="derivative of tanh")
plt.xlabel("x")
plt.title("Slopes")
plt.legend()
plt.show()""",
    """x = np.linspace(-5, 5, 12)
plt.plot(x, tanh_derivative(x))
plt.plot(x, sigmoid_derivative(x))
plt.show()""",
    """plt.plot(tanh_derivative(np.arange(0.0, 5.0)))
plt.show()""",
)
#: The pages of groups that hand in a scan, by sheet and group: its lines, and whether they can be read.
_SCANS: Final[Mapping[str, Mapping[str, tuple[tuple[tuple[str, ...], ...], bool]]]] = {
    "sheet2_networks_svm": {
        "without-training": (
            (
                (
                    "3a)  min 1/2 |w|^2",
                    "      s.t.  y_i (w x_i - b) >= 1",
                    "",
                    "dL/dw = 0",
                    "  =>  w = sum a_i y_i x_i",
                ),
                (
                    "3c)  w = (0, 0, 0, 0, -1/sqrt(2), 0)",
                    "     b = 0",
                    "",
                    "boundary:  x_1 x_2 = 0",
                    "margin = sqrt(2)",
                ),
            ),
            True,
        ),
        "one-mistake": (
            (("3c)  w = 1/8 sum y_i phi(x_i)", "  = (0, 0, 0, 0, 1/2, 0)", "", "so  x_1 = x_2  ???"),),
            False,
        ),
    }
}
_MEMBERS: Final = ("Ada Lovelace", "Alan Turing", "Emmy Noether", "Grace Hopper", "Sofya Kovalevskaya", "Kurt Gödel")


def shipped_course() -> Path:
    """Return where the sheets lie that come with the package: in it where it is installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "example_course"
    return installed if installed.is_dir() else package.parents[1]


@dataclass(frozen=True)
class Variants:
    """Answers to one question besides the reference solution's, as sources of its code cell."""

    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """A sheet as the class answers it."""

    sheet: str
    #: The notebook that students were given.
    skeleton: NotebookNode
    #: The reference solution's answers by grade id: code and texts.
    reference: Mapping[str, str]
    variants: Mapping[str, Variants]

    @property
    def judged(self) -> tuple[str, ...]:
        """The questions with code that wrong variants exist for, in the notebook's order."""
        names = (name.removesuffix(_CODE) for name in self.reference if name.endswith(_CODE))
        return tuple(name for name in names if self.variants.get(name, Variants()).wrong)

    @property
    def quick(self) -> tuple[str, ...]:
        """Those of the judged questions that take no training."""
        return tuple(name for name in self.judged if name not in _TRAINING.get(self.sheet, ()))

    def texts(self, number: int, *, best: int = 0, poorest: int = 0, gaps: bool = False) -> dict[str, str]:
        """Return what a group writes where tutors mark: others write the same, better or worse.

        Args:
            number: of the group.
            best: how good its best answers are; 0 for the best that there are.
            poorest: the same of its poorest answers.
            gaps: it leaves some out.
        """
        known = tomllib.loads(_TEXTS.read_text(encoding="utf-8")).get(self.sheet, {})
        found = {}
        for place, name in enumerate(filter(_is_text, self.reference)):
            if gaps and (number + place) % _LEFT_OUT == 0:
                continue
            choice = known.get(name, _OTHER_TEXTS)
            quality = best + (number + place) % (poorest - best + 1)
            found[name] = choice[min(quality, len(choice) - 1)].strip().replace("{page}", str(place + 1))
        return found


def read_example(sheet: Sheet, skeleton: Path) -> Example:
    """Read a sheet with its solutions and variants.

    Args:
        sheet: what the class answers.
        skeleton: the folder of the skeleton.

    Raises:
        CourseError: the sheet has no variants to make a class from, or broken ones.
    """
    known = variants_of(sheet)
    if not known:
        raise CourseError(f"{sheet.grader_folder / 'variants'} holds no variants to make a class from")
    solution = nbformat.read(sheet.source_folder / f"{sheet.name}.ipynb", as_version=4)
    delimiters = CourseDelimiters.of(sheet.course.config)
    reference = {
        name: as_handed_in(cell.source, delimiters).strip("\n")
        for cell in solution.cells
        if (name := _grade_id(cell)).endswith((_CODE, _TEXT)) and _is_answer(cell)
    }
    return Example(
        sheet.name, nbformat.read(skeleton / f"{sheet.name}.ipynb", as_version=4), reference, _by_question(known)
    )


def submissions(example: Example) -> dict[str, bytes]:
    """Return a class: each group's notebook, by names that say what is to be expected of it."""
    notebooks = {
        name: nbformat.writes(_filled(example, number, answers)).encode()
        for number, (name, answers) in enumerate(_class(example))
    }
    whole = notebooks["all-right"]
    return {**notebooks, "damaged-file": whole[: len(whole) // 2]}


def few_submissions(example: Example) -> dict[str, bytes]:
    """Return a small class that has answered only what takes no training."""
    quick = example.quick
    right = {f"{question}{_CODE}": example.reference[f"{question}{_CODE}"] for question in quick}
    groups = {
        "without-training": {**right, **example.texts(0)},
        "in-another-style": {**right, **example.texts(1, poorest=1), **_chosen(example.variants, quick, 0, right=True)},
        "one-mistake": {**right, **example.texts(2, poorest=1), **_chosen(example.variants, quick[:1], 0, right=False)},
        "mostly-wrong": {
            **example.texts(3, best=1, poorest=2, gaps=True),
            **_chosen(example.variants, quick, 1, right=False),
        },
        "empty-skeleton": {},
    }
    return {
        name: nbformat.writes(_filled(example, number, answers)).encode()
        for number, (name, answers) in enumerate(groups.items())
    }


def few_scans(example: Example) -> dict[str, bytes]:
    """Return the scans that groups of a small class hand in, as PDFs; for most sheets there are none."""
    # Only they need a library of images.
    from sheetgrader.audit.example_scans import scan

    scans = _SCANS.get(example.sheet, {})
    return {group: scan(pages, legible=legible) for group, (pages, legible) in scans.items()}


def _class(example: Example) -> Iterator[tuple[str, dict[str, str]]]:
    judged = example.judged
    reference = {name: source for name, source in example.reference.items() if name.endswith(_CODE)}

    def right(number: int) -> dict[str, str]:
        """Answer everything that is judged right, each question in one of the styles that the sheet's variants show."""
        return {
            **reference,
            **example.texts(number, poorest=2, gaps=True),
            **_chosen(example.variants, judged, number, right=True),
        }

    yield "all-right", {**right(0), **example.texts(0)}
    for number in range(2):
        yield f"right-in-style-{number + 1}", right(number + 1)
    for number in range(4):
        wrong = [question for position, question in enumerate(judged) if (position + number) % 5 < 1 + number % 3]
        answers = {**right(number), **_chosen(example.variants, wrong, number, right=False)}
        yield f"partly-right-{number + 1}", _with_plot(answers, number)
    for number in range(2):
        yield (
            f"all-wrong-{number + 1}",
            {
                **example.texts(number, best=1, poorest=2),
                **_chosen(example.variants, judged, number, right=False),
            },
        )
    yield "empty-skeleton", {}
    yield "code-only", {name: answer for name, answer in right(1).items() if name.endswith(_CODE)}
    for what, body, question in zip(
        ("hangs", "exits", "fills-memory"), (_HANGS, _EXITS, _FILLS_MEMORY), _spread(judged, 3), strict=True
    ):
        code = f"{question}{_CODE}"
        yield f"{what}-in-{question}", {**right(2), code: misbehaving(example.reference[code], body)}
    first = f"{judged[0]}{_CODE}"
    yield "syntax-error", {**right(3), first: example.reference[first].replace(":", "", 1)}


def _with_plot(answers: Mapping[str, str], number: int) -> dict[str, str]:
    """Return answers with a plot below the functions that the sheet asks for, where there is a place for one."""
    name = f"{_PLOTTED}{_CODE}"
    if name not in answers:
        return dict(answers)
    return {**answers, name: f"{answers[name]}\n\n{_PLOTS[number % len(_PLOTS)]}"}


def _is_text(name: str) -> bool:
    return name.endswith(_TEXT)


def misbehaving(source: str, body: str) -> str:
    """Return ``source`` with the body of its first function replaced, indented by four spaces."""
    function = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    lines = source.splitlines()
    end = function.end_lineno or len(lines)
    begin = function.body[0].lineno - 1
    return "\n".join([*lines[:begin], f"    {body}", *lines[end:]])


def _chosen(variants: Mapping[str, Variants], questions: Sequence[str], number: int, *, right: bool) -> dict[str, str]:
    chosen = {}
    for position, question in enumerate(questions):
        choice = variants[question].right if right else variants[question].wrong
        if choice:
            chosen[f"{question}{_CODE}"] = choice[(number + position) % len(choice)]
    return chosen


def _spread(questions: Sequence[str], count: int) -> list[str]:
    """Return ``count`` of the questions, spread over the sheet."""
    return [questions[len(questions) * position // count] for position in range(count)]


def _filled(example: Example, number: int, answers: Mapping[str, str]) -> NotebookNode:
    notebook = NotebookNode(example.skeleton)
    notebook.cells = [nbformat.from_dict(dict(cell)) for cell in notebook.cells]
    for cell in notebook.cells:
        name = _grade_id(cell)
        if name in answers and _is_answer(cell):
            cell.source = answers[name]
        elif name == "team":
            cell.source = _team(number)
    return notebook


def _team(number: int) -> str:
    members = [_MEMBERS[(number + step) % len(_MEMBERS)] for step in range(2)]
    entries = "".join(
        f'    {{"name": "{name}", "student_id": "{1000000 + 10 * number + step}", "email":'
        f' "{name.split()[0].lower()}@example.org"}},\n'
        for step, name in enumerate(members)
    )
    return f"TEAM = [\n{entries}]"


def _by_question(known: Iterable[Variant]) -> dict[str, Variants]:
    """Return the variants that are answered in a cell, by question."""
    found: dict[str, Variants] = {}
    for variant in known:
        if variant.file is None:
            kinds = found.get(variant.question, Variants())
            found[variant.question] = (
                replace(kinds, right=(*kinds.right, variant.source))
                if variant.is_right
                else replace(kinds, wrong=(*kinds.wrong, variant.source))
            )
    return found


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))
