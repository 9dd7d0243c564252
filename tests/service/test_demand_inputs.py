"""What demand.csv, dna_by_lead.csv and the settings about series may say, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from capacity.service.model import LeadBand, Service
from capacity.service.resolved import stream_dna_rate
from tests.service.conftest import FILES

Accepted = Callable[..., Service]
Faults = Callable[..., list[str]]
SETTINGS = FILES["service.toml"]
BY_LEAD = "stream,days_from,days_to,share,dna_rate\n"
NO_DNA = [("0.08", "")]


def messages(service: Service, subject: str) -> list[str]:
    return [note.message for note in service.origin.notes if note.subject == subject]


def test_months_start_on_their_first_day(accepted: Accepted) -> None:
    rows = "month,series,referrals\n2026-01-31,new,80\n01/02/2026,new,75\n2026-04-15,new,90\n"
    service = accepted(demand=rows)
    assert [row.start for row in service.demand] == [dt.date(2026, month, 1) for month in (1, 2, 4)]
    assert {row.period for row in service.demand} == {"month"}
    gaps = [str(note) for note in service.origin.notes if note.rule == "gap_in_months"]
    assert gaps == ["new: 1 month missing in demand.csv (2026-03-01 between rows 3 and 4): not known, not zero"]


def test_months_across_new_year_that_are_not_there(accepted: Accepted) -> None:
    service = accepted(demand="month,series,referrals\n2025-10-01,new,80\n2026-02-01,new,75\n")
    (gap,) = [note for note in service.origin.notes if note.rule == "gap_in_months"]
    assert gap.found == "2 of 5 months"
    assert all(month in gap.message for month in ("2025-11-01", "2025-12-01", "2026-01-01"))


def test_activity_and_list_are_kept_beside_blank_referrals(accepted: Accepted) -> None:
    rows = "week_starting,series,referrals,seen,dna,list_size\n2026-01-05,new,,18,2,40\n2026-01-12,new,20,19,,41\n"
    first, second = accepted(demand=rows).demand
    assert (first.referrals, first.seen, first.dna, first.list_size) == (None, 18, 2, 40)
    assert (second.referrals, second.seen, second.dna, second.list_size) == (20, 19, None, 41)


def test_settings_of_series(accepted: Accepted) -> None:
    text = SETTINGS + (
        "[calendar]\nmax_simultaneous_leave = 2\n[sizing]\nestimator = 'negative_binomial'\n"
        "[rebase]\nnew = '12/01/2026'\n[day_profile.new]\nTue = 0.3\nmonday = 0.7\n"
    )
    service = accepted(service=text)
    assert service.calendar.max_simultaneous_leave == 2
    assert service.sizing.estimator == "negative_binomial"
    assert service.rebase == {"new": dt.date(2026, 1, 12)}
    assert list(service.day_profile["new"].items()) == [("Mon", 0.7), ("Tue", 0.3)]


def test_defaults_of_settings_are_said(accepted: Accepted) -> None:
    service = accepted()
    assert messages(service, "service.toml sizing.estimator") == ["not given; taken as excel"]
    assert messages(service, "service.toml calendar.max_simultaneous_leave") == ["not given; taken as no limit"]
    assert messages(service, "service.toml objective.extra_pa_budget") == ["not given; taken as 0"]
    assert messages(service, "service.toml objective.hold_tolerance") == ["not given; taken as 1"]


def test_day_shares_that_were_rounded_are_accepted(accepted: Accepted) -> None:
    sevenths = "".join(f"{day} = 0.143\n" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    assert len(accepted(service=f"{SETTINGS}[day_profile.new]\n{sevenths}").day_profile["new"]) == 7


def test_dna_by_lead_is_the_dna_of_the_stream(accepted: Accepted) -> None:
    service = accepted(streams=NO_DNA, dna_by_lead=BY_LEAD + "new,0,6,0.2,0.02\nnew,7,27,0.6,0.08\nnew,28,,20%,11%\n")
    assert service.dna_by_lead[2] == LeadBand(stream="new", days_from=28, share=0.2, dna_rate=0.11)
    assert stream_dna_rate(service, service.streams[0]) == pytest.approx(0.2 * 0.02 + 0.6 * 0.08 + 0.2 * 0.11)
    assert stream_dna_rate(service, service.streams[1]) is None
    said = [message for message in messages(service, "streams.csv dna_rate") if "dna_by_lead" not in message]
    assert said == [
        "blank for 1 of 2 (follow); taken as not given (not measured as zero): none is counted",
        "blank for 1 of 2 (new); taken as the mean of its rates by lead",
    ]


def test_shares_by_lead_that_leave_some_unknown_are_weighted(accepted: Accepted) -> None:
    service = accepted(streams=NO_DNA, dna_by_lead=BY_LEAD + "new,0,6,0.2,0.02\nnew,7,,0.6,0.06\n")
    assert stream_dna_rate(service, service.streams[0]) == pytest.approx(0.05)


DEMAND = "week_starting,date,month,series,referrals,census,seen,dna,list_size\n"
FAULTY: list[tuple[str, dict[str, object], str]] = [
    (
        "no count",
        {"demand": "month,series,list_size\n2026-01-01,new,4\n"},
        "demand.csv row 1, column referrals: found no such column; "
        "allowed a column referrals, census, or seen with list_size",
    ),
    (
        "no date",
        {"demand": "series,referrals\nnew,4\n"},
        "demand.csv row 1, column week_starting: found no such column; "
        "allowed a column week_starting, date for daily numbers, or month for monthly ones",
    ),
    (
        "month twice",
        {"demand": "month,series,referrals\n2026-01-01,new,4\n2026-01-31,new,5\n"},
        "demand.csv row 3 (new), column month: found the month of 2026-01 again (first in row 2); "
        "allowed each month of a series once",
    ),
    (
        "month beside weeks",
        {"demand": DEMAND + "2026-01-05,,,new,4,,,,\n,,2026-02-01,new,20,,,,\n"},
        "demand.csv row 3 (new), column month: found months for a series that has weeks (row 2); "
        "allowed months alone, or weeks and days, in one series",
    ),
    (
        "two dates in a row",
        {"demand": DEMAND + "2026-01-05,,2026-01-01,new,4,,,,\n"},
        "demand.csv row 2 (new), column week_starting: found a week and a month; "
        "allowed a date such as 31/03/2027 or 2027-03-31",
    ),
    (
        "negative attendances",
        {"demand": DEMAND + "2026-01-05,,,new,4,,-3,,\n"},
        "demand.csv row 2 (new), column seen: found -3; allowed a whole number, 0 or more",
    ),
    (
        "census with attendances",
        {"demand": DEMAND + "2026-01-05,,,new,,20,3,,\n"},
        "demand.csv row 2 (new), column census: found seen and census; allowed one of the two in a row",
    ),
    (
        "patients per slot",
        {"streams": FILES["streams.csv"].replace("dna_rate", "patients_per_slot").replace("0.08", "0")},
        "streams.csv row 2 (new), column patients_per_slot: found 0; allowed more than 0",
    ),
    (
        "overbooking as a percentage",
        {"streams": FILES["streams.csv"].replace("dna_rate", "overbooking_rate").replace("0.08", "10")},
        "streams.csv row 2 (new), column overbooking_rate: found 10; allowed 0 to 1. Did you mean 10%?",
    ),
    (
        "rebookings of half a time",
        {"streams": FILES["streams.csv"].replace("dna_rate", "max_rebookings").replace("0.08", "1.5")},
        "streams.csv row 2 (new), column max_rebookings: found 1.5; allowed a whole number, 0 or more",
    ),
    (
        "basis of DNA",
        {"streams": FILES["streams.csv"].replace("dna_rate", "dna_basis").replace("0.08", "attended")},
        "streams.csv row 2 (new), column dna_basis: found attended; allowed bookings or attended_plus_dna. "
        "Did you mean attended_plus_dna?",
    ),
    (
        "DNA in two places",
        {"dna_by_lead": BY_LEAD + "new,0,,1,0.1\n"},
        "streams.csv row 2 (new), column dna_rate: found 0.08, and rates by lead in dna_by_lead.csv row 2; "
        "allowed one of the two for a stream",
    ),
    (
        "DNA by lead of no stream",
        {"dna_by_lead": BY_LEAD + "folow,0,,1,0.1\n"},
        "dna_by_lead.csv row 2 (folow 0), column stream: found folow; allowed an id of streams.csv: new, follow. "
        "Did you mean follow?",
    ),
    (
        "days backwards",
        {"dna_by_lead": BY_LEAD + "follow,7,6,1,0.1\n"},
        "dna_by_lead.csv row 2 (follow 7), column days_to: found 6; allowed days_from, 7, or more; blank for and more",
    ),
    (
        "days twice",
        {"dna_by_lead": BY_LEAD + "follow,0,7,0.5,0.1\nfollow,7,,0.5,0.1\n"},
        "dna_by_lead.csv row 3 (follow 7), column days_from: found 7, inside row 2 (0 to 7); "
        "allowed days that no other row of the stream has",
    ),
    (
        "the same band twice",
        {"dna_by_lead": BY_LEAD + "follow,0,7,0.5,0.1\nfollow,0,7,0.5,0.1\n"},
        "dna_by_lead.csv row 3 (follow 0): found follow 0 again (first in row 2); "
        "allowed each stream and days_from once",
    ),
    (
        "more than all bookings",
        {"dna_by_lead": BY_LEAD + "follow,0,7,0.7,0.1\nfollow,8,,0.7,0.1\n"},
        "dna_by_lead.csv row 3 (follow 8), column share: found shares that add up to 1.4; "
        "allowed shares of bookings that add up to more than 0 and at most 1",
    ),
    (
        "points without their number",
        {"templates": "activity,stream,slots,unit\nclinic,new,4,points\n"},
        "templates.csv row 2 (clinic new), column units_per_attendance: found a blank cell; "
        "allowed a number, more than 0, where the unit is points",
    ),
    (
        "unit",
        {"templates": "activity,stream,slots,unit\nclinic,new,4,pont\n"},
        "templates.csv row 2 (clinic new), column unit: found pont; allowed patients, cases or points. "
        "Did you mean points?",
    ),
    (
        "template of another activity",
        {"templates": "activity,stream,slots\nmdt,new,4\n"},
        "templates.csv row 2 (mdt new), column stream: found new; allowed a stream of mdt; this one uses clinic",
    ),
]


@pytest.mark.parametrize(("files", "line"), [pytest.param(files, line, id=name) for name, files, line in FAULTY])
def test_refused_in_one_line(faults: Faults, files: dict[str, object], line: str) -> None:
    assert faults(**files) == [line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[sizing]\nestimator = 'exel'\n", "sizing.estimator: found exel; allowed excel, harrell_davis or "
         "negative_binomial. Did you mean excel?"),
        ("[calendar]\nmax_simultaneous_leave = 0\n",
         "calendar.max_simultaneous_leave: found 0; allowed a whole number, 1 or more"),
        ("[rebase]\nnwe = 2026-01-12\n", "rebase.nwe: found nwe; allowed a series of demand.csv: new. "
         "Did you mean new?"),
        ("[rebase]\nnew = 12\n", "rebase.new: found 12; allowed a date such as 2026-10-05"),
        ("[rebase]\nnew = '31/02/2026'\n", "rebase.new: found 31/02/2026; allowed a date such as 2026-10-05"),
        ("[rebase]\nnew = 2026-01-26\n", "rebase.new: found 2026-01-26, after the last row of the series (2026-01-19); "
         "allowed a date inside the series, so that something is left to size from"),
        ("[rebase]\n\"New one\" = 2026-01-12\n", "rebase.New one: found New one; allowed an id of a-z, 0-9, _ and -"),
        ("[day_profile.new]\nMon = 0.5\nTue = 0.4\n", "day_profile.new: found shares that add up to 0.9; "
         "allowed shares of a week, which add up to 1"),
        ("[day_profile.new]\n", "day_profile.new: found shares that add up to 0; "
         "allowed shares of a week, which add up to 1"),
        ("[day_profile.new]\nMon = 26\n", "day_profile.new.Mon: found 26; allowed 0 to 1. Did you mean 0.26?"),
        ("[day_profile.new]\nMon = true\n", "day_profile.new.Mon: found true; allowed 0 to 1"),
        ("[day_profile.new]\nMom = 1.0\n", "day_profile.new.Mom: found an unknown day; "
         "allowed Mon, Tue, Wed, Thu, Fri, Sat, Sun. Did you mean Mon?"),
        ("[day_profile.new]\nMon = 0.5\nMonday = 0.5\n", "day_profile.new.Monday: found Mon twice; "
         "allowed each day once"),
        ("[day_profile]\nnew = 1\n", "day_profile.new: found 1; "
         "allowed a table of days and shares, such as Mon = 0.26"),
        ("[day_profile.old]\nMon = 1\n", "day_profile.old: found old; allowed a series of demand.csv: new"),
    ],
)  # fmt: skip
def test_settings_refused(faults: Faults, text: str, line: str) -> None:
    assert faults(service=SETTINGS + text) == [f"service.toml, {line}"]


def test_rates_of_attended_plus_dna_are_of_what_is_not_cancelled(accepted: Accepted, faults: Faults) -> None:
    """DNA 0.5 of attended + DNA beside 0.6 cancelled is 0.2 of bookings, not 1.1 in all."""
    text = FILES["streams.csv"].replace("dna_rate,", "dna_basis,dna_rate,").replace(",0.08,", ",{},0.5,0.6")
    text = text.replace("follow_up,,20,,", "follow_up,,20,,,")
    assert accepted(streams=text.format("attended_plus_dna")).streams[0].dna_rate == 0.5
    (line,) = faults(name="again", streams=text.format("bookings"))
    assert "dna_rate + short_notice_rate = 1.1" in line
