"""`notifier notice`: from a draft to an approved announcement."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import rich_click as click

from notifier.app import App
from notifier.cli.show import say, table
from notifier.errors import WrongUse

if TYPE_CHECKING:
    from notifier.flow.notices import Notice


@click.group("notice")
def command() -> None:
    """The announcement: a summary, the mail made from it, and its approval."""


@command.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--policy", default="privacy", show_default=True, help="The policy's name.")
@click.option("--by", default=getpass.getuser, show_default="your user name", help="Who drafts it.")
@click.option("--override", is_flag=True, help="Draft although the comparison raised an alarm.")
@click.option("--anyway", is_flag=True, help="Draft although no change is material.")
@click.pass_obj
def draft(
    app: App,
    *,
    old: str | None,
    new: str | None,
    policy: str,
    by: str,
    override: bool,
    anyway: bool,
) -> None:
    """Draft a notice of the changes from OLD to NEW.

    Both are a path, a URL, git:REV:PATH or NAME@N, and are stored as versions of the policy. Without them
    the two newest stored versions are compared.
    """
    notice = draft_notice(app, old, new, policy=policy, by=by, override=override, anyway=anyway)
    show_notice(notice)
    say(f"\nNext: notifier notice preview {notice.id}, then notifier notice approve {notice.id}")


def draft_notice(
    app: App,
    old: str | None,
    new: str | None,
    *,
    policy: str,
    by: str,
    override: bool = False,
    anyway: bool = False,
    go_on: bool = False,
) -> "Notice":
    """Draft a notice of the change between two texts. Raises WrongUse."""
    from notifier.flow import drafting

    if (old is None) != (new is None):
        raise WrongUse("only one version is named", "name OLD and NEW, or neither for the two newest stored")
    texts = (app.source(old), app.source(new)) if old and new else drafting.two_newest(app.db, policy)
    return drafting.draft(
        app.db,
        policy,
        *texts,
        policy_title=app.policy_title(policy),
        company=app.settings.company.name,
        window_days=app.settings.notice.window_days,
        on_uncertain=app.settings.notice.on_uncertain,
        by=by,
        now=app.clock(),
        override=override,
        anyway=anyway,
        go_on=go_on,
    )


def show_notice(notice: "Notice") -> None:
    """Print a notice's head and its summary."""
    from notifier.notice.summary import to_text

    versions = f"{notice.policy}@{notice.old_number} -> {notice.policy}@{notice.new_number}"
    say(f"notice {notice.id}: {versions}, {notice.state}")
    say(f"drafted by {notice.drafted_by}, window {notice.window_days} days\n")
    say(to_text(notice.summary))


@command.command("list")
@click.pass_obj
def list_(app: App) -> None:
    """List all notices."""
    from notifier.flow import notices

    table(
        ("notice", "policy", "from", "to", "state", "drafted (UTC)", "by"),
        (
            (one.id, one.policy, one.old_number, one.new_number, one.state, one.drafted_at, one.drafted_by)
            for one in notices.listing(app.db)
        ),
    )


@command.command()
@click.argument("notice_id", metavar="NOTICE", type=int)
@click.pass_obj
def show(app: App, notice_id: int) -> None:
    """Show a notice: versions, state, summary, approvals."""
    from notifier.flow import notices

    notice = notices.get(app.db, notice_id)
    show_notice(notice)
    for approval in notice.approvals:
        say(f"approved by {approval.by} at {approval.at:%Y-%m-%d %H:%M} UTC ({approval.content_hash[:12]})")


@command.command()
@click.argument("notice_id", metavar="NOTICE", type=int)
@click.option(
    "--from", "file", type=click.File(encoding="utf-8"), help="Take the summary from a file, - for input."
)
@click.pass_obj
def edit(app: App, notice_id: int, file: TextIO | None) -> None:
    """Change the summary, in your editor or from a file. An approval is void after that."""
    from notifier.flow import notices
    from notifier.notice.summary import from_text, to_text

    notice = notices.get(app.db, notice_id)
    if file is not None:
        text = file.read()
    else:
        edited = click.edit(to_text(notice.summary), extension=".txt")
        if edited is None:
            say("nothing changed")
            return
        text = edited
    changed = notices.edit(app.db, notice_id, from_text(text), app.clock())
    show_notice(changed)


@command.command()
@click.argument("notice_id", metavar="NOTICE", type=int)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, file_okay=False), help="The folder to write to."
)
@click.pass_obj
def preview(app: App, notice_id: int, output: Path | None) -> None:
    """Write the mail as a customer gets it: subject.txt, body.txt, body.html and the attachment."""
    from notifier.delivery.message import Person, fill_texts
    from notifier.flow import notices

    notice = notices.get(app.db, notice_id)
    person = Person(name="Alex Example", email="alex@example.com", token="preview", composed_at=app.clock())  # noqa: S106 - a sample
    root = output or Path(f"preview-{notice_id}")
    for texts in app.mails(notice):
        filled = fill_texts(texts, person, notice.window_days)
        folder = root / texts.locale if texts.locale else root
        folder.mkdir(parents=True, exist_ok=True)
        parts = {"subject.txt": filled.subject + "\n", "body.txt": filled.text, "body.html": filled.html}
        if filled.redline is not None:
            parts["changes.html"] = filled.redline
        for name, content in parts.items():
            (folder / name).write_text(content, encoding="utf-8")
            say(str(folder / name))


@command.command()
@click.argument("notice_id", metavar="NOTICE", type=int)
@click.option("--by", default=getpass.getuser, show_default="your user name", help="Who approves.")
@click.pass_obj
def approve(app: App, notice_id: int, by: str) -> None:
    """Approve exactly what `preview` shows, for exactly this audience.

    If the summary, a template, the versions or the audience changes afterwards, it must be approved again.
    """
    notice = approve_notice(app, notice_id, by)
    if notice.state == "approved":
        say(f"notice {notice_id} is approved. Next: notifier send {notice_id}")
    else:
        say(f"notice {notice_id}: approved by {by}, {app.settings.notice.approvals} people have to approve")


def approve_notice(app: App, notice_id: int, by: str) -> "Notice":
    """Approve in the name of `by` what would be sent now. Raises WrongUse."""
    from notifier.flow import notices

    notice = notices.get(app.db, notice_id)
    mails = app.mails(notice)
    return notices.approve(
        app.db,
        notice_id,
        revision=notice.revision,
        by=by,
        needed=app.settings.notice.approvals,
        content_hash=app.content_hash(notice, mails),
        mails=mails,
        sender=app.sender,
        audience=app.audience.describe(),
        now=app.clock(),
    )


@command.command()
@click.argument("notice_id", metavar="NOTICE", type=int)
@click.pass_obj
def cancel(app: App, notice_id: int) -> None:
    """Cancel a notice that was not sent yet."""
    from notifier.flow import notices

    notices.cancel(app.db, notice_id, app.clock())
    say(f"notice {notice_id} is cancelled")
