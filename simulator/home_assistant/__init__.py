"""A real Home Assistant in a process of its own, for the demo and the end-to-end tests."""

from .api import ApiError, HomeAssistantApi, Owner
from .folder import integrations, make_folder
from .kill_point import KillPoint, Moment
from .process import HomeAssistantProcess
from .start import CURRENT, Start, preloaded
from .wallbox_ocpp import Charger, add_charger, add_wallbox_ocpp, enable, find_charger

__all__ = [
    "CURRENT",
    "ApiError",
    "Charger",
    "HomeAssistantApi",
    "HomeAssistantProcess",
    "KillPoint",
    "Moment",
    "Owner",
    "Start",
    "add_charger",
    "add_wallbox_ocpp",
    "enable",
    "find_charger",
    "integrations",
    "make_folder",
    "preloaded",
]
