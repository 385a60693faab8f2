"""What is wrong with the prices of the hours to come, in words."""

from homeassistant.core import HomeAssistant, callback

from ..localize import text, verbatim
from ..prices.problem import PriceProblem


@callback
def in_words(hass: HomeAssistant, problem: PriceProblem) -> str:
    """Return what is wrong, and what to do about it."""
    named = {name: verbatim(value) for name, value in problem.placeholders.items()}
    return text(hass, f"price_problem_{problem.key}", **named)
