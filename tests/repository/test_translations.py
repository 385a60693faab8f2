"""Every text says something; errors and repairs say what happened, and none is there in vain."""

import ast
import inspect
import re
from typing import Final

import pytest

from custom_components.wallbox_ocpp import calendar
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
from custom_components.wallbox_ocpp.charger.not_restored import NOT_RESTORED
from custom_components.wallbox_ocpp.flows import (
    add_charger,
    cards,
    found as found_flow,
    offline_test,
    price_check,
    solar,
    take_over,
)
from custom_components.wallbox_ocpp.hub import address, certificate
from custom_components.wallbox_ocpp.hub.hub import PORT_IN_USE
from custom_components.wallbox_ocpp.hub.unknown_chargers import (
    UNFIT_IDENTITIES,
    UNKNOWN_CHARGERS,
)
from custom_components.wallbox_ocpp.prices.problem import Problem
from custom_components.wallbox_ocpp.repairs import ACTIONS, TESTS
from custom_components.wallbox_ocpp.wallbox.model.offline_energy import Unattended
from custom_components.wallbox_ocpp.wallbox.model.offline_test import (
    Cause,
    Missing,
    Result,
)
from custom_components.wallbox_ocpp.wallbox.model.plan_trial import Following
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from homeassistant.util import dt as dt_util
from tests.helpers.texts import (
    PACKAGE,
    TEXTS,
    UI,
    argument,
    calls,
    leaves,
    named,
    placeholders,
    words,
)
from tests.wallbox.states import a_state

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
    **dict.fromkeys(certificate.ERRORS, FILES),
}
"""Those that no state of a charger says, with their placeholders."""
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


def test_each_text_says_something() -> None:
    for place, text in leaves(TEXTS):
        assert text, place
        # A reference is only resolved in Home Assistant's own integrations.
        assert "[%key:" not in text, place


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
            assert fix_flow(issue.key) == {"charger_deleted", "not_loaded", "test"}
            continue
        reboots = issue.key not in ACTIONS
        assert fix_flow(issue.key) - {"charger_deleted"} == (
            REBOOT_ABORTS
            if reboots
            else RESTORE_ABORTS
            if issue.key == NOT_ALL_RESTORED
            else {"charger_offline"}
        ), issue.key
        assert "charger_deleted" in fix_flow(issue.key)


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
