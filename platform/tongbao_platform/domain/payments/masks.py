"""What of a payer may be shown to a payee."""


def mask_account(account_id: str) -> str:
    """Show the last four characters of an account."""
    return f"****{account_id[-4:]}"


def mask_payer(name_masked: str, account_id: str) -> str:
    """Show a customer by the masked name and the end of the account."""
    return f"{name_masked} {mask_account(account_id)}"
