"""Pages as browsers get them: what surrounds the policy is left out, however the page is built."""

from html import escape

import pytest

from notifier.errors import WrongUse
from notifier.policy.document import ClauseKind
from notifier.policy.read import read

SENTENCES = [
    "We collect your name and your address when you open an account with us.",
    "We keep your orders for seven years after you have closed your account.",
    "We never hand your data to anybody, for any reason whatsoever.",
    "You may ask us for a copy of everything that we keep about you.",
]
PROSE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
POLICY = f"<h1>Privacy</h1>{PROSE}"


def outline(body: str) -> list[tuple[str | None, list[str]]]:
    document = read(f"<!doctype html><html><body>{body}</body></html>".encode(), "page.html")
    return [(section.heading, [clause.text for clause in section.clauses]) for section in document.sections]


LINKS = "".join(f"<li><a href='/{number}'>Department number {number}</a></li>" for number in range(30))
WALL = "<p>We and our 842 partners store information on your device to show you advertisements.</p>" * 8
MENU = "".join(
    f"<h3>Range {number}</h3><p>{'A fine thing for your home and garden. ' * 2}</p>" for number in range(30)
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<div id='qc-cmp2-main'>{WALL}</div><div>{POLICY}</div>", id="consent wall, longer"),
        pytest.param(f"<main>{POLICY}</main><div role='dialog'>{WALL}</div>", id="dialog beside main"),
        pytest.param(f"<div class='CybotCookiebotDialog'>{WALL}</div>{POLICY}", id="name in camel case"),
        pytest.param(f"<div><ul>{LINKS}</ul></div><div>{POLICY}</div>", id="menu without a name"),
        pytest.param(f"<ul>{LINKS}</ul><section>{POLICY}</section><ul>{LINKS}</ul>", id="menus around"),
        pytest.param(f"<form action='/'><div>{POLICY}</div></form>", id="page in a form"),
        pytest.param(f"<div class='menu-page with-sidebar'>{POLICY}</div>", id="wrapper with a menu's name"),
        pytest.param(f"<div><header><h1>Privacy</h1></header>{PROSE}</div>", id="title in a header"),
        pytest.param(
            f"<table><tr><td><a href='/'>Home</a> <a href='/s'>Shop</a></td><td>{POLICY}</td></tr></table>",
            id="laid out by a table",
        ),
        pytest.param(f"<noscript>{WALL}</noscript>{POLICY}<footer>{WALL}</footer>", id="noscript, footer"),
        pytest.param(
            f"{POLICY}<div><a href='#' class='x'>Read more</a><span>Show less</span></div>"
            "<a href='/privacy#top'>Back to top</a><p>Print this page</p><button>Accept</button>",
            id="controls",
        ),
        pytest.param(
            f"{POLICY}<div class='share'><a href='x'>Post it</a> <a href='y'>Mail it</a></div>", id="sharing"
        ),
    ],
)
def test_only_the_policy_is_read(body: str) -> None:
    assert outline(body) == [("Privacy", SENTENCES)]


def test_a_mega_menu_longer_than_the_policy_goes() -> None:
    assert outline(f"<div class='mega-menu'>{MENU}</div><div><h1>Privacy</h1>{PROSE * 10}</div>") == [
        ("Privacy", SENTENCES * 10)
    ]


def test_parts_of_the_policy_with_suspicious_names_stay() -> None:
    consent = "You may withdraw your consent whenever you like, as easily as you gave it."
    sharing = "We share your address with the post, and with nobody else at all."
    body = (
        f"<main>{POLICY}<div id='consent'><h2>Consent</h2><p>{consent}</p></div>"
        f"<div class='share'><h2>Sharing</h2><p>{sharing}</p></div></main>"
    )
    assert outline(body)[1:] == [("Consent", [consent]), ("Sharing", [sharing])]


def test_a_last_part_outside_of_the_longest_stays() -> None:
    contact = "Write to our data protection officer at 1 Example Street for any question."
    body = f"<div><h1>Privacy</h1>{PROSE * 6}</div><div><h2>Contact</h2><p>{contact}</p></div>"
    assert outline(body)[-1] == ("Contact", [contact])


def test_a_list_of_partners_in_the_policy_stays() -> None:
    partners = "".join(f"<li><a href='https://partner{n}.example'>Partner {n}</a></li>" for n in range(9))
    found = outline(f"<main>{POLICY}<p>We share data with these partners:</p><ul>{partners}</ul></main>")
    assert found[0][1][-9:] == [f"Partner {number}" for number in range(9)]


@pytest.mark.parametrize(
    "fold",
    [
        "<details><summary>{}</summary><p>{}</p></details>",
        "<h3><button aria-expanded='false'>{}</button></h3><div hidden class='panel'><p>{}</p></div>",
        "<button class='accordion'>{}</button><div style='display:none'><p>{}</p></div>",
        "<dl><dt>{}</dt><dd>{}</dd></dl>",
        "<div><span><b>{}</b></span></div><div>{}</div>",
        "<div style='font-weight: 700'>{}</div><div>{}</div>",
        "<p><strong>{}</strong><br>{}</p>",
    ],
)
def test_headings_however_they_are_made(fold: str) -> None:
    body = "<h1>Privacy</h1>" + "".join(
        fold.format(f"Part {number}", sentence) for number, sentence in enumerate(SENTENCES)
    )
    wanted = [(f"Part {number}", [sentence]) for number, sentence in enumerate(SENTENCES)]
    assert outline(body) == [("Privacy", []), *wanted]


