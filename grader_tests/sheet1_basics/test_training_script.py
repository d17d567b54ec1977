"""Question 6a: the training script runs by its command line and leaves what was asked for."""

from __future__ import annotations

from training_runs import check

from sheetgrader import criterion
from sheetgrader.training.evidence import rules


@criterion(
    "ex6a",
    weight=2,
    hint="Run it with the full command line of the sheet, on the CPU, in a folder without your other files.",
)
def test_the_script_runs_to_its_end(script):
    """The script runs by its command line to its end, with exit code 0."""
    check(script, rules.runs)


@criterion(
    "ex6a", weight=0.5, hint="Make the folder with its parents: options.output.mkdir(parents=True, exist_ok=True)."
)
def test_the_output_folder_is_made(script):
    """The folder given by --output is made where there is none."""
    check(script, rules.output_folder)


@criterion(
    "ex6a",
    hint=(
        "Six keys: three accuracies between 0 and 1, epochs, device, and history, a list with one entry for each epoch."
    ),
)
def test_metrics_are_well_formed(script):
    """metrics.json has the keys and types that the sheet asks for."""
    check(script, rules.metrics, rules.device)


@criterion(
    "ex6a",
    hint=(
        "torch.save(model.state_dict(), options.output / 'model.pt') saves tensors alone, which weights_only=True"
        " reads."
    ),
)
def test_the_model_is_saved_as_a_state_dict(script):
    """model.pt is a state dict that torch.load(..., weights_only=True) reads."""
    check(script, rules.checkpoint)


@criterion(
    "ex6a",
    hint='Put what the script does into main() and call it under if __name__ == "__main__": only.',
    requires=(
        "test_the_script_runs_to_its_end",
        "test_the_output_folder_is_made",
        "test_metrics_are_well_formed",
        "test_the_model_is_saved_as_a_state_dict",
    ),
)
def test_importing_it_does_nothing(script):
    """Importing the script only defines things: it reads no options, trains nothing and writes nothing."""
    check(script, rules.importing)
