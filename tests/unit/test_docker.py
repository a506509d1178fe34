"""docker/ runs the configuration of make run; there is no engine here to try it."""

import pathlib
import re

import pytest

yaml = pytest.importorskip("yaml", reason="pylint-odoo's dependencies bring it")
ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def compose():
    """The parsed compose file."""
    return yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())


def test_shape(compose):
    """PF-OPS-01: proxy, nodes, jobs, primary and replica, files, backups, sealer, simulator."""
    assert set(compose["services"]) == {
        "backup",
        "balancer",
        "etcd1",
        "etcd2",
        "etcd3",
        "ilms",
        "jobs",
        "objects",
        "odoo1",
        "odoo2",
        "pg-a",
        "pg-b",
        "proxy",
        "sealer",
        "setup",
        "update",
    }


def test_both_servers_are_members_of_one_shape(compose):
    """PF-OPS-01: each is reached under the name it gives itself."""
    for name in ("pg-a", "pg-b"):
        service = compose["services"][name]
        address = service["environment"]["PATRONI_POSTGRESQL_CONNECT_ADDRESS"]
        assert address == f"{name}:5432"
        assert service["image"] == "lottery-database"
        assert "backup:/backup" in service["volumes"]
    given = compose["services"]["balancer"]["environment"]
    assert (given["PG_A"], given["PG_B"]) == ("pg-a:5432", "pg-b:5432")


def test_read_only_requests_go_to_the_replica(compose):
    environment = compose["services"]["odoo1"]["environment"]
    assert environment["PGHOST"] == environment["PGHOST_REPLICA"] == "balancer"
    ports = compose["services"]["balancer"]["environment"]
    assert environment["PGPORT_REPLICA"] == ports["REPLICA_LISTEN"].split(":")[1]


def test_balancer_asks_readiness_not_health(compose):
    """PF-OPS-03: an old backup is no reason to send users elsewhere."""
    text = (ROOT / "conf" / "haproxy.cfg").read_text()
    assert "uri /lottery/ready" in text and "/lottery/health" not in text
    probe = compose["services"]["odoo1"]["healthcheck"]["test"]
    assert probe[-1].endswith("/lottery/ready")


def test_only_one_node_runs_jobs_and_schedules(compose):
    channels = {
        name: service["environment"].get("ODOO_QUEUE_JOB_CHANNELS")
        for name, service in compose["services"].items()
        if name in ("odoo1", "odoo2", "jobs")
    }
    assert channels == {"odoo1": "root:0", "odoo2": "root:0", "jobs": "root:2"}
    assert compose["services"]["odoo1"]["environment"]["ODOO_MAX_CRON_THREADS"] == "0"


def test_chain_key_reaches_the_sealer_only(compose):
    """PF-AUD-02: who can write the journal's rows cannot make its chain."""
    for name in ("odoo1", "odoo2", "jobs"):
        service = compose["services"][name]
        assert service["environment"]["LOTTERY_JOURNAL_CHAIN_KEY"] == ""
        assert service["env_file"] == ["production.env", "objects.env"]
    assert compose["services"]["sealer"]["env_file"] == ["sealer.env"]


def test_only_the_proxy_is_reachable_from_outside(compose):
    exposed = [name for name, s in compose["services"].items() if "ports" in s]
    assert exposed == ["proxy"]


def test_mounted_configuration_exists(compose):
    """owner.sql belongs to the journal addon, the rest to conf/ and docker/."""
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith((".", "..")) and not source.endswith("tls"):
                assert (ROOT / "docker" / source).exists(), source


def test_named_volumes_are_declared(compose):
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used <= set(compose["volumes"])


def test_image_copies_what_exists():
    for name in ("Dockerfile", "database.Dockerfile"):
        text = (ROOT / "docker" / name).read_text()
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
            for source in line.split()[:-1]:
                assert (ROOT / source).exists(), source


def test_image_finds_its_sections_of_the_requirements():
    text = (ROOT / "requirements.txt").read_text()
    for heading in ("# OCA addons", "# the suite", "# tests"):
        assert re.search(f"^{heading}", text, re.MULTILINE)
