"""The selectors of the forms: boxes for numbers, and choices."""

from collections.abc import Mapping
from enum import StrEnum

import voluptuous as vol

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)


def number(least: float, most: float, step: float, unit: str) -> NumberSelector:
    """Return a box for a number."""
    return NumberSelector(
        NumberSelectorConfig(
            min=least,
            max=most,
            step=step,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


def whole_number(least: int, most: int, unit: str) -> vol.All:
    """Return a box for a whole number, which the frontend may send as a float."""
    return vol.All(number(least, most, 1, unit), vol.Coerce(int))


def one_of(
    values: type[StrEnum],
    translation_key: str,
    mode: SelectSelectorMode = SelectSelectorMode.LIST,
) -> SelectSelector:
    """Return a choice of one of the values of an enumeration."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[value.value for value in values],
            translation_key=translation_key,
            mode=mode,
        )
    )


def choice(
    labels: Mapping[str, str],
    *,
    multiple: bool = False,
    mode: SelectSelectorMode = SelectSelectorMode.LIST,
) -> SelectSelector:
    """Return a choice of values that have a label each."""
    options = [
        SelectOptionDict(value=value, label=label) for value, label in labels.items()
    ]
    return SelectSelector(
        SelectSelectorConfig(options=options, multiple=multiple, mode=mode)
    )
