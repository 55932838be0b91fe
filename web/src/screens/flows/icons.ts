/* Icons of cards by category, and the order of the palette. */
import type { LucideIcon } from 'lucide-react';
import type { Card, CardType, FlowKind, Pin } from '../../api/types';
import { fieldsFor, policyOf } from '../../logic/policy';
import { t } from '../../texts';
import { IconApp, IconBranch, IconCheck, IconCompose, IconDate, IconDelegated, IconError, IconFlow, IconFolder, IconLink, IconList, IconMail, IconNote, IconNumber, IconObject, IconPeople, IconPerson, IconRun, IconTable, IconText, IconTimer } from '../../ui/icons';

const ofCard: Record<string, LucideIcon> = { 'http:delegated': IconDelegated, 'http:accept': IconLink, 'control:scheduled': IconTimer, 'control:comment': IconNote, 'control:if': IconBranch, 'string:compose': IconCompose, 'okta:readUser': IconPerson };
const ofCategory: Record<string, LucideIcon> = {
  Events: IconRun, Branching: IconBranch, 'Error Handling': IconError, 'Flow Control': IconRun, Text: IconText, Number: IconNumber, 'True/False': IconCheck, 'Date & Time': IconDate, Object: IconObject, List: IconList,
  Flows: IconFlow, Folders: IconFolder, Tables: IconTable, Okta: IconPeople, Directory: IconPeople, Email: IconMail, Gmail: IconMail, 'Office 365 Mail': IconMail, JSON: IconObject,
};
export function cardIcon(card: string, category?: string): LucideIcon {
  return ofCard[card] ?? ofCategory[category ?? ''] ?? IconApp;
}
export const categoryIcon = (category: string): LucideIcon => ofCategory[category] ?? IconApp;
export const kindIcon: Record<FlowKind, LucideIcon> = { DELEGATED: IconDelegated, HELPER: IconFlow, SCHEDULED: IconTimer, API_ENDPOINT: IconLink, EVENT: IconRun, NONE: IconError };

const groups: [string, string[]][] = [
  ['events', ['Events']],
  ['logic', ['Branching', 'Error Handling', 'Flow Control']],
  ['data', ['Text', 'Number', 'True/False', 'Date & Time', 'Object', 'File', 'List']],
  ['elements', ['Flows', 'Folders', 'Tables']],
  ['advanced', ['API Connector', 'JSON', 'XML', 'URL', 'Encryption', 'JWT']],
];
export interface Category {
  name: string;
  cards: CardType[];
}
/** a card of an application, not one of the functions */
export const isApp = (c: CardType): boolean => !groups.some(([, names]) => names.includes(c.category));
/** the palette: groups of categories of cards, in one order everywhere; everything else is an application, and those that a
    connection of this organisation leads to (ready: their connectors) come first */
export function paletteOf(types: Iterable<CardType>, ready: ReadonlySet<string> = new Set()): { group: string; categories: Category[] }[] {
  const by = new Map<string, CardType[]>();
  for (const c of types) if (c.card !== 'control:noop') by.set(c.category, [...(by.get(c.category) ?? []), c]);
  for (const list of by.values()) list.sort((a, b) => a.label.localeCompare(b.label));
  const known = new Set(groups.flatMap(([, names]) => names));
  const pick = (names: string[]): Category[] => names.filter((n) => by.has(n)).map((n) => ({ name: n, cards: by.get(n) ?? [] }));
  const connected = (name: string): boolean => by.get(name)?.some((c) => c.connection && ready.has(c.connection)) ?? false;
  const apps = [...by.keys()].filter((n) => !known.has(n)).sort((a, b) => Number(connected(b)) - Number(connected(a)) || a.localeCompare(b));
  return [...groups.map(([group, names]) => ({ group, categories: pick(names) })), { group: 'apps', categories: pick(apps) }].filter((g) => g.categories.length);
}
export function sayType(pin: Pick<Pin, 'type' | 'list'>): string {
  const name = t.inputType[pin.type] ?? pin.type;
  return pin.list ? t.flows.design.listOf(name) : name;
}
/** what a lane is called: further conditions of If/ElseIf have numbers */
export function laneLabel(card: Card, type: CardType | undefined, lane: string): string {
  const known = type?.lanes?.find((x) => x.name === lane)?.label;
  if (known) return known;
  const further = (card.lanes ?? []).filter((l) => !type?.lanes?.some((x) => x.name === l.name));
  const own = further.find((l) => l.name === lane)?.label;
  return own ?? t.flows.design.elseIf(further.length > 1 ? further.findIndex((l) => l.name === lane) + 1 : null);
}
/** second line of a card: what it belongs to and what it is for */
export function subtitle(card: Card, type: CardType | undefined): string {
  const title = card.title && card.title !== type?.label ? card.title : '';
  return [type?.category ?? '', title].filter(Boolean).join(' · ');
}
/** what a card does when it fails, in one line under its head */
export function sayPolicy(card: Card, type: CardType | undefined, helpers: readonly { id: string; name: string }[]): string {
  const w = t.flows.failure, p = policyOf(card);
  const values = fieldsFor(card, type, 'return', null).map((r) => r.pin.label || r.pin.key);
  const then = p.then === 'flo' ? w.saysFlow(helpers.find((f) => f.id === p.flo)?.name ?? w.unknown) : p.then === 'return' ? w.saysReturn(values.join(', ')) : '';
  return w.says([p.retry > 0 ? w.saysRetry(p.retry) : '', then].filter(Boolean).join(w.and));
}
