/* One card: head, options, inputs, outputs, lanes. On the canvas its rows are the ends of links; in the list view the
   same rows stand still. */
import { Handle, Position, useStore } from '@xyflow/react';
import { createContext, type DragEvent, lazy, type ReactNode, Suspense, useContext, useLayoutEffect, useRef, useState } from 'react';
import type { Card, CardType, InputPin, Pin as PinModel } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { changeCard, chooseEvent, COMMENT, duplicateCard, ENDPOINT, findCard, hasAddress, headOf, isBodyHead, mayStand, moveCard, newCard, newCardId, nudge, numbersOf, type Place, putCard, SCHEDULED, takeCard } from '../../logic/cards';
import { addBranch, BODY_HEAD, isBodyPin, isHidden, mayRemoveBranch, removeBranch, seen } from '../../logic/bodies';
import { columnsOf, shownOutputs } from '../../logic/flowLayout';
import { hasMembers, isEmpty, isOwnField, isStreaming, membersOf, mend, stateType, TEXT_KEY } from '../../logic/mapping';
import { failureFields, hasPolicy, mayFail } from '../../logic/policy';
import { t } from '../../texts';
import { IconButton } from '../../ui/Button';
import { Select, TextField } from '../../ui/Field';
import { IconAdd, IconAlarm, IconBack, IconChevron, IconCopy, IconDelete, IconDown, IconEdit, IconError, IconGo, IconLink, IconNote, IconTimer, IconUp, IconWarning } from '../../ui/icons';
import { Pin, State } from '../../ui/State';
import { Tile } from '../../ui/People';
import { toast } from '../../ui/Toast';
import { CardPop, dragged, endDrag, type Offer, startDrag } from './CardPicker';
import { ComposeText } from './ComposeText';
import { nameOf, useDesign } from './design';
import { cardIcon, laneLabel, sayPolicy, sayType, subtitle } from './icons';
import { ScheduleLine } from './ScheduleLine';
import { Slot } from './Slot';

const FieldPop = lazy(() => import('./FieldPop').then((m) => ({ default: m.FieldPop })));
const OutputPop = lazy(() => import('./FieldPop').then((m) => ({ default: m.OutputPop })));
const FailureDialog = lazy(() => import('./FailureDialog').then((m) => ({ default: m.FailureDialog })));
const TableOptions = lazy(() => import('./TableOptions'));
const ScheduleDialog = lazy(() => import('./ScheduleDialog').then((m) => ({ default: m.ScheduleDialog })));
const EndpointDialog = lazy(() => import('./EndpointDialog').then((m) => ({ default: m.EndpointDialog })));

/** where cards are drawn: pins are ends of links only on the canvas */
export const OnCanvas = createContext(false);
export const inputEnd = (card: string, input: string): string => `i|${card}|${input}`;
export const memberEnd = (card: string, output: string, path: readonly string[]): string => ['m', card, ...[output, ...path].map(encodeURIComponent)].join('|');
export const outputEnd = (card: string, output: string): string => `o|${card}|${output}`;

/* ---- adding, moving, deleting ---------------------------------------------------------------------------------- */

