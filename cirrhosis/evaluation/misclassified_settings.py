"""What is shown of patients whom a model gets wrong."""

from dataclasses import dataclass

from cirrhosis.clinical.article_inputs import LABS

COLUMNS = (
    "center",
    "age_years",
    "sex",
    "bmi_kg_per_m2",
    "etiology",
    "specimen",
    "fibrosis_scheme",
    "fibrosis_stage",
    *LABS,
    "ascites",
    "field_strength_t",
    "manufacturer",
    "contrast_agent",
    "artifact",
    "lesion_count",
    "largest_lesion_cm",
    "reader_1",
    "reader_2",
)


@dataclass(frozen=True)
class MisclassifiedSettings:
    """Choices of the tables of errors.

    Attributes:
        model: Model whose errors are listed; None takes the reference model.
        columns: Columns of `patients.csv` that are shown and compared; those that the cohort
            lacks are left out.
        minimum_group: Fewer patients in either group leave a comparison without a p value.
    """

    model: str | None = None
    columns: tuple[str, ...] = COLUMNS
    minimum_group: int = 5
