/* When a scheduled flow starts: chosen in plain terms or by the fields of a calendar, with its next starts before it is set. */
import { useEffect, useMemo, useState } from 'react';
import { ApiProblem, api } from '../../api/client';
import type { Instant, Schedule } from '../../api/types';
import { everyHours, everyMinutes, everyMonths, fieldsOf, type Plan, planOf, saySchedule } from '../../logic/schedule';
import { locale, t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Checkbox, CheckboxGroup, Combo, Select, TextField } from '../../ui/Field';
import { IconError, IconTimer } from '../../ui/icons';
import { inZone } from './ScheduleLine';

const own = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
const zones = (): string[] => [...new Set(['UTC', own(), ...Intl.supportedValuesOf('timeZone')])].sort();
/** weekdays as they stand in a calendar here: Monday first */
const weekdays = (): { id: string; name: string }[] => {
  const f = new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' });
  return ['1', '2', '3', '4', '5', '6', '0'].map((id) => ({ id, name: f.format(Date.UTC(2026, 1, 1 + Number(id))) }));
};
const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** the next starts as the server works them out; asked again a moment after the last change */
function useNext(schedule: Schedule): { next: Instant[] | null; wrong: string | null } {
  const key = JSON.stringify(schedule);
  const [said, setSaid] = useState<{ key: string; next: Instant[] | null; wrong: string | null }>({ key: '', next: null, wrong: null });
  useEffect(() => {
    let over = false;
    const timer = setTimeout(() => {
      void api.post<{ next: Instant[] }>('/schedules/preview', { schedule: JSON.parse(key) as Schedule })
        .then((r) => { if (!over) setSaid({ key, next: r.next, wrong: null }); })
        .catch((e: unknown) => { if (!over) setSaid({ key, next: null, wrong: e instanceof ApiProblem ? (e.sentences[0] ?? e.message) : String(e) }); });
    }, 250);
    return () => { over = true; clearTimeout(timer); };
  }, [key]);
  return said.key === key ? said : { next: null, wrong: null };
}

