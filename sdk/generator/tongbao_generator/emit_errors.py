"""Writes errors.py: one exception per error code."""

from typing import Final

from tongbao_generator.contract import Contract
from tongbao_generator.layout import doc, module
from tongbao_generator.names import error_class_name

# The SDK's classes by status (tongbao/_errors.py); a test keeps the two in step.
STATUS_CLASSES: Final = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    409: "ConflictError",
    413: "PayloadTooLargeError",
    415: "UnsupportedMediaTypeError",
    421: "MisdirectedRequestError",
    422: "UnprocessableError",
    429: "RateLimitError",
    431: "HeadersTooLargeError",
}


def status_class(status: int) -> str:
    """Return the SDK's class for a status; 0 stands for unknown."""
    return STATUS_CLASSES.get(status, "ServerError" if status >= 500 else "APIStatusError")


def class_of(code: str, status: int) -> str:
    """Return the class of a code: its own, or that of its status where they would have the same name."""
    own = error_class_name(code)
    taken = own in STATUS_CLASSES.values() and status != 0 and own != status_class(status)
    return f"{own[:-5]}CodeError" if taken else own


def emit_errors(contract: Contract) -> str:
    """Return errors.py."""
    classes = {code: class_of(code, error.status) for code, error in contract.errors.items()}
    own = {code: name for code, name in classes.items() if name not in STATUS_CLASSES.values()}
    body = ["__all__ = [", '    "BY_CODE",', *(f'    "{name}",' for name in sorted(own.values())), "]", ""]
    for code, name in own.items():
        body.append(f"class {name}({status_class(contract.errors[code].status)}):")
        status = contract.errors[code].status
        body += [*doc(f"The code is `{code}`" + (f", the status {status}" if status else "")), ""]
    body.append("BY_CODE: Final[Mapping[str, type[APIStatusError]]] = {")
    body += [f'    "{code}": {name},' for code, name in classes.items()]
    body.append("}")
    bases = sorted({*STATUS_CLASSES.values(), "APIStatusError", "ServerError"})
    imports = "from collections.abc import Mapping\nfrom typing import Final\n\n"
    imports += f"from tongbao._errors import {', '.join(bases)}\n"
    return module("Errors by code; each derives from the class of its status.", imports, body)
