/* How instants are said: relative to now in the person's zone, absolute with the zone on demand. Framework-free; the
   words come in from the catalogue. */
import type { Instant } from '../api/types';

export interface TimeWords {
  now: string;
  minutesAgo: (n: number) => string;
  today: (clock: string) => string;
  yesterday: (clock: string) => string;
  tomorrow: string;
  inMinutes: (n: number) => string;
  inHours: (n: number) => string;
  over: (span: string) => string;
  minutes: (n: number) => string;
  hours: (n: number) => string;
  days: (n: number) => string;
  hoursMinutes: (h: number, m: number) => string;
}
export interface Clock {
  now: number;
  zone: string;
  locale: string;
  words: TimeWords;
}
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(locale: string, zone: string, o: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + zone + JSON.stringify(o);
  let f = formats.get(key);
  if (!f) {
    f = new Intl.DateTimeFormat(locale, { ...o, timeZone: zone });
    formats.set(key, f);
  }
  return f;
}
/** calendar days since the epoch in a zone: differences of it count nights */
export function dayNumber(ms: number, zone: string): number {
  const p = Object.fromEntries(format('en-GB', zone, { year: 'numeric', month: 'numeric', day: 'numeric' }).formatToParts(ms).map((x) => [x.type, x.value]));
  return Math.floor(Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day)) / DAY);
}
const clockOf = (ms: number, c: Clock): string => format(c.locale, c.zone, { hour: '2-digit', minute: '2-digit' }).format(ms);
const shortDay = (ms: number, c: Clock): string => format(c.locale, c.zone, { weekday: 'short', day: 'numeric', month: 'short' }).format(ms);
const fullDay = (ms: number, c: Clock): string => format(c.locale, c.zone, { day: 'numeric', month: 'short', year: 'numeric' }).format(ms);
const sameYear = (a: number, b: number, zone: string): boolean => format('en-GB', zone, { year: 'numeric' }).format(a) === format('en-GB', zone, { year: 'numeric' }).format(b);

/** a moment that was: "5 min ago", "Today, 11:38", "Mon 16 Mar", "4 Sept 2025" */
export function sayPast(at: Instant, c: Clock): string {
  const ms = Date.parse(at);
  const age = c.now - ms;
  if (age < MINUTE) return c.words.now;
  if (age < HOUR) return c.words.minutesAgo(Math.floor(age / MINUTE));
  const days = dayNumber(c.now, c.zone) - dayNumber(ms, c.zone);
  if (days <= 0) return c.words.today(clockOf(ms, c));
  if (days === 1) return c.words.yesterday(clockOf(ms, c));
  return sameYear(ms, c.now, c.zone) ? shortDay(ms, c) : fullDay(ms, c);
}
/** a moment to the second, for lists of what happened: "Today, 11:52:09", "Tue 10 Mar, 14:11:02" */
export function sayMoment(at: Instant, c: Clock): string {
  const ms = Date.parse(at);
  const clock = format(c.locale, c.zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms);
  const days = dayNumber(c.now, c.zone) - dayNumber(ms, c.zone);
  if (days <= 0) return c.words.today(clock);
  if (days === 1) return c.words.yesterday(clock);
  return `${sameYear(ms, c.now, c.zone) ? shortDay(ms, c) : fullDay(ms, c)}, ${clock}`;
}
/** a moment that will be, or a due one that passed: "In 6 hours", "Tomorrow", "Saturday", "1 day over" */
export function sayDue(at: Instant, c: Clock): string {
  const ms = Date.parse(at);
  const left = ms - c.now;
  if (left < 0) return c.words.over(span(-left, c.words));
  if (left < HOUR) return c.words.inMinutes(Math.max(1, Math.round(left / MINUTE)));
  const days = dayNumber(ms, c.zone) - dayNumber(c.now, c.zone);
  if (days === 0 || left < 6 * HOUR) return c.words.inHours(Math.round(left / HOUR));
  if (days === 1) return c.words.tomorrow;
  if (days < 7) return format(c.locale, c.zone, { weekday: 'long' }).format(ms);
  return sameYear(ms, c.now, c.zone) ? shortDay(ms, c) : fullDay(ms, c);
}
/** the largest unit of a length of time */
export function span(ms: number, w: Pick<TimeWords, 'minutes' | 'hours' | 'days'>): string {
  if (ms >= DAY) return w.days(Math.round(ms / DAY));
  if (ms >= HOUR) return w.hours(Math.round(ms / HOUR));
  return w.minutes(Math.max(1, Math.round(ms / MINUTE)));
}
/** a running length: "2 h 51 min" below a day, days above */
export function running(ms: number, w: TimeWords): string {
  if (ms >= 2 * DAY) return w.days(Math.floor(ms / DAY));
  if (ms < HOUR) return w.minutes(Math.max(0, Math.floor(ms / MINUTE)));
  return w.hoursMinutes(Math.floor(ms / HOUR), Math.floor((ms % HOUR) / MINUTE));
}
/** "12 March 2026, 11:38:04 CET" */
export function absolute(at: Instant, c: Pick<Clock, 'zone' | 'locale'>): string {
  return format(c.locale, c.zone, { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' }).format(Date.parse(at));
}
/** a day without a time, "2026-06-30" → "30 June 2026" */
export function sayDay(day: string, locale: string): string {
  const ms = Date.parse(`${day.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(ms) ? day : format(locale, 'UTC', { day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
}
export type DueGroup = 'overdue' | 'today' | 'week' | 'later' | 'none';
/** the group of the inbox that a due moment falls in */
export function dueGroup(at: Instant | null, c: Pick<Clock, 'now' | 'zone'>): DueGroup {
  if (!at) return 'none';
  const ms = Date.parse(at);
  if (ms < c.now) return 'overdue';
  const days = dayNumber(ms, c.zone) - dayNumber(c.now, c.zone);
  return days === 0 ? 'today' : days < 7 ? 'week' : 'later';
}
/** seconds and less for runs: "1.4 s", "12 s", "3 min" */
export function sayDuration(ms: number, locale: string, seconds: (n: string) => string, w: Pick<TimeWords, 'minutes' | 'hours' | 'days'>): string {
  if (ms >= 90_000) return span(ms, w);
  return seconds(new Intl.NumberFormat(locale, { maximumFractionDigits: ms < 10_000 ? 1 : 0, minimumFractionDigits: 0 }).format(Math.max(ms, 1) / 1000));
}
