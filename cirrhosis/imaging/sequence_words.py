"""What the description of a series says, by the words of several vendors."""

import re
from functools import lru_cache
from typing import NamedTuple

# What a volume is instead of a sequence that is looked for, in the order in which it is named.
INSTEAD = {
    "bolus timing": r"(?:care|test|timing) ?bolus|bolus ?(?:track|test|timing)\w*|real ?time"
    r"|smart ?prep|fluoro\w*|tracker",
    "localiser": r"loc(?:ali[sz]er)?s?|scouts?|survey|(?:3|three) ?(?:pl|plane)",
    "calibration": r"(?:asset )?cal(?:ib\w*)?|ref(?:erence)? ?scan|shim\w*",
    "diffusion": r"dwi?\d*|diff\w*|ep2d\w*|e?adc|apparent|ivim|b ?\d{2,4}",
    "subtraction": r"sub(?:s|tr\w*)?|\d+/\d+/\d+ *- *\d+/\d+/\d+",
    "projection or reformat": r"mips?|mpr|mpvr|minip|reformat\w*|rot(?:at\w*)?|aorta"
    r"|(?:thick|thin) ?(?:sl|slab)",
    "cholangiography": r"mrcp|cbd|cholangio\w*|biliary|heavy|heavily|long ?te",
    "angiography": r"tof|mra|mrv|angio\w*|vasc",
    "elastography": r"mre|elasto\w*|stiffness|wave\w*",
    "map": r"t[12] ?map\w*|t2 ?(?:\*|star)|r2 ?\*|ideal ?iq|iq|pdff|molli|fat ?fraction",
    "balanced gradient echo": r"(?:fs)?fiesta\w*|tru?e?fisp|trufi|b ?ffe|btfe|balanced|ssfp",
    "other body part": r"pelvi[sc]|lower|brain|head|flair|spine|chest|thorax|cardiac|heart",
    "fat image": r"fat(?! ?(?:sat|sup|/))(?= ?(?:ax|tra|cor|only|image))|dixon f",
}
PLANES = {
    "coronal": r"cor(?:onal)?|coro",
    "sagittal": r"sag(?:ittal)?",
    "axial": r"ax(?:ial)?|tra(?:ns\w*)?",
}
BRANDS = {
    "vibe": r"vibe\w*",
    "lava": r"lava\w*",
    "medal": r"medal",
    "fame": r"fame",
    "thrive": r"e?-?thrive",
    "disco": r"disco|twist\w*|tricks",
    "mdixon": r"m?dixon\w*",
    "flash": r"flash\w*|fl ?[23]d\w*|fl",
    "spgr": r"f?spgr\w*|fgre|fast gre",
    "tfl": r"tfl\w*|turbo ?flash|tfe|ffe",
    "gre": r"3d|dyn\w*|multi ?phase|quick ?3d|tigre|gre",
}
VOLUMETRIC = ("vibe", "lava", "medal", "fame", "thrive", "disco", "mdixon", "gre")
# These suppress fat unless they say that they do not.
SUPPRESSING = ("lava", "medal", "fame", "thrive")
T1 = r"t ?-?1\w*"
T2 = r"t ?-?2\w*|stir|tirm"
SPIN_ECHO = r"haste|ss ?fse\w*|frfse\w*|3dfrfse|r?fse\w*|u?tse\w*|blade|propeller|multivane|sshtse"
SINGLE_SHOT = r"haste|ss ?fse\w*|sshtse|ssh"
STIR = r"stir|tirm"
TWO_ECHOES = r"dual ?(?:echo|te)|de|t2\+t2|multi ?echo"
SUPPRESSED = r"fs|f/s|fat ?/?-?(?:sat|sup)\w*|q?fs|spair|spir|we|water|stir|chess|dixon w|sfs"
NOT_SUPPRESSED = r"non?[ -]*(?:fat ?-?sat|fs)|nfs|w/?o ?fs"
OPPOSED = r"(?:out|opp?(?:osed)?)[ -]*(?:of)?[ -]*ph(?:ase)?|opp?(?:osed)?|o ph(?:ase)?|outphase"
IN_PHASE = r"in ?-?ph(?:ase)?|i ph(?:ase)?|ip|inphase"
BOTH_PHASES = r"ip ?/? ?op|op ?/? ?ip|i/o|in ?[-+/&]? ?out|in ?[-+/&]? ?opp\w*|dual"
# A T1 series that states its echo is one of two: in and opposed phase.
STATED_ECHO = r"te ?\d\w*|dixon (?:in|opp)"
PRE = r"pre(?: ?(?:contrast|gad|gd))?|c-|native|non ?-?contrast|un ?-?enhanced|dynpre|w/o c"
POST = r"post(?:contrast|gad|gd)?|c\+|gad\w*|gd|enhanced|contrast"
# Contrast agent after another word (`ax+c`, `spgr/g`), or as Siemens ends the name (`_c`).
POST_MARK = re.compile(r"\+ ?c(?![a-z0-9])|[+/] ?g(?:d|ad\w*)?(?![a-z0-9])| c$")
PHASES = {
    "hepatobiliary": r"hepato\w*|hbp|hep ?bil\w*",
    "delayed": r"delay\w*|equi\w*|transition\w*|del|late(?! ?art)|interstitial",
    "arterial": r"art(?:erial)?|hap",
    "pvp": r"port(?:al|o)\w*|pv[pi]?|venous|ven|dynportal",
}
MOMENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?(s|secs?|seconds?|mins?|minutes?)(?![a-z0-9])")


