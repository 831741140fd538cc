"""Two Ray nodes as processes of this machine: tells on standard output where they are; "lose" on standard input kills the second, the end of it both."""

from __future__ import annotations

import json
import sys

import ray.util
from ray.cluster_utils import Cluster


def main() -> None:
    same = {"num_cpus": 8, "node_ip_address": ray.util.get_node_ip_address(), "include_dashboard": False, "object_store_memory": 80 << 20}
    cluster = Cluster(initialize_head=True, head_node_args=same)
    try:
        second = cluster.add_node(**same)
        print(json.dumps({"address": cluster.address, "first": cluster.head_node.node_id, "second": second.node_id}), flush=True)
        for line in sys.stdin:
            if line == "lose\n":
                cluster.remove_node(second, allow_graceful=False)
                print(json.dumps("lost"), flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
