/* The whole designer as a list, from top to bottom, for the keyboard, for assistive technology and for small screens:
   everything that the canvas can do, without dragging. */
import { columnsOf } from '../../logic/flowLayout';
import { t } from '../../texts';
import { AddFirst, AddHere, CardView, Memo, OnCanvas } from './CardView';
import { nameOf, useDesign } from './design';

export function ListView() {
  const d = useDesign();
  const w = t.flows.design;
  const columns = columnsOf(d.cards);
  return (
    <OnCanvas.Provider value={false}>
      <div className="flow-list">
        <ol aria-label={w.canvas}>
          {columns.map((c, i) => (
            <li key={c.card.id}>
              <CardView card={c.card} />
              {c.notes.map((n) => <Memo key={n.id} card={n} />)}
              <AddHere place={{ parent: null, lane: null, index: i === columns.length - 1 ? d.cards.length : c.after }} label={w.addAfter(d.numbers.get(c.card.id) ?? 0, nameOf(c.card, d.types))}>{w.addCard}</AddHere>
              {i === columns.length - 1 && <AddFirst place={{ parent: null, lane: null, index: d.cards.length }} />}
            </li>
          ))}
        </ol>
        {!columns.length && <AddHere place={{ parent: null, lane: null, index: 0 }} label={w.addFirst}>{w.addCard}</AddHere>}
      </div>
    </OnCanvas.Provider>
  );
}
