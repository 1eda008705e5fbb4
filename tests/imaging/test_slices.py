import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.slices import SliceSettings, liver_areas, offsets, select_slices

SETTINGS = SliceSettings()
AREAS = st.lists(st.integers(0, 50), min_size=1, max_size=60).filter(any)


@pytest.mark.parametrize(
    ("n_slices", "expected"),
    [(10, [2, 3]), (12, [2, 3]), (15, [2, 4]), (20, [3, 5]), (25, [4, 6]), (30, [5, 8]),
     (40, [6, 10]), (1, [1, 2]), (2, [1, 2]), (5, [1, 2])],
)  # fmt: skip
def test_offsets_round_halves_up_and_stay_apart(n_slices, expected):
    assert offsets(n_slices, (15, 25)) == expected


def test_the_published_rule_where_nothing_is_in_the_way():
    areas = np.array([0, 0, *range(10, 110, 10), 95, *range(90, 0, -10), 0])
    # 20 liver slices from 2 to 21, the largest at 11: 3 and 5 slices away.
    selection = select_slices(areas, settings=SETTINGS)
    assert selection.indices == (6, 8, 11, 14, 16)
    assert (selection.first, selection.last, selection.n_liver_slices) == (2, 21, 20)
    assert selection.position == pytest.approx(9 / 19)
    assert selection.areas == (50, 70, 100, 80, 60)
    assert selection.flags == ()


def test_a_dome_with_little_liver_moves_inward():
    # As in AMOS 0540 at 6 mm, but with 6 % instead of 14 % in the top slice chosen.
    areas = np.array([5, 20, 30, 36, 45, 60, 75, 82, 90, 95, 98, 99, 99, 99, 100, 99, 98, 80, 60,
                      30, 6, 4, 3, 2, 1])  # fmt: skip
    selection = select_slices(areas, settings=SETTINGS)
    # 25 slices, the largest at 14: 4 and 6 away, but slice 20 has 6 % of the largest area.
    assert selection.indices == (8, 10, 14, 18, 19)
    assert selection.flags == ("moved_inward",)
    fourteen = np.where(areas == 6, 14, areas)
    assert select_slices(fourteen, settings=SETTINGS).indices == (8, 10, 14, 18, 20)


def test_a_side_without_liver_gives_its_places_to_the_other():
    areas = np.arange(1, 13) * 10
    selection = select_slices(areas, settings=SETTINGS)
    assert selection.largest == 11
    # Down 2 and 3; up there is nothing: the next free ones below.
    assert selection.indices == (6 + 1, 8, 9, 10, 11)


def test_a_hole_is_filled_from_the_other_side_rather_than_from_further_out():
    areas = np.array([50, 60, 70, 80, 90, 100, 3, 3, 50, 50, 50, 50])
    # Targets 2, 3, 7, 8: slice 7 is too small, and inward of it there is nothing.
    assert select_slices(areas, settings=SETTINGS).indices == (2, 3, 4, 5, 8)


def test_a_plateau_is_entered_in_its_middle():
    assert select_slices(np.array([1, 5, 9, 9, 9, 5, 1]), settings=SETTINGS).largest == 3
    assert select_slices(np.array([1, 9, 9, 9, 9, 1]), settings=SETTINGS).largest == 2


def test_the_longest_run_is_the_liver():
    areas = np.array([900, 900, 0, 10, 20, 30, 20, 10, 9, 0, 700])
    selection = select_slices(areas, settings=SETTINGS)
    assert (selection.first, selection.last, selection.largest) == (3, 8, 5)


@pytest.mark.parametrize("n_slices", [1, 2, 3, 4])
def test_few_slices_are_repeated_and_flagged(n_slices):
    selection = select_slices(np.full(n_slices, 7), settings=SETTINGS)
    assert len(selection.indices) == 5
    assert set(selection.indices) == set(range(n_slices))
    assert "few_slices" in selection.flags


def test_no_liver_is_refused():
    with pytest.raises(ContractError, match="expected slices that hold liver"):
        select_slices(np.zeros(9), settings=SETTINGS)


@given(AREAS)
def test_always_five_ascending_slices_inside_the_liver(areas):
    profile = np.array(areas)
    selection = select_slices(profile, settings=SETTINGS)
    indices = list(selection.indices)
    assert len(indices) == 5
    assert indices == sorted(indices)
    assert selection.largest in indices
    run = range(selection.first, selection.last + 1)
    assert all(index in run and profile[index] > 0 for index in indices)
    largest = profile[selection.first : selection.last + 1].max()
    assert profile[selection.largest] == largest
    assert all(profile[index] >= 0.1 * largest for index in indices)


@given(AREAS)
def test_distinct_whenever_five_slices_are_valid(areas):
    profile = np.array(areas)
    selection = select_slices(profile, settings=SETTINGS)
    run = profile[selection.first : selection.last + 1]
    n_valid = int((run >= 0.1 * run.max()).sum())
    assert len(set(selection.indices)) == min(5, n_valid)
    assert ("few_slices" in selection.flags) == (n_valid < 5)


@given(AREAS, st.integers(0, 5), st.integers(0, 5))
def test_slices_without_liver_around_it_change_nothing(areas, below, above):
    padded = np.concatenate([np.zeros(below + 1), areas, np.zeros(above + 1)])
    plain = select_slices(np.array(areas), settings=SETTINGS)
    moved = select_slices(padded, settings=SETTINGS)
    assert [index - below - 1 for index in moved.indices] == list(plain.indices)


@given(st.lists(st.integers(40, 99), min_size=12, max_size=40), st.data())
def test_exact_targets_where_they_fit(areas, data):
    n = len(areas)
    largest = data.draw(st.integers(n // 3, n - 1 - n // 3))
    areas[largest] = 100
    far, near = (25 * n + 50) // 100, (15 * n + 50) // 100
    expected = (largest - far, largest - near, largest, largest + near, largest + far)
    assert select_slices(np.array(areas), settings=SETTINGS).indices == expected


def test_areas_count_voxels_by_slice():
    mask = np.zeros((3, 4, 4), np.uint8)
    mask[1, :2, :3] = 1
    assert liver_areas(mask).tolist() == [0, 6, 0]


def test_other_percentages_give_other_counts():
    settings = SliceSettings(count=7, percentages=(10, 20, 30))
    selection = select_slices(np.full(21, 5), settings=settings)
    assert selection.indices == (4, 6, 8, 10, 12, 14, 16)


@pytest.mark.parametrize(
    ("count", "percentages", "message"),
    [(3, (15, 25), "to be 5"), (5, (25, 15), "ascending"), (3, (70,), "at most 50")],
)
def test_contradicting_settings_are_refused(count, percentages, message):
    with pytest.raises(ContractError, match=message):
        SliceSettings(count=count, percentages=percentages)
