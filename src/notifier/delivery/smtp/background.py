"""An event loop in a thread of its own: the network goes on while the caller waits for its database."""

import asyncio
import sys
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

try:
    import uvloop as loops
except ImportError:  # it is not made for every system; the standard loop does the same, only slower
    loops = asyncio  # type: ignore[misc]  # all that is asked of it is a new loop

T = TypeVar("T")

# How long one thread may keep the interpreter from the other. The usual 5 ms are many mails.
TURN_SECONDS = 0.0002


class Background:
    """Runs coroutines for another thread, from the first one on until `close`."""

    def __init__(self) -> None:
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(TURN_SECONDS)
        self.loop: asyncio.AbstractEventLoop = loops.new_event_loop()
        self._thread = Thread(target=self._run, name="smtp", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it to its end."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        """End the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        sys.setswitchinterval(self._turn)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
