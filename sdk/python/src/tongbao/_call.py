"""One call from start to end: token, signature, attempts, verification. No I/O happens here; see ``_effects``."""

from typing import Final

import msgspec

from tongbao._config import Config
from tongbao._effects import Exchange, Pause, Reply, Steps, TransportFailure
from tongbao._errors import (
    APIStatusError,
    ConnectionFailed,
    ConnectionTimedOut,
    OutcomeUnknown,
    ResponseSignatureError,
    ServerError,
    ServerOutcomeUnknown,
    TongbaoError,
)
from tongbao._issuer_keys import IssuerKeys
from tongbao._metadata import Metadata
from tongbao._operation import Call
from tongbao._prepare import Prepared, prepare
from tongbao._problem import error_of
from tongbao._request_signature import HEADER, RequestSigner
from tongbao._response_signature import Expectation, NotSigned, read_signature, verify_response
from tongbao._retry import TRANSIENT, read_retry_after
from tongbao._token import Tokens

_IN_PROGRESS: Final = "idempotency_in_progress"
_STALE_TOKEN: Final = frozenset({"token_invalid", "token_expired"})
# The API refused the octets because it had seen them: a proxy repeated them, and the first copy may have been done.
_REPLAYED: Final = "signature_replayed"


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """A verified answer below 300, with what the call used."""

    reply: Reply
    idempotency_key: str | None
    attempts: int


class _Forged(Exception):
    """An answer that the issuer did not sign."""

    def __init__(self, reply: Reply, reason: str) -> None:
        super().__init__(reason)
        self.reply = reply
        self.reason = reason


class _Progress:
    """What one call has been through so far."""

    def __init__(self) -> None:
        self.attempts = 0
        self.retries = 0
        self.renewed_token = False
        self.maybe_done = False


