/* Applications: service apps that call the API, among them the one as which Access Requests runs workflows. */
import { useDeferredValue } from 'react';
import { api } from '../../api/client';
import type { Application, RoleAssignment } from '../../api/compatible';
import { refresh, useGet, useList } from '../../api/hooks';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { Button, ButtonLink } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { TextArea, TextField } from '../../ui/Field';
import { IconApp, IconCheck, IconDelete, IconPaused } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { Scopes, Secrets } from './AppAccess';
import { Copy, DialogForm, PageForm, useDo, useForm } from './form';
import { Head, Item, Master, Section } from './Master';
import { roleName, withSearch } from './shared';

const APPS = '/api/v1/apps';
const touches = [APPS, '/resource-types', '/api/v1/iam'];
export const isAccessRequests = (a: Pick<Application, 'label'>): boolean => /access requests/i.test(a.label);

export default function Applications({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.apps;
  const [s, set] = useSearch({ q: '', new: '' });
  const q = useDeferredValue(s.q.trim());
  const list = useList<Application>(APPS, { query: q ? { q } : {}, limit: 100, keep: true });
  const lines = list.rows.map((a) => ({ id: a.id, href: withSearch(paths.application(a.id)), name: a.label, lead: <IconApp className="i" size={16} aria-hidden />, sub: kindOf(a), end: a.status === 'INACTIVE' ? w.inactive : undefined }));
  return (
    <>
      <Master title={t.nav.applications} about={w.about} of={list} lines={lines} id={params.id} back={withSearch(paths.applications)} filtered={Boolean(s.q)} empty={{ title: w.empty, text: w.emptyText }} search={{ label: w.search, value: s.q, onChange: (v) => set({ q: v }) }}
        create={me.may('okta.apps.manage') ? { name: w.add, run: () => set({ new: 'yes' }) } : undefined}>
        {(id) => <One id={id} />}
      </Master>
      {s.new && <NewApp onClose={() => set({ new: null })} />}
    </>
  );
}
function kindOf(a: Application): string {
  const w = t.admin.apps;
  const type = a.settings?.oauthClient?.application_type;
  return type === 'service' ? w.service : type ? w.oidc : (w.modes[a.signOnMode] ?? a.signOnMode);
}
function keysOf(text: string): object | null {
  try {
    const v = JSON.parse(text) as { keys?: unknown[]; kty?: unknown };
    return Array.isArray(v.keys) ? v : v.kty ? { keys: [v] } : null;
  } catch {
    return null;
  }
}
function NewApp({ onClose }: { onClose: () => void }) {
  const w = t.admin.apps;
  const form = useForm({
    keep: 'app.new', from: { label: '', jwks: '' }, touches,
    check: (v) => ({ label: !v.label.trim() && t.types.problem.noName, jwks: !keysOf(v.jwks) && w.needKeys }),
    send: (v) => api.post<Application>(`${APPS}?activate=true`, {
      name: 'oidc_client', label: v.label.trim(), signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: 'private_key_jwt' } },
      settings: { oauthClient: { application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'], jwks: keysOf(v.jwks) } },
    }),
    done: (a) => navigate(paths.application((a as Application).id)),
  });
  return (
    <DialogForm form={form} title={w.add} verb={w.addVerb} onClose={onClose}>
      <p className="soft">{w.addText}</p>
      <TextField label={w.label} autoFocus maxLength={100} {...form.text('label')} />
      <TextArea label={w.jwks} hint={w.jwksHint} rows={5} {...form.text('jwks')} />
    </DialogForm>
  );
}
function One({ id }: { id: string }) {
  const app = useGet<Application>(`${APPS}/${id}`);
  return <Loaded of={app}>{(a) => <Body key={a.id} app={a} />}</Loaded>;
}
function Body({ app: a }: { app: Application }) {
  const me = useMe();
  const w = t.admin.apps;
  const act = useDo();
  const may = me.may('okta.apps.manage');
  const on = a.status === 'ACTIVE';
  const form = useForm({
    keep: `app.${a.id}`, from: { label: a.label }, touches, check: (v) => ({ label: !v.label.trim() && t.types.problem.noName }),
    send: async (v) => api.put(`${APPS}/${a.id}`, { ...(await api.get<object>(`${APPS}/${a.id}`)), label: v.label.trim() }),
  });
  const cycle = async (verb: 'activate' | 'deactivate'): Promise<void> => {
    if (verb === 'deactivate' && !(await ask({ title: w.offTitle(a.label), body: isAccessRequests(a) ? w.offBodyOwn : w.offBody, verb: w.off, safe: t.verbs.keep, destroy: true }))) return;
    await act.run(verb, async () => { await api.post(`${APPS}/${a.id}/lifecycle/${verb}`); await refresh(...touches); }, verb === 'activate' ? w.isOn : w.isOff);
  };
  const remove = async (): Promise<void> => {
    if (!(await ask({ title: w.deleteTitle(a.label), body: w.deleteBody, verb: w.deleteVerb, safe: t.verbs.keep, destroy: true }))) return;
    if (await act.run('delete', () => api.del(`${APPS}/${a.id}`), w.deleted)) { navigate(withSearch(paths.applications)); await refresh(...touches); }
  };
  const client = a.settings?.oauthClient;
  return (
    <>
      <Head lead={<Tile icon={IconApp} size="lg" />} title={a.label} sub={<><span>{kindOf(a)}</span><State tone={on ? 'ok' : 'quiet'} icon={on ? IconCheck : IconPaused} pill>{on ? w.active : w.inactive}</State></>}>
        {may && !on && <Button icon={IconCheck} pending={act.busy === 'activate'} onPress={() => void cycle('activate')}>{w.on}</Button>}
        {may && <Menu label={t.verbs.more} entries={[on && { id: 'off', name: `${w.off} …`, icon: IconPaused, run: () => void cycle('deactivate') }, !on && { id: 'delete', name: `${w.deleteVerb} …`, icon: IconDelete, danger: true, run: () => void remove() }]} />}
      </Head>
      {act.error && <Problem error={act.error} />}
      {isAccessRequests(a) && <Note title={w.ownTitle}><p>{w.ownText}</p><p><Link href={paths.role()}>{w.toRoles}</Link></p></Note>}
      <Section title={w.facts}>
        <dl className="kv">
          <dt>{w.clientId}</dt><dd><Copy value={a.id} label={w.clientId} /></dd>
          {client?.grant_types && <><dt>{w.grants}</dt><dd className="code">{client.grant_types.join(', ')}</dd></>}
          {a.credentials?.oauthClient?.token_endpoint_auth_method && <><dt>{w.auth}</dt><dd className="code">{a.credentials.oauthClient.token_endpoint_auth_method}</dd></>}
          {client?.jwks && <><dt>{w.keys}</dt><dd>{client.jwks.keys.map((k) => [k.kid, k.kty].filter(Boolean).join(' · ')).join(', ') || <span className="muted">{t.none}</span>}</dd></>}
          <dt>{w.created}</dt><dd><Time at={a.created} /></dd>
        </dl>
      </Section>
      {client?.grant_types?.includes('client_credentials') && a.credentials?.oauthClient?.token_endpoint_auth_method === 'private_key_jwt' && <Scopes app={a} may={may} />}
      {client && a.credentials?.oauthClient?.token_endpoint_auth_method?.startsWith('client_secret') && <Secrets app={a} may={may} />}
      {client && <Roles app={a} />}
      {may && <Section title={w.rename}><PageForm form={form} label={w.rename}><TextField label={w.label} maxLength={100} {...form.text('label')} /></PageForm></Section>}
    </>
  );
}
function Roles({ app: a }: { app: Application }) {
  const me = useMe();
  const w = t.admin.apps;
  const roles = useGet<RoleAssignment[]>(`/oauth2/v1/clients/${a.id}/roles`, { enabled: me.may('okta.iam.read') });
  if (!me.may('okta.iam.read')) return null;
  return (
    <Section title={w.roles} count={roles.data?.length} action={<Link href={paths.administrators}>{t.nav.administrators}</Link>}>
      <Loaded of={roles} skeleton={<Skeleton rows={1} lines />}>{(list) => list.length === 0 ? <p className="muted">{w.noRoles}</p> : (
        <ul className="items">{list.map((r) => <Item key={r.id} name={r.role ? <Link href={paths.role(r.role)}>{r.label}</Link> : roleName(r.type, r.label)} sub={<Time plain at={r.created} />}>{r['resource-set'] && <ButtonLink look="quiet" size="dense" href={paths.resourceSet(r['resource-set'])}>{t.admin.iam.set}</ButtonLink>}</Item>)}</ul>
      )}</Loaded>
    </Section>
  );
}
