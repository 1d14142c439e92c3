"""What each entry of the access log says was done, in words: the log itself keeps the short names."""

from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

WORDS: Final = {
    "access-download": _("the access log, as a file"),
    "access-of-home": _("who was shown a home"),
    "access-review": _("the access log"),
    "account": _("the own account"),
    "acknowledge": _("took an alert on"),
    "add-shift": _("added a shift"),
    "alert": _("an alert"),
    "alert-story": _("an alert"),
    "another-code": _("made an enrolment code"),
    "answer-swap": _("answered about a shift"),
    "area": _("an outage's call list"),
    "break-glass": _("emergency access"),
    "calendar": _("the on-call calendar"),
    "called-119": _("noted a call to 119"),
    "called-area": _("noted a call in an outage"),
    "close": _("closed an alert"),
    "closed-alerts": _("closed alerts, as a list"),
    "consent": _("changed a consent"),
    "end-subscription": _("ended pushes"),
    "enrol": _("adding a home"),
    "figures": _("the figures"),
    "give-back": _("gave an alert back"),
    "home": _("a home"),
    "home-plan": _("changed how a home is watched"),
    "homes": _("homes, as a list"),
    "ladders": _("the ladders"),
    "language": _("changed the language"),
    "login": _("signed in"),
    "logout": _("signed out"),
    "merge": _("merged alerts"),
    "note": _("wrote a note"),
    "note-glass": _("looked at an emergency access"),
    "offer": _("offered an alert"),
    "password": _("the password"),
    "password_wrong": _("a wrong password"),
    "queue": _("open alerts, as a list"),
    "queue-rows": _("open alerts, as a list"),
    "reach": _("how one is reached"),
    "receive": _("answered a hand-over"),
    "recovery-codes": _("made recovery codes"),
    "release-key": _("released a held key"),
    "remove-ladder": _("removed a ladder"),
    "remove-shift": _("took out a shift"),
    "resident": _("resident and contacts"),
    "revoke-key": _("revoked a key"),
    "rotate-key": _("asked a device for a new key"),
    "say": _("had the robot say something"),
    "second-factor": _("the second step"),
    "second_factor": _("the second step"),
    "second_factor_wrong": _("a wrong code of the second step"),
    "sign_out": _("signed out"),
    "second-factor-set-up": _("set up the second step"),
    "shift-summary": _("a shift's summary"),
    "sign-out-everywhere": _("signed out everywhere"),
    "subscribe": _("switched pushes on"),
    "swap": _("asked a colleague to take a shift"),
    "take-on-area": _("took an outage on"),
    "try-out": _("sent a test message"),
    "undo": _("took a step back"),
}


def in_words(action: str) -> str:
    """The action in the reader's language; one that is not known keeps its short name."""
    return str(WORDS.get(action, gettext(action)))
