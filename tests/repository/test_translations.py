"""Every key that the code can show has a text and an icon, and none is there in vain."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
import importlib
import inspect
import json
from pathlib import Path
import re
from typing import Any, Final

from ocpp.v16.enums import Reason
import pytest
import voluptuous as vol

from custom_components.wallbox_ocpp import PLATFORMS, calendar, config_flow
from custom_components.wallbox_ocpp.actions.expert import MESSAGES
from custom_components.wallbox_ocpp.charger.issues import (
    ISSUES,
    NOT_ALL_RESTORED,
    PERSON_GONE,
    PRICE_GONE,
    PRICE_UNIT,
    PRICES_AWAY,
    SCHEDULE_GONE,
    SENSOR_GONE,
    SENSOR_SILENT,
    UNATTENDED,
    _placeholders,
)
from custom_components.wallbox_ocpp.charger.plan import Followed
from custom_components.wallbox_ocpp.charger.removal import NOT_RESTORED
from custom_components.wallbox_ocpp.condition import CONDITIONS
from custom_components.wallbox_ocpp.const import SUBENTRY_CHARGER
from custom_components.wallbox_ocpp.event import REASONS
from custom_components.wallbox_ocpp.flows import (
    add_charger,
    cards,
    found as found_flow,
    offline_test,
    password,
    price_check,
    removal,
    settings,
    solar,
    take_over,
)
from custom_components.wallbox_ocpp.flows.offline_test import TestProgress
from custom_components.wallbox_ocpp.flows.pairing import PairingProgress
from custom_components.wallbox_ocpp.hub import address, certificate
from custom_components.wallbox_ocpp.hub.certificate import Encryption
from custom_components.wallbox_ocpp.hub.hub import PORT_IN_USE
from custom_components.wallbox_ocpp.hub.unknown_chargers import (
    UNFIT_IDENTITIES,
    UNKNOWN_CHARGERS,
)
from custom_components.wallbox_ocpp.lock import GUEST_UNTIL
from custom_components.wallbox_ocpp.meter_sensor import WallboxSensorDescription
from custom_components.wallbox_ocpp.prices.problem import Problem
from custom_components.wallbox_ocpp.repairs import ACTIONS, TESTS
from custom_components.wallbox_ocpp.sensor import ERRORS
from custom_components.wallbox_ocpp.trigger import TRIGGERS
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
    StartedBy,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from custom_components.wallbox_ocpp.wallbox.model.offline_energy import Unattended
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import ProfileName
from custom_components.wallbox_ocpp.wallbox.model.offline_test import (
    Cause,
    Missing,
    Phase,
    Result,
)
from custom_components.wallbox_ocpp.wallbox.model.plan_trial import Following
from custom_components.wallbox_ocpp.wallbox.model.solar import (
    BatteryPositive,
    GridPositive,
)
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
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
from tests.wallbox.states import a_state

PACKAGE: Final = Path(__file__).parents[2] / "custom_components" / "wallbox_ocpp"
TEXTS: Final = json.loads((PACKAGE / "translations" / "en.json").read_text())
ICONS: Final = json.loads((PACKAGE / "icons.json").read_text())

CHARGED: Final = a_state(
    unattended=Unattended(energy=1.0, since=dt_util.utcnow(), until=dt_util.utcnow())
)
"""A charger whose repairs have all there is to be told."""
FILES: Final = {"certificate", "key"}
"""What the errors of a certificate name."""
OTHER_ISSUES: Final = {
    NOT_RESTORED: {"charger", "identity", "settings"},
    PERSON_GONE: {"charger", "cards"},
    PRICE_GONE: {"charger", "entity"},
    PRICE_UNIT: {"charger", "entity", "unit", "units", "currency"},
    PRICES_AWAY: {"charger", "since", "problem"},
    SCHEDULE_GONE: {"charger", "schedule"},
    SENSOR_GONE: {"charger", "sensors"},
    SENSOR_SILENT: {"charger", "sensors", "since"},
    UNFIT_IDENTITIES: {"chargers"},
    **dict.fromkeys(certificate.RENEWAL_ERRORS, FILES),
}
"""Those that no state of a charger says, with their placeholders."""
UI: Final = "ui_"
"""What the texts of the card and the dashboard begin with; see test_frontend.py."""
ABOUT_FILES: Final = {"sessions_set_aside", "state_set_aside"}
"""Those of a file that could not be read."""
RESTORE_ABORTS: Final = {
    "charger_offline",
    "no_answer_kept",
    "restore_refused",
    "unplug_first",
}
REBOOT_ABORTS: Final = {"charger_offline", "no_answer", "reboot_refused"}
"""What can go wrong with a reboot; a refusal in OCPP's own words becomes the last one."""


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
    (platform, description.translation_key): description
    for platform, description in ENTITIES
    if description.translation_key
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


