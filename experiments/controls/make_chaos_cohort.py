"""Name the volumes of CHAOS (T2-SPIR, `image_<id>.nii.gz`, `label_<id>.nii.gz`) as a cohort."""

import sys
from pathlib import Path

import pandas as pd

from cirrhosis.contracts.cohort import write_cohort

source, cohort = Path(sys.argv[1]).absolute(), Path(sys.argv[2])
images = sorted(source.glob("image_*.nii.gz"), key=lambda path: int(path.name[6:-7]))
donors = [f"chaos-{path.name[6:-7]}" for path in images]
masks = [str(source / path.name.replace("image_", "label_")) for path in images]
volumes = {"patient_id": donors, "sequence": "t2", "path": [str(path) for path in images]}
# The donors are healthy; a label of zeros and ones lets `split` make folds for a look.
labels = {"patient_id": donors, "arbitrary": [number % 2 for number in range(len(donors))]}
write_cohort(cohort, pd.DataFrame(labels), pd.DataFrame(volumes | {"liver_mask_path": masks}))
