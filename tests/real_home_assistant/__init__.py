"""A real Home Assistant in a process of its own, for the demo and the end-to-end tests."""

from .api import ApiError, HomeAssistantApi, Owner
from .fate import Fate, Moment
from .folder import make_folder
from .process import HomeAssistantProcess
from .wallbox_ocpp import Charger, add_charger, add_wallbox_ocpp

__all__ = [
    "ApiError",
    "Charger",
    "Fate",
    "HomeAssistantApi",
    "HomeAssistantProcess",
    "Moment",
    "Owner",
    "add_charger",
    "add_wallbox_ocpp",
    "make_folder",
]
