"""The methods of experiments once more, by SciPy and statsmodels, to compare ours with.

Reads JSON lines `{"method": ..., "input": [...], "found": [...]}` and fails where a number differs by more than a millionth
of itself. Without "found" it prints the expected numbers: so the tables in the unit tests were made, for example by

    echo '{"method": "wilson", "input": [5, 100]}' | python3 crates/engine/tests/experiment_reference.py

`cargo xtask eval experiments` runs it over the lines of the example `experiment_figures`. Exit status 3: a package is not there.
"""

import json
import sys

try:
    import numpy as np
    import statsmodels.api as sm
    from scipy import stats
    from scipy.integrate import quad
    from scipy.optimize import brentq
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
except ImportError as error:
    print(f"expected numpy, scipy and statsmodels for this python3: {error}", file=sys.stderr)
    sys.exit(3)

CLOSE = 1e-6


def ratio_mismatch(people, weights):
    expected = np.array(weights) / sum(weights) * sum(people)
    return [float(x) for x in stats.chisquare(people, expected)]


def wilson(successes, people):
    return proportion_confint(successes, people, method="wilson")


def newcombe(a, n, b, m):
    return confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")


def means(arm, control):
    both = CompareMeans(DescrStatsW(np.array(arm)), DescrStatsW(np.array(control)))
    return [*both.zconfint_diff(usevar="unequal"), both.ztest_ind(usevar="unequal")[1]]


def cuped(values, before, arms):
    columns = np.column_stack([np.ones(len(arms)), arms, before])
    return sm.OLS(np.array(values), columns).fit().params[1:]


def guardrail(arm, control, share):
    """The mixture by numerical integration, scaled by its largest value."""
    peak = max(share, arm / (arm + control) if arm + control else share)

    def ln(theta):
        return arm * np.log(theta / share) + control * np.log((1 - theta) / (1 - share))

    top = ln(peak) if peak < 1 else arm * np.log(1 / share)
    area = quad(lambda t: np.exp(ln(t) - top), share, 1, points=[peak] if share < peak < 1 else None, epsrel=1e-12, limit=400)
    return [top + np.log(area[0] / (1 - share))]


def always_valid(variance, people, alpha, planned):
    """Where the mixture of likelihood ratios over a normal prior reaches 1/alpha, by integration and search."""
    density = (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / planned
    prior = density * variance * people

    def ln_mixture(d):
        centre, top = d * prior / (variance + prior), d * d * prior / (2 * variance * (variance + prior))
        spread = np.sqrt(variance * prior / (variance + prior))

        def integrand(t):
            return np.exp(t * d / variance - t * t / (2 * variance) - top) * stats.norm.pdf(t, 0, np.sqrt(prior))

        area = quad(integrand, centre - 12 * spread, centre + 12 * spread, points=[centre], epsabs=0, epsrel=1e-12, limit=400)
        return top + np.log(area[0])

    return [brentq(lambda d: ln_mixture(d) + np.log(alpha), 1e-9 * np.sqrt(variance), 60 * np.sqrt(variance), xtol=1e-15)]


METHODS = {f.__name__: f for f in (ratio_mismatch, wilson, newcombe, means, cuped, guardrail, always_valid)}


def main():
    compared, worst, missed = 0, 0.0, 0
    for line in sys.stdin:
        case = json.loads(line)
        expected = [float(x) for x in METHODS[case["method"]](*case["input"])]
        if "found" not in case:
            print(case["method"], expected)
            continue
        if len(expected) != len(case["found"]):
            sys.exit(f"{case['method']}: expected {len(expected)} numbers, found {len(case['found'])}")
        for ours, theirs in zip(case["found"], expected):
            # Next to nothing (a p of 1e-30) is compared with 1e-12.
            away = abs(ours - theirs) / max(min(abs(theirs), 1.0), 1e-12)
            compared, worst = compared + 1, max(worst, away)
            if not away <= CLOSE:
                missed += 1
                print(f"{case['method']}: expected {theirs!r}, found {ours!r}", file=sys.stderr)
    if compared:
        print(json.dumps({"eval": "experiments", "numbers": compared, "worst": worst, "missed": missed}))
    sys.exit(1 if missed else 0)


main()
