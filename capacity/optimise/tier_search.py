"""The search for one tier: find a plan, improve it, prove that none is better, with two kinds of solver."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from functools import cached_property

from ortools.sat.python import cp_model

from capacity.optimise.boxes import Boxes
from capacity.optimise.improve import Improver, improve
from capacity.optimise.near import Near
from capacity.optimise.pool import Pool
from capacity.optimise.prove import Prover, alike, holds, least_sum, linear_model, turned, value_of, without_halves
from capacity.optimise.prover import WHOLE, LinearModel, Proof
from capacity.optimise.search import Budget, Settings, allocation_of, new_solver, read_solution, run
from capacity.optimise.tiers import SHORTFALL, Allocation, Expression, hint
from capacity.optimise.totals import totals_of
from capacity.optimise.totals_search import TotalsSearch
from capacity.optimise.variables import Variables

QUICK_WORK = 0.1
"""Deterministic time in which CP-SAT proves what is easy."""
FIRST_SHARE, FIRST_SHARE_ALONE = 0.1, 0.2
"""Change: part of a tier's time for the whole model at once, before the smaller one; the second with one worker."""
TOTALS_SHARE, TOTALS_SHARE_OF_CHANGE = 0.6, 0.85
"""Part of what is left for the smaller model in totals; with one worker the first for either, half of it for HiGHS."""
PLACE_WORK = 0.1
"""Deterministic time for half-days to totals just as they are."""
REALISE_SHARE, REALISE_WORK = 0.25, 1.5
"""Shortfall: part of what is left, and deterministic time, for half-days near those totals, as short as the bound."""
FAR, FAR_SHARE = 0.25, 0.8
"""Change, one worker: gap above which better plans are looked for next, and for so much of what is left."""
PROVE_SHARE, PROVE_SHARE_ALONE = 0.97, 0.85
"""Part of what is left for HiGHS with a second worker, which looks for plans beside it, and with one."""
DIRECT_SHARE = 0.5
"""Shortfall, and cost: part of HiGHS's time for the question itself, before it is turned round."""
TURNED_SHARE = 0.5
"""Shortfall: part of what is then left for the question turned round; cost has all of it."""
LOOK_SHARE, TARGET_SHARE, TARGET_SECONDS = 0.1, 0.4, 8.0
"""Change in totals: part of the time for the question itself, before it is turned round, and part of what is then left
for each target, and seconds at least."""
WORTH_BOXES, BOXES_SHARE, BOX_SECONDS = 0.1, 0.35, 4.0
"""Change in totals, two workers: gap above which what lies near totals found is looked at before the question is
turned, part of what is left for it each time, and seconds for each box at most."""
TO_THE_END = 0.95
"""Part of a question's time after which HiGHS says what it knows."""
SUMS_SHARE, MOST_SUMS = 0.1, 4
"""Change in totals: part of what is left for the least that columns which count the same can be in all, and of how many
sums at most that is asked."""
FIRST_TRY_SHARE, FIRST_TRY_SECONDS, LONGER = 0.05, 4.0, 1.5
"""Shortfall in totals: part of the time for the first of several tries, seconds at least, and how much longer each is
than the last. HiGHS may take a second one way through a question and a minute another way (C. P. Gomes and others,
Heavy-Tailed Phenomena in Satisfiability and Constraint Satisfaction Problems, Journal of Automated Reasoning 2000)."""
MOST_TRIES = 10
STRICTER_SHARE = 0.3
"""Part of HiGHS's time for a question that may be all that is needed to rule half sessions out."""
BESIDE_WORK = 0.1
"""Deterministic time of a step of looking for better plans beside HiGHS."""
IMPROVE_SHARE = 0.5
"""Part of the time then left for looking for a better plan near the one known; CP-SAT has the rest."""
WORTH_IMPROVING = 0.03
"""Gap to the bound above which a better plan is looked for."""


