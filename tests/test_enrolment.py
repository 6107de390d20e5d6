"""Enrolling in SQL comes to the same as enrolling person by person, and happens whole or not at all."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from notifier.audience.subscriber import MAX_NAME, Subscriber, Unreachable, one_line
from notifier.delivery.states import State
from notifier.errors import WrongUse
from notifier.flow import sending, subscribers
from notifier.store import audience, company, database, enrolment, plain
from notifier.store.audience import AudienceSource, OwnList, open_audience
from notifier.store.company import CompanyTable
from notifier.store.database import Database
from notifier.store.tables import deliveries
from ready import HASH, approved

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Settings:
    """As the section [audience] of the configuration: a table in the ledger's own database."""

    url: str = ""
    table: str = "customer"
    id: str = "id"
    email: str = "email"
    name: str = "name"
    locale: str = "locale"
    where: str = ""


@dataclass(frozen=True)
class Bytes:
    """What SQLite is told to take for text, whatever it is."""

    raw: bytes


class ByPerson:
    """The same audience, without the way through SQL."""

    def __init__(self, source: AudienceSource) -> None:
        self._source = source
        self.label = source.label

    def describe(self) -> dict[str, object]:
        return self._source.describe()

    def count(self) -> int:
        return self._source.count()

    def read(self) -> Iterator[Subscriber | Unreachable]:
        return self._source.read()


def enrolled(
    db: Database, notice_id: int, source: AudienceSource, now: datetime
) -> tuple[int, list[tuple[Any, ...]]] | str:
    """Enrol, and undo that; how many were read with the ledger's rows, or what was wrong."""
    columns = [column for column in deliveries.c if column.name != "id"]
    with db.write() as connection:
        attempt = connection.begin_nested()
        try:
            read = enrolment.enrol(connection, notice_id, source, now, lambda _done: None)
        except WrongUse as error:
            return str(error).partition(":")[0]  # which of several bad ids it tells is its own choice
        else:
            rows = connection.execute(select(*columns).order_by(deliveries.c.subscriber_ref)).all()
            return read, [tuple(row) for row in rows]
        finally:
            attempt.rollback()


def fill(db: Database, types: str, rows: Sequence[Sequence[object]]) -> None:
    """Make the customer table; `types` declares its columns."""
    db.engine.dispose()  # statements that were prepared for a table of the same name
    with db.write() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS customer")
        connection.exec_driver_sql(f"CREATE TABLE customer ({types})")
        for row in rows:
            insert(connection, row)


def insert(connection: Connection, row: Sequence[object]) -> None:
    sqlite = connection.dialect.name == "sqlite"
    marks = ", ".join(_mark(value) if sqlite else "%s" for value in row)
    values = tuple(each.raw if isinstance(each, Bytes) else each for each in row)
    connection.exec_driver_sql(f"INSERT INTO customer VALUES ({marks})", values)


def _mark(value: object) -> str:
    return "CAST(? AS text)" if isinstance(value, Bytes) else "?"


# What stands in customer tables, and what should not. A row has one odd cell at most: two of them would hide
# each other, since either is a reason to leave the row to Python.

PARTS = list(
    ".-@_+/,<;' \t\n\x00\x1f\x7f\x80\u00a0\u1680\u200b\u2028\u3000\ufeff\u00e9\u0130\u00df\U0001f600AZ9a"
)
PARTS += ["..", "--", "  ", "\r\n", ".ORG", "@b.com", "a" * 61]
EMAILS = [
    "",
    "nobody",
    "@b.com",
    "a@",
    "a@b",
    "a@b.c1",
    "a@1.2.3.4",
    "a@b_c.org",
    "a@b+c.org",
    "a@b/c.org",
    "A@B.COM",
]
EMAILS += [
    "a@-b.com",
    "a@b-.com",
    "a@b..com",
    "a@.b.com",
    "a.@b.com",
    ".a@b.com",
    "a..b@c.com",
    "a@b.com.",
    "a@b@c.de",
]
EMAILS += [
    "a" * 57 + "@b.com",
    "a" * 65 + "@b.com",
    "a@" + "b" * 64 + ".com",
    "a@xn--bcher-kva.de",
    "a@b\u00fccher.de",
]
NAMES = [
    "",
    "A  B",
    " A",
    "A ",
    "x" * 200,
    "x" * 201,
    "\u00e9" * 200,
    "\u00e9" * 201,
    "\u042f\u043d",
    "\u674e \u5c0f\u9f8d",
]
EMAILS += [
    "a,b@c.com",
    "a b@c.com",
    "a\\b@c.com",
    "a[b@c.com",
    "\u00e9@b.com",
    "a\x00b@c.com",
    "o'neil@b.com",
]
LOCALES = [
    "",
    "EN",
    "en_GB",
    "pt-br",
    "zh_Hant_TW",
    "e",
    "engl",
    "en-",
    "en_",
    "1n",
    "I\u0130",
    "fil",
    "e" * 21,
]


