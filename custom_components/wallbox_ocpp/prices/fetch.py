"""Reads the forecast of a price entity: from its attributes, or by its integration's action."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from aiohttp import ClientError
from voluptuous import Invalid

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant, ServiceResponse, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from ..wallbox.model.price_unit import is_known, per_kwh
from ..wallbox.model.prices import Price, PriceForecast
from .actions import ACTIONS, Action, Asked, Data
from .attributes import rows_in, rows_of
from .normalize import Row, read
from .problem import PriceProblem, Problem
from .related import related_to

ANSWER_SECONDS: Final = 60
"""How long an integration may take to answer."""

FAILURES: Final = (
    HomeAssistantError,
    Invalid,
    ClientError,
    OSError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What actions raise. Those of integrations that are not set up, or have changed, raise anything."""


async def async_read(hass: HomeAssistant, entity_id: str) -> PriceForecast:
    """Return the forecast of an entity.

    Raises:
        PriceProblem: There is none; it says why.
    """
    state, entry = hass.states.get(entity_id), er.async_get(hass).async_get(entity_id)
    if entry.disabled if entry else state is None:
        raise PriceProblem(Problem.GONE, entity=entity_id)
    scale = _scale(hass, entity_id, state, entry)
    now, zone = dt_util.utcnow(), dt_util.get_default_time_zone()
    prices = read(_attribute_rows(hass, entity_id, now), zone, scale)
    if not prices and entry and (action := action_of(hass, entity_id)):
        rows = await _ask(hass, entry, action, _asked(hass, entry, state, now))
        prices = read(rows, zone, action.scale)
    _check(hass, entity_id, prices, now)
    return PriceForecast(prices, now)


def action_of(hass: HomeAssistant, entity_id: str) -> Action | None:
    """Return the action that says the prices of an entity; None if there is none."""
    entry = er.async_get(hass).async_get(entity_id)
    action = ACTIONS.get(entry.platform) if entry else None
    if entry and action and hass.services.has_service(entry.platform, action.service):
        return action
    return None


def _scale(
    hass: HomeAssistant,
    entity_id: str,
    state: State | None,
    entry: er.RegistryEntry | None,
) -> float:
    """Return the price of a kWh at 1 in the unit of the entity."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    unit = str(unit or (entry.unit_of_measurement if entry else None) or "")
    currency = hass.config.currency
    if (scale := per_kwh(unit, currency)) is not None:
        return scale
    key = Problem.CURRENCY_DIFFERS if is_known(unit) else Problem.UNIT_UNKNOWN
    raise PriceProblem(key, entity=entity_id, unit=unit, currency=currency)


def _attribute_rows(
    hass: HomeAssistant, entity_id: str, now: datetime
) -> Iterator[Row]:
    zone = dt_util.get_default_time_zone()
    for known in (entity_id, *related_to(hass, entity_id)):
        if state := hass.states.get(known):
            yield from rows_of(state.attributes, now, zone)


def _asked(
    hass: HomeAssistant, entry: er.RegistryEntry, state: State | None, now: datetime
) -> Asked:
    device = dr.async_get(hass).async_get(entry.device_id or "")
    return Asked(
        now=dt_util.as_local(now),
        entry_id=entry.config_entry_id or "",
        device_id=entry.device_id or "",
        unique_id=entry.unique_id,
        attributes=state.attributes if state else {},
        device_name=(device.name or "") if device else "",
    )


async def _ask(
    hass: HomeAssistant, entry: er.RegistryEntry, action: Action, asked: Asked
) -> list[Row]:
    """Return the rows of all answers; an integration may not know tomorrow yet."""
    rows: list[Row] = []
    failure: BaseException | None = None
    answers = 0
    for data in action.calls(asked):
        try:
            response = await _call(hass, entry.platform, action.service, data)
        except FAILURES as error:
            failure = error
            continue
        answers += 1
        rows += rows_in(action.rows(response or {}, asked))
    if not answers:
        raise PriceProblem(Problem.NO_ANSWER, entity=entry.entity_id) from failure
    return rows


async def _call(
    hass: HomeAssistant, domain: str, service: str, data: Data
) -> ServiceResponse:
    async with asyncio.timeout(ANSWER_SECONDS):
        return await hass.services.async_call(
            domain, service, data, blocking=True, return_response=True
        )


def _check(
    hass: HomeAssistant, entity_id: str, prices: tuple[Price, ...], now: datetime
) -> None:
    """Say what is wrong if there are no prices of the hours to come."""
    if any(price.end > now for price in prices):
        return
    if prices:
        raise PriceProblem(Problem.ALL_PAST, entity=entity_id)
    registry = er.async_get(hass)
    for other in related_to(hass, entity_id):
        if (known := registry.async_get(other)) and known.disabled:
            raise PriceProblem(Problem.DISABLED, entity=entity_id, other=other)
    state = hass.states.get(entity_id)
    if state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        raise PriceProblem(Problem.NOT_READY, entity=entity_id)
    raise PriceProblem(Problem.NO_FORECAST, entity=entity_id)
