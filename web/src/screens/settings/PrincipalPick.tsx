/* Choosing who gets a role: an application, a person or a group. */
import { useState } from 'react';
import type { Feature } from '../../api/compatible';
import { useGet } from '../../api/hooks';
import type { PersonRef } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { RadioGroup } from '../../ui/Field';
import { Note } from '../../ui/Page';
import { PersonField } from '../../ui/People';
import { AppField, DirectoryGroupField, type Principal, type PrincipalKind } from './shared';

export function PrincipalPick({ value, onChange, error, exclude, first = 'user' }: { value: Principal | null; onChange: (p: Principal | null) => void; error?: string; exclude?: string[]; first?: PrincipalKind }) {
  const me = useMe();
  const w = t.admin.iam;
  const [kind, setKind] = useState<PrincipalKind>(value?.kind ?? first);
  const features = useGet<Feature[]>('/api/v1/features', { enabled: kind === 'app' && me.may('okta.features.read'), staleTime: 60_000 });
  const off = features.data?.find((f) => f.status === 'DISABLED' && /admin roles to apps/i.test(f.name));
  const person: PersonRef | null = value?.kind === 'user' ? { id: value.id, name: value.name, email: null } : null;
  return (
    <>
      <RadioGroup label={w.member} value={kind} onChange={(k) => { setKind(k as PrincipalKind); onChange(null); }} choices={(['app', 'user', 'group'] as const).map((k) => ({ id: k, name: w.kinds[k] ?? k }))} />
      {kind === 'app' && <AppField hideLabel label={w.kinds.app ?? ''} value={value} onChange={onChange} error={error} exclude={exclude} hint={w.appHint} />}
      {kind === 'user' && <PersonField hideLabel label={w.kinds.user ?? ''} value={person} onChange={(p) => onChange(p && { kind: 'user', id: p.id, name: p.name })} error={error} exclude={exclude} />}
      {kind === 'group' && <DirectoryGroupField hideLabel label={w.kinds.group ?? ''} value={value} onChange={onChange} error={error} exclude={exclude} />}
      {kind === 'app' && off && <Note tone="warn" title={w.featureOff(off.name)}><Link href={paths.settings('features')}>{t.nav.features}</Link></Note>}
    </>
  );
}
