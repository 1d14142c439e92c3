"""The core on a clock that the test winds: the district and the family beside it."""

from custom_components.seogu_care.bridge.messages import incident_message
from custom_components.seogu_care.care.effects import FamilyNews, Mirror, Phrase, TellFamily
from custom_components.seogu_care.care.incident import Outcome, State
from custom_components.seogu_care.care.signs import BridgeStep, Delivered, Resolve, Sos
from tests.seogu_care.clockwork import NOON, Clockwork, fall, plea


def test_plea_long_after_an_acknowledgement_is_not_overlooked() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    home.wind(minutes=2)
    home.take(plea("soon"))
    assert len(home.household.open) == 1
    home.wind(minutes=6)
    home.take(plea("later"))
    assert home.incident("later").state is State.RAISED


def test_caseworkers_acknowledgement_is_told_to_the_elder() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED, by="김복지"))
    assert home.incident("p").state is State.ACKNOWLEDGED
    assert home.incident("p").by == "김복지"
    assert home.said() == [Phrase.ALERT_RAISED, Phrase.HELP_COMING]
    assert home.reports() == [State.RAISED]


def test_second_plea_reaches_the_caseworker_who_is_on_the_way() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    home.wind(minutes=2)
    home.take(plea("again"))
    assert home.reports() == [State.RAISED, State.ACKNOWLEDGED]
    assert home.incident("p").step > 2


def test_second_press_of_the_same_button_is_told_although_it_looks_like_the_first() -> None:
    home = Clockwork()
    home.take(Sos(id="first", at=NOON, source="button"))
    home.take(Sos(id="second", at=NOON, source="button"))
    assert home.reports() == [State.RAISED, State.RAISED]


def test_elder_hears_that_help_is_coming_when_the_bridge_took_a_closed_alert_up_again() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.CLOSED, outcome=Outcome.FALSE_ALARM))
    home.take(BridgeStep(incident="p", state=State.RAISED))
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    assert home.incident("p").state is State.CLOSED
    assert home.said()[-1] == Phrase.HELP_COMING


def test_lapsed_lease_brings_the_alert_back() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    home.take(BridgeStep(incident="p", state=State.RAISED))
    assert home.incident("p").state is State.RAISED
    assert home.reports() == [State.RAISED]
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    assert home.said().count(Phrase.HELP_COMING) == 2


def test_close_by_the_bridge_has_its_outcome() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.CLOSED, outcome=Outcome.HELPED, by="김복지"))
    assert home.incident("p").outcome is Outcome.HELPED
    assert home.said()[-1] is Phrase.CLOSED
    assert home.reports() == [State.RAISED]


def test_close_in_the_home_is_told_to_the_bridge() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(Resolve(outcome=Outcome.RESOLVED_AT_HOME))
    assert home.reports() == [State.RAISED, State.CLOSED]


def test_close_of_a_check_in_in_the_home_is_nobodys_business() -> None:
    home = Clockwork()
    home.take(fall())
    home.take(Resolve(outcome=Outcome.RESOLVED_AT_HOME, incident="f"))
    assert home.reports() == []


def test_family_is_told_when_the_bridge_does_not_take_an_emergency() -> None:
    home = Clockwork()
    home.take(plea())
    home.wind(seconds=19)
    assert not any(isinstance(effect, TellFamily) for effect in home.effects)
    home.wind(seconds=1)
    home.take(Delivered(incident="p"))
    home.take(Delivered(incident="p"))
    news = [effect.news for effect in home.effects if isinstance(effect, TellFamily)]
    assert news == [FamilyNews.UNREACHABLE, FamilyNews.THROUGH]


def test_family_is_left_in_peace_when_the_bridge_takes_it_in_time() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(Delivered(incident="p"))
    home.wind(minutes=10)
    assert not any(isinstance(effect, TellFamily) for effect in home.effects)
    assert [e.incident.delivered for e in home.effects if isinstance(e, Mirror)][-1] is True


def test_family_is_told_at_once_where_there_is_no_bridge() -> None:
    home = Clockwork(bridge=False)
    home.take(plea())
    assert [e.news for e in home.effects if isinstance(e, TellFamily)] == [FamilyNews.NO_BRIDGE]


def test_bridge_is_never_told_by_the_home_who_looks_after_an_alert() -> None:
    home = Clockwork()
    home.take(plea())
    home.take(BridgeStep(incident="p", state=State.ACKNOWLEDGED))
    message = incident_message(home.incident("p"), NOON)
    assert message["incident"]["state"] == "raised"
