"""Measure the judgement against labelled pairs: python bench/materiality.py FOLDER... (or --edits TABLE)."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

import figures
from figures import Outcome, Score
from notifier.changes.model import Change, Level
from pairs import Pair, halves, in_folders, in_table

_PROCESSES = 2
_CATEGORIES = "categories, all pairs: P/R/F1"
_CLAUSE = 300  # characters of a clause shown
_DEFINITIONS = """\
material: the verdict against the label, material or not; unjudged counts as not, no difference as cosmetic.
categories: truth is the label's; ours are the comparison's, or where the verdict is minor those of the minor
changes without "other"; each counts once a pair (micro).
direction: right where all the material changes of a pair have the reader's."""


def main() -> None:
    """Judge the pairs and print the figures."""
    options = _options()
    try:
        pairs = in_folders(options.folders) + [pair for table in options.edits for pair in in_table(table)]
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"materiality: cannot read the pairs: {error}")
    if options.show:
        _show([pair for pair in pairs if options.show in (pair.id, pair.name)], options.show)
        return
    labelled = [pair for pair in pairs if pair.label]
    one, two = halves(labelled)
    if options.half:
        kept = one if options.half == "one" else two
        labelled = [pair for pair in labelled if pair.source in kept]
    outcomes = _judge(labelled)
    print(f"{len(outcomes)} labelled pairs; half one: {_names(one)}; half two: {_names(two)}")
    _report(outcomes)
    if options.by_source:
        _by_source(outcomes)
    if options.worst:
        _worst(outcomes, options.worst)
    elif not options.sums:
        _mistakes(outcomes)
    if options.json:
        options.json.write_text(json.dumps(_as_json(outcomes), indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("folders", metavar="FOLDER", nargs="*", type=Path, help="SOURCE/ID/{old,new}.* below it")
    add("--edits", metavar="TABLE", action="append", default=[], type=Path, help="one-clause edits")
    add("--half", choices=("one", "two"), help="only the sources of one half")
    add("--by-source", action="store_true", help="the figures of each source")
    add("--worst", metavar="N", type=int, default=0, help="the N worst cases, with what decided")
    add("--sums", action="store_true", help="do not name what was told wrongly")
    add("--show", metavar="ID", help="only this pair: every change")
    add("--json", metavar="FILE", type=Path, help="write the figures and every pair's answer")
    options = parser.parse_args()
    if not options.folders and not options.edits:
        parser.error("name a FOLDER or a table of --edits")
    return options


def _judge(pairs: Sequence[Pair]) -> list[Outcome]:
    console = Console(stderr=True)
    with ProcessPoolExecutor(_PROCESSES) as pool:
        found = pool.map(figures.judged, pairs, chunksize=4)
        quiet = not console.is_terminal
        return list(track(found, "comparing", len(pairs), console=console, disable=quiet, transient=True))


def _names(sources: Iterable[str]) -> str:
    return ", ".join(sorted(sources)) or "none"


def _sure(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if not outcome.pair.doubtful]


def _report(outcomes: Sequence[Outcome]) -> None:
    """The figures, sure pairs beside doubtful ones."""
    sure = _figures(_sure(outcomes))
    doubtful = _figures([outcome for outcome in outcomes if outcome.pair.doubtful])
    print(f"\n{'':44}{'sure':>14}{'doubtful':>14}")
    for name, value in sure.items():
        print(f"{name:44}{value:>14}{doubtful[name]:>14}")
    print(f"\n{_DEFINITIONS}")


def _figures(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Every figure by its name, printable."""
    ours = figures.material(outcomes, figures.ours)
    counting = figures.material(outcomes, figures.by_counting)
    baseline = f"{figures.MANY_WORDS} or more changed words"
    return {
        "pairs": str(len(outcomes)),
        "material: precision": _number(ours.precision),
        "material: recall": _number(ours.recall),
        "material: F1": _number(ours.f1),
        "right on hard pairs": _part(figures.right_on_hard(outcomes, figures.ours)),
        "cosmetic called material": _part(figures.called_material(outcomes, Level.COSMETIC)),
        "minor called material": _part(figures.called_material(outcomes, Level.MINOR)),
        "unjudged": _part((_count(outcomes, _unjudged), len(outcomes))),
        _CATEGORIES: _triple(figures.of_categories(outcomes)),
        "categories, both say material: P/R/F1": _triple(
            figures.of_categories(figures.both_material(outcomes))
        ),
        "direction, both say material": _part(figures.directions(outcomes)),
        f"{baseline}: P/R/F1": _triple(counting),
        f"{baseline}: right on hard": _part(figures.right_on_hard(outcomes, figures.by_counting)),
    }


def _count(outcomes: Iterable[Outcome], holds: Callable[[Outcome], bool]) -> int:
    return sum(map(holds, outcomes))


def _unjudged(outcome: Outcome) -> bool:
    return outcome.called is Level.UNJUDGED


def _number(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"


def _part(counts: tuple[int, int]) -> str:
    return f"{counts[0]} of {counts[1]}" if counts[1] else "-"


def _triple(score: Score) -> str:
    shares = (score.precision, score.recall, score.f1)
    return "/".join("-" if share is None else f"{share:.2f}".removeprefix("0") for share in shares)


def _by_source(outcomes: Sequence[Outcome]) -> None:
    """The main figures of each source, sure pairs only."""
    short = ("pairs", "P", "R", "F1", "hard", "cosmetic", "minor")
    print(f"\n{'sure pairs':24}{''.join(name.rjust(10) for name in short)}{'categories':>16}")
    ordered = sorted(_sure(outcomes), key=lambda outcome: outcome.pair.source)
    for source, group in groupby(ordered, key=lambda outcome: outcome.pair.source):
        found = _figures(list(group))
        row = "".join(value.rjust(10) for value in islice(found.values(), len(short)))
        print(f"{source:24}{row}{found[_CATEGORIES]:>16}")


def _mistakes(outcomes: Sequence[Outcome]) -> None:
    """Misses, false alarms, unjudged pairs and alarms, each by name."""
    misses = [one for one in outcomes if not one.right and one.pair.label is Level.MATERIAL]
    false = [one for one in outcomes if not one.right and one.pair.label is not Level.MATERIAL]
    for title, wrong in (("misses", misses), ("false alarms", false)):
        print(f"\n{title}: {len(wrong)}")
        for one in wrong:
            marks = f"{' hard' * one.pair.hard}{' doubtful' * one.pair.doubtful}"
            print(f"  {one.pair.name}{marks}: {one.pair.label} called {one.verdict}: {one.pair.note}")
    print(f"\nunjudged: {_names(one.pair.name for one in outcomes if _unjudged(one))}")
    print("\nalarms:")
    for one in outcomes:
        for alarm in one.alarms:
            print(f"  {one.pair.name}: {alarm.code}: {alarm.detail}")


def _worst(outcomes: Sequence[Outcome], number: int) -> None:
    """The worst cases, each with the changes that decided; a miss with all that might have."""
    for one in figures.worst(_sure(outcomes))[:number]:
        _headline(one)
        for change in one.changes:
            if change.level.value == one.verdict:
                print(f"    {_decision(change)}")


def _headline(one: Outcome) -> None:
    said = _names(one.categories)
    print(
        f"\n{one.pair.name}: {one.pair.label or 'no label'} called {one.verdict}{' (hard)' * one.pair.hard}"
    )
    print(f"    reader: {one.pair.note} [{_names(one.pair.categories)}]; ours [{said}]")


def _decision(change: Change) -> str:
    about = _names(change.categories)
    return f"{change.id} {change.kind} {change.level} {change.rule} [{about}] {change.reason}"


def _show(pairs: Sequence[Pair], name: str) -> None:
    if not pairs:
        sys.exit(f"materiality: no pair is called {name}")
    for one in map(figures.judged, pairs):
        _headline(one)
        for alarm in one.alarms:
            print(f"    alarm {alarm.code}: {alarm.detail}")
        for change in one.changes:
            print(f"\n{_decision(change)}\n    direction {change.direction}; in {change.section_new!r}")
            for sign, clause in (("-", change.old), ("+", change.new)):
                if clause is not None:
                    print(f"    {sign} {clause[:_CLAUSE]}{'...' if len(clause) > _CLAUSE else ''}")


def _as_json(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Counts rather than shares, so that a reader can add them up; then each pair's answer."""
    sure = _sure(outcomes)
    scores = {
        "material": figures.material(sure, figures.ours),
        "by_counting": figures.material(sure, figures.by_counting),
        "categories": figures.of_categories(sure),
        "categories_both_material": figures.of_categories(figures.both_material(sure)),
    }
    parts = {
        "hard_right": figures.right_on_hard(sure, figures.ours),
        "cosmetic_called_material": figures.called_material(sure, Level.COSMETIC),
        "minor_called_material": figures.called_material(sure, Level.MINOR),
        "direction_right": figures.directions(sure),
        "unjudged": (_count(sure, _unjudged), len(sure)),
    }
    return {
        "scores": {
            name: {"hit": one.hit, "false": one.false, "missed": one.missed, "f1": one.f1}
            for name, one in scores.items()
        },
        "parts": parts,
        "pairs": [
            {
                "name": one.pair.name,
                "label": one.pair.label,
                "verdict": one.verdict,
                "right": one.right,
                "doubtful": one.pair.doubtful,
                "hard": one.pair.hard,
                "truth": sorted(one.pair.categories),
                "categories": sorted(one.categories),
                "changed_words": one.changed_words,
                "rules": sorted({change.rule for change in one.changes if change.level.value == one.verdict}),
                "alarms": [alarm.code for alarm in one.alarms],
            }
            for one in outcomes
        ],
    }


if __name__ == "__main__":
    main()
