/* A flow's cards as a tree: finding, putting in, taking out, moving. Everything returns new trees and shares what did
   not change, so that undo costs little. A comment card stands in the row and has no number. */
import type { Card, CardType, InputPin, Pin } from '../api/types';
import { BODY_HEAD, isQuietHead, newBody } from './bodies';

export const COMMENT = 'control:comment';
export const NO_EVENT = 'control:noop';
export const DELEGATED = 'http:delegated';
export const ENDPOINT = 'http:accept';
export const SCHEDULED = 'control:scheduled';
/** these are reached by an address of their flow */
export const hasAddress = (card: string): boolean => card === ENDPOINT || card === 'control:pause' || card === 'control:pauseRaw';

/** a row of cards: the flow itself, or one lane of a container */
export interface Row {
  parent: string | null;
  lane: string | null;
}
export interface Place extends Row {
  index: number;
}
export const TOP: Row = { parent: null, lane: null };

export function walk(cards: readonly Card[], run: (card: Card, place: Place, depth: number) => void, row: Row = TOP, depth = 0): void {
  cards.forEach((card, index) => {
    run(card, { ...row, index }, depth);
    for (const lane of card.lanes ?? []) walk(lane.cards, run, { parent: card.id, lane: lane.name }, depth + 1);
  });
}
export function flat(cards: readonly Card[]): Card[] {
  const all: Card[] = [];
  walk(cards, (c) => all.push(c));
  return all;
}
export function findCard(cards: readonly Card[], id: string | null): Card | undefined {
  return id === null ? undefined : flat(cards).find((c) => c.id === id);
}
export function placeOf(cards: readonly Card[], id: string): Place | null {
  let found: Place | null = null;
  walk(cards, (c, place) => { if (c.id === id) found = place; });
  return found;
}
/** numbers as people see them, in reading order; comments have none */
export function numbersOf(cards: readonly Card[]): Map<string, number> {
  const numbers = new Map<string, number>();
  walk(cards, (c, place) => { if (c.card !== COMMENT && !isQuietHead(c, place.parent)) numbers.set(c.id, numbers.size + 1); });
  return numbers;
}
export function headOf(cards: readonly Card[]): Card | undefined {
  return cards.find((c) => c.card !== COMMENT);
}
export function rowOf(cards: readonly Card[], row: Row): readonly Card[] {
  if (row.parent === null) return cards;
  return findCard(cards, row.parent)?.lanes?.find((l) => l.name === row.lane)?.cards ?? [];
}
export function changeCard(cards: readonly Card[], id: string, change: (card: Card) => Card): Card[] {
  return cards.map((c) => {
    if (c.id === id) return change(c);
    if (!c.lanes) return c;
    const lanes = c.lanes.map((l) => {
      const inner = changeCard(l.cards, id, change);
      return inner.every((x, i) => x === l.cards[i]) ? l : { ...l, cards: inner };
    });
    return lanes.every((l, i) => l === c.lanes?.[i]) ? c : { ...c, lanes };
  });
}
function changeRow(cards: readonly Card[], row: Row, change: (list: Card[]) => Card[]): Card[] {
  if (row.parent === null) return change([...cards]);
  return changeCard(cards, row.parent, (c) => ({ ...c, lanes: c.lanes?.map((l) => (l.name === row.lane ? { ...l, cards: change([...l.cards]) } : l)) }));
}
export function putCard(cards: readonly Card[], place: Place, card: Card): Card[] {
  return changeRow(cards, place, (list) => [...list.slice(0, place.index), card, ...list.slice(place.index)]);
}
export function takeCard(cards: readonly Card[], id: string): Card[] {
  const place = placeOf(cards, id);
  return place ? changeRow(cards, place, (list) => list.filter((c) => c.id !== id)) : [...cards];
}
/** the event stands first and nothing goes before it; a container cannot go into itself */
export function mayStand(cards: readonly Card[], place: Place, moving?: Card): boolean {
  if (moving && place.parent !== null && flat([moving]).some((c) => c.id === place.parent)) return false;
  const head = headOf(cards);
  if (moving && (head?.id === moving.id || isBodyHead(cards, moving.id))) return false;
  const first = place.parent === null ? undefined : rowOf(cards, place).find((c) => c.card !== COMMENT);
  if (first && isBodyHead(cards, first.id) && place.index <= rowOf(cards, place).indexOf(first)) return moving?.card === COMMENT;
  return place.parent !== null || !head || place.index > cards.indexOf(head) || moving?.card === COMMENT;
}
/** the first card of a body belongs to it and stays where it is */
export function isBodyHead(cards: readonly Card[], id: string): boolean {
  const place = placeOf(cards, id);
  return place !== null && place.parent !== null && findCard(cards, id)?.card === BODY_HEAD && Boolean(findCard(cards, place.parent)?.lanes?.find((l) => l.name === place.lane)?.inline);
}
export function moveCard(cards: readonly Card[], id: string, to: Place): Card[] {
  const card = findCard(cards, id);
  const from = placeOf(cards, id);
  if (!card || !from || !mayStand(cards, to, card)) return [...cards];
  const same = from.parent === to.parent && from.lane === to.lane;
  const index = same && from.index < to.index ? to.index - 1 : to.index;
  return putCard(takeCard(cards, id), { ...to, index }, card);
}
/** one step to the left or to the right in its row; null when it cannot */
export function nudge(cards: readonly Card[], id: string, by: -1 | 1): Card[] | null {
  const from = placeOf(cards, id);
  if (!from) return null;
  const list = rowOf(cards, from);
  const to = from.index + by;
  if (to < 0 || to >= list.length) return null;
  const place = { ...from, index: by > 0 ? to + 1 : to };
  return mayStand(cards, place, list[from.index]) ? moveCard(cards, id, place) : null;
}

