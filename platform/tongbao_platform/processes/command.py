"""``tongbao-server``: serve, worker, migrate, verify, admin.

Settings come from ``TONGBAO_*`` environment variables. Exit status: 0 done, 1 refused or something found, 2 wrong usage
or settings.
"""

import argparse
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

from tongbao_platform.domain.chain.anchors import AnchorUnreadable
from tongbao_platform.identity.keyring import KeyringRefused
from tongbao_platform.processes import admin
from tongbao_platform.processes.bank_accounts import ensure_bank_accounts
from tongbao_platform.processes.book_commands import add_book_commands, show_clearing, show_trial_balance
from tongbao_platform.processes.foundation import Foundation, NotMigrated, migrate_database, open_foundation
from tongbao_platform.processes.serve import serve
from tongbao_platform.processes.supervise import supervise
from tongbao_platform.processes.verification import run_verify
from tongbao_platform.processes.wiring import NotPrepared, ensure_signing_keys
from tongbao_platform.settings import Settings, SettingsRefused, load_settings
from tongbao_platform.storage.database import DatabaseBusy
from tongbao_platform.storage.stamp import WrongStamp

Run = Callable[[Settings, argparse.Namespace], Awaitable[int]]
AdminRun = Callable[[Foundation, argparse.Namespace], Awaitable[str]]

_MOST_PROCESSES = 64
_EXPLAINED = (
    SettingsRefused,
    NotMigrated,
    NotPrepared,
    WrongStamp,
    DatabaseBusy,
    KeyringRefused,
    AnchorUnreadable,
    OSError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    return _explained(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    settings = load_settings(os.environ)
    if options.processes > 1:
        return _serve_side_by_side(settings, options)
    return _run_alone(settings, options)


def _run_alone(settings: Settings, options: argparse.Namespace) -> int:
    run: Run = options.run
    return uvloop.run(_awaited(run(settings, options)))


def _explained(work: Callable[[], int]) -> int:
    """Return the exit status of ``work``; what it could not do is told on standard error."""
    try:
        return work()
    except admin.Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except _EXPLAINED as error:
        print(f"tongbao-server: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


async def _awaited(work: Awaitable[int]) -> int:
    return await work


async def _serve(settings: Settings, options: argparse.Namespace) -> int:
    await serve(settings, api=True, workers=not options.no_workers, lifeline=options.lifeline)
    return 0


def _serve_side_by_side(settings: Settings, options: argparse.Namespace) -> int:
    if settings.database_url.startswith("sqlite"):
        raise SettingsRefused("--processes needs PostgreSQL: a SQLite database has one writer process")

    def run(lifeline: int) -> int:
        options.lifeline = lifeline
        return _explained(lambda: _run_alone(settings, options))

    return supervise(options.processes, run)


async def _worker(settings: Settings, options: argparse.Namespace) -> int:
    del options
    await serve(settings, api=False, workers=True)
    return 0


async def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    del options
    applied = await migrate_database(settings)
    async with open_foundation(settings) as foundation:
        await ensure_bank_accounts(foundation.committer, foundation.reader, foundation.ids)
        await ensure_signing_keys(foundation)
    print(
        f"{settings.kind} database: "
        + (f"applied {', '.join(applied)}" if applied else "already at the newest revision")
    )
    return 0


async def _verify(settings: Settings, options: argparse.Namespace) -> int:
    async with open_foundation(settings) as foundation:
        status, text = await run_verify(foundation, anchor_file=options.anchors, as_json=options.json)
    print(text)
    return status


async def _trial_balance(settings: Settings, options: argparse.Namespace) -> int:
    del options
    async with open_foundation(settings) as foundation:
        status, text = await show_trial_balance(foundation)
    print(text)
    return status


async def _clearing(settings: Settings, options: argparse.Namespace) -> int:
    del options
    async with open_foundation(settings) as foundation:
        status, text = await show_clearing(foundation)
    print(text)
    return status


def _admin(run: AdminRun) -> Run:
    async def command(settings: Settings, options: argparse.Namespace) -> int:
        async with open_foundation(settings) as foundation:
            print(await run(foundation, options))
        return 0

    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tongbao-server", description="The Tongbao platform.")
    parser.set_defaults(processes=1, lifeline=None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = _command(commands, "serve", _serve, "answer requests (and work in the background)")
    serving.add_argument("--no-workers", action="store_true", help="leave background work to `tongbao-server worker`")
    serving.add_argument("--processes", type=_count, default=1, help="how many share the address (default 1)")
    _command(commands, "worker", _worker, "work in the background only")
    _command(commands, "migrate", _migrate, "bring the database to the newest revision; prepare keys and bank accounts")
    verifying = _command(commands, "verify", _verify, "prove the books")
    verifying.add_argument("--json", action="store_true", help="print the report as JSON")
    verifying.add_argument(
        "--anchors", type=Path, help="heads that were published (default: the file of TONGBAO_CHAIN_ANCHOR_FILE)"
    )
    _command(commands, "trial-balance", _trial_balance, "sum the accounts of each kind; debits must equal credits")
    _command(commands, "clearing", _clearing, "show the clearing accounts and how long their money has waited")
    administering = commands.add_parser("admin", help="merchants, clients and keys; accounts and clearing")
    nouns = administering.add_subparsers(required=True, metavar="WHAT")
    _admin_commands(nouns)
    add_book_commands(nouns, _admin)
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= _MOST_PROCESSES:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {_MOST_PROCESSES}")
    return int(text)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Run, summary: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    return command


def _admin_commands(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    merchants = nouns.add_parser("merchants", help="create and list merchants").add_subparsers(required=True)
    creating = _command(merchants, "create", _admin(admin.merchants_create), "create a merchant")
    creating.add_argument("name", help="what payers read")
    creating.add_argument("--fee-ppm", type=int, default=6_000, help="fee in parts per million (default 6000 = 0.6 %%)")
    creating.add_argument("--return-origin", action="append", default=[], help="https://shop.example (repeatable)")
    _paged(_command(merchants, "list", _admin(admin.merchants_list), "list merchants"))
    clients = nouns.add_parser("clients", help="create and list clients").add_subparsers(required=True)
    client = _command(clients, "create", _admin(admin.clients_create), "create a client of a merchant")
    client.add_argument("merchant", help="mch_…")
    client.add_argument("name", help="for people")
    client.add_argument("--scope", action="append", default=[], help="repeatable (default: every scope)")
    _paged(_command(clients, "list", _admin(admin.clients_list), "list clients"))
    keys = nouns.add_parser("keys", help="register, list and revoke clients' keys").add_subparsers(required=True)
    adding = _command(keys, "add", _admin(admin.keys_add), "register a public key")
    adding.add_argument("client", help="app_…")
    adding.add_argument("file", help="a public JWK")
    _command(keys, "list", _admin(admin.keys_list), "list a client's keys").add_argument("client", help="app_…")
    revoking = _command(keys, "revoke", _admin(admin.keys_revoke), "revoke a key at once")
    revoking.add_argument("key", help="key_…")
    revoking.add_argument("--reason", default="", help="for the audit trail; no personal data")
    rotating = _command(nouns, "rotate", _admin(admin.signing_rotate), "rotate the platform's signing key")
    rotating.add_argument("--at-once", action="store_true", help="do not wait for the announced key to be a day old")


def _paged(command: argparse.ArgumentParser) -> None:
    command.add_argument("--after", default=None, help="continue behind this id")


if __name__ == "__main__":
    sys.exit(main())
