/* The inbox: five views, filters in the address, a list that stays still, and the chosen request beside it with the decision
   at its foot. j and k move, Enter opens. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useGet, useList } from '../../api/hooks';
import type { CatalogueRow, Page, Request, RequestRow } from '../../api/types';
import { paths } from '../../app/paths';
import { followLink, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { useMedia } from '../../app/useMedia';
import { useSettled } from '../../app/useSettled';
import { keepList } from '../../logic/lists';
import { myStep, standOf, storyOf } from '../../logic/request';
import { type DueGroup, dueGroup } from '../../logic/time';
import { belongs, inboxQuery, type InboxView, inboxViews, withFilters } from '../../logic/views';
import { t } from '../../texts';
import { Button, ButtonLink } from '../../ui/Button';
import { SearchField, Select } from '../../ui/Field';
import { IconAdd, IconClock, IconClose, IconFilter, IconGo, IconQuestion } from '../../ui/icons';
import { Bar, Empty, LinkTabs, Loaded, Problem, Skeleton } from '../../ui/Page';
import { Person, TypeTile } from '../../ui/People';
import { RequestState, State } from '../../ui/State';
import { Time, useClock } from '../../ui/Time';
import { Answers, kindIcon, stepState } from './Timeline';
import { TaskPanel } from './TaskPanel';
import './request.css';
import './inbox.css';

type Line = { head: DueGroup; n: number } | { row: RequestRow };
const keyOf = (r: RequestRow): string => r.id;

export default function Inbox() {
  const me = useMe();
  const w = t.requests.inbox;
  const [s, set] = useSearch({ view: 'needs', sel: '', q: '', team: '', type: '', sort: '', filter: '' });
  const view: InboxView = inboxViews.includes(s.view as InboxView) ? (s.view as InboxView) : 'needs';
  const q = useDeferredValue(s.q);
  const query = useMemo(() => withFilters(inboxQuery(view), { q, team: s.team, type: s.type, sort: s.sort }), [view, q, s.team, s.type, s.sort]);
  const list = useList<RequestRow>('/requests', { query, limit: 50 });
  const waiting = useGet<Page<RequestRow>>('/requests', { query: { ...inboxQuery('waiting'), limit: 100 } });
  const needs = useGet<Page<RequestRow>>('/requests', { query: { ...inboxQuery('needs'), limit: 100 } });
  const [over, setOver] = useState(false);
  const mine = useMemo(() => list.rows.filter((r) => belongs(view, r)), [list.rows, view]);
  const settled = useSettled(mine, keyOf, JSON.stringify(query), over);
  const filtered = Boolean(s.q || s.team || s.type);
  const selected = settled.rows.find((r) => String(r.number) === s.sel) ?? null;
  const at = selected ? settled.rows.indexOf(selected) : -1;
  const wide = useMedia('(min-width: 721px)');

  useEffect(() => {
    keepList({ href: location.pathname + location.search, name: `${t.nav.inbox} · ${w.views[view]}`, numbers: settled.rows.map((r) => r.number) });
  });
  const select = (r: RequestRow | undefined): void => { if (r) set({ sel: String(r.number) }); };
  const open = (r: RequestRow | null): void => { if (r) navigate(paths.request(r.number)); };
  // on a wide screen the first request is shown at once; the address says so only when one chose it
  const shown = selected ?? (wide && !s.sel ? (settled.rows[0] ?? null) : null);
  useShortcuts([
    { keys: 'j', name: w.next, run: () => select(settled.rows[Math.min(at < 0 ? (shown ? 1 : 0) : at + 1, settled.rows.length - 1)]), quiet: true },
    { keys: 'k', name: w.previous, run: () => select(settled.rows[Math.max(0, at - 1)]), quiet: true },
    { keys: 'Enter', name: w.openIt, run: () => open(shown), quiet: true },
  ]);
  const showFilter = s.filter === 'on' || filtered;
  const counts: Partial<Record<InboxView, number>> = { needs: needs.data?.data.length, waiting: waiting.data?.data.filter((r) => belongs('waiting', r)).length };
  return (
    <div className="inbox">
      <Bar title={t.nav.inbox} tabs={
        <LinkTabs label={t.nav.inbox} current={view} tabs={inboxViews.map((v) => ({ id: v, name: w.views[v] ?? v, href: paths.inbox(v === 'needs' ? undefined : v), count: counts[v] }))} />
      }>
        <Button look="quiet" size="dense" icon={IconFilter} aria-label={w.filter} aria-expanded={showFilter} onPress={() => set({ filter: showFilter ? null : 'on', q: null, team: null, type: null })}><span className="only-wide">{w.filter}</span></Button>
        <ButtonLink href={paths.catalogue()} size="dense" icon={IconAdd}>{w.newRequest}</ButtonLink>
      </Bar>
      {showFilter && <Filters s={s} set={set} />}
      <div className="split inbox-split">
        <div className="side list" onPointerEnter={() => setOver(true)} onPointerLeave={() => setOver(false)}>
          {settled.fresh > 0 && <button type="button" className="fresh" onClick={settled.show}>{w.fresh(settled.fresh)} · {t.verbs.show}</button>}
          {list.error && !list.rows.length ? <Problem page error={list.error} retry={list.retry} />
            : list.isPending ? <Skeleton rows={8} />
            : settled.rows.length === 0 ? (
              <Empty title={(filtered ? w.noMatch[0] : w.empty[view]?.[0]) ?? ''} action={filtered ? <Button onPress={() => set({ q: null, team: null, type: null })}>{w.clear}</Button> : <ButtonLink href={paths.catalogue()}>{w.askForAccess}</ButtonLink>}>{(filtered ? w.noMatch[1] : w.empty[view]?.[1]) ?? ''}</Empty>
            ) : <Rows rows={settled.rows} grouped={view === 'needs' && s.sort === ''} selected={shown} me={me.session.principal.id} onMore={list.more} onSelect={(r) => (wide ? select(r) : open(r))} wide={wide} />}
          {list.error && list.rows.length > 0 && <Problem page error={list.error} retry={list.retry} />}
        </div>
        <div className="detail">{shown ? <Detail key={shown.id} row={shown} /> : <p className="pick muted">{settled.rows.length ? w.pick : ''}</p>}</div>
      </div>
    </div>
  );
}
function Filters({ s, set }: { s: { q: string; team: string; type: string; sort: string }; set: (p: Record<string, string | null>) => void }) {
  const w = t.requests.inbox;
  const me = useMe();
  const types = useGet<Page<CatalogueRow>>('/catalogue', { query: { limit: 200 } });
  const teams = useMemo(() => [...new Map([...me.session.teams, ...(types.data?.data ?? []).map((r) => r.team)].map((x) => [x.id, x.name])).entries()], [me.session.teams, types.data]);
  return (
    <div className="filters" role="group" aria-label={w.filter}>
      <SearchField label={w.search} value={s.q} onChange={(q) => set({ q })} autoFocus={!s.team && !s.type && !s.q} />
      <Select hideLabel label={w.team} value={s.team} onChange={(team) => set({ team })} choices={[{ id: '', name: w.anyTeam }, ...teams.map(([id, name]) => ({ id, name }))]} />
      <Select hideLabel label={w.type} value={s.type} onChange={(type) => set({ type })} choices={[{ id: '', name: w.anyType }, ...(types.data?.data ?? []).map((r) => ({ id: r.id, name: r.name, detail: r.team.name }))]} />
      <Select hideLabel label={w.sort} value={s.sort} onChange={(sort) => set({ sort })} choices={[{ id: '', name: w.sortDue }, { id: 'updated', name: w.sortUpdated }, { id: 'created', name: w.sortCreated }]} />
      <Button look="quiet" size="dense" icon={IconClose} onPress={() => set({ q: null, team: null, type: null, sort: null, filter: null })}>{w.clear}</Button>
    </div>
  );
}
function Rows({ rows, grouped, selected, me, onMore, onSelect, wide }: { rows: RequestRow[]; grouped: boolean; selected: RequestRow | null; me: string; onMore: () => void; onSelect: (r: RequestRow) => void; wide: boolean }) {
  const clock = useClock();
  const box = useRef<HTMLDivElement>(null);
  const lines = useMemo<Line[]>(() => {
    if (!grouped) return rows.map((row) => ({ row }));
    const by = new Map<DueGroup, RequestRow[]>();
    for (const r of rows) {
      const g = dueGroup(r.dueAt, clock);
      by.set(g, [...(by.get(g) ?? []), r]);
    }
    return (['overdue', 'today', 'week', 'later', 'none'] as const).flatMap((g) => {
      const some = by.get(g) ?? [];
      return some.length ? [{ head: g, n: some.length } as Line, ...some.map((row) => ({ row }) as Line)] : [];
    });
  }, [rows, grouped, clock]);
  const v = useVirtualizer({ count: lines.length, getScrollElement: () => box.current?.closest('.list') as HTMLElement | null, estimateSize: (i) => ('head' in (lines[i] as Line) ? 34 : wide ? 56 : 60), overscan: 12 });
  const items = v.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => { if (last >= lines.length - 10) onMore(); }, [last, lines.length, onMore]);
  const sel = selected?.id;
  useEffect(() => {
    const i = lines.findIndex((l) => 'row' in l && l.row.id === sel);
    if (i > 1) v.scrollToIndex(i, { align: 'auto' });
  }, [sel]);
  return (
    <div ref={box} className="rows" role="list" aria-label={t.nav.inbox} style={{ height: v.getTotalSize() }}>
      {items.map((it) => {
        const line = lines[it.index] as Line;
        return (
          <div key={it.key} role="listitem" className="vrow" style={{ transform: `translateY(${it.start}px)` }} ref={v.measureElement} data-index={it.index} aria-setsize={'row' in line ? rows.length : undefined} aria-posinset={'row' in line ? rows.indexOf(line.row) + 1 : undefined}>
            {'head' in line ? <h2 className="lh"><span>{t.requests.inbox.groups[line.head]}</span><span>{line.n}</span></h2> : <Row row={line.row} current={line.row.id === sel && wide} me={me} onSelect={onSelect} />}
          </div>
        );
      })}
    </div>
  );
}
function Row({ row: r, current, me, onSelect }: { row: RequestRow; current: boolean; me: string; onSelect: (r: RequestRow) => void }) {
  const href = paths.request(r.number);
  const left = r.dueAt ? Date.parse(r.dueAt) - Date.now() : null;
  const open = r.status === 'OPEN' || r.status === 'PENDING';
  return (
    <a className="lr" href={href} aria-current={current ? 'true' : undefined} onDoubleClick={() => navigate(href)}
      onClick={(e) => { if (e.button === 0 && !e.metaKey && !e.ctrlKey && !e.shiftKey) { e.preventDefault(); if (current && e.detail === 0) followLink(e, href); onSelect(r); } }}>
      <TypeTile icon={r.requestType.icon} colour={r.team.colour} />
      <span className="two">
        <span className="ti cut">{r.subject}</span>
        <span className="sub cut">{r.requester.id === me ? t.you : r.requester.name} · #{r.number}{r.sample && <> · {t.requests.request.sampleTag}</>}</span>
      </span>
      <span className="at-end">
        {open && left !== null ? <State tone={left < 0 ? 'bad' : left < 86_400_000 ? 'warn' : 'quiet'} icon={IconClock}><Time plain at={r.dueAt} due /></State> : <span className="meta"><Time plain at={r.lastUpdated} /></span>}
        {r.myTask && open ? <span className="sub">{t.requests.inbox.verb[r.myTask.kind]}</span> : <span className="sub"><RequestState status={r.status} /></span>}
      </span>
    </a>
  );
}
function Detail({ row }: { row: RequestRow }) {
  const w = t.requests.inbox;
  const me = useMe();
  const request = useGet<Request>(`/requests/${row.number}`);
  return (
    <Loaded of={request}>{(r) => {
      const story = storyOf(r.steps);
      const answers = story.find((e) => e.kind === 'answers');
      const mine = r.status === 'OPEN' || r.status === 'PENDING' ? myStep(r) : null;
      return (
        <>
          <div className="pane">
            <div className="head tiled">
              <TypeTile icon={r.requestType.icon} colour={r.team.colour} size="lg" />
              <div><h2>{r.subject}</h2><p>#{r.number} · {w.asked} {r.creator.name} · <Time inline at={r.created} /></p></div>
              <ButtonLink href={paths.request(r.number)} after={IconGo}>{t.verbs.open}</ButtonLink>
            </div>
            {answers?.kind === 'answers' && <section className="sec"><h3>{w.answers}</h3><Answers big steps={answers.steps} /></section>}
            <section className="sec">
              <h3>{w.whatHappens}</h3>
              <ol className="path">
                {answers?.kind === 'answers' && <li className="done"><span className="node" aria-hidden><IconQuestion className="i" size={16} /></span><span>{t.requests.request.questions}</span><State tone="ok">{t.requests.request.answered}</State></li>}
                {story.map((e) => e.kind === 'step' && (
                  <li key={e.step.id} className={standOf(e.step)}>
                    <span className="node" aria-hidden>{(() => { const Icon = kindIcon[e.step.kind]; return <Icon className="i" size={16} />; })()}</span>
                    <span><span className="name">{e.step.text}</span>{e.step.assignees.length > 0 && <span className="soft"> · {e.step.assignees.map((p) => (p.id === me.session.principal.id ? t.you : p.name)).join(', ')}</span>}{e.step.flow && e.step.state !== 'COMPLETED' && <span className="soft"> · {e.step.flow.name}</span>}</span>
                    {stepState(e.step) ?? <span className="meta">{e.step.kind === 'ACTION' && e.step.automatic ? t.requests.request.byItself : e.step.state === 'HIDDEN' ? t.requests.request.ifReached : ''}</span>}
                  </li>
                ))}
              </ol>
            </section>
            <section className="sec">
              <h3>{t.requests.request.facts}</h3>
              <dl className="kv">
                <dt>{t.requests.request.requester}</dt><dd><Person person={r.requester} me={me.session.principal.id} /></dd>
                <dt>{t.requests.request.assignee}</dt><dd>{r.assignee ? <Person person={r.assignee} me={me.session.principal.id} /> : <span className="muted">{t.requests.request.unassigned}</span>}</dd>
                <dt>{t.requests.request.team}</dt><dd>{r.team.name}</dd>
                <dt>{t.requests.request.state}</dt><dd><RequestState status={r.status} /></dd>
              </dl>
            </section>
          </div>
          {mine && <TaskPanel key={mine.taskId ?? mine.id} request={r} step={mine} look="foot" main />}
        </>
      );
    }}</Loaded>
  );
}
