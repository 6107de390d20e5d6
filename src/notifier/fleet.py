"""The fleet: workers on many machines, called through a broker (Redis or RabbitMQ) by way of Celery.

All that goes through the broker is "drain notice 7". Who is mailed the ledger decides: a call that comes
twice, late, or by mistake mails nobody twice, and one that is lost only waits for the next pass.
"""

import ctypes
import logging
import os
import re
import signal
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.sharedctypes import RawValue
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urlsplit

from notifier.errors import Problem, TryAgain, WrongUse

if TYPE_CHECKING:
    from celery import Celery

# Takes a notice's number, whether to stop, and what calls another process to help; raises Problem.
Drain = Callable[[int, Callable[[], bool], Callable[[], None]], None]

TASK = "notifier.drain"
REDIS = {"redis", "rediss"}
SCHEMES = REDIS | {"amqp", "amqps"}
_DATABASE = re.compile(r"(?:/[0-9]{0,5})?", re.ASCII)
_EXAMPLES = 'use "redis://host:6379/0" or "amqp://user@host//", with the password in password_file'
CONNECT_SECONDS = 10
MOST = 2**63 - 1  # what a notice's number can be in the ledger
# How long a process works on one call. A call is acknowledged when its work is done, so this has to stay well
# below the time after which a broker believes the worker dead and hands the call to another: RabbitMQ's
# consumer_timeout is 30 minutes, Redis' visibility timeout is set here. A long send is many calls.
SLICE = timedelta(minutes=10)
VISIBILITY = timedelta(minutes=30)
# A call nobody took so long is dropped: the next pass makes a new one, and they must not pile up.
EXPIRES = timedelta(minutes=20)

log = logging.getLogger("notifier")


class Fleet:
    """One broker, and the queue on it that the calls of one installation go through."""

    def __init__(self, url: SplitResult, queue: str) -> None:
        # Without user, password and options: this is shown.
        self._where = f"{url.scheme}://{_host(url)}{url.path}"
        self._app = _celery(url, queue)

    def __str__(self) -> str:
        return self._where

    def check(self) -> None:
        """Make sure that the broker answers. Raises TryAgain, or WrongUse where it refuses the login."""
        with self._connected():
            pass

    def call(self, notice_id: int) -> None:
        """Ask for one process to drain a notice. Raises as `check` does."""
        with self._connected() as connection:
            self._app.send_task(
                TASK, [notice_id], connection=connection, retry=False, expires=EXPIRES.total_seconds()
            )

    def work(self, drain: Drain, *, processes: int) -> None:
        """Answer calls with so many processes until SIGTERM or SIGINT; mails in flight are finished first.

        `drain` runs in a process forked from this one: no connection may be open here. A broker that goes
        away meanwhile is waited for. Raises as `check` does.
        """
        self.check()
        # Shared with the forked processes, and without a lock: one killed by force could never give it back.
        stopping = RawValue(ctypes.c_bool, False)  # noqa: FBT003 - its first value

        def stop_all(**_: object) -> None:
            stopping.value = True

        def answer(notice_id: object) -> None:
            if not isinstance(notice_id, int) or not 1 <= notice_id <= MOST:
                log.error("ignored a call that is none of ours: %.50r", notice_id)
                return
            end = time.monotonic() + SLICE.total_seconds()
            try:
                with _outliving_sigterm() as asked:
                    drain(
                        notice_id,
                        lambda: stopping.value or asked.is_set() or time.monotonic() >= end,
                        lambda: self._call_for_help(notice_id),
                    )
            except Problem as problem:
                log.error("notice %d: %s", notice_id, problem)  # noqa: TRY400 - one clear line, no traceback

        self._app.task(name=TASK)(answer)
        self._run(processes, on_stop=stop_all)

    def _call_for_help(self, notice_id: int) -> None:
        """Call for another process; that none comes is no reason to stop."""
        try:
            self.call(notice_id)
        except Problem as problem:
            log.warning("notice %d: no help called: %s", notice_id, problem)

    def _run(self, processes: int, *, on_stop: Callable[..., None]) -> None:
        from celery import signals
        from celery.exceptions import CPendingDeprecationWarning, SecurityWarning

        # One warns of root, whom a container has for everything: calls are JSON, nothing in them is run. The
        # other of a task that goes on while the broker is away: so it shall.
        for warning in (SecurityWarning, CPendingDeprecationWarning):
            warnings.filterwarnings("ignore", category=warning)
        signals.setup_logging.connect(_keep_logging)
        signals.worker_shutting_down.connect(on_stop, weak=False)
        log.info("waiting for calls on %s, %d process%s", self, processes, "" if processes == 1 else "es")
        worker = self._app.Worker(
            pool="prefork",
            concurrency=processes,
            hostname=f"notifier-{os.getpid()}@%h",
            quiet=True,
            # Workers have nothing to tell each other: the ledger knows it.
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        worker.start()
        log.info("stopped")

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """Give a connection to the broker; what goes wrong with it is one clear line."""
        from amqp.exceptions import AccessRefused, AMQPError
        from kombu.exceptions import OperationalError
        from redis.exceptions import AuthenticationError, RedisError

        try:
            with self._app.connection_for_write() as connection:
                # One try: a person is waiting, or a pass that comes again.
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_SECONDS)
                yield connection
        except (OperationalError, AMQPError, RedisError) as error:
            what = next(iter(str(error).splitlines()), "it hung up").strip(" .")
            if isinstance(error.__cause__ or error, AuthenticationError | AccessRefused):
                raise WrongUse(
                    f"the broker {self} refuses the login: {what}",
                    "check the user in [fleet] broker, and password_file",
                ) from error
            raise TryAgain(
                f"the broker {self} cannot be used: {what}", "check [fleet] broker and that it runs"
            ) from error


