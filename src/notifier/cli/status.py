"""`notifier status`: where each notice stands."""

import sys

import rich_click as click

from notifier.app import App
from notifier.cli.show import moment, say, table


@click.command("status")
@click.pass_obj
def command(app: App) -> None:
    """Show of each notice: enrolled, each outcome, window, opt-outs in time and late, mails for a person.

    In a pipe each outcome has a column of its own.
    """
    from notifier.delivery.states import State
    from notifier.flow.status import status
    from notifier.optout.verdict import Timing

    found, unknown = status(app.db)
    apart = not sys.stdout.isatty()
    outcomes = list(State) if apart else ["outcomes"]
    table(
        ("notice", "policy", "state", "enrolled", *outcomes, "window until", "opted out", "late", "waiting"),
        (
            (
                one.notice,
                one.policy,
                one.state,
                one.enrolled,
                *(
                    [one.outcomes.get(state, 0) for state in State]
                    if apart
                    else [", ".join(f"{number} {state}" for state, number in one.outcomes.items() if number)]
                ),
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
        mails = "1 mail waits" if waiting == 1 else f"{waiting} mails wait"
        other = f" ({unknown} not about any notice)" if unknown else ""
        say(f"\n{mails} for a person{other}: notifier optouts list --waiting")
