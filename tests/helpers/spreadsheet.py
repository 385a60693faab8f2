"""What a spreadsheet reads in a file of ours."""

import csv
from io import StringIO


def rows(text: str) -> list[dict[str, str]]:
    """Read a CSV file as a spreadsheet would."""
    return list(csv.DictReader(StringIO(text, newline="")))
