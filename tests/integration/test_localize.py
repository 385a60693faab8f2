"""Texts of chargers, as they are put into what a person reads."""

import pytest

from custom_components.wallbox_ocpp.localize import plain, verbatim


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Wall Box Chargers", "Wall Box Chargers"),
        ("6.11.16", "6.11.16"),
        ("PLP1-0-2-4", "PLP1-0-2-4"),
        ("a_b", r"a\_b"),
        ("![x](y)", r"\!\[x\]\(y\)"),
        ("<img>", r"\<img\>"),
        ("&lt;", r"\&lt\;"),
        ("www.x.y", r"www\.x\.y"),
        ("a\n\n# b", r"a \# b"),
    ],
)
def test_markdown_of_a_charger_is_mere_text(said: str, shown: str) -> None:
    assert plain(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [("true", "`true`"), ("a_b", "`a_b`"), ("`<b>`\n# x", "`'<b>' # x`")],
)
def test_a_value_of_a_charger_cannot_leave_its_frame(said: str, shown: str) -> None:
    assert verbatim(said) == shown
