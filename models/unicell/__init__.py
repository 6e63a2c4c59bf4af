"""UniCell: finds and names nuclei in H&E pictures under several label sets at once."""

import os

# ONNX Runtime's builds report what models they load to their maker unless told so before they are
# loaded. The package is imported before anything of it that imports onnxruntime.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
