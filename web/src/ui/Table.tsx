/* A table of rows with columns that may sort; the sort lives in the address. Rows keep their place while more load. */
import type { ReactNode } from 'react';
import { t } from '../texts';
import { Button } from './Button';
import { IconDown, IconSort, IconUp } from './icons';

export interface Column<T> {
  id: string;
  name: string;
  cell: (row: T) => ReactNode;
  num?: boolean;
  wrap?: boolean;
  sortable?: boolean;
  /** the head is for assistive technology only (row menus) */
  hideHead?: boolean;
}
export interface Sort {
  by: string;
  order: 'asc' | 'desc';
}
export function Table<T>({ rows, columns, rowKey, label, sort, onSort, selected, more }: { rows: T[]; columns: Column<T>[]; rowKey: (row: T) => string; label: string; sort?: Sort; onSort?: (s: Sort) => void; selected?: string | null; more?: { has: boolean; loading: boolean; load: () => void } }) {
  return (
    <div className="tb-wrap">
      <table className="tb">
        <caption className="vh">{label}</caption>
        <thead>
          <tr>
            {columns.map((c) => {
              const active = sort?.by === c.id;
              const Icon = !active ? IconSort : sort?.order === 'asc' ? IconUp : IconDown;
              return (
                <th key={c.id} scope="col" className={c.num ? 'num' : undefined} aria-sort={c.sortable ? (active ? (sort?.order === 'asc' ? 'ascending' : 'descending') : 'none') : undefined}>
                  {c.sortable && onSort ? (
                    <button type="button" onClick={() => onSort({ by: c.id, order: active && sort?.order === 'asc' ? 'desc' : 'asc' })}>{c.name}<Icon size={12} aria-hidden /></button>
                  ) : <span className={c.hideHead ? 'vh' : undefined}>{c.name}</span>}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => {
            const key = rowKey(r);
            return <tr key={key} aria-selected={selected === undefined ? undefined : selected === key}>{columns.map((c) => <td key={c.id} className={[`c-${c.id}`, c.num && 'num', c.wrap && 'wrap'].filter(Boolean).join(' ')}>{c.cell(r)}</td>)}</tr>;
          })}
        </tbody>
      </table>
      {more?.has && <p className="row"><Button look="quiet" size="dense" pending={more.loading} sending={t.loading} onPress={more.load}>{t.verbs.loadMore}</Button></p>}
    </div>
  );
}
