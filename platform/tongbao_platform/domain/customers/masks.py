"""What may be shown of a person's name."""


def mask_name(name: str) -> str:
    """Show the last character of a name, as Chinese banks do: ``张小明`` becomes ``**明``; a single one is hidden."""
    stripped = name.strip()
    return "*" * max(1, len(stripped) - 1) + (stripped[-1] if len(stripped) > 1 else "")
