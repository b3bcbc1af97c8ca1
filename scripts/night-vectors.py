"""Writes src/report/nights/vectors.json: what the statistics of nights are by NumPy, SciPy and plain definitions.

python -m venv .venv && .venv/bin/pip install numpy scipy
.venv/bin/python scripts/night-vectors.py
"""

import itertools
import json
from pathlib import Path

import numpy
from scipy import optimize, special, stats

FILE = Path(__file__).parent.parent / "src" / "report" / "nights" / "vectors.json"
rng = numpy.random.default_rng(2026)


def numbers(values):
    return [float(value) for value in values]


def intervals():
    """Student's interval of a mean, as of repeats."""
    for n in [5, 6, 9, 20, 29, 31, 40, 120]:
        values = rng.lognormal(0, 0.4, n)
        found = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        yield {"values": numbers(values), "low": float(found.low), "high": float(found.high)}


def levels():
    """Levels of nights by least squares: the normal equations of the two-way model, solved at once."""
    for scenarios, nights, gaps in [(4, 6, 0), (20, 15, 0), (8, 9, 14), (5, 12, 20)]:
        table = rng.normal(0, 1, (scenarios, 1)) + rng.normal(0, 0.03, (1, nights))
        table = table + rng.normal(0, 0.01, (scenarios, nights))
        holes = rng.choice(scenarios * nights, gaps, replace=False)
        known = numpy.ones(scenarios * nights, bool)
        known[holes] = False
        known = known.reshape(scenarios, nights)
        rows, columns = numpy.nonzero(known)
        design = numpy.zeros((len(rows), scenarios + nights))
        design[numpy.arange(len(rows)), rows] = 1
        design[numpy.arange(len(rows)), scenarios + columns] = 1
        found = numpy.linalg.lstsq(design, table[known], rcond=None)[0][scenarios:]
        cells = [[float(v) if k else None for v, k in zip(*row)] for row in zip(table, known)]
        yield {"scenarios": cells, "levels": numbers(found - found.mean())}


