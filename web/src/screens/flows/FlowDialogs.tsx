/* Making, renaming, moving, deleting and importing flows and folders. */
import { type DragEvent, useRef, useState } from 'react';
import { ApiProblem, api } from '../../api/client';
import { refresh, useGet, useSend } from '../../api/hooks';
import type { ConnectionNeed, Flow, FlowRow, FlowUsage, Folder, ImportReport, Page } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate } from '../../app/router';
import { flatTree, folderTree, subtree } from '../../logic/flowTree';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { type Choice, RadioGroup, Select, TextArea, TextField } from '../../ui/Field';
import { IconError, IconFolder, IconUpload, IconWarning } from '../../ui/icons';
import { Note, Problem } from '../../ui/Page';
import { State } from '../../ui/State';
import { toast } from '../../ui/Toast';
import { Copy } from '../settings/form';
import { NeedsDialog } from './NeedsDialog';
import '../settings/settings.css';

export const useFolders = () => useGet<Page<Folder>>('/folders', { query: { limit: 200 } });
/** "Facilities / Badges": equal names are told apart by their path */
export function folderChoices(folders: readonly Folder[], without?: ReadonlySet<string>): Choice[] {
  return flatTree(folderTree(folders)).filter((n) => !without?.has(n.folder.id)).map((n) => ({ id: n.folder.id, name: n.folder.name, detail: n.depth ? n.folder.path.split(' / ').slice(0, -1).join(' / ') : null, icon: IconFolder }));
}
const safely = (p: Promise<unknown>): void => void p.catch(() => undefined);
const enter = (run: () => void) => (e: React.KeyboardEvent): void => { if (e.key === 'Enter') { e.preventDefault(); run(); } };

/** the first card of a new flow; the designer fills in the rest */
const heads = {
  DELEGATED: { id: 'delegated', card: 'http:delegated', title: 'Delegated Flow', inputs: [], outputs: [
    { id: 'user context.okta-user-id', group: 'user context', key: 'okta-user-id', label: 'Okta User ID', type: 'text' },
    { id: 'context.caller', group: 'context', key: 'caller', label: 'Caller', type: 'object' },
    { id: 'context.execution_id', group: 'context', key: 'execution_id', label: 'Execution ID', type: 'text' },
  ] },
  SCHEDULED: { id: 'scheduled', card: 'control:scheduled', title: 'Scheduled Flow', inputs: [], outputs: [
    { id: 'context.execution_time', group: 'context', key: 'execution_time', label: 'Current Time', type: 'date' },
    { id: 'context.execution_id', group: 'context', key: 'execution_id', label: 'Execution ID', type: 'text' },
  ] },
  API_ENDPOINT: { id: 'accept', card: 'http:accept', title: 'API Endpoint', inputs: [], outputs: [
    { id: 'raw.headers', group: 'raw', key: 'headers', label: 'Headers', type: 'object' },
    { id: 'raw.body', group: 'raw', key: 'body', label: 'Body', type: 'text' },
    { id: 'raw.query', group: 'raw', key: 'query', label: 'Query', type: 'text' },
    { id: 'context.execution_id', group: 'context', key: 'execution_id', label: 'Execution ID', type: 'text' },
  ] },
  HELPER: { id: 'callable', card: 'control:callable', title: 'Helper Flow', inputs: [], outputs: [
    { id: 'context.index', group: 'context', key: 'index', label: 'Index', type: 'number' },
    { id: 'context.execution_id', group: 'context', key: 'execution_id', label: 'Execution ID', type: 'text' },
  ] },
} as const;
type Start = keyof typeof heads | 'NONE';

