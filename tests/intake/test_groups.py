"""Whose a submission is: by accounts and folders; ids and names only find out who is meant."""

from __future__ import annotations

import pytest

from sheetgrader.intake.groups import Team, group_of, is_by_another_member, may_replace, remarks_on_members
from sheetgrader.intake.origins import UNKNOWN, Origin
from sheetgrader.intake.receiving import Submission
from sheetgrader.intake.teams import Member

ADA = Member(name="Ada Lovelace", student_id="1", email="a@b")
ALAN = Member(name="Alan Turing", student_id="2", email="alan@example.org")
EMMY = Member(name="Emmy Noether", student_id="3")
ADAS = Origin("account 5001", "Ada Lovelace", "Ada Lovelace_5001")
ALANS = Origin("account 5002", "Alan Turing", "Alan Turing_5002")
MALLORYS = Origin("account 6000", "Mallory Evil", "Mallory Evil_6000")
PAIR = Team(members=(ADA, ALAN), handed_in_by="Ada Lovelace", origin="account 5001")
IN_A_FOLDER = Team(members=(ADA, ALAN), origin="folder early-birds")


def submission(origin: Origin, *members: Member, group: str = "Lovelace_1_Turing_2") -> Submission:
    return Submission(group, members or (ADA, ALAN), None, 0.0, {}, (), origin)


def test_account_or_folder_is_known_again_whatever_its_members() -> None:
    teams = {"early-birds": IN_A_FOLDER, "pair": PAIR}
    assert group_of(submission(ADAS, ALAN, ADA), teams) == "pair"
    assert group_of(submission(ADAS, EMMY), teams) == "pair"
    assert group_of(submission(Origin("folder early-birds"), EMMY), teams) == "early-birds"
    assert group_of(submission(Origin("folder others"), EMMY, group="Noether_3"), teams) == "Noether_3"


def test_same_students_are_meant_to_be_the_same_group() -> None:
    teams = {"Ada_1_Alan_2": PAIR}
    for origin in (MALLORYS, ALANS, UNKNOWN, Origin("folder others")):
        assert group_of(submission(origin, ALAN, ADA), teams) == "Ada_1_Alan_2"
    assert group_of(submission(MALLORYS, ADA, group="Lovelace_1"), teams) == "Lovelace_1"
    assert group_of(submission(UNKNOWN, Member(), group="x"), {"pair": Team()}) == "x"


def test_ids_that_were_written_in_later_keep_nobody_out() -> None:
    teams = {"Evil_66": Team(members=(ADA, ALAN), handed_in_by="Mallory Evil", origin="account 6000")}
    assert group_of(submission(Origin("account 5001", "Addie"), ADA, ALAN), teams) == "Lovelace_1_Turing_2"


@pytest.mark.parametrize("name", ["255", "", "Xaver Lovelace", "Mallory"])
def test_who_claims_ids_and_is_none_of_them_by_name_keeps_nobody_out(name: str) -> None:
    claimed = (Member(name=name, student_id="1"), Member(name="Y Turing", student_id="2"))
    squatted = Team(members=claimed, handed_in_by="Eve Evil", origin="account 6000")
    assert group_of(submission(ADAS), {"Lovelace_1_Turing_2": squatted}) == "Ada-Lovelace_5001"
    assert group_of(submission(ADAS), {"Evil_1_Turing_2": squatted}) == "Lovelace_1_Turing_2"
    # Among two strangers the first one stays.
    assert group_of(submission(MALLORYS), {"Evil_1_Turing_2": squatted}) == "Evil_1_Turing_2"


def test_account_that_has_its_own_group_stays_there() -> None:
    teams = {"pair": PAIR, "evil": Team(handed_in_by="Mallory Evil", origin="account 6000")}
    assert group_of(submission(MALLORYS, ADA, ALAN), teams) == "evil"


def test_two_that_call_their_work_homework_are_two_groups() -> None:
    unnamed = Member(name="Somebody")
    teams = {"homework": Team(handed_in_by="Ada Lovelace", origin="account 5001")}
    assert group_of(submission(ALANS, unnamed, group="homework"), teams) == "Alan-Turing_5002"
    assert group_of(submission(ADAS, unnamed, group="homework"), teams) == "homework"


