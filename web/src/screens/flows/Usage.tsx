/* What runs a flow, and what it runs. */
import { useGet } from '../../api/hooks';
import type { Flow, FlowUsage, NamedRef } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { t } from '../../texts';
import { IconFlow, IconQuestion } from '../../ui/icons';
import { Empty, Loaded } from '../../ui/Page';
import { Tile } from '../../ui/People';
import { FlowFrame } from './FlowFrame';

export default function Usage({ params }: { params: { id: string } }) {
  const w = t.flows.usage;
  const flow = useGet<Flow>(`/flows/${params.id}`);
  const usage = useGet<FlowUsage>(`/flows/${params.id}/usage`);
  const part = (title: string, list: NamedRef[] | undefined, href: (id: string) => string, icon: typeof IconFlow) => list && list.length > 0 && (
    <section className="sec usage-part"><h2><span>{title}</span><span>{list.length}</span></h2><ul className="usage">{list.map((x) => <li key={x.id}><Link href={href(x.id)}><Tile icon={icon} size="sm" />{x.name}</Link></li>)}</ul></section>
  );
  return (
    <Loaded of={flow}>
      {(f) => (
        <>
          <FlowFrame flow={f} tab="usage" />
          <div className="pane"><div className="measure">
            <Loaded of={usage}>
              {(u) => !(u.requestTypes?.length || u.callers.length || u.callees.length) ? <Empty title={w.none}>{w.noneText}</Empty> : (
                <>{part(w.requestTypes, u.requestTypes, (id) => paths.requestType(id), IconQuestion)}{part(w.callers, u.callers, paths.flow, IconFlow)}{part(w.callees, u.callees, paths.flow, IconFlow)}</>
              )}
            </Loaded>
          </div></div>
        </>
      )}
    </Loaded>
  );
}
