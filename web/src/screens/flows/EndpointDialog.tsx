/* The address at which HTTP callers reach a flow: what they must show, the URLs, and the client token, which is shown once. */
import { useState } from 'react';
import { api } from '../../api/client';
import { refresh, useGet } from '../../api/hooks';
import type { Flow, FlowEndpoint } from '../../api/types';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { RadioGroup } from '../../ui/Field';
import { IconKey } from '../../ui/icons';
import { Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { Time } from '../../ui/Time';
import { Copy, useDo } from '../settings/form';
import '../settings/settings.css';

export function EndpointDialog({ flow, readOnly, onClose }: { flow: Flow; readOnly: boolean; onClose: () => void }) {
  const w = t.triggers.endpoint;
  const path = `/flows/${flow.id}/endpoint`;
  const endpoint = useGet<FlowEndpoint>(path);
  const missing = endpoint.error?.kind === 'gone';
  return (
    <Dialog open wide title={w.title} onClose={onClose} actions={<Button look="primary" onPress={onClose}>{t.verbs.done}</Button>}>
      {missing ? <Note title={w.unsaved}>{null}</Note>
        : <Loaded of={endpoint} skeleton={<Skeleton rows={4} />}>{(e) => <Settings e={e} flow={flow} path={path} readOnly={readOnly} />}</Loaded>}
    </Dialog>
  );
}
function Settings({ e, flow, path, readOnly }: { e: FlowEndpoint; flow: Flow; path: string; readOnly: boolean }) {
  const w = t.triggers.endpoint;
  const act = useDo();
  const [token, setToken] = useState<string | null>(null);
  const choose = async (security: string): Promise<void> => {
    if (security === 'NONE' && !(await ask({ title: w.openTitle, body: w.openBody, verb: w.openVerb, destroy: true }))) return;
    await act.run('security', async () => { await api.patch(path, { security }); await refresh(path); }, w.changed);
  };
  const make = async (): Promise<void> => {
    if (e.hasToken && !(await ask({ title: w.renewTitle, body: w.renewBody, verb: w.renewVerb, destroy: true }))) return;
    await act.run('token', async () => {
      setToken((await api.post<{ clientToken: string }>(`${path}/token`, {})).clientToken);
      await refresh(path);
    });
  };
  return (
    <>
      {!flow.enabled && <p className="soft">{w.off}</p>}
      {e.alias === null ? <p className="soft">{w.hidden}</p> : (
        <dl className="ep-urls">
          {e.invokeUrl && <div><dt>{w.invoke}</dt><dd><Copy secret value={e.invokeUrl} label={w.invoke} /><p className="meta">{w.invokeHint}</p></dd></div>}
          {e.resumeUrl && !e.invokeUrl && <div><dt>{w.resume}</dt><dd><Copy secret value={e.resumeUrl} label={w.resume} /><p className="meta">{w.resumeHint}</p></dd></div>}
        </dl>
      )}
      {readOnly
        ? <p><b>{w.security}:</b> {w.levels[e.security] ?? e.security}, {w.levelText[e.security]}</p>
        : <RadioGroup down label={w.security} hint={w.atOnce} value={e.security} onChange={(v) => void choose(v)} choices={['CLIENT_TOKEN', 'OAUTH', 'NONE'].map((id) => ({ id, name: w.levels[id] ?? id, detail: w.levelText[id] }))} />}
      {e.security === 'NONE' && <Note tone="warn" title={w.open_}>{null}</Note>}
      {e.security === 'CLIENT_TOKEN' && !readOnly && (
        <section className="ep-token" aria-label={w.token}>
          <b>{w.token}</b>
          {token
            ? <><Note tone="warn" title={w.once}>{w.onceText}</Note><Copy secret value={token} label={w.token} /></>
            : <p className={e.hasToken ? 'meta' : 'soft'}>{e.hasToken && e.tokenMadeAt ? <>{w.tokenMade} <Time at={e.tokenMadeAt} /></> : w.noToken}</p>}
          <span className="row"><Button size="dense" icon={IconKey} pending={act.busy === 'token'} onPress={() => void make()}>{e.hasToken ? w.renew : w.make}</Button></span>
        </section>
      )}
      {act.error && <Problem error={act.error} />}
    </>
  );
}
