"""`notifier receive`: take in the mail that came back."""

import sys

import rich_click as click

from notifier.app import App
from notifier.cli.show import progress, say
from notifier.errors import Problem

# sysexits.h: tells the mail server to keep the mail and try again later.
EX_TEMPFAIL = 75


@click.command("receive")
@click.argument("source", required=False)
@click.pass_context
def command(ctx: click.Context, source: str | None) -> None:
    """Take in the mail that came back and log the opt-outs.

    Reads the configured mailbox; it is never written to. SOURCE is a Maildir, or - for one mail on standard
    input, as a mail server's pipe gives it: exit code 75 asks the server to try again later.
    """
    app: App = ctx.obj
    if source == "-":
        try:
            _take(app, source)
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail server has to keep the mail
            what = str(error) if isinstance(error, Problem) else f"{type(error).__name__}: {error}"
            click.echo(f"notifier: {what}", err=True)
            ctx.exit(EX_TEMPFAIL)
        return
    _take(app, source)


def _take(app: App, source: str | None) -> None:
    from pathlib import Path

    from notifier.mailbox import Mailbox, pipe
    from notifier.mailbox.maildir import MaildirMailbox

    if source == "-":
        mailbox: Mailbox = pipe.PipeMailbox(sys.stdin.buffer)
    else:
        mailbox = MaildirMailbox(Path(source)) if source else app.mailbox()
    with progress("receiving", total=None) as show:
        taken, decided = app.receive(mailbox, show)
    if source == "-":
        return
    kinds = ", ".join(f"{number} {kind}" for kind, number in decided.kinds.items() if number)
    say(f"{taken} new mail{'' if taken == 1 else 's'}" + (f": {kinds}" if kinds else ""))
    if decided.waiting:
        say(f"{decided.waiting} wait for a person: notifier optouts list --waiting")
