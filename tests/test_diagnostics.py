"""The account of a reading."""

import pytest

from campaignmetrics.diagnostics import FEW, Diagnostics, Position


def test_it_begins_with_nothing() -> None:
    """Nothing read is all zeros, in the shape of the report's JSON."""
    expected = {
        "records": 0,
        "events": 0,
        "duplicates": 0,
        "without_id": 0,
        "without_send": 0,
        "not_selected": 0,
        "not_counted": {},
        "not_counted_first": {},
        "unreadable": {"count": 0, "first": []},
    }
    assert expected == Diagnostics().to_dict()


def test_only_the_first_positions_are_kept() -> None:
    """Counts go on where positions stop."""
    account = Diagnostics()
    for line in range(1, FEW + 3):
        account.count_not_counted("test", "a", line)
        account.count_unreadable("not JSON", "a", line)
    written = account.to_dict()
    lines = list(range(1, FEW + 1))
    assert written["not_counted"] == {"test": FEW + 2}
    assert lines == [position["line"] for position in written["not_counted_first"]["test"]]
    assert written["unreadable"]["count"] == FEW + 2
    assert written["unreadable"]["first"][0] == {"file": "a", "line": 1, "cause": "not JSON"}
    assert lines == [position["line"] for position in written["unreadable"]["first"]]


def test_causes_are_ordered_by_name() -> None:
    """Maps of the report are ordered by key."""
    account = Diagnostics()
    account.count_not_counted("test", "a", 1)
    account.count_not_counted("channel:sms", "a", 2)
    assert list(account.to_dict()["not_counted"]) == ["channel:sms", "test"]


def test_two_accounts_add_up() -> None:
    """Every count adds, the first positions are those of the left one, and both stay."""
    left = Diagnostics(1, 2, 3, 4, 5, {"test": 1}, {"test": [Position("a", 1, "test")]})
    right = Diagnostics(10, 20, 30, 40, 50, {"test": 2, "status:x": 1}, {})
    right.count_unreadable("not JSON", "b", None)
    total = left + right
    assert Diagnostics(
        11,
        22,
        33,
        44,
        55,
        {"test": 3, "status:x": 1},
        {"test": [Position("a", 1, "test")]},
        1,
        [Position("b", None, "not JSON")],
    ) == (total)
    assert Diagnostics(1, 2, 3, 4, 5, {"test": 1}, {"test": [Position("a", 1, "test")]}) == left
    assert total == sum([left, right], Diagnostics())


def test_it_adds_to_nothing_else() -> None:
    """A number is no account."""
    with pytest.raises(TypeError):
        Diagnostics() + 1  # type: ignore[operator] # that is what is tried
