"""An approved notice and its customers in a fresh database, for what is measured after the approval."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from notifier.audience.subscriber import Subscriber
from notifier.clock import utc_now
from notifier.delivery import token
from notifier.delivery.message import Person, compile_mail
from notifier.flow import drafting, notices
from notifier.notice import approval, render
from notifier.notice.texts import MailTexts, Sender
from notifier.store import audience, database
from notifier.store.audience import AudienceSource
from notifier.store.database import Database

KEY = bytes(range(32))
SENDER = Sender(
    address="privacy@example.com",
    name="Example Ltd",
    reply_to="privacy+{token}@example.com",
    bounce_to="bounces+{token}@example.com",
    key_id=token.key_id(KEY),
)
WINDOW_DAYS = 7
TITLE = "privacy policy"

# What changes, and so what the mail says; the mail comes to 10,000 bytes with it.
OLD = """# Privacy policy

## What we collect

We collect your name, your postal address and the items that you order.

## Whom we give it to

We do not sell your personal information to anyone.
"""
NEW = """# Privacy policy

## What we collect

We collect your name, your postal address, your precise location and the items that you order.

## Whom we give it to

We may sell your personal information to advertisers.
"""

CUSTOMERS = (
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL, full_name TEXT NOT NULL)",
    # One in ten has a name that a header has to encode.
    """INSERT INTO customers
    WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :count)
    SELECT i, 'customer' || i || '@example.org',
        CASE i % 10 WHEN 0 THEN 'Zoë Müller ' ELSE 'Ann Miller ' END || i
    FROM numbers""",
)


@dataclass(frozen=True, slots=True)
class _Text:
    """A version of the policy."""

    data: bytes
    label: str
    media_type: str = "text/markdown"


@dataclass(frozen=True, slots=True)
class _Columns:
    """The section [audience]: a table of the company's own, in the database of the ledger."""

    url: str = ""
    table: str = "customers"
    id: str = "id"
    email: str = "email"
    name: str = "full_name"
    locale: str = ""
    where: str = ""


def create(url: str, customers: int) -> int:
    """Make the database: so many customers, and a notice that is approved; its id."""
    with closing(database.create(url)) as db:
        with db.write() as connection:
            create_table, fill_it = CUSTOMERS
            connection.execute(text(create_table))
            connection.execute(text(fill_it), {"count": customers})
        return _approved(db)


def _approved(db: Database) -> int:
    """Draft a notice of the change and approve it, as `notifier notice draft` and `approve` do."""
    notice = drafting.draft(
        db,
        "privacy",
        _Text(OLD.encode(), "old.md"),
        _Text(NEW.encode(), "new.md"),
        policy_title=TITLE,
        company=SENDER.name,
        window_days=WINDOW_DAYS,
        on_uncertain="resend",
        by="the benchmark",
        now=utc_now(),
    )
    mails = [_rendered(notice)]
    described = people(db).describe()
    content_hash = approval.content_hash(
        old_sha256=notice.old_sha256,
        new_sha256=notice.new_sha256,
        summary=notice.summary,
        mails=mails,
        audience=described,
        window_days=WINDOW_DAYS,
        sender=SENDER,
    )
    notices.approve(
        db,
        notice.id,
        revision=notice.revision,
        by="the benchmark",
        needed=1,
        content_hash=content_hash,
        mails=mails,
        sender=SENDER,
        audience=described,
        now=utc_now(),
    )
    return notice.id


def _rendered(notice: notices.Notice) -> MailTexts:
    """Write the mail with the shipped templates; it links to the comparison, as attached it is 3 kB more."""
    context = render.MailContext(
        company_name=SENDER.name,
        postal_address="1 Example Street\n12345 Example Town",
        site_url="https://www.example.com",
        contact="privacy@example.com",
        policy_title=TITLE,
        effective_date=None,
        window_days=WINDOW_DAYS,
        summary=notice.summary,
        policy_url="https://www.example.com/privacy",
        redline=None,
        opt_out_address=SENDER.reply_to,
    )
    return render.render_texts("policy-change", "", context, None)


def people(db: Database) -> AudienceSource:
    """Everybody there is."""
    return audience.open_audience(db, _Columns())


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, ready to be sent by whatever can."""

    sender: str
    recipient: str
    data: bytes


def letters(url: str, notice_id: int) -> list[Letter]:
    """Compose everybody's mail as the ledger's sender would: for a sender that cannot."""
    with closing(database.connect(url)) as db:
        (texts,) = notices.approved_mails(db, notice_id)
        template = compile_mail(texts, SENDER, WINDOW_DAYS)
        found = []
        for number, person in enumerate(people(db).read(), 1):
            assert isinstance(person, Subscriber)  # as CUSTOMERS makes them
            mark = token.make(number, KEY)
            data = template.fill(Person(person.name, person.email, mark, utc_now()))
            found.append(Letter(SENDER.bounce_to.replace("{token}", mark), person.email, data))
    return found


def sqlite(folder: Path) -> str:
    """The URL of a database in a folder."""
    return f"sqlite:///{folder / 'notifier.db'}"
