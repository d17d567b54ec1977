from __future__ import annotations

import ast
import json
import os
import re
import select
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import DEVNULL
from typing import Any, Self

import numpy as np
import pytest
import zmq
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

from sheetgrader.boundary import encoding
from sheetgrader.boundary.channels import CHANNELS
from sheetgrader.inside.application import OUTPUT_CHARACTERS
from sheetgrader.kernels.launcher import SandboxedKernel

Message = dict[str, Any]
Outputs = list[tuple[str, dict[str, Any]]]


class Client:
    """A Jupyter client of one kernel."""

    def __init__(self, sockets: Mapping[str, str], key: bytes = b"") -> None:
        self._session = Session(key=key)
        self._context = zmq.Context()
        self.shell, self._control = (self._connect(zmq.DEALER, sockets[channel]) for channel in ("shell", "control"))
        self.iopub = self._connect(zmq.SUB, sockets["iopub"])
        while self.receive(self.iopub)["msg_type"] != "iopub_welcome":
            pass

    def _connect(self, kind: int, address: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.linger = 0
        if kind == zmq.SUB:
            socket.subscribe(b"")
        socket.connect(address)
        return socket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.destroy(linger=0)

    def receive(self, socket: zmq.Socket[bytes], seconds: float = 60) -> Message:
        assert socket.poll(int(1000 * seconds)), "the kernel does not answer"
        return self._session.deserialize(self._session.feed_identities(socket.recv_multipart())[1])

    def send(self, kind: str, content: Message, **rest: Any) -> str:
        message = self._session.msg(kind, content, metadata=rest.pop("metadata", None))
        self._session.send(self._control if rest.pop("on_control", False) else self.shell, message, **rest)
        return str(message["header"]["msg_id"])

    def ask(self, kind: str, content: Message, **rest: Any) -> Message:
        socket = self._control if rest.get("on_control") else self.shell
        identity = self.send(kind, content, **rest)
        while (reply := self.receive(socket))["parent_header"]["msg_id"] != identity:
            pass
        return reply

    def send_cell(self, code: str, cell: str | None = None) -> str:
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        return self.send("execute_request", content, metadata={} if cell is None else {"sheetgrader_cell": cell})

    def finish(self, identity: str) -> tuple[Message, Outputs]:
        """Wait until a cell has run; return the reply's content and what the cell put out."""
        outputs: Outputs = []
        while True:
            message = self.receive(self.iopub)
            if message["parent_header"].get("msg_id") != identity:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
            if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                outputs.append((message["msg_type"], message["content"]))
        while (reply := self.receive(self.shell))["parent_header"]["msg_id"] != identity:
            pass
        return reply["content"], outputs

    def run(self, code: str, cell: str | None = None) -> tuple[Message, Outputs]:
        return self.finish(self.send_cell(code, cell))

    def value(self, expression: str) -> str:
        """Return how the kernel shows the value of an expression."""
        _, outputs = self.run(expression)
        (value,) = [content["data"]["text/plain"] for kind, content in outputs if kind == "execute_result"]
        return str(value)

    def text(self, code: str) -> str:
        """Return all that a cell prints."""
        return "".join(content["text"] for kind, content in self.run(code)[1] if kind == "stream")

    def probe(self, operation: str, **request: Any) -> Message:
        buffers: list[encoding.Buffer] = []
        if "values" in request:
            request["values"], buffers = encoding.encode(request["values"])
        reply = self.ask("probe_request", {"operation": operation} | request, buffers=buffers)
        answer = reply["content"]
        if answer["status"] == "ok":
            answer["value"] = encoding.decode(answer["value"], reply["buffers"], handle=lambda reference: reference)
        return answer


@pytest.fixture
def client(kernel: SandboxedKernel) -> Iterator[Client]:
    """A client of a kernel with an empty work folder."""
    with Client(kernel.sockets) as connected:
        yield connected


@pytest.fixture
def stock_client(tmp_path: Path) -> Iterator[Client]:
    """A client of the ipykernel that Jupyter itself would start."""
    manager = KernelManager(transport="ipc", ip=str(tmp_path / "kernel"), connection_file=str(tmp_path / "kernel.json"))
    environment = os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")}
    # ipykernel does not watch file descriptors 1 and 2 where it finds this variable.
    del environment["PYTEST_CURRENT_TEST"]
    manager.start_kernel(cwd=str(tmp_path), env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        sockets = {channel: f"ipc://{manager.ip}-{getattr(manager, f'{channel}_port')}" for channel in CHANNELS}
        with Client(sockets, manager.session.key) as connected:
            yield connected
    finally:
        manager.shutdown_kernel(now=True)


def comparable(reply: Message, outputs: Outputs) -> object:
    """Return what must not differ between kernels: all but process ids, addresses, times and folders."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items() if key != "engine_info"}
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, str):
            value = re.sub(r"/\S*ipykernel_\d+/", "<cells>/", value)
            value = re.sub(r"[~/]\S*/(site-packages|python3\.\d+)/", "<libraries>/", value)
            return re.sub(r"0x[0-9a-f]{6,}", "<address>", value)
        return value

    merged: list[list[Any]] = []
    for kind, content in outputs:
        # How a stream is cut into messages depends on the time.
        if kind == "stream" and merged and merged[-1][0] == kind and merged[-1][1]["name"] == content["name"]:
            merged[-1][1]["text"] += content["text"]
        else:
            merged.append([kind, dict(content)])
    return plain(
        [
            {key: reply.get(key) for key in ("status", "execution_count", "ename", "evalue", "traceback", "payload")},
            merged,
        ]
    )


CELLS = {
    "values and text": (
        "1 + 1", "_ + 1", "Out, In[-1]", "7;", "None", "'text'", "print('a', end=''); print('b')", "x = 3", "x",
        "exec('x = 1'); x", "del x", "x",
        "import sys; print('out'); print('err', file=sys.stderr); sys.stdout.write('w')",
        "from IPython.display import display, HTML, Markdown",
        "display(1, 'two'); print(3); display(HTML('<b>x</b>'))", "Markdown('*x*')",
        "display({'text/plain': 'p', 'text/html': 'h'}, raw=True)", "globals()['y'] = 2; y", "help(len)",
        "import numpy as np; np.arange(5)", "np.array([1.0]) / 0", "np.random.seed(1); np.random.rand()",
        "np.float64(3)", "print(np.float64(3))",
        "import random; random.seed(1); random.random()", "import torch; torch.manual_seed(1); torch.rand(2)",
    ),
    "errors and warnings": (
        "1 / 0", "def f(x):\n    return g(x)\n\ndef g(x):\n    raise ValueError(f'no {x}')", "f(2)",
        "raise KeyError('missing')", "f(3)",
        "def f(:", "'unfinished", "if True:\npass", "undefined_name", "raise SystemExit(2)", "input('name: ')",
        "assert 1 == 2, 'why'",
        "import getpass; getpass.getpass()", "get_ipython().run_cell('1/0');", "%run nothing.py",
        "import warnings; warnings.warn('careful')", "warnings.warn('old', DeprecationWarning)",
        "import logging; logging.warning('logged')",
        "class Odd(Exception):\n    def __str__(self): raise RuntimeError\nraise Odd", "%xmode Minimal", "1 / 0",
    ),
    "figures": (
        "import matplotlib.pyplot as plt\nplt.get_fignums(), plt.rcParams['figure.dpi']",
        "plt.figure(); plt.close(); plt.get_fignums()",
        "%matplotlib inline", "plt.isinteractive()", "plt.plot([1, 2, 3]); plt.title('t');",
        "plt.plot([1, 2])\nplt.show()\nprint('after')",
        "fig, ax = plt.subplots()\nax.bar(['a'], [1])", "fig", "plt.plot([1]); 1 / 0", "plt.figure(); plt.figure();",
        "%config InlineBackend.figure_formats = ['svg']", "fig = plt.figure(); len(fig.axes)",
        "import matplotlib; matplotlib.get_backend()", "matplotlib.use('agg')\nplt.plot([1])", "plt.get_fignums()",
    ),
    "another backend from the start": (
        "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\nplt.plot([1])", "plt.get_fignums()",
    ),
    "magics": (
        "%%capture out\nprint('hidden')", "out.stdout", "%cd /", "%pwd", "import os; os.getcwd()", "len?",
        "%nonexistent", "%%nonexistent\nx",
        "%precision 3", "3.14159", "%who", "%whos", "%load_ext autoreload", "%%writefile /dev/null\nx",
        "%%bash\necho bash", "dir()",
        "class A:\n    pass", "import pickle; type(pickle.loads(pickle.dumps(A()))).__name__", "A.__module__, __name__",
        "import sys; sys.modules['__main__'].A is A",
        "sys.argv[0].endswith('ipykernel_launcher.py'), sys.argv[1], len(sys.argv)", "'' in sys.path",
    ),
    "processes, threads and coroutines": (
        "import os, time; _ = os.write(1, b'raw'); time.sleep(0.3)",
        "_ = os.system('echo from a shell'); time.sleep(0.3)",
        "lines = !echo one; echo two", "lines", "!exit 3", "_exit_code",
        "!echo $((1+1)) {1 + 2}", "!kill -9 $$", "_exit_code", "!printf unfinished",
        "import asyncio", "await asyncio.sleep(0)", "async def f():\n    return 5", "await f()",
        "[await f() for _ in range(2)]", "asyncio.run(f())",
        "async def f():\n    raise ValueError('async')\nawait f()",
        "import threading\nt = threading.Thread(target=lambda: print('from a thread'))\nt.start(); t.join()",
        "import multiprocessing as m\nwith m.get_context('fork').Pool(1) as pool: print(pool.map(abs, [-1, 2]))",
    ),
}  # fmt: skip


@pytest.mark.parametrize("group", CELLS)
def test_outputs_are_those_of_a_stock_kernel(client: Client, stock_client: Client, group: str) -> None:
    for cell in CELLS[group]:
        assert comparable(*client.run(cell)) == comparable(*stock_client.run(cell)), cell


def test_a_command_in_the_background_is_refused_as_in_a_stock_kernel(client: Client) -> None:
    reply, _ = client.run("!sleep 1 &")
    assert (reply["ename"], reply["evalue"]) == ("OSError", "Background processes not supported.")


def test_a_command_that_reads_finds_the_end_of_its_input(client: Client) -> None:
    assert client.text("!cat; echo end") == "end\r\n"


def test_a_command_can_be_interrupted(client: Client, kernel: SandboxedKernel) -> None:
    identity = client.send_cell("!echo begun; sleep 60")
    interrupt_once_begun(client, kernel)
    reply, _ = client.finish(identity)
    assert reply["ename"] == "KeyboardInterrupt"
    assert client.value("1") == "1"


def interrupt_once_begun(client: Client, kernel: SandboxedKernel) -> None:
    """Interrupt the cell that runs, once it has printed something."""
    while client.receive(client.iopub)["msg_type"] != "stream":
        pass
    kernel.interrupt()


@pytest.mark.parametrize("waits", ["while True: pass", "import time; time.sleep(60)"])
def test_a_cell_can_be_interrupted(client: Client, kernel: SandboxedKernel, waits: str) -> None:
    identity = client.send_cell(f"print('begun', flush=True)\n{waits}")
    interrupt_once_begun(client, kernel)
    reply, _ = client.finish(identity)
    assert reply["ename"] == "KeyboardInterrupt"
    assert client.value("1") == "1"


def test_an_interrupt_between_cells_does_nothing(client: Client, kernel: SandboxedKernel) -> None:
    client.run("x = 1")
    kernel.interrupt()
    assert client.value("x") == "1"


def test_the_kernel_says_what_it_is(client: Client) -> None:
    information = client.ask("kernel_info_request", {})["content"]
    assert information["implementation"] == "ipython"
    assert "debugger" not in information["supported_features"]


def test_the_heart_beats(kernel: SandboxedKernel) -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as heart:
        heart.linger = 0
        heart.connect(kernel.sockets["hb"])
        heart.send(b"ping")
        assert heart.poll(10_000)
        assert heart.recv() == b"ping"


@pytest.mark.parametrize("farewell", ["exit()", "quit", "import os; os._exit(0)"])
def test_a_cell_can_end_the_kernel(client: Client, kernel: SandboxedKernel, farewell: str) -> None:
    client.send_cell(farewell)
    assert ends(kernel)
    assert kernel.exit_status() == 0


def test_a_client_can_end_the_kernel(client: Client, kernel: SandboxedKernel) -> None:
    assert client.ask("shutdown_request", {"restart": False}, on_control=True)["content"]["status"] == "ok"
    assert ends(kernel)
    assert kernel.exit_status() == 0


def ends(kernel: SandboxedKernel) -> bool:
    poll = select.poll()
    poll.register(kernel.pidfd, select.POLLIN)
    return bool(poll.poll(20_000))


@pytest.mark.parametrize("flood", ["print('x' * 100_000)", "os.write(1, b'x' * 100_000)"], ids=["print", "descriptor"])
def test_a_flood_of_output_is_cut_and_says_so(client: Client, flood: str) -> None:
    text = client.text(
        f"import os, time\nfor _ in range({OUTPUT_CHARACTERS // 100_000 + 10}): {flood}\ntime.sleep(0.5)"
    )
    assert text.endswith("\n[the rest of this cell's output was cut]\n")
    assert OUTPUT_CHARACTERS < len(text) < OUTPUT_CHARACTERS + 100
    # The next cell has a limit of its own.
    assert client.text("print('still here')") == "still here\n"


def test_output_up_to_the_limit_is_whole(client: Client) -> None:
    text = client.text(f"import sys; _ = sys.stdout.write('x' * {OUTPUT_CHARACTERS}); print('error', file=sys.stderr)")
    assert "cut" not in text
    assert len(text) == OUTPUT_CHARACTERS + len("error\n")


def test_modules_beside_the_notebook_can_be_imported(new_kernel: Callable[..., SandboxedKernel]) -> None:
    with Client(new_kernel({"helper.py": b"value = 42"}).sockets) as client:
        assert client.value("import helper; helper.value") == "42"


def test_two_kernels_share_no_names(new_kernel: Callable[..., SandboxedKernel]) -> None:
    with Client(new_kernel().sockets) as one, Client(new_kernel().sockets) as other:
        one.run("secret = 1")
        assert other.value("'secret' in globals()") == "False"


def test_a_notebook_without_a_seed_draws_the_same_numbers_when_it_runs_again(
    new_kernel: Callable[..., SandboxedKernel],
) -> None:
    draws = "import random, numpy, torch; random.random(), numpy.random.rand(), torch.rand(1).item()"
    with Client(new_kernel().sockets) as one, Client(new_kernel().sockets) as other:
        assert ast.literal_eval(one.value(draws)) == ast.literal_eval(other.value(draws))


@pytest.mark.parametrize("count", [1, 2])
def test_libraries_use_as_many_threads_as_the_kernel_is_given(
    new_kernel: Callable[..., SandboxedKernel], count: int
) -> None:
    with Client(new_kernel(torch_threads=count).sockets) as client:
        assert client.value("import torch; torch.get_num_threads()") == str(count)
        assert client.value("import os; int(os.environ['OMP_NUM_THREADS'])") == str(count)
        assert (
            client.value("import threadpoolctl; {pool['num_threads'] for pool in threadpoolctl.threadpool_info()}")
            == f"{{{count}}}"
        )
        # A region with several threads and a backward pass, either of which hangs in a process forked from one that ran
        # them.
        computation = "x = torch.ones(400, 400, requires_grad=True); (x @ x).sum().backward(); float(x.grad[0, 0])"
        assert client.value(computation) == "800.0"
        assert client.value("import numpy; float((numpy.ones((400, 400)) @ numpy.ones((400, 400)))[0, 0])") == "400.0"


def test_the_environment_is_that_of_a_notebook(client: Client) -> None:
    names = "import os; [os.environ[name] for name in ('MPLBACKEND', 'TERM', 'PAGER')]"
    assert client.value(names) == "['module://matplotlib_inline.backend_inline', 'xterm-color', 'cat']"
    assert client.value("import tempfile; tempfile.gettempdir() == os.environ['TMPDIR']") == "True"


WARM = """
import json, os, sys, tempfile
from pathlib import Path
from sheetgrader.inside.application import warm
tempfile.tempdir = sys.argv[1]
sys.path.append(sys.argv[1])
warm(sys.argv[2:])
entries = [entry for entry in Path("/proc/self/fd").iterdir() if entry.exists() or entry.is_symlink()]
kinds = [os.readlink(entry).split(":")[0] for entry in entries]
threads = len(os.listdir("/proc/self/task"))
print(json.dumps({"threads": threads, "sockets": kinds.count("socket"), "imported": "wave" in sys.modules}))
"""


def test_a_warm_process_has_one_thread_and_no_socket(run_python: Callable[..., str], tmp_path: Path) -> None:
    found = json.loads(run_python(WARM, str(tmp_path), "wave", "no_such_library"))
    assert found == {"threads": 1, "sockets": 0, "imported": True}


def test_a_library_that_starts_a_thread_cannot_be_warmed(run_python: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "starts_a_thread.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    script = WARM.replace(
        "warm(sys.argv[2:])", "try: warm(sys.argv[2:])\nexcept Exception as error: sys.exit(print(repr(error)))"
    )
    assert run_python(script, str(tmp_path), "starts_a_thread").startswith(
        "IsolationError('the warm process has 2 threads"
    )


def test_a_library_that_cannot_be_imported_does_not_stop_the_others(
    run_python: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "broken_library.py").write_text("raise RuntimeError('broken')\n")
    assert json.loads(run_python(WARM, str(tmp_path), "broken_library", "wave"))["imported"] is True


def test_a_probe_is_answered_between_cells(client: Client) -> None:
    client.run("def double(x):\n    print('doubling')\n    return 2 * x\nsecret = 5")
    answer = client.probe("call", target={"name": "double"}, values={"arguments": [np.arange(3.0)], "keywords": {}})
    np.testing.assert_array_equal(answer["value"], [0.0, 2.0, 4.0])
    assert client.probe("fetch", target={"name": "secret"})["value"] == 5
    assert client.probe("fetch", target={"name": "nothing"}) == {"status": "missing", "name": "nothing"}


def test_a_probe_is_answered_with_large_arrays(client: Client) -> None:
    client.run("import numpy as np\ndef negative(x): return -x")
    array = np.random.default_rng(0).normal(size=(1000, 1000))
    answer = client.probe("call", target={"name": "negative"}, values={"arguments": [array], "keywords": {}})
    np.testing.assert_array_equal(answer["value"], -array)


def test_a_tensor_arrives_as_a_tensor_and_comes_back_as_an_array(client: Client) -> None:
    client.run("import torch\ndef double(x):\n    assert isinstance(x, torch.Tensor)\n    return 2 * x")
    answer = client.probe(
        "call",
        target={"name": "double"},
        values={"arguments": [encoding.Tensor(np.ones(3, np.float32))], "keywords": {}},
    )
    np.testing.assert_array_equal(answer["value"], np.full(3, 2, np.float32))


@pytest.mark.parametrize("waits", ["while True: pass", "import time; time.sleep(60)"])
def test_a_call_that_does_not_return_can_be_interrupted(client: Client, kernel: SandboxedKernel, waits: str) -> None:
    client.run(f"def wait():\n    print('begun', flush=True)\n    {waits}")
    identity = client.send("probe_request", {"operation": "call", "target": {"name": "wait"}})
    interrupt_once_begun(client, kernel)
    while (reply := client.receive(client.shell))["parent_header"]["msg_id"] != identity:
        pass
    assert reply["content"] == {"status": "interrupted"}
    assert client.probe("ping")["status"] == "ok"


def test_a_traceback_names_the_students_cell_and_line(client: Client) -> None:
    client.run("pass")
    client.run("import json\ndef f(x):\n    return json.loads(x)")
    answer = client.probe("call", target={"name": "f"}, values={"arguments": ["{"], "keywords": {}})
    assert answer["ename"] == "JSONDecodeError"
    assert answer["traceback"] == "Cell In[2], line 3, in f\n    return json.loads(x)\n"


def test_a_stand_in_is_what_the_students_other_functions_call(client: Client) -> None:
    client.run("def inner(): return 1\ndef outer(): return inner()")
    source = "def harmless(original):\n    return lambda: original() + 10"
    assert client.probe("stand_in", name="inner", function="harmless", source=source)["status"] == "ok"
    assert client.probe("call", target={"name": "outer"})["value"] == 11
    client.probe("restore", name="inner")
    assert client.probe("call", target={"name": "outer"})["value"] == 1


def test_figures_are_recorded_for_the_cell_that_drew_them(client: Client) -> None:
    client.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('open at the end')", "one")
    client.run(
        "plt.title('shown'); plt.show(); plt.figure(); plt.title('closed'); plt.close(); plt.figure();"
        " plt.title('last')",
        "two",
    )
    client.run("plt.title('left open by an error'); 1 / 0", "three")
    client.run("pass", "four")
    titles = {
        cell: [figure["axes"][0]["title"] for figure in client.probe("figures", cell=cell)["value"]]
        for cell in ("one", "two", "three", "four", "five")
    }
    assert titles == {
        "one": ["open at the end"],
        "two": ["shown", "closed", "last"],
        "three": ["left open by an error"],
        "four": [],
        "five": [],
    }


def test_a_cell_that_runs_again_has_only_its_new_figures(client: Client) -> None:
    client.run("import matplotlib.pyplot as plt; plt.title('first')", "cell")
    client.run("plt.title('second')", "cell")
    assert [figure["axes"][0]["title"] for figure in client.probe("figures", cell="cell")["value"]] == ["second"]


def test_a_figure_that_a_call_draws_does_not_turn_up_in_the_next_cell(client: Client) -> None:
    client.run("import matplotlib.pyplot as plt\ndef draw():\n    plt.plot([1, 2])\n    return plt.gca()")
    handle = client.probe("call", target={"name": "draw"})["value"]
    assert handle.type_name == "Axes"
    assert client.probe("call", target={"handle": handle.id}, path=["get_xlabel"])["value"] == ""
    _, outputs = client.run("pass", "next")
    assert outputs == []
    assert client.probe("figures", cell="next")["value"] == []
