"""The models of the tests are small: threads that wait for each other take ten times as long."""

import os

# Before torch is loaded, and for the commands that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before onnxruntime is loaded, which some tests do first: it reports nothing.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
