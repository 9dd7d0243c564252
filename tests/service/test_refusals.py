"""Every refusal, as the complete line a service lead reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capacity.errors import InputError
from capacity.service.read import read_service
from tests.service.conftest import FILES

Faults = Callable[..., list[str]]
HALF_DAYS = "Mon AM, Mon PM, Tue AM, Tue PM, Wed AM, Wed PM, Thu AM, Thu PM, Fri AM, Fri PM, Sat AM"


def more(table: str, *rows: str) -> str:
    """Return the file of the tiny model with rows added."""
    return FILES[f"{table}.csv"] + "\n".join(rows) + "\n"


ONE_LINE: list[tuple[str, dict[str, object], str]] = [
    (
        "missing file",
        {"skills": None},
        "skills.csv: found no such file; allowed a file of this name, which is required",
    ),
    (
        "unknown column",
        {"streams": [("dna_rate", "dna_rat")]},
        "streams.csv row 1, column dna_rat: found an unknown column; allowed a known column. Did you mean dna_rate?",
    ),
    (
        "column twice",
        {"skills": [("output", "Activity"), ("0.8", "clinic")]},
        "skills.csv row 1, column Activity: found this column twice; allowed each column once",
    ),
    (
        "unknown id",
        {"skills": [("n01,clinic", "n02,clinic")]},
        "skills.csv row 3 (n02 clinic), column person: found n02; allowed an id of people.csv: c01, n01. "
        "Did you mean n01?",
    ),
    (
        "unknown activity of a stream",
        {"streams": [("clinic,routine", "clinik,routine")]},
        "streams.csv row 2 (new), column activity: found clinik; allowed an id of activities.csv: clinic, mdt. "
        "Did you mean clinic?",
    ),
    (
        "stream with no activity",
        {"streams": [("clinic,routine", ",routine")]},
        "streams.csv row 2 (new), column activity: found a blank cell; allowed an id of activities.csv",
    ),
    (
        "everyone of one group and a number of another",
        {"activities": [("clinic_room,,,", "clinic_room,,,all:consultant;7:1")]},
        "activities.csv row 2 (clinic), column team: found 7:1; allowed all of each group, such as all:nurse;all:ahp, "
        "or numbers of each, not both",
    ),
    (
        "all of a group nobody is in",
        {"activities": [("clinic_room,,,", "clinic_room,,,all:nurze")]},
        "activities.csv row 2 (clinic), column team: found nurze; allowed a staff group or a grade of people.csv: 7, "
        "ahp, consultant, nurse, pharmacist, resident, sas, scientist, support. Did you mean nurse?",
    ),
    (
        "equipment without equipment.csv",
        {
            "activities": [
                ("sessions_per_week,team", "sessions_per_week,equipment"),
                ("clinic_room,,,", "clinic_room,,,scope"),
                (",1,all", ",1,"),
            ]
        },
        "activities.csv row 2 (clinic), column equipment: found scope; allowed an id of equipment.csv, which is not "
        "there",
    ),
    (
        "room without rooms.csv",
        {"rooms": None},
        "activities.csv row 2 (clinic), column room: found clinic_room; allowed an id of rooms.csv, which is not there",
    ),
    (
        "not a half-day",
        {"job_plans": [("Tue PM", "Teu PM")]},
        "job_plans.csv row 5 (n01), column slot: found Teu PM; allowed a half-day such as Mon AM, or -. "
        "Did you mean Tue PM?",
    ),
    (
        "change that weighs nothing",
        {"people": [(",premium_consent", ",change_weight"), ("Fri PM,no", "Fri PM,0")]},
        "people.csv row 2 (c01), column change_weight: found 0; allowed a whole number, 1 to 10",
    ),
    (
        "a start that is no date",
        {"people": [(",premium_consent", ",started_on"), ("Fri PM,no", "Fri PM,ten years")]},
        "people.csv row 2 (c01), column started_on: found ten years; allowed a date such as 31/03/2027 or 2027-03-31",
    ),
    (
        "half-day the service does not have",
        {"job_plans": [("Tue PM", "Tue LUNCH")]},
        f"job_plans.csv row 5 (n01), column slot: found Tue LUNCH; allowed the half-days of the service: {HALF_DAYS}. "
        "Name it in [slots.minutes] of service.toml to have it",
    ),
    (
        "Sunday not listed as premium",
        {"people": [("Fri PM", "Fri PM;Sun AM")]},
        "people.csv row 2 (c01), column unavailable: found Sun AM; "
        "allowed Sat, Sun and EVE only if listed in slots.premium of service.toml",
    ),
    (
        "unknown value",
        {"streams": [("clinic,routine", "clinic,routne")]},
        "streams.csv row 2 (new), column kind: found routne; allowed rapid, routine, follow_up or caseload. "
        "Did you mean routine?",
    ),
    (
        "duplicate person",
        {"people": more("people", "c01,Other,sas,,10,,,,")},
        "people.csv row 4 (c01), column person: found c01 again (first in row 2); allowed each person once",
    ),
    (
        "duplicate skill",
        {"skills": more("skills", "c01,mdt,1")},
        "skills.csv row 6 (c01 mdt): found c01 mdt again (first in row 4); allowed each person and activity once",
    ),
    (
        "duplicate row of a job plan",
        {"job_plans": more("job_plans", "c01,clinic,Mon AM,all,,,")},
        "job_plans.csv row 6 (c01): found the same as row 2; allowed each row once",
    ),
    (
        "rate of 8",
        {"streams": [("0.08", "8")]},
        "streams.csv row 2 (new), column dna_rate: found 8; allowed 0 to 1. Did you mean 8%?",
    ),
    (
        "rate of 500",
        {"streams": [("0.08", "500")]},
        "streams.csv row 2 (new), column dna_rate: found 500; allowed 0 to 1",
    ),
    (
        "rate over 100 %",
        {"streams": [("0.08", "108%")]},
        "streams.csv row 2 (new), column dna_rate: found 108%; allowed 0 to 1",
    ),
    (
        "rates above 1",
        {"streams": [("0.08,", "0.6,0.5")]},
        "streams.csv row 2 (new), column short_notice_rate: found dna_rate + short_notice_rate = 1.1; "
        "allowed rates that add up to at most 1",
    ),
    (
        "no one is ever seen",
        {"streams": [("0.08,", "0.6,0.4")]},
        "streams.csv row 2 (new), column short_notice_rate: found lost and rebooked bookings that add up to 1; "
        "allowed less than 1: otherwise no one is ever seen",
    ),
    (
        "not a number",
        {"streams": [("0.08", "nan")]},
        "streams.csv row 2 (new), column dna_rate: found nan; allowed 0 to 1",
    ),
    (
        "decimal comma in a comma file",
        {"streams": [("0.08", '"0,08"')]},
        "streams.csv row 2 (new), column dna_rate: found 0,08; allowed 0 to 1. Did you mean 0.08?",
    ),
    (
        "negative referrals",
        {"demand": [(",25", ",-25")]},
        "demand.csv row 3 (new), column referrals: found -25; allowed a whole number, 0 or more",
    ),
    (
        "fractional referrals",
        {"demand": [(",25", ",2.5")]},
        "demand.csv row 3 (new), column referrals: found 2.5; allowed a whole number, 0 or more",
    ),
    (
        "impossible date",
        {"demand": [("2026-01-12", "31/02/2027")]},
        "demand.csv row 3 (new), column week_starting: found 31/02/2027; "
        "allowed a date such as 31/03/2027 or 2027-03-31: a day that exists",
    ),
    (
        "American date",
        {"demand": [("2026-01-12", "03/31/2026")]},
        "demand.csv row 3 (new), column week_starting: found 03/31/2026; "
        "allowed a date such as 31/03/2027 or 2027-03-31. Dates are day/month/year: did you mean 31/03/2026?",
    ),
    (
        "year mistyped",
        {"demand": [("2026-01-12", "0226-01-12")]},
        "demand.csv row 3 (new), column week_starting: found 0226-01-12; allowed a date from 1990 to 2100",
    ),
    (
        "duplicated week, named by another day of it",
        {"demand": [("2026-01-12", "2026-01-09")]},
        "demand.csv row 3 (new), column week_starting: found the week of 2026-01-05 again (first in row 2); "
        "allowed each week of a series once",
    ),
    (
        "series no stream draws on",
        {"demand": [("2026-01-12,new", "2026-01-12,nwe")]},
        "demand.csv row 3 (nwe), column series: found nwe (1 row), which no stream draws on; "
        "allowed the series of streams.csv: new. Did you mean new?",
    ),
    (
        "stream without numbers",
        {"demand": None},
        "streams.csv row 2 (new), column stream: found new, with series and generated_by blank; "
        "allowed a series of demand.csv, which is not there",
    ),
    (
        "required, no one skilled",
        {"skills": [("c01,mdt,\nn01,mdt,\n", "")], "job_plans": [(",yes", ",")]},
        "activities.csv row 3 (mdt), column activity: found no one skilled for it (sessions_per_week is 1); "
        "allowed at least one person in skills.csv",
    ),
    (
        "admin twice",
        {"activities": [("210,,", "210,20,")], "streams": [("30,,0.08", "30,5,0.08")]},
        "streams.csv row 2 (new), column admin_minutes: found 5 per attendance; "
        "allowed admin per session (20 in activities.csv row 2) or per attendance, not both",
    ),
    (
        "no contact minutes",
        {"activities": [("210", "")]},
        "activities.csv row 2 (clinic), column contact_minutes: found a blank cell; "
        "allowed a whole number, more than 0, for an activity that a stream uses (new)",
    ),
    (
        "pin where the person is not available",
        {"job_plans": [("Mon AM,all,,,", "Fri PM,all,,,yes")]},
        "job_plans.csv row 2 (c01), column pinned: found a pin in Fri PM; allowed half-days in which c01 is available",
    ),
    (
        "pin without the skill",
        {"skills": [("c01,mdt,\n", "")]},
        "job_plans.csv row 3 (c01), column pinned: found a pin of mdt; allowed activities c01 is skilled for in "
        "skills.csv",
    ),
    (
        "pin of somebody whom the team has no place for",
        {"activities": [(",1,all", ",1,nurse:1")]},
        "job_plans.csv row 3 (c01), column pinned: found a pin of mdt; allowed people of its team; c01 is of none of "
        "its groups",
    ),
    (
        "pin in premium time without consent",
        {"job_plans": [("Mon AM,all,,,", "Sat AM,all,,,yes")], "rooms": [("1,,", "1,Sat AM,")]},
        "job_plans.csv row 2 (c01), column pinned: found a pin in premium time, Sat AM; "
        "allowed people with premium_consent; c01 has not",
    ),
    (
        "pins that double-book in one week",
        {"job_plans": more("job_plans", "c01,clinic,Wed AM,3;4,,,yes")},
        "job_plans.csv row 6 (c01), column pinned: found clinic and mdt (row 3) pinned in Wed AM of week 3; "
        "allowed one activity in a half-day of a week",
    ),
    (
        "more pins than rooms",
        {"job_plans": [("Mon AM,all,,,", "Mon AM,all,,,yes"), ("Tue PM,,,,", "Mon AM,2,,,yes")]},
        "job_plans.csv row 5 (n01), column pinned: found 2 sessions pinned into clinic_room in Mon AM of week 2; "
        "allowed 1, the rooms there are then",
    ),
    (
        "week outside the cycle",
        {"job_plans": [("1;3", "1;5")]},
        "job_plans.csv row 3 (c01), column weeks: found 5; allowed weeks 1 to 4",
    ),
    (
        "role of a job plan",
        {"job_plans": [("role:lead", "role:leed")]},
        "job_plans.csv row 4 (c01), column activity: found role:leed; allowed role: and a role of roles.csv. "
        "Did you mean role:lead?",
    ),
    (
        "activity of a job plan",
        {"job_plans": [("n01,clinic", "n01,flexibel")]},
        "job_plans.csv row 5 (n01), column activity: found flexibel; "
        "allowed an activity of activities.csv, spa, admin, flexible, cover, on_call, travel, or role: and a role. "
        "Did you mean flexible?",
    ),
    (
        "more holders than places",
        {"roles": [("c01,c01", "c01;n01,c01;n01")]},
        "roles.csv row 2 (lead), column held_by: found 2 people (c01, n01); allowed at most the holders of the role, 1",
    ),
    (
        "holder not eligible",
        {"roles": [("c01,c01", "n01,c01")]},
        "roles.csv row 2 (lead), column held_by: found c01, who is not eligible; "
        "allowed people eligible for the role: n01",
    ),
    (
        "fewer eligible than holders",
        {"roles": [("1,1,", "1,2,")]},
        "roles.csv row 2 (lead), column holders: found 2 for 1 eligible person; allowed no more than the people "
        "eligible",
    ),
    (
        "fixed and vacant",
        {"roles": [("c01,c01,", "c01,,yes")]},
        "roles.csv row 2 (lead), column fixed: found yes; allowed no or blank, because held_by is blank",
    ),
    (
        "role without a tariff",
        {"roles": [("ANR,1,1", "ANR,,1")]},
        "roles.csv row 2 (lead), column tariff_pa: found a blank cell; "
        "allowed 0 or more; blank only for a role with a tariff in the policy england-consultant-2003",
    ),
    (
        "rota with weeks nobody is on",
        {"rotas": [("c01;n01,,", "c01;n01,c01=0.5;n01=0.4,")]},
        "rotas.csv row 2 (ward), column share: found shares that add up to 0.9; "
        "allowed shares that add up to 1, which is 52 duty weeks. Nobody is on in 5.2 of 52 duty weeks",
    ),
    (
        "rota shares above 1",
        {"rotas": [("c01;n01,,", "c01;n01,c01=0.8;n01=0.4,")]},
        "rotas.csv row 2 (ward), column share: found shares that add up to 1.2; "
        "allowed shares that add up to 1, which is 52 duty weeks. 10.4 duty weeks too many are given away",
    ),
    (
        "share of someone else",
        {"rotas": [("c01;n01,,", "c01;n01,c02=1,")]},
        "rotas.csv row 2 (ward), column share: found c02; allowed members of the rota: c01, n01",
    ),
    ("empty file", {"people": ""}, "people.csv: found an empty file; allowed a header and a row for each record"),
    (
        "only a header",
        {"people": FILES["people.csv"].splitlines()[0]},
        "people.csv: found a header and no rows; allowed at least one row",
    ),
    (
        "two contracts",
        {"people": [("10,,11", "10,40,11")]},
        "people.csv row 2 (c01), column contract_pa: found contract_pa 10 and contract_hours 40; "
        "allowed one of contract_pa and contract_hours",
    ),
    (
        "no contract",
        {"people": [(",37.5", ",")]},
        "people.csv row 3 (n01), column contract_pa: found contract_pa and contract_hours blank; "
        "allowed one of contract_pa and contract_hours",
    ),
    (
        "max below contract",
        {"people": [("10,,11", "10,,9")]},
        "people.csv row 2 (c01), column max_pa: found 9; allowed at least the contract_pa, 10",
    ),
    (
        "more weekends than the cycle has",
        {"people": [(",premium_consent", ",max_weekends"), ("Fri PM,no", "Fri PM,5")]},
        "people.csv row 2 (c01), column max_weekends: found 5; allowed 0 to the weeks of the cycle, 4. "
        "It is counted in weekends of the cycle; leave it blank for no limit",
    ),
    (
        "a post shared with oneself",
        {"people": [(",premium_consent", ",shares_with"), ("Fri PM,no", "Fri PM,c01")]},
        "people.csv row 2 (c01), column shares_with: found c01; allowed the other person of the post",
    ),
    (
        "overlap of a post that is not shared",
        {"people": [(",premium_consent", ",overlap"), ("Fri PM,no", "Fri PM,Mon AM")]},
        "people.csv row 2 (c01), column overlap: found Mon AM; allowed blank, because shares_with is blank",
    ),
    (
        "a pattern of a post that is not shared",
        {"people": [(",premium_consent", ",pattern"), ("Fri PM,no", "Fri PM,Mon AM")]},
        "people.csv row 2 (c01), column pattern: found Mon AM; allowed blank, because shares_with is blank",
    ),
    (
        "a pattern with a half-day neither works",
        {
            "people": FILES["people.csv"]
            .replace(",premium_consent", ",shares_with,pattern")
            .replace("Fri PM,no", "Fri PM,n01,Mon AM;Fri PM")
            .replace("37.5,,,", "37.5,,Fri PM,")
        },
        "people.csv row 2 (c01), column pattern: found Fri PM, when c01 and n01 are both unavailable; allowed half-days"
        " that one of the two works",
    ),
    (
        "three in a post",
        {
            "people": FILES["people.csv"].replace(",premium_consent", ",shares_with").replace("Fri PM,no", "Fri PM,n01")
            + "c02,Other,sas,,10,,,,c01\n"
        },
        "people.csv row 4 (c02), column shares_with: found c01, who shares with n01; allowed one pair a post",
    ),
    (
        "duty in a week with nobody on",
        {"rotas": [("share", "duty_weeks"), ("c01;n01,,11", "c01;n01,c01=1;n01=2;c01=3,11")]},
        "rotas.csv row 2 (ward), column duty_weeks: found 0 on duty in week 4; allowed 1, the people_at_once",
    ),
    (
        "more duty in the cycle than in the year",
        {
            "rotas": [("share", "weeks_covered,duty_weeks"), ("c01;n01,,11", "c01;n01,13,c01=1;n01=3,11")],
        },
        "rotas.csv row 2 (ward), column duty_weeks: found 2 duty weeks in 4, which are 26 a year; "
        "allowed weeks_covered x people_at_once, 13",
    ),
    (
        "duty beyond the cycle",
        {"rotas": [("share", "duty_weeks"), ("c01;n01,,11", "c01;n01,c01=1;n01=2;c01=3;n01=4;c01=5,11")]},
        "rotas.csv row 2 (ward), column duty_weeks: found week 5; allowed weeks 1 to 4",
    ),
    (
        "duty of somebody who is not a member",
        {"rotas": [("share", "duty_weeks"), ("c01;n01,,11", "c01;n01,c01=1;n01=2;c01=3;z01=4,11")]},
        "rotas.csv row 2 (ward), column duty_weeks: found z01; allowed members of the rota: c01, n01",
    ),
    (
        "duty twice in a week",
        {"rotas": [("share", "duty_weeks"), ("c01;n01,,11", "c01;n01,c01=1;c01=1,11")]},
        "rotas.csv row 2 (ward), column duty_weeks: found c01=1 twice; allowed each once",
    ),
    (
        "shares and weeks of duty",
        {"rotas": [("share", "share,duty_weeks"), ("c01;n01,,11", "c01;n01,c01=0.5,c01=1;n01=2;c01=3;n01=4,11")]},
        "rotas.csv row 2 (ward), column duty_weeks: found duty_weeks and share; "
        "allowed one of the two: shares follow from the weeks",
    ),
    (
        "trainees divided over too few",
        {"roles": [("holders", "trainees,max_trainees"), ("ANR,1,1,c01,c01,", "ANR,1,5,2,c01;n01,,")]},
        "roles.csv row 2 (lead), column max_trainees: found 5 trainees, at most 2 each, for 2 eligible people; "
        "allowed supervisors enough for all trainees",
    ),
    (
        "holders of a role whose trainees are divided",
        {"roles": [("fixed", "trainees,max_trainees"), ("c01,c01,", "c01,,1,2")]},
        "roles.csv row 2 (lead), column holders: found 1; "
        "allowed blank: where trainees are divided, the holders are those who have any",
    ),
    (
        "an annualised activity in half-days",
        {
            "activities": [
                ("sessions_per_week,team", "sessions_per_week,annualised"),
                (",1,all", ",1,"),
                (",clinic_room,,,", ",clinic_room,,,yes"),
            ]
        },
        "activities.csv row 2 (clinic), column room: found clinic_room; "
        "allowed blank, because annualised is yes: it has no half-day",
    ),
    (
        "name as id",
        {"people": more("people", "jane_smith,Jane Smith,sas,,10,,,,")},
        "people.csv row 4 (jane_smith), column person: found jane_smith, the person's name; "
        "allowed an id that is not a name, such as c01",
    ),
    (
        "id with a capital: what refers to it is not refused again",
        {"people": [("c01,", "C01,")]},
        "people.csv row 2 (C01), column person: found C01; allowed an id of a-z, 0-9, _ and -. Did you mean c01?",
    ),
    (
        "streams in a circle",
        {"streams": [("new,1.5", "follow,1.5")]},
        "streams.csv row 3 (follow), column generated_by: found follow <- follow; "
        "allowed streams that do not generate each other in a circle",
    ),
    (
        "series of a generated stream",
        {"streams": [("follow_up,,", "follow_up,x,")]},
        "streams.csv row 3 (follow), column series: found x; "
        "allowed blank, because generated_by says where its patients come from",
    ),
    (
        "list not quoted in a semicolon file",
        {"people": FILES["people.csv"].replace(",", ";").replace("Fri PM", "Fri PM;Thu PM")},
        "people.csv row 2 (c01): found 10 cells; allowed 9, as in the header. "
        "Put lists such as Mon AM;Tue AM in quotation marks",
    ),
    (
        "quotation mark not closed",
        {"people": [("Nurse 01", '"Nurse 01')]},
        "people.csv row 3: found a quotation mark that is not closed, or text after one; "
        "allowed cells in pairs of quotation marks",
    ),
    (
        "workbook named csv",
        {"people": b"PK\x03\x04rest"},
        "people.csv: found an Excel workbook named .csv; allowed text. Save it in Excel as CSV UTF-8",
    ),
]


@pytest.mark.parametrize(("files", "line"), [pytest.param(files, line, id=name) for name, files, line in ONE_LINE])
def test_one_fault_in_one_line(faults: Faults, files: dict[str, object], line: str) -> None:
    assert faults(**files) == [line]


SETTINGS = FILES["service.toml"]
OBJECTIVE = SETTINGS + "[objective]\n"
SHIPPED = "afc-hours, england-consultant-2003, england-sas-2021, scotland-consultant, wales-consultant"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SETTINGS.replace('id = "tiny"\n', ""), "service.toml, id: found nothing; allowed a value, which is required"),
        (
            SETTINGS.replace("premium", "premum"),
            "service.toml, slots.premum: found an unknown key; allowed a known key. Did you mean premium?",
        ),
        (
            SETTINGS.replace("weeks = 4", 'weeks = "4"'),
            'service.toml, cycle_weeks: found "4" in quotation marks; allowed a whole number, 1 to 52',
        ),
        (
            SETTINGS.replace("weeks = 4", "weeks = 60"),
            "service.toml, cycle_weeks: found 60; allowed a whole number, 1 to 52",
        ),
        (
            SETTINGS.replace('["Sat AM"]', '"Sat AM"'),
            'service.toml, slots.premium: found "Sat AM" in quotation marks; allowed a list in square brackets',
        ),
        (
            SETTINGS.replace('["Sat AM"]', '["Sta AM"]'),
            "service.toml, slots.premium: found Sta AM; allowed a half-day such as Mon AM. Did you mean Sat AM?",
        ),
        (
            SETTINGS + "max_weekends = 5\n",
            "service.toml, slots.max_weekends: found 5; allowed 0 to the weeks of the cycle, 4",
        ),
        (
            SETTINGS + '[slots.minutes]\n"Wed EVE" = 60\n',
            "service.toml, slots.minutes: found Wed EVE; allowed Sat, Sun and EVE only if listed in slots.premium",
        ),
        (
            SETTINGS + '[slots.minutes]\n"Wed AM" = -3\n',
            "service.toml, slots.minutes.Wed AM: found -3; allowed more than 0",
        ),
        (
            SETTINGS.replace("nurse =", "nurses ="),
            "service.toml, policies.nurses: found an unknown key; allowed a known key. Did you mean nurse?",
        ),
        (
            SETTINGS.replace("consultant-2003", "consultant-2013"),
            f"service.toml, policy: found england-consultant-2013; allowed {SHIPPED}, "
            "or a file policies/england-consultant-2013.toml of your own. Did you mean england-consultant-2003?",
        ),
        (
            SETTINGS.replace("schema = 1", "schema = 2"),
            "service.toml, schema: found 2; allowed 1. This model was written for a newer version of the program",
        ),
        (
            SETTINGS.replace("weeks = 4", "weeks = "),
            "service.toml: found text that cannot be read as TOML: Invalid value (at line 5, column 15); "
            "allowed lines such as cycle_weeks = 4",
        ),
        (
            OBJECTIVE + 'tiers = ["rapid_men"]\n',
            "service.toml, objective.tiers: found rapid_men; "
            "allowed rapid_mean, routine, rapid_headroom, change, cost or quality. Did you mean rapid_mean?",
        ),
        (
            OBJECTIVE + "extra_pa_budget = true\n",
            "service.toml, objective.extra_pa_budget: found true; allowed a number, 0 or more",
        ),
        (
            OBJECTIVE + "day_move_weight = -1\n",
            "service.toml, objective.day_move_weight: found -1; allowed a whole number, 0 to 100",
        ),
        (
            OBJECTIVE + "day_move_weight = 1.5\n",
            "service.toml, objective.day_move_weight: found 1.5; allowed a whole number, 0 to 100",
        ),
        (
            OBJECTIVE + 'convex_shortfall = "yes"\n',
            'service.toml, objective.convex_shortfall: found "yes" in quotation marks; allowed true or false',
        ),
        (
            OBJECTIVE + "change_by_tenure = 1\n",
            "service.toml, objective.change_by_tenure: found 1; allowed true or false",
        ),
        (
            SETTINGS + '[calendar]\nbank_holidays = "englnd"\n',
            "service.toml, calendar.bank_holidays: found englnd; allowed england, scotland, northern_ireland, none, "
            "or a file of dates in the folder. Did you mean england?",
        ),
    ],
)
def test_settings(faults: Faults, text: str, line: str) -> None:
    assert faults(service=text) == [line]


def test_missing_column_is_said_once_and_not_for_every_row(faults: Faults) -> None:
    assert faults(people=[("staff_group", "band")]) == [
        "people.csv row 1, column band: found an unknown column; allowed person, name, staff_group, grade, "
        "contract_pa, contract_hours, paid_pa, max_pa, max_hours, opted_out_48h, core_spa_pa, core_spa_hours, "
        "clinical_share, working_weeks, unavailable, max_days, max_weekends, max_changes, change_weight, "
        "started_on, shares_with, overlap, pattern, premium_consent, planned, from, to, kind, funded, reviewed_on, "
        "approved_on",
        "people.csv row 1, column staff_group: found no such column; allowed a column of this name, which is required",
    ]


def test_all_faults_of_all_files_at_once_in_the_order_of_the_files(faults: Faults) -> None:
    lines = faults(
        service=[("cycle_weeks = 4", "cycle_weeks = 0")],
        streams=[("0.08", "5")],
        demand=[(",25", ",x"), (",18", ",-1")],
        people=[("37.5", "lots")],
        skills=None,
    )
    assert lines == [
        "service.toml, cycle_weeks: found 0; allowed a whole number, 1 to 52",
        "streams.csv row 2 (new), column dna_rate: found 5; allowed 0 to 1. Did you mean 5%?",
        "demand.csv row 3 (new), column referrals: found x; allowed a whole number, 0 or more",
        "demand.csv row 4 (new), column referrals: found -1; allowed a whole number, 0 or more",
        "people.csv row 3 (n01), column contract_hours: found lots; allowed more than 0",
        "skills.csv: found no such file; allowed a file of this name, which is required",
    ]


def test_rows_are_numbered_as_excel_numbers_them(faults: Faults) -> None:
    # Blank rows count, and a line break inside quotation marks does not start a row: 5 by line, 4 in Excel.
    rows = 'person,activity,output\n"c01",clinic,\n,,\nc01,"mdt\n",9\nn01,clinic,\nn01,mdt,\n'
    assert faults(skills=rows)[0].startswith("skills.csv row 4 (c01 mdt), column output: found 9;")


def test_own_policy_with_an_unknown_value(write_model: Callable[..., Path]) -> None:
    folder = write_model(service=[("england-consultant-2003", "own")])
    (folder / "policies").mkdir()
    (folder / "policies" / "own.toml").write_text(
        'extends = "england-consultant-2003"\n'
        'pa_minuts = { value = 1, source = "us", verified = true }\n'
        'ceiling_pa = { value = "many", source = "us", verified = true }\n'
    )
    with pytest.raises(InputError) as caught:
        read_service(folder)
    assert str(caught.value).splitlines() == [
        "policies/own.toml, ceiling_pa.value: found many; allowed a number",
        "policies/own.toml, pa_minuts: found an unknown name; allowed a name that is known here. "
        "Did you mean pa_minutes?",
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("nothing_here", "nothing there"),
        ("nothing.xlsx", "nothing there"),
        ("file.txt", "a file"),
        ("empty", "a folder that is not a service model"),
    ],
)
def test_path_that_is_not_a_model(tmp_path: Path, name: str, found: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        read_service(tmp_path / name)
    allowed = "a folder with service.toml, activities.csv, people.csv, skills.csv, or a workbook of these (.xlsx)"
    assert str(caught.value) == f"{tmp_path / name}: found {found}; allowed {allowed}"


def test_a_misnamed_table_is_not_passed_over(write_model: Callable[..., Path]) -> None:
    folder = write_model(rooms=None, activities=[("clinic_room", "")])
    (folder / "room.csv").write_text("room,name\nx,X\n")
    with pytest.raises(InputError) as caught:
        read_service(folder)
    assert str(caught.value) == (
        "room.csv: found an unknown file; allowed the files of a service model. Did you mean rooms.csv?"
    )
