"""Word documents, with the changes that Word tracked."""

import io
import zipfile
from pathlib import Path

import pytest

from notifier.errors import WrongUse
from notifier.policy import docx
from notifier.policy.document import ClauseKind
from notifier.policy.read import read
from notifier.source import fetch
from word import came, end, paragraph, row, run, styled, table, went
from word import docx as made


def outline(data: bytes) -> list[tuple[str | None, list[str]]]:
    document = read(data, "policy.docx")
    return [(section.heading, [clause.text for clause in section.clauses]) for section in document.sections]


def before(data: bytes) -> list[tuple[str | None, list[str]]]:
    return outline(docx.rejected(data, "policy.docx"))


def test_headings_lists_tables_and_links() -> None:
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="7"/></w:numPr>'
    link = f"<w:hyperlink>{run('our site')}</w:hyperlink>"
    field = '<w:r><w:instrText>HYPERLINK "https://acme.example"</w:instrText></w:r>'
    data = made(
        styled("Privacy policy", "H1"),
        styled("Collection\t4", "Contents"),
        paragraph(run("See ") + link + field + run(" for more. We keep it short.")),
        styled("Collection", "Clause"),
        styled("your name", "Bullets"),
        paragraph("your address", number),
        paragraph("\u2022 your town"),
        styled("Retention", "Outline"),
        table(row("Data", "Kept"), row("Orders", "7 years")),
        paragraph(run("Your ", "<w:b/>") + run("rights", '<w:rStyle w:val="Strong"/>')),
        paragraph(
            run("You may ask.") + run(" Hidden.", "<w:vanish/>") + run(" And ") + run("complain.", "<w:b/>")
        ),
        styled("The end", "Loop"),
    )
    assert outline(data) == [
        ("Privacy policy", ["See our site for more.", "We keep it short."]),
        ("Collection", ["your name", "your address", "your town"]),
        ("Retention", ["Data | Kept", "Orders | 7 years"]),
        ("Your rights", ["You may ask.", "And complain.", "The end"]),
    ]
    kinds = [clause.kind for clause in read(data, "policy.docx").clauses()]
    assert kinds[2:7] == [ClauseKind.ITEM] * 3 + [ClauseKind.ROW] * 2


def test_footnotes_text_boxes_and_content_controls() -> None:
    note = f'<w:footnote w:id="2">{paragraph("Except for invoices.")}</w:footnote>'
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    box = f"<w:txbxContent>{paragraph('In short: little.')}</w:txbxContent>"
    drawn = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('We sell nothing.')}</w:sdtContent></w:sdt>"
    data = made(
        paragraph(run("We delete it") + reference + run(" soon.") + f"<w:r>{drawn}</w:r>"),
        control,
        notes=note,
    )
    assert outline(data) == [
        (None, ["We delete it soon.", "Except for invoices.", "In short: little.", "We sell nothing."])
    ]


def test_words_that_came_and_went() -> None:
    data = made(paragraph(run("We ") + went("do not ") + came("may ") + run("share your data.")))
    assert outline(data) == [(None, ["We may share your data."])]
    assert before(data) == [(None, ["We do not share your data."])]


def test_what_one_person_added_and_another_took_out_is_in_neither() -> None:
    both = f"<w:ins>{run('may ')}{went('sell ')}</w:ins>"
    data = made(paragraph(run("We ") + both + run("use it.")))
    assert outline(data) == [(None, ["We may use it."])]
    assert before(data) == [(None, ["We use it."])]


def test_text_that_was_moved() -> None:
    data = made(
        paragraph(went("We never sell it.", "moveFrom"), end("moveFrom")),
        paragraph("We keep it."),
        paragraph(came("We never sell it.", "moveTo"), end("moveTo")),
        paragraph("The end."),
    )
    assert outline(data) == [(None, ["We keep it.", "We never sell it.", "The end."])]
    assert before(data) == [(None, ["We never sell it.", "We keep it.", "The end."])]


def test_paragraphs_that_came_and_went_whole() -> None:
    data = made(
        paragraph("One."),
        paragraph(came("Two is new."), end("ins")),
        paragraph(went("Three is gone."), end("del")),
        paragraph("Four."),
    )
    assert outline(data) == [(None, ["One.", "Two is new.", "Four."])]
    assert before(data) == [(None, ["One.", "Three is gone.", "Four."])]


def test_a_paragraph_that_was_split_and_two_that_were_joined() -> None:
    split = made(paragraph("We keep it", end("ins")), paragraph(run(" for a year.")))
    assert outline(split) == [(None, ["We keep it", "for a year."])]
    assert before(split) == [(None, ["We keep it for a year."])]
    joined = made(paragraph("We keep it", end("del")), paragraph(run(" for a year.")))
    assert outline(joined) == [(None, ["We keep it for a year."])]
    assert before(joined) == [(None, ["We keep it", "for a year."])]


