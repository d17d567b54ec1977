"""``sheetgrader kernelspec``: the sandboxed kernel for other programs."""

from __future__ import annotations

import sys
from pathlib import Path

from sheetgrader.commands.output import Output
from sheetgrader.errors import SheetgraderError
from sheetgrader.kernels.provisioner import KERNEL_NAME, install_kernel, kernel_specification


def install(output: Output, *, user: bool, prefix: Path | None) -> int:
    """Make the sandboxed kernel known to Jupyter, and return the exit code.

    Args:
        output: where to say so.
        user: for this user in all environments, instead of in this one.
        prefix: another environment to install into.

    Raises:
        SheetgraderError: it cannot be written.
    """
    try:
        folder = install_kernel(prefix=None if user else prefix or Path(sys.prefix))
    except OSError as error:
        raise SheetgraderError(
            f"the kernel cannot be installed: {error.filename} cannot be written ({error.strerror}); with --user it"
            " goes into your own folder"
        ) from None
    output.say(f"{kernel_specification().display_name} is installed in {folder}.")
    output.say(
        f"Programs find it under the name {KERNEL_NAME}, where sheetgrader is installed beside them; to take it away:"
        f" jupyter kernelspec remove {KERNEL_NAME}"
    )
    output.document({"name": KERNEL_NAME, "folder": str(folder)})
    return 0
