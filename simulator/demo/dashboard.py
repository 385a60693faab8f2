"""The automation and the dashboard of the demo."""

from collections.abc import Mapping
from typing import Final

from simulator.home_assistant import Charger, HomeAssistantApi

DASHBOARD: Final = "wallbox-demo"
AUTOMATION: Final = "session_report"
AUTOMATION_ENTITY: Final = "automation.charging_report"

PRICE: Final = 0.28
"""Of a kWh, in the currency of the home."""

_CHARGER_FLOW: Final = "/api/config/config_entries/subentries/flow"
_REPORT: Final = (
    "{{ trigger.to_state.attributes.energy | round(2) }} kWh in "
    "{{ (trigger.to_state.attributes.duration / 60) | round }} minutes"
)


async def add_automation(api: HomeAssistantApi, charger: Charger) -> None:
    """Add an automation that notifies the owner of every session."""
    await api.post(
        f"/api/config/automation/config/{AUTOMATION}",
        alias="Charging report",
        description="Says how much a car has charged when it leaves.",
        triggers=[
            {
                "trigger": "wallbox_ocpp.session_ended",
                "target": {"entity_id": charger.entities["session"]},
            }
        ],
        actions=[
            {
                "action": "persistent_notification.create",
                "data": {"title": "The car has charged", "message": _REPORT},
            },
            {
                "action": "logbook.log",
                "data": {
                    "name": "Charging report",
                    "message": _REPORT,
                    "entity_id": charger.entities["session"],
                },
            },
        ],
    )


async def settle(
    api: HomeAssistantApi,
    entry_id: str,
    identity: str,
    *,
    access_control: bool = False,
    **others: str | float,
) -> None:
    """Give the charger a price of energy and other settings, and say whether its owner controls who may charge."""
    step = await _change(api, entry_id, identity)
    await api.post(step, next_step_id="settings")
    await api.post(
        step,
        guard="off",
        lease=15,
        **others or {"price": PRICE},
        access_control=access_control,
        show_id_tag=False,
        advanced={"offline_profile": "charge_hq"},
    )


async def use_sun(
    api: HomeAssistantApi, entry_id: str, identity: str, grid: str
) -> None:
    """Give the charger a sensor of the power from the grid; none with an empty name."""
    step = await _change(api, entry_id, identity)
    await api.post(step, next_step_id="solar")
    await api.post(step, **({"grid": grid} if grid else {}))
    if grid:
        await api.post(step, next_step_id="solar_saved")


async def give_cards(
    api: HomeAssistantApi, entry_id: str, identity: str, cards: Mapping[str, str]
) -> None:
    """Add cards to the charger: their names by their numbers."""
    for number, name in cards.items():
        step = await _change(api, entry_id, identity)
        await api.post(step, next_step_id="cards")
        await api.post(step, next_step_id="enter")
        await api.post(step, id_tag=number)
        await api.post(step, name=name, enabled=True)


async def _change(api: HomeAssistantApi, entry_id: str, identity: str) -> str:
    """Open the dialog *Change charger*, and return the address of its next step."""
    subentries = await api.command("config_entries/subentries/list", entry_id=entry_id)
    [charger] = [one for one in subentries if one["unique_id"] == identity]
    menu = await api.post(
        _CHARGER_FLOW,
        handler=[entry_id, "charger"],
        subentry_id=charger["subentry_id"],
    )
    return f"{_CHARGER_FLOW}/{menu['flow_id']}"


async def add_dashboard(api: HomeAssistantApi) -> None:
    """Add the dashboard of the integration, as two clicks under *Add dashboard* do."""
    await api.command(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Wallbox",
        icon="mdi:ev-station",
        mode="storage",
    )
    await api.command(
        "lovelace/config/save",
        url_path=DASHBOARD,
        config={"strategy": {"type": "custom:wallbox-ocpp"}},
    )
