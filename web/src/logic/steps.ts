/* Rules of a request type's steps (access-requests.md 2.5 to 2.9, 3.3, 12.3), for the editor: what may stand where, which
   source fits which input, what is still wrong. The server judges again at publishing. */
import type { Condition, FlowInput, InputSource, InputType, LogicOp, QuestionType, RequestType, Step } from '../api/types';

export type StepKind = Step['kind'];
const prefix: Record<StepKind, string> = { QUESTION: 'q', APPROVAL: 't', CUSTOM_TASK: 't', ACTION: 'a', TIMER: 'w' };

export function newStepId(kind: StepKind, steps: readonly Step[]): string {
  const taken = new Set(steps.map((s) => s.id));
  for (let n = 1; ; n++) {
    const id = `${prefix[kind]}${n}`;
    if (!taken.has(id)) return id;
  }
}
export function newStep(kind: StepKind, text: string, steps: readonly Step[]): Step {
  const id = newStepId(kind, steps);
  switch (kind) {
    case 'QUESTION': return { id, kind, text, inputType: 'TEXT', required: true, assignTo: { type: 'REQUESTER' } };
    case 'APPROVAL': return { id, kind, text, required: true, assignTo: { type: 'MANAGER' }, due: { n: 3, unit: 'DAYS' } };
    case 'CUSTOM_TASK': return { id, kind, text, required: true, assignTo: { type: 'REQUEST_ASSIGNEE' }, ...after(steps) };
    case 'ACTION': return { id, kind, text, action: 'RUN_WORKFLOW', automatic: true, flowId: null, inputs: {}, ...after(steps) };
    case 'TIMER': return { id, kind, text, timer: { n: 1, unit: 'DAYS' } };
  }
}
/** a step after an approval or action runs, as a rule, only when that went well */
function after(steps: readonly Step[]): Pick<Step, 'logic'> {
  const before = [...steps].reverse().find((s) => s.kind === 'APPROVAL' || s.kind === 'ACTION');
  return before ? { logic: { match: 'ALL', conditions: [{ stepId: before.id, op: before.kind === 'APPROVAL' ? 'IS_APPROVED' : 'IS_COMPLETED' }] } } : {};
}
/** ids of the steps that this one names */
export function referencesOf(s: Step): string[] {
  const out = new Set<string>();
  for (const c of s.logic?.conditions ?? []) out.add(c.stepId);
  if ('assignTo' in s && s.assignTo?.type === 'QUESTION') out.add(s.assignTo.stepId);
  if (s.kind === 'ACTION') for (const i of Object.values(s.inputs)) if (i.source === 'QUESTION' || i.source === 'APPROVER_EMAIL') out.add(i.stepId);
  if (s.kind === 'TIMER' && 'untilStepId' in s.timer && s.timer.untilStepId) out.add(s.timer.untilStepId);
  return [...out];
}
/** the order after moving one step, or the step whose dependence forbids it */
export function move(steps: readonly Step[], from: number, to: number): { steps: Step[] } | { blockedBy: Step; on: Step } {
  const next = [...steps];
  const [moved] = next.splice(from, 1);
  if (moved) next.splice(to, 0, moved);
  const at = new Map(next.map((s, i) => [s.id, i]));
  for (const [i, s] of next.entries()) {
    for (const id of referencesOf(s)) {
      const j = at.get(id);
      if (j !== undefined && j >= i && id !== s.id) return { blockedBy: s, on: next[j] as Step };
    }
  }
  return { steps: next };
}
export function dependents(steps: readonly Step[], id: string): Step[] {
  return steps.filter((s) => s.id !== id && referencesOf(s).includes(id));
}
/** without the step and without what the others said about it */
export function removeStep(steps: readonly Step[], id: string): Step[] {
  return steps.filter((s) => s.id !== id).map((s): Step => {
    if (!referencesOf(s).includes(id)) return s;
    const conditions = s.logic?.conditions.filter((c) => c.stepId !== id) ?? [];
    const { logic: _old, ...bare } = s;
    const next = { ...bare, ...(s.logic && conditions.length ? { logic: { ...s.logic, conditions } } : {}) } as Step;
    if (next.kind === 'ACTION') return { ...next, inputs: Object.fromEntries(Object.entries(next.inputs).filter(([, i]) => !((i.source === 'QUESTION' || i.source === 'APPROVER_EMAIL') && i.stepId === id))) };
    if (next.kind === 'TIMER' && 'untilStepId' in next.timer && next.timer.untilStepId === id) return { ...next, timer: { n: 1, unit: 'DAYS' } };
    if ('assignTo' in next && next.assignTo?.type === 'QUESTION' && next.assignTo.stepId === id) return { ...next, assignTo: { type: 'NONE' } } as Step;
    return next;
  });
}
/** questions of the submit form: those for the requester before any other step */
export function formLength(steps: readonly Step[]): number {
  const i = steps.findIndex((s) => !(s.kind === 'QUESTION' && s.assignTo.type === 'REQUESTER'));
  return i < 0 ? steps.length : i;
}

