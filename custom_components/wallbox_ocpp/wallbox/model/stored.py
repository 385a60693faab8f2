"""Marks the fields of a slice that are not stored over a restart of Home Assistant."""

from typing import Any, Final

from mashumaro import field_options

NOT_STORED: Final[dict[str, Any]] = field_options(serialize="omit")
"""The metadata of a field that is not stored, because the charger or the settings provide it."""
