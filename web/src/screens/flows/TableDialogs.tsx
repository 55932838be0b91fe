/* Making, renaming, moving and deleting tables, and taking a CSV in. */
import { type DragEvent, useRef, useState } from 'react';
import { type ApiProblem, api } from '../../api/client';
import { refresh, useSend } from '../../api/hooks';
import type { ColumnType, CsvReport, DataTable, Folder, TableColumn } from '../../api/types';
import { paths } from '../../app/paths';
import { navigate } from '../../app/router';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { Select, TextArea, TextField } from '../../ui/Field';
import { IconAdd, IconDelete, IconError, IconUpload } from '../../ui/icons';
import { Note, Problem } from '../../ui/Page';
import { Pin } from '../../ui/State';
import { toast } from '../../ui/Toast';
import { folderChoices } from './FlowDialogs';
import './tables.css';

export const columnTypes: ColumnType[] = ['text', 'number', 'boolean', 'date'];
export const typeChoices = () => columnTypes.map((id) => ({ id, name: t.tables.types[id] ?? id, lead: <Pin type={id} className="type-lead" /> }));
const safely = (p: Promise<unknown>): void => void p.catch(() => undefined);
const enter = (run: () => void) => (e: React.KeyboardEvent): void => { if (e.key === 'Enter') { e.preventDefault(); run(); } };

