"""An approval is bound to everything that a customer gets."""

from dataclasses import replace

import pytest

from notifier.notice.approval import content_hash
from notifier.notice.texts import Group, MailTexts, Sender, Summary

SUMMARY = Summary("We change our policy.", (Group("Sale", ("One.", "Two.")),), "And more.")
ENGLISH = MailTexts(locale="", subject="s", text="t", html="<p>t</p>", redline=None)
GERMAN = MailTexts(locale="de", subject="b", text="u", html="<p>u</p>", redline="<html></html>")
SENDER = Sender("privacy@example.com", "Acme", "privacy+{token}@example.com", "bounces@example.com", "k1")
APPROVED = {
    "old_sha256": "a" * 64,
    "new_sha256": "b" * 64,
    "summary": SUMMARY,
    "mails": [ENGLISH, GERMAN],
    "audience": {"table": "customers", "where": "active = 1"},
    "window_days": 7,
    "sender": SENDER,
}


def hashed(**changes: object) -> str:
    return content_hash(**(APPROVED | changes))  # type: ignore[arg-type]  # one dict for all the types


def test_same_content_same_hash() -> None:
    reordered = {"where": "active = 1", "table": "customers"}
    assert hashed(mails=(GERMAN, ENGLISH), audience=reordered) == hashed()
    # Approvals are stored: the hash must not change from one release to the next.
    assert hashed() == "21d305cdf4453dca5cc775dd245753fcacb2f890152489d12e74aa95ae9ed446"


@pytest.mark.parametrize(
    "change",
    [
        {"old_sha256": "c" * 64},
        {"new_sha256": "c" * 64},
        {"summary": replace(SUMMARY, intro="We change our policies.")},
        {"summary": replace(SUMMARY, groups=(Group("Sale", ("Two.", "One.")),))},
        {"summary": replace(SUMMARY, groups=(Group("Sale", ("One.Two.",)),))},
        {"summary": replace(SUMMARY, groups=(Group("Sales", ("One.", "Two.")),))},
        {"summary": replace(SUMMARY, groups=(Group("Sale", ("One.",)), Group("", ("Two.",))))},
        {"summary": replace(SUMMARY, closing="")},
        {"mails": [ENGLISH]},
        {"mails": [replace(ENGLISH, subject="S"), GERMAN]},
        {"mails": [replace(ENGLISH, text="T"), GERMAN]},
        {"mails": [replace(ENGLISH, html="<p>T</p>"), GERMAN]},
        {"mails": [replace(ENGLISH, redline=""), GERMAN]},
        {"mails": [ENGLISH, replace(GERMAN, locale="fr")]},
        {"audience": {"table": "customers", "where": ""}},
        {"audience": {}},
        {"window_days": 8},
        {"sender": replace(SENDER, address="sales@example.com")},
        {"sender": replace(SENDER, name="Acme Ltd")},
        {"sender": replace(SENDER, reply_to="privacy@example.com")},
        {"sender": replace(SENDER, bounce_to="privacy@example.com")},
        {"sender": replace(SENDER, key_id="k2")},
    ],
)
def test_any_change_changes_the_hash(change: dict[str, object]) -> None:
    assert hashed(**change) != hashed()


def test_audience_must_be_plain_values() -> None:
    with pytest.raises(TypeError):
        hashed(audience={"engine": object()})
