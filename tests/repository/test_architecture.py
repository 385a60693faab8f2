"""The architecture: which room may know which, and how big a room may be.

All imports count, also those under `TYPE_CHECKING` and those inside functions.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGE: Final = REPOSITORY / "custom_components" / "wallbox_ocpp"
ROOT: Final = "custom_components.wallbox_ocpp"

MOST_LINES: Final = 400
MOST_DOORS: Final = 26
"""Python files beside manifest.json."""

ORDER: Final = (
    # Pure: no Home Assistant.
    "csms",
    "wallbox",
    "wallbox.model",
    "wallbox.state",
    "wallbox.receive wallbox.policy wallbox.plan wallbox.views",
    "wallbox.consequences",
    # What is the same for all chargers.
    "const",
    "errors localize",
    "storage hub prices",
    # Around a charger.
    "coordinator",
    "charger",
    "models",
    "actions",
    # What Home Assistant and people see.
    "frontend",
    "entity flows services repairs diagnostics system_health",
    "meter_sensor",
    "binary_sensor button calendar event lock number select sensor switch time config_flow",
    "target",
    "trigger condition",
    "__init__",
)
"""From the ground up. A room may know those of earlier rows, and none beside it."""

RANK: Final = {room: rank for rank, row in enumerate(ORDER) for room in row.split()}

PROTOCOL_FOR_WALLBOX: Final = {"csms.close_reason", "csms.messages", "csms.requests"}
"""What the pure rooms use of the protocol: its words, and neither sockets nor sessions."""


def name_of(file: Path) -> str:
    """Return the name of a module within the package."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and parts[1:] else parts)


MODULES: Final = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def room_of(module: str) -> str:
    """Return the room of a module: the longest of its prefixes that is one."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in RANK), "")


def imports_of(file: Path, name: str) -> Iterator[str]:
    """Return the modules that a file imports, by their full names, wherever it does."""
    package = name.split(".")
    if file.name != "__init__.py":
        package.pop()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{module}.{alias.name}".removeprefix(f"{ROOT}.")
                yield f"{ROOT}.{inner}" if inner in MODULES else module


def imported() -> dict[str, set[str]]:
    """Return the full names of all that each module imports."""
    return {
        name: set(imports_of(file, ROOT if name == "__init__" else f"{ROOT}.{name}"))
        for name, file in MODULES.items()
    }


IMPORTED: Final = imported()
GRAPH: Final = {
    name: {
        "__init__" if other == ROOT else other.removeprefix(f"{ROOT}.")
        for other in others
        if other == ROOT or other.startswith(f"{ROOT}.")
    }
    - {name}
    for name, others in IMPORTED.items()
}
"""Which of our modules imports which."""


def forbidden(module: str) -> list[str]:
    """Return what a module imports from its own level or from above."""
    room = room_of(module)
    return sorted(
        other
        for other in GRAPH[module]
        if room_of(other) != room and RANK[room_of(other)] >= RANK[room]
    )


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one module (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            start = stack.index(module)
            component = stack[start:]
            del stack[start:]
            if len(component) > 1:
                found.append(sorted(component))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_in_a_room(module: str) -> None:
    assert room_of(module)
    assert GRAPH[module] <= MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_no_module_knows_what_is_beside_or_above_its_room(module: str) -> None:
    assert forbidden(module) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(GRAPH) == []


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str]()}
    assert circles(graph) == [["b", "c"]]


def test_the_coordinator_imports_nothing_above_it() -> None:
    above = {
        other
        for other in GRAPH["coordinator"]
        if RANK[room_of(other)] > RANK["coordinator"]
    }
    assert above == set()


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.split(".")[0] in ("csms", "wallbox")]
)
def test_protocol_and_charger_know_nothing_of_home_assistant(module: str) -> None:
    assert not {
        name for name in IMPORTED[module] if name.split(".")[0] == "homeassistant"
    }


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.split(".")[0] == "wallbox"]
)
def test_the_pure_rooms_use_only_the_words_of_the_protocol(module: str) -> None:
    protocol = {other for other in GRAPH[module] if room_of(other) == "csms"}
    assert protocol <= PROTOCOL_FOR_WALLBOX


def test_home_assistant_finds_few_doors() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_DOORS


@pytest.mark.parametrize("module", MODULES)
def test_no_file_is_too_long(module: str) -> None:
    assert len(MODULES[module].read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", MODULES)
def test_no_handler_catches_every_exception(module: str) -> None:
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}"
            caught = {
                part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)
            }
            assert not caught & {"Exception", "BaseException"}, f"line {node.lineno}"


def test_simulators_import_nothing_from_the_tests() -> None:
    files = sorted((REPOSITORY / "simulator").rglob("*.py"))
    assert files
    for file in files:
        name = ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)
        used = {other.split(".")[0] for other in imports_of(file, name)}
        assert "tests" not in used, file
