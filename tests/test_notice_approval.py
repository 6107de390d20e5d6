"""An approval is bound to everything that a customer gets."""

from dataclasses import replace

import pytest

from notifier.notice.approval import content_hash
from notifier.notice.texts import MailTexts, Summary

SUMMARY = Summary("We change our policy.", ("One.", "Two."))
ENGLISH = MailTexts(locale="", subject="s", text="t", html="<p>t</p>", redline=None)
GERMAN = MailTexts(locale="de", subject="b", text="u", html="<p>u</p>", redline="<html></html>")
APPROVED = {
    "old_sha256": "a" * 64,
    "new_sha256": "b" * 64,
    "summary": SUMMARY,
    "mails": [ENGLISH, GERMAN],
    "audience": {"table": "customers", "where": "active = 1"},
    "window_days": 7,
    "sender": "privacy@example.com",
}


def hashed(**changes: object) -> str:
    return content_hash(**(APPROVED | changes))  # type: ignore[arg-type]  # one dict for all the types


def test_same_content_same_hash() -> None:
    reordered = {"where": "active = 1", "table": "customers"}
    assert hashed(mails=(GERMAN, ENGLISH), audience=reordered) == hashed()
    # Approvals are stored: the hash must not change from one release to the next.
    assert hashed() == "fac9fa65262c2d56818e3cba26a95c6a6e2e612635ceb66f2a14b47bc208cb1d"


@pytest.mark.parametrize(
    "change",
    [
        {"old_sha256": "c" * 64},
        {"new_sha256": "c" * 64},
        {"summary": replace(SUMMARY, intro="We change our policies.")},
        {"summary": replace(SUMMARY, points=("Two.", "One."))},
        {"summary": Summary("We change our policy.", ("One.Two.",))},
        {"mails": [ENGLISH]},
        {"mails": [replace(ENGLISH, subject="S"), GERMAN]},
        {"mails": [replace(ENGLISH, text="T"), GERMAN]},
        {"mails": [replace(ENGLISH, html="<p>T</p>"), GERMAN]},
        {"mails": [replace(ENGLISH, redline=""), GERMAN]},
        {"mails": [ENGLISH, replace(GERMAN, locale="fr")]},
        {"audience": {"table": "customers", "where": ""}},
        {"audience": {}},
        {"window_days": 8},
        {"sender": "sales@example.com"},
    ],
)
def test_any_change_changes_the_hash(change: dict[str, object]) -> None:
    assert hashed(**change) != hashed()


def test_audience_must_be_plain_values() -> None:
    with pytest.raises(TypeError):
        hashed(audience={"engine": object()})
