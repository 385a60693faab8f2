"""Frames can be read from anything, and come back as they were written."""

from typing import Any

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.wallbox_ocpp.csms.frames import (
    Call,
    CallError,
    CallResult,
    ErrorCode,
    Frame,
    Malformed,
    read_frame,
    write_frame,
)

from .strategies import json_objects, json_values

unique_ids = st.text()
message_types = st.sampled_from([2, 3, 4])
frames: st.SearchStrategy[Frame] = (
    st.builds(Call, unique_ids, st.text(), json_objects)
    | st.builds(CallResult, unique_ids, json_objects)
    | st.builds(CallError, unique_ids, st.text(), st.just(""))
)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(read_frame(text), (Call, CallResult, CallError, Malformed))


@given(json_values)
def test_any_json_can_be_read(value: Any) -> None:
    read = read_frame(orjson.dumps(value).decode())
    assert isinstance(read, (Call, CallResult, CallError, Malformed))


@given(message_types, json_values, st.lists(json_values, max_size=5))
def test_anything_behind_a_message_type_can_be_read(
    message_type: int, unique_id: Any, rest: list[Any]
) -> None:
    read = read_frame(orjson.dumps([message_type, unique_id, *rest]).decode())
    assert isinstance(read, (Call, CallResult, CallError, Malformed))


@given(frames)
def test_what_is_written_is_read_again(frame: Frame) -> None:
    read = read_frame(write_frame(frame))
    assert (type(read), read) == (type(frame), frame)


def test_a_request_of_a_wallbox_is_read() -> None:
    # docs/chargers.md §3.2, captured.
    text = (
        '[2,"1115475570","StatusNotification",{"info": "","vendorId": "com.wallbox",'
        '"vendorErrorCode": "","connectorId": 1,"errorCode": "NoError",'
        '"status": "Available","timestamp": "2025-11-23T22:49:54Z"}]'
    )
    read = read_frame(text)
    assert isinstance(read, Call)
    assert read.unique_id == "1115475570"
    assert read.action == "StatusNotification"
    assert read.payload["status"] == "Available"


def test_blanks_between_the_parts_are_allowed() -> None:
    # open-ocpp, docs/chargers.md §8.1.12.
    assert read_frame(' [2, "1081285496" , "Heartbeat", { } ]\n') == Call(
        "1081285496", "Heartbeat", {}
    )


def test_a_result_of_a_wallbox_is_read() -> None:
    assert read_frame('[3,"11",{"status":"Accepted"}]') == CallResult(
        "11", {"status": "Accepted"}
    )


def test_a_refusal_of_a_wallbox_is_read() -> None:
    text = '[4,"16","ProtocolError","validation of RemoteStartTransaction failed",{}]'
    assert read_frame(text) == CallError("16", "ProtocolError")


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('[2,"1","StopTransaction"]', Call("1", "StopTransaction", {})),
        ('[2,"1","StopTransaction",null]', Call("1", "StopTransaction", {})),
        ('[2,"1","Reset",{"type":1},"more"]', Call("1", "Reset", {"type": 1})),
        ('[2.0,"1","Heartbeat",{}]', Call("1", "Heartbeat", {})),
        ('[3,"1",null]', CallResult("1", {})),
        ('[3,"1",{},"more"]', CallResult("1", {})),
        ('[4,"1"]', CallError("1", "")),
        ('[4,"1",null,7,[]]', CallError("1", "")),
        ('[4,"1","GenericError"]', CallError("1", "GenericError")),
    ],
)
def test_a_frame_that_is_almost_right_is_taken_as_it_was_meant(
    text: str, frame: Frame
) -> None:
    assert read_frame(text) == frame


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{}",
        "[]",
        "null",
        "2",
        "[2]",
        "[3]",
        '[3,"1"]',
        '["2","1","Heartbeat",{}]',
        '[2,1,"Heartbeat",{}]',
        '[5,"1",{}]',
        '[true,"1",{}]',
        "[" * 5000,
        '"\\ud800"',
    ],
)
def test_text_that_is_no_frame_gets_no_answer(text: str) -> None:
    read = read_frame(text)
    assert isinstance(read, Malformed)
    assert read.refusal is None


@pytest.mark.parametrize("text", ['[2,"1"]', '[2,"1",null,{}]', '[2,"1",{},{}]'])
def test_a_request_without_an_action_is_refused(text: str) -> None:
    assert read_frame(text) == Malformed(
        "no action", CallError("1", ErrorCode.FORMATION_VIOLATION, "no action")
    )


@pytest.mark.parametrize("unique_id", ["", "1", "x" * 37])
def test_a_message_id_of_any_length_is_taken(unique_id: str) -> None:
    """A StartTransaction is worth more than the length of its id."""
    assert read_frame(f'[2,"{unique_id}","Heartbeat",{{}}]') == Call(
        unique_id, "Heartbeat", {}
    )


def test_frames_are_written_as_the_specification_has_them() -> None:
    assert write_frame(Call("1", "Reset", {"type": "Soft"})) == (
        '[2,"1","Reset",{"type":"Soft"}]'
    )
    assert write_frame(CallResult("2", {})) == '[3,"2",{}]'
    assert write_frame(CallError("3", ErrorCode.NOT_SUPPORTED)) == (
        '[4,"3","NotSupported","",{}]'
    )
