"""Cases of OCTT, the Open Charge Alliance's compliance testing tool for OCPP 1.6.

Its cases for a central system, played by a scripted charger: what the wire answers, and what a
person sees of it. Each test bears the number of its case: `test_tc_037_1_…` is TC_037_1_CSMS, and
where a test has several cases, its parameters bear them. A file holds the cases about one thing.

README.md lists all cases, and why some of them ask for what is never done here; their tests
(`test_left_out.py`, `test_not_offered.py`) show what a charger gets instead.
"""