/** "readUser", "readUser-2": short, readable, unique in the flow */
export function newCardId(cards: readonly Card[], type: string): string {
  const used = new Set(flat(cards).map((c) => c.id));
  const base = (type.split(':')[1] ?? 'card').replace(/\W/g, '').slice(0, 40) || 'card';
  let id = base;
  for (let n = 2; used.has(id); n++) id = `${base}-${n}`;
  return id;
}
export function newCard(type: CardType, cards: readonly Card[], connectionId?: string | null): Card {
  const options = Object.fromEntries((type.options ?? []).filter((o) => o.default !== undefined).map((o) => [o.key, o.default]));
  return {
    id: newCardId(cards, type.card),
    card: type.card,
    title: type.label,
    ...(Object.keys(options).length ? { options } : {}),
    ...(connectionId ? { connectionId } : {}),
    inputs: type.inputs.map((p): InputPin => ({ ...p })),
    outputs: type.outputs.map((p): Pin => ({ ...p })),
    ...(type.lanes ? { lanes: newLanes(type.lanes, cards) } : {}),
  };
}
function newLanes(lanes: NonNullable<CardType['lanes']>, cards: readonly Card[]): NonNullable<Card['lanes']> {
  const known = [...cards];
  return lanes.map((l) => {
    if (!l.inline) return { name: l.name, cards: [] };
    const head = newBody(newCardId(known, 'body:body'), l.name);
    known.push(head);
    return { name: l.name, inline: true, cards: [head] };
  });
}
/** a copy right behind the original; links inside the copy point to the copies */
export function duplicateCard(cards: readonly Card[], id: string): { cards: Card[]; id: string } | null {
  const card = findCard(cards, id);
  const place = placeOf(cards, id);
  if (!card || !place || headOf(cards)?.id === id) return null;
  const names = new Map<string, string>();
  const known = [...cards];
  for (const c of flat([card])) {
    const made = newCardId(known, c.card);
    names.set(c.id, made);
    known.push({ ...c, id: made, lanes: undefined });
  }
  const other = <T extends Pin>(p: T): T => (p.meta && names.has(String(p.meta.wormholeMethodId)) ? { ...p, meta: { ...p.meta, wormholeMethodId: names.get(String(p.meta.wormholeMethodId)) } } : p);
  const copy = (c: Card): Card => ({
    ...c,
    id: names.get(c.id) as string,
    inputs: c.inputs.map((p) => (p.from && names.has(p.from.card) ? { ...p, from: { ...p.from, card: names.get(p.from.card) as string } } : p)).map(other),
    outputs: c.outputs.map(other),
    ...(c.lanes ? {
      lanes: c.lanes.map((l) => ({
        ...l,
        cards: l.cards.map(copy),
        ...(l.results ? { results: l.results.map((r) => (r.from && names.has(r.from.card) ? { ...r, from: { ...r.from, card: names.get(r.from.card) as string } } : r)) } : {}),
      })),
    } : {}),
  });
  const made = copy(card);
  return { cards: putCard(cards, { ...place, index: place.index + 1 }, made), id: made.id };
}
/** chooses the event of a flow that has none, or another one; fields that people made stay */
export function chooseEvent(cards: readonly Card[], type: CardType): Card[] {
  const head = headOf(cards);
  const made = newCard(type, cards);
  if (!head) return putCard(cards, { ...TOP, index: 0 }, made);
  const keep = (list: readonly (Pin | InputPin)[], own: readonly Pin[]) => list.filter((p) => !own.some((o) => o.id === p.id) && (p.group === undefined || p.group === 'inputs')).map((p) => ({ ...p, group: type.userGroup ?? undefined }));
  const kept: Card = {
    ...made,
    id: head.id,
    inputs: type.userPins ? [...made.inputs, ...(keep(head.inputs, made.inputs) as InputPin[])] : made.inputs,
    outputs: type.userPins ? [...(keep(head.outputs, made.outputs)), ...made.outputs] : made.outputs,
  };
  return cards.map((c) => (c === head ? kept : c));
}
