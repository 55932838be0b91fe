/* Groups of the directory: members, and whether a group may be audience or approver in access requests (pushed). */
import { useDeferredValue, useState } from 'react';
import { api } from '../../api/client';
import type { Group, User } from '../../api/compatible';
import { refresh, useGet, useList } from '../../api/hooks';
import type { PersonRef } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { IconClose, IconDelete, IconPeople } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { Avatar, PersonField, Tile } from '../../ui/People';
import { Copy, DialogForm, PageForm, Switch, useDo, useForm } from './form';
import { Head, Item, Master, Section } from './Master';
import { PersonState } from './PersonState';
import { userName, withSearch } from './shared';

const GROUPS = '/api/v1/groups';
const touches = [GROUPS, '/pushed-groups', '/api/v1/users', '/resource-types'];

export default function Groups({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.groups;
  const [s, set] = useSearch({ q: '', new: '' });
  const q = useDeferredValue(s.q.trim());
  const list = useList<Group>(GROUPS, { query: q ? { q } : {}, limit: 200, keep: true });
  const lines = list.rows.map((g) => ({ id: g.id, href: withSearch(paths.group(g.id)), name: g.profile.name, lead: <IconPeople className="i" size={16} aria-hidden />, sub: g.profile.description || w.types[g.type], end: pushed(g) ? w.pushedShort : undefined }));
  return (
    <>
      <Master title={t.nav.groups} about={w.about} of={list} lines={lines} id={params.id} back={withSearch(paths.groups)} filtered={Boolean(s.q)} empty={{ title: w.empty, text: w.emptyText }} search={{ label: w.search, value: s.q, onChange: (v) => set({ q: v }) }}
        create={me.may('okta.groups.create', 'okta.groups.manage') ? { name: w.add, run: () => set({ new: 'yes' }) } : undefined}>
        {(id) => <One id={id} />}
      </Master>
      {s.new && <NewGroup onClose={() => set({ new: null })} />}
    </>
  );
}
const pushed = (g: Group): boolean => Boolean(g.visibleInAccessRequests);
const nameCheck = (v: { name: string }) => ({ name: !v.name.trim() && t.types.problem.noName });
function NewGroup({ onClose }: { onClose: () => void }) {
  const w = t.admin.groups;
  const form = useForm({ keep: 'group.new', from: { name: '', description: '' }, touches, check: nameCheck, send: (v) => api.post<Group>(GROUPS, { profile: { name: v.name.trim(), description: v.description.trim() || null } }), done: (g) => navigate(paths.group((g as Group).id)) });
  return <DialogForm form={form} title={w.add} verb={w.addVerb} onClose={onClose}><TextField label={w.name} autoFocus maxLength={255} {...form.text('name')} /><TextField label={w.description} optional {...form.text('description')} /></DialogForm>;
}
function One({ id }: { id: string }) {
  const group = useGet<Group>(`${GROUPS}/${id}`);
  return <Loaded of={group}>{(g) => <Body key={g.id} group={g} />}</Loaded>;
}
function Body({ group: g }: { group: Group }) {
  const me = useMe();
  const w = t.admin.groups;
  const act = useDo();
  const own = g.type === 'OKTA_GROUP';
  const may = me.may('okta.groups.manage');
  const form = useForm({
    keep: `group.${g.id}`, from: { name: g.profile.name, description: g.profile.description ?? '' }, touches, check: nameCheck,
    send: (v) => api.put(`${GROUPS}/${g.id}`, { profile: { name: v.name.trim(), description: v.description } }),
  });
  const push = async (on: boolean): Promise<void> => {
    await api.put(`${GROUPS}/${g.id}`, { profile: { name: g.profile.name, description: g.profile.description }, visibleInAccessRequests: on });
    await refresh(...touches);
  };
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: w.deleteTitle(g.profile.name), body: w.deleteBody, verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return;
    if (await act.run('delete', () => api.del(`${GROUPS}/${g.id}`), w.deleted)) { navigate(withSearch(paths.groups)); await refresh(...touches); }
  };
  return (
    <>
      <Head lead={<Tile icon={IconPeople} size="lg" />} title={g.profile.name} sub={<span>{w.types[g.type]}</span>}>
        {may && own && <Menu label={t.verbs.more} entries={[{ id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void remove() }]} />}
      </Head>
      {act.error && <Problem error={act.error} />}
      {!own && <Note title={w.fixed}>{g.type === 'BUILT_IN' ? w.fixedBuiltIn : w.fixedApp}</Note>}
      <Section title={t.nav.requests}>
        <ul className="items"><Item name={w.pushed} sub={w.pushedText}><Switch label={w.pushed} on={pushed(g)} words={[t.yes, t.no]} disabled={!may} send={push} confirm={async (on) => on || ask({ title: w.unpushTitle(g.profile.name), body: w.unpushBody, verb: w.unpush, safe: t.verbs.keep, destroy: true })} /></Item></ul>
      </Section>
      <Members group={g} may={own && me.may('okta.groups.members.manage', 'okta.groups.manage')} />
      {own && <Section title={w.details}><PageForm form={form} label={w.details} disabled={!may}><TextField label={w.name} maxLength={255} {...form.text('name')} /><TextArea label={w.description} optional rows={2} {...form.text('description')} /></PageForm></Section>}
      <p className="part meta">{w.id} <Copy value={g.id} label={w.id} /></p>
    </>
  );
}
function Members({ group: g, may }: { group: Group; may: boolean }) {
  const w = t.admin.groups;
  const act = useDo();
  const [person, setPerson] = useState<PersonRef | null>(null);
  const list = useList<User>(`${GROUPS}/${g.id}/users`, { limit: 200 });
  const change = (p: { id: string; name: string }, on: boolean): Promise<boolean> => act.run(p.id, async () => {
    await (on ? api.put(`${GROUPS}/${g.id}/users/${p.id}`) : api.del(`${GROUPS}/${g.id}/users/${p.id}`));
    await refresh(`${GROUPS}/${g.id}`, '/api/v1/users');
  }, on ? w.added(p.name) : w.removed(p.name));
  return (
    <Section title={w.members} count={list.rows.length}>
      {list.isPending ? <Skeleton rows={3} /> : list.error && !list.rows.length ? <Problem error={list.error} retry={list.retry} /> : list.rows.length === 0 ? <p className="muted">{w.noMembers}</p> : (
        <ul className="items">
          {list.rows.map((u) => <Item key={u.id} lead={<Avatar name={userName(u)} />} name={<Link href={paths.person(u.id)}>{userName(u)}</Link>} sub={u.profile.login}>{u.status !== 'ACTIVE' && <PersonState status={u.status} />}{may && <IconButton icon={IconClose} label={`${t.verbs.remove}: ${userName(u)}`} pending={act.busy === u.id} onPress={() => void change({ id: u.id, name: userName(u) }, false)} />}</Item>)}
        </ul>
      )}
      {list.hasMore && <Button look="quiet" size="dense" pending={list.isLoadingMore} sending={t.loading} onPress={list.more}>{t.verbs.loadMore}</Button>}
      {act.error && <Problem error={act.error} />}
      {may && (
        <div className="inline-add">
          <PersonField label={w.addMember} value={person} onChange={setPerson} exclude={list.rows.map((u) => u.id)} />
          <Button isDisabled={!person} pending={act.busy !== null && act.busy === person?.id} onPress={() => void (person && change(person, true).then((ok) => ok && setPerson(null)))}>{t.verbs.add}</Button>
        </div>
      )}
    </Section>
  );
}
