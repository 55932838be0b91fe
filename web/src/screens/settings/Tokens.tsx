/* API tokens: made for oneself and shown once; they can be withdrawn at any time. */
import { useState } from 'react';
import { api } from '../../api/client';
import type { ApiToken } from '../../api/compatible';
import { refresh, useList } from '../../api/hooks';
import { useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { IconAdd, IconDelete } from '../../ui/icons';
import { Bar, Empty, Note, Problem, Skeleton } from '../../ui/Page';
import { type Column, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { Copy, useDo } from './form';
import { PrincipalName } from './shared';
import './settings.css';

const TOKENS = '/api/v1/api-tokens';

export default function Tokens() {
  const me = useMe();
  const w = t.admin.tokens;
  const act = useDo();
  const [s, set] = useSearch({ new: '' });
  const list = useList<ApiToken>(TOKENS, { limit: 200 });
  const withdraw = async (x: ApiToken): Promise<void> => {
    if (!(await ask({ title: w.withdrawTitle(x.name), body: w.withdrawBody, verb: w.withdraw, safe: t.verbs.keep, destroy: true }))) return;
    await act.run(x.id, async () => { await api.del(`${TOKENS}/${x.id}`); await refresh(TOKENS); }, w.withdrawn);
  };
  const columns: Column<ApiToken>[] = [
    { id: 'name', name: w.name, wrap: true, cell: (x) => <b>{x.name}</b> },
    { id: 'who', name: w.actsAs, cell: (x) => (x.userId === me.session.principal.id ? <>{me.session.principal.name} <span className="muted">{t.you}</span></> : <PrincipalName of={{ kind: 'user', id: x.userId }} />) },
    { id: 'created', name: w.created, cell: (x) => <Time at={x.created} /> },
    { id: 'used', name: w.used, cell: (x) => <Time at={x.lastUpdated} /> },
    { id: 'expires', name: w.expires, cell: (x) => (x.expiresAt ? <Time at={x.expiresAt} due /> : <span className="muted">–</span>) },
    { id: 'act', name: w.withdraw, hideHead: true, num: true, cell: (x) => <IconButton icon={IconDelete} label={`${w.withdraw}: ${x.name}`} pending={act.busy === x.id} onPress={() => void withdraw(x)} /> },
  ];
  return (
    <>
      <Bar title={t.nav.tokens}><Button size="dense" icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.add}</Button></Bar>
      <div className="pane">
        <p className="soft about-part">{w.about}</p>
        {act.error && <Problem error={act.error} />}
        {list.isPending ? <Skeleton rows={3} lines /> : list.error && !list.rows.length ? <Problem error={list.error} retry={list.error.kind === 'forbidden' ? undefined : list.retry} />
          : list.rows.length === 0 ? <Empty title={w.empty} action={<Button icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.add}</Button>}>{w.emptyText}</Empty>
          : <Table label={t.nav.tokens} rows={list.rows} columns={columns} rowKey={(x) => x.id} more={{ has: list.hasMore, loading: list.isLoadingMore, load: list.more }} />}
      </div>
      {s.new && <NewToken onClose={() => set({ new: null })} />}
    </>
  );
}
function NewToken({ onClose }: { onClose: () => void }) {
  const w = t.admin.tokens;
  const act = useDo();
  const [name, setName] = useState('');
  const [token, setToken] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const go = async (): Promise<void> => {
    if (!name.trim()) return setWrong(t.types.problem.noName);
    await act.run('new', async () => {
      const made = await api.post<{ token: string }>('/api-tokens', { name: name.trim() });
      setToken(made.token);
      await refresh(TOKENS);
    });
  };
  if (token) {
    return (
      <Dialog open alert title={w.madeTitle} onClose={onClose} actions={<Button look="primary" onPress={onClose}>{w.kept}</Button>}>
        <Note tone="warn" title={w.once}>{w.onceText}</Note>
        <Copy secret value={token} label={w.add} />
        <p className="meta">{w.use} <span className="code">Authorization: SSWS …</span></p>
      </Dialog>
    );
  }
  return (
    <Dialog open title={w.add} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={act.busy === 'new'} onPress={() => void go()}>{w.make}</Button>
    </>}>
      <p className="soft">{w.addText}</p>
      <TextField label={w.name} hint={w.nameHint} autoFocus maxLength={100} value={name} onChange={(v) => { setName(v); setWrong(null); }} error={wrong ?? act.error?.at('name')} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); void go(); } }} />
      {act.error && !act.error.at('name') && <Problem error={act.error} />}
    </Dialog>
  );
}
