/* What an application may ask for, and its client secrets: a scope is granted and taken back at once; a secret is shown when it is made
   and never again. */
import { useState } from 'react';
import { api } from '../../api/client';
import type { AppGrant, AppSecret, Application } from '../../api/compatible';
import { refresh, useGet } from '../../api/hooks';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { Select } from '../../ui/Field';
import { IconAdd, IconDelete } from '../../ui/icons';
import { Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { Copy, useDo } from './form';
import { Item, Section } from './Master';

const SCOPES = ['okta.workflows.invoke.manage', 'reeve.read', 'reeve.manage', ...['users', 'groups', 'apps', 'appGrants', 'apiTokens', 'features', 'logs', 'roles'].flatMap((r) => [`okta.${r}.read`, `okta.${r}.manage`])];

export function Scopes({ app, may }: { app: Application; may: boolean }) {
  const w = t.admin.apps;
  const path = `/api/v1/apps/${app.id}/grants`;
  const act = useDo();
  const grants = useGet<AppGrant[]>(path);
  const free = SCOPES.filter((s) => !grants.data?.some((g) => g.scopeId === s));
  const add = (scopeId: string): void => void act.run('add', async () => { await api.post(path, { scopeId }); await refresh(path); }, w.scopeGranted);
  const take = async (g: AppGrant): Promise<void> => {
    if (!(await ask({ title: w.scopeTitle(g.scopeId), body: w.scopeBody, verb: w.scopeVerb, safe: t.verbs.keep, destroy: true }))) return;
    await act.run(g.id, async () => { await api.del(`${path}/${g.id}`); await refresh(path); }, w.scopeTaken);
  };
  return (
    <Section title={w.scopes} count={grants.data?.length} about={w.scopesAbout}>
      {act.error && <Problem error={act.error} />}
      <Loaded of={grants} skeleton={<Skeleton rows={1} lines />}>{(list) => list.length === 0 ? <p className="muted">{w.noScopes}</p> : (
        <ul className="items">{list.map((g) => <Item key={g.id} name={<span className="code">{g.scopeId}</span>} sub={<Time plain at={g.created} />}>{may && <IconButton icon={IconDelete} label={`${w.scopeVerb}: ${g.scopeId}`} pending={act.busy === g.id} onPress={() => void take(g)} />}</Item>)}</ul>
      )}</Loaded>
      {may && free.length > 0 && <div className="part-add"><Select label={w.addScope} value={null} placeholder={w.chooseScope} onChange={add} choices={free.map((s) => ({ id: s, name: s }))} /></div>}
    </Section>
  );
}
export function Secrets({ app, may }: { app: Application; may: boolean }) {
  const w = t.admin.apps;
  const path = `/api/v1/apps/${app.id}/credentials/secrets`;
  const act = useDo();
  const secrets = useGet<AppSecret[]>(path);
  const [made, setMade] = useState<string | null>(null);
  const make = (): void => void act.run('make', async () => { setMade((await api.post<AppSecret>(path, {})).client_secret ?? null); await refresh(path); });
  const turn = (s: AppSecret): void => void act.run(s.id, async () => { await api.post(`${path}/${s.id}/lifecycle/${s.status === 'ACTIVE' ? 'deactivate' : 'activate'}`); await refresh(path); });
  const remove = (s: AppSecret): void => void act.run(s.id, async () => { await api.del(`${path}/${s.id}`); await refresh(path); }, w.secretDeleted);
  const full = (secrets.data?.length ?? 0) >= 2;
  return (
    <Section title={w.secrets} count={secrets.data?.length} about={w.secretsAbout} action={may && !full ? <Button size="dense" icon={IconAdd} pending={act.busy === 'make'} onPress={make}>{w.newSecret}</Button> : undefined}>
      {act.error && <Problem error={act.error} />}
      <Loaded of={secrets} skeleton={<Skeleton rows={1} lines />}>{(list) => list.length === 0 ? <p className="muted">{w.noSecrets}</p> : (
        <ul className="items">{list.map((s) => (
          <Item key={s.id} name={<span className="code">{s.secret_hash}</span>} sub={<><Time plain at={s.created} />{s.status !== 'ACTIVE' && <State tone="quiet">{w.inactive}</State>}</>}>
            {may && <Button look="quiet" size="dense" pending={act.busy === s.id} onPress={() => turn(s)}>{s.status === 'ACTIVE' ? w.off : w.on}</Button>}
            {may && s.status !== 'ACTIVE' && <IconButton icon={IconDelete} label={`${w.secretDelete}: ${s.secret_hash}`} onPress={() => remove(s)} />}
          </Item>
        ))}</ul>
      )}</Loaded>
      {made && (
        <Dialog open alert title={w.secretMade} onClose={() => setMade(null)} actions={<Button look="primary" onPress={() => setMade(null)}>{t.admin.tokens.kept}</Button>}>
          <Note tone="warn" title={t.admin.tokens.once}>{t.admin.tokens.onceText}</Note>
          <Copy secret value={made} label={w.secrets} />
        </Dialog>
      )}
    </Section>
  );
}
