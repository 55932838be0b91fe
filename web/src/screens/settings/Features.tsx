/* Early-access and beta features: what each is, and its switch. What depends on what is said before it is switched. */
import { api } from '../../api/client';
import type { Feature } from '../../api/compatible';
import { refresh, useGet } from '../../api/hooks';
import type { Page, RequestType, RequestTypeRow } from '../../api/types';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { ask } from '../../ui/Dialog';
import { Bar, Empty, Loaded, Skeleton } from '../../ui/Page';
import { Switch } from './form';
import './settings.css';

const FEATURES = '/api/v1/features';

export default function Features() {
  const me = useMe();
  const w = t.admin.features;
  const list = useGet<Feature[]>(FEATURES);
  return (
    <>
      <Bar title={t.nav.features}><span className="meta only-wide about">{w.about}</span></Bar>
      <div className="pane">
        <Loaded of={list} skeleton={<Skeleton rows={3} lines />}>{(all) => all.length === 0 ? <Empty title={w.empty}>{w.emptyText}</Empty> : (
          <div className="part">{all.map((f) => <One key={f.id} feature={f} may={me.session.superAdmin} reread={me.reread} />)}</div>
        )}</Loaded>
      </div>
    </>
  );
}
function One({ feature: f, may, reread }: { feature: Feature; may: boolean; reread: () => Promise<void> }) {
  const w = t.admin.features;
  const on = f.status === 'ENABLED';
  const needs = useGet<Feature[]>(`${FEATURES}/${f.id}/dependencies`, { staleTime: 0 });
  const needed = useGet<Feature[]>(`${FEATURES}/${f.id}/dependents`, { staleTime: 0 });
  const offNeeds = (needs.data ?? []).filter((x) => x.status === 'DISABLED');
  const onNeeded = (needed.data ?? []).filter((x) => x.status === 'ENABLED');
  const others = (next: boolean): Feature[] => (next ? offNeeds : onNeeded);
  const send = async (next: boolean): Promise<void> => {
    await api.post(`${FEATURES}/${f.id}/${next ? 'enable' : 'disable'}${others(next).length ? '?mode=force' : ''}`);
    await Promise.all([refresh(FEATURES, '/resource-types', '/integrations', '/request-types', '/teams'), reread()]);
  };
  const confirm = async (next: boolean): Promise<boolean> => {
    const more = others(next);
    const types = next ? [] : await typesWithActions();
    if (next && !more.length) return true;
    const names = (l: { name: string }[]) => <ul className="dots">{l.map((x) => <li key={x.name}><b>{x.name}</b></li>)}</ul>;
    return ask({
      title: next ? w.onTitle(f.name) : w.offTitle(f.name), verb: next ? w.onBoth(more.length + 1) : w.offVerb(more.length + 1), safe: next ? t.verbs.cancel : w.keepOn, destroy: !next,
      body: <>
        {more.length > 0 && <div><p className="soft">{next ? w.needsOff : w.neededOn}</p>{names(more)}</div>}
        {types.length > 0 && <div><p className="soft">{w.typesGo(types.length)}</p>{names(types)}</div>}
        {!next && !more.length && !types.length && <p className="soft">{w.offBody}</p>}
      </>,
    });
  };
  return (
    <article className="feature" aria-label={f.name}>
      <div>
        <h2>{f.name}<span className="stage">{f.stage.value === 'EA' ? w.ea : f.stage.state === 'CLOSED' ? w.closedBeta : w.beta}</span></h2>
        <p>{f.description}</p>
        {(needs.data ?? []).length > 0 && <p className="deps">{w.needs} {(needs.data ?? []).map((x) => `${x.name} (${x.status === 'ENABLED' ? t.admin.access.on : t.admin.access.off})`).join(', ')}</p>}
      </div>
      <Switch label={f.name} on={on} words={[t.admin.access.on, t.admin.access.off]} disabled={!may || needs.isPending || needed.isPending} send={send} confirm={confirm} />
    </article>
  );
}
/** published types with an action: they are switched off with the feature */
async function typesWithActions(): Promise<{ name: string }[]> {
  try {
    const rows = await api.get<Page<RequestTypeRow>>('/request-types', { limit: 200 });
    const active = rows.data.filter((x) => x.status === 'ACTIVE').slice(0, 60);
    const full = await Promise.all(active.map((x) => api.get<RequestType>(`/request-types/${x.id}`).catch(() => null)));
    return full.filter((x): x is RequestType => x !== null && x.steps.some((s) => s.kind === 'ACTION'));
  } catch {
    return []; // the question is asked without the list
  }
}
