"""Changes of whole repositories: archived, renamed, transferred, created, and names taken over."""

from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.objects import make_owner
from repo_stats.simulator.world import Repository, World

ELSEWHERE = "elsewhere"
"""The organisation that repositories are transferred to."""


def archive(repository: Repository) -> None:
    """Archive a repository, which makes it read-only."""
    repository.object["archived"] = True


def rename(world: World, repository: Repository) -> None:
    """Give a repository another name; the old one redirects."""
    world.rename(repository.full_name, _free_name(world, repository.full_name))


def take_over(world: World, repository: Repository) -> None:
    """Let another repository have the name of one, which keeps its number under another name."""
    newcomer = generate_repository(Shape(repository.full_name, 12, 5), repository.id)
    world.take_over(newcomer, _free_name(world, repository.full_name))


def move_away(world: World, repository: Repository) -> None:
    """Transfer a repository to another organisation; the old name redirects."""
    world.transfer(repository.full_name, make_owner(ELSEWHERE))


def create_beside(world: World, repository: Repository) -> Repository:
    """Create a repository of the same owner, which is named after the one."""
    owner = repository.object["owner"]
    name = _free_name(world, f"{owner['login']}/{repository.object['name']}")
    shape = Shape(name, 12, 5, owner_type=owner["type"])
    newcomer = generate_repository(shape, repository.id)
    newcomer.object["owner"] = owner
    world.repositories[newcomer.id] = newcomer
    return newcomer


def _free_name(world: World, full_name: str) -> str:
    number = 2
    while world.resolve(f"{full_name}-{number}") is not None:
        number += 1
    return f"{full_name}-{number}"
