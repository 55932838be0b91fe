/* What feeds an input: which outputs may, how a value is converted on the way, fields that authors make, and texts with
   values in them (Compose). workflows.md 2.2 and 3. */
import type { Card, CardType, InputPin, Pin, PinFrom, PinType } from '../api/types';
import { clearUnread, isHidden, originOf, reach } from './bodies';
import { changeCard, COMMENT, findCard, placeOf, rowOf, TOP } from './cards';

/** an input of a card, or what a lane hands to an output of its container */
export type Target = { card: string; input: string } | { card: string; lane: string; output: string };
export interface Source {
  card: string;
  output: string;
  path?: string[];
}
type Typed = Pick<Pin, 'type' | 'list'>;

export type Fit = { kind: 'same' } | { kind: 'convert'; convert: string } | { kind: 'never' };
const SAME: Fit = { kind: 'same' };
const NEVER: Fit = { kind: 'never' };
const by = (convert: string): Fit => ({ kind: 'convert', convert });
const toText: Partial<Record<PinType, string>> = { number: 'toString', date: 'isoString', boolean: 'booleanToString', object: 'stringify' };
const fromText: Partial<Record<PinType, string>> = { number: 'parseFloat', boolean: 'parse', object: 'parse', date: 'dateTime' };

/** whether a value of one type may feed an input of another, and what happens to it */
export function fit(from: Typed, to: Typed): Fit {
  const a = from.list ?? false;
  const b = to.list ?? false;
  if (to.type === 'any' || from.type === 'any') return !a && b && from.type !== 'any' ? by('wrapArray') : SAME;
  if (a && b) return from.type === to.type ? SAME : NEVER;
  if (a) return to.type === 'text' ? by('stringify') : NEVER;
  if (b) return from.type === to.type ? by('wrapArray') : NEVER;
  if (from.type === to.type) return SAME;
  const convert = to.type === 'text' ? toText[from.type] : from.type === 'text' ? fromText[to.type] : from.type === 'number' && to.type === 'date' ? 'dateTime' : undefined;
  return convert ? by(convert) : NEVER;
}

/** cards whose outputs may be read at a target, nearest first */
export function sourcesFor(cards: readonly Card[], cardId: string, lane?: string): Card[] {
  const place = placeOf(cards, cardId);
  if (!place) return [];
  const found: Card[] = [];
  if (lane !== undefined) {
    const inner = findCard(cards, cardId)?.lanes?.find((l) => l.name === lane);
    found.push(...[...(inner?.cards ?? [])].reverse());
    if (inner?.inline) return found.filter((c) => c.card !== COMMENT);
  }
  found.push(...rowOf(cards, place).slice(0, place.index).reverse());
  if (place.parent !== null) {
    const inline = findCard(cards, place.parent)?.lanes?.find((l) => l.name === place.lane)?.inline;
    if (!inline) found.push(...sourcesFor(cards, place.parent));
  }
  return found.filter((c) => c.card !== COMMENT);
}
/** the same through bodies: what lies outside is handed in when it is chosen */
export function reachable(cards: readonly Card[], cardId: string, lane?: string): Card[] {
  const place = placeOf(cards, cardId);
  if (!place) return [];
  const inner = lane === undefined ? [] : [...(findCard(cards, cardId)?.lanes?.find((l) => l.name === lane)?.cards ?? [])].reverse();
  const here = [...inner, ...rowOf(cards, place).slice(0, place.index).reverse()].filter((c) => c.card !== COMMENT);
  return place.parent === null ? here : [...here, ...reachable(cards, place.parent)];
}
export const laneOf = (t: Target): string | undefined => ('lane' in t ? t.lane : undefined);

export function targetPin(cards: readonly Card[], t: Target): (Pin & Pick<InputPin, 'from' | 'value' | 'choices'>) | undefined {
  const card = findCard(cards, t.card);
  if ('input' in t) return card?.inputs.find((p) => p.id === t.input);
  const output = card?.outputs.find((p) => p.id === t.output);
  const result = card?.lanes?.find((l) => l.name === t.lane)?.results?.find((r) => r.output === t.output);
  return output && { ...output, from: result?.from, value: result?.value };
}
export type LinkState = 'ok' | 'gone' | 'later';
/** gone: the card or its output was deleted; later: it stands behind, or in another lane beside it */
export function linkState(cards: readonly Card[], t: Target, from: PinFrom): LinkState {
  const source = findCard(cards, from.card);
  if (!source?.outputs.some((o) => o.id === from.output)) return 'gone';
  return sourcesFor(cards, t.card, laneOf(t)).some((c) => c.id === from.card || inBranches(c, from.card)) ? 'ok' : 'later';
}
/** Imported flows also read cards within the branches of an earlier If/Else; those of a branch that did not run give nothing. */
const inBranches = (c: Card, id: string): boolean =>
  (c.lanes ?? []).some((l) => !l.inline && l.cards.some((x) => x.id === id || inBranches(x, id)));
