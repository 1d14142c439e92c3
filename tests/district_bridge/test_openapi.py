"""The OpenAPI document describes what the bridge does, and what is made from it finds no fault."""

import time
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from district_bridge.api import openapi
from tests.district_bridge.home_side import HomeSide, verified

if TYPE_CHECKING:
    from tests.district_bridge.bridge_process import BridgeProcess

FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Why a message that is as the document says may be refused: what stands in the database, and in other fields.
BESIDES_THE_DOCUMENT = {
    "no downlink message with this number was sent to this home",
    "this key belongs to another home",
    "a closed incident needs its outcome",
    "the proof of the new key is not valid",
    "each day may come once",
    "days must be a list of 1 to 31",
}
OPERATIONS = ["info", "openapi", "enrol", "batch", "downlink"]


@schemathesis.serializer("application/jwt")
def as_it_is(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else str(value).encode()


def resolved(value: Any, schemas: dict[str, Any]) -> Any:
    """A schema with what it refers to put in its place."""
    if isinstance(value, dict):
        if "$ref" in value:
            return resolved(schemas[value["$ref"].rpartition("/")[2]], schemas)
        return {name: resolved(inner, schemas) for name, inner in value.items()}
    return [resolved(inner, schemas) for inner in value] if isinstance(value, list) else value


def unsigned_messages() -> Any:
    """Lists of messages as the document has them: what a home puts into a batch before it signs it."""
    listed = {"type": "array", "items": claims_of("Message"), "minItems": 1, "maxItems": 4}
    body = {"required": True, "content": {"application/json": {"schema": listed}}}
    made = schemathesis.openapi.from_dict(
        {
            "openapi": "3.1.0",
            "info": {"title": "messages", "version": "1"},
            "paths": {"/": {"post": {"requestBody": body, "responses": {"200": {"description": "-"}}}}},
        }
    )
    return made["/"]["POST"].as_strategy()


def claims_of(name: str) -> dict[str, Any]:
    schemas = openapi.document()["components"]["schemas"]
    found: dict[str, Any] = resolved(schemas[name], schemas)
    return found


def test_document_is_served_and_valid(bridge: BridgeProcess) -> None:
    served = httpx.get(f"{bridge.url}/api/v1/openapi.json", trust_env=False)
    assert served.json() == openapi.document()
    schemathesis.openapi.from_dict(served.json()).validate()
    for schema in served.json()["components"]["schemas"]:
        jsonschema.Draft202012Validator.check_schema(claims_of(schema))
    operations = [
        method["operationId"] for path in served.json()["paths"].values() for method in path.values()
    ]
    assert operations == OPERATIONS


@pytest.mark.parametrize("name", OPERATIONS)
def test_requests_made_from_the_document_find_no_fault(bridge: BridgeProcess, name: str) -> None:
    schema = schemathesis.openapi.from_dict(openapi.document())
    operation = next(
        each.ok() for each in schema.get_all_operations() if each.ok().definition.raw["operationId"] == name
    )

    @FEW
    @given(operation.as_strategy())
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=bridge.url, checks=CHECKS, timeout=60)

    check()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "POST"])
def test_other_methods_are_told_which_one_is_right(bridge: BridgeProcess, method: str) -> None:
    answer = httpx.request(method, f"{bridge.url}/api/v1/info", trust_env=False)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_signed_batches_made_from_the_document_are_receipted_as_it_says(bridge: BridgeProcess) -> None:
    home = bridge.new_home()
    receipts = jsonschema.Draft202012Validator(claims_of("ReceiptClaims"))
    stored: list[str] = []

    @FEW
    @given(unsigned_messages())
    def check(case: schemathesis.Case) -> None:
        answer = home.batch_response(*case.body)
        assert answer.status_code == 200, answer.text
        receipt = verified(answer.text, home.bridge_jwk, "seogu-receipt+jwt", home.home)
        receipts.validate(receipt)
        stored.extend(receipt["stored"])
        why = {refused["reason"].partition(": ")[0] for refused in receipt["refused"]}
        assert why <= BESIDES_THE_DOCUMENT

    check()
    assert stored


def test_welcome_and_problems_are_as_the_document_says(bridge: BridgeProcess) -> None:
    welcome = HomeSide(bridge.url).enrol(bridge.code())
    jsonschema.Draft202012Validator(claims_of("WelcomeClaims")).validate(welcome)
    home = bridge.new_home()
    for answer in (
        home.post("/api/v1/batch", "nonsense"),
        home.batch_response(iat=int(time.time()) - 4000),
        HomeSide(bridge.url, home=home.home).batch_response(),
        home.batch_response(*[1] * 501),
    ):
        jsonschema.Draft202012Validator(claims_of("Problem")).validate(answer.json())
        responses = openapi.document()["paths"]["/api/v1/batch"]["post"]["responses"]
        allowed = responses[str(answer.status_code)]["content"]["application/problem+json"]["schema"][
            "allOf"
        ][1]
        jsonschema.Draft202012Validator(allowed).validate(answer.json())
