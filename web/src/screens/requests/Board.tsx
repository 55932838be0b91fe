/* The team board: what has no assignee, what is overdue, what grows old, and the rest, in sections that say why a request
   stands there. */
import { useMemo, useState } from 'react';
import { useGet, useList } from '../../api/hooks';
import type { Request, RequestRow } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { keepList } from '../../logic/lists';
import { span } from '../../logic/time';
import { withFilters } from '../../logic/views';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { SearchField, Select } from '../../ui/Field';
import { IconClock, IconReassign } from '../../ui/icons';
import { Bar, Empty, Problem, Skeleton } from '../../ui/Page';
import { Person, TypeTile } from '../../ui/People';
import { RequestState, State } from '../../ui/State';
import { type Column, Table } from '../../ui/Table';
import { Time, useClock } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { useRequestCommands } from './actions';
import { AssignDialog } from './dialogs';
import './board.css';

const WEEK = 7 * 86_400_000;
export type BoardSection = 'unassigned' | 'overdue' | 'ageing' | 'open';
export function sectionOf(r: RequestRow, now: number): BoardSection {
  if (!r.assignee) return 'unassigned';
  if (r.overdue || (r.dueAt && Date.parse(r.dueAt) < now)) return 'overdue';
  return now - Date.parse(r.created) > WEEK ? 'ageing' : 'open';
}

export default function Board() {
  const me = useMe();
  const w = t.requests.board;
  const [s, set] = useSearch({ team: '', q: '' });
  const teams = me.session.teams;
  const query = useMemo(() => withFilters({ view: 'team', filter: 'status eq "OPEN" or status eq "PENDING"' }, { team: s.team, q: s.q }), [s.team, s.q]);
  const list = useList<RequestRow>('/requests', { query, limit: 100, enabled: teams.length > 0 });
  const clock = useClock();
  const sections = useMemo(() => {
    const by: Record<BoardSection, RequestRow[]> = { unassigned: [], overdue: [], ageing: [], open: [] };
    for (const r of list.rows) if (r.status === 'OPEN' || r.status === 'PENDING') by[sectionOf(r, clock.now)].push(r);
    return by;
  }, [list.rows, clock.now]);
  keepList({ href: location.pathname + location.search, name: w.title, numbers: Object.values(sections).flat().map((r) => r.number) });
  return (
    <>
      <Bar title={w.title}>
        {teams.length > 1 && <div className="board-team"><Select hideLabel label={w.team} value={s.team} onChange={(team) => set({ team })} choices={[{ id: '', name: w.all }, ...teams.map((x) => ({ id: x.id, name: x.name }))]} /></div>}
        {teams.length > 0 && <div className="board-search"><SearchField label={t.requests.inbox.search} value={s.q} onChange={(q) => set({ q })} /></div>}
      </Bar>
      <div className="pane">
        {teams.length === 0 ? <Empty title={w.noTeam}>{w.noTeamText}</Empty>
          : list.isPending ? <Skeleton rows={6} />
          : list.error && !list.rows.length ? <Problem page error={list.error} retry={list.retry} />
          : (['unassigned', 'overdue', 'ageing', 'open'] as const).map((k) => <Section key={k} id={k} rows={sections[k]} showTeam={teams.length > 1 && !s.team} />)}
        {list.hasMore && <Button look="quiet" pending={list.isLoadingMore} sending={t.loading} onPress={list.more}>{t.verbs.loadMore}</Button>}
      </div>
    </>
  );
}
function Section({ id, rows, showTeam }: { id: BoardSection; rows: RequestRow[]; showTeam: boolean }) {
  const w = t.requests.board;
  const clock = useClock();
  const columns: Column<RequestRow>[] = [
    { id: 'subject', name: w.subject, wrap: true, cell: (r) => <Link className="board-name" href={paths.request(r.number)}><TypeTile icon={r.requestType.icon} colour={r.team.colour} size="sm" /><span>{r.subject} <span className="muted">#{r.number}{showTeam ? ` · ${r.team.name}` : ''}</span></span></Link> },
    { id: 'requester', name: w.requester, cell: (r) => <Person person={r.requester} /> },
    { id: 'assignee', name: w.assignee, cell: (r) => (r.assignee ? <Person person={r.assignee} /> : <Take row={r} />) },
    { id: 'age', name: w.age, num: true, cell: (r) => <span title={r.created}>{span(clock.now - Date.parse(r.created), t.time)}</span> },
    { id: 'due', name: w.due, cell: (r) => (r.dueAt ? <State tone={Date.parse(r.dueAt) < clock.now ? 'bad' : 'quiet'} icon={IconClock}><Time at={r.dueAt} due /></State> : <span className="muted">–</span>) },
    { id: 'state', name: t.requests.request.state, cell: (r) => <RequestState status={r.status} /> },
  ];
  return (
    <section className="board-part" aria-labelledby={`board-${id}`}>
      <h2 className="h3" id={`board-${id}`}>{w[id]} <span className="count">{rows.length}</span></h2>
      {rows.length ? <Table label={w[id]} rows={rows} columns={columns} rowKey={(r) => r.id} /> : <p className="muted">{w.none[id]}</p>}
    </section>
  );
}
function Take({ row }: { row: RequestRow }) {
  const me = useMe();
  const w = t.requests.board;
  const { change } = useRequestCommands(row, me.session.principal.id);
  const [open, setOpen] = useState(false);
  const fresh = useGet<Request>(`/requests/${row.number}`, { enabled: open });
  const take = async (): Promise<void> => {
    await change.mutateAsync({ assigneeId: me.session.principal.id });
    toast(w.assigned(me.session.principal.name));
  };
  return (
    <span className="row">
      <Button size="dense" pending={change.isPending} onPress={() => void take().catch(() => undefined)}>{w.take}</Button>
      <Button size="dense" look="quiet" icon={IconReassign} onPress={() => setOpen(true)}>{w.assign}</Button>
      {change.error && <span className="c-bad">{change.error.sentences[0] || t.problems[change.error.kind][0]}</span>}
      {open && fresh.data && <AssignDialog request={fresh.data} me={me.session.principal.id} onClose={() => setOpen(false)} />}
    </span>
  );
}
