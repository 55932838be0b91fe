/* The place of a value in a card: a link in two halves (number of the card, name of its output), a constant, or nothing.
   A click opens it; so do typing and {. Delete empties it. */
import { useRef, useState } from 'react';
import { api } from '../../api/client';
import type { Flow, PinFrom } from '../../api/types';
import { originOf } from '../../logic/bodies';
import { findCard, headOf } from '../../logic/cards';
import { addHelperFields, addStateFields, isEmpty, link, linkState, setValue, type Source, type Target, targetPin, textOf, unlink } from '../../logic/mapping';
import { t } from '../../texts';
import { Pop } from '../../ui/Pop';
import { useDesign } from './design';
import { SourceBox } from './SourceBox';

export interface LinkWords {
  no: number | '!';
  name: string;
  broken: boolean;
  hint: string | null;
}
export function useLinkWords(): (target: Target, from: PinFrom) => LinkWords {
  const d = useDesign();
  return (target, from) => {
    const state = linkState(d.cards, target, from);
    const real = originOf(d.cards, from);
    const output = findCard(d.cards, real.card)?.outputs.find((o) => o.id === real.output);
    const name = output ? [output.label || output.key, ...(real.path ?? [])].join(' › ') : '';
    if (state !== 'ok') return { no: '!', name: state === 'gone' ? t.flows.slot.gone : `${name} ${t.flows.slot.later}`, broken: true, hint: null };
    return { no: d.numbers.get(real.card) ?? '!', name, broken: false, hint: from.convert ? (t.flows.convert[from.convert] ?? from.convert) : null };
  };
}
export function LinkChip({ words }: { words: LinkWords }) {
  return <span className={`lchip ${words.broken ? 'broken' : ''}`}><b>{words.no}</b>{' '}<span className="cut">{words.name}</span></span>;
}
export function Slot({ target, label, problem }: { target: Target; label: string; problem?: string }) {
  const d = useDesign();
  const w = t.flows.slot;
  const words = useLinkWords();
  const ref = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState<{ start?: string } | null>(null);
  const latest = useRef(d.cards);
  latest.current = d.cards;
  const pin = targetPin(d.cards, target);
  if (!pin) return null;
  const from = pin.from ? words(target, pin.from) : null;
  const choice = pin.choices?.find((c) => c.value === pin.value) ?? (pin.type === 'flow' ? d.helpers.map((f) => ({ value: f.id as unknown, label: f.name })).find((c) => c.value === pin.value) : undefined);
  const shown = from || isEmpty(pin.value) ? '' : (choice?.label ?? (typeof pin.value === 'boolean' ? (pin.value ? w.true : w.false) : textOf(pin.value, pin)));
  const said = from ? `${w.from(from.no, from.name)}${from.hint ? `, ${from.hint}` : ''}` : shown ? w.fixed(shown) : problem ? `${t.flows.design.empty}, ${t.flows.design.required}` : t.flows.design.empty;
  const close = (): void => {
    setOpen(null);
    ref.current?.focus({ preventScroll: true });
  };
  const put = (next: ReturnType<typeof setValue>): void => {
    d.change(next);
    close();
  };
  /** a card that calls a flow gets the fields that this flow takes */
  const putValue = (v: unknown): void => {
    const next = setValue(d.cards, target, v);
    put(next);
    const type = 'input' in target ? d.types.get(findCard(next, target.card)?.card ?? '') : undefined;
    if (pin.type !== 'flow' || typeof v !== 'string' || !type) return;
    const add = pin.group && pin.group === type.stateGroup ? addStateFields : addHelperFields;
    void api.get<Flow>(`/flows/${v}`).then((f) => {
      const cards = latest.current; // somebody may have gone on meanwhile
      const more = add(cards, target.card, type, headOf(f.cards));
      if (more.some((c, i) => c !== cards[i])) d.change(more);
    }).catch(() => undefined); // without the right to read it: no fields
  };
  const content = from ? <LinkChip words={from} /> : shown ? <span className="const cut">{shown}</span> : <span className="const muted cut">{problem ? t.flows.design.required : ''}</span>;
  if (d.readOnly) return <span className="slot ro" title={said}>{content}</span>;
  return (
    <>
      <button ref={ref} type="button" className={`slot nopan ${problem ? 'wrong' : ''}`} aria-haspopup="dialog" aria-expanded={open !== null} aria-label={`${label}: ${said}`} title={from?.hint ? said : (problem ?? pin.help ?? undefined)} aria-description={problem}
        onClick={() => setOpen({})}
        onKeyDown={(e) => {
          if (e.ctrlKey || e.metaKey || e.altKey) return;
          if (e.key === 'Delete' || e.key === 'Backspace') {
            e.preventDefault();
            d.change(unlink(d.cards, target));
          } else if (e.key.length === 1 && e.key !== ' ') {
            e.preventDefault();
            e.stopPropagation();
            setOpen({ start: e.key });
          }
        }}>
        {content}
      </button>
      {open && (
        <Pop open onClose={close} anchor={ref} label={w.fill(label)} className="sbox-pop">
          <SourceBox target={target} start={open.start} constants label={w.fill(label)} onSource={(s: Source) => put(link(d.cards, target, s))} onValue={putValue} />
        </Pop>
      )}
    </>
  );
}
