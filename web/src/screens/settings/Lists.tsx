/* Configuration lists: choices of drop-downs, shared with teams. Taking something away says first which request types use it. */
import { type KeyboardEvent, useState } from 'react';
import { ApiProblem, api } from '../../api/client';
import { refresh, useGet, useList } from '../../api/hooks';
import type { ConfigList, ConfigListItem, ResourceItem, Team } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { Combo, RadioGroup, Select, TextField } from '../../ui/Field';
import { IconCatalogue, IconDelete, IconEdit } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Loaded, Problem, Skeleton } from '../../ui/Page';
import { TeamTile, Tile } from '../../ui/People';
import { DialogForm, PageForm, Switch, useDo, useForm } from './form';
import { Head, Item, Master, Section } from './Master';
import { GOVERN, withSearch } from './shared';

const touches = ['/config-lists', '/request-types', '/catalogue', '/teams'];

export default function Lists({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.lists;
  const [s, set] = useSearch({ q: '', new: '' });
  const list = useList<ConfigList>('/config-lists', { limit: 200 });
  const may = me.may(GOVERN);
  const lines = list.rows.filter((x) => fits(x.name, s.q)).map((x) => ({ id: x.id, href: withSearch(paths.settings('lists', x.id)), name: x.name, lead: <IconCatalogue className="i" size={16} aria-hidden />, sub: x.teams.map((y) => y.name).join(', ') || w.notShared, end: x.itemCount }));
  return (
    <>
      <Master title={t.nav.lists} about={w.about} of={list} lines={lines} id={params.id} back={withSearch(paths.settings('lists'))} filtered={Boolean(s.q)} empty={{ title: w.empty, text: w.emptyText }}
        search={list.rows.length > 8 || s.q ? { label: w.search, value: s.q, onChange: (q) => set({ q }) } : undefined} create={may ? { name: w.create, run: () => set({ new: 'yes' }) } : undefined}>
        {(id) => <One id={id} may={may} />}
      </Master>
      {s.new && <NewList onClose={() => set({ new: null })} />}
    </>
  );
}
function NewList({ onClose }: { onClose: () => void }) {
  const w = t.admin.lists;
  const teams = useList<Team>('/teams', { limit: 200 });
  const form = useForm({
    keep: 'list.new', from: { name: '', listType: 'CUSTOM' as ConfigList['listType'], resourceType: 'groups' as 'groups' | 'applications', team: '' }, touches,
    check: (v) => ({ name: !v.name.trim() && t.types.problem.noName }),
    send: async (v) => {
      const made = await api.post<ConfigList>('/config-lists', { name: v.name.trim(), listType: v.listType, ...(v.listType === 'RESOURCE' ? { resourceType: v.resourceType } : {}) });
      if (v.team) await api.put(`/config-lists/${made.id}/teams/${v.team}`);
      return made;
    },
    done: (made) => navigate(paths.settings('lists', (made as ConfigList).id)),
  });
  return (
    <DialogForm form={form} title={w.create} verb={w.createVerb} onClose={onClose}>
      <TextField label={w.name} autoFocus placeholder={w.nameExample} {...form.text('name')} />
      <RadioGroup down label={w.type} value={form.v.listType} onChange={(x) => form.set({ listType: x as ConfigList['listType'] })} choices={(['CUSTOM', 'RESOURCE'] as const).map((x) => ({ id: x, name: w.types[x][0], detail: w.types[x][1] }))} />
      {form.v.listType === 'RESOURCE' && <Select label={w.resourceType} value={form.v.resourceType} onChange={(x) => form.set({ resourceType: x as 'groups' | 'applications' })} choices={[{ id: 'groups', name: t.nav.groups }, { id: 'applications', name: t.nav.applications }]} error={form.at('resourceType')} />}
      <Select label={w.firstTeam} optional value={form.v.team} onChange={(team) => form.set({ team })} choices={[{ id: '', name: w.later }, ...teams.rows.map((x) => ({ id: x.id, name: x.name, lead: <TeamTile icon={x.icon} colour={x.colour} size="xs" /> }))]} />
    </DialogForm>
  );
}
function One({ id, may }: { id: string; may: boolean }) {
  const list = useGet<ConfigList>(`/config-lists/${id}`);
  return <Loaded of={list}>{(x) => <Body key={x.id} list={x} may={may} />}</Loaded>;
}
/** DELETE that the server answers with 409 and the types that use the object, until the person confirms */
async function removeAsking(path: string, title: string, used: string[]): Promise<boolean> {
  const w = t.admin.lists;
  const say = (names: string[]) => (names.length ? <><p className="soft">{w.usedBody(names.length)}</p><ul className="dots">{names.map((n) => <li key={n}><b>{n}</b></li>)}</ul></> : <p className="soft">{w.unusedBody}</p>);
  if (!(await ask({ title, body: say(used), verb: t.verbs.remove, safe: t.verbs.keep, destroy: true }))) return false;
  try {
    await api.del(path, used.length ? { confirm: true } : undefined);
  } catch (e) {
    if (!(e instanceof ApiProblem) || e.kind !== 'conflict') throw e;
    if (!(await ask({ title, body: <>{e.sentences.filter(Boolean).map((x) => <p key={x} className="soft">{x}</p>)}</>, verb: w.removeAnyway, safe: t.verbs.keep, destroy: true }))) return false;
    await api.del(path, { confirm: true });
  }
  await refresh(...touches);
  return true;
}
function Body({ list: x, may }: { list: ConfigList; may: boolean }) {
  const w = t.admin.lists;
  const act = useDo();
  const used = x.usedBy.map((y) => y.name);
  const teams = useList<Team>('/teams', { limit: 200, enabled: may });
  const form = useForm({
    keep: `list.${x.id}`, from: { name: x.name }, touches, check: (v) => ({ name: !v.name.trim() && t.types.problem.noName }),
    send: (v) => api.patch(`/config-lists/${x.id}`, { version: x.version, name: v.name.trim() }),
  });
  const has = new Set(x.teams.map((y) => y.id));
  const share = async (team: Team, on: boolean): Promise<void> => {
    await (on ? api.put(`/config-lists/${x.id}/teams/${team.id}`) : api.del(`/config-lists/${x.id}/teams/${team.id}`));
    await refresh(...touches);
  };
  const remove = (): Promise<boolean> => act.run('delete', async () => {
    if (await removeAsking(`/config-lists/${x.id}`, w.deleteTitle(x.name), used)) navigate(paths.settings('lists'));
  });
  return (
    <>
      <Head lead={<Tile icon={IconCatalogue} size="lg" />} title={x.name} sub={<span>{x.listType === 'RESOURCE' ? w.resourceList(x.resourceType === 'applications' ? t.nav.applications : t.nav.groups) : w.customList}</span>}>
        {may && <Menu label={t.verbs.more} entries={[{ id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void remove() }]} />}
      </Head>
      {act.error && <Problem error={act.error} />}
      <Items list={x} used={used} />
      {may && (
        <Section title={w.sharedWith} about={w.sharedAbout}>
          {teams.isPending ? <Skeleton rows={2} /> : (
            <ul className="items">
              {teams.rows.filter((y) => y.status === 'ACTIVE' || has.has(y.id)).map((y) => (
                <Item key={y.id} lead={<TeamTile icon={y.icon} colour={y.colour} />} name={<Link href={paths.team(y.id, 'access')}>{y.name}</Link>}>
                  <Switch label={y.name} on={has.has(y.id)} words={[t.admin.access.may, t.admin.access.mayNot]} send={(on) => share(y, on)}
                    confirm={async (on) => on || ask({ title: t.admin.access.takeTitle(y.name, x.name), body: used.length ? <><p className="soft">{w.usedBody(used.length)}</p><ul className="dots">{used.map((n) => <li key={n}><b>{n}</b></li>)}</ul></> : t.admin.access.takeBody, verb: t.admin.access.take, safe: t.admin.access.keep, destroy: true })} />
                </Item>
              ))}
            </ul>
          )}
        </Section>
      )}
      <Section title={w.usedBy} count={used.length}>
        {used.length ? <ul className="items">{x.usedBy.map((y) => <Item key={y.id} name={<Link href={paths.requestType(y.id)}>{y.name}</Link>} />)}</ul> : <p className="muted">{w.unused}</p>}
      </Section>
      {may && <Section title={w.rename}><PageForm form={form} label={w.rename}><TextField label={w.name} {...form.text('name')} /></PageForm></Section>}
    </>
  );
}
function Items({ list: x, used }: { list: ConfigList; used: string[] }) {
  const w = t.admin.lists;
  const items = useList<ConfigListItem>(`/config-lists/${x.id}/items`, { query: { status: 'ALL' }, limit: 200 });
  const act = useDo();
  const [editing, setEditing] = useState<ConfigListItem | null>(null);
  const form = useForm({
    keep: `list.item.${x.id}`, from: { name: '', description: '', resourceId: '' }, touches,
    check: (v) => ({ name: x.listType === 'CUSTOM' && !v.name.trim() && w.noItem, resourceId: x.listType === 'RESOURCE' && !v.resourceId && w.noItem }),
    send: (v) => api.post(`/config-lists/${x.id}/items`, x.listType === 'RESOURCE' ? { resourceId: v.resourceId } : { name: v.name.trim(), ...(v.description.trim() ? { description: v.description.trim() } : {}) }),
    done: () => form.box.current?.querySelector('input')?.focus(),
  });
  const enter = (e: KeyboardEvent): void => { if (e.key === 'Enter') { e.preventDefault(); void form.save(); } };
  const remove = (item: ConfigListItem): Promise<boolean> => act.run(item.id, () => removeAsking(`/config-lists/${x.id}/items/${item.id}`, w.removeTitle(item.name), used));
  return (
    <Section title={w.items} count={items.rows.filter((i) => i.status === 'ACTIVE').length}>
      {items.isPending ? <Skeleton rows={3} lines /> : items.error && !items.rows.length ? <Problem error={items.error} retry={items.retry} /> : items.rows.length === 0 ? <p className="muted">{w.noItems}</p> : (
        <ul className="items">
          {items.rows.map((i) => (
            <Item key={i.id} name={<>{i.name}{i.status === 'ARCHIVED' && <span className="muted"> · {w.archived}</span>}</>} sub={i.description}>
              {x.listType === 'CUSTOM' && i.status === 'ACTIVE' && <IconButton icon={IconEdit} label={`${t.verbs.edit}: ${i.name}`} onPress={() => setEditing(i)} />}
              {i.status === 'ARCHIVED' && <Button size="dense" look="quiet" pending={act.busy === i.id} onPress={() => void act.run(i.id, async () => { await api.patch(`/config-lists/${x.id}/items/${i.id}`, { version: i.version, status: 'ACTIVE' }); await refresh(...touches); })}>{w.restore}</Button>}
              {i.status === 'ACTIVE' && <IconButton icon={IconDelete} label={`${t.verbs.remove}: ${i.name}`} pending={act.busy === i.id} onPress={() => void remove(i)} />}
            </Item>
          ))}
        </ul>
      )}
      {act.error && <Problem error={act.error} />}
      <form ref={form.box} className={`inline-add ${x.listType === 'CUSTOM' ? 'three' : ''}`} onSubmit={(e) => { e.preventDefault(); void form.save(); }} noValidate aria-label={w.addItem}>
        {x.listType === 'CUSTOM' ? (
          <>
            <TextField label={w.newItem} maxLength={280} onKeyDown={enter} {...form.text('name')} />
            <TextField label={w.itemDescription} optional maxLength={280} onKeyDown={enter} {...form.text('description')} />
          </>
        ) : <ResourcePick type={x.resourceType ?? 'groups'} value={form.v.resourceId} name={form.v.name} onChange={(resourceId, name) => form.set({ resourceId, name })} error={form.at('resourceId')} exclude={items.rows.flatMap((i) => (i.resourceId && i.status === 'ACTIVE' ? [i.resourceId] : []))} />}
        <Button type="submit" pending={form.pending}>{w.addItem}</Button>
      </form>
      {form.error && !form.at('name') && !form.at('description') && !form.at('resourceId') && <Problem error={form.error} />}
      {editing && <EditItem list={x} item={editing} onClose={() => setEditing(null)} />}
    </Section>
  );
}
function ResourcePick({ type, value, name, onChange, error, exclude }: { type: 'groups' | 'applications'; value: string; name: string; onChange: (id: string, name: string) => void; error?: string; exclude: string[] }) {
  const [text, setText] = useState('');
  const found = useList<ResourceItem>(`/resource-types/${type}/items`, { query: text && text !== name ? { q: text } : {}, limit: 20, keep: true });
  return <Combo label={type === 'groups' ? t.nav.groups : t.nav.applications} value={value || null} name={name} onType={setText} loading={found.isFetching} error={error} onChange={(id, c) => onChange(id ?? '', c?.name ?? '')} choices={found.rows.filter((r) => !exclude.includes(r.id)).map((r) => ({ id: r.id, name: r.name, detail: r.description }))} />;
}
function EditItem({ list, item, onClose }: { list: ConfigList; item: ConfigListItem; onClose: () => void }) {
  const w = t.admin.lists;
  const form = useForm({
    from: { name: item.name, description: item.description }, touches, check: (v) => ({ name: !v.name.trim() && w.noItem }),
    send: (v) => api.patch(`/config-lists/${list.id}/items/${item.id}`, { version: item.version, name: v.name.trim(), description: v.description.trim() }), done: onClose,
  });
  return (
    <DialogForm form={form} title={w.editItem(item.name)} verb={t.verbs.save} onClose={onClose}>
      <TextField label={w.itemName} autoFocus maxLength={280} {...form.text('name')} />
      <TextField label={w.itemDescription} optional maxLength={280} {...form.text('description')} />
      <p className="hint meta">{w.running}</p>
    </DialogForm>
  );
}
