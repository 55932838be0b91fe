/* People of the directory: find, add, change, put in groups, activate, suspend, deactivate, give a password. */
import { useDeferredValue, useState } from 'react';
import { api } from '../../api/client';
import type { Group, RoleAssignment, User, UserProfile, UserStatus } from '../../api/compatible';
import { refresh, useGet, useList } from '../../api/hooks';
import type { Page, PersonRef, Team } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { searchOf } from '../../logic/admin';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { RadioGroup, Select, TextField, Toggle } from '../../ui/Field';
import { IconCheck, IconClose, IconDelete, IconError, IconKey, IconPaused, IconPeople, IconSignOut } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { Avatar, PersonField, TeamTile, Tile } from '../../ui/People';
import { Time } from '../../ui/Time';
import { Copy, DialogForm, PageForm, useDo, useForm } from './form';
import { Head, Item, Master, Section } from './Master';
import { personLook, PersonState } from './PersonState';
import { DirectoryGroupField, type Principal, roleName, userName, withSearch } from './shared';

const USERS = '/api/v1/users';
const touches = [USERS, '/people', '/api/v1/iam'];
export default function People({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.people;
  const [s, set] = useSearch({ q: '', status: '', new: '' });
  const q = useDeferredValue(s.q);
  const list = useList<User>(USERS, { query: searchOf(q, s.status), limit: 100, keep: true });
  const lines = list.rows.map((u) => ({ id: u.id, href: withSearch(paths.person(u.id)), name: userName(u), lead: <Avatar name={userName(u)} />, sub: u.status === 'ACTIVE' ? u.profile.login : <><PersonState status={u.status} /> · {u.profile.login}</> }));
  return (
    <>
      <Master title={t.nav.people} about={w.about} of={list} lines={lines} id={params.id} back={withSearch(paths.people)} filtered={Boolean(s.q || s.status)} empty={{ title: w.empty, text: w.emptyText }}
        search={{ label: w.search, value: s.q, onChange: (v) => set({ q: v }), placeholder: t.people.search }} create={me.may('okta.users.create', 'okta.users.manage') ? { name: w.add, run: () => set({ new: 'yes' }) } : undefined}
        filters={<Select dense hideLabel label={w.state} value={s.status} onChange={(status) => set({ status })} choices={[{ id: '', name: w.anyStatus }, ...(Object.keys(personLook) as UserStatus[]).map((x) => ({ id: x, name: w.status[x] ?? x }))]} />}>
        {(id) => <One id={id} />}
      </Master>
      {s.new && <NewPerson onClose={() => set({ new: null })} />}
    </>
  );
}
function NewPerson({ onClose }: { onClose: () => void }) {
  const w = t.admin.people;
  const [manager, setManager] = useState<PersonRef | null>(null);
  const [password, setPassword] = useState('');
  const form = useForm({
    keep: 'person.new', from: { firstName: '', lastName: '', email: '', login: '', how: 'mail' }, touches,
    check: (v) => ({ firstName: !v.firstName.trim() && w.needFirst, lastName: !v.lastName.trim() && w.needLast, email: !/.+@.+/.test(v.email) && w.needEmail, password: v.how === 'password' && [...password].length < 8 && w.shortPassword } as Record<string, string | false>),
    send: (v) => api.post<User>(`${USERS}?activate=${v.how !== 'later'}`, {
      profile: { firstName: v.firstName.trim(), lastName: v.lastName.trim(), email: v.email.trim(), login: v.login.trim() || v.email.trim(), ...(manager?.email ? { managerId: manager.email } : {}) },
      ...(v.how === 'password' ? { credentials: { password: { value: password } } } : {}),
    }),
    done: (made) => navigate(paths.person((made as User).id)),
  });
  return (
    <DialogForm form={form} title={w.add} verb={w.addVerb} onClose={onClose}>
      <div className="pairs">
        <TextField label={w.firstName} autoFocus {...form.text('firstName')} />
        <TextField label={w.lastName} {...form.text('lastName')} />
      </div>
      <TextField label={w.email} type="email" {...form.text('email')} />
      <TextField label={w.login} optional hint={w.loginHint} {...form.text('login')} />
      <PersonField label={w.manager} optional value={manager} onChange={setManager} hint={w.managerHint} error={form.at('managerId')} />
      <RadioGroup down label={w.signIn} value={form.v.how} onChange={(how) => form.set({ how })} choices={(['mail', 'password', 'later'] as const).map((x) => ({ id: x, name: w.how[x][0], detail: w.how[x][1] }))} />
      {form.v.how === 'password' && <TextField label={w.password} type="password" autoComplete="new-password" value={password} onChange={setPassword} hint={w.passwordHint} error={form.at('password')} />}
    </DialogForm>
  );
}
function One({ id }: { id: string }) {
  const user = useGet<User>(`${USERS}/${id}`);
  return <Loaded of={user}>{(u) => <Body key={u.id} user={u} />}</Loaded>;
}
function Body({ user: u }: { user: User }) {
  const me = useMe();
  const w = t.admin.people;
  const act = useDo();
  const [open, setOpen] = useState<'password' | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const name = userName(u);
  const self = u.id === me.session.principal.id;
  const may = { cycle: me.may('okta.users.lifecycle.manage', 'okta.users.manage'), keys: me.may('okta.users.credentials.manage', 'okta.users.manage'), edit: me.may('okta.users.userprofile.manage', 'okta.users.manage') };
  const cycle = (verb: string, said: string, query = ''): Promise<boolean> => act.run(verb, async () => {
    const answer = await api.post<{ activationUrl?: string } | undefined>(`${USERS}/${u.id}/lifecycle/${verb}${query}`);
    setLink(answer?.activationUrl ?? null);
    await refresh(...touches);
  }, said);
  const asking = async (verb: string, title: string, body: string, word: string, said: string): Promise<void> => {
    if (await ask({ title, body, verb: word, safe: t.verbs.keep, destroy: true })) await cycle(verb, said);
  };
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: w.deleteTitle(name), body: w.deleteBody, verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return;
    if (await act.run('delete', () => api.del(`${USERS}/${u.id}`), w.deleted(name))) { navigate(withSearch(paths.people)); await refresh(...touches); }
  };
  const signOut = async (): Promise<void> => {
    if (await ask({ title: w.endTitle(name), body: w.endBody, verb: w.endVerb })) await act.run('sessions', () => api.del(`${USERS}/${u.id}/sessions`), w.ended(name));
  };
  const gone = u.status === 'DEPROVISIONED';
  return (
    <>
      <Head lead={<Avatar name={name} size="xl" />} title={name} sub={<><span>{u.profile.login}{self && ` · ${t.you}`}</span><PersonState status={u.status} pill /></>}>
        {may.cycle && (u.status === 'STAGED' || gone) && <Button icon={IconCheck} pending={act.busy === 'activate'} onPress={() => void cycle('activate', w.activated(name), '?sendEmail=true')}>{w.activate}</Button>}
        {may.cycle && u.status === 'SUSPENDED' && <Button icon={IconCheck} pending={act.busy === 'unsuspend'} onPress={() => void cycle('unsuspend', w.unsuspended(name))}>{w.unsuspend}</Button>}
        {may.cycle && u.status === 'LOCKED_OUT' && <Button icon={IconCheck} pending={act.busy === 'unlock'} onPress={() => void cycle('unlock', w.unlocked(name))}>{w.unlock}</Button>}
        {may.cycle && u.status === 'PROVISIONED' && <Button icon={IconKey} pending={act.busy === 'reactivate'} onPress={() => void cycle('reactivate', w.linkMade, '?sendEmail=false')}>{w.makeLink}</Button>}
        {may.keys && !gone && <Button icon={IconKey} onPress={() => setOpen('password')}>{w.setPassword}</Button>}
        {(may.cycle || may.keys) && <Menu label={t.verbs.more} entries={[
          may.keys && !gone && { id: 'out', name: w.endSessions, icon: IconSignOut, run: () => void signOut() },
          may.cycle && u.status === 'ACTIVE' && !self && { id: 'suspend', name: w.suspend, icon: IconPaused, run: () => void asking('suspend', w.suspendTitle(name), w.suspendBody, w.suspendVerb, w.suspended(name)) },
          may.cycle && !gone && !self && 'line',
          may.cycle && !gone && !self && { id: 'off', name: w.deactivate, icon: IconError, danger: true, run: () => void asking('deactivate', w.deactivateTitle(name), w.deactivateBody, w.deactivateVerb, w.deactivated(name)) },
          may.cycle && gone && { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void remove() },
        ]} />}
      </Head>
      {act.error && <Problem error={act.error} />}
      {link && <Note title={w.linkTitle(name)}><p>{w.linkText}</p><Copy secret value={link} label={w.linkTitle(name)} /></Note>}
      {gone && <Note title={w.goneTitle}>{w.goneText}</Note>}
      <Section title={w.profile}><Profile user={u} may={may.edit && !gone} /></Section>
      <Groups user={u} />
      <Roles user={u} />
      <Section title={w.dates}>
        <dl className="kv">
          <dt>{w.created}</dt><dd><Time at={u.created} /></dd>
          <dt>{w.lastLogin}</dt><dd>{u.lastLogin ? <Time at={u.lastLogin} /> : <span className="muted">{w.never}</span>}</dd>
          <dt>{w.passwordChanged}</dt><dd>{u.passwordChanged ? <Time at={u.passwordChanged} /> : <span className="muted">{w.noPassword}</span>}</dd>
          <dt>{w.id}</dt><dd><Copy value={u.id} label={w.id} /></dd>
        </dl>
      </Section>
      {open && <PasswordDialog user={u} onClose={() => setOpen(null)} onLink={setLink} />}
    </>
  );
}
const plain = ['firstName', 'lastName', 'login', 'email', 'title', 'department', 'mobilePhone', 'timezone'] as const;
function Profile({ user: u, may }: { user: User; may: boolean }) {
  const w = t.admin.people;
  const p = u.profile;
  const form = useForm({
    keep: `person.${u.id}`, touches, from: { ...Object.fromEntries(plain.map((k) => [k, p[k] ?? ''])), managerId: p.managerId ?? '' } as Record<(typeof plain)[number] | 'managerId', string>,
    check: (v) => ({ login: !v.login?.trim() && w.needLogin, email: !/.+@.+/.test(v.email ?? '') && w.needEmail }),
    send: (v, changed) => api.post<User>(`${USERS}/${u.id}`, { profile: Object.fromEntries(changed.map((k) => [k, v[k]?.trim() || null])) as Partial<UserProfile> }),
  });
  return (
    <PageForm form={form} label={w.profile} disabled={!may}>
      <div className="pairs"><TextField label={w.firstName} {...form.text('firstName')} /><TextField label={w.lastName} {...form.text('lastName')} /></div>
      <div className="pairs"><TextField label={w.login} {...form.text('login')} /><TextField label={w.email} type="email" {...form.text('email')} /></div>
      <ManagerField value={form.v.managerId} onChange={(managerId) => form.set({ managerId })} error={form.at('managerId')} self={u.id} disabled={!may} />
      <div className="pairs"><TextField label={w.title} optional {...form.text('title')} /><TextField label={w.department} optional {...form.text('department')} /></div>
      <div className="pairs"><TextField label={w.phone} optional type="tel" {...form.text('mobilePhone')} /><TextField label={w.zone} optional hint={w.zoneHint} {...form.text('timezone')} /></div>
    </PageForm>
  );
}
/** the profile holds the manager's login or e-mail; a value that fits nobody is shown, not hidden */
function ManagerField({ value, onChange, error, self, disabled }: { value: string; onChange: (v: string) => void; error?: string; self: string; disabled: boolean }) {
  const w = t.admin.people;
  const [picked, setPicked] = useState<PersonRef | null>(null);
  const same = (p: PersonRef | null): boolean => p?.email?.toLowerCase() === value.toLowerCase();
  const found = useGet<Page<PersonRef> | PersonRef[]>('/people', { query: { q: value }, enabled: value !== '' && !same(picked), staleTime: 60_000 });
  const rows = Array.isArray(found.data) ? found.data : (found.data?.data ?? []);
  const byLogin = useGet<User>(`${USERS}/${encodeURIComponent(value)}`, { enabled: value !== '' && found.isSuccess && !same(picked) && !rows.some(same), staleTime: 60_000 });
  const match = (same(picked) ? picked : null) ?? rows.find(same) ?? (byLogin.data ? { id: byLogin.data.id, name: userName(byLogin.data), email: byLogin.data.profile.email } : null);
  const nobody = value !== '' && !match && found.isSuccess && !byLogin.isFetching;
  if (disabled) return <TextField label={w.manager} value={match?.name ?? value} onChange={() => undefined} />;
  return (
    <>
      <PersonField label={w.manager} optional exclude={[self]} value={value === '' ? null : (match ?? { id: value, name: value, email: null })} onChange={(p) => { setPicked(p); onChange(p?.email ?? ''); }} hint={match ? <>{match.email} · <Link href={paths.person(match.id)}>{w.openManager}</Link></> : w.managerHint} error={error} />
      {nobody && <Note tone="warn" title={w.noManager(value)}>{w.noManagerText}</Note>}
    </>
  );
}
function Groups({ user: u }: { user: User }) {
  const me = useMe();
  const w = t.admin.people;
  const act = useDo();
  const groups = useList<Group>(`${USERS}/${u.id}/groups`, { limit: 200 });
  const teams = useList<Team>('/teams', { limit: 200 });
  const [group, setGroup] = useState<Principal | null>(null);
  const may = me.may('okta.groups.members.manage', 'okta.groups.manage');
  const change = (g: { id: string; name: string }, on: boolean): Promise<boolean> => act.run(g.id, async () => {
    await (on ? api.put(`/api/v1/groups/${g.id}/users/${u.id}`) : api.del(`/api/v1/groups/${g.id}/users/${u.id}`));
    await refresh(`${USERS}/${u.id}`, '/api/v1/groups');
  }, on ? w.joined(g.name) : w.left(g.name));
  const mine = teams.rows.filter((x) => x.members.some((m) => m.id === u.id));
  return (
    <>
      <Section title={t.nav.groups} count={groups.rows.length}>
        {groups.isPending ? <Skeleton rows={2} lines /> : groups.error && !groups.rows.length ? <Problem error={groups.error} retry={groups.retry} /> : groups.rows.length === 0 ? <p className="muted">{w.noGroups}</p> : (
          <ul className="items">
            {groups.rows.map((g) => <Item key={g.id} lead={<Tile icon={IconPeople} size="sm" />} name={<Link href={paths.group(g.id)}>{g.profile.name}</Link>} sub={g.profile.description}>{may && g.type === 'OKTA_GROUP' && <IconButton icon={IconClose} label={w.leave(g.profile.name)} pending={act.busy === g.id} onPress={() => void change({ id: g.id, name: g.profile.name }, false)} />}</Item>)}
          </ul>
        )}
        {act.error && <Problem error={act.error} />}
        {may && u.status !== 'DEPROVISIONED' && (
          <div className="inline-add">
            <DirectoryGroupField label={w.addGroup} value={group} onChange={setGroup} exclude={groups.rows.map((g) => g.id)} />
            <Button isDisabled={!group} pending={act.busy === group?.id} onPress={() => void (group && change(group, true).then((ok) => ok && setGroup(null)))}>{t.verbs.add}</Button>
          </div>
        )}
      </Section>
      {mine.length > 0 && <Section title={t.nav.teams} count={mine.length}><ul className="items">{mine.map((x) => <Item key={x.id} lead={<TeamTile icon={x.icon} colour={x.colour} />} name={<Link href={paths.team(x.id, 'members')}>{x.name}</Link>} />)}</ul></Section>}
    </>
  );
}
function Roles({ user: u }: { user: User }) {
  const me = useMe();
  const w = t.admin.people;
  const roles = useGet<RoleAssignment[]>(`${USERS}/${u.id}/roles`, { enabled: me.may('okta.iam.read') });
  if (!me.may('okta.iam.read')) return null;
  return (
    <Section title={w.roles} count={roles.data?.length} action={<Link href={paths.administrators}>{t.nav.administrators}</Link>}>
      <Loaded of={roles} skeleton={<Skeleton rows={1} lines />}>{(list) => list.length === 0 ? <p className="muted">{w.noRoles}</p> : (
        <ul className="items">{list.map((r) => <Item key={r.id} name={r.type === 'CUSTOM' && r.role ? <Link href={paths.role(r.role)}>{r.label}</Link> : roleName(r.type, r.label)} sub={r.assignmentType === 'GROUP' ? w.byGroup : undefined}><span className="meta"><Time at={r.created} /></span></Item>)}</ul>
      )}</Loaded>
    </Section>
  );
}
function PasswordDialog({ user: u, onClose, onLink }: { user: User; onClose: () => void; onLink: (url: string) => void }) {
  const w = t.admin.people;
  const act = useDo();
  const [how, setHow] = useState('set');
  const [password, setPassword] = useState('');
  const [expire, setExpire] = useState(true);
  const [wrong, setWrong] = useState<string | null>(null);
  const name = userName(u);
  const go = async (): Promise<void> => {
    if (how === 'set' && [...password].length < 8) return setWrong(w.shortPassword);
    const ok = await act.run('password', async () => {
      if (how === 'set') {
        await api.post(`${USERS}/${u.id}`, { credentials: { password: { value: password } } });
        if (expire) await api.post(`${USERS}/${u.id}/lifecycle/expire_password`);
      } else {
        const answer = await api.post<{ resetPasswordUrl?: string }>(`${USERS}/${u.id}/lifecycle/reset_password?sendEmail=${how === 'mail'}`);
        if (answer?.resetPasswordUrl) onLink(answer.resetPasswordUrl);
      }
      await refresh(...touches);
    }, how === 'set' ? w.passwordSet(name) : how === 'mail' ? w.resetMailed(name) : w.linkMade);
    if (ok) onClose();
  };
  return (
    <Dialog open title={w.passwordTitle(name)} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={act.busy !== null} onPress={() => void go()}>{how === 'set' ? w.setIt : how === 'mail' ? w.mailIt : w.makeLink}</Button>
    </>}>
      <RadioGroup down hideLabel label={w.passwordTitle(name)} value={how} onChange={setHow} choices={(['set', 'mail', 'link'] as const).map((x) => ({ id: x, name: w.ways[x][0], detail: w.ways[x][1] }))} />
      {how === 'set' && <TextField label={w.password} type="password" autoComplete="new-password" autoFocus value={password} onChange={(v) => { setPassword(v); setWrong(null); }} hint={w.passwordHint} error={wrong ?? act.error?.at('password')} onKeyDown={(e) => { if (e.key === 'Enter') void go(); }} />}
      {how === 'set' && <Toggle checked={expire} onChange={setExpire}>{w.mustChange}</Toggle>}
      {act.error && !act.error.at('password') && <Problem error={act.error} />}
    </Dialog>
  );
}
