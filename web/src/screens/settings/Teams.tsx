/* Teams: who they are, their look, how requests find an assignee, and everything a team must be entered in before it can
   work (tab Access). Everybody sees them; changing them needs the right to administer access requests. */
import { useState } from 'react';
import { api } from '../../api/client';
import { refresh, useGet, useList } from '../../api/hooks';
import type { PersonRef, Team, TeamColour, TeamIcon } from '../../api/types';
import { paths } from '../../app/paths';
import { hrefWith, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { CheckboxGroup, RadioGroup, Select, TextArea, TextField, Toggle } from '../../ui/Field';
import { IconCheck, IconClose, IconDelete, IconLock, IconPaused, IconReopen } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { LinkTabs, Loaded, Note, Problem } from '../../ui/Page';
import { Avatar, PersonField, TeamTile } from '../../ui/People';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { teamIcons } from '../../ui/tiles';
import { toast } from '../../ui/Toast';
import { DialogForm, PageForm, useDo, useForm } from './form';
import { Head, Item, Master, Section } from './Master';
import { TeamAccessTab } from './TeamAccess';
import { GOVERN, withSearch } from './shared';

const colours: TeamColour[] = ['blue', 'cyan', 'green', 'grey', 'indigo', 'purple', 'red', 'pink', 'yellow'];

export default function Teams({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.teams;
  const [s, set] = useSearch({ q: '', new: '', tab: 'details' });
  const list = useList<Team>('/teams', { limit: 200 });
  const may = me.may(GOVERN);
  const lines = list.rows.filter((x) => fits(`${x.name} ${x.description}`, s.q)).map((x) => ({
    id: x.id, href: withSearch(paths.team(x.id)), name: x.name, lead: <TeamTile icon={x.icon} colour={x.colour} />, sub: x.status === 'CLOSED' ? w.closed : [w.members(x.members.length), x.mine ? w.yours : ''].filter(Boolean).join(' · '),
  }));
  return (
    <>
      <Master title={t.nav.teams} about={w.about} of={list} lines={lines} id={params.id} back={withSearch(paths.settings('teams'))} filtered={Boolean(s.q)} empty={{ title: w.empty, text: w.emptyText }}
        search={list.rows.length > 8 || s.q ? { label: w.search, value: s.q, onChange: (q) => set({ q }) } : undefined} create={may ? { name: w.add, run: () => set({ new: 'yes' }) } : undefined}>
        {(id) => <One id={id} tab={s.tab} may={may} />}
      </Master>
      {s.new && <NewTeam onClose={() => set({ new: null })} />}
    </>
  );
}
function NewTeam({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const w = t.admin.teams;
  const [first, setFirst] = useState<PersonRef | null>({ id: me.session.principal.id, name: me.session.principal.name, email: me.session.principal.email });
  const form = useForm({
    keep: 'team.new', from: { name: '', icon: 'support' as TeamIcon, colour: 'blue' as TeamColour }, touches: ['/teams'],
    check: (v) => ({ name: !v.name.trim() && t.types.problem.noName }),
    send: async (v) => {
      const made = await api.post<Team>('/teams', { name: v.name.trim(), icon: v.icon, colour: v.colour });
      if (first) await api.put(`/teams/${made.id}/members/${first.id}`);
      await me.reread();
      return made;
    },
    done: (made) => navigate(paths.team((made as Team).id, 'access')),
  });
  return (
    <DialogForm form={form} title={w.create} verb={w.create} onClose={onClose}>
      <TextField label={w.name} autoFocus maxLength={40} {...form.text('name')} />
      <Look icon={form.v.icon} colour={form.v.colour} set={form.set} />
      <PersonField label={w.firstMember} optional value={first} onChange={setFirst} hint={w.firstMemberHint} />
    </DialogForm>
  );
}
/** icon and colour; the colour is the ground of all icons of the team's request types */
function Look({ icon, colour, set, disabled }: { icon: TeamIcon; colour: TeamColour; set: (p: { icon?: TeamIcon; colour?: TeamColour }) => void; disabled?: boolean }) {
  const w = t.admin.teams;
  return (
    <>
      <fieldset disabled={disabled}>
        <legend className="lab">{w.icon}</legend>
        <div className="pickers" role="radiogroup" aria-label={w.icon}>
          {(Object.keys(teamIcons) as TeamIcon[]).map((n) => <button key={n} type="button" role="radio" aria-checked={icon === n} aria-label={t.teamIcon[n]} title={t.teamIcon[n]} onClick={() => set({ icon: n })}><TeamTile icon={n} colour={icon === n ? colour : 'grey'} size={undefined} /></button>)}
        </div>
      </fieldset>
      <fieldset disabled={disabled}>
        <legend className="lab">{w.colour}</legend>
        <div className="pickers" role="radiogroup" aria-label={w.colour}>
          {colours.map((c) => <button key={c} type="button" role="radio" aria-checked={colour === c} aria-label={w.colours[c]} title={w.colours[c]} onClick={() => set({ colour: c })}><TeamTile icon={icon} colour={c} size={undefined} /></button>)}
        </div>
      </fieldset>
    </>
  );
}
function One({ id, tab, may }: { id: string; tab: string; may: boolean }) {
  const team = useGet<Team>(`/teams/${id}`);
  return <Loaded of={team}>{(x) => <Body key={x.id} team={x} tab={tab} may={may} />}</Loaded>;
}
function Body({ team: x, tab, may }: { team: Team; tab: string; may: boolean }) {
  const me = useMe();
  const w = t.admin.teams;
  const act = useDo();
  const status = (to: Team['status'], said: string): Promise<boolean> => act.run('status', async () => { await api.patch(`/teams/${x.id}`, { version: x.version, status: to }); await refresh('/teams'); }, said);
  const close = async (): Promise<void> => {
    if (await ask({ title: w.closeTitle(x.name), body: w.closeBody, verb: w.closeVerb })) await status('CLOSED', w.isClosed);
  };
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: w.deleteTitle(x.name), body: w.deleteBody, verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return;
    if (await act.run('delete', () => api.del(`/teams/${x.id}`), w.deleted)) {
      navigate(paths.settings('teams'));
      await me.reread();
    }
  };
  const now = ['details', 'members', 'access'].includes(tab) ? tab : 'details';
  return (
    <>
      <Head lead={<TeamTile icon={x.icon} colour={x.colour} size="lg" />} title={x.name} sub={<>{x.description && <span>{x.description}</span>}{x.status === 'CLOSED' && <State tone="quiet" icon={IconLock} pill>{w.closed}</State>}</>}>
        {may && <Menu label={t.verbs.more} entries={[x.status === 'ACTIVE' ? { id: 'close', name: w.close, icon: IconLock, run: () => void close() } : { id: 'open', name: w.reopen, icon: IconReopen, run: () => void status('ACTIVE', w.isOpen) }, 'line', { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void remove() }]} />}
      </Head>
      <LinkTabs sub label={x.name} current={now} tabs={[
        { id: 'details', name: w.tabs.details, href: hrefWith({ tab: null }) }, { id: 'members', name: w.tabs.members, href: hrefWith({ tab: 'members' }), count: x.members.length },
        ...(may ? [{ id: 'access', name: w.tabs.access, href: hrefWith({ tab: 'access' }) }] : []),
      ]} />
      <div className="tab-body">
        {act.error && <Problem error={act.error} />}
        {now === 'details' && <Details team={x} may={may} />}
        {now === 'members' && <Members team={x} may={may} />}
        {now === 'access' && may && <TeamAccessTab team={x} />}
      </div>
    </>
  );
}
function Details({ team: x, may }: { team: Team; may: boolean }) {
  const w = t.admin.teams;
  const form = useForm({
    keep: `team.${x.id}`, touches: ['/teams', '/request-types', '/catalogue', '/requests'],
    from: { name: x.name, description: x.description, icon: x.icon, colour: x.colour, inviteOnly: x.inviteOnly, privateRequests: x.privateRequests },
    check: (v) => ({ name: !v.name.trim() && t.types.problem.noName }),
    send: (v, changed) => api.patch<Team>(`/teams/${x.id}`, { version: x.version, ...Object.fromEntries(changed.map((k) => [k, v[k]])) }),
  });
  return (
    <>
      {!may && <Note title={w.readOnly}>{w.readOnlyText}</Note>}
      <PageForm form={form} label={x.name} disabled={!may}>
        <TextField label={w.name} maxLength={40} {...form.text('name')} />
        <TextArea label={w.description} optional rows={2} maxLength={2000} {...form.text('description')} />
        <Look icon={form.v.icon} colour={form.v.colour} set={form.set} disabled={!may} />
        <Toggle checked={form.v.inviteOnly} disabled={!may} onChange={(inviteOnly) => form.set({ inviteOnly })}><b>{w.inviteOnly}</b> <span className="soft">{w.inviteOnlyText}</span></Toggle>
        <Toggle checked={form.v.privateRequests} disabled={!may} onChange={(privateRequests) => form.set({ privateRequests })}><b>{w.privateRequests}</b> <span className="soft">{w.privateRequestsText}</span></Toggle>
      </PageForm>
    </>
  );
}
function Members({ team: x, may }: { team: Team; may: boolean }) {
  const me = useMe();
  const w = t.admin.teams;
  const act = useDo();
  const [person, setPerson] = useState<PersonRef | null>(null);
  const self = me.session.principal.id;
  const change = may || x.mine;
  const touch = async (): Promise<void> => {
    await refresh('/teams', '/request-types', '/requests');
    await me.reread();
  };
  const add = (id: string, said: string): Promise<boolean> => act.run('add', async () => { await api.put(`/teams/${x.id}/members/${id}`); await touch(); }, said);
  const remove = async (p: PersonRef): Promise<void> => {
    if (!(await ask({ title: p.id === self ? w.leaveTitle(x.name) : w.removeTitle(p.name, x.name), body: w.removeBody, verb: p.id === self ? w.leave : t.verbs.remove, safe: t.verbs.keep, destroy: true }))) return;
    await act.run(p.id, async () => { await api.del(`/teams/${x.id}/members/${p.id}`); await touch(); }, w.removed(p.name));
  };
  return (
    <>
      <Section title={w.tabs.members} count={x.members.length} action={!x.mine && (may || !x.inviteOnly) && <Button size="dense" pending={act.busy === 'add'} onPress={() => void add(self, w.joined(x.name))}>{w.join}</Button>}>
        {may && !x.mine && <Note tone="warn" title={w.notYours}>{w.notYoursText}</Note>}
        {x.members.length === 0 ? <p className="muted">{w.noMembers}</p> : (
          <ul className="items">
            {x.members.map((p) => (
              <Item key={p.id} lead={<Avatar name={p.name} />} name={<>{p.name}{p.id === self && <span className="muted"> {t.you}</span>}</>} sub={<>{p.email}{p.availability === 'AWAY' && ` · ${w.away}`}{p.lastAssignedAt && <> · {w.lastAssigned} <Time inline plain at={p.lastAssignedAt} /></>}</>}>
                {(change || p.id === self) && (
                  <Menu label={`${t.verbs.more}: ${p.name}`} entries={[
                    { id: 'away', name: p.availability === 'AWAY' ? w.setHere : w.setAway, icon: p.availability === 'AWAY' ? IconCheck : IconPaused, run: () => void act.run(p.id, async () => { await api.put(`/teams/${x.id}/members/${p.id}`, { availability: p.availability === 'AWAY' ? 'AVAILABLE' : 'AWAY' }); await refresh('/teams'); }) },
                    { id: 'remove', name: p.id === self ? `${w.leave} …` : `${w.removeOne(p.name)} …`, icon: IconClose, danger: true, run: () => void remove(p) },
                  ]} />
                )}
              </Item>
            ))}
          </ul>
        )}
        {change && (
          <div className="inline-add">
            <PersonField label={w.addMember} value={person} onChange={setPerson} exclude={x.members.map((p) => p.id)} />
            <Button isDisabled={!person} pending={act.busy === 'add'} onPress={() => void (person && add(person.id, w.added(person.name)).then((ok) => ok && setPerson(null)))}>{t.verbs.add}</Button>
          </div>
        )}
        {act.error && <Problem error={act.error} />}
      </Section>
      <Section title={w.assignment} about={w.assignmentAbout}><Assignment team={x} may={may} /></Section>
    </>
  );
}
function Assignment({ team: x, may }: { team: Team; may: boolean }) {
  const w = t.admin.teams;
  const form = useForm({
    keep: `team.assignment.${x.id}`, touches: ['/teams'], from: { mode: x.assignment.mode, memberId: x.assignment.memberId, excluded: x.assignment.excluded },
    check: (v) => ({ memberId: v.mode === 'MEMBER' && !v.memberId && w.chooseMember }),
    send: (v) => api.patch<Team>(`/teams/${x.id}`, { version: x.version, assignment: { mode: v.mode, memberId: v.mode === 'MEMBER' ? v.memberId : null, excluded: v.mode === 'ROTATE' ? v.excluded : [] } }),
    done: () => toast(t.saved),
  });
  const people = x.members.map((p) => ({ id: p.id, name: p.name, detail: p.email, lead: <Avatar name={p.name} size="sm" /> }));
  return (
    <PageForm form={form} label={w.assignment} disabled={!may}>
      <RadioGroup hideLabel down label={w.assignment} value={form.v.mode} onChange={(mode) => form.set({ mode: mode as Team['assignment']['mode'] })} choices={(['OFF', 'ROTATE', 'MEMBER'] as const).map((m) => ({ id: m, name: w.modes[m][0], detail: w.modes[m][1], disabled: !may }))} />
      {form.v.mode === 'MEMBER' && <Select label={w.member} value={form.v.memberId} onChange={(memberId) => form.set({ memberId })} choices={people} placeholder={w.chooseMember} error={form.at('memberId') ?? form.at('assignment')} disabled={!may} />}
      {form.v.mode === 'ROTATE' && x.members.length > 0 && <CheckboxGroup down label={w.leaveOut} hint={w.leaveOutHint} values={form.v.excluded} onChange={(excluded) => form.set({ excluded })} choices={x.members.map((p) => ({ id: p.id, name: p.name, disabled: !may }))} />}
    </PageForm>
  );
}
