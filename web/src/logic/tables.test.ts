import { describe, expect, test } from 'vitest';
import { conditionsOf, filterOf, fromInput, inputOf, showCell } from './tables';

describe('cells of tables', () => {
  test('what is typed becomes a value of the column, and what does not fit is told', () => {
    expect(fromInput('text', ' a ')).toBe(' a ');
    expect(fromInput('text', '')).toBeNull();
    expect(fromInput('number', ' 1,5 ')).toBe(1.5);
    expect(fromInput('number', '-2e3')).toBe(-2000);
    expect(fromInput('number', '1 000')).toBeUndefined();
    expect(fromInput('number', 'Infinity')).toBeUndefined();
    expect(fromInput('boolean', 'false')).toBe(false);
    expect(fromInput('boolean', 'maybe')).toBeUndefined();
    expect(fromInput('date', 'soon')).toBeUndefined();
    expect(fromInput('date', '')).toBeNull();
  });
  test('a date goes into its field and comes back as the same instant', () => {
    const iso = '2026-01-31T09:00:05.000Z';
    expect(fromInput('date', inputOf('date', iso))).toBe(iso);
  });
  test('false and 0 are shown, empty is nothing, line breaks stay visible', () => {
    const words = { true: 'True', false: 'False' };
    expect(showCell('boolean', false, words)).toBe('False');
    expect(showCell('number', 0, words)).toBe('0');
    expect(showCell('text', null, words)).toBe('');
    expect(showCell('text', 'a\nb', words)).toContain('⏎');
  });
  test('conditions go to the server by name, without those that have no column or a value of another type', () => {
    const columns = [{ id: 'c1', name: 'Name', type: 'text' as const }, { id: 'c2', name: 'Age', type: 'number' as const }];
    const list = conditionsOf(JSON.stringify([{ column: 'c1', op: '=', value: 'Ann', join: 'AND' }, { column: 'c9', op: '=', value: 'x', join: 'AND' }, { column: 'c2', op: '>', value: 'old', join: 'OR' }, { column: 'c2', op: '<', value: '5', join: 'OR' }]));
    expect(JSON.parse(filterOf(list, columns))).toEqual({ expr: [{ lhs: 'Name', op: '=', rhs: 'Ann', join: 'AND' }, { lhs: 'Age', op: '<', rhs: 5, join: 'OR' }] });
    expect(filterOf([], columns)).toBe('');
    expect(conditionsOf('{')).toEqual([]);
    expect(conditionsOf('"x"')).toEqual([]);
  });
});
