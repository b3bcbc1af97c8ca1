"""Writes student-t.json, speed-ratios.json and sure.json of src/metrics/vectors, and prints what the intervals cover.

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


def sure():
    rng = numpy.random.default_rng(15)
    means = []
    for n in [2, 3, 5, 12, 40]:
        values = rng.normal(3, 1, n)
        found = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        means.append({"values": values.tolist(), "value": float(values.mean()), "low": float(found.low), "high": float(found.high)})
    shares = []
    for passed, n in [(0, 1), (1, 1), (0, 8), (2, 6), (19, 20), (20, 20), (137, 400)]:
        found = stats.binomtest(passed, n).proportion_ci(0.95, method="wilson")
        shares.append([passed, n, float(found.low), float(found.high)])
    medians = []
    for n in [1, 5, 6, 7, 8, 9, 12, 20, 25, 101]:
        values = rng.exponential(1, n)
        found = stats.quantile_test(values, q=0, p=0.5).confidence_interval(0.95)
        is_known = not (numpy.isnan(found.low) or numpy.isnan(found.high))
        interval = {"low": float(found.low), "high": float(found.high)} if is_known else None
        medians.append({"values": values.tolist(), "interval": interval})
    return {"means": means, "shares": shares, "medians": medians}


def pooled_coverage(words):
    """Error rates of scenarios of that many words each, 10 % wrong, more or less so by scenario."""
    rng = numpy.random.default_rng(6)
    for n in [3, 5, 10, 20, 50]:
        x = words(rng, (NIGHTS, n))
        rates = rng.beta(4, 36, (NIGHTS, n))
        y = rng.binomial(x, rates)
        value = y.sum(axis=1) / x.sum(axis=1)
        squares = ((y - value[:, None] * x) ** 2).sum(axis=1)
        margin = stats.t.ppf(0.975, n - 1) * numpy.sqrt(squares * n / (n - 1)) / x.sum(axis=1)
        yield n, float(numpy.mean(abs(value - 0.1) <= margin))


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
write("sure.json", sure())
KINDS = {
    "normal": (lambda rng, shape: rng.normal(0, 1, shape), 0),
    "t with 3 degrees (heavy tails)": (lambda rng, shape: rng.standard_t(3, shape), 0),
    "exponential (skewed)": (lambda rng, shape: rng.exponential(1, shape), 1),
    "one in five halved": (lambda rng, shape: rng.normal(0, 0.05, shape) - 0.7 * (rng.random(shape) < 0.2), -0.14),
}
for kind, (draw, mean) in KINDS.items():
    print(kind, ", ".join(f"n = {n}: {100 * share:.1f} %" for n, share in coverage(draw, mean)))
WORDS = {
    "30 words each": lambda rng, shape: numpy.full(shape, 30),
    "5 to 200 words": lambda rng, shape: rng.integers(5, 200, shape),
}
for kind, words in WORDS.items():
    print("error rate,", kind, ", ".join(f"n = {n}: {100 * share:.1f} %" for n, share in pooled_coverage(words)))
