/* Answers that were typed and not sent, kept on this device per person and request type. */
import type { PersonRef } from '../api/types';
import type { Answers } from './logic';

export interface Draft {
  answers: Answers;
  /** names of people chosen in answers, for showing them again */
  people: Record<string, PersonRef>;
  requester: PersonRef | null;
  subject: string;
  at: number;
}
const MONTH = 30 * 86_400_000;
const keyOf = (userId: string, typeId: string): string => `reeve.draft.${userId}.${typeId}`;

export function readDraft(userId: string, typeId: string): Draft | null {
  try {
    const d = JSON.parse(localStorage.getItem(keyOf(userId, typeId)) ?? 'null') as Draft | null;
    return d && typeof d.at === 'number' && Date.now() - d.at < MONTH ? d : null;
  } catch {
    return null;
  }
}
export function keepDraft(userId: string, typeId: string, draft: Draft): void {
  try {
    localStorage.setItem(keyOf(userId, typeId), JSON.stringify(draft));
  } catch {
    // a full or forbidden store: the form still holds what was typed
  }
}
export function dropDraft(userId: string, typeId: string): void {
  localStorage.removeItem(keyOf(userId, typeId));
}
