"""Customer lists as people export them, and as nobody should."""

import csv as stdlib_csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.audience import csv
from notifier.audience.csv import BadRow
from notifier.audience.subscriber import Subscriber
from notifier.errors import WrongUse


def person(email: str, name: str = "", locale: str = "") -> Subscriber:
    return Subscriber(ref="", email=email, name=name, locale=locale)


ANA_AND_BOB = [person("ana@example.com", "Ana López", "es"), person("bob@example.com", "Bob", "en-gb")]


def rows(data: str | bytes) -> list[Subscriber | BadRow]:
    return list(csv.read(data.encode() if isinstance(data, str) else data))


def bad(found: Iterable[Subscriber | BadRow]) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in found if isinstance(row, BadRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_every_usual_shape_reads_the_same(delimiter: str, end: str, bom: bytes) -> None:
    lines = ["email,name,locale", "ana@example.com,Ana López,es", "bob@example.com,Bob,en_GB", ""]
    data = end.join(lines).replace(",", delimiter).encode()
    assert rows(bom + data) == ANA_AND_BOB


@pytest.mark.parametrize(
    "header",
    [
        "Locale;E-Mail;NAME",
        '"language";"E-mail address";"Full Name"',
        " lang ; EMAIL ;name",
        "Sprache;email;Vorname",
    ],
)
def test_columns_are_found_in_any_order_and_by_other_names(header: str) -> None:
    assert rows(f"{header}\nes;ana@example.com;Ana López\nen-GB;bob@example.com;Bob\n") == ANA_AND_BOB


def test_other_columns_are_not_looked_at() -> None:
    text = 'id,email,notes,name\n1,ana@example.com,"likes, commas\nand lines",Ana\n2,bob@example.com,,Bob\n'
    assert rows(text) == [person("ana@example.com", "Ana"), person("bob@example.com", "Bob")]


def test_the_header_alone_decides_the_delimiter() -> None:
    assert rows("email;name\nana@example.com;López, Ana\n") == [person("ana@example.com", "López, Ana")]


def test_an_email_column_is_enough_and_the_last_line_needs_no_end() -> None:
    assert rows("email\nana@example.com") == [person("ana@example.com")]


def test_blank_lines_and_empty_fields_at_the_end_are_nothing() -> None:
    text = "\n\nemail;name\n\nana@example.com;Ana;;\n  \n;\nbob@example.com\n\n"
    assert rows(text) == [person("ana@example.com", "Ana"), person("bob@example.com")]


def test_repeated_rows_are_all_read() -> None:
    assert len(rows("email\nana@example.com\nana@example.com\n")) == 2


def test_bad_rows_are_named_with_their_line_and_the_rest_is_read() -> None:
    text = (
        "email,name\n"
        "ana@example.com,Ana\n"
        "nobody,No Body\n"
        ",Empty\n"
        'eve@example.com,"Eve\r\nBcc: all@example.com"\n'
        "mal@example.com,Mal,lory,x\n"
        "nul@example.com,N\x00ul\n"
        f"long@example.com,{'n' * 201}\n"
        "bob@example.com,Bob\n"
    )
    found = rows(text)
    assert [row for row in found if isinstance(row, Subscriber)] == [
        person("ana@example.com", "Ana"),
        person("bob@example.com", "Bob"),
    ]
    assert bad(found) == [
        (3, "the address 'nobody' has no @"),
        (4, "has no address"),
        (5, "the name has a line break or control character in it (a quote is open until line 6)"),
        (7, "has 4 fields where the header has 2: quotes may be missing"),
        (8, "the name has a line break or control character in it"),
        (9, "the name is longer than 200 characters"),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_row_only() -> None:
    text = (
        'email,name\nana@example.com,"Ana\nbob@example.com,Bob\neve@example.com,"Eve"\nkim@example.com,Kim\n'
    )
    found = rows(text)
    assert [row.line for row in found if isinstance(row, BadRow)] == [2]
    assert [row.email for row in found if isinstance(row, Subscriber)] == [
        "bob@example.com",
        "eve@example.com",
        "kim@example.com",
    ]


def test_line_numbers_hold_after_quoted_line_breaks() -> None:
    found = rows('email,note\nana@example.com,"one\ntwo\nthree"\nnobody,x\n')
    assert bad(found) == [(5, "the address 'nobody' has no @")]


def test_a_locale_that_is_none_means_the_default() -> None:
    text = "email;locale\na@example.com;Deutsch (Österreich)\nb@example.com;pt_BR\nc@example.com;zh-Hant-TW\n"
    text += "d@example.com;abc-abcdefgh-12345678\n"  # the shape of one, and too long for the database
    tags = [row.locale for row in rows(text) if isinstance(row, Subscriber)]
    assert tags == ["", "pt-br", "zh-hant-tw", ""]


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"", ["is empty"]),
        (b"\xef\xbb\xbf \r\n\r\n", ["is empty"]),
        (
            "email;name\nana@example.com;Ana\njose@example.com;José\n".encode("latin-1"),
            ["line 3", "0xe9", "iconv"],
        ),
        ("email;name\nana@example.com;Ana\n".encode("utf-16"), ["UTF-16"]),
        ("email;name\nana@example.com;Ana\n".encode("utf-16-le"), ["UTF-16"]),
        (b"\x00\x01\x02\xff", ["no text"]),
        (b"customer;phone\nana;1\n", ["no column 'email'", "'customer', 'phone'"]),
        (b"ana@example.com\nbob@example.com\n", ["no column 'email'", "ana@example.com"]),
        (b"email,Email,name\na@example.com,b@example.com,A\n", ["'email' twice"]),
        (b"x" * 200_000, ["no column 'email'"]),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_the_first_row(data: bytes, parts: list[str]) -> None:
    with pytest.raises(WrongUse) as caught:
        csv.read(data, "customers.csv")
    assert str(caught.value).startswith("customers.csv ")
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_a_huge_field_is_one_bad_row() -> None:
    found = rows(f"email,name\nana@example.com,{'x' * 500_000}\nbob@example.com,Bob\n")
    assert [row.line for row in found if isinstance(row, BadRow)] == [2]
    assert found[-1] == person("bob@example.com", "Bob")


@pytest.mark.timeout(60)  # quadratic time would be minutes
def test_many_open_quotes_do_not_take_for_ever() -> None:
    text = "email,name\n" + 'ana@example.com,"Ana\nx@example.com,X\n' * 10_000
    found = rows(text)
    assert len(bad(found)) == 10_000


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_clear_error(data: bytes) -> None:
    try:
        for row in csv.read(b"email,name\n" + data):
            assert isinstance(row, Subscriber | BadRow)
    except WrongUse as error:
        assert "UTF" in error.what  # noqa: PT017 - either is right


_NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30).map(str.strip)


@given(st.lists(st.tuples(st.integers(0, 10**6), _NAMES), max_size=20), st.sampled_from(csv.DELIMITERS))
def test_what_a_csv_writer_writes_comes_back(people: list[tuple[int, str]], delimiter: str) -> None:
    written = io.StringIO(newline="")
    writer = stdlib_csv.writer(written, delimiter=delimiter)
    writer.writerow(["email", "name"])
    writer.writerows([f"p{number}@example.com", name] for number, name in people)
    assert rows(written.getvalue()) == [person(f"p{number}@example.com", name) for number, name in people]
