"""The list of OCTT's cases: it names them all, and tells of the tests and the code as they are."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
from typing import Final, NamedTuple

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGE: Final = REPOSITORY / "custom_components" / "wallbox_ocpp"
CASES: Final = REPOSITORY / "tests" / "conformance"
PAGE: Final = (CASES / "README.md").read_text()

SIZES: Final = {
    "Core": 34,
    "Local list": 6,
    "Firmware and diagnostics": 5,
    "Reservation": 10,
    "Messages on request": 2,
    "Smart charging": 5,
    "Security": 15,
}
"""How many cases for a central system each part of the tool has."""

ROW: Final = re.compile(r"^\| (\d\d\d(?:_\d)?) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$")
FILE: Final = re.compile(r"\[[a-z_]+\]\((test_[a-z_]+\.py)\)")
BORNE: Final = re.compile(r"test_tc_(\d\d\d(?:_\d(?=_))?)_")
CASE: Final = re.compile(r"\d\d\d(?:_\d)?")
REQUEST: Final = re.compile(r"\bcall\.([A-Z]\w+)\(")


class Row(NamedTuple):
    """A row of the table."""

    case: str
    demand: str
    files: frozenset[str]
    verdict: str


def section(name: str) -> str:
    """Return the text below a heading."""
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[Row]:
    """Return the rows of the tables in a text."""
    return [
        Row(match[1], match[2], frozenset(FILE.findall(match[3])), match[4])
        for line in text.splitlines()
        if (match := ROW.match(line))
    ]


def cases_of(test: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return the cases that a test bears: those of its parameters, or that of its name."""
    match = BORNE.match(test.name)
    if not match:
        return set()
    texts = " ".join(
        node.value
        for decorator in test.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.keyword) and node.arg == "ids"
        for node in ast.walk(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return set(CASE.findall(texts)) or {match[1]}


def covered() -> Iterator[tuple[str, str]]:
    """Return each case that is tested, and in which file."""
    for file in CASES.glob("test_*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from ((case, file.name) for case in cases_of(node))


def test_every_case_of_the_tool_is_listed_once() -> None:
    for part, size in SIZES.items():
        assert len(rows(section(part))) == size, part
    cases = [row.case for row in rows(PAGE)]
    assert len(set(cases)) == len(cases) == sum(SIZES.values())


def test_each_case_has_its_tests_where_the_list_says_and_each_test_its_case() -> None:
    listed = {(row.case, file) for row in rows(PAGE) for file in row.files}
    assert listed == set(covered())
    assert all(row.files for row in rows(PAGE))


def test_the_verdicts_are_counted() -> None:
    verdicts = [row.verdict for row in rows(PAGE)]
    passed = sum(verdict.startswith("passes") for verdict in verdicts)
    left_out = sum(verdict.startswith("not offered: [") for verdict in verdicts)
    assert passed + left_out == len(verdicts)
    assert f"**{passed} pass, {left_out} are about what is not offered.**" in PAGE


def test_what_is_not_offered_has_its_reason() -> None:
    reasons = section("Not offered")
    for row in rows(PAGE):
        if "](#not-offered)" in row.verdict:
            [name] = re.findall(r"\[(.+)\]\(#not-offered\)", row.verdict)
            assert re.search(rf"\* \*\*{name}\*\*", reasons, re.IGNORECASE), row


def test_what_is_sent_is_what_the_list_says() -> None:
    sent = {
        request
        for file in PACKAGE.rglob("*.py")
        for request in REQUEST.findall(file.read_text())
    }
    listed = section("What is sent").split(": ")[1].split(".")[0]
    assert sent == set(re.split(r",\s+", listed))
