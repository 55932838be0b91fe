/* Custom administrator roles: what they permit, and to whom they are given for which resources. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiProblem, api } from '../../api/client';
import type { Member, Permission, ResourceSet, Role } from '../../api/compatible';
import { keyOf, refresh, useGet } from '../../api/hooks';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { Checkbox, Select, TextField } from '../../ui/Field';
import { IconAdd, IconClose, IconDelete, IconEdit, IconKey, IconPeople } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Empty, Loaded, Problem, Skeleton } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { AdminTabs } from './AdminTabs';
import { DialogForm, PageForm, useDo, useForm } from './form';
import { Head, Item, Master, Section } from './Master';
import { groupsFor, withoutTwins } from './permissions';
import { PrincipalPick } from './PrincipalPick';
import { asList, isPredefined, type Principal, principalAt, PrincipalName, principalUrl, readAll, useAll, useAllOrNone, withSearch } from './shared';

const IAM = '/api/v1/iam';
const touches = [IAM, '/api/v1/users', '/api/v1/apps', '/resource-types'];

export default function Roles({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.iam;
  const [s, set] = useSearch({ q: '', new: '' });
  const roles = useAll<Role>(`${IAM}/roles`, 'roles');
  const lines = (roles.data ?? []).filter((r) => fits(`${r.label} ${r.description ?? ''}`, s.q)).map((r) => ({ id: r.id, href: withSearch(paths.role(r.id)), name: r.label, lead: <IconKey className="i" size={16} aria-hidden />, sub: r.description }));
  return (
    <>
      <Master title={t.nav.administrators} tabs={<AdminTabs current="roles" />} of={asList(roles)} lines={lines} id={params.id} back={withSearch(paths.role())} filtered={Boolean(s.q)} empty={{ title: w.noCustom, text: w.noCustomText }}
        search={(roles.data?.length ?? 0) > 8 || s.q ? { label: w.searchRoles, value: s.q, onChange: (q) => set({ q }) } : undefined} create={me.session.superAdmin ? { name: w.newRole, run: () => set({ new: 'yes' }) } : undefined}>
        {(id) => <One id={id} />}
      </Master>
      {s.new && <NewRole onClose={() => set({ new: null })} />}
    </>
  );
}
function Permissions({ held, set, disabled, error }: { held: string[]; set: (p: string[]) => void; disabled?: boolean; error?: string }) {
  const w = t.admin.iam;
  const turn = (name: string, on: boolean): void => set(on ? [...held, name] : held.filter((x) => x !== name));
  return (
    <div className="perms" data-invalid={error ? '' : undefined}>
      {groupsFor(held).map((g) => (
        <fieldset key={g.id}>
          <legend className="h3">{w.groups[g.id] ?? g.id}</legend>
          {g.names.map((n) => <Checkbox key={n} checked={held.includes(n)} disabled={disabled} onChange={(on) => turn(n, on)}>{w.permissions[n] ?? <span className="code">{n}</span>}{w.permissionText[n] && <span className="sub">{w.permissionText[n]}</span>}</Checkbox>)}
        </fieldset>
      ))}
      {error && <p className="c-bad" role="alert">{error}</p>}
    </div>
  );
}
function NewRole({ onClose }: { onClose: () => void }) {
  const w = t.admin.iam;
  const form = useForm({
    keep: 'role.new', from: { label: '', description: '', permissions: [] as string[] }, touches,
    check: (v) => ({ label: !v.label.trim() && t.types.problem.noName, permissions: v.permissions.length === 0 && w.needPermission }),
    send: (v) => api.post<Role>(`${IAM}/roles`, { label: v.label.trim(), description: v.description.trim() || v.label.trim(), permissions: v.permissions }),
    done: (r) => navigate(paths.role((r as Role).id)),
  });
  return (
    <DialogForm wide form={form} title={w.newRole} verb={w.createRole} onClose={onClose}>
      <div className="pairs"><TextField label={w.name} autoFocus maxLength={255} {...form.text('label')} /><TextField label={w.description} optional {...form.text('description')} /></div>
      <Permissions held={form.v.permissions} set={(permissions) => form.set({ permissions })} error={form.at('permissions')} />
    </DialogForm>
  );
}
function One({ id }: { id: string }) {
  const role = useGet<Role>(`${IAM}/roles/${id}`);
  const held = useAll<Permission>(`${IAM}/roles/${id}/permissions`, 'permissions');
  return <Loaded of={role}>{(r) => <Loaded of={held}>{(p) => <Body key={r.id} role={r} held={withoutTwins(p.map((x) => x.label))} />}</Loaded>}</Loaded>;
}
interface Grant {
  set: ResourceSet;
  members: Member[];
}
function Body({ role: r, held }: { role: Role; held: string[] }) {
  const me = useMe();
  const w = t.admin.iam;
  const act = useDo();
  const may = me.session.superAdmin;
  const [open, setOpen] = useState<string | null>(null); // set, or '' for a new one
  const sets = useAll<ResourceSet>(`${IAM}/resource-sets`, 'resource-sets');
  const form = useForm({
    keep: `role.${r.id}`, touches, from: { label: r.label, description: r.description ?? '', permissions: held },
    check: (v) => ({ label: !v.label.trim() && t.types.problem.noName, permissions: v.permissions.length === 0 && w.needPermission }),
    send: async (v, changed) => {
      if (changed.includes('label') || changed.includes('description')) await api.put(`${IAM}/roles/${r.id}`, { label: v.label.trim(), description: v.description });
      // first what is added: a role never goes without a permission
      for (const p of v.permissions) if (!held.includes(p)) await api.post(`${IAM}/roles/${r.id}/permissions/${p}`);
      for (const p of held) if (!v.permissions.includes(p)) await api.del(`${IAM}/roles/${r.id}/permissions/${p}`);
    },
  });
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: w.deleteRoleTitle(r.label), body: w.deleteRoleBody, verb: w.deleteRole, safe: t.verbs.keep, destroy: true }))) return;
    if (await act.run('delete', () => api.del(`${IAM}/roles/${r.id}`), w.roleDeleted)) { navigate(paths.role()); await refresh(...touches); }
  };
  return (
    <>
      <Head lead={<Tile icon={IconKey} size="lg" />} title={r.label} sub={<span>{r.description}</span>}>
        {may && <Menu label={t.verbs.more} entries={[{ id: 'delete', name: `${w.deleteRole} …`, icon: IconDelete, danger: true, run: () => void remove() }]} />}
      </Head>
      {act.error && <Problem error={act.error} />}
      <Section title={w.assignments} about={w.assignmentsAbout} action={may && <Button size="dense" icon={IconPeople} onPress={() => setOpen('')}>{w.editAssignment}</Button>}>
        <Loaded of={sets} skeleton={<Skeleton rows={2} lines />}>{(list) => <Grants role={r} sets={list.filter((x) => !isPredefined(x.id))} may={may} onEdit={setOpen} />}</Loaded>
      </Section>
      <Section title={w.whatItMay}>
        <PageForm form={form} label={r.label} disabled={!may}>
          <div className="pairs"><TextField label={w.name} maxLength={255} {...form.text('label')} /><TextField label={w.description} optional {...form.text('description')} /></div>
          <Permissions held={form.v.permissions} set={(permissions) => form.set({ permissions })} disabled={!may} error={form.at('permissions')} />
        </PageForm>
      </Section>
      {open !== null && sets.data && <EditAssignment role={r} sets={sets.data.filter((x) => !isPredefined(x.id))} first={open} onClose={() => setOpen(null)} />}
    </>
  );
}
function Grants({ role: r, sets, may, onEdit }: { role: Role; sets: ResourceSet[]; may: boolean; onEdit: (set: string) => void }) {
  const w = t.admin.iam;
  const grants = useAllGrants(r.id, sets);
  return (
    <Loaded of={grants} skeleton={<Skeleton rows={2} lines />}>{(list) => list.length === 0 ? <Empty title={w.nobodyYet} action={may && <Button onPress={() => onEdit('')}>{w.editAssignment}</Button>}>{w.nobodyYetText}</Empty> : (
      <ul className="items">
        {list.map((g) => (
          <Item key={g.set.id} name={<Link href={paths.resourceSet(g.set.id)}>{g.set.label}</Link>} sub={<span className="chips">{g.members.map((m) => { const p = principalAt(m._links.self.href); return p && <span className="chip" key={m.id}><PrincipalName of={p} /></span>; })}</span>}>
            {may && <IconButton icon={IconEdit} label={`${w.editAssignment}: ${g.set.label}`} onPress={() => onEdit(g.set.id)} />}
          </Item>
        ))}
      </ul>
    )}</Loaded>
  );
}
/** bindings lie below the sets: each is asked whether the role is bound there */
function useAllGrants(roleId: string, sets: ResourceSet[]) {
  return useQuery<Grant[], ApiProblem>({ queryKey: [...keyOf(IAM), 'grants', roleId, sets.map((x) => x.id)], retry: false, queryFn: async () => {
    const all = await Promise.all(sets.map(async (set): Promise<Grant> => {
      const bound = await readAll<{ id: string }>(`${IAM}/resource-sets/${set.id}/bindings`, 'roles');
      return { set, members: bound.some((b) => b.id === roleId) ? await readAll<Member>(`${IAM}/resource-sets/${set.id}/bindings/${roleId}/members`, 'members') : [] };
    }));
    return all.filter((g) => g.members.length > 0);
  } });
}
/** the role together with a resource set, for people, groups and applications */
function EditAssignment({ role: r, sets, first, onClose }: { role: Role; sets: ResourceSet[]; first: string; onClose: () => void }) {
  const me = useMe();
  const w = t.admin.iam;
  const act = useDo();
  const [set, setSet] = useState(first || (sets.length === 1 ? (sets[0]?.id ?? '') : ''));
  const [picked, setPicked] = useState<Principal | null>(null);
  const [added, setAdded] = useState<Principal[]>([]);
  const [gone, setGone] = useState<string[]>([]);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const path = `${IAM}/resource-sets/${set}/bindings/${r.id}/members`;
  const members = useAllOrNone<Member>(path, 'members', set !== '');
  const now = (members.data ?? []).flatMap((m) => { const p = principalAt(m._links.self.href); return p && !gone.includes(m.id) ? [{ m, p }] : []; });
  const pick = (p: Principal | null): void => { setPicked(p); setWrong({}); };
  const more = (): void => { if (picked) { setAdded([...added, picked]); setPicked(null); } };
  const wanted = picked ? [...added, picked] : added; // chosen and not put into the list yet counts too
  const save = async (): Promise<void> => {
    if (!set) return setWrong({ set: w.needSet });
    if (!wanted.length && !gone.length) return setWrong({ who: w.needMember });
    const urls = wanted.map((p) => principalUrl(me.session.organisation.baseUrl || location.origin, p));
    const ok = await act.run('save', async () => {
      if (urls.length) await (members.data === null ? api.post(`${IAM}/resource-sets/${set}/bindings`, { role: r.id, members: urls }) : api.patch(path, { additions: urls }));
      for (const id of gone) await api.del(`${path}/${id}`);
      await refresh(...touches);
    }, w.assignmentSaved);
    if (ok) onClose();
  };
  return (
    <Dialog open title={w.editAssignment} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={act.busy === 'save'} isDisabled={set !== '' && members.isPending} onPress={() => void save()}>{t.verbs.save}</Button>
    </>}>
      <p className="soft">{w.editText(r.label)}</p>
      {sets.length === 0 ? <Empty title={w.noSets} action={<Link className="b" href={`${paths.resourceSet()}?new=yes`}>{w.newSet}</Link>}>{w.noSetsText}</Empty> : <Select label={w.set} value={set || null} onChange={(x) => { setSet(x); setGone([]); setWrong({}); }} placeholder={w.chooseSet} error={wrong.set} choices={sets.map((x) => ({ id: x.id, name: x.label, detail: x.description }))} />}
      {set !== '' && (now.length > 0 || added.length > 0) && (
        <ul className="items">
          {now.map(({ m, p }) => <Item key={m.id} name={<PrincipalName of={p} />} sub={w.kinds[p.kind]}><IconButton icon={IconClose} label={t.verbs.remove} onPress={() => setGone([...gone, m.id])} /></Item>)}
          {added.map((p) => <Item key={p.id} name={p.name} sub={`${w.kinds[p.kind]} · ${w.notSaved}`}><IconButton icon={IconClose} label={`${t.verbs.remove}: ${p.name}`} onPress={() => setAdded(added.filter((x) => x.id !== p.id))} /></Item>)}
        </ul>
      )}
      <PrincipalPick first="app" value={picked} onChange={pick} error={wrong.who} exclude={[...now.map((x) => x.p.id), ...added.map((p) => p.id)]} />
      {picked && <div><Button size="dense" icon={IconAdd} onPress={more}>{w.another}</Button></div>}
      {act.error && <Problem error={act.error} />}
    </Dialog>
  );
}
