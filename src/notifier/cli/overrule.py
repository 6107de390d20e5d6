"""`notifier notice changes` and `overrule`: a notice change by change, and the levels people give them."""

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from notifier.app import App
from notifier.cli import options
from notifier.cli.show import say
from notifier.errors import WrongUse

if TYPE_CHECKING:
    from notifier.changes.model import Level
    from notifier.flow.notices import Notice


@click.command()
@options.notice_id
@options.form
@options.output
@options.lowest
@click.pass_obj
def changes(app: App, *, notice_id: int, form: str | None, output: Path | None, lowest: "Level") -> None:
    """Show a notice's changes with their ids, as `notifier diff` does, at the levels they have been given."""
    from notifier.cli import diff
    from notifier.flow import notices

    diff.show(notices.judged(notices.get(app.db, notice_id)), form, lowest, output)


@click.command()
@options.notice_id
@click.argument("what", metavar="[CHANGE]... LEVEL", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All unjudged changes; with --undo, all overruled.")
@click.option("--undo", is_flag=True, help="Back to the level that was judged; LEVEL is left out then.")
@click.option("--reason", required=True, help="Why. It is kept, and the customers' comparison shows it.")
@options.by
@click.pass_obj
def overrule(
    app: App, *, notice_id: int, what: tuple[str, ...], everything: bool, undo: bool, reason: str, by: str
) -> None:
    """Set the level of a change, such as c3, yourself: LEVEL is material, minor or cosmetic.

    It is recorded with your name and reason, and nothing recorded is ever taken away. The summary is drafted
    anew, unless somebody edited it, and the notice has to be approved again. Your reason can be read in the
    comparison that customers get; your name cannot.
    """
    from notifier.changes.render import wording
    from notifier.flow import notices, overruling

    names, level = _parsed(what, everything=everything, undo=undo)
    now = app.clock()
    before = notices.get(app.db, notice_id)
    notice = overruling.overrule(
        app.db,
        notice_id,
        names,
        level,
        reason=reason,
        by=by,
        policy_title=app.policy_title(before.policy),
        company=app.settings.company.name,
        now=now,
    )
    for one in (one for one in notice.overrules if one.at == now):
        say(f"{one.change_id}: {one.from_level} -> {one.to_level}")
    say(wording.line(notices.judged(notice)))
    _say_next(before, notice)


def _parsed(what: tuple[str, ...], *, everything: bool, undo: bool) -> tuple[tuple[str, ...], "Level | None"]:
    """Tell the changes from the level. Raises WrongUse."""
    from notifier.changes.model import Level

    usage = "as in: notifier notice overrule 1 c3 minor --reason WHY"
    what = tuple(word.casefold() for word in what)
    if undo and what and what[-1] in options.LEVELS:
        raise WrongUse(f"{what[-1]!r} is named beside --undo", "leave it out: the judged level comes back")
    names, level = (what, None) if undo else (what[:-1], what[-1] if what else "")
    if level is not None and level not in options.LEVELS:
        raise WrongUse(
            f"{level!r} is no level" if level else "no level is named",
            f"it is material, minor or cosmetic, {usage}",
        )
    if bool(names) == everything:
        raise WrongUse(
            "changes are named beside --all" if everything else "no change is named",
            "leave them out, or --all" if everything else f"name one, or give --all; {usage}",
        )
    return names, Level(level) if level else None


def _say_next(before: "Notice", notice: "Notice") -> None:
    """Say what became of the summary and the approvals, and what is left to do."""
    edit = f"notifier notice edit {notice.id}"
    if notice.edited_at is not None:
        say(f"The summary was edited and stays as it is: change it with {edit},")
        say(f"or begin anew from the levels as they are: {edit} --redraft")
    elif notice.summary != before.summary:
        say(f"The summary is drafted anew: notifier notice show {notice.id}")
    if before.approvals:
        say(f"Its approvals are void: notifier notice approve {notice.id}")
