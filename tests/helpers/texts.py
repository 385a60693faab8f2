"""The English texts, and what the source says about them."""

import ast
from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any, Final

PACKAGE: Final = Path(__file__).parents[2] / "custom_components" / "wallbox_ocpp"
TEXTS: Final = json.loads((PACKAGE / "translations" / "en.json").read_text())
ICONS: Final = json.loads((PACKAGE / "icons.json").read_text())

UI: Final = "ui_"
"""What the texts of the card and the dashboard begin with; see test_frontend.py."""


def leaves(tree: Mapping[str, Any], *path: str) -> Iterator[tuple[str, str]]:
    """Return every text with its place."""
    for key, value in tree.items():
        if isinstance(value, str):
            yield "/".join((*path, key)), value
        else:
            yield from leaves(value, *path, key)


def placeholders(*texts: str) -> set[str]:
    """Return the placeholders in texts."""
    return {name for text in texts for name in re.findall(r"\{(\w+)\}", text)}


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Return the calls of a function or method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name == (
            node.func.attr
            if isinstance(node.func, ast.Attribute)
            else getattr(node.func, "id", None)
        ):
            yield node


def argument(node: ast.Call, name: str) -> ast.expr | None:
    """Return a keyword argument of a call."""
    return next((item.value for item in node.keywords if item.arg == name), None)


def words(*nodes: ast.expr | None) -> set[str]:
    """Return those of some expressions that are plain words."""
    return {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def named(node: ast.expr | None) -> set[str]:
    """Return the keys of a dict display."""
    return words(*node.keys) if isinstance(node, ast.Dict) else set()
