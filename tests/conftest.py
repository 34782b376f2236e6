"""Settings for the whole suite: repeatable property tests, and one browser for all that need it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import pytest
from browser import launch
from hypothesis import HealthCheck, settings
from playwright.sync_api import sync_playwright

mpl.use("Agg")
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for the whole run: Playwright can be started only once in a process."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()
