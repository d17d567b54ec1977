"""Puts scripts, frames, forms, event handlers, style sheets and links that act into outputs and markdown.

Must not: have anything active on a page that a tutor or a student opens.
Stopped by: HTML is cleaned by an allow list, images are decoded and encoded again, everything else is escaped.
"""

# %% ex1_code
from IPython.display import HTML, Javascript, SVG, Markdown, Latex, display

evil = "<script>alert(1)</script><img src=x onerror=alert(1)><iframe src='javascript:alert(1)'></iframe><a href='javascript:alert(1)'>x</a><form action=http://192.0.2.1><input></form><style>body{display:none}</style><svg onload=alert(1)></svg><meta http-equiv=refresh content='0;url=http://192.0.2.1'><object data=x></object><base href=http://192.0.2.1>"
for kind in (HTML, Markdown, Latex):
    display(kind(evil))
display(Javascript("alert(1)"))
display({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{evil}</svg>"}, raw=True)
display({"image/png": '"><script>alert(1)</script>', "text/plain": evil}, raw=True)
print(evil)


def mean_square(x):
    raise ValueError(evil)


# %% hand in
import nbformat

evil = "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) ![](x' onerror='alert(1)) $\\href{javascript:alert(1)}{x}$ <iframe src=x></iframe>"
notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# " + evil + "\n\n" + evil, id="markdown"))
notebook.cells[0].pop("attachments", None)
