"""The identity of a unit: vendor, model, firmware and serial number."""

from dataclasses import dataclass, replace
from typing import Final, Self

from ...csms.messages import BootNotification

LONGEST_SHOWN: Final = 255
"""The most characters of a state in Home Assistant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """The fields of BootNotification."""

    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware: str | None = None

    @classmethod
    def of(cls, message: BootNotification) -> Self:
        """Read them from a BootNotification."""
        return cls(
            vendor=_readable(message.vendor),
            model=_readable(message.model),
            serial_number=_readable(
                message.serial_number or message.charge_box_serial_number
            ),
            firmware=_readable(message.firmware_version),
        )

    def after(self, message: BootNotification) -> Self:
        """Return it after a BootNotification; one without a serial number is of the same unit."""
        told = self.of(message)
        serial_number = told.serial_number or self.serial_number
        return replace(told, serial_number=serial_number)

    @property
    def is_wallbox(self) -> bool:
        """Whether it is a Wallbox, and the offline fix is for it; yes as long as its vendor is unknown.

        Real chargers call themselves "Wall Box Chargers" (docs/chargers.md §3.1).
        """
        vendor = (self.vendor or "wallbox").casefold().replace(" ", "")
        return vendor.startswith("wallbox")

    def replaced_by(self, other: Self) -> bool:
        """Return whether it is another unit than this one, as far as both are known."""
        known = None not in (self.serial_number, other.serial_number)
        return known and self.serial_number != other.serial_number


def _readable(text: str | None) -> str | None:
    """Return a text of a charger as it can be shown; None if it is empty."""
    signs = "".join(sign if sign.isprintable() else " " for sign in text or "")
    return " ".join(signs.split())[:LONGEST_SHOWN].strip() or None