function setTarget(cards: readonly Card[], t: Target, set: { from?: PinFrom; value?: unknown }): Card[] {
  return changeCard(cards, t.card, (c) => {
    if ('input' in t) {
      return {
        ...c,
        inputs: c.inputs.map((p) => {
          if (p.id !== t.input) return p;
          const { from: _f, value: _v, ...rest } = p;
          return { ...rest, ...set };
        }),
      };
    }
    return {
      ...c,
      lanes: c.lanes?.map((l) => {
        if (l.name !== t.lane) return l;
        const others = (l.results ?? []).filter((r) => r.output !== t.output);
        return { ...l, results: set.from || set.value !== undefined ? [...others, { output: t.output, ...set }] : others };
      }),
    };
  });
}
/** the type of what a path below an object gives is known only when it runs */
export const typeAt = (output: Pin, path?: string[]): Typed => (path?.length ? { type: 'any' } : output);
export function link(before: readonly Card[], t: Target, given: Source): Card[] {
  const { cards, source: s } = 'input' in t ? reach(before, t.card, given) : { cards: before, source: given };
  const output = findCard(cards, s.card)?.outputs.find((o) => o.id === s.output);
  const pin = targetPin(cards, t);
  if (!output || !pin) return [...cards];
  const f = fit(typeAt(output, s.path), pin);
  if (f.kind === 'never') return [...cards];
  return setTarget(cards, t, { from: { card: s.card, output: s.output, ...(s.path?.length ? { path: s.path } : {}), ...(f.kind === 'convert' ? { convert: f.convert } : {}) } });
}
export function setValue(cards: readonly Card[], t: Target, value: unknown): Card[] {
  return setTarget(cards, t, value === undefined ? {} : { value });
}
export const unlink = (cards: readonly Card[], t: Target): Card[] => setTarget(cards, t, {});

/** values that may have members: objects, and what is only known when it runs */
export const hasMembers = (pin: Pin): boolean => (pin.type === 'object' || pin.type === 'any') && !pin.list;
/** the members of an object output that have rows: known ones, used ones, and those somebody asked for */
export function membersOf(cards: readonly Card[], cardId: string, pin: Pin, asked: readonly string[][]): string[][] {
  const found = new Map<string, string[]>();
  const add = (path: readonly string[]): void => { if (path.length) found.set(path.join('\0'), [...path]); };
  for (const key of Object.keys(pin.shape ?? {})) add([key]);
  const look = (list: readonly Card[]): void => {
    for (const c of list) {
      for (const p of c.inputs) {
        const from = p.from ? originOf(cards, p.from) : null;
        if (from?.card === cardId && from.output === pin.id) add(from.path ?? []);
      }
      for (const l of c.lanes ?? []) look(l.cards);
    }
  };
  look(cards);
  asked.forEach(add);
  return [...found.values()];
}
/** after a move: links that do not hold any more are drawn anew from where their values really come from */
export function mend(before: readonly Card[], after: readonly Card[], moved: Card): Card[] {
  let now = [...after];
  const all = (c: Card): Card[] => [c, ...(c.lanes ?? []).flatMap((l) => l.cards.flatMap(all))];
  for (const c of all(moved)) {
    for (const p of c.inputs) {
      const t = { card: c.id, input: p.id };
      if (!p.from || linkState(now, t, p.from) === 'ok') continue;
      const { card, output, path } = originOf(before, p.from);
      if (reachable(now, c.id).some((x) => x.id === card)) now = link(now, t, { card, output, path });
    }
  }
  return now;
}
/** outputs that feed something, as "card|output" */
export function usedOutputs(cards: readonly Card[]): Set<string> {
  const used = new Set<string>();
  const add = (from?: PinFrom): void => {
    if (!from) return;
    const real = originOf(cards, from);
    used.add(`${from.card}|${from.output}`);
    used.add(`${real.card}|${real.output}`);
  };
  const look = (list: readonly Card[]): void => {
    for (const c of list) {
      for (const p of c.inputs) add(p.from);
      for (const l of c.lanes ?? []) {
        look(l.cards);
        for (const r of l.results ?? []) add(r.from);
      }
    }
  };
  look(cards);
  return used;
}
export interface Choice extends Source {
  pin: Pin;
  fit: Fit;
}
/** what may be chosen for a target, by card from near to far; what cannot fit comes with 'never' */
export function choicesFor(cards: readonly Card[], t: Target): { card: Card; outputs: Choice[] }[] {
  const pin = targetPin(cards, t);
  if (!pin) return [];
  return ('lane' in t ? sourcesFor : reachable)(cards, t.card, laneOf(t))
    .map((card) => ({ card, outputs: card.outputs.filter((o) => !isHidden(o)).map((o): Choice => ({ card: card.id, output: o.id, pin: o, fit: fit(o, pin) })) }))
    .filter((g) => g.outputs.length > 0);
}

