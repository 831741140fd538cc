"""Everything that holds weights."""

import os

# onnxruntime's official builds send usage data unless this is set before it is first imported (its Privacy.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
