"""What is secret stays secret, wherever a charger puts it, and the rest can still be read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
import json
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st
import ocpp
from ocpp.v16.enums import AuthorizationStatus
import pytest

from custom_components.wallbox_ocpp.wallbox.views.redaction import (
    REDACTED,
    UNMISTAKABLE,
    Redactor,
    masked,
)
from custom_components.wallbox_ocpp.wallbox.views.vocabulary import NAMES
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


FRAME_READABLE = (
    [3, "1804289383", {"status": "Accepted", "currentTime": "2026-09-01T10:00:00Z"}],
    [2, "2f1c3b9e-52a1-4c1d-9e61-0a6f3c0d9b7a", "Heartbeat", {}],
    [
        2,
        "1804289383",
        "BootNotification",
        {
            "chargePointVendor": "Wall Box Chargers",
            "chargePointModel": "PLP1-0-2-4",
            "firmwareVersion": "6.11.16",
            "meterType": "Internal NON compliant",
            "iccid": "",
            "imsi": None,
        },
    ],
    [
        2,
        "7",
        "StatusNotification",
        {
            "connectorId": 1,
            "errorCode": "GroundFailure",
            "info": "",
            "status": "SuspendedEVSE",
            "timestamp": "2026-09-01T10:00:00.123+02:00",
            "vendorId": "com.wallbox",
        },
    ],
    [
        2,
        "7",
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": 1758025281,
            "meterValue": [
                {
                    "timestamp": "2026-09-01T10:06:00Z",
                    "sampledValue": [
                        {
                            "value": "532218.4",
                            "context": "Sample.Periodic",
                            "format": "Raw",
                            "measurand": "Energy.Active.Import.Register",
                            "phase": "L1-N",
                            "location": "Outlet",
                            "unit": "Wh",
                        },
                        {"value": -0.5, "unit": "kW"},
                    ],
                }
            ],
        },
    ],
    [
        2,
        "7",
        "SetChargingProfile",
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "recurrencyKind": "Daily",
                "validTo": "2026-09-01T10:00:00Z",
                "chargingSchedule": {
                    "duration": 900,
                    "startSchedule": "2026-09-01T10:00:00Z",
                    "chargingRateUnit": "A",
                    "minChargingRate": 0.1,
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 16.0, "numberPhases": 3}
                    ],
                },
            },
        },
    ],
    [
        3,
        "7",
        {
            "configurationKey": [
                {"key": "AuthEnabled", "readonly": False, "value": "false"},
                {"key": "AuthDisabledIdTag", "value": "NoAuthorization"},
                {"key": "ConnectorPhaseRotation", "value": "1.Unknown"},
                {"key": "LightIntensity", "value": 50},
                {"key": "HeartbeatInterval"},
            ],
            "unknownKey": ["NoSuchKey"],
        },
    ],
    [2, "7", "GetConfiguration", {"key": ["AuthEnabled", "SSID"]}],
    [2, "7", "ChangeConfiguration", {"key": "AuthEnabled", "value": "false"}],
    [2, "7", "StopTransaction", {"meterStop": 7, "reason": "EVDisconnected"}],
    [2, "7", "TriggerMessage", {"requestedMessage": "MeterValues"}],
    [3, "7", {"idTagInfo": {"status": "Invalid", "expiryDate": "2026-09-01T10:00Z"}}],
    [4, "7", "NotSupported", "", {}],
)


@pytest.mark.parametrize("frame", FRAME_READABLE)
def test_the_words_numbers_and_times_of_ocpp_stay_readable(frame: list[Any]) -> None:
    redactor = Redactor()
    redactor.learn_from(frame)
    redactor.learn("PASSWORD", "hunter2-hunter2")
    assert redactor.hide_frame(frame) == frame


READABLE = {"integer", "number", "boolean", "enum", "date-time"}


def _fields(schema: Any, name: str = "payload") -> Iterator[tuple[str, str, str, Any]]:
    """Return the fields that a schema of OCPP is made of, each with what has it."""
    for field, described in schema.get("properties", {}).items():
        items = described.get("items", {})
        kind = described.get("format") or described.get("type", "enum")
        kind = "enum" if "enum" in described else kind
        yield name, field, kind, next(iter(described.get("enum", ())), None)
        yield from _fields(described, field)
        yield from _fields(items, field)


def test_every_field_of_ocpp_that_is_no_free_text_stays_readable() -> None:
    examples = {
        "integer": 1,
        "number": 0.5,
        "boolean": True,
        "date-time": "2026-09-01T10:00:00Z",
    }
    hidden = set()
    for file in (Path(ocpp.__file__).parent / "v16" / "schemas").glob("*.json"):
        for inside, field, kind, word in _fields(json.loads(file.read_bytes())):
            value = word or examples.get(kind)
            if kind in READABLE and value is not None:
                said: Any = {field: value}
                if inside != "payload":
                    said = {inside: [said]}
                if Redactor().hide_frame([3, "1", said]) != [3, "1", said]:
                    hidden.add((file.stem, inside, field))
    assert hidden == set()


@pytest.mark.parametrize(
    ("secret", "spelled"),
    [
        ("77712345", 77712345),
        ("77712345", 77712345.0),
        ("77712345", "77712345.0"),
        ("77712345", " 77712345 "),
        ("77712345", "0077712345"),
        ("77712345", "7.7712345E7"),
        (77712345, "77712345"),
        ("0077712345", 77712345),
        ("0042", "0042"),
        ("4711", 4711),
        ("04A1B2C3", "04-A1-B2-C3"),
        ("04A1B2C3", "04:a1:b2:c3"),
        ("04A1B2C3", "\uff10\uff14A1B2C3"),
        ("04-A1-B2-C3", "04a1b2c3"),
        ("3837363534333231", 87654321),
        ("87654321", "3837363534333231"),
    ],
)
def test_a_secret_is_found_however_it_is_spelled(secret: Any, spelled: Any) -> None:
    redactor = Redactor()
    redactor.learn("PASSWORD", secret)
    hidden = redactor.hide_frame(
        [
            2,
            str(spelled),
            str(spelled),
            {
                "transactionId": spelled,
                "info": f"is {spelled}!",
                "status": spelled,
                "timestamp": spelled,
                str(spelled): [spelled],
                "key": str(spelled),
                "value": spelled,
                "configurationKey": [{"key": "LightIntensity", "value": spelled}],
            },
        ]
    )
    assert redactor.hide(
        {"amps": spelled, "reason": spelled, "info": spelled}
    ) == dict.fromkeys(("amps", "reason", "info"), "**PASSWORD_1**")
    assert str(spelled) not in json.dumps(hidden, ensure_ascii=False)
    assert hidden[3]["transactionId"] == "**PASSWORD_1**"


def test_a_short_secret_is_only_looked_for_where_it_is_sure() -> None:
    said = [3, "7", {"idTag": "777", "connectorId": 777}]
    redactor = Redactor()
    redactor.learn_from(said)
    assert redactor.hide_frame(said) == [
        3,
        "7",
        {"idTag": "**ID_TAG_1**", "connectorId": 777},
    ]


def test_a_secret_is_also_looked_for_within_words_if_it_is_unmistakable() -> None:
    redactor = Redactor()
    redactor.learn("SERIAL", "100001", "5555")
    said = {"unknownKey": ["x100001y", "x5555y", "x-5555-y"]}
    [*_, hidden] = redactor.hide_frame([3, "1", said])
    assert hidden == {"unknownKey": ["**KEY_1**", "x5555y", "**KEY_2**"]}


@pytest.mark.parametrize(
    "said",
    [
        {"info": "192.0.2.17"},
        {"info": 4711},
        {"vendorErrorCode": "00:1B:44:11:3A:B7"},
        {"techInfo": "from 192.0.2.17"},
        {"messageId": "eva"},
        {"Data": "free text"},
        {"CSR": "-----BEGIN"},
        {"firmwareVersion": "192.0.2.17"},
        {"firmwareVersion": "hunter2"},
        {"chargePointModel": "Villa Kunterbunt"},
        {"chargePointVendor": "Villa Kunterbunt"},
        {"status": "hunter2"},
        {"timestamp": "hunter2"},
        {"timestamp": "20260901"},
        {"transactionId": "0x4711"},
        {"value": 4711},
        {"value": "4711", "key": "InstallerCode"},
        {"Value": "4711", "Key": "InstallerCode"},
        {"value": "4711", "key": ["LightIntensity"]},
        {"data": {"id": 4711, "status": "Villa", "transactionId": 4711}},
        {"wifi": "Villa", "ip": "192.0.2.17", "email": "eva@example.org"},
        {"password": {"is": "hunter2"}},
    ],
)
def test_what_is_not_known_to_be_harmless_is_hidden(said: dict[str, Any]) -> None:
    hidden = json.dumps(Redactor().hide_frame([2, "1", "DataTransfer", said])[3])
    for secret in ("4711", "192", "1B", "eva", "free", "BEGIN", "hunter2", "Villa"):
        assert secret not in hidden
    assert "20260901" not in hidden


@pytest.mark.parametrize(
    "frame",
    [
        [2, "00077712-1111-11ee-8000-001b44113ab7", "Villa", {}],
        [2, "Villa", "Heartbeat"],
        [2, "Villa4711", "Heartbeat"],
        [2, "1", "Heartbeat", "Villa", "Villa"],
        [3, "1", {"Villa": "Villa"}, "Villa"],
        [4, "1", "Villa", "Villa", {"Villa": ["Villa"]}],
        [5, "1", {"status": "Villa"}],
        ["Villa", 4711],
        [],
    ],
)
def test_no_place_in_a_frame_is_shown_unseen(frame: list[Any]) -> None:
    hidden = json.dumps(Redactor().hide_frame(frame))
    assert not any(secret in hidden for secret in ("Villa", "001b44", "4711"))


def test_a_request_and_its_answer_still_belong_together() -> None:
    redactor = Redactor()
    asked = redactor.hide_frame([2, "eva-1", "Heartbeat", {}])
    answered = redactor.hide_frame([3, "eva-1", {}])
    other = redactor.hide_frame([3, "eva-2", {}])
    assert asked[1] == answered[1] != other[1]


def test_words_of_ocpp_stay_readable_if_somebody_calls_a_network_so() -> None:
    said = [3, "1", {"SSID": "Charging", "status": "Charging"}]
    redactor = Redactor()
    redactor.learn_from(said)
    assert redactor.hide_frame(said) == [
        3,
        "1",
        {"SSID": "**SSID_1**", "status": "Charging"},
    ]


def test_what_stands_for_nobody_is_shown() -> None:
    said = [{"idTag": tag} for tag in ("", "NoAuthorization", "HOMEASSISTANT")]
    assert clean([*said, {"idTag": None}]) == [*said, {"idTag": None}]


def test_a_field_with_a_secret_nobody_has_learned_is_hidden_too() -> None:
    assert Redactor().hide({"password": "x", "puk": 1}) == {
        "password": REDACTED,
        "puk": REDACTED,
    }


def test_a_secret_that_is_learned_later_is_hidden_from_then_on() -> None:
    redactor = Redactor()
    frame = [3, "1", {"transactionId": 77712345}]
    assert redactor.hide_frame(frame) == frame
    redactor.learn("SERIAL", "77712345")
    assert redactor.hide_frame(frame) == [3, "1", {"transactionId": "**SERIAL_1**"}]


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
    redactor = Redactor()
    redactor.learn("SSID", "Villa")
    assert redactor.setting("ConnectorPhaseRotation", "0.RST") == "0.RST"
    assert redactor.setting("connectorphaserotation", "0.RST") == "0.RST"
    for hidden in (("ConnectorPhaseRotation", "in Villa"), ("LightIntensity\0", "5")):
        assert redactor.setting(*hidden) == REDACTED


def test_a_network_called_like_a_field_does_not_spoil_the_document() -> None:
    assert clean({"SSID": "status", "status": "Available"}) == {
        "SSID": "**SSID_1**",
        "status": "Available",
    }


def test_facts_of_ours_keep_their_numbers_times_and_words() -> None:
    facts = {
        "amps": 10,
        "at": datetime(2026, 9, 1, tzinfo=UTC),
        "firmware": "6.11.16",
        "found": {"AuthEnabled": "false"},
        "lasting": timedelta(seconds=5),
        "mode": AuthorizationStatus.accepted,
        "reason": "EVDisconnected",
    }
    assert clean(facts) == facts


SECRETS = st.text(
    st.sampled_from("0123456789abcdefXYZ"), min_size=UNMISTAKABLE, max_size=20
)


def _spelled(secret: str) -> st.SearchStrategy[str]:
    """Return the ways in which a charger may spell a secret."""
    return st.sampled_from(
        [
            secret,
            secret.lower(),
            secret.upper(),
            f"  {secret}\t",
            f"00{secret}",
            f"{secret}.0",
            "-".join(secret),
            ":".join(map("".join, batched(secret, 2, strict=False))),
            f"at {secret}, or so",
            f"x{secret}y",
        ]
    )


PLACES: tuple[Callable[[str], list[Any]], ...] = (
    lambda text: [2, text, "Heartbeat", {}],
    lambda text: [2, "1", text, {}],
    lambda text: [2, "1", "Heartbeat", text],
    lambda text: [2, "1", "Heartbeat", {}, text],
    lambda text: [2, "1", "DataTransfer", {text: text}],
    lambda text: [3, "1", {"configurationKey": [{"key": text, "value": "1"}]}],
    lambda text: [3, "1", {"configurationKey": [{"key": "minSoC", "value": text}]}],
    lambda text: [3, "1", {"unknownKey": [text], "AuthEnabled": text}],
    lambda text: [4, "1", text, text, {text: text}],
    lambda text: [text, text],
    *(
        lambda text, field=field: [2, "1", "Authorize", {field: [text, {field: text}]}]
        for field in sorted({*NAMES, "Unheard", "idTag", "vendorErrorCode"})
    ),
)


@given(st.data(), SECRETS, st.sampled_from(PLACES), json_values)
def test_no_secret_is_in_a_frame_wherever_and_however_it_is_written(
    data: st.DataObject,
    secret: str,
    place: Callable[[str], list[Any]],
    document: Any,
) -> None:
    text = data.draw(_spelled(secret))
    learned = [2, "1", "Authorize", {"idTag": secret}]
    frames = [learned, place(text), [3, "1", {"x": document, "y": [text]}]]
    redactor = Redactor()
    redactor.learn_from(frames)
    hidden = json.dumps([redactor.hide_frame(frame) for frame in frames])
    for written in (secret, text.strip()):
        assert json.dumps(written)[1:-1].casefold() not in hidden.casefold()
    # A number can be written as such, too.
    if secret.isdecimal() and secret[0] != "0":
        said = redactor.hide_frame([3, "1", {"transactionId": int(secret)}])
        assert said == [3, "1", {"transactionId": "**ID_TAG_1**"}]


@given(st.data(), st.lists(SECRETS, min_size=2, max_size=2, unique_by=len))
def test_nothing_that_is_shown_depends_on_what_a_charger_says_freely(
    data: st.DataObject, texts: list[str]
) -> None:
    """Two frames that differ in free text only are the same, known secret or not."""
    field = data.draw(st.sampled_from(("info", "data", "Unheard", "vendorErrorCode")))
    first, second = (
        Redactor().hide_frame([2, "1", "StatusNotification", {field: text, text: 1}])
        for text in texts
    )
    assert first == second


def test_what_nobody_can_read_is_masked() -> None:
    assert masked('[2,"a1","Äx"') == '[0,"x0","xx"'
    assert masked("!$%& eva@example.org") == "???? xxx?xxxxxxx?xxx"
