/* The system log: what happened, newest first. New events are counted while one reads and shown on demand; every filter is in
   the address. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { LogEvent } from '../../api/compatible';
import { useList } from '../../api/hooks';
import { useSearch } from '../../app/router';
import { useMedia } from '../../app/useMedia';
import { useSettled } from '../../app/useSettled';
import { logFilter } from '../../logic/admin';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { SearchField, Select, Toggle } from '../../ui/Field';
import { IconCheck, IconClose, IconError, IconInfo, IconWarning } from '../../ui/icons';
import { Bar, Empty, Problem, Skeleton } from '../../ui/Page';
import { State } from '../../ui/State';
import { type Column, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { Copy } from './form';
import './settings.css';

const HOUR = 3_600_000;
const spans: Record<string, number> = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR, all: 90 * 24 * HOUR };
const keyOf = (e: LogEvent): string => e.uuid;

export default function Log() {
  const w = t.admin.log;
  const [s, set] = useSearch({ q: '', area: '', outcome: '', span: 'week', actor: '', target: '', live: 'on', event: '' });
  const q = useDeferredValue(s.q.trim());
  const filter = logFilter(s);
  // the beginning of the span stands still while one looks, or every reading would be another list
  const since = useMemo(() => new Date(Date.now() - (spans[s.span] ?? spans.week ?? 0)).toISOString(), [s.span]);
  const query = useMemo(() => ({ since, sortOrder: 'DESCENDING', ...(filter ? { filter } : {}), ...(q ? { q } : {}) }), [since, filter, q]);
  const list = useList<LogEvent>('/api/v1/logs', { query, limit: 100, keep: true, every: s.live === 'on' ? 4000 : false });
  const settled = useSettled(list.rows, keyOf, JSON.stringify(query), true);
  const wide = useMedia('(min-width: 721px)');
  const [full, setFull] = useState<LogEvent | null>(null);
  const filtered = Boolean(s.q || s.area || s.outcome || s.actor || s.target);
  const shown = full ?? settled.rows.find((e) => e.uuid === s.event) ?? null;
  const columns: Column<LogEvent>[] = [
    { id: 'at', name: w.at, cell: (e) => <span className="soft"><Time at={e.published} /></span> },
    { id: 'what', name: w.what, wrap: true, cell: (e) => <><button type="button" className="log-row" onClick={() => { setFull(e); set({ event: e.uuid }); }}>{e.displayMessage || e.eventType}</button><br /><span className="code muted">{e.eventType}</span></> },
    { id: 'who', name: w.who, wrap: true, cell: (e) => <>{e.actor.displayName || e.actor.alternateId || e.actor.id}</> },
    { id: 'target', name: w.on, wrap: true, cell: (e) => <span className="soft">{(e.target ?? []).map((x) => x.displayName || x.alternateId || x.id).filter(Boolean).join(', ')}</span> },
    { id: 'outcome', name: w.outcome, cell: (e) => <Outcome event={e} /> },
  ];
  return (
    <>
      <Bar title={t.nav.log}><Toggle checked={s.live === 'on'} onChange={(on) => set({ live: on ? null : 'off' })}>{w.live}</Toggle></Bar>
      <div className="tools" role="group" aria-label={t.verbs.filter}>
        <SearchField label={w.search} value={s.q} onChange={(v) => set({ q: v })} />
        <Select hideLabel label={w.area} value={s.area} onChange={(area) => set({ area })} choices={[{ id: '', name: w.anyArea }, ...Object.entries(w.areas).map(([id, name]) => ({ id, name }))]} />
        <Select hideLabel label={w.outcome} value={s.outcome} onChange={(outcome) => set({ outcome })} choices={[{ id: '', name: w.anyOutcome }, ...(['SUCCESS', 'FAILURE', 'DENY'] as const).map((x) => ({ id: x, name: w.outcomes[x] ?? x }))]} />
        <Select hideLabel label={w.span} value={s.span} onChange={(span) => set({ span })} choices={Object.keys(spans).map((x) => ({ id: x, name: w.spans[x] ?? x }))} />
        {s.actor && <span className="chip">{w.byOne}<button type="button" aria-label={t.verbs.clear} onClick={() => set({ actor: null })}><IconClose size={12} aria-hidden /></button></span>}
        {s.target && <span className="chip">{w.onOne}<button type="button" aria-label={t.verbs.clear} onClick={() => set({ target: null })}><IconClose size={12} aria-hidden /></button></span>}
        {filtered && <Button look="quiet" size="dense" icon={IconClose} onPress={() => set({ q: null, area: null, outcome: null, actor: null, target: null })}>{t.requests.inbox.clear}</Button>}
      </div>
      <div className="pane log-pane">
        {settled.fresh > 0 && <button type="button" className="fresh" onClick={settled.show}>{w.fresh(settled.fresh)} · {t.verbs.show}</button>}
        {list.isPending ? <Skeleton rows={8} lines /> : list.error && !list.rows.length ? <Problem page error={list.error} retry={list.error.kind === 'forbidden' ? undefined : list.retry} />
          : settled.rows.length === 0 ? <Empty title={filtered ? t.admin.noMatch : w.empty}>{filtered ? t.admin.noMatchText : w.emptyText}</Empty>
          : !wide ? <ul className="items log-items" aria-label={t.nav.log}>{settled.rows.map((e) => <li key={e.uuid} className="item"><span className="grow two"><button type="button" className="log-row" onClick={() => { setFull(e); set({ event: e.uuid }); }}>{e.displayMessage || e.eventType}</button><span className="sub">{[e.actor.displayName || e.actor.id, ...(e.target ?? []).map((x) => x.displayName || x.id)].filter(Boolean).join(' · ')}</span></span><span className="log-end"><Outcome event={e} /><span className="meta"><Time plain at={e.published} /></span></span></li>)}{list.hasMore && <li className="item"><Button look="quiet" size="dense" pending={list.isLoadingMore} sending={t.loading} onPress={list.more}>{t.verbs.loadMore}</Button></li>}</ul>
          : <Table label={t.nav.log} rows={settled.rows} columns={columns} rowKey={keyOf} more={{ has: list.hasMore, loading: list.isLoadingMore, load: list.more }} />}
      </div>
      {shown && <Details event={shown} onClose={() => { setFull(null); set({ event: null }); }} onOnly={(p) => { setFull(null); set({ event: null, ...p }); }} />}
    </>
  );
}
function Outcome({ event: e }: { event: LogEvent }) {
  const result = e.outcome?.result ?? '';
  const word = t.admin.log.outcomes[result] ?? result;
  if (result === 'SUCCESS' || result === 'ALLOW') return <State tone="ok" icon={IconCheck}>{word}</State>;
  if (result === 'FAILURE' || result === 'DENY') return <State tone="bad" icon={IconError}>{word}</State>;
  return <State tone={e.severity === 'WARN' ? 'warn' : 'quiet'} icon={e.severity === 'WARN' ? IconWarning : IconInfo}>{word || '–'}</State>;
}
function Details({ event: e, onClose, onOnly }: { event: LogEvent; onClose: () => void; onOnly: (p: { actor?: string; target?: string }) => void }) {
  const w = t.admin.log;
  return (
    <Dialog open wide title={e.displayMessage || e.eventType} onClose={onClose} actions={<Button autoFocus onPress={onClose}>{t.verbs.close}</Button>}>
      <dl className="kv">
        <dt>{w.at}</dt><dd><Time at={e.published} /></dd>
        <dt>{w.event}</dt><dd className="code">{e.eventType}</dd>
        <dt>{w.outcome}</dt><dd><Outcome event={e} />{e.outcome?.reason && <p>{e.outcome.reason}</p>}</dd>
        <dt>{w.who}</dt><dd>{e.actor.displayName || e.actor.id} <span className="muted">{[e.actor.alternateId, e.actor.type].filter(Boolean).join(' · ')}</span> <Button size="dense" look="quiet" onPress={() => onOnly({ actor: e.actor.id })}>{w.onlyThis}</Button></dd>
        {(e.target ?? []).map((x, i) => [<dt key={`t${i}`}>{i === 0 ? w.on : ''}</dt>, <dd key={`d${i}`}>{x.displayName || x.id} <span className="muted">{[x.type, x.alternateId].filter(Boolean).join(' · ')}</span> {x.id && <Button size="dense" look="quiet" onPress={() => onOnly({ target: x.id as string })}>{w.onlyThis}</Button>}</dd>])}
        {e.client?.ipAddress && <><dt>{w.from}</dt><dd>{e.client.ipAddress}</dd></>}
        {e.transaction?.id && <><dt>{w.transaction}</dt><dd><Copy value={e.transaction.id} label={w.transaction} /></dd></>}
      </dl>
      {e.debugContext && Object.keys(e.debugContext.debugData ?? {}).length > 0 && <pre className="json" tabIndex={0} aria-label={w.details}>{JSON.stringify(e.debugContext.debugData, null, 2)}</pre>}
    </Dialog>
  );
}
