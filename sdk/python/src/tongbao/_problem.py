"""Makes the right exception out of an answer that is no success."""

from typing import Any

from tongbao._effects import Reply
from tongbao._errors import BY_STATUS, APIStatusError, ServerError
from tongbao._jws import parse_object
from tongbao.generated.errors import BY_CODE


def error_of(reply: Reply) -> APIStatusError:
    """Return the error for ``reply``: by its code where that fits its status, else by status."""
    problem = read_problem(reply)
    by_status = BY_STATUS.get(reply.status, ServerError if reply.status >= 500 else APIStatusError)
    by_code = BY_CODE.get(str(problem.get("code")))
    fits = by_code is not None and issubclass(by_code, by_status)
    kind = by_code if by_code is not None and fits else by_status
    return kind(reply.facts(), problem)


def read_problem(reply: Reply) -> dict[str, Any]:
    """Return the members of an RFC 9457 document; empty when the body is something else."""
    kind = (reply.value("content-type") or "").split(";")[0].strip().lower()
    if kind not in ("application/problem+json", "application/json"):
        return {}
    try:
        return parse_object(reply.body)
    except ValueError:
        return {}
