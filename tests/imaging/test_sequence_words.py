"""What descriptions of several vendors say."""

import pytest

from cirrhosis.imaging.sequence_words import read_words


@pytest.mark.parametrize(
    ("description", "weighting", "plane", "phase"),
    [
        ("t1_vibe_fs_tra_bh_pre", "t1", "axial", "pre"),
        ("t1_vibe_dixon_tra_W", "t1", "axial", ""),
        ("AX LAVA-Flex POST", "t1", "axial", "post"),
        ("Ax 3D LAVA+C", "t1", "axial", "post"),
        ("e-THRIVE_BH PV", "t1", "", "pvp"),
        ("mDIXON-quant", "t1", "", ""),
        ("ax spgr/g", "t1", "axial", "post"),
        ("FSPGR C-", "t1", "", "pre"),
        ("3D T1 AXIAL C+ DYNAMIC", "t1", "axial", "post"),
        ("dynpre", "t1", "", "pre"),
        ("dynportal", "t1", "", "pvp"),
        ("T1 VIBE FS TRA_late_arterial_C", "t1", "axial", "arterial"),
        ("T1 VIBE late", "t1", "", "delayed"),
        ("ax arterial/portal", "t1", "axial", "post"),
        ("Lava pre & post", "t1", "", "mixed"),
        ("t2_blade_tra_fs_trig", "t2", "axial", ""),
        ("T2W_TSE_SPAIR_ax", "t2", "axial", ""),
        ("Ax T2 FRFSE RTr", "t2", "axial", ""),
        ("cor ssfsev", "t2", "coronal", ""),
        ("stir sag", "t2", "sagittal", ""),
        ("t1_tse_tra", "t1", "axial", ""),
        ("Series 5", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_weighting_plane_and_phase(description, weighting, plane, phase):
    words = read_words(description)
    assert (words.weighting, words.plane, words.phase) == (weighting, plane, phase)
    assert not words.instead


@pytest.mark.parametrize(
    ("description", "instead"),
    [
        ("3-plane loc", "localiser"),
        ("SURVEY", "localiser"),
        ("care_bolus_SAG", "bolus timing"),
        ("Smart Prep", "bolus timing"),
        ("ASSET calibration", "calibration"),
        ("DWI b50-800", "diffusion"),
        ("ep2d_diff_b50_400_800_ADC", "diffusion"),
        ("SUB_S12-S10_1", "subtraction"),
        ("(44675/14/1)-(44675/13/1)", "subtraction"),
        ("COR PORTAL MPR", "projection or reformat"),
        ("t2_haste_thick_sl", "projection or reformat"),
        ("MRCP 3D", "cholangiography"),
        ("TOF PORTAL VEIN", "angiography"),
        ("MR Elastography", "elastography"),
        ("ax T2*", "map"),
        ("AX T2 STAR", "map"),
        ("Ax T2 FIESTA", "balanced gradient echo"),
        ("T2 TruFISP ax", "balanced gradient echo"),
        ("Ax FLAIR", "other body part"),
        ("FAT:Ax Medal ARC", "fat image"),
    ],
)
def test_what_else_a_series_is(description, instead):
    assert read_words(description).instead == instead


@pytest.mark.parametrize(
    ("description", "moments"),
    [
        ("POST 70 SEC", (70.0,)),
        ("70s", (70.0,)),
        ("20SEC/1MIN POST", (20.0, 60.0)),
        ("5 MINUTES", (300.0,)),
        ("1.5 min", (90.0,)),
        ("VIBE FS 2.8MM", ()),
        ("2s3d slab", ()),
    ],
)
def test_moments_after_contrast(description, moments):
    assert read_words(description).moments_s == moments


@pytest.mark.parametrize(
    ("description", "echoes"),
    [
        ("IN/OUT PHASE", "both phases"),
        ("improved IP/OP", "both phases"),
        ("t1_fl2d_opp-in_tra", "opposed phase"),
        ("FLASH_AX_OUT_OF_PHASE", "opposed phase"),
        ("AX FGRE IN-PHASE", "in phase"),
        ("t1_tfl_tra_TE_2.3", "in phase"),
        ("HASTE dual echo", "two echoes"),
        ("T2 HASTE", ""),
    ],
)
def test_echoes(description, echoes):
    assert read_words(description).echoes == echoes


@pytest.mark.parametrize(
    ("description", "is_suppressed"),
    [
        ("T2 FAT/SAT", True),
        ("T2 FRFSE FatSat", True),
        ("T2 SPAIR", True),
        ("vibe_qfs", True),
        ("WATER:Ax Medal", True),
        ("ax lava", True),
        ("VIBE NON-FAT SAT", False),
        ("T2 TSE", False),
    ],
)
def test_fat_suppression(description, is_suppressed):
    assert read_words(description).suppressed is is_suppressed


@pytest.mark.parametrize("word", ["loc", "sub", "mip", "art", "pre", "cor", "post", "tof", "adc"])
def test_a_word_inside_another_does_not_count(word):
    words = read_words(f"ax t1 xx{word}xx")
    assert (words.instead, words.plane, words.phase) == ("", "axial", "")
