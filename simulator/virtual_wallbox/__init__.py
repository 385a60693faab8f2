"""A Wallbox charger in software; README.md describes its use and the sources of its behaviour."""

from .car import Car
from .charger import Charger
from .driver import VirtualWallbox
from .halo import Colour, Halo, Pattern
from .network import NetworkCut
from .offline import OfflineStart
from .personality import COPPER_SB, FIRMWARES, AfterPowerCycle, Personality
from .planted import PLANTED_SECRETS, Secrets
from .quirks import QUIRKS, Quirk, with_quirks
from .schedule_quirks import SCHEDULE_QUIRKS
from .status import Status
from .transaction import Transaction
from .wire import Direction, Wire, WireFrame

__all__ = [
    "COPPER_SB",
    "FIRMWARES",
    "PLANTED_SECRETS",
    "QUIRKS",
    "SCHEDULE_QUIRKS",
    "AfterPowerCycle",
    "Car",
    "Charger",
    "Colour",
    "Direction",
    "Halo",
    "NetworkCut",
    "OfflineStart",
    "Pattern",
    "Personality",
    "Quirk",
    "Secrets",
    "Status",
    "Transaction",
    "VirtualWallbox",
    "Wire",
    "WireFrame",
    "with_quirks",
]
