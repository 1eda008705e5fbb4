"""A sweep on a real Ray cluster of two workers, one of which is killed."""

import pytest

pytest.importorskip("ray", reason="needs ray: pip install 'cirrhosis[ray]'")

from tests.clusters.ray_cluster import RayCluster
from tests.clusters.small_sweep import SEQUENCES, SmallSweep
from tests.commands.in_process import make_root

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    cluster = RayCluster(home)
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


def test_it_ends_complete_when_typed_again_after_a_worker_died(cluster, tmp_path):
    sweep = SmallSweep(
        make_root(tmp_path / "root"),
        "hydra/launcher=ray",
        f"hydra.launcher.address={cluster.address}",
        "hydra.launcher.max_retries=0",
        environment=cluster.environment,
    )
    process = sweep.start()
    try:
        victim = sweep.await_two()[0]
        cluster.kill_node(cluster.node_of(sweep.owner(victim)[1]))
        # The other worker goes on with what is left.
        assert process.wait(400) == 1
        assert set(sweep.finished) == set(SEQUENCES) - {victim}
        output = sweep.output.read_text()
        assert "Ray lost the job" in output
        finished = sweep.finished
        assert sweep.run() == 0, sweep.output.read_text()
    finally:
        sweep.stop()
    sweep.assert_complete()
    assert finished.items() <= sweep.finished.items()
    assert sweep.went_on(victim)
