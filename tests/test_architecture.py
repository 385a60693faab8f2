"""The house: which room may know which, and how big a room may be."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parent.parent / "custom_components" / "wallbox_ocpp"
FILES: Final = sorted(PACKAGE.rglob("*.py"))
ROOT: Final = "custom_components.wallbox_ocpp"
LONGEST: Final = 400

WALLBOX_MAY_USE: Final = {
    f"{ROOT}.csms.{words}" for words in ("endings", "messages", "requests")
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_file_is_two_rooms(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nobody_catches_whatever_comes(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}"
            caught = {
                part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)
            }
            assert not caught & {"Exception", "BaseException"}, f"line {node.lineno}"


@pytest.mark.parametrize("room", ["csms", "wallbox"])
def test_the_protocol_and_the_charger_know_nothing_of_home_assistant(room: str) -> None:
    assert not {name for name in imports(room) if name.split(".")[0] == "homeassistant"}


def test_the_protocol_knows_nothing_outside_itself() -> None:
    ours = {name for name in imports("csms") if name.startswith(ROOT)}
    assert ours
    assert not {name for name in ours if not name.startswith(f"{ROOT}.csms")}


def test_the_charger_uses_only_the_words_of_the_protocol() -> None:
    ours = {name for name in imports("wallbox") if name.startswith(ROOT)}
    elsewhere = {name for name in ours if not name.startswith(f"{ROOT}.wallbox")}
    assert elsewhere <= WALLBOX_MAY_USE


def imports(room: str) -> set[str]:
    """Return the modules that a room imports, by their full names."""
    return {
        name
        for file in (PACKAGE / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(
            node, f"{ROOT}.{'.'.join(file.relative_to(PACKAGE).parts)}"
        )
    }


def _imported(node: ast.AST, importer: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if not node.level:
            yield node.module or ""
            return
        package = importer.removesuffix(".py").split(".")[: -node.level]
        if node.module:
            yield ".".join([*package, node.module])
        else:
            yield from (".".join([*package, alias.name]) for alias in node.names)
