"""Sessions as a CSV file: what is in it, and where it may be."""

from base64 import b64decode
from datetime import datetime, timedelta
from http import HTTPStatus
import json
from pathlib import Path
import shutil
import tempfile

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.wallbox_ocpp.const import CONF_PRICE, CONF_SHOW_ID_TAG, DOMAIN
from custom_components.wallbox_ocpp.wallbox.views.session_record import FIGURES
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from simulator.scripted_charger import ScriptedCharger
from tests.conftest import IDENTITY, Connect
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import had, perform
from tests.helpers.spreadsheet import rows

NOON = datetime.fromisoformat("2026-06-01T10:00:00+00:00")
"""In Berlin."""


@pytest.fixture(autouse=True)
async def _in_berlin(hass: HomeAssistant) -> None:
    """Live two hours ahead of UTC in summer."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.config.currency = "EUR"


@pytest.fixture(autouse=True)
def folder(hass: HomeAssistant) -> Path:
    """Return the folder for exports, which is not there yet."""
    path = Path(hass.config.path(DOMAIN))
    shutil.rmtree(path, ignore_errors=True)
    return path


@pytest.fixture
async def charger(connect: Connect) -> ScriptedCharger:
    """Return a charger."""
    return await connect(boots=False)


async def test_sessions_are_written_for_a_spreadsheet(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    charger: ScriptedCharger,
    folder: Path,
) -> None:
    change_settings(hass, integration, **{CONF_PRICE: 0.333})
    await hass.async_block_till_done()
    await had(charger, NOON, register=1000, wh=7254)
    await had(charger, NOON.replace(day=2), register=9000, wh=1111, reason="Local")
    await charger.stop(4711, timestamp=NOON.replace(day=3).isoformat())
    response = await perform(hass, "export_sessions", device_id)
    path = folder / f"wallbox_{IDENTITY}.csv"
    # It says that it is UTF-8, or Excel would take it for something else.
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    text = path.read_bytes().decode("utf-8-sig")
    assert response.pop("download").startswith("/api/wallbox_ocpp/exports/")
    assert response == {
        "path": str(path),
        "csv": text,
        "sessions": 3,
        "energy": 8.365,
        "cost": 2.79,
        "currency": "EUR",
    }
    assert text.count("\r\n") == 4
    first, second, orphan = rows(text)
    assert first == {
        "transaction_id": "1",
        "plugged_in": "2026-06-01 12:00:00+02:00",
        "started": "2026-06-01 12:00:00+02:00",
        "ended": "2026-06-01 13:00:00+02:00",
        "duration": "3600.0",
        "plugged_time": "3600.0",
        "charging_time": "3600.0",
        "energy": "7.254",
        "peak_power": "",
        "cost": "2.42",
        "started_by": "plug_in",
        "who": "",
        "reason": "ev_disconnected",
        "offline": "True",
        "delayed": "True",
        "unattended": "0.0",
    }
    assert second["reason"] == "local"
    assert (orphan["transaction_id"], orphan["started"], orphan["energy"]) == (
        "4711",
        "",
        "",
    )


async def test_local_times_follow_the_clocks_of_the_country(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    await had(charger, NOON.replace(month=1))
    response = await perform(hass, "export_sessions", device_id)
    assert rows(response["csv"])[0]["started"] == "2026-01-01 11:00:00+01:00"


async def test_the_hour_that_comes_twice_in_autumn_is_distinguished(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger
) -> None:
    began = datetime.fromisoformat("2026-10-25T00:30:00+00:00")
    await had(charger, began, ended=began + timedelta(minutes=40))
    (row,) = rows((await perform(hass, "export_sessions", device_id))["csv"])
    assert (row["started"], row["ended"]) == (
        "2026-10-25 02:30:00+02:00",
        "2026-10-25 02:10:00+01:00",
    )


@pytest.mark.parametrize("shown", [False, True])
async def test_a_card_is_written_only_if_the_owner_wants(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    charger: ScriptedCharger,
    *,
    shown: bool,
) -> None:
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: shown})
    await had(charger, NOON, idTag="04A1B2C3")
    text = (await perform(hass, "export_sessions", device_id))["csv"]
    assert ("04A1B2C3" in text) is shown
    (row,) = rows(text)
    assert list(row) == [*FIGURES, *(["id_tag"] if shown else [])]


@pytest.mark.parametrize(
    "tag", ["=1+1", "-1", "\t=1", "\n=1", "\N{FULLWIDTH EQUALS SIGN}1", "\ufeff=1"]
)
async def test_a_card_cannot_make_a_spreadsheet_do_something(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    charger: ScriptedCharger,
    tag: str,
) -> None:
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    await had(charger, NOON, idTag=tag)
    response = await perform(hass, "export_sessions", device_id)
    assert rows(response["csv"])[0]["id_tag"] == f"'{tag}"


@pytest.mark.parametrize(
    ("time", "name"),
    [
        ({}, f"wallbox_{IDENTITY}.csv"),
        ({"start": "2026-06-01 00:00"}, f"wallbox_{IDENTITY}_2026-06-01.csv"),
        (
            {"start": "2026-05-31T22:00:00+00:00", "end": "2026-07-01 00:00"},
            f"wallbox_{IDENTITY}_2026-06-01_2026-07-01.csv",
        ),
    ],
    ids=["everything", "since", "a month"],
)
async def test_a_file_is_named_after_the_charger_and_the_days(
    hass: HomeAssistant, device_id: str, folder: Path, time: dict[str, str], name: str
) -> None:
    response = await perform(hass, "export_sessions", device_id, **time)
    assert response["path"] == str(folder / name)
    assert [file.name for file in folder.iterdir()] == [name]


async def test_a_file_of_the_same_name_is_replaced(
    hass: HomeAssistant, device_id: str, charger: ScriptedCharger, folder: Path
) -> None:
    name = "june.csv"
    await perform(hass, "export_sessions", device_id, filename=name)
    empty = (folder / name).read_text()
    await had(charger, NOON)
    await perform(hass, "export_sessions", device_id, filename=name)
    assert len((folder / name).read_text()) > len(empty)
    assert len(list(folder.iterdir())) == 1


async def test_no_sessions_make_a_file_with_a_heading(
    hass: HomeAssistant, device_id: str, folder: Path
) -> None:
    response = await perform(hass, "export_sessions", device_id)
    assert response["csv"] == ",".join(FIGURES) + "\r\n"
    assert (response["sessions"], response["energy"], response["cost"]) == (0, 0, None)


@pytest.mark.parametrize(
    "name",
    [
        "../june.csv",
        "../../june.csv",
        "..",
        ".",
        "/",
        "/tmp/june.csv",  # noqa: S108  it must not be written
        "sub/june.csv",
        "sub/../../june.csv",
        "june",
        "june.txt",
        "june.csv.exe",
        "june.csv/..",
        ".csv",
        "june\0.csv",
        "\0",
        "link.csv",
        "linked/june.csv",
        # The processes of a run tell each other the ids of tests in UTF-8, which has no half of a pair.
        pytest.param("\ud800.csv", id="half of a pair"),
    ],
)
async def test_nothing_is_written_anywhere_else(
    hass: HomeAssistant, device_id: str, folder: Path, name: str
) -> None:
    folder.mkdir()
    (folder / "sub").mkdir()
    with tempfile.TemporaryDirectory() as elsewhere:
        (folder / "link.csv").symlink_to(Path(elsewhere) / "stolen.csv")
        (folder / "linked").symlink_to(elsewhere)
        before = everything(folder.parent)
        with pytest.raises(ServiceValidationError) as error:
            await perform(hass, "export_sessions", device_id, filename=name)
        assert error.value.translation_key == "export_outside"
        assert not list(Path(elsewhere).iterdir())
        assert everything(folder.parent) == before
    assert not Path("/tmp/june.csv").exists()  # noqa: S108


async def test_a_link_to_another_file_of_the_folder_is_followed(
    hass: HomeAssistant, device_id: str, folder: Path
) -> None:
    folder.mkdir()
    (folder / "latest.csv").symlink_to("june.csv")
    response = await perform(hass, "export_sessions", device_id, filename="latest.csv")
    assert response["path"] == str(folder / "june.csv")


@pytest.mark.parametrize("obstacle", ["folder", "file"])
@pytest.mark.parametrize("name", ["june.csv", "x" * 300 + ".csv"])
async def test_a_file_that_cannot_be_written_is_reported(
    hass: HomeAssistant, device_id: str, folder: Path, obstacle: str, name: str
) -> None:
    if obstacle == "folder":
        folder.touch()
    elif len(name) < 300:
        (folder / name).mkdir(parents=True)
    with pytest.raises(HomeAssistantError) as error:
        await perform(hass, "export_sessions", device_id, filename=name)
    assert error.value.translation_key == "export_failed"
    assert error.value.translation_placeholders == {"folder": str(folder)}


async def test_a_time_that_ends_before_it_begins_writes_nothing(
    hass: HomeAssistant, device_id: str, folder: Path
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await perform(
            hass, "export_sessions", device_id, start="2026-07-01", end="2026-06-01"
        )
    assert error.value.translation_key == "end_before_start"
    assert not folder.exists()


def everything(folder: Path) -> set[Path]:
    """Return all that is in a folder, but for Home Assistant's own storage."""
    return {path for path in folder.rglob("*") if ".storage" not in path.parts}