export function useCardActions() {
  const d = useDesign();
  const w = t.flows.design;
  const show = (id: string): void => {
    d.select(id);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const head = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"] .fch-name`);
      head?.focus({ preventScroll: true });
      head?.closest('[data-card]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      document.dispatchEvent(new CustomEvent('reeve:show-card', { detail: id }));
    }));
  };
  const add = (type: CardType, place: Place): void => {
    if (type.kind === 'EVENT') {
      const next = chooseEvent(d.cards, type);
      d.change(next);
      show(headOf(next)?.id ?? '');
      return;
    }
    if (!mayStand(d.cards, place)) return;
    const fitting = d.connections?.filter((c) => c.connector === type.connection) ?? [];
    const card = newCard(type, d.cards, type.connection && !type.connectionOptional && fitting.length ? (fitting[0]?.id ?? null) : null);
    d.change(putCard(d.cards, place, card));
    d.toggleOpened(`inputs ${card.id}`);
    show(card.id);
  };
  /** behind the chosen card, else at the end */
  const addSomewhere = (type: CardType): void => {
    let place: Place = { parent: null, lane: null, index: d.cards.length };
    if (d.selected !== null) {
      const at = placeBehind(d.cards, d.selected);
      if (at) place = at;
    }
    add(type, place);
  };
  const move = (id: string, by: -1 | 1): void => {
    const next = nudge(d.cards, id, by);
    if (!next) return;
    d.change(next);
    const card = findCard(next, id);
    if (card) toast(w.moved(nameOf(card, d.types), numbersOf(next).get(id) ?? 0));
    show(id);
  };
  return {
    add, addSomewhere, move, show,
    place: (id: string, to: Place): void => {
      const card = findCard(d.cards, id);
      const next = moveCard(d.cards, id, to);
      d.change(card ? mend(d.cards, next, card) : next);
      show(id);
    },
    remove: (card: Card): void => {
      if (isBodyHead(d.cards, card.id)) return;
      const at = placeBehind(d.cards, card.id);
      const next = takeCard(d.cards, card.id);
      d.change(next);
      d.select(null);
      toast(w.deleted(nameOf(card, d.types)));
      const ids = [...d.numbers.keys()];
      const before = at && ids.slice(0, Math.max(1, ids.indexOf(card.id))).filter((x) => findCard(next, x)).pop();
      if (before) requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-card="${CSS.escape(before)}"] .fch-name`)?.focus({ preventScroll: true }));
    },
    duplicate: (id: string): void => {
      const made = duplicateCard(d.cards, id);
      if (!made) return;
      d.change(made.cards);
      show(made.id);
    },
    note: (id: string): void => {
      const type = d.types.get(COMMENT);
      const at = placeBehind(d.cards, id);
      if (!type || !at) return;
      const card = { ...newCard(type, d.cards), title: w.newNote };
      d.change(putCard(d.cards, at, card));
      show(card.id);
    },
  };
}
function placeBehind(cards: readonly Card[], id: string): Place | null {
  let found: Place | null = null;
  const look = (list: readonly Card[], parent: string | null, lane: string | null): void => list.forEach((c, index) => {
    if (c.id === id) found = { parent, lane, index: index + 1 };
    for (const l of c.lanes ?? []) look(l.cards, c.id, l.name);
  });
  look(cards, null, null);
  return found;
}
/** where a card can be put: a + that opens the list, and a place to drop on */
export function AddHere({ place, label, children, small, only }: { place: Place; label: string; children?: ReactNode; small?: boolean; only?: Offer }) {
  const d = useDesign();
  const actions = useCardActions();
  const ref = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [over, setOver] = useState(false);
  if (d.readOnly) return null;
  const takes = (): boolean => dragged.type !== null || (dragged.card !== null && mayStand(d.cards, place, findCard(d.cards, dragged.card)));
  const drop = (e: DragEvent): void => {
    e.preventDefault();
    e.stopPropagation();
    setOver(false);
    const { type, card } = dragged;
    endDrag();
    if (card) actions.place(card, place);
    else if (type && d.types.has(type)) actions.add(d.types.get(type) as CardType, place);
  };
  return (
    <>
      <button ref={ref} type="button" className={`${small ? 'plus' : 'add-here'} nopan ${over ? 'over' : ''}`} aria-label={small ? label : undefined} title={label} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(true)}
        onDragOver={(e) => { if (takes()) { e.preventDefault(); e.stopPropagation(); setOver(true); } }} onDragLeave={() => setOver(false)} onDrop={drop}>
        <IconAdd size={small ? 12 : 14} aria-hidden />{!small && children}
      </button>
      {open && <CardPop anchor={ref} only={only} onClose={() => setOpen(false)} label={label} onPick={(type) => { setOpen(false); actions.add(type, place); }} />}
    </>
  );
}

/** the end of a flow that has nothing but its event: two ways to go on */
export function AddFirst({ place }: { place: Place }) {
  const d = useDesign();
  const w = t.flows.design;
  if (d.readOnly || d.numbers.size > 1) return null;
  return <div className="add-first"><AddHere place={place} label={w.addApp} only="app">{w.addApp}</AddHere><AddHere place={place} label={w.addFunction} only="function">{w.addFunction}</AddHere></div>;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

function InRow({ card, pin, children }: { card: Card; pin: PinModel; children: ReactNode }) {
  const on = useContext(OnCanvas);
  if (!on) return <div className="fr" data-drop={`${card.id}|${pin.id}`}>{children}</div>;
  return <Handle type="target" position={Position.Left} id={inputEnd(card.id, pin.id)} isConnectableStart={false} className="fr" data-drop={`${card.id}|${pin.id}`}>{children}</Handle>;
}
/** the end of links into a text stands beside its first line */
function TemplateEnd({ card, pin }: { card: Card; pin: PinModel }) {
  return useContext(OnCanvas) ? <Handle type="target" position={Position.Left} id={inputEnd(card.id, pin.id)} isConnectableStart={false} className="fr-end" /> : null;
}
function InputRow({ card, type, pin, problem, fixed }: { card: Card; type?: CardType; pin: InputPin; problem?: string; fixed?: boolean }) {
  const d = useDesign();
  const ref = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const label = pin.label || pin.key;
  const own = !fixed && isOwnField(type, 'inputs', pin);
  return (
    <InRow card={card} pin={pin}>
      <Pin type={pin.type} list={pin.list} filled={Boolean(pin.from)} className={`l ${pin.from ? 'on' : ''}`} />
      {own && type && !d.readOnly ? <button ref={ref} type="button" className="k two name nopan" title={`${label}, ${sayType(pin)}`} aria-haspopup="dialog" onClick={() => setOpen(true)}>{label}</button> : <span className="k two cut" title={`${label}, ${sayType(pin)}`}>{label}</span>}
      <Slot target={{ card: card.id, input: pin.id }} label={label} problem={problem} />
      {open && type && <Suspense><FieldPop card={card} type={type.stateGroup && pin.group === type.stateGroup ? stateType(type) : type} pin={pin} anchor={ref} onClose={() => setOpen(false)} /></Suspense>}
    </InRow>
  );
}
function OutputRow({ card, type, pin }: { card: Card; type?: CardType; pin: PinModel }) {
  const d = useDesign();
  const on = useContext(OnCanvas);
  const ref = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const label = pin.label || pin.key;
  const own = isOwnField(type, 'outputs', pin);
  const linked = d.used.has(`${card.id}|${pin.id}`);
  const name = d.readOnly
    ? <span className="k cut">{label}</span>
    : <button ref={ref} type="button" className="k name nopan" title={pin.help ?? `${label}, ${sayType(pin)}`} aria-haspopup="dialog" onClick={() => setOpen(true)}>{label}{pin.required && <span className="muted" title={t.flows.design.required}> *</span>}</button>;
  const content = (
    <>
      <span className="ty">{sayType(pin)}</span>{name}
      <Pin type={pin.type} list={pin.list} filled={linked} className={`r ${linked ? 'on' : ''}`} />
      {open && <Suspense>{own && type ? <FieldPop card={card} type={type} pin={pin} anchor={ref} onClose={() => setOpen(false)} /> : <OutputPop card={card} pin={pin} anchor={ref} onClose={() => setOpen(false)} />}</Suspense>}
    </>
  );
  const row = on ? <Handle type="source" position={Position.Right} id={outputEnd(card.id, pin.id)} isConnectableEnd={false} isConnectable={!d.readOnly} className="fr o">{content}</Handle> : <div className="fr o">{content}</div>;
  const members = hasMembers(pin) ? membersOf(d.cards, card.id, pin, d.members.get(`${card.id}|${pin.id}`) ?? []) : [];
  return <>{row}{members.map((path) => <MemberRow key={path.join('.')} card={card} pin={pin} path={path} />)}</>;
}
/** one member of an object output: dragged like an output */
function MemberRow({ card, pin, path }: { card: Card; pin: PinModel; path: string[] }) {
  const d = useDesign();
  const on = useContext(OnCanvas);
  const name = path.join(' › ');
  const content = <><span className="ty">{t.flows.design.memberOf}</span><span className="k cut" title={`${pin.label || pin.key} › ${name}`}>{name}</span><Pin type="any" className="r" /></>;
  if (!on) return <div className="fr o member">{content}</div>;
  return <Handle type="source" position={Position.Right} id={memberEnd(card.id, pin.id, path)} isConnectableEnd={false} isConnectable={!d.readOnly} className="fr o member">{content}</Handle>;
}
/** group: that of State on a card that streams */
function AddField({ card, type, label, group = '' }: { card: Card; type: CardType; label: string; group?: string }) {
  const ref = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const drops = type.userPins !== 'outputs' && type.kind !== 'EVENT';
  return (
    <div className="fr" data-drop={drops ? `${card.id}|+${group}` : undefined}>
      <button ref={ref} type="button" className="addf nopan" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(true)}><IconAdd size={14} aria-hidden />{label}</button>
      {open && <Suspense><FieldPop card={card} type={type} anchor={ref} onClose={() => setOpen(false)} /></Suspense>}
    </div>
  );
}
function Section({ label, out, count, children }: { label: string; out?: boolean; count?: number; children: ReactNode }) {
  return <div className={`fcs ${out ? 'out' : ''}`} role="group" aria-label={label}><div className="fcl" aria-hidden><span>{label}</span>{count !== undefined && <span>{count}</span>}</div>{children}</div>;
}
function groupsOf<T extends PinModel>(pins: readonly T[]): [string, T[]][] {
  const by = new Map<string, T[]>();
  for (const p of pins) by.set(p.group ?? '', [...(by.get(p.group ?? '') ?? []), p]);
  return [...by];
}

/* ---- the card ------------------------------------------------------------------------------------------------------ */

function Options({ card, type }: { card: Card; type: CardType }) {
  const d = useDesign();
  const w = t.flows.design;
  const options = type.options ?? [];
  if (!options.length && !type.connection) return null;
  const set = (key: string, value: unknown): void => d.change(changeCard(d.cards, card.id, (c) => ({ ...c, options: { ...c.options, [key]: value } })), `option ${card.id} ${key}`);
  const fitting = (d.connections ?? []).filter((c) => c.connector === type.connection);
  const wrong = d.said.find((p) => p.cardId === card.id && p.inputId === null);
  return (
    <Section label={w.options}>
      {type.connection && (
        <div className="fr opt nopan">
          <span className="k two cut">{w.connection}</span>
          {fitting.length || card.connectionId
            ? <Select dense hideLabel label={w.connection} value={card.connectionId ?? null} placeholder={type.connectionOptional ? w.noConnection : w.chooseConnection} disabled={d.readOnly} onChange={(id) => d.change(changeCard(d.cards, card.id, (c) => ({ ...c, connectionId: id || null })))} error={wrong && !card.connectionId && !type.connectionOptional ? ' ' : null} choices={[...(type.connectionOptional ? [{ id: '', name: w.noConnection }] : []), ...fitting.map((c) => ({ id: c.id, name: c.name }))]} />
            : <span className="grow meta">{w.noConnections} <Link href={`${paths.connections}?new=${encodeURIComponent(type.connection)}`}>{w.makeConnection}</Link></span>}
        </div>
      )}
      {card.card.startsWith('stash:') && <Suspense fallback={null}><TableOptions card={card} type={type} readOnly={d.readOnly} onChange={(change, tag) => d.change(changeCard(d.cards, card.id, change), tag)} /></Suspense>}
      {options.filter((o) => o.key !== 'stash').map((o) => (
        <div key={o.key} className="fr opt nopan">
          <span className="k two" title={o.label}>{o.label}</span>
          {o.choices
            ? <Select dense hideLabel label={o.label} value={String(card.options?.[o.key] ?? o.default ?? '')} disabled={d.readOnly} onChange={(v) => set(o.key, v)} choices={o.choices.map((c) => ({ id: c.value, name: c.label }))} />
            : <TextField hideLabel label={o.label} value={String(card.options?.[o.key] ?? o.default ?? '')} disabled={d.readOnly} onChange={(v) => set(o.key, v)} />}
        </div>
      ))}
    </Section>
  );
}
/** what starts the flow by itself: its schedule, or the address that callers and resumers use */
function Trigger({ card }: { card: Card }) {
  const d = useDesign();
  const w = t.triggers;
  const [open, setOpen] = useState(false);
  const scheduled = card.card === SCHEDULED;
  if (!scheduled && !hasAddress(card.card)) return null;
  const next = scheduled && d.flow.enabled && !d.dirty ? d.flow.nextRunAt : null;
  return (
    <Section label={scheduled ? w.schedule.section : w.endpoint.section}>
      {scheduled && <p className="trigger-say"><ScheduleLine schedule={card.schedule} next={next} /></p>}
      {(!d.readOnly || !scheduled) && <div className="fr"><button type="button" className="addf nopan" aria-haspopup="dialog" onClick={() => setOpen(true)}>{scheduled ? <IconTimer size={14} aria-hidden /> : <IconLink size={14} aria-hidden />}{scheduled ? w.schedule.set : w.endpoint.open}</button></div>}
      {open && (
        <Suspense>
          {scheduled
            ? <ScheduleDialog schedule={card.schedule} onSet={(schedule) => d.change(changeCard(d.cards, card.id, (c) => ({ ...c, schedule })))} onClose={() => setOpen(false)} />
            : <EndpointDialog flow={d.flow} readOnly={d.readOnly} onClose={() => setOpen(false)} />}
        </Suspense>
      )}
    </Section>
  );
}
const ALONE = new Set(['is empty', 'is not empty']);
function Inputs({ card, type }: { card: Card; type?: CardType }) {
  const d = useDesign();
  const w = t.flows.design;
  const problem = (id: string): string | undefined => d.said.find((p) => p.cardId === card.id && p.inputId === id)?.sentence;
  const template = card.inputs.find((p) => p.key === TEXT_KEY && !p.from);
  const event = type?.kind === 'EVENT';
  const mayAdd = type?.userPins && type.userPins !== 'outputs' && !event && !d.readOnly;
  if (event) return null;
  if (template) {
    return (
      <Section label={w.inputs}>
        <div className="fr" data-drop={`${card.id}|${template.id}`}><TemplateEnd card={card} pin={template} /><Pin type="text" filled={card.inputs.some((p) => p.from)} className={`l ${card.inputs.some((p) => p.from) ? 'on' : ''}`} /><ComposeText card={card} label={nameOf(card, d.types)} problem={problem(template.id)} /></div>
      </Section>
    );
  }
  const operator = card.inputs.find((p) => p.key === 'operator');
  const alone = (p: InputPin): boolean => ALONE.has(String(card.inputs.find((x) => x.key === 'operator' && (x.group ?? '') === (p.group ?? ''))?.value));
  const ofTable = card.card.startsWith('stash:');
  const state = type?.stateGroup;
  const streams = Boolean(state) && isStreaming(card);
  const unused = (p: InputPin): boolean => !p.from && ((ofTable && (p.key === 'Where Expression' || (p.group === 'Table' && card.options?.stash !== 'runtime'))) || (Boolean(state) && p.group === state && !streams));
  const failing = failureFields(card, type);
  const shown = card.inputs.filter((p) => !(p.key === 'right-operand' && alone(p) && !p.from) && !unused(p) && !isBodyPin(card, p) && !failing.includes(p));
  if (!shown.length && !mayAdd && !streams) return null;
  // of a filled card the empty optional fields are folded away; a new card shows all
  const bare = (p: InputPin): boolean => !p.from && isEmpty(p.value) && !(streams && p.group === state) && !type?.inputs.find((x) => x.key === p.key)?.required && !isOwnField(type, 'inputs', p) && !problem(p.id);
  const fold = `inputs ${card.id}`;
  const few = shown.filter((p) => !bare(p));
  const folds = !card.lanes && few.length > 0 && shown.length - few.length > 1 && !operator;
  const folded = folds && !d.opened.has(fold);
  const groups = groupsOf(folded ? few : shown);
  // fields of the author stand with their like, else below all others but the state of a stream
  const own = groups.findIndex(([g]) => g === (type?.userGroup ?? ''));
  const addAt = own >= 0 ? own : groups.findLastIndex(([g]) => g !== state);
  const name = (group: string): string => {
    if (card.lanes && group && card.lanes.some((l) => l.name === group)) return laneLabel(card, type, group);
    if (card.lanes && operator) return w.condition;
    if (group === '_expr') return t.tables.filter.title;
    if (streams && group === state) return w.streaming;
    return groups.length > 1 && group ? group.charAt(0).toUpperCase() + group.slice(1) : w.inputs;
  };
  const folding = folds && <div className="fr"><button type="button" className="addf quiet nopan" onClick={() => d.toggleOpened(fold)}>{folded ? <IconChevron size={14} aria-hidden /> : <IconUp size={14} aria-hidden />}{folded ? w.emptyFields(shown.length - few.length) : w.less}</button></div>;
  return (
    <>
      {addAt < 0 && mayAdd && type && <Section label={w.inputs}><AddField card={card} type={type} label={w.dropHere} /></Section>}
      {groups.map(([group, pins], i) => (
        <Section key={group} label={name(group)}>
          {pins.map((p) => <InputRow key={p.id} card={card} type={type} pin={p} problem={problem(p.id)} />)}
          {i === addAt && mayAdd && type && <AddField card={card} type={type} label={w.dropHere} />}
          {group === state && streams && type && !d.readOnly && <AddField card={card} type={stateType(type)} label={w.addState} group={state} />}
          {i === groups.length - 1 && group !== state && folding}
        </Section>
      ))}
      {groups.at(-1)?.[0] === state && folding && <div className="fcs">{folding}</div>}
    </>
  );
}
/** what is handed back, or to the helper flow, when the card fails */
function Failing({ card, type }: { card: Card; type?: CardType }) {
  const d = useDesign();
  const pins = failureFields(card, type);
  if (!pins.length) return null;
  return <Section label={t.flows.failure.section}>{pins.map((p) => <InputRow key={p.id} card={card} type={type} pin={p} fixed problem={d.said.find((x) => x.cardId === card.id && x.inputId === p.id)?.sentence} />)}</Section>;
}
/** with which result set a search for rows fills an output */
const STREAMED = 'Records Streamed';
const resultOf = (p: PinModel): string => (p.key === 'Rows' ? 'all' : p.key === STREAMED ? 'stream' : 'one');
function Outputs({ card, type }: { card: Card; type?: CardType }) {
  const d = useDesign();
  const w = t.flows.design;
  const event = type?.kind === 'EVENT';
  const open = d.opened.has(card.id);
  const used = (id: string): boolean => d.used.has(`${card.id}|${id}`);
  const visible = card.outputs.filter((p) => !isHidden(p));
  const results = (p: PinModel): boolean => (card.card === 'stash:searchRows2' ? resultOf(p) === String(card.options?.resultSet ?? 'one').replace('all-new', 'all') : !type?.stateGroup || (p.key === STREAMED) === isStreaming(card));
  const fitting = visible.filter((p) => used(p.id) || results(p));
  const shown = open ? fitting : shownOutputs(fitting, used);
  const hidden = fitting.length - shown.length;
  const parts = card.card === ENDPOINT; // fields of three parts of a request are made with one button
  const asked = ([g]: [string, unknown]): number => (event && (g === (type?.userGroup ?? '') || (parts && t.triggers.groups[g])) ? 0 : 1); // what it asks for stands first
  const groups = groupsOf(shown).sort((a, b) => asked(a) - asked(b));
  const mayAdd = type?.userPins && type.userPins !== 'inputs' && !d.readOnly && (event || type.userPins === 'outputs');
  const name = (g: string): string => (parts && t.triggers.groups[g] ? t.triggers.groups[g] : event && (g === (type?.userGroup ?? '') || g === '') ? w.asks : event && g === 'context' ? w.context : groups.length > 1 && g ? g.charAt(0).toUpperCase() + g.slice(1) : w.outputs);
  const asks = event && mayAdd && !parts && !groups.some(([g]) => g === (type?.userGroup ?? ''));
  const lastPart = parts ? groups.filter((g) => asked(g) === 0).length - 1 : -1;
  if (!visible.length && !mayAdd) return null;
  return (
    <>
      {parts && lastPart < 0 && mayAdd && type && <Section label={w.asks} out><AddField card={card} type={type} label={w.addField} /></Section>}
      {asks && type && <Section label={w.asks} out><AddField card={card} type={type} label={w.addField} /></Section>}
      {groups.map(([g, pins], i) => (
        <Section key={g} label={name(g)} out count={event && g === (type?.userGroup ?? '') ? pins.length : undefined}>
          {pins.map((p) => <OutputRow key={p.id} card={card} type={type} pin={p} />)}
          {mayAdd && type && (parts ? i === lastPart : event ? g === (type.userGroup ?? '') : i === groups.length - 1) && <AddField card={card} type={type} label={event ? w.addField : w.addOutput} />}
          {i === groups.length - 1 && (hidden > 0 || (open && card.outputs.length > 11)) && <div className="fr"><button type="button" className="addf nopan" onClick={() => d.toggleOpened(card.id)}>{open ? <IconUp size={14} aria-hidden /> : <IconChevron size={14} aria-hidden />}{open ? w.less : w.more(hidden)}</button></div>}
        </Section>
      ))}
      {!groups.length && !asks && mayAdd && type && <Section label={w.outputs} out><AddField card={card} type={type} label={w.addOutput} /></Section>}
    </>
  );
}
const RETURN = 'control:return';
function Lanes({ card, type }: { card: Card; type?: CardType }) {
  const d = useDesign();
  const w = t.flows.design;
  const own = card.outputs.filter((o) => isOwnField(type, 'outputs', o));
  const no = d.numbers.get(card.id) ?? 0;
  const actions = useCardActions();
  /** a Return at the end of a body, with the fields that the container puts out */
  const giveBack = (l: NonNullable<Card['lanes']>[number]): void => {
    const back = d.types.get(RETURN);
    if (!back) return;
    const made = newCard(back, d.cards);
    const fields = own.map((o): PinModel => ({ id: o.id, key: o.key, label: o.label, type: o.type, ...(o.list ? { list: true } : {}) }));
    d.change(putCard(d.cards, { parent: card.id, lane: l.name, index: l.cards.length }, { ...made, inputs: fields.map((f) => ({ ...f, custom: true })), outputs: fields }));
    actions.show(made.id);
  };
  return (
    <div className="lanes">
      {card.lanes?.map((l) => {
        const label = laneLabel(card, type, l.name);
        const where = w.lane(label, no);
        const returns = l.cards.some((c) => c.card === RETURN);
        return (
          <section key={l.name} className="lane" aria-label={where}>
            <div className="lt">{label}<span className="grow" />{!d.readOnly && mayRemoveBranch(card, l.name) && <IconButton icon={IconDelete} label={w.removeBranch(label)} onPress={() => d.change(removeBranch(d.cards, card.id, l.name))} />}</div>
            <CardRow cards={l.cards} parent={card.id} lane={l.name} where={where} />
            {own.length > 0 && l.inline && !returns && (
              <div className="lane-results">
                <p className="meta">{w.returnHint}</p>
                {!d.readOnly && <button type="button" className="addf nopan" onClick={() => giveBack(l)}><IconAdd size={14} aria-hidden />{w.addReturn}</button>}
              </div>
            )}
            {own.length > 0 && !l.inline && (
              <div className="lane-results">
                <div className="fcl">{w.results}</div>
                {own.map((o) => <div key={o.id} className="fr" data-drop={`${card.id}|${o.id}|${l.name}`}><span className="k two cut">{o.label || o.key}</span><Slot target={{ card: card.id, lane: l.name, output: o.id }} label={`${o.label || o.key}, ${label}`} /></div>)}
              </div>
            )}
          </section>
        );
      })}
      {card.card === 'control:branch' && type && !d.readOnly && <button type="button" className="addf nopan" onClick={() => d.change(addBranch(d.cards, card.id, type, newCardId(d.cards, 'body:body')))}><IconAdd size={14} aria-hidden />{w.addBranch}</button>}
    </div>
  );
}
/** cards of a lane: side by side on the canvas, below each other in the list */
function CardRow({ cards, parent, lane, where }: { cards: Card[]; parent: string; lane: string; where: string }) {
  const on = useContext(OnCanvas);
  const d = useDesign();
  const w = t.flows.design;
  const columns = columnsOf(seen(cards));
  return (
    <>
      {columns.length === 0 && d.readOnly && <p className="meta">{w.emptyLane}</p>}
      <div className={on ? 'lane-row' : 'lane-list'}>
        {columns.map((c, i) => (
          <div key={c.card.id} className="lane-col" style={on ? { width: c.width } : undefined}>
            {i > 0 && on && <span className="lane-line" aria-hidden />}
            <CardView card={c.card} nested />
            {c.notes.map((n) => <Memo key={n.id} card={n} />)}
          </div>
        ))}
      </div>
      <AddHere place={{ parent, lane, index: cards.length }} label={w.addTo(where)}>{w.addCard}</AddHere>
    </>
  );
}
export function Memo({ card }: { card: Card }) {
  const d = useDesign();
  const w = t.flows.design;
  const actions = useCardActions();
  const set = (patch: Partial<Card>, tag: string): void => d.change(changeCard(d.cards, card.id, (c) => ({ ...c, ...patch })), `${tag} ${card.id}`);
  return (
    <aside className="memo" data-card={card.id} aria-label={w.comment}>
      {d.readOnly ? <><b>{card.title}</b><p className="prewrap">{card.note}</p></> : (
        <>
          <input className="memo-title fch-name nopan" aria-label={w.noteTitle} value={card.title ?? ''} maxLength={200} onChange={(e) => set({ title: e.target.value }, 'title')} />
          <textarea className="nopan nowheel" aria-label={w.noteText} rows={2} value={card.note ?? ''} maxLength={4000} onChange={(e) => set({ note: e.target.value }, 'note')} />
          <IconButton icon={IconDelete} label={w.deleteNote} onPress={() => actions.remove(card)} />
        </>
      )}
    </aside>
  );
}
/** Below the card; where that would be under the dock or out of sight, they rise over its lower end, as far as its head. */
function CanvasTools({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  const view = useStore((s) => s.transform);
  const [width, height] = [useStore((s) => s.width), useStore((s) => s.height)];
  useLayoutEffect(() => {
    const tools = ref.current;
    const card = tools?.closest<HTMLElement>('.fc');
    const board = card?.closest<HTMLElement>('.react-flow__viewport');
    const canvas = card?.closest('.canvas');
    const dock = canvas?.querySelector('.dock');
    if (!tools || !card || !board || !canvas || !dock) return;
    const [, y, zoom] = view;
    const place = (): void => {
      // the board may not stand yet where it is going to: measured on it, not on the screen
      const was = board.getBoundingClientRect();
      const own = card.getBoundingClientRect();
      const scale = was.width / board.offsetWidth;
      const bottom = canvas.getBoundingClientRect().top + y + ((own.bottom - was.top) / scale) * zoom;
      const over = (bottom - dock.getBoundingClientRect().top) / zoom + tools.offsetHeight + 20;
      const lift = Math.max(0, Math.min(over, own.height / scale - 42));
      tools.style.translate = `0 ${-Math.round(lift)}px`;
      tools.classList.toggle('lifted', lift > 0);
    };
    const sizes = new ResizeObserver(place);
    sizes.observe(card);
    sizes.observe(dock);
    place();
    return () => sizes.disconnect();
  }, [view, width, height]);
  return <div ref={ref} className="card-tools nopan" role="toolbar" aria-label={t.flows.design.tools}>{children}</div>;
}
function Tools({ card, type }: { card: Card; type?: CardType }) {
  const d = useDesign();
  const on = useContext(OnCanvas);
  const w = t.flows.design;
  const actions = useCardActions();
  const [naming, setNaming] = useState(false);
  const [failing, setFailing] = useState(false);
  const head = headOf(d.cards)?.id === card.id;
  const title = card.title && card.title !== type?.label ? card.title : '';
  const content = (
    <>
      {naming
        ? <div className="name-box"><TextField hideLabel label={w.title} value={title} placeholder={w.title} autoFocus maxLength={100} onBlur={() => setNaming(false)} onKeyDown={(e) => { if (e.key === 'Enter' || e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); setNaming(false); } }} onChange={(v) => d.change(changeCard(d.cards, card.id, (c) => ({ ...c, title: v || type?.label || '' })), `title ${card.id}`)} /></div>
        : (
          <>
            <IconButton icon={IconEdit} label={w.rename} onPress={() => setNaming(true)} />
            <IconButton icon={IconNote} label={w.addNote} onPress={() => actions.note(card.id)} />
            {!head && mayFail(card, type) && <IconButton icon={IconAlarm} label={t.flows.failure.open} onPress={() => setFailing(true)} />}
            {!head && <IconButton icon={on ? IconBack : IconUp} label={on ? w.moveLeft : w.moveUp} isDisabled={!nudge(d.cards, card.id, -1)} onPress={() => actions.move(card.id, -1)} />}
            {!head && <IconButton icon={on ? IconGo : IconDown} label={on ? w.moveRight : w.moveDown} isDisabled={!nudge(d.cards, card.id, 1)} onPress={() => actions.move(card.id, 1)} />}
            {!head && <IconButton icon={IconCopy} label={w.duplicate} onPress={() => actions.duplicate(card.id)} />}
            <IconButton icon={IconDelete} label={w.delete} onPress={() => actions.remove(card)} />
          </>
        )}
      {failing && <Suspense><FailureDialog card={card} type={type} onClose={() => setFailing(false)} /></Suspense>}
    </>
  );
  return on ? <CanvasTools>{content}</CanvasTools> : <div className="card-tools" role="toolbar" aria-label={w.tools}>{content}</div>;
}
export function CardView({ card, nested }: { card: Card; nested?: boolean }) {
  const d = useDesign();
  const on = useContext(OnCanvas);
  const actions = useCardActions();
  const w = t.flows.design;
  const event = useRef<HTMLButtonElement>(null);
  const [choosing, setChoosing] = useState(false);
  if (card.card === COMMENT) return <Memo card={card} />;
  const type = d.types.get(card.card);
  const no = d.numbers.get(card.id) ?? 0;
  const bodyHead = nested === true && card.card === BODY_HEAD;
  const name = bodyHead ? w.bodyHead : nameOf(card, d.types);
  const selected = d.selected === card.id;
  const own = d.said.filter((p) => p.cardId === card.id && p.inputId === null);
  const bad = own.some((p) => !p.hint);
  const open = card.card === 'control:noop' && headOf(d.cards)?.id === card.id;
  const isHead = headOf(d.cards)?.id === card.id;
  return (
    <section className={`fc ${nested ? 'nested' : ''} ${selected ? 'sel' : ''} ${bad && !open ? 'bad' : ''} ${open ? 'open' : ''}`} data-card={card.id} aria-label={w.card(no, name)}
      onClick={(e) => { if (!(e.target as HTMLElement).closest('button,input,textarea,[contenteditable],[role="dialog"]') && e.currentTarget.contains(e.target as Node)) { e.stopPropagation(); d.select(card.id); } }}
      onFocus={(e) => { e.stopPropagation(); if (d.selected !== card.id && e.currentTarget.contains(e.target)) d.select(card.id); }}>
      <header className="fch" draggable={!d.readOnly && !isHead && !bodyHead} onDragStart={(e) => { e.stopPropagation(); startDrag(e, { card: card.id }); }} onDragEnd={endDrag}>
        <Tile icon={cardIcon(card.card, type?.category)} size="sm" />
        <button type="button" className={`fch-name ${on ? 'nopan' : ''}`} aria-current={selected ? 'true' : undefined} title={[type?.help, card.note].filter(Boolean).join('\n') || undefined}
          onClick={(e) => { e.stopPropagation(); d.select(card.id); }}
          onKeyDown={(e) => {
            if (d.readOnly) return;
            if (e.key === 'Delete') { e.preventDefault(); actions.remove(card); }
            else if (e.altKey && /^Arrow(Left|Up|Right|Down)$/.test(e.key)) { e.preventDefault(); actions.move(card.id, /Left|Up/.test(e.key) ? -1 : 1); }
          }}>
          <span className="ti cut">{open ? w.chooseEvent : name}</span>
          <span className="sub cut">{open ? '' : subtitle(card, type)}</span>
        </button>
        <span className="no-tag" aria-hidden>{no}</span>
      </header>
      {open && (
        <div className="fcs open-event">
          <p className="soft">{w.chooseEventText}</p>
          {!d.readOnly && <button ref={event} type="button" className="b pri dense nopan" onClick={() => setChoosing(true)} aria-haspopup="dialog" aria-expanded={choosing}><IconAdd size={16} className="i" aria-hidden />{w.chooseEvent}</button>}
          {choosing && <CardPop anchor={event} onClose={() => setChoosing(false)} label={w.chooseEvent} onPick={(x) => { setChoosing(false); actions.add(x, { parent: null, lane: null, index: 0 }); }} />}
        </div>
      )}
      {own.length > 0 && !open && <ul className="card-said">{own.map((p) => <li key={p.sentence}><State tone={p.hint ? 'warn' : 'bad'} icon={p.hint ? IconWarning : IconError}><span className="wrap-text">{p.sentence}</span></State></li>)}</ul>}
      {hasPolicy(card) && <p className="card-said soft"><State tone="quiet" icon={IconAlarm}><span className="wrap-text">{sayPolicy(card, type, d.helpers)}</span></State></p>}
      <Trigger card={card} />
      {type && <Options card={card} type={type} />}
      {!open && <Inputs card={card} type={type} />}
      {!open && <Failing card={card} type={type} />}
      {card.lanes && <Lanes card={card} type={type} />}
      {!open && <Outputs card={card} type={bodyHead ? undefined : type} />}
      {!d.readOnly && !bodyHead && (selected || !on) && <Tools card={card} type={type} />}
    </section>
  );
}
