/* Connections: as whom, and with which credentials, cards act outside of the flow. */
import { useState } from 'react';
import { type ApiProblem, api } from '../../api/client';
import { refresh, useGet, useList, useSend } from '../../api/hooks';
import type { Connection, Connector, Folder, Page } from '../../api/types';
import { useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { IconAdd, IconCheck, IconConnection, IconDelete, IconEdit, IconError, IconSync } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Bar, Empty, Note, Problem, Skeleton } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { State } from '../../ui/State';
import { type Column, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { ConnectionDialog } from './ConnectionDialog';
import './flows.css';

const safely = (p: Promise<unknown>): void => void p.catch(() => undefined);
const useConnectors = () => useGet<Page<Connector> | Connector[]>('/connectors', { staleTime: Number.POSITIVE_INFINITY });
const listOf = (x: Page<Connector> | Connector[] | undefined): Connector[] => (Array.isArray(x) ? x : (x?.data ?? []));

export default function Connections() {
  const me = useMe();
  const w = t.flows.connections;
  const [s, set] = useSearch({ new: '' });
  const list = useList<Connection>('/connections', { limit: 100 });
  const connectors = listOf(useConnectors().data);
  const manage = me.may('reeve.connections.manage');
  const [renaming, setRenaming] = useState<Connection | null>(null);
  const [anew, setAnew] = useState<Connection | null>(null);
  const [testing, setTesting] = useState<string | null>(null);
  const [said, setSaid] = useState<{ name: string; ok: boolean; sentence: string } | null>(null);
  const [error, setError] = useState<ApiProblem | null>(null);
  const test = async (c: Connection): Promise<void> => {
    setTesting(c.id);
    setError(null);
    try {
      const answer = await api.post<{ ok: boolean; sentence: string }>(`/connections/${c.id}/test`, {});
      setSaid({ name: c.name, ...answer });
      await refresh('/connections');
    } catch (e) {
      setError(e as ApiProblem);
    } finally {
      setTesting(null);
    }
  };
  const remove = async (c: Connection): Promise<void> => {
    if (!(await ask({ title: w.deleteTitle(c.name), body: w.deleteBody, verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return;
    await api.del(`/connections/${c.id}`);
    toast(w.deleted);
    await refresh('/connections');
  };
  const folders = useList<Folder>('/folders', { limit: 200 });
  const wayOf = (c: Connection): string => connectors.find((x) => x.connector === c.connector)?.auths.find((a) => a.kind === c.auth)?.label ?? w.transports[c.transport] ?? c.transport;
  const state = (c: Connection): React.ReactNode => c.status === 'OK' ? <State tone="ok" icon={IconCheck}>{w.states.OK}</State> : c.status === 'FAILED' ? <State tone="bad" icon={IconError}>{w.states.FAILED}</State> : <State tone="quiet">{w.states.UNTESTED}</State>;
  const columns: Column<Connection>[] = [
    { id: 'name', name: w.name, wrap: true, cell: (c) => <span className="flow-name"><Tile icon={IconConnection} size="sm" /><b>{c.name}</b></span> },
    { id: 'connector', name: w.connector, cell: (c) => connectors.find((x) => x.connector === c.connector)?.name ?? c.connector },
    { id: 'transport', name: w.transport, cell: (c) => wayOf(c) },
    { id: 'folder', name: w.usableIn, cell: (c) => (c.folderId ? (folders.rows.find((f) => f.id === c.folderId)?.path ?? w.oneFolder) : <span className="muted">{w.everywhere}</span>) },
    { id: 'changed', name: w.changed, cell: (c) => <Time at={c.lastUpdated} /> },
    { id: 'state', name: w.state, cell: state },
    {
      id: 'menu', name: w.actions(''), hideHead: true, num: true, cell: (c) => manage && (
        <span className="row end"><Button size="dense" icon={IconSync} pending={testing === c.id} sending={w.testing} onPress={() => void test(c)}>{w.test}</Button>
          <Menu label={w.actions(c.name)} entries={[
            { id: 'rename', name: w.rename, icon: IconEdit, run: () => setRenaming(c) },
            c.transport === 'HTTPS' && { id: 'anew', name: w.anew, icon: IconSync, run: () => setAnew(c) },
            'line',
            { id: 'delete', name: w.delete, icon: IconDelete, danger: true, run: () => void remove(c).catch((e: ApiProblem) => setError(e)) },
          ]} /></span>
      ),
    },
  ];
  return (
    <>
      <Bar title={w.title}>{manage && <Button look="primary" size="dense" icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.new}</Button>}</Bar>
      <div className="pane">
        {said && <div className="flow-refused" role="status"><Note tone={said.ok ? 'info' : 'bad'} title={said.name}>{said.sentence}</Note></div>}
        {error && <div className="flow-refused"><Problem error={error} /></div>}
        {list.isPending ? <Skeleton rows={3} />
          : list.error && !list.rows.length ? <Problem page error={list.error} retry={list.retry} />
          : list.rows.length ? <div className="flow-table"><Table label={w.title} rows={list.rows} columns={columns} rowKey={(c) => c.id} more={{ has: list.hasMore, loading: list.isLoadingMore, load: list.more }} /></div>
          : <Empty title={w.empty} action={manage ? <Button icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.new}</Button> : undefined}>{w.emptyText}</Empty>}
      </div>
      {s.new && connectors.length > 0 && <ConnectionDialog connectors={connectors} wanted={s.new} onClose={() => set({ new: null })} />}
      {anew && <ConnectionDialog connectors={connectors} of={anew} onClose={() => setAnew(null)} />}
      {renaming && <Rename connection={renaming} onClose={() => setRenaming(null)} />}
    </>
  );
}
function Rename({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const w = t.flows.connections;
  const [name, setName] = useState(connection.name);
  const send = useSend((b: object) => api.patch(`/connections/${connection.id}`, b), ['/connections']);
  const go = async (): Promise<void> => {
    if (!name.trim()) return;
    await send.mutateAsync({ version: connection.version, name: name.trim() });
    toast(w.renamed);
    onClose();
  };
  return (
    <Dialog open title={w.renameTitle} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" pending={send.isPending} onPress={() => safely(go())}>{t.verbs.save}</Button></>}>
      <TextField label={w.name} value={name} onChange={setName} autoFocus maxLength={100} error={!name.trim() ? w.noName : send.error?.at('name')} onKeyDown={(e) => { if (e.key === 'Enter') safely(go()); }} />
      {send.error && !send.error.at('name') && <Problem error={send.error} />}
    </Dialog>
  );
}
