/* Bodies inside cards: the lanes of If/ElseIf and If Error are small flows of their own that see nothing around them. What a
   card in one takes from outside is handed in by hidden fields of one name, on the container and on the first card of the
   body. Here these are made, followed and cleared away, so that people draw and read one link. */
import type { Card, CardType, InputPin, Pin, PinFrom } from '../api/types';
import { changeCard, COMMENT, findCard, flat, type Place, placeOf } from './cards';

export const BODY_HEAD = 'control:callable';
export const isHidden = (p: Pin): boolean => p.meta?.forceHide === true;
/** what containers of bodies hold for the export file alone */
export const isBodyPin = (card: Card, p: Pin): boolean => Boolean(card.lanes?.some((l) => l.inline)) && (isHidden(p) || p.type === 'flow' || (p.key === 'inputs' && p.type === 'object'));
/** the first card of a body that gives nothing to see */
export const isQuietHead = (card: Card, parent: string | null): boolean => parent !== null && card.card === BODY_HEAD && card.outputs.every(isHidden);
export const seen = (lane: readonly Card[]): Card[] => lane.filter((c) => !isQuietHead(c, ''));

/** the bodies around a card, from the outside in */
export function bodiesAround(cards: readonly Card[], cardId: string): { container: string; lane: string }[] {
  const place: Place | null = placeOf(cards, cardId);
  if (!place || place.parent === null || place.lane === null) return [];
  const outer = bodiesAround(cards, place.parent);
  const inline = findCard(cards, place.parent)?.lanes?.find((l) => l.name === place.lane)?.inline;
  return inline ? [...outer, { container: place.parent, lane: place.lane }] : outer;
}
const headOfBody = (cards: readonly Card[], container: string, lane: string): Card | undefined => findCard(cards, container)?.lanes?.find((l) => l.name === lane)?.cards.find((c) => c.card !== COMMENT);

/** where a value really comes from: hidden fields are followed outwards */
export function originOf(cards: readonly Card[], from: PinFrom): PinFrom {
  const place = placeOf(cards, from.card);
  const output = findCard(cards, from.card)?.outputs.find((o) => o.id === from.output);
  if (!place || place.parent === null || !output || !isHidden(output)) return from;
  const handed = findCard(cards, place.parent)?.inputs.find((p) => p.group === 'context' && p.key === output.key && p.from);
  if (!handed?.from) return from;
  const outer = originOf(cards, handed.from);
  const path = [...(outer.path ?? []), ...(from.path ?? [])];
  const { path: _p, convert: _c, ...rest } = outer;
  return { ...rest, ...(path.length ? { path } : {}), ...(from.convert ? { convert: from.convert } : {}) };
}
type Handed = { card: string; output: string; path?: string[] };
const same = (a: Handed, b: Handed): boolean => a.card === b.card && a.output === b.output && (a.path ?? []).join('\0') === (b.path ?? []).join('\0');

