/* Where records of runs are posted: address, headers, which events, the text around a record, and how the posting goes. */
import { useState } from 'react';
import { api } from '../../api/client';
import { useGet } from '../../api/hooks';
import type { LogStream as Stream } from '../../api/types';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { CheckboxGroup, TextArea, TextField, Toggle } from '../../ui/Field';
import { IconAdd, IconCheck, IconDelete, IconError } from '../../ui/icons';
import { Bar, Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { PageForm, useDo, useForm } from './form';
import { Section } from './Master';
import './settings.css';

const EVENTS = ['FLOW_START', 'FLOW_SUCCESS', 'FLOW_FAILURE', 'FLOW_CANCELED', 'FLOW_PAUSED', 'FLOW_RATE_LIMITED', 'FLOW_THROTTLED'];
export default function LogStream() {
  const stream = useGet<Stream>('/log-stream', { every: 10_000 });
  return (
    <>
      <Bar title={t.nav.logStream} />
      <div className="pane"><Loaded of={stream} skeleton={<Skeleton rows={5} lines />}>{(s) => <Body key={s.version} stream={s} />}</Loaded></div>
    </>
  );
}
interface Header {
  name: string;
  value: string;
}
function Body({ stream: s }: { stream: Stream }) {
  const w = t.admin.stream;
  const act = useDo();
  // values of headers are never shown nor kept in this browser: to change one is to give all of them
  const [headers, setHeaders] = useState<Header[] | null>(s.headers.length ? null : []);
  const [said, setSaid] = useState<{ ok: boolean; sentence: string } | null>(null);
  const form = useForm({
    keep: 'settings.stream', touches: ['/log-stream'],
    from: { enabled: s.enabled, url: s.url ?? '', events: s.events.length ? s.events : EVENTS, template: s.template, headers: 0 },
    check: (v) => ({ url: !/^https?:\/\/[^/]+/.test(v.url) && w.needUrl, template: v.template !== '' && !v.template.includes('{{record}}') && w.needMark }),
    send: (v) => api.put('/log-stream', { version: s.version, enabled: v.enabled, url: v.url.trim(), events: v.events, template: v.template, ...(headers ? { headers: Object.fromEntries(headers.filter((h) => h.name.trim()).map((h) => [h.name.trim(), h.value])) } : {}) }),
  });
  const change = (next: Header[]): void => { setHeaders(next); form.set({ headers: form.v.headers + 1 }); };
  const test = async (): Promise<void> => {
    setSaid(null);
    await act.run('test', async () => setSaid(await api.post<{ ok: boolean; sentence: string }>('/log-stream/test', {})));
  };
  return (
    <>
      {s.version > 0 && (
        <Section top title={w.state}>
          <dl className="figures">
            <div><dt>{w.lastTry}</dt><dd>{s.error ? <State tone="bad" icon={IconError}>{w.failed}</State> : s.sentAt ? <State tone="ok" icon={IconCheck}><Time at={s.sentAt} /></State> : w.nothingYet}</dd></div>
            <div><dt>{w.pending}</dt><dd>{s.pending}</dd></div>
            <div><dt>{w.dropped}</dt><dd>{s.dropped}</dd></div>
          </dl>
          {s.error && <Note tone="bad" title={s.error}>{w.again}</Note>}
          <p className="stream-test"><Button pending={act.busy === 'test'} isDisabled={form.dirty} onPress={() => void test().catch(() => undefined)}>{w.test}</Button></p>
          {said && <Note tone={said.ok ? 'info' : 'bad'} title={said.sentence} />}
          {act.error && <Problem error={act.error} />}
        </Section>
      )}
      <Section top title={w.title} about={w.about}>
        <PageForm form={form} label={w.title}>
          <Toggle checked={form.v.enabled} onChange={(enabled) => form.set({ enabled })}><b>{w.enabled}</b> <span className="soft">{w.enabledText}</span></Toggle>
          <TextField label={w.url} type="url" hint={w.urlHint} {...form.text('url')} />
          <div className="f">
            <span className="lab">{w.headers}</span>
            {headers === null
              ? <p className="row"><span className="soft grow">{w.kept(s.headers.join(', '))}</span><Button size="dense" onPress={() => change(s.headers.map((name) => ({ name, value: '' })))}>{w.replace}</Button></p>
              : headers.map((h, i) => (
                <div key={i} className="row">
                  <TextField hideLabel label={w.headerName(i + 1)} placeholder="Authorization" value={h.name} spellCheck={false} onChange={(name) => change(headers.map((x, k) => (k === i ? { ...x, name } : x)))} />
                  <TextField hideLabel label={w.headerValue(i + 1)} type="password" autoComplete="new-password" value={h.value} onChange={(value) => change(headers.map((x, k) => (k === i ? { ...x, value } : x)))} />
                  <IconButton icon={IconDelete} label={w.removeHeader(i + 1)} onPress={() => change(headers.filter((_, k) => k !== i))} />
                </div>
              ))}
            {headers !== null && <span><Button size="dense" look="quiet" icon={IconAdd} onPress={() => change([...headers, { name: '', value: '' }])}>{w.addHeader}</Button></span>}
            {form.at('headers') ? <p className="wrong">{form.at('headers')}</p> : <p className="hint">{w.headersHint}</p>}
          </div>
          <CheckboxGroup down label={w.events} values={form.v.events} onChange={(events) => form.set({ events })} choices={EVENTS.map((id) => ({ id, name: w.eventNames[id] ?? id, detail: id }))} error={form.at('events')} />
          <TextArea label={w.template} optional rows={3} hint={w.templateHint} {...form.text('template')} />
        </PageForm>
      </Section>
    </>
  );
}
