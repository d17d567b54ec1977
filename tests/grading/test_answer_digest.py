from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetgrader.grading.answer_digest import digest_of_files, digests_of_cells

CODE = "def f(x):\n    return x + 1"
FILES = {"train.py": CODE.encode(), "data/table.csv": b"1,2\n", "proof.pdf": b"%PDF-1", "timestamp.txt": b"2024-01-01"}


def digest(*cells: str) -> bytes:
    return digests_of_cells(cells)[-1]


@pytest.mark.parametrize(
    "other",
    [
        "# It adds one.\ndef f(x):  # to x\n\n    return (x   +\n      1)\n\n# That was it.",
        "def f( x ) :\n\treturn x+1\n",
        "def f(x): return x + 1",
    ],
)
def test_comments_and_layout_count_nothing(other: str) -> None:
    assert digest(other) == digest(CODE)


@pytest.mark.parametrize("other", ["def f(x):\n    return x + 2", "def f(y):\n    return y + 1", f"{CODE}\nf(1)"])
def test_other_code_counts(other: str) -> None:
    assert digest(other) != digest(CODE)


def test_a_cell_without_code_counts_nothing() -> None:
    assert digests_of_cells(["# My answer", CODE, "   \n"])[1:] == [digest(CODE)] * 2


def test_earlier_cells_count_and_later_ones_do_not() -> None:
    first, second = digests_of_cells([CODE, "g = f"])
    assert first == digest(CODE)
    assert len({first, second, digest("g = f", CODE), digest("g = f")}) == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("%matplotlib inline\nx = 1  # one", "%matplotlib inline\nx = 1", True),
        ("%matplotlib inline\nx = 1", "%matplotlib agg\nx = 1", False),
        ("%%time\nf(1)  # slow", "%%time\nf(1)", True),
        ("if a:\n    !pip install b\n", "if a:\n    !pip install c\n", False),
        ("x = !ls  # files", "x = !ls", False),  # only IPython reads this: its text counts
        ("for in", "for in  # broken", False),
        ("%magic", "magic()", False),
    ],
)
def test_what_python_does_not_read_counts_too(one: str, other: str, same: bool) -> None:
    assert (digest(one) == digest(other)) == same


HOSTILE = {
    "long": "a\n" * 200_000,
    "deep in brackets": "(" * 5_000 + ")" * 5_000,
    "deep without brackets": "-" * 60_000 + "1",
    "a chain": "a" + ".b" * 30_000,
    "nested functions": "lambda:" * 9_000 + "1",
    "a long number": "1" * 60_000,
    "a longer number": "0x" + "f" * 60_000,
    "a null byte": "x = '\0'",
    "half a character": "x = '\udcff'",
    "false escapes": "x = '\\d' is '\\w'",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_code_that_is_hard_to_parse_counts(source: str) -> None:
    assert digest(source) == digest(source)
    assert digest(source) != digest(f"{source}\nb = 1")


@pytest.mark.parametrize("length", [100, 200, 300, 400])
def test_how_deep_the_caller_stands_makes_no_difference(length: int) -> None:
    source = "a" + ".b" * length

    def deep(levels: int) -> bytes:
        return deep(levels - 1) if levels else digest(source)

    assert deep(400) == digest(source)
    assert (digest(f"{source}  # c") == digest(source)) == (length < 150)


def test_no_more_is_parsed_than_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    parse, parsed = ast.parse, []

    def counting(source: str) -> ast.Module:
        parsed.append(len(source))
        return parse(source)

    monkeypatch.setattr(ast, "parse", counting)
    long = "x = 1\n" * 5_000
    assert len(set(digests_of_cells([long] * 50))) == 50
    assert sum(parsed) <= 1 << 18


NAMES = st.sampled_from("abcxyz")
STATEMENTS = st.recursive(
    st.builds("{} = {}".format, NAMES, st.integers(0, 99)),
    lambda inner: st.builds(
        lambda name, body: f"def {name}():\n" + textwrap.indent("\n".join(body), "    "),
        NAMES,
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@settings(deadline=None)  # it waits for nothing but a busy machine
@given(st.lists(STATEMENTS, min_size=1, max_size=4).map("\n".join), st.data())
def test_written_by_another_hand_code_is_the_same(code: str, data: st.DataObject) -> None:
    lines = [line + data.draw(st.sampled_from(["", "  # so", "\n\n", "\n# and so"])) for line in code.splitlines()]
    assert digest("\n".join(lines)) == digest(code) == digest(ast.unparse(ast.parse(code)))


# Files


def test_files_that_code_can_read_count() -> None:
    known = {digest_of_files(FILES, {})}
    for path, content in {"train.py": b"pass", "data/table.csv": b"1,3\n", "more.npy": b""}.items():
        known.add(digest_of_files({**FILES, path: content}, {}))
    known.add(digest_of_files({path: content for path, content in FILES.items() if path != "train.py"}, {}))
    assert len(known) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"train.py": b"# mine\n" + CODE.encode()},
        {"train.py": b"\xef\xbb\xbf" + CODE.encode()},
        {"proof.pdf": b"%PDF-2"},
        {"timestamp.txt": b"2024-02-02"},
        {"photo.JPG": b"\xff\xd8"},
        {"given.csv": b"the instructor's"},
    ],
)
def test_comments_proofs_and_what_the_instructor_gave_out_count_nothing(change: dict[str, bytes]) -> None:
    instructors = {"given.csv": b"the instructor's"}
    assert digest_of_files({**FILES, **change}, instructors) == digest_of_files(FILES, instructors)


def test_a_script_that_is_no_text_counts_by_its_bytes() -> None:
    assert digest_of_files({"a.py": b"\xff# 1"}, {}) != digest_of_files({"a.py": b"\xff# 2"}, {})
