"""What all tests share."""

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile(
    "thorough", deadline=None, max_examples=5000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("AGENT_RUNNER_HYPOTHESIS", "default"))

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under `nohup` it is ignored, and an ignored signal stays ignored