def test_text_with_line_breaks_only() -> None:
    body = "<div>" + "<br>".join(SENTENCES) + "<br><br>We keep:<br>- your name<br>&bull; your town</div>"
    assert outline(body) == [(None, [*SENTENCES, "We keep:", "your name", "your town"])]


def test_nested_lists() -> None:
    body = (
        f"{POLICY}<ul><li>We keep:<ul><li>your name</li><li>where<ol><li>street</li></ol></li></ul></li></ul>"
    )
    assert outline(body)[0][1][-4:] == ["We keep:", "your name", "where", "street"]


def test_rows_of_a_table_hold_lists() -> None:
    rows = "".join(
        f"<tr><td>Data {n}</td><td><ul><li>to bill</li><li>to write</li></ul></td><td>{n} years</td></tr>"
        for n in range(3)
    )
    page = f"<html><body><h1>Privacy</h1><table>{rows}</table></body></html>".encode()
    clauses = list(read(page, "page.html").clauses())
    assert [clause.text for clause in clauses] == [
        f"Data {n} | to bill to write | {n} years" for n in range(3)
    ]
    assert {clause.kind for clause in clauses} == {ClauseKind.ROW}


def test_what_is_for_screen_readers_only_is_left_out() -> None:
    link = "<a href='/t'>our terms<span class='sr-only'>(opens in a new window)</span></a>"
    assert outline(f"{POLICY}<p>See {link} too.</p>")[0][1][-1] == "See our terms too."


def test_a_link_that_ends_a_sentence_is_no_control() -> None:
    assert outline(f"{POLICY}<p>Of cookies you can learn <a href='/c'>more</a></p>")[0][1][-1] == (
        "Of cookies you can learn more"
    )


def read_outline(text: str, name: str = "-") -> list[tuple[str | None, list[str]]]:
    document = read(text.encode(), name)
    return [(section.heading, [clause.text for clause in section.clauses]) for section in document.sections]


@pytest.mark.parametrize("depth", [300, 1_900])
def test_deep_nesting_loses_nothing(depth: int) -> None:
    deep = f"{'<div>' * depth}{PROSE}{'</div>' * depth}"
    assert outline(f"<h1>Privacy</h1>{deep}<p>{SENTENCES[0]}</p>") == [
        ("Privacy", [*SENTENCES, SENTENCES[0]])
    ]


def test_nesting_too_deep_to_read_is_said() -> None:
    with pytest.raises(WrongUse, match="nests its elements too deeply"):
        outline(f"<h1>Privacy</h1>{'<div>' * 3_000}{PROSE}")


@pytest.mark.parametrize(
    "wrapper", ["{}", "<div>{}</div>", "<!-- c -->\n<main>{}</main>", "<table><td>{}</table>"]
)
def test_a_page_is_told_by_its_tags(wrapper: str) -> None:
    assert read_outline(wrapper.format(POLICY)) == [("Privacy", SENTENCES)]


@pytest.mark.parametrize(
    "lead", ["<a id='top'></a>", "<!-- c -->", "<p align='center'><b>Acme</b></p>", "<div>Acme</div>\n<br>"]
)
def test_markdown_may_begin_with_a_tag(lead: str) -> None:
    text = f"{lead}\n\n# Privacy\n\n- {SENTENCES[0]}\n- {SENTENCES[1]}\n\n## Rights\n\n{SENTENCES[3]}\n"
    assert read_outline(text)[-2:] == [("Privacy", SENTENCES[:2]), ("Rights", SENTENCES[3:])]


BODY = f"<!doctype html><html><body>{POLICY}</body></html>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            f"<div class='veil'><div aria-modal='true'><h2>Before you go on</h2>{WALL}</div></div>"
            f"<div aria-hidden='true'>{POLICY}</div>",
            id="wall over the page",
        ),
        pytest.param(
            f"<div style='position: fixed; top: 0'><h2>Before you go on</h2>{WALL}</div><div>{POLICY}</div>",
            id="wall without a name",
        ),
        pytest.param(f"<nav>Home</nav><iframe srcdoc='{escape(BODY)}'></iframe>", id="page in a frame"),
        pytest.param(
            f"<nav>Home</nav><acme-page><template shadowrootmode='open'>{POLICY}</template></acme-page>",
            id="shadow root",
        ),
        pytest.param(f"<div id='app'></div><template>{POLICY}</template>", id="template alone"),
        pytest.param(
            f"{POLICY}<template>{WALL}</template><iframe srcdoc='{escape(WALL)}'></iframe>",
            id="templates beside the text",
        ),
    ],
)
def test_parts_of_a_page_shown_by_scripts(body: str) -> None:
    assert outline(body) == [("Privacy", SENTENCES)]


@pytest.mark.parametrize(
    "part",
    [
        "<div role='button' aria-expanded='false'><span>{}</span><i>+</i></div><div hidden>{}</div>",
        "<input type='checkbox' id='x'><label for='x'>{}</label><div>{}</div>",
        "<p><u><b>{}</b></u></p><p>{}</p>",
        "<table><tr><td><b>{}</b></td></tr><tr><td>{}</td></tr></table>",
    ],
)
def test_questions_that_unfold_and_other_headings(part: str) -> None:
    questions = [f"What about part {number}?" for number in range(len(SENTENCES))]
    body = "".join(part.format(*pair) for pair in zip(questions, SENTENCES, strict=True))
    assert outline(body) == [(question, [text]) for question, text in zip(questions, SENTENCES, strict=True)]
