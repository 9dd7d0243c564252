"""A program of its own that solves one linear model in whole numbers with SCIP, HiGHS or one after the other.

:mod:`capacity.optimise.prove` starts it as a process, so that it can be ended at any time. It reads a pickled
:class:`Question` from its standard input and writes a pickled :class:`Proof` after each solver to its standard
output. Both solvers come with OR-Tools.
"""

from __future__ import annotations

import datetime as dt
import math
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Solver = Literal["GSCIP", "HIGHS"]
"""As OR-Tools names them. SCIP is often sooner with a proof, HiGHS with a better solution."""


@dataclass(frozen=True)
class LinearModel:
    """Minimise ``objective``·x + ``offset`` where ``row_lower`` <= A x <= ``row_upper`` and x whole numbers in bounds.

    Row i of A has ``coefficients[i]`` at ``columns[i]``; bounds of rows may be infinite. ``start`` is a solution, or
    most of one, to begin with.
    """

    lower: list[int]
    upper: list[int]
    columns: list[list[int]]
    coefficients: list[list[int]]
    row_lower: list[float]
    row_upper: list[float]
    objective: dict[int, int]
    offset: int
    start: dict[int, int]


@dataclass(frozen=True)
class Question:
    """A model, which solvers take turns on it, and the seconds they share equally."""

    model: LinearModel
    solvers: tuple[Solver, ...]
    seconds: float


@dataclass(frozen=True)
class Proof:
    """What one solver found: its best solution (None where none), and the bound no solution is below."""

    solution: list[int] | None
    bound: float
    optimal: bool
    last: bool


def answer(question: Question, tell: Callable[[Proof], None]) -> None:
    """Let each solver work in turn, from the best solution so far, until one has settled the question."""
    from ortools.math_opt.python import mathopt  # type: ignore[import-untyped]

    model = question.model
    built = mathopt.Model()
    x = [
        built.add_variable(lb=low, ub=high, is_integer=True) for low, high in zip(model.lower, model.upper, strict=True)
    ]
    rows = zip(model.columns, model.coefficients, model.row_lower, model.row_upper, strict=True)
    for columns, coefficients, low, high in rows:
        # sums as large as a million are brought near 1, where the solvers' tolerances are meant for
        scale = float(max(map(abs, coefficients), default=1))
        total = mathopt.LinearSum(
            factor / scale * x[column] for column, factor in zip(columns, coefficients, strict=True)
        )
        built.add_linear_constraint(lb=low / scale, ub=high / scale, expr=total)
    built.minimize(mathopt.LinearSum(factor * x[column] for column, factor in model.objective.items()) + model.offset)
    start = model.start
    for solver in question.solvers:
        hints = mathopt.ModelSolveParameters()
        hints.solution_hints = [mathopt.SolutionHint(variable_values={x[c]: float(v) for c, v in start.items()})]
        parameters = mathopt.SolveParameters(
            time_limit=dt.timedelta(seconds=question.seconds / len(question.solvers)),
            relative_gap_tolerance=0.0,
            absolute_gap_tolerance=0.0,
            random_seed=0,
        )
        result = mathopt.solve(built, mathopt.SolverType[solver], params=parameters, model_params=hints)
        solution = None
        if result.has_primal_feasible_solution():
            values = result.variable_values()
            solution = [round(values[variable]) for variable in x]
            start = dict(enumerate(solution))
        termination = result.termination
        optimal = termination.reason == mathopt.TerminationReason.OPTIMAL
        last = optimal or solver == question.solvers[-1]
        bound = termination.objective_bounds.dual_bound
        tell(Proof(solution, bound if math.isfinite(bound) else -math.inf, optimal, last))
        if optimal:
            return


def main() -> None:
    """Read a question from standard input, write each proof to standard output as soon as it is there."""

    def tell(proof: Proof) -> None:
        pickle.dump(proof, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    answer(pickle.load(sys.stdin.buffer), tell)


if __name__ == "__main__":
    main()
