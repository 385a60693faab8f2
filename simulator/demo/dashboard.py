"""The automation and the dashboard of the demo."""

from typing import Any, Final

from simulator.home_assistant import Charger, HomeAssistantApi

DASHBOARD: Final = "wallbox-demo"
AUTOMATION: Final = "session_report"
AUTOMATION_ENTITY: Final = "automation.charging_report"

_HALO_COLOURS: Final = {
    "locked": "amber",
    "ready": "green",
    "connected": "cyan",
    "charging": "blue",
    "error": "red",
}
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


async def add_dashboard(api: HomeAssistantApi, charger: Charger) -> None:
    """Add a dashboard for the charger."""
    await api.command(
        "lovelace/dashboards/create",
        url_path=DASHBOARD,
        title="Wallbox",
        icon="mdi:ev-station",
        mode="storage",
    )
    await api.command(
        "lovelace/config/save", url_path=DASHBOARD, config=_dashboard(charger)
    )


def _dashboard(charger: Charger) -> dict[str, Any]:
    entities = charger.entities

    def tile(key: str, **options: Any) -> dict[str, Any]:
        name = {"type": "entity"}
        return {"type": "tile", "entity": entities[key], "name": name, **options}

    def halo(state: str, colour: str) -> dict[str, Any]:
        # A tile has one colour, so there is one for each.
        return tile(
            "halo",
            color=colour,
            state_content=["state", "colour", "pattern"],
            visibility=[
                {"condition": "state", "entity": entities["halo"], "state": state}
            ],
            grid_options={"columns": "full"},
        )

    def graph(title: str, hours: float, *keys: str) -> dict[str, Any]:
        return {
            "type": "history-graph",
            "title": title,
            "hours_to_show": hours,
            "entities": [{"entity": entities[key]} for key in keys],
            "grid_options": {"columns": "full"},
        }

    now = [
        {"type": "heading", "heading": "Wallbox", "icon": "mdi:ev-station"},
        *(halo(state, colour) for state, colour in _HALO_COLOURS.items()),
        tile("offline_protection"),
        tile("status"),
        tile("power"),
        tile("session_energy"),
        tile("why_not_charging"),
        tile(
            "charging",
            features=[{"type": "toggle"}],
            grid_options={"columns": "full"},
        ),
        tile(
            "current_limit",
            features=[{"type": "numeric-input", "style": "slider"}],
            grid_options={"columns": "full"},
        ),
    ]
    past = [
        {"type": "heading", "heading": "What happened", "icon": "mdi:history"},
        graph("Halo", 0.05, "halo", "status"),
        graph("Power", 0.05, "power"),
        {
            "type": "logbook",
            "hours_to_show": 1,
            "target": {
                "entity_id": [
                    entities["halo"],
                    entities["session"],
                    entities["offline_protection"],
                    AUTOMATION_ENTITY,
                ]
            },
            "grid_options": {"columns": "full"},
        },
    ]
    return {
        "views": [
            {
                "title": "Wallbox",
                "type": "sections",
                "max_columns": 2,
                "sections": [
                    {"type": "grid", "cards": now},
                    {"type": "grid", "cards": past},
                ],
            }
        ]
    }
