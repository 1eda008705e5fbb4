"""Where and when each patient was examined, in the article's proportions."""

import numpy as np
import pandas as pd

# Zheng et al. 2024: 840 + 94 patients of centre 1 before June 2021, 266 later, then 66, 8 and
# 41 of centres 2 to 4.
GROUPS = pd.DataFrame(
    {
        "center": ["1", "1", "2", "3", "4"],
        "n_published": [934, 266, 66, 8, 41],
        "first_day": ["2010-03-01", "2021-06-01", "2010-03-01", "2010-03-01", "2010-03-01"],
        "last_day": ["2021-05-31", "2023-03-31", "2024-01-31", "2024-01-31", "2024-01-31"],
    }
)
# Days from MRI to surgery or biopsy: published median 9 and quartiles 3 and 16; the tail is a
# free choice within the three months that were allowed.
GAP_QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)
GAP_DAYS = (0, 3, 9, 16, 40, 90)
_GOLDEN_RATIO = (1 + 5**0.5) / 2


def assign_groups(n: int, seed: int) -> np.ndarray:
    """Return the row of `GROUPS` of each patient.

    Patients are spread by multiples of the golden ratio instead of by chance: the proportions
    then hold in every cohort of a few dozen, and still depend on seed and patient alone.
    """
    start = np.random.default_rng([seed]).random()
    places = np.mod(start + np.arange(n) * _GOLDEN_RATIO, 1.0)
    shares = GROUPS["n_published"].to_numpy() / GROUPS["n_published"].sum()
    return np.searchsorted(np.cumsum(shares)[:-1], places, side="right")


def make_visits(groups: np.ndarray, uniforms: pd.DataFrame) -> pd.DataFrame:
    """Return centre and dates of each patient.

    Args:
        groups: Row of `GROUPS` of each patient.
        uniforms: Columns `day`, `gap` and `labs_day` in (0, 1).

    Returns:
        Columns `center`, `mri_date`, `reference_date` and `labs_date`. MRI and reference fall
        on the same side of June 2021, so either may define the temporal test set.
    """
    chosen = GROUPS.iloc[groups].reset_index(drop=True)
    first_day, last_day = pd.to_datetime(chosen["first_day"]), pd.to_datetime(chosen["last_day"])
    gap_days = np.round(np.interp(uniforms["gap"], GAP_QUANTILES, GAP_DAYS)).astype(int)
    room_days = (last_day - first_day).dt.days - gap_days
    mri = first_day + pd.to_timedelta(np.floor(uniforms["day"] * room_days), unit="D")
    reference = mri + pd.to_timedelta(gap_days, unit="D")
    labs = reference - pd.to_timedelta(np.floor(uniforms["labs_day"] * 4), unit="D")
    dates = {"mri_date": mri, "reference_date": reference, "labs_date": labs}
    texts = {name: day.dt.strftime("%Y-%m-%d") for name, day in dates.items()}
    return pd.DataFrame({"center": chosen["center"]} | texts)
