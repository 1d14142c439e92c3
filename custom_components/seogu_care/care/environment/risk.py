"""Who is most at risk from heat and cold, by what the family has told. It never leaves the home.

The groups are those that the Korea Disease Control and Prevention Agency names for heat and cold illness: the
old, and people with diseases of heart, vessels, lungs, kidneys, with diabetes or dementia.
"""

from typing import Final

from .criteria import OLD_FROM

_ILLNESSES: Final = (
    "심장", "심부전", "협심증", "고혈압", "뇌졸중", "중풍", "당뇨", "천식", "폐", "신장", "투석",
    "치매", "인지", "파킨슨", "암", "와상", "거동",
    "heart", "hypertension", "stroke", "diabet", "asthma", "copd", "lung", "kidney", "dialysis",
    "dementia", "alzheimer", "parkinson", "cancer", "bedridden",
)  # fmt: skip


def at_risk(age: int | None, notes: str = "") -> bool:
    """Whether heat and cold are told a level earlier for this resident."""
    lowered = notes.casefold()
    return (age is not None and age >= OLD_FROM) or any(word in lowered for word in _ILLNESSES)
