"""Prints the versions installed beside this interpreter, as a constraints file for pip."""

import platform
from importlib.metadata import Distribution, distributions

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PYTHONS = ("3.10", "3.11", "3.12", "3.13")


NOT_OURS = {"pip", "repo-stats", "setuptools", "wheel"}
"""What a virtual environment has by itself, and this project."""


def main() -> None:
    """Print a line for each package, sorted by name."""
    python = ".".join(platform.python_version_tuple()[:2])
    print("# The versions that repo_stats is tested with. `make constraints` makes this file anew.")
    print(f"# Python {python} chose them. Where a version is not made for another Python, its line")
    print("# says so, and pip takes the newest version that is.")
    for line in sorted(pin(package) for package in distributions() if is_pinned(package)):
        print(line)


def is_pinned(package: Distribution) -> bool:
    """Whether a version of it is chosen here."""
    return canonicalize_name(package.name) not in NOT_OURS


def pin(package: Distribution) -> str:
    """The line of a package, limited to the versions of Python that it is made for."""
    name = canonicalize_name(package.name)
    required = SpecifierSet(",".join(package.metadata.get_all("Requires-Python") or []))
    made_for = [python for python in PYTHONS if required.contains(f"{python}.99")]
    limits = []
    if made_for[0] != PYTHONS[0]:
        limits.append(f'python_version >= "{made_for[0]}"')
    if made_for[-1] != PYTHONS[-1]:
        limits.append(f'python_version <= "{made_for[-1]}"')
    marker = f" ; {' and '.join(limits)}" if limits else ""
    return f"{name}=={package.version}{marker}"


if __name__ == "__main__":
    main()
