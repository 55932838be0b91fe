import { describe, expect, test } from 'vitest';
import { en } from '../texts/en';
import { fieldsOf, planOf, saySchedule } from './schedule';

const say = (s: Parameters<typeof saySchedule>[0]) => saySchedule(s, en.triggers.say, 'en-GB');
const fields = (text: string) => {
  const [minutes, hours, dayOfTheMonth, month, dayOfTheWeek] = text.split(' ');
  return { minutes, hours, dayOfTheMonth, month, dayOfTheWeek };
};

describe('schedules', () => {
  test.each([
    ['*/15 * * * *', 'Every 15 minutes, UTC'],
    ['* * * * *', 'Every minute, UTC'],
    ['*/5 9-16 * * 1,2,3,4,5', 'Every 5 minutes from 09:00 to 17:00 on Monday, Tuesday, Wednesday, Thursday and Friday, UTC'],
    ['5 * * * *', 'Every hour, 5 minutes past, UTC'],
    ['0 */2 * * *', 'Every 2 hours, UTC'],
    ['0 8-19/4 * * 0', 'Every 4 hours from 08:00 to 20:00 on Sunday, UTC'],
    ['0 9 * * *', 'Every day at 09:00, UTC'],
    ['30 17 * * 0,5', 'On Friday and Sunday at 17:30, UTC'],
    ['0 6 1 * *', 'On day 1 of every month at 06:00, UTC'],
    ['0 6 15 */3 *', 'On day 15 of every 3rd month at 06:00, UTC'],
    ['0 9 1,15 * *', 'By calendar: 0 9 1,15 * *, UTC'],
  ])('%s reads "%s" and stays the same through the dialog', (text, sentence) => {
    const s = fields(text);
    expect(say(s)).toBe(sentence);
    const plan = planOf(s);
    if (plan.every !== 'custom') expect(fieldsOf(plan)).toEqual(s);
  });
  test('forms of export files are understood', () => {
    expect(planOf({ seconds: '00', minutes: '0', hours: '9', dayOfTheMonth: '*/1', month: '*', dayOfTheWeek: '*' })).toMatchObject({ every: 'day', at: '09:00' });
    expect(planOf(fields('0 9 * * 1-5'))).toMatchObject({ every: 'week', days: ['1', '2', '3', '4', '5'] });
    expect(planOf(fields('0 9 * * 7'))).toMatchObject({ every: 'week', days: ['0'] });
    for (const odd of ['0 9 1 * 1', '*/7 * * * *', '0,30 * * * *', '0 9 * JAN *', '0 9 * * MON', '1-5 * * * *']) expect(planOf(fields(odd)).every).toBe('custom');
  });
  test('a schedule that is not set says so, and the zone is named', () => {
    expect(say(undefined)).toBe('No schedule yet');
    expect(say({ ...fields('0 9 * * *'), timeZone: 'Europe/Berlin' })).toBe('Every day at 09:00, Europe/Berlin');
  });
});
