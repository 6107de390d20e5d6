"""The configuration: TOML, overridden by NOTIFIER_ environment variables, as one frozen `Settings`."""

import difflib
import os
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from notifier.audience import address
from notifier.delivery import token
from notifier.errors import WrongUse

MIN_KEY_BYTES = 16  # 128 bits
# Mails a second: slower is a slip of the pen, and holds everybody up for hours.
SLOWEST, FASTEST = 0.001, 1_000_000


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _one_line(text: str) -> str:
    if any(ord(char) < 32 or ord(char) == 127 for char in text):  # noqa: PLR2004 - C0 controls and DEL
        raise ValueError("must be one line")
    return text


def _address(text: str) -> str:
    return address.parse(text) if text else ""


def _address_with_token(text: str) -> str:
    """Check an address that may hold `{token}`, as in "privacy+{token}@example.com"."""
    if text:
        plain = text.replace("{token}", "t" * token.LENGTH)
        if "{" in plain or "}" in plain:
            raise ValueError("only {token} may stand in braces")
        address.parse(plain)
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) and value else value


Line = Annotated[str, AfterValidator(_one_line)]
Address = Annotated[str, AfterValidator(_address)]
TokenAddress = Annotated[str, AfterValidator(_address_with_token)]
Security = Literal["starttls", "tls", "none"]


class Company(_Section):
    """Who writes to the customers; printed in every mail."""

    name: Line
    postal_address: str
    site_url: Line = ""
    contact: Address


class DatabaseSection(_Section):
    """Where the ledger and the log are kept."""

    url: str = "sqlite:///notifier.db"


class Audience(_Section):
    """The company's own customer table, read where it lies; without `table` the imported list is used."""

    url: str = ""
    table: str = ""
    id: str = "id"
    email: str = "email"
    name: str = ""
    locale: str = ""
    where: str = ""


def _rate(value: float) -> float:
    if value != 0 and not SLOWEST <= value <= FASTEST:
        raise ValueError(f"must be 0, for no limit, or from {SLOWEST} to {FASTEST:,} mails a second")
    return value


class MailSection(_Section):
    """How mail goes out."""

    transport: Literal["outbox", "smtp"] = "outbox"
    outbox: Path = Path("outbox")
    host: str = "localhost"
    port: int = Field(default=587, ge=1, le=65535)
    security: Security = "starttls"
    username: str = ""
    password_file: Path | None = None
    from_: Annotated[Address, Field(alias="from")]
    reply_to: TokenAddress = ""
    bounce_to: TokenAddress = ""
    connect_timeout: float = Field(default=30, gt=0, le=300)  # seconds
    connections: int = Field(default=4, ge=1, le=100)
    mails_per_connection: int = Field(default=0, ge=0)  # 0 = as many as the server takes
    rate: Annotated[float, AfterValidator(_rate)] = 0  # mails a second, 0 = as fast as it goes


class NoticeSection(_Section):
    """What holds for every notice."""

    window_days: int = Field(default=7, ge=1, le=365)
    approvals: int = Field(default=1, ge=1, le=9)
    on_uncertain: Literal["resend", "hold"] = "resend"
    retry_for: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}[mhd]$")] = "4d"
    token_keys: tuple[Path, ...] = (Path("token.key"),)
    templates: Path | None = None


class Mailbox(_Section):
    """Where opt-outs come in; without `kind` only `notifier receive -` takes mail."""

    kind: Literal["", "imap", "maildir"] = ""
    host: str = ""
    port: int = Field(default=993, ge=1, le=65535)
    security: Security = "tls"
    username: str = ""
    password_file: Path | None = None
    folder: str = "INBOX"
    path: Path | None = None


class FleetSection(_Section):
    """The workers on several machines; without `broker` this machine sends alone."""

    broker: Line = ""
    password_file: Path | None = None
    queue: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "notifier"


class ChangesSection(_Section):
    """How changes are judged."""

    vocabulary: Annotated[tuple[Path, ...], BeforeValidator(_as_list)] = ()


class PolicySection(_Section):
    """A policy that is kept under a name."""

    source: str = ""
    title: Line = ""
    url: Line = ""


class Settings(BaseSettings):
    """Everything a user can set. Paths are relative to the configuration file's folder."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="NOTIFIER_",
        env_nested_delimiter="__",
    )

    company: Company
    database: DatabaseSection = DatabaseSection()
    audience: Audience = Audience()
    mail: MailSection
    notice: NoticeSection = NoticeSection()
    mailbox: Mailbox = Mailbox()
    fleet: FleetSection = FleetSection()
    changes: ChangesSection = ChangesSection()
    policies: dict[str, PolicySection] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file (which comes in as init values)."""
        return env_settings, init_settings


