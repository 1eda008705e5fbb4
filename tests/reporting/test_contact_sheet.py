"""Contact sheets, looked at pixel by pixel."""

import io

import numpy as np
import pytest
from PIL import Image

from cirrhosis.reporting.contact_sheet import MAX_BYTES, Sheet, SheetRow, draw_contact_sheet
from cirrhosis.reporting.contact_sheet_canvas import COLOURS, KEY, Accent
from cirrhosis.reporting.contact_sheet_curve import AreaCurve
from cirrhosis.reporting.contact_sheet_tile import Frame, find_frame, paint_slice

SIZE = 128


def row(sequence="t1", *, size=SIZE, noise=0.0, seed=0, n_slices=5):
    rng = np.random.default_rng(seed)
    images = np.zeros((n_slices, size, size), np.float16)
    images[:, size // 4 : 3 * size // 4, size // 8 : 7 * size // 8] = 0.5
    images = np.clip(images + noise * rng.uniform(size=images.shape), 0, 1).astype(np.float16)
    mask = np.zeros(images.shape, np.uint8)
    mask[:, 3 * size // 8 : 5 * size // 8, size // 4 : size // 2] = 1
    return SheetRow(sequence, "a note", images, mask, tuple(range(3, 3 + n_slices)))


def sheet(*rows, decision="keep", reasons=(), is_synthetic=False, curve=None):
    return Sheet("A1", decision, reasons, "facts", rows or (row(),), curve, is_synthetic)


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def count(png, accent):
    return int((pixels(png) == COLOURS[accent]).all(2).sum())


def test_the_frame_is_the_body_and_not_the_noise_of_the_air():
    noisy = row(noise=0.08)
    frame = find_frame([noisy.images], [noisy.mask])
    clean = row()
    assert frame == find_frame([clean.images], [clean.mask])
    assert 20 <= frame.top <= 32
    assert 96 <= frame.bottom <= 108


def test_a_liver_outside_the_body_is_in_the_frame():
    mask = row().mask.copy()
    mask[0, 2, 125] = 1
    frame = find_frame([row().images], [mask])
    assert frame.top <= 2
    assert frame.right >= 126


def test_empty_slices_are_shown_whole():
    empty = np.zeros((5, 8, 8), np.float16)
    assert find_frame([empty], [empty.astype(np.uint8)]) == (0, 8, 0, 8)


def test_the_outline_is_the_border_of_the_mask_and_greys_are_intensities():
    one = row()
    grey, outline = paint_slice(one.images[0], one.mask[0], Frame(0, SIZE, 0, SIZE), SIZE)
    np.testing.assert_array_equal(grey, np.round(255 * one.images[0].astype(float)))
    inside = one.mask[0] > 0
    assert outline.sum() == 2 * 32 + 2 * 32 - 4
    assert not outline[~inside].any()
    assert not outline[50:78, 34:62].any()


@pytest.mark.parametrize(
    ("decision", "accent"),
    [("keep", Accent.GREEN), ("flag", Accent.AMBER), ("exclude", Accent.RED)],
)
def test_the_decision_has_its_colour_and_each_reason_a_line(decision, accent):
    plain = draw_contact_sheet(sheet(decision=decision), "k")
    told = draw_contact_sheet(sheet(decision=decision, reasons=("too small", "odd")), "k")
    assert count(told, accent) > count(plain, accent) > 0
    assert pixels(told).shape[0] == pixels(plain).shape[0] + 30


def test_synthetic_patients_are_marked():
    assert count(draw_contact_sheet(sheet(is_synthetic=True), "k"), Accent.AMBER) > count(
        draw_contact_sheet(sheet(), "k"), Accent.AMBER
    )


def test_the_curve_marks_chosen_slices_and_the_largest():
    curve = AreaCurve((0.0, 10.0, 30.0, 20.0, 5.0), chosen=(1, 2, 3), largest=2)
    without, drawn = (draw_contact_sheet(sheet(curve=one), "k") for one in (None, curve))
    assert count(without, Accent.BLUE) == 0
    blue, amber = count(drawn, Accent.BLUE), count(drawn, Accent.AMBER)
    # As wide, the largest is as high as the two others together.
    assert (amber - count(without, Accent.AMBER)) / blue == pytest.approx(1, abs=0.05)


def test_the_key_is_in_the_file_and_the_same_patient_gives_the_same_bytes():
    png = draw_contact_sheet(sheet(), "the key")
    assert Image.open(io.BytesIO(png)).info[KEY] == "the key"
    assert draw_contact_sheet(sheet(), "the key") == png


@pytest.mark.parametrize("n_sequences", [1, 3, 8])
def test_noise_is_kept_below_the_limit_of_size(n_sequences):
    rows = [row(f"s{n}", size=256, noise=0.5, seed=n) for n in range(n_sequences)]
    assert 5_000 < len(draw_contact_sheet(sheet(*rows), "k")) <= MAX_BYTES


def test_long_words_and_many_reasons_do_not_leave_the_picture():
    many = tuple(f"reason {number} " + "w" * 300 for number in range(20))
    long = sheet(row()._replace(note="n" * 500), decision="flag", reasons=many)
    png = draw_contact_sheet(long._replace(patient_id="P" * 200), "k")
    assert pixels(png).shape[1] == pixels(draw_contact_sheet(sheet(), "k")).shape[1]
