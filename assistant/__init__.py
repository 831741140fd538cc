"""The conversation itself."""

import os

# numpy's matrix products are small here, and OpenBLAS would wake a thread on every core for each: its threads wait for one another
# at full speed, which made a recognizer's pass over 3 s of audio take 28 ms and not 11. It reads this when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
