"""The cells of a CSV file: none is ever run as a formula."""

import re
from typing import Final

import pytest

from custom_components.wallbox_ocpp.storage.csv_export import table
from tests.helpers.spreadsheet import rows

FORMULAS: Final = [
    sign
    for ascii_sign in "=+-@"
    for sign in (
        ascii_sign,
        chr(ord(ascii_sign) + ord("\N{FULLWIDTH EXCLAMATION MARK}") - ord("!")),
    )
] + ["\N{SMALL EQUALS SIGN}", "\N{SUPERSCRIPT PLUS SIGN}", "\N{MINUS SIGN}"]
INVISIBLE: Final = [
    "",
    *(" ", "\t", "\r", "\n", "\r\n", "\v", "\f", "\0", "\x1b", "\x7f"),
    *("\xa0", "\xad", "\u034f", "\u061c", "\u180e", "\u2003", "\u2028", "\u2029"),
    *("\u200b", "\u200c", "\u200d", "\u200e", "\u202e", "\u2060", "\u2066"),
    *("\u3000", "\ufe0f", "\ufeff", "\ufeff\u200b \n", '"'),
]


@pytest.mark.parametrize("sign", FORMULAS, ids=ascii)
@pytest.mark.parametrize("before", INVISIBLE, ids=ascii)
def test_no_cell_is_ever_run_as_a_formula(before: str, sign: str) -> None:
    text = f"{before}{sign}1+1"
    (row,) = rows(table([{"who": text}], ["who"]))
    assert row["who"].startswith("'")
    assert row["who"].replace("'", "") == text


@pytest.mark.parametrize("formula", ["=1+1", " \N{FULLWIDTH COMMERCIAL AT}SUM(A1)"])
@pytest.mark.parametrize("end", [";", ";;", "\r", "\n", "\r\n", ";\n"], ids=ascii)
def test_no_part_of_a_cell_is_run_where_semicolons_separate_them(
    end: str, formula: str
) -> None:
    """Only quotes at the very beginning of a line count then, and there is a number."""
    line = table([{"id": 1, "who": f"Anna{end}{formula};x"}], ["id", "who"])
    cells = re.split(r"[;\r\n]", line)
    assert f"'{formula}" in cells


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((-0.5, "-0.5"), (-3, "-3"), (0, "0"), (7.254, "7.254"), (1e-05, "1e-05")),
        *((True, "True"), (None, ""), ("", "")),
        *(("a=1", "a=1"), ("harmless = it is", "harmless = it is")),
        *(("Anna-Lena", "Anna-Lena"), ("\u200bAnna", "\u200bAnna")),
        *(("B\u00fcro; Garage", "B\u00fcro; Garage"), ('a"b,c\nd', 'a"b,c\nd')),
    ],
)
def test_what_is_no_formula_stays_as_it_is(value: object, shown: str) -> None:
    (row,) = rows(table([{"one": value, "two": 2}], ["one", "two"]))
    assert row == {"one": shown, "two": "2"}
