"""A thread that keeps saying that we are alive, for as long as a `with` block runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from notifier.errors import Problem


@contextmanager
def beating(beat: Callable[[], object], every: timedelta) -> Iterator[None]:
    """Call `beat` every so often. One that fails is left out: whoever waits for us waits a little longer."""
    over = Event()

    def keep() -> None:
        while not over.wait(every.total_seconds()):
            try:
                beat()
            except Problem:
                continue

    thread = Thread(target=keep, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
