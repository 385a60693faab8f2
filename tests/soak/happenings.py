"""What may happen to a charger, and how often."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from custom_components.wallbox_ocpp.const import CONF_PRICE_ENTITY, CONF_SOLAR
from simulator.virtual_wallbox import Car, NetworkCut

from .home import Home
from .owner import (
    choose_fail_safe,
    choose_mode,
    clear_plan,
    new_prices,
    set_plan,
    set_ready_by,
    set_target,
    weather,
)
from .wallbox import Wallbox

ACTIONS: Final = (
    "StartTransaction",
    "StopTransaction",
    "MeterValues",
    "StatusNotification",
)
GLITCHES: Final = ("0", "-5", "", "nan", "99999999999", "532218400.0")
"""Registers that cannot be."""
MODES_FOR_LONG: Final = (
    *("off", "off"),
    *("now", "now"),
    *("planned", "planned"),
    *("solar", "solar"),
    "min_solar",
)
OF_SETTINGS: Final = {CONF_SOLAR: "solar", CONF_PRICE_ENTITY: "planned"}
"""The mode for the sake of which an owner names something in the settings."""
OFTEN: Final = 6
"""How often such a mode stands beside the others."""
LIMITS: Final = (6, 10, 16, 32)

type Happening = Callable[[Home, Wallbox, Random], None]


def a_car(dice: Random) -> Car:
    """Return one of the cars that there are."""
    return Car(
        max_amps=dice.choice((10.0, 16.0, 32.0)),
        phases=dice.choice((1, 3)),
        wants_wh=dice.choice((None, None, 300.0, 3000.0)),
        paused=dice.random() < 0.1,
    )


def settle_down(home: Home, box: Wallbox, dice: Random) -> None:
    """Leave a charger with a car that wants to charge, and with what its owner may want for the hours to come."""
    car = box.charger.car
    if car and car.full:
        box.unplug()
    if car is None or car.full:
        box.plug(a_car(dice))
    elif car.paused:
        box.car_resume()
    for habit, share in HABITS.items():
        if dice.random() < share:
            habit(home, box, dice)
    box.disturbed = True


def _plan_itself(home: Home, box: Wallbox, dice: Random) -> None:
    """Want one of the modes, without a plan of the owner's."""
    if home.hass:
        clear_plan(home, box, dice)
        box.plan = []
        settings = home.settings(box.identity)
        meant = [mode for name, mode in OF_SETTINGS.items() if name in settings]
        choose_mode(home, box, dice, (*MODES_FOR_LONG, *OFTEN * meant))


def _car(_: Home, box: Wallbox, dice: Random) -> None:
    if box.charger.car is None:
        box.plug(a_car(dice))
    elif dice.random() < 0.5:
        box.unplug()
    elif box.charger.car.paused:
        box.car_resume()
    else:
        box.car_pause()


def _power(_: Home, box: Wallbox, dice: Random) -> None:
    if box.charger.powered:
        box.power_off()
    else:
        box.power_on()


def _power_back(_: Home, box: Wallbox, __: Random) -> None:
    box.power_on()


def _card(_: Home, box: Wallbox, __: Random) -> None:
    box.tap("04A1B2C3")


def _drop(_: Home, box: Wallbox, dice: Random) -> None:
    box.break_after(dice.choice((*ACTIONS, "Heartbeat")), dice.randrange(12))


def _black_hole(_: Home, box: Wallbox, __: Random) -> None:
    if box.network_cut:
        box.restore_network()
    else:
        box.cut_network(NetworkCut.BLACKHOLE)


def _network(_: Home, box: Wallbox, __: Random) -> None:
    if box.network_cut:
        box.restore_network()


def _repeat(_: Home, box: Wallbox, dice: Random) -> None:
    box.repeat(dice.choice(ACTIONS), dice.randrange(1, 4))


def _glitch(home: Home, box: Wallbox, dice: Random) -> None:
    # The first reading of all can be compared with nothing.
    if box.identity in home.shown:
        box.misread(dice.choice(GLITCHES))


def _reading(_: Home, box: Wallbox, __: Random) -> None:
    if box.connected:
        box.read()


def _charging(home: Home, box: Wallbox, dice: Random) -> None:
    if home.hass:
        on = dice.random() < 0.5
        box.wants(paused=not on)
        home.request(home.screen(box.identity).switch("charging", on=on))


def _limit(home: Home, box: Wallbox, dice: Random) -> None:
    if home.hass:
        home.request(
            home.screen(box.identity).set("current_limit", dice.choice(LIMITS))
        )


def _reboot(home: Home, box: Wallbox, _: Random) -> None:
    if home.hass:
        home.request(home.screen(box.identity).press("reboot"))


ANYWHERE: Final[Mapping[Happening, int]] = {
    _car: 10,
    _card: 1,
    _power: 1,
    _power_back: 3,
}
"""What may happen to any charger, and how often."""
HABITS: Final[Mapping[Happening, float]] = {
    weather: 0.3,
    new_prices: 0.5,
    set_ready_by: 0.5,
    choose_fail_safe: 0.3,
    set_target: 0.3,
    _plan_itself: 0.8,
    set_plan: 0.2,
}
"""What an owner does before nothing happens for a while, in order, and how often."""
WITH_HOME: Final[Mapping[Happening, int]] = {
    _network: 6,
    _drop: 4,
    _black_hole: 1,
    _repeat: 2,
    _glitch: 1,
    _reading: 2,
    _charging: 3,
    _limit: 1,
    _reboot: 1,
    choose_mode: 3,
    set_target: 2,
    set_plan: 2,
    clear_plan: 1,
    set_ready_by: 2,
    choose_fail_safe: 1,
    new_prices: 1,
    weather: 1,
}
"""What may happen to one that can reach Home Assistant."""
