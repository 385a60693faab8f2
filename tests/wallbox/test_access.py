"""The lock and the cards, by themselves."""

from dataclasses import replace
from datetime import timedelta

from ocpp.v16.enums import AuthorizationStatus
import pytest

from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.cards import Card, find, judge
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    PROFILES,
    ProfileName,
    needs_authorisation,
)

from .said import NOW, ago

ANNA = Card(id_tag="04A1B2C3", name="Anna")
OPEN = [profile for profile in ProfileName if profile is not ProfileName.LOCKED]


# The lock.


@pytest.mark.parametrize("configured", OPEN)
def test_unlocked_the_owner_s_profile_counts_and_locked_the_locked_one(
    configured: ProfileName,
) -> None:
    lock = Lock().following(configured)
    assert lock.profile is configured
    assert lock.turned(locked=True).profile is ProfileName.LOCKED
    assert lock.turned(locked=True).turned(locked=False) == lock


def test_the_locked_profile_locks_and_the_offline_fix_is_what_it_opens_to() -> None:
    lock = Lock().following(ProfileName.LOCKED)
    assert lock.locked
    assert lock.turned(locked=False).profile is ProfileName.CHARGE_HQ


@pytest.mark.parametrize("configured", OPEN)
def test_leaving_the_locked_profile_unlocks(configured: ProfileName) -> None:
    lock = Lock().following(ProfileName.LOCKED).following(configured)
    assert lock.profile is configured


def test_one_open_profile_for_another_leaves_the_lock_as_it_is() -> None:
    lock = replace(Lock().turned(locked=True), confirmed=True)
    lock = lock.following(ProfileName.STRICT)
    assert lock.locked
    assert lock.confirmed
    assert lock.turned(locked=False).profile is ProfileName.STRICT


def test_settings_that_say_what_they_said_change_nothing() -> None:
    lock = Lock().following(ProfileName.LOCKED).turned(locked=False)
    assert lock.following(ProfileName.LOCKED) is lock


def test_what_the_charger_has_been_seen_to_do_is_forgotten_when_it_is_to_do_otherwise() -> (
    None
):
    seen = Lock(confirmed=True)
    assert seen.turned(locked=False).confirmed
    assert not seen.turned(locked=True).confirmed
    assert not seen.following(ProfileName.STRICT).confirmed


def test_a_guest_is_expected_until_a_moment_and_not_after_the_lock_was_turned() -> None:
    lock = Lock(locked=True, guest_until=NOW)
    assert lock.expects_guest(ago(seconds=1))
    assert not lock.expects_guest(NOW)
    assert not lock.turned(locked=True).expects_guest(ago(seconds=1))
    assert not Lock(locked=True).expects_guest(NOW)


@pytest.mark.parametrize("profile", ProfileName)
def test_a_profile_needs_authorisation_as_its_key_says(profile: ProfileName) -> None:
    values = {setting.key: setting.value for setting in PROFILES[profile]}
    assert needs_authorisation(profile) is (values["AuthEnabled"] == "true")


# Cards.


@pytest.mark.parametrize(
    ("card", "status"),
    [
        (ANNA, AuthorizationStatus.accepted),
        (replace(ANNA, enabled=False), AuthorizationStatus.blocked),
        (replace(ANNA, expires=NOW), AuthorizationStatus.expired),
        (replace(ANNA, expires=ago(days=1)), AuthorizationStatus.expired),
        (
            replace(ANNA, expires=NOW + timedelta(seconds=1)),
            AuthorizationStatus.accepted,
        ),
        (
            replace(ANNA, expires=ago(days=1), enabled=False),
            AuthorizationStatus.blocked,
        ),
        (replace(ANNA, id_tag="other"), AuthorizationStatus.invalid),
    ],
)
def test_a_card_is_judged_in_the_words_of_ocpp(
    card: Card, status: AuthorizationStatus
) -> None:
    assert judge([card], "04A1B2C3", NOW) is status


def test_capital_and_small_letters_are_the_same() -> None:
    assert find([ANNA], "04a1b2c3") is ANNA
    assert find([replace(ANNA, id_tag="04a1b2c3")], "04A1B2C3")
    assert find([ANNA], "") is None


@pytest.mark.parametrize(
    "shown", ["04-A1-B2-C3", "04:a1:b2:c3", "04 A1 B2 C3", "04a1.b2c3"]
)
def test_a_number_is_the_same_however_its_digits_are_set_apart(shown: str) -> None:
    assert find([ANNA], shown) is ANNA
    assert find([replace(ANNA, id_tag=shown)], "04A1B2C3")


@pytest.mark.parametrize("shown", ["", "-", "04A1B2", "04_A1_B2_C3"])
def test_another_number_is_another_card(shown: str) -> None:
    assert find([ANNA, replace(ANNA, id_tag=":")], shown) is None


def test_a_number_is_not_shown_by_accident() -> None:
    assert "04A1B2C3" not in repr(ANNA)
