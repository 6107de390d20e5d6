"""A sender as a process of its own, which a test can kill: `python sender.py URL NOTICE PORT LEASE`."""

import sys
from datetime import timedelta

from notifier.clock import utc_now
from notifier.delivery.smtp import SmtpServer, SmtpTransport
from notifier.flow.drain import drain
from notifier.store import database
from ready import KEY, SENDER, template

CONNECTIONS = 4

if __name__ == "__main__":
    url, notice, port, lease = sys.argv[1:]
    drained = drain(
        database.connect(url),
        int(notice),
        transport=SmtpTransport(SmtpServer("127.0.0.1", int(port), "none"), connections=CONNECTIONS),
        templates={"": template()},
        token_key=KEY,
        bounce_to=SENDER,
        clock=utc_now,
        lease=timedelta(seconds=float(lease)),
    )
    print("fenced", drained.fenced)  # noqa: T201 - for the test
