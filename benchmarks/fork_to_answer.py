"""From the request for a kernel to a sandboxed one that answers, with torch loaded; and from the wish to be rid of it
until it is gone.
"""

from __future__ import annotations

import statistics
import time

from benchmarks.measuring import parser, show, summary, write
from sheetgrader.kernels.client import KernelClient
from sheetgrader.kernels.launcher import Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "")
    options.add_argument("--repeats", type=int, default=30, help="how many kernels, one after the other")
    chosen = options.parse_args()
    start = time.perf_counter()
    with Zygote.start() as zygote:
        zygote.wait_ready()
        measured: dict[str, list[float]] = {
            "zygote ready": [time.perf_counter() - start],
            "locked in": [],
            "answers": [],
            "torch answers": [],
            "gone": [],
        }
        connection = ZygoteConnection(zygote.address)
        for _ in range(chosen.repeats):
            _measure(connection, measured)
        connection.close()
    show(
        "Seconds, from the start of the zygote or of the fork, or from the kill",
        [(name, summary(values)) for name, values in measured.items()],
    )
    write(
        chosen.json, {name: {"median": statistics.median(values), "all": values} for name, values in measured.items()}
    )


def _measure(connection: ZygoteConnection, measured: dict[str, list[float]]) -> None:
    limits = SandboxLimits()
    start = time.perf_counter()
    kernel = connection.fork(files={"notebook.txt": b"a file"}, limits=limits)
    measured["locked in"].append(time.perf_counter() - start)
    client = KernelClient(kernel, memory_bytes=limits.memory_bytes, message_bytes=1 << 20, grace_seconds=1.0)
    client.wait_ready()
    measured["answers"].append(time.perf_counter() - start)
    executed = client.execute("import torch; torch.ones(3).sum()", cell="sum", seconds=10, output_bytes=1000)
    assert [output.data["text/plain"] for output in executed.outputs] == ["tensor(3.)"]
    measured["torch answers"].append(time.perf_counter() - start)
    start = time.perf_counter()
    client.close()
    measured["gone"].append(time.perf_counter() - start)


if __name__ == "__main__":
    main()
