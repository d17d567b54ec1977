from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.graders.drawing import key_for, number_for

NAMES = st.lists(st.text() | st.binary(), max_size=4)


@given(NAMES, NAMES)
def test_other_names_give_another_key(names: list[str | bytes], others: list[str | bytes]) -> None:
    def contents(each: list[str | bytes]) -> list[bytes]:
        return [name.encode("utf-8", "surrogatepass") if isinstance(name, str) else name for name in each]

    assert (key_for(b"secret", *names) == key_for(b"secret", *others)) == (contents(names) == contents(others))


def test_another_secret_gives_another_key() -> None:
    assert key_for(b"secret", "labels") != key_for(b"another", "labels")


def test_a_number_has_as_many_bits_as_are_asked_for() -> None:
    numbers = [number_for(b"secret", str(number), bits=64) for number in range(200)]
    assert 1 << 63 <= max(numbers) < 1 << 64
    assert number_for(b"secret", "labels") >> 64 > 0
