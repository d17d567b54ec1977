"""Sends messages whose headers hold a million values, to requests that nobody has made.

Must not: fill the grader's memory, or keep it busy beyond its clocks.
Stopped by: headers have a length; what belongs to no request is not read.
"""

# %% ex1_code
import json

kernel = get_ipython().kernel
message = kernel.session.msg("display_data", {}, parent=kernel.get_parent())
header, parent = (json.dumps(message[part], default=str).encode() for part in ("header", "parent_header"))
values = b'{"a": [' + b"{}," * 1_000_000 + b"{}]}"
stranger = b'{"msg_id": "nobody", "msg_type": "execute_request"}'


def mean_square(x):
    for _ in range(10):
        kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", b"", header, parent, values, b"{}"])
        kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", b"", values, parent, b"{}", b"{}"])
        kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", b"", header, stranger, b"{}", values])
    return 0.0
