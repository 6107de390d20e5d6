"""How well the readers get a policy's text out of its file: `python bench/reading.py FOLDER`.

FOLDER is laid out as `html/ID/{old,new}.html` with `{old,new}.ota.md` beside them, the text another tool got
out of the same page, and `pdf/ID/{old,new}.pdf`, whose reference is Poppler's `pdftotext -layout` without
lines that are only a number. Printed for each document are precision and recall in percent, of the words as a
bag and, in brackets, as a sequence (longest common subsequence); list numbers, which we leave out, count as
missed. Other readers that are installed are measured too:

    pip install trafilatura readability-lxml resiliparse pdfplumber pdfminer.six pypdf
"""

import io
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

from rapidfuzz.distance import LCSseq

from notifier.policy.read import read

Reader = Callable[[bytes], str]

_WORD = re.compile(r"[^\W_]+")
_TARGET = re.compile(r"\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_ESCAPE = re.compile(r"\\(?=[^\w\s])")


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1: of the words found that are right, and of the right words that were found."""

    precision: float
    recall: float
    ordered_precision: float
    ordered_recall: float

    def __str__(self) -> str:
        return (
            f"{self.precision * 100:5.1f} {self.recall * 100:5.1f} "
            f"({self.ordered_precision * 100:5.1f} {self.ordered_recall * 100:5.1f})"
        )


def score(found: Sequence[str], wanted: Sequence[str]) -> Score:
    """Compare two texts word by word."""
    shared = sum((Counter(found) & Counter(wanted)).values())
    ordered = LCSseq.similarity(found, wanted)
    return Score(*(part / max(1, len(of)) for part in (shared, ordered) for of in (found, wanted)))


def average(scores: Sequence[Score]) -> Score:
    """The mean of each figure."""
    return Score(
        mean(one.precision for one in scores),
        mean(one.recall for one in scores),
        mean(one.ordered_precision for one in scores),
        mean(one.ordered_recall for one in scores),
    )


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return [word.lower() for word in _WORD.findall(text)]


def reference(markdown: str) -> list[str]:
    """The words of a Markdown text without link targets; no parser of ours, which might share our faults."""
    return words(_ESCAPE.sub("", _TARGET.sub("]", markdown)))


def notifier(data: bytes) -> str:
    """Read a document as the program does."""
    return read(data, "a.html").text  # a PDF is told by its first bytes


def html_readers() -> Iterator[tuple[str, Reader]]:
    """The extractors that are installed, each at its settings for keeping most of the text."""
    if find_spec("trafilatura"):
        import trafilatura

        yield "trafilatura", lambda page: trafilatura.extract(page, favor_recall=True) or ""
    if find_spec("readability"):
        import readability
        from lxml.html import document_fromstring

        yield (
            "readability-lxml",
            lambda page: document_fromstring(readability.Document(page.decode()).summary()).text_content(),
        )
    if find_spec("resiliparse"):
        from resiliparse.extract.html2text import extract_plain_text
        from resiliparse.parse.html import HTMLTree

        yield (
            "resiliparse",
            lambda page: extract_plain_text(HTMLTree.parse_from_bytes(page), main_content=True),
        )


def pdf_readers() -> Iterator[tuple[str, Reader]]:
    """The PDF libraries that are installed, each at its own idea of a page's text."""
    if find_spec("pypdfium2"):
        import pypdfium2

        yield (
            "pypdfium2",
            lambda data: "\n".join(
                page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)
            ),
        )
    if find_spec("pdfplumber"):
        import pdfplumber

        yield (
            "pdfplumber",
            lambda data: "\n".join(page.extract_text() for page in pdfplumber.open(io.BytesIO(data)).pages),
        )
    if find_spec("pdfminer"):
        from pdfminer.high_level import extract_text

        yield "pdfminer.six", lambda data: extract_text(io.BytesIO(data))
    if find_spec("pypdf"):
        import pypdf

        yield (
            "pypdf",
            lambda data: "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages),
        )


def poppler(path: Path) -> list[str]:
    """The words of a PDF by an independent program, without page numbers."""
    program = shutil.which("pdftotext")
    if program is None:
        sys.exit("reading: pdftotext is missing; on Debian: apt-get install poppler-utils")
    done = subprocess.run([program, "-layout", path, "-"], capture_output=True, check=True)  # noqa: S603 - no shell
    lines = re.split(r"[\n\f]", done.stdout.decode())
    return words("\n".join(line for line in lines if not line.strip().isdigit()))


def table(documents: Iterable[tuple[Path, list[str]]], readers: Mapping[str, Reader]) -> None:
    """Print how each reader does on each document, given with the words to find; then means and time."""
    print(f"{'precision recall (in order)':30}" + "".join(f"{name:>28}" for name in readers))
    scores: dict[str, list[Score]] = {name: [] for name in readers}
    seconds = dict.fromkeys(readers, 0.0)
    for path, wanted in documents:
        for name, reader in readers.items():
            start = time.perf_counter()
            found = reader(path.read_bytes())
            seconds[name] += time.perf_counter() - start
            scores[name].append(score(words(found), wanted))
        row = "".join(f"{scores[name][-1]!s:>28}" for name in readers)
        print(f"{path.parent.name[:26]:26} {path.stem}{row}")
    print(f"{'mean':30}" + "".join(f"{average(scores[name])!s:>28}" for name in readers))
    print(f"{'seconds, all':30}" + "".join(f"{seconds[name]:>28.1f}" for name in readers))


def main() -> None:
    """Print both tables."""
    folder = Path(sys.argv[1])
    pages = sorted(folder.glob("html/*/*.html"))
    if pages:
        references = ((page, reference(page.with_suffix(".ota.md").read_text("utf-8"))) for page in pages)
        table(references, {"notifier": notifier, **dict(html_readers())})
    prints = sorted(folder.glob("pdf/*/*.pdf"))
    if prints:
        table(((path, poppler(path)) for path in prints), {"notifier": notifier, **dict(pdf_readers())})


if __name__ == "__main__":
    main()
