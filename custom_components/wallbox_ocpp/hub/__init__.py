"""The central system's place in Home Assistant: certificate, view, address, unknown chargers."""
