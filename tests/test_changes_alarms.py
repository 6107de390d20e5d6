"""Texts that are not the policy they should be."""

import pytest

from notifier.changes.alarms import alarms
from notifier.policy.read import read

POLICY = (
    "We collect the data that you give us and we use it for the orders that you place with our shop. " * 12
)


def codes(old: str, new: str) -> list[str]:
    return [alarm.code for alarm in alarms(read(old.encode(), "a.txt"), read(new.encode(), "a.txt"))]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (POLICY, []),
        (POLICY[: len(POLICY) // 2], []),
        ("We keep your data and that is all that there is to it.", ["text-vanished"]),
        ("404 Not Found. The page you asked for does not exist.", ["error-page", "text-vanished"]),
        ("Please enable JavaScript and verify that you are human.", ["error-page", "text-vanished"]),
        ("This is an archived version of our policy. " + POLICY, ["seems-swapped"]),
        (
            "Wir erheben die Daten, die Sie uns geben, und nutzen sie für die Firma. " * 20,
            ["language-changed"],
        ),
        ("Last updated 1 May 2010. " + POLICY, ["date-backwards"]),
    ],
)
def test_alarms(new: str, expected: list[str]) -> None:
    old = "Last updated 1 May 2020. " + POLICY if expected == ["date-backwards"] else POLICY
    assert codes(old, new) == expected


def test_an_error_page_that_was_kept_as_the_old_version_is_found() -> None:
    assert codes("# Not found\n\nError 404\n", POLICY) == ["error-page"]


def test_a_long_policy_may_speak_of_errors_and_cookies() -> None:
    assert codes(POLICY, POLICY + "We log each 404 error. You can accept all cookies. " + POLICY * 2) == []
