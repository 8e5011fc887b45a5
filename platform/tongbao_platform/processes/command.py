"""``tongbao-server``: serve, worker, migrate, verify, admin.

Settings come from ``TONGBAO_*`` environment variables. Exit status: 0 done, 1 refused or something found, 2 wrong usage
or settings.
"""

import argparse
import os
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from tongbao_platform.identity.keyring import KeyringRefused
from tongbao_platform.processes import admin
from tongbao_platform.processes.bank_accounts import ensure_bank_accounts
from tongbao_platform.processes.foundation import Foundation, NotMigrated, migrate_database, open_foundation
from tongbao_platform.processes.serve import serve
from tongbao_platform.processes.verification import run_verify
from tongbao_platform.processes.wiring import NotPrepared, ensure_signing_keys
from tongbao_platform.settings import Settings, SettingsRefused, load_settings
from tongbao_platform.storage.database import DatabaseBusy
from tongbao_platform.storage.stamp import WrongStamp

Run = Callable[[Settings, argparse.Namespace], Awaitable[int]]
AdminRun = Callable[[Foundation, argparse.Namespace], Awaitable[str]]

_EXPLAINED = (SettingsRefused, NotMigrated, NotPrepared, WrongStamp, DatabaseBusy, KeyringRefused, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings(os.environ)
        run: Run = options.run
        return uvloop.run(_awaited(run(settings, options)))
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
    await serve(settings, api=True, workers=not options.no_workers)
    return 0


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
        status, text = await run_verify(foundation.reader, as_json=options.json)
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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = _command(commands, "serve", _serve, "answer requests (and work in the background)")
    serving.add_argument("--no-workers", action="store_true", help="leave background work to `tongbao-server worker`")
    _command(commands, "worker", _worker, "work in the background only")
    _command(commands, "migrate", _migrate, "bring the database to the newest revision; prepare keys and bank accounts")
    verifying = _command(commands, "verify", _verify, "prove the books")
    verifying.add_argument("--json", action="store_true", help="print the report as JSON")
    administering = commands.add_parser("admin", help="merchants, clients and keys")
    _admin_commands(administering.add_subparsers(required=True, metavar="WHAT"))
    return parser


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
