"""How long comparing takes beside word diffs: `python bench/diff_speed.py FOLDER [--pairs 10] [--runs 3]`.

FOLDER holds pairs as `SOURCE/ID/{old,new}.md`; the biggest are taken. Every measurement is a process of its
own: its time after the imports (for notifier also of the whole process), median of the runs, and its peak
memory. What notifier does in that time is all of `notifier diff --format json`: reading, aligning, judging.
The others only diff the raw texts by words (diff-match-patch: by characters, with its limit of one second):

    pip install --group bench
"""

import argparse
import difflib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

_SUFFIXES = {".md", ".txt", ".html"}
_MEGABYTE = 1024  # ru_maxrss counts kilobytes on Linux


def notifier(old: Path, new: Path) -> Callable[[], object]:
    """All of `notifier diff --format json` but for its imports."""
    from notifier.changes.compare import compare, side
    from notifier.changes.render import json as form
    from notifier.policy.read import Original, read_versions

    def run() -> str:
        raws = [path.read_bytes() for path in (old, new)]
        documents = read_versions(*map(Original, raws, (old.name, new.name)))
        sides = [side(document, "", raw) for document, raw in zip(documents, raws, strict=True)]
        return form.dump(compare(documents[0], documents[1], sides[0], sides[1]))

    return run


def redlines(old: Path, new: Path) -> Callable[[], object]:
    """The word diff of redlines, as Markdown."""
    from redlines import Redlines

    return lambda: Redlines(_text(old), _text(new)).output_markdown


def by_difflib(old: Path, new: Path) -> Callable[[], object]:
    """The word diff of the standard library, without its guess at what is junk."""
    words = [_text(path).split() for path in (old, new)]
    return lambda: difflib.SequenceMatcher(None, words[0], words[1], autojunk=False).get_opcodes()


def by_dmp(old: Path, new: Path) -> Callable[[], object]:
    """The character diff of diff-match-patch as it comes."""
    from diff_match_patch import diff_match_patch

    return lambda: diff_match_patch().diff_main(_text(old), _text(new))


TOOLS: dict[str, tuple[str, Callable[[Path, Path], Callable[[], object]]]] = {
    "notifier": ("notifier", notifier),
    "redlines": ("redlines", redlines),
    "difflib": ("difflib", by_difflib),
    "dmp": ("diff_match_patch", by_dmp),
}


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class Measure:
    """Medians of the runs: seconds after the imports, seconds of the whole process, peak memory in MB."""

    seconds: float
    whole: float
    peak: float


def measure(command: Sequence[str], runs: int) -> Measure:
    """Run a process several times; what it prints is its time, else only the whole process is timed."""
    found = [_once(command) for _ in range(runs)]
    return Measure(*(median(values) for values in zip(*found, strict=True)))


def _once(command: Sequence[str]) -> tuple[float, float, float]:
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    whole = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    printed = json.loads(said)
    return (printed if isinstance(printed, float) else whole), whole, usage.ru_maxrss / _MEGABYTE


def biggest(folder: Path, count: int) -> list[tuple[Path, Path]]:
    """The pairs with most bytes, the biggest first."""
    pairs = [
        (old, old.with_name(f"new{old.suffix}"))
        for old in folder.rglob("old.*")
        if old.suffix in _SUFFIXES and old.with_name(f"new{old.suffix}").is_file()
    ]
    return sorted(pairs, key=lambda pair: -sum(path.stat().st_size for path in pair))[:count]


def table(folder: Path, count: int, runs: int) -> None:
    """Measure and print as it goes."""
    tools = [name for name, (module, _) in TOOLS.items() if find_spec(module)]
    left = [name for name in TOOLS if name not in tools]
    if left:
        print(f"not installed, left out: {', '.join(left)}")
    heads = ["whole process", *tools[1:]]
    print(
        f"{'pair':44} {'kB':>6} {'notifier':>14}", *(f"{name:>14}" for name in heads), "  redlines/notifier"
    )
    sums = dict.fromkeys(tools, 0.0)
    for old, new in biggest(folder, count):
        found = {
            name: measure([sys.executable, __file__, "--one", name, str(old), str(new)], runs)
            for name in tools
        }
        ours = measure(
            [sys.executable, "-m", "notifier", "diff", "--format", "json", str(old), str(new)], runs
        )
        cells = [
            found["notifier"],
            Measure(ours.whole, ours.whole, ours.peak),
            *(found[name] for name in tools[1:]),
        ]
        for name in tools:
            sums[name] += found[name].seconds
        size = sum(path.stat().st_size for path in (old, new)) // 2000
        print(
            f"{old.parent.name[:44]:44} {size:6}",
            *(f"{cell.seconds:7.2f}s {cell.peak:3.0f} MB" for cell in cells),
            f"{_ratio({name: cell.seconds for name, cell in found.items()}):>12}",
            flush=True,
        )
    print("all:", ", ".join(f"{name} {seconds:.2f} s" for name, seconds in sums.items()), _ratio(sums))


def _ratio(seconds: dict[str, float]) -> str:
    return f"{seconds['redlines'] / seconds['notifier']:.1f}x" if "redlines" in seconds else "-"


def one(tool: str, old: Path, new: Path) -> None:
    """Print the seconds that one tool takes for one pair."""
    run = TOOLS[tool][1](old, new)
    started = time.perf_counter()
    run()
    print(time.perf_counter() - started)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", nargs=3, metavar=("TOOL", "OLD", "NEW"), help="time one pair, once")
    given = parser.parse_args()
    if given.one:
        one(given.one[0], Path(given.one[1]), Path(given.one[2]))
    elif given.folder:
        table(given.folder, given.pairs, given.runs)
    else:
        parser.error("name a folder of pairs")


if __name__ == "__main__":
    main()
