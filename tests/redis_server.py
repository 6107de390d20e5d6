"""A Redis that a test can start, stop and start again on the same port, behind a password."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from servers import require, server_folder

# With what has to be quoted in a URL.
PASSWORD = "s3cr@t/#%"
START_SECONDS = 20


class Redis:
    """What it holds is lost when it stops."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """As it stands in the configuration: the password is elsewhere."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Run it, and wait until it answers."""
        options = {
            "--port": str(self.port),
            "--bind": "127.0.0.1",
            "--requirepass": PASSWORD,
            "--dir": str(self._folder),
            "--save": "",
            "--logfile": str(self._folder / "log"),
        }
        command = [str(self._binary), *(word for option in options.items() for word in option)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with self.client() as client:
                    client.ping()
            except redis.exceptions.ConnectionError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"Redis does not start:\n{(self._folder / 'log').read_text(errors='replace')}")

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait(START_SECONDS)
            self._process = None

    def client(self) -> redis.Redis:
        """A connection, to look into it."""
        return redis.Redis(port=self.port, password=PASSWORD, socket_timeout=10)


@contextmanager
def running() -> Iterator[Redis]:
    """Run one while the `with` block does; skips where Redis is not installed."""
    binary = require("redis-server", "redis-server")
    with server_folder() as folder:
        server = Redis(binary, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