# The link, for those who cannot reach the folder.


async def test_the_file_can_be_downloaded_by_its_link(
    hass: HomeAssistant,
    device_id: str,
    charger: ScriptedCharger,
    folder: Path,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await had(charger, NOON)
    response = await perform(hass, "export_sessions", device_id, filename="june.csv")
    browser = await hass_client_no_auth()
    answer = await browser.get(response["download"])
    assert answer.status == HTTPStatus.OK
    assert await answer.read() == (folder / "june.csv").read_bytes()
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="june.csv"'
    # The link is for this file, and for some time only.
    path, _, signature = response["download"].partition("?")
    (folder / "july.csv").write_text("secret")
    for other in (path, f"{path.replace('june', 'july')}?{signature}"):
        assert (await browser.get(other)).status == HTTPStatus.UNAUTHORIZED
    claims = signature.removeprefix("authSig=").split(".")[1]
    lasts = json.loads(b64decode(claims + "=="))
    assert lasts["exp"] - lasts["iat"] == timedelta(days=1).total_seconds()


async def test_only_who_may_export_may_download(
    hass: HomeAssistant,
    device_id: str,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    response = await perform(hass, "export_sessions", device_id, filename="june.csv")
    path, _, _ = response["download"].partition("?")
    for token, status in (
        (None, HTTPStatus.OK),
        (hass_read_only_access_token, HTTPStatus.UNAUTHORIZED),
    ):
        client = await hass_client(token) if token else await hass_client()
        assert (await client.get(path)).status == status


@pytest.mark.parametrize(
    "name",
    [
        "gone.csv",
        "..%2Fsecrets.csv",
        "..%2F..%2Fsecrets.csv",
        "secrets.yaml",
        "%00.csv",
    ],
)
async def test_nothing_else_can_be_downloaded(
    hass: HomeAssistant,
    device_id: str,
    folder: Path,
    hass_client: ClientSessionGenerator,
    name: str,
) -> None:
    response = await perform(hass, "export_sessions", device_id, filename="june.csv")
    for secret in (folder.parent / "secrets.csv", folder / "secrets.yaml"):
        secret.write_text("secret")
    path = response["download"].partition("?")[0].removesuffix("june.csv")
    answer = await (await hass_client()).get(URL(path + name, encoded=True))
    # Home Assistant itself refuses what looks like another folder.
    assert answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
    assert "secret" not in await answer.text()
