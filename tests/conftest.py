"""What holds for all tests."""

import gc
import os

# Two test processes share the machine: more threads would wait for each other's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# bitsandbytes, here for the tests of quantised layers alone, would have each process that imports
# peft import torch's compiler as well; nothing in the product compiles.
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")


def pytest_collection_finish() -> None:
    """Leave out what all tests have imported when garbage is collected.

    Each training run and each export collects it several times, which took up to a second each.
    """
    gc.collect()
    gc.freeze()
