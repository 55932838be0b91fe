/* One table as a grid. Arrows move, Enter edits and saves, Escape leaves a cell as it was. A cell shows what the server has
   answered, never a guess. Sort, filter and hidden columns live in the address. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type DragEvent, type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type ApiProblem, api, apiUrl } from '../../api/client';
import { refresh, useGet, useList, useSend } from '../../api/hooks';
import type { CellValue, DataRow, DataTable, TableColumn } from '../../api/types';
import { paths } from '../../app/paths';
import { navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { Checkbox, SearchField, Select, TextArea, TextField } from '../../ui/Field';
import { IconAdd, IconClose, IconDelete, IconDown, IconDownload, IconEdit, IconFilter, IconHidden, IconLeft, IconMore, IconRight, IconTable, IconUp, IconUpload } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Bar, Empty, Loaded, Problem, Skeleton } from '../../ui/Page';
import { Pin } from '../../ui/State';
import { Time } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { Button as AriaButton } from 'react-aria-components';
import { type Condition, conditionsOf, filterOf, fromInput, inputOf, showCell, widthOf } from '../../logic/tables';
import { deleteTable, ImportCsvDialog, RenameTableDialog, typeChoices } from './TableDialogs';
import './flows.css';
import './tables.css';

type Col = TableColumn & { id: string };
const safely = (p: Promise<unknown>): void => void p.catch(() => undefined);

export default function TableGrid({ params }: { params: { id: string } }) {
  const table = useGet<DataTable>(`/tables/${params.id}`);
  return <Loaded of={table} skeleton={<><Bar title={t.tables.title} back={{ href: paths.tables, name: t.tables.back }} /><div className="pane"><Skeleton rows={8} /></div></>}>{(x) => <Grid key={x.id} table={x} />}</Loaded>;
}

function Grid({ table }: { table: DataTable }) {
  const me = useMe();
  const w = t.tables;
  const edit = me.may('reeve.tables.edit');
  const [s, set] = useSearch({ q: '', sort: '', order: 'asc', filter: '', hide: '' });
  const conditions = useMemo(() => conditionsOf(s.filter), [s.filter]);
  const hidden = useMemo(() => new Set(s.hide.split(',').filter(Boolean)), [s.hide]);
  const columns = table.columns.filter((c) => !hidden.has(c.id));
  const sorted = table.columns.find((c) => c.id === s.sort);
  const query = { q: s.q.trim(), filter: filterOf(conditions, table.columns), sortBy: sorted?.name ?? '', sortOrder: sorted ? s.order : '' };
  const list = useList<DataRow>(`/tables/${table.id}/rows`, { query, limit: 100, keep: true });
  const [fresh, setFresh] = useState<Map<string, DataRow>>(new Map()); // as the server answered last
  const [added, setAdded] = useState<string[]>([]);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<'filter' | 'row' | 'column' | 'rename' | 'import' | null>(null);
  const [column, setColumn] = useState<Col | null>(null);
  const [row, setRow] = useState<DataRow | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [over, setOver] = useState(false);
  const listed = useMemo(() => new Set(list.rows.map((r) => r.id)), [list.rows]);
  const rows = useMemo(() => {
    const newer = (r: DataRow): DataRow => { const f = fresh.get(r.id); return f && f.version >= r.version ? f : r; };
    return [...list.rows.map(newer), ...added.filter((id) => !listed.has(id)).map((id) => fresh.get(id)).filter((r): r is DataRow => r !== undefined)].filter((r) => !gone.has(r.id));
  }, [list.rows, listed, fresh, added, gone]);
  const took = (r: DataRow): void => setFresh((m) => new Map(m).set(r.id, r));
  const filtered = Boolean(s.q.trim() || conditions.length);
  const counted = (): Promise<unknown> => refresh(`/tables/${table.id}`, '/tables');

  const saveColumns = useSend((next: TableColumn[]) => api.patch(`/tables/${table.id}`, { version: table.version, columns: next }), [`/tables/${table.id}`, '/tables']);
  const put = (next: TableColumn[]): void => { setProblem(null); saveColumns.mutateAsync(next).catch(setProblem); };
  const move = (c: Col, by: number): void => {
    const next = [...table.columns];
    const from = next.indexOf(c);
    next.splice(from + by, 0, ...next.splice(from, 1));
    put(next);
  };
  const dropColumn = async (c: Col): Promise<void> => {
    if (await ask({ title: w.column.deleteTitle(c.name), body: w.column.deleteBody, verb: w.column.deleteVerb, safe: t.verbs.keep, destroy: true })) put(table.columns.filter((x) => x.id !== c.id));
  };
  const dropRows = async (ids: string[]): Promise<void> => {
    if (!(await ask({ title: w.row.deleteTitle(ids.length), body: w.row.deleteBody, verb: w.row.deleteVerb, safe: t.verbs.keep, destroy: true }))) return;
    for (let i = 0; i < ids.length; i += 100) await api.del(`/tables/${table.id}/rows`, { ids: ids.slice(i, i + 100).join(',') });
    setGone(new Set([...gone, ...ids]));
    setChosen(new Set());
    toast(w.row.deleted(ids.length));
    await counted();
  };
  const clear = async (): Promise<void> => {
    if (!(await ask({ title: w.row.clearTitle(table.rowCount), body: w.row.clearBody, verb: w.row.clearVerb, safe: t.verbs.keep, destroy: true }))) return;
    await api.del(`/tables/${table.id}/rows`);
    setAdded([]);
    setChosen(new Set());
    toast(w.row.cleared);
    await counted();
  };
  const addedRow = (r: DataRow): void => {
    took(r);
    setAdded((x) => [...x, r.id]);
    toast(w.row.added);
    safely(counted());
  };
  const dropped = (e: DragEvent): void => {
    setOver(false);
    const f = e.dataTransfer.files[0];
    if (!f || !edit) return;
    e.preventDefault();
    setFile(f);
    setOpen('import');
  };
  const columnMenu = (c: Col): React.ComponentProps<typeof Menu>['entries'] => {
    const i = table.columns.indexOf(c);
    return [
      { id: 'asc', name: w.column.asc, icon: IconUp, checked: s.sort === c.id && s.order === 'asc', run: () => set({ sort: c.id, order: 'asc' }) },
      { id: 'desc', name: w.column.desc, icon: IconDown, checked: s.sort === c.id && s.order === 'desc', run: () => set({ sort: c.id, order: 'desc' }) },
      s.sort === c.id && { id: 'no', name: w.column.unsort, icon: IconClose, run: () => set({ sort: null, order: null }) },
      { id: 'hide', name: w.column.hide, icon: IconHidden, disabled: columns.length === 1, run: () => set({ hide: [...hidden, c.id].join(',') }) },
      edit && 'line',
      edit && { id: 'change', name: w.column.change, icon: IconEdit, run: () => { setColumn(c); setOpen('column'); } },
      edit && { id: 'left', name: w.column.left, icon: IconLeft, disabled: i === 0, run: () => move(c, -1) },
      edit && { id: 'right', name: w.column.right, icon: IconRight, disabled: i === table.columns.length - 1, run: () => move(c, 1) },
      edit && 'line',
      edit && { id: 'delete', name: w.column.delete, icon: IconDelete, danger: true, run: () => safely(dropColumn(c)) },
    ];
  };
  const addRow = (): void => { setRow(null); setOpen('row'); };
  const newColumn = (): void => { setColumn(null); setOpen('column'); };
  const body = (): React.ReactNode => {
    if (!table.columns.length) return <Empty title={w.column.noColumns} action={edit ? <Button look="primary" icon={IconAdd} onPress={newColumn}>{w.column.add}</Button> : undefined}>{w.column.noColumnsText}</Empty>;
    if (list.isPending) return <Skeleton rows={8} />;
    if (list.error && !rows.length) return <Problem page error={list.error} retry={list.retry} />;
    if (!rows.length && filtered) return <Empty title={w.row.noMatch} action={<Button onPress={() => set({ q: null, filter: null })}>{w.clear}</Button>} />;
    if (!rows.length) return <Empty title={w.row.empty} action={edit ? <span className="row"><Button look="primary" icon={IconAdd} onPress={addRow}>{w.row.add}</Button><Button icon={IconUpload} onPress={() => { setFile(null); setOpen('import'); }}>{w.import}</Button></span> : undefined}>{w.row.emptyText}</Empty>;
    return <Cells table={table} columns={columns} rows={rows} edit={edit} chosen={chosen} onChosen={setChosen} onTook={took} menu={columnMenu} sort={{ by: s.sort, order: s.order }} onOpen={(r) => { setRow(r); setOpen('row'); }} more={list} />;
  };
  return (
    <>
      <Bar title={table.name} back={{ href: paths.tables, name: w.back }} after={<span className="muted table-count only-wide">{w.count(table.rowCount)}</span>}>
        {edit && table.columns.length > 0 && <Button look="primary" size="dense" icon={IconAdd} onPress={addRow}>{w.row.add}</Button>}
        <Menu label={w.actions(table.name)} entries={[
          { id: 'export', name: w.export, icon: IconDownload, run: () => location.assign(apiUrl(`/tables/${table.id}/export`, { ...query, columns: hidden.size ? columns.filter((c) => !c.name.includes(',')).map((c) => c.name).join(',') : '' })) },
          edit && { id: 'import', name: w.import, icon: IconUpload, run: () => { setFile(null); setOpen('import'); } },
          edit && { id: 'column', name: w.column.add, icon: IconAdd, run: newColumn },
          edit && { id: 'rename', name: w.rename, icon: IconEdit, run: () => setOpen('rename') },
          edit && 'line',
          edit && table.rowCount > 0 && { id: 'clear', name: w.row.clear, icon: IconDelete, danger: true, run: () => safely(clear()) },
          edit && { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void deleteTable(table).then((yes) => { if (yes) navigate(paths.tables); }).catch(setProblem) },
        ]} />
      </Bar>
      <div className={`pane table-pane ${over ? 'dropping' : ''}`} onDragOver={(e) => { if (edit && [...e.dataTransfer.types].includes('Files')) { e.preventDefault(); setOver(true); } }} onDragLeave={(e) => { if (!e.currentTarget.contains(e.relatedTarget as Node)) setOver(false); }} onDrop={dropped}>
        {table.columns.length > 0 && (
          <div className="row wrap list-tools">
            {chosen.size > 0 ? (
              <><b>{w.row.chosen(chosen.size)}</b>{edit && <Button size="dense" icon={IconDelete} onPress={() => safely(dropRows([...chosen]))}>{w.row.delete(chosen.size)}</Button>}<Button look="quiet" size="dense" onPress={() => setChosen(new Set())}>{t.verbs.cancel}</Button></>
            ) : (
              <>
                <div className="tool-search"><SearchField label={w.filter.any} value={s.q} onChange={(q) => set({ q })} /></div>
                <Button size="dense" icon={IconFilter} aria-expanded={open === 'filter'} onPress={() => setOpen(open === 'filter' ? null : 'filter')}>{w.filter.n(conditions.length)}</Button>
                <Menu label={w.column.show} placement="bottom start" entries={table.columns.map((c) => ({ id: c.id, name: c.name, checked: !hidden.has(c.id), disabled: !hidden.has(c.id) && columns.length === 1, run: () => set({ hide: (hidden.has(c.id) ? [...hidden].filter((x) => x !== c.id) : [...hidden, c.id]).join(',') }) }))}>
                  <Button size="dense" icon={IconTable}>{hidden.size ? w.column.shown(columns.length, table.columns.length) : w.column.show}</Button>
                </Menu>
                {edit && <Button look="quiet" size="dense" icon={IconAdd} onPress={newColumn}>{w.column.add}</Button>}
              </>
            )}
          </div>
        )}
        {open === 'filter' && !chosen.size && <Conditions table={table} now={conditions} onChange={(c) => set({ filter: c.length ? JSON.stringify(c) : null })} />}
        {problem && <div className="flow-refused"><Problem error={problem} /></div>}
        {body()}
      </div>
      {open === 'row' && <RowDialog table={table} row={row} edit={edit} onDone={(r, made) => (made ? addedRow(r) : took(r))} onClose={() => setOpen(null)} />}
      {open === 'column' && <ColumnDialog table={table} column={column} onClose={() => setOpen(null)} />}
      {open === 'rename' && <RenameTableDialog table={table} onClose={() => setOpen(null)} />}
      {open === 'import' && <ImportCsvDialog table={table} first={file} onClose={() => { setOpen(null); safely(counted()); }} />}
    </>
  );
}

/* ---- cells ---------------------------------------------------------------------------------------------------------- */

