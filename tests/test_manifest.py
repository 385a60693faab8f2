"""What hassfest and HACS look at, in so far as it can be looked at here."""

import importlib.util
import json
from pathlib import Path
import struct
from typing import Any, Final

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import pytest

from custom_components.wallbox_ocpp.const import DOMAIN, NAME
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION

REPOSITORY: Final = Path(__file__).parent.parent
PACKAGE: Final = REPOSITORY / "custom_components" / DOMAIN
BRAND: Final = PACKAGE / "brand"

HACS_KEYS: Final = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}


def read(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file."""
    content: dict[str, Any] = json.loads(path.read_text())
    return content


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Return the manifest."""
    return read(PACKAGE / "manifest.json")


def test_domain_and_name_come_first_and_the_rest_is_sorted(
    manifest: dict[str, Any],
) -> None:
    keys = list(manifest)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])


def test_the_domain_is_ours_alone(manifest: dict[str, Any]) -> None:
    assert manifest["domain"] == DOMAIN == PACKAGE.name
    assert manifest["name"] == NAME
    assert importlib.util.find_spec(f"homeassistant.components.{DOMAIN}") is None


def test_there_is_all_that_hacs_asks_for(manifest: dict[str, Any]) -> None:
    assert manifest["version"]
    assert manifest["codeowners"]
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    for key in ("documentation", "issue_tracker"):
        assert manifest[key].startswith("https://")


def test_the_version_is_one(manifest: dict[str, Any]) -> None:
    version = AwesomeVersion(manifest["version"])
    assert version.strategy is AwesomeVersionStrategy.SEMVER


def test_it_says_how_it_lives(manifest: dict[str, Any]) -> None:
    assert manifest["config_flow"]
    assert manifest["single_config_entry"]
    assert manifest["integration_type"] == "hub"
    assert manifest["iot_class"] == "local_push"


@pytest.mark.parametrize("group", ["test", "current"])
def test_each_requirement_is_what_is_tested(
    manifest: dict[str, Any], group: str
) -> None:
    tested = (REPOSITORY / "requirements" / f"{group}.in").read_text().splitlines()
    assert {*manifest["requirements"]} <= {*tested}


def test_hacs_knows_every_key_and_asks_for_a_version_that_is_tested() -> None:
    hacs = read(REPOSITORY / "hacs.json")
    assert hacs.keys() <= HACS_KEYS
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


def test_there_is_a_licence() -> None:
    assert (REPOSITORY / "LICENSE").read_text().startswith("MIT License")


def png_size(path: Path) -> tuple[int, int]:
    """Return width and height of a PNG with an alpha channel."""
    header = path.read_bytes()[:26]
    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, _, colour_type = struct.unpack(">IIBB", header[16:])
    assert colour_type == 6
    return width, height
