"""The quality scale: all rules are there, and no claim is made that a machine can refute."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any, Final

import pytest

from custom_components.wallbox_ocpp import PLATFORMS
from homeassistant.util.yaml import load_yaml_dict

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGE: Final = REPOSITORY / "custom_components" / "wallbox_ocpp"
SCALE: Final = PACKAGE / "quality_scale.yaml"

# As in Home Assistant 2026.10.
TIERS: Final = {
    "bronze": [
        "action-setup",
        "appropriate-polling",
        "brands",
        "common-modules",
        "config-flow-test-coverage",
        "config-flow",
        "dependency-transparency",
        "docs-actions",
        "docs-conditions",
        "docs-high-level-description",
        "docs-installation-instructions",
        "docs-removal-instructions",
        "docs-triggers",
        "entity-event-setup",
        "entity-unique-id",
        "has-entity-name",
        "runtime-data",
        "test-before-configure",
        "test-before-setup",
        "unique-config-entry",
    ],
    "silver": [
        "action-exceptions",
        "config-entry-unloading",
        "docs-configuration-parameters",
        "docs-installation-parameters",
        "entity-unavailable",
        "integration-owner",
        "log-when-unavailable",
        "parallel-updates",
        "reauthentication-flow",
        "test-coverage",
    ],
    "gold": [
        "devices",
        "diagnostics",
        "discovery-update-info",
        "discovery",
        "docs-data-update",
        "docs-examples",
        "docs-known-limitations",
        "docs-supported-devices",
        "docs-supported-functions",
        "docs-troubleshooting",
        "docs-use-cases",
        "dynamic-devices",
        "entity-category",
        "entity-device-class",
        "entity-disabled-by-default",
        "entity-translations",
        "exception-translations",
        "icon-translations",
        "reconfiguration-flow",
        "repair-issues",
        "stale-devices",
    ],
    "platinum": ["async-dependency", "inject-websession", "strict-typing"],
}


@pytest.fixture(scope="module")
def rules() -> dict[str, Any]:
    """Return what is said of each rule."""
    rules: dict[str, Any] = load_yaml_dict(SCALE)["rules"]
    return rules


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Return the manifest."""
    manifest: dict[str, Any] = json.loads((PACKAGE / "manifest.json").read_text())
    return manifest


def test_all_54_rules_are_there_tier_by_tier(rules: dict[str, Any]) -> None:
    assert list(rules) == [rule for tier in TIERS.values() for rule in tier]
    assert len(rules) == 54


def test_each_tier_has_its_heading() -> None:
    headings = [line[4:] for line in SCALE.read_text().splitlines() if "  # " in line]
    assert headings == [tier.capitalize() for tier in TIERS]


def test_each_rule_is_met_or_has_a_reason_why_it_need_not_be(
    rules: dict[str, Any],
) -> None:
    for rule, claim in rules.items():
        if isinstance(claim, str):
            assert claim == "done", rule
        else:
            assert claim.keys() == {"status", "comment"}, rule
            assert claim["status"] == "exempt", rule
            assert claim["comment"].strip(), rule


def test_the_manifest_claims_the_tier_whose_rules_are_met(
    manifest: dict[str, Any],
) -> None:
    assert manifest["quality_scale"] == list(TIERS)[-1]


def test_actions_are_set_up_whether_or_not_there_is_an_entry(
    rules: dict[str, Any],
) -> None:
    assert rules["action-setup"] == "done"
    assert "async_setup_services" in called("__init__.py", "async_setup")


def test_every_platform_says_how_many_updates_may_run_at_once(
    rules: dict[str, Any],
) -> None:
    assert rules["parallel-updates"] == "done"
    for platform in PLATFORMS:
        assert "PARALLEL_UPDATES = " in (PACKAGE / f"{platform}.py").read_text()


@pytest.mark.parametrize(
    ("rule", "paths"),
    [
        ("brands", ["brand/icon.png"]),
        ("common-modules", ["coordinator.py", "entity.py"]),
        ("config-flow", ["config_flow.py"]),
        ("config-flow-test-coverage", ["../../tests/integration/test_config_flow.py"]),
        (
            "diagnostics",
            ["diagnostics.py", "../../tests/integration/test_diagnostics.py"],
        ),
        ("icon-translations", ["icons.json"]),
        ("repair-issues", ["repairs.py", "../../tests/integration/test_actions.py"]),
    ],
)
def test_what_a_done_rule_needs_exists(
    rules: dict[str, Any], rule: str, paths: list[str]
) -> None:
    if rules[rule] == "done":
        assert [path for path in paths if not (PACKAGE / path).exists()] == []


@pytest.mark.parametrize(
    ("rule", "file", "name"),
    [
        ("config-entry-unloading", "__init__.py", "async_unload_entry"),
        ("diagnostics", "diagnostics.py", "async_get_config_entry_diagnostics"),
        ("reconfiguration-flow", "config_flow.py", "async_step_reconfigure"),
        ("repair-issues", "repairs.py", "async_create_fix_flow"),
        ("stale-devices", "__init__.py", "async_remove_config_entry_device"),
    ],
)
def test_what_a_done_rule_needs_is_written(
    rules: dict[str, Any], rule: str, file: str, name: str
) -> None:
    if rules[rule] == "done":
        assert name in {function.name for function in functions(file)}


def test_there_is_one_entry_and_an_owner(
    rules: dict[str, Any], manifest: dict[str, Any]
) -> None:
    assert rules["unique-config-entry"] == rules["integration-owner"] == "done"
    assert manifest["single_config_entry"]
    assert manifest["codeowners"]


def functions(file: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the functions and methods of a file."""
    for node in ast.walk(ast.parse((PACKAGE / file).read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def called(file: str, name: str) -> set[str]:
    """Return the names that a function calls."""
    return {
        node.func.id
        for function in functions(file)
        if function.name == name
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
