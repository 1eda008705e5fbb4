"""Livers by MRSegmentator or TotalSegmentator, each called in an environment of its own."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.volume import Array, LiverMask, Volume
from cirrhosis.imaging.external_identity import identify_tool, read_version
from cirrhosis.imaging.external_process import run_program
from cirrhosis.imaging.external_settings import ExternalSettings
from cirrhosis.imaging.external_tool import ExternalTool, find_executable, find_tool
from cirrhosis.imaging.geometry import describe_grid, image_of, like
from cirrhosis.imaging.liver import keep_largest
from cirrhosis.imaging.nifti import SUFFIXES, read_nifti

INPUT = "volume.nii.gz"


@dataclass(frozen=True)
class ExternalLiverSegmenter:
    """Give the mask that another program makes; fits `LiverSegmenter`, can be pickled.

    Attributes:
        tool: The program's own ways.
        executable: Its absolute path, the same on every machine that works.
        settings: How it is called.
        version: Its release, for `qc.csv`.
        identity: Hash of all that its masks depend on beside the volume.
        largest_component: Whether only the largest connected part counts as liver.
    """

    tool: ExternalTool
    executable: Path
    settings: ExternalSettings
    version: str
    identity: str
    largest_component: bool = True

    def identify(self, patient_id: str) -> str:
        """Return the hash of the tool, the same for every patient."""
        return self.identity

    def __call__(self, volume: Volume, *, patient_id: str, mask_path: Path | None) -> LiverMask:
        """Return the liver on the grid of `volume`; a mask named in volumes.csv is not used.

        Raises:
            ContractError: If the program fails, takes too long, writes no mask or several,
                writes one on another grid, or finds no liver.
        """
        with tempfile.TemporaryDirectory(prefix="cirrhosis-liver-") as name:
            folder = Path(name)
            inside = self._segment(volume, folder)
        if self.largest_component:
            inside = keep_largest(inside)
        mask = like(volume, inside.astype(np.uint8))
        flags = ("liver_on_the_left",) if _is_on_the_left(volume.array, inside) else ()
        return LiverMask(mask, f"{self.tool.package} {self.version}", flags)

    def _segment(self, volume: Volume, folder: Path) -> Array:
        work, output = folder / "work", folder / "output"
        work.mkdir()
        output.mkdir()
        source = folder / INPUT
        sitk.WriteImage(image_of(like(volume, volume.array.astype(np.float32))), str(source))
        places = {"input": str(source), "output": str(output)}
        words = [word.format(**places) for word in self.tool.words]
        weights = self.settings.weights
        run_program(
            [str(self.executable), *words, *self.settings.arguments],
            variables={self.tool.weights_variable: str(Path(weights).absolute())}
            if weights
            else {},
            folder=work,
            timeout_s=self.settings.timeout_s,
        )
        return self._read(_find_mask(output, self.tool), volume)

    def _read(self, path: Path, volume: Volume) -> Array:
        stored = _as_stored(read_nifti(path))
        # The grid as stored, axes not turned: a program that turned them is not believed.
        if not stored.same_grid(volume):
            raise ContractError(
                f"expected the mask of {self.tool.package} on the grid that it was given,"
                f" {describe_grid(volume)}, but it has {describe_grid(stored)}; use another"
                " release of it"
            )
        index = self.settings.class_index or self.tool.class_index
        inside: Array = stored.array == index
        if not inside.any():
            found = first(f"{value:g}" for value in np.unique(stored.array))
            raise ContractError(
                f"expected voxels of class {index} (the liver) from {self.tool.package}, but it"
                f" found only {found}; look at the volume, or correct"
                " `preparation.liver.external.class_index`"
            )
        return inside


def open_external_segmenter(
    source: str, settings: ExternalSettings, *, largest_component: bool = True
) -> ExternalLiverSegmenter:
    """Return the segmenter that `liver.source` names, found and identified once for all.

    Args:
        source: `mrsegmentator` or `totalsegmentator`.
        settings: How it is called.
        largest_component: Whether only the largest connected part counts as liver.

    Raises:
        ContractError: If the program or the named weights are not there.
    """
    tool = find_tool(source)
    executable = find_executable(tool, settings.executable)
    version = read_version(tool, executable)
    identity = identify_tool(
        tool,
        executable,
        version=version,
        weights=settings.weights,
        class_index=settings.class_index or tool.class_index,
        arguments=tuple(settings.arguments),
    )
    return ExternalLiverSegmenter(tool, executable, settings, version, identity, largest_component)


def _find_mask(folder: Path, tool: ExternalTool) -> Path:
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name.lower().endswith(SUFFIXES)
    )
    livers = [path for path in files if path.name.lower().startswith("liver.")]
    if len(files) == 1 or len(livers) == 1:
        return (livers or files)[0]
    names = first(path.relative_to(folder).as_posix() for path in files)
    raise ContractError(
        f"expected one mask from {tool.package}, but it ended well and wrote"
        f" {names or 'none'}; call it by hand on one volume, and correct"
        " `preparation.liver.external.arguments`"
    )


def _as_stored(image: sitk.Image) -> Volume:
    x, y, z = image.GetSpacing()
    return Volume(sitk.GetArrayFromImage(image), (z, y, x), image.GetOrigin(), image.GetDirection())


def _is_on_the_left(image: Array, inside: Array) -> bool:
    """Return whether a liver lies left of the body's middle, as in a mirrored mask."""
    columns = np.arange(image.shape[2])
    weight = np.clip(image, 0, None).sum(axis=(0, 1), dtype=float)
    liver = inside.sum(axis=(0, 1), dtype=float)
    # x runs from the patient's right to left.
    return bool((columns * liver).sum() * weight.sum() > (columns * weight).sum() * liver.sum())