/* ---- constants ------------------------------------------------------------------------------------------------ */

export type Typing = { ok: true; value: unknown } | { ok: false; why: 'number' | 'boolean' | 'date' | 'json' | 'range' };
/** the bounds that the card table sets to a field */
export const rangeOf = (type: CardType | undefined, pin: Pin): { min: number; max: number } | null => {
  const p = type?.inputs.find((x) => x.key === pin.key && (x.group ?? null) === (pin.group ?? null));
  return p?.min !== undefined && p.max !== undefined ? { min: p.min, max: p.max } : null;
};
export const inRange = (value: unknown, range: { min: number; max: number }): boolean => isEmpty(value) || (Number.isInteger(Number(value)) && Number(value) >= range.min && Number(value) <= range.max);
/** what was typed into an input, as the value it stores; empty text clears */
export function valueOf(text: string, pin: Typed): Typing {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: true, value: pin.type === 'text' && !pin.list && text !== '' ? text : undefined };
  if (pin.list) {
    if (trimmed.startsWith('[')) return json(trimmed);
    const items = trimmed.split(',').map((s) => s.trim()).filter(Boolean);
    if (pin.type === 'number') return items.every((s) => Number.isFinite(Number(s))) ? { ok: true, value: items.map(Number) } : { ok: false, why: 'number' };
    return { ok: true, value: items };
  }
  switch (pin.type) {
    case 'number': return Number.isFinite(Number(trimmed)) ? { ok: true, value: Number(trimmed) } : { ok: false, why: 'number' };
    case 'boolean': return /^(true|false)$/i.test(trimmed) ? { ok: true, value: /^true$/i.test(trimmed) } : { ok: false, why: 'boolean' };
    case 'date': return /^\d{4}-\d\d-\d\d/.test(trimmed) && !Number.isNaN(Date.parse(trimmed)) ? { ok: true, value: trimmed } : { ok: false, why: 'date' };
    case 'object': return json(trimmed);
    default: return { ok: true, value: text };
  }
}
function json(text: string): Typing {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, why: 'json' };
  }
}
/** a stored value as one would type it */
export function textOf(value: unknown, pin: Typed): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && pin.list && value.every((v) => typeof v === 'number' || (typeof v === 'string' && !v.includes(',')))) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/* ---- fields that authors make ------------------------------------------------------------------------------------ */

