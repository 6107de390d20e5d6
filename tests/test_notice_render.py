"""The mail's texts: both parts say the same, the admin's templates come first, broken ones are named."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import html as lxml_html

from notifier.errors import WrongUse
from notifier.notice.headings import package_templates
from notifier.notice.render import MailContext, fixed_values, locales, render_texts
from notifier.notice.slots import SLOTS, slot, split
from notifier.notice.texts import Group, Summary

KIND = "policy-change"
CONTEXT = MailContext(
    company_name="Acme & Söhne <Ltd>",
    postal_address="1 Main Street\n\n 12345 Springfield \n",
    site_url="https://acme.example",
    contact="privacy@acme.example",
    policy_title="Privacy Policy",
    effective_date=date(2026, 11, 21),
    window_days=7,
    summary=Summary(
        "Acme is changing its Privacy Policy.\n\nPlease read this.",
        (
            Group("", ("A sentence without a topic.", "x" * 70 + ": long.")),
            Group("Sale of your data", ("Where it said “a < b & c”, it now says “d”.",)),
            Group("Ours & <yours>", ("A heading that a person wrote.",)),
        ),
        "And 3 further changes.",
    ),
    policy_url="https://acme.example/privacy?a=1&b=2",
    redline="<html>all changes</html>",
    opt_out_address="privacy+{token}@acme.example",
)


def words(text: str) -> list[str]:
    return [word for word in text.casefold().split() if word.strip("-")]


def words_of_html(html: str) -> list[str]:
    body = lxml_html.document_fromstring(html).body
    for line_break in body.iter("br"):
        line_break.tail = " " + (line_break.tail or "")
    return words(" ".join(block_texts(body)))


def block_texts(body: lxml_html.HtmlElement) -> list[str]:
    return [element.text_content() for element in body.iter("h1", "h2", "h3", "p", "li")]


@pytest.mark.parametrize(
    "context",
    [
        CONTEXT,
        replace(CONTEXT, redline=None),
        replace(CONTEXT, policy_url="", site_url="", effective_date=None),
        replace(CONTEXT, redline=None, policy_url=""),
        replace(CONTEXT, window_days=1, summary=Summary("Small changes only.", ())),
        replace(CONTEXT, opt_out_address="{token}@optout.acme.example"),
    ],
)
def test_plain_text_and_html_say_the_same(context: MailContext) -> None:
    texts = render_texts(KIND, "", context, None)
    assert words(texts.text) == words_of_html(texts.html)


def test_everything_a_customer_needs_is_said_in_order() -> None:
    texts = render_texts(KIND, "", CONTEXT, None)
    assert (
        texts.subject == "Acme & Söhne <Ltd> is changing its Privacy Policy: what changes, and how to opt out"
    )
    flat = " ".join(texts.text.split())
    wanted = [
        f"Hello{slot('name')},",
        "Acme is changing its Privacy Policy. Please read this.",
        "WHAT CHANGES - A sentence without a topic.",
        "Sale of your data - Where it said “a < b & c”, it now says “d”.",
        "Ours & <yours> - A heading that a person wrote. And 3 further changes.",
        "You have 7 days, counted from the moment this mail was sent to you.",
        f"written on {slot('sent_on')}",
        f"at least until {slot('until')}",
        "Opt out of this change",
        "privacy@acme.example with the subject “opt out”",
        "Opt out of all communications",
        "changes.html attached to this mail",
        "https://acme.example/privacy?a=1&b=2",
        "the information we hold about you, write to privacy@acme.example.",
        "legal notice",
        "Acme & Söhne <Ltd> 1 Main Street 12345 Springfield https://acme.example",
        f"Reference: {slot('token')}",
        "To unsubscribe",
    ]
    places = [flat.find(text) for text in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)


def test_the_mail_promises_no_more_than_is_kept() -> None:
    flat = " ".join(render_texts(KIND, "", CONTEXT, None).text.split())
    option = flat[flat.index("- Opt out of all communications") : flat.index("THE FULL COMPARISON")]
    assert "the words “opt out of all communications”" in option
    assert "no other mail. Notices like this one still come" in option
    last = flat[flat.index("To unsubscribe from all other mail of Acme") :]
    assert "the words “opt out of all communications”" in last
    assert last.endswith(
        "Notices like this one, which we have promised to send or must send by law, still come."
    )


def test_small_changes_offer_no_way_out_of_them() -> None:
    context = replace(CONTEXT, summary=Summary("The changes are small ones.", ()))
    texts = render_texts(KIND, "", context, None)
    assert texts.subject == "Acme & Söhne <Ltd> is changing its Privacy Policy: what changes"
    for absent in ("this change", "WHAT CHANGES", "new ways", "You have 7 days", slot("until")):
        assert absent not in texts.text
        assert absent not in texts.html
    flat = " ".join(texts.text.split())
    assert "WHAT YOU CAN DO You do not have to do anything. - Opt out of all communications: reply" in flat
    assert "THE FULL COMPARISON" in flat


def test_a_preview_line_shows_the_heading_and_the_greeting() -> None:
    body = lxml_html.document_fromstring(render_texts(KIND, "", CONTEXT, None).html).body
    shown = " ".join(body.text_content().split())
    assert shown.startswith(f"Changes to our Privacy Policy Hello{slot('name')}, Acme is changing")


def test_plain_text_lines_are_short_once_filled() -> None:
    texts = render_texts(KIND, "", CONTEXT, None)
    filled = texts.text
    for name in SLOTS:
        filled = filled.replace(slot(name), "21 November 2026, 14:05 UTC")
    assert max(len(line) for line in filled.splitlines() if "xxxx" not in line) <= 78
    assert not any(line != line.rstrip() for line in texts.text.splitlines())
    assert "\n\n\n" not in texts.text


def test_html_is_fit_for_mail_programs() -> None:
    texts = render_texts(KIND, "", CONTEXT, None)
    tree = lxml_html.document_fromstring(texts.html)
    assert tree.get("lang") == "en"
    assert not tree.xpath("//img|//script|//link|//iframe|//form|//video|//@src|//@background")
    assert "@import" not in texts.html
    assert "url(" not in texts.html
    assert tree.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    (style,) = tree.xpath("//style")
    assert "prefers-color-scheme" in style.text
    assert "max-width: 480px" in style.text
    assert all(element.get("style") for element in tree.xpath("//p|//h1|//h2|//li|//a|//body"))
    assert len(tree.xpath("//h1")) == 1
    assert "a &lt; b &amp; c" in texts.html


def test_opt_out_links_begin_a_mail_with_the_token() -> None:
    tree = lxml_html.document_fromstring(render_texts(KIND, "", CONTEXT, None).html)
    token = slot("token")
    links = tree.xpath("//p[contains(@class, 'choice')]/a/@href")
    assert links == [
        f"mailto:privacy+{token}@acme.example?subject=opt%20out%20{token}",
        f"mailto:privacy+{token}@acme.example?subject=opt%20out%20of%20all%20communications%20{token}",
    ]


def test_foreign_text_opens_no_slot() -> None:
    sly = f"pay {slot('token')} \ue000email\ue001"
    context = replace(
        CONTEXT,
        company_name=sly,
        summary=Summary(sly, (Group(sly, (sly,)),), sly),
        postal_address=sly,
        policy_title=sly,
    )
    texts, plain = render_texts(KIND, "", context, None), render_texts(KIND, "", CONTEXT, None)
    assert split(texts.text)[1] == split(plain.text)[1]
    assert split(texts.html)[1] == split(plain.html)[1]
    assert "\ue000" not in texts.subject


def write(folder: Path, name: str, content: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")


def test_the_admins_templates_come_first(tmp_path: Path) -> None:
    write(tmp_path, f"{KIND}/subject.txt", "default")
    write(tmp_path, f"{KIND}/de/subject.txt", "deutsch")
    write(tmp_path, f"{KIND}/de-AT/subject.txt", "österreichisch\n  {{ policy_title }}")
    write(tmp_path, f"{KIND}/de/body.txt", "Guten Tag{{ name }}, bis {{ until }}.\nAb {{ effective_date }}.")
    write(tmp_path, f"{KIND}/it/readme.md", "nothing to render")
    subjects = {
        locale: render_texts(KIND, locale, CONTEXT, tmp_path).subject
        for locale in ("", "en", "fr", "de", "de-CH", "de-AT", "../de", "de/../de")
    }
    assert subjects == {
        "": "default",
        "en": "default",
        "fr": "default",
        "de": "deutsch",
        "de-CH": "deutsch",
        "de-AT": "österreichisch Privacy Policy",
        "../de": "default",
        "de/../de": "default",
    }
    german = render_texts(KIND, "de-AT", CONTEXT, tmp_path)
    assert german.text == f"Guten Tag{slot('name')}, bis {slot('until')}.\nAb 2026-11-21.\n"
    assert german.locale == "de-AT"
    assert 'lang="de-AT"' in german.html
    assert render_texts(KIND, "de-at", CONTEXT, tmp_path).subject == "österreichisch Privacy Policy"
    assert locales(KIND, tmp_path) == ["", "de", "de-at", "it"]


def test_headings_are_translated_with_their_locale(tmp_path: Path) -> None:
    write(tmp_path, f"{KIND}/headings.toml", 'sale = "Selling  your\\n data"')
    write(tmp_path, f"{KIND}/de/headings.toml", 'sale = "Verkauf Ihrer Daten"\nother = "Sonstiges"')
    write(tmp_path, f"{KIND}/de-AT/headings.toml", 'other = "Übriges"')
    for locale, expected in {
        "": "Selling your data",
        "de": "Verkauf Ihrer Daten",
        "de-AT": "Verkauf Ihrer Daten",
    }.items():
        texts = render_texts(KIND, locale, CONTEXT, tmp_path)
        assert f"\n{expected}\n" in texts.text
        assert f">{expected}</h3>" in texts.html
        assert "\nOurs & <yours>\n" in texts.text
        assert "Sale of your data" not in texts.text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sale = ", "broken"),
        ("sales = 'Sale'", "'sales' is not a valid Category"),
        ("sale = '\udcff'", "utf-8"),
    ],
)
def test_broken_headings_are_named(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / KIND / "headings.toml"
    file.parent.mkdir()
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(WrongUse, match=r"headings\.toml is broken: .*") as caught:
        render_texts(KIND, "", CONTEXT, tmp_path)
    assert says in str(caught.value)


def test_a_file_beside_the_kinds_is_no_locale(tmp_path: Path) -> None:
    write(tmp_path, "README.md", "what is here")
    write(tmp_path, f"{KIND}/README.md", "what is here")
    assert (package_templates() / "README.md").is_file()
    assert locales(KIND, tmp_path) == locales(KIND, None) == [""]


def test_the_readme_names_every_variable_and_no_other(tmp_path: Path) -> None:
    readme = (package_templates() / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \| \S", readme, re.MULTILINE)
    assert sorted(named) == sorted([*fixed_values(CONTEXT, "", {}), *SLOTS])
    write(tmp_path, f"{KIND}/body.txt", " ".join(f"{{{{ {name} }}}}" for name in named))
    assert split(render_texts(KIND, "", CONTEXT, tmp_path).text)[1]


def test_a_template_may_include_another(tmp_path: Path) -> None:
    write(tmp_path, f"{KIND}/body.txt", "{% include 'foot.txt' %}")
    write(tmp_path, f"{KIND}/foot.txt", "{{ company_name }}")
    assert render_texts(KIND, "", CONTEXT, tmp_path).text == "Acme & Söhne <Ltd>\n"


@pytest.mark.parametrize(
    ("template", "line", "said"),
    [
        ("fine\n{{ compny_name }}\n", 2, "'compny_name' is undefined"),
        ("fine\n\n{% if %}\n", 3, "Expected an expression"),
        ("{% for point in points %}\n", 1, "Unexpected end of template"),
        ("fine\n{{ 1 / 0 }}\n", 2, "division by zero"),
        ("fine\n{{ points + 3 }}\n", 2, "list"),
        ("fine\n{{ points.append('x') }}\n", 2, "is unsafe"),
        ("fine\n{{ ''.__class__.__mro__ }}\n", 2, "unsafe"),
        ("fine\n{{ points.nothing }}\n", 2, "no attribute 'nothing'"),
        ("fine\n{{ company_name | nofilter }}\n", 2, "No filter named 'nofilter'"),
    ],
)
def test_a_broken_template_is_named_with_its_line(
    tmp_path: Path, template: str, line: int, said: str
) -> None:
    write(tmp_path, f"{KIND}/body.html", template)
    with pytest.raises(WrongUse) as caught:
        render_texts(KIND, "", CONTEXT, tmp_path)
    assert f"{tmp_path / KIND / 'body.html'}, line {line} " in caught.value.what
    assert said in caught.value.what
    assert "\n" not in str(caught.value)


def test_a_broken_included_template_is_named(tmp_path: Path) -> None:
    write(tmp_path, f"{KIND}/body.txt", "fine\n\n{% include 'foot.txt' %}")
    write(tmp_path, f"{KIND}/foot.txt", "fine\n{{ nothing }}")
    with pytest.raises(WrongUse, match=r"foot\.txt, line 2 "):
        render_texts(KIND, "", CONTEXT, tmp_path)


def test_a_template_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    write(tmp_path, f"{KIND}/body.txt", "")
    (tmp_path / KIND / "body.txt").write_bytes("fine\nGrüße".encode("latin-1"))
    with pytest.raises(WrongUse, match=r"body\.txt is not UTF-8 \(line 2\)"):
        render_texts(KIND, "", CONTEXT, tmp_path)


def test_a_slot_has_no_place_in_the_subject(tmp_path: Path) -> None:
    write(tmp_path, f"{KIND}/subject.txt", "For{{ name }}")
    with pytest.raises(WrongUse, match=r"subject\.txt, line 1 is broken: 'name' is undefined"):
        render_texts(KIND, "", CONTEXT, tmp_path)


def test_missing_folders_and_kinds_are_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="there is no template folder"):
        render_texts(KIND, "", CONTEXT, tmp_path / "nowhere")
    with pytest.raises(WrongUse, match=r"there is no template subject\.txt"):
        render_texts("no-such-kind", "", CONTEXT, None)
