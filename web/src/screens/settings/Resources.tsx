/* What request types may refer to: state of the synchronisation, Update now, the objects, and which teams have access. */
import { api } from '../../api/client';
import { refresh, useGet, useList } from '../../api/hooks';
import type { Page, ResourceItem, ResourceType, Team } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { SearchField } from '../../ui/Field';
import { IconCheck, IconError, IconSync } from '../../ui/icons';
import { Note, Problem, Skeleton } from '../../ui/Page';
import { TeamTile } from '../../ui/People';
import { State } from '../../ui/State';
import { type Column, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { Switch, useDo } from './form';
import { resourceIcon } from './icons';
import { Head, Item, Master, Section } from './Master';

export default function Resources({ params }: { params: { id?: string } }) {
  const w = t.admin.resources;
  const types = useGet<Page<ResourceType>>('/resource-types', { every: 60_000 });
  const rows = types.data?.data ?? [];
  const lines = rows.map((x) => {
    const Icon = resourceIcon[x.type];
    return { id: x.type, href: paths.settings('resources', x.type), name: w.names[x.type] ?? x.name, lead: <Icon className="i" size={16} aria-hidden />, sub: w.how[x.type], end: x.status === 'RUNNING' ? <IconSync className="i spin" size={12} aria-label={w.running} /> : x.count };
  });
  const of = { isPending: types.isPending, error: types.error, hasMore: false, isLoadingMore: false, more: () => undefined, retry: () => void types.refetch() };
  return (
    <Master title={t.nav.resources} about={w.about} of={of} lines={lines} id={params.id} back={paths.settings('resources')} empty={{ title: w.empty, text: w.emptyText }}>
      {(id) => { const x = rows.find((r) => r.type === id); return x ? <One type={x} /> : types.isPending ? <Skeleton /> : <Problem page error={{ kind: 'gone', sentences: [], errorId: null } as unknown as Error} />; }}
    </Master>
  );
}
function One({ type: x }: { type: ResourceType }) {
  const me = useMe();
  const w = t.admin.resources;
  const act = useDo();
  const name = w.names[x.type] ?? x.name;
  const [s, set] = useSearch({ q: '' });
  const teams = useList<Team>('/teams', { limit: 200 });
  const items = useList<ResourceItem>(`/resource-types/${x.type}/items`, { query: s.q ? { q: s.q } : {}, limit: 50, keep: true });
  const has = new Set(x.teams.map((y) => y.id));
  const running = x.status === 'RUNNING';
  // the live stream tells of the end; should it be cut off, the state is asked for
  useGet(`/resource-types`, { every: running ? 1500 : false });
  const update = (): Promise<boolean> => act.run('sync', async () => { await api.post(`/resource-types/${x.type}/sync`); await refresh('/resource-types'); });
  const give = async (team: Team, on: boolean): Promise<void> => {
    await (on ? api.put(`/resource-types/${x.type}/teams/${team.id}`) : api.del(`/resource-types/${x.type}/teams/${team.id}`));
    await refresh('/resource-types', '/teams', '/request-types', '/integrations');
  };
  const columns: Column<ResourceItem>[] = [
    { id: 'name', name: w.name, wrap: true, cell: (r) => { const href = hrefOf(x.type, r.id, me.may); return href ? <Link href={href}>{r.name}</Link> : <b>{r.name}</b>; } },
    x.type === 'workflows' ? { id: 'path', name: w.folder, cell: (r) => <span className="soft">{r.path ?? ''}</span> } : { id: 'what', name: w.description, wrap: true, cell: (r) => <span className="soft">{r.description ?? ''}</span> },
    { id: 'synced', name: w.synced, cell: (r) => <span className="soft"><Time at={r.synced} /></span> },
  ];
  const open = teams.rows.filter((y) => y.status === 'ACTIVE' || has.has(y.id));
  return (
    <>
      <Head title={name} sub={<p>{w.what[x.type]}</p>}>
        <Button icon={IconSync} pending={act.busy === 'sync' || running} sending={w.running} onPress={() => void update()}>{w.updateNow}</Button>
      </Head>
      {act.error && <Problem error={act.error} />}
      <dl className="sync" aria-live="polite">
        <div><dt>{w.state}</dt><dd>{running ? <State tone="info" icon={IconSync}>{w.running}</State> : x.status === 'FAILED' ? <State tone="bad" icon={IconError}>{w.failed}</State> : x.lastFinishedAt ? <State tone="ok" icon={IconCheck}>{w.upToDate}</State> : <State tone="quiet">{w.never}</State>}</dd></div>
        <div><dt>{w.last}</dt><dd>{x.lastFinishedAt ? <Time at={x.lastFinishedAt} /> : <span className="muted">–</span>}</dd></div>
        <div><dt>{name}</dt><dd>{x.count}</dd></div>
        <div><dt>{w.next}</dt><dd>{x.nextAt ? <Time at={x.nextAt} due /> : <span className="muted">–</span>}</dd></div>
      </dl>
      {x.error && <Note tone="bad" title={w.failedTitle}>{x.error}</Note>}
      {x.hint && <Note tone="warn" title={x.hint}>{x.type === 'workflows' && <p><Link href={paths.role()}>{w.toRoles}</Link> · <Link href={paths.resourceSet()}>{w.toSets}</Link> · <Link href={paths.settings('features')}>{t.nav.features}</Link></p>}</Note>}
      <div className="cols">
        <Section title={w.inCopy[x.type] ?? name} action={(x.count > 12 || s.q) && <div className="board-search"><SearchField label={t.verbs.search} value={s.q} onChange={(q) => set({ q })} /></div>}>
          {items.isPending ? <Skeleton rows={5} lines /> : items.error && !items.rows.length ? <Problem error={items.error} retry={items.retry} /> : items.rows.length ? <Table label={name} rows={items.rows} columns={columns} rowKey={(r) => r.id} more={{ has: items.hasMore, loading: items.isLoadingMore, load: items.more }} /> : <p className="muted">{s.q ? t.nothingFound : w.nothing}</p>}
        </Section>
        <Section title={w.manage} id="access">
          {x.type === 'users' ? <p className="soft">{w.implicit}</p> : (
            <>
              {teams.isPending ? <Skeleton rows={3} /> : teams.error && !teams.rows.length ? <Problem error={teams.error} retry={teams.retry} /> : teams.rows.length === 0 ? <p className="muted">{t.admin.teams.empty}</p> : (
                <ul className="items">
                  {open.map((y) => (
                    <Item key={y.id} lead={<TeamTile icon={y.icon} colour={y.colour} />} name={<Link href={paths.team(y.id, 'access')}>{y.name}</Link>} sub={t.admin.teams.members(y.members.length)}>
                      <Switch label={y.name} on={has.has(y.id)} words={[t.admin.access.full, t.admin.access.none]} send={(on) => give(y, on)} confirm={async (on) => on || ask({ title: t.admin.access.takeTitle(y.name, name), body: t.admin.access.takeBody, verb: t.admin.access.take, safe: t.admin.access.keep, destroy: true })} />
                    </Item>
                  ))}
                </ul>
              )}
              <p className="meta foot-note">{w.manageText[x.type] ?? w.manageText.other}</p>
            </>
          )}
        </Section>
      </div>
    </>
  );
}
function hrefOf(type: ResourceType['type'], id: string, may: (...p: string[]) => boolean): string | null {
  if (type === 'workflows') return may('reeve.flows.read') ? paths.flow(id) : null;
  if (type === 'users') return may('okta.users.read') ? paths.person(id) : null;
  if (type === 'groups') return may('okta.groups.read') ? paths.group(id) : null;
  return may('okta.apps.read') ? paths.application(id) : null;
}
