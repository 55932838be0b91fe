/* Execution history: the runs of a flow, and one of them laid over its cards with every value. Follows a run that still
   goes on by itself. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../../api/client';
import { refresh, useGet, useList, useSend } from '../../api/hooks';
import type { Card, CardType, Flow, Page, Run, RunCard, RunRow } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { useSettled } from '../../app/useSettled';
import { findCard, numbersOf } from '../../logic/cards';
import { ENDED, runView } from '../../logic/runView';
import { absolute, sayDuration, sayMoment } from '../../logic/time';
import { locale, t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { RadioGroup, SearchField, Select } from '../../ui/Field';
import { IconDelete, IconLeft, IconRun, IconStop, IconSync } from '../../ui/icons';
import { Empty, Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { RunState, State } from '../../ui/State';
import { useClock } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { FlowFrame } from './FlowFrame';
import { RunCards, RunSteps } from './RunCards';
import { TestDialog } from './TestDialog';
import './flows.css';

export default function Runs({ params }: { params: { id: string; runId?: string } }) {
  const flow = useGet<Flow>(`/flows/${params.id}`);
  return <Loaded of={flow}>{(f) => <History key={f.id} flow={f} runId={params.runId ?? null} />}</Loaded>;
}
const keyOf = (r: RunRow): string => r.id;
export function sayLength(r: Pick<RunRow, 'durationMs'>): string {
  if (r.durationMs === null) return '';
  return r.durationMs < 100 ? t.flows.runs.ms(String(Math.max(1, Math.round(r.durationMs)))) : sayDuration(r.durationMs, locale(), t.time.seconds, t.time);
}
function starter(r: RunRow): string {
  const w = t.flows.runs;
  if (r.requestNumber !== null && r.requestNumber !== undefined) return w.request(r.requestNumber);
  const v = t.triggers.via;
  const who = r.startedBy && r.startedBy.kind !== 'SYSTEM' ? r.startedBy.name : null;
  if (r.startedVia === 'REPLAY' && who) return v.REPLAY(who);
  if (r.startedVia === 'ENDPOINT' && who) return v.runsAs(who);
  if (r.startedVia === 'SCHEDULE' || r.startedVia === 'ENDPOINT' || r.startedVia === 'EVENT' || r.startedVia === 'HELPER') return v[r.startedVia];
  if (r.startedVia === 'DELEGATED' && who) return w.by(who);
  if (!r.startedBy || r.startedBy.kind === 'SYSTEM') return w.bySystem;
  return r.startedBy.kind === 'USER' ? w.testBy(r.startedBy.name) : w.by(r.startedBy.name);
}
function History({ flow, runId }: { flow: Flow; runId: string | null }) {
  const me = useMe();
  const w = t.flows.runs;
  const clock = useClock();
  const [s, set] = useSearch({ status: '', q: '', test: '' });
  const list = useList<RunRow>('/runs', { query: { flowId: flow.id, status: s.status, q: s.q.trim() }, limit: 50 });
  const [over, setOver] = useState(false);
  const settled = useSettled(list.rows, keyOf, `${s.status} ${s.q}`, over);
  const [clearing, setClearing] = useState(false);
  const at = settled.rows.findIndex((r) => r.id === runId);
  const filters = new URLSearchParams(Object.entries({ status: s.status, q: s.q }).filter(([, v]) => v)).toString();
  const href = (r: RunRow): string => `${paths.run(flow.id, r.id)}${filters ? `?${filters}` : ''}`;
  // the newest run is shown when none was asked for (not on a phone, where the list is a page of its own)
  const first = settled.rows[0];
  useEffect(() => {
    if (!runId && first && matchMedia('(min-width: 721px)').matches) navigate(href(first), { replace: true });
  });
  useEffect(() => { // the run that is open stands in the list
    if (runId && at < 0 && list.rows.some((r) => r.id === runId)) settled.show();
  });
  const go = (by: number): void => {
    const next = settled.rows[Math.max(0, Math.min(settled.rows.length - 1, at < 0 ? 0 : at + by))];
    if (next && next.id !== runId) navigate(href(next), { replace: true });
  };
  useShortcuts([
    { keys: 'j', name: t.flows.runs.list, run: () => go(1), quiet: true },
    { keys: 'k', name: t.flows.runs.list, run: () => go(-1), quiet: true },
    { keys: 't', name: t.flows.frame.test, run: () => set({ test: 'yes' }) },
  ]);
  return (
    <>
      <FlowFrame flow={flow} tab="runs">
        {me.may('reeve.runs.manage') && list.rows.length > 0 && <span className="only-roomy"><Button look="quiet" size="dense" icon={IconDelete} onPress={() => setClearing(true)}>{w.clear}</Button></span>}
        {me.may('reeve.flows.run') && <Button size="dense" icon={IconRun} onPress={() => set({ test: 'yes' })}>{t.flows.frame.test}</Button>}
      </FlowFrame>
      <div className={`split runs one-of ${runId ? 'shows-detail' : ''}`}>
        <section className="side run-list" aria-label={w.list} onPointerEnter={() => setOver(true)} onPointerLeave={() => setOver(false)}>
          <div className="run-tools"><SearchField label={w.search} value={s.q} onChange={(q) => set({ q })} /><Select dense hideLabel label={w.status} value={s.status} onChange={(status) => set({ status })} choices={[{ id: '', name: w.anyStatus }, ...['RUNNING', 'SUCCEEDED', 'FAILED', 'STOPPED', 'CANCELED', 'WAITING', 'PAUSED'].map((x) => ({ id: x, name: t.run[x] ?? x }))]} /></div>
          {settled.fresh > 0 && <button type="button" className="fresh" onClick={settled.show}>{w.fresh(settled.fresh)}</button>}
          {list.isPending ? <Skeleton rows={6} lines />
            : list.error && !list.rows.length ? <Problem page error={list.error} retry={list.retry} />
            : !settled.rows.length ? <p className="run-none muted">{s.status || s.q ? w.noMatch : w.empty}</p>
            : (
              <ul>
                {settled.rows.map((r) => (
                  <li key={r.id}>
                    <Link className="rl" href={href(r)} aria-current={r.id === runId ? 'true' : undefined}>
                      <span className="rl-icon" title={t.run[r.status]}><RunState status={r.status} /></span>
                      <b title={absolute(r.startedAt, clock)}>{sayMoment(r.startedAt, clock)}</b><span className="meta">{sayLength(r)}</span>
                      <span className="sub"><span className="cut">{starter(r)}{r.error ? ` · ${r.error.message}` : ''}</span>{r.latencyMs !== null && <span className="late">{w.began(sayLength({ durationMs: r.latencyMs }))}</span>}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          {list.hasMore && <p className="run-more"><Button look="quiet" size="dense" pending={list.isLoadingMore} sending={t.loading} onPress={list.more}>{s.q.trim() ? w.older : t.verbs.loadMore}</Button></p>}
        </section>
        <section className="detail run-detail" aria-label={w.cards}>
          {runId ? <OneRun key={runId} flow={flow} id={runId} />
            : list.isPending ? <Skeleton rows={3} />
            : <Empty title={settled.rows.length ? w.pick : w.empty} action={me.may('reeve.flows.run') && !settled.rows.length ? <Button icon={IconRun} onPress={() => set({ test: 'yes' })}>{w.test}</Button> : undefined}>{settled.rows.length ? null : w.emptyText}</Empty>}
        </section>
      </div>
      {clearing && <ClearDialog flow={flow} onClose={() => setClearing(false)} />}
      {s.test && <TestDialog flow={flow} cards={flow.cards} onClose={() => set({ test: null })} />}
    </>
  );
}
function ClearDialog({ flow, onClose }: { flow: Flow; onClose: () => void }) {
  const w = t.flows.runs;
  const me = useMe();
  const [then, setThen] = useState('keep');
  const clear = useSend(() => api.del(`/flows/${flow.id}/run-data${then === 'stop' ? '?stop=true' : ''}`), ['/runs', '/flows']);
  const doIt = async (): Promise<void> => {
    await clear.mutateAsync(undefined);
    toast(then === 'stop' ? w.stoppedSaving : w.cleared);
    onClose();
  };
  return (
    <Dialog alert open title={w.clearTitle} onClose={onClose} actions={<>
      <Button autoFocus onPress={onClose}>{t.verbs.keep}</Button>
      <Button look="destroy" pending={clear.isPending} onPress={() => void doIt().catch(() => undefined)}>{w.clearVerb}</Button>
    </>}>
      <p className="soft">{w.clearBody}</p>
      {flow.saveData && me.may('reeve.flows.edit') && <RadioGroup down label={w.clearThen} value={then} onChange={setThen} choices={[{ id: 'keep', name: w.clearKeep }, { id: 'stop', name: w.clearStop }]} />}
      {clear.error && <Problem error={clear.error} />}
    </Dialog>
  );
}
function OneRun({ flow, id }: { flow: Flow; id: string }) {
  const run = useGet<Run>(`/runs/${id}`);
  const cards = useGet<{ cards: Card[]; data: RunCard[]; version: number }>(`/runs/${id}/cards`);
  const types = useGet<Page<CardType> | CardType[]>('/cards', { staleTime: Number.POSITIVE_INFINITY });
  const going = run.data ? !ENDED.has(run.data.status) : false;
  // the live stream says when it moves; a look now and then is for the case that the stream is broken
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => void refresh(`/runs/${id}`), 2500);
    return () => clearInterval(timer);
  }, [going, id]);
  const table = useMemo(() => new Map((Array.isArray(types.data) ? types.data : (types.data?.data ?? [])).map((c) => [c.card, c])), [types.data]);
  return (
    <Loaded of={run} skeleton={<Skeleton rows={3} />}>
      {(r) => (
        <>
          <RunHead run={r} flow={flow} />
          <Loaded of={cards} skeleton={<Skeleton rows={3} />}>{(c) => <Shown run={r} cards={c.cards} data={c.data} types={table} />}</Loaded>
        </>
      )}
    </Loaded>
  );
}
function Shown({ run, cards, data, types }: { run: Run; cards: Card[]; data: RunCard[]; types: ReadonlyMap<string, CardType> }) {
  const w = t.flows.runs;
  const numbers = useMemo(() => numbersOf(cards), [cards]);
  const view = useMemo(() => runView(cards, data, run), [cards, data, run]);
  const helpers = useList<RunRow>('/runs', { query: { parentRunId: run.id }, limit: 50 });
  const failed = run.error?.cardId ?? null;
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => { // what went wrong is in view
    const card = failed ? body.current?.querySelector(`[data-card="${CSS.escape(failed)}"]`) : null;
    const canvas = card?.closest('.run-canvas');
    if (card && canvas) canvas.scrollLeft += card.getBoundingClientRect().right + 48 - canvas.getBoundingClientRect().right;
  }, [failed]);
  return (
    <div className="run-body" ref={body}>
      {!run.dataSaved && ENDED.has(run.status) && <div className="run-note"><Note title={w.notSaved}>{w.notSavedText}</Note></div>}
      {run.uncertain && <Unsure run={run} cards={cards} />}
      {run.error && !run.error.cardId && <div className="run-note"><Note tone="bad" title={w.failed}>{run.error.message}</Note></div>}
      <RunCards cards={cards} data={data} view={view} numbers={numbers} types={types} saved={run.dataSaved} runError={run.error} />
      {data.length > 0 && <RunSteps data={data} numbers={numbers} cards={cards} types={types} />}
      {helpers.rows.length > 0 && (
        <section className="run-helpers" aria-label={w.children}>
          <h2>{w.children}</h2>
          <ul>{helpers.rows.map((h) => <li key={h.id}><RunState status={h.status} /><Link href={paths.run(h.flowId, h.id)}>{h.flowName}</Link><span className="meta">{sayLength(h)}</span></li>)}</ul>
          {helpers.hasMore && <Button look="quiet" size="dense" pending={helpers.isLoadingMore} sending={t.loading} onPress={helpers.more}>{t.verbs.loadMore}</Button>}
        </section>
      )}
    </div>
  );
}
/** what was being sent when the server stopped: a person says what became of it */
function Unsure({ run, cards }: { run: Run; cards: readonly Card[] }) {
  const w = t.flows.runs;
  const me = useMe();
  const decide = useSend((what: 'resend' | 'mark-done') => api.post(`/runs/${run.id}/${what}`, {}), ['/runs']);
  const say = async (what: 'resend' | 'mark-done'): Promise<void> => {
    await decide.mutateAsync(what);
    toast(what === 'resend' ? w.sentAgain : w.wentOn);
  };
  const card = run.uncertain ? findCard(cards, run.uncertain.cardId) : undefined;
  return (
    <div className="run-note">
      <Note tone="warn" title={w.unsureTitle(card?.title ?? card?.card ?? '')} action={me.may('reeve.runs.manage') ? <span className="acts">
        <Button size="dense" isDisabled={decide.isPending} onPress={() => void say('mark-done').catch(() => undefined)}>{w.happened}</Button>
        <Button size="dense" isDisabled={decide.isPending} onPress={() => void say('resend').catch(() => undefined)}>{w.sendAgain}</Button>
      </span> : undefined}>{w.unsureBody}</Note>
      {decide.error && <Problem error={decide.error} />}
    </div>
  );
}
function RunHead({ run, flow }: { run: Run; flow: Flow }) {
  const me = useMe();
  const w = t.flows.runs;
  const clock = useClock();
  const numbers = useMemo(() => numbersOf(flow.cards), [flow.cards]);
  const manage = me.may('reeve.runs.manage');
  const going = !ENDED.has(run.status);
  const again = useSend(() => api.post<{ runId: string }>(`/runs/${run.id}/replay`, {}), ['/runs', '/flows']);
  const cancel = useSend(() => api.post(`/runs/${run.id}/cancel`, {}), ['/runs']);
  const doAgain = async (): Promise<void> => {
    const made = await again.mutateAsync(undefined);
    toast(w.againDone);
    navigate(paths.run(flow.id, made.runId));
  };
  const doCancel = async (): Promise<void> => {
    if (await ask({ title: w.cancelTitle, body: w.cancelBody, verb: w.cancelVerb, safe: w.keepRun, destroy: true })) await cancel.mutateAsync(undefined);
  };
  const no = run.error?.cardId ? numbers.get(run.error.cardId) : undefined;
  const problem = again.error ?? cancel.error;
  return (
    <header className="runhead">
      <Link className="b quiet dense only-narrow" href={paths.runs(flow.id)}><IconLeft className="i" size={16} aria-hidden />{w.back}</Link>
      <span role="status">{run.status === 'FAILED' && no ? <State tone="bad" pill>{w.failedIn(no)}</State> : <RunState status={run.status} pill />}</span>
      <span className="grow runwho">
        {run.requestNumber ? <>{w.startedByRequest} <Link href={paths.request(run.requestNumber)}>{w.request(run.requestNumber)}</Link></> : starter(run)}
        <span className="muted"> · {w.version(run.flowVersion)}</span>
        {run.parentRunId && run.parentFlowId && <span className="muted"> · <Link href={paths.run(run.parentFlowId, run.parentRunId)}>{w.parent}</Link></span>}
      </span>
      <span className="meta">{absolute(run.startedAt, clock)}{run.durationMs !== null ? ` · ${sayLength(run)}` : ''}</span>
      {going && manage && <Button size="dense" icon={IconStop} pending={cancel.isPending} onPress={() => void doCancel().catch(() => undefined)}>{w.cancel}</Button>}
      {!going && manage && <Button size="dense" icon={IconSync} pending={again.isPending} isDisabled={!run.dataSaved} onPress={() => void doAgain().catch(() => undefined)}>{w.again}</Button>}
      {problem && <div className="runhead-problem"><Problem error={problem} /></div>}
    </header>
  );
}
