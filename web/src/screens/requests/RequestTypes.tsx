/* The request types of one's teams, and making a new one. */
import { useState } from 'react';
import { api } from '../../api/client';
import { useGet, useList, useSend } from '../../api/hooks';
import type { Page, RequestType, RequestTypeRow, Team } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { SearchField, Select, TextField } from '../../ui/Field';
import { IconAdd, IconCheck, IconEdit, IconError } from '../../ui/icons';
import { Bar, Empty, Problem, Skeleton } from '../../ui/Page';
import { TeamTile, TypeTile } from '../../ui/People';
import { State } from '../../ui/State';
import { type Column, type Sort, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import './board.css';

export function TypeState({ type, pill }: { type: Pick<RequestTypeRow, 'status' | 'publishedVersion'>; pill?: boolean }) {
  const name = t.status[type.status] ?? type.status;
  if (type.status === 'ACTIVE') return <State tone="ok" icon={IconCheck} pill={pill}>{name}</State>;
  if (type.status === 'DISABLED') return <State tone="bad" icon={IconError} pill={pill}>{name}</State>;
  return <State tone="quiet" icon={IconEdit} pill={pill}>{name}</State>;
}
export default function RequestTypes() {
  const w = t.types.list;
  const [s, set] = useSearch({ q: '', team: '', sort: 'name', order: 'asc', new: '' });
  const list = useList<RequestTypeRow>('/request-types', { limit: 200 });
  const found = list.rows.filter((r) => (!s.team || r.teamId === s.team) && fits(`${r.name} ${r.description} ${r.team.name}`, s.q));
  const sort: Sort = { by: s.sort, order: s.order === 'desc' ? 'desc' : 'asc' };
  const value = (r: RequestTypeRow): string => (sort.by === 'team' ? r.team.name : sort.by === 'changed' ? r.lastUpdated : sort.by === 'state' ? r.status : r.name);
  const rows = [...found].sort((a, b) => value(a).localeCompare(value(b)) * (sort.order === 'asc' ? 1 : -1));
  const teams = [...new Map(list.rows.map((r) => [r.teamId, r.team])).values()];
  const columns: Column<RequestTypeRow>[] = [
    { id: 'name', name: w.name, sortable: true, wrap: true, cell: (r) => <Link className="board-name" href={paths.requestType(r.id)}><TypeTile icon={r.icon} colour={r.team.colour} size="sm" /><span>{r.name}{r.sample && <span className="muted"> · {w.sample}</span>}</span></Link> },
    { id: 'team', name: w.team, sortable: true, cell: (r) => <span className="who"><TeamTile icon={r.team.icon} colour={r.team.colour} size="xs" />{r.team.name}</span> },
    { id: 'state', name: w.state, sortable: true, cell: (r) => <TypeState type={r} /> },
    { id: 'version', name: w.version, cell: (r) => (r.publishedVersion ? <>{r.publishedVersion}{r.unpublishedChanges && <span className="muted"> · {w.changes}</span>}</> : <span className="muted">{w.unpublished}</span>) },
    { id: 'changed', name: w.changed, sortable: true, cell: (r) => <Time at={r.lastUpdated} /> },
  ];
  const newButton = <Button look="primary" size="dense" icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.new}</Button>;
  return (
    <>
      <Bar title={w.title}>{newButton}</Bar>
      <div className="pane">
        {list.isPending ? <Skeleton rows={6} />
          : list.error && !list.rows.length ? <Problem page error={list.error} retry={list.retry} />
          : list.rows.length === 0 ? <Empty title={w.empty} action={<Button icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.new}</Button>}>{w.emptyText}</Empty>
          : (
            <>
              <div className="row wrap list-tools">
                <div className="board-search"><SearchField label={w.search} value={s.q} onChange={(q) => set({ q })} /></div>
                {teams.length > 1 && <div className="board-team"><Select hideLabel label={w.team} value={s.team} onChange={(team) => set({ team })} choices={[{ id: '', name: w.anyTeam }, ...teams.map((x) => ({ id: x.id, name: x.name }))]} /></div>}
              </div>
              {rows.length ? <Table label={w.title} rows={rows} columns={columns} rowKey={(r) => r.id} sort={sort} onSort={(x) => set({ sort: x.by, order: x.order })} more={{ has: list.hasMore, loading: list.isLoadingMore, load: list.more }} />
                : <Empty title={w.noMatch} action={<Button onPress={() => set({ q: null, team: null })}>{t.requests.inbox.clear}</Button>} />}
            </>
          )}
      </div>
      {s.new && <NewDialog onClose={() => set({ new: null })} />}
    </>
  );
}
function NewDialog({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const w = t.types.list;
  const teams = useGet<Page<Team>>('/teams', { query: { limit: 200 } });
  const mine = (teams.data?.data ?? []).filter((x) => x.mine || me.memberOf(x.id));
  const [name, setName] = useState('');
  const [team, setTeam] = useState<string | null>(me.session.teams.length === 1 ? (me.session.teams[0]?.id ?? null) : null);
  const [tried, setTried] = useState(false);
  const create = useSend((b: object) => api.post<RequestType>('/request-types', b), ['/request-types']);
  const go = async (): Promise<void> => {
    setTried(true);
    if (!name.trim() || !team) return;
    const made = await create.mutateAsync({ name: name.trim(), description: name.trim(), icon: 'badge', teamId: team, audience: { type: 'EVERYONE' }, autoResolve: false, steps: [] });
    navigate(paths.requestType(made.id));
  };
  return (
    <Dialog open title={w.createTitle} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={create.isPending} onPress={() => void go().catch(() => undefined)}>{w.create}</Button>
    </>}>
      <TextField label={w.firstName} value={name} onChange={setName} autoFocus maxLength={60} error={tried && !name.trim() ? t.types.problem.noName : create.error?.at('name')} onKeyDown={(e) => { if (e.key === 'Enter') void go().catch(() => undefined); }} />
      <Select label={w.team} value={team} onChange={setTeam} placeholder={w.chooseTeam} error={tried && !team ? t.types.problem.noTeam : create.error?.at('teamId')} choices={mine.map((x) => ({ id: x.id, name: x.name, lead: <TeamTile icon={x.icon} colour={x.colour} size="xs" /> }))} />
      {create.error && !create.error.at('name') && !create.error.at('teamId') && <Problem error={create.error} />}
    </Dialog>
  );
}
