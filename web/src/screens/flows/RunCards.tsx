/* The cards of a run: what each got and gave, how long it took, where it failed. */
import { type ReactNode, useState } from 'react';
import type { Card, CardType, Pin as PinModel, Run, RunCard } from '../../api/types';
import { isBodyPin, seen } from '../../logic/bodies';
import { COMMENT } from '../../logic/cards';
import { columnsOf, shownOutputs } from '../../logic/flowLayout';
import { TEXT_KEY, usedOutputs } from '../../logic/mapping';
import { type CardRun, laneTaken, sayMicros, showValue, sourceName } from '../../logic/runView';
import { locale, t } from '../../texts';
import { Button } from '../../ui/Button';
import { IconCheck, IconChevron, IconCopy, IconError, IconGo, IconMinus, IconRight, IconStop, IconBusy, IconClock } from '../../ui/icons';
import { Tile } from '../../ui/People';
import { Pin, State } from '../../ui/State';
import { useClock } from '../../ui/Time';
import { toast } from '../../ui/Toast';
import { cardIcon, laneLabel, subtitle } from './icons';

interface Over {
  cards: readonly Card[];
  data: readonly RunCard[];
  view: ReadonlyMap<string, CardRun>;
  numbers: ReadonlyMap<string, number>;
  types: ReadonlyMap<string, CardType>;
  saved: boolean;
  runError: Run['error'];
}
const length = (us: number): string => sayMicros(us, locale(), { ms: t.flows.runs.ms, seconds: t.time.seconds });

