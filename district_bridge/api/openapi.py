"""The wire as an OpenAPI 3.1 document (docs/protocol.md in a form that programs read)."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from district_bridge.api.http import BODY_BYTES
from district_bridge.intake.reading import MESSAGES
from district_bridge.wire import messages, problems, tokens
from district_bridge.wire.messages import Kind, Outcome

if TYPE_CHECKING:
    from district_bridge.wire.problems import ProblemError

type Schema = dict[str, Any]

COMPACT = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
THUMBPRINT = r"^[A-Za-z0-9_-]{43}$"


def document() -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Seogu Care bridge: homes and robots",
            "version": version("seogu-care"),
            "summary": "Signed batches up, one signed stream down.",
            "description": (
                "Everything signed is a JWT in JWS compact form, algorithm EdDSA with Ed25519. A batch is"
                " answered after the bridge's database has committed; only the receipt clears an outbox."
            ),
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "paths": {
            "/api/v1/info": {"get": _info()},
            "/api/v1/openapi.json": {"get": _document()},
            "/api/v1/enrol": {"post": _enrol()},
            "/api/v1/batch": {"post": _batch()},
            "/api/v1/downlink": {"get": _downlink()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "listen": {"type": "http", "scheme": "bearer", "bearerFormat": "seogu-listen+jwt"}
            },
        },
    }


def _info() -> Schema:
    return {
        "operationId": "info",
        "summary": "Who answers at this address, its key and its clock",
        "responses": {"200": _answer("The bridge", "application/json", _ref("Info"))} | _failures(),
    }


def _document() -> Schema:
    answer = _answer("This document", "application/json", {"type": "object"})
    return {
        "operationId": "openapi",
        "summary": "This document",
        "responses": {"200": answer} | _failures(),
    }


def _enrol() -> Schema:
    return {
        "operationId": "enrol",
        "summary": "A new key and the single-use code of its home",
        "requestBody": _token("seogu-enrol+jwt", "EnrolClaims"),
        "responses": {
            "201": _answer("Welcome (seogu-welcome+jwt)", "application/jwt", _ref("Token"), "WelcomeClaims")
        }
        | _failures(
            problems.MalformedError,
            problems.BadSignatureError,
            problems.StaleError,
            problems.CodeUnknownError,
            problems.CodeUsedError,
            problems.CodeExpiredError,
            problems.TooLargeError,
            problems.TooManyError,
        ),
    }


def _batch() -> Schema:
    return {
        "operationId": "batch",
        "summary": "Messages of a home or its robot; answered after the database has committed",
        "requestBody": _token("seogu-batch+jwt", "BatchClaims"),
        "responses": {
            "200": _answer("Receipt (seogu-receipt+jwt)", "application/jwt", _ref("Token"), "ReceiptClaims")
        }
        | _failures(
            problems.MalformedError,
            problems.BadSignatureError,
            problems.UnknownKeyError,
            problems.StaleError,
            problems.RevokedError,
            problems.HeldError,
            problems.ReplayedError,
            problems.TooLargeError,
            problems.TooManyError,
        ),
    }


def _downlink() -> Schema:
    seen = {"type": "string", "pattern": "^[0-9]{1,10}$"}
    return {
        "operationId": "downlink",
        "summary": "The home's stream of signed messages, from the one after the last that was seen",
        "security": [{"listen": []}],
        "parameters": [
            {"name": "Last-Event-ID", "in": "header", "required": False, "schema": seen, "example": "17"}
        ],
        "responses": {
            "200": _answer("Server-sent events", "text/event-stream", {"type": "string"}, "DownlinkClaims")
        }
        | _failures(
            problems.MalformedError,
            problems.BadSignatureError,
            problems.UnknownKeyError,
            problems.StaleError,
            problems.RevokedError,
            problems.HeldError,
            problems.ReplayedError,
        ),
    }


def _token(typ: str, claims: str) -> Schema:
    content = {"schema": _ref("Token"), "x-typ": typ, "x-claims": _ref(claims)}
    return {
        "required": True,
        "description": f"{typ}, at most {BODY_BYTES} bytes",
        "content": {"application/jwt": content},
    }


def _answer(what: str, content_type: str, schema: Schema, claims: str | None = None) -> Schema:
    content = {"schema": schema} | ({"x-claims": _ref(claims)} if claims else {})
    return {"description": what, "content": {content_type: content}}


def _failures(*errors: type[ProblemError]) -> Schema:
    """The problems that a call may answer with, by status."""
    by_status: dict[int, list[type[ProblemError]]] = {}
    found: tuple[type[ProblemError], ...] = (*errors, problems.MethodError, problems.BridgeFailureError)
    for error in found:
        by_status.setdefault(error.status, []).append(error)
    return {str(status): _failure(status, group) for status, group in sorted(by_status.items())}


def _failure(status: int, errors: list[type[ProblemError]]) -> Schema:
    names = ", ".join(f"`{error.name}`" for error in errors)
    kinds = [f"urn:seogu:{error.name}" for error in errors]
    schema = {
        "allOf": [_ref("Problem"), {"properties": {"type": {"enum": kinds}, "status": {"const": status}}}]
    }
    failure: Schema = {
        "description": f"{names}: {errors[0].title}",
        "content": {"application/problem+json": {"schema": schema}},
    }
    headers = {
        problems.TooManyError.status: {"Retry-After": _header("Seconds to wait", "^[0-9]+$")},
        problems.MethodError.status: {"Allow": _header("The method that is allowed", "^[A-Z]+$")},
    }
    return failure | ({"headers": headers[status]} if status in headers else {})


def _header(what: str, pattern: str) -> Schema:
    return {"description": what, "required": True, "schema": {"type": "string", "pattern": pattern}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(required), "properties": required | (optional or {})}


def _text(longest: int, shortest: int = 1) -> Schema:
    # No database takes NUL as text.
    return {"type": "string", "minLength": shortest, "maxLength": longest, "pattern": "^[^\\x00]*$"}


def _whole(least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": messages.LARGEST_NUMBER}


def _list(items: Schema, most: int | None = None) -> Schema:
    return {"type": "array", "items": items} | ({"maxItems": most} if most else {})


TIME: Schema = {"type": "string", "format": "date-time"}
ID: Schema = {"type": "string", "format": "uuid"}
SECONDS: Schema = {"type": "integer", "minimum": 0, "description": "seconds since 1970"}


def _schemas() -> dict[str, Schema]:
    return {
        "Token": {"type": "string", "pattern": COMPACT, "description": "A JWT in JWS compact form"},
        "Jwk": _object(
            {
                "kty": {"const": "OKP"},
                "crv": {"const": "Ed25519"},
                "x": {"type": "string", "pattern": THUMBPRINT},
            }
        ),
        "Problem": _object(
            {
                "type": {"type": "string", "pattern": "^urn:seogu:[a-z-]+$"},
                "title": _text(200),
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": _text(1000),
                "time": {"type": "number", "description": "the bridge's clock, seconds since 1970"},
            }
        ),
        "Info": _object(
            {
                "service": {"const": "seogu-bridge"},
                "api": {"const": 1},
                "version": _text(40),
                "name": _text(200),
                "jwk": _ref("Jwk"),
                "time": {"type": "number"},
            }
        ),
        **_claims(),
        **_messages(),
    }


def _claims() -> dict[str, Schema]:
    to_bridge: dict[str, Schema] = {"aud": {"const": "seogu-bridge"}, "iat": SECONDS, "jti": _text(64)}
    to_home: dict[str, Schema] = {"iss": {"const": "seogu-bridge"}, "aud": _text(64), "iat": SECONDS}
    ids = _list({"type": "string"})
    refused = _object({"id": {"type": ["string", "null"]}, "reason": _text(1000)})
    return {
        "EnrolClaims": _object(to_bridge | {"code": _text(40)}, {"software": _text(40, 0)}),
        "WelcomeClaims": _object(
            to_home
            | {
                "home": _text(40),
                "neighbourhood": _text(100),
                "heartbeat_s": _whole(1),
                "silence_limit_s": _whole(1),
                "bridge_jwk": _ref("Jwk"),
            }
        ),
        "BatchClaims": _object(
            {"iss": _text(40)} | to_bridge | {"messages": _list(_ref("Message"), MESSAGES)},
            {"boot": _text(tokens.BOOT_CHARACTERS) | {"description": "names this start of the program"}},
        ),
        "ReceiptClaims": _object(
            to_home | {"jti": _text(64), "stored": ids, "duplicate": ids, "refused": _list(refused)}
        ),
        "DownlinkClaims": _object(to_home | {"seq": _whole(1), "message": {"type": "object"}}),
    }


def _messages() -> dict[str, Schema]:
    kinds = ["IncidentMessage", "Heartbeat", "RobotKey", "NewKey", "DownlinkReceipt", "RoutineDays"]
    words = _text(messages.SUMMARY_CHARACTERS)
    value = {
        "anyOf": [
            {"type": ["number", "boolean", "null"]},
            _text(messages.EVIDENCE_CHARACTERS),
        ]
    }
    return {
        "Message": {"anyOf": [_ref(kind) for kind in kinds]},
        "IncidentMessage": _message("incident", {"incident": _ref("Incident")}),
        "Heartbeat": _message(
            "heartbeat",
            {
                "parts": {
                    "type": "object",
                    "maxProperties": messages.EVIDENCE_ITEMS,
                    "propertyNames": _text(messages.WORD_CHARACTERS),
                    "additionalProperties": _text(messages.WORD_CHARACTERS),
                },
                "waiting": _whole(),
            },
            {
                "seen": {
                    "type": "object",
                    "maxProperties": messages.EVIDENCE_ITEMS,
                    "propertyNames": _text(messages.WORD_CHARACTERS),
                    "additionalProperties": TIME,
                }
            },
        ),
        "NewKey": _message(
            "new_key",
            {
                "proof": _text(messages.PROOF_CHARACTERS)
                | {"description": "a token (seogu-key+jwt) that the new key has signed"}
            },
        ),
        "RoutineDays": _message("routine", {"days": _list(_ref("RoutineDay"), messages.ROUTINE_DAYS)}),
        "RoutineDay": _object(
            {
                "date": {"type": "string", "format": "date"},
                "rooms": {"type": "string", "pattern": f"^{messages.ROUTINE_ROOMS.pattern}$"},
                "lively": {"type": "string", "pattern": f"^{messages.ROUTINE_LIVELY.pattern}$"},
            }
        ),
        "RobotKey": _message(
            "robot_key",
            {"robot": {"type": "string", "pattern": "^[a-z0-9_-]{3,64}$"}, "jwk": _ref("Jwk")},
        ),
        "DownlinkReceipt": _message("receipt", {"downlink": _whole()}),
        "Evidence": _object(
            {"name": _text(messages.WORD_CHARACTERS), "value": value},
            {"unit": {"anyOf": [{"type": "null"}, _text(messages.WORD_CHARACTERS, 0)]}},
        ),
        "Incident": _object(
            {
                "id": ID,
                "kind": {"enum": list(Kind)},
                "state": {"enum": list(messages.STATES)},
                "severity": {"enum": list(messages.SEVERITIES)},
                "opened_at": TIME,
                "state_at": TIME,
                "step": _whole(),
                "summary": _object({"ko": words, "en": words}),
                "reported_by": {"enum": list(messages.REPORTERS)},
            },
            {
                "evidence": _list(_ref("Evidence"), messages.EVIDENCE_ITEMS),
                "outcome": {"enum": [None, *Outcome], "description": "needed when the state is closed"},
            },
        ),
    }


def _message(kind: str, more: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    numbered = _whole(1) | {"description": "the sender's own number of the message; never skipped"}
    return _object(
        {"v": {"const": 1}, "id": ID, "type": {"const": kind}, "at": TIME} | more,
        {"seq": numbered} | (optional or {}),
    )
