"""PDF to blocks. pdfium gives the glyphs; `layout` makes text of them."""

import ctypes
import math
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from notifier.errors import WrongUse
from notifier.policy import layout
from notifier.policy.blocks import Block
from notifier.policy.glyphs import Glyph, Page, Rule, rows

if TYPE_CHECKING:
    import pypdfium2

MAGIC = b"%PDF-"
_MOST_PAGES = 500
_MOST_GLYPHS = 1_000_000  # a page may draw one form millions of times
_BOLD = ("bold", "black", "heavy", "semibold", "demi")
_FORCE_BOLD = 1 << 18  # PDF 32000-1, 9.8.2: font descriptor flags
_NAME = 128  # bytes of a font's name that are looked at
_MOST_SHAPES = 1_000  # on a page; a drawing may have any number
_ASCENT = 0.75  # of a glyph's size stands above the base line
_THIN = 2.0  # points; a lower shape is a rule
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st"}
)
_HYPHENS = str.maketrans({"\x02": "\u00ad", "\ufffe": "\u00ad"})  # how pdfium says "hyphen at a line's end"
_SAVE = "save the policy's text as Markdown, HTML or plain text"


def document(data: bytes, name: str) -> tuple[str | None, list[Block]]:
    """The title in the PDF's own fields, and the blocks of its text in reading order.

    Raises WrongUse where the extra is not installed and for a PDF that is damaged, encrypted, too long or
    only pictures of text.
    """
    try:
        import pypdfium2  # noqa: PLC0415 - an extra
    except ImportError:
        raise WrongUse(f"{name} is a PDF", "to read it, run: pip install 'notifier[pdf]'") from None
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unreadable(name, error) from error
    try:
        if len(pdf) > _MOST_PAGES:
            raise WrongUse(f"{name} has {len(pdf)} pages", f"name the policy alone; at most {_MOST_PAGES}")
        title = pdf.get_metadata_value("Title").strip() or None
        pages = list(_pages(pdf, name))
    except pypdfium2.PdfiumError as error:
        raise _unreadable(name, error) from error
    finally:
        pdf.close()
    if not any(page.rows for page in pages):
        raise WrongUse(f"{name} holds no text, only pictures of it", f"{_SAVE}, or run it through OCR")
    return title, list(layout.blocks(pages))


def _unreadable(name: str, error: Exception) -> WrongUse:
    if "password" in str(error).lower():
        return WrongUse(f"{name} is encrypted", "save it without a password")
    return WrongUse(f"{name} is a damaged PDF", _SAVE)


def _pages(pdf: "pypdfium2.PdfDocument", name: str) -> Iterator[Page]:
    left = _MOST_GLYPHS
    for page in pdf:
        text = page.get_textpage()
        left -= text.count_chars()
        if left < 0:
            raise WrongUse(f"{name} holds more text than any policy", _SAVE)
        turn = _Turn(page)
        rules, bars = _rules(page, turn)
        yield Page(rows(_glyphs(text, turn), bars), tuple(rules), tuple(bars))
        text.close()
        page.close()


class _Turn:
    """From the page's own coordinates to what a person sees: turned, cropped and counted from above."""

    def __init__(self, page: "pypdfium2.PdfPage") -> None:
        self._rotation = page.get_rotation()
        self._left, self._bottom, self._right, self._top = page.get_cropbox()

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """(left, top, right, bottom), y downwards."""
        west, east = left - self._left, right - self._left
        north, south = self._top - top, self._top - bottom
        width, height = self._right - self._left, self._top - self._bottom
        match self._rotation:
            case 90:
                return height - south, west, height - north, east
            case 180:
                return width - east, height - south, width - west, height - north
            case 270:
                return north, width - east, south, width - west
            case _:
                return west, north, east, south


def _glyphs(text: "pypdfium2.PdfTextPage", turn: _Turn) -> Iterator[Glyph]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - an extra

    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    font, flags = ctypes.create_string_buffer(_NAME), ctypes.c_int()
    bold: dict[bytes, bool] = {}
    last: Glyph | None = None
    for index in range(text.count_chars()):
        char = chr(pdfium.FPDFText_GetUnicode(text, index)).translate(_LIGATURES).translate(_HYPHENS)
        if pdfium.FPDFText_IsGenerated(text, index) == 1:
            # Spaces that the PDF does not hold; line ends are seen by where the glyphs stand.
            if last is not None and char == " ":
                yield Glyph(" ", last.right, last.right, last.top, last.bottom, last.size, last.bold)
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text, index, box) or char in "\0\r\n":
            continue
        pdfium.FPDFText_GetMatrix(text, index, matrix)
        pdfium.FPDFText_GetFontInfo(text, index, font, _NAME, flags)
        known = bold.setdefault(font.value, _is_bold(font.value, flags.value))
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        left, top, right, bottom = turn.box(box.left, box.bottom, box.right, box.top)
        size = abs(pdfium.FPDFText_GetFontSize(text, index)) * math.hypot(matrix.c, matrix.d) or bottom - top
        # From the base line, because what a font says of its own height can be nonsense.
        base = turn.box(x.value, y.value, x.value, y.value)[3]
        last = Glyph(char, left, right, base - _ASCENT * size, base + (1 - _ASCENT) * size, size, known)
        yield last


def _is_bold(font: bytes, flags: int) -> bool:
    name = font.decode("latin-1").lower()
    return bool(flags & _FORCE_BOLD) or any(word in name for word in _BOLD)


def _rules(page: "pypdfium2.PdfPage", turn: _Turn) -> tuple[list[Rule], list[Rule]]:
    """Lines and the edges of boxes, as tables have them: the horizontal ones, the vertical ones."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - an extra

    rules: list[Rule] = []
    bars: list[Rule] = []
    for shape in islice(page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_PATH,), max_depth=3), _MOST_SHAPES):
        left, top, right, bottom = turn.box(*shape.get_bounds())
        wide, high = right - left > _THIN, bottom - top > _THIN
        if wide:
            rules += [Rule(y, left, right) for y in ((top, bottom) if high else (top,))]
        if high:
            bars += [Rule(x, top, bottom) for x in ((left, right) if wide else (left,))]
    return sorted(set(rules)), sorted(set(bars))
