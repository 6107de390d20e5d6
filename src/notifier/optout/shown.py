"""A mail as a person is shown it, who wants to know what its writer wrote."""

from dataclasses import dataclass

from notifier.optout import parse, written


@dataclass(frozen=True, slots=True)
class Shown:
    """From and Subject, decoded; `words` are what the writer added, without quotes. "" where missing."""

    sender: str
    subject: str
    words: str


def show(raw: bytes) -> Shown:
    """Read a mail for a person. Never raises, whatever the bytes."""
    try:
        mail = parse.parse(raw)
        return Shown(mail.header("from"), mail.subject, written.own_words(mail.text))
    except Exception:  # noqa: BLE001 - the email package and lxml promise nothing about hostile bytes
        return Shown("", "", "")
