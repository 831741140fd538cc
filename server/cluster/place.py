"""What Ray is asked for: one deployment an engine and one of fronts, each with its replicas and what they take of a machine."""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any

from assistant.errors import InputError
from assistant.sections import ModelSettings
from models.plan import Plan
from server.cluster.asked import FRONT
from server.cluster.claim import claimed
from server.cluster.door import FINISH_S
from server.cluster.head import Head
from server.cluster.housing import LOOPBACK, EngineHouse, EngineTold, FrontHouse, FrontTold, here
from server.cluster.scaling import DOWN_S, UP_S
from server.cluster.shares import Scale, Share
from server.serve import CLOSE_S
from server.serve import FINISH_S as TALK_S

CONNECT_S = 5.0
"""How long a Ray that runs already may take to answer."""

DRAIN_S = 0.1
"""How often Ray Serve looks whether a replica that is to end still has requests: it never has, as none goes through it."""

REST_S = 5.0
"""For what a replica does at its end beside that: write the last changes of conversations, end a process."""

FRONT_END_S = DRAIN_S + TALK_S + CLOSE_S + REST_S
"""How long a front may take to end in good order: then it is killed."""

ENGINE_END_S = DRAIN_S + FINISH_S + REST_S
"""The same of an engine."""

NOTICE_S = 1.0
"""How much later Ray Serve may tell that replicas have ended."""

_PLACE = re.compile(r"([^/:]+):(\d{1,5})")

POLICY = "server.cluster.scaling:by_queue_time"


@dataclass(frozen=True)
class Deployment:
    """One of them, as Ray Serve is told."""

    share: Share
    house: type
    told: EngineTold | FrontTold


def deployed_engines(shares: Sequence[Share], plan: Plan, models: ModelSettings, head: Head) -> list[Deployment]:
    """Return what Ray Serve is asked for behind the fronts."""
    return [
        Deployment(share, EngineHouse, EngineTold(head, engine, models, share))
        for share, engine in zip(shares, plan.engines, strict=False)  # the last share is the fronts'
    ]


def deployed_fronts(shares: Sequence[Share], told: FrontTold) -> Deployment:
    """Return what Ray Serve is asked for in front."""
    return Deployment(shares[-1], FrontHouse, told)


