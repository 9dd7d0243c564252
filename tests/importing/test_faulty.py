"""Rules for rows that cannot be right: each alone, on counts made so that the right answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capacity.importing.faulty import IMPOSSIBLE, UNUSUAL, isolated
from tests.importing.writing import imported, rules

QUARTERS = [f"{2014 + place // 4}-{3 * (place % 4) + 1:02}-01" for place in range(24)]
MAPPING = """
[source]
file = "data.csv"
date = "Quarter"
dated_by = "quarter"
[[series]]
id = "new"
by = "Provider"
referrals = "Referrals"
[[rates]]
id = "new"
by = "Provider"
seen = "Seen"
dna = "DNA"
"""


def steady(size: int = 1000, seed: int = 1) -> dict[str, list[int]]:
    random = np.random.default_rng(seed)
    return {
        "Referrals": random.poisson(size, 24).tolist(),
        "Seen": random.poisson(0.9 * size, 24).tolist(),
        "DNA": random.poisson(0.08 * size, 24).tolist(),
    }


def table(providers: dict[str, dict[str, list[int]]]) -> str:
    lines = ["Quarter,Provider,Referrals,Seen,DNA"]
    for name, columns in providers.items():
        rows = zip(QUARTERS, *(columns[key] for key in ("Referrals", "Seen", "DNA")), strict=True)
        lines += [",".join([quarter, name, *map(str, row)]) for quarter, *row in rows]
    return "\n".join(lines) + "\n"


def with_change(**changes: dict[int, int]) -> str:
    columns = steady()
    for name, cells in changes.items():
        for place, value in cells.items():
            columns[name][place] = value
    return table({"Trust": columns})


def accused(folder: Path, data: str) -> dict[str, list[int | None]]:
    found = rules(imported(folder, MAPPING, data))
    return {rule: rows for rule, rows in found.items() if rule not in ("quarter_levels", "gap_in_periods")}


def test_a_steady_provider_is_not_accused(tmp_path: Path) -> None:
    assert accused(tmp_path, with_change()) == {}


def test_a_year_behind_a_count_is_found_in_a_run_of_three(tmp_path: Path) -> None:
    """Six quarters in a row were written so by one trust: the rule judges by the rest, not by the neighbours."""
    result = imported(tmp_path, MAPPING, with_change(DNA={10: 822015, 11: 792016, 12: 852015}))
    assert rules(result)["year_glued"] == [12, 13, 14]
    assert str(result.set_aside[0]).startswith("row 12 (Trust): DNA 822015 is 82 with the year 2015 behind it")
    assert result.rates["set_aside"].item() == 3


def test_a_year_alone_is_accused_only_where_it_cannot_be_a_count(tmp_path: Path) -> None:
    columns = {**steady(), "DNA": [0] * 24, "Seen": [0] * 24}
    columns["DNA"][9] = 2016
    assert accused(tmp_path, table({"Trust": columns})) == {"year_glued": [11]}
    columns = steady(2300)
    columns["Referrals"][9] = 2016  # an ordinary count that happens to be a year
    assert accused(tmp_path, table({"Trust": columns})) == {}


def test_large_counts_that_end_in_a_year_are_not_accused(tmp_path: Path) -> None:
    columns = steady(22_000)
    columns["Referrals"][5], columns["Seen"][9] = 22_016, 20_015
    assert accused(tmp_path, table({"Trust": columns})) == {}


def test_more_dna_than_attendances(tmp_path: Path) -> None:
    result = imported(tmp_path, MAPPING, with_change(Seen={7: 60}, DNA={7: 800}))
    assert rules(result)["dna_above_seen"] == [9]
    assert result.levels["set_aside"].item() == 0  # the referrals of that row are not accused


@pytest.mark.parametrize("times", [10, 100, 1000, 0.1, 0.01, 0])
def test_a_count_written_with_digits_too_many_or_too_few(tmp_path: Path, times: float) -> None:
    value = round(steady()["Referrals"][12] * times)
    assert accused(tmp_path, with_change(Referrals={12: value})) == {"out_of_line": [14]}


def test_two_returns_that_were_not_made(tmp_path: Path) -> None:
    changes = {name: {12: 0, 13: 0} for name in ("Referrals", "Seen")}
    assert accused(tmp_path, with_change(**changes))["out_of_line"] == [14, 15]


@pytest.mark.parametrize(
    ("what", "levels"),
    [
        ("a merger", [1000] * 12 + [6000] * 12),
        ("half the contract lost", [6000] * 12 + [900] * 12),
        ("a closure", [1000] * 20 + [150] + [0] * 3),
        ("a service away for a year", [1000] * 10 + [300, 0, 0, 0, 300] + [1000] * 9),
        ("a new clinic", [0] * 6 + [20, 80, 250, 600] + [1000] * 14),
        ("growth of a third a year", [round(200 * 1.33 ** (place / 4)) for place in range(24)]),
        ("a winter every year", [1000, 1000, 1000, 400] * 6),
    ],
)
def test_what_services_really_do_is_not_accused(tmp_path: Path, what: str, levels: list[int]) -> None:
    columns = steady()
    random = np.random.default_rng(3)
    columns["Referrals"] = random.poisson(levels).tolist()
    assert "out_of_line" not in accused(tmp_path, table({"Trust": columns})), what


def test_a_small_provider_that_jumps_is_not_accused(tmp_path: Path) -> None:
    columns = {"Referrals": [5, 40, 0, 8, 90, 3] * 4, "Seen": [4, 30, 0, 7, 80, 3] * 4, "DNA": [0, 3, 0, 1, 7, 0] * 4}
    assert accused(tmp_path, table({"Clinic": columns})) == {}


def test_a_copied_return_is_found_and_the_earlier_one_kept(tmp_path: Path) -> None:
    columns = steady(20_000)
    for name in columns:
        columns[name][15] = columns[name][11]
    result = imported(tmp_path, MAPPING, table({"Trust": columns}))
    assert rules(result)["copied_return"] == [17]
    assert "row 13" in str(result.set_aside[0])


def test_small_equal_returns_are_chance(tmp_path: Path) -> None:
    columns = {"Referrals": [3, 2] * 12, "Seen": [2, 2] * 12, "DNA": [0, 1] * 12}
    assert accused(tmp_path, table({"Clinic": columns})) == {}


def test_a_row_given_twice_word_for_word_is_counted_once(tmp_path: Path) -> None:
    data = table({"Trust": steady()})
    twice = data + data.splitlines()[6] + "\n"
    once, result = imported(tmp_path, MAPPING, data), imported(tmp_path, MAPPING, twice)
    assert rules(result)["duplicated_row"] == [26]
    assert result.rates["seen"].item() == once.rates["seen"].item()


def test_a_negative_count_is_set_aside(tmp_path: Path) -> None:
    assert accused(tmp_path, with_change(Referrals={4: -7})) == {"negative_count": [6]}


def made_up_providers(seed: int) -> np.ndarray:
    """Counts (36 quarters, 400 providers) over-dispersed, seasonal, growing, merging, opening and closing."""
    random = np.random.default_rng(seed)
    level = np.exp(random.uniform(np.log(20), np.log(60_000), 400))
    time = np.arange(36)[:, None]
    mean = level * (1 + random.normal(0, 0.06, 400)) ** (time / 4)
    mean = mean * (1 + random.uniform(0, 0.15, 400) * np.sin(2 * np.pi * time / 4))
    start, change = random.integers(0, 36, 400), random.uniform(0.1, 6, 400)
    mean = np.where((time >= start) & (np.arange(400) % 3 == 0), mean * change, mean)  # a third change their level
    mean = np.where((time >= start) & (np.arange(400) % 7 == 0), 0.0, mean)  # a seventh close
    gamma = random.gamma(1 / 0.01, 0.01, mean.shape)  # 10 % beyond Poisson
    return random.poisson(mean * gamma).astype(float)


@pytest.mark.parametrize("seed", range(5))
def test_no_good_count_is_accused_among_many_made_up(seed: int) -> None:
    flagged, _ = isolated(made_up_providers(seed), IMPOSSIBLE)
    assert flagged.sum() == 0


@pytest.mark.parametrize("seed", range(3))
def test_faults_put_among_many_made_up_are_found(seed: int) -> None:
    """Digits too many or too few, in the middle of providers that stay, of 400 a quarter or more."""
    values = made_up_providers(seed)
    random = np.random.default_rng(seed)
    stays = [k for k in range(400) if values[:, k].min() >= 400 and k % 3 and k % 7]
    put = [(int(random.integers(6, 30)), k) for k in random.choice(stays, 80, replace=False)]
    for place, (t, k) in enumerate(put):
        values[t, k] = np.floor(values[t, k] * (10, 100, 1000, 0.1, 0.01, 0)[place % 6])
    flagged, typical = isolated(values, IMPOSSIBLE)
    found = {(int(t), int(k)) for t, k in np.argwhere(flagged)}
    assert found <= set(put)
    assert len(found) >= 0.95 * len(put)  # a tenth of the count of a restless provider may be missed
    assert np.isfinite(typical[flagged]).all()


def test_a_third_of_the_usual_is_unusual_and_not_impossible() -> None:
    """A quarter in which one month of three was sent."""
    values = np.full((24, 1), 1200.0)
    values[12] = 400
    assert isolated(values, UNUSUAL)[0].sum() == 1
    assert isolated(values, IMPOSSIBLE)[0].sum() == 0
