"""The central system in Home Assistant: port, certificate, view, address, unknown chargers."""
