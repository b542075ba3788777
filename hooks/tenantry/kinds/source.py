"""Where a registry's rows come from: one table or view of one database."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, WithJsonSchema, field_validator, model_validator

from tenantry.kinds.kind import Model, list_atomic, rules

DURATION: Final = r"^[1-9][0-9]{0,5}(s|m|h)$"
SHORT: Final = r"^[1-9][0-9]?s$"
"""A duration of at most 99 seconds: Metacontroller waits 60 s for a hook."""

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_SCALAR: Final = {"x-kubernetes-int-or-string": True}
SECRET_NAME: Final = r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"
SECRET_KEY: Final = r"^[-._a-zA-Z0-9]{1,253}$"
HOST: Final = r"^[a-zA-Z0-9:._-]{1,253}$"
"""A name or an address: neither a list of hosts nor the path of a socket."""

Operator = Literal["In", "NotIn", "Exists", "Equal", "NotEqual", "Greater", "Less", "Like"]
TLSMode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]


def seconds_of(duration: str) -> int:
    """The seconds of a duration such as 30s, 5m or 1h."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


class SecretReference(Model):
    """A Secret that carries the label tenantry.io/datasource: "true"."""

    name: str = Field(pattern=SECRET_NAME, description="Required. Name of the Secret.")
    namespace: str = Field(pattern=SECRET_NAME, description="Required. Namespace of the Secret.")


class PasswordReference(SecretReference):
    """The key of a Secret in which a password stands."""

    key: str = Field(default="password", pattern=SECRET_KEY, description="Key of the Secret under which it stands.")


class AuthorityReference(SecretReference):
    """The key of a Secret in which certificates of authorities stand, in PEM."""

    key: str = Field(default="ca.crt", pattern=SECRET_KEY, description="Key of the Secret under which they stand.")


class SourceTLS(Model):
    """Whether connections are encrypted, and whom they trust."""

    mode: TLSMode = Field(
        default="prefer",
        description="disable: never encrypted. prefer: encrypted if the server can. require: always encrypted, with "
        "any certificate. verify-ca: with a certificate of a known authority. verify-full: which is also made for "
        "this host.",
    )
    ca_ref: AuthorityReference | None = Field(
        default=None,
        description="The authorities that verify-ca and verify-full trust. Those of the system without it.",
    )
    client_certificate_ref: SecretReference | None = Field(
        default=None,
        description="A Secret of type kubernetes.io/tls (tls.crt and tls.key) with which the server knows its client.",
    )


class SourcePool(Model):
    """Connections that each process keeps."""

    size: int = Field(default=1, ge=1, le=20, description="Connections that are kept open.")
    recycle: str = Field(
        default="30m", pattern=DURATION, description="Age at which a connection is replaced, for example 5m."
    )
    pre_ping: bool = Field(
        default=True, description="Whether a kept connection is tried before it is used, and replaced if it is dead."
    )


class ServerSource(Model):
    """A database server."""

    host: str = Field(pattern=HOST, description="Required. Name or address of the server.")
    username: str = Field(min_length=1, max_length=128, description="Required. The account. Let it only read.")
    password_ref: PasswordReference | None = Field(
        default=None, description="The password. A changed Secret is used from the next poll on."
    )
    database: str = Field(min_length=1, max_length=128, description="Required. Name of the database.")
    table: str = Field(min_length=1, max_length=128, description="Required. Name of the table or view.")
    tls: SourceTLS = Field(default_factory=SourceTLS, description="Encryption of the connections.")
    connect_timeout: str = Field(default="5s", pattern=SHORT, description="How long connecting may take, at most 99s.")
    statement_timeout: str = Field(
        default="30s", pattern=SHORT, description="How long reading may take, at most 99s. A poll ends after 40s."
    )
    pool: SourcePool = Field(default_factory=SourcePool, description="Connections that each process keeps.")


class MySQLSource(ServerSource):
    """A table or view in MySQL or MariaDB."""

    port: int = Field(default=3306, ge=1, le=65535, description="Port of the server.")


class PostgreSQLSource(ServerSource):
    """A table or view in PostgreSQL."""

    port: int = Field(default=5432, ge=1, le=65535, description="Port of the server.")
    schema_name: str = Field(
        default="public", alias="schema", min_length=1, max_length=128, description="Schema of the table or view."
    )


