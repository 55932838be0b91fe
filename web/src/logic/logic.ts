/* Which questions a form shows (access-requests.md 2.9). The same rules as the server's, over the answers as typed:
   a condition on a step that is itself hidden does not hold; a condition the browser cannot judge (another step than a
   question of the form, membership in a list it does not have) shows the question, and the server has the last word. */
import type { Condition, Logic, QuestionStep } from '../api/types';

export type Answer = string | number | boolean | string[] | null | undefined;
export type Answers = Record<string, Answer>;
/** items of configuration lists by list id, as far as they are known */
export type KnownLists = Record<string, readonly string[]>;

export function isEmpty(a: Answer): boolean {
  return a === undefined || a === null || a === '' || (Array.isArray(a) && a.length === 0);
}
const textOf = (v: unknown): string => (typeof v === 'string' ? v.trim() : v === null || v === undefined ? '' : String(v));
const asList = (a: Answer): string[] => (Array.isArray(a) ? a.map(textOf) : isEmpty(a) ? [] : [textOf(a)]);
const wanted = (c: Condition): string[] => (c.values ?? (c.value === undefined ? [] : [c.value])).map(textOf);

function same(a: Answer, c: Condition): boolean {
  if (typeof a === 'number' || (typeof a === 'string' && typeof c.value === 'number')) return !isEmpty(a) && Number(a) === Number(wanted(c)[0]);
  const have = asList(a).map((x) => x.toLowerCase()).sort();
  const want = wanted(c).map((x) => x.toLowerCase()).sort();
  if (!Array.isArray(a) && want.length > 1) return have.length === 1 && want.includes(have[0] as string);
  return have.length === want.length && have.every((x, i) => x === want[i]);
}

/** true, false, or null where only the server knows */
export function holds(c: Condition, step: QuestionStep | undefined, a: Answer, lists: KnownLists = {}): boolean | null {
  if (!step) return null;
  const want = wanted(c);
  const text = asList(a).join(', ').toLowerCase();
  switch (c.op) {
    case 'NOT_EMPTY':
    case 'IS_COMPLETED':
      return !isEmpty(a);
    case 'IS':
      return same(a, c);
    case 'IS_NOT':
      return !isEmpty(a) && !same(a, c);
    case 'CONTAINS':
      return !isEmpty(a) && text.includes((want[0] ?? '').toLowerCase());
    case 'NOT_CONTAINS':
      return !isEmpty(a) && !text.includes((want[0] ?? '').toLowerCase());
    case 'IS_AFTER':
      return !isEmpty(a) && textOf(a) > (want[0] ?? '');
    case 'IS_BEFORE':
      return !isEmpty(a) && textOf(a) < (want[0] ?? '');
    case 'IS_BETWEEN':
      return !isEmpty(a) && textOf(a) >= (want[0] ?? '') && textOf(a) <= (want[1] ?? '');
    case 'INCLUDES':
      return want.length > 0 && want.every((w) => asList(a).some((x) => x.toLowerCase() === w.toLowerCase()));
    case 'IN_LIST':
    case 'NOT_IN_LIST': {
      if (isEmpty(a)) return false;
      let inside: boolean | null = null;
      for (const id of want) {
        const items = lists[id];
        if (id === step.configListId) inside = true;
        else if (items) inside = inside === true || asList(a).every((x) => items.includes(x));
      }
      return inside === null ? null : c.op === 'IN_LIST' ? inside : !inside;
    }
    case 'IS_APPROVED':
    case 'IS_DENIED':
      return null;
  }
}
export function satisfied(logic: Logic | undefined, judge: (c: Condition) => boolean | null): boolean {
  if (!logic?.conditions.length) return true;
  const results = logic.conditions.map(judge);
  return logic.match === 'ALL' ? results.every((r) => r !== false) : results.some((r) => r !== false);
}
/** the questions to show, in order; a question that depends on a hidden one is hidden too */
export function visibleQuestions<Q extends QuestionStep>(questions: readonly Q[], answers: Answers, lists: KnownLists = {}): Q[] {
  const shown = new Map<string, Q>();
  for (const q of questions) {
    const ok = satisfied(q.logic, (c) => {
      const known = questions.find((x) => x.id === c.stepId);
      if (known && !shown.has(c.stepId)) return false;
      return holds(c, known, answers[c.stepId], lists);
    });
    if (ok) shown.set(q.id, q);
  }
  return [...shown.values()];
}

export type FormError = 'required' | 'tooLong' | 'notANumber' | 'notADate';
/** what is wrong with an answer before it is sent; the server checks again */
export function wrongAnswer(q: QuestionStep, a: Answer): FormError | null {
  if (isEmpty(a) || (typeof a === 'string' && !a.trim())) return q.required ? 'required' : null;
  if (q.inputType === 'TEXT' && [...textOf(a)].length > 1000) return 'tooLong';
  if (q.inputType === 'LONG_TEXT' && [...textOf(a)].length > 5000) return 'tooLong';
  if (q.inputType === 'NUMBER' && !/^[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d+)?$/.test(textOf(a))) return 'notANumber';
  if (q.inputType === 'DATE' && !/^\d{4}-\d{2}-\d{2}$/.test(textOf(a))) return 'notADate';
  return null;
}
/** answers as the server takes them: only of shown questions, numbers as numbers, no empty ones */
export function answersToSend(shown: readonly QuestionStep[], answers: Answers): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const q of shown) {
    const a = answers[q.id];
    if (isEmpty(a)) continue;
    out[q.id] = q.inputType === 'NUMBER' ? Number(a) : q.inputType === 'DROPDOWN' && q.multi ? asList(a) : a;
  }
  return out;
}
