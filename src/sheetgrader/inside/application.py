"""The warm kernel: an ipykernel that is built before the fork and connected after it.

:func:`warm` runs once in the zygote and pays for everything that is the same in every kernel: imports, the interactive
shell, the first figure. It opens no socket and starts no thread, because neither survives a fork. :func:`serve` runs in
the forked, locked-in child and does the rest.

The kernel behaves as a stock ipykernel, because nbgrader's scores are computed from its outputs. It differs in what a
sandbox needs: it listens on sockets that it is handed, signs nothing (whoever holds the socket's other end is trusted
with it), keeps no history database and answers one more message, ``probe_request``.
"""

# mypy: allow-untyped-calls
# ipykernel annotates few of its functions.

from __future__ import annotations

import importlib
import itertools
import json
import logging
import os
import signal
import sys
import tempfile
import traceback
import types
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import zmq
from ipykernel.control import ControlThread
from ipykernel.heartbeat import Heartbeat
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.shellchannel import ShellChannelThread
from IPython.core.profiledir import ProfileDir
from traitlets import Type
from traitlets.config import Config
from zmq.eventloop.zmqstream import ZMQStream

from sheetgrader.boundary.channels import CHANNELS
from sheetgrader.errors import IsolationError
from sheetgrader.inside import torchvision_operators
from sheetgrader.inside.figures import FigureRecorder, figures_put_away
from sheetgrader.inside.further_imports import number_of_threads
from sheetgrader.inside.libraries import meet_the_sandbox, seed_libraries, use_threads
from sheetgrader.inside.probing import Namespace
from sheetgrader.inside.rehearsal import Rehearsal
from sheetgrader.inside.shell import KnownCellsCompiler, ZMQInteractiveShell

#: Text that one cell may print to one stream; then it is told that the rest was cut.
OUTPUT_CHARACTERS: Final = 4 << 20
#: Metadata of an ``execute_request`` that names the cell, for its figure records.
CELL_NAME_KEY: Final = "sheetgrader_cell"
_PORTS: Final = {channel: number for number, channel in enumerate(CHANNELS, start=1)}
_INLINE_BACKEND: Final = "module://matplotlib_inline.backend_inline"
#: What a stock kernel finds in ``sys.argv`` before the name of its connection file.
_ARGUMENTS: Final = ("ipykernel_launcher.py", "-f")
#: Where its connection file lies, below the folder for temporary files.
_RUNTIME_FOLDER: Final = "jupyter"
_log = logging.getLogger(__name__)
#: What every kernel has, whatever a sheet imports.
warm_modules: Final[set[str]] = set()


