"""Policies shipped with the package, and a trust's own files that extend them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from capacity.service.policy import Policy, PolicyError, Sourced, Tariff, load_policy, shipped_policies

ROOT = Path(__file__).parents[2]
SHIPPED = ("afc-hours", "england-consultant-2003", "england-sas-2021", "scotland-consultant", "wales-consultant")


def write_policy(model: Path, name: str, text: str) -> None:
    """Put a trust's own policy into the model's folder."""
    folder = model / "policies"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def sourced_values(policy: Policy) -> dict[str, Sourced]:  # type: ignore[type-arg]
    """Every value of a policy by name, tariffs among them."""
    fields = {name: getattr(policy, name) for name in Policy.model_fields}
    values = {name: value for name, value in fields.items() if isinstance(value, Sourced)}
    return values | {f"tariffs.{name}": tariff for name, tariff in policy.tariffs.items()}


def test_the_shipped_policies_are_these():
    assert shipped_policies() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_policy_loads_and_every_value_names_its_source(name):
    policy = load_policy(name)
    values = sourced_values(policy)
    assert policy.name == name
    assert len(values) >= 15
    assert [key for key, value in values.items() if not value.source.strip()] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_core_spa_is_given_once_as_bands_highest_first_or_as_a_share(name):
    policy = load_policy(name)
    assert (policy.core_spa_bands is None) != (policy.core_spa_share is None)
    if policy.core_spa_bands is not None:
        starts = [start for start, _ in policy.core_spa_bands.value]
        assert starts == sorted(starts, reverse=True)
        assert starts[-1] == 0, "a contract of any size has a core SPA"


def test_the_values_the_program_was_built_on():
    consultant, sas, hours = (
        load_policy(name) for name in ("england-consultant-2003", "england-sas-2021", "afc-hours")
    )
    assert (consultant.pa_minutes.value, consultant.premium_pa_minutes.value) == (240, 180)
    assert consultant.premium_factor == pytest.approx(4 / 3)
    assert consultant.core_spa_bands is not None
    assert consultant.core_spa_bands.value == ((6.0, 1.5), (0.0, 1.0))
    assert consultant.working_weeks is not None
    assert consultant.working_weeks.value == 42
    assert consultant.session_admin_minutes.value == 40
    assert (consultant.ceiling_pa.value, consultant.ceiling_hours.value) == (12, 48)
    assert sas.core_spa_bands is not None
    assert sas.core_spa_bands.value == ((0.0, 1.0),)
    assert sas.out_of_hours_share is not None
    assert sas.out_of_hours_share.value == 0.4
    assert (hours.contract_unit.value, hours.half_day_minutes.value, hours.premium_factor) == ("hours", 225, 1)
    assert hours.session_admin_minutes.value == 0


def test_agenda_for_change_derives_its_weeks_and_the_others_name_them():
    assert load_policy("afc-hours").working_weeks is None
    others = [load_policy(name).working_weeks for name in SHIPPED if name != "afc-hours"]
    assert [weeks.value for weeks in others if weeks is not None] == [42, 42, 42, 42]


def test_what_no_public_source_settles_is_not_marked_verified():
    """Guards against a tariff of local practice passing for a national rule."""
    consultant = load_policy("england-consultant-2003")
    named_in_public = {
        "medical_examiner",
        "foundation_programme_director",
        "training_programme_director",
        "clinical_director_large",
        "supervision",
    }
    assert {name for name, tariff in consultant.tariffs.items() if tariff.verified} == named_in_public
    assert not consultant.core_spa_bands.verified
    assert not load_policy("england-sas-2021").premium_window.verified
    assert not load_policy("scotland-consultant").premium_window.verified
    assert not any(tariff.verified for tariff in load_policy("afc-hours").tariffs.values())


def test_nobody_in_training_may_hold_a_tariffed_role():
    groups = {
        group
        for name in SHIPPED
        for tariff in load_policy(name).tariffs.values()
        for group in tariff.value.staff_groups
    }
    assert groups <= {"consultant", "sas"}


def test_wales_has_sessions_of_three_and_three_quarter_hours():
    wales = load_policy("wales-consultant")
    assert wales.pa_minutes.value * 10 == wales.full_time_hours.value * 60 == 2250


def test_a_trusts_own_policy_changes_only_what_it_names(tmp_path):
    write_policy(
        tmp_path,
        "our-trust",
        """
        title = "Our trust"
        extends = "england-consultant-2003"
        working_weeks = { value = 41, source = "local agreement 2026", verified = true }
        [tariffs]
        governance = { value = { pa = 1.0 }, source = "local agreement 2026", verified = true }
        """,
    )
    ours, base = load_policy("our-trust", tmp_path), load_policy("england-consultant-2003")
    changed = {key for key, value in sourced_values(ours).items() if value != sourced_values(base)[key]}
    assert changed == {"working_weeks", "tariffs.governance"}
    assert ours.tariffs["governance"].value == Tariff(pa=1.0)
    assert (ours.name, ours.title, ours.extends) == ("our-trust", "Our trust", "england-consultant-2003")


def test_a_policy_beside_the_models_serves_all_of_them_and_the_models_own_comes_first(tmp_path):
    text = 'title = "{0}"\nextends = "afc-hours"\n'
    model = tmp_path / "clinic"
    write_policy(tmp_path, "ours", text.format("beside"))
    assert load_policy("ours", model).title == "beside"
    write_policy(model, "ours", text.format("inside"))
    assert load_policy("ours", model).title == "inside"


def test_a_chain_of_two_own_policies_is_followed(tmp_path):
    write_policy(tmp_path, "trust", 'title = "Trust"\nextends = "england-consultant-2003"\n')
    write_policy(tmp_path, "site", 'title = "Site"\nextends = "trust"\n')
    assert load_policy("site", tmp_path).pa_minutes.value == 240


def test_a_circle_is_refused_and_named(tmp_path):
    write_policy(tmp_path, "one", 'title = "One"\nextends = "two"\n')
    write_policy(tmp_path, "two", 'title = "Two"\nextends = "one"\n')
    with pytest.raises(PolicyError, match="circle: one -> two -> one"):
        load_policy("one", tmp_path)


def test_an_unknown_policy_is_refused_with_what_is_allowed(tmp_path):
    with pytest.raises(PolicyError, match="no policy 'englnd'; allowed: afc-hours, england-consultant-2003"):
        load_policy("englnd", tmp_path)


def test_an_unknown_base_is_refused_by_its_name(tmp_path):
    write_policy(tmp_path, "ours", 'title = "Ours"\nextends = "nowhere"\n')
    with pytest.raises(PolicyError, match="no policy 'nowhere'"):
        load_policy("ours", tmp_path)


def test_a_missing_value_is_named(tmp_path):
    text = (ROOT / "capacity" / "policies" / "afc-hours.toml").read_text(encoding="utf-8")
    write_policy(
        tmp_path, "short", "".join(line for line in text.splitlines(True) if not line.startswith("pa_minutes"))
    )
    with pytest.raises(PolicyError, match="policy short: pa_minutes: Field required"):
        load_policy("short", tmp_path)


def test_a_value_without_its_source_is_refused(tmp_path):
    write_policy(
        tmp_path, "bare", 'title = "Bare"\nextends = "afc-hours"\nfull_time_hours = { value = 36, verified = true }\n'
    )
    with pytest.raises(PolicyError, match=r"full_time_hours\.source: Field required"):
        load_policy("bare", tmp_path)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('working_week = { value = 42, source = "x", verified = false }', "working_week"),
        ('working_weeks = { value = "many", source = "x", verified = false }', r"working_weeks\.value"),
        ("title = ", "ours.toml"),
    ],
    ids=["unknown key", "wrong type", "not TOML"],
)
def test_a_key_or_value_that_cannot_be_used_is_named(tmp_path, line, named):
    write_policy(tmp_path, "ours", f'extends = "afc-hours"\n{line}\n' + ("" if "title" in line else 'title = "Ours"\n'))
    with pytest.raises(PolicyError, match=named):
        load_policy("ours", tmp_path)


def test_the_wheel_holds_the_policies_and_only_the_package(tmp_path):
    pytest.importorskip("hatchling")
    build = "import sys; from hatchling.builders.wheel import WheelBuilder; "
    build += "next(WheelBuilder(sys.argv[1]).build(directory=sys.argv[2], versions=['standard']))"
    subprocess.run([sys.executable, "-c", build, str(ROOT), str(tmp_path)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"capacity/policies/{name}.toml" for name in SHIPPED} <= set(names)
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"capacity"}
