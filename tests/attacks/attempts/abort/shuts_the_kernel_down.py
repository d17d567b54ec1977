"""Asks its own kernel to shut down politely, stops its threads and closes its sockets while grading goes on.

Must not: stop the grading, or cost other questions.
Stopped by: a kernel that stops answering is replaced by a fresh one that leaves the offending cell out.
"""


# %% ex1_code
def mean_square(x):
    kernel = get_ipython().kernel
    if x.size == 17:
        kernel.shell_stream.close()
    elif x.size == 5:
        kernel.iopub_socket.close()
    else:
        kernel.control_thread.io_loop.add_callback(kernel.shell_channel_thread.io_loop.stop)
    return 0.0
