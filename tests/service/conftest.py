"""A tiny service model on disk: one clinic with a stream, one meeting, two people, one room, one rota, one role."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capacity.errors import InputError
from capacity.service.model import Service
from capacity.service.read import read_service

FILES = {
    "service.toml": """\
schema = 1
id = "tiny"
name = "Tiny service"
year_starts = 2027-04-01
cycle_weeks = 4
policy = "england-consultant-2003"

[policies]
nurse = "afc-hours"

[slots]
premium = ["Sat AM"]
""",
    "activities.csv": """\
activity,name,category,contact_minutes,admin_minutes,room,slots,sessions_per_week,team
clinic,Clinic,DCC,210,,clinic_room,,,
mdt,Meeting,DCC,,,,Wed AM,1,all
""",
    "streams.csv": """\
stream,name,activity,kind,series,contact_minutes,admin_minutes,dna_rate,short_notice_rate,generated_by,per_attendance
new,New patients,clinic,routine,,30,,0.08,,,
follow,Follow-ups,clinic,follow_up,,20,,,,new,1.5
""",
    "demand.csv": """\
week_starting,series,referrals
2026-01-05,new,20
2026-01-12,new,25
2026-01-19,new,18
""",
    "people.csv": """\
person,name,staff_group,grade,contract_pa,contract_hours,max_pa,unavailable,premium_consent
c01,Consultant 01,consultant,,10,,11,Fri PM,no
n01,Nurse 01,nurse,7,,37.5,,,
""",
    "skills.csv": """\
person,activity,output
c01,clinic,
n01,clinic,0.8
c01,mdt,
n01,mdt,
""",
    "rooms.csv": """\
room,name,count,slots,weeks
clinic_room,Clinic rooms,1,,
""",
    "rotas.csv": """\
rota,name,kind,members,share,pa_per_duty_week,keeps,delivers
ward,Ward week,hot_week,c01;n01,,11,mdt,clinic=2
""",
    "roles.csv": """\
role,name,category,tariff_pa,holders,eligible,held_by,fixed
lead,Clinical lead,ANR,1,1,c01,c01,
""",
    "job_plans.csv": """\
person,activity,slot,weeks,minutes,per_year,pinned
c01,clinic,Mon AM,all,,,
c01,mdt,Wed AM,1;3,,,yes
c01,role:lead,-,,240,,
n01,clinic,Tue PM,,,,
""",
}

WriteModel = Callable[..., Path]


@pytest.fixture
def write_model(tmp_path: Path) -> WriteModel:
    """Write the tiny model; a keyword replaces a file (``people=...``), None leaves it out, ``rows`` adds rows.

    A list or tuple of pairs replaces text inside the file instead: ``people=[("10", "0")]``. Bytes are written as is.
    """

    def write(name: str = "tiny", **files: object) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        contents: dict[str, object] = {}
        contents.update(FILES)
        for key, given in files.items():
            file = "service.toml" if key == "service" else f"{key}.csv"
            if isinstance(given, list):
                text = FILES[file]
                for old, new in given:
                    assert old in text, f"{old!r} is not in {file}"
                    text = text.replace(old, new, 1)
                given = text
            contents[file] = given
        for file, given in contents.items():
            if isinstance(given, bytes):
                (folder / file).write_bytes(given)
            elif given is not None:
                (folder / file).write_bytes(str(given).encode())
        return folder

    return write


@pytest.fixture
def faults(write_model: WriteModel) -> Callable[..., list[str]]:
    """Write the tiny model with changes and return the line of every fault."""

    def read(**files: object) -> list[str]:
        with pytest.raises(InputError) as caught:
            read_service(write_model(**files))
        lines = str(caught.value).splitlines()
        assert len(lines) == len(caught.value.faults), "a fault is one unwrapped line"
        return lines

    return read


@pytest.fixture
def accepted(write_model: WriteModel) -> Callable[..., Service]:
    """Write the tiny model with changes and return the service it is read as."""
    return lambda **files: read_service(write_model(**files))
