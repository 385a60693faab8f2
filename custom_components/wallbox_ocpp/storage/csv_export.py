"""Sessions as a CSV file."""

from collections.abc import Iterable, Mapping
import csv
from io import StringIO
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util.file import write_utf8_file_atomic

from ..const import DOMAIN

SUFFIX: Final = ".csv"

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run; a card may say anything."""


def folder(hass: HomeAssistant) -> Path:
    """Return the folder for exports, which is not served to anybody."""
    return Path(hass.config.path(DOMAIN))


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file into the folder, in place of one of the same name; return its path.

    Raises:
        ValueError: The name leads out of the folder, or is not that of a CSV file.
        OSError, WriteError: It could not be written.
    """
    folder.mkdir(exist_ok=True)
    path = (folder / name).resolve()
    if path.parent != folder.resolve() or path.suffix != SUFFIX:
        raise ValueError
    write_utf8_file_atomic(str(path), text)
    return path


def table(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> str:
    """Return the rows as CSV (RFC 4180), with a heading."""
    text = StringIO()
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return text.getvalue()


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
