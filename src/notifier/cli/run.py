"""`notifier run` and `notifier schedule`: the passes, once or kept running."""

import rich_click as click

from notifier.app import App
from notifier.cli.send import stoppable


@click.command("run")
@click.pass_obj
def command(app: App) -> None:
    """One pass for cron: go on sending, retry what is due, receive, close windows.

    Quiet when there is nothing to tell; exit code 3 when something has to be tried again. Two at once are
    safe: the second one does nothing.
    """
    from notifier import schedule

    with stoppable() as stop:
        passed = schedule.one_pass(app, stop)
    for line in passed.told:
        click.echo(line)
    for problem in passed.problems[:-1]:
        click.echo(f"notifier: {problem}", err=True)
    if passed.problems:
        raise passed.problems[-1]
