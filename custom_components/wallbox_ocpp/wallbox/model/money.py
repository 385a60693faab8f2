"""Amounts of money, in what can be paid."""

from typing import Final

_DIGITS: Final = dict.fromkeys(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ],
    0,
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)
"""Digits of the currencies that have no hundredths (ISO 4217)."""
_HUNDREDTHS: Final = 2


def digits(currency: str) -> int:
    """Return how many digits after the point an amount in a currency has."""
    return _DIGITS.get(currency, _HUNDREDTHS)


def rounded(amount: float, currency: str) -> float:
    """Return an amount in the smallest coin of its currency."""
    # With no digits it is a whole number, which is not written as 3.0.
    return round(amount, digits(currency) or None)
