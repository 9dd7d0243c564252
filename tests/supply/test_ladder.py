"""The ladder from funded posts to sessions that take place: by hand for one person, and that nothing gets lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

import capacity
from capacity.service.model import DeliveredRow, Role, Room, Rota
from capacity.supply.ladder import STEPS, ladder, ladder_in_words
from capacity.supply.split import category_split, pa_split
from capacity.supply.utilisation import dcc_use, delivered_use, lost_sessions, room_use, taken_place
from tests.supply.team import W_CAL, activity, person, row, service, time_of

MODELS = Path(__file__).parents[2] / "models"
SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "models"
FOLDERS = [MODELS / "respiratory", MODELS / "msk_physiotherapy", MODELS / "anaesthetics", SHARED / "acute_medicine"]


def rungs(frame: pd.DataFrame, unit: str = "pa", group: str = "all staff") -> dict[str, float]:
    chosen = frame[frame["staff_group"] == group]
    return dict(zip(chosen["step"], chosen[unit], strict=True))


def one_person():
    """10 PA, 42 weeks: 4 clinics with a sixth of a PA of admin each, 2 PA of SPA, a role, duty of 4 weeks at 10 PA."""
    rota = Rota(rota="take", name="Take", kind="hot_week", members=("c1",), weeks_covered=4, pa_per_duty_week=10)
    made = service(
        cycle_weeks=1,
        people=(person("c1"),),
        activities=(activity("clinic", admin_minutes=40),),
        roles=(Role(role="lead", name="Lead", category="ANR", tariff_pa=1, held_by=("c1",)),),
        rotas=(rota,),
        job_plans=(
            *(row("c1", "clinic", f"{day} AM") for day in ("Mon", "Tue", "Wed", "Thu")),
            row("c1", "spa", "Fri AM"),
            row("c1", "spa", "Fri PM"),
            row("c1", "role:lead", "Thu PM"),
            row("c1", "flexible", "-", minutes=120),
        ),
    )
    return time_of(made)


def test_one_person_by_hand() -> None:
    time = one_person()
    found = rungs(ladder(time, time.service.job_plans))
    weeks = W_CAL
    assert found["funded"] == found["in_post"] == 10
    assert found["annual_leave"] == pytest.approx(-10 * 6 / weeks)
    assert found["bank_holidays"] == pytest.approx(-10 * 1.6 / weeks)
    assert found["other_weeks"] == pytest.approx(-10 * 0.18 / weeks)
    assert found["available"] == pytest.approx(10 * 42 / weeks)
    assert found["duty"] == pytest.approx(-4 * 10 / weeks)
    assert found["spa"] == pytest.approx(-2 * 42 / weeks)
    assert found["roles"] == pytest.approx(-1 * 42 / weeks)
    assert found["flexible"] == pytest.approx(-0.5 * 42 / weeks)
    assert found["admin"] == pytest.approx(-4 / 6 * 38 / weeks)  # displaced by 4 duty weeks
    assert found["delivered"] == pytest.approx(4 * 38 / weeks)
    assert found["not_planned"] == pytest.approx(-(10 * 42 - 40 - 84 - 42 - 21 - 4 * 38 * 7 / 6) / weeks)


def test_sessions_and_wte_are_the_same_minutes_in_other_units() -> None:
    time = one_person()
    frame = ladder(time, time.service.job_plans)
    assert frame["sessions"].to_numpy() == pytest.approx(frame["pa"].to_numpy())
    assert frame["wte"].to_numpy() == pytest.approx(frame["pa"].to_numpy() / 10)


def adds_up(frame: pd.DataFrame) -> None:
    for group in frame["staff_group"].unique():
        for unit in ("sessions", "pa", "wte"):
            running = None
            for _, line in frame[frame["staff_group"] == group].iterrows():
                if line["kind"] == "loss":
                    running += line[unit]  # type: ignore[operator]
                else:
                    assert running is None or running == pytest.approx(line[unit], abs=1e-9)
                    running = line[unit]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_rung_is_the_one_before_less_the_losses(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not here")
    made = capacity.read(folder)
    time = time_of(made)
    frame = ladder(time, made.job_plans)
    adds_up(frame)
    groups = frame[frame["staff_group"] != "all staff"].groupby("step")["pa"].sum()
    for step, pa in rungs(frame).items():
        assert groups[step] == pytest.approx(pa)
    assert set(frame["because"]) <= {step.because for step in STEPS}
    assert ladder_in_words(frame).startswith("all staff: ")


def test_vacancies_leavers_and_posts_without_funding() -> None:
    """1 WTE left in August and stays vacant; 1 WTE is vacant all year; 1 WTE is in post without funding."""
    people = (
        person("c1", to=dt.date(2027, 8, 31)),
        person("v1", kind="vacant", **{"from": dt.date(2027, 9, 1)}),
        person("v2", kind="vacant"),
        person("c2", funded=False),
    )
    found = rungs(ladder(time_of(service(people=people, job_plans=())), ()), "wte")
    assert found["funded"] == pytest.approx(5 / 12 + 7 / 12 + 1)
    assert found["vacant"] == pytest.approx(-7 / 12 - 1)
    assert found["not_funded"] == pytest.approx(1)
    assert found["in_post"] == pytest.approx(5 / 12 + 1)
    assert found["available"] == pytest.approx((5 / 12 + 1) * 42 / W_CAL)
    assert found["not_planned"] == pytest.approx(-found["available"])
    assert found["delivered"] == 0


# ---- planned against delivered


def delivered(date: str, who: str, what: str, sessions: float, **columns: object) -> DeliveredRow:
    values = {"date": dt.date.fromisoformat(date), "person": who, "activity": what, "sessions": sessions, **columns}
    return DeliveredRow.model_validate(values)


def reviewed():
    """Four weeks from 31 May 2027 (a bank holiday): c1 has clinics on Monday and Tuesday, c2 a list on Wednesday."""
    rows = (
        delivered("2027-06-07", "c1", "clinic", 1),
        delivered("2027-06-14", "c1", "clinic", 0, reason="leave"),
        delivered("2027-06-21", "c1", "clinic", 0.5, reason="no_patients"),
        delivered("2027-06-01", "c1", "clinic", 1),
        delivered("2027-06-08", "c1", "list", 1, planned_activity="clinic", reason="covering"),
        delivered("2027-06-15", "c1", "clinic", 1),
        delivered("2027-06-02", "c2", "list", 1),
        delivered("2027-06-09", "c2", "list", 1),
    )
    made = service(
        cycle_weeks=1,
        people=(person("c1"), person("c2")),
        activities=(activity("clinic"), activity("list")),
        job_plans=(row("c1", "clinic", "Mon AM"), row("c1", "clinic", "Tue AM"), row("c2", "list", "Wed AM")),
        delivered=rows,
    )
    return time_of(made)


def test_planned_against_delivered_by_hand() -> None:
    time = reviewed()
    frame = delivered_use(time, time.service.job_plans).set_index("activity")
    clinic, listed = frame.loc["clinic"], frame.loc["list"]
    assert clinic["timetabled"] == 3 + 4  # the Monday of 31 May is a bank holiday
    assert clinic["expected"] == pytest.approx(3 * 38.6 / 47.18 + 4 * 42.6 / 51.18)
    assert (clinic["as_planned"], clinic["instead"], clinic["delivered"]) == (3.5, 0, 3.5)
    assert clinic["utilisation"] == 0.5
    assert clinic["unexplained"] == 7 - 3.5 - 2.5  # the Tuesday of the last week is in no row
    assert (listed["timetabled"], listed["as_planned"], listed["instead"]) == (4, 2, 1)
    assert listed["expected"] == pytest.approx(4 * 43.6 / W_CAL)
    assert listed["unexplained"] == 2


def test_reasons_by_hand() -> None:
    frame = lost_sessions(reviewed())
    assert {(line.activity, line.reason): line.sessions for line in frame.itertuples()} == {
        ("clinic", "leave"): 1,
        ("clinic", "no_patients"): 0.5,
        ("clinic", "covering"): 1,
    }


def test_the_last_rung_is_what_took_place() -> None:
    time = reviewed()
    frame = ladder(time, time.service.job_plans)
    found = rungs(frame)
    expected = 3 * 38.6 / 47.18 + 4 * 42.6 / 51.18 + 4 * 43.6 / W_CAL
    rate = (3.5 + 2 + 1) / expected
    assert taken_place(time, time.service.job_plans) == pytest.approx({"consultant": rate})
    assert found["taken_place"] == pytest.approx(found["delivered"] * rate)
    adds_up(frame)
    assert ladder_in_words(frame).endswith("took place.")


def test_without_delivered_the_ladder_ends_at_the_plan() -> None:
    time = one_person()
    assert list(ladder(time, time.service.job_plans)["step"])[-1] == "delivered"


# ---- categories, rooms, direct care


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_categories_add_up_to_the_parts_of_the_plan(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not here")
    made = capacity.read(folder)
    time = time_of(made)
    categories = category_split(time, made.job_plans).groupby("person")["pa"].sum()
    parts = pa_split(made, time.demand, made.job_plans).groupby("person")["pa"].sum()
    assert categories.to_dict() == pytest.approx(parts.to_dict())


def test_roles_count_to_their_category() -> None:
    time = one_person()
    frame = category_split(time, time.service.job_plans).set_index("category")
    assert frame.loc["ANR", "pa"] == pytest.approx(1)
    assert frame.loc["SPA", "pa"] == pytest.approx(2)
    assert frame.loc["DCC", "pa"] == pytest.approx((4 * 38 * 7 / 6 + 40) / 42)
    assert frame["share"].sum() == pytest.approx(1)


def test_rooms_by_hand() -> None:
    """Two rooms for three clinics of a Monday: a takes its own, b and c share theirs, of which there is one."""
    made = service(
        cycle_weeks=2,
        activities=(
            activity("a", room=("blue",)),
            activity("b", room=("green", "blue")),
            activity("m", room=("green",), team="all"),
        ),
        rooms=(
            Room(room="blue", name="Blue", slots=("Mon AM", "Tue AM")),
            Room(room="green", name="Green", slots=("Mon AM", "Tue AM"), weeks=(1,)),
        ),
        job_plans=(
            row("c1", "a", "Mon AM"),
            row("c2", "b", "Mon AM"),
            row("c1", "m", "Tue AM", weeks=(1,)),
            row("c2", "m", "Tue AM", weeks=(1,)),
        ),
    )
    frame = room_use(time_of(made), made.job_plans).set_index("room")
    assert (frame.loc["blue", "half_days"], frame.loc["green", "half_days"]) == (2, 1)
    assert (frame.loc["blue", "planned"], frame.loc["green", "planned"]) == (1, 1)
    assert frame.loc["green", "without_room"] == 0.5  # b in week 2
    assert frame.loc["blue", "utilisation"] == 0.5
    assert frame.loc["blue", "used"] == pytest.approx(42 / W_CAL)
    assert frame.loc["green", "used"] == pytest.approx(0.5 * 42 / W_CAL + 0.5)


def test_direct_care_by_hand() -> None:
    time = one_person()
    found = dcc_use(time, time.service.job_plans).iloc[0]
    assert found["dcc_possible_pa"] == pytest.approx(10 - 1.5 - 1)  # core SPA of the policy is 1.5
    assert found["dcc_planned_pa"] == pytest.approx((4 * 38 * 7 / 6 + 40) / 42)
    assert found["utilisation"] == pytest.approx(found["dcc_planned_pa"] / 7.5)