/* ---- logic ---- */
const textOps: LogicOp[] = ['IS', 'IS_NOT', 'CONTAINS', 'NOT_CONTAINS', 'NOT_EMPTY'];
export function opsFor(s: Step): LogicOp[] {
  switch (s.kind) {
    case 'APPROVAL': return ['IS_APPROVED', 'IS_DENIED', 'IS_COMPLETED'];
    case 'QUESTION':
      switch (s.inputType) {
        case 'DATE': return ['IS', 'IS_NOT', 'IS_AFTER', 'IS_BEFORE', 'IS_BETWEEN', 'NOT_EMPTY'];
        case 'DROPDOWN': return s.multi ? ['INCLUDES', 'IS', 'IS_NOT', 'NOT_EMPTY'] : ['IS', 'IS_NOT', 'IN_LIST', 'NOT_IN_LIST', 'NOT_EMPTY'];
        case 'NUMBER': case 'USER': return ['IS', 'IS_NOT', 'NOT_EMPTY'];
        case 'BOOLEAN': return ['IS', 'NOT_EMPTY'];
        default: return textOps;
      }
    default: return ['IS_COMPLETED'];
  }
}
export function needsValue(op: LogicOp): boolean {
  return !['NOT_EMPTY', 'IS_COMPLETED', 'IS_APPROVED', 'IS_DENIED'].includes(op);
}
export function newCondition(s: Step): Condition {
  return { stepId: s.id, op: opsFor(s)[0] ?? 'IS_COMPLETED' };
}

