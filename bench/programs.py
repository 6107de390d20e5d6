"""The programs that a benchmark runs and that need not be installed."""

import os
import shutil
from pathlib import Path

from notifier.errors import WrongUse

# Debian keeps servers out of a user's PATH.
FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/libexec")


def program(name: str, package: str, *folders: Path) -> Path:
    """Find a program on PATH, in the usual places or in `folders`. Raises WrongUse."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath), *FOLDERS])
    found = shutil.which(name, path=path)
    if found is None:
        raise WrongUse(f"{name} is missing", f"on Debian: apt-get install {package}")
    return Path(found)
