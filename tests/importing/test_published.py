"""The published files, through the mappings shipped: totals, faulty rows verified by eye, rates known beforehand."""

from __future__ import annotations

import csv
import shutil
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import capacity
from capacity.importing.result import Imported
from tests.importing.writing import published

ROOT = Path(__file__).parents[2]
MAPPINGS = ROOT / "models" / "mappings"
QAR = "england_qar_outpatient_quarterly_provider.csv"
SCOTLAND = "scotland_weekly_admissions_hb.csv"
AE = "ae_attendances.csv"
GP = "gp_appts_month_hcp_leadtime.csv"

# Rows of the quarterly return as Excel numbers them, each looked at by eye beside the other quarters of its provider.
YEAR_GLUED = {
    "Imperial, follow-up DNA 2013-10 to 2015-01": range(5281, 5287),
    "North Bristol, 2012-04 to 2012-10": range(6660, 6663),
    "South London Healthcare, 2013-04 and 2013-07": range(9545, 9547),
    "Torbay Care Trust, every quarter it sent": range(12303, 12307),
    "Kent Community, the year in place of a blank": range(5511, 5515),
}
NOT_MADE_OR_IN_PART = {
    "Alder Hey, follow-ups 4,041 among 25,000": [112],
    "Great Western, 9 DNAs among 1,850": [4848],
    "James Paget, every count a sixth": [5441],
    "Royal National Orthopaedic, 1,219 DNAs among 180": [8950],
    "Calderdale and Huddersfield, all attendances 0": [2961],
    "Heart of England, two quarters all 0": [5020, 5021],
    "Poole, all 0": [8480],
    "Sirona, all 0 but one": [9414],
    "Nuffield Wolverhampton, all 0 but one": [7838],
    "Kent Community, first attendances moved to the next column": [5524],
    "Spire: Bristol, Leeds, Washington (all its hospitals sent 0)": [9961, 10371, 11006],
}
COPIED = {
    "Bedford": [559], "Poole": [8479], "Whittington": [13013], "Worcestershire": [13201], "Shrewsbury": [9351],
    "Birmingham Community": [680], "Royal National Orthopaedic": [8979], "Guy's and St Thomas'": [4874],
}  # fmt: skip
GOOD = {
    "merger: Barts Health begins": "BARTS HEALTH NHS TRUST",
    "merger: Manchester University begins": "MANCHESTER UNIVERSITY NHS FOUNDATION TRUST",
    "merger: Birmingham takes Heart of England": "UNIVERSITY HOSPITALS BIRMINGHAM NHS FOUNDATION TRUST",
    "merger: Ipswich's last return is a tenth": "IPSWICH HOSPITAL NHS TRUST",
    "merger: East Suffolk begins with a part": "EAST SUFFOLK AND NORTH ESSEX NHS FOUNDATION TRUST",
    "merger: Birmingham Women's and Children's": "BIRMINGHAM WOMEN'S AND CHILDREN'S NHS FOUNDATION TRUST",
    "begins with a quarter of one patient, and closes": "CLINICENTA LIMITED",
    "a quarter's return a good deal smaller at a small hospital": "NUFFIELD HOSPITAL OXFORD (THE MANOR)",
}
CLOSED_FOR_THREE_QUARTERS = (2245, 2247)
"""BMI Mount Alvernia saw no NHS patients from July 2013 to March 2014, and then did again."""
MOVED_BETWEEN_COLUMNS = (3351, 3352)
"""Circle Reading: the same referrals under 'other' instead of 'GP' for two quarters; their sum is right."""


@cache
def import_of(mapping: str, file: str) -> Imported:
    return capacity.import_demand(MAPPINGS / f"{mapping}.toml", published(file))


@cache
def quarterly() -> Imported:
    return import_of("england_outpatient_quarterly", QAR)


@cache
def raw() -> pd.DataFrame:
    frame = pd.read_csv(published(QAR))
    frame["row"] = frame.index + 2
    return frame


