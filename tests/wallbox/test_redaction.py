"""What is secret stays secret, wherever a charger puts it, and the rest can still be read."""

import json
from typing import Any

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.wallbox_ocpp.wallbox.model.keys import (
    HARMLESS,
    may_be_written,
    secret_in,
)
from custom_components.wallbox_ocpp.wallbox.views.redaction import (
    REDACTED,
    UNMISTAKABLE,
    Redactor,
    masked,
)
from simulator.virtual_wallbox.configuration import KEYS
from tests.csms.strategies import json_values


def clean(document: Any) -> Any:
    """Return a document without the secrets that it names itself."""
    redactor = Redactor()
    redactor.learn_from(document)
    return redactor.hide(document)


def key(name: str, value: str) -> dict[str, Any]:
    """Return a configuration key as a charger tells it."""
    return {"key": name, "readonly": False, "value": value}


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("idTag", "ID_TAG"),
        ("parentIdTag", "ID_TAG"),
        ("id_tag", "ID_TAG"),
        ("chargePointSerialNumber", "SERIAL"),
        ("serial_number", "SERIAL"),
        ("identity", "IDENTITY"),
        ("AuthorizationKey", "PASSWORD"),
        ("password", "PASSWORD"),
        ("iccid", "SIM"),
    ],
)
def test_a_secret_is_known_by_the_name_of_its_field(field: str, kind: str) -> None:
    assert clean({field: "04A1B2C3"}) == {field: f"**{kind}_1**"}


def test_what_is_equal_stays_equal_and_what_differs_differs() -> None:
    said = [{"idTag": "04A1B2C3"}, {"idTag": "0BADCAFE"}, {"idTag": "04a1b2c3"}]
    first, second, third = (item["idTag"] for item in clean(said))
    assert first == third != second
    assert len(first) <= 20  # As long as an idTag may be, so that it can be replayed.


def test_a_secret_is_hidden_wherever_else_it_is() -> None:
    assert clean(
        {
            "chargePointSerialNumber": "100001",
            "vendorErrorCode": "sn100001x",
            "errors": ["no 100001!", {"info": "100001"}],
            "number": 100001,
            "by 100001": 1,
        }
    ) == {
        "chargePointSerialNumber": "**SERIAL_1**",
        "vendorErrorCode": "sn**SERIAL_1**x",
        "errors": ["no **SERIAL_1**!", {"info": "**SERIAL_1**"}],
        "number": "**SERIAL_1**",
        "by **SERIAL_1**": 1,
    }


def test_readings_and_times_are_not_taken_for_a_secret() -> None:
    said = {
        "idTag": "2026",
        "timestamp": "2026-09-01T10:00:00Z",
        "value": "120264.5",
        "unit": "Wh",
    }
    assert clean(said) == {**said, "idTag": "**ID_TAG_1**"}


def test_a_short_secret_is_only_looked_for_where_it_is_sure() -> None:
    said = {"idTag": "7", "connectorId": 7, "context": "7", "PUK": "1234"}
    assert clean({**said, "info": "PUK 1234", "id": "x12345"}) == {
        "idTag": "**ID_TAG_1**",
        "connectorId": 7,
        "context": "7",
        "PUK": "**PUK_1**",
        "info": "PUK **PUK_1**",
        "id": "x12345",
    }


def test_what_stands_for_nobody_is_shown() -> None:
    said = [{"idTag": tag} for tag in ("", "NoAuthorization", "HOMEASSISTANT")]
    assert clean([*said, {"idTag": None}]) == [*said, {"idTag": None}]


def test_a_field_with_a_secret_nobody_has_learned_is_hidden_too() -> None:
    assert Redactor().hide({"password": "x", "puk": 1}) == {
        "password": REDACTED,
        "puk": REDACTED,
    }


@pytest.mark.parametrize(
    "said",
    [
        {"data": "free text"},
        {"csr": "-----BEGIN"},
        {"location": "ftp://eva:hunter2@example.com/"},
    ],
)
def test_what_may_hold_anything_is_hidden(said: dict[str, str]) -> None:
    assert clean(said) == dict.fromkeys(said, REDACTED)


def test_data_that_is_no_text_is_looked_through() -> None:
    assert clean({"data": {"port": 9000, "on": True, "price": 0.3}}) == {
        "data": {"port": 9000, "on": True, "price": 0.3}
    }


def test_the_value_of_a_key_is_only_shown_if_it_is_known_to_be_harmless() -> None:
    told = [
        key("AuthEnabled", "true"),
        key("SSID", "Villa"),
        key("Unheard", "of"),
        key("AuthDisabledIdTag", "NoAuthorization"),
        key("WebSocketPassword", ""),
    ]
    assert [item["value"] for item in clean(told)] == [
        "true",
        "**SSID_1**",
        REDACTED,
        "NoAuthorization",
        "",
    ]
    assert clean({"key": "SSID", "readonly": True}) == {"key": "SSID", "readonly": True}


def test_a_network_called_like_a_field_does_not_spoil_the_document() -> None:
    assert clean({"SSID": "status", "status": "Available"}) == {
        "SSID": "**SSID_1**",
        "status": "Available",
    }


def test_capital_letters_make_no_difference() -> None:
    assert clean({"SSID": "Straße-1", "info": "STRASSE-1 straße-1 STRAßE-1"}) == {
        "SSID": "**SSID_1**",
        "info": "STRASSE-1 **SSID_1** **SSID_1**",
    }


@given(
    st.text(min_size=UNMISTAKABLE).filter(lambda text: "*" not in text),
    st.text(),
    st.text(),
    json_values,
)
def test_no_document_gives_a_learned_secret_away(
    secret: str, before: str, after: str, document: Any
) -> None:
    redactor = Redactor()
    redactor.learn("PASSWORD", secret)
    given = [document, {"a": [before + secret + after]}, {f"1{secret}": secret}]
    hidden = json.dumps(redactor.hide(given), ensure_ascii=False)
    for number_or_time in (before + secret + after, f"1{secret}"):
        # A longer number or time is not known to hold a secret.
        if redactor.hide(number_or_time) == number_or_time:
            hidden = hidden.replace(json.dumps(number_or_time, ensure_ascii=False), "")
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in hidden


@given(json_values)
def test_a_document_without_secrets_stays_as_it_is(document: Any) -> None:
    text = json.dumps(document)
    # Neither has it fields, whose names may say that they hold a secret.
    assume("{" not in text and "://" not in text)
    redactor = Redactor()
    redactor.learn("PASSWORD", "hunter2-hunter2")
    assert json.dumps(redactor.hide(document)) == text


def test_what_nobody_can_read_is_masked() -> None:
    assert masked('[2,"a1","Äx"') == '[0,"x0","xx"'


# Configuration keys.


def test_each_key_of_a_wallbox_is_either_harmless_or_secret() -> None:
    for item in KEYS:
        assert (item.name in HARMLESS) is (secret_in(item.name) is None), item.name


@pytest.mark.parametrize(
    "name",
    [
        "WebSocketUrl",
        "websocketpassword",
        "WebSocketPingInterval",
        "PUK",
        "SSID",
        "SerialNumber",
        "AuthorizationKey",
        "AuthDisabledIdTag",
    ],
)
def test_some_keys_are_never_written(name: str) -> None:
    assert not may_be_written(name)


def test_the_others_may_be_written() -> None:
    assert may_be_written("LightIntensity")
    assert may_be_written("AuthEnabled")
