"""What is wrong with a source of prices, for a text that tells the owner."""

from enum import StrEnum

from homeassistant.core import HomeAssistant, callback

from ..localize import text, verbatim


class Problem(StrEnum):
    """The keys of the texts."""

    GONE = "gone"
    """There is no such entity, or it is disabled."""
    NOT_READY = "not_ready"
    """The entity, or the integration that has its prices, is not available now."""
    NO_ANSWER = "no_answer"
    """The integration was asked for prices, and could not say."""
    NO_FORECAST = "no_forecast"
    """It has no prices of the hours to come; perhaps one of now."""
    ALL_PAST = "all_past"
    UNIT_UNKNOWN = "unit_unknown"
    CURRENCY_DIFFERS = "currency_differs"
    DISABLED = "disabled"
    """The prices are in another entity of the integration, which is disabled."""


class PriceProblem(Exception):
    """No forecast could be read."""

    def __init__(self, key: Problem, **placeholders: str) -> None:
        """Take the key and the placeholders of the text."""
        super().__init__(key)
        self.key = key
        self.placeholders = placeholders


@callback
def problem_in_words(hass: HomeAssistant, problem: PriceProblem) -> str:
    """Return what is wrong, and what to do about it."""
    named = {name: verbatim(value) for name, value in problem.placeholders.items()}
    return text(hass, f"price_problem_{problem.key}", **named)
