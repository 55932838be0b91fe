/* The form of one request type: one column, questions appear as answers reveal them, the draft stays on this device, and
   who will decide is said before one sends. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { ApiProblem, api } from '../../api/client';
import { refresh, useGet, useSend } from '../../api/hooks';
import type { CatalogueForm, PersonRef, Request, RequestCreate } from '../../api/types';
import { paths } from '../../app/paths';
import { navigate, useHere } from '../../app/router';
import { useMe } from '../../app/session';
import { useMedia } from '../../app/useMedia';
import { dropDraft, keepDraft, readDraft } from '../../logic/drafts';
import { type Answer, type Answers, answersToSend, isEmpty, visibleQuestions, wrongAnswer } from '../../logic/logic';
import { sayLogic } from '../../logic/say';
import { span } from '../../logic/time';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { IconClose } from '../../ui/icons';
import { Loaded, Problem, Skeleton, useTitle } from '../../ui/Page';
import { Avatar, PersonField, TypeTile } from '../../ui/People';
import { toast } from '../../ui/Toast';
import { AnswerField, choicesOf } from './AnswerField';
import { kindIcon } from './Timeline';

export function Sheet({ id, onClose }: { id: string; onClose: () => void }) {
  const form = useGet<CatalogueForm>(`/catalogue/${id}`, { staleTime: 0 });
  return (
    <section className="sheet" aria-label={form.data?.name ?? t.loading}>
      <Loaded of={form} skeleton={<Skeleton rows={5} lines />}>{(f) => <FormBody key={f.id} form={f} onClose={onClose} />}</Loaded>
    </section>
  );
}

function FormBody({ form, onClose }: { form: CatalogueForm; onClose: () => void }) {
  const me = useMe();
  const { search } = useHere();
  const self: PersonRef = { id: me.session.principal.id, name: me.session.principal.name, email: me.session.principal.email };
  const [draft] = useState(() => readDraft(self.id, form.id));
  const [answers, setAnswers] = useState<Answers>(draft?.answers ?? {});
  const [people, setPeople] = useState<Record<string, PersonRef>>(draft?.people ?? {});
  const [requester, setRequester] = useState<PersonRef>(draft?.requester ?? self);
  const [subject, setSubject] = useState(search.get('subject') ?? draft?.subject ?? '');
  const withSubject = search.has('subject') || Boolean(draft?.subject);
  const [touched, setTouched] = useState(Boolean(draft));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const box = useRef<HTMLDivElement>(null);
  const key = useRef(crypto.randomUUID());
  useTitle(form.name);
  const alone = useMedia('(max-width: 900px)'); // the catalogue is not beside it
  const Under = alone ? 'h2' : 'h3';

  const shown = useMemo(() => visibleQuestions(form.questions, answers), [form.questions, answers]);
  useEffect(() => {
    if (touched) keepDraft(self.id, form.id, { answers, people, requester: requester.id === self.id ? null : requester, subject, at: Date.now() });
  }, [touched, answers, people, requester, subject, self.id, form.id]);

  const send = useSend((body: RequestCreate) => api.post<Request>('/requests', body, { key: key.current }), ['/requests', '/catalogue', '/tasks']);
  const set = (id: string, a: Answer): void => {
    setTouched(true);
    setAnswers((x) => ({ ...x, [id]: a }));
    setErrors(({ [id]: _gone, ...rest }) => rest);
  };
  const focusFirst = (): void => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>('[data-wrong] :is(input,textarea,button)')?.focus()) as unknown as void;
  const submit = async (): Promise<void> => {
    const found: Record<string, string> = {};
    for (const q of shown) {
      const wrong = wrongAnswer(q, answers[q.id]);
      if (wrong) found[q.id] = { required: t.requests.form.required, tooLong: t.requests.form.tooLong(q.inputType === 'TEXT' ? 1000 : 5000), notANumber: t.requests.form.notANumber, notADate: t.requests.form.notADate }[wrong];
    }
    setErrors(found);
    if (Object.keys(found).length) return focusFirst();
    try {
      const made = await send.mutateAsync({
        requestTypeId: form.id, answers: answersToSend(shown, answers),
        ...(subject.trim() ? { subject: subject.trim() } : {}), ...(requester.id === self.id ? {} : { requesterId: requester.id }),
      });
      dropDraft(self.id, form.id);
      toast(t.requests.form.sent(made.number));
      navigate(paths.request(made.number));
      void refresh('/requests');
    } catch (e) {
      if (!(e instanceof ApiProblem)) throw e;
      key.current = crypto.randomUUID();
      const at: Record<string, string> = {};
      for (const c of e.causes) {
        const id = /^\/?(?:answers\/)?([^/]+)/.exec(c.location ?? '')?.[1];
        if (id) at[id] = c.sentence;
      }
      setErrors(at);
      focusFirst();
    }
  };
  const discard = async (): Promise<void> => {
    if (touched && !(await ask({ title: t.requests.form.discardTitle, body: t.requests.form.discardBody, verb: t.requests.form.discard, safe: t.requests.form.keep }))) return;
    dropDraft(self.id, form.id);
    onClose();
  };
  const fields = new Set([...form.questions.map((q) => q.id), 'requesterId', 'subject']);
  const unplaced = send.error && !send.error.causes.some((c) => fields.has(/([^/]+)$/.exec(c.location ?? '')?.[1] ?? ''));
  const n = Object.keys(errors).length;
  const nameOf = (stepId: string, value: string): string => choicesOf(form.questions.find((q) => q.id === stepId) ?? { id: '', text: '', inputType: 'TEXT', required: false }).find((c) => c.id === value)?.name ?? value;

  return (
    <>
      <header className="head tiled sheet-head">
        <TypeTile icon={form.icon} colour={form.team.colour} size="lg" />
        <div>{alone ? <h1>{form.name}</h1> : <h2>{form.name}</h2>}</div>
        <IconButton icon={IconClose} label={t.verbs.close} onPress={onClose} />
        {form.description && <p className="below">{form.description}</p>}
      </header>
      <div className="form roomy" ref={box}>
        <div data-wrong={errors.requesterId ? '' : undefined}>
          <PersonField label={t.requests.form.requestFor} value={requester} onChange={(p) => { if (p) { setTouched(true); setRequester(p); } }} hint={requester.id === self.id ? undefined : requester.email} error={errors.requesterId} />
        </div>
        {withSubject && <div data-wrong={errors.subject ? '' : undefined}><TextField label={t.requests.form.subject} value={subject} onChange={(v) => { setTouched(true); setSubject(v); }} optional error={errors.subject} /></div>}
        {form.questions.length === 0 && <p className="soft">{t.requests.form.noQuestions}</p>}
        {shown.map((q) => (
          <div key={q.id} className={q.logic ? 'reveal' : undefined} data-wrong={errors[q.id] ? '' : undefined}>
            <AnswerField question={q} value={answers[q.id]} onChange={(a) => set(q.id, a)} error={errors[q.id]} person={isEmpty(answers[q.id]) ? null : (people[q.id] ?? null)} onPerson={(p) => p && setPeople((x) => ({ ...x, [q.id]: p }))} />
            {q.logic && <p className="hint meta">{t.requests.form.because(sayLogic(q.logic, form.questions, nameOf))}</p>}
          </div>
        ))}
        <section className="deciders">
          <Under className="label">{t.requests.form.deciders}</Under>
          {form.deciders.length === 0 ? <p className="soft">{t.requests.form.noDeciders}</p> : (
            <ol className="path">
              {form.deciders.map((d) => {
                const verb = { APPROVAL: t.requests.form.approves, CUSTOM_TASK: t.requests.form.completes, ACTION: t.requests.form.runs, QUESTION: t.requests.form.answers }[d.kind];
                const who = d.names.join(', ');
                const Icon = kindIcon[d.kind];
                return (
                  <li key={d.stepId}>
                    {who ? <Avatar name={d.names[0] ?? '?'} size="md" /> : <span className="node"><Icon className="i" size={14} aria-hidden /></span>}
                    <span className="two"><span>{who ? <><b>{who}</b> {verb} <span className="soft">{d.text}</span></> : <><b>{d.text}</b>{d.kind === 'ACTION' && <span className="soft"> {verb}</span>}</>}</span>{d.note && <span className="meta">{d.note}</span>}</span>
                  </li>
                );
              })}
            </ol>
          )}
        </section>
        {unplaced && <Problem error={send.error} />}
      </div>
      <footer className="sheet-foot">
        <span className="meta grow" role="status">{n > 0 ? <span className="c-bad">{t.requests.form.fix(n)}</span> : touched ? t.requests.form.draftKept : form.typicalMs ? t.time.usually(span(form.typicalMs, t.time)) : ''}</span>
        <Button look="quiet" onPress={() => void discard()}>{t.requests.form.discard}</Button>
        <Button look="primary" size="big" pending={send.isPending} onPress={() => void submit()}>{t.requests.form.send}</Button>
      </footer>
    </>
  );
}
