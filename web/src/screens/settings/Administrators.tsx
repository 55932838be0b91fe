/* Who administers what: every assignment of a role to a person, a group or an application, and adding one. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import type { ApiProblem } from '../../api/client';
import type { Binding, Member, ResourceSet, Role, RoleAssignment } from '../../api/compatible';
import { keyOf, refresh } from '../../api/hooks';
import { paths } from '../../app/paths';
import { Link, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { SearchField, Select } from '../../ui/Field';
import { IconAdd, IconDelete } from '../../ui/icons';
import { Bar, Empty, Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { type Column, Table } from '../../ui/Table';
import { AdminTabs } from './AdminTabs';
import { DialogForm, useDo, useForm } from './form';
import { PrincipalPick } from './PrincipalPick';
import { isPredefined, type Principal, principalAt, PrincipalLead, PrincipalName, readAll, readPrincipal, roleName, rolesOf, useAll } from './shared';

const IAM = '/api/v1/iam';
interface Row {
  key: string;
  who: Principal;
  role: { id: string; name: string; custom: boolean };
  set: { id: string; name: string } | null;
  byGroup: boolean;
  remove: string; // what DELETE takes
}
/** bindings of custom roles by resource set, and standard roles by person */
async function readRows(): Promise<Row[]> {
  const [sets, roles, people] = await Promise.all([readAll<ResourceSet>(`${IAM}/resource-sets`, 'resource-sets'), readAll<Role>(`${IAM}/roles`, 'roles'), readAll<{ id: string }>(`${IAM}/assignees/users`, 'value')]);
  const names = new Map<string, Promise<Principal>>();
  const named = (p: Pick<Principal, 'kind' | 'id'>): Promise<Principal> => names.get(p.id) ?? (names.set(p.id, readPrincipal(p)), names.get(p.id) as Promise<Principal>);
  const labels = new Map(roles.map((r) => [r.id, r.label]));
  const bound = await Promise.all(sets.map(async (set) => {
    const bindings = await readAll<Binding>(`${IAM}/resource-sets/${set.id}/bindings`, 'roles');
    return Promise.all(bindings.map(async (b) => {
      const path = `${IAM}/resource-sets/${set.id}/bindings/${b.id}/members`;
      const members = await readAll<Member>(path, 'members');
      return Promise.all(members.map(async (m): Promise<Row | null> => {
        const at = principalAt(m._links.self.href);
        return at && { key: m.id, who: await named(at), role: { id: b.id, name: roleName(b.id, labels.get(b.id)), custom: labels.has(b.id) }, set: { id: set.id, name: set.label }, byGroup: false, remove: `${path}/${m.id}` };
      }));
    }));
  }));
  const standard = await Promise.all(people.map(async ({ id }) => {
    const held = await api.get<RoleAssignment[]>(`/api/v1/users/${id}/roles`).catch(() => []);
    return Promise.all(held.filter((r) => r.type !== 'CUSTOM').map(async (r): Promise<Row> => ({ key: `${id} ${r.id}`, who: await named({ kind: 'user', id }), role: { id: r.type, name: roleName(r.type, r.label), custom: false }, set: null, byGroup: r.assignmentType === 'GROUP', remove: `/api/v1/users/${id}/roles/${r.id}` })));
  }));
  const seen = new Set<string>();
  return [...standard.flat(), ...bound.flat(2).filter((r): r is Row => r !== null)].filter((r) => { const k = `${r.who.id} ${r.role.id} ${r.role.custom ? r.set?.id : ''}`; return !seen.has(k) && seen.add(k); })
    .sort((a, b) => a.who.name.localeCompare(b.who.name) || a.role.name.localeCompare(b.role.name));
}

