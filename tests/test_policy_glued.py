"""Texts that lost their line breaks."""

from notifier.policy.read import Original, read, read_versions


def outline(text: str) -> list[tuple[str | None, list[str]]]:
    document = read(text.encode(), "flat.txt")
    return [(section.heading, [clause.text for clause in section.clauses]) for section in document.sections]


GLUED = (
    "We keep what you enter.Contact informationPayment informationWhat you orderedYour information is safe "
    "with us. We delete it after a year.CookiesA cookie is a small file.Sharing informationWe share nothing."
    "Payment and contactWe need your payment and contact data. What we ordered for you is yours."
    "How to ask usYou may ask.Your rightsYou may complain, for information or for payment. See how to "
    "ask.Rights and cookiesWe mean both. What is sharing? Small cookies."
)


def test_a_text_glued_throughout_is_cut_at_each_place() -> None:
    found = outline(GLUED)
    assert [heading for heading, _ in found] == [
        None,
        "What you ordered",
        "Cookies",
        "Sharing information",
        "Payment and contact",
        "How to ask us",
        "Your rights",
        "Rights and cookies",
    ]
    assert found[0][1] == ["We keep what you enter.", "Contact information", "Payment information"]
    assert found[2][1] == ["A cookie is a small file."]


def test_a_name_with_a_capital_inside_is_not_cut() -> None:
    text = GLUED + " We use YouTube and LinkedIn. You and your tube are linked in."
    assert outline(text)[-1][1][-2] == "We use YouTube and LinkedIn."


def test_a_word_that_ends_in_we_is_no_name_however_often() -> None:
    text = "About your informationWe keep it. More of your informationWe delete it. That is our information."
    assert [heading for heading, _ in outline(text)] == ["About your information", "More of your information"]


def test_headings_parted_by_spaces() -> None:
    filler = "We keep what you enter and you may see it, for if it is yours we have to show it. " * 20
    text = (
        f"{filler}How We Use Your Information We use it to bill you. Your rights You may ask for it. {filler}"
    )
    assert [heading for heading, _ in outline(text)] == [None, "How We Use Your Information", "Your rights"]


def test_a_short_text_is_not_cut_at_spaces() -> None:
    text = "See Our terms You agree to. We mean our terms, and you know it."
    assert outline(text) == [(None, ["See Our terms You agree to.", "We mean our terms, and you know it."])]


TAIL = (
    "Contact and rightsIf you want to know what we do with it, ask us by mail, or use the contact data below:"
    "Sharing is what we do."
)
TOLD = " You see below if there is more. Our rights."


def test_a_heading_glued_to_a_sentence_that_is_glued_to_another_is_one() -> None:
    assert outline(f"{GLUED}{TOLD} {TAIL}")[-1][0] == "Contact and rights"


def test_two_versions_are_cut_alike() -> None:
    clean = f"What we keep\n\nWe keep what you enter.\n\n{TAIL}"
    old, new = read_versions(
        Original(f"{GLUED}{TOLD} {TAIL}".encode(), "old.txt"), Original(clean.encode(), "new.txt")
    )
    assert new.sections[-1].heading == "Contact and rights"
    assert [clause.text for clause in new.sections[-1].clauses] == [
        "If you want to know what we do with it, ask us by mail, or use the contact data below:",
        "Sharing is what we do.",
    ]
    assert old.sections[-1] == new.sections[-1]
    assert read(clean.encode(), "new.txt").sections[-1] != new.sections[-1]
