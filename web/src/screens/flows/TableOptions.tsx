/* What a card of tables asks beyond its fields: which table, and, to find rows, its conditions. Choosing a table makes its columns
   fields of the card; each condition's value is a field of its own, so that it is filled or linked like any other. */
import { useGet } from '../../api/hooks';
import type { Card, CardType, DataTable, Page } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { addTerm, changeTerm, dropTerm, RUNTIME, termsOf, withTable } from '../../logic/tableCards';
import { t } from '../../texts';
import { IconButton } from '../../ui/Button';
import { Select } from '../../ui/Field';
import { IconAdd, IconClose, IconTable } from '../../ui/icons';

/** onChange: takes what becomes of the card, and a tag by which quick changes are one step of undo */
export default function TableOptions({ card, type, readOnly, onChange }: { card: Card; type: CardType; readOnly: boolean; onChange: (change: (c: Card) => Card, tag: string) => void }) {
  const w = t.tables;
  const tables = useGet<Page<DataTable>>('/tables', { query: { limit: 200 } });
  const all = tables.data?.data ?? [];
  const id = String(card.options?.stash ?? '');
  const table = all.find((x) => x.id === id);
  const choose = (to: string): void => onChange((c) => withTable(c, type, to, all.find((x) => x.id === to) ?? null), `option ${card.id} stash`);
  const put = (change: (c: Card) => Card): void => onChange(change, `where ${card.id}`);
  const terms = termsOf(card);
  const columns = [...(table?.columns.map((c) => ({ id: c.name, name: c.name })) ?? []), ...['Row ID', 'Created', 'Updated'].map((n) => ({ id: n, name: n }))];
  const named = (lhs: string) => (columns.some((c) => c.id === lhs) ? columns : [{ id: lhs, name: lhs }, ...columns]);
  const searches = card.inputs.some((p) => p.key === 'Where Expression');
  return (
    <>
      <div className="fr opt nopan">
        <span className="k two cut">{w.card.table}</span>
        {tables.data && !all.length && !id
          ? <span className="grow meta">{w.card.none} <Link href={`${paths.tables}?new=yes`}>{w.card.make}</Link></span>
          : <Select dense hideLabel label={w.card.table} value={id || null} placeholder={w.card.choose} disabled={readOnly} onChange={choose} choices={[...all.map((x) => ({ id: x.id, name: x.name, detail: x.folderPath, icon: IconTable })), { id: RUNTIME, name: w.card.runtime }, ...(id && id !== RUNTIME && !table ? [{ id, name: id }] : [])]} />}
      </div>
      {searches && (
        <div className="table-terms nopan">
          {terms.map((x, i) => (
            <div key={i} className="table-term">
              {i > 0 && <Select dense hideLabel label={w.filter.join} value={x.join} disabled={readOnly} onChange={(join) => put((c) => changeTerm(c, i, { join }))} choices={[{ id: 'AND', name: w.filter.and }, { id: 'OR', name: w.filter.or }]} />}
              <Select dense hideLabel label={w.filter.column} value={x.lhs} disabled={readOnly} onChange={(lhs) => put((c) => changeTerm(c, i, { lhs }, table))} choices={named(x.lhs)} />
              <Select dense hideLabel label={w.filter.op} value={x.op} disabled={readOnly} onChange={(op) => put((c) => changeTerm(c, i, { op }))} choices={Object.entries(w.filter.ops).map(([o, name]) => ({ id: o, name }))} />
              {x.fixed !== undefined && <span className="meta cut">{x.fixed}</span>}
              {!readOnly && <IconButton icon={IconClose} label={w.filter.remove} onPress={() => put((c) => dropTerm(c, i))} />}
            </div>
          ))}
          {!readOnly && table && <button type="button" className="addf" onClick={() => put((c) => addTerm(c, table))}><IconAdd size={14} aria-hidden />{w.filter.add}</button>}
        </div>
      )}
    </>
  );
}
