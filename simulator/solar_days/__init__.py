"""Days of sun and clouds: what solar charging makes of them, beside the naive rule.

The traces are made here, with fixed seeds. Nothing is measured on a real roof.
"""
