"""Images of a public data set or of a hospital's export into a cohort folder."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.cohort.dicom_studies import read_answers
from cirrhosis.cohort.image_tables import (
    join_patients,
    make_volumes,
    merge_tables,
    report_images,
)
from cirrhosis.cohort.source_tree import require_folder
from cirrhosis.cohort.table_import import ImportedTable
from cirrhosis.commands.image_importers import find_images, list_tables
from cirrhosis.commands.image_summary import describe_images, describe_join
from cirrhosis.commands.import_files import REPORT, check_place, read_questions, write_images
from cirrhosis.commands.import_table import describe_table, read_optional_table
from cirrhosis.contracts.sequence_mapping import FILE


def import_images(source: Mapping[str, Any], folder: Path) -> None:
    """Write the cohort that lies in the folder of a source, and say what was found.

    Raises:
        ContractError: If the folder is absent or holds nothing of the source's layout, a
            setting is refused, or files stand in the cohort folder that no import wrote.
    """
    kind, keep = source["kind"], source["keep_without_images"]
    setting = "images" if "images" in source else "folder"
    named = source[setting]
    root = require_folder(None if named is None else Path(named), f"source.{setting}")
    check_place(folder, root)
    questions = read_questions(folder)
    tables = [
        table
        for options in list_tables(kind, root, source)
        if (table := read_optional_table(options)) is not None
    ]
    print(f"reading headers below {root}", file=sys.stderr)
    images = find_images(kind, root, source, read_answers(questions))
    clinical = merge_tables([one.patients for one in tables])
    joined = join_patients(images, clinical, keep_without_images=keep)
    volumes = make_volumes(images, folder)
    report = pd.concat([*(one.report for one in tables), report_images(images)], ignore_index=True)
    n_open = write_images(
        folder, joined.patients, volumes, report=report, images=images, questions=questions
    )
    print("\n".join(_describe_tables(tables)))
    print("\n".join(describe_images(images, joined.patients)))
    print("\n".join(describe_join(joined, keep=keep, has_table=bool(tables))))
    if n_open:
        print(_ask(n_open, folder / FILE))
    print(f"\nwrote {len(joined.patients)} patients and {len(volumes)} volumes to {folder}")
    print(f"everything found is accounted for in {folder / REPORT}")


def _describe_tables(tables: list[ImportedTable]) -> list[str]:
    return [line for table in tables for line in (*describe_table(table), "")]


def _ask(n_open: int, path: Path) -> str:
    return (
        f"\n{n_open} volumes wait for a person: fill in the column `sequence` of {path} (t1, t2,"
        " pvp, or - for none of them) and run this command again"
    )
