"""`notifier status`: where each notice stands."""

import rich_click as click

from notifier.app import App
from notifier.cli.show import moment, say, table


@click.command("status")
@click.pass_obj
def command(app: App) -> None:
    """Show of each notice: enrolled, each outcome, the window, opt-outs in window and late."""
    from notifier.delivery.states import State
    from notifier.flow.status import status
    from notifier.optout.verdict import Timing

    found, unknown = status(app.db)
    used = [state for state in State if any(one.outcomes.get(state) for one in found)]
    table(
        ("notice", "state", "enrolled", *used, "window until (UTC)", "opted out", "late", "waiting"),
        (
            (
                f"{one.notice} {one.policy}",
                one.state,
                one.enrolled,
                *(one.outcomes.get(state, 0) for state in used),
                moment(one.window_open_until),
                one.opted_out.get(Timing.IN_WINDOW, 0) + one.opted_out.get(Timing.EARLY, 0),
                one.opted_out.get(Timing.LATE, 0),
                one.waiting,
            )
            for one in found
        ),
    )
    waiting = unknown + sum(one.waiting for one in found)
    if waiting:
        other = f" ({unknown} not about any notice)" if unknown else ""
        say(f"\n{waiting} mails wait for a person{other}: notifier optouts list --waiting")
