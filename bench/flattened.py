"""Whether a text in one line is judged as it is with its structure: python bench/flattened.py FOLDER.

Labelled pairs of the folder, spread over sources and labels, are read, and all their text is joined into one
line: "glued", where nothing stands between two blocks (as a page's textContent gives it), and "spaced", where
a space does. Printed are the pairs whose verdict differs, and how many agree; no difference counts as
cosmetic.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path

import figures
from notifier.policy import markdown
from notifier.policy.clauses import clean
from notifier.policy.decode import decode
from pairs import Pair, Text, in_folders

_SEPARATORS = {"glued": "", "spaced": " "}


def main() -> None:
    """Judge the pairs in each form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=30)
    options = parser.parse_args()
    pairs = spread(in_folders([options.folder]), options.pairs)
    agree = dict.fromkeys(_SEPARATORS, 0)
    for pair in pairs:
        structured = figures.judged(pair)
        for form, separator in _SEPARATORS.items():
            flat = figures.judged(flattened(pair, separator))
            agree[form] += flat.called == structured.called
            if flat.called != structured.called:
                print(f"{form:7} {pair.label!s:9} {structured.called!s:9} -> {flat.called!s:9} {pair.name}")
    for form, count in agree.items():
        print(f"{form}: {count} of {len(pairs)} verdicts are those of the structured pair")


def spread(pairs: Sequence[Pair], count: int) -> list[Pair]:
    """So many labelled pairs, in turn from each source and label."""
    groups: defaultdict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.label and not pair.doubtful:
            groups[pair.source, pair.label].append(pair)
    turns = chain.from_iterable(zip_longest(*(groups[key] for key in sorted(groups))))
    return list(islice((pair for pair in turns if pair), count))


def flattened(pair: Pair, separator: str) -> Pair:
    """The pair with both its texts on one line."""
    old, new = (Text("flat.txt", flatten(text.data, separator)) for text in pair.texts())
    return Pair(pair.source, pair.id, old, new, pair.label, pair.categories)


def flatten(data: bytes, separator: str) -> bytes:
    """All text of a Markdown document in one line, its blocks and table cells joined by the separator."""
    _, body = markdown.front_matter(decode(data, "policy.md"))
    texts = (" ".join(clean(block.text).split()) for block in markdown.blocks(body))
    return separator.join(text.replace(" | ", separator) for text in texts if text).encode()


if __name__ == "__main__":
    main()
