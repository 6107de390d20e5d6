"""A PostgreSQL server for the time of a benchmark, as safe as it comes: fsync and all."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from notifier.errors import WrongUse
from programs import program

USER = "postgres"


class Cluster:
    """Reached through a unix socket in `folder` only; `programs` is where PostgreSQL's are."""

    def __init__(self, folder: Path, programs: Path, as_user: dict[str, Any]) -> None:
        self._folder = folder
        self._programs = programs
        self._as_user = as_user
        self._names = (f"bench_{number}" for number in count(1))

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database; its SQLAlchemy URL."""
        name = next(self._names)
        self._run("createdb", name)
        try:
            yield f"postgresql://{USER}@/{name}?host={self._folder}"
        finally:
            self._run("dropdb", "--force", name)

    def _run(self, name: str, *words: str) -> None:
        command: list[str | Path] = [self._programs / name, "-h", self._folder, "-U", USER, *words]
        _run(command, self._folder, self._as_user)


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Make a cluster in a new folder within `folder` and run its server, with the settings it comes with.

    Raises WrongUse where PostgreSQL is not installed. The folder's path has to be short: the socket is in it.
    """
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb = program("initdb", "postgresql", *debian)
    control = program("pg_ctl", "postgresql", initdb.resolve().parent).resolve()
    home = folder / "pg"
    home.mkdir()
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = _owner()
        as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        folder.chmod(0o711)
        os.chown(home, owner.pw_uid, owner.pw_gid)
    data = home / "data"
    _run([initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"], home, as_user)
    options = f"-k {home} -c listen_addresses=''"
    try:
        _run([control, "start", "-w", "-D", data, "-l", home / "log", "-o", options], home, as_user)
        yield Cluster(home, control.parent, as_user)
    finally:
        if (data / "postmaster.pid").exists():
            _run([control, "stop", "-w", "-m", "fast", "-D", data], home, as_user)
        shutil.rmtree(home)


def _run(command: Sequence[str | Path], folder: Path, as_user: dict[str, Any]) -> None:
    """Run one of its programs; what it said is shown where it fails."""
    # Its output goes to a file, since the server would keep a pipe open.
    said = folder / "said"
    with said.open("wb") as output:
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False, **as_user)  # noqa: S603 - no shell
    if done.returncode:
        raise SystemExit(f"{command[0]}: exit code {done.returncode}\n{said.read_text(errors='replace')}")


def _owner() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        raise WrongUse(f"the user {USER} is missing", "on Debian: apt-get install postgresql") from None
