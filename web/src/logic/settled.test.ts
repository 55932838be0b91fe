import { expect, test } from 'vitest';
import { settle } from './settled';

const rows = (...k: string[]): { k: string }[] => k.map((x) => ({ k: x }));
const key = (r: { k: string }): string => r.k;
const run = (shown: string[], now: string[], hold = false): [string, number] => {
  const s = settle(shown, rows(...now), key, hold, new Map(shown.map((k) => [k, { k }])));
  return [s.rows.map(key).join(''), s.fresh];
};
test('the first rows are shown as they come', () => expect(run([], ['a', 'b'])).toEqual(['ab', 0]));
test('a new row above is counted, not shown', () => expect(run(['a', 'b'], ['x', 'a', 'b'])).toEqual(['ab', 1]));
test('a new row between is counted, not shown', () => expect(run(['a', 'b'], ['a', 'x', 'b'])).toEqual(['ab', 1]));
test('a further page is shown', () => expect(run(['a', 'b'], ['a', 'b', 'c', 'd'])).toEqual(['abcd', 0]));
test('a changed order waits', () => expect(run(['a', 'b'], ['b', 'a'])).toEqual(['ab', 0]));
test('a row that left goes', () => expect(run(['a', 'b'], ['b'])).toEqual(['b', 0]));
test('a row that left stays while one points at the list', () => expect(run(['a', 'b'], ['b'], true)).toEqual(['ab', 0]));