def rows_of(rule: str) -> set[int]:
    return {finding.row for finding in quarterly().findings if finding.rule == rule and finding.row is not None}


@pytest.mark.parametrize("who", YEAR_GLUED)
def test_years_behind_counts_are_found(who: str) -> None:
    assert set(YEAR_GLUED[who]) <= rows_of("year_glued")


def test_only_the_nineteen_years_are_called_years() -> None:
    assert rows_of("year_glued") == {row for rows in YEAR_GLUED.values() for row in rows}


def test_every_row_with_more_dna_than_attendances_is_set_aside() -> None:
    frame = raw()
    more = (frame["total_first_dna"] > frame["total_first_seen"]) | (frame["total_subs_dna"] > frame["total_subs_seen"])
    set_aside = rows_of("dna_above_seen") | rows_of("year_glued")
    assert set(frame.loc[more, "row"]) <= set_aside
    assert len(frame.loc[more]) == 52
    assert rows_of("dna_above_seen") <= set(frame.loc[more, "row"])


@pytest.mark.parametrize("who", NOT_MADE_OR_IN_PART)
def test_returns_not_made_or_in_part_are_found(who: str) -> None:
    assert set(NOT_MADE_OR_IN_PART[who]) <= rows_of("out_of_line")


@pytest.mark.parametrize("who", COPIED)
def test_returns_copied_from_an_earlier_quarter_are_found(who: str) -> None:
    assert set(COPIED[who]) <= rows_of("copied_return")


def test_a_copied_return_is_equal_in_all_counts_to_the_row_it_names() -> None:
    columns = [
        name for name in raw().columns if name.startswith(("total_gp", "total_other", "total_first", "total_subs"))
    ]
    frame = raw().set_index("row")
    for finding in quarterly().findings:
        if finding.rule == "copied_return":
            earlier = int(finding.message.split("row ")[1].split(" ")[0])
            assert frame.loc[finding.row, columns].tolist() == frame.loc[earlier, columns].tolist()
            assert frame.loc[finding.row, "provider"] == frame.loc[earlier, "provider"]


@pytest.mark.parametrize("why", GOOD)
def test_good_rows_are_not_accused(why: str) -> None:
    """Every row of these providers was looked at: levels change, and no count can be shown to be wrong."""
    rows = set(raw().loc[raw()["provider"] == GOOD[why], "row"])
    assert rows and not rows & {finding.row for finding in quarterly().set_aside}


@pytest.mark.parametrize("row", [*CLOSED_FOR_THREE_QUARTERS, *MOVED_BETWEEN_COLUMNS])
def test_closures_and_counts_moved_between_added_columns_are_not_out_of_line(row: int) -> None:
    found = [finding for finding in quarterly().set_aside if finding.row == row]
    assert not [finding for finding in found if finding.rule == "out_of_line"]
    assert not [finding for finding in found if "referrals" in finding.column]


def test_few_rows_are_accused_and_the_large_trusts_hardly_ever() -> None:
    """One row in a hundred; of quarters above 30,000 first attendances none but copies and years behind counts."""
    frame = raw()
    set_aside = {finding.row for finding in quarterly().set_aside}
    assert 0.005 < len(set_aside) / len(frame) < 0.0125
    large = set(frame.loc[frame["total_first_seen"] > 30_000, "row"])
    guilty = large & set_aside - rows_of("year_glued") - rows_of("copied_return")
    assert guilty == set()


def test_the_rates_of_a_provider_leave_its_faulty_quarters_out() -> None:
    frame = raw()[(raw()["provider"] == "NORTH BRISTOL NHS TRUST") & ~raw()["row"].isin(range(6660, 6663))]
    expected = frame["total_subs_dna"].sum() / (frame["total_subs_dna"].sum() + frame["total_subs_seen"].sum())
    rates = quarterly().rates.set_index("stream")
    row = rates.loc["follow_up_north_bristol_nhs_trust"]
    assert row["dna_rate"] == pytest.approx(expected)
    assert (row["periods"], row["set_aside"]) == (33, 3)
    assert rates.loc["first_north_bristol_nhs_trust", "set_aside"] == 0


