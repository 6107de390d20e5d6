"""What people ask for, in their words. The phrasings are in data/phrasings.tsv; some were put aside."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from letters import SUBJECT
from notifier.optout import wish, written
from notifier.optout.verdict import Kind, Scope
from notifier.optout.wish import Wish

PHRASINGS = Path(__file__).parent / "data" / "phrasings.tsv"
OPT_OUTS = {scope.value for scope in Scope}


def phrasings(half: str) -> Iterator[tuple[str, str, str]]:
    """What is wanted, the subject and the text of each phrasing of a half."""
    with PHRASINGS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["half"] == half:
                yield row["want"], row["subject"], row["text"].replace("\\n", "\n")


def read(text: str, subject: str = f"Re: {SUBJECT}") -> Wish:
    return wish.read(written.own_words(text), subject, answers=subject.startswith("Re:"))


def found(text: str, subject: str) -> str:
    result = read(text, subject)
    return result.scopes[0].value if len(result.scopes) == 1 else result.kind.value


@pytest.mark.parametrize(("want", "subject", "text"), list(phrasings("tuned")))
def test_the_phrasings_the_rules_were_made_with(want: str, subject: str, text: str) -> None:
    assert found(text, subject) == want


def test_the_phrasings_that_were_put_aside() -> None:
    tried = [(want, found(text, subject), text) for want, subject, text in phrasings("aside")]
    wrong = [each for each in tried if each[0] != each[1]]
    # Nobody is opted out who did not ask for it, and nobody is misread who did.
    assert [each for each in wrong if each[1] in OPT_OUTS and each[0] not in OPT_OUTS] == []
    assert len(wrong) <= 0.03 * len(tried), wrong


def test_two_scopes_and_further_wishes_in_one_mail() -> None:
    text = "I object to this change.\nUnsubscribe me, too.\nAnd I will complain to the ICO."
    result = read(text)
    assert set(result.scopes) == {Scope.THIS_CHANGE, Scope.ALL}
    assert result.also == (Kind.COMPLAINT,)
    assert len(result.reasons) == 3


def test_who_wants_to_keep_getting_mail_is_not_opted_out_of_all() -> None:
    assert read("Unsubscribe me from the rest but keep mailing me the newsletter.").scopes == ()
    assert read("Stop sharing my data, but please continue to send me offers.").scopes == (Scope.THIS_CHANGE,)


def test_a_contradiction_is_for_a_person() -> None:
    result = read("Please opt me out. No wait, do not opt me out.")
    assert result.kind is Kind.UNCLEAR
    assert "refuses" in result.reasons[0]


@pytest.mark.parametrize(
    "subject", ["opt out", "Unsubscribe", "Re: opt out", "AW: Re: unsubscribe", "OPT-OUT"]
)
def test_an_empty_mail_with_the_wish_in_its_subject(subject: str) -> None:
    assert read("", subject).kind is Kind.OPT_OUT


@pytest.mark.parametrize(
    "subject",
    [
        f"Re: {SUBJECT}",
        "Fwd: opt out",
        "How do I opt out?",
        "Re: Opt out until 9 March",
        "Re: How to opt out",
    ],
)
def test_an_empty_mail_with_another_subject(subject: str) -> None:
    assert read("", subject).kind is Kind.UNCLEAR


@pytest.mark.timeout(20)
def test_long_rubbish_is_read_quickly() -> None:
    pieces = (
        "opt ",
        "i do not ",
        "please opt me me ",
        "do not want to ",
        ", and please ",
        "stop all the ",
        "'",
        "-",
        "remove from ",
        "this email ",
        "[ ",
        " ?a",
        "opt a out ",
        "hello no, ",
        "stop stop sending ",
    )
    for piece in pieces:
        wish.read(piece * 20_000, piece * 500, answers=False)
    for ending in (" all", " emails", " of", ", thanks", " me", " from the"):
        wish.read(f"unsubscribe{ending * 1000} x", f"opt out{ending * 300} x", answers=False)
        wish.read(f"stop sending{ending * 1000} x", f"take me off{ending * 300} x", answers=False)
