"""It is the other side of the wire, so it shares no code with the integration."""

import ast
from pathlib import Path
import sys

import simulator.virtual_wallbox

PACKAGE = Path(simulator.virtual_wallbox.__file__).parent
LONGEST_FILE = 350


def test_it_imports_only_aiohttp_and_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"aiohttp"}
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import(names=names):
                    modules = [alias.name for alias in names]
                case ast.ImportFrom(module=str(module), level=0):
                    modules = [module]
                case _:
                    continue
            assert {module.split(".")[0] for module in modules} <= allowed, path.name


def test_the_core_knows_neither_sockets_nor_the_time() -> None:
    outside = {
        "driver.py",
        "network.py",
        "websocket.py",
        "control.py",
        "__main__.py",
        "__init__.py",
    }
    for path in PACKAGE.glob("*.py"):
        if path.name not in outside:
            text = path.read_text()
            assert "import asyncio" not in text, path.name
            assert "aiohttp" not in text, path.name
            assert ".now(UTC)" not in text, path.name


def test_no_file_is_too_long() -> None:
    lengths = {
        path.name: len(path.read_text().splitlines()) for path in PACKAGE.glob("*.py")
    }
    assert max(lengths.values()) <= LONGEST_FILE, lengths
