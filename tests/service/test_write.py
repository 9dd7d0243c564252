"""Writing a service and reading it back gives the same service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.errors import OutputError
from capacity.service.model import Service
from capacity.service.policy import load_policy
from capacity.service.read import read_service
from capacity.service.schema import service_schema
from capacity.service.write import job_plans_csv, write_job_plans, write_service
from capacity.units import WEEKDAY_HALF_DAYS
from tests.service.conftest import FILES
from tests.service.test_read import REAL

WriteModel = Callable[..., Path]

EVERYTHING = {
    "service.toml": FILES["service.toml"]
    + """max_weekends = 2

[slots.minutes]
"Wed LUNCH" = 60
[objective]
tiers = ["routine", "rapid_mean"]
hold_tolerance = 0.5
include_backlog = true
change_by_tenure = true
day_move_weight = 2
convex_shortfall = true
max_changes = 30
[calendar]
bank_holidays = "dates.txt"
max_simultaneous_leave = 2
[sizing]
estimator = "harrell_davis"
[rebase]
referrals = 2026-01-12
[day_profile.referrals]
Monday = 0.4
Tue = 0.6
[costs]
extra_pa = 11200.5
[costs.staff]
"8a" = 68000
""",
    "activities.csv": """\
activity,name,category,tier,priority,session_minutes,contact_minutes,room,site,slots,sessions_per_week,team,spread,\
blocks,covered,annualised,min_people,min_sessions_per_year,equipment
clinic,"Clinic, ""new"" one",DCC,rapid,4,240,210,clinic_room,east,\
Mon AM;Tue PM;Sat AM,1.5,consultant:1;7:1,Mon AM=2;Sat AM=1,,yes,no,2,20,scope;tower
mdt,=SUM(A1),DCC,,,,,,,Wed LUNCH,1,all:nurse;all:7,each_day,,,,,,
list,All-day list,DCC,,,,,,,,2,,,AM+PM,no,,,,
reviews,,DCC,,,,,,,,,,,,,yes,,,
""",
    "streams.csv": """\
stream,name,activity,kind,series,share,period,centile,contact_minutes,dna_rate,growth_rate,\
generated_by,per_attendance,after_weeks,target_weeks,target_share,waiting_now,clear_weeks,\
dna_basis,max_rebookings,overbooking_rate,patients_per_slot,staff_per_contact,travel_minutes,triage_minutes
new,New,clinic,rapid,referrals,40%,day,0.9,30.5,8%,-2%,,,,2,0.85,120,13,attended_plus_dna,1,5%,8,1.5,10,2.5
beds,Beds,clinic,caseload,,,,,10,,,,,,,,,,,,,,,,
follow,Follow-up,clinic,follow_up,,,,,20,,,new,1.5,6,,,,,,,,,,,
months,Months,clinic,routine,,,,,20,,,,,,,,,,,,,,,,
""",
    "dna_by_lead.csv": """\
stream,days_from,days_to,share,dna_rate
follow,0,6,25%,0.02
follow,7,,0.75,0.1
""",
    "demand.csv": """\
week_starting,date,month,series,referrals,census,seen,dna,list_size
2026-01-05,,,referrals,20,,,,
2026-01-12,,,referrals,25,,18,2,7
,2026-01-19,,referrals,3,,,,
2026-01-05,,,beds,,17.5,,,
,,2026-02-01,months,,,80,9,40
,,31/03/2026,months,90,,,,35
""",
    "skills.csv": """\
person,activity,output,max_per_week,preference,supervised_by,supervisor_output
c01,clinic,1.2,3.5,-2,n01;list,0.7
n01,clinic,,,,,
c01,mdt,,,,,
n01,list,,,,,
""",
    "people.csv": """\
person,name,staff_group,grade,contract_pa,contract_hours,max_hours,unavailable,max_days,max_weekends,max_changes,\
change_weight,started_on,shares_with,overlap,pattern,premium_consent,planned,from,to,kind,funded,reviewed_on
c01,-Consultant 01,consultant,,10,,,Fri PM,4,1,0,3,31/08/2015,n01,Mon AM;Tue PM,Wed AM,yes,,2027-06-01,,,,01/02/2027
n01,'quoted,nurse,7,,37.5,40,,,,,,,,,,,no,,31/12/2027,fixed_term,no,
v01,Vacant post,consultant,,10,,,,,,,,,,,,,,,,vacant,,
""",
    "templates.csv": "activity,stream,slots,ring_fenced,unit,units_per_attendance\nclinic,new,4,yes,points,1.5\n",
    "rooms.csv": "room,name,site,count,slots,weeks\nclinic_room,,east,2,Mon AM;Tue PM;Sat AM,1;3\n",
    "equipment.csv": "equipment,name,count,slots,weeks\nscope,,2,Mon AM;Sat AM,1;3\ntower,Tower,,,\n",
    "sites.csv": "from,to,minutes\neast,west,25\nwest,east,30\n",
    "rotas.csv": """\
