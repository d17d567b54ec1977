"""Puts style sheets, tables and emphasis that are never closed, and diagrams into outputs and text, to hide or cover the
code that tutors look for.

Must not: be hidden from tutors.
Stopped by: style sheets are for tables alone, and what would last beyond its own output is taken out and remarked.
"""

# %% covering
EVIDENCE = "somewhere behind it"
from IPython.display import HTML, Markdown, display

for covering in (
    "<style>.input, .jp-InputArea { display: none }</style>",
    "<style>.dataframe ~ *, body { color: white }</style>",
    "<table style='display: none'><tr><td>",
    "<b style='visibility: hidden'><table><tr><td></b></td></tr></table>",
    "<font size=1 color=white>",
    "<div style='position: fixed; inset: 0; background: white'>All is right.</div>",
    "<div style='margin: -9999px; height: 99999px; background: white'>All is right.</div>",
    "<pre class='mermaid'>graph TD; A[All is right] --> B</pre>",
):
    display(HTML(covering))
    display(Markdown(covering))
display(Markdown("```mermaid\ngraph TD; A[All is right] --> B\n```"))

# %% evidence
EVIDENCE = "behind what covers it"