class TierSearch:
    """One tier: the best plan known, its value, the bound no plan can beat, and the searches that join the two.

    Every plan found is added to ``pool``. ``before`` is the tier before that a better plan would cost most of, and what
    it is held at. ``bound`` is known from before, and a plan of value ``enough`` ends the search, proven or not.
    Half-days are given to totals so that ``gentle`` is small.
    """

    def __init__(
        self,
        v: Variables,
        name: str,
        expression: Expression,
        near: Near,
        settings: Settings,
        prover: Prover,
        pool: Pool,
        within_holds: Callable[[dict[str, int]], bool],
        start: Allocation | None,
        report: Callable[[float | None, float | None], None],
        before: tuple[Expression, int] | None = None,
        bound: float = 0.0,
        enough: float = -math.inf,
        gentle: Expression = 0,
    ):
        self.v, self.name, self.expression, self.near = v, name, expression, near
        self.settings, self.prover = settings, prover
        self.pool, self.within_holds, self.start = pool, within_holds, start
        self.report, self.before = report, before
        self.bound, self.enough, self.gentle = bound, enough, gentle
        self.alone = settings.workers == 1
        self.limit = "none"
        self.impossible = False
        self.in_totals: TotalsSearch | None = None
        self._tried = 0
        self._least: dict[int, int] = {}
        self._least_for = math.inf
        self.choose()

    def choose(self) -> None:
        """Take the best plan known."""
        found = self.pool.best(self.name, self.within_holds)
        self.best: Allocation | None = None if found is None else found[0]
        self.known: dict[str, int] = {} if found is None else found[1]
        self.value = math.inf if found is None else float(self.known[self.name])

    @property
    def settled(self) -> bool:
        """Whether the best plan is proven to be so."""
        return self.best is not None and self.bound >= self.value - 1e-6

    def search(self, seconds: float) -> None:
        """Search for so long, or until the tier is settled."""
        budget = Budget(seconds)
        self._cp(budget, 1, most=QUICK_WORK)
        if self.best is None:
            self._cp(budget, 1, share=0.3)
        if self.name == "change":
            self._prove(budget, FIRST_SHARE_ALONE if self.alone else FIRST_SHARE)
        self._totals(budget)
        if self.name == "change" and self.alone and self._far:
            self._improve(budget, FAR_SHARE)
        self._prove(budget, PROVE_SHARE_ALONE if self.alone else PROVE_SHARE)
        self._improve(budget)
        self._cp(budget, 1)
        if not self.settled and self.value > self.enough + 1e-6:
            self.limit = budget.which()

    def _done(self, budget: Budget) -> bool:
        stopped = self.settings.stop.is_set() and self.best is not None
        return self.impossible or self.settled or stopped or self.value <= self.enough + 1e-6 or budget.spent()

    def _cp(self, budget: Budget, linearization: int, share: float = 1.0, most: float = math.inf) -> None:
        """Let CP-SAT find, improve and prove, for a share of what is left and at most so much work."""
        if self._done(budget):
            return
        self._ask()
        part = budget.part(share)
        part.work = part.granted = min(part.work, most)

        def report(latest: float | None, lower: float | None) -> None:
            self.report(self.value if latest is None else latest, max(self.bound, lower or 0.0))

        found = run(self.v, part, self.settings, linearization, report)
        budget.take(part)
        if found.code == cp_model.INFEASIBLE:
            self.impossible = self.best is None
            return
        if found.code in (cp_model.OPTIMAL, cp_model.FEASIBLE) and (
            self.best is None or found.solver.objective_value < self.value - 1e-6
        ):
            self._found(read_solution(self.v, found.solver))
        self._raise(self.value if found.code == cp_model.OPTIMAL else found.bound)

    def _ask(self) -> None:
        """Put the tier's question to the model, with the best answer known as a start."""
        self.v.model.minimize(self.expression)
        hint(self.v, self.best if self.best is not None else self.start)

    def _raise(self, bound: float) -> None:
        if math.isfinite(bound):
            self.bound = min(self.value, max(self.bound, math.ceil(bound - WHOLE)))

    @property
    def _gap(self) -> float:
        """Gap to the bound as a part of the best plan's value; 0 where there is no plan."""
        return 0.0 if self.best is None or not self.value else (self.value - self.bound) / self.value

    @property
    def _far(self) -> bool:
        """Whether the best plan known is so far from the bound that HiGHS needs a better one to begin with."""
        return self._gap > FAR

    @property
    def _worth_improving(self) -> bool:
        return self._gap > WORTH_IMPROVING

    def _improve(self, budget: Budget, share: float = IMPROVE_SHARE) -> None:
        """Look for a better plan by freeing a few people at a time."""
        if self._done(budget) or not self._worth_improving:
            return
        part = budget.part(share)
        found = improve(self.near.improver(self.name, self.pool), part, lambda _: self.report(None, self.bound))
        budget.take(part)
        self._found(found)

    def _found(self, plan: Allocation) -> bool:
        """Add a plan to those known; return whether it is the best of this tier."""
        before = self.value
        self.pool.add(plan)
        self.choose()
        return self.value < before - 1e-6

    def _totals(self, budget: Budget) -> None:
        """Look at what each person does in all, with HiGHS and by freeing a few people, and give that its half-days."""
        if self._done(budget) or self.name not in (*SHORTFALL, "change"):
            return
        self._ask()
        whole = linear_model(self.v.model)
        smaller = None if whole is None else totals_of(self.v, whole)
        if whole is None or smaller is None:
            return
        search = self.in_totals = TotalsSearch(smaller, self.v.problem, self.settings)
        share = TOTALS_SHARE_OF_CHANGE if self.name == "change" else TOTALS_SHARE
        part = budget.part(TOTALS_SHARE / 2 if self.alone else share)
        if self.name == "change":
            self._change_in_totals(smaller.model, part, search)
        else:
            for seed, own in self._tries(part):
                direct = own.part(self._direct_share)
                proven = self._hear_totals(search, smaller.model, direct, seed)
                own.take(direct)
                if proven:  # the rest is a question of half-days
                    break
                self._turn(smaller.model, own, search, seed)
        budget.take(part)
        if self.alone:
            part = budget.part(TOTALS_SHARE / 2)
            while search.ready and search.value > self.bound + 1e-6 and not self._done(part):
                self._step(search, part)
            budget.take(part)
        if self.name in SHORTFALL and search.value < self.value - 1e-6 and not self._done(budget):
            part = budget.part(REALISE_SHARE)
            self._place_near(search, whole, part)
            budget.take(part)

    def _change_in_totals(self, question: LinearModel, part: Budget, search: TotalsSearch) -> None:
        """Change: ask the question itself, then raise the bound, with a second worker and better totals by turns."""
        own = part.part(LOOK_SHARE)
        self._hear_totals(search, question, own)
        part.take(own)
        cost, boxes = self._cost(search), Boxes(question, search)
        first, beside = True, search.possible and not self.alone
        while search.best and search.least > self.bound + 1e-6 and not self._done(part):
            if beside and (self._gap > WORTH_BOXES or not first):
                own = part.part(BOXES_SHARE)
                self._look_in_boxes(boxes, own, search)
                part.take(own)
            if cost is None:
                break
            self._raise_sums(question, part, search)
            self._raise_in_totals(question, cost, part, search)
            if not beside:
                break
            first = False
        search.go_back()

    def _tries(self, part: Budget) -> Iterator[tuple[int, Budget]]:
        """Seeds for HiGHS, each with more time than the last, until all of it is used or the tier is settled."""
        seconds = max(FIRST_TRY_SECONDS, FIRST_TRY_SHARE * part.seconds)
        for seed in range(MOST_TRIES):
            if self._done(part):
                return
            last = part.left() < LONGER * seconds or seed == MOST_TRIES - 1
            own = part.part(1.0 if last else seconds / part.left())
            yield seed, own
            part.take(own)
            seconds *= LONGER

    def _look_in_boxes(self, boxes: Boxes, part: Budget, search: TotalsSearch) -> None:
        """Change: free a few people at a time, ask HiGHS what lies near, and begin anew where nothing is better."""
        while not self._done(part):
            box = boxes.next()
            if box is not None:
                own = part.part(min(1.0, BOX_SECONDS / part.left()))
                if not self._hear_totals(search, box, own, everywhere=False):
                    boxes.too_hard()
                part.take(own)
            elif search.stuck:
                search.begin_anew()
            else:
                self._step(search, part)

    def _hear_totals(
        self, search: TotalsSearch, question: LinearModel, part: Budget, seed: int = 0, everywhere: bool = True
    ) -> bool:
        """Ask HiGHS in totals, and with a second worker free a few people at a time beside it.

        The bound holds for the tier where the question is about plans everywhere, not only near some. Returns whether
        no totals are better.
        """
        proven = False
        self.prover.ask(question, part.left(), seed)
        while not (self.prover.finished or self.settled or self.settings.stop.is_set() or part.spent()):
            beside = not self.alone and search.ready
            proof = self.prover.news(0.0 if beside else 0.05)
            if proof is not None:
                proven = proof.optimal
                if everywhere:
                    self._raise(proof.bound)
                if proof.solution is not None and search.start_from(proof.solution):
                    self._place(search, part)
                if not everywhere and proof.bound >= search.value:  # better totals were found elsewhere
                    break
            # a solution known leads HiGHS away from the last session of a shortfall
            elif beside and self._step(search, part) and self.name == "change" and holds(question, search.best):
                self.prover.offer(search.best)
            self.report(self.value if self.best is not None else None, self.bound)
        self.prover.leave()
        return proven

    def _step(self, search: TotalsSearch, budget: Budget) -> bool:
        """Free a few people in totals; return whether that gave better totals.

        Others as good are given half-days too where the best have none, if plans have many values.
        """
        before = search.best
        better = search.step(budget)
        if better or (self.name == "change" and search.best is not before):
            self._place(search, budget)
        return better

    def _place(self, search: TotalsSearch, budget: Budget) -> list[int] | None:
        """Look for half-days to the best totals found, just as they are, near the plan in force.

        Returns the values of all variables where that gave a better plan.
        """
        if search.value >= self.value - 1e-6:
            return None
        model = self.v.model.clone()
        model.minimize(self.gentle)
        model.clear_hints()
        for column, value in search.totals():
            model.add(model.get_int_var_from_proto_index(column) == value)
        return self._find(model, budget, PLACE_WORK)

    def _place_near(self, search: TotalsSearch, whole: LinearModel, budget: Budget) -> None:
        """Look for a plan as good as the bound near the best totals found, which may have no half-days."""
        model = self.v.model.clone()
        model.clear_objective()
        model.clear_hints()
        for column, value in search.totals():
            model.add_hint(model.get_int_var_from_proto_index(column), value)
        columns = [model.get_int_var_from_proto_index(column) for column in whole.objective]
        model.add(
            cp_model.LinearExpr.weighted_sum(columns, list(whole.objective.values())) <= int(self.bound) - whole.offset
        )
        self._find(model, budget, REALISE_WORK)

    def _find(self, model: cp_model.CpModel, budget: Budget, work: float) -> list[int] | None:
        """Let CP-SAT look for a solution of a copy of the model, with so much work; its values where it is better."""
        solver = new_solver(self.settings, budget.left())
        solver.parameters.max_deterministic_time = max(0.01, min(budget.work, work))
        code = solver.solve(model)
        budget.use(solver)
        found = code in (cp_model.OPTIMAL, cp_model.FEASIBLE) and self._found(read_solution(self.v, solver))
        return list(solver.response_proto.solution) if found else None

    def _question(self) -> LinearModel | None:
        """Return the tier's question for HiGHS.

        How many sessions a person does of an activity decides a shortfall; in which half-days follows from it.
        """
        self._ask()
        split = {unit for units in self.v.totals for unit in units} if self.name in SHORTFALL else set()
        return linear_model(self.v.model, {self.v.n[unit].index for unit in split if unit[0] != "team"})

    def _prove(self, budget: Budget, share: float = PROVE_SHARE) -> None:
        """Let HiGHS find and prove; with a second worker, better plans are looked for beside it."""
        if self._done(budget):
            return
        question = self._question()
        if question is None:
            return
        part = budget.part(share)
        # each stricter than the one before: the first mostly answers, and quicker than the last
        questions = list(dict.fromkeys((question.follows, without_halves(question).follows, frozenset[int]())))
        for number, follows in enumerate(questions, 1):
            if not self._done(part):
                own = part.part(self._share_of(number, len(questions)))
                self._hear(replace(question, follows=follows), own, until_halved=number == 1 < len(questions))
                part.take(own)
            if number == 1 and self.name != "change":  # that is turned round in totals
                own = part.part(TURNED_SHARE if self.name in SHORTFALL else 1.0)
                self._turn(replace(question, follows=frozenset()), own)
                part.take(own)
        budget.take(part)

    @property
    def _direct_share(self) -> float:
        return 1.0 if self.before is None else DIRECT_SHARE

    def _share_of(self, number: int, questions: int) -> float:
        """Part of what is left for one of HiGHS's questions about the whole model, each stricter than the last."""
        if number == 1 and self.name != "change":
            return self._direct_share
        return STRICTER_SHARE if number < questions else 1.0

    @cached_property
    def _in_rows(self) -> tuple[dict[int, int], int] | None:
        """The tier before as an objective over columns, and what it is held at; None where there is none."""
        if self.before is None:
            return None
        before, most = self.before
        self.v.model.minimize(before)
        linear = linear_model(self.v.model)
        assert linear is not None
        return linear.objective, most - linear.offset

    def _cost(self, search: TotalsSearch | None) -> tuple[dict[int, int], int] | None:
        """The same in totals or in all; None where totals cannot say it."""
        if self._in_rows is None:
            return None
        objective, most = self._in_rows
        cost = objective if search is None else search.in_totals(objective)
        return None if cost is None else (cost, most)

    def _turn(self, question: LinearModel, part: Budget, search: TotalsSearch | None = None, seed: int = 0) -> None:
        """Ask how much of the tier before a better plan would cost, in totals or in all, until none is."""
        cost = self._cost(search)
        while cost is not None and self.best is not None and not self._done(part):
            target = int(self.value) - 1
            if not self._hear_turned(question, cost, target, part, search, seed) or self.value > target:
                return

    @property
    def _provers(self) -> list[Prover]:
        return [self.prover] if self.alone else [self.prover, self.prover.second]

    def _raise_sums(self, question: LinearModel, budget: Budget, search: TotalsSearch) -> None:
        """Change: ask how little columns that count the same can be in all, in plans better than the best totals."""
        most = int(min(search.least, self.value)) - 1
        together = alike(question)
        sums = {factor: columns for factor, columns in together.items() if factor > 0}
        if most >= self._least_for or len(sums) > MOST_SUMS or self._done(budget):
            return
        self._least_for = most
        part = budget.part(SUMS_SHARE)
        waiting = list(sums)
        while waiting:
            factors, waiting = waiting[: len(self._provers)], waiting[len(self._provers) :]
            own = part.part(len(factors) / (len(factors) + len(waiting)))
            with closing(self._proofs([least_sum(question, sums[factor], most) for factor in factors], own)) as proofs:
                for way, proof in proofs:
                    if proof.bound == math.inf:  # there are none
                        self._raise(most + 1)
                    elif proof.bound > -math.inf:
                        least = int(proof.bound)
                        self._least[factors[way]] = max(least, self._least.get(factors[way], least))
            part.take(own)
        if len(self._least) == len(together):
            total = sum(factor * least for factor, least in self._least.items())
            self._raise(min(most + 1, total + question.offset))
        budget.take(part)

    def _proofs(self, questions: list[LinearModel], part: Budget, seed: int = 0) -> Generator[tuple[int, Proof]]:
        """Ask HiGHS as many questions at once as there are workers, each its own way; yield what is found, and where.

        To be closed where it is not heard to the end.
        """
        asked = list(zip(self._provers, questions, strict=False))
        for way, (prover, question) in enumerate(asked):
            prover.ask(question, TO_THE_END * part.left(), seed + way)
        try:
            while not (all(prover.finished for prover, _ in asked) or self._done(part)):
                for way, (prover, _) in enumerate(asked):
                    proof = prover.news(0.02)
                    if proof is not None:
                        yield way, proof
                self.report(self.value, self.bound)
        finally:
            for prover, _ in asked:
                prover.leave()

    def _raise_in_totals(
        self, question: LinearModel, cost: tuple[dict[int, int], int], part: Budget, search: TotalsSearch
    ) -> None:
        """Change: ask how much of the tier before plans would cost that change less, in totals.

        Targets halve what is open between the bound and the best totals, or the least target left undecided. Totals
        have no more to say once the best there are lie below what the whole model says.
        """
        undecided: list[int] = []
        while self.best is not None and not self._done(part):
            low, high = int(self.bound), int(min(search.least, self.value)) - 1
            high = min([high, *(target - 1 for target in undecided if target >= low)])
            if low > high:
                return
            target = (low + high) // 2
            own = part.part(min(1.0, max(TARGET_SHARE, TARGET_SECONDS / part.left())))
            self._tried += 1
            found = self._hear_turned(question, cost, target, own, search, seed=self._tried)
            if not found and self.bound <= target:
                undecided.append(target)
            part.take(own)

    def _hear_turned(
        self,
        question: LinearModel,
        cost: tuple[dict[int, int], int],
        target: int,
        part: Budget,
        search: TotalsSearch | None,
        seed: int,
    ) -> bool:
        """Ask a question turned round until a solution costs no more than may be, or none does.

        With a second worker it is asked in two ways at once. Returns whether there is such a solution, with which the
        search goes on; where none can be, raises the bound.
        """
        asked = turned(question, cost[0], target, self._least)
        solution: list[int] | None = None
        ways = len(self._provers)
        with closing(self._proofs([asked] * ways, part, ways * seed)) as proofs:
            for _, proof in proofs:
                if proof.bound > cost[1]:
                    self._raise(target + 1)
                    break
                if proof.solution is not None and value_of(asked, proof.solution) <= cost[1]:
                    solution = proof.solution[: len(question.lower)]
                    break
        if solution is None:
            return False
        if search is None:
            return self._keep(question, solution)
        if not search.start_from(solution, or_as_good=True):  # totals as good may have been found without half-days
            return False
        self._place(search, part)
        return True

    def _hear(self, question: LinearModel, part: Budget, until_halved: bool) -> None:
        """Ask HiGHS, and look for better plans beside it; half sessions in its plan may end that."""
        self.prover.ask(question, part.left())
        beside: Improver | None = None
        search = self.in_totals
        whole = True
        # with one worker the question is heard to its end, so that the same plan comes out
        while not (
            self.prover.finished or self.settings.stop.is_set() or part.spent() or (self.settled and not self.alone)
        ):
            searching, wait = not self.alone and self._worth_improving, 0.0
            if searching and search is not None and search.ready and search.value > self.bound + 1e-6:
                if search.step(part):
                    self._offer(question, self._place(search, part))
            elif searching and beside is None:
                beside = self.near.improver(self.name, self.pool)
            elif searching and beside is not None and not beside.exhausted:
                self._beside(beside, question, part)
            else:  # nothing to do beside: wait, and leave the core to HiGHS
                wait = 0.05
            whole &= self._take(question, wait)
            self.report(self.value if self.best is not None else None, self.bound)
            if until_halved and not whole:
                break
        self._take(question, 0.0)
        self.prover.leave()

    def _beside(self, beside: Improver, question: LinearModel, part: Budget) -> None:
        """One step of the search near the plan in force; a plan it finds is told to HiGHS."""
        values = beside.step(part, BESIDE_WORK)
        if values is not None and self._found(beside.best):
            self._offer(question, values)

    def _offer(self, question: LinearModel, values: list[int] | None) -> None:
        """Tell HiGHS of a plan, by the columns its question begins with."""
        solution = [] if values is None else values[: len(question.lower)]
        if solution and holds(question, solution):
            self.prover.offer(solution)

    def _take(self, question: LinearModel, wait: float) -> bool:
        """Take what HiGHS has found: its plans where they keep every rule, and its bound; return whether all do."""
        whole = True
        while (proof := self.prover.news(wait)) is not None:
            wait = 0.0
            solution = proof.solution
            whole &= solution is None or self._keep(question, solution)
            self._raise(proof.bound)
        return whole

    def _keep(self, question: LinearModel, solution: list[int]) -> bool:
        """Add a plan of HiGHS's to those known, if it keeps every rule; return whether it does."""
        if not holds(question, solution):
            return False
        if self._found(allocation_of(self.v, _reader(solution))) and self.in_totals is not None:
            self.in_totals.follow(dict(enumerate(solution)))
        return True


def _reader(solution: list[int]) -> Callable[[cp_model.IntVar], int]:
    return lambda variable: solution[variable.index]
