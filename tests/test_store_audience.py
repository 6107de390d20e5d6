"""Who is to be told, from our own list and from tables a company may have, which are never written to."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from notifier.audience.subscriber import Subscriber, Unreachable
from notifier.delivery.states import NoticeState
from notifier.errors import Problem, TryAgain, WrongUse
from notifier.flow import sending, subscribers
from notifier.store import audience, company, database, deliveries, notices
from notifier.store.audience import AudienceSource, open_audience
from notifier.store.company import CompanyTable
from notifier.store.database import Database
from ready import HASH, approved


@dataclass(frozen=True)
class Settings:
    """As the section [audience] of the configuration."""

    url: str = ""
    table: str = "customer"
    id: str = "id"
    email: str = "email"
    name: str = ""
    locale: str = ""
    where: str = ""


CUSTOMERS = """
CREATE TABLE customer (id integer PRIMARY KEY, email text, "Full Name" text, lang text, active integer);
INSERT INTO customer VALUES
  (3, 'ana@example.com', 'Ana López', 'es', 1),
  (1, 'Bob@Example.com ', 'Bob', 'en_GB', 1),
  (7, 'nobody', 'No Body', '', 1),
  (4, NULL, 'Nil', NULL, 1),
  (12, 'eve@example.com', 'Eve' || chr(13) || chr(10) || 'Bcc: all@example.com', 'Klingonisch', 1),
  (5, 'gone@example.com', 'Gone', 'en', 0);
"""
EVERYBODY = [
    Subscriber("1", "Bob@example.com", "Bob", "en-gb"),
    Subscriber("3", "ana@example.com", "Ana López", "es"),
    Unreachable(Subscriber("4", "", "Nil", ""), "the address is empty"),
    Unreachable(Subscriber("7", "nobody", "No Body", ""), "the address has no @"),
    Subscriber("12", "eve@example.com", "Eve Bcc: all@example.com", ""),
]
ACTIVE = Settings(name="Full Name", locale="lang", where="active = 1")


def run(url: str, script: str) -> None:
    """Run statements in the company's database, as the company does."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as connection:
            connection.create_function("chr", 1, chr)
            connection.executescript(script)
        return
    engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            connection.execute(text(statement.replace(":", r"\:")))
    engine.dispose()


@pytest.fixture
def company_url(blank_url: str) -> str:
    """A database of the company's own, apart from ours."""
    run(blank_url, CUSTOMERS)
    return blank_url


@pytest.fixture
def own(sqlite_template: Path) -> Iterator[Database]:
    """Our database, where it does not matter."""
    db = database.connect(f"sqlite:///{sqlite_template}")
    yield db
    db.close()


def at(settings: Settings, url: str, /, **changes: str) -> Settings:
    return replace(settings, **({"url": url} | changes))


def test_the_imported_list(db: Database, now: datetime) -> None:
    people = [Subscriber("", f"p{number}@example.com", f"P {number}", "") for number in range(5)]
    subscribers.import_rows(db, people, now)
    source = open_audience(db, Settings(table=""))
    assert [each.email for each in source.read() if isinstance(each, Subscriber)] == [
        each.email for each in people
    ]
    assert len({each.ref for each in source.read() if isinstance(each, Subscriber)}) == 5
    assert source.count() == 5
    assert source.describe() == {"source": "the imported list"}


def test_the_imported_list_is_read_in_pages(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "PAGE", 3)
    for count in (0, 1, 3, 4, 6):
        rows = [Subscriber("", f"p{number}@example.com") for number in range(count)]
        subscribers.import_rows(db, rows, now)
        source = open_audience(db, Settings(table=""))
        assert len(list(source.read())) == count == source.count()


def test_a_table_of_the_company(own: Database, company_url: str) -> None:
    source = open_audience(own, at(ACTIVE, company_url))
    assert list(source.read()) == EVERYBODY
    assert list(source.read()) == EVERYBODY  # as often as one likes
    assert source.count() == len(EVERYBODY)


