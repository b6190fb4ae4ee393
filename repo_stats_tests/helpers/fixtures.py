"""The fixtures of all tests: simulated GitHubs, in this process or on a socket, and settings."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timezone
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import dagster as dg
import hypothesis
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from repo_stats.config.settings import Settings, load_settings
from repo_stats.defs.jobs import PARTITION
from repo_stats.defs.picking import complete_tags
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.server import Server
from repo_stats.simulator.showcase import WATCHED, build_world
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.chart_scripts import share_chart_script
from repo_stats_tests.helpers.first_runs import (
    can_be_of_others,
    carry_out_first,
    copies_first_runs,
)
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.github import API_URL, simulators
from repo_stats_tests.helpers.instances import ephemeral_instance
from repo_stats_tests.helpers.shared_jobs import find_job
from repo_stats_tests.helpers.webhook import Webhook

# No test depends on the time that an example takes: a machine may be busy. Examples are other ones
# in each run, so that few of them are enough; the nightly run tries more.
_EXAMPLES = 100 if "REPO_STATS_EXAMPLES" in os.environ else 25
hypothesis.settings.register_profile("untimed", deadline=None, max_examples=_EXAMPLES)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _chart_script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make the script of the charts once, for this process and those that run tests beside it."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        share_chart_script(folder / "charts.js", patch)
        yield


@pytest.fixture(scope="session")
def private_key() -> Iterator[str]:
    """The private key of a GitHub App, generated for the tests.

    A key is examined whenever it is loaded, which takes as long as all the rest of most tests that
    sign in. Here each one is loaded once.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    load = cache(serialization.load_pem_private_key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serialization, "load_pem_private_key", load)
        patch.setattr("jwt.algorithms.load_pem_private_key", load)
        yield key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()


@pytest.fixture
def settings_for(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Settings]:
    """Make settings with a warehouse for one test; keywords are environment variables.

    The folder of the test has the same name in all tests, by a link. So tests whose settings differ
    in nothing else have the same ones.
    """
    link = tmp_path_factory.getbasetemp() / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path)

    def make(*repos: str, **variables: str) -> Settings:
        return load_settings(
            {
                "REPO_STATS_REPOS": ",".join(repos),
                "REPO_STATS_API_URL": API_URL,
                "REPO_STATS_PULSE": "off",
                "REPO_STATS_WAREHOUSE": str(link / "warehouse"),
                **variables,
            }
        )

    return make


@pytest.fixture
def simulate() -> Iterator[Callable[..., Simulator]]:
    """Make a simulator with repositories of given shapes, which `InProcessGitHub` reaches."""

    def make(*shapes: Shape, **options: Any) -> Simulator:
        world = World.of(generated(shape) for shape in shapes)
        simulator = Simulator(world, **options)
        simulators[API_URL] = simulator
        return simulator

    yield make
    simulators.clear()


@pytest.fixture
def serve() -> Iterator[Callable[[Simulator], str]]:
    """Serve a simulator on a socket; returns its address."""
    with ExitStack() as stack:
        yield lambda simulator: stack.enter_context(Server(simulator.app)).url


@pytest.fixture
def serve_webhook() -> Iterator[Callable[[Webhook], str]]:
    """Serve a webhook on a socket; returns its address."""
    with ExitStack() as stack:
        yield lambda webhook: stack.enter_context(Server(webhook.app)).url + "/secret"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance that keeps nothing after the test."""
    with ephemeral_instance() as instance:
        yield instance


@pytest.fixture
def run(instance: dg.DagsterInstance) -> Callable[..., dg.ExecuteInProcessResult]:
    """Run a job in this process, against the simulator in this process.

    With `select`, only the assets of these names, of those of the job.
    """

    def execute(
        settings: Settings,
        job: str = "refresh_watchlist",
        *,
        force: bool = False,
        watched: Sequence[str] = (),
        select: Sequence[str] = (),
        **options: Any,
    ) -> dg.ExecuteInProcessResult:
        definition = find_job(settings, job)
        if select:
            of_job = definition.asset_layer.selected_asset_keys
            options["asset_selection"] = [key for key in map(dg.AssetKey, select) if key in of_job]
        named = list(options.pop("named", ()))
        chosen = {"force": force, "watched": list(watched), "repos": named}
        tags = options.pop("tags", {})
        if repo := options.pop("partition_key", None):
            tags = {**tags, PARTITION: repo}
        return definition.execute_in_process(
            instance=options.pop("instance", instance),
            run_config={"resources": {"refresh": {"config": chosen}}},
            raise_on_error=False,
            tags=complete_tags(job, tags, settings),
            **options,
        )

    return execute


@pytest.fixture
def first_run(
    request: pytest.FixtureRequest,
    run: Callable[..., dg.ExecuteInProcessResult],
    instance: dg.DagsterInstance,
) -> Callable[..., dg.ExecuteInProcessResult]:
    """Refresh the watchlist, or run some jobs, before anything else; or copy what that leaves."""

    def execute(settings: Settings, *jobs: str, **options: Any) -> dg.ExecuteInProcessResult:
        def run_all() -> list[dg.ExecuteInProcessResult]:
            return [run(settings, job, **options) for job in jobs or ("refresh_watchlist",)]

        fixtures = chain.from_iterable(request.node._fixtureinfo.name2fixturedefs.values())
        is_of_module = not can_be_of_others(fixtures)
        of = (jobs, options)
        return carry_out_first(run_all, of, settings, instance, is_of_module=is_of_module)[-1]

    return execute


@pytest.fixture
def demo(
    run: Callable[..., dg.ExecuteInProcessResult],
    settings_for: Callable[..., Settings],
    simulate: Callable[..., Simulator],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    """A copy of what the demo stores in `simulated`, all items and the report left out."""
    settings = settings_for(*WATCHED, REPO_STATS_WAREHOUSE=str(tmp_path / "simulated"))
    kept = tmp_path_factory.getbasetemp() / "demo"
    if kept.exists() and copies_first_runs():
        shutil.copytree(kept, settings.warehouse)
        return settings
    day = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    simulate().world = build_world(day)
    assert run(settings).success
    shutil.copytree(settings.warehouse, kept, dirs_exist_ok=True)
    return settings
