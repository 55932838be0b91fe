/* Where cards stand on the canvas: one row from left to right; lanes of a container lie below each other, their cards
   from left to right again. Heights are the browser's. */
import type { Card } from '../api/types';
import { seen } from './bodies';
import { COMMENT } from './cards';

export const CARD_WIDTH = 240;
export const WIDE_WIDTH = 284;
export const GAP = 44;
/** a container's edge, its lane's edge and padding, on both sides */
const LANE_PAD = 36;
const LANE_GAP = 28;

export function widthOf(card: Card): number {
  if (card.lanes) {
    const rows = card.lanes.map((l) => {
      const columns = columnsOf(seen(l.cards));
      return columns.reduce((w, c) => w + c.width, 0) + Math.max(0, columns.length - 1) * LANE_GAP;
    });
    return Math.max(CARD_WIDTH + LANE_PAD, ...rows.map((w) => w + LANE_PAD));
  }
  return card.card === 'string:compose' ? WIDE_WIDTH : CARD_WIDTH;
}
export interface Column {
  /** the card, or the first comment when a row begins with one */
  card: Card;
  /** comments that stand behind it are written below it */
  notes: Card[];
  x: number;
  width: number;
  /** index in the row behind card and notes: where a new card goes */
  after: number;
}
export function columnsOf(cards: readonly Card[], gap = GAP): Column[] {
  const columns: Column[] = [];
  let x = 0;
  cards.forEach((card, i) => {
    const last = columns[columns.length - 1];
    if (card.card === COMMENT && last) {
      last.notes.push(card);
      last.after = i + 1;
      return;
    }
    const width = widthOf(card);
    columns.push({ card, notes: [], x, width, after: i + 1 });
    x += width + gap;
  });
  return columns;
}
/** of long lists of outputs: those in use, and the first of every group up to some each */
export function shownOutputs<T extends { id: string; group?: string }>(outputs: readonly T[], used: (id: string) => boolean, max = 10): T[] {
  if (outputs.length <= max + 1) return [...outputs];
  const groups = new Map<string, T[]>();
  for (const o of outputs) groups.set(o.group ?? '', [...(groups.get(o.group ?? '') ?? []), o]);
  const each = Math.max(2, Math.floor(max / groups.size));
  const shown = new Set([...groups.values()].flatMap((g) => g.slice(0, each)));
  return outputs.filter((o) => shown.has(o) || used(o.id));
}
