"""Settings that the phantom cannot be made with are refused by name."""

import pytest

from cirrhosis.phantom.digital_settings import DigitalSettings, DigitalSettingsError


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("signal", "t3", "expected signal to be one of default, labs, pvp, none, got 't3'"),
        ("n_patients", 0, "expected n_patients between 1 and 99999, got 0"),
        ("n_patients", 2.5, "expected n_patients to be whole, got 2.5"),
        ("seed", -1, "expected seed between 0"),
        ("in_plane_voxels", 8, "expected in_plane_voxels between 32 and 512, got 8"),
        ("incomplete_labs_fraction", 1.1, "expected incomplete_labs_fraction between 0 and 1"),
        ("liver_snr", float("nan"), "expected liver_snr between 2 and 1000, got nan"),
        ("motion_sd_mm", 40.0, "expected motion_sd_mm between 0 and 15, got 40"),
        ("motion", "sneezing", "expected motion to be one of whole, breathing, got 'sneezing'"),
    ],
)
def test_bad_setting_is_refused(name, value, message):
    with pytest.raises(DigitalSettingsError, match=message):
        DigitalSettings(**({"n_patients": 5, "seed": 0} | {name: value}))
