"""What people see in a browser: Debian's Chromium on a real Home Assistant."""
