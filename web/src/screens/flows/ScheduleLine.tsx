/* A schedule in one sentence, with its next start in its own zone. */
import type { Instant, Schedule } from '../../api/types';
import { saySchedule } from '../../logic/schedule';
import { locale, t } from '../../texts';

export function ScheduleLine({ schedule, next }: { schedule: Schedule | undefined; next: Instant | null }) {
  return <><span>{saySchedule(schedule, t.triggers.say, locale())}</span>{next && <span className="meta">{t.triggers.schedule.nextRun}: <time dateTime={next}>{inZone(schedule?.timeZone).format(Date.parse(next))}</time></span>}</>;
}
export const inZone = (zone: string | undefined): Intl.DateTimeFormat => new Intl.DateTimeFormat(locale(), { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short', timeZone: zoneOf(zone) });
/** a zone that this browser does not know shows its times in UTC; the server says what is wrong with it */
function zoneOf(zone: string | undefined): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone || 'UTC' });
    return zone || 'UTC';
  } catch {
    return 'UTC';
  }
}
