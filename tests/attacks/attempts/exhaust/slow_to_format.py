"""Hands in and prints text that takes parsers long: brackets and stars by the ten thousand, nested quotes and lists, formulas, tables, tags.

Must not: keep the grading or the making of a page busy.
Stopped by: limits on what of a text is formatted; what is longer is shown as it is.
"""

# %% ex1_code
from IPython.display import HTML, Latex, Markdown, display

for piece in ("[" * 20_000, "*a **b " * 5_000, "<b>" * 20_000, "$" * 20_000, "<table>" * 5_000, "![" * 10_000, "`" * 20_000):
    display(Markdown(piece), HTML(piece), Latex(piece))
    print(piece)
# %% hand in
import nbformat

pieces = ("[" * 40_000, "*a **b " * 7_000, "> " * 20_000, "- " * 20_000, "$x$" * 15_000, "$$" + "{" * 40_000, "![" * 20_000, "|" * 40_000, "<a " * 15_000, "[a](" * 12_000)
for number, piece in enumerate(pieces):
    notebook.cells.append(nbformat.v4.new_markdown_cell(piece, id=f"piece-{number}"))
