"""The demo, step by step. It runs the program's own commands and plays the customers' part in between."""

import mailbox
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path

from notifier.demo import customers, replies, server

ADDRESSES = customers.addresses()
REFUSED, PUT_OFF, GONE = ADDRESSES[17], ADDRESSES[42], ADDRESSES[99]

# What some customers write back, and that none of them words it alike.
OPT_OUTS = (
    "Please opt me out of this change.",
    "I do not agree to my data being sold. Opt me out.",
    "opt out",
    "Hello, I'd like to opt out of this. Thank you!",
    "No thanks - please do not share my information with your partners.",
    "I want to opt out of the use of my data for advertising.",
)
CONFIG = """\
[company]
name = "Larkspur Bicycles"
postal_address = "4 Mill Lane, Westbridge"
contact = "privacy@larkspur.example"

[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
from = "privacy@larkspur.example"

[mailbox]
kind = "maildir"
path = "mailbox"

[policies.privacy]
title = "Privacy Policy"
url = "https://www.larkspur.example/privacy"
"""


class Calendar:
    """A clock whose days can be let pass."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Give the time, as far ahead as was let pass."""
        return datetime.now(UTC) + self.ahead

    def let_pass(self, **period: float) -> None:
        """Move on by days, hours, minutes."""
        self.ahead += timedelta(**period)


def run(folder: Path, calendar: Calendar, notifier: Callable[..., None], say: Callable[[str], None]) -> None:
    """Run the demo in `folder`; `notifier` runs a command of the program, `say` tells what happens."""
    started = time.monotonic()
    for name in ("old.md", "new.md"):
        (folder / name).write_bytes((files("notifier.demo") / name).read_bytes())
    (folder / "customers.csv").write_bytes(customers.as_csv())
    inbox = mailbox.Maildir(folder / "mailbox")

    with server.running(refuses=REFUSED, puts_off=PUT_OFF) as post:
        (folder / "config.toml").write_text(CONFIG.format(port=post.port), encoding="utf-8")

        say("1. What changed between the two versions, and does it matter?")
        notifier("diff", folder / "old.md", folder / "new.md")

        say("2. A database, the two versions, and 200 invented customers (two rows of the file are no good).")
        notifier("init")
        notifier("policy", "add", "privacy", folder / "old.md")
        notifier("policy", "add", "privacy", folder / "new.md")
        notifier("subscribers", "import", folder / "customers.csv")

        say("3. A notice in plain words, approved by a person.")
        notifier("notice", "draft", "privacy@1", "privacy@2", "--by", "Dana (privacy)")
        notifier("notice", "preview", "1", "-o", folder / "preview")
        notifier("notice", "approve", "1", "--by", "Dana (privacy)")

        say("4. Mailed over SMTP. The server refuses one address for good and puts another one off.")
        notifier("send", "1", "--yes")
        calendar.let_pass(minutes=20)
        say("   Twenty minutes later cron runs the next pass, which tries the one that was put off again.")
        notifier("run")
        notifier("status")

        calendar.let_pass(days=2)
        say("5. Two days later the mailbox holds replies, machines' answers and a bounce.")
        _two_days_later(post.mails, inbox, calendar())
        notifier("receive")
        notifier("optouts", "list")
        notifier("optouts", "list", "--waiting")

        calendar.let_pass(days=7)
        say("6. A week later one more customer writes: too late, but it is kept and marked so.")
        inbox.add(replies.reply(post.mails[ADDRESSES[60]], ADDRESSES[60], "Please opt me out.", calendar()))
        notifier("receive")
        notifier("optouts", "list", "--timing", "late")

        say("7. The next pass finds every window over and closes the notice.")
        notifier("run")
        notifier("status")
        notifier("optouts", "export", "-o", folder / "optouts.csv")
    took = time.monotonic() - started
    say(f"Done in {took:.1f} s. Everything is in {folder}; the mail is preview/body.html.")


def _two_days_later(mails: dict[str, EmailMessage], inbox: mailbox.Maildir, at: datetime) -> None:
    """Put into the mailbox what came back."""
    for address, words in zip(ADDRESSES, OPT_OUTS, strict=False):
        inbox.add(replies.reply(mails[address], address, words, at))
    everything, button, copy, question, stranger = ADDRESSES[6:11]
    inbox.add(replies.reply(mails[everything], everything, "Unsubscribe me from all your mail, please.", at))
    inbox.add(replies.one_click(mails[button], button, at))
    inbox.add(replies.reply(mails[copy], copy, "Please send me a copy of all data you hold about me.", at))
    inbox.add(replies.reply(mails[question], question, "How do I opt out?", at))
    # The customer forwarded the notice, and somebody else answers it.
    inbox.add(replies.reply(mails[stranger], "somebody.else@other.example", "opt out", at))
    for address in ADDRESSES[20:24]:
        away = "I am away until Monday. For anything urgent, or to unsubscribe, write to my colleague."
        inbox.add(replies.reply(mails[address], address, away, at, Auto_Submitted="auto-replied"))
    inbox.add(replies.bounce(mails[GONE], GONE, at))
