"""The step that the network cannot do without: the limit that training is held against."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from timing import read_clock
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode


class BareStep:
    """Forward, loss, backward and optimiser on one batch that lies on the device already.

    Network, optimiser, precision, memory format and compile state are those of the run itself,
    not copies of them, so that nothing differs but what is around.

    Args:
        trainer: Trains.
        module: What it trains.
        image: Of a batch, as the module was given it.
        target: Likewise.
    """

    def __init__(
        self, trainer: Trainer, module: LightningModule, image: Tensor, target: Tensor
    ) -> None:
        self.trainer = trainer
        self.module = module
        # The memory of a batch is used again, so these are copies; the image's lies as the
        # network wants it, and bringing it there is no part of the bare step.
        self.image = image.clone(memory_format=module.memory_format)
        self.target = target.clone()
        self.device = image.device

    def __call__(self) -> None:
        """Take one step."""
        with self.trainer.precision_plugin.train_step_context():
            loss = self.module.loss(self.module(self.image), self.target)
        loss.backward()
        optimizer = self.trainer.optimizers[0]
        optimizer.step()
        optimizer.zero_grad()

    def time(self, n_steps: int) -> float:
        """Return the seconds of some steps."""
        start = read_clock(self.device)
        for _ in range(n_steps):
            self()
        return read_clock(self.device) - start

    def count_flops(self) -> int:
        """Return the floating point operations of a step, as torch counts them."""
        counter = FlopCounterMode(display=False)
        with counter:
            self()
        return int(counter.get_total_flops())


class FirstBatch(Callback):
    """Keeps a run's first batch for bare steps."""

    bare: BareStep | None = None

    def on_train_batch_start(
        self, trainer: Trainer, module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Keep the batch if it is the first."""
        del batch_idx
        if self.bare is None:
            self.bare = BareStep(trainer, module, batch["image"], batch["target"])
