/* The state of the server in figures. */
import { useGet } from '../../api/hooks';
import type { Health as HealthData } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { locale, t } from '../../texts';
import { IconCheck, IconError, IconSync, IconWarning } from '../../ui/icons';
import { Bar, Loaded, Skeleton } from '../../ui/Page';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { Section } from './Master';
import { sayBytes } from './shared';
import './settings.css';

const num = (n: number): string => new Intl.NumberFormat(locale()).format(n);

export default function Health() {
  const health = useGet<HealthData>('/health', { every: 10_000 });
  return (
    <>
      <Bar title={t.nav.health} />
      <div className="pane"><Loaded of={health} skeleton={<Skeleton rows={4} />}>{(h) => <Body health={h} />}</Loaded></div>
    </>
  );
}
function Body({ health: h }: { health: HealthData }) {
  const w = t.admin.health;
  const good = /^ok$/i.test(h.store.status) && !h.store.readOnly;
  return (
    <>
      <Section top title={w.server}>
        <dl className="figures">
          <div><dt>{w.version}</dt><dd>{h.version}</dd></div>
          <div><dt>{w.started}</dt><dd><Time at={h.started} /></dd></div>
          <div><dt>{w.memory}</dt><dd>{sayBytes(h.process.residentBytes)}</dd></div>
          <div><dt>{w.threads}</dt><dd>{num(h.process.threads)}</dd></div>
        </dl>
      </Section>
      <Section top title={w.store}>
        <dl className="figures">
          <div><dt>{w.state}</dt><dd>{good ? <State tone="ok" icon={IconCheck}>{w.ok}</State> : <State tone="bad" icon={IconError}>{h.store.readOnly ? w.readOnly : h.store.status}</State>}</dd></div>
          <div><dt>{w.size}</dt><dd>{sayBytes(h.store.bytes)}</dd></div>
          <div><dt>{w.schema}</dt><dd>{num(h.store.schema)}</dd></div>
          <div><dt>{w.flushes}</dt><dd>{num(h.store.flushes)} <span className="meta">{w.transactions(num(h.store.transactions))}</span></dd></div>
          <div><dt>{w.queue}</dt><dd>{num(h.queue.pending)}</dd></div>
        </dl>
      </Section>
      <Section top title={t.nav.mail} action={<Link href={paths.mail()}>{t.nav.mail}</Link>}>
        <dl className="figures">
          <div><dt>{w.mailServer}</dt><dd>{h.mail.configured ? <State tone="ok" icon={IconCheck}>{w.set}</State> : <State tone="quiet" icon={IconWarning}>{w.notSet}</State>}</dd></div>
          <div><dt>{w.queued}</dt><dd>{num(h.mail.queued)}</dd></div>
          <div><dt>{w.failed}</dt><dd>{h.mail.failed > 0 ? <State tone="bad" icon={IconError}>{num(h.mail.failed)}</State> : 0}</dd></div>
        </dl>
      </Section>
      <Section top title={w.sync} action={<Link href={paths.settings('resources')}>{t.nav.resources}</Link>}>
        {h.sync.length === 0 ? <p className="muted">{t.none}</p> : (
          <dl className="figures">
            {h.sync.map((s) => <div key={s.type}><dt>{w.types[s.type] ?? s.type}</dt><dd>{s.status === 'FAILED' ? <State tone="bad" icon={IconError}>{t.admin.resources.failed}</State> : s.status === 'RUNNING' ? <State tone="info" icon={IconSync}>{t.admin.resources.running}</State> : s.finishedAt ? <Time at={s.finishedAt} /> : <span className="muted">{t.admin.resources.never}</span>}</dd></div>)}
          </dl>
        )}
      </Section>
    </>
  );
}
