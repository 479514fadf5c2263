"""What every test shares. It is imported before numpy is."""

import os

# The workers share the cores: a pool of threads in each would only make them wait for one another.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# No test writes into the folder of whoever runs it.
os.environ.setdefault("ALTERNATIVES_SESSIONS", "memory")
