import { describe, expect, test } from 'vitest';
import type { Card, CardType, DataTable } from '../api/types';
import { addTerm, changeTerm, dropTerm, RUNTIME, termsOf, withTable } from './tableCards';

const table = { id: 't1', name: 'T', columns: [{ id: 'c1', name: 'Name', type: 'text' }, { id: 'c2', name: 'Age', type: 'number' }] } as unknown as DataTable;
const type = {} as CardType;
const make = (card: string, more: Partial<Card> = {}): Card => ({ id: 'x', card, title: '', inputs: [], outputs: [], ...more }) as Card;

describe('cards of tables', () => {
  test('a chosen table gives a card that writes its columns as inputs, one that reads as outputs', () => {
    expect(withTable(make('stash:createRow'), type, 't1', table).inputs.map((p) => [p.key, p.type, p.group])).toEqual([['Name', 'text', 'Fields'], ['Age', 'number', 'Fields']]);
    const read = withTable(make('stash:readRow'), type, 't1', table);
    expect(read.outputs.map((p) => p.key)).toEqual(['Name', 'Age']);
    expect(read.options?.stash).toBe('t1');
    expect(withTable(make('stash:clearTable'), type, 't1', table).inputs).toEqual([]);
  });
  test('another table keeps links of columns that both have and what was filled, and drops empty fields of the old one', () => {
    const first = make('stash:createRow', { inputs: [{ id: 'a', group: 'Fields', key: 'Name', type: 'text', from: { card: 's', output: 'o' } }, { id: 'b', group: 'Fields', key: 'Old', type: 'text' }, { id: 'c', group: 'Fields', key: 'Kept', type: 'text', value: 'v' }] as Card['inputs'] });
    const next = withTable(first, type, 't1', table);
    expect(next.inputs.map((p) => [p.id, p.key])).toEqual([['a', 'Name'], ['Fields.c2', 'Age'], ['c', 'Kept']]);
    expect(next.inputs[0]?.from).toEqual({ card: 's', output: 'o' });
    expect(withTable(first, type, RUNTIME, null).inputs).toBe(first.inputs);
  });
  test('each condition has a field for its value; it goes with its condition', () => {
    const empty = make('stash:searchRows2', { inputs: [{ id: 'w', group: 'Filter', key: 'Where Expression', type: 'object' }] as Card['inputs'] });
    const one = addTerm(empty, table);
    const two = changeTerm(addTerm(one, table), 1, { lhs: 'Age', op: '>', join: 'OR' }, table);
    expect(termsOf(two)).toEqual([{ lhs: 'Name', op: '=', join: 'AND' }, { lhs: 'Age', op: '>', join: 'OR' }]);
    expect(two.inputs.filter((p) => p.group === '_expr').map((p) => [p.key, p.label, p.type])).toEqual([['value1', 'Name', 'text'], ['value2', 'Age', 'number']]);
    const left = dropTerm(two, 0);
    expect(left.inputs.map((p) => p.key)).toEqual(['Where Expression', 'value2']);
    expect(dropTerm(left, 0).inputs[0]?.value).toBeUndefined();
  });
  test('a value that an import wrote into the expression is shown and stays', () => {
    const c = make('stash:searchRows2', { inputs: [{ id: 'w', key: 'Where Expression', type: 'object', value: { expr: [{ lhs: 'Name', op: '=', rhs: 'Ann', join: 'AND' }] } }] as Card['inputs'] });
    expect(termsOf(c)).toEqual([{ lhs: 'Name', op: '=', join: 'AND', fixed: 'Ann' }]);
    expect(termsOf(changeTerm(c, 0, { op: '!=' }))).toEqual([{ lhs: 'Name', op: '!=', join: 'AND', fixed: 'Ann' }]);
  });
});