const ROW = 36;
interface At { row: number; col: number }
interface CellsProps {
  table: DataTable; columns: Col[]; rows: DataRow[]; edit: boolean; chosen: ReadonlySet<string>; onChosen: (s: ReadonlySet<string>) => void; onTook: (r: DataRow) => void;
  menu: (c: Col) => React.ComponentProps<typeof Menu>['entries']; sort: { by: string; order: string }; onOpen: (r: DataRow) => void;
  more: { hasMore: boolean; isLoadingMore: boolean; more: () => void };
}
function Cells({ table, columns, rows, edit, chosen, onChosen, onTook, menu, sort, onOpen, more }: CellsProps) {
  const w = t.tables;
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<At>({ row: 0, col: 0 });
  const [editing, setEditing] = useState<{ text: string } | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [saving, setSaving] = useState<ReadonlyMap<string, string>>(new Map());
  const v = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 10, scrollMargin: ROW, scrollPaddingStart: ROW });
  const items = v.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => { if (last >= rows.length - 20) more.more(); }, [last, rows.length, more]);
  const shape = { gridTemplateColumns: `44px 56px ${columns.map((c) => `minmax(${widthOf(c.type)}px, ${c.type === 'text' ? '1fr' : `${widthOf(c.type)}px`})`).join(' ')}`, minWidth: 100 + columns.reduce((n, c) => n + widthOf(c.type), 0) };
  const wanted = useRef(false);
  useLayoutEffect(() => {
    const cell = wanted.current && !editing ? box.current?.querySelector<HTMLElement>(`[data-at="${at.row}:${at.col}"]`) : null;
    if (!cell) return;
    wanted.current = false;
    cell.focus();
  });
  const go = (to: At): void => {
    const next = { row: Math.max(0, Math.min(rows.length - 1, to.row)), col: Math.max(0, Math.min(columns.length - 1, to.col)) };
    wanted.current = true;
    setAt({ ...next });
    if (!items.some((it) => it.index === next.row)) v.scrollToIndex(next.row, { align: 'center' });
  };
  // one change of a row after the other, each of the version that the one before made; meanwhile one goes on
  const turns = useRef(new Map<string, Promise<unknown>>());
  const latest = useRef(new Map<string, DataRow>());
  const save = async (value: CellValue, text: string): Promise<void> => {
    const cell = at, r = rows[at.row], c = columns[at.col];
    if (!r || !c || (r.values[c.name] ?? null) === value) return;
    const id = `${r.id} ${c.id}`;
    const patch = async (): Promise<void> => {
      const known = latest.current.get(r.id);
      const now = known && known.version > r.version ? known : r;
      const next = await api.patch<DataRow>(`/tables/${table.id}/rows/${r.id}`, { version: now.version, values: { [c.name]: value } });
      latest.current.set(r.id, next);
      onTook(next);
    };
    setSaving((m) => new Map(m).set(id, showCell(c.type, value, w.cell)));
    const turn = (turns.current.get(r.id) ?? Promise.resolve()).then(patch, patch);
    turns.current.set(r.id, turn);
    try {
      await turn;
    } catch (e) {
      const p = e as ApiProblem;
      setWrong(p.kind === 'conflict' ? w.cell.conflict : p.sentences.join(' ') || (t.problems[p.kind] ?? ['', ''])[0] || p.kind);
      if (p.kind === 'conflict') {
        api.get<DataRow>(`/tables/${table.id}/rows/${r.id}`).then((x) => { latest.current.set(r.id, x); onTook(x); }).catch(() => undefined);
      } else {
        setAt(cell); // nothing typed is lost
        setEditing({ text });
      }
    } finally {
      setSaving((m) => { const rest = new Map(m); rest.delete(id); return rest; });
    }
  };
  const typing = useRef(false);
  useEffect(() => { typing.current = editing !== null; }, [editing]);
  const commit = (to: At | null): void => {
    const c = columns[at.col];
    if (!editing || !c || !typing.current) return; // leaving the field after Enter is not a second change
    const value = fromInput(c.type, editing.text);
    if (value === undefined) return setWrong(c.type === 'number' ? w.cell.number : t.flows.slot.wrong[c.type] ?? '');
    typing.current = false;
    setEditing(null);
    setWrong(null);
    safely(save(value, editing.text));
    if (to) go(to);
  };
  const begin = (text?: string): void => {
    const r = rows[at.row], c = columns[at.col];
    if (!edit || !r || !c) return;
    setWrong(null);
    if (c.type === 'boolean') return safely(save(r.values[c.name] !== true, ''));
    setEditing({ text: text ?? inputOf(c.type, r.values[c.name] ?? null) });
  };
  const key = (e: KeyboardEvent): void => {
    if (editing) return;
    const step: Record<string, At> = {
      ArrowUp: { row: at.row - 1, col: at.col }, ArrowDown: { row: at.row + 1, col: at.col }, ArrowLeft: { row: at.row, col: at.col - 1 }, ArrowRight: { row: at.row, col: at.col + 1 },
      PageUp: { row: at.row - 15, col: at.col }, PageDown: { row: at.row + 15, col: at.col }, Home: { row: e.ctrlKey ? 0 : at.row, col: 0 }, End: { row: e.ctrlKey ? rows.length - 1 : at.row, col: columns.length - 1 },
    };
    const to = step[e.key];
    if (to) { e.preventDefault(); return go(to); }
    const c = columns[at.col];
    if ((e.key === 'c' || e.key === 'C') && (e.ctrlKey || e.metaKey)) { const r = rows[at.row]; if (r && c && !getSelection()?.toString()) void navigator.clipboard?.writeText(inputOf(c.type, r.values[c.name] ?? null)); return; }
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === 'Enter' || e.key === 'F2') { e.preventDefault(); return begin(); }
    if (!edit) return;
    if (e.key === 'Delete' || e.key === 'Backspace') { e.preventDefault(); return safely(save(null, '')); }
    if (e.key === ' ' && c?.type === 'boolean') { e.preventDefault(); return begin(); }
    if (e.key.length === 1 && c && (c.type === 'text' || c.type === 'number')) { e.preventDefault(); begin(e.key); }
  };
  const all = rows.length > 0 && rows.every((r) => chosen.has(r.id));
  const flip = (id: string): void => { const next = new Set(chosen); if (!next.delete(id)) next.add(id); onChosen(next); };
  const describe = edit ? 'grid-hint' : undefined;
  return (
    <>
      {wrong && !editing && <p className="wrong-line grid-said" role="alert">{wrong}</p>}
      <div ref={box} className="grid-box" role="grid" aria-label={table.name} aria-rowcount={table.rowCount + 1} aria-colcount={columns.length + 2} aria-describedby={describe}>
        <div className="gr gr-head" role="row" aria-rowindex={1} style={shape}>
          <span role="columnheader" className="gc pick">{edit ? <Checkbox label={w.row.selectAll} checked={all} mixed={chosen.size > 0 && !all} onChange={(on) => onChosen(new Set(on ? rows.map((r) => r.id) : []))} /> : <span className="vh">{w.row.edit}</span>}</span>
          <span role="columnheader" className="gc no">{w.column.no}</span>
          {columns.map((c) => (
            <span key={c.id} role="columnheader" className="gc" aria-sort={sort.by === c.id ? (sort.order === 'desc' ? 'descending' : 'ascending') : undefined}>
              <Menu label={w.column.menu(c.name)} placement="bottom start" entries={menu(c)}>
                <AriaButton className="col-head"><Pin type={c.type} /><span className="cut">{c.name}</span>{sort.by === c.id && (sort.order === 'desc' ? <IconDown size={12} aria-hidden /> : <IconUp size={12} aria-hidden />)}<IconMore className="i dots" size={14} aria-hidden /></AriaButton>
              </Menu>
            </span>
          ))}
        </div>
        <div className="grid-rows" role="rowgroup" style={{ height: v.getTotalSize() }} onKeyDown={(e) => { if ((e.target as HTMLElement).closest('.cell')) key(e); }}>
          {items.map((it) => {
            const r = rows[it.index] as DataRow;
            return (
              <div key={r.id} className="gr" role="row" aria-rowindex={it.index + 2} aria-selected={chosen.has(r.id)} style={{ ...shape, transform: `translateY(${it.start - ROW}px)` }}>
                <span role="gridcell" className="gc pick">{edit && <Checkbox label={w.row.select(it.index + 1)} checked={chosen.has(r.id)} onChange={() => flip(r.id)} />}</span>
                <span role="gridcell" className="gc no"><button type="button" className="row-no" aria-label={w.row.open(r.id)} title={r.id} onClick={() => onOpen(r)}>{it.index + 1}</button></span>
                {columns.map((c, i) => {
                  const here = at.row === it.index && at.col === i;
                  const value = r.values[c.name] ?? null;
                  const busy = saving.get(`${r.id} ${c.id}`);
                  return (
                    <div key={c.id} role="gridcell" className={`gc cell ${c.type} ${here ? 'here' : ''} ${here && editing ? 'editing' : ''}`} tabIndex={here && !editing ? 0 : -1} data-at={`${it.index}:${i}`} aria-readonly={!edit} aria-busy={busy !== undefined || undefined}
                      onFocus={() => { if (!here && !editing) setAt({ row: it.index, col: i }); }} onDoubleClick={() => { setAt({ row: it.index, col: i }); begin(); }}>
                      {here && editing
                        ? <Editor column={c} label={w.cell.edit(c.name, it.index + 1)} text={editing.text} wrong={wrong} onText={(text) => { setWrong(null); setEditing({ text }); }} onCommit={commit} onCancel={() => { setEditing(null); setWrong(null); go(at); }} at={at} />
                        : <span className="cut">{busy ?? showCell(c.type, value, w.cell)}</span>}
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      {edit && <p className="hint grid-hint" id="grid-hint">{w.cell.hint}</p>}
      {edit && chosen.size > 0 && <span className="vh" role="status">{w.row.chosen(chosen.size)}</span>}
      {more.isLoadingMore && <p className="muted grid-hint" role="status">{t.loading}</p>}
    </>
  );
}
function Editor({ column, label, text, wrong, onText, onCommit, onCancel, at }: { column: Col; label: string; text: string; wrong: string | null; onText: (s: string) => void; onCommit: (to: At | null) => void; onCancel: () => void; at: At }) {
  const ref = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  useEffect(() => { ref.current?.focus(); if (column.type === 'text') ref.current?.setSelectionRange(text.length, text.length); }, []);
  const key = (e: KeyboardEvent): void => {
    e.stopPropagation();
    if (e.key === 'Escape') { e.preventDefault(); onCancel(); }
    if (e.key === 'Enter' && !e.shiftKey && !e.altKey) { e.preventDefault(); onCommit({ row: at.row + 1, col: at.col }); }
    if (e.key === 'Tab') { e.preventDefault(); onCommit({ row: at.row, col: at.col + (e.shiftKey ? -1 : 1) }); }
  };
  const shared = { 'aria-label': label, 'aria-invalid': wrong ? true : undefined, value: text, onKeyDown: key, onBlur: () => { if (!wrong) onCommit(null); } };
  return (
    <div className="cell-edit">
      {column.type === 'text'
        ? <textarea {...shared} ref={ref} rows={Math.min(6, Math.max(1, text.split('\n').length))} onChange={(e) => onText(e.target.value)} />
        : <input {...shared} ref={ref} type={column.type === 'date' ? 'datetime-local' : 'text'} step={column.type === 'date' ? 1 : undefined} inputMode={column.type === 'number' ? 'decimal' : undefined} onChange={(e) => onText(e.target.value)} />}
      {wrong && <span className="cell-wrong" role="alert">{wrong}</span>}
    </div>
  );
}

/* ---- filter ------------------------------------------------------------------------------------------------------------ */

function Conditions({ table, now, onChange }: { table: DataTable; now: Condition[]; onChange: (c: Condition[]) => void }) {
  const w = t.tables.filter;
  const [list, setList] = useState<Condition[]>(now.length ? now : [{ column: table.columns[0]?.id ?? '', op: '=', value: '', join: 'AND' }]);
  const put = (next: Condition[]): void => {
    setList(next);
    onChange(next.filter((c) => table.columns.some((x) => x.id === c.column) && (c.value !== '' || c.op === '=' || c.op === '!=')));
  };
  const change = (i: number, by: Partial<Condition>): void => put(list.map((c, k) => (k === i ? { ...c, ...by } : c)));
  const add = (): void => setList([...list, { column: table.columns[0]?.id ?? '', op: '=', value: '', join: 'AND' }]);
  return (
    <section className="conditions" aria-label={w.title}>
      {list.map((c, i) => {
        const type = table.columns.find((x) => x.id === c.column)?.type ?? 'text';
        return (
          <div key={i} className="condition">
            {i > 0 ? <div className="join"><Select dense hideLabel label={w.join} value={c.join} onChange={(join) => change(i, { join: join as 'AND' | 'OR' })} choices={[{ id: 'AND', name: w.and }, { id: 'OR', name: w.or }]} /></div> : <span className="join" />}
            <Select dense hideLabel label={w.column} value={c.column} onChange={(column) => change(i, { column })} choices={table.columns.map((x) => ({ id: x.id, name: x.name }))} />
            <Select dense hideLabel label={w.op} value={c.op} onChange={(op) => change(i, { op })} choices={Object.entries(w.ops).map(([id, name]) => ({ id, name }))} />
            <div className="cond-value">{type === 'boolean' && c.op !== 'contains'
              ? <Select dense hideLabel label={w.value} value={c.value} onChange={(value) => change(i, { value })} choices={[{ id: 'true', name: t.tables.cell.true }, { id: 'false', name: t.tables.cell.false }]} placeholder={w.value} />
              : <TextField hideLabel label={w.value} placeholder={w.value} type={type === 'date' && c.op !== 'contains' ? 'datetime-local' : 'text'} value={c.value} onChange={(value) => change(i, { value })} />}</div>
            <IconButton icon={IconClose} label={w.remove} onPress={() => (list.length === 1 ? put([{ ...c, value: '', op: '=' }].filter(() => false)) : put(list.filter((_, k) => k !== i)))} />
          </div>
        );
      })}
      <span className="row wrap"><Button look="quiet" size="dense" icon={IconAdd} onPress={add}>{w.add}</Button>{list.length > 1 && <span className="hint">{w.order}</span>}{now.length > 0 && <Button look="quiet" size="dense" onPress={() => { setList([]); onChange([]); }}>{w.clear}</Button>}</span>
    </section>
  );
}

/* ---- dialogs ------------------------------------------------------------------------------------------------------------- */

function CellField({ column, value, onChange, error, disabled, autoFocus }: { column: TableColumn; value: string; onChange: (v: string) => void; error?: string | null; disabled?: boolean; autoFocus?: boolean }) {
  if (column.type === 'boolean') return <Select label={column.name} value={value} disabled={disabled} onChange={onChange} error={error} choices={[{ id: '', name: t.tables.column.none }, { id: 'true', name: t.tables.cell.true }, { id: 'false', name: t.tables.cell.false }]} />;
  if (column.type === 'text') return <TextArea label={column.name} rows={value.includes('\n') ? 4 : 1} value={value} disabled={disabled} autoFocus={autoFocus} onChange={onChange} error={error} />;
  return <TextField label={column.name} type={column.type === 'date' ? 'datetime-local' : 'text'} inputMode={column.type === 'number' ? 'decimal' : undefined} value={value} disabled={disabled} autoFocus={autoFocus} onChange={onChange} error={error} />;
}
function RowDialog({ table, row, edit, onDone, onClose }: { table: DataTable; row: DataRow | null; edit: boolean; onDone: (r: DataRow, made: boolean) => void; onClose: () => void }) {
  const w = t.tables.row;
  const [texts, setTexts] = useState<Record<string, string>>(() => Object.fromEntries(table.columns.map((c) => [c.id, inputOf(c.type, row ? (row.values[c.name] ?? null) : (c.default ?? null))])));
  const [tried, setTried] = useState(false);
  const send = useSend((b: object) => (row ? api.patch<DataRow>(`/tables/${table.id}/rows/${row.id}`, { version: row.version, ...b }) : api.post<DataRow>(`/tables/${table.id}/rows`, b)));
  const bad = (c: Col): string | null => (fromInput(c.type, texts[c.id] ?? '') === undefined ? (c.type === 'number' ? t.tables.cell.number : (t.flows.slot.wrong[c.type] ?? '')) : null);
  const go = async (): Promise<void> => {
    setTried(true);
    if (table.columns.some((c) => bad(c))) return;
    const values = Object.fromEntries(table.columns.map((c) => [c.name, fromInput(c.type, texts[c.id] ?? '') as CellValue] as const).filter(([name, v]) => !row || (row.values[name] ?? null) !== v));
    onDone(await send.mutateAsync({ values }), !row);
    onClose();
  };
  const placed = send.error && table.columns.some((c) => send.error?.at(`/values/${c.name}`));
  return (
    <Dialog open title={row ? `${w.edit} ${row.id}` : w.title} onClose={onClose} actions={edit ? <><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{row ? w.save : w.create}</Button></> : <Button look="primary" onPress={onClose}>{t.verbs.close}</Button>}>
      {table.columns.map((c, i) => <CellField key={c.id} column={c} autoFocus={edit && i === 0} disabled={!edit} value={texts[c.id] ?? ''} onChange={(v) => setTexts({ ...texts, [c.id]: v })} error={(tried && bad(c)) || send.error?.at(`/values/${c.name}`)} />)}
      {row && <p className="muted row-facts"><span>{w.id} <span className="code">{row.id}</span></span><span>{w.created} <Time inline at={row.created} /></span><span>{w.updated} <Time inline at={row.lastUpdated} /></span></p>}
      {send.error && !placed && <Problem error={send.error} />}
    </Dialog>
  );
}
function ColumnDialog({ table, column, onClose }: { table: DataTable; column: Col | null; onClose: () => void }) {
  const w = t.tables.column;
  const [name, setName] = useState(column?.name ?? '');
  const [type, setType] = useState(column?.type ?? 'text');
  const [def, setDef] = useState(inputOf(column?.type ?? 'text', column?.default ?? null));
  const [tried, setTried] = useState(false);
  const send = useSend((columns: TableColumn[]) => api.patch(`/tables/${table.id}`, { version: table.version, columns }), [`/tables/${table.id}`, '/tables']);
  const value = fromInput(type, def);
  const double = table.columns.some((c) => c.id !== column?.id && c.name === name.trim());
  const go = async (): Promise<void> => {
    setTried(true);
    if (!name.trim() || double || value === undefined) return;
    const made: TableColumn = { ...(column ? { id: column.id } : {}), name: name.trim(), type, default: value };
    await send.mutateAsync(column ? table.columns.map((c) => (c.id === column.id ? made : c)) : [...table.columns, made]);
    onClose();
  };
  return (
    <Dialog open title={column ? w.edit(column.name) : w.title} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{column ? w.save : w.add}</Button></>}>
      <TextField label={w.name} value={name} onChange={setName} autoFocus maxLength={100} error={tried && !name.trim() ? w.noName : double ? w.double : null} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); safely(go()); } }} />
      <Select label={w.type} value={type} onChange={(v) => { setType(v as typeof type); setDef(''); }} choices={typeChoices()} disabled={Boolean(column) && table.rowCount > 0} hint={t.tables.make.hint} />
      <CellField column={{ name: w.default, type }} value={def} onChange={setDef} error={tried && value === undefined ? (type === 'number' ? t.tables.cell.number : (t.flows.slot.wrong[type] ?? '')) : null} />
      <p className="hint">{w.defaultHint}</p>
      {send.error && <Problem error={send.error} />}
    </Dialog>
  );
}
