"""Writes the report of a sheet to ``reports/<sheet>/pages/``, from what lies in the course: nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from markupsafe import Markup

from sheetgrader.course.directory import Sheet
from sheetgrader.course.staging import recover, staging_folder, swap_in
from sheetgrader.errors import SheetgraderError
from sheetgrader.items import DrawnAxes
from sheetgrader.report.class_report import overview, parts
from sheetgrader.report.class_report.content import QuestionContent
from sheetgrader.report.class_report.curves import ClassPlot, class_plot
from sheetgrader.report.class_report.facts import (
    Asked,
    ClassFacts,
    Tally,
    count,
    count_lost,
)
from sheetgrader.report.class_report.making import GroupMaterial, Making
from sheetgrader.report.class_report.pages import render
from sheetgrader.report.class_report.paging import PagedWriter
from sheetgrader.report.class_report.similar import SimilarPages
from sheetgrader.report.class_report.trainings import training_plots
from sheetgrader.report.similar_code import Document
from sheetgrader.store.kept_curves import read_curves
from sheetgrader.store.kept_results import Regrade, history_folder, read_regrades
from sheetgrader.store.standing import GroupStanding
from sheetgrader.training.kept import read_runs

#: Plots of one question; more are no help to anybody.
_MOST_PLOTS: Final = 6
_MOST_REGRADES: Final = 2000


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A group whose answers are not in the report."""

    group: str
    #: As the end of a sentence.
    why: str


class WrittenReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is ready to be read."""

    sheet: str
    #: The page to begin with.
    overview: str
    groups: int
    pages: int
    #: The longest page.
    most_bytes: int
    left_out: tuple[LeftOut, ...] = ()
    #: Why similar code was not looked for, as a sentence.
    trouble: str = ""
    #: What would let it be looked for, where a library is missing.
    advice: str = ""


def pages_folder(sheet: Sheet) -> Path:
    """Return where the report of a sheet is."""
    return sheet.course.reports_folder / sheet.name / "pages"


def write_report(facts: ClassFacts, step: Callable[[], None]) -> WrittenReport:
    """Write all pages; the earlier ones stay until the new ones are complete.

    Args:
        facts: of the class.
        step: is called after each group.

    Raises:
        SheetgraderError: they cannot be written, or no page can be made at all.
    """
    sheet, target = facts.sheet, pages_folder(facts.sheet)
    with staging_folder(sheet.course) as staging:
        folder = staging / "pages"
        try:
            for name in ("groups", "questions", "pairs"):
                (folder / name).mkdir(parents=True)
            writing = _Writing(facts, folder)
            writing.write(step)
            files = [path.stat().st_size for path in folder.rglob("*.html")]
            target.parent.mkdir(parents=True, exist_ok=True)
            recover(target)
            with swap_in(folder, target):
                pass
        except OSError as error:
            raise SheetgraderError(
                f"{error.filename or target} cannot be written: {error.strerror}; then run the command again"
            ) from None
    return WrittenReport(
        sheet=sheet.name,
        overview=str(target / "index.html"),
        groups=len(facts.standings),
        pages=len(files),
        most_bytes=max(files),
        left_out=tuple(writing.left_out),
        trouble=writing.trouble,
        advice=writing.advice,
    )


class _Writing:
    """The pages of one report while they are written."""

    def __init__(self, facts: ClassFacts, folder: Path) -> None:
        self._facts = facts
        self._folder = folder
        self._common: dict[str, Any] = {
            "sheet": facts.title,
            "sheet_name": facts.sheet.name,
            "written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        }
        self._trainings = read_runs(facts.sheet)
        self._common["has_trainings"] = bool(self._trainings)
        self._tallies: dict[tuple[str, str, str], Tally] = {}
        self._drawn: dict[tuple[str, str], dict[tuple[str, int], dict[str, DrawnAxes]]] = {}
        self._figures = {asked.key: self._paged(asked, "figures") for asked in facts.asked}
        self._answers = {asked.key: self._paged(asked, "answers") for asked in facts.asked}
        self._regrades: list[Regrade] = []
        self.left_out: list[LeftOut] = []
        self.trouble = self.advice = ""

    def write(self, step: Callable[[], None]) -> None:
        facts = self._facts
        documents: list[Document] = []
        similar = SimilarPages(facts.sheet, self._folder, self._render)
        with Making(facts) as making:
            for position, material in enumerate(making.materials()):
                self._group(position, material)
                similar.keep(material.standing.group, material.made)
                documents.append(Document(group=material.standing.group, filtered=material.made.filtered))
                step()
        for paged in (*self._figures.values(), *self._answers.values()):
            paged.close()
        count_lost(self._tallies, facts.standings)
        look_alike = similar.write(documents)
        self.trouble, self.advice = similar.trouble, similar.advice
        self._questions()
        self._file("statistics.html", "statistics", **overview.statistics(facts))
        self._write_regrades()
        if self._trainings:
            groups = {standing.group for standing in facts.standings}
            runs = {group: found for group, found in self._trainings.items() if group in groups}
            self._file("trainings.html", "trainings", plots=training_plots(runs), infinity=float("inf"))
        self._file("index.html", "index", **overview.overview(facts, look_alike, self._links))

    def _render(self, template: str, **content: Any) -> bytes:
        return render(template, **self._common, **content)

    def _file(self, name: str, template: str, **content: Any) -> None:
        (self._folder / name).write_bytes(self._render(template, **content))

    # Groups.

    def _group(self, position: int, material: GroupMaterial) -> None:
        facts, standing, made = self._facts, material.standing, material.made
        if material.left_out:
            self.left_out.append(LeftOut(group=standing.group, why=material.left_out))
        elif made.remarks:
            why = f"a graded notebook is lost or damaged (sheetgrader grade {facts.sheet.name} --force makes it anew)"
            self.left_out.append(LeftOut(group=standing.group, why=why))
        if material.result is not None:
            count(self._tallies, material.result.cells)
        regrades = self._regrades_of(standing.group)
        self._regrades += regrades
        answers = {(each.notebook, each.name): each for each in made.questions}
        around = [each.group for each in facts.standings[max(0, position - 1) : position + 2]]
        before = around[0] if position else ""
        after = around[-1] if position + 1 < len(facts.standings) else ""
        notes = [*standing.notes, *made.remarks, *material.remarks]
        self._file(
            f"groups/{standing.group}.html",
            "group",
            up="../",
            standing=standing,
            before=before,
            after=after,
            notes=notes,
            **parts.open_matters(standing),
            scans=material.scans,
            sections=parts.sections(facts, standing, answers),
            history=[{"when": each.when, "changes": parts.told(each)} for each in reversed(regrades)],
        )
        for asked in facts.asked:
            answer = answers.get(asked.key)
            if answer is not None:
                self._collect(asked, standing, answer)
        self._keep_curves(standing.group, answers)

    def _collect(self, asked: Asked, standing: GroupStanding, answer: QuestionContent) -> None:
        points = parts.points_in_words(standing, asked)
        if answer.figures or answer.figures_left_out:
            self._figures[asked.key].add(
                parts.part("figures", standing.group, map(Markup, answer.figures), answer.figures_left_out, points)
            )
        if answer.text:
            # It was cleaned where it was made.
            comment = Markup("").join(map(Markup, answer.comments))
            self._answers[asked.key].add(
                parts.part("answer", standing.group, Markup(answer.text), points, comment)  # noqa: S704
            )

    def _keep_curves(self, group: str, answers: dict[tuple[str, str], QuestionContent]) -> None:
        of_cells = {(key[0], cell): key for key, answer in answers.items() for cell in answer.cells}
        for axes in read_curves(self._facts.sheet, group):
            key = of_cells.get((axes.notebook, axes.cell))
            if key is not None:
                self._drawn.setdefault(key, {}).setdefault((axes.cell, axes.position), {})[group] = axes

    def _regrades_of(self, group: str) -> tuple[Regrade, ...]:
        sheet = self._facts.sheet
        return read_regrades(sheet, group) if history_folder(sheet, group).is_dir() else ()

    def _write_regrades(self) -> None:
        found = sorted(self._regrades, key=lambda each: each.when, reverse=True)
        self._file(
            "regrades.html",
            "regrades",
            regrades=[
                {"when": each.when, "group": each.group, "changes": parts.told(each)} for each in found[:_MOST_REGRADES]
            ],
            left_out=max(0, len(found) - _MOST_REGRADES),
        )

    # Questions.

    def _paged(self, asked: Asked, kind: str) -> PagedWriter:
        def page(shown: list[Markup], position: int, previous: str, following: str) -> bytes:
            return self._render(
                "paged",
                up="../",
                asked=asked,
                kind="Figures" if kind == "figures" else "Answers",
                about=(
                    "What the groups' own code drew and what they attached, one beside the other."
                    if kind == "figures"
                    else "What the groups wrote, beside the marking scheme."
                ),
                layout="sheet-of-figures" if kind == "figures" else "answers",
                scheme="" if kind == "figures" else asked.scheme,
                position=position,
                previous=previous,
                next=following,
                parts=shown,
            )

        return PagedWriter(self._folder / "questions", f"{asked.file}-{kind}", page)

    def _links(self, asked: Asked) -> list[tuple[str, str]]:
        """Return the further pages of a question: what they are called, and their addresses."""
        paged = (("figures", self._figures), ("answers", self._answers))
        links = [(label, f"questions/{of[asked.key].first}") for label, of in paged if of[asked.key].pages]
        if (self._folder / f"questions/{asked.file}-curves.html").exists():
            links.append(("curves", f"questions/{asked.file}-curves.html"))
        return links

    def _questions(self) -> None:
        facts = self._facts
        for number, asked in enumerate(facts.asked):
            if plots := list(self._plots(asked)):
                self._file(
                    f"questions/{asked.file}-curves.html",
                    "curves",
                    up="../",
                    asked=asked,
                    plots=plots,
                    infinity=float("inf"),
                )
            tallies = [
                tally for key, tally in self._tallies.items() if facts.question_of(key[0], tally.grade_id) == asked.key
            ]
            self._file(
                asked.page,
                "question",
                up="../",
                asked=asked,
                links=self._links(asked),
                before=facts.asked[number - 1] if number else None,
                after=facts.asked[number + 1] if number + 1 < len(facts.asked) else None,
                **overview.question(facts, asked, tallies),
            )

    def _plots(self, asked: Asked) -> Iterator[ClassPlot]:
        drawn = self._drawn.get(asked.key, {})
        # Where most have drawn something first.
        places = sorted(drawn, key=lambda place: -len(drawn[place]))
        for cell, position in sorted(places[:_MOST_PLOTS], key=lambda place: (places.index(place), place)):
            plot = class_plot(f"{cell}, plot {position + 1}", drawn[cell, position])
            if plot is not None:
                yield plot
