"""Rounds amounts of money to the digits of their currency."""

from typing import Final

_NO_DIGITS: Final = (
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
)
_THOUSANDTHS: Final = "BHD IQD JOD KWD LYD OMR TND"
"""The currencies that have no hundredths (ISO 4217)."""

_DIGITS: Final = dict.fromkeys(_NO_DIGITS.split(), 0) | dict.fromkeys(
    _THOUSANDTHS.split(), 3
)
_HUNDREDTHS: Final = 2


def digits(currency: str) -> int:
    """Return the number of decimal digits of a currency."""
    return _DIGITS.get(currency, _HUNDREDTHS)


def rounded(amount: float, currency: str) -> float:
    """Return an amount, rounded to the decimal digits of its currency."""
    # Without decimal digits the result is an int, which is not written as 3.0.
    return round(amount, digits(currency) or None)
