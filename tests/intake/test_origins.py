from __future__ import annotations

import pytest

from sheetgrader.intake.origins import UNKNOWN, LmsName, Origin, named_by_lms, origin_of, shown, tidy_name

COMMON = ("sheet1", "sheet1_basics")
MOODLE = "Ada Lovelace_5001_assignsubmission_file_"


def test_names_that_an_lms_gives_are_known() -> None:
    assert named_by_lms(MOODLE) == LmsName("Ada Lovelace", "5001", "")
    assert named_by_lms(f"{MOODLE}a_1_b_2.zip") == LmsName("Ada Lovelace", "5001", "a_1_b_2.zip")
    assert named_by_lms("lovelaceada_5001_77012_sheet1.ipynb") == LmsName("lovelaceada", "5001", "sheet1.ipynb")
    assert named_by_lms("lovelaceada_LATE_5001_77013_a_1_b_2") == LmsName("lovelaceada", "5001", "a_1_b_2")
    for other in ("Lovelace_1234567", "Lovelace_1234567_Turing_7654321", "Lovelace_Ada_adal_5001", "noether", ""):
        assert named_by_lms(other) is None


def test_what_browser_and_lms_made_of_a_name_is_taken_off() -> None:
    assert tidy_name(f"{MOODLE}a_1_b_2 (1)") == "a_1_b_2"
    assert tidy_name(MOODLE) == "Ada Lovelace_5001"
    assert tidy_name("lovelaceada_LATE_5001_77013_a_1_b_2") == "a_1_b_2"
    assert tidy_name("noether (12)") == "noether"


@pytest.mark.parametrize(
    ("names", "origin"),
    [
        ((MOODLE,), Origin("account 5001", "Ada Lovelace", "Ada Lovelace_5001")),
        (("export", MOODLE, "inner"), Origin("account 5001", "Ada Lovelace", "Ada Lovelace_5001")),
        # The outermost one is the LMS's.
        (
            ("Mallory_6000_assignsubmission_file_", MOODLE),
            Origin("account 6000", "Mallory", "Mallory_6000"),
        ),
        (("Participant 5001_5001_assignsubmission_file_",), Origin("account 5001", "", "Participant 5001_5001")),
        (("lovelaceada_5001_1_x",), Origin("account 5001", "lovelaceada", "lovelaceada_5001")),
        (("noether (1)",), Origin("folder noether")),
        (("class", "noether"), Origin("folder class/noether")),
        (("noether", "sheet1_basics"), Origin("folder noether")),
        (("sheet1",), UNKNOWN),
        (("sheet1 (2)", "sheet1_basics"), UNKNOWN),
        (("mal\udcfflory",), Origin("folder mal\\udcfflory")),
        ((), UNKNOWN),
    ],
)
def test_origin_is_the_account_or_the_folder(names: tuple[str, ...], origin: Origin) -> None:
    assert origin_of(names, COMMON) == origin


def test_origin_is_told_in_words() -> None:
    assert shown("account 5001", "Ada Lovelace") == "Ada Lovelace (account 5001)"
    assert shown("folder noether", "") == "the folder noether"
    assert shown("", "Ada Lovelace") == "Ada Lovelace"
    assert shown("", "") == "somebody whom nothing names"
