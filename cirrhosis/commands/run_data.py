"""The data module of one run, as the configuration names it."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.shell import show_progress
from cirrhosis.contracts.progress import Progress, silent
from cirrhosis.contracts.sequences import parse_sequences
from cirrhosis.contracts.sides import Sides
from cirrhosis.contracts.store import Manifest
from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation
from cirrhosis.data.batching import Batching
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.data.free_memory import free_device_bytes, free_host_bytes
from cirrhosis.data.residency import Room, choose_residency, describe_choice
from cirrhosis.data.resident import ResidentSlices
from cirrhosis.data.selection import SliceSelection, check_selection
from cirrhosis.data.slice_source import SliceSource
from cirrhosis.data.store_tensors import StoreTensors, open_tensors
from cirrhosis.data.streaming import StreamedSlices
from cirrhosis.runs.worker_slots import N_WORKERS

log = logging.getLogger("cirrhosis")

CPU = torch.device("cpu")


@dataclass(frozen=True)
class SourceOpener:
    """Chooses where the slices of a run lie, and brings them there.

    Attributes:
        selection: What the run reads.
        shared: The tensors of its store.
        settings: The part `data` of the configuration.
        progress: Shows how many patients have been read, if they are many.
    """

    selection: SliceSelection
    shared: StoreTensors
    settings: dict[str, Any]
    progress: Progress

    def __call__(self, device: torch.device, n_processes: int) -> SliceSource:
        """Return the slices for `device`.

        Args:
            device: Where they are wanted.
            n_processes: How many processes of this host train together; each takes its
                share of the free memory.

        Raises:
            ContractError: If `data.residency` asks for a place that has too little room.
        """
        rooms = self._measure(device, n_processes)
        place = choose_residency(self.settings["residency"], rooms)
        target = device if place == "device" else CPU
        is_new = place == "stream" or self.shared.missing(self.selection.names, target)
        log.log(logging.INFO if is_new else logging.DEBUG, describe_choice(place, rooms))
        if place == "stream":
            return self._stream(device)
        tensors = self.shared.load(self.selection.names, target, progress=self.progress)
        places = self.shared.places(self.selection.patients, self.selection.names)
        return ResidentSlices(self.selection, tensors, places)

    def _measure(self, device: torch.device, n_processes: int) -> dict[str, Room]:
        """Return the rooms of the device, if it has memory of its own, and of the host."""
        rooms = {}
        if device.type != "cpu":
            free = free_device_bytes(device)
            rooms["device"] = Room(self._needed(device), free, self.settings["device_share"])
        # The other workers of a sweep have slices of their own.
        n_processes *= int(os.environ.get(N_WORKERS, "1"))
        free = free_host_bytes() // n_processes
        rooms["host"] = Room(self._needed(CPU), free, self.settings["host_share"])
        return rooms

    def _needed(self, device: torch.device) -> int:
        return self.shared.n_bytes(self.shared.missing(self.selection.names, device))

    def _stream(self, device: torch.device) -> StreamedSlices:
        return StreamedSlices(
            self.selection,
            n_workers=self.settings["stream"]["workers"],
            prefetch=self.settings["stream"]["prefetch"],
            pin_memory=device.type == "cuda",
        )


def build_data(
    targets: dict[str, int],
    sides: Sides,
    config: dict[str, Any],
    *,
    folder: Path,
    manifest: Manifest,
) -> SliceDataModule:
    """Return the data module of one fold.

    Tensors are read when the trainer has named its device. Runs of the same store in the
    same process share its tensors.

    Args:
        targets: Class of every patient of the split.
        sides: Who is on which side.
        config: Plain configuration of a run.
        folder: Of the store.
        manifest: Of the store.

    Raises:
        ContractError: If the store lacks a patient or a sequence.
    """
    augmentation = build_settings(AugmentationSettings, config["augmentation"], "augmentation")
    settings = config["data"]
    everyone = _everyone(sides)
    shared = open_tensors(folder, manifest)
    selection = SliceSelection(
        folder=folder,
        patients=tuple(name for name in targets if name in everyone),
        sequences=parse_sequences(config["sequences"]),
        mask=settings["mask"],
        shape=shared.shape,
        has_own_masks=bool(manifest.settings.get("liver", {}).get("per_sequence", False)),
    )
    check_selection(selection, manifest)
    progress = show_progress if config["progress"] else silent
    return SliceDataModule(
        selection,
        SourceOpener(selection, shared, settings, progress),
        targets,
        sides,
        batching=Batching(settings["batch_size"], settings["sampling"], config["seed"]),
        augmentation=None if augmentation.is_identity else BatchAugmentation(augmentation),
    )


def _everyone(sides: Sides) -> set[str]:
    tests = (name for names in sides.tests.values() for name in names)
    return {*sides.train, *sides.stopping, *sides.held_out, *tests}
