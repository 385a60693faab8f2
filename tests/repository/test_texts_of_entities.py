"""Each entity, its states and attributes, and each building block of an automation has its text and icon."""

from collections import Counter
from collections.abc import Iterator
import importlib
from typing import Any, Final

from ocpp.v16.enums import Reason
import pytest

from custom_components.wallbox_ocpp import PLATFORMS
from custom_components.wallbox_ocpp.actions.expert import MESSAGES
from custom_components.wallbox_ocpp.charger.plan import Followed
from custom_components.wallbox_ocpp.condition import CONDITIONS
from custom_components.wallbox_ocpp.event import REASONS
from custom_components.wallbox_ocpp.lock import GUEST_UNTIL
from custom_components.wallbox_ocpp.meter_sensor import WallboxSensorDescription
from custom_components.wallbox_ocpp.sensor import ERRORS
from custom_components.wallbox_ocpp.trigger import TRIGGERS
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
    StartedBy,
)
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import ProfileName
from custom_components.wallbox_ocpp.wallbox.model.offline_test import Phase
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from custom_components.wallbox_ocpp.wallbox.views.fail_safe import Standing
from custom_components.wallbox_ocpp.wallbox.views.halo import LOOKS, HaloMeaning
from custom_components.wallbox_ocpp.wallbox.views.session_record import (
    FIGURES,
    WHO,
    account,
)
from homeassistant.components.lock.const import LockState
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict
from tests.helpers.texts import ICONS, PACKAGE, TEXTS


def descriptions() -> Iterator[tuple[str, EntityDescription]]:
    """Return the description of every entity, with its platform."""
    for platform in PLATFORMS:
        module = importlib.import_module(f"custom_components.wallbox_ocpp.{platform}")
        found = [*getattr(module, "DESCRIPTIONS", ())]
        if one := getattr(module, "DESCRIPTION", None):
            found.append(one)
        assert found, platform
        yield from ((str(platform), description) for description in found)


ENTITIES: Final = list(descriptions())
TRANSLATED: Final = {
    (platform, description.key): description for platform, description in ENTITIES
}


def attributes(description: EntityDescription) -> set[str]:
    """Return the attributes that an entity has besides those of its platform."""
    match description.key:
        case "session":
            return {"event_type", *session_attributes()}
        case "card":
            return {"event_type", "name", "person", "reason", "id_tag"}
        case "access":
            return {GUEST_UNTIL}
        case _:
            pass
    if isinstance(description, WallboxSensorDescription):
        return set(description.attributes_fn(ChargerState()) or ())
    return set()


def session_attributes() -> dict[str, Any]:
    """Return the attributes of a session that has ended, with all that can be shown."""
    return account(ChargingSession(transaction_id=1), FIGURES | WHO)


def values(description: EntityDescription, attribute: str) -> set[str] | None:
    """Return the values of an attribute that are words or yes and no."""
    match attribute:
        case "event_type":
            return set(getattr(description, "event_types", None) or ())
        case "meaning":
            return set(HaloMeaning)
        case "colour":
            return {colour for colour, _ in LOOKS.values()}
        case "pattern":
            return {pattern for _, pattern in LOOKS.values()}
        case "reason" if description.key == "card":
            return set(REASONS.values())
        case "reason":
            return {reason.name for reason in Reason}
        case "started_by":
            return {kind.value for kind in StartedBy}
        case "error":
            return set(ERRORS.values())
        case "followed":
            return {how.value for how in Followed}
        case "fail_safe":
            return {standing.value for standing in Standing}
        case "phase":
            return {phase.value for phase in Phase}
        case "profile":
            return {profile.value for profile in ProfileName}
        case "authorisation_required" | "delayed" | "derived" | "offline" | "protected":
            return {"false", "true"}
        case _:
            return None


def test_each_entity_has_a_name_that_no_other_has() -> None:
    names: Counter[tuple[str, str]] = Counter()
    for platform, description in ENTITIES:
        texts = TEXTS["entity"].get(platform, {})
        # The card finds entities by it, so one of a device class has one, too.
        key = description.key
        assert key in texts, f"{platform}.{key} has no name in translations/en.json"
        names[platform, texts[key]["name"]] += 1
    assert {name for name, count in names.items() if count > 1} == set()


def test_no_entity_has_a_text_or_an_icon_in_vain() -> None:
    for tree in (TEXTS["entity"], ICONS["entity"]):
        assert {
            (platform, key) for platform, entities in tree.items() for key in entities
        } <= TRANSLATED.keys()


@pytest.mark.parametrize(("platform", "key"), TRANSLATED)
def test_each_state_of_an_entity_has_its_text(platform: str, key: str) -> None:
    states = TEXTS["entity"][platform].get(key, {}).get("state", {})
    options = getattr(TRANSLATED[platform, key], "options", None)
    assert set(states) == set(options or ())


@pytest.mark.parametrize(("platform", "key"), TRANSLATED)
def test_each_attribute_of_an_entity_has_its_text(platform: str, key: str) -> None:
    description = TRANSLATED[platform, key]
    texts = TEXTS["entity"][platform].get(key, {}).get("state_attributes", {})
    assert set(texts) == attributes(description)
    for attribute, text in texts.items():
        # The name of this one is Home Assistant's own.
        assert ("name" in text) is (attribute != "event_type"), attribute
        wanted = values(description, attribute)
        assert set(text.get("state", {})) == (wanted or set()), attribute


@pytest.mark.parametrize(("platform", "key"), TRANSLATED)
def test_each_entity_has_an_icon_of_its_own_or_by_its_class(
    platform: str, key: str
) -> None:
    description = TRANSLATED[platform, key]
    icon = ICONS["entity"].get(platform, {}).get(key)
    if description.device_class in (None, SensorDeviceClass.ENUM):
        assert icon, f"{platform}.{key} has no icon in icons.json"
    if icon:
        states = getattr(description, "options", None) or ("off", "on", *LockState)
        assert icon["default"].startswith("mdi:")
        assert set(icon.get("state", {})) <= set(states)


def blocks_in(file: str) -> dict[str, Any]:
    """Return what Home Assistant finds in a file; a name with a dot is only a template."""
    return {
        name: block
        for name, block in load_yaml_dict(PACKAGE / file).items()
        if not name.startswith(".")
    }


@pytest.mark.parametrize(
    ("file", "section", "icon"),
    [
        ("services.yaml", "services", "service"),
        ("triggers.yaml", "triggers", "trigger"),
        ("conditions.yaml", "conditions", "condition"),
    ],
)
def test_each_building_block_of_an_automation_has_texts_and_an_icon(
    file: str, section: str, icon: str
) -> None:
    blocks = blocks_in(file)
    assert TEXTS[section].keys() == blocks.keys()
    assert ICONS[section].keys() == blocks.keys()
    for name, block in blocks.items():
        texts = TEXTS[section][name]
        assert texts["name"]
        assert texts["description"]
        assert ICONS[section][name][icon].startswith("mdi:")
        fields = block.get("fields", {})
        assert set(texts.get("fields", {})) == set(fields)
        for text in texts.get("fields", {}).values():
            assert text["name"]


def test_what_is_offered_in_the_editor_is_what_exists() -> None:
    fields = load_yaml_dict(PACKAGE / "services.yaml")["trigger_message"]["fields"]
    assert set(fields["message"]["selector"]["select"]["options"]) == MESSAGES.keys()
    assert blocks_in("triggers.yaml").keys() == TRIGGERS.keys()
    assert blocks_in("conditions.yaml").keys() == CONDITIONS.keys()
