"""The commands of the opt-out log, as a person uses them."""

import csv
import io
from pathlib import Path

import pytest

from command import Desk
from letters import bounce, letter
from notifier.delivery import token

MOST = 2**63 - 1


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, "sqlite:///notifier.db")
    desk.ok("init")
    desk.ok("subscribers", "import", tmp_path / "customers.csv")
    desk.ok("send", tmp_path / "old.md", tmp_path / "new.md", "--policy", "privacy", "--yes")
    for name in ("cur", "new", "tmp"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
    return desk


def receive(desk: Desk, *raws: bytes) -> None:
    for number, raw in enumerate(raws):
        (desk.folder / "inbox" / "new" / str(number)).write_bytes(raw)
    desk.ok("receive")


def rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out), dialect="excel-tab"))


def test_the_list_of_what_waits_shows_what_people_wrote(desk: Desk) -> None:
    receive(
        desk,
        letter("How do I\nopt out? " + "I wonder. " * 20, sender="ana@mail.example", delivery=None),
        letter("", sender="x@mail.example", delivery=None, subject="A question", quoted=False),
    )
    first, second = rows(desk.ok("optouts", "list", "--waiting"))
    assert first["wrote"] == "How do I opt out? I wonder. I wonder. I wonder. I wonder. I…"
    assert len(first["wrote"]) == 60
    assert (first["from"], first["kind"]) == ("ana@mail.example", "unclear")
    assert "without asking for it" in first["why"]
    assert second["wrote"] == "(subject) A question"


def test_filters_on_what_waits_apply_or_are_refused(desk: Desk) -> None:
    receive(desk, letter("Hm?", sender="ana@mail.example", delivery=None))
    assert len(rows(desk.ok("optouts", "list", "--waiting", "--notice", "1", "--text", "ANA@"))) == 1
    assert not rows(desk.ok("optouts", "list", "--waiting", "--notice", "2"))
    assert not rows(desk.ok("optouts", "list", "--waiting", "--until", "2020-01-01"))
    line = desk.fails(2, "optouts", "list", "--waiting", "--timing", "late")
    assert "has no timing and no scope yet: filter by --notice" in line


def test_a_mail_signed_with_another_key_says_so(desk: Desk) -> None:
    foreign = f"References: <{token.make(1, b'another key')}@mail.example>"
    receive(desk, letter(sender="ana@mail.example", delivery=None, headers=foreign))
    assert not rows(desk.ok("optouts", "list"))
    (waiting,) = rows(desk.ok("optouts", "list", "--waiting"))
    assert waiting["why"] == "it carries a reference that was signed with another key"
    assert "in window" in desk.ok("optouts", "resolve", waiting["mail"], "opt-out-change")


def test_logging_twice_is_said(desk: Desk) -> None:
    ana = ("optouts", "add", "ana@mail.example", "--note", "by telephone")
    assert desk.ok(*ana) == "entry 1: this change, in window\n"
    assert desk.ok(*ana, "--scope", "all") == "entry 2: all communications, in window\n"
    said = "already logged as entry 1; logged again as entry 3: this change, in window\n"
    assert desk.ok(*ana) == said


def test_show_says_what_matters_and_raw_gives_the_mail(desk: Desk) -> None:
    raw = letter("Please opt me out.", sender="ana@mail.example", delivery=None)
    receive(desk, raw)
    shown = desk.ok("optouts", "show", "1")
    assert "entry 1: ana@mail.example opts out of this change" in shown
    assert "fetched" in shown
    assert "None" not in shown
    assert ">" not in shown.replace("<- this one", "").replace("->", "")
    assert "optouts show 1 --raw" in shown
    assert desk.ok("optouts", "show", "1", "--raw").encode() == raw
    assert "mail 1: opt-out" in desk.ok("optouts", "show", "1", "--mail")


@pytest.mark.parametrize(
    "words",
    [
        ("show", "99999999999999999999"),
        ("show", "0"),
        ("resolve", "99999999999999999999", "done"),
        ("list", "--notice", "99999999999999999999"),
        ("export", "--notice", "99999999999999999999"),
        ("add", "ana@mail.example", "--note", "x", "--notice", "99999999999999999999"),
    ],
)
def test_a_number_no_database_can_hold_is_wrong_use(desk: Desk, words: tuple[str, ...]) -> None:
    done = desk("optouts", *words)
    assert done.code == 2
    assert "not in the range" in done.err


def test_a_time_before_all_times_is_wrong_use(desk: Desk) -> None:
    done = desk("optouts", "list", "--since", "0001-01-01T00:00+14:00")
    assert done.code == 2
    assert "is no time" in done.err


@pytest.mark.parametrize("words", [("show", MOST), ("resolve", MOST, "done")])
def test_the_largest_number_is_only_not_there(desk: Desk, words: tuple[object, ...]) -> None:
    assert str(MOST) in desk.fails(2, "optouts", *words)


def test_a_hostile_mail_is_listed_and_shown(desk: Desk) -> None:
    receive(desk, b"\x00\xff" * 500, bounce(None, "\x1b]0;x\x07@example.org"), b"From: \xff\n\n\x9b2J")
    for waiting in rows(desk.ok("optouts", "list", "--waiting")):
        shown = desk.ok("optouts", "show", waiting["mail"], "--mail")
        assert not any(char in shown for char in "\x00\x07\x1b\x9b")


def test_an_export_is_whole_or_not_there(desk: Desk) -> None:
    desk.ok("optouts", "add", "ana@mail.example", "--note", "by telephone")
    file = desk.folder / "log.csv"
    desk.ok("optouts", "export", "-o", file)
    (entry,) = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    assert entry["email"] == "ana@mail.example"
    assert not list(desk.folder.glob("*.part"))
    line = desk.fails(2, "optouts", "export", "-o", desk.folder / "nowhere" / "log.csv")
    assert "No such file or directory" in line


def test_an_export_that_breaks_leaves_the_last_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from notifier.flow import optouts  # noqa: PLC0415 - only this test breaks it

    file = desk.folder / "log.csv"
    desk.ok("optouts", "export", "-o", file)
    before = file.read_bytes()
    desk.ok("optouts", "add", "ana@mail.example", "--note", "by telephone")

    def broken(_row: object) -> dict[str, object]:
        raise MemoryError

    monkeypatch.setattr(optouts, "csv_safe", broken)
    with pytest.raises(MemoryError):
        desk("optouts", "export", "-o", file)
    assert file.read_bytes() == before
    assert not list(desk.folder.glob("*.part"))


def test_an_export_into_a_pipe_is_written_as_it_comes(desk: Desk) -> None:
    desk.ok("optouts", "export", "-o", "/dev/null")
    assert Path("/dev/null").is_char_device()


def test_the_help_says_what_timing_and_grade_mean(desk: Desk) -> None:
    said = desk.ok("optouts", "list", "--help")
    for word in ("in window ", "late ", "early ", "confirmed ", "token only ", "sender only ", "unknown "):
        assert any(line.strip(" │").startswith(word) for line in said.splitlines()), word
