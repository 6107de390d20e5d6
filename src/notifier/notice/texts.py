"""The texts of a notice as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Summary:
    """What the customer reads first: an opening paragraph, then one plain sentence per material change."""

    intro: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailTexts:
    """The parts of a notice's mail in one locale, with slots for what differs per person.

    `redline` is the full comparison as an HTML file to attach, None where the mail links to it.
    """

    locale: str
    subject: str
    text: str
    html: str
    redline: str | None