def leaves(tree: Mapping[str, Any], *path: str) -> Iterator[tuple[str, str]]:
    """Return every text with its place."""
    for key, value in tree.items():
        if isinstance(value, str):
            yield "/".join((*path, key)), value
        else:
            yield from leaves(value, *path, key)


def placeholders(*texts: str) -> set[str]:
    """Return the placeholders in texts."""
    return {name for text in texts for name in re.findall(r"\{(\w+)\}", text)}


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Return the calls of a function or method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name == (
            node.func.attr
            if isinstance(node.func, ast.Attribute)
            else getattr(node.func, "id", None)
        ):
            yield node


def argument(node: ast.Call, name: str) -> ast.expr | None:
    """Return a keyword argument of a call."""
    return next((item.value for item in node.keywords if item.arg == name), None)


def words(*nodes: ast.expr | None) -> set[str]:
    """Return those of some expressions that are plain words."""
    return {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def named(node: ast.expr | None) -> set[str]:
    """Return the keys of a dict display."""
    return words(*node.keys) if isinstance(node, ast.Dict) else set()


# Texts in general.


def test_each_text_says_something() -> None:
    for place, text in leaves(TEXTS):
        assert text, place
        # A reference is only resolved in Home Assistant's own integrations.
        assert "[%key:" not in text, place


# The flows.


CHECK = "_async_port_error"
"""The check that says by a word what is wrong with a port."""


DIALOGS: Final = (
    config_flow,
    cards,
    add_charger,
    offline_test,
    password,
    removal,
    settings,
    solar,
    take_over,
)
PARTS: Final = {
    "config": ["WallboxConfigFlow"],
    "charger": [
        "ChargerFlow",
        "CardFlow",
        "OfflineTestFlow",
        "PairingFlow",
        "PasswordFlow",
        "RemovalFlow",
        "SettingsFlow",
        "SolarFlow",
        "TakeOverFlow",
    ],
}
"""The classes that a dialog consists of."""
PROGRESS: Final = {"wait": PairingProgress, "watch_test": TestProgress}
"""What the steps show that wait for more than one thing."""
TO_TYPE: Final = {"address", "identity", "password"}
"""What `_async_what_to_type` says."""
FURTHER_ERRORS: Final = {
    "config": set(certificate.ERRORS),
    # Whatever can be wrong with a request to a charger.
    "charger": {"charger_offline", "no_answer_kept", "refused"}
    | {"restore_refused", "unplug_first"}
    # What is wrong with what was chosen in the settings.
    | {"price_entity_gone", "schedule_entity_gone"}
    # Whatever keeps a test from beginning.
    | {"offline_test_missing", "offline_test_not_saved", "offline_test_running"},
}


def flow(*names: str) -> ast.Module:
    """Return the source of a flow with its parts, or of a check it makes."""
    nodes: list[ast.stmt] = [
        node
        for module in DIALOGS
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef) and node.name in names
    ]
    assert len(nodes) == len(names)
    return ast.Module(nodes, [])


