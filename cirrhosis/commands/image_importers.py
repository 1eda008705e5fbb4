"""Which importer reads which kind of source, filled with its settings."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from cirrhosis.cohort.care_liver import find_care_liver
from cirrhosis.cohort.cirrmri600 import (
    HEALTHY_METADATA,
    METADATA,
    find_cirrmri600,
    find_metadata,
)
from cirrhosis.cohort.dicom_studies import Answers, DicomRules
from cirrhosis.cohort.dicom_tree import find_dicom_tree
from cirrhosis.cohort.duke import find_duke
from cirrhosis.cohort.found_images import FoundImages
from cirrhosis.cohort.image_import_settings import (
    CareLiverSettings,
    CirrMriSettings,
    DicomSettings,
    DukeSettings,
    FolderSettings,
    LiverHccSegSettings,
)
from cirrhosis.cohort.liverhccseg import find_liverhccseg
from cirrhosis.cohort.patient_folders import find_patient_folders
from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.shell import show_progress
from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.dicom_series import find_series
from cirrhosis.imaging.sequence_identification import identify_sequences

Options = Mapping[str, Any]
Settings = TypeVar("Settings")


def find_images(kind: str, root: Path, source: Options, answers: Answers) -> FoundImages:
    """Return what lies below `root` by the layout of a kind of source.

    Args:
        kind: One of `IMPORTERS`.
        root: Of the source.
        source: Its settings.
        answers: What a person said of DICOM volumes.

    Raises:
        ContractError: If the kind is unknown, a setting is refused or nothing of that layout
            lies there.
    """
    if kind not in IMPORTERS:
        raise ContractError(
            f"expected source.kind to be one of table, {', '.join(IMPORTERS)}, but got '{kind}'"
        )
    masks = build_settings(DicomSettings, source.get("dicom", {}), "source.dicom")
    rules = DicomRules(find_series, identify_sequences, answers, masks)
    return IMPORTERS[kind](root, source, rules)


def list_tables(kind: str, root: Path, source: Options) -> Iterator[Options]:
    """Yield the settings of each table that goes with a source's images."""
    if kind == "tcga_lihc":
        yield from _of_tcga(source)
    elif kind == "cirrmri600":
        for name, file in (("metadata", METADATA), ("healthy_metadata", HEALTHY_METADATA)):
            options = source[name]
            yield {**options, "file": options["file"] or find_metadata(root, file)}
    elif "reference" in source.get("table", {}):
        yield from _of_tcga(source["table"])
    elif "table" in source:
        yield source["table"]


def _of_tcga(options: Options) -> Iterator[Options]:
    yield options
    yield {**options["reference"], "kind": "table"}


def _settings(kind: type[Settings], source: Options, *names: str) -> Settings:
    return build_settings(kind, {name: source[name] for name in names}, "source")


def _cirrmri600(root: Path, source: Options, rules: DicomRules) -> FoundImages:
    del rules
    return find_cirrmri600(root, _settings(CirrMriSettings, source, "sequences", "healthy_prefix"))


def _care_liver(root: Path, source: Options, rules: DicomRules) -> FoundImages:
    del rules
    names = ("sequences", "fibrosis_scheme", "validation_prefix")
    return find_care_liver(root, _settings(CareLiverSettings, source, *names))


def _tcga_lihc(root: Path, source: Options, rules: DicomRules) -> FoundImages:
    del source
    return find_dicom_tree(root, rules)


def _liverhccseg(root: Path, source: Options, rules: DicomRules) -> FoundImages:
    del rules
    return find_liverhccseg(root, _settings(LiverHccSegSettings, source, "phases", "rater"))


def _duke(root: Path, source: Options, rules: DicomRules) -> FoundImages:
    settings = _settings(DukeSettings, source, "sequences", "prefix", "repeated")
    return find_duke(root, rules, settings, progress=show_progress)


def _folder(root: Path, source: Options, rules: DicomRules) -> FoundImages:
    names = ("names", "mask_endings", "liver_names", "liver_sequence")
    settings = _settings(FolderSettings, source, *names)
    return find_patient_folders(root, rules, settings, progress=show_progress)


IMPORTERS: Mapping[str, Callable[[Path, Options, DicomRules], FoundImages]] = {
    "folder": _folder,
    "cirrmri600": _cirrmri600,
    "care_liver": _care_liver,
    "tcga_lihc": _tcga_lihc,
    "liverhccseg": _liverhccseg,
    "duke": _duke,
}
