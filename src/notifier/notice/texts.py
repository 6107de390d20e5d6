"""The texts of a notice as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """The points about one topic under their heading, which is "" where there is none."""

    heading: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the customer reads first: an opening, one plain sentence per change by topic, a last paragraph.

    Paragraphs of the opening are parted by an empty line; `closing` is "" where there is nothing left to say.
    """

    intro: str
    groups: tuple[Group, ...]
    closing: str = ""

    @property
    def points(self) -> tuple[str, ...]:
        """All sentences, without their headings."""
        return tuple(point for group in self.groups for point in group.points)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a notice's mails come from, the same for everyone: what their headers and envelopes say.

    `reply_to` and `bounce_to` (the envelope's sender) may hold "{token}". `key_id` names the key that signs
    the tokens, and with them the Message-IDs.
    """

    address: str
    name: str
    reply_to: str
    bounce_to: str
    key_id: str


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