def fields(schema: ast.AST) -> set[str]:
    """Return the fields of a form: those of a schema, or one that is named."""
    found: set[str] = set()
    for node in ast.walk(schema):
        for module in DIALOGS:
            content = getattr(module, getattr(node, "id", ""), None)
            if isinstance(content, vol.Schema):
                found.update(map(str, content.schema))
            elif isinstance(content, str):
                found.add(content)
    return found


def shown_with(shown: ast.Call) -> set[str]:
    """Return the placeholders that a step is shown with."""
    node = argument(shown, "description_placeholders")
    found = named(node)
    if node and any(calls(node, "_async_what_to_type")):
        found |= TO_TYPE
    if node and ast.unparse(node) == "self._report":
        (report,) = (
            item
            for item in ast.walk(ast.parse(inspect.getsource(found_flow.async_report)))
            if isinstance(item, ast.Return) and isinstance(item.value, ast.Dict)
        )
        found |= named(report.value)
    return found


def steps(source: ast.AST) -> dict[str, tuple[set[str], set[str]]]:
    """Return the forms of a flow, with the fields and the placeholders of each."""
    found = {}
    for step in ast.walk(source):
        if not isinstance(step, ast.AsyncFunctionDef):
            continue
        schemas = {
            ast.unparse(node.targets[0]): node.value
            for node in ast.walk(step)
            if isinstance(node, ast.Assign)
        }
        for form in calls(step, "async_show_form"):
            (step_id,) = words(argument(form, "step_id"))
            schema = argument(form, "data_schema")
            assert schema
            parts = [schema] + [
                schemas[node.id]
                for node in ast.walk(schema)
                if isinstance(node, ast.Name) and node.id in schemas
            ]
            asked = {field for part in parts for field in fields(part)}
            found[step_id] = (asked, shown_with(form))
    return found


def menus(source: ast.AST) -> dict[str, tuple[set[str], set[str]]]:
    """Return the menus of a flow, with the options and the placeholders of each."""
    found = {}
    for step in ast.walk(source):
        for menu in calls(step, "async_show_menu"):
            if isinstance(step, ast.AsyncFunctionDef):
                (step_id,) = words(argument(menu, "step_id"))
                parts = [step, *ways_of(source, step)]
                lists = [
                    node
                    for part in parts
                    for node in ast.walk(part)
                    if isinstance(node, ast.List)
                ]
                options = words(*(item for node in lists for item in node.elts))
                found[step_id] = (options, shown_with(menu))
    return found


def ways_of(source: ast.AST, step: ast.AST) -> list[ast.FunctionDef]:
    """Return the properties in which the options of a menu are listed, if not in its step."""
    used = {node.attr for node in ast.walk(step) if isinstance(node, ast.Attribute)}
    return [
        node
        for node in ast.walk(source)
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("_ways")
        and node.name in used
    ]


def waits(source: ast.AST) -> dict[str, tuple[set[str], set[str]]]:
    """Return the steps of a flow that wait, with what each shows and its placeholders."""
    return {
        step_id: (
            words(argument(shown, "progress_action"))
            or {action.value for action in PROGRESS[step_id]},
            shown_with(shown),
        )
        for shown in calls(source, "async_show_progress")
        for step_id in words(argument(shown, "step_id"))
    }


def errors(source: ast.AST) -> set[str]:
    """Return the errors that a flow shows in its forms, also what it has checked."""
    assigned = [
        node.value
        for node in ast.walk(source)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]).startswith("errors[")
    ]
    checks = [flow(CHECK)] if any(calls(source, CHECK)) else []
    returned = [
        node.value
        for check in checks
        for node in ast.walk(check)
        if isinstance(node, ast.Return)
        and node.value
        and ast.unparse(node.value) != "None"
    ]
    return words(
        *(node for node in assigned if not isinstance(node, ast.Name)), *returned
    )


