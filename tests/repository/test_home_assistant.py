"""What we take from Home Assistant: its public face, and what is listed here with a reason."""

import ast
from collections.abc import Iterator, Mapping
from importlib.metadata import requires
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Final

import pytest

from homeassistant import const
from simulator.home_assistant import CURRENT

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGE: Final = REPOSITORY / "custom_components" / "wallbox_ocpp"

PUBLIC: Final = frozenset(
    {
        "homeassistant.components.binary_sensor",
        "homeassistant.components.button",
        "homeassistant.components.calendar",
        "homeassistant.components.diagnostics",
        "homeassistant.components.event",
        "homeassistant.components.lock",
        "homeassistant.components.number",
        "homeassistant.components.repairs",
        "homeassistant.components.select",
        "homeassistant.components.sensor",
        "homeassistant.components.switch",
        "homeassistant.components.system_health",
        "homeassistant.components.time",
        "homeassistant.config_entries",
        "homeassistant.const",
        "homeassistant.core",
        "homeassistant.data_entry_flow",
        "homeassistant.exceptions",
        "homeassistant.helpers.config_validation",
        "homeassistant.helpers.device_registry",
        "homeassistant.helpers.entity",
        "homeassistant.helpers.entity_platform",
        "homeassistant.helpers.entity_registry",
        "homeassistant.helpers.event",
        "homeassistant.helpers.issue_registry",
        "homeassistant.helpers.network",
        "homeassistant.helpers.selector",
        "homeassistant.helpers.service",
        "homeassistant.helpers.storage",
        "homeassistant.helpers.typing",
        "homeassistant.helpers.update_coordinator",
        "homeassistant.util.dt",
    }
)
"""Modules that developers.home-assistant.io shows to integrations."""

