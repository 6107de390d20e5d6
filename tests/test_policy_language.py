"""The language of a text, by its small words or its script."""

import pytest

from notifier.policy.language import detect


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We collect the data that you give to us and use it for your orders.", "en"),
        ("Wir erheben die Daten, die Sie uns geben, und nutzen sie für Ihre Bestellung bei der Firma.", "de"),
        ("Nous collectons les données que vous nous donnez pour la livraison de votre commande.", "fr"),
        ("Recogemos los datos que usted nos da para la entrega de su pedido y no los vendemos.", "es"),
        (
            "Raccogliamo i dati che ci fornite per la consegna del vostro ordine e non sono venduti.",
            "it",
        ),
        ("Wij verzamelen de gegevens die u ons geeft voor het leveren van uw bestelling.", "nl"),
        ("Nós coletamos os dados que você nos dá para a entrega do seu pedido e não são vendidos.", "pt"),
        ("Vi samlar in de uppgifter som du ger oss för att leverera och säljer inte dina uppgifter.", "sv"),
        ("Zbieramy dane, które nam podajesz, w celu realizacji zamówienia i nie są one sprzedawane.", "pl"),
        (
            "Keräämme tietoja, joita annat, ja käytämme niitä kun tilaat, ei muuten, ja voimme poistaa ne.",
            "fi",
        ),
        ("Мы собираем данные, которые вы нам даёте.", "ru"),
        ("Ми збираємо дані, які ви нам надаєте, і їх зберігаємо.", "uk"),  # noqa: RUF001 - Ukrainian
        ("私たちはお客様のデータを収集します。", "ja"),
        ("我们收集您提供的数据。", "zh"),
        ("Acme, Bolt, Crane, Dyno", None),
        ("", None),
    ],
)
def test_detect(text: str, expected: str | None) -> None:
    assert detect(text) == expected
