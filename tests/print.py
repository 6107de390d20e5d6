"""Policies in print: PDFs made while the tests run."""

from collections.abc import Callable, Sequence

from fpdf import FPDF, FontFace
from fpdf.enums import Align, TableBordersLayout

WIDTH = 170.0  # mm of text on an A4 page with the margins below
MARGIN = 20.0


class Print(FPDF):
    """A4 with a running title, and page numbers below."""

    def __init__(self, running: str = "", *, numbered: bool = False) -> None:
        super().__init__()
        self.running, self.numbered = running, numbered
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.set_font("Times", size=11)
        self.add_page()

    def header(self) -> None:
        if self.running:
            self.set_font("Times", size=8)
            self.cell(0, 6, self.running, align=Align.C, new_x="LMARGIN", new_y="NEXT")
            self.ln(4)
            self.set_font("Times", size=11)

    def footer(self) -> None:
        if self.numbered:
            self.set_y(-15)
            self.set_font("Times", size=8)
            self.cell(0, 6, f"Page {self.page_no()} of {{nb}}", align=Align.C)

    def heading(self, text: str, size: int = 14) -> None:
        self.set_font("Times", "B", size)
        self.multi_cell(0, 7, text, new_x="LMARGIN", new_y="NEXT")
        self.set_font("Times", size=11)
        self.ln(2)

    def paragraph(self, text: str) -> None:
        self.multi_cell(0, 5, text, align=Align.J, new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def items(self, texts: Sequence[str], mark: Callable[[int], str]) -> None:
        for number, text in enumerate(texts, start=1):
            self.set_x(MARGIN + 5)
            self.cell(8, 5, mark(number))
            self.multi_cell(WIDTH - 13, 5, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def columns(self, paragraphs: Sequence[str], count: int = 2) -> None:
        with self.text_columns(ncols=count, gutter=8, text_align="JUSTIFY") as columns:
            for text in paragraphs:
                with columns.paragraph(bottom_margin=3) as paragraph:
                    paragraph.write(text)

    def rows(self, rows: Sequence[Sequence[str]], *, ruled: bool) -> None:
        layout = TableBordersLayout.ALL if ruled else TableBordersLayout.NONE
        with self.table(
            borders_layout=layout, text_align="LEFT", headings_style=FontFace(emphasis="BOLD"), padding=1
        ) as table:
            for texts in rows:
                table.row(texts)

    def data(self) -> bytes:
        return bytes(self.output())
