/* All tables: the same folders as the flows at the left, the tables of one at the right. */
import { useMemo, useState } from 'react';
import { type ApiProblem, apiUrl } from '../../api/client';
import { useList } from '../../api/hooks';
import type { DataTable } from '../../api/types';
import { paths } from '../../app/paths';
import { hrefWith, Link, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { flatTree, folderTree } from '../../logic/flowTree';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { SearchField, Select } from '../../ui/Field';
import { IconAdd, IconDelete, IconDownload, IconEdit, IconFolder, IconMove, IconTable, IconUpload } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Bar, Empty, Problem, Skeleton } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { type Column, type Sort, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { folderChoices, useFolders } from './FlowDialogs';
import { deleteTable, ImportCsvDialog, MoveTableDialog, NewTableDialog, RenameTableDialog } from './TableDialogs';
import './flows.css';

type Open = { kind: 'rename' | 'move' | 'import'; table: DataTable };

export default function Tables() {
  const me = useMe();
  const w = t.tables;
  const [s, set] = useSearch({ folder: '', q: '', sort: 'name', order: 'asc', new: '' });
  const folders = useFolders();
  const list = useList<DataTable>('/tables', { query: { folderId: s.folder, q: s.q.trim() }, limit: 100, keep: true });
  const [open, setOpen] = useState<Open | null>(null);
  const [refused, setRefused] = useState<ApiProblem | null>(null);
  const edit = me.may('reeve.tables.edit');
  const all = useMemo(() => folders.data?.data ?? [], [folders.data]);
  const nodes = useMemo(() => flatTree(folderTree(all)), [all]);
  const here = all.find((f) => f.id === s.folder) ?? null;
  const sort: Sort = { by: s.sort, order: s.order === 'desc' ? 'desc' : 'asc' };
  const by = (a: DataTable, b: DataTable): number => (sort.by === 'rows' ? a.rowCount - b.rowCount : sort.by === 'changed' ? a.lastUpdated.localeCompare(b.lastUpdated) : a.name.localeCompare(b.name));
  const rows = [...list.rows].sort((a, b) => by(a, b) * (sort.order === 'asc' ? 1 : -1));
  useShortcuts([{ keys: 'n', name: w.new, run: () => set({ new: 'yes' }) }], edit);
  const columns: Column<DataTable>[] = [
    { id: 'name', name: w.name, sortable: true, wrap: true, cell: (x) => <Link className="flow-name" href={paths.table(x.id)}><Tile icon={IconTable} size="sm" /><span>{x.name}{x.sample && <span className="muted"> · {t.flows.list.sample}</span>}{(!s.folder || s.folder !== x.folderId) && <span className="flow-folder">{x.folderPath}</span>}</span></Link> },
    { id: 'columns', name: w.columns, wrap: true, cell: (x) => <span className="soft table-columns">{x.columns.map((c) => c.name).join(', ')}</span> },
    { id: 'rows', name: w.rows, sortable: true, num: true, cell: (x) => x.rowCount.toLocaleString() },
    { id: 'changed', name: w.changed, sortable: true, cell: (x) => <Time at={x.lastUpdated} /> },
    {
      id: 'menu', name: w.actions(''), hideHead: true, num: true, cell: (x) => (
        <Menu label={w.actions(x.name)} entries={[
          { id: 'export', name: w.export, icon: IconDownload, run: () => location.assign(apiUrl(`/tables/${x.id}/export`)) },
          edit && { id: 'import', name: w.import, icon: IconUpload, run: () => setOpen({ kind: 'import', table: x }) },
          edit && { id: 'rename', name: w.rename, icon: IconEdit, run: () => setOpen({ kind: 'rename', table: x }) },
          edit && { id: 'move', name: w.move, icon: IconMove, run: () => setOpen({ kind: 'move', table: x }) },
          edit && 'line',
          edit && { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void deleteTable(x).catch(setRefused) },
        ]} />
      ),
    },
  ];
  const content = (): React.ReactNode => {
    if (list.isPending || folders.isPending) return <Skeleton rows={4} />;
    if (list.error && !list.rows.length) return <Problem page error={list.error} retry={list.retry} />;
    const make = edit ? <Button look={here ? undefined : 'primary'} icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.new}</Button> : undefined;
    if (!rows.length && s.q) return <Empty title={w.noMatch} action={<Button onPress={() => set({ q: null })}>{w.clear}</Button>} />;
    if (!rows.length && here) return <Empty title={w.emptyFolder} action={make}>{w.emptyText}</Empty>;
    if (!rows.length) return <Empty title={w.empty} action={make}>{w.emptyText}</Empty>;
    return <div className="flow-table"><Table label={here?.name ?? w.title} rows={rows} columns={columns} rowKey={(x) => x.id} sort={sort} onSort={(x) => set({ sort: x.by, order: x.order })} more={{ has: list.hasMore, loading: list.isLoadingMore, load: list.more }} /></div>;
  };
  return (
    <>
      <Bar title={w.title}>{edit && <Button look="primary" size="dense" icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.new}</Button>}</Bar>
      <div className="split folders">
        <nav className="side tree" aria-label={w.folders}>
          <ul>
            <li><Link className="fold" href={hrefWith({ folder: null })} aria-current={s.folder === '' ? 'page' : undefined}><IconTable className="i" size={16} aria-hidden /><span className="grow cut">{w.all}</span></Link></li>
            {nodes.map(({ folder: f, depth }) => (
              <li key={f.id} className={`depth-${Math.min(depth, 5)}`}><Link className="fold" href={hrefWith({ folder: f.id })} aria-current={s.folder === f.id ? 'page' : undefined} title={f.path}><IconFolder className="i" size={16} aria-hidden /><span className="grow cut">{f.name}</span></Link></li>
            ))}
          </ul>
        </nav>
        <div className="pane">
          <div className="row wrap list-tools">
            {all.length > 0 && <div className="only-narrow tool-select"><Select hideLabel label={w.folder} value={s.folder} onChange={(folder) => set({ folder })} choices={[{ id: '', name: w.all }, ...folderChoices(all)]} /></div>}
            <div className="tool-search"><SearchField label={w.search} value={s.q} onChange={(q) => set({ q })} /></div>
          </div>
          {refused && <div className="flow-refused"><Problem error={refused} /></div>}
          {content()}
        </div>
      </div>
      {s.new && folders.data && <NewTableDialog folders={all} folderId={s.folder || null} onClose={() => set({ new: null })} />}
      {open?.kind === 'rename' && <RenameTableDialog table={open.table} onClose={() => setOpen(null)} />}
      {open?.kind === 'move' && <MoveTableDialog table={open.table} folders={all} onClose={() => setOpen(null)} />}
      {open?.kind === 'import' && <ImportCsvDialog table={open.table} first={null} onClose={() => setOpen(null)} />}
    </>
  );
}
