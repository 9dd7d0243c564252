"""Short codes of activities."""

from __future__ import annotations

import pytest

from capacity.report.codes import RESERVED_CODES, activity_codes, code_of


@pytest.mark.parametrize(
    ("activity", "code"),
    [("lung_cancer", "LUCA"), ("mdt", "MDT"), ("bronchoscopy", "BRON"), ("rapid_access_chest_pain", "RACP")],
)
def test_a_code_is_short_and_like_the_id(activity: str, code: str) -> None:
    assert activity_codes([activity]) == {activity: code}


def test_codes_differ_and_do_not_depend_on_order() -> None:
    ids = [
        "lung_cancer",
        "lung_care",
        "lucas",
        "luca",
        "spa_day",
        "spare",
        "spa-x",
        *(f"clinic_{n}" for n in range(30)),
    ]
    codes = activity_codes(ids)
    assert len(set(codes.values())) == len(ids)
    assert codes == activity_codes(reversed(ids))
    assert max(map(len, codes.values())) <= 4
    assert not set(codes.values()) & set(RESERVED_CODES.values())


def test_reserved_time_has_codes_of_its_own() -> None:
    assert code_of("spa", {}) == "SPA"
    assert code_of("role:audit", {}) == code_of("role:tutor", {}) == "ROL"