class SQLiteSource(Model):
    """A table or view in a SQLite file that the webhooks can read."""

    path: str = Field(min_length=1, max_length=4096, description="Required. Path of the file.")
    table: str = Field(min_length=1, max_length=256, description="Required. Name of the table or view.")


class Filter(Model):
    """What a row must be like. The database checks it; a row that is not is as good as not there."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "(self.operator == 'Exists') == (!has(self.values) || size(self.values) == 0)",
                "Exists takes no values, every other operator takes some",
            ),
            (
                "self.operator in ['Exists', 'In', 'NotIn'] || !has(self.values) || size(self.values) == 1",
                "this operator takes exactly one value",
            ),
        )
    )

    column: str = Field(min_length=1, max_length=256, description="Required. The column.")
    operator: Operator = Field(
        description="Required. In, NotIn: one of the values, none of them. Exists: not NULL. Equal, NotEqual, Greater, "
        "Less: compared with the value. Like: SQL's pattern with % and _. NULL is never a match but for NotIn and "
        "NotEqual.",
    )
    values: list[Annotated[Any, WithJsonSchema(_SCALAR)]] = Field(
        default_factory=list,
        max_length=1000,
        description="Strings and integers. The database takes a string for what its column holds.",
        json_schema_extra=list_atomic(),
    )

    @field_validator("values")
    @classmethod
    def _are_scalars(cls, values: list[Any]) -> list[Any]:
        if not all(isinstance(value, str | int) and not isinstance(value, bool) for value in values):
            raise ValueError("a value is a string or an integer")
        return values

    @model_validator(mode="after")
    def _has_the_right_number(self) -> Filter:
        wanted = {"Exists": (0, 0), "In": (1, 1000), "NotIn": (1, 1000)}.get(self.operator, (1, 1))
        if not wanted[0] <= len(self.values) <= wanted[1]:
            raise ValueError("Exists takes no values, In and NotIn take some, every other operator takes one")
        return self


class Probe(Model):
    """A question between polls, whether anything has changed."""

    column: str = Field(
        min_length=1,
        max_length=256,
        description="Required. A column that grows with each change of a row: the time of its last update, or a "
        "version. It needs an index.",
    )
    interval: str = Field(default="5s", pattern=DURATION, description="Time between probes, for example 5s.")


class Source(Model):
    """Where the rows come from: exactly one of sqlite, mysql and postgresql."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "[has(self.sqlite), has(self.mysql), has(self.postgresql)].filter(given, given).size() == 1",
                "a source is exactly one of sqlite, mysql and postgresql",
            )
        )
    )

    sync_interval: str = Field(
        default="30s", pattern=DURATION, description="Time between polls, for example 30s, 5m or 1h."
    )
    sqlite: SQLiteSource | None = Field(default=None, description="A SQLite file.")
    mysql: MySQLSource | None = Field(default=None, description="A MySQL or MariaDB server.")
    postgresql: PostgreSQLSource | None = Field(default=None, description="A PostgreSQL server.")
    probe: Probe | None = Field(
        default=None,
        description="A cheap query, the greatest value of a column and the number of rows, that runs between polls: "
        "when its answer is another one, the source is polled at once.",
    )
    where: list[Filter] = Field(
        default_factory=list,
        max_length=20,
        description="Conditions that rows must fulfil, all of them.",
        json_schema_extra=list_atomic(),
    )

    @model_validator(mode="after")
    def _is_one_database(self) -> Source:
        if sum(given is not None for given in (self.sqlite, self.mysql, self.postgresql)) != 1:
            raise ValueError("a source is exactly one of sqlite, mysql and postgresql")
        return self

    @property
    def interval_seconds(self) -> int:
        """Seconds between polls."""
        return seconds_of(self.sync_interval)

    @property
    def schema_name(self) -> str | None:
        """Schema of the table or view, where there are schemas."""
        return self.postgresql.schema_name if self.postgresql else None

    @property
    def server(self) -> ServerSource | None:
        """The server, unless the source is a file."""
        return self.mysql or self.postgresql

    @property
    def table(self) -> str:
        """Name of the table or view."""
        found = self.sqlite or self.mysql or self.postgresql
        assert found is not None
        return found.table
