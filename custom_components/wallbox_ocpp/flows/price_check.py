"""What is wrong with a price entity or a schedule that has been chosen, and what may be meant instead."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.core import HomeAssistant

from ..charger.linked_entities import async_is_gone
from ..charger.schedule import async_week_of
from ..const import CONF_ALLOWED_HOURS, CONF_PRICE_ENTITY
from ..localize import plain, text, verbatim
from ..prices.fetch import async_read
from ..prices.problem import PriceProblem, Problem, problem_in_words
from ..prices.suggested import async_suggested

DOMAINS: Final = ("sensor", "input_number", "number")
"""Whose entities can have the price of now as their value."""

ANSWERS_WITHIN: Final = 20
"""Seconds that an integration may take to tell prices while somebody waits."""
MOST: Final = 3
"""Price entities that are suggested."""


@dataclass(slots=True)
class Doubts:
    """What is wrong with what was chosen."""

    errors: dict[str, str] = field(default_factory=dict)
    """By field: what cannot be."""
    warnings: list[str] = field(default_factory=list)
    """What may pass by itself, or be wanted, in words."""


async def async_doubts(
    hass: HomeAssistant, chosen: Mapping[str, Any], before: Mapping[str, Any]
) -> Doubts:
    """Return what is wrong with the price entity and the schedule, if they were not chosen before."""
    doubts = Doubts()
    new = {
        name: entity_id
        for name in (CONF_PRICE_ENTITY, CONF_ALLOWED_HOURS)
        if (entity_id := chosen.get(name)) and entity_id != before.get(name)
    }
    if price := new.get(CONF_PRICE_ENTITY):
        await _check_price(hass, price, doubts)
    if schedule := new.get(CONF_ALLOWED_HOURS):
        await _check_schedule(hass, schedule, doubts)
    return doubts


async def async_suggestion(hass: HomeAssistant) -> str:
    """Return a sentence with the price entities that may be meant; nothing if none is known."""
    likely = [
        f"{plain(state.name)} ({verbatim(entity_id)})"
        for entity_id in await async_suggested(hass)
        if entity_id.startswith(DOMAINS) and (state := hass.states.get(entity_id))
    ]
    if not likely:
        return ""
    return text(hass, "prices_suggested", entities=", ".join(likely[:MOST]))


async def _check_price(hass: HomeAssistant, entity_id: str, doubts: Doubts) -> None:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            await async_read(hass, entity_id)
    except TimeoutError:
        problem = PriceProblem(Problem.NO_ANSWER, entity=entity_id)
    except PriceProblem as found:
        problem = found
    else:
        return
    if problem.key is Problem.GONE:
        doubts.errors[CONF_PRICE_ENTITY] = "price_entity_gone"
    else:
        doubts.warnings.append(problem_in_words(hass, problem))


async def _check_schedule(hass: HomeAssistant, entity_id: str, doubts: Doubts) -> None:
    if async_is_gone(hass, entity_id):
        doubts.errors[CONF_ALLOWED_HOURS] = "schedule_entity_gone"
    elif not any((await async_week_of(hass, entity_id) or {}).values()):
        named = verbatim(entity_id)
        doubts.warnings.append(text(hass, "schedule_empty", entity=named))
