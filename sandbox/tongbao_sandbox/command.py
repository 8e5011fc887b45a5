"""``tongbao-sandbox``: run, approve, demo, reset.

Exit status: 0 done, 1 the demo found a mismatch, 2 refused or wrong usage, 130 interrupted.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import msgspec
from sqlalchemy.exc import SQLAlchemyError

from tongbao_platform.processes.foundation import NotMigrated
from tongbao_platform.processes.logs import log_as_json
from tongbao_platform.storage.database import DatabaseBusy
from tongbao_platform.storage.stamp import WrongStamp
from tongbao_sandbox.approve import CheckoutStopped, approve
from tongbao_sandbox.demo.expectation import Expectation
from tongbao_sandbox.demo.play import play_demo
from tongbao_sandbox.demo.timeline import Timeline
from tongbao_sandbox.fill import FillRefused
from tongbao_sandbox.options import DEFAULT_DATABASE, DEFAULT_PORT, DEFAULT_STATE, SandboxOptions, SandboxRefused
from tongbao_sandbox.reset import reset
from tongbao_sandbox.run import run_sandbox
from tongbao_sandbox.state import StateFile

# A database that does not answer speaks through SQLAlchemy.
_EXPLAINED = (
    SandboxRefused,
    CheckoutStopped,
    FillRefused,
    httpx.HTTPError,
    NotMigrated,
    WrongStamp,
    DatabaseBusy,
    SQLAlchemyError,
    OSError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.command
    try:
        return run(options)
    except _EXPLAINED as error:
        first_line, _, _ = str(error).partition("\n")
        print(f"tongbao-sandbox: {first_line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    chosen = SandboxOptions(
        host=options.host,
        port=options.port,
        base_url=options.base_url,
        database_url=options.database,
        state_file=options.state,
        seed=options.seed,
        rate_limit=options.rate_limit == "on",
        return_origins=tuple(options.return_origin),
    )
    asyncio.run(run_sandbox(chosen, log_requests=options.log_requests))
    return 0


def _approve(options: argparse.Namespace) -> int:
    customer = StateFile(options.state).read().customer(options.customer)
    print(approve(options.url, customer.login, customer.password, customer.pin, decline=options.decline))
    return 0


def _demo(options: argparse.Namespace) -> int:
    log_as_json(sys.stderr)
    logging.getLogger().setLevel(logging.WARNING)
    colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    timeline = Timeline((lambda _: None) if options.json else sys.stdout.write, colored=colored)
    report = asyncio.run(play_demo(timeline, Expectation()))
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    elif report.ok:
        timeline.verdict(f"All {len(report.checks)} checks passed in {report.seconds:.1f} s.", good=True)
    else:
        failed = sum(not check["ok"] for check in report.checks)
        timeline.verdict(f"The demo FAILED: {failed} of {len(report.checks)} checks.", good=False)
    return 0 if report.ok else 1


def _reset(options: argparse.Namespace) -> int:
    chosen = SandboxOptions(database_url=options.database, state_file=options.state)
    print(asyncio.run(reset(chosen)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tongbao-sandbox", description="A bank of your own to try payments with.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    running = _command(commands, "run", _run, "run everything in one process")
    running.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine alone)")
    running.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}; 0 takes a free one")
    running.add_argument("--base-url", help="origin as clients spell it (default: where it listens)")
    _place(running)
    running.add_argument("--seed", type=int, help="make ids and data repeatable")
    running.add_argument("--rate-limit", choices=("on", "off"), default="on", help="off lifts the limits")
    running.add_argument("--return-origin", action="append", default=[], help="register one more (repeatable)")
    running.add_argument("--log-requests", action="store_true", help="print a JSON line for each request")
    approving = _command(commands, "approve", _approve, "do what a customer does on a checkout page")
    approving.add_argument("url", metavar="URL", help="the checkout address, next_action.url of the payment")
    approving.add_argument("--as", dest="customer", metavar="LOGIN", help="who pays (default: the first customer)")
    approving.add_argument("--decline", action="store_true", help="do not pay: say no")
    _state_file(approving)
    demo = _command(commands, "demo", _demo, "play the whole story of a payment, and check it")
    demo.add_argument("--json", action="store_true", help="print the report as JSON instead")
    _place(_command(commands, "reset", _reset, "delete the sandbox' data and credentials"))
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(command=run)
    return command


def _place(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--database", default=DEFAULT_DATABASE, metavar="URL", help=f"sqlite:/// or postgresql:// ({DEFAULT_DATABASE})"
    )
    _state_file(command)


def _state_file(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--state", type=Path, default=DEFAULT_STATE, metavar="FILE", help=f"credentials ({DEFAULT_STATE})"
    )


if __name__ == "__main__":
    sys.exit(main())
