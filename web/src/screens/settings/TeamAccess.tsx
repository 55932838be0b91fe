/* Everything a team must be entered in, on one page: members, the integration and its actions, the resource types, the
   configuration lists. Each switch shows what the server holds. */
import { api } from '../../api/client';
import { refresh, useGet } from '../../api/hooks';
import type { Integration, Team, TeamAccess } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { t } from '../../texts';
import { Button, ButtonLink } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { IconCheck, IconGo, IconPeople } from '../../ui/icons';
import { Empty, Loaded, Note, Problem } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { State } from '../../ui/State';
import { resourceIcon } from './icons';
import { Switch, useDo } from './form';
import { Item, Section } from './Master';

const touches = ['/teams', '/resource-types', '/integrations', '/config-lists', '/request-types'];
type Change = { resourceTypes?: Record<string, boolean>; configLists?: Record<string, boolean>; integrations?: Record<string, boolean> };

/** the whole tab with some switches turned, as PUT takes it */
export function changed(a: TeamAccess, c: Change): object {
  return {
    version: a.version,
    resourceTypes: a.resourceTypes.map((x) => ({ type: x.type, allowed: c.resourceTypes?.[x.type] ?? x.allowed })),
    configLists: a.configLists.map((x) => ({ id: x.id, allowed: c.configLists?.[x.id] ?? x.allowed })),
    integrations: a.integrations.map((x) => ({ id: x.id, allowed: c.integrations?.[x.id] ?? x.allowed })),
  };
}
export function TeamAccessTab({ team }: { team: Team }) {
  const access = useGet<TeamAccess>(`/teams/${team.id}/access`);
  return <Loaded of={access}>{(a) => <Body team={team} access={a} />}</Loaded>;
}
function Body({ team, access: a }: { team: Team; access: TeamAccess }) {
  const w = t.admin.access;
  const act = useDo();
  const put = async (c: Change): Promise<void> => {
    await api.put(`/teams/${team.id}/access`, changed(a, c));
    await refresh(...touches);
  };
  const away = (what: string) => (on: boolean): Promise<boolean> => (on ? Promise.resolve(true) : ask({ title: w.takeTitle(team.name, what), body: w.takeBody, verb: w.take, safe: w.keep, destroy: true }));
  const workflows = a.resourceTypes.find((x) => x.type === 'workflows');
  const lacks = [
    team.members.length === 0 && w.lacks.members, ...a.integrations.flatMap((i) => [!i.allowed && w.lacks.integration(i.name), i.actions.some((x) => x.action === 'RUN_WORKFLOW' && !x.on) && w.lacks.action]),
    workflows && !workflows.allowed && w.lacks.workflows,
  ].filter((x): x is string => Boolean(x));
  const giveAll = (): Promise<boolean> => act.run('all', async () => {
    await put({ resourceTypes: workflows ? { workflows: true } : {}, integrations: Object.fromEntries(a.integrations.map((i) => [i.id, true])) });
    for (const i of a.integrations) if (i.actions.some((x) => x.action === 'RUN_WORKFLOW' && !x.on)) await switchAction(i.id, 'RUN_WORKFLOW', true);
  }, w.given(team.name));
  return (
    <>
      {lacks.length > 0
        ? <Note tone="warn" title={w.lacking(team.name)} action={(team.members.length > 0 || lacks.length > 1) && <Button size="dense" pending={act.busy === 'all'} onPress={() => void giveAll()}>{w.giveAll}</Button>}><ul>{lacks.map((x) => <li key={x}>{x}</li>)}</ul></Note>
        : <p className="row soft"><State tone="ok" icon={IconCheck}>{w.complete}</State></p>}
      {act.error && <Problem error={act.error} />}
      <Section title={w.members}>
        <ul className="items"><Item lead={<Tile icon={IconPeople} size="sm" />} name={t.admin.teams.members(team.members.length)} sub={team.members.map((p) => p.name).join(', ') || w.nobody}><ButtonLink size="dense" look="quiet" href={paths.team(team.id, 'members')} after={IconGo}>{w.toMembers}</ButtonLink></Item></ul>
      </Section>
      <Section title={w.resources} about={w.resourcesAbout}>
        <ul className="items">
          {a.resourceTypes.map((x) => {
            const Icon = resourceIcon[x.type];
            const name = t.admin.resources.names[x.type] ?? x.name;
            return <Item key={x.type} lead={<Tile icon={Icon} size="sm" />} name={<Link href={paths.settings('resources', x.type)}>{name}</Link>}>{x.type === 'users' ? <span className="meta">{w.implicit}</span> : <Switch label={`${name}: ${team.name}`} on={x.allowed} words={[w.full, w.none]} confirm={away(name)} send={(on) => put({ resourceTypes: { [x.type]: on } })} />}</Item>;
          })}
        </ul>
      </Section>
      <Section title={w.integrations} about={w.integrationsAbout}>
        <ul className="items">
          {a.integrations.map((i) => [
            <Item key={i.id} name={<Link href={paths.settings('integrations', i.id)}>{i.name}</Link>}><Switch label={`${i.name}: ${team.name}`} on={i.allowed} words={[w.may, w.mayNot]} confirm={away(i.name)} send={(on) => put({ integrations: { [i.id]: on } })} /></Item>,
            ...i.actions.map((x) => (
              <Item key={`${i.id} ${x.action}`} name={<span className="soft indent">{t.admin.integrations.actions[x.action] ?? x.action}</span>} sub={<span className="indent">{w.forAll}</span>}>
                <Switch label={t.admin.integrations.actions[x.action] ?? x.action} on={x.on} words={[w.on, w.off]} confirm={async (on) => on || ask({ title: t.admin.integrations.offTitle(t.admin.integrations.actions[x.action] ?? x.action), body: t.admin.integrations.offBody, verb: t.admin.integrations.offVerb, safe: t.admin.integrations.keepOn, destroy: true })} send={(on) => switchAction(i.id, x.action, on)} />
              </Item>
            )),
          ])}
        </ul>
      </Section>
      <Section title={w.lists} about={w.listsAbout}>
        {a.configLists.length === 0 ? <Empty title={w.noLists} action={<ButtonLink href={`${paths.settings('lists')}?new=yes`}>{t.admin.lists.create}</ButtonLink>}>{w.noListsText}</Empty> : (
          <ul className="items">
            {a.configLists.map((x) => <Item key={x.id} name={<Link href={paths.settings('lists', x.id)}>{x.name}</Link>}><Switch label={`${x.name}: ${team.name}`} on={x.allowed} words={[w.may, w.mayNot]} confirm={away(x.name)} send={(on) => put({ configLists: { [x.id]: on } })} /></Item>)}
          </ul>
        )}
      </Section>
    </>
  );
}
/** one switch per action, for all teams of the integration */
export async function switchAction(id: string, action: string, on: boolean): Promise<void> {
  const now = await api.get<Integration>(`/integrations/${id}`);
  await api.patch(`/integrations/${id}`, { version: now.version, actions: { [action]: on } });
  await refresh(...touches);
}
