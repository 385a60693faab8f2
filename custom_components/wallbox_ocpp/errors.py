"""Errors with translated texts."""

from collections.abc import Generator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN
from .csms.calls import CallFailedError, NoAnswerError, NotConnectedError


def failed(key: str, **placeholders: str) -> HomeAssistantError:
    """Return the error to raise when something could not be done."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error to raise when something must not be done."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


@contextmanager
def translated_errors(*, kept: bool = False) -> Generator[None]:
    """Translate errors of requests; with ``kept`` the text says that the wish stays."""
    try:
        yield
    except NotConnectedError as error:
        raise failed("charger_offline") from error
    except NoAnswerError as error:
        unheard = failed("no_answer_kept") if kept else failed("no_answer")
        raise unheard from error
    except CallFailedError as error:
        raise failed("refused", code=str(error)) from error
