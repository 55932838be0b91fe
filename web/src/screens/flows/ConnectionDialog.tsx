/* Making a connection, or giving one its credentials anew: the connector's table says which kinds there are and what each asks
   for. Secrets are written and never shown again, so a change means entering all of them. */
import { useState } from 'react';
import { api } from '../../api/client';
import { useList, useSend } from '../../api/hooks';
import type { AuthField, Connection, Connector, Folder } from '../../api/types';
import { flatTree, folderTree } from '../../logic/flowTree';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Select, TextArea, TextField } from '../../ui/Field';
import { Problem } from '../../ui/Page';
import { toast } from '../../ui/Toast';

const LOCAL = 'LOCAL';
const safely = (p: Promise<unknown>): void => void p.catch(() => undefined);

function Field({ field, value, error, onChange }: { field: AuthField; value: string; error: string | null | undefined; onChange: (v: string) => void }) {
  const common = { label: field.label, hint: field.help ? `${field.help.charAt(0).toUpperCase()}${field.help.slice(1)}` : undefined, error, optional: !field.required };
  if (field.choices) return <Select {...common} value={value || (field.default ?? '')} onChange={onChange} choices={field.choices.map((c) => ({ id: c.value, name: c.label }))} />;
  if (field.long) return <TextArea {...common} value={value} onChange={onChange} rows={4} />;
  return <TextField {...common} value={value} onChange={onChange} type={field.secret ? 'password' : 'text'} autoComplete={field.secret ? 'new-password' : 'off'} />;
}
/** of: the connection that is authorised anew; else a new one is made (wanted: its connector) */
export function ConnectionDialog({ connectors, of, wanted, onMade, onClose }: { connectors: readonly Connector[]; of?: Connection; wanted?: string; onMade?: (c: Connection) => void; onClose: () => void }) {
  const w = t.flows.connections;
  const [chosen, setChosen] = useState<string | null>(null);
  const id = of?.connector ?? chosen ?? connectors.find((c) => c.connector === wanted)?.connector ?? (connectors.length === 1 ? (connectors[0]?.connector ?? null) : null);
  const connector = connectors.find((c) => c.connector === id);
  const [name, setName] = useState<string | null>(null);
  const called = name ?? connector?.name ?? '';
  const ways = [...(connector?.transports.includes(LOCAL) ? [{ id: LOCAL, name: w.transports[LOCAL] ?? LOCAL }] : []), ...(connector?.auths ?? []).map((a) => ({ id: a.kind, name: a.label }))];
  const [way, setWay] = useState<string | null>(of?.auth ?? null);
  const kind = ways.find((x) => x.id === way)?.id ?? ways[0]?.id ?? null;
  const auth = connector?.auths.find((a) => a.kind === kind);
  const kept = (f: AuthField): string => (of && of.auth === kind && !f.secret ? (of.fields[f.key] ?? '') : '');
  const [typed, setTyped] = useState<Record<string, string>>({});
  const valueOf = (f: AuthField): string => typed[f.key] ?? kept(f);
  const [folderId, setFolderId] = useState('');
  const folders = useList<Folder>('/folders', { limit: 200 });
  const [tried, setTried] = useState(false);
  const send = useSend((b: object) => (of ? api.patch<Connection>(`/connections/${of.id}`, b) : api.post<Connection>('/connections', b)), ['/connections']);
  const missing = (f: AuthField): boolean => f.required && !valueOf(f).trim() && f.default === null;
  const go = async (): Promise<void> => {
    setTried(true);
    if (!connector || !called.trim() || (auth?.fields ?? []).some(missing)) return;
    const fields = auth ? Object.fromEntries(auth.fields.map((f) => [f.key, valueOf(f)] as const).filter(([, v]) => v !== '')) : undefined;
    const given = auth ? { auth: auth.kind, fields } : {};
    const made = await send.mutateAsync(of ? { version: of.version, ...given } : { name: called.trim(), connector: connector.connector, ...given, ...(folderId ? { folderId } : {}) });
    toast(of ? w.authorised : w.created);
    onMade?.(made);
    onClose();
  };
  const at = (f: AuthField): string | null | undefined => (tried && missing(f) ? w.fillIn : send.error?.at(`fields/${f.key}`));
  const told = send.error && !send.error.at('name') && !send.error.at('connector') && !(auth?.fields ?? []).some((f) => send.error?.at(`fields/${f.key}`));
  return (
    <Dialog open title={of ? w.anewTitle(of.name) : w.createTitle} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{of ? t.verbs.save : w.create}</Button></>}>
      {!of && <Select label={w.connector} value={id} onChange={(c) => { setChosen(c); setWay(null); setTyped({}); }} placeholder={w.chooseConnector} choices={connectors.map((c) => ({ id: c.connector, name: c.name }))} hint={connector?.help ?? undefined} error={tried && !connector ? w.noConnector : send.error?.at('connector')} />}
      {!of && <TextField label={w.name} value={called} onChange={setName} autoFocus maxLength={100} error={tried && !called.trim() ? w.noName : send.error?.at('name')} onKeyDown={(e) => { if (e.key === 'Enter') safely(go()); }} />}
      {ways.length > 1 && <Select label={w.way} value={kind} onChange={(x) => { setWay(x); setTyped({}); }} choices={ways} hint={auth?.help} />}
      {kind === LOCAL && <p className="soft">{w.acts}</p>}
      {of && auth && <p className="soft">{w.anewText}</p>}
      {auth?.fields.map((f) => <Field key={`${auth.kind} ${f.key}`} field={f} value={valueOf(f)} error={at(f)} onChange={(v) => setTyped((old) => ({ ...old, [f.key]: v }))} />)}
      {!of && folders.rows.length > 0 && <Select label={w.usableIn} value={folderId} onChange={setFolderId} choices={[{ id: '', name: w.everywhere }, ...flatTree(folderTree(folders.rows)).map(({ folder }) => ({ id: folder.id, name: folder.path }))]} hint={w.usableHint} />}
      {told && send.error && <Problem error={send.error} />}
    </Dialog>
  );
}
