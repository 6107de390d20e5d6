"""Dates as people write them."""

from datetime import date

import pytest

from notifier.policy import dates


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("This policy was last updated on 07 APRIL 2005.", date(2005, 4, 7)),
        ("Information current as of 24 May, 2018", date(2018, 5, 24)),
        ("Last updated: May 24th, 2018", date(2018, 5, 24)),
        ("Effective 2020-01-01", date(2020, 1, 1)),
        ("Updated the 3rd of March 2021", date(2021, 3, 3)),
        ("Stand: 1. März 2022", date(2022, 3, 1)),
        ("Letzte Änderung, gültig ab 01.02.2023", date(2023, 2, 1)),
        ("Dernière mise à jour : 5 août 2019", date(2019, 8, 5)),
        ("Última actualización: 9 de enero de 2020", date(2020, 1, 9)),
        ("Last revised 25/12/2020", date(2020, 12, 25)),
        ("Last revised 12/25/2020", date(2020, 12, 25)),
        ("Last revised 04/04/2020", date(2020, 4, 4)),
        ("Last revised 01/02/2020", None),
        ("Last updated: 31 February 2020", None),
        ("We were founded on 5 May 1999 by two friends and updated our shop in many ways.", None),
        ("We update it from time to time.", None),
        ("Version 2.0.1", None),
    ],
)
def test_effective_date_of_a_line(line: str, expected: date | None) -> None:
    assert dates.effective(["We value privacy.", line, "We really do."]) == expected


def test_in_force_goes_before_updated() -> None:
    lines = ["Last updated: May 24, 2018", "Effective 1 June 2018", "We keep data."]
    assert dates.effective(lines) == date(2018, 6, 1)


def test_a_date_that_stands_alone_counts_at_the_edges_only() -> None:
    middle = ["We keep data for you."] * 10
    assert dates.effective(["2021-05-06", *middle, *middle]) == date(2021, 5, 6)
    assert dates.effective([*middle, "2021-05-06", *middle]) is None


def test_without_makes_texts_that_differ_in_dates_equal() -> None:
    assert dates.without("Updated May 2, 2018.") == dates.without("Updated 3 June 2019.")
    assert dates.without("Updated May 2018.") == dates.without("Updated June 2019.")
    assert dates.without("kept for 30 days") == "kept for 30 days"
