"""Desired configuration → plan of changes → verdict."""

from collections.abc import Mapping

from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms.requests import ConfigurationKey
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    AUTH_ENABLED,
    PROFILES,
    REPORTING,
    Attempt,
    Plan,
    ProfileName,
    Protection,
    Setting,
    Verdict,
    following,
    judge,
    plan,
    same,
    satisfied,
)

FIX = PROFILES[ProfileName.CHARGE_HQ]

FACTORY = {
    "AuthEnabled": "true",
    "AuthEnabledOffline": "true",
    "StopTransactionOnEVSideDisconnect": "true",
    "AllowOfflineTxForUnknownId": "true",
    "LocalAuthorizeOffline": "true",
    "LocalPreAuthorize": "true",
    "AuthorizationCacheEnabled": "true",
}
FIXED = {**FACTORY, "AuthEnabled": "false", "AuthEnabledOffline": "false"}

DONE = Attempt(limit_accepted=True)


def configuration(
    values: Mapping[str, str], *readonly: str
) -> dict[str, ConfigurationKey]:
    """Return what a charger would report."""
    return {
        key: ConfigurationKey(key=key, value=value, readonly=key in readonly)
        for key, value in values.items()
    }


def without(key: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return a configuration that lacks a key."""
    return {name: value for name, value in values.items() if name != key}


def keys(settings: tuple[Setting, ...]) -> list[str]:
    """Return the keys of settings, in order."""
    return [setting.key for setting in settings]


def verdict(
    values: Mapping[str, str] = FIXED,
    attempt: Attempt = DONE,
    firmware: str | None = "6.7.38",
    profile: ProfileName = ProfileName.CHARGE_HQ,
) -> Verdict:
    """Judge a charger."""
    return judge(profile, firmware, configuration(values), attempt).verdict


# The profiles


def test_the_fix_sets_charging_free_online_and_offline() -> None:
    assert {setting.key: setting.value for setting in FIX} == {
        "StopTransactionOnEVSideDisconnect": "true",
        "AuthEnabledOffline": "false",
        "AuthEnabled": "false",
    }


@pytest.mark.parametrize(
    ("profile", "online", "offline"),
    [
        (ProfileName.CHARGE_HQ, "false", "false"),
        (ProfileName.STRICT, "false", "true"),
        (ProfileName.LOCKED, "true", "true"),
        (ProfileName.FACTORY, "true", "true"),
    ],
)
def test_each_profile_locks_as_wallbox_facts_7_4_has_it(
    profile: ProfileName, online: str, offline: str
) -> None:
    values = {setting.key: setting.value for setting in PROFILES[profile]}
    assert (values["AuthEnabled"], values["AuthEnabledOffline"]) == (online, offline)


@pytest.mark.parametrize("profile", [ProfileName.STRICT, ProfileName.LOCKED])
def test_strict_profiles_let_nobody_unknown_start_offline(profile: ProfileName) -> None:
    values = {setting.key: setting.value for setting in PROFILES[profile]}
    for key in (
        "AllowOfflineTxForUnknownId",
        "LocalPreAuthorize",
        "AuthorizationCacheEnabled",
    ):
        assert values[key] == "false"
    # The list has the owner's cards, and nobody else's.
    listed = "true" if profile is ProfileName.LOCKED else "false"
    assert values["LocalAuthorizeOffline"] == listed


@pytest.mark.parametrize(
    "profile", [ProfileName.CHARGE_HQ, ProfileName.STRICT, ProfileName.LOCKED]
)
def test_the_switch_that_sets_charging_free_is_written_last(
    profile: ProfileName,
) -> None:
    assert keys(PROFILES[profile])[-1] == AUTH_ENABLED


@pytest.mark.parametrize("profile", ProfileName)
def test_authorisation_is_only_changed_while_no_transaction_is_open(
    profile: ProfileName,
) -> None:
    for setting in PROFILES[profile]:
        harmless = setting.key == "StopTransactionOnEVSideDisconnect"
        assert setting.only_idle is not harmless


@pytest.mark.parametrize("profile", ProfileName)
def test_no_profile_touches_the_charger_s_own_connection(profile: ProfileName) -> None:
    for setting in (*PROFILES[profile], *REPORTING):
        assert not setting.key.startswith("WebSocket")


# The plan


def test_only_differences_are_planned_in_the_order_of_writing() -> None:
    planned = plan(FIX, configuration(FACTORY), idle=True)
    assert keys(planned.changes) == ["AuthEnabledOffline", "AuthEnabled"]
    assert not planned.deferred


def test_nothing_is_planned_for_a_charger_that_is_as_wanted() -> None:
    for idle in (True, False):
        assert plan(FIX, configuration(FIXED), idle=idle) == (Plan())


def test_a_key_that_is_absent_is_left_alone() -> None:
    values = without("AuthEnabledOffline", FACTORY)
    planned = plan(FIX, configuration(values), idle=True)
    assert keys(planned.changes) == ["AuthEnabled"]


def test_a_key_that_is_read_only_is_left_alone() -> None:
    found = configuration(FACTORY, "AuthEnabledOffline")
    planned = plan(FIX, found, idle=True)
    assert keys(planned.changes) == ["AuthEnabled"]


def test_a_key_without_a_value_is_written() -> None:
    found = {AUTH_ENABLED: ConfigurationKey(key=AUTH_ENABLED)}
    assert keys(plan(FIX, found, idle=True).changes) == [AUTH_ENABLED]


def test_authorisation_waits_until_the_transaction_is_over() -> None:
    values = {**FACTORY, "StopTransactionOnEVSideDisconnect": "false"}
    planned = plan(FIX, configuration(values), idle=False)
    assert keys(planned.changes) == ["StopTransactionOnEVSideDisconnect"]
    assert planned.deferred == ("AuthEnabledOffline", "AuthEnabled")


@given(
    st.sampled_from(ProfileName),
    st.dictionaries(
        st.sampled_from([*FACTORY, "Other"]),
        st.sampled_from(["true", "False", "", "x"]),
    ),
    st.sets(st.sampled_from([*FACTORY, "Other"])),
    st.booleans(),
)
def test_a_plan_that_is_carried_out_leaves_nothing_to_plan(
    profile: ProfileName,
    values: dict[str, str],
    readonly: set[str],
    idle: bool,
) -> None:
    found = configuration(values, *readonly)
    settings = PROFILES[profile]
    planned = plan(settings, found, idle=idle)
    for setting in planned.changes:
        assert setting.key in values
        assert setting.key not in readonly
        found[setting.key] = ConfigurationKey(key=setting.key, value=setting.value)
    again = plan(settings, found, idle=idle)
    assert again == Plan(deferred=planned.deferred)
    if idle:
        assert not planned.deferred


# Comparing values


@pytest.mark.parametrize(
    ("value", "other", "expected"),
    [
        ("true", "true", True),
        ("True", "true", True),
        ("FALSE", "false", True),
        (" true ", "true", True),
        ("A,B", "b, a", True),
        ("A,B,A", "A,B", True),
        ("true", "false", False),
        ("A,B", "A", False),
        ("", "false", False),
        (None, "false", False),
    ],
)
def test_values_are_compared_without_case_and_order(
    value: str | None, other: str, *, expected: bool
) -> None:
    assert same(value, other) is expected


def test_a_second_best_value_is_bettered_if_the_charger_lets_us() -> None:
    """5.17.87 leaves the factory with energy only (docs/chargers.md §2)."""
    energy_only = {"MeterValuesSampledData": "Energy.Active.Import.Register"}
    (change,) = plan(REPORTING, configuration(energy_only), idle=True).changes
    best, second, last = REPORTING[0].values
    assert change.values == (best, second)
    (change,) = plan(
        REPORTING, configuration({"MeterValuesSampledData": second}), idle=True
    ).changes
    assert change.values == (best,)
    assert last == energy_only["MeterValuesSampledData"]


def test_a_second_best_value_will_do() -> None:
    sampled, interval = REPORTING
    assert satisfied(sampled, "Energy.Active.Import.Register")
    assert satisfied(sampled, "Power.Active.Import,Energy.Active.Import.Register")
    assert not satisfied(sampled, "Power.Active.Import")
    assert satisfied(interval, "10")
    assert not satisfied(interval, "60")


# The verdict


def test_a_charger_that_reads_back_as_wanted_is_protected() -> None:
    assert verdict() is Verdict.PROTECTED


def test_a_charger_that_does_not_hold_the_limit_is_not_protected() -> None:
    assert verdict(attempt=Attempt(limit_accepted=False)) is Verdict.REJECTED


def test_nothing_is_said_of_a_charger_that_does_not_tell_its_configuration() -> None:
    assert verdict({}) is Verdict.UNKNOWN


def test_a_charger_as_it_left_the_factory_is_off() -> None:
    assert verdict({}, profile=ProfileName.FACTORY) is Verdict.OFF


@pytest.mark.parametrize("values", [FACTORY, without(AUTH_ENABLED, FACTORY)])
def test_an_old_firmware_is_said_to_be_too_old(values: dict[str, str]) -> None:
    assert verdict(values, firmware="5.5.11") is Verdict.FIRMWARE_TOO_OLD


@pytest.mark.parametrize("firmware", [None, "", "unknown"])
def test_a_firmware_that_is_not_clear_gets_the_benefit_of_the_doubt(
    firmware: str | None,
) -> None:
    assert verdict(firmware=firmware) is Verdict.PROTECTED


@pytest.mark.parametrize("key", ["AuthEnabled", "AuthEnabledOffline"])
def test_a_charger_that_lacks_an_essential_key_rejects_the_fix(key: str) -> None:
    assert verdict(without(key, FIXED)) is Verdict.REJECTED


@pytest.mark.parametrize("key", ["AuthEnabled", "AuthEnabledOffline"])
@pytest.mark.parametrize("answer", ["Rejected", "NotSupported", "ProtocolError", ""])
def test_a_charger_that_refuses_an_essential_key_rejects_the_fix(
    key: str, answer: str
) -> None:
    attempt = Attempt(limit_accepted=True, answers={key: answer})
    assert verdict({**FIXED, key: "true"}, attempt) is Verdict.REJECTED


@pytest.mark.parametrize("key", ["AuthEnabled", "AuthEnabledOffline"])
def test_accepted_is_not_success_until_it_reads_back(key: str) -> None:
    attempt = Attempt(limit_accepted=True, answers={key: "Accepted"})
    assert verdict({**FIXED, key: "true"}, attempt) is Verdict.REBOOT_REQUIRED
    assert verdict(FIXED, attempt) is Verdict.PROTECTED


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_charger_that_asks_for_a_reboot_needs_one_whatever_it_reads_back(
    value: str,
) -> None:
    attempt = Attempt(limit_accepted=True, answers={AUTH_ENABLED: "RebootRequired"})
    values = {**FIXED, AUTH_ENABLED: value}
    assert verdict(values, attempt) is Verdict.REBOOT_REQUIRED


def test_a_reboot_for_what_is_not_essential_is_not_asked_for() -> None:
    answers = {"StopTransactionOnEVSideDisconnect": "RebootRequired"}
    attempt = Attempt(limit_accepted=True, answers=answers)
    assert verdict(FIXED, attempt) is Verdict.PROTECTED


def test_a_charger_whose_change_is_deferred_waits_for_unplug() -> None:
    attempt = Attempt(limit_accepted=True, deferred=(AUTH_ENABLED,))
    assert verdict(FACTORY, attempt) is Verdict.WAITING_FOR_UNPLUG


def test_a_change_that_was_deferred_and_is_not_needed_any_more_does_not_count() -> None:
    attempt = Attempt(limit_accepted=True, deferred=(AUTH_ENABLED,))
    assert verdict(FIXED, attempt) is Verdict.PROTECTED


def test_what_is_not_essential_does_not_change_the_verdict() -> None:
    values = {**FIXED, "StopTransactionOnEVSideDisconnect": "false"}
    assert verdict(values) is Verdict.PROTECTED


def test_the_verdict_says_what_it_rests_on() -> None:
    attempt = Attempt(limit_accepted=True, answers={AUTH_ENABLED: "Rejected"})
    values = without("StopTransactionOnEVSideDisconnect", FACTORY)
    assert judge(
        ProfileName.CHARGE_HQ, "6.7.38", configuration(values), attempt
    ) == Protection(
        verdict=Verdict.REJECTED,
        profile=ProfileName.CHARGE_HQ,
        wanted={setting.key: setting.value for setting in FIX},
        found={
            "StopTransactionOnEVSideDisconnect": None,
            "AuthEnabledOffline": "true",
            "AuthEnabled": "true",
        },
        answers={AUTH_ENABLED: "Rejected"},
    )


def test_a_charger_that_is_protected_after_its_reboot_needs_no_other() -> None:
    rebooted = Attempt(limit_accepted=True, rebooted=True)
    found = configuration(FIXED)
    assert not judge(ProfileName.CHARGE_HQ, None, found, rebooted).rebooted
    found = configuration(FACTORY)
    assert judge(ProfileName.CHARGE_HQ, None, found, rebooted).rebooted


def test_another_profile_that_waits_keeps_the_protection_that_there_was() -> None:
    before = Protection(verdict=Verdict.PROTECTED, profile=ProfileName.CHARGE_HQ)
    waits = Protection(verdict=Verdict.WAITING_FOR_UNPLUG, profile=ProfileName.LOCKED)
    waiting = following(before, waits)
    assert waiting.protected is True
    # Another look, within the same session.
    assert following(waiting, waits).protected is True


def test_settings_that_somebody_changed_within_a_session_protect_no_more() -> None:
    before = Protection(verdict=Verdict.PROTECTED, profile=ProfileName.CHARGE_HQ)
    changed = Protection(
        verdict=Verdict.WAITING_FOR_UNPLUG, profile=ProfileName.CHARGE_HQ
    )
    assert following(before, changed).protected is False


def test_a_charger_that_nobody_has_looked_at_is_neither() -> None:
    assert Protection().protected is None
