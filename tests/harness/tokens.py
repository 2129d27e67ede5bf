"""Tokens, minted and verified with PyJWT, independently of roomcast."""

from __future__ import annotations

import time
import uuid

import jwt

ACCESS_KEY = "conformance-access-key"
SECRET = "conformance-secret-3f9c2b7e5d8a4160b2c7"
WRONG_SECRET = "another-secret-77aa0b5c9d1e4f2388aa"


def mint(kind: str, *, secret: str = SECRET, lifetime: int = 3600, **claims: str) -> str:
    issued = int(time.time()) - 10
    payload = {
        "access_key": ACCESS_KEY,
        "type": kind,
        "version": 2,
        "jti": str(uuid.uuid4()),
        "iat": issued,
        "nbf": issued,
        "exp": issued + lifetime,
        **claims,
    }
    return jwt.encode(payload, secret, algorithm="HS256")


def management() -> str:
    return mint("management")


def peer(room_id: str, role: str, user_id: str) -> str:
    return mint("app", room_id=room_id, role=role, user_id=user_id)


# Tokens that a case can use as `$token:<name>`.
NAMED = {
    "management": management,
    "expired": lambda: mint("management", lifetime=-3600),
    "wrong-secret": lambda: mint("management", secret=WRONG_SECRET),
    "peer": lambda: peer("r", "host", "u"),
}


def verify_management(token: str) -> dict:
    """The claims of a management token; raises if the token is not valid."""
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp", "iat", "nbf", "jti"]})
    assert claims["access_key"] == ACCESS_KEY and claims["type"] == "management" and claims["version"] == 2, claims
    return claims