class CappedStream(OutStream):
    """Standard output or error of a kernel, up to a limit for each cell.

    It stops honest floods; code that means harm can undo it, so the receiving side has a limit of its own.
    """

    #: Characters that may still be written; negative once something was cut.
    _left = OUTPUT_CHARACTERS

    def set_parent(self, parent: Mapping[str, Any]) -> None:
        """Begin the output of another request."""
        self._left = OUTPUT_CHARACTERS
        super().set_parent(parent)

    def write(self, string: str) -> int:
        """Write ``string`` as far as the limit allows; the rest is dropped."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        if len(string) <= self._left:
            self._left -= len(string)
            super().write(string)
        elif self._left >= 0:
            kept, self._left = string[: self._left], -1
            super().write(f"{kept}\n[the rest of this cell's output was cut]\n")
        return len(string)

    def _setup_stream_redirects(self, name: str) -> None:
        super()._setup_stream_redirects(name)
        # ipykernel echoes what arrives on file descriptors 1 and 2 into the original stream. That would fill the disk
        # of whoever keeps the log, and at the limit on file sizes the echoing thread would stop for good.
        nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        os.dup2(nowhere, self._original_stdstream_copy, inheritable=False)
        os.close(nowhere)


class ProbedKernel(IPythonKernel):
    """An IPython kernel that answers ``probe_request`` on its shell channel and keeps records of the figures that cells
    draw.
    """

    shell_class = ZMQInteractiveShell
    compiler_class = Type(KnownCellsCompiler)
    # It is there for clients that take a reply for the end of the outputs; nbclient and sheetgrader wait for both.
    _execute_sleep = 0.0

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        shell: Any = self.shell
        self.figures = FigureRecorder()
        self._namespace = Namespace(shell.user_ns, figures=self.figures.records, describe_file=self._describe_file)
        self.shell_handlers["probe_request"] = self.probe_request
        # Registered before the inline backend's own, which shows the figures and closes them.
        shell.events.register("post_execute", self.figures.end)

    async def probe_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Answer a grader's question about the namespace."""
        session: Any = self.session
        shell: Any = self.shell
        with figures_put_away():
            content, buffers = self._namespace.answer(parent["content"], parent["buffers"])
        shell.mend_streams()
        # An interrupt that comes too late must not stop the answer halfway; ipykernel sets the handler again for the
        # next request.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        session.send(stream, "probe_reply", content, parent, ident=ident, buffers=buffers)

    async def do_execute(
        self, *arguments: Any, cell_meta: dict[str, Any] | None = None, cell_id: str | None = None, **keywords: Any
    ) -> Any:
        """Run a cell; what it draws is recorded under the name that the request's metadata gives it."""
        self.figures.begin(str((cell_meta or {}).get(CELL_NAME_KEY, "")))
        shell: Any = self.shell
        try:
            return await super().do_execute(*arguments, cell_meta=cell_meta, cell_id=cell_id, **keywords)
        finally:
            shell.mend_streams()

    def _describe_file(self, file: str) -> str | None:
        shell: Any = self.shell
        name = shell.compile.format_code_name(file)
        return " ".join(name) if name else None


class _SocketHeartbeat(Heartbeat):
    """A heartbeat on a listening socket that already exists."""

    def __init__(self, context: Any, file_descriptor: int) -> None:
        super().__init__(context, ("ipc", "", _PORTS["hb"]))
        self._file_descriptor = file_descriptor

    def _try_bind_socket(self) -> None:
        _adopt(self.socket, self._file_descriptor, "hb")


