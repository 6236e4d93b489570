"""Configurations for real clusters: of a form that Ray and Kubernetes take, and of the sizes in docs/scale.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="comes with Ray and with MkDocs")

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CORES, GIGABYTES, DRIVE_GIGABYTES, SHARDS = 16, 64, 1000, 8
"""Of a machine, as docs/scale.md reckons."""

SHARD_GIGABYTES = 40
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
QUANTITY = re.compile(r"\d+(\.\d+)?(m|Ki|Mi|Gi|Ti|k|M|G|T)?")
COMMAND = re.compile(r"(?:\$GLOCAL|glocal cluster) (index|publish|serve) (.*?)\"?$", re.MULTILINE)


@pytest.fixture(scope="module")
def ray_up() -> Any:
    return yaml.safe_load((DEPLOY / "ray-up-aws.yaml").read_text())


@pytest.fixture(scope="module")
def kuberay() -> dict[str, Any]:
    return {one["kind"]: one for one in yaml.safe_load_all((DEPLOY / "kuberay.yaml").read_text())}


def test_sizes_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "scale.md").read_text()
    assert f"so that eight shards share a machine of {CORES} cores, {GIGABYTES} GB and a drive of 1 TB" in page
    for file in DEPLOY.iterdir():
        assert f"16 million photos in {2 * SHARDS} shards" in " ".join(file.read_text().replace("#", "").split())
    assert 2 * SHARDS * SHARD_GIGABYTES < DRIVE_GIGABYTES  # the head holds all of them


def test_ray_takes_the_machines(ray_up: Any) -> None:
    pytest.importorskip("ray")
    pytest.importorskip("jsonschema")
    from ray.autoscaler._private.util import fillout_defaults, validate_config

    validate_config(fillout_defaults(ray_up))
    kinds = ray_up["available_node_types"]
    assert kinds[ray_up["head_node_type"]]["resources"]["CPU"] == 0
    assert ray_up["max_workers"] == sum(kind.get("max_workers", 0) for kind in kinds.values())
    for kind in kinds.values():
        (drive,) = kind["node_config"]["BlockDeviceMappings"]
        assert drive["Ebs"]["VolumeSize"] == DRIVE_GIGABYTES
    assert kinds["searching"]["resources"]["CPU"] == CORES


def test_nothing_tells_ray_to_count_its_users_or_open_its_dashboard(ray_up: Any, kuberay: dict[str, Any]) -> None:
    starts = [*ray_up["head_start_ray_commands"], *ray_up["worker_start_ray_commands"]]
    starts = [command for command in starts if "ray start" in command]
    assert len(starts) == 2
    assert all(command.startswith("RAY_USAGE_STATS_ENABLED=0 ") for command in starts)
    assert "--include-dashboard=false" in starts[0]
    for container in containers(kuberay["RayCluster"]):
        assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in container["env"]


def test_pods_are_well_formed_and_of_the_size(kuberay: dict[str, Any]) -> None:
    cluster = kuberay["RayCluster"]
    assert cluster["apiVersion"] == "ray.io/v1"
    assert set(cluster["spec"]) == {"rayVersion", "headGroupSpec", "workerGroupSpecs"}
    for group in cluster["spec"]["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        assert NAME.fullmatch(group["groupName"])
    for pod in pods(cluster):
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert NAME.fullmatch(container["name"])
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes
            assert container["resources"]["requests"] == container["resources"]["limits"]
            for quantity in container["resources"]["limits"].values():
                assert QUANTITY.fullmatch(quantity)
            assert container["resources"]["limits"]["cpu"] == str(CORES)
            assert container["resources"]["limits"]["memory"] == f"{GIGABYTES}Gi"
    starts = [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]
    assert all(isinstance(value, str) for group in starts for value in group["rayStartParams"].values())


def test_pods_are_closed_to_all_but_each_other(kuberay: dict[str, Any]) -> None:
    labels = {"ray.io/cluster": kuberay["RayCluster"]["metadata"]["name"]}
    policy = kuberay["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    assert policy["ingress"] == [{"from": [{"podSelector": {"matchLabels": labels}}]}]


@pytest.mark.parametrize("file", ["ray-up-aws.yaml", "kuberay.yaml"])
def test_commands_in_comments_are_of_this_version(file: str) -> None:
    from typer.main import get_command

    from glocal.cli.cluster import app

    group: Any = get_command(app)
    found = COMMAND.findall((DEPLOY / file).read_text())
    assert [name for name, _ in found] == ["index", "publish", "serve"]
    for name, arguments in found:
        group.commands[name].make_context(name, arguments.split(), resilient_parsing=False)


def pods(cluster: Any) -> Iterator[Any]:
    for group in [cluster["spec"]["headGroupSpec"], *cluster["spec"]["workerGroupSpecs"]]:
        yield group["template"]["spec"]


def containers(cluster: Any) -> Iterator[Any]:
    for pod in pods(cluster):
        yield from pod["containers"]