def spoiled(text: str) -> st.SearchStrategy[str]:
    """Put something into a good text, anywhere."""
    places = st.integers(0, len(text))
    return st.tuples(places, st.sampled_from(PARTS)).map(lambda put: text[: put[0]] + put[1] + text[put[0] :])


texts = st.none() | st.text(max_size=9)
emails = spoiled("ana.li@mail.example.com") | st.sampled_from(EMAILS) | texts
names = spoiled("Ana Li") | st.sampled_from(NAMES) | texts
locales = spoiled("en-gb") | st.sampled_from(LOCALES) | texts
refs = spoiled("K-17") | st.sampled_from(["1", "2", "\u00e9", "x" * 200]) | st.text(min_size=1, max_size=5)
# As text, but not UTF-8, or with a NUL, where C would stop reading.
BROKEN = [b"ana\xe9", b"Li \xc3\xa9\xa9", b"\xe9\xa9", b"\xa1", b"a@b.com\0", b"en\0", b"\0", b"Li\xc3\xa9\0"]
anything = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=6)
    | (st.sampled_from(BROKEN) | st.binary(max_size=6)).map(Bytes)
)


def odd_cell(
    email: st.SearchStrategy[Any], name: st.SearchStrategy[Any], locale: st.SearchStrategy[Any]
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Make rows with an odd address, name or locale, without their ids."""
    return st.one_of(
        st.tuples(email, st.just("Ana Li"), st.just("en")),
        st.tuples(st.just("ana@example.com"), name, st.just("en")),
        st.tuples(st.just("ana@example.com"), st.just("Ana Li"), locale),
    )


def storable(text: str | None) -> bool:
    """Whether PostgreSQL takes it as text."""
    return text is None or "\0" not in text


cells_on_sqlite = odd_cell(emails | anything, names | anything, locales | anything)
ON_SQLITE = st.tuples(st.integers(-5, 40), cells_on_sqlite).map(lambda row: (row[0], *row[1]))
ODD_IDS = st.tuples(
    st.integers(-5, 40) | refs | st.floats(-2, 2) | st.binary(max_size=2),
    st.sampled_from([("ana@example.com", "Ana", "en"), ("nobody", None, "")]),
).map(lambda row: (row[0], *row[1]))
KINDS_OF_ID: dict[str, st.SearchStrategy[object]] = {
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "text": refs.filter(storable),
    "varchar(250)": refs.filter(storable),
    "char(5)": st.text("ab1\u00e9", max_size=5),
    "uuid": st.uuids(),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=9, max_value=10**6, min_value=-1),
    "boolean": st.booleans(),
    "real": st.floats(width=32, allow_nan=False, allow_infinity=False),
}
KINDS_OF_TEXT: dict[str, Callable[[str | None], object]] = {
    "text": lambda text: text,
    "varchar": lambda text: text,
    'text COLLATE "C"': lambda text: text,
    "char(210)": lambda text: text and text[:210],
    "bytea": lambda text: None if text is None else text.encode(),
}


@st.composite
def on_postgresql(draw: st.DrawFn) -> tuple[str, list[tuple[object, ...]]]:
    """Make a table: the types of its columns, and rows."""
    kind = draw(st.sampled_from(["bigint", "uuid"]) | st.sampled_from(list(KINDS_OF_ID)))
    of = draw(st.sampled_from(list(KINDS_OF_TEXT)))
    cells = odd_cell(emails.filter(storable), names.filter(storable), locales.filter(storable))
    rows = draw(st.lists(st.tuples(KINDS_OF_ID[kind], cells), max_size=9, unique_by=lambda row: row[0]))
    convert = KINDS_OF_TEXT[of]
    table = [(ref, *(convert(cell) for cell in others)) for ref, others in rows]
    return f"id {kind}, email {of}, name {of}, locale {of}", table


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (audience, company, enrolment):
        monkeypatch.setattr(module, "SLICE", 3)


def both_ways_agree(db: Database, notice_id: int, now: datetime) -> None:
    source = open_audience(db, Settings())
    assert enrolled(db, notice_id, source, now) == enrolled(db, notice_id, ByPerson(source), now)


ROUNDS = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_any_table_on_sqlite_is_enrolled_as_person_by_person(
    db: Database, now: datetime, small_slices: None
) -> None:
    notice_id = approved(db, now)

    @ROUNDS
    @given(
        st.lists(ON_SQLITE, max_size=9, unique_by=lambda row: row[0]) | st.lists(ODD_IDS, max_size=5),
        st.sampled_from(["", "text", "integer"]),
    )
    def check(rows: list[tuple[object, ...]], affinity: str) -> None:
        fill(db, f"id {affinity}, email, name, locale text", rows)
        both_ways_agree(db, notice_id, now)

    check()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_any_table_on_postgresql_is_enrolled_as_person_by_person(
    db: Database, now: datetime, small_slices: None
) -> None:
    notice_id = approved(db, now)

    @ROUNDS
    @given(on_postgresql())
    def check(table: tuple[str, list[tuple[object, ...]]]) -> None:
        fill(db, *table)
        both_ways_agree(db, notice_id, now)

    check()


def numbered(count: int) -> list[tuple[object, ...]]:
    """Rows that need nothing but SQL, with names outside of ASCII, domains in upper case, any locale."""
    return [
        (n, f"P.{n}@Example.org", f"Zo\u00eb {n}", ("en_GB", "", None)[n % 3]) for n in range(1, count + 1)
    ]


COLUMNS = "id integer PRIMARY KEY, email text, name text, locale text"


def start(db: Database, notice_id: int, now: datetime, **options: Any) -> int:  # noqa: ANN401 - those of `start`
    source = options.pop("source", None) or open_audience(db, Settings())
    return sending.start(
        db, notice_id, audience=source, content_hash=HASH, retry_for=WEEK, now=now, **options
    )


def no_longer(*_arguments: object) -> None:
    raise AssertionError("Python looks at a person")


def test_plain_rows_take_no_python(db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the agreement of both ways would say nothing, and a million people would take minutes."""
    fill(db, COLUMNS, numbered(7))
    monkeypatch.setattr(CompanyTable, "_person", no_longer)
    notice_id = approved(db, now)
    assert start(db, notice_id, now) == 7
    first, second, third, *_ = sending.ledger(db, notice_id, None)
    assert (first.subscriber_ref, first.email, first.email_key) == ("1", "P.1@example.org", "p.1@example.org")
    assert (first.name, first.locale) == ("Zo\u00eb 1", "")
    assert (second.locale, third.locale) == ("", "en-gb")
    assert (first.state, first.attempts, first.changed_at) == (State.PENDING, 0, now)


def test_the_imported_list_takes_no_python(
    db: Database, now: datetime, small_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [Subscriber("", f"P{n}@example.com", f"P {n}", "de") for n in range(8)]
    subscribers.import_rows(db, people, now)
    source = open_audience(db, Settings(table=""))
    notice_id = approved(db, now)
    assert enrolled(db, notice_id, source, now) == enrolled(db, notice_id, ByPerson(source), now)
    monkeypatch.setattr(OwnList, "read", no_longer)
    assert start(db, notice_id, now, source=source) == 8
    assert [each.email for each in sending.ledger(db, notice_id, None)] == [each.email for each in people]


def test_ids_of_deliveries_follow_those_of_the_table(db: Database, now: datetime, small_slices: None) -> None:
    fill(db, COLUMNS, numbered(10)[::-1])
    notice_id = approved(db, now)
    start(db, notice_id, now)
    assert [each.subscriber_ref for each in sending.ledger(db, notice_id, None)] == [
        str(n) for n in range(1, 11)
    ]


def test_a_view_and_a_condition(db: Database, now: datetime, small_slices: None) -> None:
    fill(db, COLUMNS, numbered(12))
    with db.write() as connection:
        connection.exec_driver_sql('CREATE VIEW "to tell" AS SELECT id + 100 AS nr, email FROM customer')
    source = open_audience(
        db, Settings(table="to tell", id="nr", name="", locale="", where="nr > 104 OR nr = 101 -- but these")
    )
    notice_id = approved(db, now)
    assert enrolled(db, notice_id, source, now) == enrolled(db, notice_id, ByPerson(source), now)
    assert start(db, notice_id, now, source=source) == 9


def test_the_same_database_by_its_url(db: Database, database_url: str) -> None:
    fill(db, COLUMNS, numbered(1))
    named = open_audience(db, Settings(url=database_url))
    assert isinstance(named, CompanyTable)
    assert named.lies_in(db.engine)


def test_another_database_is_read_person_by_person(
    db: Database, blank_url: str, now: datetime, small_slices: None
) -> None:
    company_db = database.create(blank_url)
    fill(company_db, COLUMNS, numbered(7))
    company_db.close()
    source = open_audience(db, Settings(url=blank_url))
    assert isinstance(source, CompanyTable)
    assert not source.lies_in(db.engine)
    notice_id = approved(db, now)
    assert start(db, notice_id, now, source=source) == 7


def test_a_condition_that_fails_at_a_row(db: Database, now: datetime) -> None:
    """Where it fails only once everybody is read, nobody is enrolled, and the key is named."""
    fill(db, COLUMNS, numbered(3))
    failing = {
        "sqlite": "abs(-9223372036854775804 - id) > 0 AND json(email) IS NULL",
        "postgresql": "1 / (id - 3) < 9",
    }
    source = open_audience(db, Settings(where="id < 0"))
    assert isinstance(source, CompanyTable)
    source._settings = Settings(where=failing[db.engine.dialect.name])
    notice_id = approved(db, now)
    with pytest.raises(WrongUse, match=r"\[audience\] where"):
        start(db, notice_id, now, source=source)
    assert sending.counts(db, notice_id) == {}


def test_enrolling_can_be_interrupted_between_slices(db: Database, now: datetime, small_slices: None) -> None:
    fill(db, COLUMNS, numbered(10))
    notice_id = approved(db, now)
    told: list[int] = []

    def interrupt(done: int) -> None:
        told.append(done)
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start(db, notice_id, now, progress=interrupt)
    assert told == [3, 6]
    assert sending.counts(db, notice_id) == {}
    told.clear()
    assert start(db, notice_id, now, progress=told.append) == 10
    assert told == [3, 6, 9, 10]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_ids_that_are_the_same_as_text_are_counted(db: Database, now: datetime, small_slices: None) -> None:
    row = ("ana@example.com", "Ana", "en")
    fill(db, "id, email, name, locale", [(1, *row), (2, *row), ("1", *row), (3, *row)])
    notice_id = approved(db, now)
    with pytest.raises(WrongUse, match=r"\[audience\] id: .* 4 rows, .* 'id' only 3 different"):
        start(db, notice_id, now)
    assert sending.counts(db, notice_id) == {}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_domains_are_plain_by_their_base_type(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.write() as connection:
        connection.exec_driver_sql("CREATE DOMAIN address AS varchar(80) CHECK (VALUE LIKE '%%@%%')")
    fill(db, "id bigint, email address, name char(30), locale text", numbered(2))
    monkeypatch.setattr(CompanyTable, "_person", no_longer)
    assert start(db, approved(db, now), now) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_row_that_changes_meanwhile_is_enrolled_once(
    db: Database, now: datetime, small_slices: None
) -> None:
    """One that was to go through Python becomes plain, and the other way round, while others are enrolled."""
    rows = numbered(9)
    rows[7] = (8, "not an address", "Eve", "")
    fill(db, COLUMNS, rows)
    notice_id = approved(db, now)

    def change(done: int) -> None:
        if done == 3:
            with db.write() as connection:
                connection.exec_driver_sql("UPDATE customer SET email = 'eve@example.com' WHERE id = 8")
                connection.exec_driver_sql("UPDATE customer SET email = 'nobody' WHERE id IN (1, 9)")

    assert start(db, notice_id, now, progress=change) == 9
    states = {each.subscriber_ref: each.state for each in sending.ledger(db, notice_id, None)}
    assert (states["1"], states["8"], states["9"]) == (State.PENDING, State.PENDING, State.SKIPPED)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_larger_cache_is_for_enrolling_only(db: Database, now: datetime) -> None:
    fill(db, COLUMNS, numbered(1))
    start(db, approved(db, now), now)
    with db.read() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -2000


def test_no_name_that_needs_mending_is_plain() -> None:
    letters = re.compile(plain._NO_LETTERS.strip("*"))
    for code in range(sys.maxunicode + 1):
        if not letters.search(chr(code)) and chr(code) != " ":
            assert one_line(chr(code), MAX_NAME) == chr(code), hex(code)
