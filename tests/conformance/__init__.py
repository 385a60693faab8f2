"""Cases of OCTT, the Open Charge Alliance's compliance testing tool for OCPP 1.6.

Its cases for a central system, played by a scripted charger: what the wire answers, and what a
person sees of it. Each test bears the number of its case: `test_tc_037_1_…` is TC_037_1_CSMS. A
file holds the cases about one thing.

Some cases ask for what is never done here. Their tests show what a charger gets instead:

TC_012, TC_028
    No RemoteStopTransaction. A charger whose transaction has ended while its car is plugged in may
    open another one when it is alone, and charge. Stopping is pausing; a pause that is refused is
    an error (`test_left_out.py`).
TC_059
    No charging profile within RemoteStartTransaction, which many a Wallbox refuses
    (docs/chargers.md §3.6). The limit goes before the start, and into the transaction that comes of it.
TC_066
    No GetCompositeSchedule, because its answers are not to be relied on
    (docs/chargers.md §8.1.14). What is drawn shows whether a limit is obeyed (`test_left_out.py`).
TC_067
    No ChargePointMaxProfile, which no permission could lift, and nothing is cleared by its number:
    profiles go by their purpose, or all of them, whoever has put them there.
"""
