"""Tests in Chromium: the 100ms web client, and the sandbox's page."""
