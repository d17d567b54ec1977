"""Lets every later cell end with the result that nbgrader takes for partial credit: full marks, more than full, negative.

Must not: earn points.
Stopped by: outputs of a cell that graders judge are replaced by the verdicts.
"""

# %% before
import sys

shell = get_ipython()


def give(*arguments):
    from IPython.display import display

    for points in ("3.0", "300", "-1"):
        shell.display_pub.session.send(
            shell.kernel.iopub_socket,
            "execute_result",
            {"data": {"text/plain": points}, "metadata": {}, "execution_count": 1},
            parent=shell.parent_header,
        )


shell.events.register("post_run_cell", give)
