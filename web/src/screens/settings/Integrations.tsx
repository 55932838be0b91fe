/* Connected systems: which teams may use one, and one switch per action. */
import { api } from '../../api/client';
import { refresh, useList } from '../../api/hooks';
import type { Integration, Team } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { t } from '../../texts';
import { ask } from '../../ui/Dialog';
import { IconAction, IconCheck, IconKey } from '../../ui/icons';
import { Problem, Skeleton } from '../../ui/Page';
import { TeamTile, Tile } from '../../ui/People';
import { State } from '../../ui/State';
import { Switch } from './form';
import { Head, Item, Master, Section } from './Master';
import { switchAction } from './TeamAccess';

export default function Integrations({ params }: { params: { id?: string } }) {
  const w = t.admin.integrations;
  const list = useList<Integration>('/integrations', { limit: 200 });
  const lines = list.rows.map((x) => ({ id: x.id, href: paths.settings('integrations', x.id), name: x.name, lead: <Tile icon={IconKey} size="sm" />, sub: w.teamCount(x.teams.length) }));
  return (
    <Master title={t.nav.integrations} about={w.about} of={list} lines={lines} id={params.id} back={paths.settings('integrations')} empty={{ title: w.empty, text: w.emptyText }}>
      {(id) => { const x = list.rows.find((r) => r.id === id); return x ? <One integration={x} /> : list.isPending ? <Skeleton /> : <Problem page error={{ kind: 'gone', sentences: [], errorId: null } as unknown as Error} />; }}
    </Master>
  );
}
function One({ integration: x }: { integration: Integration }) {
  const w = t.admin.integrations;
  const teams = useList<Team>('/teams', { limit: 200 });
  const has = new Set(x.teams.map((y) => y.id));
  const give = async (team: Team, on: boolean): Promise<void> => {
    await (on ? api.put(`/integrations/${x.id}/teams/${team.id}`) : api.del(`/integrations/${x.id}/teams/${team.id}`));
    await refresh('/integrations', '/teams', '/request-types');
  };
  return (
    <>
      <Head lead={<Tile icon={IconKey} size="lg" />} title={x.name} sub={<><State tone="ok" icon={IconCheck} pill>{w.status[x.status] ?? x.status}</State><span>{w.builtIn}</span></>} />
      <h3 className="h2 edit-title">{w.edit}</h3>
      <Section title={w.teams} count={x.teams.length} about={w.teamsAbout}>
        {teams.isPending ? <Skeleton rows={3} /> : teams.error && !teams.rows.length ? <Problem error={teams.error} retry={teams.retry} /> : teams.rows.length === 0 ? <p className="muted">{t.admin.teams.empty}</p> : (
          <ul className="items">
            {teams.rows.filter((y) => y.status === 'ACTIVE' || has.has(y.id)).map((y) => (
              <Item key={y.id} lead={<TeamTile icon={y.icon} colour={y.colour} />} name={<Link href={paths.team(y.id, 'access')}>{y.name}</Link>} sub={t.admin.teams.members(y.members.length)}>
                <Switch label={`${x.name}: ${y.name}`} on={has.has(y.id)} words={[t.admin.access.may, t.admin.access.mayNot]} send={(on) => give(y, on)} confirm={async (on) => on || ask({ title: t.admin.access.takeTitle(y.name, x.name), body: t.admin.access.takeBody, verb: t.admin.access.take, safe: t.admin.access.keep, destroy: true })} />
              </Item>
            ))}
          </ul>
        )}
      </Section>
      <Section title={w.actionsTitle} about={w.actionsAbout}>
        <ul className="items">
          {x.actions.map((a) => (
            <Item key={a.action} lead={<Tile icon={IconAction} size="sm" />} name={w.actions[a.action] ?? a.name} sub={a.available ? w.actionText[a.action] : <>{w.unavailable} <Link href={paths.settings('features')}>{t.nav.features}</Link></>}>
              <Switch label={w.actions[a.action] ?? a.name} on={a.on} disabled={!a.available && !a.on} words={[t.admin.access.on, t.admin.access.off]} send={(on) => switchAction(x.id, a.action, on)} confirm={async (on) => on || ask({ title: w.offTitle(w.actions[a.action] ?? a.name), body: w.offBody, verb: w.offVerb, safe: w.keepOn, destroy: true })} />
            </Item>
          ))}
          {x.actions.length === 0 && <li className="item muted">{w.noActions} <Link href={paths.settings('features')}>{t.nav.features}</Link></li>}
        </ul>
      </Section>
    </>
  );
}
