"""HiGHS as SciPy brings it, on a model in rows and columns: a solver that has nothing to do with OR-Tools.

``highspy`` cannot be imported in one process with ``ortools`` 9.15 (both carry HiGHS); SciPy's own copy can.
"""

from __future__ import annotations

import math
import threading
import time as clock
from dataclasses import dataclass, replace
from typing import Any

from capacity.optimise.prove import holds
from capacity.optimise.prover import LinearModel

LARGEST = 2**16
"""Rows are divided by a power of two until their largest coefficient is at most this. HiGHS lets a row be wrong by a
millionth: divided so, one unit of a sum of whole numbers is more than that. Coefficients stay exact."""
SPLIT_ABOVE = 2**12
DIGIT = 2**10
"""Where a solution is wrong all the same, because its numbers are not quite whole, sums are split into digits."""
WAIT = 0.05
PROVEN, IMPOSSIBLE = 0, 2


@dataclass(frozen=True)
class Answer:
    """A solution (None where none keeps every row), the bound no solution is below, and whether the two meet."""

    solution: list[int] | None
    bound: float
    optimal: bool


def minimise(model: LinearModel, seconds: float, stop: threading.Event | None = None) -> Answer | None:
    """Let HiGHS work on a model.

    Parameters
    ----------
    model
        What is to be minimised.
    seconds
        Time on the clock.
    stop
        Set it to leave the question open.

    Returns
    -------
    Answer or None
        The solution, only where it keeps every row in whole numbers, and the bound no solution is below; None where
        HiGHS says that there is no solution. ``optimal`` is True only with such a solution.
    """
    found = Answer(None, -math.inf, False)
    deadline = clock.monotonic() + seconds
    for stated in (model, in_digits(model)):
        result = _apart(stated, deadline - clock.monotonic(), stop)
        if result is None:
            return found
        if result.status == IMPOSSIBLE:
            return None
        bound = -math.inf if result.mip_dual_bound is None else result.mip_dual_bound + model.offset
        solution = None if result.x is None else [round(value) for value in result.x[: len(model.lower)]]
        exact = solution is not None and holds(model, solution)
        found = Answer(solution if exact else None, bound, exact and result.status == PROVEN)
        if exact or solution is None:
            return found
    return found


def in_digits(model: LinearModel) -> LinearModel:
    """Return the same model with small coefficients: a sum of large ones becomes two, joined by a whole carry.

    With a = q DIGIT + r and b = u DIGIT + v, the sum of a x is at most b just when for some whole number c the sum of
    r x is at most c DIGIT + v, and the sum of q x and c at most u.
    """
    lower, upper = list(model.lower), list(model.upper)
    rows: list[tuple[list[int], list[int], float, float]] = []
    for columns, factors, low, high in model.rows():
        if max(map(abs, factors), default=0) <= SPLIT_ABOVE:
            rows.append((columns, factors, low, high))
            continue
        for sign, most in ((1, high), (-1, -low)):
            if math.isinf(most):
                continue
            digits = [divmod(sign * factor, DIGIT) for factor in factors]
            u, v = divmod(round(most), DIGIT)
            ends = [(r * model.lower[x], r * model.upper[x]) for x, (_, r) in zip(columns, digits, strict=True)]
            carry = len(lower)
            lower.append((sum(end[0] for end in ends) - v) // DIGIT)
            upper.append(-((v - sum(end[1] for end in ends)) // DIGIT))
            rows.append(([*columns, carry], [*(r for _, r in digits), -DIGIT], -math.inf, v))
            rows.append(([*columns, carry], [*(q for q, _ in digits), 1], -math.inf, u))
    return replace(
        model,
        lower=lower,
        upper=upper,
        columns=[row[0] for row in rows],
        coefficients=[row[1] for row in rows],
        row_lower=[row[2] for row in rows],
        row_upper=[row[3] for row in rows],
    )


def _apart(model: LinearModel, seconds: float, stop: threading.Event | None) -> Any:
    """Work in a thread of its own, so that Ctrl-C is heard at once; None where it was stopped."""
    answers: list[Any] = []
    faults: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(_solve(model, seconds))
        except BaseException as error:  # an exception must not be lost with its thread
            faults.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(WAIT)
        if stop is not None and stop.is_set():
            return None
    if faults:
        raise faults[0]
    return answers[0]


def _solve(model: LinearModel, seconds: float) -> Any:
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    costs = np.zeros(len(model.lower))
    for column, factor in model.objective.items():
        costs[column] += factor
    rows, columns, numbers, lower, upper = [], [], [], [], []
    for row, (where, factors) in enumerate(zip(model.columns, model.coefficients, strict=True)):
        scale = 1
        while max(map(abs, factors), default=0) > LARGEST * scale:
            scale *= 2
        rows += [row] * len(where)
        columns += where
        numbers += [factor / scale for factor in factors]
        lower.append(model.row_lower[row] / scale)
        upper.append(model.row_upper[row] / scale)
    constraints = []
    if rows or any(low > 0 for low in lower) or any(high < 0 for high in upper):
        matrix = csr_matrix((numbers, (rows, columns)), shape=(len(lower), len(costs)))
        constraints.append(LinearConstraint(matrix, lower, upper))
    return milp(
        costs,
        integrality=np.ones(len(costs), dtype=np.uint8),
        bounds=Bounds(model.lower, model.upper),
        constraints=constraints,
        options={"mip_rel_gap": 0.0, "time_limit": max(0.1, seconds)},
    )