EXCEPTIONS: Final[Mapping[str, str]] = {
    "homeassistant.auth.models.User": "The type of who asks for something.",
    "homeassistant.auth.permissions.const.POLICY_CONTROL": (
        "Shown on the page on permissions; actions ask for it as those of entities do."
    ),
    "homeassistant.auth.permissions.const.POLICY_READ": "As POLICY_CONTROL.",
    "homeassistant.components.automation.automations_with_device": (
        "Whether an automation uses the lock of a charger is known nowhere else."
    ),
    "homeassistant.components.automation.automations_with_entity": (
        "As automations_with_device."
    ),
    "homeassistant.components.binary_sensor.const.BinarySensorDeviceClass": (
        "Shown as a name of binary_sensor, which exports it explicitly from 2026.11 on only."
    ),
    "homeassistant.components.button.const.ButtonDeviceClass": (
        "Shown as a name of button, which exports it explicitly from 2026.11 on only."
    ),
    "homeassistant.components.energy.data.async_get_manager": (
        "The price of the energy dashboard is suggested; energy shows it from 2026.11 on only."
    ),
    "homeassistant.components.frontend.add_extra_js_url": (
        "Has the card loaded where resources are in YAML, and nobody else may add one."
    ),
    "homeassistant.components.frontend.remove_extra_js_url": "As add_extra_js_url.",
    "homeassistant.components.http.auth.async_sign_path": (
        "The one way to a link that lets its holder fetch one file, as the camera's."
    ),
    "homeassistant.components.http.const.KEY_HASS_USER": (
        "Who asks for a file; views of Home Assistant itself read it like this."
    ),
    "homeassistant.components.http.server.StaticPathConfig": (
        "Shown as a name of http, which exports it explicitly from 2026.11 on only."
    ),
    "homeassistant.components.lovelace.const.LOVELACE_DATA": (
        "Where the resources of dashboards are, among which HACS wants a card to be."
    ),
    "homeassistant.components.lovelace.const.MODE_STORAGE": "As LOVELACE_DATA.",
    "homeassistant.components.lovelace.resources.ResourceStorageCollection": (
        "The type of resources that can be changed."
    ),
    "homeassistant.components.network.async_get_enabled_source_ips": (
        "Where this machine may be found, if it is in several networks."
    ),
    "homeassistant.components.network.async_get_source_ip": (
        "The address of this machine in the home's network is known nowhere else."
    ),
    "homeassistant.components.number.const.NumberDeviceClass": (
        "Shown as a name of number; imported like the other device classes."
    ),
    "homeassistant.components.recorder.models.StatisticData": (
        "The type of what async_import_statistics takes."
    ),
    "homeassistant.components.recorder.models.StatisticMetaData": (
        "The type of what async_import_statistics takes."
    ),
    "homeassistant.components.recorder.statistics.StatisticsRow": (
        "The type of what get_last_statistics returns."
    ),
    "homeassistant.components.recorder.statistics.async_import_statistics": (
        "The one way to put energy into the hour in which it flowed."
    ),
    "homeassistant.components.recorder.statistics.get_last_short_term_statistics": (
        "Tells with which sum the recorder will go on."
    ),
    "homeassistant.components.recorder.statistics.get_last_statistics": (
        "Tells which hours the recorder has written."
    ),
    "homeassistant.components.recorder.statistics.get_metadata": (
        "Tells the unit of a sensor's statistics."
    ),
    "homeassistant.components.recorder.tasks.SynchronizeTask": (
        "Recorder.async_block_till_done returns early while a commit is under way."
    ),
    "homeassistant.components.script.scripts_with_device": (
        "As automations_with_device."
    ),
    "homeassistant.components.script.scripts_with_entity": (
        "As automations_with_device."
    ),
    "homeassistant.components.websocket_api.async_register_command": (
        "Shown on the page on extending the WebSocket API."
    ),
    "homeassistant.components.websocket_api.connection.ActiveConnection": (
        "Shown as a name of websocket_api, which does not export it explicitly."
    ),
    "homeassistant.components.websocket_api.const.ERR_NOT_FOUND": "As ActiveConnection.",
    "homeassistant.components.websocket_api.decorators.async_response": (
        "As ActiveConnection."
    ),
    "homeassistant.components.websocket_api.decorators.websocket_command": (
        "As ActiveConnection."
    ),
    "homeassistant.config_entries.SAVE_DELAY": (
        "Nothing tells that a changed entry is on disk; a password is sent only after that."
    ),
    "homeassistant.helpers.automation.DomainSpec": (
        "Triggers and conditions of integrations; the pages on them are still being written."
    ),
    "homeassistant.helpers.condition.Condition": "As DomainSpec.",
    "homeassistant.helpers.condition.EntityStateConditionBase": "As DomainSpec.",
    "homeassistant.helpers.debounce.Debouncer": (
        "One reading of prices at a time, and a pause after it."
    ),
    "homeassistant.helpers.http.KEY_HASS": "As HomeAssistantView.",
    "homeassistant.helpers.http.HomeAssistantView": (
        "Shown as a name of http, which exports it explicitly from 2026.11 on only."
    ),
    "homeassistant.helpers.json.json_dumps": (
        "Writes dates and enumerations as Home Assistant's own files have them."
    ),
    "homeassistant.helpers.recorder.get_instance": (
        "Reading statistics blocks, so it is the recorder's own threads that do it."
    ),
    "homeassistant.helpers.start.async_at_started": (
        "Automations that wait for the end of a session exist only then."
    ),
    "homeassistant.helpers.storage.Store._async_write_data": (
        "async_save does not say that it failed, and a charger must be told."
    ),
    "homeassistant.helpers.translation.async_get_cached_translations": (
        "The calendar's texts are translated by nobody else."
    ),
    "homeassistant.helpers.translation.async_get_translations": (
        "The calendar's texts are translated by nobody else."
    ),
    "homeassistant.helpers.dispatcher.async_dispatcher_connect": (
        "A trigger hears of what no entity shows; integrations of Home Assistant do it like this."
    ),
    "homeassistant.helpers.dispatcher.async_dispatcher_send": (
        "As async_dispatcher_connect."
    ),
    "homeassistant.helpers.target.TargetSelection": "As DomainSpec.",
    "homeassistant.helpers.target.async_extract_referenced_entity_ids": (
        "As DomainSpec."
    ),
    "homeassistant.helpers.trigger.EntityTransitionTriggerBase": "As DomainSpec.",
    "homeassistant.helpers.trigger.EntityTriggerBase": "As DomainSpec.",
    "homeassistant.helpers.trigger.NotTriggeredReasonReporter": "As DomainSpec.",
    "homeassistant.helpers.trigger.StatelessEntityTriggerBase": "As DomainSpec.",
    "homeassistant.helpers.trigger.Trigger": "As DomainSpec.",
    "homeassistant.helpers.trigger.TriggerActionRunner": "As DomainSpec.",
    "homeassistant.helpers.trigger.TriggerConfig": "As DomainSpec.",
    "homeassistant.helpers.trigger.TriggerNotTriggeredReporter": "As DomainSpec.",
    "homeassistant.util.file.WriteError": "What Store raises if the disk is full.",
    "homeassistant.util.file.write_utf8_file_atomic": (
        "Writes a file as a whole or not at all."
    ),
    "homeassistant.util.hass_dict.HassKey": "The type of a key of hass.data.",
    "homeassistant.util.json.JSON_DECODE_EXCEPTIONS": "What json_loads raises.",
    "homeassistant.util.json.SerializationError": (
        "What Store raises if it is given what is no JSON."
    ),
    "homeassistant.util.json.json_loads": "Reads what json_dumps has written.",
    "homeassistant.util.json.json_loads_array": "Reads what json_dumps has written.",
    "homeassistant.util.json.json_loads_object": "Reads what json_dumps has written.",
    "homeassistant.util.signal_type.SignalType": "As async_dispatcher_connect.",
    "homeassistant.util.ulid.ulid_at_time": (
        "The ids of subentries are ULIDs, which tell when they were made."
    ),
    "homeassistant.util.ulid.ulid_now": "The id of what is kept of a deleted charger.",
    "homeassistant.util.slugify": "Names an exported file as Home Assistant would.",
    "homeassistant.util.unit_conversion.EnergyConverter": (
        "The unit of a sensor's statistics is its owner's choice."
    ),
    "homeassistant.util.unit_conversion.PowerConverter": (
        "Converts what a sensor of power shows to W."
    ),
}
"""Names that it does not show, and why we need them all the same."""

