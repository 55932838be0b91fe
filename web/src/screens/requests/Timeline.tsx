/* The story of a request from top to bottom: what was answered, decided, run and waited for, with people, times and states;
   then what comes next. */
import { type ReactNode, useContext } from 'react';
import type { Request, RequestStep } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { useMe } from '../../app/session';
import { kindOfValue, myStep, standOf, storyOf } from '../../logic/request';
import { sayValue } from '../../logic/say';
import { absolute, sayDay } from '../../logic/time';
import { locale, t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { IconAction, IconApproval, IconCheck, IconClock, IconClose, IconGo, IconLock, IconMinus, IconQuestion, IconTask, IconTimer, IconBusy, IconError, IconAlarm } from '../../ui/icons';
import { Problem } from '../../ui/Page';
import { Pin, RunState, State } from '../../ui/State';
import { Time, ZoneContext } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { useTask } from './actions';
import { TaskPanel } from './TaskPanel';

export const kindIcon = { QUESTION: IconQuestion, APPROVAL: IconApproval, CUSTOM_TASK: IconTask, ACTION: IconAction, TIMER: IconTimer } as const;

export function stepState(s: RequestStep): ReactNode {
  const w = t.requests.request;
  switch (s.state) {
    case 'COMPLETED':
      if (s.decision === 'DENIED') return <State tone="bad" icon={IconClose}>{w.denied}</State>;
      return <State tone="ok">{s.decision === 'APPROVED' ? w.approved : s.kind === 'QUESTION' ? w.answered : s.kind === 'TIMER' ? w.timerEnded : s.kind === 'ACTION' ? (s.runId ? w.workflowStarted : w.markedComplete) : w.completed}</State>;
    case 'FAILED': return <State tone="bad" icon={IconError}>{w.states.FAILED}</State>;
    case 'RUNNING': return s.kind === 'TIMER' ? <State tone="quiet" icon={IconTimer}>{t.requests.request.states.RUNNING}</State> : <State tone="info" icon={IconBusy}>{w.states.RUNNING}</State>;
    case 'SKIPPED': return <State tone="quiet" icon={IconMinus}>{w.states.SKIPPED}</State>;
    case 'LOCKED': return <State tone="quiet" icon={IconLock}>{w.states.LOCKED}</State>;
    case 'ASSIGNING': return <State tone="quiet" icon={IconClock}>{w.states.ASSIGNING}</State>;
    case 'OPEN':
      if (!s.dueAt) return null;
      return <State tone={Date.parse(s.dueAt) < Date.now() ? 'bad' : Date.parse(s.dueAt) - Date.now() < 86_400_000 ? 'warn' : 'quiet'} icon={IconClock}><Time at={s.dueAt} due /></State>;
    default: return null;
  }
}
function names(s: RequestStep): string {
  const list = s.assignees.map((p) => p.name);
  if (s.assignGroup) return t.requests.request.group(s.assignGroup.name);
  return list.length > 3 ? `${list.slice(0, 3).join(', ')} + ${list.length - 3}` : list.join(', ');
}
function Entry({ stand, icon: Icon, title, state, meta, children }: { stand: 'done' | 'now' | 'future' | 'failed' | 'off'; icon: typeof IconCheck; title: string; state?: ReactNode; meta?: ReactNode; children?: ReactNode }) {
  return (
    <li className={`e ${stand}`}>
      <span className="node" aria-hidden><Icon className="i" size={16} /></span>
      <div>
        <div className="eh"><h2>{title}</h2>{state}{meta && <span className="meta">{meta}</span>}</div>
        {children}
      </div>
    </li>
  );
}
export function Answers({ steps, big }: { steps: RequestStep[]; big?: boolean }) {
  return (
    <dl className={big ? 'kv big' : 'qa'}>
      {steps.map((s) => {
        const text = s.answerText ?? sayValue(s.answer);
        return [<dt key={`${s.id}t`}>{s.text}</dt>, <dd key={s.id} className="prewrap">{text === '' ? <span className="muted">{t.requests.request.notAnswered}</span> : s.inputType === 'DATE' ? sayDay(text, locale()) : text}</dd>];
      })}
    </dl>
  );
}
function Sent({ step, mayOpen }: { step: RequestStep; mayOpen: boolean }) {
  const zone = useContext(ZoneContext);
  const w = t.requests.request;
  const sent = Object.entries(step.sentInputs ?? {});
  return (
    <div className="box">
      {sent.length > 0 && (
        <dl className="vals">
          {sent.map(([k, v]) => {
            const kind = kindOfValue(v);
            return [
              <dt key={`${k}t`}><Pin type={kind} />{k}</dt>,
              <dd key={k} className="prewrap">{v === null || v === '' ? <span className="muted">{w.empty}</span> : <>{String(v)}{kind === 'datetime' && <span className="muted"> · {absolute(String(v), { zone, locale: locale() })}</span>}</>}</dd>,
            ];
          })}
        </dl>
      )}
      <div className="foot">
        {step.runStatus && step.flow ? <State tone={step.runStatus === 'SUCCEEDED' ? 'ok' : step.runStatus === 'FAILED' ? 'bad' : 'info'}>{step.runStatus === 'SUCCEEDED' ? w.runFinished(step.flow.name) : step.runStatus === 'FAILED' ? w.runFailed(step.flow.name) : w.runState(step.flow.name, t.run[step.runStatus] ?? '')}</State> : <span className="soft">{step.flow?.name}</span>}
        <span className="meta">{step.runId ? w.nothingBack : w.notRun}{(step.attempt ?? 1) > 1 ? ` · ${w.attempt(step.attempt ?? 1)}` : ''}</span>
        <span className="grow" />
        {step.runId && step.flow && mayOpen && <Link className="row" href={paths.run(step.flow.id, step.runId)}>{w.openRun}<IconGo className="i" size={14} aria-hidden /></Link>}
      </div>
    </div>
  );
}
function TimerEnd({ step }: { step: RequestStep }) {
  const w = t.requests.request;
  const task = useTask(step.taskId ?? step.id);
  const end = async (): Promise<void> => {
    if (!(await ask({ title: w.endTitle, body: w.endBody, verb: w.endVerb }))) return;
    await task.end.mutateAsync();
    toast(w.ended);
  };
  return <div className="decision bare"><Button pending={task.end.isPending} onPress={() => void end().catch(() => undefined)}>{w.endTimer}</Button>{task.end.error && <Problem error={task.end.error} />}</div>;
}

export function Timeline({ request: r, bar }: { request: Request; bar: HTMLElement | null }) {
  const me = useMe();
  const w = t.requests.request;
  const mine = myStep(r);
  const closed = r.status !== 'OPEN' && r.status !== 'PENDING';
  const my = (s: RequestStep): boolean => s.assignees.some((p) => p.id === me.session.principal.id);

  const say = (s: RequestStep): ReactNode => {
    if (s.state === 'HIDDEN') {
      if (s.kind === 'ACTION' && s.flow) return <p className="say">{w.willSend} <b>{s.flow.name}</b></p>;
      return s.assignees.length ? <p className="say">{names(s)}</p> : null;
    }
    if (s.state === 'SKIPPED') return <p className="say">{w.skippedWhy}</p>;
    if (s.state === 'RUNNING' && s.kind === 'TIMER' && s.timerEndsAt) return <p className="say">{w.timerRuns('')}<Time inline at={s.timerEndsAt} due /></p>;
    if (s.state === 'OPEN' || s.state === 'FAILED') {
      const others = s.assignees.filter((p) => p.id !== me.session.principal.id);
      if (!s.assignees.length && !s.assignGroup) return <p className="say">{w.noAssignee}</p>;
      if (my(s)) return <p className="say">{others.length ? w.waitsForYouAnd(others.map((p) => p.name).join(', ')) : w.yours}</p>;
      return <p className="say">{w.waitsFor(names(s))}</p>;
    }
    return null;
  };
  const meta = (s: RequestStep): ReactNode => {
    if (s.state === 'COMPLETED') return <>{s.kind === 'ACTION' && !s.endedBy ? w.ranByItself : (s.endedBy?.name ?? '')}{s.endedAt && <> · <Time inline at={s.endedAt} /></>}</>;
    if (s.state === 'HIDDEN') return s.kind === 'ACTION' && s.automatic ? w.byItself : w.ifReached;
    if (s.openedAt && s.state !== 'SKIPPED') return <>{w.opened} <Time inline at={s.openedAt} /></>;
    return null;
  };

  return (
    <ol className="tl">
      {storyOf(r.steps).map((e) => {
        if (e.kind === 'answers') {
          const last = e.steps[e.steps.length - 1];
          return (
            <Entry key="answers" stand="done" icon={IconQuestion} title={w.questions} state={<State tone="ok">{w.answered}</State>} meta={<>{last?.endedBy?.name ?? r.creator.name} · <Time inline at={last?.endedAt ?? r.created} /></>}>
              <Answers steps={e.steps} />
            </Entry>
          );
        }
        const s = e.step;
        const stand = standOf(s);
        return (
          <Entry key={s.id} stand={stand} icon={kindIcon[s.kind]} title={s.text} state={stepState(s)} meta={meta(s)}>
            {say(s)}
            {s.state === 'COMPLETED' && s.kind === 'QUESTION' && <p className="quote prewrap">{s.answerText ?? sayValue(s.answer)}</p>}
            {s.note && <p className="quote prewrap">{s.note}</p>}
            {s.kind === 'ACTION' && (s.state === 'COMPLETED' || s.state === 'FAILED') && (s.sentInputs || s.runId) && <Sent step={s} mayOpen={r.runs.find((x) => x.runId === s.runId)?.mayOpen ?? false} />}
            {s.kind === 'TIMER' && s.can.includes('END') && <TimerEnd step={s} />}
            {!closed && s.kind !== 'TIMER' && (s.can.length > 0 || s.error) && <TaskPanel request={r} step={s} look="box" main={s === mine} bar={bar} />}
          </Entry>
        );
      })}
      <Last request={r} />
    </ol>
  );
}
function Last({ request: r }: { request: Request }) {
  const w = t.requests.request;
  if (r.status === 'RESOLVED') return <Entry stand="done" icon={IconCheck} title={w.nodeDone} meta={<>{r.autoResolved ? w.closedAuto : ''} <Time inline at={r.resolvedAt ?? r.lastUpdated} /></>} />;
  if (r.status === 'CANCELED') return <Entry stand="off" icon={IconClose} title={w.canceledNode} meta={<Time inline at={r.resolvedAt ?? r.lastUpdated} />} />;
  if (r.status === 'EXPIRED') return <Entry stand="off" icon={IconAlarm} title={t.status.EXPIRED ?? ''} meta={<Time at={r.lastUpdated} />}><p className="say">{w.expiredNode}</p></Entry>;
  if (r.status === 'LOCKED') return <Entry stand="off" icon={IconLock} title={t.status.LOCKED ?? ''} />;
  return <Entry stand={r.allDone ? 'now' : 'future'} icon={IconCheck} title={w.nodeDone} meta={r.autoResolve ? w.closesItself : w.closesByHand}>{r.allDone && <p className="say">{w.allDone}</p>}</Entry>;
}
export function RunLine({ run }: { run: Request['runs'][number] }) {
  return <span className="row">{run.mayOpen ? <Link href={paths.run(run.flow.id, run.runId)}>{run.flow.name}</Link> : run.flow.name}{run.status && <RunState status={run.status} />}</span>;
}
