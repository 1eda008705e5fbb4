"""What a graphics card can do at most, by its maker's data sheet."""

from typing import Any

import torch

# Dense bfloat16 on tensor cores, floating point operations per second, without sparsity. The
# first name that the device's own contains counts, so longer names come first. From NVIDIA's
# data sheets of each card.
PEAK_BFLOAT16 = {
    "H200": 989.4e12,
    "H100 NVL": 835.5e12,
    "H100 PCIe": 756.0e12,
    "H100": 989.4e12,
    "A100": 312.0e12,
    "L40S": 362.05e12,
    "L4": 121.0e12,
    "A10G": 70.0e12,
    "A10": 125.0e12,
    "RTX 4090": 165.2e12,
    "RTX 3090": 71.0e12,
}


def describe_peak(device: torch.device, precision: str, flops_per_second: float) -> dict[str, Any]:
    """Return the share of the card's peak, or None with the reason."""
    peak, reason = None, ""
    if device.type != "cuda":
        reason = "a processor: no peak is stated for it"
    elif precision != "bf16-mixed":
        reason = f"the table holds peaks of bfloat16, the precision is {precision}"
    else:
        name = torch.cuda.get_device_name(device)
        peak = next((value for key, value in PEAK_BFLOAT16.items() if key in name), None)
        reason = "" if peak else f"no peak is stated for '{name}'"
    return {
        "flops_per_second": flops_per_second,
        "share_of_peak": flops_per_second / peak if peak else None,
        "share_of_peak_absent_for": reason or None,
    }
