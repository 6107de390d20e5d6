"""What an admin adds to the vocabulary: words, a language; and what is no vocabulary."""

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import snowballstemmer

from notifier.changes.compare import compare, side
from notifier.changes.model import Category, Comparison, Direction, Level
from notifier.changes.vocabulary import SHIPPED, Index, Lexis, Vocabularies, extended, tokens
from notifier.changes.vocabulary.stems import stored
from notifier.errors import WrongUse
from notifier.policy.read import read

DOCS = Path(__file__).parents[1] / "docs" / "vocabulary.md"
ENGLISH: Mapping[str, Any] = tomllib.loads(
    resources.files("notifier.changes.vocabulary").joinpath("en.toml").read_text("utf-8")
)

VENDOR = """
[en.things.vendors]
category = "sharing"
terms = ["frobber*"]

[en.practices.sharing]
deeds = ["give shade"]
"""

PAGE = """# Privacy

This policy says what we do with your personal data when you use our shop.

{}

The rest of this page stays what it was, and we thank you for reading it with care.
"""

SEITE = """# Datenschutz

Diese Seite sagt, was wir mit den Daten tun, die Sie uns geben, wenn Sie in unserem Laden sind.

{}

Der Rest der Seite ist, wie er war, und wir danken Ihnen, dass Sie ihn mit uns lesen.
"""

GERMAN = """
[de.practices.sale]
deeds = ["Verkauf*"]

[de.practices.retention]
deeds = ["speicher*"]

[de.things.data]
category = "collection"
terms = ["Geburtsdat*", "Anschrift*"]

[de.grammar]
we = ["wir", "uns"]
breaks = ["die", "dass", "wenn"]

[de.signs]
negation = ["nicht", "nie"]
actor = ["wir", "Sie"]
data = ["Daten"]

[de.ordinary]
words = ["und", "die", "Ihre", "auch"]

[de.numbers]
drei = 3

[de.units]
year = ["Jahr", "Jahre", "Jahren"]
"""


def judged(old: str, new: str, vocabularies: Vocabularies, page: str = PAGE) -> Comparison:
    left, right = page.format(old).encode(), page.format(new).encode()
    before, after = read(left, "a.md"), read(right, "a.md")
    return compare(before, after, side(before, "old", left), side(after, "new", right), vocabularies)


@pytest.mark.parametrize(
    ("old", "new", "more", "category"),
    [
        (
            "We collect your name.",
            "We collect your name and zorb.",
            '[en.things.data]\nterms = ["zorb*"]',
            Category.COLLECTION,
        ),
        (
            "Oak trees give shade to everyone.",
            "Oak trees and frobbers give shade to everyone.",
            VENDOR,
            Category.SHARING,
        ),
    ],
)
def test_an_added_word_decides(old: str, new: str, more: str, category: Category) -> None:
    (change,) = judged(old, new, extended([("more.toml", more)])).changes
    assert (change.level, change.rule) == (Level.MATERIAL, "things")
    assert category in change.categories
    (before,) = judged(old, new, SHIPPED).changes
    assert before.rule != "things"


def test_what_was_not_material_is_with_a_word_that_is_added() -> None:
    old, new = "The oak trees in our yard are old.", "The oak trees and snags in our yard are old."
    more = extended(
        [("a.toml", '[en.things.data]\nterms = ["snag*"]\n[en.practices.collection]\nwords = ["yard*"]')]
    )
    assert judged(old, new, SHIPPED).verdict != Level.MATERIAL
    assert judged(old, new, more).verdict == Level.MATERIAL


def test_a_form_is_added_to_a_shipped_meaning() -> None:
    more = extended([("a.toml", '[en.things.data]\nterms = ["email address* | epistle-box"]')])
    vocabulary = more.of("en")
    assert vocabulary is not None
    assert [term.name for term in vocabulary.things.find("your Epistle box")] == ["email address"]


@pytest.mark.parametrize(
    ("old", "new", "rule", "category"),
    [
        ("Wir verkaufen die Daten nicht.", "Wir verkaufen die Daten.", "negation", Category.SALE),
        ("Wir speichern es drei Jahre.", "Wir speichern es 10 Jahre.", "quantity", Category.RETENTION),
        (
            "Wir speichern Ihre Anschrift.",
            "Wir speichern Ihre Anschrift und Ihr Geburtsdatum.",
            "things",
            Category.COLLECTION,
        ),
    ],
)
def test_a_language_that_is_added_is_judged(old: str, new: str, rule: str, category: Category) -> None:
    (change,) = judged(old, new, extended([("de.toml", GERMAN)]), SEITE).changes
    assert (change.level, change.rule) == (Level.MATERIAL, rule)
    assert category in change.categories
    assert change.direction is Direction.WIDER
    assert judged(old, new, SHIPPED, SEITE).verdict == Level.UNJUDGED


def test_words_of_an_added_language_may_change_nothing() -> None:
    german = extended([("de.toml", GERMAN)])
    (change,) = judged("Wir speichern die Anschrift.", "Wir speichern Ihre Anschrift.", german, SEITE).changes
    assert change.level is Level.COSMETIC


