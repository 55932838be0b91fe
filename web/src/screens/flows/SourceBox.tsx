/* One box for all values of an input: type a constant, or search what earlier cards give. Typing { searches only. */
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Card } from '../../api/types';
import { findCard } from '../../logic/cards';
import { choicesFor, fit, hasMembers, inRange, rangeOf, type Source, type Target, targetPin, textOf, type Typing, valueOf } from '../../logic/mapping';
import { fits } from '../../logic/text';
import { t } from '../../texts';
import { IconClose, IconEdit, IconError } from '../../ui/icons';
import { Pin } from '../../ui/State';
import { nameOf, useDesign } from './design';
import { sayType } from './icons';

interface Option {
  id: string;
  head?: string;
  no?: number;
  name: string;
  detail?: string;
  pin?: Card['outputs'][number];
  icon?: typeof IconEdit;
  run: () => void;
}
export function SourceBox({ target, start, constants, onSource, onValue, label }: { target: Target; start?: string; constants: boolean; onSource: (s: Source) => void; onValue?: (value: unknown) => void; label: string }) {
  const d = useDesign();
  const w = t.flows.slot;
  const id = useId();
  const pin = targetPin(d.cards, target);
  const kept = pin && !pin.from && constants ? textOf(pin.value, pin) : '';
  const [text, setText] = useState(start ?? kept);
  const [touched, setTouched] = useState(start !== undefined);
  const [at, setAt] = useState<number | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const e = box.current;
    if (!e) return;
    e.focus();
    if (start === undefined) e.select();
    else e.setSelectionRange(e.value.length, e.value.length);
  }, [start]);

  const searching = !constants || text.startsWith('{');
  const query = (searching ? text.replace(/^\{+/, '') : touched ? text : '').trim();
  const range = pin && 'input' in target ? rangeOf(d.types.get(findCard(d.cards, target.card)?.card ?? ''), pin) : null;
  const given: Typing = pin ? valueOf(text, pin) : { ok: true, value: text };
  const typed: Typing = given.ok && range && !inRange(given.value, range) ? { ok: false, why: 'range' } : given;
  const { options, hidden } = useMemo(() => {
    const list: Option[] = [];
    let left = 0;
    if (!pin) return { options: list, hidden: 0 };
    const set = (value: unknown) => () => onValue?.(value);
    if (constants && !searching) {
      const fixed = pin.type === 'flow' ? d.helpers.map((f) => ({ value: f.id as unknown, label: f.name })) : pin.choices?.map((c) => ({ value: c.value, label: c.label })) ?? (pin.type === 'boolean' && !pin.list ? [{ value: true, label: w.true }, { value: false, label: w.false }] : []);
      for (const c of fixed) if (fits(c.label, touched ? text : '')) list.push({ id: `c${String(c.value)}`, head: w.fixedValue, name: c.label, icon: IconEdit, run: set(c.value) });
      if (touched && text.trim() && typed.ok && pin.type !== 'flow' && !fixed.some((c) => c.value === typed.value)) list.unshift({ id: 'typed', name: w.useFixed(text.length > 60 ? `${text.slice(0, 60)} …` : text), icon: IconEdit, run: set(typed.value) });
      if ((pin.from || kept) && (!touched || !text.trim())) list.unshift({ id: 'clear', name: w.clear, icon: IconClose, run: set(undefined) });
    }
    for (const g of choicesFor(d.cards, target)) {
      const no = d.numbers.get(g.card.id);
      const name = nameOf(g.card, d.types);
      for (const o of g.outputs) {
        const said = `${no ?? ''} ${name} ${o.pin.label || o.pin.key}`;
        if (hasMembers(o.pin)) {
          const m = /^(.+?)\.([\w.[\]-]+)$/.exec(query);
          if (m && fits(`${name} ${o.pin.label || o.pin.key}`, m[1] ?? '')) {
            const path = (m[2] ?? '').split('.').filter(Boolean);
            list.push({ id: `${o.card}|${o.output}|${m[2]}`, head: `${no} ${name}`, no, name: `${o.pin.label || o.pin.key} › ${path.join(' › ')}`, pin: { ...o.pin, type: 'any' }, run: () => onSource({ card: o.card, output: o.output, path }) });
            continue;
          }
        }
        if (!fits(said, query)) continue;
        if (o.fit.kind === 'never') {
          left++;
          continue;
        }
        list.push({ id: `${o.card}|${o.output}`, head: `${no} ${name}`, no, name: o.pin.label || o.pin.key, detail: [sayType(o.pin), o.fit.kind === 'convert' ? t.flows.convert[o.fit.convert] : '', o.pin.type === 'object' && fit(o.pin, pin).kind !== 'same' ? w.member : ''].filter(Boolean).join(', '), pin: o.pin, run: () => onSource({ card: o.card, output: o.output }) });
      }
    }
    return { options: list, hidden: left };
  }, [d.cards, d.numbers, d.types, pin, target, text, touched, searching, query, typed, constants, kept, onSource, onValue, w]);
  const first = touched || !constants ? 0 : null;
  const now = options.length ? Math.min(at ?? first ?? -1, options.length - 1) : -1;
  const wrong = constants && !searching && touched && !typed.ok ? (typed.why === 'range' && range ? w.range(range.min, range.max) : (w.wrong[typed.why] ?? null)) : null;
  const move = (by: number): void => {
    const next = (now + by + options.length) % Math.max(1, options.length);
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  let head = '';
  return (
    <div className="sbox">
      <div className="sbox-in">
        <textarea ref={box} rows={1} role="combobox" aria-label={label} aria-expanded aria-controls={`${id}-l`} aria-activedescendant={now >= 0 ? `${id}-${now}` : undefined} aria-autocomplete="list" aria-invalid={wrong ? true : undefined} autoComplete="off" spellCheck={false}
          placeholder={constants ? w.type : w.choose} value={text}
          onChange={(e) => { setText(e.target.value); setTouched(true); setAt(null); }}
          onKeyDown={(e) => {
            if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
              e.preventDefault();
              move(e.key === 'ArrowDown' ? 1 : now < 0 ? 0 : -1);
            } else if (e.key === 'Enter' && !e.shiftKey && !e.nativeEvent.isComposing) {
              e.preventDefault();
              if (now >= 0) options[now]?.run();
              else if (constants && typed.ok) onValue?.(typed.value);
            }
          }} />
      </div>
      {wrong && <p className="sbox-note bad"><IconError className="i" size={14} aria-hidden />{wrong}</p>}
      {pin?.help && !query && <p className="sbox-note">{pin.help.charAt(0).toUpperCase() + pin.help.slice(1)}{pin.list ? `. ${w.listHint}` : ''}</p>}
      <div className="menu" role="listbox" id={`${id}-l`} aria-label={w.chosen}>
        {options.map((o, i) => {
          const show = o.head && o.head !== head ? (head = o.head) : null;
          const Icon = o.icon;
          return (
            <div key={o.id} role="presentation">
              {show && <header role="presentation">{show}</header>}
              <div id={`${id}-${i}`} role="option" aria-selected={i === now} className={`mi ${i === now ? 'active' : ''}`} onPointerMove={() => i !== now && setAt(i)} onClick={o.run}>
                {o.pin ? <Pin type={o.pin.type} list={o.pin.list} /> : Icon && <Icon className="i" size={14} aria-hidden />}
                <span className="cut">{o.name}</span>
                {o.detail && <span className="second">{o.detail}</span>}
              </div>
            </div>
          );
        })}
        {!options.length && <div className="none">{query ? w.noMatch : w.nothing}</div>}
        {hidden > 0 && <div className="none">{w.notFitting(hidden)}</div>}
      </div>
    </div>
  );
}
