/* What the caller can do about one step, at the place of the decision: approve or deny with a reason, complete, answer,
   run, mark as complete. As a box in the timeline or as the foot of the inbox's detail; on a phone the two main buttons
   stand in a bar at the bottom edge. */
import { type ReactNode, useState } from 'react';
import { createPortal } from 'react-dom';
import type { ApiProblem } from '../../api/client';
import type { PersonRef, Request, RequestStep } from '../../api/types';
import { useKeptText } from '../../app/kept';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { type Answer, isEmpty, wrongAnswer } from '../../logic/logic';
import { firstName } from '../../logic/request';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { Menu } from '../../ui/Menu';
import { Problem } from '../../ui/Page';
import { toast } from '../../ui/Toast';
import { IconError, IconEscalate, IconSync } from '../../ui/icons';
import { AnswerField, type Question } from './AnswerField';
import { useTask } from './actions';
import { DecideDialog, EscalateDialog, ReassignDialog } from './dialogs';

export interface PanelProps {
  request: Request;
  step: RequestStep;
  look: 'box' | 'foot';
  /** this is the task that keys and the bar at the bottom act on */
  main?: boolean;
  bar?: HTMLElement | null;
  /** answers of the type's choices, for questions on a running request */
  question?: Question;
}

export function TaskPanel({ request, step, look, main, bar, question }: PanelProps) {
  const me = useMe();
  const w = t.requests.request;
  const task = useTask(step.taskId);
  const [text, setText] = useKeptText(`task.${step.taskId ?? step.id}`);
  const [missing, setMissing] = useState(false);
  const [open, setOpen] = useState<'APPROVED' | 'DENIED' | 'reassign' | 'escalate' | null>(null);
  const [answer, setAnswer] = useState<Answer>(undefined);
  const [person, setPerson] = useState<PersonRef | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const can = new Set(step.can);
  const who = firstName(request.requester.name);
  const error: ApiProblem | null = task.resolve.error ?? task.run.error ?? task.complete.error;
  const busy = task.resolve.isPending || task.run.isPending || task.complete.isPending;

  const decide = async (value: 'APPROVED' | 'DENIED'): Promise<void> => {
    if (value === 'DENIED' && !text.trim()) {
      setMissing(true);
      document.querySelector<HTMLElement>('.decision textarea, .decision input')?.focus();
      return;
    }
    await task.resolve.mutateAsync({ value, ...(text.trim() ? { note: text.trim() } : {}) });
    setText('');
    toast(value === 'APPROVED' ? w.toldApproved(step.text) : w.toldDenied(step.text));
  };
  const complete = async (): Promise<void> => {
    await task.resolve.mutateAsync(text.trim() ? { note: text.trim() } : {});
    setText('');
    toast(w.toldCompleted(step.text));
  };
  const send = async (): Promise<void> => {
    const q = { ...step, kind: 'QUESTION' as const, inputType: step.inputType ?? 'TEXT', assignTo: { type: 'NONE' as const } };
    const bad = wrongAnswer(q, answer);
    setWrong(bad ? { required: t.requests.form.required, tooLong: t.requests.form.tooLong(1000), notANumber: t.requests.form.notANumber, notADate: t.requests.form.notADate }[bad] : null);
    if (bad) return;
    await task.resolve.mutateAsync({ value: isEmpty(answer) ? null : step.inputType === 'NUMBER' ? Number(answer) : answer });
    toast(w.toldAnswered);
  };
  const run = async (newRun: boolean): Promise<void> => {
    await task.run.mutateAsync(newRun ? { newRun: true } : {});
    toast(w.toldRan(step.flow?.name ?? step.text));
  };
  const mark = async (): Promise<void> => {
    if (!(await ask({ title: w.markTitle, body: w.markBody, verb: w.markComplete }))) return;
    await task.complete.mutateAsync();
    toast(w.marked);
  };
  const safely = (p: Promise<unknown>): void => void p.catch(() => undefined);
  const isApproval = step.kind === 'APPROVAL' && can.has('RESOLVE');

  useShortcuts([
    ...(isApproval ? [{ keys: 'a', name: w.keysApprove, run: () => setOpen('APPROVED') }, { keys: 'd', name: w.keysDeny, run: () => setOpen('DENIED') }] : []),
    ...(can.has('REASSIGN') ? [{ keys: 'r', name: w.keysReassign, run: () => setOpen('reassign') }] : []),
  ], Boolean(main));

  let field: ReactNode = null;
  let first: ReactNode = null; // the primary
  let second: ReactNode = null;
  if (isApproval) {
    const common = { label: w.reason, error: missing ? w.reasonMissing : (task.resolve.error?.at('note') ?? null), value: text, onChange: (v: string) => { setText(v); setMissing(false); }, placeholder: w.reasonHint(who) };
    field = look === 'box'
      ? <TextArea {...common} hint={missing ? undefined : w.reasonNeeded} rows={2} />
      : <TextField {...common} hideLabel placeholder={`${w.reason}: ${w.reasonHint(who)}`} />;
    first = <Button look="primary" hint={main && me.preferences.singleKeys ? 'A' : undefined} pending={task.resolve.isPending && task.resolve.variables?.value === 'APPROVED'} isDisabled={busy} onPress={() => safely(decide('APPROVED'))}>{w.approve}</Button>;
    second = <Button hint={main && me.preferences.singleKeys ? 'D' : undefined} pending={task.resolve.isPending && task.resolve.variables?.value === 'DENIED'} isDisabled={busy} onPress={() => safely(decide('DENIED'))}>{w.deny}</Button>;
  } else if (step.kind === 'QUESTION' && can.has('RESOLVE')) {
    field = <AnswerField question={question ?? { id: step.id, text: w.yourAnswer, inputType: step.inputType ?? 'TEXT', required: step.required }} value={answer} onChange={(a) => { setAnswer(a); setWrong(null); }} error={wrong ?? task.resolve.error?.at('value')} person={person} onPerson={setPerson} />;
    first = <Button look="primary" pending={task.resolve.isPending} onPress={() => safely(send())}>{w.answer}</Button>;
  } else if (step.kind === 'CUSTOM_TASK' && can.has('RESOLVE')) {
    field = look === 'box' ? <TextArea label={w.note} optional value={text} onChange={setText} rows={1} placeholder={w.reasonHint(who)} /> : <TextField hideLabel label={w.note} value={text} onChange={setText} placeholder={`${w.note}, ${t.optional}`} />;
    first = <Button look="primary" pending={task.resolve.isPending} onPress={() => safely(complete())}>{w.complete}</Button>;
  } else if (can.has('RUN') || can.has('COMPLETE')) {
    first = can.has('RUN') ? <Button look="primary" icon={step.state === 'FAILED' ? IconSync : undefined} pending={task.run.isPending} isDisabled={busy} onPress={() => safely(run(false))}>{step.state === 'FAILED' ? w.runAgain : w.run}</Button> : null;
    second = can.has('COMPLETE') ? <Button pending={task.complete.isPending} isDisabled={busy} onPress={() => safely(mark())}>{w.markComplete}</Button> : null;
  }
  const others = [
    can.has('ESCALATE') && { id: 'escalate', name: w.escalate, icon: IconEscalate, run: () => setOpen('escalate') },
    can.has('RUN') && step.state === 'FAILED' && { id: 'new', name: w.asNewRun, icon: IconSync, run: () => safely(run(true)) },
  ].filter(Boolean) as Exclude<Parameters<typeof Menu>[0]['entries'][number], false | null | undefined | 'line'>[];
  const buttons = (first || second) && <>{first}{second}</>;
  const reassign = (can.has('REASSIGN') || others.length > 0) && (
    <span className="row">
      {can.has('REASSIGN') && <Button look="quiet" aria-keyshortcuts={main ? 'r' : undefined} onPress={() => setOpen('reassign')}>{w.reassign}</Button>}
      {others.length > 0 && <Menu label={t.verbs.more} entries={others} />}
    </span>
  );

  return (
    <>
      {step.error && look === 'box' && <div className="note bad failure"><IconError className="i" size={16} aria-hidden /><div className="grow"><b>{step.error}</b></div></div>}
      {look === 'box' ? (
        field ? (
          <div className="box decision">
            <div className="pad">{field}{error && <Problem error={error} />}</div>
            <div className="foot"><span className={`row ${main ? 'only-wide' : ''}`}>{buttons}</span><span className="grow" />{reassign}</div>
          </div>
        ) : (buttons || reassign) && <div className="decision bare"><div className={`row wrap ${main ? 'only-wide' : ''}`}>{buttons}</div>{reassign}{error && <Problem error={error} />}</div>
      ) : (
        <div className="decide decision">
          {field}
          {error && <Problem error={error} />}
          <div className="row wrap">{buttons}{reassign}<span className="grow" /><span className="meta">{w.decidingAs(me.session.principal.name)}</span></div>
        </div>
      )}
      {main && bar && buttons && createPortal(<div className="actbar only-narrow">{second}{first}</div>, bar)}
      {open === 'reassign' && <ReassignDialog step={step} onClose={() => setOpen(null)} />}
      {open === 'escalate' && <EscalateDialog step={step} onClose={() => setOpen(null)} />}
      {(open === 'APPROVED' || open === 'DENIED') && <DecideDialog request={request} step={step} value={open} reason={text} setReason={setText} onClose={() => setOpen(null)} />}
    </>
  );
}
