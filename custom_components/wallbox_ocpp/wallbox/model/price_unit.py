"""Units of energy prices, as they are written in different countries."""

import re
from typing import Final
from unicodedata import normalize

_KWH: Final = {"wh": 0.001, "kwh": 1.0, "mwh": 1000.0, "gwh": 1_000_000.0}
"""The kWh of a unit of energy in lower case: nobody sells milliwatt hours."""

_CURRENCIES: Final[dict[str, str]] = {
    "AUD": "$ a$ au$",
    "BGN": "лв lv",
    "BRL": "r$",
    "CAD": "$ c$ ca$",
    "CHF": "fr sfr franken franc francs",
    "CNY": "¥ 元 yuan rmb",
    "CZK": "kč kc",
    "DKK": "kr dkr",
    "EUR": "€ euro euros",
    "GBP": "£",
    "HUF": "ft forint",
    "IDR": "rp",
    "ILS": "₪",
    "INR": "₹ rs",
    "ISK": "kr",
    "JPY": "¥ 円 yen",
    "KRW": "₩ 원",
    "MXN": "$ mx$",
    "NOK": "kr nkr",
    "NZD": "$ nz$",
    "PLN": "zł zl",
    "RON": "lei leu",
    "SEK": "kr skr",
    "SGD": "$ s$",
    "TRY": "₺ tl",
    "UAH": "₴ грн",
    "USD": "$ us$",
    "ZAR": "r",
}
"""Other names of a currency than its code (ISO 4217)."""

_HUNDREDTHS: Final = """
    c ct cts cnt snt cent cents sent senti sentti centas centime centimes centimo centimos
    céntimo céntimos cêntimo cêntimos centesimo centesimi centavo centavos ¢ p pence penny
    öre øre ore rp rappen gr grosz grosze groszy st stotinka stotinki ст стотинки haléř haléřů
    ban bani lipa lipe коп kop kuruş kurus paisa paise sen agora agorot
"""
"""Of a currency, whichever that is."""

_CODE: Final = re.compile("[A-Z]{3}")
"""A currency (ISO 4217), perhaps one that has no other names here."""

_ORNAMENT: Final = re.compile(r"[\s.·⋅_-]+")


def per_kwh(unit: str, currency: str) -> float | None:
    """Return the price of a kWh at 1 in this unit; None if the unit is not understood.

    Args:
        unit: Such as EUR/kWh, ct/kWh or €/MWh. Without a unit of energy it is of a kWh.
        currency: That of the home (ISO 4217). Another currency is not understood.
    """
    money, slash, energy = _plain(unit).partition("/")
    if not money and not slash:
        return 1.0
    value = _value(money, currency)
    amount = _KWH.get(energy if slash else "kwh")
    return None if value is None or amount is None else value / amount


def is_known(unit: str) -> bool:
    """Return whether a unit is understood as a price in some currency."""
    code = _plain(unit).partition("/")[0].upper()
    may_be_one = _CODE.fullmatch(code) and code.casefold() not in _KWH
    currencies = [code, *_CURRENCIES] if may_be_one else _CURRENCIES
    return any(per_kwh(unit, currency) is not None for currency in currencies)


def understood(currency: str) -> tuple[str, ...]:
    """Return the most usual units that are understood, for an error text."""
    symbols = _CURRENCIES.get(currency, "").split()[:1]
    return tuple(
        f"{money}/{energy}"
        for energy in ("kWh", "MWh", "Wh")
        for money in (currency, *symbols, "ct", "cent")
    )


def _value(money: str, currency: str) -> float | None:
    """Return the value of a unit of money in a currency; None if it is not understood."""
    names = (currency.casefold(), *_CURRENCIES.get(currency, "").split())
    if money in names:
        return 1.0
    # Such as c€, eurocent, EURct, US¢.
    parts = {money}
    for name in names:
        parts |= {money.removeprefix(name), money.removesuffix(name)}
        parts.add(money.removeprefix(name.removesuffix("$")))
    return None if parts.isdisjoint(_HUNDREDTHS.split()) else 0.01


def _plain(unit: str) -> str:
    """Return a unit in a form that is the same for all its spellings."""
    words = re.sub(r"\s+per\s+", "/", normalize("NFKC", unit).casefold())
    return _ORNAMENT.sub("", words).replace("∕", "/").replace("⁄", "/")
