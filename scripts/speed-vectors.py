"""Writes src/metrics/vectors/student-t.json and speed-ratios.json, and prints what the intervals cover.

python -m venv .venv && .venv/bin/pip install numpy scipy
.venv/bin/python scripts/speed-vectors.py
"""

import json
from pathlib import Path

import numpy
from scipy import stats

FOLDER = Path(__file__).parent.parent / "src" / "metrics" / "vectors"
NIGHTS = 20_000


def student():
    degrees = [1, 2, 3, 4, 5, 7, 9, 13, 19, 29, 60, 100, 999]
    chances = [0.001, 0.025, 0.5, 0.6, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9995, 0.99999]
    values = [-40.0, -8.0, -2.5, -1.0, 0.0, 0.5, 2.2, 4.0, 12.0]
    return {
        "quantiles": [[p, df, float(stats.t.ppf(p, df))] for df in degrees for p in chances],
        "chances": [[t, df, float(stats.t.cdf(t, df))] for df in degrees for t in values],
    }


def ratios():
    rng = numpy.random.default_rng(21)
    for n in [1, 2, 3, 4, 5, 8, 20, 57]:
        start = numpy.exp(rng.normal(3, 1, n))
        end = start * numpy.exp(rng.normal(0.1, 0.2, n))
        interval = None
        if n > 1:
            found = stats.ttest_1samp(numpy.log(end / start), 0).confidence_interval(0.95)
            interval = {"low": float(numpy.exp(found.low)), "high": float(numpy.exp(found.high))}
        yield {
            "pairs": [{"from": float(a), "to": float(b)} for a, b in zip(start, end)],
            "ratio": float(stats.gmean(end / start)),
            "interval": interval,
        }


def coverage(draw, mean):
    rng = numpy.random.default_rng(5)
    for n in [2, 3, 5, 10, 20, 50]:
        logs = draw(rng, (NIGHTS, n))
        centre, spread = logs.mean(axis=1), logs.std(axis=1, ddof=1)
        margin = stats.t.ppf(0.975, n - 1) * spread / numpy.sqrt(n)
        yield n, float(numpy.mean(abs(centre - mean) <= margin))


def write(name, value):
    (FOLDER / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


write("student-t.json", student())
write("speed-ratios.json", list(ratios()))
KINDS = {
    "normal": (lambda rng, shape: rng.normal(0, 1, shape), 0),
    "t with 3 degrees (heavy tails)": (lambda rng, shape: rng.standard_t(3, shape), 0),
    "exponential (skewed)": (lambda rng, shape: rng.exponential(1, shape), 1),
    "one in five halved": (lambda rng, shape: rng.normal(0, 0.05, shape) - 0.7 * (rng.random(shape) < 0.2), -0.14),
}
for kind, (draw, mean) in KINDS.items():
    print(kind, ", ".join(f"n = {n}: {100 * share:.1f} %" for n, share in coverage(draw, mean)))