export interface NewField {
  key: string;
  label?: string;
  type: PinType;
  list?: boolean;
  required?: boolean;
  /** of a field that moves to another part of the request */
  group?: string;
}
/** a key that no field of the card has: "first name" → "firstName", "firstName2" */
export function freeKey(card: Pick<Card, 'inputs' | 'outputs'>, wanted: string): string {
  const words = wanted.trim().split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
  const base = words.map((w, i) => (i ? w.charAt(0).toUpperCase() + w.slice(1) : w)).join('') || 'field';
  const used = new Set([...card.inputs, ...card.outputs].map((p) => p.key));
  let key = base;
  for (let n = 2; used.has(key) || key === '_text_'; n++) key = `${base}${n}`;
  return key;
}
const freeId = (pins: readonly Pin[], key: string): string => {
  const base = key.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 60) || 'field';
  let id = base;
  for (let n = 2; pins.some((p) => p.id === id); n++) id = `${base}_${n}`;
  return id;
};
export function addField(cards: readonly Card[], cardId: string, type: CardType, field: NewField): { cards: Card[]; input?: string; output?: string } {
  const card = findCard(cards, cardId);
  if (!card || !type.userPins) return { cards: [...cards] };
  const pin = (list: readonly Pin[]): Pin => ({
    id: freeId(list, field.key), ...(type.userGroup ? { group: type.userGroup } : {}), key: field.key, label: field.label || field.key, type: field.type,
    ...(field.list ? { list: true } : {}), ...(field.required ? { required: true } : {}),
  });
  const input = type.userPins !== 'outputs' ? { ...pin(card.inputs), custom: true } : null;
  const output = type.userPins !== 'inputs' ? pin(card.outputs) : null;
  // fields stand before what the card gives by itself (the event's context)
  const at = card.outputs.findIndex((p) => type.outputs.some((o) => o.id === p.id));
  const next = changeCard(cards, cardId, (c) => ({
    ...c,
    inputs: input ? [...c.inputs, input] : c.inputs,
    outputs: !output ? c.outputs : at < 0 || type.kind !== 'EVENT' ? [...c.outputs, output] : [...c.outputs.slice(0, at), output, ...c.outputs.slice(at)],
  }));
  return { cards: next, ...(input ? { input: input.id } : {}), ...(output ? { output: output.id } : {}) };
}
/** the fields that a helper flow takes, added to the card that calls it; those that are there stay */
export function addHelperFields(cards: readonly Card[], cardId: string, type: CardType, head: Card | undefined): Card[] {
  let now = [...cards];
  for (const f of head?.outputs ?? []) {
    if (f.group || type.userPins === 'outputs' || !type.userPins || findCard(now, cardId)?.inputs.some((p) => p.key === f.key && (p.group ?? null) === (type.userGroup ?? null))) continue;
    now = addField(now, cardId, type, { key: f.key, label: f.label || f.key, type: f.type, list: f.list ?? false, required: false }).cards;
  }
  return now;
}
/** fields of the card table cannot be removed or renamed */
export function isOwnField(type: CardType | undefined, side: 'inputs' | 'outputs', pin: Pin): boolean {
  return Boolean(type?.userPins || (side === 'inputs' && type?.stateGroup && pin.group === type.stateGroup)) && !type?.[side].some((p) => p.key === pin.key && (p.group ?? null) === (pin.group ?? null));
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

/** does the card call its helper flow for each record, as its options stand? */
export const isStreaming = (card: Card): boolean => [card.options?.resultSet, card.options?.requestType].some((o) => /stream/i.test(String(o ?? '')));
/** the card as one whose author adds fields of State */
export const stateType = (type: CardType): CardType => ({ ...type, userPins: 'inputs', userGroup: type.stateGroup, userPinTypes: undefined });
const ofShape: Record<string, PinType> = { string: 'text', number: 'number', boolean: 'boolean', Date: 'date', file: 'file' };
/** the members of State that the helper flow knows of, added to the card that streams to it; those that are there stay */
export function addStateFields(cards: readonly Card[], cardId: string, type: CardType, head: Card | undefined): Card[] {
  const shape = head?.outputs.find((f) => !f.group && f.key === 'State')?.shape ?? {};
  let now = [...cards];
  for (const [key, of] of Object.entries(shape)) {
    if (findCard(now, cardId)?.inputs.some((p) => p.key === key && p.group === type.stateGroup)) continue;
    const o = of as { type?: unknown; collection?: unknown };
    now = addField(now, cardId, stateType(type), { key, type: typeof o?.type === 'string' ? (ofShape[o.type] ?? 'any') : 'object', list: o?.collection === true }).cards;
  }
  return now;
}
const twin = (a: Pin) => (b: Pin): boolean => a.key === b.key && (a.group ?? null) === (b.group ?? null);
/** changes key, label, type … of a field and of the field that mirrors it; a template follows a new key */
export function changeField(cards: readonly Card[], cardId: string, pin: Pin, patch: Partial<NewField>): Card[] {
  return changeCard(cards, cardId, (c) => {
    const set = <T extends Pin>(p: T): T => {
      if (!twin(pin)(p)) return p;
      const next = { ...p, ...patch };
      for (const k of ['list', 'required'] as const) if (!next[k]) delete next[k];
      return next as T;
    };
    const key = patch.key;
    const inputs = c.inputs.map((p) => {
      const next = set(p);
      if (key === undefined || key === pin.key || p.key !== '_text_' || typeof p.value !== 'string') return next;
      return { ...next, value: p.value.replaceAll(`{{{${pin.key}}}}`, `{{{${key}}}}`) };
    });
    return { ...c, inputs, outputs: c.outputs.map(set) };
  });
}
/** only the name people read, of one output */
export function renameOutput(cards: readonly Card[], cardId: string, outputId: string, label: string): Card[] {
  return changeCard(cards, cardId, (c) => ({ ...c, outputs: c.outputs.map((o) => (o.id === outputId ? { ...o, label: label || o.key } : o)) }));
}
export function removeField(cards: readonly Card[], cardId: string, pin: Pin): Card[] {
  return changeCard(cards, cardId, (c) => ({
    ...c,
    inputs: c.inputs.filter((p) => !twin(pin)(p)),
    outputs: c.outputs.filter((p) => !twin(pin)(p)),
    ...(c.lanes ? { lanes: c.lanes.map((l) => (l.results ? { ...l, results: l.results.filter((r) => c.outputs.some((o) => o.id === r.output && !twin(pin)(o))) } : l)) } : {}),
  }));
}
/** a new field with name and type of an output, fed by it ("drop here to create") */
export function addFieldFrom(cards: readonly Card[], cardId: string, type: CardType, s: Source): { cards: Card[]; input?: string } {
  const card = findCard(cards, cardId);
  const output = findCard(cards, s.card)?.outputs.find((o) => o.id === s.output);
  if (!card || !output || !type.userPins || type.userPins === 'outputs') return { cards: [...cards] };
  const allowed = type.userPinTypes;
  const given: Typed = s.path?.length ? { type: 'text' } : output; // what a member holds is known when it runs
  const fits = !allowed || allowed.includes(given.type);
  const made = addField(cards, cardId, type, { key: freeKey(card, s.path?.at(-1) ?? (output.label || output.key)), type: fits ? given.type : (allowed[0] ?? 'text'), list: fits ? given.list : false });
  return made.input ? { cards: link(made.cards, { card: cardId, input: made.input }, s), input: made.input } : made;
}

/* ---- texts with values in them --------------------------------------------------------------------------------- */

export const TEXT_KEY = '_text_';
export type Piece = { text: string } | { key: string };
export function parseTemplate(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const m of template.matchAll(/\{\{\{(.*?)\}\}\}/gs)) {
    if (m.index > at) pieces.push({ text: template.slice(at, m.index) });
    pieces.push({ key: m[1] ?? '' });
    at = m.index + m[0].length;
  }
  if (at < template.length) pieces.push({ text: template.slice(at) });
  return pieces;
}
export function printTemplate(pieces: readonly Piece[]): string {
  return pieces.map((p) => ('key' in p ? `{{{${p.key}}}}` : p.text)).join('');
}
/** the field of a Compose card that holds this source; made when there is none. The text then gets {{{key}}} */
export function templateField(cards: readonly Card[], cardId: string, type: CardType, s: Source): { cards: Card[]; key: string | null } {
  const card = findCard(cards, cardId);
  const there = card?.inputs.find((p) => {
    const from = p.key !== TEXT_KEY && p.from ? originOf(cards, p.from) : null;
    return from?.card === s.card && from.output === s.output && (from.path ?? []).join('\0') === (s.path ?? []).join('\0');
  });
  if (there) return { cards: [...cards], key: there.key };
  const made = addFieldFrom(cards, cardId, type, s);
  return { cards: made.cards, key: findCard(made.cards, cardId)?.inputs.find((p) => p.id === made.input)?.key ?? null };
}
/** stores the text; fields whose last mark was deleted from it go with it */
export function setTemplate(cards: readonly Card[], cardId: string, template: string): Card[] {
  return changeCard(cards, cardId, (c) => {
    const text = c.inputs.find((p) => p.key === TEXT_KEY);
    const keys = (s: string) => new Set(parseTemplate(s).flatMap((p) => ('key' in p ? [p.key] : [])));
    const before = keys(typeof text?.value === 'string' ? text.value : '');
    const now = keys(template);
    return { ...c, inputs: c.inputs.filter((p) => p.key === TEXT_KEY || !before.has(p.key) || now.has(p.key)).map((p) => (p.key === TEXT_KEY ? { ...p, from: undefined, value: template } : p)) };
  });
}

/* ---- saving ------------------------------------------------------------------------------------------------------ */

/** what is sent: broken links cannot be stored and are left out; counts them */
export function toSend(cards: readonly Card[]): { cards: Card[]; lost: number } {
  let lost = 0;
  const keep = (t: Target, from?: PinFrom): PinFrom | undefined => {
    if (!from || linkState(cards, t, from) === 'ok') return from;
    lost++;
    return undefined;
  };
  const one = (c: Card): Card => {
    const { supported: _s, ...rest } = c;
    return {
      ...rest,
      inputs: c.inputs.map((p) => (p.from ? { ...p, from: keep({ card: c.id, input: p.id }, p.from) } : p)),
      ...(c.lanes ? {
        lanes: c.lanes.map((l) => ({
          ...l,
          cards: l.cards.map(one),
          ...(l.results ? { results: l.results.map((r) => (r.from ? { ...r, from: keep({ card: c.id, lane: l.name, output: r.output }, r.from) } : r)) } : {}),
        })),
      } : {}),
    };
  };
  return { cards: clearUnread(cards).map(one), lost };
}
export { TOP };
