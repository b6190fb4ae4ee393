"""What the files in `deploy/` say: commands, variables, and parts of one another."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from repo_stats_tests.helpers.paths import ROOT

DEPLOY = ROOT / "deploy"

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")

VARIABLE = (
    r"\b(?:REPO_STATS|GITHUB|DAGSTER|AWS|CELERY|COMPOSE|S3|POSTGRES|DOCKER|PYTHON)[A-Z]*_[A-Z_]+\b"
)


def read_yaml(name: str) -> Any:
    """The only document of a file in `deploy/`."""
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def read_documents(name: str) -> list[dict[str, Any]]:
    """All documents of a file in `deploy/`."""
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


def find_command() -> list[str]:
    """What a container of the image runs."""
    return _read_words(r"^CMD (\[.*\])$")


def find_image_check() -> list[str]:
    """The command by which Docker finds out whether such a container is well."""
    return _read_words(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$")


def _read_words(pattern: str) -> list[str]:
    [words] = re.findall(pattern, DOCKERFILE, re.M)
    return [str(word) for word in json.loads(words)]


def find_check(service: dict[str, Any]) -> list[str]:
    """The command by which Compose finds out whether a service is well."""
    kind, *command = service["healthcheck"]["test"]
    return [*(["sh", "-c"] if kind == "CMD-SHELL" else []), *map(str, command)]


def read_secrets() -> list[str]:
    """The variables whose values are secrets, which the example of `secrets.env` names."""
    text = (DEPLOY / "secrets.env.example").read_text(encoding="utf-8")
    return re.findall(r"^([A-Z_]+)=$", text, re.M)


def find_variables() -> Iterator[tuple[str, str]]:
    """Each environment variable that a file in `deploy/` names, after the name of the file."""
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            for variable in set(re.findall(VARIABLE, path.read_text(encoding="utf-8"))):
                yield path.name, variable
