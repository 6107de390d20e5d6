"""The commands that go before a message, with the parameters that the server offers to understand."""

import re
from collections.abc import Mapping

from notifier.delivery.transport import Mail

# What would end the address, or the command, in MAIL and RCPT.
_UNSENDABLE = re.compile(r"[\x00-\x20<>\x7f]")
# RFC 3461 sec. 4: xtext has these as they are, everything else as "+" and two hex digits.
_NOT_XTEXT = re.compile(r"[^!-*,-<>-~]", re.ASCII)


def envelope(mail: Mail, offers: Mapping[str, str]) -> tuple[bytes, bytes, bytes]:
    """Give MAIL, RCPT and DATA for a mail; `offers` are the server's extensions, as EHLO gave them.

    RFC 1870 SIZE, RFC 6152 8BITMIME, RFC 6531 SMTPUTF8, RFC 3461 DSN: what the server reports of a failure or
    a delay then names our delivery and the address as we wrote it.
    """
    sender, recipient = f"MAIL FROM:<{mail.sender}>", f"RCPT TO:<{mail.recipient}>"
    if "SIZE" in offers:
        sender += f" SIZE={len(mail.data)}"
    if "8BITMIME" in offers and not mail.data.isascii():
        sender += " BODY=8BITMIME"
    if not mail.sender.isascii() or not mail.recipient.isascii():
        sender += " SMTPUTF8"
    if "DSN" in offers:
        if mail.envelope_id:
            sender += f" RET=HDRS ENVID={_xtext(mail.envelope_id)}"
        recipient += " NOTIFY=FAILURE,DELAY"
        if mail.recipient.isascii():
            recipient += f" ORCPT=rfc822;{_xtext(mail.recipient)}"
    return f"{sender}\r\n".encode(), f"{recipient}\r\n".encode(), b"DATA\r\n"


def unsendable(address: str, offers: Mapping[str, str]) -> str:
    """Why an address cannot be named to this server, or ""."""
    if _UNSENDABLE.search(address):
        return "the address has characters that cannot be sent"
    if not address.isascii() and "SMTPUTF8" not in offers:
        return "the address is not ASCII, and the server does not offer SMTPUTF8 (RFC 6531)"
    return ""


def too_big(mail: Mail, offers: Mapping[str, str]) -> str:
    """The server's limit where a mail is above it (RFC 1870), or ""."""
    limit = offers.get("SIZE", "")
    return limit if limit.isdecimal() and 0 < int(limit) < len(mail.data) else ""


def _xtext(text: str) -> str:
    return _NOT_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", text)
