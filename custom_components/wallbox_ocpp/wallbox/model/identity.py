"""Which charger it is, by what it says of itself."""

from dataclasses import dataclass
from typing import Final, Self

from mashumaro import DataClassDictMixin

from ...csms.messages import BootNotification
from .firmware import is_wallbox

LONGEST_SHOWN: Final = 255
"""Characters of a state of Home Assistant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity(DataClassDictMixin):
    """What a charger says of itself in its BootNotification."""

    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware: str | None = None

    @classmethod
    def of(cls, message: BootNotification) -> Self:
        """Take it from a BootNotification."""
        return cls(
            vendor=_readable(message.vendor),
            model=_readable(message.model),
            serial_number=_readable(
                message.serial_number or message.charge_box_serial_number
            ),
            firmware=_readable(message.firmware_version),
        )

    @property
    def is_wallbox(self) -> bool:
        """Whether the offline fix is for it."""
        return is_wallbox(self.vendor)

    def replaced_by(self, other: Self) -> bool:
        """Say whether another unit has taken its place, as far as both are known."""
        known = None not in (self.serial_number, other.serial_number)
        return known and self.serial_number != other.serial_number


def _readable(text: str | None) -> str | None:
    """Return what a charger says of itself, fit to be shown; None if it says nothing."""
    signs = "".join(sign if sign.isprintable() else " " for sign in text or "")
    return " ".join(signs.split())[:LONGEST_SHOWN].strip() or None
