"""Exports sessions as CSV files."""

from collections.abc import Iterable, Mapping
import csv
from datetime import datetime
from io import StringIO
from pathlib import Path
import re
from typing import Any, Final
import unicodedata

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.file import write_utf8_file_atomic

from ..const import DOMAIN

SUFFIX: Final = ".csv"

_BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it, Excel does not read a file as UTF-8."""

_FORMULA: Final = frozenset("=+-@\N{MINUS SIGN}")
"""Characters with which a formula begins in a spreadsheet; an idTag may contain any text."""
_INVISIBLE: Final = frozenset("CMZ")
"""Unicode's categories of control and format characters, marks, and spaces."""
_CELL: Final = re.compile(r"\A[\r\n]*[^;\r\n]+|[^;\r\n]+")
"""Where a list is separated by semicolons, Excel also ends cells at them that are quoted."""


def folder(hass: HomeAssistant) -> Path:
    """Return the folder for exports; only `download` serves what is in it."""
    return Path(hass.config.path(DOMAIN))


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file into the folder, in place of one of the same name; return its path.

    Raises:
        ValueError: The name leads out of the folder, or is not that of a CSV file.
        OSError, WriteError: It could not be written.
    """
    folder.mkdir(exist_ok=True)
    path = _path(folder, name)
    write_utf8_file_atomic(str(path), marked(text))
    return path


def marked(text: str) -> str:
    """Return a text with the mark by which a spreadsheet knows its encoding."""
    return _BYTE_ORDER_MARK + text


def read(folder: Path, name: str) -> bytes:
    """Return the content of a file in the folder.

    Raises:
        ValueError: The name leads out of the folder, or is not that of a CSV file.
        OSError: It could not be read.
    """
    return _path(folder, name).read_bytes()


def _path(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if path.parent != folder.resolve() or path.suffix != SUFFIX:
        raise ValueError
    return path


def table(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> str:
    """Return the rows as CSV (RFC 4180), with a heading."""
    text = StringIO()
    writer = csv.DictWriter(text, list(columns))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return text.getvalue()


def local_time(moment: datetime) -> str:
    """Return a time in local time with its offset, which distinguishes the hour that comes twice."""
    return dt_util.as_local(moment).isoformat(sep=" ", timespec="seconds")


def _harmless(value: Any) -> Any:
    """Return a value; in a text, an apostrophe is put before each formula."""
    if not isinstance(value, str):
        return value
    harmless = _CELL.sub(_text, value)
    begins = _is_formula(value) and not harmless.startswith("'")
    return f"'{harmless}" if begins else harmless


def _text(cell: re.Match[str]) -> str:
    return f"'{cell[0]}" if _is_formula(cell[0]) else cell[0]


def _is_formula(cell: str) -> bool:
    """Return whether the first visible character, also a full-width one, begins a formula."""
    for character in cell:
        if unicodedata.category(character)[0] not in _INVISIBLE and character != '"':
            return unicodedata.normalize("NFKC", character)[0] in _FORMULA
    return False