def aborts(source: ast.AST) -> set[str]:
    """Return the reasons with which a flow ends without a result that it keeps."""
    reasons = [argument(node, "reason") for node in calls(source, "async_abort")]
    return words(
        *reasons,
        *(node.args[1] for node in calls(source, "_keep")),
        *(node.args[0] for node in calls(source, "_end")),
    )


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("config", TEXTS["config"]),
        ("charger", TEXTS["config_subentries"][SUBENTRY_CHARGER]),
    ],
)
def test_each_step_field_error_and_abort_of_a_flow_has_its_text(
    name: str, texts: dict[str, Any]
) -> None:
    source = flow(*PARTS[name])
    forms, choices, waiting = steps(source), menus(source), waits(source)
    assert texts["step"].keys() == forms.keys() | choices.keys() | waiting.keys()
    for step in texts["step"].values():
        assert step["title"]
    in_errors = placeholders(*texts.get("error", {}).values())
    for step_id, (wanted, given) in forms.items():
        step = texts["step"][step_id]
        sections = step.get("sections", {})
        assert all(part["name"] and part["description"] for part in sections.values())
        for texts_of in ("data", "data_description"):
            told_of = {name for part in sections.values() for name in part[texts_of]}
            assert {*step.get(texts_of, {}), *sections, *told_of} == wanted, step_id
        told = placeholders(*(text for _, text in leaves(step)))
        assert told <= given <= told | in_errors, step_id
    for step_id, (options, given) in choices.items():
        step = texts["step"][step_id]
        assert step["menu_options"].keys() == options, step_id
        assert placeholders(*(text for _, text in leaves(step))) == given, step_id
    told = texts.get("progress", {})
    assert told.keys() == {
        action for actions, _ in waiting.values() for action in actions
    }
    for step_id, (actions, given) in waiting.items():
        assert placeholders(*(told[action] for action in actions)) == given, step_id
    assert set(texts.get("error", {})) == errors(source) | FURTHER_ERRORS[name]
    # Home Assistant itself refuses a second charger with the same identity.
    theirs = {"already_configured"} if name == "charger" else set()
    assert set(texts.get("abort", {})) == aborts(source) | theirs


def test_a_charger_can_be_added_and_changed_by_name() -> None:
    texts = TEXTS["config_subentries"][SUBENTRY_CHARGER]
    assert TEXTS["config_subentries"].keys() == {SUBENTRY_CHARGER}
    assert texts["entry_type"]
    assert texts["initiate_flow"].keys() == {"reconfigure", "user"}


def test_each_choice_of_a_selector_has_its_text() -> None:
    choices = {
        "encryption": Encryption,
        "battery_positive": BatteryPositive,
        "grid_positive": GridPositive,
        "guard": FailSafeMode,
        "offline_profile": ProfileName,
    }
    assert TEXTS["selector"].keys() == {"message", *choices}
    assert TEXTS["selector"]["message"]["options"].keys() == MESSAGES.keys()
    for name, values in choices.items():
        options = TEXTS["selector"][name]["options"]
        assert options.keys() == {value.value for value in values}


def test_a_choice_is_plain_text_because_a_list_shows_no_markdown() -> None:
    assert [
        text for _, text in leaves(TEXTS["selector"]) if re.search(r"[*`]", text)
    ] == []


# Entities.


def test_each_entity_has_a_name_that_no_other_has() -> None:
    names: Counter[tuple[str, str]] = Counter()
    for platform, description in ENTITIES:
        texts = TEXTS["entity"].get(platform, {})
        # The card finds entities by it, so one of a device class has one, too.
        key = description.translation_key
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


# Actions, triggers and conditions.


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


# Errors and repairs.


def raised() -> dict[str, set[str]]:
    """Return the errors that the code raises, with the placeholders it gives."""
    found: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in (
                "failed",
                "invalid",
            ):
                raised_keys = words(*node.args[:1])
                given = {item.arg for item in node.keywords if item.arg}
            elif (domain := argument(node, "translation_domain")) and (
                ast.unparse(domain) == "DOMAIN"
            ):
                raised_keys = words(argument(node, "translation_key"))
                given = named(argument(node, "translation_placeholders"))
            else:
                continue
            found |= {key: found.get(key, set()) | given for key in raised_keys}
    return found