export function NewFlowDialog({ folders, folderId, onClose }: { folders: readonly Folder[]; folderId: string | null; onClose: () => void }) {
  const w = t.flows.make;
  const none = folders.length === 0;
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [folder, setFolder] = useState<string | null>(folderId ?? (folders.length === 1 ? (folders[0]?.id ?? null) : null));
  const [newFolder, setNewFolder] = useState('');
  const [start, setStart] = useState<Start>('DELEGATED');
  const [tried, setTried] = useState(false);
  const create = useSend(async (_: void) => {
    const into = none ? (await api.post<Folder>('/folders', { name: newFolder.trim() })).id : folder;
    return api.post<Flow>('/flows', { name: name.trim(), description: description.trim(), folderId: into, ...(start === 'NONE' ? {} : { cards: [heads[start]] }) });
  }, ['/flows', '/folders']);
  const missing = none ? !newFolder.trim() : !folder;
  const go = async (): Promise<void> => {
    setTried(true);
    if (!name.trim() || missing) return;
    const made = await create.mutateAsync();
    navigate(paths.flow(made.id));
  };
  const error = create.error;
  const placed = error && (error.at('name') || error.at('folderId'));
  return (
    <Dialog open title={w.flowTitle} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={create.isPending} onPress={() => safely(go())}>{w.create}</Button></>}>
      <TextField label={w.name} value={name} onChange={setName} autoFocus maxLength={200} error={tried && !name.trim() ? w.noName : error?.at('name')} onKeyDown={enter(() => safely(go()))} />
      {none
        ? <TextField label={w.newFolderName} value={newFolder} onChange={setNewFolder} maxLength={200} hint={t.flows.list.noFolders} error={tried && missing ? w.noName : null} onKeyDown={enter(() => safely(go()))} />
        : <Select label={w.folder} value={folder} onChange={setFolder} placeholder={w.chooseFolder} choices={folderChoices(folders)} hint={w.who} error={tried && missing ? w.noFolder : error?.at('folderId')} />}
      <RadioGroup down label={w.starts} value={start} onChange={(v) => setStart(v as Start)} choices={[{ id: 'DELEGATED', name: w.delegated, detail: w.delegatedText }, { id: 'SCHEDULED', name: t.triggers.start.SCHEDULED, detail: t.triggers.start.SCHEDULEDText }, { id: 'API_ENDPOINT', name: t.triggers.start.API_ENDPOINT, detail: t.triggers.start.API_ENDPOINTText }, { id: 'HELPER', name: w.helper, detail: w.helperText }, { id: 'NONE', name: w.later, detail: w.laterText }]} />
      <TextArea label={w.description} optional rows={2} maxLength={2000} value={description} onChange={setDescription} />
      {error && !placed && <Problem error={error} />}
    </Dialog>
  );
}
/** folder: rename it; else a new one inside of parent */
export function FolderDialog({ folder, parent, onMade, onClose }: { folder?: Folder; parent?: Folder | null; onMade?: (f: Folder) => void; onClose: () => void }) {
  const w = t.flows.make;
  const [name, setName] = useState(folder?.name ?? '');
  const [tried, setTried] = useState(false);
  const send = useSend((b: object) => (folder ? api.patch<Folder>(`/folders/${folder.id}`, { version: folder.version, ...b }) : api.post<Folder>('/folders', { ...b, ...(parent ? { parentId: parent.id } : {}) })), ['/folders', '/flows']);
  const go = async (): Promise<void> => {
    setTried(true);
    if (!name.trim()) return;
    const made = await send.mutateAsync({ name: name.trim() });
    toast(folder ? t.flows.list.renamed : t.flows.list.created);
    onMade?.(made);
    onClose();
  };
  return (
    <Dialog open title={folder ? w.renameFolder : parent ? w.insideTitle(parent.name) : w.folderTitle} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{folder ? w.save : w.create}</Button></>}>
      <TextField label={w.name} value={name} onChange={setName} autoFocus maxLength={200} error={tried && !name.trim() ? w.noName : send.error?.at('name')} onKeyDown={enter(() => safely(go()))} />
      {send.error && !send.error.at('name') && <Problem error={send.error} />}
    </Dialog>
  );
}
export function RenameDialog({ flow, onClose }: { flow: FlowRow | Flow; onClose: () => void }) {
  const w = t.flows.make;
  const [name, setName] = useState(flow.name);
  const [description, setDescription] = useState(flow.description);
  const [tried, setTried] = useState(false);
  const send = useSend((b: object) => api.patch<Flow>(`/flows/${flow.id}`, { version: flow.version, ...b }), ['/flows']);
  const go = async (): Promise<void> => {
    setTried(true);
    if (!name.trim()) return;
    await send.mutateAsync({ name: name.trim(), description: description.trim() });
    toast(t.flows.list.renamed);
    onClose();
  };
  return (
    <Dialog open title={w.renameFlow} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{w.save}</Button></>}>
      <TextField label={w.name} value={name} onChange={setName} autoFocus maxLength={200} error={tried && !name.trim() ? w.noName : send.error?.at('name')} onKeyDown={enter(() => safely(go()))} />
      <TextArea label={w.description} optional rows={2} maxLength={2000} value={description} onChange={setDescription} error={send.error?.at('description')} />
      {send.error && !send.error.at('name') && <Problem error={send.error} />}
    </Dialog>
  );
}
export function MoveDialog({ flow, folder, folders, onClose }: { flow?: FlowRow; folder?: Folder; folders: readonly Folder[]; onClose: () => void }) {
  const w = t.flows.make;
  const top = '/';
  const [to, setTo] = useState<string | null>(flow ? flow.folderId : (folder?.parentId ?? top));
  const send = useSend((id: string) => (flow ? api.patch(`/flows/${flow.id}`, { version: flow.version, folderId: id }) : api.patch(`/folders/${folder?.id}`, { version: folder?.version, parentId: id === top ? null : id })), ['/flows', '/folders']);
  const name = flow?.name ?? folder?.name ?? '';
  const go = async (): Promise<void> => {
    if (!to) return;
    await send.mutateAsync(to);
    toast(t.flows.list.moved(name, to === top ? w.top : (folders.find((f) => f.id === to)?.name ?? '')));
    onClose();
  };
  const choices = folderChoices(folders, folder ? subtree(folders, folder.id) : undefined);
  return (
    <Dialog open title={w.moveFlow(name)} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{w.move}</Button></>}>
      <Select label={w.folder} value={to} onChange={setTo} choices={folder ? [{ id: top, name: w.top }, ...choices] : choices} hint={flow ? w.who : undefined} error={send.error?.at('parentId') ?? send.error?.at('folderId')} />
      {send.error && <Problem error={send.error} />}
    </Dialog>
  );
}
/** true when it is gone */
export async function deleteFlow(flow: Pick<FlowRow, 'id' | 'name'>): Promise<boolean> {
  const w = t.flows.list;
  const usage = await api.get<FlowUsage>(`/flows/${flow.id}/usage`);
  const users = [...usage.requestTypes, ...usage.callers];
  const body = <><p className="soft">{w.deleteBody}</p>{users.length > 0 && <><p className="soft">{w.deleteUsed}</p><ul className="dots">{users.map((x) => <li key={x.id}><b>{x.name}</b></li>)}</ul></>}</>;
  if (!(await ask({ title: w.deleteTitle(flow.name), body, verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return false;
  await api.del(`/flows/${flow.id}`);
  toast(w.deleted(flow.name));
  void refresh('/folders');
  setTimeout(() => void refresh('/flows'), 0);
  return true;
}
export async function deleteFolder(folder: Folder, inside: number): Promise<boolean> {
  const w = t.flows.list;
  if (inside > 0) {
    await ask({ title: w.deleteTitle(folder.name), body: w.deleteFolderFull(inside), verb: t.verbs.close, safe: t.verbs.back });
    return false;
  }
  if (!(await ask({ title: w.deleteTitle(folder.name), body: w.deleteFolderBody, verb: w.deleteFolderVerb, safe: t.verbs.keep, destroy: true }))) return false;
  await api.del(`/folders/${folder.id}`);
  toast(w.deleted(folder.name));
  await refresh('/folders', '/flows');
  return true;
}

const MAX = 16 << 20;
export function ImportDialog({ folders, folderId, first, onClose }: { folders: readonly Folder[]; folderId: string | null; first?: File | null; onClose: () => void }) {
  const w = t.flows.importing;
  const [file, setFile] = useState<File | null>(first ?? null);
  const [folder, setFolder] = useState<string | null>(folderId ?? folders[0]?.id ?? null);
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [newFolder, setNewFolder] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const none = folders.length === 0;
  const send = useSend(async (text: string) => {
    const into = none ? (await api.post<Folder>('/folders', { name: newFolder.trim() })).id : folder;
    return api.post<ImportReport>('/flows/import', undefined, { query: { folderId: into }, raw: { type: 'application/json', data: text } });
  }, ['/flows', '/folders']);
  const take = (f: File | undefined | null): void => {
    setProblem(f && f.size > MAX ? w.tooBig : null);
    setFile(f ?? null);
    send.reset();
  };
  const go = async (): Promise<void> => {
    if (!file) return setProblem(w.noFile);
    if (file.size > MAX) return;
    if (none && !newFolder.trim()) return;
    const text = await file.text();
    try {
      JSON.parse(text);
    } catch {
      return setProblem(w.notJson);
    }
    await send.mutateAsync(text);
  };
  const drop = (e: DragEvent): void => {
    e.preventDefault();
    setOver(false);
    take(e.dataTransfer.files[0]);
  };
  const report = send.data;
  const needs = useGet<Page<ConnectionNeed>>(`/folders/${report?.folderId}/connection-needs`, { enabled: Boolean(report?.folderId) });
  const asks = Boolean(needs.data?.data.some((n) => n.cards.some((c) => report?.flows.some((f) => f.id === c.flowId))));
  const [assigning, setAssigning] = useState(false);
  if (assigning && report?.folderId) return <NeedsDialog folderId={report.folderId} onClose={() => setAssigning(false)} />;
  const refused = send.error instanceof ApiProblem ? send.error : null;
  return (
    <Dialog open wide={Boolean(report)} title={report ? w.done(report.flows.length) : w.title} onClose={onClose} actions={report
      ? <><Button onPress={() => take(null)}>{w.another}</Button><Button look="primary" autoFocus onPress={onClose}>{t.verbs.done}</Button></>
      : <><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} sending={w.working} onPress={() => safely(go())}>{w.go}</Button></>}>
      {report ? (
        <>
          <ul className="imported">{report.flows.map((f) => <li key={f.id}><Link href={paths.flow(f.id)} onClick={onClose}>{f.name}</Link><span className="meta">{t.flows.kinds[f.kind]}</span></li>)}</ul>
          <NewTokens flows={report.flows} />
          {asks && <Note tone="warn" title={t.flows.needs.someNeed} action={<Button size="dense" onPress={() => setAssigning(true)}>{t.flows.needs.open}</Button>} />}
          <ReportList items={report.warnings} tone="warn" title={w.warnings(report.warnings.length)} />
        </>
      ) : (
        <>
          <p className="soft">{w.intro}</p>
          <div className={`drop ${over ? 'over' : ''}`} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
            <input ref={input} className="vh" type="file" tabIndex={-1} aria-label={w.file} accept=".flow,.folder,.flopack,.json,application/json" onChange={(e) => take(e.target.files?.[0])} />
            {file ? <b className="cut">{file.name}</b> : null}
            <span className="row"><Button size="dense" icon={IconUpload} autoFocus onPress={() => input.current?.click()}>{w.choose}</Button><span className="muted">{w.drop}</span></span>
          </div>
          {problem && <p className="wrong-line" role="alert"><IconError className="i" size={14} aria-hidden />{problem}</p>}
          {none ? <TextField label={t.flows.make.newFolderName} value={newFolder} onChange={setNewFolder} maxLength={200} /> : <Select label={w.into} value={folder} onChange={setFolder} choices={folderChoices(folders)} />}
          {refused && (refused.causes.length && refused.kind === 'invalid'
            ? <ReportList tone="bad" title={`${w.nothing}: ${w.errors(refused.causes.length)}`} items={refused.causes.map((c) => ({ flow: null, card: null, sentence: c.sentence }))} />
            : <Problem error={refused} />)}
        </>
      )}
    </Dialog>
  );
}
/** client tokens that the import made: they cannot be read again */
function NewTokens({ flows }: { flows: ImportReport['flows'] }) {
  const w = t.flows.importing, e = t.triggers.endpoint;
  const made = flows.filter((f) => f.clientToken);
  if (!made.length) return null;
  return (
    <section className="new-tokens" aria-label={w.tokens(made.length)}>
      <Note tone="warn" title={`${w.tokens(made.length)}. ${e.once}.`}>{w.tokensText}</Note>
      {made.map((f) => (
        <div className="new-token" key={f.id}>
          <b>{f.name}</b>
          <dl className="ep-urls">
            <div><dt>{e.invoke}</dt><dd><Copy secret value={f.invokeUrl ?? ''} label={`${e.invoke}, ${f.name}`} /></dd></div>
            <div><dt>{e.token}</dt><dd><Copy secret value={f.clientToken ?? ''} label={`${e.token}, ${f.name}`} /></dd></div>
          </dl>
        </div>
      ))}
    </section>
  );
}
function ReportList({ items, tone, title }: { items: ImportReport['warnings']; tone: 'warn' | 'bad'; title: string }) {
  if (!items.length) return null;
  return (
    <Note tone={tone} title={title}>
      <ul className="report">{items.map((x, i) => <li key={`${i}${x.sentence}`}>{x.flow && <State tone={tone} icon={tone === 'bad' ? IconError : IconWarning}>{t.flows.importing.inFlow(x.flow, x.card)}</State>}<span>{x.sentence}</span></li>)}</ul>
    </Note>
  );
}