def test_other_member_hands_in_for_the_whole_team() -> None:
    for members in ((ADA, ALAN), (ALAN, ADA), (ADA, ALAN, EMMY)):
        assert may_replace(submission(ALANS, *members), "pair", PAIR)
        assert group_of(submission(ALANS, *members), {"pair": PAIR}) == "pair"
    by_address = Origin("account 5003", "Robert Meyer", "Robert Meyer_5003")
    bob = Member(name="Bob Meyer", student_id="2", email="robert.meyer@example.org")
    assert may_replace(
        submission(by_address, ADA, bob),
        "pair",
        Team(members=(ADA, bob), handed_in_by="Ada Lovelace", origin="account 5001"),
    )


@pytest.mark.parametrize(
    ("origin", "members", "team"),
    [
        # What the attacker writes is not what the team wrote.
        (MALLORYS, (Member(name="Mallory Evil", student_id="1"), ALAN), PAIR),
        (Origin("account 1", "Ada Mallory"), (ADA, ALAN), PAIR),
        (Origin("account 1", "Grace Turing"), (ADA, ALAN), PAIR),
        (Origin("account 1", "Alan"), (ADA, ALAN), PAIR),
        (Origin("account 1", "Turing"), (ADA, ALAN), PAIR),
        # A second account of whoever handed in is another person's.
        (Origin("account 1", "Ada Lovelace"), (ADA, ALAN), PAIR),
        (Origin("account 1", "Lovelace, Ada King"), (ADA, ALAN), PAIR),
        # Who goes on alone does not take the others' work along.
        (ALANS, (ALAN,), PAIR),
        (ALANS, (ALAN, EMMY), PAIR),
        (ALANS, (ADA, Member(name="Alan Turing", student_id="20")), PAIR),
        # Nothing tells who handed in first.
        (ALANS, (ADA, ALAN), IN_A_FOLDER),
        (ALANS, (ADA, ALAN), Team(members=(ADA, ALAN))),
        (ALANS, (ADA, ALAN), Team()),
        # No LMS says who this is.
        (Origin("folder Alan Turing"), (ADA, ALAN), PAIR),
        (UNKNOWN, (ADA, ALAN), PAIR),
        # A name that two members have tells neither.
        (
            ALANS,
            (ADA, ALAN, Member(name="Turing Alan", student_id="4")),
            Team(
                members=(ADA, ALAN, Member(name="Turing Alan", student_id="4")),
                handed_in_by="Ada Lovelace",
                origin="account 5001",
            ),
        ),
    ],
)
def test_nobody_else_does(origin: Origin, members: tuple[Member, ...], team: Team) -> None:
    assert not is_by_another_member(submission(origin, *members), team)
    assert not may_replace(submission(origin, *members), "pair", team)


def test_who_was_there_first_without_right_gives_way_to_a_member_and_not_back() -> None:
    squatted = Team(members=(ADA, ALAN), handed_in_by="Mallory Evil", origin="account 6000")
    assert may_replace(submission(ADAS), "pair", squatted)
    assert not may_replace(submission(MALLORYS), "pair", PAIR)


def test_strangers_as_members_are_remarked() -> None:
    teams = {
        "pair": PAIR,
        "Noether_3": Team(members=(EMMY,), handed_in_by="Noether, Emmy", origin="account 5003"),
        "evil": Team(members=(Member(name="Kurt Gödel", student_id="66"),), origin="folder evil"),
    }
    assert remarks_on_members(submission(ALANS, ALAN, group="Turing_2"), "Turing_2", teams) == [
        "2 is in the group pair as well."
    ]
    # An id that is made up does not help.
    named = Member(name="Emmy Nöther", student_id="77")
    assert remarks_on_members(submission(MALLORYS, named), "x", teams) == [
        "Emmy Nöther is named as a member, and handed in for the group Noether_3."
    ]
    goedel = Origin("account 5004", "Goedel Kurt", "")
    assert remarks_on_members(submission(goedel, Member(name="Kurt", student_id="4")), "x", teams) == [
        "Goedel Kurt handed it in, and is named as a member of the group evil."
    ]
    assert remarks_on_members(submission(ADAS), "pair", teams) == []
