"""What the article is about: an offline charger that charges by itself, and how it is kept from doing so."""

from dataclasses import replace

import pytest

from simulator.virtual_wallbox import (
    FIRMWARES,
    AfterPowerCycle,
    Car,
    OfflineStart,
    Personality,
)

from .bench import FREE_KEYS, STRICT_KEYS, Bench

BASE = FIRMWARES["6.7.38"]
TEN_MINUTES = 600.0


def old_style(personality: Personality = BASE) -> Bench:
    """A car that charged and was stopped by RemoteStop: how Charge HQ paused before."""
    bench = Bench(personality)
    bench.run(1)
    bench.charger.plug(Car())
    bench.run(5)
    start = bench.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "HQ"})
    assert start == {"status": "Accepted"}
    bench.run(60)
    assert bench.charger.current_drawn == 16
    transaction = bench.charger.transaction
    assert transaction is not None
    bench.call("RemoteStopTransaction", {"transactionId": transaction.id})
    bench.run(60)
    assert bench.charger.status == "Finishing"
    assert bench.charger.current_drawn == 0
    return bench


def fixed(
    personality: Personality = BASE,
    keys: dict[str, str] | None = None,
    limit: float = 0,
) -> Bench:
    """A charger with the fix: profile first, then free mode; plugged in, transaction open."""
    bench = Bench(personality)
    bench.run(1)
    assert bench.limit(limit) == "Accepted"
    bench.configure(**(FREE_KEYS if keys is None else keys))
    bench.charger.plug(Car())
    bench.run(60)
    assert bench.charger.transaction is not None
    assert bench.charger.current_drawn == (limit if limit >= 6 else 0)
    return bench


def drew_offline(bench: Bench, seconds: float = TEN_MINUTES) -> float:
    """Cut the network and tell what the car drew, A."""
    bench.cut()
    cut_at = bench.charger.now
    bench.run(seconds)
    return bench.charger.drew_current_since(cut_at)


def test_the_article_factory_keys_and_remote_stop_charge_when_the_link_goes() -> None:
    bench = old_style()
    assert drew_offline(bench) == 16
    assert bench.charger.status == "Charging"
    assert bench.charger.transaction is not None
    assert bench.charger.transaction.id_tag == "NoAuthorization"


def test_the_article_happens_some_seconds_after_the_loss() -> None:
    bench = old_style()
    bench.cut()
    bench.run(4.9)
    assert bench.charger.current_drawn == 0
    bench.run(0.2)
    assert bench.charger.current_drawn == 16


def test_a_short_loss_goes_unnoticed() -> None:
    bench = old_style()
    bench.cut()
    bench.run(3)
    bench.restore()
    bench.run(TEN_MINUTES)
    assert bench.charger.transaction is None


def test_a_locked_charger_waiting_for_authorisation_starts_too() -> None:
    bench = Bench(BASE)
    bench.run(1)
    bench.charger.plug()
    bench.run(60)
    assert bench.charger.status == "Preparing"
    assert drew_offline(bench) == 16


def test_the_article_reproduces_on_firmware_without_the_keys() -> None:
    assert drew_offline(old_style(FIRMWARES["5.14.9"])) == 16


@pytest.mark.parametrize("hypothesis", OfflineStart)
@pytest.mark.parametrize("keys", [FREE_KEYS, STRICT_KEYS], ids=["free", "strict"])
def test_the_fix_holds_under_every_explanation(
    hypothesis: OfflineStart, keys: dict[str, str]
) -> None:
    bench = fixed(replace(BASE, offline_start=hypothesis), keys)
    before = bench.charger.transaction
    assert drew_offline(bench) == 0
    assert bench.charger.transaction is before
    assert bench.charger.status == "SuspendedEVSE"


@pytest.mark.parametrize("hypothesis", OfflineStart)
def test_a_replug_while_offline_stays_at_the_default_profile(
    hypothesis: OfflineStart,
) -> None:
    bench = fixed(replace(BASE, offline_start=hypothesis))
    bench.cut()
    cut_at = bench.charger.now
    bench.run(60)
    bench.charger.unplug()
    bench.run(60)
    bench.charger.plug(Car())
    bench.run(TEN_MINUTES)
    assert bench.charger.drew_current_since(cut_at) == 0


def test_an_allowed_session_goes_on_while_offline() -> None:
    bench = fixed(limit=13)
    assert drew_offline(bench) == 13
    assert bench.charger.current_drawn == 13


STARTS = {
    OfflineStart.AUTH_OFFLINE_GRANTS: (True, False, True),
    OfflineStart.LOCAL_LOCK: (True, True, True),
    OfflineStart.UNKNOWN_ID_ALLOWED: (True, True, False),
    OfflineStart.AUTH_OFFLINE_REQUIRES: (False, True, False),
}


