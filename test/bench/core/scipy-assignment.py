"""Times scipy.optimize.linear_sum_assignment on points from files of float64 (x, y).

Usage: scipy-assignment.py A B REPEATS. Prints JSON. The distance matrix is made before the clock starts.
"""

import json
import sys
import time

import numpy
import scipy
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

a, b = (numpy.fromfile(path).reshape(-1, 2) for path in sys.argv[1:3])
costs = cdist(a, b)
times = []
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    rows, columns = linear_sum_assignment(costs)
    times.append(1000 * (time.perf_counter() - start))
print(
    json.dumps(
        {
            "ms": times,
            "cost": costs[rows, columns].sum(),
            "versions": {
                "python": sys.version.split()[0],
                "numpy": numpy.__version__,
                "scipy": scipy.__version__,
            },
        }
    )
)