def connect(broker: str, password: str = "", queue: str = "notifier") -> Fleet:
    """Make a fleet from the settings; nothing is connected yet.

    `password` goes into the URL where one is given. Raises WrongUse where the URL is not understood or Celery
    is not installed.
    """
    try:
        url = urlsplit(broker)
        _ = url.port
    except ValueError as error:
        raise WrongUse("[fleet] broker is no URL", _EXAMPLES) from error
    # What is wrong is not shown whole: a password may stand anywhere in it.
    if url.scheme not in SCHEMES:
        raise WrongUse(
            f"[fleet] broker names {url.scheme!r}, which is not supported"
            if url.scheme
            else "[fleet] broker is no URL",
            _EXAMPLES,
        )
    if not url.hostname or url.netloc.count("@") > 1:
        raise WrongUse(
            f"[fleet] broker: the {url.scheme} URL names no host, or has more than one @",
            f"{_EXAMPLES}; write an @ in a password as %40",
        )
    if url.query or url.fragment or (url.scheme in REDIS and not _DATABASE.fullmatch(url.path)):
        raise WrongUse("[fleet] broker has more after its host than can be understood", _EXAMPLES)
    if password:
        user = (url.username or "") + ":" + quote(password, safe="")
        url = url._replace(netloc=f"{user}@{_host(url)}")
    return Fleet(url, queue)


@contextmanager
def _outliving_sigterm() -> Iterator[Event]:
    """Turn SIGTERM into a wish to stop.

    A service manager signals every process at once; Celery's would die of it in mid-mail.
    """
    asked = Event()
    before = signal.signal(signal.SIGTERM, lambda *_: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)


def _keep_logging(**_: object) -> None:
    """Leave logging as it is: with a receiver for its signal Celery sets up none of its own."""


def _host(url: SplitResult) -> str:
    return url.netloc.rpartition("@")[2]


def _celery(url: SplitResult, queue: str) -> "Celery":
    try:
        from celery import Celery
    except ImportError as error:
        raise WrongUse("celery is not installed", "pip install 'notifier[fleet]'") from error
    app = Celery("notifier", broker=url.geturl(), set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        # A call is acknowledged when its work is done, and a process takes one at a time: what a dead worker
        # had comes again, and a busy one keeps none from those that are idle.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_enable_remote_control=False,
        worker_redirect_stdouts=False,
    )
    # By themselves neither client checks the broker's certificate.
    if url.scheme == "rediss":
        app.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    if url.scheme == "amqps":
        app.conf.broker_use_ssl = {"context": {"check_hostname": True}, "server_hostname": url.hostname}
    if url.scheme in {"redis", "rediss"}:
        app.conf.broker_transport_options = {
            "visibility_timeout": int(VISIBILITY.total_seconds()),
            "socket_connect_timeout": CONNECT_SECONDS,
        }
    return app