class WarmKernelApp(IPKernelApp):
    """An IPKernelApp in two steps: :meth:`build` before a fork, :meth:`connect` after it."""

    shell: Any
    kernel: Any

    def build(self) -> None:
        """Make the kernel and its interactive shell, without threads or sockets."""
        self.init_pdb()
        self.kernel = ProbedKernel.instance(
            parent=self, session=self.session, log=self.log, profile_dir=self.profile_dir, user_ns=None
        )
        self.init_path()
        self.init_shell()
        self.init_extensions()
        self.shell.user_ns_hidden.update(self.shell.user_ns)

    def init_path(self) -> None:
        """Let cells import modules that lie beside the notebook, as in an ordinary kernel, although the zygote itself
        runs isolated.
        """
        libraries = (
            position
            for position, folder in enumerate(sys.path)
            if Path(folder).name in ("site-packages", "dist-packages")
        )
        sys.path.insert(next(libraries, 0), "")

    def connect(self, listening: Mapping[str, int]) -> None:
        """Open the sockets, start the threads, and hand both to the kernel."""
        self._listening = dict(listening)
        # A session drops every message without a word once its process has another id.
        self.session.session = str(uuid.uuid4())
        self.session.pid = os.getpid()
        self.init_sockets()
        self.init_heartbeat()
        self._ports = dict(_PORTS)
        self.init_io()
        self.init_signal()
        self._connect_kernel()
        self._meet_surroundings()

    def init_control(self, context: Any) -> None:
        """Open the control channel, without what the original opens beside it: the debugger's sockets."""
        self.control_socket = context.socket(zmq.ROUTER)
        self.control_socket.linger = 1000
        self.control_port = self._bind_socket(self.control_socket, self.control_port)
        self.control_socket.router_handover = 1
        self.control_thread = ControlThread(daemon=True)
        self.shell_channel_thread = ShellChannelThread(context, daemon=True)

    def init_heartbeat(self) -> None:
        """Start the heartbeat in a context of its own, as the original does."""
        self.heartbeat = _SocketHeartbeat(zmq.Context(), self._listening["hb"])
        self.heartbeat.start()

    def _try_bind_socket(self, s: Any, port: int) -> int:
        channel = CHANNELS[port - 1]
        _adopt(s, self._listening[channel], channel)
        return port

    def _connect_kernel(self) -> None:
        kernel, shell = self.kernel, self.shell
        kernel.shell_stream = ZMQStream(self.shell_socket, self.shell_channel_thread.io_loop)
        kernel.control_stream = ZMQStream(self.control_socket, self.control_thread.io_loop)
        kernel.control_thread, kernel.shell_channel_thread = self.control_thread, self.shell_channel_thread
        kernel.iopub_thread, kernel.iopub_socket, kernel.stdin_socket = (
            self.iopub_thread,
            self.iopub_socket,
            self.stdin_socket,
        )
        kernel._stdout, kernel._stderr = sys.stdout, sys.stderr
        kernel.ident = str(uuid.uuid4())
        kernel.record_ports({f"{channel}_port": port for channel, port in _PORTS.items()})
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        shell.displayhook.topic = kernel._topic("execute_result")
        self.displayhook.get_execution_count = lambda: kernel.execution_count
        self.shell_channel_thread.shell_stream = kernel.shell_stream
        self.control_thread.start()
        self.shell_channel_thread.start()

    def _meet_surroundings(self) -> None:
        """Take over what differs between the zygote and this process: arguments, environment, folder, randomness."""
        self._write_connection_file(Path(os.environ["TMPDIR"], _RUNTIME_FOLDER))
        sys.argv = [*_ARGUMENTS, self.connection_file]
        os.environ.setdefault("MPLBACKEND", _INLINE_BACKEND)
        self.shell.init_environment()
        self.shell.starting_dir = str(Path.cwd())
        self.shell.home_dir = str(Path.home())
        self.shell.history_manager.dir_hist[:] = [Path.cwd()]
        tempfile.tempdir = None
        seed_libraries()

    def _write_connection_file(self, folder: Path) -> None:
        """Leave what notebooks look for to find out who they are, where Jupyter leaves it; nobody can connect by it."""
        path = folder / f"kernel-{self.session.session}.json"
        folder.mkdir(parents=True, exist_ok=True)
        ports = {f"{channel}_port": port for channel, port in _PORTS.items()}
        path.write_text(json.dumps({**ports, "transport": "ipc", "ip": "kernel", "key": "", "kernel_name": "python3"}))
        self.connection_file = self.config[IPKernelApp.__name__].connection_file = str(path)
        os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
        os.environ["JPY_PARENT_PID"] = str(os.getpid())


def _adopt(server: Any, file_descriptor: int, channel: str) -> None:
    """Let ``server`` serve a socket that listens already; the address is only a name then."""
    os.set_blocking(file_descriptor, False)
    os.set_inheritable(file_descriptor, False)  # noqa: FBT003  # it has no name
    server.setsockopt(zmq.USE_FD, file_descriptor)
    server.bind(f"ipc://{channel}")


def warm(preload: Iterable[str]) -> None:
    """Import the libraries named in ``preload`` and build the kernel that :func:`serve` will run; libraries not
    installed are skipped.

    The process must have been started with ``OMP_NUM_THREADS=1``: a library that has once computed with several threads
    hangs in a forked process.

    Raises:
        IsolationError: a library started a thread, which no fork survives.
    """
    os.environ["MPLBACKEND"] = _INLINE_BACKEND
    _leave_out_debugger()
    # Libraries ask at import whether they run in a notebook, so the kernel is built first.
    app = _build()
    torchvision_operators.install()
    rehearsal: Rehearsal | None = None
    for name in itertools.chain(preload, ("threadpoolctl",)):
        _import(name)
        if name == "matplotlib.pyplot":
            # It needs no more than this, and takes its time beside the imports that follow.
            _prepare_figures(app.kernel)
            rehearsal = Rehearsal(app)
    if rehearsal is None:
        _prepare_figures(app.kernel)
        rehearsal = Rehearsal(app)
    for name in rehearsal.missing_modules():
        _import(name)
    warm_modules.update(sys.modules)
    check_single_thread()


