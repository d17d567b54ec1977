"""Reference training on a GPU against the same on a CPU: `sheetgrader train` on both, and what differs in seconds and
in numbers.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import torch

from benchmarks.measuring import parser, show, write
from sheetgrader.training.outcomes import RunResult, TrainingReport


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "")
    options.add_argument("sheet", nargs="?", default="sheet1_basics")
    options.add_argument(
        "--data", type=Path, default=Path("data"), help="folder with data sets as torchvision downloads them"
    )
    options.add_argument("--budget", choices=["quick", "full"], default="full")
    chosen = options.parse_args()
    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU here: there is nothing to compare with")
    cpu, gpu = (_train(chosen.sheet, chosen.data, chosen.budget, device) for device in ("cpu", "cuda"))
    rows = [(one.name, _compared(one, other)) for one, other in zip(cpu.runs, gpu.runs, strict=True)]
    show(f"{chosen.sheet}, {chosen.budget} budget, on {gpu.runs[0].surroundings.gpu}", rows)
    write(chosen.json, {"cpu": msgspec.to_builtins(cpu), "cuda": msgspec.to_builtins(gpu)})


def _train(sheet: str, data: Path, budget: str, device: str) -> TrainingReport:
    program = str(Path(sys.executable).with_name("sheetgrader"))
    command = [program, "train", sheet, "--data", str(data), "--budget", budget, "--device", device, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        # What a failed training took says nothing; the command has told why on its own.
        sys.exit(f"`{' '.join(command[1:])}` ended with exit code {done.returncode}: {done.stdout.decode()[:500]}")
    return msgspec.json.decode(done.stdout, type=TrainingReport)


def _compared(cpu: RunResult, gpu: RunResult) -> str:
    shared = [abs(cpu.metrics[name] - gpu.metrics[name]) for name in cpu.metrics if name in gpu.metrics]
    seconds = f"CPU {cpu.seconds:.1f} s, GPU {gpu.seconds:.1f} s, {cpu.seconds / gpu.seconds:.1f} times"
    return f"{seconds}; numbers differ by {max(shared):.2g}; {gpu.peak_gpu_memory_bytes >> 20} MiB of GPU memory"


if __name__ == "__main__":
    main()
