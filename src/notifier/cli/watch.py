"""Watching a notice that the fleet sends."""

import time

import rich_click as click

from notifier.app import App
from notifier.cli.show import progress
from notifier.delivery.states import settled
from notifier.errors import TryAgain
from notifier.flow import watching
from notifier.flow.watching import Standing

# Seconds between two looks at the ledger; more where a look takes long, so that it costs a tenth at most.
LOOK_EVERY = 1.0
LOOK_SHARE = 10
# When nothing moves for so many seconds we say so, and then call again and again: a worker may have died.
PATIENCE = 15.0
CALL_EVERY = 60.0


def hand_over(app: App, notice_id: int) -> Standing:
    """Have the fleet send a notice and show how far it is, until nothing is left that can be done now.

    Raises TryAgain where the broker fails, or on Ctrl-C, which the workers do not mind.
    """
    try:
        app.fleet.call(notice_id)
        return _watch(app, notice_id)
    except KeyboardInterrupt as error:
        raise TryAgain(
            "you stopped watching, and the workers go on sending",
            f"`notifier status` says how far they are, `notifier send {notice_id}` watches again; "
            "a worker stops on SIGTERM",
        ) from error


def _watch(app: App, notice_id: int) -> Standing:
    stands = watching.standing(app.db, notice_id)
    moved = called = time.monotonic()
    told = False
    with progress("sending", sum(stands.counts.values())) as show:
        while True:
            show(settled(stands.counts))
            if stands.at_rest(app.clock()):
                return stands
            asked = time.monotonic()
            before, stands = stands, watching.standing(app.db, notice_id)
            now = time.monotonic()
            moved = now if stands != before else moved
            if now - moved > PATIENCE and not told:
                told = True
                click.echo("nothing moves: is `notifier worker` running, and what does it say?", err=True)
            if now - max(moved, called) > CALL_EVERY:
                app.fleet.call(notice_id)
                called = now
            time.sleep(max(LOOK_EVERY, (now - asked) * LOOK_SHARE))
