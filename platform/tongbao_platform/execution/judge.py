"""The verdict on each operation of a batch, in arrival order: replay, refusal, or changes.

Order of judgement: a one-time value seen before is a replayed request; then the idempotency key; then the operation
itself. Whatever is decided here is not durable until the batch commits.
"""

import logging

from tongbao_platform.execution.operation import Answer, Changes, Claim, Context, Idempotency, Outcome
from tongbao_platform.execution.overlay import Overlay, View
from tongbao_platform.execution.records import AuditRow, EvidenceRow, StoredAnswer
from tongbao_platform.execution.tools import Tools
from tongbao_platform.execution.work import IDEMPOTENCY, Work
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import PlatformFault, Refusal
from tongbao_platform.outbox.event import Announced, Event, NewEvent, OutboxBatch
from tongbao_platform.storage.session import Key

_log = logging.getLogger(__name__)


class Records:
    """What execution itself writes for the batch."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.event_ids: list[str] = []
        self.answers: list[StoredAnswer] = []
        self.evidence: list[EvidenceRow] = []
        self.audit: list[AuditRow] = []
        self.announced: dict[tuple[str, str], Announced] = {}

    def add(self, others: "Records") -> None:
        """Take what one more operation records."""
        self.events += others.events
        self.event_ids += [event.id for event in others.events]
        self.answers += others.answers
        self.evidence += others.evidence
        self.audit += others.audit
        self.announced.update(others.announced)

    def take_events(self) -> list[Event]:
        """Hand over the events for writing; their ids stay for the outbox batch."""
        events, self.events = self.events, []
        return events


class Judge:
    """Judges one work after the other; ``kept`` are the claims that have an effect, with what they refer to."""

    def __init__(
        self,
        overlay: Overlay,
        tools: Tools,
        *,
        taken: dict[Key, str | None],
        answers: dict[Key, StoredAnswer],
        now: Instant,
    ) -> None:
        self._overlay = overlay
        self._tools = tools
        self._taken = taken
        self._answers = answers
        self._now = now
        self._transfer_ids = tools.ids.series("tra")
        self._event_ids = tools.ids.series("evt")
        self._record_ids = tools.ids.series("aud")
        self.kept: dict[Key, str | None] = {}
        self.records = Records()

    def judge(self, work: Work) -> Outcome | Exception:
        """Return what becomes of ``work``; a fault in it is its own and leaves the batch alone."""
        try:
            return self._judge(work)
        except PlatformFault as fault:
            _log.exception("operation %s broke a rule", getattr(work.operation, "__name__", work.operation))
            return fault
        except Exception:  # noqa: BLE001 - a bug in one operation must not fail the others of its batch
            _log.exception("operation %s failed", getattr(work.operation, "__name__", work.operation))
            return PlatformFault("the operation failed")

    def _judge(self, work: Work) -> Outcome:
        context = work.context
        if context.once is not None and _key(context.once.claim) in self._taken:
            return _refused(context, context.once.refusal)
        asked = context.idempotency
        earlier = self._answers.get(work.idempotency_key) if work.idempotency_key else None
        if asked is not None and earlier is not None:
            return self._replay(work, asked, earlier)
        view = View(self._overlay, work.tenant, self._taken)
        verdict = work.operation.decide(view, work.command, self._now)
        if isinstance(verdict, Refusal):
            outcome = _refused(context, verdict)
            if verdict.stored:
                records = Records()
                self._keep_answer(work, outcome.answer, records)
                self._take(work, records)
            return outcome
        return self._applied(work, verdict)

    def _applied(self, work: Work, changes: Changes) -> Outcome:
        # All that may fail comes first: what stays of an operation is the whole of it or nothing.
        answer = work.context.render(changes.result) if work.context.render else None
        records = self._records_of(work, changes)
        self._keep_answer(work, answer, records)
        self._overlay.apply(changes, self._transfer_ids, self._now)
        self._keep_natural(work)
        self._take(work, records)
        return Outcome(result=changes.result, answer=answer)

    def _take(self, work: Work, records: Records) -> None:
        """Take what ``work`` records, and spend its one-time value with it."""
        self._spend_once(work)
        for stored in records.answers:
            key = (IDEMPOTENCY, stored.scope, stored.key)
            self._answers[key] = stored
            self.kept[key] = None
        self.records.add(records)

    def _keep_natural(self, work: Work) -> None:
        """A natural key is kept only if its object exists now."""
        for claim in work.natural:
            key = _key(claim)
            if key in self._taken:
                continue
            if claim.model is None or claim.ref is None or self._overlay.get(claim.model, claim.ref) is not None:
                self.kept[key] = claim.ref
                self._taken[key] = claim.ref

    def _records_of(self, work: Work, changes: Changes) -> Records:
        context, records = work.context, Records()
        for told in changes.events:
            if told.latest_only:
                records.announced[(told.type, told.subject_id)] = _announced(told)
            else:
                self._tell(told, context, records)
        for line in changes.audit:
            records.audit.append(
                AuditRow(
                    id=next(self._record_ids),
                    at=self._now,
                    actor=context.actor,
                    action=line.action,
                    object_type=line.object_type,
                    object_id=line.object_id,
                    detail=line.detail,
                    request_id=context.request_id,
                )
            )
        self._keep_evidence(context, records)
        return records

    def outbox_batch(self) -> OutboxBatch | None:
        """Return what this batch leaves for the relay, when every work has been judged."""
        event_ids, announced = self.records.event_ids, self.records.announced
        if not event_ids and not announced:
            return None
        return OutboxBatch(
            id=self._tools.ids.new("out"),
            occurred_at=self._now,
            event_ids=tuple(event_ids),
            announced=tuple(announced.values()),
        )

    def _tell(self, told: NewEvent, context: Context, records: Records) -> None:
        event = Event(
            id=next(self._event_ids),
            type=told.type,
            livemode=self._tools.livemode,
            occurred_at=self._now,
            subject_type=told.subject_type,
            subject_id=told.subject_id,
            revision=told.revision,
            merchant_id=told.merchant_ids[0],
            other_merchant_id=told.merchant_ids[1] if len(told.merchant_ids) > 1 else None,
            traceparent=context.traceparent,
            snapshot=told.snapshot,
        )
        records.events.append(event)

    def _replay(self, work: Work, asked: Idempotency, earlier: StoredAnswer) -> Outcome:
        if earlier.fingerprint != asked.fingerprint:
            return _refused(work.context, KEY_REUSED)
        body = self._tools.unseal(_row(asked), earlier.body) if earlier.sealed else earlier.body
        self._spend_once(work)
        return Outcome(answer=Answer(status=earlier.status, headers=earlier.headers, body=body), replayed=True)

    def _keep_answer(self, work: Work, answer: Answer | None, records: Records) -> None:
        """Keep the answer of the idempotency key."""
        asked = work.context.idempotency
        if asked is None or answer is None:
            return
        sealed = asked.sealed and answer.secret
        stored = StoredAnswer(
            scope=asked.scope,
            key=asked.key,
            fingerprint=asked.fingerprint,
            status=answer.status,
            headers=answer.headers,
            sealed=int(sealed),
            body=self._tools.seal(_row(asked), answer.body) if sealed else answer.body,
            expires_at=asked.expires_at,
        )
        records.answers.append(stored)

    def _spend_once(self, work: Work) -> None:
        if work.context.once is not None:
            key = _key(work.context.once.claim)
            self.kept[key] = work.context.once.claim.ref
            self._taken[key] = work.context.once.claim.ref

    def _keep_evidence(self, context: Context, records: Records) -> None:
        """Keep the signature behind an effect (non-repudiation)."""
        evidence = context.evidence
        if evidence is None or context.caller is None:
            return
        records.evidence.append(
            EvidenceRow(
                id=next(self._record_ids),
                client_id=context.caller.client_id,
                jti=evidence.jti,
                kid=evidence.kid,
                request_id=context.request_id,
                at=self._now,
                payload=evidence.payload,
                protected=evidence.protected,
                signature=evidence.signature,
            )
        )


KEY_REUSED = Refusal(
    code="idempotency_key_reused",
    detail="This Idempotency-Key was used before with another request. Use a new key for a new request.",
    stored=False,
)


def _announced(told: NewEvent) -> Announced:
    return Announced(
        type=told.type,
        subject_type=told.subject_type,
        subject_id=told.subject_id,
        revision=told.revision,
        merchant_id=told.merchant_ids[0],
    )


def _refused(context: Context, refusal: Refusal) -> Outcome:
    return Outcome(refusal=refusal, answer=context.render(refusal) if context.render else None)


def _row(asked: Idempotency) -> str:
    return f"{asked.scope}|{asked.key}"


def _key(claim: Claim) -> Key:
    return (claim.kind, claim.scope, claim.value)
