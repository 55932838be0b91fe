/* Resource sets: which objects the holders of a role may act on. */
import { useState } from 'react';
import { api } from '../../api/client';
import type { Binding, ResourceInSet, ResourceSet, Role } from '../../api/compatible';
import { refresh, useGet, useList } from '../../api/hooks';
import type { DelegatedFlow } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { readOrn } from '../../logic/admin';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { IconAdd, IconApp, IconClose, IconDelete, IconFlow, IconLock, IconPeople, IconPerson } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { AdminTabs } from './AdminTabs';
import { DialogForm, PageForm, useDo, useForm } from './form';
import { Head, Item, Master, Section } from './Master';
import { ResourcePicker } from './ResourcePicker';
import { asList, isPredefined, PrincipalName, roleName, useAll, withSearch } from './shared';

const IAM = '/api/v1/iam';
const touches = [IAM, '/resource-types', '/integrations'];

export default function ResourceSets({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.iam;
  const [s, set] = useSearch({ q: '', new: '' });
  const sets = useAll<ResourceSet>(`${IAM}/resource-sets`, 'resource-sets');
  const lines = (sets.data ?? []).filter((r) => fits(`${r.label} ${r.description ?? ''}`, s.q)).map((r) => ({ id: r.id, href: withSearch(paths.resourceSet(r.id)), name: r.label, lead: isPredefined(r.id) ? <IconLock className="i" size={16} aria-hidden /> : <IconApp className="i" size={16} aria-hidden />, sub: isPredefined(r.id) ? w.predefined : r.description }));
  return (
    <>
      <Master title={t.nav.administrators} tabs={<AdminTabs current="sets" />} of={asList(sets)} lines={lines} id={params.id} back={withSearch(paths.resourceSet())} filtered={Boolean(s.q)} empty={{ title: w.noSets, text: w.noSetsText }}
        search={(sets.data?.length ?? 0) > 8 || s.q ? { label: w.searchSets, value: s.q, onChange: (q) => set({ q }) } : undefined} create={me.session.superAdmin ? { name: w.newSet, run: () => set({ new: 'yes' }) } : undefined}>
        {(id) => <One id={id} />}
      </Master>
      {s.new && <NewSet onClose={() => set({ new: null })} />}
    </>
  );
}
function NewSet({ onClose }: { onClose: () => void }) {
  const w = t.admin.iam;
  const form = useForm({
    keep: 'set.new', from: { label: '', description: '', resources: [] as string[] }, touches,
    check: (v) => ({ label: !v.label.trim() && t.types.problem.noName, resources: v.resources.length === 0 && w.needResource }),
    send: (v) => api.post<ResourceSet>(`${IAM}/resource-sets`, { label: v.label.trim(), description: v.description.trim() || v.label.trim(), resources: v.resources }),
    done: (r) => navigate(paths.resourceSet((r as ResourceSet).id)),
  });
  return (
    <DialogForm wide form={form} title={w.newSet} verb={w.createSet} onClose={onClose}>
      <div className="pairs"><TextField label={w.name} autoFocus maxLength={255} {...form.text('label')} /><TextField label={w.description} optional {...form.text('description')} /></div>
      <ResourcePicker value={form.v.resources} onChange={(resources) => form.set({ resources })} error={form.at('resources')} />
    </DialogForm>
  );
}
function One({ id }: { id: string }) {
  const set = useGet<ResourceSet>(`${IAM}/resource-sets/${id}`);
  return <Loaded of={set}>{(x) => <Body key={x.id} set={x} />}</Loaded>;
}
function Body({ set: x }: { set: ResourceSet }) {
  const me = useMe();
  const w = t.admin.iam;
  const act = useDo();
  const [open, setOpen] = useState(false);
  const may = me.session.superAdmin && !isPredefined(x.id);
  const resources = useAll<ResourceInSet>(`${IAM}/resource-sets/${x.id}/resources`, 'resources');
  const flows = useList<DelegatedFlow>('/delegated-flows', { limit: 200 });
  const form = useForm({
    keep: `set.${x.id}`, from: { label: x.label, description: x.description ?? '' }, touches, check: (v) => ({ label: !v.label.trim() && t.types.problem.noName }),
    send: (v) => api.put(`${IAM}/resource-sets/${x.id}`, { label: v.label.trim(), description: v.description }),
  });
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: w.deleteSetTitle(x.label), body: w.deleteSetBody, verb: w.deleteSet, safe: t.verbs.keep, destroy: true }))) return;
    if (await act.run('delete', () => api.del(`${IAM}/resource-sets/${x.id}`), w.setDeleted)) { navigate(paths.resourceSet()); await refresh(...touches); }
  };
  const take = async (r: ResourceInSet, name: string): Promise<void> => {
    if (!(await ask({ title: w.takeTitle(name), body: w.takeBody, verb: t.verbs.remove, safe: t.verbs.keep, destroy: true }))) return;
    await act.run(r.id, async () => { await api.del(`${IAM}/resource-sets/${x.id}/resources/${r.id}`); await refresh(...touches); });
  };
  const flowName = (id: string): string => flows.rows.find((f) => f.id === id)?.name ?? id;
  const nameText = (r: ResourceInSet): string => { const o = readOrn(r.orn); return o.kind === 'other' ? r.orn : o.id === null ? w.allOf[o.kind] : o.kind === 'workflows' ? flowName(o.id) : o.id; };
  return (
    <>
      <Head lead={<Tile icon={isPredefined(x.id) ? IconLock : IconApp} size="lg" />} title={x.label} sub={<span>{x.description}</span>}>
        {may && <Menu label={t.verbs.more} entries={[{ id: 'delete', name: `${w.deleteSet} …`, icon: IconDelete, danger: true, run: () => void remove() }]} />}
      </Head>
      {isPredefined(x.id) && <Note title={w.predefined}>{w.predefinedText}</Note>}
      {act.error && <Problem error={act.error} />}
      <Section title={w.resources} count={resources.data?.length} action={may && <Button size="dense" icon={IconAdd} onPress={() => setOpen(true)}>{w.addResource}</Button>}>
        <Loaded of={resources} skeleton={<Skeleton rows={2} lines />}>{(list) => list.length === 0 ? <p className="muted">{w.noResources}</p> : (
          <ul className="items">
            {list.map((r) => {
              const o = readOrn(r.orn);
              const Icon = { workflows: IconFlow, users: IconPerson, groups: IconPeople, apps: IconApp, other: IconLock }[o.kind];
              const name = o.kind === 'other' ? <span className="code">{r.orn}</span> : o.id === null ? w.allOf[o.kind] : o.kind === 'workflows' ? <Link href={paths.flow(o.id)}>{flowName(o.id)}</Link> : <PrincipalName of={{ kind: o.kind === 'apps' ? 'app' : 'group', id: o.id }} />;
              return <Item key={r.id} lead={<Tile icon={Icon} size="sm" />} name={name} sub={o.kind === 'other' ? null : o.kind === 'users' && o.id ? w.peopleOfGroup : w.resourceKinds[o.kind]}>{may && <IconButton icon={IconClose} label={`${t.verbs.remove}: ${nameText(r)}`} pending={act.busy === r.id} onPress={() => void take(r, nameText(r))} />}</Item>;
            })}
          </ul>
        )}</Loaded>
      </Section>
      <Bound set={x} />
      {may && <Section title={w.nameAndDescription}><PageForm form={form} label={x.label}><div className="pairs"><TextField label={w.name} maxLength={255} {...form.text('label')} /><TextField label={w.description} optional {...form.text('description')} /></div></PageForm></Section>}
      {open && <AddDialog set={x} has={(resources.data ?? []).map((r) => r.orn)} onClose={() => setOpen(false)} />}
    </>
  );
}
function Bound({ set: x }: { set: ResourceSet }) {
  const w = t.admin.iam;
  const bound = useAll<Binding>(`${IAM}/resource-sets/${x.id}/bindings`, 'roles');
  const roles = useAll<Role>(`${IAM}/roles`, 'roles');
  return (
    <Section title={w.usedWith}>
      <Loaded of={bound} skeleton={<Skeleton rows={1} lines />}>{(list) => list.length === 0 ? <p className="muted">{w.notUsed} <Link href={paths.role()}>{w.roles}</Link></p> : (
        <ul className="items">{list.map((b) => { const r = roles.data?.find((y) => y.id === b.id); return <Item key={b.id} name={r ? <Link href={paths.role(b.id)}>{r.label}</Link> : roleName(b.id)} sub={r?.description} />; })}</ul>
      )}</Loaded>
    </Section>
  );
}
function AddDialog({ set: x, has, onClose }: { set: ResourceSet; has: string[]; onClose: () => void }) {
  const w = t.admin.iam;
  const form = useForm({
    from: { additions: [] as string[] }, touches, check: (v) => ({ additions: v.additions.length === 0 && w.needResource }),
    send: (v) => api.patch(`${IAM}/resource-sets/${x.id}/resources`, { additions: v.additions }), done: onClose,
  });
  return <DialogForm wide form={form} title={w.addResource} verb={t.verbs.add} onClose={onClose}><ResourcePicker value={form.v.additions} onChange={(additions) => form.set({ additions })} error={form.at('additions')} has={has} /></DialogForm>;
}