export default function Administrators() {
  const me = useMe();
  const w = t.admin.iam;
  const act = useDo();
  const [s, set] = useSearch({ q: '', new: '' });
  const rows = useQuery<Row[], ApiProblem>({ queryKey: [...keyOf(IAM), 'rows'], queryFn: readRows, retry: false });
  const may = me.session.superAdmin;
  const remove = async (r: Row): Promise<void> => {
    if (!(await ask({ title: w.removeTitle(r.who.name, r.role.name), body: w.removeBody, verb: w.removeVerb, safe: t.verbs.keep, destroy: true }))) return;
    await act.run(r.key, async () => { await api.del(r.remove); await refresh(IAM, '/api/v1/users', '/resource-types'); }, w.removed);
  };
  const columns: Column<Row>[] = [
    { id: 'who', name: w.who, wrap: true, cell: (r) => <span className="who"><PrincipalLead of={r.who} /><PrincipalName of={r.who} /></span> },
    { id: 'kind', name: w.kind, cell: (r) => <span className="soft">{w.kinds[r.who.kind]}</span> },
    { id: 'role', name: w.role, wrap: true, cell: (r) => (r.role.custom ? <Link href={paths.role(r.role.id)}>{r.role.name}</Link> : <b>{r.role.name}</b>) },
    { id: 'set', name: w.set, wrap: true, cell: (r) => (r.set ? (isPredefined(r.set.id) ? r.set.name : <Link href={paths.resourceSet(r.set.id)}>{r.set.name}</Link>) : <span className="muted">{w.everything}</span>) },
    { id: 'act', name: t.verbs.remove, hideHead: true, num: true, cell: (r) => (r.byGroup ? <span className="meta">{w.byGroup}</span> : may && <IconButton icon={IconDelete} label={`${t.verbs.remove}: ${r.who.name}, ${r.role.name}`} pending={act.busy === r.key} onPress={() => void remove(r)} />) },
  ];
  return (
    <>
      <Bar title={t.nav.administrators} tabs={<AdminTabs current="assignments" />}>{may && <Button size="dense" className="shrinks" icon={IconAdd} aria-label={w.add} onPress={() => set({ new: 'yes' })}><span className="only-wide">{w.add}</span></Button>}</Bar>
      <div className="pane">
        <p className="soft about-part">{w.about}</p>
        {act.error && <Problem error={act.error} />}
        <Loaded of={rows} skeleton={<Skeleton rows={5} lines />}>{(all) => {
          const shown = all.filter((r) => fits(`${r.who.name} ${r.role.name} ${r.set?.name ?? ''}`, s.q));
          return (
            <>
              {(all.length > 8 || s.q) && <div className="list-tools board-search"><SearchField label={t.verbs.search} value={s.q} onChange={(q) => set({ q })} /></div>}
              {all.length === 0 ? <Empty title={w.empty}>{w.emptyText}</Empty> : shown.length ? <Table label={t.nav.administrators} rows={shown} columns={columns} rowKey={(r) => r.key} /> : <Empty title={t.admin.noMatch}>{t.admin.noMatchText}</Empty>}
            </>
          );
        }}</Loaded>
      </div>
      {s.new && <AddDialog onClose={() => set({ new: null })} />}
    </>
  );
}
const standardTypes = ['SUPER_ADMIN', 'ORG_ADMIN', 'ACCESS_REQUESTS_ADMIN', 'WORKFLOWS_ADMIN', 'APP_ADMIN', 'USER_ADMIN', 'GROUP_MEMBERSHIP_ADMIN', 'HELP_DESK_ADMIN', 'READ_ONLY_ADMIN', 'REPORT_ADMIN'];
function AddDialog({ onClose }: { onClose: () => void }) {
  const w = t.admin.iam;
  const roles = useAll<Role>(`${IAM}/roles`, 'roles');
  const sets = useAll<ResourceSet>(`${IAM}/resource-sets`, 'resource-sets');
  const [who, setWho] = useState<Principal | null>(null);
  const custom = (id: string): boolean => (roles.data ?? []).some((r) => r.id === id);
  const form = useForm({
    from: { role: '', set: '' }, touches: [IAM, '/api/v1/users', '/api/v1/groups', '/api/v1/apps', '/resource-types'],
    check: (v) => ({ who: !who && w.needMember, role: !v.role && w.needRole, set: custom(v.role) && !v.set && w.needSet } as Record<string, string | false>),
    send: (v) => api.post(rolesOf(who as Principal), custom(v.role) ? { type: 'CUSTOM', role: v.role, 'resource-set': v.set } : { type: v.role }),
    done: onClose,
  });
  return (
    <DialogForm form={form} title={w.addTitle} verb={w.addVerb} onClose={onClose}>
      <PrincipalPick value={who} onChange={setWho} error={form.at('who')} />
      <Select label={w.role} value={form.v.role || null} onChange={(role) => form.set({ role })} placeholder={w.chooseRole} error={form.at('role') ?? form.at('type')}
        choices={[...(roles.data ?? []).map((r) => ({ id: r.id, name: r.label, detail: w.customShort })), ...standardTypes.map((x) => ({ id: x, name: roleName(x) }))]} />
      {custom(form.v.role) && <Select label={w.set} value={form.v.set || null} onChange={(x) => form.set({ set: x })} placeholder={w.chooseSet} error={form.at('set') ?? form.at('resource-set')} choices={(sets.data ?? []).filter((x) => !isPredefined(x.id)).map((x) => ({ id: x.id, name: x.label }))} />}
      {form.v.role === 'SUPER_ADMIN' && <Note tone="warn" title={w.superTitle}>{w.superText}</Note>}
    </DialogForm>
  );
}