function Value({ value }: { value: unknown }) {
  const w = t.flows.runs;
  const [whole, setWhole] = useState(false);
  const v = showValue(value);
  if (v.kind === 'empty') return <span className="val muted">{w.empty_}</span>;
  if (v.kind === 'tree') return <details className="val-tree"><summary>{v.list ? w.items(v.count) : w.members(v.count)}</summary><pre tabIndex={0}>{v.text}</pre></details>;
  return <><span className={`val ${v.long && !whole ? 'clamped' : ''}`}>{v.text}</span>{v.long && !whole && <button type="button" className="addf" onClick={() => setWhole(true)}>{w.whole}</button>}</>;
}
function ValueRow({ pin, side, linked, value, from, of }: { pin: PinModel; side: 'l' | 'r'; linked: boolean; value: unknown; of?: string; from?: { no: number; name: string } | null }) {
  return (
    <div className="fr vr">
      <Pin type={pin.type} list={pin.list} filled={linked} className={`${side} ${linked ? 'on' : ''}`} />
      <dt>{of && `${of} › `}{pin.label || pin.key}{from && <span className="from"> {t.flows.runs.from(from.no, from.name)}</span>}</dt>
      <dd><Value value={value} /></dd>
    </div>
  );
}
function Part({ label, out, children }: { label: string; out?: boolean; children: ReactNode }) {
  return <div className={`fcs vals1 ${out ? 'out' : ''}`} role="group" aria-label={label}><div className="fcl" aria-hidden><span>{label}</span></div><dl>{children}</dl></div>;
}
function FateMark({ run }: { run: CardRun | undefined }) {
  const w = t.flows.runs;
  const took = run?.entry ? length(run.entry.durationUs) : '';
  switch (run?.fate) {
    case 'done': return <State tone="ok" icon={IconCheck}>{took}<span className="vh"> {w.done}</span></State>;
    case 'failed': return <State tone="bad" icon={IconError}>{took || w.failed}<span className="vh"> {w.failed}</span></State>;
    case 'stopped': return <State tone="quiet" icon={IconStop}>{w.stopped}</State>;
    case 'running': return <State tone="info" icon={IconBusy}>{w.running}</State>;
    case 'skipped': return <State tone="quiet" icon={IconMinus}>{w.skipped}</State>;
    case 'notReached': return <State tone="quiet" icon={IconMinus}>{w.notReached}</State>;
    default: return <State tone="quiet" icon={IconClock}>{w.waits}</State>;
  }
}
function Failure({ message, code, raw }: { message: string; code: number | null; raw?: string | null }) {
  const w = t.flows.runs;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText([message, code ? w.code(code) : '', raw ?? ''].filter(Boolean).join('\n'));
    toast(w.copied);
  };
  return (
    <div className="card-err" role="note">
      <b>{message}</b>
      {code ? <p className="meta">{w.code(code)}</p> : null}
      {raw && <details><summary>{w.answer}</summary><pre tabIndex={0}>{raw}</pre></details>}
      <div className="acts"><Button look="quiet" size="dense" icon={IconCopy} onPress={() => void copy().catch(() => undefined)}>{w.copyError}</Button></div>
    </div>
  );
}
function OneCard({ card, over, nested, used }: { card: Card; over: Over; nested?: boolean; used: ReadonlySet<string> }) {
  const w = t.flows.runs;
  const [all, setAll] = useState(false);
  const type = over.types.get(card.card);
  const run = over.view.get(card.id);
  const fate = run?.fate ?? 'ahead';
  const entry = run?.entry ?? null;
  const no = over.numbers.get(card.id) ?? 0;
  const name = type?.label ?? (card.title || card.card);
  const head = no === 1;
  const inputs = head ? [] : card.inputs;
  const usedHere = (id: string): boolean => used.has(`${card.id}|${id}`);
  const outputs = head ? [...card.outputs].sort((a, b) => Number(a.group !== type?.userGroup) - Number(b.group !== type?.userGroup)) : card.outputs;
  const given = entry?.outputs ? outputs.filter((o) => all || usedHere(o.id) || showValue(entry.outputs?.[o.id]).kind !== 'empty') : [];
  const shown = all ? given : shownOutputs(given, usedHere, head ? 12 : 8);
  const hidden = (entry?.outputs ? card.outputs.length : 0) - shown.length;
  const error = entry?.error ?? (fate === 'failed' && over.runError?.cardId === card.id ? over.runError : null);
  const quiet = fate === 'skipped' || fate === 'notReached' || fate === 'ahead';
  const taken = card.lanes ? laneTaken(card, over.data) : null;
  const sub = [t.flows.design.card(no, '').replace(/,\s*$/, ''), card.title && card.title !== type?.label ? card.title : ''].filter(Boolean).join(' · ');
  return (
    <section className={`fc ${nested ? 'nested' : ''} ${fate === 'failed' ? 'bad' : ''} ${quiet ? 'idle' : ''} ${fate === 'running' ? 'running' : ''}`} data-card={card.id} aria-label={t.flows.design.card(no, name)}>
      <header className="fch">
        <Tile icon={cardIcon(card.card, type?.category)} size="sm" />
        <span className="fch-name"><span className="ti cut">{name}</span><span className="sub cut" title={subtitle(card, type)}>{sub}</span></span>
        <FateMark run={run} />
      </header>
      {entry?.inputs && inputs.length > 0 && (
        <Part label={card.lanes ? t.flows.design.condition : t.flows.design.inputs}>
          {inputs.filter((p) => !isBodyPin(card, p) && (p.from || showValue(entry.inputs?.[p.id]).kind !== 'empty') && !(p.key === TEXT_KEY && !p.from && entry.outputs)).map((p) => <ValueRow key={p.id} pin={p} side="l" of={type?.stateGroup && p.group === type.stateGroup && p.type !== 'flow' ? 'State' : undefined} linked={Boolean(p.from)} value={entry.inputs?.[p.id]} from={sourceName(over.cards, over.numbers, p.from)} />)}
        </Part>
      )}
      {error && <Failure message={error.message} code={error.code} raw={'raw' in error ? error.raw : null} />}
      {card.lanes && !quiet && (
        <div className="lanes">
          {card.lanes.map((l) => {
            const label = laneLabel(card, type, l.name);
            return (
              <section key={l.name} className="lane" aria-label={t.flows.design.lane(label, no)}>
                <div className="lt">{label}<span className="grow" />{taken === l.name ? <State tone="act" icon={IconGo}>{w.taken}</State> : taken !== null && <span className="muted">{w.notTaken}</span>}</div>
                <div className="lane-row">{columnsOf(seen(l.cards)).map((c, i) => <div key={c.card.id} className="lane-col" style={{ width: c.width }}>{i > 0 && <span className="lane-line" aria-hidden />}<OneCard card={c.card} over={over} nested used={used} /></div>)}</div>
                {!seen(l.cards).length && <p className="meta lane-none">{t.flows.design.emptyLane}</p>}
              </section>
            );
          })}
        </div>
      )}
      {shown.length > 0 && <Part label={head ? w.received : t.flows.design.outputs} out>{shown.map((p) => <ValueRow key={p.id} pin={p} side="r" linked={usedHere(p.id)} value={entry?.outputs?.[p.id]} />)}</Part>}
      {entry?.outputs && hidden > 0 && <div className="fcs out"><div className="fr"><button type="button" className="addf" onClick={() => setAll(true)}>{t.flows.design.more(hidden)}</button></div></div>}
    </section>
  );
}
export function RunCards(over: Over) {
  const used = usedOutputs(over.cards);
  return (
    <div className="run-canvas" tabIndex={0} role="group" aria-label={t.flows.runs.cards}>
      <div className="run-row">
        {columnsOf(over.cards).map((c, i) => c.card.card === COMMENT ? null : (
          <div key={c.card.id} className="run-col" style={{ width: c.width }}>
            {i > 0 && <span className="run-line" aria-hidden />}
            <OneCard card={c.card} over={over} used={used} />
          </div>
        ))}
      </div>
    </div>
  );
}
/** every card that ran, in order */
const OPEN = 'reeve.run.steps';
export function RunSteps({ data, numbers, types, cards }: { data: readonly RunCard[]; numbers: ReadonlyMap<string, number>; types: ReadonlyMap<string, CardType>; cards: readonly Card[] }) {
  const w = t.flows.runs;
  const { zone } = useClock();
  const time = new Intl.DateTimeFormat(locale(), { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
  const total = data.reduce((n, e) => n + e.durationUs, 0);
  const said = (e: RunCard): ReactNode => e.status === 'FAILED' ? <State tone="bad">{w.failed}</State> : e.status === 'STOPPED' ? <State tone="quiet" icon={IconStop}>{w.stopped}</State> : <State tone="ok">{laneOf(e, cards, data, types) ?? w.done}</State>;
  const [open, setOpen] = useState(() => localStorage.getItem(OPEN) !== 'no');
  const toggle = (): void => {
    localStorage.setItem(OPEN, open ? 'no' : 'yes');
    setOpen(!open);
  };
  return (
    <section className="run-steps" aria-label={w.steps}>
      <button type="button" className="run-fold" aria-expanded={open} onClick={toggle}>{open ? <IconChevron className="i" size={12} aria-hidden /> : <IconRight className="i" size={12} aria-hidden />}<b>{w.steps}</b><span className="meta">{data.filter((e) => numbers.has(e.cardId)).length} · {length(total)}</span></button>
      {open && <div className="run-table" tabIndex={0}><table className="tb">
        <caption className="vh">{w.steps}</caption>
        <thead><tr><th scope="col" className="num">{w.no}</th><th scope="col">{w.card}</th><th scope="col">{w.started}</th><th scope="col" className="num">{w.took}</th><th scope="col">{w.result}</th></tr></thead>
        <tbody>{data.filter((e) => numbers.has(e.cardId)).map((e, i) => <tr key={`${i}${e.cardId}`}><td className="num muted">{numbers.get(e.cardId)}</td><td>{types.get(e.card)?.label ?? e.title}</td><td className="code soft">{time.format(Date.parse(e.startedAt))}</td><td className="num">{length(e.durationUs)}</td><td>{said(e)}</td></tr>)}</tbody>
        <tfoot><tr><td /><td>{w.total}</td><td /><td className="num">{length(total)}</td><td /></tr></tfoot>
      </table></div>}
    </section>
  );
}
function laneOf(e: RunCard, cards: readonly Card[], data: readonly RunCard[], types: ReadonlyMap<string, CardType>): string | null {
  const look = (list: readonly Card[]): Card | undefined => {
    for (const c of list) {
      if (c.id === e.cardId) return c;
      for (const l of c.lanes ?? []) {
        const inner = look(l.cards);
        if (inner) return inner;
      }
    }
    return undefined;
  };
  const card = look(cards);
  const taken = card?.lanes ? laneTaken(card, data) : null;
  return taken === null ? null : (types.get(card?.card ?? '')?.lanes?.find((l) => l.name === taken)?.label ?? taken);
}
