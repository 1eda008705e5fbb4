"""Sentences that the page and the terminal share."""

from typing import Any

PROTOCOLS = {
    "nested": (
        "Nested. The held-out fold took no part in any decision of the training: each network"
        " stopped on another part of the training patients."
    ),
    "nested_fusion": (
        "Nested fusion. The forest of a fold learnt from scores of networks that had seen neither"
        " that fold nor the patient."
    ),
    "paper": (
        "As published. The best epoch was chosen on the held-out fold itself, so out-of-fold"
        " numbers are optimistic; numbers of test rows are not touched by this."
    ),
    "fixed_epochs": (
        "Fixed number of epochs. No patient took part in choosing the epoch, because the rarer"
        " class was too small to stop on, or because it was asked for."
    ),
}
RULES = {
    "auroc": "the largest pooled out-of-fold AUROC",
    "article": (
        "among combinations close to the largest AUROC, the one whose sensitivity and"
        " specificity differ least; our reading of the article's words"
    ),
    "parsimony": "the fewest sequences within one standard error of the largest AUROC",
}
BANNER = (
    "Synthetic cohort. Every patient here was made by a program; the numbers show that the"
    " software works and say nothing about real patients."
)
INFERENCE = (
    "The chosen combination was picked on these rows. A test of another combination against it is"
    " not valid inference; comparisons that count come from test rows."
)


def describe_protocol(protocol: str) -> str:
    """Return the protocol in words, or several joined by `+`; an unknown one keeps its name."""
    return " ".join(PROTOCOLS.get(name, f"{name}.") for name in protocol.split("+"))


def describe_rule(rule: str) -> str:
    """Return the rule of the choice in words; an unknown one keeps its name."""
    return f"{rule}: {RULES[rule]}" if rule in RULES else rule


def describe_level(provenance: dict[str, Any]) -> str:
    """Return the confidence level of the intervals, such as `95 %`."""
    return f"{100 * float(provenance.get('confidence_level', 0.95)):g} %"
