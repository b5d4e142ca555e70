# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ServiceProviderConfig, ResourceTypes and Schemas (RFC 7643 §5–7), made by scim2-models from the models below."""

from __future__ import annotations

import copy
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    Context,
    ETag,
    Extension,
    Filter,
    Mutability,
    Patch,
    Required,
    Resource,
    ResourceType,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MAX_OPERATIONS = 500
MAX_PAYLOAD = 1_048_576
MAX_RESULTS = 1_000


class Name(ComplexAttribute):
    given_name: str | None = None
    """First name, as in the identity document."""
    family_name: str | None = None
    """Last name with its prefix, as in the identity document."""


class Email(ComplexAttribute):
    value: str | None = None
    """The address."""
    type: Annotated[str | None, Field(examples=["work", "home", "other"])] = None
    """Which of the person's addresses it is."""
    primary: bool | None = None
    """Whether the portal writes to this one."""


class Membership(ComplexAttribute):
    ura: Annotated[str | None, Required.true, CaseExact.true, Field(examples=["URA"])] = None
    """The organisation's URA number: always that of the token."""
    role: Annotated[str | None, Required.true, Field(examples=["administrator", "operator", "employee"])] = None
    """What the person is in this organisation."""


class AttributeValue(ComplexAttribute):
    type: Annotated[str | None, Field(examples=["uziNumber", "roleCode", "agbCode"])] = None
    """Which attribute (HA-012)."""
    value: str | None = None
    """Its value."""


class Identification(ComplexAttribute):
    method: Annotated[str | None, Field(examples=["wid", "self"])] = None
    """A WID check by an operator, or the person's own registration."""
    document_type: str | None = None
    """passport, identity card, …; never its number."""
    document_expires: str | None = None
    """The date until which the document is valid (YYYY-MM-DD)."""
    checked_by: str | None = None
    """Who did the check."""
    checked_at: str | None = None
    """When."""


class Device(ComplexAttribute):
    state: Annotated[str | None, Field(examples=["none", "invited", "active", "blocked", "revoked"])] = None
    """A client may set blocked, active (unblock), revoked and invited (enrol again)."""
    since: Annotated[str | None, Mutability.read_only] = None
    """When the state began."""


class ZorgidUser(Extension):
    __schema__ = URN("urn:zorgid:scim:schemas:2.0:User")

    date_of_birth: str | None = None
    """YYYY-MM-DD."""
    memberships: Annotated[list[Membership] | None, Required.true] = None
    """The token's organisation and the person's role in it; without it, an employee."""
    attributes: list[AttributeValue] | None = None
    """UZI number, role code, AGB code."""
    identification: Identification | None = None
    """How the person was identified."""
    device: Annotated[Device | None, Mutability.read_only] = None
    """The person's phone; only its state can be asked to change."""


class User(Resource[AnyExtension]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """First name, last name and UZI number; made by the portal when left out, made unique when taken."""
    name: Name | None = None
    """The person's name."""
    emails: list[Email] | None = None
    """Addresses."""
    active: Annotated[bool | None, Required.true] = None
    """False when the phone is blocked or revoked, at all organisations."""


class Organisation(Resource[Any]):
    __schema__ = URN("urn:zorgid:scim:schemas:2.0:Organisation")

    ura: Annotated[str | None, Required.true, Mutability.immutable, Uniqueness.server, CaseExact.true] = None
    """The URA number."""
    name: Annotated[str | None, Required.true] = None
    """The care organisation's name."""
    status: Annotated[str | None, Field(examples=["active", "inactive"])] = None
    """Whether its people can log in."""


def _dump(model: Any, location: str, kind: str) -> dict[str, Any]:
    document: dict[str, Any] = model.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    document["meta"] = {"resourceType": kind, "location": location}
    return document


def make_config(bulk: bool) -> dict[str, Any]:
    """What the portal can."""
    config = ServiceProviderConfig(
        documentation_uri=None,
        patch=Patch(supported=True),
        bulk=Bulk(supported=bulk, max_operations=MAX_OPERATIONS, max_payload_size=MAX_PAYLOAD),
        filter=Filter(supported=True, max_results=MAX_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="Made on the portal's page Toegangstokens by an administrator or operator",
                primary=True,
            )
        ],
    )
    return _dump(config, "/scim/v2/ServiceProviderConfig", "ServiceProviderConfig")


def make_resource_types() -> list[dict[str, Any]]:
    types = [ResourceType.from_resource(User[ZorgidUser]), ResourceType.from_resource(Organisation)]
    documents = [_dump(item, f"/scim/v2/ResourceTypes/{item.id}", "ResourceType") for item in types]
    documents[0]["schemaExtensions"][0]["required"] = True  # every user carries memberships and device
    return documents


def make_schemas() -> list[dict[str, Any]]:
    schemas = [model.to_schema() for model in (User, ZorgidUser, Organisation)]
    return [_dump(item, f"/scim/v2/Schemas/{item.id}", "Schema") for item in schemas]


def scoped(schemas: list[dict[str, Any]], ura: str) -> list[dict[str, Any]]:
    """The schemas as a token sees them: its own URA is the only value of memberships.ura."""
    schemas = copy.deepcopy(schemas)
    for schema in schemas:
        for attribute in schema["attributes"]:
            for sub in attribute.get("subAttributes", ()):
                if attribute["name"] == "memberships" and sub["name"] == "ura":
                    sub["canonicalValues"] = [ura]
    return schemas