class Ray:
    """Ray, as one thread uses it: all its calls wait."""

    def __init__(self, address: str | None, cpus: float) -> None:
        """Start it on this machine alone, with at least so many CPUs on paper; or join what runs at `address`.

        Raises:
            InputError: it is not installed, nothing runs there, it cannot be joined, or another `parley cluster` has joined it.
        """
        os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
        if address is None:  # it listens at every address of this machine, and runs what it is told: only our own processes may
            os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        try:
            import ray
        except ImportError as error:
            raise InputError("parley cluster needs Ray, which is not installed; install it: pip install 'parley[cluster]'.") from error
        if address is not None and (place := _PLACE.fullmatch(address)):
            try:  # Ray itself would wait for a minute and more
                socket.create_connection((place[1], int(place[2])), CONNECT_S).close()
            except (OSError, OverflowError) as error:
                raise InputError(
                    f"Nothing of Ray answers at {address}; start it there (ray start --head), or leave out --address."
                ) from error
        from ray import serve

        for name in ("ray", "ray.serve"):
            logging.getLogger(name).setLevel(logging.ERROR)
        given: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        if address is None:
            given |= {"include_dashboard": False, "num_cpus": ceil(max(cpus, os.cpu_count() or 1))}
        failures = (OSError, ValueError, RuntimeError, ray.exceptions.RayError)
        try:
            ray.init(address or "local", **given)  # None would join what RAY_ADDRESS names, or what was started here before
        except failures as error:
            why = " ".join(str(error).split()).partition(". ")[0].rstrip(".")  # what comes after it is Ray's own advice
            if address is None:
                raise InputError(f"Ray cannot be started ({why}); free memory, processes or open files.") from error
            raise InputError(
                f"Ray at {address} cannot be joined ({why}); start it there (ray start --head), "
                "and give both the same RAY_AUTH_TOKEN, with RAY_AUTH_MODE=token."
            ) from error
        _hush()
        self._ray, self._serve, self._joined = ray, serve, address is not None
        self._deployed: list[str] = []
        self._claim = claimed(ray, address) if address is not None else None

    def here(self) -> tuple[str, str]:
        """Return the address of this machine in the cluster, and its name there; alone, none that is reached from elsewhere."""
        address, node = here()
        return address if self._joined else LOOPBACK, node

    def machines(self) -> int:
        """Return how many there are."""
        return sum(bool(node["Alive"]) for node in self._ray.nodes())

    def free_cpus(self) -> float:
        """Return how many nobody has asked for."""
        return float(self._ray.available_resources().get("CPU", 0.0))

    def deploy(self, wanted: Sequence[Deployment]) -> None:
        """Ask for replicas; they come one after the other."""
        serve = self._serve
        serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR", "enable_access_log": False})
        targets = []
        for each in wanted:
            name, scale = each.share.name.replace(" ", "-"), each.share.scale
            options: dict[str, Any] = {"num_replicas": scale.most}
            if scale.least < scale.most:
                options = {"autoscaling_config": _autoscaling(scale)}
            if self._joined and each.house is FrontHouse:
                options["max_replicas_per_node"] = 1  # they listen at the same port
            made = serve.deployment(each.house).options(
                name=name,
                user_config={},
                ray_actor_options={"num_cpus": each.share.cpus},
                health_check_period_s=2.0,
                graceful_shutdown_wait_loop_s=DRAIN_S,
                graceful_shutdown_timeout_s=FRONT_END_S if each.house is FrontHouse else ENGINE_END_S,
                **options,
            )
            self._deployed.append(name)
            targets.append(serve.RunTarget(made.bind(each.told), name=name, route_prefix=None))
        serve.run_many(targets, wait_for_ingress_deployment_creation=False, wait_for_applications_running=False)

    def failed(self) -> str:
        """Return which deployment cannot be started, if one cannot."""
        for name, app in self._serve.status().applications.items():
            if app.status == "DEPLOY_FAILED":
                return f"The replicas of {name} cannot be started; look into Ray's log."
        return ""

    def end(self) -> None:
        """End what was asked for, in good order: the fronts first, whose last replies need the engines; what else Ray Serve runs goes on."""
        names, self._deployed = self._deployed, []
        self._end([name for name in names if name == FRONT], FRONT_END_S + NOTICE_S)
        self._end([name for name in names if name != FRONT], ENGINE_END_S + NOTICE_S)

    def _end(self, names: Sequence[str], within_s: float) -> None:
        for name in names:
            self._serve.delete(name, _blocking=False)
        until_s = time.monotonic() + within_s
        while set(names) & set(self._serve.status().applications) and time.monotonic() < until_s:
            time.sleep(0.1)

    def close(self) -> None:
        """End it all; of a Ray that was only joined, what was asked for."""
        if self._deployed:
            self.end()
        self._ray.shutdown()


def _hush() -> None:
    """Keep Ray from printing what becomes of its workers: that is in its log, and who reads our output wants to know what is missing."""
    with suppress(ImportError, AttributeError):  # it has no setting for that, and another version may do it elsewhere
        from ray._private.ray_logging import global_worker_stdstream_dispatcher

        global_worker_stdstream_dispatcher.remove_handler("ray_print_logs")


def _autoscaling(scale: Scale) -> dict[str, Any]:
    return {
        "min_replicas": scale.least,
        "max_replicas": scale.most,
        "initial_replicas": scale.least,
        "upscale_delay_s": UP_S,
        "downscale_delay_s": DOWN_S,
        "look_back_period_s": UP_S,
        "metrics_interval_s": UP_S / 2,
        "policy": {"policy_function": POLICY},
    }