OVERRIDDEN: Final = "homeassistant.helpers.storage.Store._async_write_data"
"""Listed, and imported by nobody."""


def test_all_that_is_taken_is_public_or_listed_with_a_reason() -> None:
    taken = {(module, f"{module}.{name}") for module, name in _taken()}
    public = {name for module, name in taken if PUBLIC & {module, name}}
    assert public
    assert ({name for _, name in taken} - public) | (public & EXCEPTIONS.keys()) == (
        EXCEPTIONS.keys() - {OVERRIDDEN}
    )


@pytest.mark.parametrize(
    "python", [Path(sys.executable), CURRENT], ids=["test", "current"]
)
def test_all_that_is_listed_exists_in_both_home_assistants(python: Path) -> None:
    program = [str(python), "-m", "tests.helpers.missing_names", *EXCEPTIONS]
    done = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_all_other_packages_come_with_home_assistant_or_are_required() -> None:
    manifest = json.loads((PACKAGE / "manifest.json").read_text())
    required = {_name(line) for line in manifest["requirements"]}
    core = {_name(line) for line in requires("homeassistant") or ()}
    # Home Assistant puts probatio in the place of voluptuous.
    allowed = required | core | {"voluptuous"}
    used = {
        module.split(".")[0]
        for module, _ in _imports()
        if module.split(".")[0] not in {*sys.stdlib_module_names, "homeassistant"}
    }
    assert used - {"_typeshed"} <= allowed
    assert required <= used


def test_what_is_required_lies_within_home_assistants_own_constraints() -> None:
    constraints = (
        (Path(const.__file__).parent / "package_constraints.txt")
        .read_text()
        .splitlines()
    )
    manifest = json.loads((PACKAGE / "manifest.json").read_text())
    for requirement in manifest["requirements"]:
        same = [line for line in constraints if _name(line) == _name(requirement)]
        assert same in ([], [requirement])


def _name(requirement: str) -> str:
    return re.split(r"[=<>~!\[ ;]", requirement)[0].lower()


def _taken() -> Iterator[tuple[str, str]]:
    for module, name in _imports():
        if module.split(".")[0] == "homeassistant":
            yield module, name


def _imports() -> Iterator[tuple[str, str]]:
    """Yield each import from outside the package: the module and the name."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    yield from ((module, alias.name) for alias in names)
                case ast.Import(names=names):
                    yield from ((alias.name, "") for alias in names)
                case _:
                    pass
