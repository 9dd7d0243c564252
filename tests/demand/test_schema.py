"""The published JSON: it validates, and it has the keys outside checks read."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

from capacity.demand.analyse import analyse
from capacity.demand.schema import demand_schema
from capacity.service.model import Service
from tests.demand.builders import X26, activity, service, stream, weekly_rows

FULL = service(
    [
        stream("lung", kind="rapid", dna_rate=0.08),
        stream("fu", kind="follow_up", generated_by="lung", per_attendance=1.8, admin_minutes=10),
        stream("scan", kind="rapid", generated_by="lung", per_attendance=0.5),
        stream("empty"),
    ],
    weekly_rows("lung", X26),
    [activity(), activity("mdt", sessions_per_week=1)],
)
ONE_WEEK = service([stream("lung", kind="rapid")], weekly_rows("lung", [0]))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(demand_schema())


@pytest.mark.parametrize("model", [FULL, ONE_WEEK, service([], [])], ids=["full", "one week", "no streams"])
def test_the_output_validates_and_is_plain_json(model: Service) -> None:
    output = analyse(model).to_json()
    jsonschema.validate(output, demand_schema())
    assert json.loads(json.dumps(output, allow_nan=False)) == output


def test_the_schema_refuses_what_is_not_there() -> None:
    output = analyse(FULL).to_json()
    del output["streams"]["lung"]["slots"]
    with pytest.raises(jsonschema.ValidationError, match="'slots' is a required property"):
        jsonschema.validate(output, demand_schema())


def test_published_keys() -> None:
    output = analyse(FULL).to_json()
    lung = output["streams"]["lung"]
    keys = {"weeks", "mean", "variance", "sizing", "xmr", "bookings_per_referral", "slots", "attendances"}
    assert keys | {"contact_hours"} <= lung.keys()
    assert {"mean", "centile", "harrell_davis"} <= lung["sizing"].keys()
    assert {"value", "estimator", "interval"} <= lung["sizing"]["centile"].keys()
    assert {"lower", "upper", "signals"} <= lung["xmr"].keys()
    clinic = output["activities"]["clinic"]
    assert {"slots", "contact_and_admin_hours", "required_sessions", "required_sessions_mean"} <= clinic.keys()
    assert set(output["activities"]) == {"clinic", "mdt"}


def test_the_package_imports_nothing_heavy() -> None:
    """``capacity schema`` and ``--help`` must not wait for pandas or SciPy."""
    code = (
        "import sys, capacity.demand, capacity.demand.result, capacity.demand.schema; "
        "print(sorted({'pandas', 'scipy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
