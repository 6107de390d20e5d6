"""A comparison in the terminal: a summary on top, a redline in colour, the verdict in the last line."""

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from notifier.changes.model import Change, Comparison, Level, Operation
from notifier.changes.render import wording

_LEVEL_STYLES = {
    Level.MATERIAL: "bold red",
    Level.UNJUDGED: "bold magenta",
    Level.MINOR: "yellow",
    Level.COSMETIC: "dim",
}
_EDIT_STYLES = {Operation.EQUAL: "", Operation.DELETE: "red strike", Operation.INSERT: "green underline"}
# Without colour the same marks as in the text format, or a pipe would show both wordings run together.
_EDIT_MARKS = {Operation.EQUAL: ("", ""), Operation.DELETE: ("[-", "-]"), Operation.INSERT: ("{+", "+}")}


def show(comparison: Comparison, console: Console, lowest: Level) -> None:
    """Print the comparison; changes below `lowest` are counted but not shown."""
    console.print(_summary(comparison))
    for alarm in comparison.alarms:
        console.print(Text(f"ALARM {alarm.code}: {alarm.detail}", style="bold yellow"))
    if comparison.alarms:
        console.print(Text(wording.STOPPED))
    changes = wording.shown(comparison, lowest)
    for change in changes:
        console.print()
        _print(change, console)
    hidden = len(comparison.changes) - len(changes)
    console.print()
    if hidden:
        console.print(Text(f"{hidden} more of a lower level; --level cosmetic shows them.", style="dim"))
    style = _LEVEL_STYLES.get(Level(comparison.verdict), "") if comparison.verdict != "none" else "green"
    console.print(Text(wording.line(comparison), style=style))


def _summary(comparison: Comparison) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    table.add_row("Verdict", Text(wording.verdict(comparison)))
    table.add_row("Old", Text(wording.named(comparison.old)))
    table.add_row("New", Text(wording.named(comparison.new)))
    table.add_row("Changes", Text(wording.counts(comparison)))
    about = ", ".join(f"{name} ({number})" for name, number in wording.by_category(comparison))
    if about:
        table.add_row("About", Text(about))
    return table


def _print(change: Change, console: Console) -> None:
    title = Text.assemble(
        (f"{change.id} {change.level.value}", _LEVEL_STYLES[change.level]),
        f", {change.kind.value}",
        f": {wording.categories(change)}" if change.categories else "",
    )
    console.print(Rule(title, align="left", style="dim"))
    place = wording.section(change)
    if place:
        console.print(Text(place, style="dim"))
    if reason := wording.reason(change):
        console.print(Text(reason, style="italic"))
    if change.overruled:
        console.print(Text(wording.overruled(change), style="italic"))
    console.print(
        Padding(_redline(change, colour=console.color_system is not None), (0, 0, 0, 2), expand=False)
    )


def _redline(change: Change, *, colour: bool) -> Text:
    text = Text()
    for part in wording.parts(change):
        before, after = ("", "") if colour else _EDIT_MARKS[part.operation]
        text.append(f"{before}{part.text}{after}", style=_EDIT_STYLES[part.operation])
    return text
