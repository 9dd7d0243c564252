"""A verdict on whether a linear model has a solution by a solver that shares nothing with CP-SAT: HiGHS, in SciPy.

No contradiction is told to anyone on one solver's word: https://github.com/google/or-tools/issues/5293 is a case in
which one solver was sure and wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from capacity.optimise.prove import holds
from capacity.optimise.prover import LinearModel

Verdict = Literal["impossible", "possible", "undecided"]
INFEASIBLE = 2
"""Status of ``scipy.optimize.milp``."""


def highs_says(model: LinearModel, seconds: float) -> Verdict:
    """Whether HiGHS finds a solution in whole numbers, or that there is none; its solution is tested exactly.

    The objective is left out. ``undecided`` where time ran out, or where a solution of HiGHS holds only within its
    tolerance.
    """
    nothing = np.zeros(len(model.lower))
    constraints = [constraints_of(model)] if model.columns else []
    result = milp(
        nothing,
        constraints=constraints,
        bounds=Bounds(np.array(model.lower, float), np.array(model.upper, float)),
        integrality=np.ones(len(model.lower), dtype=int),
        options={"time_limit": seconds},
    )
    if result.status == INFEASIBLE:
        return "impossible"
    if result.x is not None and holds(model, [round(value) for value in result.x]):
        return "possible"
    return "undecided"


def constraints_of(model: LinearModel) -> LinearConstraint:
    """Rows as SciPy wants them, each brought near 1, where solvers' tolerances are meant for."""
    rows, columns, values = [], [], []
    scale = [float(max(map(abs, factors), default=1)) for factors in model.coefficients]
    for row, (where, factors) in enumerate(zip(model.columns, model.coefficients, strict=True)):
        rows += [row] * len(where)
        columns += where
        values += [factor / scale[row] for factor in factors]
    matrix = csr_matrix((values, (rows, columns)), shape=(len(model.columns), len(model.lower)))
    return LinearConstraint(matrix, np.array(model.row_lower) / scale, np.array(model.row_upper) / scale)


def with_rows(model: LinearModel, rows: list[int]) -> LinearModel:
    """Return the same model with only some of its rows."""
    return replace(
        model,
        columns=[model.columns[row] for row in rows],
        coefficients=[model.coefficients[row] for row in rows],
        row_lower=[model.row_lower[row] for row in rows],
        row_upper=[model.row_upper[row] for row in rows],
    )
