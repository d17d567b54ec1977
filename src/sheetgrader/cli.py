"""The command ``sheetgrader``: options in, exit codes out."""

from __future__ import annotations

# Before anything that only Linux has.
from sheetgrader import linux_only as linux_only

# isort: split
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from sheetgrader.commands.error_log import write_error_log
from sheetgrader.commands.output import INTERRUPTED, KeptOutput, Output
from sheetgrader.commands.status import Sorting
from sheetgrader.errors import SheetgraderError
from sheetgrader.sandbox.limits import Isolation
from sheetgrader.training.plan import Budget, Device

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Grades machine-learning sheets on nbgrader: students' notebooks run in a sandbox, hidden pytest graders judge"
        " what they compute."
    ),
)

new = typer.Typer(
    no_args_is_help=True, help="Make a small course, or a sheet in one, that can be released and graded at once."
)
app.add_typer(new, name="new")

SheetArgument = Annotated[str, typer.Argument(metavar="SHEET", help="The sheet's name: its folder in source/.")]
GroupOption = Annotated[
    list[str] | None,
    typer.Option("--group", "-g", metavar="GROUP", help="Only this group; may be given several times."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
IsolationOption = Annotated[
    Isolation | None,
    typer.Option(
        help=(
            "How student code is kept apart. 'process' locks nothing in: for code that you trust, on machines without"
            " the sandbox."
        )
    ),
]


def _show_version(value: bool) -> None:
    if value:
        Output().say(f"sheetgrader {version('sheetgrader')}")
        raise typer.Exit


@app.callback()
def course_options(
    context: typer.Context,
    course: Annotated[
        Path,
        typer.Option(
            "--course",
            metavar="FOLDER",
            help="The course directory, where nbgrader_config.py is.",
            show_default="the current folder",
        ),
    ] = Path(),
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep the course directory for the command that follows."""
    context.obj = course


@new.command(name="course")
def new_course(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
    json: JsonOption = False,
) -> None:
    """Make a course: its configuration, and a sheet that shows each kind of cell, with graders."""
    from sheetgrader.commands.new import new_course as run

    _finish(context.obj, Output(json=json), lambda output: run(folder, output))


@new.command(name="sheet")
def new_sheet(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The sheet's name.")],
    notebook: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="NOTEBOOK",
            help="Make it of a notebook with solutions, nbgrader's or any; the notebook stays as it is.",
            show_default="a small sheet that shows each kind of cell",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a sheet in a course, from nothing or from a notebook that is there already."""
    from sheetgrader.commands.new import new_sheet as run

    _finish(context.obj, Output(json=json), lambda output: run(context.obj, name, notebook, output))


@app.command()
def release(
    context: typer.Context, sheet: SheetArgument, isolation: IsolationOption = None, json: JsonOption = False
) -> None:
    """Make the students' skeleton of a sheet, after checks that nothing leaks and that the reference solution gets all
    points.
    """
    from sheetgrader.commands.release import release as run

    _finish(context.obj, Output(json=json), lambda output: run(context.obj, sheet, output, isolation=isolation))


@app.command(name="try")
def try_answer(
    context: typer.Context,
    sheet: SheetArgument,
    answer: Annotated[
        str,
        typer.Argument(
            metavar="ANSWER",
            help=(
                "'reference', 'skeleton', a variant as ex1/wrong_sign, a notebook, a folder, a group, or a file with"
                " the code of one cell."
            ),
        ),
    ],
    criterion: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Only this test, or those of this question or test cell.", show_default="all"
        ),
    ] = "",
    debugger: Annotated[
        bool, typer.Option("--pdb", help="Open Python's debugger in the grader where a criterion fails.")
    ] = False,
    isolation: IsolationOption = None,
    json: JsonOption = False,
) -> None:
    """Show graders at work on one answer: what they print, where they fail, and what students would read."""
    from sheetgrader.commands.try_answer import try_answer as run

    _finish(
        context.obj,
        Output(json=json),
        lambda output: run(
            context.obj, sheet, answer, output, criterion=criterion, debugger=debugger, isolation=isolation
        ),
    )


@app.command()
def intake(
    context: typer.Context,
    sheet: SheetArgument,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="What was handed in: folders, zips or tars of one group or of all, or an export of the LMS.",
        ),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Replace what a group handed in even where this is not newer.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Take in what was handed in: archives read safely, checked against the sheet's regulations, put where nbgrader
    expects it.
    """
    from sheetgrader.commands.intake import intake as run

    _finish(context.obj, Output(json=json), lambda output: run(context.obj, sheet, paths, output, force=force))


@app.command()
def grade(
    context: typer.Context,
    sheet: SheetArgument,
    group: GroupOption = None,
    workers: Annotated[
        int,
        typer.Option(min=0, help="Submissions graded at a time.", show_default="the course's setting, or one a core"),
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Grade again what is graded and unchanged.")] = False,
    affected_by: Annotated[
        str,
        typer.Option(metavar="LINE", help="Only groups that the criterion of this line of feedback pages cost points."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge, show what would change, write no scores.")] = False,
    twice: Annotated[
        bool,
        typer.Option("--twice", help="Judge every criterion a second time in fresh kernels; also of what is graded."),
    ] = False,
    isolation: IsolationOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show where the time goes.")] = False,
    json: JsonOption = False,
) -> None:
    """Grade what was handed in: sandboxed, in parallel; what is graded already and has not changed is left as it is."""
    from sheetgrader.commands.grade import grade as run

    output = KeptOutput(json=json)
    _finish(
        context.obj,
        output,
        lambda _: run(
            context.obj,
            sheet,
            output,
            groups=group or (),
            workers=workers,
            force=force,
            affected_by=affected_by,
            dry_run=dry_run,
            twice=twice,
            isolation=isolation,
            verbose=verbose,
        ),
    )


@app.command()
def compare(
    context: typer.Context,
    sheet: SheetArgument,
    gradebook: Annotated[
        Path, typer.Argument(metavar="GRADEBOOK", help="The file gradebook.db with the scores of then.")
    ],
    group: GroupOption = None,
    workers: Annotated[
        int,
        typer.Option(min=0, help="Submissions graded at a time.", show_default="the course's setting, or one a core"),
    ] = 0,
    isolation: IsolationOption = None,
    json: JsonOption = False,
) -> None:
    """Grade what was handed in beside the scores that a gradebook has, and show every difference with its reason;
    nothing is written.
    """
    from sheetgrader.commands.compare import compare as run

    _finish(
        context.obj,
        Output(json=json),
        lambda output: run(
            context.obj, sheet, gradebook, output, groups=group or (), workers=workers, isolation=isolation
        ),
    )


@app.command()
def status(
    context: typer.Context,
    sheet: Annotated[
        str, typer.Argument(metavar="[SHEET]", help="The sheet's name.", show_default="all sheets of the course")
    ] = "",
    only_open: Annotated[bool, typer.Option("--open", help="Only groups in which something is open.")] = False,
    only_late: Annotated[bool, typer.Option("--late", help="Only groups that were late.")] = False,
    only_flagged: Annotated[
        bool, typer.Option("--flagged", help="Only groups in which more is open than marking.")
    ] = False,
    sort: Annotated[Sorting, typer.Option(help="In which order groups are listed.")] = Sorting.GROUP,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one line a group, for spreadsheets.")] = False,
    json: JsonOption = False,
) -> None:
    """Show where everybody stands and who has to act: points by question, lateness, what is open, how the class did."""
    from sheetgrader.commands.status import status as run

    _finish(
        context.obj,
        Output(json=json),
        lambda output: run(
            context.obj,
            sheet,
            output,
            only_open=only_open,
            only_late=only_late,
            only_flagged=only_flagged,
            sorting=sort,
            as_csv=as_csv,
        ),
    )


@app.command()
def settle(
    context: typer.Context,
    sheet: SheetArgument,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="Whose submission it is.")],
    zero: Annotated[bool, typer.Option("--zero", help="No points, whatever was handed in.")] = False,
    excused: Annotated[bool, typer.Option("--excused", help="The sheet does not count for the group.")] = False,
    awaiting: Annotated[bool, typer.Option("--awaiting", help="The group is to hand in, or to hand in again.")] = False,
    extension: Annotated[
        str, typer.Option(metavar="TIME", help="Let the group hand in later: 3d, 36h, 90m; 0 takes it back.")
    ] = "",
    looked_at: Annotated[
        bool, typer.Option("--looked-at", help="Marks that were to be looked at again hold as they are.")
    ] = False,
    cell: Annotated[
        list[str] | None,
        typer.Option("--cell", metavar="NAME", help="With --looked-at: only this question or cell; may be repeated."),
    ] = None,
    reopen: Annotated[bool, typer.Option("--reopen", help="Take a settlement back.")] = False,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason, for whoever reads it later.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides.", show_default="the name of this user")] = "",
    new: Annotated[bool, typer.Option("--new", help="The group has handed in nothing and is not registered.")] = False,
    json: JsonOption = False,
) -> None:
    """Decide about a group in the place of points: nothing, excused, awaited, more time, marks that hold."""
    from sheetgrader.commands.settle import settle as run

    kinds = [kind for kind, is_asked in (("zero", zero), ("excused", excused), ("awaiting", awaiting)) if is_asked]
    _finish(
        context.obj,
        Output(json=json),
        lambda output: run(
            context.obj,
            sheet,
            group,
            output,
            kinds=kinds,
            extension=extension,
            looked_at=looked_at,
            reopen=reopen,
            cells=cell or (),
            why=why,
            by=by,
            is_new=new,
        ),
    )


@app.command(name="object")
def object_to(
    context: typer.Context,
    sheet: SheetArgument,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="Who objects.")],
    line: Annotated[
        str, typer.Argument(metavar="[LINE]", help="The id at the end of a line of its page.", show_default=False)
    ] = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the group says.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A text with a paragraph for each line, as ex3-a4f1c: The sign is right."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Keep what a group says about its feedback, until somebody answers."""
    from sheetgrader.commands.objections import object_to as run

    _finish(
        context.obj,
        Output(json=json),
        lambda output: run(context.obj, sheet, group, output, line=line, why=why, file=file),
    )


@app.command()
def answer(
    context: typer.Context,
    sheet: SheetArgument,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="Who objected.")],
    line: Annotated[str, typer.Argument(metavar="LINE", help="The line's id.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="The answer, which the group reads.")] = "",
    grader_was_wrong: Annotated[
        bool, typer.Option("--grader-was-wrong", help="Show whom else the same criterion cost points.")
    ] = False,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who answers.", show_default="the name of this user")] = "",
    json: JsonOption = False,
) -> None:
    """Answer what a group said about a line of its feedback."""
    from sheetgrader.commands.objections import answer as run

    _finish(
        context.obj,
        Output(json=json),
        lambda output: run(context.obj, sheet, group, line, output, why=why, by=by, grader_was_wrong=grader_was_wrong),
    )


@app.command()
def feedback(context: typer.Context, sheet: SheetArgument, group: GroupOption = None, json: JsonOption = False) -> None:
    """Write one HTML page a group, safe to hand back: points, verdicts with hints, tutors' comments, the group's own
    answers.
    """
    from sheetgrader.commands.feedback import feedback as run

    _finish(context.obj, Output(json=json), lambda output: run(context.obj, sheet, output, groups=group or ()))


@app.command()
def report(context: typer.Context, sheet: SheetArgument, json: JsonOption = False) -> None:
    """Write pages about a class, to be opened from disk: points and flags, questions, figures side by side, statistics,
    similar code, regrades.
    """
    from sheetgrader.commands.report import report as run

    _finish(context.obj, Output(json=json), lambda output: run(context.obj, sheet, output))


@app.command()
def mark(
    context: typer.Context,
    sheet: SheetArgument,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="With --merge: more files.", show_default=False),
    ] = None,
    marker: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Who marks.", show_default="the name of this user")
    ] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is; 0 for any free port.")] = 8877,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only show the address.")] = False,
    packets: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write the page as files that open anywhere, with the answers inside."),
    ] = None,
    markers: Annotated[
        str, typer.Option(metavar="A,B,…", help="Who shares the work: each gets about as many answers.")
    ] = "",
    merge: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Take in marks that were saved from packets.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Mark in the browser: question by question, by the rubric's items, equal answers at once; on a page or in packets
    to take along.
    """
    from sheetgrader.commands.mark import mark as run
    from sheetgrader.errors import UsageError

    def checked(output: Output) -> int:
        if files and not merge:
            raise UsageError("files of marks are taken in with --merge FILE")
        return run(
            context.obj,
            sheet,
            output,
            marker=marker,
            port=port,
            open_browser=not no_browser,
            packets=packets,
            markers=markers,
            merge=[*(merge or ()), *(files or ())],
        )

    _finish(context.obj, Output(json=json), checked)


@app.command()
def train(
    context: typer.Context,
    sheet: SheetArgument,
    runner: Annotated[
        str, typer.Option(metavar="NAME", help="A runner of nbgrader_config.py.", show_default="the course's setting")
    ] = "",
    device: Annotated[Device, typer.Option(help="Where the network is trained.")] = Device.CPU,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with data sets as torchvision downloads them.",
            show_default="the course's setting",
        ),
    ] = None,
    budget: Annotated[Budget, typer.Option(help="How much training is done.")] = Budget.FULL,
    submission: Annotated[
        str,
        typer.Option(
            metavar="GROUP", help="Run the scripts that this group handed in.", show_default="the reference solution"
        ),
    ] = "",
    isolation: IsolationOption = None,
    json: JsonOption = False,
) -> None:
    """Run a sheet's training, of the reference solution or of a group, and hold it against what it must reach."""
    from sheetgrader.commands.train import train as run

    _finish(
        context.obj,
        Output(json=json),
        lambda output: run(
            context.obj,
            sheet,
            output,
            runner=runner,
            device=device.value,
            data=data,
            budget=budget,
            group=submission,
            isolation=isolation,
        ),
    )


