"""What Home Assistant's own checks would find fault with, found here without them."""

from __future__ import annotations

import ast
import json
import re
import struct
from pathlib import Path
from typing import Any

import yaml
from homeassistant.loader import Manifest  # noqa: F401 - the shape that is checked here

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "custom_components" / "seogu_care"
REQUIRED_TEXTS = {"config", "options", "entity", "services", "exceptions", "issues"}


def loaded(name: str) -> Any:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return yaml.safe_load(text) if name.endswith("yaml") else json.loads(text)


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    if isinstance(value, dict):
        return {key: text for name in value for key, text in leaves(value[name], (*path, name)).items()}
    return {path: value}


def test_manifest_has_what_a_custom_integration_needs() -> None:
    manifest = loaded("manifest.json")
    needed = {"domain", "name", "codeowners", "config_flow", "documentation", "iot_class", "version"}
    assert needed <= manifest.keys()
    assert manifest["domain"] == "seogu_care"
    assert manifest["requirements"] == []
    assert manifest["mqtt"] == ["seogu_care/+/hello"]
    assert list(manifest) == ["domain", "name", *sorted(manifest.keys() - {"domain", "name"})]


def test_korean_and_english_say_the_same_things() -> None:
    korean, english = leaves(loaded("translations/ko.json")), leaves(loaded("translations/en.json"))
    assert korean.keys() == english.keys()
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", korean[key])), key
        assert text.strip()
        assert re.search("[가-힣]", korean[key]) or korean[key] == "{name}", key
    assert loaded("translations/ko.json").keys() >= REQUIRED_TEXTS


def test_every_action_is_described() -> None:
    services = loaded("services.yaml")
    texts = loaded("translations/en.json")["services"]
    assert services.keys() == texts.keys() == loaded("icons.json")["services"].keys()
    for name, service in services.items():
        assert service["fields"].keys() == texts[name]["fields"].keys()


def test_every_entity_has_a_name_and_an_icon_or_a_device_class() -> None:
    texts = loaded("translations/en.json")["entity"]
    icons = loaded("icons.json")["entity"]
    for platform in ("binary_sensor", "button", "event", "sensor", "switch"):
        source = (FOLDER / f"{platform}.py").read_text(encoding="utf-8")
        for key in re.findall(r'translation_key="(\w+)"', source):
            assert key in texts[platform]
            assert key in icons[platform] or key == "wearable_battery"


def test_every_error_and_repair_in_the_code_has_its_words() -> None:
    texts = loaded("translations/en.json")
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py"))
    for key in re.findall(r'translation_key="(\w+)"\)', source):
        assert any(key in texts[part] for part in ("exceptions", "issues")) or key in source
    told = set(re.findall(r'(?:tell|issues\.tell)\(\s*[\w.]+,\s*[\w.]+,\s*f?"(\w+)"', source))
    assert told <= texts["issues"].keys()
    assert told
    for reason in re.findall(r'reason="(\w+)"', source):
        assert reason in texts["config"]["abort"]
    for reason in re.findall(r'EnrolmentError\(\w+, "(\w+)"|EnrolmentError\("base", "(\w+)"', source):
        assert "".join(reason) in texts["config"]["error"]


def test_core_does_not_know_home_assistant() -> None:
    allowed = {"care", "dataclasses", "datetime", "enum", "typing", "collections", "numpy", "math"}
    for path in (FOLDER / "care").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            assert {name.split(".")[0] for name in names} <= allowed, f"{path.name}: {names}"


def test_hacs_file_has_only_keys_that_hacs_knows() -> None:
    hacs = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    assert hacs["name"]
    known = {"name", "country", "homeassistant", "hacs", "content_in_root", "zip_release", "filename"}
    assert hacs.keys() <= known


def test_icons_are_small_pngs_of_the_right_size() -> None:
    for name, side in (("icon.png", 256), ("icon@2x.png", 512), ("dark_icon.png", 256), ("logo.png", 256)):
        data = (FOLDER / "brand" / name).read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", data[16:24]) == (side, side)
        assert len(data) < 50_000


def test_quality_scale_gives_a_reason_for_what_is_not_done() -> None:
    for name, rule in loaded("quality_scale.yaml")["rules"].items():
        assert rule == "done" or (rule["status"] in {"todo", "exempt"} and rule["comment"]), name
