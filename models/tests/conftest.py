"""One thread: the models of the tests are small, and threads that wait for each other take ten times as long."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # Before torch is loaded, and for the commands that tests start.
