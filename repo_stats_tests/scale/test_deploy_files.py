"""Docker, Compose, Kubernetes and Dagster take the files in `deploy/`. Nothing of it runs here."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
import jsonschema
import pytest
import yaml
from dagster._core.launcher import RunLauncher

from repo_stats_tests.helpers.deployed import DEPLOY, read_documents, read_yaml

BIN = Path(sys.executable).parent

VERSIONS = ("1.30.0", "1.34.0")
"""Of Kubernetes: the oldest and the newest whose schemas are looked at."""

CELERY = {
    "module": "dagster_celery_k8s",
    "class": "CeleryK8sRunLauncher",
    "config": {
        "instance_config_map": "dagster-instance",
        "postgres_password_secret": "repo-stats-postgresql",
        "dagster_home": "/opt/dagster/home",
        "load_incluster_config": False,
        "broker": "redis://redis:6379/0",
        "backend": "redis://redis:6379/0",
    },
}
"""The launcher of which `deploy/` has no example, as docs/deploy.md names it."""


def find_compose_faults(compose: Any) -> list[str]:
    """What is wrong with a file for Compose, by the schema of its specification."""
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    return [error.message for error in validator.iter_errors(compose)]


def test_the_schema_of_compose_takes_the_file() -> None:
    assert find_compose_faults(read_yaml("compose.yaml")) == []


def test_the_schema_of_compose_refuses_a_misspelt_key() -> None:
    compose = read_yaml("compose.yaml")
    compose["services"]["code"]["healtcheck"] = compose["services"]["code"].pop("healthcheck")
    [fault] = find_compose_faults(compose)
    assert "healtcheck" in fault


def lint(dockerfile: str) -> list[str]:
    """The rules of hadolint that a Dockerfile breaks."""
    result = subprocess.run(
        [BIN / "hadolint", "--format", "json", "-"],
        input=dockerfile,
        capture_output=True,
        text=True,
        check=False,
    )
    return [fault["code"] for fault in json.loads(result.stdout)]


def test_hadolint_takes_the_dockerfile() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert lint(dockerfile) == []
    assert "DL3006" in lint(dockerfile.replace("python:${PYTHON}-slim", "python"))


def test_an_environment_is_made_slim_of_what_no_process_loads(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    kept = ["numpy/testing/__init__.py", "pandas/core.py", "pyarrow/libarrow.so.2600", "pipes.py"]
    unused = [
        *("pip/__init__.py", "pip-26.0.dist-info/METADATA", "setuptools/a.py", "pandas/tests/a.py"),
        *("pyarrow/include/a.h", "pyarrow/lib.pyx", "pyarrow/libarrow_flight.so.2600"),
        "dagster_webserver/webapp/a.js.map",
    ]
    for name in (*kept, *unused):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).touch()
    subprocess.run(["sh", str(DEPLOY / "slim.sh"), str(tmp_path)], check=True)  # noqa: S607
    left = {str(path.relative_to(packages)) for path in packages.rglob("*") if path.is_file()}
    assert left == set(kept)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["network-policy.yaml", "pod-disruption-budget.yaml"])
def test_kubernetes_takes_the_manifests(name: str, version: str) -> None:
    import kubernetes_validate

    documents = read_documents(f"helm/{name}")
    assert len(documents) >= 2
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
    documents[0]["spec"]["podSelectors"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="podSelectors"):
        kubernetes_validate.validate(documents[0], version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_what_the_chart_passes_on(version: str) -> None:
    import kubernetes_validate

    values = read_yaml("helm/values.yaml")
    [user_code] = values["dagster-user-deployments"]["deployments"]
    container = {
        "name": "x",
        "image": f"{user_code['image']['repository']}:{user_code['image']['tag']}",
        "env": user_code["env"],
        "envFrom": [{"secretRef": secret} for secret in user_code["envSecrets"]],
        "volumeMounts": user_code["volumeMounts"],
        "resources": user_code["resources"],
        "securityContext": user_code["securityContext"],
    }
    run = values["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    pods = [
        {
            "containers": [container],
            "volumes": user_code["volumes"],
            "securityContext": user_code["podSecurityContext"],
        },
        {"containers": [{**container, **run["containerConfig"]}], **run["podSpecConfig"]},
    ]
    for spec in pods:
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec}
        kubernetes_validate.validate(pod, version, strict=True)
    assert len(pods) == 2


@contextmanager
def launcher(home: Path, config: dict[str, Any]) -> Iterator[RunLauncher]:
    """The launcher of an instance with some settings."""
    (home / "dagster.yaml").write_text(yaml.safe_dump({"run_launcher": config}), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance.run_launcher


def test_dagster_takes_the_launcher_of_docker(tmp_path: Path) -> None:
    with launcher(tmp_path, read_yaml("dagster.docker.yaml")["run_launcher"]) as found:
        assert type(found).__name__ == "DockerRunLauncher"
    wrong = read_yaml("dagster.docker.yaml")["run_launcher"]
    wrong["config"]["env_var"] = wrong["config"].pop("env_vars")
    with (
        pytest.raises(dg.DagsterInvalidConfigError, match="env_var"),
        launcher(tmp_path, wrong),
    ):
        pass


def test_dagster_takes_the_launcher_of_the_chart(tmp_path: Path) -> None:
    values = read_yaml("helm/values.yaml")["runLauncher"]["config"]["k8sRunLauncher"]
    run = values["runK8sConfig"]
    config = {
        "service_account_name": "dagster",
        "instance_config_map": "dagster-instance",
        "postgres_password_secret": "repo-stats-postgresql",
        "dagster_home": "/opt/dagster/dagster_home",
        "load_incluster_config": False,
        "image_pull_policy": values["imagePullPolicy"],
        "fail_pod_on_run_failure": values["failPodOnRunFailure"],
        "run_k8s_config": {
            "container_config": run["containerConfig"],
            "pod_spec_config": run["podSpecConfig"],
            "pod_template_spec_metadata": run["podTemplateSpecMetadata"],
            "job_spec_config": run["jobSpecConfig"],
        },
    }
    (tmp_path / "kubeconfig").write_text(KUBECONFIG, encoding="utf-8")
    settings = {"module": "dagster_k8s", "class": "K8sRunLauncher", "config": config}
    config["kubeconfig_file"] = str(tmp_path / "kubeconfig")
    with launcher(tmp_path, settings) as found:
        assert type(found).__name__ == "K8sRunLauncher"


def test_dagster_takes_the_launcher_for_celery_on_kubernetes(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(KUBECONFIG, encoding="utf-8")
    config = {**CELERY["config"], "kubeconfig_file": str(tmp_path / "kubeconfig")}  # type: ignore[dict-item]
    with launcher(tmp_path, {**CELERY, "config": config}) as found:
        assert type(found).__name__ == "CeleryK8sRunLauncher"


KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {}}]
current-context: none
"""
"""Of a cluster that is not there."""
