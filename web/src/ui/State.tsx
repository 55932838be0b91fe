/* How something stands: always an icon and a word. A pill only where the state is the headline. */
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { PinType, RequestStatus, RunStatus } from '../api/types';
import { t } from '../texts';
import { IconAlarm, IconBusy, IconCheck, IconClock, IconClose, IconError, IconLock, IconPaused, IconRequests, IconStop, IconTimer, IconWarning } from './icons';

export type Tone = 'ok' | 'bad' | 'warn' | 'info' | 'act' | 'quiet';
const toneIcon: Record<Tone, LucideIcon> = { ok: IconCheck, bad: IconError, warn: IconWarning, info: IconBusy, act: IconRequests, quiet: IconClock };

export function State({ tone, icon, pill, children }: { tone: Tone; icon?: LucideIcon; pill?: boolean; children: ReactNode }) {
  const Icon = icon ?? toneIcon[tone];
  return <span className={`st ${tone} ${pill ? 'pill' : ''}`}><Icon className="i sm" size={14} aria-hidden />{children}</span>;
}
const requestTone: Record<RequestStatus, [Tone, LucideIcon]> = {
  OPEN: ['info', IconRequests], PENDING: ['quiet', IconTimer], RESOLVED: ['ok', IconCheck], LOCKED: ['quiet', IconLock], EXPIRED: ['quiet', IconAlarm], CANCELED: ['quiet', IconClose],
};
export function RequestState({ status, pill }: { status: RequestStatus; pill?: boolean }) {
  const [tone, icon] = requestTone[status];
  return <State tone={tone} icon={icon} pill={pill}>{t.status[status]}</State>;
}
const runTone: Record<RunStatus, [Tone, LucideIcon]> = {
  QUEUED: ['quiet', IconClock], RUNNING: ['info', IconBusy], WAITING: ['quiet', IconTimer], PAUSED: ['quiet', IconPaused], SUCCEEDED: ['ok', IconCheck], STOPPED: ['quiet', IconStop], FAILED: ['bad', IconError], CANCELED: ['quiet', IconClose],
};
export function RunState({ status, pill }: { status: RunStatus; pill?: boolean }) {
  const [tone, icon] = runTone[status];
  return <State tone={tone} icon={icon} pill={pill}>{t.run[status]}</State>;
}
/** the shape of a value's type; hollow = free, filled = linked. A list doubles the outline. Always beside the type's word. */
export function Pin({ type, filled, list, className }: { type: PinType | 'datetime'; filled?: boolean; list?: boolean; className?: string }) {
  const shape = (fill: string): ReactNode => {
    switch (type) {
      case 'number': return <rect x="1.75" y="1.75" width="8.5" height="8.5" fill={fill} />;
      case 'boolean': return <><circle cx="6" cy="6" r="4.5" fill={fill} /><path d="M6 1.5a4.5 4.5 0 0 0 0 9Z" fill="currentColor" /></>;
      case 'datetime': case 'date': return <path d="M6 .8 11.2 6 6 11.2.8 6Z" fill={fill} />;
      case 'object': return <path d="M3.4 1.5h5.2L11.2 6l-2.6 4.5H3.4L.8 6Z" fill={fill} />;
      case 'file': return <path d="M2.5 1h4.8l2.4 2.4V11H2.5Z" fill={fill} />;
      case 'flow': case 'folder': return <path d="M1.5 3h3.5l1 1.5h4.5v5.5h-9Z" fill={fill} />;
      case 'any': return <circle cx="6" cy="6" r="4.5" strokeDasharray="2 1.6" fill={fill} />;
      default: return <circle cx="6" cy="6" r="4.5" fill={fill} />;
    }
  };
  return <svg className={`pin ${className ?? ''}`} viewBox="0 0 12 12" aria-hidden>{list && <g className="pin-list" transform="translate(6 6) scale(1.5) translate(-6 -6)">{shape('none')}</g>}{shape(filled ? 'currentColor' : 'none')}</svg>;
}
export function TypeBadge({ type }: { type: PinType | 'datetime' }) {
  return <span className="ptype"><Pin type={type} />{t.inputType[type] ?? type}</span>;
}
