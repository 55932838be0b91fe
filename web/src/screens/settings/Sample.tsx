/* What of this organisation is sample, and taking all of it away with one click. */
import { useGet } from '../../api/hooks';
import type { Sample as SampleData } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { removeSamples } from '../../app/sample';
import { useMe } from '../../app/session';
import { t } from '../../texts';
import { Button, ButtonLink } from '../../ui/Button';
import { IconDelete } from '../../ui/icons';
import { Bar, Empty, Loaded, Problem, Skeleton } from '../../ui/Page';
import { useDo } from './form';
import { Item, Section } from './Master';
import './settings.css';

const hrefs: Record<string, (id: string) => string> = {
  person: paths.person, group: paths.group, flow: paths.flow, folder: paths.flows, connection: () => paths.connections, role: paths.role, resourceSet: paths.resourceSet, team: paths.team,
  configList: (id) => paths.settings('lists', id), requestType: paths.requestType, request: paths.request,
};
const order = ['request', 'requestType', 'flow', 'folder', 'connection', 'team', 'configList', 'person', 'group', 'role', 'resourceSet'];

export default function Sample() {
  const me = useMe();
  const w = t.admin.sample;
  const act = useDo();
  const sample = useGet<SampleData>('/sample');
  const remove = (): Promise<boolean> => act.run('remove', () => removeSamples(me));
  return (
    <>
      <Bar title={t.nav.sample} />
      <div className="pane">
        {act.error && <Problem error={act.error} />}
        <Loaded of={sample} skeleton={<Skeleton rows={5} lines />}>{(s) => !s.present ? <Empty title={w.none} action={<ButtonLink href={paths.inbox()}>{t.nav.inbox}</ButtonLink>}>{w.noneText}</Empty> : (
          <Section top title={w.title} count={s.objects.length} about={w.about} action={<Button look="danger" icon={IconDelete} pending={act.busy === 'remove'} onPress={() => void remove()}>{t.sample.remove} …</Button>}>
            <ul className="items">
              {[...s.objects].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)).map((o) => {
                const href = hrefs[o.kind]?.(o.id);
                return <Item key={o.id} name={href ? <Link href={href}>{o.name}</Link> : o.name}><span className="meta">{w.kinds[o.kind] ?? o.kind}</span></Item>;
              })}
            </ul>
          </Section>
        )}</Loaded>
      </div>
    </>
  );
}