@app.command()
def demo(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where to make the demonstration's own course.")
    ] = Path("demo"),
    isolation: IsolationOption = None,
) -> None:
    """Show it all on a small class: release a sheet, hand in right, wrong and hostile answers, grade them, write
    feedback.
    """
    from sheetgrader.commands.demo import demo as run

    _finish(context.obj, Output(), lambda output: run(context.obj, directory, output, isolation=isolation))


kernelspec = typer.Typer(no_args_is_help=True, help="The sandboxed kernel, for JupyterLab and other programs.")
app.add_typer(kernelspec, name="kernelspec")


@kernelspec.command()
def install(
    user: Annotated[bool, typer.Option("--user", help="For this user, in all environments.")] = False,
    prefix: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Into this environment.", show_default="the one sheetgrader is in"),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Give the kernel "Python 3 (sandboxed)" to JupyterLab, nbclient, papermill and plain `nbgrader autograde`."""
    from sheetgrader.commands.kernelspec import install as run

    _finish(Path(), Output(json=json), lambda output: run(output, user=user, prefix=prefix))


@app.command()
def doctor(context: typer.Context, json: JsonOption = False) -> None:
    """Tell what this machine can isolate and run, and what to change where it cannot."""
    from sheetgrader.commands.doctor import doctor as run

    _finish(context.obj, Output(json=json), lambda output: run(context.obj, output))


def main() -> None:
    """Run the command line; the entry point of the program ``sheetgrader``."""
    try:
        Path.home()
    except RuntimeError:
        # A user of a number alone. Jupyter looks for a home when it is imported; containers name this one.
        os.environ["HOME"] = "/"
    try:
        app(prog_name="sheetgrader")
    except KeyboardInterrupt:
        # So early that no command had begun.
        sys.exit(INTERRUPTED)


def _finish(course: Path, output: Output, run: Callable[[Output], int]) -> None:
    """Run a command and exit with its code; whatever goes wrong is told in one sentence."""
    try:
        code = run(output)
        sys.stdout.flush()
    except SheetgraderError as error:
        code = error.exit_code
        output.fail(str(error), code)
    except KeyboardInterrupt:
        code = INTERRUPTED
        output.fail("interrupted; run the same command again", code)
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    # A mistake of the program's own: whoever runs it gets a sentence, whoever mends it the log.
    except Exception as error:  # noqa: BLE001
        code = 1
        output.fail(
            f"something went wrong inside sheetgrader ({type(error).__name__}); the details are in"
            f" {write_error_log(course)}",
            code,
        )
    raise typer.Exit(code)
