"""Sends what replies may carry beside an answer: cells to put into the notebook, pages to show, comms, and expressions to evaluate.

Must not: add a cell to the notebook, or change one.
Stopped by: of a reply its status, its error and its count are read; nothing it carries beside them.
"""

# %% ex1_code
shell = get_ipython()


def publish(*arguments):
    kernel = shell.kernel
    shell.set_next_input("AUTHOR = 'a group of three'\ndef mean_square(x): return np.mean(x**2)", replace=True)
    for payload in (
        {"source": "set_next_input", "text": "1 / 0", "replace": True},
        {"source": "page", "data": {"text/plain": "3.0"}, "start": 0},
        {"source": "edit_magic", "filename": "/etc/passwd", "line_number": 1},
        {"source": "ask_exit", "keepkernel": False},
    ):
        shell.payload_manager.write_payload(payload, single=False)
    for kind, content in (
        ("comm_open", {"comm_id": "1", "target_name": "jupyter.widget", "data": {"state": {}}, "metadata": {}}),
        ("input_request", {"prompt": "password", "password": True}),
        ("shutdown_reply", {"status": "ok", "restart": False}),
        ("debug_event", {"event": "stopped"}),
    ):
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())


shell.events.register("post_run_cell", publish)