def test_a_table_in_the_same_database(db: Database, database_url: str) -> None:
    run(database_url, CUSTOMERS)
    source = open_audience(db, ACTIVE)
    with db.write():  # as when people are enrolled
        assert list(source.read()) == EVERYBODY


@pytest.mark.parametrize("page", [1, 2, 3, 5, 6])
def test_pages_lose_nobody(
    own: Database, company_url: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "PAGE", page)
    assert list(open_audience(own, at(ACTIVE, company_url)).read()) == EVERYBODY


def test_id_and_email_are_enough(own: Database, company_url: str) -> None:
    people = list(open_audience(own, Settings(url=company_url)).read())
    assert len(people) == 6
    assert people[0] == Subscriber("1", "Bob@example.com")


def test_a_view_and_an_odd_name(own: Database, company_url: str) -> None:
    odd = 'se"lect.ö;--'
    quoted = odd.replace('"', '""')
    run(
        company_url,
        f'CREATE VIEW "{quoted}" AS SELECT id AS "from", email AS "%s:x" FROM customer WHERE id < 4',
    )
    source = open_audience(own, Settings(url=company_url, table=odd, id="from", email="%s:x"))
    assert [each.ref for each in source.read() if isinstance(each, Subscriber)] == ["1", "3"]


def test_ids_that_are_text(own: Database, company_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "PAGE", 2)
    run(company_url, "CREATE TABLE people (key varchar(20) PRIMARY KEY, mail text)")
    run(company_url, "INSERT INTO people SELECT 'K-' || id, email FROM customer WHERE active = 1")
    people = list(
        open_audience(own, Settings(url=company_url, table="people", id="key", email="mail")).read()
    )
    refs = [each.ref if isinstance(each, Subscriber) else each.person.ref for each in people]
    assert sorted(refs) == ["K-1", "K-12", "K-3", "K-4", "K-7"]


@pytest.mark.parametrize("blank_url", ["postgresql"], indirect=True)
def test_a_schema_and_ids_that_are_uuids(own: Database, company_url: str) -> None:
    run(company_url, "CREATE SCHEMA crm")
    run(company_url, "CREATE TABLE crm.person (id uuid DEFAULT gen_random_uuid(), email varchar, at point)")
    run(
        company_url,
        "INSERT INTO crm.person (email) SELECT 'p' || n || '@example.com' FROM generate_series(1, 9) AS n",
    )
    people = list(open_audience(own, Settings(url=company_url, table="crm.person")).read())
    assert len({each.ref for each in people if isinstance(each, Subscriber) and len(each.ref) == 36}) == 9


