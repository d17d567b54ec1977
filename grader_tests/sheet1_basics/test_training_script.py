"""Question 6a: the training script runs by its command line and leaves what was asked for."""

from __future__ import annotations

from training_runs import PARTS, SCRIPT, long_run, metrics_of, short_run, weights_of

from sheetgrader import StudentError, Wrong, criterion, probe


@probe
def files_beside(script):
    from pathlib import Path

    folder = Path(script.__file__).parent
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]


@criterion(
    "ex6a",
    weight=2,
    hint="Run it with the full command line of the sheet, on the CPU, in a folder without your other files.",
)
def test_the_script_runs_to_its_end(script):
    """The script runs by its command line to its end, with exit code 0."""
    long_run(script).check()


@criterion(
    "ex6a", weight=0.5, hint="Make the folder with its parents: options.output.mkdir(parents=True, exist_ok=True)."
)
def test_the_output_folder_is_made(script):
    """The folder given by --output is made where there is none."""
    run = short_run(script)
    if not run.finished and long_run(script).finished:
        raise Wrong(f"With an output folder that did not exist: {run.reason}")
    run.file("metrics.json")


@criterion(
    "ex6a",
    hint=(
        "Six keys: three accuracies between 0 and 1, epochs, device, and history, a list with one entry for each epoch."
    ),
)
def test_metrics_are_well_formed(script):
    """metrics.json has the keys and types that the sheet asks for."""
    metrics = metrics_of(long_run(script))
    for name in ("epochs", "device", "history", *(f"{part}_accuracy" for part in PARTS)):
        if getattr(metrics, name) is None:
            raise Wrong(f"metrics.json has no {name}.")
    for part in PARTS:
        value = getattr(metrics, f"{part}_accuracy")
        if metrics.accuracy(part) is None:
            raise Wrong(f"In metrics.json {part}_accuracy is no number.")
        if not 0 <= value <= 1:
            raise Wrong(f"In metrics.json {part}_accuracy is {value:g}, where a number between 0 and 1 was asked for.")
    if metrics.device != "cpu":
        raise Wrong(
            f"metrics.json names the device {str(metrics.device)[:20]!r}, where the script was called with --device"
            " cpu."
        )
    if isinstance(metrics.epochs, bool) or not isinstance(metrics.epochs, int):
        raise Wrong("In metrics.json epochs is no whole number.")
    if not isinstance(metrics.history, list):
        raise Wrong("In metrics.json history is no list.")


@criterion(
    "ex6a",
    hint=(
        "torch.save(model.state_dict(), options.output / 'model.pt') saves tensors alone, which weights_only=True"
        " reads."
    ),
)
def test_the_model_is_saved_as_a_state_dict(script):
    """model.pt is a state dict that torch.load(..., weights_only=True) reads."""
    assert weights_of(script)


@criterion("ex6a", hint='Put what the script does into main() and call it under if __name__ == "__main__": only.')
def test_importing_it_does_nothing(script):
    """Importing the script only defines things: it reads no options, trains nothing and writes nothing."""
    written = files_beside(script.module(SCRIPT))
    if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
        raise StudentError("What importing the script has written cannot be seen.")
    more = sorted(set(written) - script.files)
    if more:
        raise Wrong(f"Importing the script wrote {len(more)} files, {more[0][:60]} among them.")
