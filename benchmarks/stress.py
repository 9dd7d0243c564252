"""Measure the stress test against the same years written as plain loops, and compare what the two find.

    python -m benchmarks.stress [models/respiratory ...] [--years 1000] [--plain-years 100]

The plain version draws week by week and person by person with Python's own random numbers and shares none of the code
of ``capacity.scenario``. It knows no joint teams, no duty in named weeks and no limit on leave at once, and it only
counts weeks met and lists: no quantiles, no absences, which the stress test's time includes. The ratio of seconds a
year is the gain; the largest difference of weeks met, in standard errors, says that both find the same.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.demand.backlog import session_minutes_used
from capacity.demand.result import Demand
from capacity.demand.streams import SizedStream, weeks_after
from capacity.service.model import Service
from capacity.service.resolved import activity_tier, meets_as_one
from capacity.supply.calendar import ROUNDING, WEEKS, calendar_weeks
from capacity.supply.gap import sized_streams
from capacity.supply.job_time import JobTime
from capacity.supply.posts import is_there
from capacity.supply.rota_weeks import displaces
from capacity.supply.sessions import Work, work_of
from capacity.supply.weeks import bank_holidays_by_weekday, weeks_present
from capacity.units import DAYS, WEEKS_PER_YEAR

SICKNESS, SPELL, CANCELLED = 0.04, 2.0, 0.02


class PlainYears:
    """The plan year as loops: one year after the other, one week after the other, one person after the other."""

    def __init__(self, service: Service, demand: Demand, seed: int):
        from capacity.service.bank_holidays import bank_holidays

        self.service, self.demand = service, demand
        self.time = JobTime(service, demand)
        self.chance = random.Random(seed)
        self.streams = sized_streams(service)
        self.works = work_of(self.time, service.job_plans)
        self.mondays = calendar_weeks(service)
        last = self.mondays[-1] + dt.timedelta(days=6)
        self.closed = set(bank_holidays(service, self.mondays[0], last))
        self.counts = bank_holidays_by_weekday(service)
        self.minutes = session_minutes_used(service, demand.activities)

    # ---- people

    def year_of_people(self) -> dict[str, list[tuple[set[str], bool]]]:
        """Person -> for each week the days they are there, and whether they are on duty that displaces sessions."""
        time, turns = self.time, self.turns()
        found = {}
        for person in time.people:
            if not time.supplies(person):
                continue
            duty = [person in week for week in turns]
            share = sum(
                time.duty[person, rota.rota] for rota in self.service.rotas
                if (person, rota.rota) in time.duty and any(displaces(rota, key) for key in time.activities)
            ) / WEEKS_PER_YEAR  # fmt: skip
            weekday = weeks_present(time, person).by_weekday
            free = {
                day: max(0.0, weekday[day] / (WEEKS_PER_YEAR - self.counts[day]) - share) / (1 - share) for day in DAYS
            }
            found[person] = self.weeks_of(person, duty, free)
        return found

    def turns(self) -> list[dict[str, list[str]]]:
        """For each week, who is on which duty that displaces sessions, drawn by their share."""
        weeks: list[dict[str, list[str]]] = [defaultdict(list) for _ in range(WEEKS)]
        for rota in self.service.rotas:
            if not any(displaces(rota, key) for key in self.time.activities):
                continue
            members = {who: self.time.duty[who, rota.rota] / WEEKS_PER_YEAR for who in rota.members}
            assert (rota.people_at_once or 1) == 1
            for week in weeks:
                drawn, reached = self.chance.random(), 0.0
                for who, share in members.items():
                    reached += share
                    if drawn < reached:
                        week[who].append(rota.rota)
                        break
        return weeks

    def weeks_of(self, person: str, duty: list[bool], free: dict[str, float]) -> list[tuple[set[str], bool]]:
        """Leave in whole weeks by lot and a half where one is left, sickness in spells, single days for the weekday."""
        chance, most = self.chance, max(free.values())
        policy = self.time.policy(person).sickness_share.value
        sickness = min(policy if policy > 0 else SICKNESS, 1 - most)
        open_weeks = [week for week in range(WEEKS) if not duty[week]]
        halves = math.floor(2 * (1 - most / (1 - sickness)) * len(open_weeks) + chance.random())
        chosen = chance.sample(open_weeks, math.ceil(halves / 2))
        leave = {week: set(DAYS) for week in chosen}
        if halves % 2:
            split = chance.choice((2, 3))
            leave[chosen[-1]] = set(chance.choice((DAYS[:split], DAYS[split:])))
        sick = chance.random() < sickness
        found = []
        for week in range(WEEKS):
            if week:
                sick = chance.random() < (1 - 1 / SPELL if sick else sickness / SPELL / (1 - sickness))
            if duty[week]:
                found.append((set(DAYS), True))
                continue
            days = set() if sick else set(DAYS) - leave.get(week, set())
            found.append(({day for day in days if chance.random() < free[day] / most}, False))
        return found

    # ---- sessions

    def sessions(self) -> dict[str, list[float]]:
        """Sessions of each activity in each week of one year."""
        turns_and_days = self.year_of_people()
        total = {key: [0.0] * WEEKS for key in self.time.activities}
        for work in self.works:
            for week, monday in enumerate(self.mondays):
                total[work.activity][week] += self.sessions_of(work, week, monday, turns_and_days)
        return total

    def sessions_of(
        self, work: Work, week: int, monday: dt.date, people: dict[str, list[tuple[set[str], bool]]]
    ) -> float:
        activity = self.time.activities[work.activity]
        if work.weeks is not None and week % self.service.cycle_weeks + 1 not in work.weeks:
            return 0.0
        date = monday if work.day is None else monday + dt.timedelta(days=DAYS.index(work.day))
        if not any(is_there(self.time.people[who], date) for who in work.people):
            return 0.0
        if work.runs in ("annualised", "duty"):
            return work.sessions
        assert work.runs != "joint", "the plain version knows no joint teams"
        if work.runs == "together":
            return 0.0 if date in self.closed else work.sessions
        if not activity.covered:
            if date in self.closed and work.day is not None:
                return 0.0
            days, on_duty = people[work.people[0]][week]
            if on_duty and self.time.displaced_weeks(work.people[0], work.activity) > 0:
                return 0.0
            if work.day is not None and work.day not in days:
                return 0.0
            if work.day is None:
                return work.sessions * len(days & set(DAYS[:5])) / 5
        if work.day is not None and self.may_be_cancelled(work.activity) and self.chance.random() < CANCELLED:
            return 0.0
        return work.sessions

    def may_be_cancelled(self, key: str) -> bool:
        activity = self.time.activities[key]
        mine = [stream for stream in self.service.streams if stream.activity == key]
        runs_whatever = activity.covered and activity_tier(self.service, activity) == "rapid"
        counted = any(stream.hospital_rate for stream in mine)
        return bool((activity.room or mine) and not counted and not runs_whatever and not meets_as_one(activity))

    # ---- demand

    def referrals(self) -> dict[str, list[float]]:
        """Referrals of each stream in each week of one year; streams of one series are drawn from it one by one."""
        longest = max((self.lag(sized) for sized in self.streams.values()), default=0)
        series: dict[str, list[int]] = {}
        found: dict[str, list[float]] = {}
        for name, sized in self.streams.items():
            if sized.stream.generated_by is None:
                found[name] = self.of_series(sized, series, longest)
        for name in self.streams:
            self.generated(name, found)
        return {name: values[longest:] for name, values in found.items()}

    def lag(self, sized: SizedStream) -> int:
        parent = sized.stream.generated_by
        return 0 if parent is None else weeks_after(sized.stream) + self.lag(self.streams[parent])

    def of_series(self, sized: SizedStream, series: dict[str, list[int]], longest: int) -> list[float]:
        share = sized.stream.share or 1.0
        key = sized.stream.series or sized.stream.stream
        if key not in series:
            spread = max(1.0, sized.periods.weekly_dispersion * sized.growth)
            rate = math.prod(1 + each for each in sized.growth_rates)
            ahead = [week - longest - (WEEKS - 1) / 2 for week in range(longest + WEEKS)]
            series[key] = [self.count(sized.mean / share * rate ** (each / WEEKS_PER_YEAR), spread) for each in ahead]
            self.left = {**getattr(self, "left", {}), key: (list(series[key]), 1.0)}
        left, chance_left = self.left[key]
        taken = [self.part(number, min(1.0, share / chance_left)) for number in left]
        rest = [number - each for number, each in zip(left, taken, strict=True)]
        self.left[key] = (rest, max(1e-12, chance_left - share))
        return [float(each) for each in taken]

    def count(self, mean: float, spread: float) -> int:
        """A negative binomial count: a Poisson one about a gamma."""
        level = mean if spread <= 1 else self.chance.gammavariate(mean / (spread - 1), spread - 1)
        found, reached = 0, self.chance.expovariate(1.0)
        while reached < level:
            found += 1
            reached += self.chance.expovariate(1.0)
        return found

    def part(self, number: float, share: float) -> int:
        return int(number) if share >= 1 else sum(self.chance.random() < share for _ in range(int(number)))

    def generated(self, name: str, found: dict[str, list[float]]) -> None:
        sized = self.streams[name]
        parent = sized.stream.generated_by
        if name in found or parent is None:
            return
        self.generated(parent, found)
        each = self.streams[parent].attendances_per_received * (
            1.0 if sized.stream.per_attendance is None else sized.stream.per_attendance
        )
        lag = weeks_after(sized.stream)
        before = ([found[parent][0]] * lag + found[parent])[: len(found[parent])]
        found[name] = [self.part(number, each) if each < 1 else number * each for number in before]

    # ---- one year

    def year(self) -> dict[str, float]:
        """Share of weeks met by activity in one year, lists carried on."""
        referrals, sessions = self.referrals(), self.sessions()
        met = {}
        for key in self.time.activities:
            fixed = self.demand.activities[key].fixed_sessions
            mine = [sized for sized in self.streams.values() if sized.stream.activity == key]
            waiting = dict.fromkeys((sized.stream.stream for sized in mine), 0.0)
            enough = 0
            for week in range(WEEKS):
                needs = {
                    sized.stream.stream: referrals[sized.stream.stream][week]
                    * sized.contact_minutes_per_received / self.minutes[key]
                    for sized in mine
                }  # fmt: skip
                enough += sessions[key][week] >= fixed + sum(needs.values()) - ROUNDING
                room = max(0.0, sessions[key][week] - fixed)
                for stream, need in needs.items():
                    given = min(room, waiting[stream] + need)
                    waiting[stream] += need - given
                    room -= given
            met[key] = enough / WEEKS
        return met


@dataclass(frozen=True)
class StressCase:
    """One model: seconds a year of each, and how far apart what they find is."""

    model: str
    people: int
    activities: int
    years: int
    seconds: float
    plain_seconds: float
    largest: float
    where: str

    @property
    def ratio(self) -> float:
        """How many times as long a plain year takes."""
        return self.plain_seconds / (self.seconds / self.years)


def compare(service: Service, years: int, plain_years: int, seed: int) -> StressCase:
    """Time both on one service, and hold what they find against each other."""
    import capacity
    from capacity.scenario.stress import stress_test
    from capacity.scenario.stress_settings import StressSettings

    demand = capacity.demand(service)
    stress_test(service, settings=StressSettings(years=2), sized=demand)  # what is imported once
    began = time.perf_counter()
    found = stress_test(service, settings=StressSettings(years=years, seed=seed), sized=demand)
    seconds = time.perf_counter() - began
    plain = PlainYears(service, demand, seed)
    began = time.perf_counter()
    each = [plain.year() for _ in range(plain_years)]
    plain_seconds = (time.perf_counter() - began) / plain_years
    off = {}
    for key, share in found.met.items():
        values = [year[key] for year in each]
        error = math.hypot(
            statistics.stdev(values) / math.sqrt(plain_years), float(np.std(found.met_by_year[key])) / math.sqrt(years)
        )
        off[key] = abs(statistics.fmean(values) - share) / max(error, 1e-4)
    where = max(off, key=lambda key: off[key])
    return StressCase(
        service.id, len(service.people), len(service.activities), years, seconds, plain_seconds, off[where], where
    )


def table(cases: Sequence[StressCase]) -> str:
    """Markdown: a row a model."""
    lines = [
        "| model | people | years | seconds | plain loop, seconds a year | ratio | weeks met, largest difference |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        lines.append(
            f"| {case.model} | {case.people} | {case.years:,} | {case.seconds:.2f} | {case.plain_seconds:.3f}"
            f" | {case.ratio:,.0f} | {case.largest:.1f} standard errors ({case.where}) |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    import capacity

    parser = argparse.ArgumentParser(prog="python -m benchmarks.stress", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("models", nargs="*", default=["models/respiratory", "models/msk_physiotherapy"])
    parser.add_argument("--years", type=int, default=1000)
    parser.add_argument("--plain-years", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    cases = []
    for model in options.models:
        cases.append(compare(capacity.read(model), options.years, options.plain_years, options.seed))
        print(f"{model}: {cases[-1].seconds:.2f} s, ratio {cases[-1].ratio:,.0f}", file=sys.stderr, flush=True)
    print(table(cases))
    return 0


if __name__ == "__main__":
    sys.exit(main())
