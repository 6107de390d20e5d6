"""Mails as customers, machines and mail servers send them, for the tests of what is made of them."""

from datetime import datetime, timedelta
from email.utils import format_datetime

from notifier.delivery import token

KEY = b"k" * 32
OURS = "privacy@example.com"
SUBJECT = "Changes to our privacy policy"
QUOTED = '> You can opt out until 9 March: answer this mail with the words "opt out".\n'


def letter(
    text: str = "opt out",
    *,
    sender: str = "p1@example.org",
    delivery: int | None = 1,
    subject: str = f"Re: {SUBJECT}",
    received: datetime | None = None,
    quoted: bool = True,
    headers: str = "",
) -> bytes:
    """An answer to the notice: top-posted, with our mail quoted below."""
    head = (
        [f"Received: from mail.example.org by mx.example.com; {format_datetime(received)}"]
        if received
        else []
    )
    head += [f"From: {sender}", f"To: {OURS}", f"Subject: {subject}"]
    if delivery is not None:
        head.append(f"In-Reply-To: <{token.make(delivery, KEY)}@example.com>")
    body = f"{text}\n\nOn Mon, 2 Mar 2026 at 10:30, Example <{OURS}> wrote:\n{QUOTED}" if quoted else text
    end = "" if not headers else headers.rstrip("\n") + "\n"
    return ("\n".join(head) + f"\n{end}\n{body}\n").encode()


def bounce(
    delivery: int | None,
    failed: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    received: datetime | None = None,
) -> bytes:
    """A delivery report (RFC 3464), with the headers of our mail."""
    returned = f"Message-ID: <{token.make(delivery, KEY)}@example.com>\n" if delivery is not None else ""
    came = f"Received: from a by b; {format_datetime(received)}\n" if received else ""
    return f"""{came}Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mail.example.org>
To: {OURS}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

I could not deliver your mail. To opt out of these reports, do nothing.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; {failed}
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

From: {OURS}
{returned}Subject: {SUBJECT}

--b--
""".encode()


def after(now: datetime, **period: float) -> datetime:
    return now + timedelta(**period)
