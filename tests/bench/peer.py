"""Runs in the peer's own interpreter: times its Docker environment and prints them as JSON. Image, command."""

import json
import sys
import time

from minisweagent.environments.docker import DockerEnvironment

image, command = sys.argv[1:]
environment = DockerEnvironment(image=image, cwd="/workspace")
took = []
try:
    for _ in range(20):
        begun = time.perf_counter()
        environment.execute({"command": command})
        took.append((time.perf_counter() - begun) * 1000)
finally:
    environment.cleanup()
print(json.dumps(took))
