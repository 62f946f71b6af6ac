"""The command line: derivatives of networks, tracking of sharpness, and steps."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence

from benchmarks.command import limit_threads, parser_of, positive, run, within
from benchmarks.found import Found, Tick


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks of networks."""
    parser = parser_of(
        "benchmarks.networks",
        "Derivatives of networks in gradients, tracking of sharpness, and milliseconds of steps.",
        SECTIONS,
    )
    parser.add_argument("--device", default="cpu", help="cpu (the default), cuda, cuda:1")
    parser.add_argument("--threads", type=positive, default=1, metavar="N", help="of the CPU (default 1)")
    parser.add_argument(
        "--rounds", type=positive, default=9, metavar="N", help="samples of a derivative or a step (default 9)"
    )
    parser.add_argument(
        "--length", type=within(5), default=1.0, metavar="X", help="so many times the steps of tracking (default 1)"
    )
    options = parser.parse_args(arguments)
    limit_threads(options.threads)
    import torch

    from benchmarks.machine import device_of
    from edgestab.errors import InputError
    from edgestab.numerics.networks.losses.network import require_device

    torch.set_num_threads(options.threads)
    try:
        require_device(options.device)
    except InputError as error:
        raise SystemExit(str(error)) from None
    about = {"device": options.device, "threads": options.threads}
    run(options, SECTIONS, record=about, machine=device_of(options.device))


def _derivatives(options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.networks import derivatives

    yield derivatives.measure(options.rounds, options.device, tick)


def _tracking(options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.networks import tracking

    yield tracking.measure(options.device, options.length, tick)


def _steps(options: Namespace, tick: Tick) -> Iterable[Found]:
    from benchmarks.networks import steps, sweeps

    yield steps.measure(options.rounds, options.device, tick)
    yield sweeps.measure(options.rounds, options.device, tick)


SECTIONS = {"derivatives": _derivatives, "tracking": _tracking, "steps": _steps}


if __name__ == "__main__":
    main()