def test_files_add_to_each_other() -> None:
    one = '[en.things.mine]\ncategory = "sharing"\nterms = ["zorb"]'
    two = '[en.things.mine]\nterms = ["quux"]'
    vocabulary = extended([("one.toml", one), ("two.toml", two)]).of("en")
    assert vocabulary is not None
    assert [term.category for term in vocabulary.things.find("zorb quux")] == [Category.SHARING] * 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("en = [", "not TOML"),
        ("en = 3", "en is no table"),
        ("[signs]\nnegation = []", "[signs] is no language"),
        ('[en.thigns.data]\nterms = ["a"]', "en.thigns is unknown, did you mean 'things'"),
        ('[en.signs]\nnegations = ["a"]', "en.signs.negations is unknown, did you mean 'negation'"),
        ('[en.signs]\nnegation = "no"', "en.signs.negation is no list of words"),
        ("[en.signs]\nnegation = [3]", "en.signs.negation is no list of words"),
        ('[en.signs]\nnegation = ["a | | b"]', "en.signs.negation is no list of words"),
        ('[en.signs]\nnegation = ["*"]', "en.signs.negation is no list of words"),
        ('[en.things.data]\nterm = ["a"]', "en.things.data.term is unknown, did you mean 'terms'"),
        ('[en.things.mine]\nterms = ["a"]', "[en.things.mine] has no category"),
        ('[en.things.mine]\ncategory = "colection"', "en.things.mine.category is no category: 'colection'"),
        ('[en.things.data]\ncategory = "sale"', "[en.things.data] has category 'collection'"),
        ('[en.things.data]\nweight = "much"', "en.things.data.weight is no number"),
        ("[en.practices.selling]\nwords = []", "en.practices.selling is no category"),
        ("[en.practices.sale]\nverbs = []", "en.practices.sale.verbs is unknown"),
        ("[en.numbers]\nfifty = 50.5", "en.numbers.fifty is no number"),
        ('[en.things.mine]\ncategory = "sale"\nweight = nan', "en.things.mine.weight is no weight"),
        ('[en.things.mine]\ncategory = "sale"\nweight = inf', "en.things.mine.weight is no weight"),
        ('[en.numbers]\n"" = 3', "en.numbers has a word without letters"),
        (f"x = {'[' * 3000}", "is not TOML"),
        (f"[en.numbers]\nmany = {'9' * 5000}", "is not TOML"),
        ("[en.numbers]\nfifty = true", "en.numbers.fifty is no number"),
        ("[en.units]\nday = 1", "en.units.day is no list of words"),
        ("[en.grammar]\ntowards = []", "en.grammar.towards is no text"),
        ("[en.grammar.roles]\nwho = []", "en.grammar.roles.who is unknown"),
        ("[en.grammar]\nroles = []", "en.grammar.roles is no table"),
    ],
)
def test_what_is_no_vocabulary_is_said_in_one_line(text: str, says: str) -> None:
    with pytest.raises(WrongUse) as caught:
        extended([("mine.toml", text)])
    assert "mine.toml" in caught.value.what
    assert says in caught.value.what
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def examples() -> str:
    return "\n".join(re.findall(r"^```toml\n(.*?)^```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL))


def test_the_examples_of_the_page_are_a_vocabulary() -> None:
    known = extended([("docs", examples())])
    vocabulary = known.of("en")
    assert vocabulary is not None
    assert [term.name for term in vocabulary.things.find("your bonus card")] == ["loyalty card"]
    (change,) = judged("We store your name.", "We store your name and blood group.", known).changes
    assert change.words_new == "blood group"
    assert known.of("sv") is not None
    assert known.of("fi") is None


def test_the_page_shows_every_table() -> None:
    page, shown = DOCS.read_text("utf-8"), tomllib.loads(examples())["en"]
    assert shown.keys() == ENGLISH.keys()
    for name in ("grammar", "ordinary", "calendar", "lookalikes", "synonyms"):
        assert shown[name].keys() == ENGLISH[name].keys()
    assert shown["grammar"]["roles"].keys() == ENGLISH["grammar"]["roles"].keys()
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == ENGLISH["signs"].keys()
    assert [name for name in ENGLISH["things"] if f"`{name}`" not in page] == []


def test_groups_find_the_same_together_as_alone() -> None:
    first = Lexis([("share | shares", Category.SHARING), ("share it with us", Category.OTHER)])
    second = Lexis([("shar*", Category.SALE), ("with", Category.CONTACT), ("opt out", Category.SHARING)])
    text = "We share it with us, share\u2014and sharing with an opt-out; opt, out."
    together = Index([first, second]).find(tokens(text), text)
    assert [term.text for term in together[first]] == ["share it with us", "share"]
    assert [term.text for term in together[second]] == [
        "share",
        "with",
        "share",
        "sharing",
        "with",
        "opt-out",
    ]
    for lexis in (first, second):
        assert together[lexis] == lexis.find(text)


def test_stored_stems_are_those_of_the_stemmer_and_not_outdated() -> None:
    stemmer, known = snowballstemmer.stemmer("english"), stored("en")
    assert known == {word: stemmer.stemWord(word) for word in known}
    words = {word for line in ENGLISH["synonyms"]["words"] for word in line.split()}
    assert len(words - known.keys()) < len(words) / 10, "run bench/stems.py"
