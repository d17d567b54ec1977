"""What instructors read of a criterion that failed."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from sheetgrader.grading.failure_text import failure_text


def _raised(folder: Path, code: str) -> BaseException:
    """Run ``check()`` of a grader file, and return what it raises."""
    path = folder / "test_ex1.py"
    path.write_text(textwrap.dedent(code))
    names: dict[str, object] = {}
    exec(compile(path.read_text(), str(path), "exec"), names)  # noqa: S102  # a grader of this test's own
    check = names["check"]
    assert callable(check)
    with pytest.raises(BaseException) as raised:  # noqa: PT011  # whichever it is
        check()
    return raised.value


def test_the_way_begins_in_the_grader_and_ends_where_it_was_raised(tmp_path: Path) -> None:
    error = _raised(
        tmp_path,
        """\
        import json

        def check():
            read("{")

        def read(text):
            return json.loads(text)
        """,
    )
    lines = failure_text(error, tmp_path).splitlines()
    assert lines[:6] == [
        "test_ex1.py:4: in check",
        '    read("{")',
        "test_ex1.py:7: in read",
        "    return json.loads(text)",
        *lines[4:6],
    ]
    assert lines[4].endswith("in loads")
    assert lines[-2].startswith("E   JSONDecodeError: Expecting property name")
    assert lines[-1] == "test_ex1.py:7: JSONDecodeError"
    assert "test_failure_text" not in "\n".join(lines)


def test_hidden_helpers_are_left_out(tmp_path: Path) -> None:
    error = _raised(
        tmp_path,
        """\
        def check():
            _helper()

        def _helper():
            __tracebackhide__ = True
            raise ValueError("two\\nlines")
        """,
    )
    assert failure_text(error, tmp_path).splitlines() == [
        "test_ex1.py:2: in check",
        "    _helper()",
        "E   ValueError: two",
        "E   lines",
        "test_ex1.py:6: ValueError",
    ]


@pytest.mark.parametrize(
    ("how", "followed"),
    [
        (" from error", "The above was the direct cause of this:"),
        ("", "While the above was handled, this happened:"),
        (" from None", None),
    ],
)
def test_what_led_to_it_comes_first(tmp_path: Path, how: str, followed: str | None) -> None:
    error = _raised(
        tmp_path,
        f"""\
        def check():
            try:
                1 / 0
            except ZeroDivisionError as error:
                raise KeyError("a"){how}
        """,
    )
    lines = failure_text(error, tmp_path).splitlines()
    assert lines[-4:] == [
        "test_ex1.py:5: in check",
        f'    raise KeyError("a"){how}',
        "E   KeyError: 'a'",
        "test_ex1.py:5: KeyError",
    ]
    before = ["test_ex1.py:3: in check", "    1 / 0", "E   ZeroDivisionError: division by zero", followed]
    assert lines[:-4] == (before if followed else [])


def test_a_chain_that_bites_its_tail_ends(tmp_path: Path) -> None:
    error = _raised(
        tmp_path,
        """\
        def check():
            first, second = ValueError("first"), ValueError("second")
            first.__cause__, second.__cause__ = second, first
            raise first
        """,
    )
    assert failure_text(error, tmp_path).count("E   ValueError") == 2


def test_an_assertion_speaks_for_itself(tmp_path: Path) -> None:
    assert failure_text(AssertionError("assert 1 == 2\n +  where 1 = f()"), tmp_path).splitlines() == [
        "E   assert 1 == 2",
        "E    +  where 1 = f()",
    ]
    assert failure_text(AssertionError(), tmp_path) == "E   AssertionError"