@pytest.mark.parametrize("hypothesis", OfflineStart)
@pytest.mark.parametrize(
    ("column", "keys"),
    [(0, {}), (1, FREE_KEYS), (2, STRICT_KEYS)],
    ids=["factory", "free", "strict"],
)
def test_a_car_plugged_in_offline_starts_as_the_explanation_says(
    hypothesis: OfflineStart, column: int, keys: dict[str, str]
) -> None:
    bench = Bench(replace(BASE, offline_start=hypothesis))
    bench.run(1)
    bench.configure(**keys)
    bench.cut()
    bench.run(60)
    bench.charger.plug(Car())
    bench.run(60)
    starts = STARTS[hypothesis][column]
    assert bench.charger.current_drawn == (16 if starts else 0)
    assert (bench.charger.transaction is not None) is starts


@pytest.mark.parametrize("hypothesis", OfflineStart)
def test_a_stopped_session_starts_as_the_explanation_says(
    hypothesis: OfflineStart,
) -> None:
    bench = old_style(replace(BASE, offline_start=hypothesis))
    assert (drew_offline(bench) > 0) is STARTS[hypothesis][0]


def test_the_app_lock_holds_where_it_is_what_counts() -> None:
    personality = replace(BASE, offline_start=OfflineStart.LOCAL_LOCK, app_locked=True)
    assert drew_offline(old_style(personality)) == 0


def test_the_default_profile_alone_already_holds_with_factory_keys() -> None:
    bench = Bench(BASE)
    bench.run(1)
    bench.limit(0)
    bench.charger.plug()
    bench.run(60)
    assert drew_offline(bench) == 0
    assert bench.charger.transaction is not None


def test_a_flip_of_the_mode_can_end_the_session() -> None:
    bench = fixed(replace(BASE, mode_flip_locks=True), STRICT_KEYS)
    assert drew_offline(bench) == 0
    assert bench.charger.transaction is None


def test_a_default_profile_thrown_away_at_the_start_does_not_hold() -> None:
    bench = Bench(replace(BASE, drops_default_profile_at_start=True))
    bench.run(1)
    bench.limit(0)
    bench.configure(**FREE_KEYS)
    bench.charger.plug()
    bench.run(5)
    assert bench.charger.current_drawn == 16


@pytest.mark.parametrize("keeps_profiles", [True, False])
@pytest.mark.parametrize("after", AfterPowerCycle)
def test_a_power_cycle_while_offline_needs_profiles_that_survive(
    after: AfterPowerCycle, keeps_profiles: bool
) -> None:
    personality = replace(BASE, keeps_profiles=keeps_profiles, after_power_cycle=after)
    bench = fixed(personality)
    bench.cut()
    cut_at = bench.charger.now
    bench.run(60)
    bench.charger.power_off()
    assert bench.charger.halo.colour == "dark"
    bench.run(10)
    bench.charger.power_on()
    assert bench.charger.halo.pattern == "rotating"
    bench.run(TEN_MINUTES)
    assert bench.charger.drew_current_since(cut_at) == (0 if keeps_profiles else 16)


def test_a_power_cycle_without_a_clock_can_defeat_any_profile() -> None:
    personality = replace(BASE, loses_clock=True, profiles_need_clock=True)
    bench = fixed(personality)
    bench.cut()
    bench.charger.power_off()
    bench.run(10)
    bench.charger.power_on()
    bench.run(TEN_MINUTES)
    assert bench.charger.utc.year == 1970
    assert bench.charger.current_drawn == 16
    bench.restore()
    bench.run(60)
    assert bench.charger.utc.year == 2026
    assert bench.charger.current_drawn == 0


def test_a_power_cycle_with_network_leaves_free_mode_preparing() -> None:
    bench = fixed()
    bench.charger.power_off()
    bench.run(10)
    bench.charger.power_on()
    bench.run(TEN_MINUTES)
    stop = bench.sent("StopTransaction")[0].payload
    assert stop["reason"] == "PowerLoss"
    assert bench.charger.transaction is None
    assert bench.charger.status == "Preparing"
    start = bench.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "HA"})
    assert start == {"status": "Accepted"}
    bench.run(10)
    assert bench.charger.status == "SuspendedEVSE"


def test_free_mode_may_also_start_at_boot() -> None:
    bench = fixed(replace(BASE, free_start_at_boot=True))
    bench.charger.power_off()
    bench.charger.power_on()
    bench.run(TEN_MINUTES)
    assert bench.charger.status == "SuspendedEVSE"
    assert len(bench.sent("StartTransaction")) == 2


@pytest.mark.parametrize("needs_replug", [True, False])
def test_a_locked_charger_booted_with_the_cable_in_waits_for_a_replug(
    needs_replug: bool,
) -> None:
    bench = Bench(replace(BASE, needs_replug_after_boot=needs_replug))
    bench.run(1)
    bench.charger.plug()
    bench.run(5)
    bench.charger.power_off()
    bench.charger.power_on()
    bench.run(TEN_MINUTES)
    start = bench.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "HA"})
    assert start["status"] == ("Rejected" if needs_replug else "Accepted")