@pytest.mark.parametrize(
    ("where", "refs"),
    [
        ("active = 0", ["5"]),
        ("active = 0 OR id = 3", ["3", "5"]),  # not torn apart by what is added to it
        ("email LIKE '%@example.com' AND id > 3 -- the newer ones", ["5", "12"]),
        ("lang = 'a:b' OR id = 12", ["12"]),
        ("id = 3 AND '%(x)s %% :y' <> ''", ["3"]),
    ],
)
def test_a_condition_is_passed_on_as_it_is(
    own: Database, company_url: str, where: str, refs: list[str]
) -> None:
    source = open_audience(own, Settings(url=company_url, where=where))
    assert [each.ref for each in source.read() if isinstance(each, Subscriber)] == refs
    assert source.count() == len(refs)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"table": "kunden"}, ["[audience] table", "kunden", "customer"]),
        ({"table": "crm.customer"}, ["[audience] table", "crm.customer"]),
        ({"id": "nr"}, ["[audience] id", "'nr'", "id, email, Full Name, lang, active"]),
        ({"email": "mail"}, ["[audience] email", "'mail'", "id, email"]),
        ({"email": ""}, ["[audience] email", "''"]),
        ({"name": "name"}, ["[audience] name", "'name'", "Full Name"]),
        ({"locale": "locale"}, ["[audience] locale", "'locale'", "lang"]),
        ({"where": "aktiv = 1"}, ["[audience] where 'aktiv = 1'", "aktiv"]),
        ({"where": "active = "}, ["[audience] where 'active = '", "syntax"]),
        ({"where": "1 = 1); DELETE FROM customer; --"}, ["[audience] where"]),
        ({"url": "mysql://host/crm"}, ["[audience] url", "mysql"]),
        ({"url": "nonsense"}, ["[audience] url", "nonsense"]),
        ({"url": "sqlite:///no/such/place.db"}, ["[audience] url", "no/such/place.db"]),
    ],
)
def test_what_is_wrong_is_named_by_its_key(
    own: Database, company_url: str, changes: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(WrongUse) as caught:
        open_audience(own, at(ACTIVE, company_url, **changes))
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_down(own: Database) -> None:
    with pytest.raises(TryAgain, match=r"127.0.0.1"):
        open_audience(own, Settings(url="postgresql://u:geheim@127.0.0.1:1/crm"))


@pytest.mark.parametrize(
    ("column", "words"),
    [("active", "'1' is there twice"), ("lang", "is empty in a row"), ("email", "is empty in a row")],
)
def test_an_id_that_tells_nobody_apart_is_refused(
    own: Database, company_url: str, column: str, words: str
) -> None:
    source = open_audience(own, Settings(url=company_url, id=column, where="id <> 5"))
    with pytest.raises(WrongUse, match=rf"\[audience\] id.*{words}"):
        next(iter(source.read()))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_ids_that_are_the_same_as_text_enrol_nobody(db: Database, now: datetime, tmp_path: Path) -> None:
    """A column of SQLite holds 1 and '1' side by side; the ledger knows people by the text."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    run(url, "CREATE TABLE customer (nr, email)")
    run(
        url,
        "INSERT INTO customer VALUES (1, 'ana@example.com'), ('1', 'bob@example.com'), (2, 'c@example.com')",
    )
    source = open_audience(db, Settings(url=url, id="nr"))
    notice_id = approved(db, now)
    with pytest.raises(WrongUse, match=r"\[audience\] id: .* 3 rows, .* 'nr' only 2 different"):
        sending.start(db, notice_id, audience=source, content_hash=HASH, retry_for=timedelta(days=4), now=now)
    assert sending.counts(db, notice_id) == {}
    with db.read() as connection:
        notice = notices.get(connection, notice_id)
    assert notice is not None
    assert notice.state is NoticeState.APPROVED


@pytest.mark.timeout(20)  # such an id once made the pages come back for ever
@pytest.mark.parametrize("page", [1, 2, 5])
@pytest.mark.parametrize("ids", ["'a', x'ff'", "x'80', 'é'", "'a', x'61ff'"])
def test_ids_that_are_no_text_are_refused(
    own: Database, tmp_path: Path, ids: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "PAGE", page)
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    run(url, "CREATE TABLE customer (id, email)")
    for each in ids.split(", "):
        run(url, f"INSERT INTO customer VALUES (CAST({each} AS text), 'ana@example.com')")
    with pytest.raises(WrongUse, match=r"\[audience\] id: .* does not do as an id"):
        list(open_audience(own, Settings(url=url)).read())


@pytest.mark.timeout(20)
@pytest.mark.parametrize("blank_url", ["postgresql"], indirect=True)
def test_ids_that_do_not_survive_the_way_through_python_are_refused(
    own: Database, company_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL shows a real number by its shortest name, and finds the number itself greater than that."""
    monkeypatch.setattr(company, "PAGE", 1)
    run(company_url, "CREATE TABLE people (id real, email text)")
    run(company_url, "INSERT INTO people VALUES (0.1, 'ana@example.com')")
    with pytest.raises(WrongUse, match=r"\[audience\] id: reading .* by 'id' comes back to 0\.1"):
        list(open_audience(own, Settings(url=company_url, table="people")).read())


@pytest.mark.parametrize("blank_url", ["postgresql"], indirect=True)
def test_ids_of_a_type_with_an_order_of_its_own(
    own: Database, company_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "PAGE", 1)
    run(company_url, "CREATE TYPE branch AS ENUM ('north', 'east', 'west')")
    run(company_url, "CREATE TABLE shop (id branch, email text)")
    run(company_url, "INSERT INTO shop SELECT unnest(enum_range(NULL::branch)), 'ana@example.com'")
    people = open_audience(own, Settings(url=company_url, table="shop")).read()
    assert [each.ref for each in people if isinstance(each, Subscriber)] == ["north", "east", "west"]


def test_an_error_shows_no_customer(db: Database, now: datetime) -> None:
    long = Subscriber("1", "ana@example.com", "Ana López", "x" * 21)
    with pytest.raises(Exception, match=r"INSERT|value too long") as caught, db.write() as connection:
        deliveries.enrol(connection, 4711, [long], now)
    assert "Ana" not in str(caught.value)
    assert "ana@" not in str(caught.value)


def test_an_id_too_long_for_the_ledger_is_refused(own: Database, company_url: str) -> None:
    run(company_url, "CREATE TABLE people (id text, email text)")
    run(company_url, f"INSERT INTO people VALUES ('{'x' * 201}', 'ana@example.com')")
    with pytest.raises(WrongUse, match=r"\[audience\] id.*up to 200"):
        list(open_audience(own, Settings(url=company_url, table="people")).read())


def test_nothing_is_ever_written(own: Database, company_url: str) -> None:
    source = open_audience(own, Settings(url=company_url))
    assert isinstance(source, CompanyTable)
    for statement in (
        "DELETE FROM customer",
        "CREATE TABLE x (id integer)",
        "UPDATE customer SET active = 0",
    ):
        with (
            pytest.raises(Problem, match=r"read-?only|cannot execute"),
            database.clear_errors(source._engine),
            source._engine.begin() as connection,
        ):
            connection.execute(text(statement))
    assert source.count() == 6


def test_bad_bytes_in_one_row_leave_the_others_readable(own: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'crm #1%?.db'}"
    run(url, "CREATE TABLE customer (id, email, name)")
    run(url, "INSERT INTO customer VALUES (1, 'ana@example.com', CAST(x'c4e4' AS text)), (2, x'ff00', 'Bob')")
    people = list(open_audience(own, Settings(url=url, name="name")).read())
    assert people == [
        Subscriber("1", "ana@example.com", "\ufffd\ufffd"),
        Unreachable(Subscriber("2", "ff00", "Bob"), "the address has no @"),
    ]


def test_a_company_that_writes_meanwhile_is_not_kept_waiting(own: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    run(url, CUSTOMERS)
    people = open_audience(own, Settings(url=url)).read()
    next(people)
    with closing(sqlite3.connect(tmp_path / "crm.db", timeout=0)) as connection:
        connection.execute("UPDATE customer SET active = 0")
        connection.commit()


def test_describing_holds_every_key_and_no_secret(own: Database, company_url: str) -> None:
    settings = at(ACTIVE, company_url)
    before = open_audience(own, settings).describe()
    assert {
        "table": "customer",
        "where": "active = 1",
        "email": "email",
        "name": "Full Name",
    }.items() <= before.items()
    secret = make_url(company_url).update_query_dict(
        {"password": "geheim"} if "postgres" in company_url else {}
    )
    described = str(open_audience(own, at(ACTIVE, secret.render_as_string(hide_password=False))).describe())
    assert "geheim" not in described


def test_both_are_sources(own: Database, company_url: str) -> None:
    sources: list[AudienceSource] = [
        open_audience(own, Settings(table="")),
        open_audience(own, at(ACTIVE, company_url)),
    ]
    assert [source.label.split()[1] for source in sources] == ["imported", "table"]
