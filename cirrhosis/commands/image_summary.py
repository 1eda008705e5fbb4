"""What an import of images says at its end: patients, sequences, labels, and what is left out."""

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from cirrhosis.cohort.found_images import FoundImages, LeftOut
from cirrhosis.cohort.image_tables import JoinedPatients
from cirrhosis.contracts.errors import first


def describe_images(images: FoundImages, patients: pd.DataFrame) -> list[str]:
    """Return the summary of what was found, what the labels are and what is left out.

    Args:
        images: What was found.
        patients: Rows of `patients.csv`.
    """
    return [
        *_describe_sequences(images),
        *_describe_labels(patients),
        *_describe_left_out(images.left_out),
        *(f"note: {note}" for note in images.notes),
    ]


def describe_join(joined: JoinedPatients, *, keep: bool, has_table: bool) -> list[str]:
    """Return who stands in the folder alone and who in the table alone.

    Args:
        joined: Output of `join_patients`.
        keep: Whether who has no images stays.
        has_table: Whether a table was given.
    """
    if not has_table:
        return ["no table was given: labels and blood tests are those of the folder alone"]
    lines = []
    if joined.only_images:
        names = first(joined.only_images)
        lines.append(
            f"{len(joined.only_images)} patients have images and no row in a table: {names}"
        )
    if joined.only_table:
        fate = "kept, without images" if keep else "left out (source.keep_without_images)"
        lines.append(
            f"{len(joined.only_table)} patients of the table have no images: {fate},"
            f" {first(joined.only_table)}"
        )
    return lines


def _describe_sequences(images: FoundImages) -> list[str]:
    volumes = images.volumes.values()
    studies: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in volumes:
        studies[one.patient_id, one.study_date].add(one.sequence)
    n_patients = len({one.patient_id for one in volumes})
    lines = [f"{n_patients} patients with {len(studies)} studies and {len(volumes)} volumes"]
    for name in sorted({one.sequence for one in volumes}):
        masks = [one.mask is not None for one in volumes if one.sequence == name]
        lines.append(f"  {name}: {len(masks)} volumes, {sum(masks)} with a liver mask")
    sets = ["+".join(sorted(names)) for names in studies.values()]
    counts = pd.Series(sets, dtype="string").value_counts()
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    return [*lines, f"studies by what they have: {told or 'none'}"]


def _describe_labels(patients: pd.DataFrame) -> list[str]:
    lines = []
    if "cirrhosis" in patients:
        flags = pd.to_numeric(patients["cirrhosis"])
        told = f"1 {(flags == 1).sum()}, 0 {(flags == 0).sum()}, unknown {flags.isna().sum()}"
        lines.append(f"labels: cirrhosis {told} (split with label.column=cirrhosis)")
    if {"fibrosis_scheme", "fibrosis_stage"} <= set(patients):
        staged = patients.dropna(subset=["fibrosis_stage"])
        stages = staged["fibrosis_scheme"] + " " + staged["fibrosis_stage"]
        counts = stages.value_counts().sort_index()
        told = ", ".join(f"{stage}: {n}" for stage, n in counts.items())
        unknown = len(patients) - len(staged)
        lines.append(f"labels: {told or 'no stage'}; without a stage: {unknown}")
    return lines or ["labels: none; `split` needs fibrosis_scheme and fibrosis_stage, or a 0/1"
                     " column named by label.column"]  # fmt: skip


def _describe_left_out(left_out: Iterable[LeftOut]) -> list[str]:
    groups: dict[tuple[str, str], list[LeftOut]] = defaultdict(list)
    for one in left_out:
        groups[one.kind, one.reason].append(one)
    lines = []
    for (kind, reason), ones in groups.items():
        places = first(one.place for one in ones)
        lines.append(f"left out, {kind}: {len(ones)}, {reason} ({places})")
    return lines or ["nothing was left out"]
