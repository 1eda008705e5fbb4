import subprocess
import sys

import pytest

from cirrhosis.commands.preparation_parts import open_registrar, open_segmenter
from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.external_settings import ExternalSettings
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.registration_settings import RegistrationSettings

WITHOUT_TORCH = """
import sys
from cirrhosis.commands import prepare
from cirrhosis.commands.preparation_parts import open_registrar, open_segmenter
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.registration_settings import RegistrationSettings
open_segmenter({}, None, LiverSettings())
open_registrar({}, None, RegistrationSettings())
assert "torch" not in sys.modules, sorted(name for name in sys.modules if "torch" in name)[:3]
"""


def test_masks_of_files_and_registration_by_simpleitk_load_no_torch():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("source", ["mrsegmentator", "totalsegmentator"])
def test_an_external_segmenter_is_looked_for_before_anybody_is_prepared(source):
    settings = LiverSettings(source=source, external=ExternalSettings("/nowhere/program"))
    with pytest.raises(ContractError, match="expected the program of"):
        open_segmenter({}, None, settings)


def test_what_does_not_exist_is_named():
    with pytest.raises(ContractError, match="file, model, mrsegmentator, totalsegmentator"):
        LiverSettings(source="guess")
    with pytest.raises(ContractError, match=r"`liver.model` to name the models"):
        LiverSettings(source="model")
    with pytest.raises(ContractError, match="one of network, none, simpleitk"):
        open_registrar({}, None, RegistrationSettings(method="magic"))
