"""`notifier run` and `notifier schedule`: the passes, once or kept running."""

import rich_click as click

from notifier.app import App
from notifier.cli.send import stoppable


@click.command("run")
@click.pass_obj
def command(app: App) -> None:
    """One pass for cron: go on sending, retry what is due, receive, close windows.

    Quiet when there is nothing to tell; exit code 3 when a step failed and the next pass has to try again.
    Two at once are safe: what one is doing the other leaves alone.
    """
    from notifier import schedule

    with stoppable() as stop:
        # Mail first: a long send must not keep opt-outs waiting.
        steps = (schedule.receive(app), schedule.send(app, stop))
    for passed in steps:
        for line in passed.told:
            click.echo(line)
    problems = [problem for passed in steps for problem in passed.problems]
    for problem in problems[:-1]:
        click.echo(f"notifier: {problem}", err=True)
    if problems:
        raise problems[-1]
