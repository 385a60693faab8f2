"""Prepare a release: check that the tag, the manifest and the changelog agree, and pack the integration.

Needs nothing but Python. It writes the ZIP file that HACS installs, and the notes of the release.

Usage: python3 -m scripts.release TAG FOLDER
"""

import json
from pathlib import Path
import re
import sys
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

REPOSITORY: Final = Path(__file__).parent.parent
PACKAGE: Final = REPOSITORY / "custom_components" / "wallbox_ocpp"
CHANGELOG: Final = REPOSITORY / "CHANGELOG.md"
ARCHIVE: Final = "wallbox_ocpp.zip"
"""The name in hacs.json."""
NOTES: Final = "notes.md"

LEFT_OUT: Final = "__pycache__"
THE_SAME_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the archive, so that the same files make the same archive."""


class MismatchError(Exception):
    """The tag does not fit what is to be released."""


def version_of(tag: str) -> str:
    """Return the version that a tag names.

    Raises:
        MismatchError: The manifest has another one.
    """
    version: str = json.loads((PACKAGE / "manifest.json").read_text())["version"]
    if tag != f"v{version}":
        raise MismatchError(f"the tag is {tag}, but the manifest has version {version}")
    return version


def notes_of(version: str, changelog: str) -> str:
    """Return what a changelog says of a version.

    Raises:
        MismatchError: It says nothing, or the version has no date yet.
    """
    heading = re.compile(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$\n(.*?)(?=^## |^\[|\Z)",
        re.MULTILINE | re.DOTALL,
    )
    found = heading.search(changelog)
    if found is None or not (notes := found[1].strip()):
        raise MismatchError(f"CHANGELOG.md has no dated section for {version}")
    return f"{notes}\n"


def pack(folder: Path) -> Path:
    """Write the content of the integration's folder into a ZIP file, and return its path.

    HACS unpacks it into ``custom_components/wallbox_ocpp``, so the files are at its top.
    """
    path = folder / ARCHIVE
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for file in sorted(PACKAGE.rglob("*")):
            name = file.relative_to(PACKAGE)
            if file.is_file() and LEFT_OUT not in name.parts:
                info = ZipInfo(name.as_posix(), THE_SAME_TIME)
                info.compress_type = ZIP_DEFLATED
                archive.writestr(info, file.read_bytes())
    return path


def main(tag: str, folder: Path) -> None:
    """Check, then write the archive and the notes."""
    version = version_of(tag)
    notes = notes_of(version, CHANGELOG.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NOTES).write_text(notes)
    print(f"{pack(folder)}: version {version}")


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except MismatchError as error:
        sys.exit(f"release: {error}")
