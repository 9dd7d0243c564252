"""Every tolerance of the reader, and the notes it makes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from capacity.errors import Finding
from capacity.service.model import Delivery, JobPlanRow, Service, TeamMember, WholeGroups
from capacity.service.read import read_service
from tests.service.conftest import FILES

Accepted = Callable[..., Service]
REAL = Path(__file__).parents[3] / "shared" / "data" / "models" / "acute_medicine"


def notes(service: Service, rule: str) -> list[Finding]:
    return [note for note in service.origin.notes if note.rule == rule]


def test_blank_cells_stay_blank(accepted: Accepted) -> None:
    service = accepted()
    clinic, mdt = service.activities
    assert clinic.tier is None and clinic.slots == () and clinic.room == ("clinic_room",)
    assert mdt.team == "all" and mdt.slots == ("Wed AM",)
    assert service.streams[1].dna_rate is None
    assert service.person("n01").planned is None
    assert service.rotas[0].delivers == (Delivery(activity="clinic", sessions=2),)
    assert service.job_plans[0] == JobPlanRow(person="c01", activity="clinic", slot="Mon AM")
    assert service.job_plans[1].weeks == (1, 3) and service.job_plans[1].pinned is True
    assert set(service.policy_tables) == {"england-consultant-2003", "afc-hours"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(accepted: Accepted, encoding: str, end: str) -> None:
    text = FILES["people.csv"].replace("Nurse 01", "Zoë – nurse 01").replace("\n", end)
    service = accepted(people=text.encode(encoding))
    assert service.person("n01").name == "Zoë – nurse 01"
    rule = {"utf-8-sig": "bom", "cp1252": "encoding_assumed"}.get(encoding)
    assert [note.subject for note in notes(service, rule or "bom")] == (["people.csv"] if rule else [])


def test_service_toml_saved_by_notepad(accepted: Accepted) -> None:
    service = accepted(service=FILES["service.toml"].replace("Tiny", "Café").encode("cp1252"))
    assert service.name == "Café service"


def test_semicolons_with_quoted_lists_and_decimal_commas(accepted: Accepted) -> None:
    text = FILES["people.csv"].replace(",", ";").replace("Fri PM", '"Fri PM;Thu PM"').replace("37.5", "37,5")
    service = accepted(people=text)
    assert service.person("c01").unavailable == ("Fri PM", "Thu PM")
    assert service.person("n01").contract_hours == 37.5
    assert [note.subject for note in notes(service, "semicolons")] == ["people.csv"]


def test_blank_rows_blank_columns_spaces_and_headers(accepted: Accepted) -> None:
    text = "\n,,,\n PERSON ,Activity,Out put,,\n,,,,\n c01 , clinic ,,,\nn01,clinic, 0.8 ,,\n\nc01,mdt,,,\nn01,mdt,,,\n"
    service = accepted(skills=text)
    assert [(row.person, row.activity, row.output) for row in service.skills[:2]] == [
        ("c01", "clinic", None),
        ("n01", "clinic", 0.8),
    ]
    assert service.origin.rows["skills/c01/clinic"] == 5
    assert service.origin.rows["skills/c01/mdt"] == 8


@pytest.mark.parametrize(
    ("written", "rate"), [("8%", 0.08), ("8 %", 0.08), ("0.08", 0.08), (".08", 0.08), ("0", 0.0), ("14.3%", 0.143)]
)
def test_rates(accepted: Accepted, written: str, rate: float) -> None:
    assert accepted(streams=[("0.08", written)]).streams[0].dna_rate == rate


@pytest.mark.parametrize("day", ["2026-01-14", "14/01/2026", "14-01-2026", "14/1/2026", "2026-01-14 00:00:00"])
def test_dates_and_any_day_of_the_week(accepted: Accepted, day: str) -> None:
    service = accepted(demand=[("2026-01-12", day)])
    assert service.demand[1].start == dt.date(2026, 1, 12)
    assert service.origin.rows["demand/new/2026-01-12"] == 3


@pytest.mark.parametrize(("written", "referrals"), [('"1,225"', 1225), ("1 225", 1225), ("25.0", 25), ("0", 0)])
def test_thousands(accepted: Accepted, written: str, referrals: int) -> None:
    assert accepted(demand=[(",25", f",{written}")]).demand[1].referrals == referrals


def test_stream_is_accepted_for_series(accepted: Accepted) -> None:
    assert accepted(demand=[("series", "stream")]).demand[0].series == "new"


def test_daily_numbers(accepted: Accepted) -> None:
    rows = [f"{day}/01/2026,new,{day}" for day in (5, 6, 7, 12, 13, 14, 19, 20)]
    service = accepted(demand="date,series,referrals\n" + "\n".join(rows))
    assert service.demand[1].start == dt.date(2026, 1, 6) and service.demand[1].period == "day"
    assert [note.message for note in notes(service, "partial_week")] == [
        "1 week with fewer than the usual 3 days (2026-01-19 has 2)"
    ]


def test_missing_weeks_are_noted_and_never_zero(accepted: Accepted) -> None:
    service = accepted(demand=[("2026-01-19", "2026-02-02")])
    assert [row.referrals for row in service.demand] == [20, 25, 18]
    assert [str(note) for note in notes(service, "gap_in_weeks")] == [
        "new: 2 weeks missing in demand.csv (2026-01-19 between rows 3 and 4, 2026-01-26 between rows 3 and 4): "
        "not known, not zero"
    ]


def test_blank_referrals_are_noted_and_never_zero(accepted: Accepted) -> None:
    service = accepted(demand=[(",25", ",")])
    assert [row.referrals for row in service.demand] == [20, 18]
    assert [str(note) for note in notes(service, "blank_in_demand")] == [
        "new: no number in 1 row of demand.csv (3): not known, not zero"
    ]


def test_choices_half_days_and_yes_ignore_case(accepted: Accepted) -> None:
    service = accepted(
        people=[("consultant,,10", "Consultant,,10"), ("Fri PM,no", "friday pm;MON_AM,TRUE")],
        streams=[("follow_up", "Follow up")],
    )
    assert service.person("c01").unavailable == ("Fri PM", "Mon AM")
    assert service.person("c01").premium_consent is True
    assert service.streams[1].kind == "follow_up"


def test_joint_team_is_read(accepted: Accepted) -> None:
    service = accepted(activities=[("clinic_room,,,", "clinic_room,,,consultant:1;7:2")])
    assert service.activities[0].team == (TeamMember(group="consultant", count=1), TeamMember(group="7", count=2))
    assert notes(service, "not_yet_used") == []


def test_all_of_a_group_is_read_and_mixtures_are_refused(accepted: Accepted) -> None:
    service = accepted(activities=[("clinic_room,,,", "clinic_room,,,all: consultant;ALL:7")])
    assert service.activities[0].team == WholeGroups(groups=("consultant", "7"))


def test_not_yet_used_is_silent_where_nothing_is_given(accepted: Accepted) -> None:
    assert notes(accepted(), "not_yet_used") == []


def test_defaults_used(accepted: Accepted) -> None:
    found = {note.subject: note for note in notes(accepted(), "default_used")}
    dna = found["streams.csv dna_rate"]
    assert dna.message == "blank for 1 of 2 (follow); taken as not given (not measured as zero): none is counted"
    assert found["people.csv core_spa"].source
    assert found["rotas.csv share"].message == "blank for ward; taken as equal shares"
    assert "streams.csv notice_refilled" not in found, "a share of nothing is no assumption"


def test_members_without_a_share_share_the_rest(accepted: Accepted) -> None:
    service = accepted(rotas=[("c01;n01,,", "c01;n01,c01=60%,")])
    assert [(part.person, part.share) for part in service.rotas[0].share] == [("c01", 0.6)]


def test_a_policy_that_extends_another_own_policy(write_model: Callable[..., Path]) -> None:
    folder = write_model(service=[("england-consultant-2003", "ward")])
    (folder / "policies").mkdir()
    (folder / "policies" / "ward.toml").write_text('extends = "trust"\n')
    (folder / "policies" / "trust.toml").write_text(
        'extends = "england-consultant-2003"\nceiling_pa = { value = 11, source = "trust", verified = true }\n'
    )
    service = read_service(folder)
    assert service.policy_tables["ward"].ceiling_pa.value == 11
    assert set(service.policy_tables) == {"ward", "trust", "afc-hours"}


def test_other_files_are_left_alone_and_noted(write_model: Callable[..., Path]) -> None:
    folder = write_model()
    (folder / "README.md").write_text("about")
    (folder / "workings.csv").write_text("a,b\n")
    assert [note.subject for note in notes(read_service(folder), "file_ignored")] == ["workings.csv"]


def test_real_model() -> None:
    if not REAL.is_dir():
        pytest.skip("the real model stands beside the repository, in shared/data/models, and is not there")
    service = read_service(REAL)
    assert (len(service.people), len(service.activities), len(service.demand)) == (8, 5, 198)
    assert service.origin.rows["people/n02"] == 9


def test_large_demand_is_read_quickly(write_model: Callable[..., Path]) -> None:
    weeks = [dt.date(2023, 1, 2) + dt.timedelta(weeks=week) for week in range(156)]
    header = "stream,name,activity,kind,contact_minutes"
    streams = "\n".join([header, *(f"s{index},Stream {index},clinic,routine,30" for index in range(500))])
    rows = [f"{week.isoformat()},s{index},{index % 40}" for week in weeks for index in range(500)]
    folder = write_model(streams=streams, demand="week_starting,series,referrals\n" + "\n".join(rows))
    began = time.perf_counter()
    service = read_service(folder)
    assert len(service.demand) == 78_000
    assert time.perf_counter() - began < 20, "about 2 s on an idle machine"
