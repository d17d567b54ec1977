"""What leads out of a sandbox: a kernel's channels and a script's pipes, by name, in the order in which their
descriptors are handed over.
"""

from __future__ import annotations

from typing import Final

#: The channels of a kernel, in the order their listening sockets arrive in; jupyter_client numbers Unix sockets in the
#: same order.
CHANNELS: Final = ("shell", "iopub", "stdin", "control", "hb")
#: What a script puts out, in the order that its pipes arrive in.
OUTPUTS: Final = ("stdout", "stderr", "record")
