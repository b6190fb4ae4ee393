"""The files in `deploy/`: they agree with one another, with the package, and with its settings."""

import configparser
import re
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from repo_stats import __version__
from repo_stats.config.reference import list_settings
from repo_stats_tests.helpers.deployed import (
    DOCKERFILE,
    VARIABLE,
    find_check,
    find_command,
    find_image_check,
    find_variables,
    read_documents,
    read_secrets,
    read_yaml,
)
from repo_stats_tests.helpers.paths import DOCS, ROOT

OTHERS = {
    "AWS_ACCESS_KEY_ID": "object storage",
    "AWS_DEFAULT_REGION": "object storage",
    "AWS_ENDPOINT_URL": "object storage",
    "AWS_SECRET_ACCESS_KEY": "object storage",
    "CELERY_BROKER_URL": "Celery",
    "CELERY_RESULT_BACKEND": "Celery",
    "COMPOSE_PROFILES": "Compose",
    "DAGSTER_CURRENT_IMAGE": "Dagster: the image that runs are started from",
    "DAGSTER_HOME": "Dagster",
    "DAGSTER_LOGS_BUCKET": "dagster.postgres.yaml",
    "DAGSTER_POSTGRES_DB": "dagster.postgres.yaml",
    "DAGSTER_POSTGRES_HOST": "dagster.postgres.yaml",
    "DAGSTER_POSTGRES_PASSWORD": "dagster.postgres.yaml",
    "DAGSTER_POSTGRES_USER": "dagster.postgres.yaml",
    "DOCKER_GROUP": "compose.yaml",
    "POSTGRES_DB": "the image of PostgreSQL",
    "POSTGRES_PASSWORD": "the image of PostgreSQL",
    "POSTGRES_USER": "the image of PostgreSQL",
    "REPO_STATS_CONFIG_FOLDER": "compose.yaml",
    "REPO_STATS_IMAGE": "compose.yaml",
    "S3_BUCKET": "the image of the S3 server",
}
"""The variables that are no settings of repo_stats, and who reads them."""

COMPOSE = read_yaml("compose.yaml")

OURS = ("code", "webserver", "daemon", "worker", "instance")
"""The services that are made of our image."""

VALUES = read_yaml("helm/values.yaml")

[USER_CODE] = VALUES["dagster-user-deployments"]["deployments"]

LAUNCHER = VALUES["runLauncher"]["config"]["k8sRunLauncher"]

PODS = {
    "code server": USER_CODE["resources"],
    "run": LAUNCHER["runK8sConfig"]["containerConfig"]["resources"],
    "web server": VALUES["dagsterWebserver"]["resources"],
    "daemon": VALUES["dagsterDaemon"]["resources"],
}


def find_megabytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi|g|m)", text).groups()  # type: ignore[union-attr]
    return int(number) * (1024 if unit in ("Gi", "g") else 1)


def test_every_variable_is_a_setting_or_known_to_somebody_else() -> None:
    found = [*find_variables()]
    known = {setting.variable for setting in list_settings()} | {*OTHERS}
    assert [each for each in found if each[1] not in known] == []
    assert {variable for _, variable in found} >= {"GITHUB_TOKEN", "REPO_STATS_WAREHOUSE"}


def test_every_variable_on_the_page_is_known() -> None:
    page = (DOCS / "deploy.md").read_text(encoding="utf-8")
    named = set(re.findall(VARIABLE, page))
    known = {setting.variable for setting in list_settings()} | {*OTHERS}
    assert len(named) > 10
    assert named - known == set()


def test_every_file_on_the_page_exists() -> None:
    page = (DOCS / "deploy.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bdeploy/[\w./-]+\w", page)) - {"deploy/secrets.env"}
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_image_is_made_of_files_that_docker_gets_to_see() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    shown = [line[1:] for line in lines if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    sources = [source for line in copied for source in line.split()]
    assert sorted(sources) == sorted(shown)
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [line for line in shown if fnmatch("deploy/secrets.env", f"{line}*")] == []


def test_the_image_has_what_the_package_needs_and_runs_as_nobody_special() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = set(setup["options.extras_require"])
    named = re.findall(r"EXTRAS=([a-z0-9,]+)", DOCKERFILE)
    assert len(named) == 2
    assert {extra for names in named for extra in names.split(",")} - extras <= {"postgres"}
    [user] = re.findall(r"^USER (.+)$", DOCKERFILE, re.M)
    assert user == "10001:10001"
    pod = USER_CODE["podSecurityContext"]
    assert f"{pod['runAsUser']}:{pod['runAsGroup']}" == user
    assert "--constraint constraints.txt" in DOCKERFILE


def test_compose_starts_and_checks_the_code_server_as_the_image_does() -> None:
    code = COMPOSE["services"]["code"]
    assert code["command"] == find_command()
    assert find_check(code) == find_image_check()


def test_compose_gives_all_our_containers_the_same_variables_and_no_rights() -> None:
    services = [COMPOSE["services"][name] for name in OURS]
    assert len({str(service["environment"]) for service in services}) == 1
    assert {service["env_file"] for service in services} == {"secrets.env"}
    assert {str(service["cap_drop"]) for service in services} == {"['ALL']"}
    assert {str(service["security_opt"]) for service in services} == {"['no-new-privileges:true']"}


def test_secrets_are_in_no_file_that_is_kept() -> None:
    secrets = set(read_secrets())
    assert {"GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DAGSTER_POSTGRES_PASSWORD"} <= secrets
    assert "/deploy/secrets.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    set_here = {
        name for service in COMPOSE["services"].values() for name in service.get("environment", {})
    } | {variable["name"] for variable in USER_CODE["env"]}
    assert set_here & secrets == set()