@pytest.mark.parametrize(
    ("service", "provider"),
    [
        ("ophthalmology", "MOORFIELDS EYE HOSPITAL NHS FOUNDATION TRUST"),
        ("oncology (Christie)", "THE CHRISTIE NHS FOUNDATION TRUST"),
        ("oncology (Royal Marsden)", "THE ROYAL MARSDEN NHS FOUNDATION TRUST"),
        ("neurosciences (Walton)", "THE WALTON CENTRE NHS FOUNDATION TRUST"),
        ("plastics/burns (QVH)", "QUEEN VICTORIA HOSPITAL NHS FOUNDATION TRUST"),
    ],
)
def test_rates_are_those_derived_before_from_the_same_24_quarters(tmp_path: Path, service: str, provider: str) -> None:
    known = pd.read_csv(published("england_single_specialty_trusts_dna.csv")).set_index("service").loc[service]
    text = (MAPPINGS / "england_outpatient_quarterly.toml").read_text(encoding="utf-8")
    one = f'filter = {{ provider = "{provider}" }}\nfrom = 2014-04-01'
    mapping = tmp_path / "one.toml"
    mapping.write_text(text.replace('by = "provider"', one), encoding="utf-8")
    rates = capacity.import_demand(mapping, published(QAR)).rates.set_index("stream")
    for stream, measure in (("first", "first"), ("follow_up", "subs")):
        assert rates.loc[stream, "seen"] == known[f"total_{measure}_seen"]
        assert rates.loc[stream, "dna_rate"] == pytest.approx(known[f"dna_{measure}"], abs=5e-5)


def test_scotland_is_not_added_to_its_boards() -> None:
    result = import_of("scotland_weekly_admissions", SCOTLAND)
    ids = set(result.demand["series"])
    assert len(ids) == 28 and not [id for id in ids if "s92" in id or id.endswith("_all")]
    assert {finding.found for finding in result.set_aside} == {"All", "S92000003"}
    assert {finding.rule for finding in result.set_aside} == {"total_among_rows"}


def test_boards_added_up_are_nearly_scotland(tmp_path: Path) -> None:
    """Scotland's own rows hold a hospital outside the boards, one in a thousand emergencies."""
    mapping = tmp_path / "boards.toml"
    mapping.write_text(
        '[source]\ndate = "WeekEnding"\ndated_by = "week_ending"\n'
        '[[series]]\nid = "boards"\nfilter = { AdmissionType = "Emergency" }\nadd = "HB"\n'
        'referrals = "NumberAdmissions"\n'
        '[[series]]\nid = "scotland"\nfilter = { AdmissionType = "Emergency", HB = "S92000003" }\n'
        'referrals = "NumberAdmissions"\n'
    )
    sums = capacity.import_demand(mapping, published(SCOTLAND)).demand.groupby("series")["referrals"].sum()
    assert sums["boards"] == pytest.approx(sums["scotland"], rel=0.002)
    assert sums["boards"] < sums["scotland"]


def test_weeks_that_were_left_out_are_gaps_and_the_mean_without_them_is_doubted() -> None:
    result = import_of("scotland_weekly_admissions", SCOTLAND)
    gaps = {finding.subject for finding in result.findings if finding.rule == "gap_in_periods"}
    assert gaps == {"s08000025_planned", "s08000026_planned", "s08000028_planned"}
    assert "s08000025_planned" in {item.subject for item in result.findings if item.rule == "small_counts_missing"}


def test_no_board_and_no_gp_month_is_accused() -> None:
    for result in (import_of("scotland_weekly_admissions", SCOTLAND), import_of("gp_appointments_lead_time", GP)):
        assert {finding.rule for finding in result.set_aside} <= {"total_among_rows"}


