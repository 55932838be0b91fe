/* Mails of this server: captured while no mail server is set, queued, sent or failed. Shown as text, never as a page. */
import { type ReactNode, useDeferredValue } from 'react';
import { api, apiUrl } from '../../api/client';
import { refresh, useGet, useList } from '../../api/hooks';
import type { Mail as MailRow, MailFull } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, useSearch, navigate } from '../../app/router';
import { useMe } from '../../app/session';
import { cutLinks } from '../../logic/admin';
import { t } from '../../texts';
import { ButtonLink } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { IconCheck, IconClock, IconDelete, IconDownload, IconError, IconMail, IconRequests } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Loaded, Note, Problem } from '../../ui/Page';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { useDo } from './form';
import { Head, Master } from './Master';
import { sayBytes, withSearch } from './shared';

export function MailState({ status, pill }: { status: MailRow['status']; pill?: boolean }) {
  const word = t.admin.mail.status[status] ?? status;
  if (status === 'FAILED') return <State tone="bad" icon={IconError} pill={pill}>{word}</State>;
  if (status === 'SENT') return <State tone="ok" icon={IconCheck} pill={pill}>{word}</State>;
  return <State tone={status === 'QUEUED' ? 'info' : 'quiet'} icon={status === 'QUEUED' ? IconClock : IconMail} pill={pill}>{word}</State>;
}
export default function Mail({ params }: { params: { id?: string } }) {
  const me = useMe();
  const w = t.admin.mail;
  const act = useDo();
  const [s, set] = useSearch({ q: '' });
  const q = useDeferredValue(s.q.trim());
  const list = useList<MailRow>('/mails', { query: q ? { q } : {}, limit: 50, keep: true });
  const lines = list.rows.map((m) => ({ id: m.id, href: withSearch(paths.mail(m.id)), name: m.subject || w.noSubject, sub: m.status === 'CAPTURED' || m.status === 'SENT' ? m.to : <><MailState status={m.status} /> · {m.to}</>, end: <Time plain at={m.created} /> }));
  const clear = async (): Promise<void> => {
    if (!(await ask({ title: w.clearTitle, body: w.clearBody, verb: w.clear, safe: t.verbs.keep, destroy: true }))) return;
    if (await act.run('clear', async () => { await api.del('/mails'); await refresh('/mails'); }, w.cleared)) navigate(paths.mail(), { replace: true });
  };
  return (
    <Master className="mails" title={t.nav.mail} of={list} lines={lines} id={params.id} back={withSearch(paths.mail())} filtered={Boolean(s.q)} empty={{ title: w.empty, text: me.session.mailConfigured ? w.emptySent : w.emptyCaptured }}
      search={list.rows.length > 6 || s.q ? { label: w.search, value: s.q, onChange: (v) => set({ q: v }) } : undefined}
      actions={<Menu label={t.verbs.more} entries={[{ id: 'clear', name: `${w.clear} …`, icon: IconDelete, danger: true, run: () => void clear() }]} />}
      above={<>{!me.session.mailConfigured && <p className="strip"><IconMail className="i" size={14} aria-hidden /><span>{w.captured} <Link href={paths.settings('organisation')}>{w.setServer}</Link></span></p>}{act.error && <Problem page error={act.error} />}</>}>
      {(id) => <One id={id} />}
    </Master>
  );
}
function One({ id }: { id: string }) {
  const mail = useGet<MailFull>(`/mails/${id}`);
  return <Loaded of={mail}>{(m) => <Letter mail={m} />}</Loaded>;
}
function Letter({ mail: m }: { mail: MailFull }) {
  const w = t.admin.mail;
  return (
    <>
      <Head title={m.subject || w.noSubject} sub={<><MailState status={m.status} pill /><span><Time at={m.sentAt ?? m.created} /></span>{m.attempts > 1 && <span className="muted">{w.attempts(m.attempts)}</span>}</>}>
        {m.requestId && <ButtonLink href={paths.request(m.requestId)} icon={IconRequests}>{w.request}</ButtonLink>}
      </Head>
      {m.error && <Note tone="bad" title={w.failed}>{m.error}</Note>}
      <div className="letter">
        <dl>
          {m.from && <><dt>{w.from}</dt><dd>{m.from}</dd></>}
          <dt>{w.to}</dt><dd>{m.to}</dd>
          {m.cc && <><dt>{w.cc}</dt><dd>{m.cc}</dd></>}
        </dl>
        <div className="text" role="document" aria-label={m.subject}>{m.text.trim() ? withLinks(m.text) : m.html ? withLinks(textOf(m.html)) : <span className="muted">{w.noText}</span>}</div>
        {m.files.length > 0 && (
          <ul className="files" aria-label={w.files}>
            {m.files.map((f, i) => <li key={`${i}`}><a href={apiUrl(`/mails/${m.id}/files/${i}`)} download={f.name}><IconDownload className="i" size={14} aria-hidden /><span>{f.name}</span><span className="muted">{sayBytes(f.bytes)}</span></a></li>)}
          </ul>
        )}
      </div>
    </>
  );
}
/** http addresses in a text become links; everything else stays text */
function withLinks(text: string): ReactNode[] {
  return cutLinks(text).map((part, i) => {
    if (i % 2 === 0) return part;
    const own = part.startsWith(`${location.origin}/`) && !/^\/(decide|sign-in|setup)\b/.test(part.slice(location.origin.length));
    return own ? <Link key={`${i}`} href={part.slice(location.origin.length)}>{part}</Link> : <a key={`${i}`} href={part} target="_blank" rel="noopener noreferrer">{part}</a>;
  });
}
/** a mail without a text part: its words, read by the browser's parser, which runs nothing */
function textOf(html: string): string {
  try {
    return new DOMParser().parseFromString(html, 'text/html').body.textContent?.replace(/\n{3,}/g, '\n\n').trim() ?? '';
  } catch {
    return html.replace(/<[^>]*>/g, ' '); // trusted types may refuse the parser
  }
}
