"""Every refusal of a mapping or of its source, as the complete line an analyst reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from capacity.importing.run import import_demand
from tests.importing.writing import ONE_SERIES, WEEKLY, counts, faults, imported

DATA = "Week ending,Site,Referrals\n04/01/2026,A,10\n11/01/2026,A,12\n"
HEADINGS = "a column of data.csv: Week ending, Site, Referrals"

ONE_LINE: list[tuple[str, str, str, str]] = [
    (
        "unknown key of the source",
        WEEKLY + 'datedby = "day"\n' + ONE_SERIES,
        DATA,
        "mapping.toml, source.datedby: found an unknown key; allowed a known key. Did you mean dated_by?",
    ),
    (
        "unknown key of a series",
        WEEKLY + ONE_SERIES + 'referals = "Referrals"\n',
        DATA,
        "mapping.toml (new), series[1].referals: found an unknown key; allowed a known key. Did you mean referrals?",
    ),
    (
        "unknown section",
        WEEKLY + ONE_SERIES + "[rate]\n",
        DATA,
        "mapping.toml, rate: found an unknown key; allowed a known key. Did you mean rates?",
    ),
    (
        "one pair of brackets",
        WEEKLY + '[series]\nid = "new"\nreferrals = "Referrals"\n',
        DATA,
        "mapping.toml, series: found one section [series]; allowed sections [[series]], with two brackets",
    ),
    (
        "meaning of the date unknown",
        WEEKLY.replace("week_ending", "weekending") + ONE_SERIES,
        DATA,
        "mapping.toml, source.dated_by: found weekending; allowed week_ending, week_starting, day, month or quarter",
    ),
    (
        "no date column",
        '[source]\nfile = "data.csv"\ndated_by = "day"\n' + ONE_SERIES,
        DATA,
        "mapping.toml, source.date: found nothing; allowed the column with the date of a row",
    ),
    (
        "id with a space",
        WEEKLY + ONE_SERIES.replace('"new"', '"New ones"'),
        DATA,
        "mapping.toml (New ones), series[1].id: found New ones; allowed an id of a-z, 0-9, _ and -",
    ),
    (
        "the same id twice",
        WEEKLY + ONE_SERIES + ONE_SERIES,
        DATA,
        "mapping.toml (new), series[2].id: found new again (first in series[1]); allowed each id once",
    ),
    (
        "nothing to count",
        WEEKLY + '[[series]]\nid = "new"\n',
        DATA,
        "mapping.toml (new), series[1].referrals: found nothing; allowed a column to count, as one of "
        "referrals, census, seen, dna, list_size",
    ),
    (
        "a census and referrals",
        WEEKLY + ONE_SERIES + 'census = "Referrals"\n',
        DATA,
        "mapping.toml (new), series[1].census: found census and referrals; allowed one of the two: "
        "a caseload is counted, referrals arrive",
    ),
    (
        "a week spread over months",
        WEEKLY + ONE_SERIES + 'spread = "months"\n',
        DATA,
        'mapping.toml (new), series[1].spread: found months; allowed spread only with dated_by = "quarter"',
    ),
    (
        "unknown column",
        WEEKLY + ONE_SERIES.replace("Referrals", "Referals"),
        DATA,
        f"mapping.toml (new), series[1].referrals: found Referals; allowed {HEADINGS}. Did you mean Referrals?",
    ),
    (
        "unknown column of a filter",
        WEEKLY + ONE_SERIES + 'filter = { Sites = "A" }\n',
        DATA,
        f"mapping.toml (new), series[1].filter: found Sites; allowed {HEADINGS}. Did you mean Site?",
    ),
    (
        "unknown value of a filter",
        WEEKLY + ONE_SERIES + 'filter = { Site = "B" }\n',
        DATA,
        "mapping.toml (new), series[1].filter.Site: found B; allowed a value of column Site of data.csv: A",
    ),
    (
        "a date that does not exist",
        WEEKLY + ONE_SERIES,
        DATA + "32/01/2026,A,3\n",
        "data.csv row 4, column Week ending: found 32/01/2026; allowed a date such as 31/03/2027 or 2027-03-31. "
        "Give date_format in [source] where dates are written otherwise",
    ),
    (
        "not a number",
        WEEKLY + ONE_SERIES,
        DATA + "18/01/2026,A,many\n",
        "data.csv row 4, column Referrals: found many; allowed a whole number. "
        "Name it in missing of [source] if it stands for no number",
    ),
    (
        "half a referral",
        WEEKLY + ONE_SERIES,
        DATA + "18/01/2026,A,2.5\n",
        "data.csv row 4, column Referrals: found 2.5; allowed a whole number. "
        "Name it in missing of [source] if it stands for no number",
    ),
    (
        "two rows for a week that differ in their label",
        WEEKLY + ONE_SERIES,
        DATA + "11/01/2026,B,3\n",
        "data.csv row 4, column Week ending: found week of 5 January 2026 again (first in row 3); "
        "allowed one row each; the two differ in Site: name it in filter, by or add of the section",
    ),
    (
        "two rows for a week that differ in their count",
        WEEKLY + ONE_SERIES,
        DATA + "11/01/2026,A,3\n",
        "data.csv row 4, column Week ending: found week of 5 January 2026 again (first in row 3); "
        "allowed one row each; the two have different counts",
    ),
    (
        "rows that another section tells apart and this one does not",
        WEEKLY + ONE_SERIES + '[[series]]\nid = "a"\nreferrals = "Referrals"\nfilter = { Site = "A" }\n',
        DATA + "11/01/2026,B,3\n",
        "mapping.toml (new), series[1].add: found rows with Site A, B; "
        "allowed one value after the filter, or Site named in by or add",
    ),
    (
        "more cells than headings",
        WEEKLY + ONE_SERIES,
        DATA + "18/01/2026,A,1,200\n",
        "data.csv row 4: found 4 cells; allowed 3, as in the header. "
        "Put text that has the separator in quotation marks",
    ),
    (
        "a heading that stands twice",
        WEEKLY + ONE_SERIES,
        "Week ending,Referrals,Referrals\n04/01/2026,1,2\n",
        "data.csv row 1, column Referrals: found this column twice; allowed a column counted once",
    ),
    (
        "a point that may stand for thousands",
        WEEKLY + ONE_SERIES,
        "Week ending;Referrals\n04/01/2026;1.200\n",
        "data.csv row 2, column Referrals: found 1.200; allowed a whole number. "
        "Write 1200 or 1,200: a point can mean either here",
    ),
    (
        "dates that leave nothing",
        WEEKLY + ONE_SERIES + "from = 2030-01-01\n",
        DATA,
        "mapping.toml (new), series[1].from: found no row between from and to; allowed 2025-12-29 to 2026-01-05",
    ),
    (
        "no label at all",
        WEEKLY + '[[series]]\nby = "Site"\nreferrals = "Referrals"\n',
        "Week ending,Site,Referrals\n04/01/2026,,1\n",
        "mapping.toml, series[1]: found no row with text in the columns of by; allowed a filter that leaves some rows",
    ),
    (
        "a workbook named .csv",
        WEEKLY + ONE_SERIES,
        "PK\x03\x04",
        "data.csv: found an Excel workbook named .csv; allowed text. Save it in Excel as CSV UTF-8",
    ),
]


@pytest.mark.parametrize("mapping, data, line", [case[1:] for case in ONE_LINE], ids=[case[0] for case in ONE_LINE])
def test_one_fault_is_one_line(tmp_path: Path, mapping: str, data: str, line: str) -> None:
    assert faults(tmp_path, mapping, data) == [line]


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    mapping = WEEKLY + ONE_SERIES
    data = DATA + "18/01/2026,A,x\n99/01/2026,A,3\n25/01/2026,A,1.5\n"
    assert [line.split(":")[0] for line in faults(tmp_path, mapping, data)] == [
        "data.csv row 4, column Referrals",
        "data.csv row 5, column Week ending",
        "data.csv row 6, column Referrals",
    ]


def test_a_column_of_bad_cells_is_counted_after_twenty(tmp_path: Path) -> None:
    rows = "".join(f"{day:02}/01/2026,A,none\n" for day in range(1, 31))
    mapping = WEEKLY.replace("week_ending", "day") + ONE_SERIES
    lines = faults(tmp_path, mapping, "Week ending,Site,Referrals\n" + rows)
    assert len(lines) == 21
    assert lines[0] == "data.csv, Referrals: found 10 more such cells; allowed a whole number"


def test_rows_that_the_mapping_does_not_read_may_hold_anything(tmp_path: Path) -> None:
    mapping = WEEKLY + ONE_SERIES + 'filter = { Site = "A" }\n'
    result = imported(tmp_path, mapping, DATA + "nonsense,B,nothing\n")
    assert counts(result) == {"2025-12-29": 10, "2026-01-05": 12}


@pytest.mark.parametrize("form, refused", [("%d.%m.%y", False), ("%m-%d-%Y", True)])
def test_a_date_format_is_the_only_one_accepted(tmp_path: Path, form: str, refused: bool) -> None:
    mapping = WEEKLY.replace("\n[", "\n") + f'date_format = "{form}"\n' + ONE_SERIES
    data = "Week ending,Site,Referrals\n04.01.26,A,10\n"
    if refused:
        assert "as date_format says" in faults(tmp_path, mapping, data)[0]
    else:
        assert counts(imported(tmp_path, mapping, data)) == {"2025-12-29": 10}


def test_a_mapping_without_a_file_asks_for_data(tmp_path: Path) -> None:
    lines = faults(tmp_path, WEEKLY.replace('file = "data.csv"\n', "") + ONE_SERIES, DATA)
    assert lines == ["mapping.toml, source.file: found nothing; allowed the name of a CSV file, or --data"]
    assert len(import_demand(tmp_path / "mapping.toml", tmp_path / "data.csv").demand) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    line = faults(tmp_path, WEEKLY.replace("data.csv", "dat.csv") + ONE_SERIES, DATA)[0]
    assert "dat.csv: found no such file" in line and line.endswith("Did you mean data.csv?")


def test_shipped_mappings_name_a_file_and_no_folder() -> None:
    folder = Path(__file__).parents[2] / "models" / "mappings"
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))]
    assert len(texts) >= 4
    for text in texts:
        assert text.startswith("# ")
        file = next(line for line in text.splitlines() if line.startswith("file = "))
        assert "/" not in file and "\\" not in file
