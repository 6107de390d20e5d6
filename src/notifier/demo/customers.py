"""Two hundred invented customers."""

import csv
import io
from itertools import islice, product

FIRST = (
    "Ada",
    "Bruno",
    "Chioma",
    "Dmitri",
    "Elif",
    "Farah",
    "Goran",
    "Hana",
    "Imani",
    "Jens",
    "Kofi",
    "Leïla",
    "Mateus",
    "Nadia",
    "Owen",
    "Priya",
    "Quinn",
    "Rosa",
    "Søren",
    "Tove",
)
LAST = (
    "Abara",
    "Brandt",
    "Castro",
    "Dufour",
    "Eriksen",
    "Fischer",
    "Guðmundsdóttir",
    "Hall",
    "Ito",
    "Jovanović",
)
COUNT = 200


def addresses() -> list[str]:
    """Give the customers' addresses, in the order of the file."""
    return [f"customer{number:03}@mail.example" for number in range(1, COUNT + 1)]


def as_csv() -> bytes:
    """Write the file a shop would export: semicolons, a byte order mark, and two rows nobody can use."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("Email", "Name"))
    names = islice(((first, last) for last, first in product(LAST, FIRST)), COUNT)
    for address, (first, last) in zip(addresses(), names, strict=True):
        writer.writerow((address, f"{first} {last}"))
    writer.writerow(("no-at-sign.example", "Left Out"))
    writer.writerow(("", "No Address"))
    return "\ufeff".encode() + text.getvalue().encode()
