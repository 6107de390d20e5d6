"""The ledger's rows move only as the table of states says, and only for whoever holds them."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select, update

from notifier.audience.subscriber import Subscriber, Unreachable
from notifier.delivery.states import MOVES, Outcome, State
from notifier.store import claims, deliveries
from notifier.store.claims import Recorded
from notifier.store.database import Database
from notifier.store.tables import deliveries as table
from ready import People, address, started

MINUTE = timedelta(minutes=1)


def put(db: Database, delivery_id: int, **values: object) -> None:
    """Bring a row into any condition."""
    with db.write() as connection:
        connection.execute(update(table).where(table.c.id == delivery_id).values(values))


def get(db: Database, delivery_id: int) -> deliveries.Delivery:
    with db.read() as connection:
        found = deliveries.get(connection, delivery_id)
    assert found is not None
    return found


def ids(db: Database, notice_id: int) -> list[int]:
    with db.read() as connection:
        rows = connection.execute(
            select(table.c.id).where(table.c.notice_id == notice_id).order_by(table.c.id)
        )
        return [row.id for row in rows]


def claim(db: Database, notice_id: int, limit: int, token: str, now: datetime) -> list[claims.Claimed]:
    with db.write() as connection:
        return claims.claim(connection, notice_id, limit, token=token, lease_until=now + MINUTE, now=now)


def result(delivery_id: int, outcome: Outcome, at: datetime) -> Recorded:
    window = at + timedelta(days=7) if outcome is Outcome.ACCEPTED else None
    return Recorded(delivery_id, outcome, at, 250, "2.0.0", "ok", retry_at=None, window_ends_at=window)


def latest(db: Database, email_key: str) -> int | None:
    with db.read() as connection:
        found = deliveries.latest_by_email(connection, email_key)
    return found.id if found else None


def record(db: Database, token: str, *outcomes: Recorded) -> int:
    with db.write() as connection:
        return claims.record(connection, outcomes, token=token)


def test_claims_are_taken_in_order_and_once(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 5)
    first = claim(db, notice_id, 3, "a", now)
    second = claim(db, notice_id, 3, "b", now)
    assert [row.email for row in first + second] == [address(each) for each in range(1, 6)]
    assert claim(db, notice_id, 3, "c", now) == []


def test_two_claim_at_the_same_moment(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 200)
    taken: list[int] = []
    begin = threading.Barrier(4)

    def worker(token: str) -> None:
        begin.wait()
        while rows := claim(db, notice_id, 7, token, now):
            taken.extend(row.id for row in rows)

    threads = [threading.Thread(target=worker, args=(token,)) for token in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == ids(db, notice_id)


def test_the_date_of_a_mail_is_that_of_its_first_claim(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 1)
    (row,) = claim(db, notice_id, 1, "a", now)
    assert row.composed_at == now
    record(db, "a", result(row.id, Outcome.DEFERRED, now))
    with db.write() as connection:
        claims.retry_due(connection, notice_id, now)
    (again,) = claim(db, notice_id, 1, "b", now + MINUTE)
    assert (again.composed_at, again.attempts) == (now, 1)
    assert get(db, row.id).composed_at == now


def test_a_row_given_back_untried_forgets_its_date(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 1)
    (row,) = claim(db, notice_id, 1, "a", now)
    with db.write() as connection:
        assert claims.release(connection, [row.id], token="a", now=now) == 1
    (again,) = claim(db, notice_id, 1, "b", now + MINUTE)
    assert again.composed_at == now + MINUTE


def test_an_accepted_mail_opens_its_window(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 1)
    (row,) = claim(db, notice_id, 1, "a", now)
    at = now + MINUTE
    assert record(db, "a", result(row.id, Outcome.ACCEPTED, at)) == 1
    delivery = get(db, row.id)
    assert (delivery.state, delivery.attempts) == (State.ACCEPTED, 1)
    assert (delivery.accepted_at, delivery.window_ends_at) == (at, at + timedelta(days=7))
    assert (delivery.smtp_code, delivery.smtp_enhanced, delivery.smtp_text) == (250, "2.0.0", "ok")
    with db.read() as connection:
        assert deliveries.window_open_until(connection, notice_id) == at + timedelta(days=7)


def test_whoever_lost_its_rows_records_nothing(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 3)
    lost = [row.id for row in claim(db, notice_id, 3, "late", now)]
    with db.write() as connection:
        assert claims.expire(connection, notice_id, now + 2 * MINUTE) == 3
        claims.retry_due(connection, notice_id, now + 2 * MINUTE)
    taken = [row.id for row in claim(db, notice_id, 2, "next", now + 2 * MINUTE)]
    assert taken == lost[:2]
    assert record(db, "late", *(result(each, Outcome.ACCEPTED, now) for each in lost)) == 0
    with db.write() as connection:
        assert claims.release(connection, lost, token="late", now=now) == 0
        assert claims.renew(connection, notice_id, token="late", lease_until=now) == 0
    assert record(db, "next", *(result(each, Outcome.ACCEPTED, now) for each in lost)) == 2
    assert [get(db, each).state for each in lost] == [State.ACCEPTED, State.ACCEPTED, State.PENDING]


def test_a_renewed_lease_does_not_run_out(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 2)
    claim(db, notice_id, 2, "a", now)
    with db.write() as connection:
        assert claims.renew(connection, notice_id, token="a", lease_until=now + 5 * MINUTE) == 2
        assert claims.expire(connection, notice_id, now + 2 * MINUTE) == 0
        assert deliveries.next_lease_end(connection, notice_id) == now + 5 * MINUTE


def test_deferred_rows_wait_for_their_time(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 2)
    early, late = ids(db, notice_id)
    put(db, early, state="deferred", retry_at=now + MINUTE)
    put(db, late, state="deferred", retry_at=now + 3 * MINUTE)
    with db.write() as connection:
        assert deliveries.next_retry_at(connection, notice_id) == now + MINUTE
        assert claims.retry_due(connection, notice_id, now + 2 * MINUTE) == 1
        assert deliveries.next_retry_at(connection, notice_id) == now + 3 * MINUTE
    assert [get(db, each).state for each in (early, late)] == [State.PENDING, State.DEFERRED]


def test_other_notices_are_left_alone(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 1)
    (only,) = ids(db, notice_id)
    put(db, only, state="deferred", retry_at=now)
    with db.write() as connection:
        assert claims.retry_due(connection, notice_id + 1, now) == 0
        assert claims.give_up(connection, notice_id + 1, now) == 0
        assert claims.expire(connection, notice_id + 1, now) == 0
    assert get(db, only).state is State.DEFERRED


def test_those_who_cannot_be_mailed_are_in_the_ledger(db: Database, now: datetime) -> None:
    bad = Unreachable(Subscriber("2", "nobody at nowhere", "Nora"), "the address has no @")
    notice_id = started(db, now, People([Subscriber("1", "ana@example.org"), bad]))
    with db.read() as connection:
        assert deliveries.counts(connection, notice_id) == {State.PENDING: 1, State.SKIPPED: 1}
    skipped = get(db, ids(db, notice_id)[1])
    assert (skipped.email, skipped.smtp_text) == ("nobody at nowhere", "the address has no @")


def test_enrolling_again_changes_nobody(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 2)
    put(db, ids(db, notice_id)[0], state="accepted")
    with db.write() as connection:
        again = [Subscriber("1", "new@example.org"), Subscriber("3", "third@example.org")]
        deliveries.enrol(connection, notice_id, again, now)
        assert deliveries.counts(connection, notice_id) == {State.ACCEPTED: 1, State.PENDING: 2}
    assert get(db, ids(db, notice_id)[0]).email == address(1)


def test_a_delivery_is_found_by_its_address_in_any_spelling(db: Database, now: datetime) -> None:
    notice_id = started(db, now, People([Subscriber("1", "Ana.Alder@example.org")]))
    put(db, ids(db, notice_id)[0], state="accepted")
    with db.read() as connection:
        found = deliveries.latest_by_email(connection, "ana.alder@example.org")
        assert found is not None
        assert found.email == "Ana.Alder@example.org"
        assert deliveries.latest_by_email(connection, "ana@example.org") is None
        assert deliveries.get(connection, 4711) is None


def test_the_newest_delivery_to_an_address_is_found(db: Database, now: datetime) -> None:
    notice_id = started(
        db, now, People([Subscriber("1", "ana@example.org"), Subscriber("2", "ana@example.org")])
    )
    first, second = ids(db, notice_id)
    put(db, first, state="accepted")
    put(db, second, state="accepted")
    assert latest(db, "ana@example.org") == second


UNTOLD = {"attempts": 1, "smtp_code": None}
PUT_OFF = {"attempts": 1, "smtp_code": 451}


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({"state": "pending"}, False),
        ({"state": "pending"} | PUT_OFF, False),
        ({"state": "pending"} | UNTOLD, True),  # it was uncertain, and is to be sent again
        ({"state": "sending"}, True),
        ({"state": "accepted"}, True),
        ({"state": "deferred"} | PUT_OFF, False),
        ({"state": "refused", "attempts": 1, "smtp_code": 550}, False),
        ({"state": "uncertain"} | UNTOLD, True),
        ({"state": "failed"} | PUT_OFF, False),
        ({"state": "failed"} | UNTOLD, True),
        ({"state": "bounced"}, True),
        ({"state": "skipped"}, False),
        ({"state": "held"} | UNTOLD, True),
    ],
)
def test_the_newest_delivery_is_one_that_may_have_arrived(
    db: Database, now: datetime, values: dict[str, object], *, counts: bool
) -> None:
    """Whoever writes without a token while a later notice is not sent yet answers the one before."""
    same = Subscriber("2", "ana@example.org")
    notice_id = started(db, now, People([Subscriber("1", "ana@example.org"), same]))
    old, new = ids(db, notice_id)
    assert latest(db, "ana@example.org") is None
    put(db, old, state="accepted")
    put(db, new, **values)
    assert latest(db, "ana@example.org") == (new if counts else old)


# Every move, legal or not

Query = Callable[[Database, int, int, datetime], object]


def writing(query: Callable[..., object]) -> Query:
    def run(db: Database, notice_id: int, delivery_id: int, now: datetime) -> None:
        with db.write() as connection:
            query(connection, notice_id, delivery_id, now)

    return run


def outcome_query(outcome: Outcome) -> Query:
    return writing(lambda c, _n, d, now: claims.record(c, [result(d, outcome, now)], token="a"))


QUERIES: dict[State, list[Query]] = {
    State.SENDING: [
        writing(lambda c, n, _d, now: claims.claim(c, n, 1, token="b", lease_until=now + MINUTE, now=now)),
    ],
    State.PENDING: [
        writing(lambda c, _n, d, now: claims.release(c, [d], token="a", now=now)),
        writing(lambda c, n, _d, now: claims.retry_due(c, n, now)),
    ],
    State.ACCEPTED: [outcome_query(Outcome.ACCEPTED)],
    State.DEFERRED: [outcome_query(Outcome.DEFERRED)],
    State.REFUSED: [outcome_query(Outcome.REFUSED)],
    State.UNCERTAIN: [
        outcome_query(Outcome.UNCERTAIN),
        writing(lambda c, n, _d, now: claims.expire(c, n, now + MINUTE)),
    ],
    State.FAILED: [writing(lambda c, n, _d, now: claims.give_up(c, n, now))],
    State.HELD: [writing(lambda c, n, _d, now: claims.hold_uncertain(c, n, now))],
    State.BOUNCED: [writing(lambda c, _n, d, now: deliveries.mark_bounced(c, d, "5.1.1 gone", now))],
    State.SKIPPED: [],
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("before", State)
def test_queries_make_the_legal_moves_and_no_others(db: Database, now: datetime, before: State) -> None:
    """The condition `leaving` is the same on both databases, so one of them is enough here."""
    notice_id = started(db, now, 1)
    (only,) = ids(db, notice_id)
    made: set[tuple[State, State]] = set()
    for queries in QUERIES.values():
        for query in queries:
            held = before is State.SENDING
            lease = {"claim": "a", "lease_until": now} if held else {"claim": None, "lease_until": None}
            put(db, only, state=before, retry_at=None, **lease)
            query(db, notice_id, only, now)
            made.add((before, get(db, only).state))
    made.discard((before, before))
    assert made == {move for move in MOVES if move[0] is before}


@pytest.mark.parametrize(("before", "after"), sorted(set(product(State, State)) - MOVES))
def test_no_query_can_be_written_for_an_illegal_move(before: State, after: State) -> None:
    with pytest.raises(ValueError, match="no delivery moves from"):
        deliveries.leaving(before, after)


def test_a_bounce_voids_the_window(db: Database, now: datetime) -> None:
    notice_id = started(db, now, 1)
    (row,) = claim(db, notice_id, 1, "a", now)
    with db.write() as connection:
        assert not deliveries.mark_bounced(connection, row.id, "5.1.1 gone", now)
    record(db, "a", result(row.id, Outcome.ACCEPTED, now))
    with db.write() as connection:
        assert deliveries.mark_bounced(connection, row.id, "5.1.1 gone", now)
        assert not deliveries.mark_bounced(connection, row.id, "5.1.1 gone", now)
        assert deliveries.window_open_until(connection, notice_id) is None
    bounced = get(db, row.id)
    assert (bounced.state, bounced.smtp_text, bounced.window_ends_at) == (State.BOUNCED, "5.1.1 gone", None)
