"""Before a promise is lost or new, the whole other text is searched for it."""

import pytest

from notifier.changes.said import Sayings
from notifier.changes.units import Codebook, units
from notifier.changes.vocabulary import SHIPPED
from notifier.policy.read import read

TEXT = """
We never sell your personal data to anyone. You may object to this at any time.

If you agree, we share your address with our partners. We keep the logs for 30 days.
We will also tell the Acme Foundation of such requests.
"""


def found(text: str) -> str | None:
    book, vocabulary = Codebook(), SHIPPED.of("en")
    assert vocabulary is not None
    return Sayings(units(read(TEXT.encode(), "a.md"), book), book, vocabulary).find(text)


@pytest.mark.parametrize(
    "clause",
    [
        "We never sell your personal data to anyone.",
        "* we never sell your personal data to anyone",
        "We never sell your personal data to anyone. You may object to this at any time.",
        "We will tell the Acme Foundation of these requests.",
        "We keep logs for 30 days.",
    ],
)
def test_what_is_said_in_these_words_is_found(clause: str) -> None:
    assert found(clause)


@pytest.mark.parametrize(
    "clause",
    [
        "We sell your personal data to anyone.",
        "sell your personal data to anyone",  # stands there, after a "never"
        "We share your address with our partners.",  # stands there, after an "if"
        "You share your address with our partners.",
        "We keep the logs for 90 days.",
        "We will also tell the Initech Foundation of such requests.",
        "We may also tell the Acme Foundation of such requests.",
        "the logs",  # says too little
    ],
)
def test_what_differs_in_a_word_that_counts_is_not(clause: str) -> None:
    assert found(clause) is None


def test_the_clause_that_says_it_is_told() -> None:
    assert found("We keep logs for 30 days.") == "We keep the logs for 30 days."
