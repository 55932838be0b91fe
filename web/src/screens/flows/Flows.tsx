/* All flows: folders at the left, the flows of one at the right. Switching on and off happens here too. */
import { type DragEvent, useMemo, useState } from 'react';
import { type ApiProblem, api, apiUrl } from '../../api/client';
import { refresh, useList } from '../../api/hooks';
import type { Flow, FlowKind, FlowRow, Folder } from '../../api/types';
import { paths } from '../../app/paths';
import { hrefWith, Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { type FolderNode, flatTree, folderTree, subtree } from '../../logic/flowTree';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { SearchField, Select, Toggle } from '../../ui/Field';
import { IconConnection, IconAdd, IconCopy, IconDelete, IconDownload, IconEdit, IconFlow, IconFolder, IconHistory, IconMove, IconNewFolder, IconUpload } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Bar, Empty, Problem, Skeleton } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { RunState, State } from '../../ui/State';
import { type Column, type Sort, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { deleteFlow, deleteFolder, FolderDialog, folderChoices, ImportDialog, MoveDialog, NewFlowDialog, RenameDialog, useFolders } from './FlowDialogs';
import { kindIcon } from './icons';
import { NeedsDialog } from './NeedsDialog';
import './flows.css';

type Open =
  | { kind: 'needs'; folder: Folder }
  | { kind: 'rename' | 'move'; flow: FlowRow }
  | { kind: 'renameFolder' | 'moveFolder'; folder: Folder }
  | { kind: 'newFolder'; parent: Folder | null }
  | { kind: 'import'; file: File | null };

export default function Flows() {
  const me = useMe();
  const w = t.flows.list;
  const [s, set] = useSearch({ folder: '', q: '', kind: '', on: '', sort: 'name', order: 'asc', new: '' });
  const folders = useFolders();
  const list = useList<FlowRow>('/flows', { query: { folderId: s.folder, q: s.q.trim(), kind: s.kind, enabled: s.on }, limit: 100 });
  const [open, setOpen] = useState<Open | null>(null);
  const [refused, setRefused] = useState<{ name: string; id: string; error: ApiProblem } | null>(null);
  const [over, setOver] = useState(false);
  const edit = me.may('reeve.flows.edit');
  const manage = me.may('reeve.folders.manage');
  const all = useMemo(() => folders.data?.data ?? [], [folders.data]);
  const tree = useMemo(() => folderTree(all), [all]);
  const here = all.find((f) => f.id === s.folder) ?? null;
  const sort: Sort = { by: s.sort, order: s.order === 'desc' ? 'desc' : 'asc' };
  const value = (r: FlowRow): string => (sort.by === 'run' ? (r.lastRun?.startedAt ?? '') : sort.by === 'changed' ? r.lastUpdated : sort.by === 'kind' ? (t.flows.kinds[r.kind] ?? '') : sort.by === 'folder' ? r.folderPath : r.name);
  const rows = [...list.rows].sort((a, b) => value(a).localeCompare(value(b)) * (sort.order === 'asc' ? 1 : -1));
  const filtered = Boolean(s.q || s.kind || s.on);

  const turn = async (r: FlowRow, on: boolean): Promise<void> => {
    setRefused(null);
    try {
      await api.post(`/flows/${r.id}/${on ? 'activate' : 'deactivate'}`, {});
      await refresh('/flows');
      toast(on ? w.switchedOn(r.name) : w.switchedOff(r.name));
    } catch (e) {
      setRefused({ name: r.name, id: r.id, error: e as ApiProblem });
    }
  };
  const copy = async (r: FlowRow): Promise<void> => {
    await api.post<Flow>(`/flows/${r.id}/duplicate`, {});
    await refresh('/flows', '/folders');
    toast(w.duplicated(r.name));
  };
  const caught = (r: { id: string; name: string }) => (e: ApiProblem): void => setRefused({ name: r.name, id: r.id, error: e });
  useShortcuts([{ keys: 'n', name: w.newFlow, run: () => set({ new: 'yes' }) }], edit);

  const columns: Column<FlowRow>[] = [
    { id: 'name', name: w.name, sortable: true, wrap: true, cell: (r) => <Link className="flow-name" href={paths.flow(r.id)}><Tile icon={kindIcon[r.kind]} size="sm" /><span>{r.name}{r.sample && <span className="muted"> · {w.sample}</span>}{(!s.folder || s.folder !== r.folderId) && <span className="flow-folder">{r.folderPath}</span>}</span></Link> },
    { id: 'kind', name: w.kind, sortable: true, cell: (r) => <span className="soft">{t.flows.kinds[r.kind]}{r.nextRunAt && <span className="flow-folder">{t.triggers.next}: <Time plain due at={r.nextRunAt} /></span>}</span> },
    { id: 'run', name: w.lastRun, sortable: true, cell: (r) => (r.lastRun ? <Link className="run-link" href={paths.run(r.id, r.lastRun.id)}><RunState status={r.lastRun.status} /><span className="muted"><Time plain at={r.lastRun.startedAt} /></span></Link> : <span className="muted">{w.never}</span>) },
    { id: 'changed', name: w.changed, sortable: true, cell: (r) => <Time at={r.lastUpdated} /> },
    { id: 'on', name: w.onOff, cell: (r) => (edit ? <Toggle label={w.switchOn(r.name)} checked={r.enabled} onChange={(x) => void turn(r, x)} /> : <State tone={r.enabled ? 'ok' : 'quiet'}>{r.enabled ? w.onlyOn : w.onlyOff}</State>) },
    {
      id: 'menu', name: w.actions(''), hideHead: true, num: true, cell: (r) => (
        <Menu label={w.actions(r.name)} entries={[
          { id: 'runs', name: w.runs, icon: IconHistory, href: paths.runs(r.id) },
          { id: 'export', name: w.export, icon: IconDownload, run: () => location.assign(apiUrl(`/flows/${r.id}/export`)) },
          edit && { id: 'rename', name: w.rename, icon: IconEdit, run: () => setOpen({ kind: 'rename', flow: r }) },
          edit && { id: 'move', name: w.move, icon: IconMove, run: () => setOpen({ kind: 'move', flow: r }) },
          edit && { id: 'copy', name: w.duplicate, icon: IconCopy, run: () => void copy(r).catch(caught(r)) },
          edit && 'line',
          edit && { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void deleteFlow(r).catch(caught(r)) },
        ]} />
      ),
    },
  ];
  const dropped = (e: DragEvent): void => {
    setOver(false);
    const file = e.dataTransfer.files[0];
    if (!file || !edit) return;
    e.preventDefault();
    setOpen({ kind: 'import', file });
  };
  const content = (): React.ReactNode => {
    if (list.isPending || folders.isPending) return <Skeleton rows={6} />;
    const error = list.error ?? folders.error;
    if (error && !list.rows.length) return <Problem page error={error} retry={() => { list.retry(); void folders.refetch(); }} />;
    if (!rows.length && filtered) return <Empty title={w.noMatch} action={<Button onPress={() => set({ q: null, kind: null, on: null })}>{w.clear}</Button>} />;
    if (!rows.length && here) return <Empty title={w.emptyFolder} action={edit ? <Button icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.newFlow}</Button> : undefined}>{w.emptyFolderText}</Empty>;
    if (!rows.length) return <Empty title={w.empty} action={edit ? <span className="row"><Button look="primary" icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.newFlow}</Button><Button icon={IconUpload} onPress={() => setOpen({ kind: 'import', file: null })}>{w.import}</Button></span> : undefined}>{w.emptyText}</Empty>;
    return <div className="flow-table"><Table label={here?.name ?? w.title} rows={rows} columns={columns} rowKey={(r) => r.id} sort={sort} onSort={(x) => set({ sort: x.by, order: x.order })} more={{ has: list.hasMore, loading: list.isLoadingMore, load: list.more }} /></div>;
  };
  return (
    <>
      <Bar title={w.title}>
        {edit && <Button size="dense" icon={IconUpload} onPress={() => setOpen({ kind: 'import', file: null })}>{w.import}</Button>}
        {edit && <Button look="primary" size="dense" icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.newFlow}</Button>}
      </Bar>
      <div className={`split folders ${over ? 'dropping' : ''}`} onDragOver={(e) => { if (edit && [...e.dataTransfer.types].includes('Files')) { e.preventDefault(); setOver(true); } }} onDragLeave={(e) => { if (!e.currentTarget.contains(e.relatedTarget as Node)) setOver(false); }} onDrop={dropped}>
        <nav className="side tree" aria-label={w.folders}>
          <Tree nodes={tree} current={s.folder} manage={manage} edit={edit} flows={list.rows} all={all} onOpen={setOpen} onProblem={(f, e) => setRefused({ name: f.name, id: '', error: e })} />
          {manage && <Button look="quiet" size="dense" icon={IconNewFolder} onPress={() => setOpen({ kind: 'newFolder', parent: null })}>{w.newFolder}</Button>}
        </nav>
        <div className="pane">
          <div className="row wrap list-tools">
            {all.length > 0 && <div className="only-narrow tool-select"><Select hideLabel label={w.folder} value={s.folder} onChange={(folder) => set({ folder })} choices={[{ id: '', name: w.all }, ...folderChoices(all)]} /></div>}
            <div className="tool-search"><SearchField label={w.search} value={s.q} onChange={(q) => set({ q })} /></div>
            <div className="tool-select"><Select hideLabel label={w.kind} value={s.kind} onChange={(kind) => set({ kind })} choices={[{ id: '', name: w.anyKind }, ...(['DELEGATED', 'HELPER', 'SCHEDULED', 'API_ENDPOINT', 'EVENT', 'NONE'] as FlowKind[]).map((k) => ({ id: k, name: t.flows.kinds[k] ?? k, icon: kindIcon[k] }))]} /></div>
            <div className="tool-select"><Select hideLabel label={w.state} value={s.on} onChange={(on) => set({ on })} choices={[{ id: '', name: w.anyState }, { id: 'true', name: w.onlyOn }, { id: 'false', name: w.onlyOff }]} /></div>
          </div>
          {refused && (
            <div className="flow-refused">
              <Problem error={refused.error} />
              {refused.id && refused.error.kind === 'invalid' && <p className="row"><span className="soft">{w.cannotSwitch(refused.name)}.</span><Link href={`${paths.flow(refused.id)}?panel=problems`}>{w.openIt}</Link></p>}
            </div>
          )}
          {content()}
        </div>
      </div>
      {s.new && folders.data && <NewFlowDialog folders={all} folderId={s.folder || null} onClose={() => set({ new: null })} />}
      {open?.kind === 'rename' && <RenameDialog flow={open.flow} onClose={() => setOpen(null)} />}
      {open?.kind === 'move' && <MoveDialog flow={open.flow} folders={all} onClose={() => setOpen(null)} />}
      {open?.kind === 'moveFolder' && <MoveDialog folder={open.folder} folders={all} onClose={() => setOpen(null)} />}
      {open?.kind === 'renameFolder' && <FolderDialog folder={open.folder} onClose={() => setOpen(null)} />}
      {open?.kind === 'newFolder' && <FolderDialog parent={open.parent} onMade={(f) => navigate(hrefWith({ folder: f.id }))} onClose={() => setOpen(null)} />}
      {open?.kind === 'needs' && <NeedsDialog folderId={open.folder.id} onClose={() => setOpen(null)} />}
      {open?.kind === 'import' && <ImportDialog folders={all} folderId={s.folder || null} first={open.file} onClose={() => setOpen(null)} />}
    </>
  );
}
/** The copy is what one goes on with: it is opened. */
async function copyFolder(f: Folder): Promise<void> {
  const made = await api.post<Folder>(`/folders/${f.id}/duplicate`, {});
  await refresh('/flows', '/folders', '/tables');
  toast(t.flows.list.folderDuplicated(f.name));
  navigate(hrefWith({ folder: made.id }));
}
function Tree({ nodes, current, manage, edit, all, onOpen, onProblem }: { nodes: FolderNode[]; current: string; manage: boolean; edit: boolean; flows: FlowRow[]; all: readonly Folder[]; onOpen: (o: Open) => void; onProblem: (f: Folder, e: ApiProblem) => void }) {
  const w = t.flows.list;
  const inside = (f: Folder): number => f.flowCount + subtree(all, f.id).size - 1;
  return (
    <ul>
      <li><Link className="fold" href={hrefWith({ folder: null })} aria-current={current === '' ? 'page' : undefined}><IconFlow className="i" size={16} aria-hidden /><span className="grow cut">{w.all}</span></Link></li>
      {flatTree(nodes).map(({ folder: f, depth }) => (
        <li key={f.id} className={`depth-${Math.min(depth, 5)}`}>
          <Link className="fold" href={hrefWith({ folder: f.id })} aria-current={current === f.id ? 'page' : undefined} title={f.path}><IconFolder className="i" size={16} aria-hidden /><span className="grow cut">{f.name}</span><span className="n">{f.flowCount || ''}</span></Link>
          <Menu label={w.actions(f.name)} entries={[
            manage && { id: 'new', name: w.subfolder, icon: IconNewFolder, run: () => onOpen({ kind: 'newFolder', parent: f }) },
            { id: 'export', name: w.export, icon: IconDownload, run: () => location.assign(apiUrl(`/folders/${f.id}/export`)) },
            edit && { id: 'needs', name: t.flows.needs.entry, icon: IconConnection, run: () => onOpen({ kind: 'needs', folder: f }) },
            manage && { id: 'rename', name: w.rename, icon: IconEdit, run: () => onOpen({ kind: 'renameFolder', folder: f }) },
            manage && { id: 'move', name: w.move, icon: IconMove, run: () => onOpen({ kind: 'moveFolder', folder: f }) },
            manage && edit && { id: 'copy', name: w.duplicate, icon: IconCopy, run: () => void copyFolder(f).catch((e: ApiProblem) => onProblem(f, e)) },
            edit && manage && 'line',
            manage && { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void deleteFolder(f, inside(f)).then((gone) => { if (gone && current === f.id) navigate(hrefWith({ folder: null })); }).catch((e: ApiProblem) => onProblem(f, e)) },
          ]} />
        </li>
      ))}
    </ul>
  );
}
