"""Each step, field, error and choice of a dialog has its text, and none is there in vain."""

import ast
import inspect
import re
from typing import Any, Final

import pytest
import voluptuous as vol

from custom_components.wallbox_ocpp import config_flow
from custom_components.wallbox_ocpp.actions.expert import MESSAGES
from custom_components.wallbox_ocpp.const import SUBENTRY_CHARGER
from custom_components.wallbox_ocpp.flows import (
    add_charger,
    cards,
    found as found_flow,
    offline_test,
    password,
    removal,
    settings,
    solar,
    take_over,
)
from custom_components.wallbox_ocpp.flows.offline_test import TestProgress
from custom_components.wallbox_ocpp.flows.pairing import PairingProgress
from custom_components.wallbox_ocpp.hub import certificate
from custom_components.wallbox_ocpp.hub.certificate import Encryption
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafeMode
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import ProfileName
from custom_components.wallbox_ocpp.wallbox.model.solar import (
    BatteryPositive,
    GridPositive,
)
from tests.helpers.texts import (
    TEXTS,
    argument,
    calls,
    leaves,
    named,
    placeholders,
    words,
)

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
        for form in calls(step, "_form"):
            (step_id,) = words(form.args[0])
            asked = {
                field
                for part in (*form.args[1:2], schemas.get("schema"))
                if part
                for field in fields(part)
            }
            found[step_id] = (asked, {"charger"})
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
