"""Texts that are not the policy they should be."""

import json
from pathlib import Path

import pytest

from notifier.changes.alarms import alarms
from notifier.policy.read import read

POLICY = (
    "We collect the data that you give us and we use it for the orders that you place with our shop. " * 12
)


def codes(old: str, new: str) -> list[str]:
    return [alarm.code for alarm in alarms(read(old.encode(), "a.txt"), read(new.encode(), "a.txt"))]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (POLICY, []),
        (POLICY[: len(POLICY) // 2], []),
        ("We keep your data and that is all that there is to it.", ["text-vanished"]),
        ("404 Not Found. The page you asked for does not exist.", ["error-page", "text-vanished"]),
        ("Please enable JavaScript and verify that you are human.", ["error-page", "text-vanished"]),
        ("This is an archived version of our policy. " + POLICY, ["seems-swapped"]),
        (
            "Wir erheben die Daten, die Sie uns geben, und nutzen sie für die Firma. " * 20,
            ["language-changed"],
        ),
        ("Last updated 1 May 2010. " + POLICY, ["date-backwards"]),
    ],
)
def test_alarms(new: str, expected: list[str]) -> None:
    old = "Last updated 1 May 2020. " + POLICY if expected == ["date-backwards"] else POLICY
    assert codes(old, new) == expected


@pytest.mark.parametrize(
    "page",
    [
        "Not Found\n\nThe requested URL /privacy was not found on this server.",
        "Error 403. Forbidden.",
        "HTTP Error 503",
        "Access Denied\n\nYou don't have permission to access this resource. Reference #18.5.",
        "Sorry, you have been blocked",
        "502 Bad Gateway\n\nnginx",
        "We\u2019ll be back soon. The shop is under maintenance.",
        "This page could not be found.",
        "Die Seite wurde leider nicht gefunden.",
        "Page introuvable. La page demandée n\u2019existe plus.",
        "La página que busca no existe.",
        "Pagina non trovata",
        "Deze pagina is niet gevonden",
        "Página não encontrada",
        "Sidan kunde inte hittas",
        "ページが見つかりません",
        "страница не найдена",
    ],
)
def test_an_error_page_is_known(page: str) -> None:
    assert codes(POLICY, page)[0] == "error-page"
    assert codes(page, POLICY)[0] == "error-page"


@pytest.mark.parametrize(
    "page",
    [
        "Just a moment...\n\nChecking your browser before you access the site. Ray ID: 7a.",
        "Please enable JavaScript to view this page.",
        "You need to enable JavaScript to run this app.",
        "JavaScript is disabled in your browser.",
        "Our systems have detected unusual traffic from your network.",
        "Before you continue\n\nWe use cookies. Accept all. Reject all.",
        "Sign in to continue\n\nEmail. Password. Forgot your password?",
        "Please log in",
        "Bevor Sie fortfahren\n\nAlle akzeptieren. Alle ablehnen.",
        "Bitte melden Sie sich an. Passwort vergessen?",
        "Nous respectons votre vie privée. Tout accepter. Continuer sans accepter.",
        "Antes de continuar. Aceptar todas. Rechazar todas.",
        "Accetta tutti i cookie per leggere la pagina.",
        "Alles accepteren. Wachtwoord vergeten?",
        "Confirm you are not a robot.",
    ],
)
def test_a_wall_is_known(page: str) -> None:
    assert codes(POLICY, page)[0] == "error-page"


def test_an_error_page_that_was_kept_as_the_old_version_is_found() -> None:
    assert codes("# Not found\n\nError 404\n", POLICY) == ["error-page"]


def test_an_error_page_full_of_other_things_is_known_by_its_title() -> None:
    links = "\n".join(f"Our shop sells thing number {number} to everybody." for number in range(60))
    page = f"<html><head><title>Page not found</title></head><body><main><p>{links}</p></main></body></html>"
    assert "error-page" in [
        alarm.code for alarm in alarms(read(POLICY.encode(), "a.txt"), read(page.encode(), "a.html"))
    ]


def test_a_long_policy_may_speak_of_errors_and_cookies() -> None:
    assert codes(POLICY, POLICY + "We log each 404 error. You can accept all cookies. " + POLICY * 2) == []


def test_a_short_policy_may_speak_of_cookies_and_logins() -> None:
    """It is short, and speaks as a wall does; but most of it stood in the old one."""
    old = "We set one cookie.\n\nIt knows your basket.\n\nWe keep no log.\n\nWrite to us about it.\n"
    new = old + "\nPlease log in to your account to accept all cookies.\n"
    assert codes(old, new) == codes(new, old) == []


def test_a_language_that_is_not_known_is_not_the_same_one() -> None:
    other = " ".join(f"balu{number} keri nosa{number % 7} vatu" for number in range(60))
    (alarm,) = alarms(read(POLICY.encode(), "a.txt"), read(other.encode(), "a.txt"))
    assert (alarm.code, alarm.detail) == ("language-changed", "from en to one that is not known")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Version 2.0", "Version 1.9", ["seems-swapped"]),
        ("Version 1.9", "Version 1.10", []),
        ("Version 3", "Version 3", []),
        ("", "You can read the previous version of this policy here.", []),
        ("", "The Privacy Shield has been replaced by another framework.", []),
        ("", "This policy is no longer in force.", ["seems-swapped"]),
        ("This policy is no longer in force.", "", []),
        ("", "Dies ist eine ältere Fassung dieser Erklärung.", ["seems-swapped"]),
    ],
)
def test_old_and_new_seem_swapped(old: str, new: str, expected: list[str]) -> None:
    assert codes(f"{old}\n\n{POLICY}", f"{new}\n\n{POLICY}") == expected


@pytest.mark.shared
def test_no_real_pair_raises_an_alarm_and_a_swapped_dated_one_does(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "corpus" / "INDEX.jsonl").read_text().splitlines()]
    dated = 0
    for row in rows:
        folder = shared / "corpus" / row["source"] / row["id"]
        old, new = (read((folder / name).read_bytes(), name) for name in ("old.md", "new.md"))
        assert alarms(old, new) == (), row["id"]
        if old.effective_date and new.effective_date and old.effective_date < new.effective_date:
            dated += 1
            assert "date-backwards" in [alarm.code for alarm in alarms(new, old)], row["id"]
    assert dated > 100
