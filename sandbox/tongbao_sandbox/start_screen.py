"""What ``tongbao-sandbox run`` shows when the sandbox is ready."""

from tongbao_platform.domain.accounts.get import get_balance
from tongbao_platform.processes.table import render_table
from tongbao_sandbox.open import Sandbox
from tongbao_sandbox.personas import CUSTOMERS, MERCHANTS


async def render_start_screen(sandbox: Sandbox) -> str:
    """Return the addresses, the people and what to do next."""
    state, file = sandbox.state, sandbox.options.state_file
    addresses = [
        ("API", state.base_url),
        ("its description", f"{state.base_url}/openapi.json"),
        ("OAuth metadata", f"{state.issuer}/.well-known/oauth-authorization-server"),
        ("state of health", f"{state.base_url}/readyz"),
        ("database", sandbox.options.shown_database),
        ("all credentials", f"{file} (readable by you alone)"),
    ]
    merchants = [
        (persona.name, each.client_id, await _available(sandbox, each.account_id))
        for persona, each in zip(MERCHANTS, state.merchants, strict=True)
    ]
    customers = [
        (each.login, each.password, each.pin, " + ".join([await _available(sandbox, a) for a in each.account_ids]))
        for each in state.customers
    ]
    notes = "\n".join(f"  {persona.login}: {persona.remark}" for persona in CUSTOMERS)
    return "\n\n".join(
        (
            "The Tongbao sandbox is ready: test people, test money, nothing leaves this machine.",
            _indented(render_table(("what", "where"), addresses)),
            _indented(render_table(("merchant", "client", "CNY"), merchants)),
            _indented(render_table(("customer", "password", "PIN", "CNY"), customers)) + "\n" + notes,
            _next_steps(sandbox),
        )
    )


def _next_steps(sandbox: Sandbox) -> str:
    file = sandbox.options.state_file
    origins = " or ".join(sandbox.state.merchants[0].return_origins)
    return f"""\
Next, in Python:

  from tongbao import Tongbao

  client = Tongbao.from_sandbox("{file}")
  payment = client.payments.create(
      merchant_order_no="order-1",
      amount={{"value": 1999, "currency": "CNY"}},
      description="Two coffees",
      method={{"type": "h5", "return_url": "{sandbox.state.merchants[0].return_origins[0]}/done"}},
  )
  print(payment.next_action.url)  # open it in a browser, or: tongbao-sandbox approve URL

A return_url begins with {origins}.
tongbao-sandbox demo plays the whole story. Ctrl-C stops; the data stays; tongbao-sandbox reset deletes it."""


async def _available(sandbox: Sandbox, account_id: str) -> str:
    balance = await get_balance(sandbox.foundation.reader, None, account_id)
    return "?" if balance is None else f"{balance.available_minor // 100:,}.{balance.available_minor % 100:02}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