def test_each_error_has_its_text() -> None:
    found = raised() | dict.fromkeys(certificate.ERRORS, FILES)
    assert TEXTS["exceptions"].keys() == found.keys()
    for key, given in found.items():
        assert placeholders(TEXTS["exceptions"][key]["message"]) <= given, key


OF_THE_TEST: Final = {
    **{f"offline_test_missing_{need}": set[str]() for need in Missing},
    **{f"offline_test_cause_{cause}": set[str]() for cause in Cause},
    f"offline_test_cause_{Cause.SETTINGS}": {"keys"},
    **{f"offline_test_plan_{following}": {"charger"} for following in Following},
    **{f"offline_test_result_{result}": {"charger"} for result in Result},
    **{
        f"offline_test_result_{result}": {"charger", "energy", "firmware", "minutes"}
        for result in (Result.PROVEN, Result.FAILED)
    },
}
"""The texts of a test, by their values, with their placeholders."""
OF_PRICES: Final = {
    **{f"price_problem_{problem}": {"entity"} for problem in Problem},
    f"price_problem_{Problem.CURRENCY_DIFFERS}": {"entity", "unit", "currency"},
    f"price_problem_{Problem.DISABLED}": {"entity", "other"},
    f"price_problem_{Problem.UNIT_UNKNOWN}": {"entity", "unit", "currency"},
}
"""The texts of what is wrong with prices, with their placeholders."""


OF_THE_SUN: Final = {
    key: {"power"} if key in (words.positive, words.negative) else set[str]()
    for words in (solar.GRID, solar.BATTERY)
    for key in (words.positive, words.negative, words.none, words.silent)
}
"""The texts of what a sensor says, with their placeholders."""


def test_each_text_of_our_own_is_there_and_gets_what_it_needs() -> None:
    used = {
        key: {item.arg for item in node.keywords if item.arg}
        for module in (
            calendar,
            cards,
            found_flow,
            address,
            add_charger,
            offline_test,
            price_check,
            solar,
            take_over,
        )
        for name in ("_text", "text")
        for node in calls(ast.parse(inspect.getsource(module)), name)
        for key in words(*node.args)
    }
    used |= OF_THE_TEST | OF_PRICES | OF_THE_SUN
    assert {key for key in TEXTS["common"] if not key.startswith(UI)} == used.keys()
    for key, given in used.items():
        assert placeholders(TEXTS["common"][key]) == given, key


def test_each_repair_says_what_is_wrong_and_what_to_do() -> None:
    others = {PORT_IN_USE, UNKNOWN_CHARGERS, *OTHER_ISSUES, *ABOUT_FILES}
    assert TEXTS["issues"].keys() == {issue.key for issue in ISSUES} | others
    for issue in ISSUES:
        texts = TEXTS["issues"][issue.key]
        # What flowed is only known to the repair that is about it.
        about_energy = issue.key in UNATTENDED.values()
        known = set(_placeholders("", CHARGED if about_energy else ChargerState()))
        for place, text in leaves(texts):
            assert placeholders(text) <= known, place
        if not issue.fixable:
            assert texts.keys() == {"title", "description"}, issue.key
            continue
        if issue.key in TESTS:
            assert fix_flow(issue.key) == {"not_loaded", "test"}
            continue
        reboots = issue.key not in ACTIONS
        assert fix_flow(issue.key) == (
            REBOOT_ABORTS
            if reboots
            else RESTORE_ABORTS
            if issue.key == NOT_ALL_RESTORED
            else {"charger_offline"}
        ), issue.key


LONGEST_TITLE: Final = 40
"""Characters that the list of repairs shows on a phone without covering what is beside them."""