/* ---- inputs of a workflow ---- */
export type Fit = 'same' | 'itemName' | 'joined' | 'midnight' | 'isoDay' | 'mustBeNumber' | 'mustBeDate' | 'mustBeBoolean' | 'asText';
/** how a question's answer becomes an input of this type; null: it may not be chosen */
export function fitOf(q: { inputType: QuestionType; multi?: boolean }, to: InputType): Fit | null {
  switch (q.inputType) {
    case 'DATE': return to === 'text' ? 'isoDay' : to === 'datetime' ? 'midnight' : null;
    case 'NUMBER': return to === 'number' ? 'same' : to === 'text' ? 'asText' : null;
    case 'BOOLEAN': return to === 'boolean' ? 'same' : to === 'text' ? 'asText' : null;
    case 'USER': return to === 'text' ? 'same' : null;
    case 'DROPDOWN':
      if (q.multi) return to === 'text' ? 'joined' : null;
      if (to === 'text') return 'itemName';
      break;
    default:
      if (to === 'text') return 'same';
  }
  return ({ number: 'mustBeNumber', datetime: 'mustBeDate', boolean: 'mustBeBoolean' } as const)[to as 'number' | 'datetime' | 'boolean'];
}
export interface SourceChoice {
  id: string;
  source: InputSource;
  /** position of the step it comes from, for its number */
  step?: number;
  fit: Fit;
  /** not one of the four reference sources: left out when the type is carried to another system */
  extra: boolean;
}
const textSources = ['REQUESTER_EMAIL', 'REQUEST_SUBJECT', 'ASSIGNEE_EMAIL'] as const;
const textExtras = ['REQUEST_ID', 'REQUEST_URL', 'REQUESTER_LOGIN'] as const;
export function sourceId(s: InputSource | undefined): string | null {
  if (!s) return null;
  if (s.source === 'QUESTION' || s.source === 'APPROVER_EMAIL') return `${s.source}:${s.stepId}`;
  return s.source;
}
/** every source that may feed an input of this type in a step at this place */
export function sourcesFor(type: InputType, steps: readonly Step[], at: number): SourceChoice[] {
  const out: SourceChoice[] = [];
  if (type === 'text') for (const s of textSources) out.push({ id: s, source: { source: s }, fit: 'same', extra: false });
  steps.forEach((q, i) => {
    if (q.kind !== 'QUESTION' || i >= at) return;
    const fit = fitOf(q, type);
    if (fit) out.push({ id: `QUESTION:${q.id}`, source: { source: 'QUESTION', stepId: q.id }, step: i, fit, extra: false });
  });
  out.push({ id: 'CONSTANT', source: { source: 'CONSTANT', value: type === 'boolean' ? true : type === 'number' ? 0 : '' }, fit: 'same', extra: true });
  if (type === 'text') {
    for (const s of textExtras) out.push({ id: s, source: { source: s }, fit: 'same', extra: true });
    steps.forEach((a, i) => { if (a.kind === 'APPROVAL' && i < at) out.push({ id: `APPROVER_EMAIL:${a.id}`, source: { source: 'APPROVER_EMAIL', stepId: a.id }, step: i, fit: 'same', extra: true }); });
  }
  return out;
}
const words = (s: string): string[] => s.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((w) => w.length > 2);
/** a proposal for each input by its name; nothing where nothing fits clearly */
export function guessSources(inputs: readonly FlowInput[], steps: readonly Step[], at: number): Record<string, InputSource> {
  const out: Record<string, InputSource> = {};
  for (const input of inputs) {
    const have = words(`${input.key} ${input.label}`);
    const has = (...w: string[]): boolean => w.every((x) => have.includes(x));
    const choices = sourcesFor(input.type, steps, at).filter((c) => !c.extra);
    const named = (id: string): SourceChoice | undefined => choices.find((c) => c.id === id);
    const direct = has('requester', 'email') ? named('REQUESTER_EMAIL') : has('assignee', 'email') ? named('ASSIGNEE_EMAIL') : has('subject') ? named('REQUEST_SUBJECT') : undefined;
    const scored = choices.flatMap((c) => {
      const q = c.step === undefined ? undefined : steps[c.step];
      const n = q ? words(q.text).filter((w) => have.includes(w)).length : 0;
      return n ? [{ c, n }] : [];
    }).sort((a, b) => b.n - a.n);
    const best = direct ?? (scored[0] && scored[0].n > (scored[1]?.n ?? 0) ? scored[0].c : undefined);
    if (best) out[input.key] = best.source;
  }
  return out;
}