def test_hardly_a_month_of_accident_and_emergency_is_accused(tmp_path: Path) -> None:
    mapping = tmp_path / "all.toml"
    mapping.write_text(
        '[source]\ndate = "period"\ndated_by = "month"\n'
        '[[series]]\nby = ["org_code", "type"]\nreferrals = "attendances"\n'
    )
    result = capacity.import_demand(mapping, published(AE))
    assert len(result.set_aside) == 0
    assert {finding.row for finding in result.findings if finding.rule == "unusual_count"} <= {5070, 10478, 10842}


def test_accident_and_emergency_by_type_is_monthly() -> None:
    result = import_of("england_ae_monthly", AE)
    assert result.demand.columns.tolist() == ["month", "series", "referrals"]
    assert sorted(set(result.demand["series"])) == ["ae_1", "ae_2", "ae_other"]
    with published(AE).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["org_code"] == "RF4"]
    assert len(result.demand) == len(rows)
    assert result.demand["referrals"].sum() == sum(float(row["attendances"]) for row in rows)


def test_gp_appointments_by_lead_have_the_known_rates() -> None:
    """1.8 % on the same day to 10.9 % beyond 28 days, of 742.8 million appointments."""
    result = import_of("gp_appointments_lead_time", GP)
    bands = result.by_lead[result.by_lead["stream"] == "all_staff"]
    assert bands["dna_rate"].round(3).tolist()[0] == 0.018
    assert bands["dna_rate"].round(3).tolist()[-1] == 0.109
    assert bands["dna_rate"].is_monotonic_increasing
    assert bands["days_from"].tolist() == [0, 1, 2, 8, 15, 22, 29]
    whole = result.rates[result.rates["stream"] == "all_staff"].iloc[0]
    assert whole["appointments"] + whole["other"] == pytest.approx(742.8e6, rel=1e-3)
    assert whole["dna_rate"] == pytest.approx(30_911_233 / (677_755_876 + 30_911_233))
    assert whole["dna_rate_of_bookings"] == pytest.approx(30_911_233 / 742_804_525)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the golden service, whose streams are called rapid and new."""
    return Path(shutil.copytree(ROOT / "models" / "golden", tmp_path / "golden"))


def test_a_board_read_into_a_model_is_the_board(model: Path, tmp_path: Path) -> None:
    from capacity.report.import_text import import_files

    mapping = tmp_path / "borders.toml"
    mapping.write_text(
        '[source]\ndate = "WeekEnding"\ndated_by = "week_ending"\n'
        '[[series]]\nid = "rapid"\nfilter = { HB = "S08000016", AdmissionType = "Emergency" }\n'
        'referrals = "NumberAdmissions"\nfrom = 2021-06-07\n'
        '[[series]]\nid = "new"\nfilter = { HB = "S08000016", AdmissionType = "Planned" }\n'
        'referrals = "NumberAdmissions"\nfrom = 2021-06-07\n'
    )
    result = capacity.import_demand(mapping, published(SCOTLAND))
    (model / "demand.csv").write_bytes(import_files(result)["demand.csv"])
    service = capacity.read(model)
    read = [(row.start, row.series, row.referrals) for row in service.demand]
    assert read == list(result.demand.itertuples(index=False, name=None))
    assert len(read) == 196


def test_months_and_bands_are_read_into_a_model(model: Path) -> None:
    from capacity.report.import_text import import_files

    months = import_files(import_of("england_ae_monthly", AE))["demand.csv"].decode("utf-8-sig")
    kept = [line for line in months.splitlines() if ",ae_other," not in line]
    both = "\n".join(kept).replace(",ae_1,", ",rapid,").replace(",ae_2,", ",new,") + "\n"
    (model / "demand.csv").write_text(both, encoding="utf-8")
    bands = import_files(import_of("gp_appointments_lead_time", GP))["dna_by_lead.csv"].decode("utf-8-sig")
    lines = [line.replace("all_staff,", "rapid,") for line in bands.splitlines() if line.startswith(("stream", "all_"))]
    (model / "dna_by_lead.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    service = capacity.read(model)
    assert {row.period for row in service.demand} == {"month"}
    assert len(service.dna_by_lead) == 7
