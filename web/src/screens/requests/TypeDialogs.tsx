/* General settings, versions and preview of a request type. */
import { useState } from 'react';
import { useGet } from '../../api/hooks';
import type { Audience, ConfigListItem, Page, QuestionStep, RequestTypeVersion } from '../../api/types';
import { useMe } from '../../app/session';
import { type Answers, visibleQuestions } from '../../logic/logic';
import { formLength } from '../../logic/steps';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Select, TextArea, TextField, Toggle } from '../../ui/Field';
import { IconCheck } from '../../ui/icons';
import { Loaded } from '../../ui/Page';
import { GroupField, TypeTile } from '../../ui/People';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { typeIconNames } from '../../ui/tiles';
import { AnswerField } from './AnswerField';
import type { Editing, Said } from './editing';
import { errorAt, TeamPick } from './StepPanel';
import { kindIcon } from './Timeline';

export function GeneralPanel({ editing, said }: { editing: Editing; said: Said[] }) {
  const me = useMe();
  const w = t.types.general;
  const type = editing.type;
  const set = editing.change;
  const draft = type.status === 'DRAFT' && type.publishedVersion === null;
  const audience = (k: Audience['type']): void => set({ audience: k === 'EVERYONE' ? { type: k } : k === 'TEAM' ? { type: k, id: type.teamId, name: type.team.name } : { type: k, id: '' } });
  const a = type.audience;
  return (
    <div className="cfg-body stack">
      <div className="two-up">
        <TextField label={w.name} value={type.name} onChange={(name) => set({ name })} maxLength={60} error={errorAt(said, 'name')} />
        <TeamPick label={w.team} value={type.teamId} onChange={(teamId) => set({ teamId })} disabled={!draft} only={(x) => me.memberOf(x.id)} hint={draft ? undefined : w.teamFixed} error={errorAt(said, 'teamId')} />
      </div>
      <TextArea label={w.description} value={type.description} onChange={(description) => set({ description })} maxLength={2000} rows={2} hint={w.descriptionHint} error={errorAt(said, 'description')} />
      <fieldset>
        <legend className="lab">{w.icon} <span className="opt">{w.iconHint}</span></legend>
        <div className="icons" role="radiogroup" aria-label={w.icon}>
          {typeIconNames.map((n) => <button key={n} type="button" role="radio" aria-checked={type.icon === n} aria-label={n} title={n} onClick={() => set({ icon: n })}><TypeTile icon={n} colour={type.icon === n ? type.team.colour : undefined} /></button>)}
        </div>
      </fieldset>
      <div className="two-up">
        <Select label={w.audience} value={a.type} onChange={(k) => audience(k as Audience['type'])} choices={[{ id: 'EVERYONE', name: w.everyone }, { id: 'GROUP', name: w.group }, { id: 'TEAM', name: w.teamOnly }]} error={errorAt(said, 'audience')} />
        {a.type === 'GROUP' && <GroupField label={w.group} value={a.id ? { id: a.id, name: a.name ?? a.id } : null} onChange={(g) => set({ audience: { type: 'GROUP', id: g?.id ?? '', name: g?.name } })} hint={w.pushed} error={errorAt(said, 'audience/id')} />}
        {a.type === 'TEAM' && <TeamPick label={w.teamOnly} value={a.id} onChange={(id) => set({ audience: { type: 'TEAM', id } })} error={errorAt(said, 'audience/id')} />}
      </div>
      <div>
        <Toggle checked={type.autoResolve} onChange={(autoResolve) => set({ autoResolve })}><b>{w.autoResolve}</b> <span className="soft">{w.autoResolveText}</span></Toggle>
        {errorAt(said, 'autoResolve') && <p className="c-bad meta-line">{errorAt(said, 'autoResolve')}</p>}
      </div>
    </div>
  );
}
export function VersionsDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const w = t.types.versions;
  const list = useGet<Page<RequestTypeVersion>>(`/request-types/${id}/versions`, { query: { limit: 200 } });
  const [open, setOpen] = useState<number | null>(null);
  const one = useGet<RequestTypeVersion>(`/request-types/${id}/versions/${open ?? 0}`, { enabled: open !== null });
  return (
    <Dialog open wide title={w.title} onClose={onClose} actions={<Button autoFocus onPress={onClose}>{t.verbs.close}</Button>}>
      <p className="soft">{w.hint}</p>
      <Loaded of={list}>{(p) => p.data.length === 0 ? <p className="muted">{w.none}</p> : (
        <ul className="vers">
          {p.data.map((v) => (
            <li key={v.number}>
              <div className="row"><b>{w.version(v.number)}</b>{v.current && <State tone="ok" icon={IconCheck}>{w.current}</State>}<span className="meta grow">{w.by(v.publishedBy?.name ?? t.nobody)} · <Time inline at={v.publishedAt} /></span>
                <Button size="dense" look="quiet" aria-expanded={open === v.number} onPress={() => setOpen(open === v.number ? null : v.number)}>{w.show}</Button></div>
              {open === v.number && <Loaded of={one}>{(full) => (
                <ol className="vsteps">{(full.steps ?? []).map((s) => { const Icon = kindIcon[s.kind]; return <li key={s.id}><Icon className="i" size={14} aria-hidden /> {s.text}</li>; })}</ol>
              )}</Loaded>}
            </li>
          ))}
        </ul>
      )}</Loaded>
    </Dialog>
  );
}
export function PreviewDialog({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const questions = editing.type.steps.slice(0, formLength(editing.type.steps)) as QuestionStep[];
  const [answers, setAnswers] = useState<Answers>({});
  const shown = visibleQuestions(questions, answers);
  return (
    <Dialog open title={t.types.editor.previewTitle} onClose={onClose} actions={<Button autoFocus onPress={onClose}>{t.verbs.close}</Button>}>
      <div className="row"><TypeTile icon={editing.type.icon} colour={editing.type.team.colour} /><div><b>{editing.type.name}</b><p className="soft">{editing.type.description}</p></div></div>
      {shown.map((q) => <PreviewField key={q.id} q={q} value={answers[q.id]} onChange={(a) => setAnswers((x) => ({ ...x, [q.id]: a }))} />)}
      {!questions.length && <p className="soft">{t.requests.form.noQuestions}</p>}
    </Dialog>
  );
}
function PreviewField({ q, value, onChange }: { q: QuestionStep; value: Answers[string]; onChange: (a: Answers[string]) => void }) {
  const items = useGet<Page<ConfigListItem>>(`/config-lists/${q.configListId ?? ''}/items`, { query: { limit: 200 }, enabled: Boolean(q.configListId) });
  const choices = q.configListId ? (items.data?.data ?? []).map((x) => ({ value: x.id, name: x.name, description: x.description })) : undefined;
  return <AnswerField question={{ ...q, ...(choices ? { choices } : {}) }} value={value} onChange={onChange} />;
}
