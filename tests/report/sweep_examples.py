"""Data of every kind for the figures of sweeps, Pareto sets and robust plans."""

from __future__ import annotations

import pandas as pd

from capacity.report.figures_pareto import ParetoSet
from capacity.report.figures_robust import Regrets
from capacity.report.figures_sweep import SweepLine, SweepMap
from capacity.report.pareto import COLUMNS as PARETO_COLUMNS
from capacity.report.robust import COLUMNS as ROBUST_COLUMNS

LONG = "Interstitial lung disease and sarcoidosis multidisciplinary clinic of the two hospitals"


def sweep_line_examples() -> dict[str, SweepLine]:
    rising = tuple(3.6 + 0.4 * at for at in range(6))
    rates = tuple(2.0 * (at + 1) for at in range(6))
    sentence = "With DNA rate at 2 %, your plans leave 3.6 sessions a week short; at 12 %, 5.6."
    return {
        "usual": SweepLine("Lung", "DNA rate, %", rates, rising, tuple(y / 3 for y in rising), 9.0, sentence),
        "in force": SweepLine(LONG, "DNA rate of all of the new patients, %", rates, rising, (), None, sentence),
        "one": SweepLine("Lung", "Demand, times present", (1.0,), (2.0,), (None,), 1.0, sentence),
        "nothing short": SweepLine("Lung", "Demand", (1.0, 1.1), (0.0, 0.0), (0.0, 0.0), 1.0, sentence),
        "many": SweepLine("Lung", "Rooms", tuple(map(float, range(200))), tuple(200.0 - at for at in range(200)),
                          (), None, sentence),
        "none": SweepLine("Lung", "DNA rate, %", (), (), (), None, "No point has an answer: rates."),
    }  # fmt: skip


def sweep_map_examples() -> dict[str, SweepMap]:
    def heat(rows: int, columns: int, name: str = "Lung", hole: bool = False) -> SweepMap:
        short = [[0.3 * down + 1.1 * across for across in range(columns)] for down in range(rows)]
        cells: list[tuple[float | None, ...]] = [tuple(row) for row in short]
        if hole:
            cells[0] = (None, *cells[0][1:])
        return SweepMap(
            name, "DNA rate", "Demand", tuple(f"{2 * at} %" for at in range(rows)),
            tuple(f"x {0.9 + at / 10:.1f}" for at in range(columns)), tuple(cells), (1, 1), "plans in force",
            "At best, with DNA rate at 0 %, your plans leave 0 sessions a week short.",
        )  # fmt: skip

    none = SweepMap("Lung", "DNA rate", "Demand", ("1 %",), ("x 1",), ((None,),), (None, None), "x", "No answer.")
    return {
        "usual": heat(6, 5),
        "hole": heat(3, 4, LONG, hole=True),
        "one": heat(1, 1),
        "many": heat(10, 20),
        "tall": heat(40, 5),
        "none": none,
    }


def pareto_examples() -> dict[str, ParetoSet]:
    def points(number: int, paid: int, name: str = "Lung") -> ParetoSet:
        rows = [
            (at + 1, 5.0 / (at + 1), 1.5 * at, 4000.0 * max(0, at - paid + 1), 0.4 * max(0, at - paid + 1), 0.0,
             "extra" if at >= paid else "change", True)
            for at in range(number)
        ]  # fmt: skip
        return ParetoSet(name, pd.DataFrame(rows, columns=list(PARETO_COLUMNS)), True, f"{number} plans.")

    return {
        "usual": points(8, 5),
        "free": points(4, 9, LONG),
        "one": points(1, 2),
        "many": points(30, 10),
        "none": ParetoSet("Lung", pd.DataFrame(columns=list(PARETO_COLUMNS)), True, "No plan exists."),
    }


def robust_examples() -> dict[str, Regrets]:
    def demands(number: int, name: str = "Lung", own: bool = True) -> Regrets:
        rows = [
            (f"{LONG} {at}" if at == 1 else f"demand {at}", 1.0, 50.0 + at, 1.0 + at, 1.5 * at,
             0.8 * at if own else None, 0.2, 0.1, 0.1, 0.2, own)
            for at in range(number)
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(ROBUST_COLUMNS)).astype({"own_short": "float64"})
        return Regrets(name, frame, "Planned for the demands at once, 1.3 sessions a week stay short on average.")

    return {
        "usual": demands(3),
        "one": demands(1, LONG),
        "stopped": demands(2, own=False),
        "many": demands(20),
        "none": Regrets("Lung", pd.DataFrame(columns=list(ROBUST_COLUMNS)), "No plan exists."),
    }