def test_a_run_gets_the_variables_and_volumes_of_the_other_containers() -> None:
    config = read_yaml("dagster.docker.yaml")["run_launcher"]["config"]
    code = COMPOSE["services"]["code"]
    given = {*code["environment"], *read_secrets()} - {"DAGSTER_CURRENT_IMAGE"}
    assert set(config["env_vars"]) == given
    names = {key: volume.get("name") for key, volume in COMPOSE["volumes"].items() if volume}
    mounted = [volume.split(":", 1) for volume in code["volumes"]]
    assert config["container_kwargs"]["volumes"] == [
        f"{names[volume]}:{path}" for volume, path in mounted
    ]
    assert config["network"] == COMPOSE["networks"]["repo-stats"]["name"]
    assert config["container_kwargs"]["healthcheck"] == {"test": ["NONE"]}


def test_the_parts_of_the_instance_settings_fit_together() -> None:
    files = {name: config["file"] for name, config in COMPOSE["configs"].items()}
    parts = [read_yaml(file) for file in files.values()]
    keys = [key for part in parts for key in part]
    assert len(keys) == len(set(keys)) > 5
    limits = parts[0]["concurrency"]["runs"]
    queue = VALUES["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert queue["maxConcurrentRuns"] == limits["max_concurrent_runs"]
    assert queue["tagConcurrencyLimits"] == limits["tag_concurrency_limits"]
    assert queue["dequeueIntervalSeconds"] == parts[0]["run_queue"]["dequeue_interval_seconds"]
    [limit] = limits["tag_concurrency_limits"]
    variables = {variable["name"]: variable["value"] for variable in USER_CODE["env"]}
    at_once = COMPOSE["services"]["code"]["environment"]["REPO_STATS_RUNS_AT_ONCE"]
    assert variables["REPO_STATS_RUNS_AT_ONCE"] == str(limit["limit"])
    assert at_once == f"${{REPO_STATS_RUNS_AT_ONCE:-{limit['limit']}}}"


def test_the_chart_gets_this_version_of_our_code_and_its_secrets_by_name() -> None:
    assert USER_CODE["image"]["tag"] == __version__
    assert ["-m", "repo_stats.definitions"] == USER_CODE["codeServerArgs"] == find_command()[3:5]
    assert USER_CODE["envSecrets"] == [{"name": "repo-stats"}]
    assert USER_CODE["includeConfigInLaunchedRuns"] == {"enabled": True}
    assert VALUES["global"]["postgresqlSecretName"] == "repo-stats-postgresql"
    assert not VALUES["generatePostgresqlPasswordSecret"]
    [volume] = USER_CODE["volumes"]
    [mount] = USER_CODE["volumeMounts"]
    variables = {variable["name"]: variable["value"] for variable in USER_CODE["env"]}
    assert volume["name"] == mount["name"]
    assert variables["REPO_STATS_WATCHLIST"] == f"{mount['mountPath']}/watchlist.yaml"


def test_ticks_and_retries_are_those_of_one_machine() -> None:
    ours: dict[str, Any] = yaml_of_the_default()
    retention = {
        re.sub(r"_(\w)", lambda match: match[1].upper(), kind): days["purge_after_days"]
        for kind, days in ours["retention"].items()
    }
    values = dict(VALUES["retention"])
    assert values.pop("enabled")
    assert {kind: days["purgeAfterDays"] for kind, days in values.items()} == retention
    retries = VALUES["dagsterDaemon"]["runRetries"]
    assert ours["run_retries"] == {
        "enabled": retries["enabled"],
        "max_retries": retries["maxRetries"],
        "retry_on_asset_or_op_failure": retries["retryOnAssetOrOpFailure"],
    }


def yaml_of_the_default() -> dict[str, Any]:
    """The settings of Dagster on one machine."""
    path = ROOT / "repo_stats" / "defs" / "dagster.yaml"
    settings: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return settings


@pytest.mark.parametrize("pod", PODS)
def test_every_pod_may_take_what_the_documentation_measured(pod: str) -> None:
    page = (DOCS / "deploy.md").read_text(encoding="utf-8")
    [(measured, request, limit)] = re.findall(
        rf"^\| {pod}\b[^|]*\| (\d+) MB[^|]*\| (\w+) \| (\w+) \|$", page, re.M
    )
    resources = PODS[pod]
    assert (request, limit) == (resources["requests"]["memory"], resources["limits"]["memory"])
    assert int(measured) < find_megabytes(request) <= find_megabytes(limit)


def test_policies_and_budgets_choose_pods_that_the_chart_makes() -> None:
    documents = [
        *read_documents("helm/network-policy.yaml"),
        *read_documents("helm/pod-disruption-budget.yaml"),
    ]
    kinds = [(document["kind"], document["metadata"]["name"]) for document in documents]
    assert kinds == [
        ("NetworkPolicy", "repo-stats-webserver"),
        ("NetworkPolicy", "repo-stats-code"),
        ("NetworkPolicy", "repo-stats-runs"),
        ("PodDisruptionBudget", "repo-stats-runs"),
        ("PodDisruptionBudget", "repo-stats-code"),
    ]
    [rule] = documents[1]["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == [USER_CODE["port"]]
    [_, ports] = documents[2]["spec"]["egress"]
    assert [port["port"] for port in ports["ports"]] == [
        443,
        VALUES["postgresql"]["service"]["port"],
    ]
