"""Handing mail to a server by SMTP (RFC 5321).

`wire` has the bytes, `session` what comes before the first mail, `transaction` one mail, `client` the whole.
"""

from notifier.delivery.smtp.client import SmtpTransport
from notifier.delivery.smtp.session import SmtpServer, Timeouts

__all__ = ["SmtpServer", "SmtpTransport", "Timeouts"]
