"""A program of its own that solves linear models in whole numbers with HiGHS.

:mod:`capacity.optimise.prove` starts it as a process, so that it can be ended at any time; besides, ``highspy`` cannot
be loaded beside ``ortools``, which carries a HiGHS of its own. It reads a pickled :class:`Question` and :class:`Offer`
from its standard input and writes a pickled :class:`Proof` to its standard output whenever it knows
more, the last of a question marked as such.
"""

from __future__ import annotations

import math
import os
import pickle
import queue
import sys
import threading
import time as clock
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

WHOLE = 1e-4
"""How far beyond a value the objective can have a bound must lie to mean the next one, in steps; then it is told."""
CUTS_SHARE, CUTS_SECONDS = 0.05, 1.0
"""Part of a question's time for solving it in fractions and cutting them off, and seconds for it at least."""
START_SECONDS = 1.0
"""Time for what a start leaves open."""


@dataclass(frozen=True)
class LinearModel:
    """Minimise ``objective``·x + ``offset`` where ``row_lower`` <= A x <= ``row_upper`` and x whole numbers in bounds.

    Row i of A has ``coefficients[i]`` at ``columns[i]``; bounds of rows may be infinite. ``start`` is a solution, or
    most of one, to begin with. ``follows`` marks columns that come out whole by themselves when the others are:
    their being whole is not asked for, which makes the search quicker. The objective counts none of them.
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
    follows: frozenset[int] = frozenset()

    def rows(self) -> Iterator[tuple[list[int], list[int], float, float]]:
        """Columns, coefficients, least and most of each row."""
        return zip(self.columns, self.coefficients, self.row_lower, self.row_upper, strict=True)


def holds(model: LinearModel, solution: list[int]) -> bool:
    """Whether a solution keeps every row and bound, in whole numbers: the solvers allow themselves a tolerance."""
    if any(not low <= x <= high for low, x, high in zip(model.lower, solution, model.upper, strict=True)):
        return False
    return all(
        low <= sum(factor * solution[column] for column, factor in zip(columns, factors, strict=True)) <= high
        for columns, factors, low, high in model.rows()
    )


def value_of(model: LinearModel, solution: list[int]) -> int:
    """Objective of a solution."""
    return sum(factor * solution[column] for column, factor in model.objective.items()) + model.offset


def step_of(model: LinearModel) -> int:
    """How far apart values of the objective lie at least: 1, or as long as the sessions that are all it counts."""
    return math.gcd(*model.objective.values()) or 1


def least_value(model: LinearModel, bound: float) -> float:
    """The least value no lower than a bound that the objective can have; a bound that is not finite as it is."""
    if not math.isfinite(bound):
        return bound
    step = step_of(model)
    return model.offset + step * math.ceil((bound - model.offset) / step - WHOLE)


@dataclass(frozen=True)
class Question:
    """A model and the seconds to spend on it.

    The search takes another way for another ``seed``.
    """

    number: int
    model: LinearModel
    seconds: float
    seed: int = 0


@dataclass(frozen=True)
class Offer:
    """A solution somebody else has found."""

    number: int
    solution: list[int]


@dataclass(frozen=True)
class Proof:
    """What is known of a question: a new solution (None where none), the bound no solution is below.

    The bound is a value the objective can have, infinite where there is no solution.
    """

    number: int
    solution: list[int] | None
    bound: float
    optimal: bool = False
    last: bool = False


@dataclass
class Mail:
    """What has arrived while a question is worked on."""

    number: int = 0
    questions: queue.Queue[Question | None] = field(default_factory=queue.Queue)
    offers: queue.Queue[Offer] = field(default_factory=queue.Queue)
    closed: bool = False
    """Nobody is there to hear the answer."""

    def take(self, message: object) -> None:
        """Sort a message."""
        if isinstance(message, Question):
            self.questions.put(message)
        elif isinstance(message, Offer):
            self.offers.put(message)

    def offered(self) -> list[int] | None:
        """Return the latest solution offered for the question at work, None where there is none."""
        latest = None
        while True:
            try:
                offer = self.offers.get_nowait()
            except queue.Empty:
                return latest
            if offer.number == self.number:
                latest = offer.solution


def answer(question: Question, tell: Callable[[Proof], None], mail: Mail | None = None) -> None:
    """Solve a question and tell of each better solution and bound; the last telling is marked."""
    import highspy
    import numpy as np

    from capacity.optimise.knapsacks import cut_off_fractions

    mail = mail or Mail()
    mail.number = question.number
    model = question.model
    gap = 0.99 * step_of(model)
    highs = quiet_solver(mip_rel_gap=0.0, mip_abs_gap=gap, random_seed=question.seed)
    until = clock.monotonic() + question.seconds
    highs.passModel(_program(model))
    cut_off_fractions(model, highs, max(CUTS_SECONDS, CUTS_SHARE * question.seconds))
    _ask_whole(model, highs)
    highs.clearSolver()  # what is left of the fractions would be taken for a start
    start = _start(model)
    if start is not None:
        highs.setSolution(len(start), np.arange(len(start), dtype=np.int32), np.array(start, float))
    told = -math.inf

    def found(_kind: Any, _text: str, now: Any, reply: Any, _data: Any) -> None:
        nonlocal told
        if _kind == kinds.kCallbackMipImprovingSolution:
            tell(Proof(question.number, _whole(now.mip_solution), told))
        elif _kind == kinds.kCallbackMipUserSolution:
            offered = mail.offered()
            if offered is not None:
                reply.setSolution(np.array(offered, dtype=np.float64))
        else:
            bound = least_value(model, float(now.mip_dual_bound))
            if math.isfinite(bound) and bound > told:
                told = bound
                tell(Proof(question.number, None, told))
            reply.user_interrupt = mail.closed

    kinds = highspy.cb.HighsCallbackType
    highs.setCallback(found, None)
    for kind in (kinds.kCallbackMipImprovingSolution, kinds.kCallbackMipUserSolution, kinds.kCallbackMipInterrupt):
        highs.startCallback(kind)
    highs.setOptionValue("time_limit", max(0.0, until - clock.monotonic()))
    highs.run()
    status = highs.getModelStatus()
    optimal = status == highspy.HighsModelStatus.kOptimal
    information = highs.getInfo()
    feasible = information.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    solution = _whole(highs.getSolution().col_value) if feasible else None
    bound = least_value(model, float(information.objective_function_value if optimal else information.mip_dual_bound))
    if not math.isfinite(bound):
        bound = math.inf if status == highspy.HighsModelStatus.kInfeasible else -math.inf
    tell(Proof(question.number, solution, bound, optimal, last=True))


def quiet_solver(**options: float) -> Any:
    """Return HiGHS on one thread, printing nothing, with these options."""
    import highspy

    highs = highspy.Highs()
    for option, value in {"output_flag": False, "threads": 1, **options}.items():
        highs.setOptionValue(option, value)
    return highs


def _start(model: LinearModel) -> list[int] | None:
    """The whole solution a question's start is, or the rest of which is found; None where it is none.

    HiGHS finds the rest of a start itself, and tells of bounds meanwhile as if they were those of the question.
    """
    import highspy

    start = [model.start.get(column, 0) for column in range(len(model.lower))]
    if model.start and len(model.start) < len(start):
        ends = (model.lower, model.upper)
        lower, upper = ([model.start.get(column, end) for column, end in enumerate(own)] for own in ends)
        rest = quiet_solver(time_limit=START_SECONDS)
        rest.passModel(_program(replace(model, lower=lower, upper=upper, objective={})))
        _ask_whole(model, rest)
        rest.run()
        if rest.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            start = _whole(rest.getSolution().col_value)
    return start if model.start and holds(model, start) else None


def _ask_whole(model: LinearModel, highs: Any) -> None:
    """Have columns be whole numbers, but for those that come out whole by themselves."""
    import highspy
    import numpy as np

    kinds = highspy.HighsVarType
    columns = np.arange(len(model.lower), dtype=np.int32)
    asked = [kinds.kContinuous if column in model.follows else kinds.kInteger for column in columns.tolist()]
    highs.changeColsIntegrality(len(columns), columns, np.array([int(kind) for kind in asked], np.uint8))


def _whole(values: Any) -> list[int]:
    import numpy as np

    rounded: list[int] = np.rint(np.asarray(values)).astype(np.int64).tolist()
    return rounded


def _program(model: LinearModel) -> Any:
    import highspy
    import numpy as np

    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(model.lower), len(model.columns)
    costs = np.zeros(len(model.lower))
    costs[list(model.objective.keys())] = list(model.objective.values())
    program.col_cost_, program.offset_ = costs, float(model.offset)
    program.col_lower_, program.col_upper_ = np.array(model.lower, float), np.array(model.upper, float)
    # sums as large as a million are brought near 1, where the solver's tolerances are meant for
    scales = np.array([max(map(abs, row), default=1) for row in model.coefficients], float)
    program.row_lower_ = np.array(model.row_lower, float) / scales
    program.row_upper_ = np.array(model.row_upper, float) / scales
    lengths = [len(row) for row in model.columns]
    matrix = program.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    matrix.index_ = np.array([column for row in model.columns for column in row], np.int32)
    values = np.array([factor for row in model.coefficients for factor in row], float)
    matrix.value_ = values / np.repeat(scales, lengths)
    return program


def main() -> None:
    """Answer the questions that come on standard input until there are no more."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # the solver prints a banner of its own
    mail = Mail()

    def read() -> None:
        try:
            while True:
                mail.take(pickle.load(sys.stdin.buffer))
        except (EOFError, OSError, pickle.UnpicklingError):
            mail.closed = True
            mail.questions.put(None)

    def tell(proof: Proof) -> None:
        pickle.dump(proof, out)
        out.flush()

    import highspy  # noqa: F401 - loaded while there is no question yet

    threading.Thread(target=read, daemon=True).start()
    while (question := mail.questions.get()) is not None:
        answer(question, tell, mail)


if __name__ == "__main__":
    main()
