"""Reading a policy, in every format and in none."""

import codecs
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import WrongUse
from notifier.policy.document import ClauseKind, Document
from notifier.policy.read import read


def outline(document: Document) -> list[tuple[str | None, list[str]]]:
    return [(section.heading, [clause.text for clause in section.clauses]) for section in document.sections]


def test_markdown() -> None:
    text = """---
title: "Privacy at Acme"
last_updated: 2021-02-03
---
Some *words* first. See [our shop](https://acme.example).

## What we keep {#keep}

* Your **name**
* Your address

| What | How long |
|------|----------|
| Logs | 30 days  |

##Contact
Write to [sales@acme•example](#).
<p>Or <b>call</b> us.</p>
"""
    document = read(text.encode(), "privacy.md")
    assert document.title == "Privacy at Acme"
    assert document.effective_date == date(2021, 2, 3)
    assert outline(document) == [
        (None, ["Some words first.", "See our shop."]),
        ("What we keep", ["Your name", "Your address", "What | How long", "Logs | 30 days"]),
        ("Contact", ["Write to sales@acme.example.", "Or call us."]),
    ]
    kinds = [clause.kind for clause in document.sections[1].clauses]
    assert kinds == [ClauseKind.ITEM, ClauseKind.ITEM, ClauseKind.ROW, ClauseKind.ROW]


def test_markdown_headings_of_every_sort() -> None:
    text = "Data\n====\n\nWe keep it.\n\n**Your rights**\n\nYou may ask.\n\nHow to ask us\nWrite a letter to "
    text += "our office, and we shall answer it as soon as ever we can.\n"
    assert [section.heading for section in read(text.encode(), "a.md").sections] == [
        "Data",
        "Your rights",
        "How to ask us",
    ]


def test_plain_text() -> None:
    text = """PRIVACY POLICY

WHAT DO WE COLLECT?

We collect what you enter, your name for example, when you order something from our shop.

\u00b7 To send it: we need an address

\u00b7 To bill you

How long we keep it

We keep it for a year after you have ordered something and then we delete it.

Phone: 555 0100
"""
    assert outline(read(text.encode(), "privacy.txt")) == [
        ("PRIVACY POLICY", []),
        (
            "WHAT DO WE COLLECT?",
            [
                "We collect what you enter, your name for example, when you order something from our shop.",
                "To send it: we need an address",
                "To bill you",
            ],
        ),
        (
            "How long we keep it",
            [
                "We keep it for a year after you have ordered something and then we delete it.",
                "Phone: 555 0100",
            ],
        ),
    ]


def test_hard_wrapped_text_is_put_together_again() -> None:
    lines = [
        "We keep what you enter in our forms until you ask us to",
        "delete it, and then we delete it.",
        "",
    ] * 4
    clauses = [clause.text for clause in read("\n".join(lines).encode(), "a.txt").clauses()]
    sentence = "We keep what you enter in our forms until you ask us to delete it, and then we delete it."
    assert clauses == [sentence] * 4


FLATTENED = (
    "OUR PRIVACY POLICYWe keep this policy short. It was last updated on May 4, 2018.What we collect about "
    "youIn general, we collect what you enter. CookiesAt this time we use cookies to count visits.How long "
    "do we keep it?We keep it for a year.We use PayPal and LinkedIn to sell, and LinkedIn shows our posts. "
    "PayPal is safe."
)


def test_flattened_text_is_cut_where_it_was_glued() -> None:
    document = read(FLATTENED.encode(), "flat.txt")
    assert outline(document) == [
        ("OUR PRIVACY POLICY", ["We keep this policy short.", "It was last updated on May 4, 2018."]),
        ("What we collect about you", ["In general, we collect what you enter."]),
        ("Cookies", ["At this time we use cookies to count visits."]),
        (
            "How long do we keep it?",
            [
                "We keep it for a year.",
                "We use PayPal and LinkedIn to sell, and LinkedIn shows our posts.",
                "PayPal is safe.",
            ],
        ),
    ]
    assert document.effective_date == date(2018, 5, 4)


