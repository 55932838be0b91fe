/* Choosing what belongs to a resource set: workflows, people, groups or applications, all or some. Gives resource names
   (ORNs), which the server stores. */
import { useDeferredValue, useState } from 'react';
import type { Application, Group } from '../../api/compatible';
import { useList } from '../../api/hooks';
import type { DelegatedFlow } from '../../api/types';
import { useMe } from '../../app/session';
import { ornOf, type ResourceKind } from '../../logic/admin';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { Checkbox, RadioGroup, SearchField, Select } from '../../ui/Field';
import { Skeleton } from '../../ui/Page';

interface Row {
  orn: string;
  name: string;
  detail: string | null;
}
function useRows(kind: ResourceKind, q: string, enabled: boolean): { rows: Row[]; isPending: boolean } {
  const me = useMe();
  const org = me.session.organisation.id;
  const path = kind === 'workflows' ? '/delegated-flows' : kind === 'apps' ? '/api/v1/apps' : '/api/v1/groups';
  const list = useList<DelegatedFlow | Application | Group>(path, { query: q && kind !== 'workflows' ? { q } : {}, limit: 200, enabled, keep: true });
  const rows = list.rows.map((x): Row => {
    if (kind === 'workflows') return { orn: ornOf.workflows(org, x.id), name: (x as DelegatedFlow).name, detail: [(x as DelegatedFlow).folderPath, (x as DelegatedFlow).enabled ? '' : t.admin.iam.flowOff].filter(Boolean).join(' · ') };
    if (kind === 'apps') return { orn: ornOf.apps(org, x.id, (x as Application).name), name: (x as Application).label, detail: x.id };
    return { orn: kind === 'users' ? ornOf.users(org, x.id) : ornOf.groups(org, x.id), name: (x as Group).profile.name, detail: (x as Group).profile.description };
  });
  return { rows: kind === 'workflows' ? rows.filter((r) => fits(`${r.name} ${r.detail ?? ''}`, q)) : rows, isPending: list.isPending };
}
export function ResourcePicker({ value, onChange, error, has = [] }: { value: string[]; onChange: (orns: string[]) => void; error?: string; has?: string[] }) {
  const me = useMe();
  const w = t.admin.iam;
  const org = me.session.organisation.id;
  const [kind, setKind] = useState<ResourceKind>('workflows');
  const [scope, setScope] = useState<'all' | 'some'>('some');
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const { rows, isPending } = useRows(kind, q, scope === 'some');
  const scopeTo = (s: 'all' | 'some', k: ResourceKind): void => { setScope(s); onChange(s === 'all' ? [ornOf[k](org)] : []); };
  return (
    <div className="stack" data-invalid={error ? '' : undefined}>
      <div className="pairs">
        <Select label={w.resourceType} value={kind} onChange={(k) => { setKind(k as ResourceKind); setText(''); scopeTo(scope, k as ResourceKind); }} choices={(['workflows', 'users', 'groups', 'apps'] as const).map((k) => ({ id: k, name: w.resourceKinds[k] }))} />
        <RadioGroup label={w.scope} value={scope} onChange={(s) => scopeTo(s as 'all' | 'some', kind)} choices={[{ id: 'all', name: w.allOf[kind] }, { id: 'some', name: w.someOf[kind] }]} />
      </div>
      {scope === 'all' ? <p className="soft">{kind === 'workflows' ? w.allFlowsText : w.allText}</p> : (
        <div className="stack tight">
          <SearchField label={w.findResource} value={text} onChange={setText} />
          <div className="picklist" role="group" aria-label={w.someOf[kind]}>
            {isPending ? <Skeleton rows={3} lines /> : rows.length === 0 ? <p className="muted">{q ? t.nothingFound : kind === 'workflows' ? w.noFlows : t.nothingFound}</p>
              : rows.map((r) => <Checkbox key={r.orn} checked={value.includes(r.orn) || has.includes(r.orn)} disabled={has.includes(r.orn)} onChange={(on) => onChange(on ? [...value, r.orn] : value.filter((x) => x !== r.orn))}>{r.name}{r.detail && <span className="muted"> {r.detail}</span>}</Checkbox>)}
          </div>
          {value.length > 0 && <p className="meta" role="status">{t.selected(value.length)}</p>}
        </div>
      )}
      {error && <p className="c-bad" role="alert">{error}</p>}
    </div>
  );
}