class Engine:
    """Everything the calls of one client share: configuration, token, keys."""

    def __init__(self, config: Config) -> None:
        self.config = config
        metadata = Metadata(config)
        self.keys = IssuerKeys(config, metadata)
        self._tokens = Tokens(config, metadata)
        self._signer = RequestSigner(
            signer=config.signer,
            client_id=config.client_id,
            audience=config.base_url,
            environment=config.environment,
        )

    def access_token(self) -> Steps[str]:
        """Return the current access token."""
        return self._tokens.current()

    def perform(self, call: Call) -> Steps[Completed]:
        """Return the verified answer, or raise what the call came to (see ``_errors``)."""
        prepared = prepare(self.config, call)
        yield from self.keys.prepare()
        progress = _Progress()
        while True:
            try:
                reply = yield from self._attempt(prepared, progress)
            except TransportFailure as failure:
                yield from self._after_failure(prepared, progress, failure)
                continue
            except _Forged as forged:
                cause = error_of(forged.reply) if forged.reply.status >= 400 else None
                raise _not_believed(prepared, forged) from cause
            except TongbaoError as error:
                # No token, or no key to verify with. What an earlier attempt did is still open.
                if prepared.write is not None and progress.maybe_done:
                    raise OutcomeUnknown(str(error), prepared.write) from error
                raise
            if reply.status < 300:
                key = prepared.write.idempotency_key if prepared.write else None
                return Completed(reply=reply, idempotency_key=key, attempts=progress.attempts)
            yield from self._after_problem(prepared, progress, error_of(reply))

    def _attempt(self, prepared: Prepared, progress: _Progress) -> Steps[Reply]:
        token = yield from self._tokens.current()
        signature = self._signer.sign(prepared.request, token)
        progress.attempts += 1
        request = prepared.request
        reply: Reply = yield Exchange(
            method=request.method,
            origin=self.config.base_url,
            target=request.target,
            headers=[*prepared.headers, ("Authorization", f"Bearer {token}"), (HEADER, signature)],
            body=request.body if prepared.has_body else None,
            timeout_seconds=prepared.timeout_seconds,
        )
        if reply.status == 401:
            self._note_refusal(progress, reply, token)
        elif reply.status not in TRANSIENT and reply.status < 500:
            yield from self._verify(reply, signature)
        return reply

    def _note_refusal(self, progress: _Progress, reply: Reply, token: str) -> None:
        code = error_of(reply).code
        if code in _STALE_TOKEN:
            self._tokens.forget(token)
        elif code == _REPLAYED:
            progress.maybe_done = True

    def _verify(self, reply: Reply, signature: str) -> Steps[None]:
        try:
            jws = read_signature(reply)
            key = yield from self.keys.find(jws.protected["kid"])
            config = self.config
            expected = Expectation(
                issuer=config.issuer,
                client_id=config.client_id,
                request_signature=signature,
                now=config.environment.now(),
            )
            verify_response(reply, jws, key, expected)
        except NotSigned as error:
            raise _Forged(reply, str(error)) from None
        except TongbaoError as error:
            raise _Forged(reply, f"the answer's signature cannot be verified: {error}") from error

    def _after_failure(self, prepared: Prepared, progress: _Progress, failure: TransportFailure) -> Steps[None]:
        """Wait for the next attempt after no answer came, or raise."""
        progress.maybe_done = progress.maybe_done or failure.sent
        if prepared.repeatable or not failure.sent:
            delay = prepared.retry.delay(progress.retries, None, self.config.environment.chance)
            if delay is not None:
                progress.retries += 1
                yield Pause(delay)
                return
        if prepared.write is not None and progress.maybe_done:
            raise OutcomeUnknown(f"no answer arrived ({failure.reason})", prepared.write) from failure
        kind = ConnectionTimedOut if failure.timed_out else ConnectionFailed
        raise kind(f"no answer: {failure.reason}") from failure

    def _after_problem(self, prepared: Prepared, progress: _Progress, error: APIStatusError) -> Steps[None]:
        """Wait for the next attempt after a problem, or raise it."""
        status, code = error.status_code, error.code
        if status == 401 and code in _STALE_TOKEN and not progress.renewed_token:
            progress.renewed_token = True
            return
        in_doubt = status == 408 or status >= 500 or code == _IN_PROGRESS
        progress.maybe_done = progress.maybe_done or in_doubt
        if _is_worth_repeating(prepared, error):
            environment = self.config.environment
            wanted = read_retry_after(error.retry_after, environment.now())
            delay = prepared.retry.delay(progress.retries, wanted, environment.chance)
            if delay is not None:
                progress.retries += 1
                yield Pause(delay)
                return
        raise _final(prepared, progress, error)


def _is_worth_repeating(prepared: Prepared, error: APIStatusError) -> bool:
    if error.status_code == 429:
        return True
    if not prepared.repeatable:
        return False
    if error.status_code in TRANSIENT:
        return error.retryable is not False or error.status_code == 503
    return error.code == _IN_PROGRESS or (error.code == _REPLAYED and prepared.write is not None)


def _final(prepared: Prepared, progress: _Progress, error: APIStatusError) -> TongbaoError:
    """Return what to raise for a problem that is not repeated.

    A signed refusal below 500 decides the outcome; 401, 408, 429, 5xx and "in progress" do not once an attempt may
    have been done.
    """
    write = prepared.write
    if write is None:
        return error
    if isinstance(error, ServerError):
        return ServerOutcomeUnknown(error, write)
    undecided = error.status_code in (401, 408, 429) or error.code == _IN_PROGRESS
    if undecided and progress.maybe_done:
        unknown = OutcomeUnknown(str(error), write)
        unknown.__cause__ = error
        return unknown
    return error


def _not_believed(prepared: Prepared, forged: _Forged) -> TongbaoError:
    text = f"{forged.reason} (status {forged.reply.status})"
    if prepared.write is not None:
        return OutcomeUnknown(text, prepared.write)
    return ResponseSignatureError(text, forged.reply.facts())
