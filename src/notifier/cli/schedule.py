"""`notifier schedule`: the passes of `run`, kept running."""

import rich_click as click

from notifier.app import App


@click.command("schedule")
@click.option(
    "--every", type=click.IntRange(min=1), default=60, show_default=True, help="Seconds between passes."
)
@click.pass_obj
def command(app: App, every: int) -> None:
    """Run a pass again and again, in the foreground; stops cleanly on SIGTERM or Ctrl-C."""
    from notifier import schedule

    schedule.keep_running(app, every=every)
