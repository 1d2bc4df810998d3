"""Whether a harm came about, and to those who were treated: most harms that are written of are the disease's."""

from __future__ import annotations

import re
from typing import Final

from nlp import stance

_TOLD_OF: Final = re.compile(
    r"\b(?:treat(?:ed|ment|ments)|transplant\w*|graft\w*|inject\w*|implant\w*|infus\w+|administ\w+|therap\w+"
    r"|(?<!age )groups?|arms?"
    r"|recipients?|receiv\w+|placebo|vehicle|surg\w+|operat\w+|post-?operative\w*|procedures?|interven\w+|training"
    r"|stimulat(?:ed|ion)|dos(?:es?|ed|ing)|drugs?|exosomes?|vesicles?|ablation|co-?treat\w*|MSCs?|NSCs?|NPCs?|OECs?"
    r"|OPCs?|OEGs?|(?:c|ch)'?ABC|(?:Schwann|stem|progenitor|ensheathing) cells?|rehabilitation|hydrogels?"
    r"|scaffolds?)\b",
    re.IGNORECASE,
)
_ASSOCIATION: Final = re.compile(
    r"\b(?:associat(?:ed|ions?)|correlat\w+|hazard|odds|prognos\w+|predict\w*|risk factors?|risks? of|mutat\w+|smok\w+"
    r"|prevalence|relationship|linked to|more likely|in culture|in vitro|(?:co-?)?cultured?|co-?cultures"
    r"|characteri[sz]ed by|typically|frequently"
    r"|often|commonly|usually|symptoms?|the absolute|patients with (?:high|low|elevated|severe|advanced)\w*"
    r"|slight(?:ly)?|transient(?:ly)?|initial(?:ly)?|whichever|baseline|with (?:the |greater )*(?:distance|depth|age"
    r"|frequency|increasing)|insult"
    r"|SCI groups?|sham|confirm\w+|compared (?:with|to) the (?:\w+ )?regions?|by (?:the )?(?:CSPGs?|injury|SCI"
    r"|lesions?)|(?:uni|multi)variate|deprived|knock-?downs?|(?:high|low) [\w /-]{1,20} (?:groups?|ratios?)"
    r"|responders|previous(?:ly)?"
    r"|dpo|dpi|post-?injury|injured (?:groups?|rats|mice|animals)|re-?transection|transections?|excluded|inclusion"
    r"|eliminated from"
    r"|(?:after|following) (?:the |a |an |spinal |cord |complete )*(?:injury|SCI|lesion|contusion|hemisection"
    r"|axotomy))\b",
    re.IGNORECASE,
)
"""Words of a harm that goes with something, not of one that followed a treatment."""
_BROUGHT_ABOUT: Final = re.compile(
    r"\b(?:show(?:ed|n)|exhibited|demonstrated|displayed|had|made|was|were|been|observed|reported|found|caused"
    r"|resulted in|led to"
    r"|experienced|developed|detected|produced|revealed|achieved)\b"
    r"(?:(?!\b(?:and|which|that|but|who|to)\b)[^,;:]){0,60}$",
    re.IGNORECASE,
)
_SEEN_AFTER: Final = re.compile(
    r"[^,;:]{0,60}?\b(?:was|were|is|are|has been|have been) (?:\w+ly )?(?:observed|seen|found|noted|detected"
    r"|reported|evident|apparent|recorded)\b",
    re.IGNORECASE,
)
_ATTRIBUTIVE: Final = re.compile(
    r"\b(?:includ\w+|with|by|such as|from|for|(?:caus|induc|produc)(?:es?|ing)|leads? to) (?:an? )?(?:\w+ly )?$",
    re.IGNORECASE,
)
_AND_AT_END: Final = re.compile(r"\b(?:and|or) (?:\w+ly )?$", re.IGNORECASE)
_PAST_VERB: Final = re.compile(r"\w+ed$|\w+(?:fell|rose)$", re.IGNORECASE)
_CLAUSE_HEAD: Final = re.compile(r".*[,;:]|.*\b(?:that|which|who)\b", re.IGNORECASE | re.DOTALL)


def tells_of_treated(sentence: str) -> bool:
    """Whether a harm is told of those who were treated: not of an injury, a disease, or what goes along with it."""
    if _ASSOCIATION.search(sentence) or stance.is_alike(sentence):
        return False
    return bool(_TOLD_OF.search(sentence))


def was_brought_about(before: str, cue: str, after: str) -> bool:
    """Whether a cue before its object tells what happened: "had lower scores", "grafts reduced the density".

    "Impaired gait" alone may be anybody's, and "X inhibits growth" holds of X in general.
    """
    if stance.names_control(before) or _ATTRIBUTIVE.search(before):
        return False
    if _BROUGHT_ABOUT.search(before) or _SEEN_AFTER.match(after):
        return True
    if not _PAST_VERB.match(cue) or _AND_AT_END.search(before):
        return False
    return bool(_TOLD_OF.search(_CLAUSE_HEAD.sub("", before)))
