/* The bar above everything that belongs to one flow: where it lies, what kind it is, its views. */
import type { ReactNode } from 'react';
import type { Flow, FlowRow } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { t } from '../../texts';
import { IconRight } from '../../ui/icons';
import { LinkTabs, useTitle } from '../../ui/Page';
import { State } from '../../ui/State';
import { kindIcon } from './icons';
import './flows.css';

export function FlowFrame({ flow, tab, children, state }: { flow: FlowRow | Flow; tab: 'design' | 'runs' | 'usage'; children?: ReactNode; state?: ReactNode }) {
  const w = t.flows.frame;
  useTitle(`${flow.name}${tab === 'design' ? '' : `, ${tab === 'runs' ? w.runs : w.usage}`}`);
  const last = flow.folderPath.split(' / ').pop();
  return (
    <header className="bar with-tabs flow-bar">
      <div className="crumb">
        <Link className="only-roomy" href={paths.flows()}>{t.nav.flows}</Link><IconRight className="i only-roomy" size={14} aria-hidden />
        <Link className="only-wide" href={paths.flows(flow.folderId)} title={flow.folderPath}>{last}</Link><IconRight className="i only-wide" size={14} aria-hidden />
        <h1 className="cut">{flow.name}</h1>
      </div>
      <span className="only-roomy"><State tone="quiet" icon={kindIcon[flow.kind]} pill>{t.flows.kinds[flow.kind]}</State></span>
      <LinkTabs label={w.tabs} current={tab} tabs={[
        { id: 'design', name: w.design, href: paths.flow(flow.id) },
        { id: 'runs', name: w.runs, href: paths.runs(flow.id) },
        { id: 'usage', name: w.usage, href: paths.flowUsage(flow.id) },
      ]} />
      {state}
      {children && <div className="acts">{children}</div>}
    </header>
  );
}
