"""The models of the tests are small: threads that wait for each other take ten times as long."""

import os

# Before torch is loaded, and for the commands that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")
