/* Trust store: certificate authorities that calls of flows and mails trust beside those of the system. */
import { useState } from 'react';
import { api } from '../../api/client';
import { refresh, useList } from '../../api/hooks';
import type { TrustedCertificate } from '../../api/types';
import { useSearch } from '../../app/router';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { IconAdd, IconDelete } from '../../ui/icons';
import { Bar, Empty, Problem, Skeleton } from '../../ui/Page';
import { State } from '../../ui/State';
import { type Column, Table } from '../../ui/Table';
import { Time } from '../../ui/Time';
import { useDo } from './form';
import './settings.css';

const PATH = '/trusted-certificates';
/** the first and last bytes are enough to compare by eye; all of it is the title */
const short = (f: string): string => `${f.slice(0, 8)} … ${f.slice(-8)}`;

export default function Trust() {
  const w = t.admin.trust;
  const act = useDo();
  const [s, set] = useSearch({ new: '' });
  const list = useList<TrustedCertificate>(PATH, {});
  const remove = async (x: TrustedCertificate): Promise<void> => {
    if (!(await ask({ title: w.deleteTitle(x.name), body: w.deleteBody, verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return;
    await act.run(x.id, async () => { await api.del(`${PATH}/${x.id}`); await refresh(PATH); }, w.deleted);
  };
  const columns: Column<TrustedCertificate>[] = [
    { id: 'name', name: w.name, wrap: true, cell: (x) => <><b>{x.name}</b><div className="meta">{x.subject}</div><div className="meta" title={x.fingerprint}>{w.fingerprint} <span className="code">{short(x.fingerprint)}</span></div></> },
    { id: 'until', name: w.until, cell: (x) => (x.expired ? <State tone="bad">{w.expired}</State> : <Time at={x.notAfter} due />) },
    { id: 'act', name: t.verbs.remove, hideHead: true, num: true, cell: (x) => <IconButton icon={IconDelete} label={`${t.verbs.remove}: ${x.name}`} pending={act.busy === x.id} onPress={() => void remove(x)} /> },
  ];
  const add = <Button size="dense" icon={IconAdd} onPress={() => set({ new: 'yes' })}>{w.add}</Button>;
  return (
    <>
      <Bar title={t.nav.trust}>{add}</Bar>
      <div className="pane">
        <p className="soft about-part">{w.about}</p>
        {act.error && <Problem error={act.error} />}
        {list.isPending ? <Skeleton rows={3} lines /> : list.error && !list.rows.length ? <Problem error={list.error} retry={list.error.kind === 'forbidden' ? undefined : list.retry} />
          : list.rows.length === 0 ? <Empty title={w.empty} action={add}>{w.emptyText}</Empty>
          : <Table label={t.nav.trust} rows={list.rows} columns={columns} rowKey={(x) => x.id} />}
      </div>
      {s.new && <NewCertificate onClose={() => set({ new: null })} />}
    </>
  );
}
function NewCertificate({ onClose }: { onClose: () => void }) {
  const w = t.admin.trust;
  const act = useDo();
  const [name, setName] = useState('');
  const [pem, setPem] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const go = async (): Promise<void> => {
    if (!name.trim()) return setWrong(t.types.problem.noName);
    if (await act.run('new', async () => { await api.post(PATH, { name: name.trim(), pem }); await refresh(PATH); }, w.added)) onClose();
  };
  return (
    <Dialog open title={w.add} onClose={onClose} actions={<>
      <Button onPress={onClose}>{t.verbs.cancel}</Button>
      <Button look="primary" pending={act.busy === 'new'} onPress={() => void go()}>{w.addVerb}</Button>
    </>}>
      <TextField label={w.name} hint={w.nameHint} autoFocus maxLength={100} value={name} onChange={(v) => { setName(v); setWrong(null); }} error={wrong ?? act.error?.at('name')} />
      <TextArea label={w.pem} hint={w.pemHint} rows={8} placeholder="-----BEGIN CERTIFICATE-----" value={pem} onChange={setPem} error={act.error?.at('pem')} />
      {act.error && !act.error.at('name') && !act.error.at('pem') && <Problem error={act.error} />}
    </Dialog>
  );
}
