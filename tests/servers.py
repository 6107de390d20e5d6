"""Real servers for the tests: finding their programs, running them as a user they accept."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# Debian keeps servers out of a user's PATH.
FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/postfix/sbin", "/usr/libexec")


def require(binary: str, package: str, *folders: str | Path) -> Path:
    """Find a server's program on PATH, in the usual places or in `folders`; skip where it is missing."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath), *FOLDERS])
    found = shutil.which(binary, path=path)
    if found is None:
        pytest.skip(f"wants {binary}: apt-get install {package}")
    return Path(found)


@contextmanager
def server_folder(user: str | None = None) -> Iterator[Path]:
    """Give a private folder, owned by `user` where we are root, with a path short enough for sockets.

    pytest's tmp_path is neither: it is long, and closed to everyone but the one who runs the tests.
    """
    folder = Path(tempfile.mkdtemp(prefix="notifier-"))
    try:
        if user is not None and os.geteuid() == 0:
            owner = pwd.getpwnam(user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