HTML = """<!doctype html><html><head><title>Acme privacy</title><style>p{}</style></head><body>
<header><a href="/">Home</a></header><nav><ul><li>Shop</li></ul></nav>
<div id="cookieBanner"><p>We use cookies. Accept?</p><button>Yes</button></div>
<main><h1>Privacy</h1>
<p>We keep your name, your address and what you ordered from us.<br>Nothing else at all is kept.</p>
<p><strong>Your rights</strong></p>
<ul><li><p>You may ask for a copy.</p></li><li>You may complain.</li></ul>
<table><tr><th>What</th><th>Why</th></tr><tr><td>Logs</td><td>To find <i>errors</i></td></tr></table>
<p>Write to <span class="__cf_email__"
data-cfemail="3e544b7e5f5d535b105b465f534e525b">[email protected]</span> please.</p>
<script>alert(1)</script></main><footer>Terms and imprint</footer></body></html>"""


def test_html_page_without_what_surrounds_the_text() -> None:
    document = read(HTML.encode(), "page")
    assert document.title == "Acme privacy"
    assert outline(document) == [
        (
            "Privacy",
            ["We keep your name, your address and what you ordered from us.", "Nothing else at all is kept."],
        ),
        (
            "Your rights",
            [
                "You may ask for a copy.",
                "You may complain.",
                "What | Why",
                "Logs | To find errors",
                "Write to ju@acme.example please.",
            ],
        ),
    ]


def test_the_media_type_goes_before_the_name() -> None:
    page = b"<p>We keep <b>names</b>.</p>"
    assert read(page, "privacy.md", "text/html; charset=utf-8").text == "We keep names."


@pytest.mark.parametrize(
    "data",
    [
        "Für Ihre Daten \u2013 “sicher”".encode(),
        codecs.BOM_UTF8 + "Für Ihre Daten \u2013 “sicher”".encode(),
        codecs.BOM_UTF16_LE + "Für Ihre Daten \u2013 “sicher”".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Für Ihre Daten \u2013 “sicher”".encode("utf-16-be"),
        "Für Ihre Daten \u2013 “sicher”".encode("cp1252"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert read(data, "a.txt").text == "Für Ihre Daten \u2013 “sicher”"


def test_a_page_may_declare_its_charset() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Мы храним данные.</p></body></html>'
    assert read(page.encode("windows-1251"), "a.html").text == "Мы храним данные."


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (bytes(range(256)) * 8, "not text"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04 ...", "Office"),
        (codecs.BOM_UTF16_LE + b"a", "marked as utf-16"),
        (b"<html><body><script>x()</script></body></html>", "no text"),
        (b"---\ntitle: x\n---\n", "no text"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_name(data: bytes, says: str) -> None:
    with pytest.raises(WrongUse, match=rf"some\.file.*{says}"):
        read(data, "some.file" if not data.startswith(b"---") else "some.file.md")


def test_no_heading_at_all() -> None:
    document = read(b"We keep names. We sell nothing.", "a.txt")
    assert (document.title, outline(document)) == (None, [(None, ["We keep names.", "We sell nothing."])])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_one_very_long_line(name: str) -> None:
    assert len(read(b"we keep your data and " * 15_000, name).text) > 300_000
    assert len(list(read(b"We keep your data. " * 15_000, name).clauses())) == 15_000


@given(st.text(max_size=300), st.sampled_from(["a.txt", "a.md", "a.html", "a"]))
def test_any_text_is_read_or_refused(text: str, name: str) -> None:
    try:
        document = read(text.encode("utf-8", "replace"), name)
    except WrongUse:
        return
    assert document.text


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.md", "a.html", "a"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    try:
        document = read(data, name)
    except WrongUse:
        return
    assert document.text
