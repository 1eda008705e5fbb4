"""Sections at the end: importances, single runs, the files behind the page."""

from cirrhosis.reporting.choice_table import view_collinearity, view_extra_runs
from cirrhosis.reporting.importance_figure import draw_importances
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.section import Section


def show_importances(results: Results) -> Section:
    """Return how much each variable counts in the forests (Tables S5 and S6)."""
    title = "Importance of variables"
    importances, collinearity = (
        results.more.get(f"fusion/{name}") for name in ("importances", "collinearity")
    )
    if importances is None:
        return Section("importance", title, ("No forest was fitted for these results.",))
    vif = () if collinearity is None else (view_collinearity(collinearity),)
    drawings = draw_importances(importances, is_synthetic=results.is_synthetic)
    return Section("importance", title, folded=vif, drawings=tuple(drawings))


def show_extra_runs(results: Results) -> Section | None:
    """Return runs beside the comparison, if any were made."""
    runs = results.provenance.get("extra_runs") or []
    return Section("extra", "Extra runs", tables=(view_extra_runs(runs),)) if runs else None


def show_files(results: Results) -> Section:
    """Return links to the tables that the page was made of."""
    found = sorted(
        path.relative_to(results.folder).as_posix()
        for folder in (results.folder, results.folder / "fusion")
        for path in folder.glob("*.csv")
    )
    return Section("files", "Tables as CSV", links=tuple(found))
