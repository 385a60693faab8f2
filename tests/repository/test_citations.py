"""Citations: whatever code and pages cite stands in a page of this repository."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Final

import pytest

REPOSITORY: Final = Path(__file__).parents[2]
PAGES: Final = sorted((REPOSITORY / "docs").rglob("*.md"))
CITING: Final = [
    file
    for folder in (
        "custom_components",
        "simulator",
        "tests",
        "docs",
        "scripts",
        "blueprints",
    )
    for file in sorted((REPOSITORY / folder).rglob("*"))
    if file.suffix in {".py", ".md", ".html", ".yaml", ".json"}
] + sorted(REPOSITORY.glob("*.md"))

# "docs/chargers.md §3.1, §3.6", "§3.0 to §3.5", "§8.3, S17": one page, some of its sections.
CITATION: Final = re.compile(
    r"docs/([a-z-]+)\.md ((?:§[\d.]+\d|§\d)(?:(?:[,;]| to| and) §\d+(?:\.\d+)*)*)"
    r"(?:, ([PST]\d+[a-z]?)\b)?"
)
SECTION: Final = re.compile(r"§(\d+(?:\.\d+)*)")
HEADING: Final = re.compile(r"^#{2,3} (\d+(?:\.\d+)?) ", re.MULTILINE)

# Where these facts used to be: outside of the repository, where no reader could follow.
GONE: Final = re.compile(
    r"(wallbox|charge-point|home-assistant|frontend|schedule|smart-charging)"
    r"-facts|peer-lessons|field-reports"
)


def sections(page: str) -> dict[str, str]:
    """Return the numbered sections of a page; numbered items of a section count as well."""
    found = {}
    parts = HEADING.split(page)
    for number, text in zip(parts[1::2], parts[2::2], strict=True):
        found[number] = text
        for item in re.findall(r"^(\d+)\. ", text, re.MULTILINE):
            found[f"{number}.{item}"] = text
    return found


def citations() -> Iterator[tuple[str, str, str, str]]:
    """Return who cites, which page, which section, and maybe which case in it."""
    for file in CITING:
        text = re.sub(r"\n\s*(?:# )?", " ", file.read_text())
        for page, numbers, case in CITATION.findall(text):
            *others, last = SECTION.findall(numbers)
            name = str(file.relative_to(REPOSITORY))
            yield from ((name, page, number, "") for number in others)
            yield name, page, last, case


def test_each_citation_leads_to_a_section() -> None:
    known = {page.stem: sections(page.read_text()) for page in PAGES}
    found = list(citations())
    assert len(found) > 100
    assert [
        (file, page, number)
        for file, page, number, _ in found
        if number not in known.get(page, {})
    ] == []


def test_each_case_that_is_cited_is_in_its_section() -> None:
    known = {page.stem: sections(page.read_text()) for page in PAGES}
    cases = [cited for cited in citations() if cited[3]]
    assert cases
    assert [
        (file, page, number, case)
        for file, page, number, case in cases
        if f"\n| {case} |" not in known[page][number]
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_sections_of_a_page_are_numbered_once_and_in_order(page: Path) -> None:
    numbers = [
        tuple(map(int, number.split(".")))
        for number in HEADING.findall(page.read_text())
    ]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("file", CITING, ids=lambda file: file.name)
def test_nothing_is_cited_that_a_reader_cannot_have(file: Path) -> None:
    if file != Path(__file__):
        assert GONE.findall(file.read_text()) == []