rota,name,kind,members,share,people_at_once,weeks_covered,pa_per_duty_week,\
displaces,keeps,delivers,prospective,duty_weeks,rest_after,supplement_category
ward,,hot_week,c01;n01,c01=0.6,1,50,11.5,clinic;mdt,mdt,clinic=2.5,no,,Mon AM,A
nights,,on_call,c01;n01,pro_rata,,,0.5,,,,,,,
weekends,,weekend,c01;n01,,,26,1,,,,,c01=1;n01=3,Mon AM,
""",
    "roles.csv": "role,name,category,tariff_pa,eligible,held_by,trainees,max_trainees\nlead,,ANR,1,c01,c01,,\n"
    "supervision,,SPA,,c01;n01,,5,4\n",
    "objectives.csv": "level,person,objective,measure,due\nperson,c01,Less waiting,Weeks,31/03/2028\ntrust,,More,,\n",
    "delivered.csv": "date,person,activity,sessions,planned_activity,reason\n2027-04-05,c01,clinic,1,role:lead,leave\n",
    "job_plans.csv": """\
person,activity,slot,weeks,minutes,per_year,pinned
c01,clinic,Mon AM,2;4,200,,yes
c01,list,-,,,12.5,
c01,role:lead,-,,240,,
n01,spa,Fri AM,all,60.5,,no
""",
}


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """A model that uses every table and nearly every column."""
    folder = tmp_path / "everything"
    folder.mkdir()
    for name, text in {**FILES, **EVERYTHING}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "dates.txt").write_text("2027-04-02\n")
    return folder


def test_everything_comes_back(everything: Path, tmp_path: Path) -> None:
    service = read_service(everything)
    write_service(service, tmp_path / "out")
    again = read_service(tmp_path / "out")
    assert again == service
    assert again.model_dump_json() == service.model_dump_json()
    assert service.activities[1].name == "=SUM(A1)"
    assert service.day_profile == {"referrals": {"Mon": 0.4, "Tue": 0.6}}
    assert {row.period for row in service.demand} == {"day", "week", "month"}
    assert (tmp_path / "out" / "dates.txt").is_file()


def test_text_that_a_spreadsheet_would_run_is_written_as_text(everything: Path, tmp_path: Path) -> None:
    write_service(read_service(everything), tmp_path / "out")
    assert "mdt,'=SUM(A1),DCC" in (tmp_path / "out" / "activities.csv").read_text(encoding="utf-8-sig")


def test_only_tables_with_rows_are_written(write_model: WriteModel, tmp_path: Path) -> None:
    write_service(read_service(write_model()), tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(FILES)
    assert (tmp_path / "out" / "people.csv").read_bytes().startswith(b"\xef\xbb\xbfperson,"), "Excel needs the mark"


def test_own_policies_are_written(write_model: WriteModel, tmp_path: Path) -> None:
    folder = write_model(service=[("england-consultant-2003", "ours")])
    (folder / "policies").mkdir()
    (folder / "policies" / "ours.toml").write_text(
        'extends = "england-consultant-2003"\nceiling_pa = { value = 11.0, source = "us", verified = true }\n'
        "[tariffs]\nlead = { value = { pa = 0.75 }, source = 'us', verified = false }\n"
    )
    service = read_service(folder)
    write_service(service, tmp_path / "out")
    assert read_service(tmp_path / "out") == service
    assert [path.name for path in (tmp_path / "out" / "policies").iterdir()] == ["ours.toml"]


def test_shipped_policy_that_a_trust_changed_is_written(write_model: WriteModel, tmp_path: Path) -> None:
    name = "england-consultant-2003"
    service = read_service(write_model())
    changed = load_policy(name).model_copy(update={"title": "Ours"})
    service = service.model_copy(update={"policy_tables": {**service.policy_tables, name: changed}})
    write_service(service, tmp_path / "out")
    assert read_service(tmp_path / "out").policy_tables[name].title == "Ours"


def test_writing_over_a_model_replaces_its_tables_and_keeps_other_files(write_model: WriteModel) -> None:
    folder = write_model()
    service = read_service(folder)
    (folder / "README.md").write_text("about")
    write_service(service.model_copy(update={"job_plans": ()}), folder)
    assert not (folder / "job_plans.csv").exists()
    assert (folder / "README.md").read_text() == "about"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing is left beside it"


def test_a_folder_with_something_else_is_never_replaced(write_model: WriteModel, tmp_path: Path) -> None:
    service = read_service(write_model())
    other = tmp_path / "photos"
    other.mkdir()
    (other / "a.jpg").write_text("x")
    with pytest.raises(OutputError, match=r"holds other files and no service\.toml"):
        write_service(service, other)
    assert [path.name for path in other.iterdir()] == ["a.jpg"]


def test_a_failed_write_leaves_nothing(write_model: WriteModel, tmp_path: Path) -> None:
    service = read_service(write_model())
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        write_service(service, tmp_path / "file" / "model")
    missing = service.model_copy(update={"calendar": service.calendar.model_copy(update={"bank_holidays": "gone.txt"})})
    with pytest.raises(OutputError, match=r"gone\.txt"):
        write_service(missing, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "tiny"]


def test_job_plans_alone_have_the_same_form(write_model: WriteModel, tmp_path: Path) -> None:
    service = read_service(write_model())
    assert job_plans_csv(service.job_plans).splitlines() == [
        "person,activity,slot,weeks,minutes,per_year,pinned",
        "c01,clinic,Mon AM,all,,,",
        "c01,mdt,Wed AM,1;3,,,yes",
        "c01,role:lead,-,,240,,",
        "n01,clinic,Tue PM,all,,,",
    ]
    write_job_plans(service.job_plans, tmp_path / "plans.csv")
    folder = write_model("next_year", job_plans=(tmp_path / "plans.csv").read_bytes())
    assert read_service(folder).job_plans == service.job_plans


def test_job_plans_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_job_plans((), tmp_path / "no" / "plans.csv")


def test_real_model_comes_back(tmp_path: Path) -> None:
    if not REAL.is_dir():
        pytest.skip("the real model stands beside the repository, in shared/data/models, and is not there")
    service = read_service(REAL)
    write_service(service, tmp_path / "out")
    assert read_service(tmp_path / "out") == service


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12
).map(str.strip).filter(bool)  # fmt: skip
rates = st.none() | st.floats(0, 0.2).map(lambda rate: round(rate, 6))
numbers = st.none() | st.floats(0, 1e6, allow_subnormal=False)


@st.composite
def services(draw: st.DrawFn) -> Service:
    """Services whose text, numbers and dates vary; their ids fit together."""
    count = draw(st.integers(1, 4))
    people = [
        {
            "person": f"p{index}",
            "name": draw(names),
            "staff_group": "consultant",
            "grade": draw(st.none() | names),
            "contract_pa": draw(st.floats(0.25, 14)),
            "paid_pa": draw(numbers),
            "opted_out_48h": draw(st.none() | st.booleans()),
            "unavailable": tuple(draw(st.lists(st.sampled_from(WEEKDAY_HALF_DAYS), unique=True, max_size=3))),
            "reviewed_on": draw(st.none() | st.dates(dt.date(1000, 1, 1))),
        }
        for index in range(count)
    ]
    stream = {
        "stream": "-s_1",
        "name": draw(names),
        "activity": "a",
        "kind": "routine",
        "contact_minutes": draw(st.floats(1, 500)),
        "dna_rate": draw(rates),
        "notice_rate": draw(rates),
        "growth_rate": draw(st.none() | st.floats(-0.5, 0.5)),
    }
    weeks = draw(st.lists(st.integers(0, 300), unique=True, min_size=1, max_size=6))
    demand = [
        {"start": dt.date(2024, 1, 1) + dt.timedelta(weeks=week), "series": "-s_1", "referrals": count}
        for week, count in zip(weeks, draw(st.permutations(range(0, 12_000, 2_000))), strict=False)
    ]
    plans = [
        {
            "person": f"p{index}",
            "activity": draw(st.sampled_from(["a", "spa", "flexible"])),
            "slot": "Mon AM",
            "weeks": draw(st.none() | st.lists(st.integers(1, 4), unique=True, min_size=1).map(tuple)),
            "minutes": draw(numbers),
        }
        for index in range(count)
    ]
    return Service.model_validate(
        {
            "id": "made", "name": draw(names), "year_starts": dt.date(2027, 4, 1), "cycle_weeks": 4,
            "policy": "england-consultant-2003",
            "activities": [{"activity": "a", "name": draw(names), "category": "DCC", "contact_minutes": 100}],
            "streams": [stream], "demand": demand, "people": people, "job_plans": plans,
            "skills": [{"person": "p0", "activity": "a", "output": draw(st.none() | st.floats(0.1, 2))}],
            "policy_tables": {"england-consultant-2003": load_policy("england-consultant-2003")},
        }
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(services())
def test_any_service_comes_back(service: Service) -> None:
    with TemporaryDirectory() as folder:
        write_service(service, Path(folder) / "model")
        assert read_service(Path(folder) / "model") == service


def test_schema_describes_the_content_only() -> None:
    schema = service_schema()
    assert "origin" not in schema["properties"]
    assert not {"Origin", "Finding"} & set(schema["$defs"])
    assert {"schema", "people", "job_plans", "policy_tables"} <= set(schema["properties"])


def test_a_service_fits_its_schema(everything: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    service = read_service(everything)
    jsonschema.validate(service.model_dump(mode="json", by_alias=True), service_schema())