def outliers():
    """Rosner's procedure as the handbook of NIST has it, at 0.1 % for up to a quarter."""
    for added in [[], [0.3], [0.3, -0.4], [0.2, 0.2, 0.21], [0.05]]:
        for n in [6, 9, 14]:
            values = rng.normal(0, 0.03, n)
            values[: len(added)] += added[:n]
            rest = list(enumerate(values))
            taken, count = [], 0
            for i in range(1, n // 4 + 1):
                array = numpy.array([v for _, v in rest])
                far = int(numpy.argmax(abs(array - array.mean())))
                r = abs(array[far] - array.mean()) / array.std(ddof=1)
                t = stats.t.ppf(1 - 0.001 / (2 * (n - i + 1)), n - i - 1)
                critical = (n - i) * t / numpy.sqrt((n - i - 1 + t**2) * (n - i + 1))
                taken.append(rest.pop(far)[0])
                if r > critical:
                    count = i
            yield {"values": numbers(values), "outliers": sorted(taken[:count])}


def noise():
    """Smyth's estimate of the prior by a root finder; moved towards the pooled variance, at most twice the own."""
    for degrees, scale in [([13] * 4, 0), ([13] * 4, 0.4), ([4, 7, 13], 0.5), ([13] * 8, 1.5), ([5, 5], 0.1)]:
        degrees = numpy.array(degrees, float)
        truth = numpy.exp(rng.normal(0, scale, len(degrees))) * 0.0009
        variances = truth * rng.chisquare(degrees) / degrees
        logs = numpy.log(variances) - special.digamma(degrees / 2) + numpy.log(degrees / 2)
        excess = logs.var(ddof=1) - special.polygamma(1, degrees / 2).mean()
        prior = numpy.inf
        if excess > 0:
            prior = 2 * optimize.brentq(lambda x: special.polygamma(1, x) - excess, 1e-6, 1e9, xtol=1e-14)
        pooled = (degrees * variances).sum() / degrees.sum()
        borrowed = numpy.minimum(numpy.minimum(prior, 2 * degrees), degrees.sum() - degrees)
        moved = (borrowed * pooled + degrees * variances) / (borrowed + degrees)
        yield {
            "own": [{"variance": float(v), "degreesOfFreedom": int(d)} for v, d in zip(variances, degrees)],
            "moderated": [
                {"variance": float(v), "degreesOfFreedom": int(d)}
                for v, d in zip(moved, numpy.floor(borrowed + degrees + 1e-9))
            ],
        }


def steps():
    """One series alone: Student's t of the newest nights against those before."""
    for n, window in [(5, 1), (8, 2), (14, 3), (14, 1)]:
        before, now = rng.normal(0, 0.03, n), rng.normal(0.1, 0.03, window)
        size = now.mean() - before.mean()
        error = before.std(ddof=1) * numpy.sqrt(1 / window + 1 / n)
        low, high = stats.t.interval(0.95, n - 1, loc=size, scale=error)
        yield {
            "before": numbers(before),
            "now": numbers(now),
            "size": float(size),
            "t": float(size / error),
            "p": float(2 * stats.t.sf(abs(size / error), n - 1)),
            "low": float(low),
            "high": float(high),
        }


def outcomes():
    """All ways in which the failures of each scenario can fall on its nights, counted; of one it is Fisher's test."""
    for rows in [
        [(14, 0, 1, 1)],
        [(14, 2, 3, 2)],
        [(8, 0, 2, 1), (8, 0, 2, 1), (8, 3, 2, 0), (8, 8, 2, 2)],
        [(5, 0, 1, 1), (5, 1, 1, 1), (4, 0, 1, 0)],
        [(3, 1, 2, 1), (4, 0, 1, 0)],
    ]:
        chances = {0: 1.0}
        for n, failed, m, newly in rows:
            marks = [1] * (failed + newly) + [0] * (n + m - failed - newly)
            ways = [sum(marks[i] for i in some) for some in itertools.combinations(range(n + m), m)]
            own = {k: ways.count(k) / len(ways) for k in set(ways)}
            next_chances = {}
            for (a, p), (b, q) in itertools.product(chances.items(), own.items()):
                next_chances[a + b] = next_chances.get(a + b, 0) + p * q
            chances = next_chances
        seen = sum(newly for *_, newly in rows)
        chance = sum(p for p in chances.values() if p <= chances[seen] * (1 + 1e-7))
        if len(rows) == 1:
            n, failed, m, newly = rows[0]
            fisher = stats.fisher_exact([[newly, m - newly], [failed, n - failed]]).pvalue
            assert abs(fisher - chance) < 1e-12
        yield {
            "scenarios": [
                {"before": {"n": n, "failed": failed}, "now": {"n": m, "failed": newly}}
                for n, failed, m, newly in rows
            ],
            "chance": float(chance),
        }


def differences():
    """Newcombe's method 10, from SciPy's score intervals."""
    for before, now in [((280, 280), (17, 20)), ((56, 60), (20, 20)), ((1, 20), (3, 5))]:
        a, b = [stats.binomtest(*side).proportion_ci(0.95, "wilson") for side in (before, now)]
        p, q = before[0] / before[1], now[0] / now[1]
        yield {
            "before": {"part": before[0], "n": before[1]},
            "now": {"part": now[0], "n": now[1]},
            "size": q - p,
            "low": q - p - float(numpy.hypot(q - b.low, a.high - p)),
            "high": q - p + float(numpy.hypot(b.high - q, p - a.low)),
        }


def shifts():
    """The level of a series that chance explains least: SciPy's t test of each against the rest."""
    for levels_ in [[0] * 20, [0] * 12 + [0.1] * 10, [0] * 10 + [0.2] * 6 + [0] * 10]:
        values = numpy.array(levels_) + rng.normal(0, 0.03, len(levels_))
        n, found = len(values), []
        for start in range(0, n - 2):
            for end in range(start + 3, n + 1):
                lasting = end == n and start >= 3
                passing = 3 <= start and n - end >= 3
                if lasting or passing:
                    rest = numpy.concatenate([values[:start], values[end:]])
                    found.append((float(stats.ttest_ind(values[start:end], rest).pvalue), start, end, lasting))
        p, start, end, lasting = min(found)
        alike = sum(1 for each in found if each[3] == lasting)
        shared = 2 if any(not each[3] for each in found) else 1
        yield {"values": numbers(values), "from": start, "to": end, "chance": min(1, p * alike * shared)}


PARTS = [intervals, levels, outliers, noise, steps, outcomes, differences, shifts]
FILE.write_text(json.dumps({part.__name__: list(part()) for part in PARTS}, indent=2) + "\n", encoding="utf-8")


def coverage():
    """How often Student's interval of a mean holds it, beside a percentile bootstrap: printed for the docs."""
    kinds = {
        "normal": (lambda shape: rng.normal(0, 1, shape), 0),
        "skewed (log-normal, sigma 0.5)": (lambda shape: rng.lognormal(0, 0.5, shape), numpy.exp(0.125)),
        "heavy tails (t with 3 degrees)": (lambda shape: rng.standard_t(3, shape), 0),
    }
    for kind, (draw, mean) in kinds.items():
        told = []
        for n in [5, 10, 20]:
            values = draw((4_000, n))
            margin = stats.t.ppf(0.975, n - 1) * values.std(axis=1, ddof=1) / numpy.sqrt(n)
            student = numpy.mean(abs(values.mean(axis=1) - mean) <= margin)
            draws = rng.integers(0, n, (4_000, 1_000, n))
            means = numpy.take_along_axis(values[:, None, :], draws, axis=2).mean(axis=2)
            low, high = numpy.percentile(means, [2.5, 97.5], axis=1)
            told.append(f"{student:.1%} ({numpy.mean((low <= mean) & (mean <= high)):.1%})")
        print(f"| {kind} | {' | '.join(told)} |")


coverage()
