"""What can go wrong that a person can mend: one line that names the thing, and the remedy."""


class Problem(Exception):
    """A failure with a remedy; faces print `what` and `remedy` on one line and exit with `exit_code`."""

    exit_code = 2

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}: {remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy


class WrongUse(Problem):
    """Wrong use, input or configuration: the same call will fail again until something is changed."""


class TryAgain(Problem):
    """Something outside failed for now (a server, a lock): nothing is lost, run the same call again."""

    exit_code = 3


class Broken(Problem):
    """The records contradict themselves or were tampered with: a person has to look first."""

    exit_code = 4
