"""The picture shows the store's slice or a drawn one, unchanged first, and says which."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from cirrhosis.commands import augmentation_picture
from cirrhosis.commands.augmentation_picture import write_picture
from cirrhosis.commands.doctor import _is_picture_wanted
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.store import StoreLayout, read_slices
from tests.made_store import make_split, make_store

AUGMENTATION = {"noise_probability": 1.0, "noise_std": [0.1, 0.2], "rotation_probability": 1.0}


def settle(root, store="made"):
    return {
        "augmentation": AUGMENTATION,
        "paths": {"root": str(root), "prepared": str(root / "prepared")},
        "store": store,
        "seed": 1,
    }


@pytest.fixture
def sheets(monkeypatch):
    """What was drawn, beside drawing it."""
    drawn = []
    draw = augmentation_picture.draw_sheet

    def remember(panels, title, *, is_synthetic):
        drawn.append((panels, title, is_synthetic))
        return draw(panels, title, is_synthetic=is_synthetic)

    monkeypatch.setattr(augmentation_picture, "draw_sheet", remember)
    return drawn


def test_store_is_shown_if_there_is_one(tmp_path, sheets):
    folder = tmp_path / "prepared" / "made"
    make_store(folder, make_split(tmp_path / "s.csv", n_training=10, n_test=0))
    picture = write_picture(settle(tmp_path), needs_store=False)
    assert picture == tmp_path / "augmentation.png"
    height, width = imread(io.BytesIO(picture.read_bytes())).shape[:2]
    assert min(height, width) > 1000
    [(panels, title, is_synthetic)] = sheets
    stored = read_slices(StoreLayout(folder).slices("P000")).images["t1"][2]
    np.testing.assert_array_equal(panels[0].image, stored.astype(np.float32))
    assert panels[0].caption == "as it is"
    assert len(panels) == 16
    assert len({panel.image.tobytes() for panel in panels}) == 16
    assert all("noise" in panel.caption for panel in panels[1:])
    assert is_synthetic
    assert "P000 in the store 'made'" in title


def test_a_drawn_abdomen_is_shown_and_called_synthetic_without_a_store(tmp_path, sheets):
    write_picture(settle(tmp_path), needs_store=False)
    [(panels, title, is_synthetic)] = sheets
    assert is_synthetic
    assert "drawn" in title
    assert 0.02 < panels[0].mask.mean() < 0.4
    # The liver is on the left of the picture and brighter than what is around it.
    assert np.argwhere(panels[0].mask)[:, 1].mean() < panels[0].mask.shape[1] / 2
    inside = panels[0].mask == 1
    assert panels[0].image[inside].mean() > 2 * panels[0].image[~inside].mean()


def test_a_store_that_was_asked_for_and_is_absent_is_an_error(tmp_path):
    with pytest.raises(ContractError, match="prepared store"):
        write_picture(settle(tmp_path, "absent"), needs_store=True)


@pytest.mark.parametrize(
    ("picture", "given", "wanted"),
    [
        ("auto", {"seed"}, False),
        ("auto", {"augmentation"}, True),
        ("auto", {"augmentation.noise_std"}, True),
        (True, set(), True),
        (False, {"augmentation"}, False),
    ],
)
def test_picture_is_drawn_when_asked_for(picture, given, wanted):
    assert _is_picture_wanted(picture, given) == wanted
