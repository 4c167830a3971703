"""Tests that drive the running product in Chromium."""
