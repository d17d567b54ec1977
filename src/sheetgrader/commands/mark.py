"""``sheetgrader mark``: the marking page, packets to mark elsewhere, and what comes back in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sheetgrader.commands.output import Output
from sheetgrader.commands.users import user_name
from sheetgrader.errors import MarkingError, UsageError
from sheetgrader.report.words import counted, number

if TYPE_CHECKING:
    # Importing these takes time.
    from sheetgrader.marking.marking import Marking
    from sheetgrader.marking.model import MergedMark, MergeReport

_AS: Final = "--as"


def mark(
    folder: Path,
    name: str,
    output: Output,
    *,
    marker: str,
    port: int,
    open_browser: bool,
    packets: Path | None,
    markers: str,
    merge: Sequence[Path],
) -> int:
    """Show the marking page of a sheet until it is stopped, or write packets, or take in their marks; return the exit
    code.

    Raises:
        UsageError: what is asked for does not go together, or nothing of the sheet is graded.
        SheetgraderError: the course, the sheet, the gradebook or a file of marks cannot be read, or nothing can be
            written.
    """
    if packets is not None and merge:
        raise UsageError("give --packets or --merge, one at a time")
    if output.json and packets is None and not merge:
        raise UsageError("--json goes with --packets or --merge: the page itself is for people")
    sharing = tuple(dict.fromkeys(part.strip() for part in markers.split(",") if part.strip()))
    by = marker or user_name(_AS)
    with output.waiting("Reading the answers"):
        # These import nbgrader.
        from sheetgrader.course.directory import Course
        from sheetgrader.marking.marking import Marking

        course = Course.load(folder)
        marking = Marking(course.sheet(name), by=by)
        if not any(marking.answers(*question.key) for question in marking.questions()):
            raise UsageError(f"nothing of {name} is graded; run: sheetgrader grade {name}")
        entered = marking.put_right()
        outdated = marking.by_earlier_rubric()
    if entered:
        output.say(f"Entered in the gradebook, which had not got them: {counted(entered, 'mark')}.")
    for remark in marking.remarks():
        output.warn(remark)
    for question, count in outdated.items():
        output.warn(
            f"{question}: {counted(count, 'mark')} given by an earlier rubric, with other points than it comes to now;"
            " give them again, or let the rubric be applied to all on the page."
        )
    if merge:
        return _merge(marking, merge, output)
    if packets is not None:
        return _write_packets(marking, packets, sharing, output)
    from sheetgrader.report.marking_page.desks import Desks
    from sheetgrader.report.marking_page.server import serve

    output.say(f"You mark {name} as {by}. Ctrl-C ends it; marks are saved as you give them.", "bold")
    serve(
        Desks(course, owner=by, marker=by, markers=sharing),
        name,
        port=port,
        open_browser=open_browser,
        tell=lambda address: output.say(f"Open: {address}"),
    )
    return 0


def _write_packets(marking: Marking, folder: Path, markers: Sequence[str], output: Output) -> int:
    from sheetgrader.report.marking_page.packets import waiting, write_packets
    from sheetgrader.report.marking_page.rendered import RenderedAnswers
    from sheetgrader.report.marking_page.scanned import ScannedPages

    count = waiting(marking)
    with RenderedAnswers() as rendered, ScannedPages() as scanned, output.progress("Writing answers", count) as step:
        report = write_packets(marking, rendered, scanned, folder, markers=markers, step=step)
    output.document(report)
    if not report.packets:
        output.say(f"No answer to {report.sheet} waits for a mark: there is nothing to take along.")
        return 0
    output.table(
        ("packet", "for", "answers", "MB"),
        [
            (packet.path, packet.marker or "anybody", str(packet.answers), f"{packet.bytes / 1e6:.1f}")
            for packet in report.packets
        ],
        numbers=(2, 3),
    )
    for remark in report.remarks:
        output.say(remark)
    output.say(
        "They open in any browser. Names inside answers and scans cannot be hidden. What comes back:"
        f" sheetgrader mark {report.sheet} --merge FILE"
    )
    return 0


def _merge(marking: Marking, files: Sequence[Path], output: Output) -> int:
    from sheetgrader.marking.merging import merge, read_marks_file

    marks = [found for path in files for found in read_marks_file(path)]
    report = merge(marking, marks)
    output.document(report)
    output.say(
        f"{counted(len(report.taken), 'mark')} taken in, {len(report.same)} there already"
        + (f", {len(report.outdated)} older than what the same marker gave later" if report.outdated else "")
        + ".",
        "bold",
    )
    open_ones = _open_ones(report)
    if not open_ones and not report.unknown:
        return 0
    output.table(
        ("what", "question", "answer", "group", "by", "gave", "points there", "why"),
        [*_rows(marking, open_ones), *_unknown_rows(report)],
    )
    told = f"{counted(len(open_ones) + len(report.unknown), 'mark')} not taken"
    if open_ones:
        told += f": look at each on the page (sheetgrader mark {marking.sheet.name}; show all) and decide"
    output.warn(f"{told}.")
    return 1


def _open_ones(report: MergeReport) -> list[tuple[str, MergedMark]]:
    kinds = (
        ("marked otherwise", report.conflicts),
        ("answer changed", report.answer_changed),
        ("refused", report.refused),
    )
    return [(what, merged) for what, found in kinds for merged in found]


def _unknown_rows(report: MergeReport) -> list[tuple[str, ...]]:
    """Return a row for each packet that nobody knows the answers of, and each of its markers."""
    found = Counter((one.packet_mark.packet, one.packet_mark.by, one.why) for one in report.unknown)
    return [
        ("unknown", "", counted(count, "answer"), f"packet {packet}", by, "", "", why)
        for (packet, by, why), count in found.items()
    ]


def _rows(marking: Marking, open_ones: Sequence[tuple[str, MergedMark]]) -> Iterator[tuple[str, ...]]:
    # The page is blind: it calls answers by their place.
    cells = {(one.answer.notebook, one.answer.grade_id) for _, one in open_ones if one.answer is not None}
    places = {answer.id: str(place) for cell in cells for place, answer in enumerate(marking.answers(*cell), start=1)}
    for what, merged in open_ones:
        yield _row(marking, what, merged, places)


def _row(marking: Marking, what: str, merged: MergedMark, places: Mapping[str, str]) -> tuple[str, ...]:
    answer = merged.answer
    given = merged.packet_mark
    assert answer is not None  # noqa: S101 # those are told together
    there = (
        "" if answer.mark is None or answer.mark.points is None else f"{number(answer.mark.points)} ({answer.mark.by})"
    )
    place = places.get(answer.id, "")
    return what, answer.grade_id, place, answer.group, given.by, _gave(marking, merged), there, merged.why


def _gave(marking: Marking, merged: MergedMark) -> str:
    """Return the points that the packet's marker gave, as far as the rubric knows them still."""
    if merged.answer is None or merged.packet_mark.mark is None:
        return ""
    try:
        return number(marking.check(merged.answer, merged.packet_mark.mark))
    except MarkingError:
        return "?"
