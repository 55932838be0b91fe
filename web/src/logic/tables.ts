/* Cells of tables as people type and read them, and the conditions of a filter as the address and the server have them. */
import type { CellValue, ColumnType, TableColumn } from '../api/types';

export interface Condition {
  column: string; // id
  op: string;
  value: string;
  join: 'AND' | 'OR';
}

const two = (x: number): string => String(x).padStart(2, '0');
/** an instant as a local field shows it: "2026-01-31T09:00:05" */
function localOf(iso: string): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return '';
  return `${String(d.getFullYear()).padStart(4, '0')}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}
export function inputOf(type: ColumnType, value: CellValue): string {
  if (value === null || value === undefined) return '';
  return type === 'date' ? localOf(String(value)) : String(value);
}
/** what was typed, as the server wants it; empty is null, undefined: it is none of the type */
export function fromInput(type: ColumnType, text: string): CellValue | undefined {
  if (type === 'text') return text === '' ? null : text;
  const s = text.trim();
  if (s === '') return null;
  if (type === 'boolean') return s === 'true' ? true : s === 'false' ? false : undefined;
  if (type === 'number') {
    const n = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i.test(s) ? Number(s.replace(',', '.')) : Number.NaN;
    return Number.isFinite(n) ? n : undefined;
  }
  const d = new Date(s);
  return Number.isNaN(d.getTime()) ? undefined : d.toISOString();
}
export function showCell(type: ColumnType, value: CellValue, words: { true: string; false: string }): string {
  if (value === null || value === undefined) return '';
  if (type === 'boolean') return value === true ? words.true : words.false;
  if (type === 'date') return localOf(String(value)).replace('T', ' ').replace(/:00$/, '');
  return String(value).replaceAll('\n', ' ⏎ ');
}
/** pixels; columns of text take what is left */
export function widthOf(type: ColumnType): number {
  return { text: 180, number: 120, boolean: 104, date: 176 }[type];
}
/** out of the address; what cannot be read is no condition */
export function conditionsOf(text: string): Condition[] {
  try {
    const list = JSON.parse(text || '[]') as Condition[];
    return Array.isArray(list) ? list.filter((c) => typeof c?.column === 'string' && typeof c.op === 'string' && typeof c.value === 'string') : [];
  } catch {
    return [];
  }
}
/** for the server; a condition on a column that is gone, or whose value is none of its type, is left out */
export function filterOf(list: readonly Condition[], columns: readonly (TableColumn & { id: string })[]): string {
  const expr = list.flatMap((c) => {
    const col = columns.find((x) => x.id === c.column);
    if (!col) return [];
    const value = c.op === 'contains' ? c.value : fromInput(col.type, c.value);
    return value === undefined ? [] : [{ lhs: col.name, op: c.op, rhs: value, join: c.join === 'OR' ? 'OR' : 'AND' }];
  });
  return expr.length ? JSON.stringify({ expr }) : '';
}