def load(path: Path) -> Settings:
    """Read the configuration; relative paths in it count from its folder, so that cron may start anywhere.

    Raises WrongUse naming the file and the key.
    """
    values = _values(path)
    remedy = "mend it; `notifier init` in an empty folder writes a file that explains every key"
    try:
        settings = Settings(**values)
    except SettingsError as error:
        raise WrongUse(f"the environment: {error}", "NOTIFIER_ variables for lists hold JSON") from error
    except ValidationError as error:
        where = path if _stands_in(values, error.errors()[0]["loc"]) else f"{path} or the environment"
        raise WrongUse(f"{where}: {_first_fault(error)}", remedy) from error
    return _anchored(settings, path.resolve().parent)


def _values(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WrongUse(
            f"no configuration at {path}",
            "make one with `notifier init`, or name it with --config or NOTIFIER_CONFIG",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(
            f"{path} cannot be read ({_cause(error)})", "check the path and its permissions"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"{path} is not TOML: {error}", "mend the line it names") from error


def secret(path: Path | None, key: str) -> str:
    """Read a password from its file, one line. Raises WrongUse naming `key`."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(
            f"{key}: {path} cannot be read ({_cause(error)})", "write the password into it"
        ) from error


def token_keys(paths: tuple[Path, ...]) -> list[bytes]:
    """Read the keys that sign reply tokens; the first one signs, all verify. Raises WrongUse."""
    keys = []
    for path in paths:
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except FileNotFoundError as error:
            raise WrongUse(
                f"notice.token_keys: {path} is missing",
                "restore it from its backup; only a new installation makes it with `notifier init`",
            ) from error
        except (OSError, ValueError) as error:
            raise WrongUse(
                f"notice.token_keys: {path} holds no key ({_cause(error)})", "restore it"
            ) from error
        if len(key) < MIN_KEY_BYTES:
            raise WrongUse(
                f"notice.token_keys: {path} is too short", f"use {MIN_KEY_BYTES} random bytes in hex"
            )
        keys.append(key)
    return keys


def period(text: str) -> timedelta:
    """Turn "30m", "12h" or "4d" into a duration."""
    return (
        int(text[:-1])
        * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[text[-1]]
    )


def _cause(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)


def _first_fault(error: ValidationError) -> str:
    """One line on the first thing that is wrong, with its key as it stands in the file."""
    faults = error.errors(include_url=False)
    fault = faults[0]
    place = [str(part) for part in fault["loc"]]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place[-1], _keys(place[:-1]), n=1)
        hint = f", did you mean {near[0]!r}?" if near else ""
        return f"unknown key {'.'.join(place)!r}{hint}{more}"
    if fault["type"] == "missing":
        return f"{'.'.join(place)} is missing{more}"
    return f"{'.'.join(place)}: {fault['msg']}{more}"


def _stands_in(values: dict[str, Any], place: tuple[str | int, ...]) -> bool:
    """Whether the file says something at this place; else the fault is of the environment, or of a gap."""
    inner: Any = values
    for part in place:
        if not isinstance(inner, dict) or part not in inner:
            return False
        inner = inner[part]
    return not any(name.startswith("NOTIFIER_" + "__".join(map(str, place)).upper()) for name in os.environ)


def _keys(place: list[str]) -> list[str]:
    """List the keys that may stand at `place`."""
    model: Any = Settings
    for part in place:
        if model is Settings and part == "policies":
            return list(PolicySection.model_fields) if len(place) > 1 else []
        model = model.model_fields[part].annotation
    return [field.alias or name for name, field in model.model_fields.items()]


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Make every relative path, and the path inside a SQLite URL, absolute."""
    sections: dict[str, object] = {}
    for name in type(settings).model_fields:
        section = getattr(settings, name)
        if isinstance(section, _Section):
            values = {key: _anchor(getattr(section, key), folder) for key in type(section).model_fields}
            sections[name] = section.model_copy(update=values)
    sections["policies"] = {
        name: policy.model_copy(update={"source": _anchored_source(policy.source, folder)})
        for name, policy in settings.policies.items()
    }
    return settings.model_copy(update=sections)


def _anchored_source(source: str, folder: Path) -> str:
    """Make a path absolute; a URL and a git revision stay, as git looks in the folder it is called in."""
    is_path = source and source != "-" and not source.startswith(("http://", "https://", "git:"))
    return str(folder / source) if is_path else source


def _anchor(value: Any, folder: Path) -> Any:  # noqa: ANN401 - any setting's value
    if isinstance(value, Path):
        return folder / value.expanduser()
    if isinstance(value, tuple):
        return tuple(_anchor(part, folder) for part in value)
    prefix = "sqlite:///"
    if (
        isinstance(value, str)
        and value.startswith(prefix)
        and not value.startswith((prefix + "/", prefix + ":"))
    ):
        return prefix + str(folder / value.removeprefix(prefix))
    return value
