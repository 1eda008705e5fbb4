"""Limits by which a volume may be a sequence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IdentificationSettings:
    """What identification of series takes for granted.

    Attributes:
        fewest_slices: A stack of fewer does not cover a liver.
        t2_shortest_echo_ms: A T2-weighted spin echo is longer than this.
        t2_longest_echo_ms: A longer one shows fluid alone, such as MRCP.
        t1_longest_echo_ms: A T1-weighted gradient echo is shorter than this.
        portal_s: Portal venous phase after the start of the bolus.
        portal_earliest_s: Earliest that counts as portal venous.
        portal_latest_s: Latest that counts as portal venous.
        gadoxetate_latest_s: Hepatocytes take gadoxetate up from about here on, so nothing later
            is portal venous, whatever its description says.
        arterial_s: Start of the first phase after contrast where no header says when the bolus
            was given; the others count from it.
        repetition_tolerance: Repetition times of one family differ by at most this share.
        echo_tolerance_ms: Echo times of one family differ by at most this.
        flip_tolerance_deg: Flip angles of one family differ by at most this.
    """

    fewest_slices: int = 16
    t2_shortest_echo_ms: float = 60.0
    t2_longest_echo_ms: float = 250.0
    t1_longest_echo_ms: float = 10.0
    portal_s: float = 70.0
    portal_earliest_s: float = 55.0
    portal_latest_s: float = 100.0
    gadoxetate_latest_s: float = 120.0
    arterial_s: float = 35.0
    repetition_tolerance: float = 0.15
    echo_tolerance_ms: float = 0.5
    flip_tolerance_deg: float = 3.0