@pytest.mark.parametrize("key", TEXTS["issues"])
def test_the_title_of_a_repair_fits_on_a_phone(key: str) -> None:
    title = TEXTS["issues"][key]["title"]
    shown = title.format(charger="Wallbox 1", port="65535")
    assert len(shown) <= LONGEST_TITLE, shown


LONGEST_DIALOG_TITLE: Final = 30
"""Characters that a dialog of a repair shows on a phone in one line; a second one covers the line below."""


def test_the_title_of_the_dialog_of_a_repair_fits_on_a_phone() -> None:
    shown = {
        key: title.format(charger="Wallbox 100001", port="65535")
        for key, texts in TEXTS["issues"].items()
        for title in [
            texts.get("fix_flow", {})
            .get("step", {})
            .get("confirm", {})
            .get("title", "")
        ]
    }
    assert {
        key: title for key, title in shown.items() if len(title) > LONGEST_DIALOG_TITLE
    } == {}


IDIOM: Final = re.compile(
    r"knock|stranger|guard|nobody watche|somebody else|poses? as|errand|"
    r"let(ting)? (it )?in\b|sign of life|introduces? itself|reckon|\bmend|anew\b|from afar|takes? no notice|"
    r"steered|turned down|get(s)? to know|offline fix|\bbox\b",
    re.IGNORECASE,
)
"""Metaphors, old words, and second names for what has a name already."""


def test_the_words_are_plain_and_one_thing_has_one_name() -> None:
    assert [
        (place, found[0])
        for place, text in leaves(TEXTS)
        if (found := IDIOM.search(text))
    ] == []


@pytest.mark.parametrize("key", sorted(ABOUT_FILES))
def test_the_repair_of_a_file_says_whose_it_is_and_where_it_is_kept(key: str) -> None:
    assert placeholders(TEXTS["issues"][key]["title"]) == {"charger"}
    # It needs no words for what goes wrong: a click only notes that it has been seen.
    assert TEXTS["issues"][key]["fix_flow"].keys() == {"step"}
    said = TEXTS["issues"][key]["fix_flow"]["step"]["confirm"]["description"]
    assert placeholders(said) == {"charger", "file", "name"}


def test_the_repair_of_the_port_says_which_one_it_is() -> None:
    assert fix_flow(PORT_IN_USE) == {PORT_IN_USE}
    for place, text in leaves(TEXTS["issues"][PORT_IN_USE]):
        assert placeholders(text) <= {"port"}, place


def test_each_repair_of_the_integration_itself_gets_what_its_text_needs() -> None:
    for key, known in OTHER_ISSUES.items():
        texts = TEXTS["issues"][key]
        assert texts.keys() == {"title", "description"}, key
        assert placeholders(*texts.values()) <= known, key
    assert fix_flow(UNKNOWN_CHARGERS) == {"adopt", "not_loaded"}
    texts = TEXTS["issues"][UNKNOWN_CHARGERS]
    assert placeholders(*(text for _, text in leaves(texts))) == {"chargers"}


def fix_flow(key: str) -> set[str]:
    """Return how the flow of a repair can fail; it has the words, because it is pressed."""
    texts = TEXTS["issues"][key]
    assert texts.keys() == {"title", "fix_flow"}, key
    assert texts["fix_flow"].keys() == {"step", "abort"}, key
    assert texts["fix_flow"]["step"].keys() == {"confirm"}, key
    assert texts["fix_flow"]["step"]["confirm"].keys() == {"title", "description"}, key
    return set(texts["fix_flow"]["abort"])


def test_whatever_ends_a_repair_is_an_error_that_is_raised() -> None:
    assert raised().keys() >= REBOOT_ABORTS | {PORT_IN_USE}


def test_each_entry_of_system_health_has_its_text() -> None:
    tree = ast.parse((PACKAGE / "system_health.py").read_text())
    told = {
        word
        for node in ast.walk(tree)
        if isinstance(node, ast.Return)
        for word in named(node.value)
    }
    assert TEXTS["system_health"]["info"].keys() == told