def test_rows_that_came_and_went() -> None:
    data = made(
        table(row("Stripe", "Payment"), row("Google", "Ads", tag="ins"), row("Post", "Mail", tag="del"))
    )
    assert outline(data) == [(None, ["Stripe | Payment", "Google | Ads"])]
    assert before(data) == [(None, ["Stripe | Payment", "Post | Mail"])]


def test_a_paragraph_that_was_made_a_heading() -> None:
    changed = '<w:pStyle w:val="H1"/><w:pPrChange w:id="3"><w:pPr/></w:pPrChange>'
    data = made(paragraph("Sharing", changed), paragraph(came("Nothing.")))
    assert outline(data) == [("Sharing", ["Nothing."])]
    assert before(data) == [(None, ["Sharing"])]


def test_changes_in_a_footnote() -> None:
    note = f'<w:footnote w:id="2">{paragraph(went("Never.") + came("Often."))}</w:footnote>'
    data = made(paragraph(run("We sell.") + '<w:r><w:footnoteReference w:id="2"/></w:r>'), notes=note)
    assert outline(data) == [(None, ["We sell.", "Often."])]
    assert before(data) == [(None, ["We sell.", "Never."])]


def test_the_text_before_the_changes_is_a_document_and_the_same_each_time() -> None:
    data = made(paragraph(run("We ") + went("never ") + run("sell.")))
    old = docx.rejected(data, "policy.docx")
    assert old == docx.rejected(data, "policy.docx") != data
    with zipfile.ZipFile(io.BytesIO(old)) as packed:
        assert packed.testzip() is None
        assert b"delText" not in packed.read("word/document.xml")
    with pytest.raises(WrongUse, match="no tracked changes"):
        docx.rejected(old, "policy.docx")


def test_a_version_is_named_by_its_view(tmp_path: Path) -> None:
    path = tmp_path / "policy.docx"
    path.write_bytes(made(paragraph(run("We ") + went("never ") + run("sell."))))
    old, new, plain = (fetch(f"{path}{view}") for view in ("#rejected", "#accepted", ""))
    assert read(old.data, old.label).text == "We never sell."
    assert read(new.data, new.label).text == read(plain.data, plain.label).text == "We sell."
    assert (old.label, new.label) == (f"{path}#rejected", f"{path}#accepted")
    assert new.data == plain.data


def test_a_view_of_what_is_no_word_document(tmp_path: Path) -> None:
    (tmp_path / "policy.md").write_text("We sell.")
    with pytest.raises(WrongUse, match="only DOCX has them"):
        fetch(f"{tmp_path}/policy.md#rejected")
    (tmp_path / "notes#rejected").write_text("We sell.")
    assert fetch(f"{tmp_path}/notes#rejected").data == b"We sell."


PART, ENTRY, DIRECTORY = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def patched(places: dict[bytes, int], value: int) -> bytes:
    """A file with one byte changed in each header of a part, at an offset from the mark it begins with."""
    data = bytearray(made(paragraph("We sell.")))
    for mark, offset in places.items():
        place = data.find(mark)
        while place >= 0:
            data[place + offset] = value
            place = data.find(mark, place + 1)
    return bytes(data)


BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><w>&b;</w>'
OUTSIDE = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/hostname">]><w>&a;</w>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"PK\x03\x04 and nonsense", "damaged Office file", id="no zip"),
        pytest.param(made(paragraph("We sell."))[:-200], "damaged Office file", id="cut off"),
        pytest.param(made(parts={"word/document.xml": ""}), "no Word document", id="main part missing"),
        pytest.param(made(parts={"_rels/.rels": ""}), "damaged Office file", id="relations missing"),
        pytest.param(made(parts={"word/document.xml": "<w"}), "damaged Office file", id="no XML"),
        pytest.param(made(parts={"word/document.xml": BOMB}), "damaged Office file", id="entities"),
        pytest.param(made(parts={"word/document.xml": OUTSIDE}), "damaged Office file", id="outside entity"),
        pytest.param(made(parts={"word/document.xml": "<x/>"}), "no Word document", id="a spreadsheet"),
        pytest.param(made(parts={"word/huge.bin": "0" * 101_000_000}), "unpacks to more", id="zip bomb"),
        pytest.param(patched({PART: 8, ENTRY: 10}, 99), "damaged Office file", id="unknown packing"),
        pytest.param(patched({DIRECTORY: 19}, 1), "damaged Office file", id="parts before the file"),
        pytest.param(patched({ENTRY: 6}, 99), "damaged Office file", id="a later kind of zip"),
        pytest.param(made(), "holds no text", id="empty"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(600), "old Office file", id="doc"),
    ],
)
def test_files_that_cannot_be_read_give_one_line(data: bytes, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        read(data, "policy.docx")


def test_a_part_may_stand_elsewhere() -> None:
    assert outline(made(paragraph("We sell."), main="word/document2.xml")) == [(None, ["We sell."])]


def test_a_document_without_styles_and_notes() -> None:
    data = made(styled("We sell.", "H1"), parts={"word/styles.xml": "", "word/footnotes.xml": ""})
    assert outline(data) == [(None, ["We sell."])]