class DescriptionWords(NamedTuple):
    """What a description says; empty where it says nothing.

    Attributes:
        text: The description in lower case, marks between words as blanks.
        instead: What the volume is that is none of the sequences, such as `localiser`.
        weighting: `t1` or `t2`.
        brand: Kind of the gradient echo, such as `vibe`.
        plane: `axial`, `coronal` or `sagittal`.
        phase: `pre`, `post`, `mixed` for both, or the one phase after contrast that it names;
            `post` if it names several.
        moments_s: Seconds after contrast that it names.
        echoes: `in phase`, `opposed phase` or `both phases` of water and fat, `two echoes` of T2.
        suppressed: Whether fat is suppressed.
        single_shot: Whether one excitation makes a slice.
        is_stir: Whether an inversion suppresses fat.
        is_dixon: Whether it is a part of a Dixon acquisition.
    """

    text: str
    instead: str
    weighting: str
    brand: str
    plane: str
    phase: str
    moments_s: tuple[float, ...]
    echoes: str
    suppressed: bool
    single_shot: bool
    is_stir: bool
    is_dixon: bool


@lru_cache(maxsize=1024)
def read_words(description: str) -> DescriptionWords:
    """Return what `description` says; capitals, underscores and brackets do not matter."""
    text = re.sub(r"[^a-z0-9+/&*.-]+", " ", description.lower()).strip()
    brand, phase, moments = _first(BRANDS, text), _phase(text), _moments(text)
    weighting = _weight(text)
    echoes = _echoes(text, weighting)
    # Gradient echoes and phases of contrast are T1-weighted unless the text says T2.
    if not weighting and (brand or phase or echoes):
        weighting = "t1"
    return DescriptionWords(
        text=text,
        instead=_first(INSTEAD, text),
        weighting=weighting,
        brand=brand if weighting == "t1" else "",
        plane=_first(PLANES, text),
        phase=phase,
        moments_s=moments,
        echoes=echoes,
        suppressed=_suppressed(text, brand),
        single_shot=_says(SINGLE_SHOT, text),
        is_stir=_says(STIR, text),
        is_dixon=_says(r"dixon\w*|water", text),
    )


def _says(pattern: str, text: str) -> bool:
    """Tell whether a whole word of `text` fits; `+`, `-` and `/` also part words."""
    return re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])", text) is not None


def _first(patterns: dict[str, str], text: str) -> str:
    return next((name for name, pattern in patterns.items() if _says(pattern, text)), "")


def _weight(text: str) -> str:
    if _says(T1, text):
        return "t1"
    return "t2" if _says(f"{T2}|{SPIN_ECHO}", text) else ""


def _suppressed(text: str, brand: str) -> bool:
    if _says(NOT_SUPPRESSED, text):
        return False
    return brand in SUPPRESSING or _says(SUPPRESSED, text)


def _phase(text: str) -> str:
    named = [name for name, pattern in PHASES.items() if _says(pattern, text)]
    if named:
        return named[0] if len(named) == 1 else "post"
    before = _says(PRE, text)
    after = _says(POST, text) or POST_MARK.search(text) is not None
    if before and after:
        return "mixed"
    return "pre" if before else "post" if after else ""


def _moments(text: str) -> tuple[float, ...]:
    return tuple(
        float(number) * (60.0 if unit.startswith("m") else 1.0)
        for number, unit in MOMENT.findall(text)
    )


def _echoes(text: str, weighting: str) -> str:
    if weighting == "t2":
        return "two echoes" if _says(TWO_ECHOES, text) else ""
    if _says(BOTH_PHASES, text):
        return "both phases"
    if _says(OPPOSED, text):
        return "opposed phase"
    return "in phase" if _says(f"{IN_PHASE}|{STATED_ECHO}", text) else ""
