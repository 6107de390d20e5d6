"""Word documents: DOCX made of XML while the tests run, with tracked changes."""

import io
import zipfile
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_BY = 'w:id="1" w:author="A. Lawyer" w:date="2026-01-05T09:00:00Z"'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
STYLES = """
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/><w:basedOn w:val="H1"/></w:style>
<w:style w:type="paragraph" w:styleId="Outline"><w:name w:val="Rubrik"/>
<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Contents"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Bullets"><w:name w:val="List Bullet"/><w:pPr><w:numPr>
<w:numId w:val="3"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style>
<w:style w:type="character" w:styleId="Strong"><w:name w:val="Strong"/><w:rPr><w:b/></w:rPr></w:style>
"""


def run(text: str, properties: str = "") -> str:
    """A run of text; `properties` such as "<w:b/>"."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, properties: str = "") -> str:
    """A paragraph of runs, or of plain text."""
    inner = content if content.startswith("<") else run(content) if content else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def styled(content: str, style: str) -> str:
    """A paragraph with a style."""
    return paragraph(content, f'<w:pStyle w:val="{style}"/>')


def came(text: str, tag: str = "ins") -> str:
    """Text that was added, or moved here (`moveTo`)."""
    return f"<w:{tag} {_BY}>{run(text)}</w:{tag}>"


def went(text: str, tag: str = "del") -> str:
    """Text that was taken out, or moved away (`moveFrom`)."""
    return f"<w:{tag} {_BY}><w:r><w:delText xml:space='preserve'>{text}</w:delText></w:r></w:{tag}>"


def end(tag: str) -> str:
    """Properties of a paragraph whose end came (`ins`, `moveTo`) or went (`del`, `moveFrom`)."""
    return f"<w:rPr><w:{tag} {_BY}/></w:rPr>"


def table(*rows: str) -> str:
    """A table of rows."""
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def row(*cells: str, tag: str = "") -> str:
    """A row of cells with plain text; `tag` as in `end`."""
    mark = f"<w:trPr><w:{tag} {_BY}/></w:trPr>" if tag else ""
    return f"<w:tr>{mark}{''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in cells)}</w:tr>"


def docx(
    *body: str, notes: str = "", parts: Mapping[str, str] | None = None, main: str = "word/document.xml"
) -> bytes:
    """The file; `notes` is what stands in its footnotes part, `parts` replaces or adds any."""
    open_tag = f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}" '
        f'Target="{main}"/></Relationships>',
        main: f"<w:document {open_tag}><w:body>{''.join(body)}<w:sectPr/></w:body></w:document>",
        "word/styles.xml": f"<w:styles {open_tag}>{STYLES}</w:styles>",
        "word/footnotes.xml": f"<w:footnotes {open_tag}>{notes}</w:footnotes>",
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, text in files.items():
            if text:
                packed.writestr(path, text)
    return out.getvalue()
