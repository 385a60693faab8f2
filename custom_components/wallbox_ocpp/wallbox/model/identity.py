"""Which charger it is, by what it says of itself."""

from dataclasses import dataclass
from typing import Self

from mashumaro import DataClassDictMixin

from ...csms.messages import BootNotification
from .firmware import is_wallbox


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
            vendor=message.vendor or None,
            model=message.model or None,
            serial_number=message.serial_number or message.charge_box_serial_number,
            firmware=message.firmware_version,
        )

    @property
    def is_wallbox(self) -> bool:
        """Whether the offline fix is for it."""
        return is_wallbox(self.vendor)

    def replaced_by(self, other: Self) -> bool:
        """Say whether another unit has taken its place, as far as both are known."""
        known = None not in (self.serial_number, other.serial_number)
        return known and self.serial_number != other.serial_number
