"""Attaches images that are none to its text: drawings with scripts, bombs, links to files of the machine, and names that end a tag.

Must not: have anything active on a page, or anything on it that is not its own.
Stopped by: attached images are opened by few decoders, measured, and encoded again; a link to a file or another machine shows nothing.
"""

# %% hand in
import base64
import nbformat

svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>").decode()
names = ("a.svg", "b.png", "c' onerror='alert(1)", 'd"><script>alert(1)</script>.png', "../../../etc/passwd")
text = " ".join(f"![x](<attachment:{name}>)" for name in names)
text += " ![x](file:///etc/passwd) ![x](/etc/passwd) ![x](http://192.0.2.1/x.png) ![x](data:image/svg+xml;base64," + svg + ")"
cell = nbformat.v4.new_markdown_cell(text, id="attached")
cell.attachments = {name: {"image/svg+xml": svg, "image/png": svg, "text/html": "<script>alert(1)</script>"} for name in names}
notebook.cells.append(cell)
