/* Choosing a card to add: the palette at the left of the canvas, and the same list behind every +. */
import { type DragEvent, type RefObject, useId, useMemo, useState } from 'react';
import type { CardType } from '../../api/types';
import { flat, headOf, NO_EVENT } from '../../logic/cards';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { SearchField } from '../../ui/Field';
import { IconChevron, IconRight } from '../../ui/icons';
import { Pop } from '../../ui/Pop';
import { useDesign } from './design';
import { cardIcon, categoryIcon, isApp, paletteOf } from './icons';

/** what is dragged at the moment; the event itself says it only when it is dropped */
export const dragged: { type: string | null; card: string | null } = { type: null, card: null };
export function startDrag(e: DragEvent, what: Partial<typeof dragged>): void {
  Object.assign(dragged, { type: null, card: null }, what);
  e.dataTransfer.setData('text/plain', what.type ?? what.card ?? '');
  e.dataTransfer.effectAllowed = what.card ? 'move' : 'copy';
  document.documentElement.classList.add('dragging-card');
}
export function endDrag(): void {
  Object.assign(dragged, { type: null, card: null });
  document.documentElement.classList.remove('dragging-card');
}
export type Offer = 'app' | 'function';
/** events may only be chosen while the flow has none; a menu of actions or functions alone never offers them */
function useOffered(only?: Offer): { types: CardType[]; noEvent: boolean; ready: ReadonlySet<string> } {
  const d = useDesign();
  const head = headOf(d.cards);
  const noEvent = !head || head.card === NO_EVENT;
  const types = useMemo(() => [...d.types.values()].filter((c) => c.card !== NO_EVENT && (only ? c.kind !== 'EVENT' && isApp(c) === (only === 'app') : (c.kind === 'EVENT') === noEvent)), [d.types, noEvent, only]);
  const ready = useMemo(() => new Set((d.connections ?? []).map((c) => c.connector)), [d.connections]);
  return { types, noEvent: noEvent && !only, ready };
}
/** by name, else by what stands around it, else by what it does */
function matching(types: CardType[], q: string): CardType[] {
  const by = (text: (c: CardType) => string): CardType[] => types.filter((c) => fits(text(c), q));
  const named = by((c) => c.label);
  if (named.length) return named;
  const near = by((c) => `${c.category} ${c.label}`);
  return near.length ? near : by((c) => `${c.category} ${c.label} ${c.help}`);
}
export function CardPop({ anchor, onClose, onPick, label, placement, only }: { only?: Offer; anchor: RefObject<Element | null>; onClose: () => void; onPick: (type: CardType) => void; label: string; placement?: 'bottom start' | 'right top' }) {
  const { types, noEvent, ready } = useOffered(only);
  const w = t.flows.design;
  const id = useId();
  const [q, setQ] = useState('');
  const [at, setAt] = useState<number | null>(null);
  const groups = useMemo(() => paletteOf(matching(types, q), ready), [types, q, ready]);
  const options = groups.flatMap((g) => g.categories.flatMap((c) => c.cards));
  const best = Math.max(0, options.findIndex((c) => c.label.toLowerCase() === q.trim().toLowerCase()));
  const now = Math.min(at ?? best, options.length - 1);
  const move = (by: number): void => {
    const next = (now + by + options.length) % Math.max(1, options.length);
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  let i = -1;
  return (
    <Pop open onClose={onClose} anchor={anchor} label={label} className="sbox-pop" placement={placement}>
      <div className="sbox">
        <div className="sbox-in">
          <input autoFocus role="combobox" aria-label={w.find} aria-expanded aria-controls={`${id}-l`} aria-activedescendant={now >= 0 ? `${id}-${now}` : undefined} aria-autocomplete="list" autoComplete="off" spellCheck={false} placeholder={noEvent ? w.chooseEvent : w.find} value={q}
            onChange={(e) => { setQ(e.target.value); setAt(null); }}
            onKeyDown={(e) => {
              if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
                e.preventDefault();
                move(e.key === 'ArrowDown' ? 1 : -1);
              } else if (e.key === 'Enter') {
                e.preventDefault();
                const c = options[now];
                if (c) onPick(c);
              }
            }} />
        </div>
        <div className="menu" role="listbox" id={`${id}-l`} aria-label={w.palette}>
          {groups.map((g) => g.categories.map((c) => (
            <div key={c.name} role="presentation">
              <header role="presentation">{only === 'function' && <span className="muted">{w.groups[g.group]} · </span>}{c.name}</header>
              {c.cards.map((x) => {
                const n = ++i;
                const Icon = cardIcon(x.card, x.category);
                return (
                  <div key={x.card} id={`${id}-${n}`} role="option" aria-selected={n === now} className={`mi ${n === now ? 'active' : ''}`} title={x.help} onPointerMove={() => n !== now && setAt(n)} onClick={() => onPick(x)}>
                    <Icon className="i" size={16} aria-hidden /><span className="cut">{x.label}</span>
                  </div>
                );
              })}
            </div>
          )))}
          {!options.length && <div className="none">{w.noCard}</div>}
        </div>
        {options[now] && <p className="sbox-note foot">{options[now].help}</p>}
      </div>
    </Pop>
  );
}
function Item({ c, onPick }: { c: CardType; onPick: (type: CardType) => void }) {
  const Icon = cardIcon(c.card, c.category);
  return (
    <button type="button" className="pal-card" title={c.help} draggable onClick={() => onPick(c)} onDragStart={(e) => startDrag(e, { type: c.card })} onDragEnd={endDrag}>
      <Icon className="i" size={16} aria-hidden /><span className="cut">{c.label}</span>
    </button>
  );
}
export function CardPalette({ onPick }: { onPick: (type: CardType) => void }) {
  const d = useDesign();
  const { types, noEvent, ready } = useOffered();
  const w = t.flows.design;
  const [q, setQ] = useState('');
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const groups = useMemo(() => paletteOf(matching(types, q), ready), [types, q, ready]);
  const many = types.length > 40; // then categories start closed
  const here = [...new Set(flat(d.cards).map((c) => c.card))].map((c) => d.types.get(c)).filter((c): c is CardType => Boolean(c) && c?.kind !== 'EVENT' && c?.card !== 'control:comment').slice(0, 6);
  const isOpen = (name: string): boolean => Boolean(q) || closed.has(name) === many;
  return (
    <section className="pal" aria-label={w.palette}>
      <SearchField label={w.find} value={q} onChange={setQ} big={false} onEnter={() => { const first = groups[0]?.categories[0]?.cards[0]; if (q && first) { onPick(first); setQ(''); } }} />
      {noEvent && <p className="pal-note">{w.chooseEventText}</p>}
      {!q && !noEvent && here.length > 0 && <div className="pal-group"><h2>{w.usedHere}</h2>{here.map((c) => <Item key={c.card} c={c} onPick={onPick} />)}</div>}
      {groups.map((g) => (
        <div key={g.group} className="pal-group">
          <h2>{w.groups[g.group]}</h2>
          {g.categories.map((c) => {
            const Icon = categoryIcon(c.name);
            const open = isOpen(c.name);
            return (
              <div key={c.name}>
                <button type="button" className="pal-cat" aria-expanded={open} onClick={() => setClosed((old) => { const next = new Set(old); if (!next.delete(c.name)) next.add(c.name); return next; })}>
                  <Icon className="i" size={16} aria-hidden /><span className="cut grow">{c.name}</span><span className="n">{c.cards.length}</span>{open ? <IconChevron className="i tri" size={12} aria-hidden /> : <IconRight className="i tri" size={12} aria-hidden />}
                </button>
                {open && <div className="pal-open">{c.cards.map((x) => <Item key={x.card} c={x} onPick={onPick} />)}</div>}
              </div>
            );
          })}
        </div>
      ))}
      {!groups.length && <p className="pal-note">{w.noCard}</p>}
    </section>
  );
}
