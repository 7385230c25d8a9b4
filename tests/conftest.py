"""What all tests share: how long Hypothesis searches."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# CI must say the same today and tomorrow, so its examples are drawn from a fixed seed; whoever has
# time searches further with HYPOTHESIS_PROFILE=thorough.
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "thorough", parent=settings.get_profile("ci"), max_examples=2000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
