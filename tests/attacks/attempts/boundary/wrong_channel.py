"""Publishes what belongs on one channel on another, as other message types, for cells that are not its own.

Must not: change the outputs of a locked cell's verdict, or stop the grading.
Stopped by: messages count by channel, type and the request they answer; verdicts replace what a test cell put out.
"""

# %% before
kernel = get_ipython().kernel
shell = get_ipython()


def publish(*arguments):
    parent = kernel.get_parent()
    for kind, content in (
        ("status", {"execution_state": "idle"}),
        ("execute_reply", {"status": "ok"}),
        ("clear_output", {"wait": False}),
        ("clear_output", {"wait": 1}),
        ("update_display_data", {"data": {"text/plain": "3.0"}, "metadata": {}, "transient": {"display_id": []}}),
        ("execute_result", {"data": {"text/plain": "3.0"}, "execution_count": "7", "metadata": 3}),
        ("error", {"ename": None, "evalue": [], "traceback": "text"}),
        ("stream", {"name": [], "text": {}}),
        ("display_data", {"data": []}),
        ("", {}),
        ("probe_reply", {"status": "ok", "value": 1}),
    ):
        kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)


shell.events.register("post_run_cell", publish)
shell.events.register("pre_run_cell", publish)