/* ---- what is still wrong ---- */
export type ProblemKind = 'noName' | 'longName' | 'noText' | 'noOptions' | 'listNotShared' | 'noFlow' | 'flowGone' | 'inputUnmapped' | 'sourceGone' | 'noCondition' | 'noConditionValue' | 'laterStep' | 'noAssignee' | 'autoDone' | 'noSteps';
export interface StepProblem {
  kind: ProblemKind;
  stepId: string | null;
  /** the field it stands at: "text", "options", "flowId", "inputs/<key>", "logic/<n>", "assignTo", "autoResolve", "name" */
  field: string;
  /** names for the sentence */
  names: string[];
}
export interface Surroundings {
  /** lists the owning team may use, by id */
  lists: ReadonlyMap<string, string> | null;
  /** workflows that may be chosen, by id */
  flows: ReadonlyMap<string, { name: string; inputs: readonly FlowInput[]; selectable: boolean }> | null;
}
export function problemsOf(type: Pick<RequestType, 'name' | 'steps' | 'autoResolve'>, around: Surroundings): StepProblem[] {
  const out: StepProblem[] = [];
  const say = (kind: ProblemKind, stepId: string | null, field: string, ...names: string[]): void => void out.push({ kind, stepId, field, names });
  const name = type.name.trim();
  if (!name) say('noName', null, 'name');
  else if ([...name].length > 50) say('longName', null, 'name');
  if (!type.steps.length) say('noSteps', null, 'steps');
  const at = new Map(type.steps.map((s, i) => [s.id, i]));
  type.steps.forEach((s, i) => {
    if (!s.text.trim()) say('noText', s.id, 'text');
    if (s.kind === 'QUESTION' && s.inputType === 'DROPDOWN') {
      if (s.configListId) {
        if (around.lists && !around.lists.has(s.configListId)) say('listNotShared', s.id, 'options', s.configListId);
      } else if (!s.options?.some((o) => o.trim())) say('noOptions', s.id, 'options');
    }
    if ('assignTo' in s && s.assignTo) {
      const a = s.assignTo;
      if ((a.type === 'USER' || a.type === 'GROUP' || a.type === 'GROUP_OWNER' || a.type === 'TEAM') && !a.id) say('noAssignee', s.id, 'assignTo');
      if (a.type === 'QUESTION' && (at.get(a.stepId) ?? i) >= i) say('noAssignee', s.id, 'assignTo');
    }
    (s.logic?.conditions ?? []).forEach((c, n) => {
      const j = at.get(c.stepId);
      if (!c.stepId || j === undefined) say('noCondition', s.id, `logic/${n}`);
      else if (j >= i) say('laterStep', s.id, `logic/${n}`, s.text);
      else if (needsValue(c.op) && (c.values ? !c.values.length || c.values.some((v) => v === '') : c.value === undefined || c.value === '')) say('noConditionValue', s.id, `logic/${n}`);
    });
    if (s.kind === 'ACTION') {
      if (!s.flowId) say('noFlow', s.id, 'flowId', s.text);
      else {
        const flow = around.flows?.get(s.flowId);
        if (around.flows && (!flow || !flow.selectable)) say('flowGone', s.id, 'flowId', s.flowName ?? s.flowId);
        const inputs = flow?.inputs ?? s.flowInputs ?? [];
        for (const input of inputs) {
          const source = s.inputs[input.key];
          if (!source) {
            if (input.required) say('inputUnmapped', s.id, `inputs/${input.key}`, input.label || input.key, flow?.name ?? s.flowName ?? '');
          } else if (!sourcesFor(input.type, type.steps, i).some((c) => c.id === sourceId(source)) && source.source !== 'LIST_ITEM') say('sourceGone', s.id, `inputs/${input.key}`, input.label || input.key, flow?.name ?? s.flowName ?? '');
        }
      }
    }
  });
  const foreign = type.steps.some((s) => 'assignTo' in s && s.assignTo && s.assignTo.type !== 'REQUESTER');
  if (type.autoResolve && type.steps.length > 0 && !foreign) say('autoDone', null, 'autoResolve');
  return out;
}
/** steps that run although an approval above them may be denied (access-requests.md 2.6) */
export function unguarded(steps: readonly Step[]): Step[] {
  let approval = false;
  return steps.filter((s) => {
    const risky = approval && !s.logic?.conditions.length && s.kind !== 'APPROVAL';
    if (s.kind === 'APPROVAL') approval = true;
    return risky;
  });
}
/** what the server takes back: without what only it may say */
export function stepsToSend(steps: readonly Step[]): unknown[] {
  return steps.map((s) => {
    const { flowName: _n, flowInputs: _i, fieldId: _f, ...rest } = s as Step & { flowName?: string; flowInputs?: unknown; fieldId?: string };
    if ('assignTo' in rest && rest.assignTo) {
      const { name: _name, ...assignTo } = rest.assignTo as { name?: string; type: string };
      (rest as { assignTo?: unknown }).assignTo = assignTo;
    }
    if (rest.logic && !rest.logic.conditions.length) delete (rest as { logic?: unknown }).logic;
    return rest;
  });
}
