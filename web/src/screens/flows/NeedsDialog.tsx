/* The cards of a folder that still need a connection, by connector: one choice for all of them, in one go. */
import { useState } from 'react';
import { api } from '../../api/client';
import { useGet, useList, useSend } from '../../api/hooks';
import type { Connection, ConnectionNeed, Connector, Page } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Select } from '../../ui/Field';
import { IconAdd } from '../../ui/icons';
import { Loaded, Problem } from '../../ui/Page';
import { toast } from '../../ui/Toast';
import { ConnectionDialog } from './ConnectionDialog';

const NEW = ' new';
const keyOf = (n: ConnectionNeed): string => `${n.connector}:${n.wanted ?? ''}`;
export function NeedsDialog({ folderId, onClose }: { folderId: string; onClose: () => void }) {
  const w = t.flows.needs;
  const needs = useGet<Page<ConnectionNeed>>(`/folders/${folderId}/connection-needs`);
  const connections = useList<Connection>('/connections', { limit: 200 });
  const connectors = useGet<Page<Connector>>('/connectors', { staleTime: Number.POSITIVE_INFINITY }).data?.data ?? [];
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const [making, setMaking] = useState<ConnectionNeed | null>(null);
  const send = useSend((given: Record<string, string>) => api.post<Page<ConnectionNeed>>(`/folders/${folderId}/connection-needs`, { connections: given }), ['/flows', '/folders']);
  const nameOf = (connector: string): string => connectors.find((c) => c.connector === connector)?.name ?? connector;
  const go = async (): Promise<void> => {
    const left = await send.mutateAsync(chosen);
    toast(w.done);
    if (!left.data.length) onClose();
    else setChosen({});
  };
  if (making) return <ConnectionDialog connectors={connectors} wanted={making.connector} onMade={(c) => c.connector === making.connector && setChosen((old) => ({ ...old, [keyOf(making)]: c.id }))} onClose={() => setMaking(null)} />;
  const none = needs.data?.data.length === 0;
  return (
    <Dialog open wide title={w.title} onClose={onClose} actions={none
      ? <Button look="primary" autoFocus onPress={onClose}>{t.verbs.done}</Button>
      : <><Button onPress={onClose}>{w.later}</Button><Button look="primary" isDisabled={!Object.keys(chosen).length} pending={send.isPending} onPress={() => void go().catch(() => undefined)}>{w.go}</Button></>}>
      <Loaded of={needs}>
        {(page) => page.data.length === 0 ? <p className="soft">{w.nothing}</p> : (
          <>
            <p className="soft">{w.intro}</p>
            <ul className="needs">
              {page.data.map((n) => {
                const fitting = connections.rows.filter((c) => c.connector === n.connector);
                const key = keyOf(n), label = n.wanted ? w.wanted(nameOf(n.connector), n.wanted) : nameOf(n.connector);
                const known = connectors.some((c) => c.connector === n.connector);
                return (
                  <li key={key}>
                    {fitting.length || !known
                      ? <Select label={label} value={chosen[key] ?? null} placeholder={known ? w.choose : w.unknown} disabled={!known} error={send.error?.at(`connections/${key}`)}
                          onChange={(id) => (id === NEW ? setMaking(n) : setChosen((old) => ({ ...old, [key]: id })))} choices={[...fitting.map((c) => ({ id: c.id, name: c.name })), { id: NEW, name: w.make }]} />
                      : <div className="f"><b>{label}</b><Button size="dense" icon={IconAdd} onPress={() => setMaking(n)}>{w.make}</Button></div>}
                    <details><summary>{w.cards(n.cards.length)}</summary><ul className="needs-cards">{n.cards.map((c) => <li key={`${c.flowId} ${c.cardId}`}><Link href={paths.flow(c.flowId)} onClick={onClose}>{c.flowName}</Link><span className="muted">{c.title}</span></li>)}</ul></details>
                  </li>
                );
              })}
            </ul>
            {send.error && !Object.keys(chosen).some((c) => send.error?.at(`connections/${c}`)) && <Problem error={send.error} />}
          </>
        )}
      </Loaded>
    </Dialog>
  );
}
