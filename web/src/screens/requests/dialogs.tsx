/* Small dialogs around a task: decide by key, reassign, escalate; choosing an assignee; changing the subject. */
import { useRef, useState } from 'react';
import type { PersonRef, Request, RequestStep } from '../../api/types';
import { firstName } from '../../logic/request';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { Problem } from '../../ui/Page';
import { PersonField } from '../../ui/People';
import { toast } from '../../ui/Toast';
import { useRequestCommands, useTask } from './actions';

export function ReassignDialog({ step, onClose }: { step: RequestStep; onClose: () => void }) {
  const task = useTask(step.taskId);
  const [people, setPeople] = useState<(PersonRef | null)[]>([null]);
  const chosen = people.filter((p): p is PersonRef => p !== null);
  const go = async (): Promise<void> => {
    await task.reassign.mutateAsync(chosen.map((p) => p.id));
    toast(t.requests.request.reassigned(chosen.map((p) => p.name).join(', ')));
    onClose();
  };
  return (
    <Dialog open title={t.requests.request.reassignTitle} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" isDisabled={!chosen.length} pending={task.reassign.isPending} onPress={() => void go().catch(() => undefined)}>{t.requests.request.reassignVerb}</Button>
    </>}>
      <p className="soft">{step.text}. {t.requests.request.reassignBody}</p>
      {people.map((p, i) => (
        // the place in the row is the person's identity here: it may be empty
        <PersonField key={i} label={i === 0 ? t.requests.request.reassignTo : t.requests.request.reassignMore} optional={i > 0} value={p} exclude={chosen.filter((x) => x.id !== p?.id).map((x) => x.id)}
          onChange={(next) => setPeople((all) => { const list = all.map((x, k) => (k === i ? next : x)); return list.every(Boolean) && list.length < 10 ? [...list, null] : list; })} />
      ))}
      <Problem error={task.reassign.error} />
    </Dialog>
  );
}
export function EscalateDialog({ step, onClose }: { step: RequestStep; onClose: () => void }) {
  const task = useTask(step.taskId);
  const [reason, setReason] = useState('');
  const go = async (): Promise<void> => {
    await task.escalate.mutateAsync(reason.trim());
    toast(t.requests.request.escalated);
    onClose();
  };
  return (
    <Dialog open title={t.requests.request.escalateTitle} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" isDisabled={!reason.trim()} pending={task.escalate.isPending} onPress={() => void go().catch(() => undefined)}>{t.requests.request.escalateVerb}</Button>
    </>}>
      <p className="soft">{t.requests.request.escalateBody}</p>
      <TextArea label={t.requests.request.reason} value={reason} onChange={setReason} autoFocus error={task.escalate.error?.at('reason')} />
      <Problem error={task.escalate.error} />
    </Dialog>
  );
}
/** approve or deny by key: asks for the reason, sends with Ctrl-Enter too */
export function DecideDialog({ request, step, value, reason, setReason, onClose }: { request: Request; step: RequestStep; value: 'APPROVED' | 'DENIED'; reason: string; setReason: (v: string) => void; onClose: () => void }) {
  const task = useTask(step.taskId);
  const [missing, setMissing] = useState(false);
  const deny = value === 'DENIED';
  const field = useRef<HTMLTextAreaElement>(null);
  const go = async (): Promise<void> => {
    if (deny && !reason.trim()) {
      setMissing(true);
      field.current?.focus();
      return;
    }
    await task.resolve.mutateAsync({ value, ...(reason.trim() ? { note: reason.trim() } : {}) });
    setReason('');
    toast(deny ? t.requests.request.toldDenied(step.text) : t.requests.request.toldApproved(step.text));
    onClose();
  };
  const start = (): void => void go().catch(() => undefined);
  return (
    <Dialog open title={`${deny ? t.requests.request.deny : t.requests.request.approve}: ${request.subject}`} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={task.resolve.isPending} onPress={start}>{deny ? t.requests.request.deny : t.requests.request.approve}</Button>
    </>}>
      <TextArea inputRef={field} label={t.requests.request.reason} optional={!deny} hint={t.requests.request.reasonHint(firstName(request.requester.name))} error={missing ? t.requests.request.reasonMissing : null} value={reason} autoFocus
        onChange={(v) => { setReason(v); setMissing(false); }} onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); start(); } }} />
      <Problem error={task.resolve.error} />
    </Dialog>
  );
}
export function AssignDialog({ request, me, onClose }: { request: Request; me: string; onClose: () => void }) {
  const { change } = useRequestCommands(request, me);
  const [person, setPerson] = useState<PersonRef | null>(request.assignee);
  const go = async (): Promise<void> => {
    await change.mutateAsync({ assigneeId: person?.id ?? null });
    toast(t.requests.board.assigned(person?.name ?? t.nobody));
    onClose();
  };
  return (
    <Dialog open title={t.requests.board.assignTitle} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={change.isPending} onPress={() => void go().catch(() => undefined)}>{t.verbs.save}</Button>
    </>}>
      <PersonField label={t.requests.request.assignee} value={person} onChange={setPerson} optional error={change.error?.at('assigneeId')} />
      <Problem error={change.error} />
    </Dialog>
  );
}
export function SubjectDialog({ request, me, onClose }: { request: Request; me: string; onClose: () => void }) {
  const { change } = useRequestCommands(request, me);
  const [subject, setSubject] = useState(request.subject);
  const go = async (): Promise<void> => {
    await change.mutateAsync({ subject: subject.trim() });
    onClose();
  };
  return (
    <Dialog open title={t.requests.request.subjectTitle} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" isDisabled={!subject.trim()} pending={change.isPending} onPress={() => void go().catch(() => undefined)}>{t.verbs.save}</Button>
    </>}>
      <TextField label={t.requests.form.subject} value={subject} onChange={setSubject} maxLength={250} autoFocus error={change.error?.at('subject')} />
      <Problem error={change.error} />
    </Dialog>
  );
}