/** hands a value into one body; gives the output of its first card that holds it there */
function handIn(cards: readonly Card[], container: string, lane: string, s: Handed): { cards: Card[]; source: Handed } | null {
  const box = findCard(cards, container);
  const head = headOfBody(cards, container, lane);
  const output = findCard(cards, s.card)?.outputs.find((o) => o.id === s.output);
  if (!box || !head || !output) return null;
  const there = box.inputs.find((p) => p.group === 'context' && p.from && same(p.from, s) && head.outputs.some((o) => o.group === 'context' && o.key === p.key));
  const known = there && head.outputs.find((o) => o.group === 'context' && o.key === there.key);
  if (known) return { cards: [...cards], source: { card: head.id, output: known.id } };
  let n = 1;
  while ([...box.inputs, ...head.outputs].some((p) => p.key === `c_${n}`)) n++;
  const key = `c_${n}`;
  const pin = (other: string): InputPin => ({
    id: `context_${key}`, group: 'context', key, label: s.path?.at(-1) ?? output.label ?? output.key, type: s.path?.length ? 'any' : output.type, ...(output.list && !s.path?.length ? { list: true } : {}),
    meta: { forceHide: true, wormholeMethodId: other },
  });
  const boxed = changeCard(cards, container, (c) => ({ ...c, inputs: [...c.inputs, { ...pin(head.id), from: { card: s.card, output: s.output, ...(s.path?.length ? { path: s.path } : {}) } }] }));
  const made = changeCard(boxed, head.id, (c) => ({ ...c, inputs: [...c.inputs, pin(container)], outputs: [...c.outputs, pin(container)] }));
  return { cards: made, source: { card: head.id, output: `context_${key}` } };
}
/** makes a value of any earlier card visible at a card, through all bodies between them */
export function reach(cards: readonly Card[], cardId: string, s: Handed): { cards: Card[]; source: Handed } {
  const around = bodiesAround(cards, s.card).map((b) => b.container + '|' + b.lane);
  let now: { cards: Card[]; source: Handed } = { cards: [...cards], source: s };
  for (const b of bodiesAround(cards, cardId)) {
    if (around.includes(b.container + '|' + b.lane)) continue;
    now = handIn(now.cards, b.container, b.lane, now.source) ?? now;
  }
  return now;
}
/** hidden fields that nothing reads any more go, from the inside out */
export function clearUnread(cards: readonly Card[]): Card[] {
  let now = [...cards];
  for (const box of flat(cards).reverse()) {
    for (const l of box.lanes ?? []) {
      if (!l.inline) continue;
      const lane = findCard(now, box.id)?.lanes?.find((x) => x.name === l.name)?.cards ?? [];
      const head = lane.find((c) => c.card !== COMMENT);
      const reads = (o: Pin): boolean => flat(lane).some((c) => c.inputs.some((p) => p.from?.card === head?.id && p.from?.output === o.id) || c.lanes?.some((x) => x.results?.some((r) => r.from?.card === head?.id && r.from?.output === o.id)));
      const unread = (head?.outputs ?? []).filter((o) => isHidden(o) && !reads(o)).map((o) => o.key);
      if (!head || !unread.length) continue;
      const others = new Set((findCard(now, box.id)?.lanes ?? []).filter((x) => x.name !== l.name).flatMap((x) => x.cards.find((c) => c.card !== COMMENT)?.outputs.filter(isHidden).map((o) => o.key) ?? []));
      const gone = (p: Pin): boolean => p.group === 'context' && isHidden(p) && unread.includes(p.key);
      now = changeCard(now, head.id, (c) => ({ ...c, inputs: c.inputs.filter((p) => !gone(p)), outputs: c.outputs.filter((p) => !gone(p)) }));
      now = changeCard(now, box.id, (c) => ({ ...c, inputs: c.inputs.filter((p) => !gone(p) || others.has(p.key)) }));
    }
  }
  return now;
}

/* ---- branches of If/ElseIf ------------------------------------------------------------------------------------------- */

const FIRST = 'if';
const LAST = 'else';
/** a new body; what handles an error is given the error */
export function newBody(id: string, lane: string): Card {
  const error = (): Pin => ({ id: 'context_error', group: 'context', key: 'error', label: 'Error', type: 'object' });
  const given = lane === 'handler';
  return { id, card: BODY_HEAD, title: 'Helper Flow', inputs: given ? [error()] : [], outputs: given ? [error()] : [] };
}
/** "Else if": a further condition with its body, before Else */
export function addBranch(cards: readonly Card[], cardId: string, type: CardType, headId: string): Card[] {
  return changeCard(cards, cardId, (c) => {
    let n = 2;
    while (c.lanes?.some((l) => l.name === `if${n}`)) n++;
    const name = `if${n}`;
    const lane = { name, inline: true, cards: [newBody(headId, name)] };
    const at = c.lanes?.findIndex((l) => l.name === LAST) ?? -1;
    const lanes = at < 0 ? [...(c.lanes ?? []), lane] : [...(c.lanes ?? []).slice(0, at), lane, ...(c.lanes ?? []).slice(at)];
    const inputs = type.inputs.filter((p) => p.group === FIRST).map((p): InputPin => ({ ...p, id: `${name}_${p.key.replace(/\W/g, '_')}`, group: name }));
    return { ...c, lanes, inputs: [...c.inputs, ...inputs] };
  });
}
export const mayRemoveBranch = (card: Card, lane: string): boolean => card.card === 'control:branch' && lane !== FIRST && lane !== LAST;
export function removeBranch(cards: readonly Card[], cardId: string, lane: string): Card[] {
  return changeCard(cards, cardId, (c) => ({ ...c, lanes: c.lanes?.filter((l) => l.name !== lane), inputs: c.inputs.filter((p) => p.group !== lane) }));
}
