"""What the customers' side sends back: replies in their own words, machines' answers, a bounce."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

HOME = "mx.larkspur.example"


def reply(notice: EmailMessage, sender: str, words: str, at: datetime, **headers: str) -> bytes:
    """Answer a notice as a mail program does: reference, subject and quoted text."""
    mail = EmailMessage()
    _trace(mail, at)
    mail["From"] = sender
    mail["To"] = str(notice["Reply-To"])
    mail["Subject"] = "Re: " + str(notice["Subject"])
    mail["In-Reply-To"] = str(notice["Message-ID"])
    mail["Date"] = format_datetime(at)
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    body = notice.get_body(("plain",))
    quoted = "" if body is None else "".join(f"> {line}\n" for line in str(body.get_content()).splitlines())
    mail.set_content(f"{words}\n\nOn {at:%a, %d %b %Y} Larkspur Bicycles wrote:\n{quoted}")
    return mail.as_bytes()


def one_click(notice: EmailMessage, sender: str, at: datetime) -> bytes:
    """Write what a mail program sends for its unsubscribe button (List-Unsubscribe, mailto)."""
    target = str(notice["List-Unsubscribe"]).strip("<>").removeprefix("mailto:")
    address, _, query = target.partition("?subject=")
    mail = EmailMessage()
    _trace(mail, at)
    mail["From"] = sender
    mail["To"] = address
    mail["Subject"] = query.replace("%20", " ")
    mail["Date"] = format_datetime(at)
    return mail.as_bytes()


BOUNCE = """\
Return-Path: <>
Received: from mail.example by {home} with ESMTP; {date}
From: Mail Delivery System <MAILER-DAEMON@mail.example>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

<{recipient}>: this mailbox no longer exists

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

{headers}

--b--
"""


def bounce(notice: EmailMessage, recipient: str, at: datetime) -> bytes:
    """Write a delivery status notification (RFC 3464): the mailbox turned out to be gone."""
    text = BOUNCE.format(
        home=HOME,
        date=format_datetime(at),
        sender=notice["From"],
        recipient=recipient,
        headers=f"Message-ID: {notice['Message-ID']}",
    )
    return text.encode()


def _trace(mail: EmailMessage, at: datetime) -> None:
    """Add the line our own mail server writes on top when it takes a mail."""
    mail["Received"] = f"from mail.example by {HOME} with ESMTP; {format_datetime(at)}"
