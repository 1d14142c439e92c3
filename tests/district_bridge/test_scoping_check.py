"""The check that no view asks for personal data outside the scoping functions."""

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "script/check_scoping.py"
MODELS = """
class Home(models.Model): ...
class Resident(models.Model):
    home = models.OneToOneField(Home, on_delete=models.CASCADE)
class Alert(models.Model):
    home = models.ForeignKey("homes.Home", on_delete=models.PROTECT)
class Transition(models.Model):
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE)
class Neighbourhood(models.Model): ...
"""


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_scoping", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_scoping"] = module
    spec.loader.exec_module(module)
    return module


def found(checker: ModuleType, expression: str) -> list[str]:
    personal = checker.personal_models({"models.py": MODELS})
    source = f"def view(request, home_id):\n    return {expression}\n"
    return [finding.model for finding in checker.check("dashboard/views/x.py", source, personal)]


def test_a_model_is_personal_when_it_hangs_on_a_home_however_far(checker: ModuleType) -> None:
    assert checker.personal_models({"models.py": MODELS}) == {"Home", "Resident", "Alert", "Transition"}


@pytest.mark.parametrize(
    "expression",
    [
        "Alert.objects.all()",
        "Alert.objects",
        "Home.objects.filter(pk=home_id).first()",
        "models.Home.objects.get(pk=home_id)",
        "list(Transition.objects.filter(alert_id=17).order_by('id'))",
        "get_object_or_404(Home, pk=home_id)",
        "get_object_or_404(Alert, home=home_id)",
        "get_object_or_404(Alert.objects.select_related('home'), pk=1)",
        "Resident._base_manager.get(home=home_id)",
        "[row for row in Resident.objects.filter(home__in=home_ids)]",
        "render(request, 'x.html', {'homes': Home.objects.count()})",
        "homes_visible_to(account) | Home.objects.filter(pk=home_id)",
    ],
)
def test_a_query_that_goes_round_is_found(checker: ModuleType, expression: str) -> None:
    assert found(checker, expression)


@pytest.mark.parametrize(
    "expression",
    [
        "homes_visible_to(account).filter(pk=home_id)",
        "get_object_or_404(homes_visible_to(account), pk=home_id)",
        "get_object_or_404(Alert, home=found, pk=1)",
        "Alert.objects.filter(home__in=homes_visible_to(account)).order_by('id')",
        "Transition.objects.filter(alert=alert)",
        "Neighbourhood.objects.all()",
        "found.alerts.all()",
    ],
)
def test_a_scoped_query_passes(checker: ModuleType, expression: str) -> None:
    assert found(checker, expression) == []


@pytest.mark.parametrize(
    "expression",
    ["connection.cursor()", "thing.raw('SELECT 1')", "apps.get_model('homes', 'Home')"],
)
def test_ways_round_the_models_are_found(checker: ModuleType, expression: str) -> None:
    assert found(checker, expression)


def test_another_name_for_a_model_hides_nothing(checker: ModuleType) -> None:
    source = "from x import Home as House\ndef view(request):\n    return House.objects.all()\n"
    assert checker.check("dashboard/views/x.py", source, {"Home"})


def test_an_exception_is_for_one_function_and_model(
    checker: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checker.ALLOWED, ("dashboard/views/x.py", "view", "Alert"), "because")
    assert found(checker, "Alert.objects.all()") == []
    assert found(checker, "Home.objects.all()") == ["Home"]


def test_the_bridge_as_it_is_passes(checker: ModuleType) -> None:
    assert checker.main() == 0