def check_single_thread() -> None:
    """Check that this process can be forked.

    Raises:
        IsolationError: a library started a thread, which no fork survives.
    """
    threads = number_of_threads()
    if threads > 1:
        raise IsolationError(
            f"the warm process has {threads} threads after its imports and cannot be forked: take out of preload what"
            " starts them."
        )


def serve(listening: Mapping[str, int], *, threads: int = 1, cores: int = sys.maxsize) -> NoReturn:
    """Run the kernel on the listening sockets, given by channel, until it is told to stop; then end this process.

    Args:
        listening: the file descriptor of a listening Unix socket for each channel.
        threads: how many threads torch and the linear algebra libraries may use.
        cores: how many processor cores there are at most, as far as student code is told.
    """
    status = 1
    try:
        app = _connect(listening)
        meet_the_sandbox(cores)
        use_threads(threads)
        app.start()
        app.close()
        status = 0
    finally:
        # Whatever happened, this process must not run on as a second zygote.
        os._exit(status)


def _connect(listening: Mapping[str, int]) -> WarmKernelApp:
    app = WarmKernelApp.instance()
    # Once connected, standard error is a stream of the kernel's: only this copy still leads to whoever started it.
    with os.fdopen(os.dup(2), "w") as log:
        try:
            app.connect(listening)
        except BaseException:
            traceback.print_exc(file=log)
            raise
    return app


def _build() -> WarmKernelApp:
    # What IPython would otherwise read from and write to the home folder of whoever runs the zygote.
    os.environ["IPYTHONDIR"] = folder = tempfile.mkdtemp(prefix="ipython-")
    app = WarmKernelApp.instance(
        config=Config(
            {
                "Session": {"key": b""},
                "HistoryManager": {"enabled": False},
                # Libraries know by the presence of this section that they run in a notebook.
                IPKernelApp.__name__: {"connection_file": "kernel.json"},
            }
        ),
        log_level=logging.ERROR,
        profile_dir=ProfileDir.create_profile_dir_by_name(folder),
        outstream_class=f"{__name__}.{CappedStream.__name__}",
        **{f"{channel}_port": port for channel, port in _PORTS.items()},
    )
    app.build()
    return app


def _leave_out_debugger() -> None:
    """Put a stand-in where ipykernel looks for its debugger, which takes longer to import than all the rest of it and
    is never wanted here.
    """
    module = types.ModuleType("ipykernel.debugger")
    module._is_debugpy_available = False  # type: ignore[attr-defined]  # the name that ipykernel asks for
    module.Debugger = type("Debugger", (), {})  # type: ignore[attr-defined]  # the name that ipykernel asks for
    sys.modules[module.__name__] = module


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        pass
    except Exception:  # noqa: BLE001  # a broken library must not stop the grading of those who do not use it
        _log.warning("cannot import %s ahead of time", name, exc_info=True)


def _prepare_figures(kernel: ProbedKernel) -> None:
    """Bind the inline backend to the kernel and draw one figure, so that fonts, colours and the file format are loaded
    once for all kernels.
    """
    try:
        import matplotlib.pyplot as plt  # a kernel may lack matplotlib
        from IPython.core.pylabtools import print_figure
    except ModuleNotFoundError:
        return
    kernel.figures.watch_pyplot()
    with figures_put_away():
        figure, axes = plt.subplots()
        axes.plot([0, 1], label="line")
        axes.legend()
        axes.set(title="title", xlabel="x", ylabel="y")
        print_figure(figure)
    shell: Any = kernel.shell
    # The backend's own clean-up after a cell: it would otherwise show the figure in the first cell of every kernel.
    shell.events.trigger("post_execute")
