import { expect, test } from 'vitest';
import { absolute, type Clock, dueGroup, running, sayDue, sayPast, span, type TimeWords } from './time';

const words: TimeWords = {
  now: 'just now', minutesAgo: (n) => `${n} min ago`, today: (c) => `Today, ${c}`, yesterday: (c) => `Yesterday, ${c}`, tomorrow: 'Tomorrow', inMinutes: (n) => `In ${n} min`,
  inHours: (n) => `In ${n} h`, over: (s) => `${s} over`, minutes: (n) => `${n} min`, hours: (n) => `${n} h`, days: (n) => `${n} d`, hoursMinutes: (h, m) => `${h} h ${m} min`,
};
const c: Clock = { now: Date.parse('2026-03-12T22:30:00Z'), zone: 'Europe/Berlin', locale: 'en-GB', words };

test.each([
  ['2026-03-12T22:29:30Z', 'just now'],
  ['2026-03-12T22:10:00Z', '20 min ago'],
  ['2026-03-12T08:12:00Z', 'Today, 09:12'],
  ['2026-03-11T23:30:00Z', 'Today, 00:30'], // another day in UTC, the same in Berlin
  ['2026-03-11T12:00:00Z', 'Yesterday, 13:00'],
  ['2025-09-04T12:00:00Z', '4 Sept 2025'],
])('%s was %s', (at, said) => expect(sayPast(at, c)).toBe(said));

test.each([
  ['2026-03-12T22:40:00Z', 'In 10 min'],
  ['2026-03-13T02:30:00Z', 'In 4 h'],
  ['2026-03-13T12:00:00Z', 'Tomorrow'],
  ['2026-03-14T12:00:00Z', 'Saturday'],
  ['2026-03-11T22:00:00Z', '1 d over'],
])('%s is due %s', (at, said) => expect(sayDue(at, c)).toBe(said));

test('due moments fall in the groups of the inbox by the days of the zone', () => {
  expect(dueGroup('2026-03-12T22:45:00Z', c)).toBe('today');
  expect(dueGroup('2026-03-12T23:45:00Z', c)).toBe('week');
  expect(dueGroup('2026-03-12T10:00:00Z', c)).toBe('overdue');
  expect(dueGroup('2026-04-12T10:00:00Z', c)).toBe('later');
  expect(dueGroup(null, c)).toBe('none');
});
test('lengths are said in their largest unit', () => {
  expect(span(90_000, words)).toBe('2 min');
  expect(span(5 * 3_600_000, words)).toBe('5 h');
  expect(span(26 * 3_600_000, words)).toBe('1 d');
  expect(running(10_260_000, words)).toBe('2 h 51 min');
});
test('the absolute form says the zone', () => expect(absolute('2026-03-12T10:38:04Z', c)).toBe('12 March 2026 at 11:38:04 CET'));