export function NewTableDialog({ folders, folderId, onClose }: { folders: readonly Folder[]; folderId: string | null; onClose: () => void }) {
  const w = t.tables.make;
  const c = t.tables.column;
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [folder, setFolder] = useState<string | null>(folderId ?? (folders.length === 1 ? (folders[0]?.id ?? null) : null));
  const [columns, setColumns] = useState<TableColumn[]>([{ name: '', type: 'text' }]);
  const [tried, setTried] = useState(false);
  const send = useSend((b: object) => api.post<DataTable>('/tables', b), ['/tables', '/folders']);
  const named = columns.filter((x) => x.name.trim());
  const double = (i: number): boolean => columns.some((x, k) => k < i && x.name.trim() && x.name.trim() === columns[i]?.name.trim());
  const change = (i: number, by: Partial<TableColumn>): void => setColumns(columns.map((x, k) => (k === i ? { ...x, ...by } : x)));
  const go = async (): Promise<void> => {
    setTried(true);
    if (!name.trim() || !folder || columns.some((_, i) => double(i))) return;
    const made = await send.mutateAsync({ name: name.trim(), description: description.trim(), folderId: folder, columns: named.map((x) => ({ name: x.name.trim(), type: x.type })) });
    navigate(paths.table(made.id));
  };
  const error = send.error;
  const placed = error && (error.at('/name') || error.at('folderId'));
  return (
    <Dialog open title={w.title} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{w.create}</Button></>}>
      {!folders.length && <Note tone="warn">{w.noFolders}</Note>}
      <TextField label={t.tables.name} value={name} onChange={setName} autoFocus maxLength={200} error={tried && !name.trim() ? w.noName : error?.at('/name')} onKeyDown={enter(() => safely(go()))} />
      <Select label={w.folder} value={folder} onChange={setFolder} placeholder={w.chooseFolder} choices={folderChoices(folders)} error={tried && !folder ? w.noFolder : error?.at('folderId')} />
      <fieldset className="f new-columns">
        <legend className="lab">{w.firstColumns}</legend>
        {columns.map((x, i) => (
          <div key={i} className="new-column">
            <TextField hideLabel label={`${c.name} ${i + 1}`} placeholder={c.name} value={x.name} maxLength={100} onChange={(v) => change(i, { name: v })} error={double(i) ? c.double : error?.at(`/columns/${i}/name`)} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); if (x.name.trim()) setColumns([...columns, { name: '', type: 'text' }]); } }} autoFocus={i > 0 && i === columns.length - 1} />
            <Select hideLabel label={`${c.type} ${i + 1}`} value={x.type} onChange={(v) => change(i, { type: v as ColumnType })} choices={typeChoices()} />
            <IconButton icon={IconDelete} label={`${c.remove} ${i + 1}`} isDisabled={columns.length === 1} onPress={() => setColumns(columns.filter((_, k) => k !== i))} />
          </div>
        ))}
        <span><Button look="quiet" size="dense" icon={IconAdd} onPress={() => setColumns([...columns, { name: '', type: 'text' }])}>{c.add}</Button></span>
        <p className="hint">{w.hint}</p>
      </fieldset>
      <TextArea label={w.description} optional rows={2} maxLength={2000} value={description} onChange={setDescription} />
      {error && !placed && <Problem error={error} />}
    </Dialog>
  );
}
export function RenameTableDialog({ table, onClose }: { table: DataTable; onClose: () => void }) {
  const [name, setName] = useState(table.name);
  const [description, setDescription] = useState(table.description);
  const send = useSend((b: object) => api.patch(`/tables/${table.id}`, { version: table.version, ...b }), ['/tables']);
  const go = async (): Promise<void> => {
    if (!name.trim()) return;
    await send.mutateAsync({ name: name.trim(), description: description.trim() });
    toast(t.tables.renamed);
    onClose();
  };
  return (
    <Dialog open title={t.tables.rename.replace(' …', '')} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{t.verbs.save}</Button></>}>
      <TextField label={t.tables.name} value={name} onChange={setName} autoFocus maxLength={200} error={!name.trim() ? t.tables.make.noName : send.error?.at('/name')} onKeyDown={enter(() => safely(go()))} />
      <TextArea label={t.tables.make.description} optional rows={2} maxLength={2000} value={description} onChange={setDescription} />
      {send.error && !send.error.at('/name') && <Problem error={send.error} />}
    </Dialog>
  );
}
export function MoveTableDialog({ table, folders, onClose }: { table: DataTable; folders: readonly Folder[]; onClose: () => void }) {
  const [to, setTo] = useState<string | null>(table.folderId);
  const send = useSend((id: string) => api.patch(`/tables/${table.id}`, { version: table.version, folderId: id }), ['/tables', '/folders']);
  const go = async (): Promise<void> => {
    if (!to) return;
    await send.mutateAsync(to);
    toast(t.tables.moved(table.name, folders.find((f) => f.id === to)?.name ?? ''));
    onClose();
  };
  return (
    <Dialog open title={t.flows.make.moveFlow(table.name)} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{t.flows.make.move}</Button></>}>
      <Select label={t.tables.folder} value={to} onChange={setTo} choices={folderChoices(folders)} />
      {send.error && <Problem error={send.error} />}
    </Dialog>
  );
}
/** true when it is gone; asks once more when flows use it */
export async function deleteTable(table: DataTable): Promise<boolean> {
  const w = t.tables;
  if (!(await ask({ title: w.deleteTitle(table.name), body: w.deleteBody(table.rowCount), verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return false;
  try {
    await api.del(`/tables/${table.id}`);
  } catch (e) {
    const p = e as ApiProblem;
    if (p.kind !== 'conflict' || !(await ask({ title: w.usedTitle(table.name), body: p.sentences.join(' ').replace(/; delete it with confirm=true$/, '.'), verb: w.deleteAnyway, safe: t.verbs.keep, destroy: true }))) {
      if (p.kind !== 'conflict') throw e;
      return false;
    }
    await api.del(`/tables/${table.id}`, { confirm: true });
  }
  toast(w.deleted(table.name));
  await refresh('/tables', '/folders');
  return true;
}
const MAX = 16 * 1024 * 1024;
export function ImportCsvDialog({ table, first, onClose }: { table: DataTable; first: File | null; onClose: () => void }) {
  const w = t.tables.csv;
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(first);
  const [delimiter, setDelimiter] = useState(',');
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const send = useSend((f: File) => api.post<CsvReport>(`/tables/${table.id}/import`, undefined, { query: { delimiter }, raw: { type: 'text/csv', data: f } }), ['/tables']);
  const take = (f: File | undefined | null): void => {
    setProblem(f && f.size > MAX ? w.tooBig : null);
    setFile(f ?? null);
    send.reset();
  };
  const go = async (): Promise<void> => {
    if (!file) return setProblem(w.noFile);
    if (file.size <= MAX) await send.mutateAsync(file);
  };
  const drop = (e: DragEvent): void => {
    e.preventDefault();
    setOver(false);
    take(e.dataTransfer.files[0]);
  };
  const report = send.data;
  return (
    <Dialog open title={report ? w.done(report.imported) : w.title(table.name)} onClose={onClose} actions={report ? <Button look="primary" autoFocus onPress={onClose}>{t.verbs.done}</Button>
      : <><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} sending={w.working} onPress={() => safely(go())}>{w.go}</Button></>}>
      {report ? report.ignoredColumns.length > 0 && <Note tone="warn">{w.ignored(report.ignoredColumns.join(', '))}</Note> : (
        <>
          <p className="soft">{w.intro}</p>
          <div className={`drop ${over ? 'over' : ''}`} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
            <input ref={input} className="vh" type="file" tabIndex={-1} aria-label={w.file} accept=".csv,.txt,text/csv" onChange={(e) => take(e.target.files?.[0])} />
            {file ? <b className="cut">{file.name}</b> : null}
            <span className="row"><Button size="dense" icon={IconUpload} autoFocus onPress={() => input.current?.click()}>{w.choose}</Button><span className="muted">{w.drop}</span></span>
          </div>
          {problem && <p className="wrong-line" role="alert"><IconError className="i" size={14} aria-hidden />{problem}</p>}
          <Select label={w.delimiter} value={delimiter} onChange={setDelimiter} choices={Object.entries(w.delimiters).map(([id, name]) => ({ id, name }))} />
          {send.error && <Problem error={send.error} />}
        </>
      )}
    </Dialog>
  );
}
