"""What a central system sends that is not valid is found, by each kind of charger that there is."""

import pytest

from simulator.schemas import ViolationError, violation_of_call, violation_of_result
from simulator.scripted_charger import living
from simulator.virtual_time import until
from simulator.virtual_wallbox import VirtualWallbox
from tests.simulator.central_system import ANSWERS, CentralSystem

BROKEN = {"type": "Gentle"}


@pytest.mark.parametrize(
    ("action", "payload", "wrong"),
    [
        ("Heartbeat", {"currentTime": "2026-09-01T10:00:00Z"}, None),
        ("Heartbeat", {"currentTime": "2026-09-01T10:00:00"}, "date-time"),
        ("Heartbeat", {"currentTime": "now"}, "date-time"),
        ("Heartbeat", {"currentTime": 5}, "string"),
        ("Heartbeat", {}, "required"),
        ("Authorize", {"idTagInfo": {"status": "Fine"}}, "idTagInfo.status"),
        ("StatusNotification", {"more": 1}, "Additional"),
        ("Invented", {}, "no such action"),
    ],
)
def test_results(action: str, payload: object, wrong: str | None) -> None:
    found = violation_of_result(action, payload)
    assert found is None if wrong is None else wrong in (found or "")


@pytest.mark.parametrize(("limit", "valid"), [(6.3, True), (16, True), (6.35, False)])
def test_a_limit_has_one_decimal_and_is_no_binary_fraction(
    limit: float, valid: bool
) -> None:
    period = {"startPeriod": 0, "limit": limit}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [period],
        },
    }
    payload = {"connectorId": 1, "csChargingProfiles": profile}
    assert (violation_of_call("SetChargingProfile", payload) is None) == valid


async def test_a_virtual_wallbox_refuses_it_and_fails_in_the_end() -> None:
    async with CentralSystem() as server:
        box = VirtualWallbox(server.url, until=until)
        await box.start()
        await box.wait_connected()
        answer = await server.call("Reset", BROKEN)
        assert answer[2] == "FormationViolation"
        assert (await server.call("Reset", {"type": "Soft"}))[0] == 3
        with pytest.raises(ViolationError, match=r"Reset: \$\.type: 'Gentle'"):
            await box.stop()


async def test_a_virtual_wallbox_fails_by_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accepted = ANSWERS["BootNotification"] | {"interval": "60"}
    monkeypatch.setitem(ANSWERS, "BootNotification", accepted)
    async with CentralSystem() as server:
        box = VirtualWallbox(server.url, until=until)
        await box.start()
        await box.wait_until(lambda: bool(box.charger.violations))
        with pytest.raises(ViolationError, match=r"BootNotification: \$\.interval"):
            await box.stop()


async def test_a_scripted_charger_fails_in_the_end() -> None:
    async with CentralSystem() as server:
        with pytest.raises(ViolationError, match=r"Reset: \$\.type"):
            async with living(server.url, {}):
                await server.call("Reset", BROKEN)


async def test_a_scripted_charger_fails_by_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ANSWERS, "Heartbeat", {})
    async with CentralSystem() as server:
        with pytest.raises(ViolationError, match=r"Heartbeat: \$: 'currentTime'"):
            async with living(server.url, {}) as charger:
                await charger.ask("Heartbeat", {})
