"""Manifest, hacs.json and brand images: what neither hassfest nor the HACS action checks.

Both run in .github/workflows/validate.yml.
"""

import json
from pathlib import Path
import struct
from typing import Any, Final

from awesomeversion import AwesomeVersion
import pytest

from custom_components.wallbox_ocpp.const import DOMAIN, NAME
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGE: Final = REPOSITORY / "custom_components" / DOMAIN
BRAND: Final = PACKAGE / "brand"


def read(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file."""
    content: dict[str, Any] = json.loads(path.read_text())
    return content


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Return the manifest."""
    return read(PACKAGE / "manifest.json")


def test_the_code_and_the_manifest_have_the_same_names(
    manifest: dict[str, Any],
) -> None:
    assert manifest["domain"] == DOMAIN
    assert manifest["name"] == NAME


@pytest.mark.parametrize("group", ["test", "current"])
def test_each_requirement_is_what_is_tested(
    manifest: dict[str, Any], group: str
) -> None:
    tested = (REPOSITORY / "requirements" / f"{group}.in").read_text().splitlines()
    assert {*manifest["requirements"]} <= {*tested}


def test_hacs_shows_our_name_and_asks_for_a_version_that_is_tested() -> None:
    hacs = read(REPOSITORY / "hacs.json")
    assert hacs["name"] == NAME
    wanted = AwesomeVersion(hacs["homeassistant"])
    assert wanted <= AwesomeVersion(f"{MAJOR_VERSION}.{MINOR_VERSION}.99")


@pytest.mark.parametrize(("name", "size"), [("icon", 256), ("icon@2x", 512)])
def test_the_icon_is_a_square_of_the_right_size(name: str, size: int) -> None:
    assert png_size(BRAND / f"{name}.png") == (size, size)


@pytest.mark.parametrize("name", ["logo", "dark_logo"])
def test_the_logo_is_wide_and_twice_as_large_for_fine_screens(name: str) -> None:
    width, height = png_size(BRAND / f"{name}.png")
    assert 128 <= height <= 256
    assert width > height
    assert png_size(BRAND / f"{name}@2x.png") == (2 * width, 2 * height)


def png_size(path: Path) -> tuple[int, int]:
    """Return width and height of a PNG with an alpha channel."""
    header = path.read_bytes()[:26]
    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, _, colour_type = struct.unpack(">IIBB", header[16:])
    assert colour_type == 6
    return width, height
