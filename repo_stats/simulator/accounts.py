"""Organisations and users: which there are, whose repositories are whose, and who sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from repo_stats.simulator.world import JsonObject, Repository, World


@dataclass(frozen=True)
class Access:
    """What callers see beside public repositories. Without a token, nobody sees more.

    Attributes:
        private: the tokens that see all repositories, or None for any token. Those of
            installations always do.
        installed_on: the account of each installation, whose repositories it lists; one that is
            not named lists those of all accounts.
        traffic: the tokens, and the numbers of the installations, that may read traffic, or None
            for any.
    """

    private: frozenset[str] | None = None
    installed_on: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    traffic: frozenset[str | int] | None = None


@dataclass(frozen=True)
class Caller:
    """Who sends a request.

    Attributes:
        token: the token that it is sent with, if any.
        installation: the installation that the token belongs to, if any.
    """

    token: str | None = None
    installation: int | None = None

    def sees_private(self, access: Access) -> bool:
        """Whether it sees the repositories that are not public."""
        if self.token is None:
            return False
        is_allowed = access.private is None or self.token in access.private
        return is_allowed or self.installation is not None


def is_public(repository: Repository) -> bool:
    """Whether everybody sees a repository."""
    return not repository.object.get("private", False)


def visible_world(world: World, caller: Caller, access: Access) -> World:
    """The world as a caller sees it, with the same repositories as the whole one."""
    if all(map(is_public, world.repositories.values())) or caller.sees_private(access):
        return world
    visible = {r.id: r for r in world.repositories.values() if is_public(r)}
    return World(visible, world.former_names, accounts=world.all_accounts())


def find_account(world: World, name: str | int) -> JsonObject | None:
    """The account that has a name, in any case, or a number."""
    for login, account in world.all_accounts().items():
        if name == account["id"] or (isinstance(name, str) and name.lower() == login):
            return account
    return None


def is_owned(repository: Repository, login: str) -> bool:
    """Whether a repository belongs to an account, whose name may be in any case."""
    return repository.full_name.partition("/")[0].lower() == login.lower()
