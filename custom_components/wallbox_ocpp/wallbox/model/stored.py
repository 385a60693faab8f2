"""Which fields of a slice of the state outlive a restart of Home Assistant."""

from typing import Any, Final

from mashumaro import field_options

NOT_STORED: Final[dict[str, Any]] = field_options(serialize="omit")
"""The metadata of a field that is learned anew, from the charger or from the settings."""