export function ScheduleDialog({ schedule, onSet, onClose }: { schedule: Schedule | undefined; onSet: (s: Schedule) => void; onClose: () => void }) {
  const w = t.triggers.schedule;
  const [plan, setPlan] = useState<Plan>(() => planOf(schedule ?? {}));
  const [raw, setRaw] = useState<Schedule>(() => ({ ...schedule, ...(schedule?.minutes || schedule?.hours ? {} : fieldsOf(planOf({}))), timeZone: schedule?.timeZone || (schedule ? 'UTC' : own()) }));
  const [tried, setTried] = useState(false);
  const set = (patch: Partial<Plan>): void => setPlan((p) => ({ ...p, ...patch }));
  const field = (patch: Partial<Schedule>): void => setRaw((r) => ({ ...r, ...patch }));
  const made: Schedule = useMemo(() => {
    const s: Schedule = { ...raw, ...(plan.every === 'custom' ? {} : fieldsOf(plan)) };
    for (const k of ['startDate', 'endDate'] as const) if (!s[k]) delete s[k];
    if (!s.skipIfRunning) delete s.skipIfRunning;
    return s;
  }, [raw, plan]);
  const { next, wrong } = useNext(made);
  const noDays = plan.every === 'week' && plan.days.length === 0;
  const noTime = ['day', 'week', 'month'].includes(plan.every) && !/^\d\d:\d\d/.test(plan.at);
  const go = (): void => {
    setTried(true);
    if (noDays || noTime || wrong) return;
    onSet(made);
    onClose();
  };
  const change = (every: string): void => {
    if (every === 'custom') setRaw((r) => ({ ...r, ...fieldsOf(plan) }));
    set({ every: every as Plan['every'], days: every === 'week' && !plan.days.length ? ['1'] : plan.days });
  };
  const days = <CheckboxGroup label={w.days} hint={plan.every === 'week' ? undefined : w.daysHint} error={tried && noDays ? w.noDays : null} values={plan.days} onChange={(d) => set({ days: d })} choices={weekdays()} />;
  const time = <TextField label={w.at} type="time" value={plan.at} onChange={(at) => set({ at: at.slice(0, 5) })} error={tried && noTime ? w.noTime : null} />;
  const window = (
    <div className="sch-two">
      <Select label={w.window} value={String(plan.from ?? '')} onChange={(v) => set(v === '' ? { from: null, to: null } : { from: Number(v), to: plan.to && plan.to > Number(v) ? plan.to : Math.min(24, Number(v) + 8) })} choices={[{ id: '', name: w.wholeDay }, ...Array.from({ length: 24 }, (_, h) => ({ id: String(h), name: clock(h) }))]} />
      {plan.from !== null && <Select label={w.windowTo} value={String(plan.to)} onChange={(v) => set({ to: Number(v) })} choices={Array.from({ length: 24 - plan.from }, (_, i) => ({ id: String((plan.from ?? 0) + i + 1), name: clock((plan.from ?? 0) + i + 1) }))} />}
    </div>
  );
  const at = inZone(made.timeZone);
  return (
    <Dialog open title={w.title} onClose={onClose} actions={<><Button onPress={onClose}>{t.verbs.cancel}</Button><Button look="primary" onPress={go}>{w.done}</Button></>}>
      <Select label={w.how} value={plan.every} onChange={change} choices={['minutes', 'hours', 'day', 'week', 'month', 'custom'].map((id) => ({ id, name: w.every[id] ?? id }))} />
      {plan.every === 'minutes' && <><Select label={w.eachMinutes} value={String(plan.minutes)} onChange={(v) => set({ minutes: Number(v) })} choices={everyMinutes.map((n) => ({ id: String(n), name: w.minutesN(n) }))} />{window}{days}</>}
      {plan.every === 'hours' && (
        <>
          <div className="sch-two">
            <Select label={w.eachHours} value={String(plan.hours)} onChange={(v) => set({ hours: Number(v) })} choices={everyHours.map((n) => ({ id: String(n), name: w.hoursN(n) }))} />
            <Select label={w.past} value={String(plan.past)} onChange={(v) => set({ past: Number(v) })} choices={Array.from({ length: 60 }, (_, m) => ({ id: String(m), name: String(m) }))} />
          </div>
          {window}{days}
        </>
      )}
      {plan.every === 'day' && time}
      {plan.every === 'week' && <>{days}{time}</>}
      {plan.every === 'month' && (
        <>
          <div className="sch-two">
            <Select label={w.day} value={String(plan.day)} onChange={(v) => set({ day: Number(v) })} hint={plan.day > 28 ? w.dayHint : undefined} choices={Array.from({ length: 31 }, (_, d) => ({ id: String(d + 1), name: String(d + 1) }))} />
            <Select label={w.eachMonths} value={String(plan.months)} onChange={(v) => set({ months: Number(v) })} choices={everyMonths.map((n) => ({ id: String(n), name: w.monthsN(n) }))} />
          </div>
          {time}
        </>
      )}
      {plan.every === 'custom' && (
        <>
          <div className="sch-five">{(['minutes', 'hours', 'dayOfTheMonth', 'month', 'dayOfTheWeek'] as const).map((k) => <TextField key={k} mono label={w.fields[k] ?? k} value={raw[k] ?? ''} onChange={(v) => field({ [k]: v })} spellCheck={false} maxLength={100} />)}</div>
          <p className="hint">{w.fieldsHint}</p>
        </>
      )}
      <Combo label={w.zone} value={made.timeZone ?? 'UTC'} name={made.timeZone} onChange={(z) => field({ timeZone: z ?? 'UTC' })} choices={zones().map((z) => ({ id: z, name: z }))} hint={w.clocks} />
      <div className="sch-two">
        <TextField label={w.from} optional type="date" value={(raw.startDate ?? '').slice(0, 10)} onChange={(v) => field({ startDate: v })} />
        <TextField label={w.until} optional type="date" value={(raw.endDate ?? '').slice(0, 10)} onChange={(v) => field({ endDate: v })} />
      </div>
      <Checkbox checked={raw.skipIfRunning ?? false} onChange={(skipIfRunning) => field({ skipIfRunning })}>{w.skip}</Checkbox>
      <section className="sch-next" aria-live="polite" aria-label={w.next}>
        <b><IconTimer className="i" size={16} aria-hidden />{saySchedule(made, t.triggers.say, locale())}</b>
        {wrong ? <p className="wrong"><IconError className="i" size={14} aria-hidden />{wrong}</p>
          : !next ? <p className="muted">{w.working}</p>
          : !next.length ? <p className="muted">{w.never}</p>
          : <ol aria-label={w.next}>{next.map((x) => <li key={x}><time dateTime={x}>{at.format(Date.parse(x))}</time></li>)}</ol>}
      </section>
    </Dialog>
  );
}
