/* The three addresses of the administrators' world. */
import { paths } from '../../app/paths';
import { t } from '../../texts';
import { LinkTabs } from '../../ui/Page';

export function AdminTabs({ current }: { current: 'assignments' | 'roles' | 'sets' }) {
  const w = t.admin.iam;
  return <LinkTabs label={t.nav.administrators} current={current} tabs={[{ id: 'assignments', name: w.assignments, href: paths.administrators }, { id: 'roles', name: w.roles, href: paths.role() }, { id: 'sets', name: w.sets, href: paths.resourceSet() }]} />;
}
