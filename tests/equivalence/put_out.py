"""One notebook with a test cell for every kind of output: nbgrader computes points from a cell's outputs alone."""

from __future__ import annotations

from typing import Final

from nbformat import NotebookNode

from .courses import Assignment, Submission
from .notebooks import as_released, locked, notebook, tests

#: Test cells worth two points each, by what they put out; nbgrader computes points from that alone.
_PUT_OUT: Final = {
    "nothing": "assert True",
    "wrong": "assert False, 'no'",
    "raises": "1 / 0",
    "name_error": "nowhere",
    "syntax_error": "def f(:",
    "indentation_error": "  x = 1",
    "incomplete": "for x in range(3):",
    "half": "0.5",
    "one": "1",
    "all_points": "2",
    "zero": "0",
    "negative_zero": "-0.0",
    "tiny": "1e-3",
    "negative": "-1",
    "not_a_number": "float('nan')",
    "minus_infinity": "float('-inf')",
    "truth": "True",
    "falsehood": "False",
    "nothing_shown": "None",
    "text_of_half": "'0.5'",
    "list_of_half": "[0.5]",
    "list_of_two": "[0.5, 1]",
    "tuple": "(0.5,)",
    "complex": "1j",
    "fraction": "from fractions import Fraction\nFraction(1, 2)",
    "numpy_scalar": "import numpy\nnumpy.float64(0.5)",
    "numpy_array": "import numpy\nnumpy.array(0.5)",
    "underscored": "1_0 / 10_0",
    "shows_itself_as_half": "class Half:\n    def __repr__(self): return ' 0.5\\n'\nHalf()",
    "semicolon": "0.5;",
    "assigned": "x = 0.5",
    "printed": "print(0.5)",
    "printed_then_half": "print('so far'); 0.5",
    "half_then_raises": "0.5\nraise ValueError",
    "displayed": "from IPython.display import display\ndisplay(0.5)",
    "displayed_then_half": "display(0.25)\n0.5",
    "displayed_html": "from IPython.display import HTML\nHTML('<b>0.5</b>')",
    "displayed_handle": "display('first', display_id='shown')\nNone",
    "updated": "handle = display('first', display_id=True)\nhandle.update('second')",
    "updated_twice": (
        "handle = display('first',"
        " display_id=True)\ndisplay('between')\nhandle.update('second')\nhandle.update('third')"
    ),
    "stderr": "import sys\nprint('oh', file=sys.stderr)",
    "stderr_empty": "sys.stderr.write('')",
    "stderr_newline": "sys.stderr.write('\\n')\nNone",
    "stderr_flushed": "sys.stderr.flush()",
    "warns": "import warnings\nwarnings.warn('careful')",
    "warns_quietly": (
        "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    warnings.warn('careful')"
    ),
    "logs": "import logging\nlogging.warning('careful')",
    "logs_quietly": "logging.info('fine')",
    "stderr_then_half": "print('oh', file=sys.stderr)\n0.5",
    "half_then_stderr": (
        "import atexit\nget_ipython().events.register('post_execute', once := lambda: (print('late', file=sys.stderr), "
        "get_ipython().events.unregister('post_execute', once)))\n0.5"
    ),
    "stderr_cleared": (
        "from IPython.display import clear_output\nprint('oh', file=sys.stderr, flush=True)\nclear_output()"
    ),
    "stderr_cleared_later": "print('oh', file=sys.stderr, flush=True)\nclear_output(wait=True)",
    "stderr_replaced": "print('oh', file=sys.stderr, flush=True)\nclear_output(wait=True)\nprint('fine')",
    "cleared_then_raises": "print('a', flush=True)\nclear_output()\nraise ValueError('b')",
    "cleared_then_half": "print('a', flush=True)\nclear_output(wait=True)\n0.5",
    "progress": (
        "for step in range(5):\n    print(step, end='\\r', flush=True)\n    clear_output(wait=True)\nprint('done')"
    ),
    "captured": "%%capture\nprint('oh', file=sys.stderr)\n0.5",
    "captured_raises": "%%capture\nraise ValueError('no')",
    "captured_stderr": "%%capture --no-stderr\nprint('oh', file=sys.stderr)",
    "captured_by_python": (
        "import contextlib, io\nwith contextlib.redirect_stderr(io.StringIO()):\n    print('oh', file=sys.stderr)"
    ),
    "leaves": "sys.exit()",
    "leaves_with_zero": "sys.exit(0)",
    "raises_system_exit": "raise SystemExit",
    "raises_system_exit_text": "raise SystemExit('bye')",
    "raises_base_exception": "raise BaseException('odd')",
    "raises_keyboard_interrupt": "raise KeyboardInterrupt",
    "raises_generator_exit": "raise GeneratorExit",
    "raises_group": "raise ExceptionGroup('both', [ValueError(1), TypeError(2)])",
    "raises_from": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('outer') from error",
    "raises_without_text": (
        "class Silent(Exception):\n    def __str__(self): raise RuntimeError('no text')\nraise Silent"
    ),
    "asks": "input('name? ')",
    "asks_secretly": "import getpass\ngetpass.getpass()",
    "times": "%%time\nsum(range(2))",
    "times_once": "%time sum(range(2))",
    "bash": "%%bash\necho oh >&2",
    "bash_fails": "%%bash\nexit 3",
    "shell": "!echo fine",
    "shell_fails": "!false",
    "shell_stderr": "!echo oh >&2",
    "script_stderr_variable": "%%bash --err caught\necho oh >&2",
    "unknown_magic": "%nosuchmagic",
    "unknown_cell_magic": "%%nosuchmagic\nx",
    "html_magic": "%%html\n<b>bold</b>",
    "writes_file": "%%writefile written.txt\nhello",
    "reads_file": "assert open('written.txt').read() == 'hello\\n'",
    "help": "len?",
    "awaits": "import asyncio\nawait asyncio.sleep(0)\n0.5",
    "awaits_and_raises": "await asyncio.sleep(0)\nraise ValueError",
    # What is written straight to a file descriptor comes through a thread of the kernel's, before the cell ends or
    # after, in a stock kernel too: the cell gives it time.
    "subprocess_stderr": (
        "import subprocess, time\nsubprocess.run('echo oh >&2', shell=True, check=True)\ntime.sleep(1)\nNone"
    ),
    "file_descriptor_2": "import os, time\nos.write(2, b'oh\\n')\ntime.sleep(1)\nNone",
    "only_comment": "# nothing at all",
    "only_spaces": "   ",
    "several_results": "1\n2",
    "results_shown_all": "get_ipython().ast_node_interactivity = 'all'",
    "first_of_all": "0.5\n1.5",
    "all_but_raises": "0.5\nraise ValueError",
    "results_shown_last": "get_ipython().ast_node_interactivity = 'last_expr'",
    "execution_count": "assert get_ipython().execution_count > 90 and len(In) > 90",
    "last_result": "0.75\n",
    "underscore": "assert _ == 0.75\n_",
    "matplotlib": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nassert len(plt.gcf().axes) == 1",
    "matplotlib_state": "assert plt.get_fignums() == []",
    "matplotlib_agg": "import matplotlib\nassert 'inline' in matplotlib.get_backend()",
    "environment": "assert os.environ['NBGRADER_EXECUTION'] == 'autograde'",
    "main": "assert __name__ == '__main__'",
    "doctest": (
        "import doctest\n\ndef add(a, b):\n    '''\n    >>> add(1, 2)\n    4\n    '''\n    return a +"
        " b\ndoctest.testmod()"
    ),
    "unittest": (
        "import unittest\n\nclass Test(unittest.TestCase):\n    def test(self): self.assertTrue(False)\n"
        "unittest.main(argv=[''], exit=False)\nNone"
    ),
    "inspects": "import inspect\nassert 'return 4' in inspect.getsource(four)",
    "pickles": "import pickle\nassert pickle.loads(pickle.dumps(Pickled())).x == 1",
    "thread": (
        "import threading\nthread = threading.Thread(target=lambda: print('threaded')); thread.start(); thread.join()"
    ),
    "thread_raises": "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()",
    "deep_recursion": "def deep(n): return n and deep(n - 1)\nassert deep(900) == 0",
    "many_lines": "for line in range(1200): print(line)",
    "many_lines_then_stderr": (
        "for line in range(1200): print(line)\nsys.stdout.flush()\nprint('oh', file=sys.stderr, flush=True)"
    ),
    "many_lines_then_raises": "for line in range(1200): print(line)\nraise ValueError",
    "many_lines_then_half": "for line in range(1200): print(line)\n0.5",
    "odd_text": "print('\\x00\\x1b[31m\\ud7ff\\U0001f600')",
    "lone_surrogate": "print('\\ud800')",
    "interrupted": "import signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(1)",
    "sets_result": "_ = 0.5\n_",
    "displays_bytes": "b'0.5'",
    "displays_json": "from IPython.display import JSON\nJSON({'a': 1})",
    "empty_repr": (
        "class Empty:\n    def __repr__(self): return 'x'\n    def _repr_html_(self): return '<i>x</i>'\nEmpty()"
    ),
    "raising_repr": "class Raising:\n    def __repr__(self): raise ValueError('no repr')\nRaising()",
    "display_function": "class Shown:\n    def _ipython_display_(self): print('shown')\nShown()",
}

_SUPPORT: Final = "def four():\n    return 4\n\nclass Pickled:\n    x = 1"


def _every_output() -> NotebookNode:
    return notebook(locked("support", _SUPPORT), *(tests(name, 2, source) for name, source in _PUT_OUT.items()))


OUTPUTS: Final = Assignment("outputs", {"outputs": _every_output()}, {"group": Submission({"outputs": as_released})})
