"""What holds for all tests."""

import os

# Two test processes share the machine: more threads would wait for each other's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
