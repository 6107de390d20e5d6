"""`notifier notice`: from a draft to an approved announcement."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import rich_click as click

from notifier.app import App
from notifier.cli import options
from notifier.cli.notice_head import show_notice
from notifier.cli.overrule import changes, overrule
from notifier.cli.show import say, table
from notifier.delivery.states import State
from notifier.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notifier.flow.notices import Notice
    from notifier.notice.texts import MailTexts

# So many digits of a hash are shown, and enough to tell contents apart.
HASH_SHOWN = 16

# What the ledger shows of a delivery.
LEDGER = (
    "subscriber_ref",
    "email",
    "name",
    "state",
    "attempts",
    "accepted_at",
    "window_ends_at",
    "smtp_code",
    "smtp_enhanced",
    "smtp_text",
)


@click.group("notice")
def command() -> None:
    """The announcement: a summary, the mail made from it, and its approval."""


command.add_command(changes)
command.add_command(overrule)


@command.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--policy", default="privacy", show_default=True, help="The policy's name.")
@options.by
@click.option(
    "--override",
    metavar="REASON",
    callback=options.line(500),
    help="Draft although the comparison raised an alarm, and why; it is kept with the notice.",
)
@click.option("--anyway", is_flag=True, help="Draft although no change is material.")
@click.pass_obj
def draft(
    app: App,
    *,
    old: str | None,
    new: str | None,
    policy: str,
    by: str,
    override: str | None,
    anyway: bool,
) -> None:
    """Draft a notice of the changes from OLD to NEW.

    Both are a path, a URL, git:REV:PATH or NAME@N, and are stored as versions of the policy.
    FILE.docx#rejected is a Word file before its tracked changes. Without OLD and NEW the newest stored
    version is compared with the one that customers were last told of.
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
    override: str | None = None,
    anyway: bool = False,
    go_on: bool = False,
) -> "Notice":
    """Draft a notice of the change between two texts. Raises WrongUse."""
    from notifier.flow import drafting

    if (old is None) != (new is None):
        raise WrongUse("only one version is named", "name OLD and NEW, or neither")
    texts = (app.source(old), app.source(new)) if old and new else drafting.due(app.db, policy)
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
        vocabularies=app.vocabularies,
        override=override,
        anyway=anyway,
        go_on=go_on,
    )


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
@options.notice_id
@click.pass_obj
def show(app: App, notice_id: int) -> None:
    """Show a notice: versions, state, what was overruled and why, summary, approvals."""
    from notifier.flow import notices

    notice = notices.get(app.db, notice_id)
    show_notice(notice)
    for approval in notice.approvals:
        say(f"approved by {approval.by} at {approval.at:%Y-%m-%d %H:%M} UTC ({approval.content_hash[:12]})")


@command.command()
@options.notice_id
@click.option(
    "--from", "file", type=click.File(encoding="utf-8"), help="Take the summary from a file, - for input."
)
@click.option(
    "--redraft", is_flag=True, help="Begin anew: drafted from the levels as they are, edits are lost."
)
@click.pass_obj
def edit(app: App, notice_id: int, file: TextIO | None, *, redraft: bool) -> None:
    """Change the summary, in your editor or from a file. An approval is void after that.

    Its form: the opening; for each topic a line "# heading" and a line "- ..." per change; a last paragraph.
    """
    from notifier.flow import notices, overruling
    from notifier.notice.editing import from_text, to_text

    if redraft and file:
        raise WrongUse("--redraft and --from are both given", "leave one out")
    notice = notices.get(app.db, notice_id)
    if redraft:
        title, company = app.policy_title(notice.policy), app.settings.company.name
        show_notice(overruling.redraft(app.db, notice_id, policy_title=title, company=company))
        return
    if notice.state not in {"draft", "approved"}:
        raise WrongUse(f"notice {notice_id} is {notice.state} and cannot be edited", "draft a new notice")
    if file is not None:
        try:
            text = file.read()
        except UnicodeDecodeError as error:
            raise WrongUse(f"{file.name} is not UTF-8", "save it as UTF-8") from error
    else:
        edited = click.edit(to_text(notice.summary), extension=".txt")
        if edited is None:
            say("nothing changed")
            return
        text = edited
    changed = notices.edit(app.db, notice_id, from_text(text), app.clock())
    show_notice(changed)


@command.command()
@options.notice_id
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
    mails = app.mails(notice)
    for texts in mails:
        filled = fill_texts(texts, person, notice.window_days)
        folder = root / texts.locale if texts.locale else root
        folder.mkdir(parents=True, exist_ok=True)
        parts = {"subject.txt": filled.subject + "\n", "body.txt": filled.text, "body.html": filled.html}
        if filled.redline is not None:
            parts["changes.html"] = filled.redline
        for name, content in parts.items():
            (folder / name).write_text(content, encoding="utf-8")
            say(str(folder / name))
    say(f"hash {app.content_hash(notice, mails)[:HASH_SHOWN]}")


@command.command()
@options.notice_id
@options.by
@click.option("--hash", "seen", help="Only if what would be sent has this hash, as `preview` printed it.")
@click.pass_obj
def approve(app: App, *, notice_id: int, by: str, seen: str | None) -> None:
    """Approve what `preview` shows, from this sender, to all who are in this audience when it is sent.

    If the summary, a template, the versions, the sender or where the audience is read from changes
    afterwards, it must be approved again.
    """
    from notifier.flow import notices

    notice = notices.get(app.db, notice_id)
    mails = app.mails(notice)
    found = app.content_hash(notice, mails)
    if seen and not found.startswith(seen.lower()):
        raise WrongUse(
            f"what would be sent has the hash {found[:HASH_SHOWN]}, not {seen}", "preview it again"
        )
    notice = approve_notice(app, notice, mails, by)
    say(f"subject   {mails[0].subject}")
    say(f"from      {app.sender.name} <{app.sender.address}>")
    say(f"to        {app.audience.label}, {app.audience.count()} people today")
    say(f"hash      {found[:HASH_SHOWN]}")
    if notice.state == "approved":
        say(f"notice {notice_id} is approved. Next: notifier send {notice_id}")
    else:
        say(f"notice {notice_id}: approved by {by}, {app.settings.notice.approvals} people have to approve")


def approve_notice(app: App, notice: "Notice", mails: "Sequence[MailTexts]", by: str) -> "Notice":
    """Approve, in the name of `by`, the notice and the mails that were shown. Raises WrongUse."""
    from notifier.flow import notices

    return notices.approve(
        app.db,
        notice.id,
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
@options.notice_id
@click.pass_obj
def cancel(app: App, notice_id: int) -> None:
    """Cancel a notice that was not sent yet."""
    from notifier.flow import notices

    notices.cancel(app.db, notice_id, app.clock())
    say(f"notice {notice_id} is cancelled")


@command.command()
@options.notice_id
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only in this state.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write CSV to this file."
)
@click.pass_obj
def deliveries(app: App, notice_id: int, state: str | None, output: Path | None) -> None:
    """List the ledger: each person, what became of their mail, what the server said."""
    from notifier.flow import notices, sending
    from notifier.flow.optouts import csv_safe

    notices.get(app.db, notice_id)
    found = sending.ledger(app.db, notice_id, State(state) if state else None)
    rows = ({name: getattr(each, name) for name in LEDGER} for each in found)
    if output is None:
        table(LEDGER, (row.values() for row in rows))
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, LEDGER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(csv_safe(row) for row in rows)
