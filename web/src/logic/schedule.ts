/* A schedule as people choose it (every few minutes, on some days at a time …) and as it is stored (fields of a crontab),
   both ways; and in a plain sentence. Framework-free; the words come in from the catalogue. */
import type { Schedule } from '../api/types';

export type Every = 'minutes' | 'hours' | 'day' | 'week' | 'month' | 'custom';
export interface Plan {
  every: Every;
  /** every so many minutes, hours, months */
  minutes: number;
  hours: number;
  months: number;
  /** minutes past the hour */
  past: number;
  /** "09:00" */
  at: string;
  /** "0" is Sunday; none: every day */
  days: string[];
  day: number;
  /** window of the day in full hours, to is not in it; null: the whole day */
  from: number | null;
  to: number | null;
}
export const everyMinutes = [1, 2, 5, 10, 15, 20, 30];
export const everyHours = [1, 2, 3, 4, 6, 8, 12];
export const everyMonths = [1, 2, 3, 4, 6];
const fresh: Plan = { every: 'day', minutes: 15, hours: 1, months: 1, past: 0, at: '09:00', days: [], day: 1, from: null, to: null };

const two = (n: number): string => String(n).padStart(2, '0');
const all = (s: string | undefined): boolean => s === undefined || s.trim() === '' || s.trim() === '*' || s.trim() === '*/1';
const whole = (s: string | undefined): number | null => (s !== undefined && /^\d{1,2}$/.test(s.trim()) ? Number(s) : null);
const step = (s: string): number | null => (all(s) ? 1 : (/^\*\/(\d{1,2})$/.exec(s.trim())?.[1] ? Number(/^\*\/(\d{1,2})$/.exec(s.trim())?.[1]) : null));
function daysOf(s: string | undefined): string[] | null {
  if (all(s)) return [];
  const found = new Set<string>();
  for (const part of (s ?? '').split(',')) {
    const range = /^([0-7])(?:-([0-7]))?$/.exec(part.trim());
    if (!range) return null;
    for (let d = Number(range[1]); d <= Number(range[2] ?? range[1]); d++) found.add(String(d % 7));
  }
  return [...found].sort();
}
/** "*", "a-b", "* /n", "a-b/n": the step and the window */
function hoursOf(s: string | undefined): { step: number; from: number | null; to: number | null } | null {
  if (all(s)) return { step: 1, from: null, to: null };
  const m = /^(\*|(\d{1,2})-(\d{1,2}))(?:\/(\d{1,2}))?$/.exec((s ?? '').trim());
  if (!m) return null;
  return { step: Number(m[4] ?? 1), from: m[2] === undefined ? null : Number(m[2]), to: m[3] === undefined ? null : Number(m[3]) + 1 };
}

/** what a stored schedule says in the terms of the dialog; "custom" when it says more than they can */
export function planOf(s: Schedule): Plan {
  const days = daysOf(s.dayOfTheWeek);
  const minute = whole(s.minutes);
  const hour = whole(s.hours);
  const anyDay = all(s.dayOfTheMonth);
  const anyMonth = all(s.month);
  if (!s.minutes && !s.hours) return fresh;
  if (days && anyDay && anyMonth && minute === null) {
    const n = step(s.minutes ?? '');
    const h = hoursOf(s.hours);
    if (n && everyMinutes.includes(n) && h && h.step === 1) return { ...fresh, every: 'minutes', minutes: n, days, from: h.from, to: h.to };
  }
  if (days && anyDay && anyMonth && minute !== null && hour === null) {
    const h = hoursOf(s.hours);
    if (h && everyHours.includes(h.step)) return { ...fresh, every: 'hours', hours: h.step, past: minute, days, from: h.from, to: h.to };
  }
  if (minute !== null && hour !== null) {
    const at = `${two(hour)}:${two(minute)}`;
    const day = whole(s.dayOfTheMonth);
    const months = step(s.month ?? '');
    if (days && anyDay && anyMonth) return { ...fresh, every: days.length ? 'week' : 'day', at, days };
    if (days?.length === 0 && day && months && everyMonths.includes(months)) return { ...fresh, every: 'month', at, day, months };
  }
  return { ...fresh, every: 'custom' };
}
/** the five fields of a plan; those of a custom one are as the person writes them */
export function fieldsOf(p: Plan): Pick<Schedule, 'minutes' | 'hours' | 'dayOfTheMonth' | 'month' | 'dayOfTheWeek'> {
  const window = p.from !== null && p.to !== null && p.to > p.from ? `${p.from}-${p.to - 1}` : '*';
  const days = p.days.length && p.days.length < 7 ? [...p.days].sort().join(',') : '*';
  const [hour, minute] = p.at.split(':').map(Number);
  const time = { minutes: String(minute ?? 0), hours: String(hour ?? 0) };
  const every = { dayOfTheMonth: '*', month: '*', dayOfTheWeek: '*' };
  if (p.every === 'minutes') return { ...every, minutes: p.minutes === 1 ? '*' : `*/${p.minutes}`, hours: window, dayOfTheWeek: days };
  if (p.every === 'hours') return { ...every, minutes: String(p.past), hours: p.hours === 1 ? window : `${window}/${p.hours}`, dayOfTheWeek: days };
  if (p.every === 'week') return { ...every, ...time, dayOfTheWeek: days };
  if (p.every === 'month') return { ...every, ...time, dayOfTheMonth: String(p.day), month: p.months === 1 ? '*' : `*/${p.months}` };
  return { ...every, ...time };
}

export interface ScheduleWords {
  none: string;
  everyMinutes: (n: number) => string;
  everyHours: (n: number, past: number) => string;
  everyDay: string;
  on: (days: string) => string;
  between: (from: string, to: string) => string;
  at: (clock: string) => string;
  monthly: (day: number, months: number) => string;
  custom: (fields: string) => string;
  inZone: (zone: string) => string;
}
/** "Every 15 minutes from 09:00 to 17:00 on Monday and Friday, Europe/Berlin" */
export function saySchedule(s: Schedule | undefined, w: ScheduleWords, locale: string): string {
  if (!s || (!s.minutes && !s.hours)) return w.none;
  const p = planOf(s);
  const name = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' });
  const names = (list: string[]): string => new Intl.ListFormat(locale).format([...list.filter((d) => d !== '0'), ...list.filter((d) => d === '0')].map((d) => name.format(Date.UTC(2026, 1, 1 + Number(d))))); // 1 February 2026 was a Sunday
  const days = p.days.length ? ` ${w.on(names(p.days))}` : '';
  const window = p.from !== null && p.to !== null ? ` ${w.between(`${two(p.from)}:00`, `${two(p.to)}:00`)}` : '';
  const said: Record<Every, () => string> = {
    minutes: () => `${w.everyMinutes(p.minutes)}${window}${days}`,
    hours: () => `${w.everyHours(p.hours, p.past)}${window}${days}`,
    day: () => `${w.everyDay} ${w.at(p.at)}`,
    week: () => `${w.on(names(p.days))} ${w.at(p.at)}`,
    month: () => `${w.monthly(p.day, p.months)} ${w.at(p.at)}`,
    custom: () => w.custom([s.minutes, s.hours, s.dayOfTheMonth, s.month, s.dayOfTheWeek].map((x) => x || '*').join(' ')),
  };
  const text = `${said[p.every]()}, ${w.inZone(s.timeZone || 'UTC')}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
