/* How a person of the directory stands. */
import type { UserStatus } from '../../api/compatible';
import { t } from '../../texts';
import { IconCheck, IconClock, IconError, IconKey, IconLock, IconPaused } from '../../ui/icons';
import { State, type Tone } from '../../ui/State';

export const personLook: Record<UserStatus, [Tone, typeof IconCheck]> = {
  ACTIVE: ['ok', IconCheck], STAGED: ['quiet', IconClock], PROVISIONED: ['warn', IconClock], RECOVERY: ['warn', IconKey], PASSWORD_EXPIRED: ['warn', IconKey], LOCKED_OUT: ['bad', IconLock], SUSPENDED: ['warn', IconPaused], DEPROVISIONED: ['quiet', IconError],
};
export function PersonState({ status, pill }: { status: UserStatus; pill?: boolean }) {
  const [tone, icon] = personLook[status] ?? ['quiet', IconClock];
  return <State tone={tone} icon={icon} pill={pill}>{t.admin.people.status[status] ?? status}</State>;
}
