/* One request: the story at the left, the facts at the right, below them the conversation and the activity. It changes under
   one's eyes as others act. */
import { useState } from 'react';
import { useGet } from '../../api/hooks';
import type { Activity, CatalogueForm, Message, Page, Request } from '../../api/types';
import { useKeptText } from '../../app/kept';
import { paths } from '../../app/paths';
import { hrefWith, Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { lastList } from '../../logic/lists';
import { expiresAt, myStep, stillOpen } from '../../logic/request';
import { running, span } from '../../logic/time';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { ask } from '../../ui/Dialog';
import { TextArea } from '../../ui/Field';
import { IconCheck, IconClose, IconEdit, IconFollow, IconHidden, IconLeft, IconLink, IconLock, IconMail, IconPeople, IconReassign, IconReopen, IconTimer } from '../../ui/icons';
import { Menu } from '../../ui/Menu';
import { Empty, LinkTabs, Loaded, Note, Problem, Skeleton, useTitle } from '../../ui/Page';
import { Avatar, Person, TeamTile, TypeTile } from '../../ui/People';
import { RequestState, State } from '../../ui/State';
import { Time, useClock } from '../../ui/Time';
import { toast } from '../../ui/Toast';


import { type RequestVerb, useRequestCommands } from './actions';
import { AssignDialog, SubjectDialog } from './dialogs';
import { kindIcon, RunLine, Timeline } from './Timeline';
import './request.css';

export default function RequestPage({ params }: { params: { number: string } }) {
  const request = useGet<Request>(`/requests/${params.number}`);
  useTitle(request.data ? `${request.data.subject} #${request.data.number}` : null);
  if (request.error?.kind === 'gone' && !request.data) {
    return <><header className="bar"><Back number={null} /></header><Empty title={t.requests.request.gone}>{t.requests.request.goneText}</Empty></>;
  }
  return <Loaded of={request} skeleton={<><header className="bar"><Back number={null} /></header><Skeleton rows={5} /></>}>{(r) => <Body key={r.id} request={r} />}</Loaded>;
}
function Back({ number }: { number: number | null }) {
  const list = lastList();
  const at = number === null ? -1 : list.numbers.indexOf(number);
  return (
    <div className="crumb grow">
      <Link href={list.href}><IconLeft className="i" size={16} aria-hidden />{list.name || t.nav.inbox}</Link>
      {at >= 0 && <span className="only-wide">{t.requests.inbox.position(at + 1, list.numbers.length)}</span>}
    </div>
  );
}
function Body({ request: r }: { request: Request }) {
  const me = useMe();
  const w = t.requests.request;
  const user = me.session.principal.id;
  const commands = useRequestCommands(r, user);
  const [bar, setBar] = useState<HTMLElement | null>(null);
  const [open, setOpen] = useState<'assign' | 'subject' | null>(null);
  const [folded, setFolded] = useState(true);
  const mine = myStep(r);
  const can = new Set(r.can);
  const list = lastList();
  const at = list.numbers.indexOf(r.number);
  const go = (d: number): void => {
    const next = list.numbers[at + d];
    if (at >= 0 && next !== undefined) navigate(paths.request(next), { replace: true });
  };
  useShortcuts([
    { keys: 'j', name: t.requests.inbox.next, run: () => go(1), quiet: true },
    { keys: 'k', name: t.requests.inbox.previous, run: () => go(-1), quiet: true },
    { keys: 'Escape', name: w.keysBack, run: () => navigate(list.href), quiet: true },
  ]);
  const doVerb = async (v: RequestVerb): Promise<void> => {
    const open = stillOpen(r);
    if (v === 'cancel' && !(await ask({ title: w.cancelTitle, body: w.cancelBody, verb: w.cancelVerb, safe: w.keepIt, destroy: true }))) return;
    if (v === 'resolve' && !(await ask({ title: w.resolveTitle, body: w.resolveBody(open), verb: w.resolveVerb }))) return;
    await commands.verb.mutateAsync(v);
    toast({ cancel: w.done.canceled, resolve: w.done.resolved, reopen: w.done.reopened, hold: w.done.held, release: w.done.released }[v]);
  };
  const run = (v: RequestVerb) => (): void => void doVerb(v).catch(() => undefined);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(`${location.origin}${paths.request(r.number)}`);
    toast(t.linkCopied);
  };
  const head = mine ? <State tone="act" pill icon={kindIcon[mine.kind]}>{w.waitsForYou}</State> : <RequestState status={r.status} pill />;
  const asked = r.creator.id === r.requester.id ? w.asked(r.requester.name) : w.askedFor(r.creator.name, r.requester.name);
  return (
    <>
      <header className="bar">
        <Back number={r.number} />
        <div className="acts">
          {can.has('RESOLVE') && r.allDone && <Button size="dense" look={mine ? 'plain' : 'primary'} icon={IconCheck} onPress={run('resolve')} pending={commands.verb.isPending}>{w.resolveVerb}</Button>}
          {can.has('REOPEN') && <Button size="dense" icon={IconReopen} onPress={run('reopen')} pending={commands.verb.isPending}>{w.reopen}</Button>}
          {can.has('FOLLOW') && <Button look="quiet" size="dense" icon={r.following ? IconFollow : undefined} aria-pressed={r.following} onPress={() => void commands.follow.mutateAsync(!r.following).catch(() => undefined)}>{r.following ? w.following : w.follow}</Button>}
          <IconButton icon={IconLink} label={t.verbs.copyLink} onPress={() => void copy()} />
          <Menu label={t.verbs.more} entries={[
            can.has('ASSIGN') && { id: 'assign', name: w.changeAssignee, icon: IconReassign, run: () => setOpen('assign') },
            can.has('EDIT') && { id: 'subject', name: w.rename, icon: IconEdit, run: () => setOpen('subject') },
            can.has('EDIT') && { id: 'private', name: r.private ? w.makePublic : w.makePrivate, icon: r.private ? IconPeople : IconHidden, run: () => void commands.change.mutateAsync({ private: !r.private }).catch(() => undefined) },
            can.has('HOLD') && { id: 'hold', name: w.hold, icon: IconTimer, run: run('hold') },
            can.has('RELEASE') && { id: 'release', name: w.release, icon: IconReopen, run: run('release') },
            can.has('RESOLVE') && { id: 'resolve', name: w.resolve, icon: IconCheck, run: run('resolve') },
            can.has('CANCEL') && 'line',
            can.has('CANCEL') && { id: 'cancel', name: w.cancel, icon: IconClose, danger: true, run: run('cancel') },
          ]} />
        </div>
      </header>
      <div className="req">
        <div className="story">
          <div>
            <div className="head tiled">
              <TypeTile icon={r.requestType.icon} colour={r.team.colour} size="lg" />
              <div><h1>{r.subject}</h1><p>#{r.number} · {asked} <Time inline at={r.created} /></p></div>
              <span className="only-wide">{head}</span>
            </div>
            <button type="button" className="fold only-narrow" aria-expanded={!folded} aria-controls="facts" onClick={() => setFolded(!folded)}>{head}<span className="grow" /><span className="muted cut">{r.team.name}{r.assignee ? ` · ${r.assignee.name}` : ''}</span></button>
            {commands.verb.error && <Problem error={commands.verb.error} />}
            {commands.change.error && open === null && <Problem error={commands.change.error} />}
            {r.allDone && can.has('RESOLVE') && <Note tone="info" title={w.allDone} action={<Button size="dense" onPress={run('resolve')}>{w.resolveVerb}</Button>} />}
            <Timeline request={r} bar={bar} />
          </div>
        </div>
        <aside className={`panel ${folded ? 'folded' : ''}`} id="facts" aria-label={w.moreFacts}>
          <Facts request={r} onAssign={can.has('ASSIGN') ? () => setOpen('assign') : undefined} />
          <Talk request={r} />
        </aside>
      </div>
      <div ref={setBar} />
      {open === 'assign' && <AssignDialog request={r} me={user} onClose={() => setOpen(null)} />}
      {open === 'subject' && <SubjectDialog request={r} me={user} onClose={() => setOpen(null)} />}
    </>
  );
}
function Facts({ request: r, onAssign }: { request: Request; onAssign?: () => void }) {
  const me = useMe();
  const w = t.requests.request;
  const clock = useClock();
  const user = me.session.principal.id;
  const type = useGet<CatalogueForm>(`/catalogue/${r.requestType.id}`, { staleTime: 600_000 });
  const usual = type.data?.typicalMs;
  const end = r.resolvedAt ? Date.parse(r.resolvedAt) : clock.now;
  const expires = expiresAt(r);
  const member = me.memberOf(r.team.id);
  return (
    <section className="facts" aria-label={w.facts}>
      <dl>
        <dt>{w.requester}</dt><dd><Person person={r.requester} me={user} /></dd>
        {r.creator.id !== r.requester.id && <><dt>{w.creator}</dt><dd><Person person={r.creator} me={user} /></dd></>}
        <dt>{w.assignee}</dt><dd>{r.assignee ? <Person person={r.assignee} me={user} /> : <span className="muted">{w.unassigned}</span>}{onAssign && <IconButton icon={IconEdit} label={w.changeAssignee} onPress={onAssign} />}</dd>
        <dt>{w.team}</dt><dd><TeamTile icon={r.team.icon} colour={r.team.colour} size="xs" /><span className="cut">{r.team.name}</span></dd>
        <dt>{w.type}</dt><dd className="wraps">{member ? <Link href={paths.requestType(r.requestType.id)}>{r.requestType.name}</Link> : r.requestType.name}<span className="muted">{w.version(r.requestTypeVersion)}</span></dd>
        <dt>{w.state}</dt><dd><RequestState status={r.status} /></dd>
        <dt>{r.resolvedAt ? w.tookFor : w.openFor}</dt><dd className="wraps">{running(end - Date.parse(r.created), t.time)}{usual ? <span className="muted">· {t.time.usually(span(usual, t.time))}</span> : null}</dd>
        {expires && <><dt>{w.expires}</dt><dd className="wraps"><Time at={expires} due /><span className="muted">{w.withoutActivity}</span></dd></>}
        <dt>{w.runs}</dt><dd className="wraps">{r.runs.length ? r.runs.map((x) => <RunLine key={x.runId} run={x} />) : <span className="muted">{w.noRuns}</span>}</dd>
        <dt>{w.seenBy}</dt><dd>{r.private ? <><IconLock className="i" size={14} aria-hidden />{w.privately}</> : <><IconPeople className="i" size={14} aria-hidden />{w.publicly}</>}</dd>
        {r.followers.length > 0 && <><dt>{w.followers}</dt><dd className="wraps">{r.followers.map((p) => <span key={p.id} title={p.name} className="who"><Avatar name={p.name} size="sm" /><span className="vh">{p.name}</span></span>)}</dd></>}
        {r.tags.length > 0 && <><dt>{w.tags}</dt><dd className="wraps">{r.tags.map((x) => <span key={x.text} className="chip">{x.text}</span>)}</dd></>}
      </dl>
    </section>
  );
}
function Talk({ request: r }: { request: Request }) {
  const w = t.requests.request;
  const [{ tab }] = useSearch({ tab: 'talk' });
  const messages = useGet<Page<Message>>(`/requests/${r.id}/messages`, { query: { limit: 200 } });
  const activity = useGet<Page<Activity>>(`/requests/${r.id}/activities`, { query: { limit: 200 }, enabled: tab === 'activity' });
  return (
    <section className="talk" aria-label={w.tab[tab]}>
      <LinkTabs sub label={w.moreFacts} current={tab} tabs={[
        { id: 'talk', name: w.tab.talk ?? '', href: hrefWith({ tab: null }), count: messages.data?.data.length },
        { id: 'activity', name: w.tab.activity ?? '', href: hrefWith({ tab: 'activity' }) },
      ]} />
      {tab === 'activity' ? (
        <div className="scroll"><Loaded of={activity} skeleton={<Skeleton lines rows={4} />}>{(p) => (
          <ol className="acts-log">
            {p.data.map((a) => (
              <li key={a.id}><span>{a.text}</span><span className="meta">{a.actor?.name ?? w.system} · <Time inline at={a.at} /></span></li>
            ))}
            {p.data.length === 0 && <li className="muted">{w.activityEmpty}</li>}
          </ol>
        )}</Loaded></div>
      ) : (
        <>
          <div className="scroll">
            <Loaded of={messages} skeleton={<Skeleton rows={2} />}>{(p) => p.data.length === 0 ? <p className="muted">{w.noMessages}</p> : (
              <ol className="msgs">
                {[...p.data].sort((a, b) => a.at.localeCompare(b.at)).map((m) => (
                  <li key={m.id} className="msg">
                    {m.author ? <Avatar name={m.author.name} /> : <span className="av" aria-hidden><IconMail size={12} /></span>}
                    <div className="by"><b>{m.author?.name ?? w.system}</b><span className="meta"><Time inline at={m.at} />{m.viaApi ? ` · ${w.viaApi}` : ''}</span></div>
                    <p className="prewrap">{m.text}</p>
                  </li>
                ))}
              </ol>
            )}</Loaded>
          </div>
          {r.can.includes('MESSAGE') && <Compose request={r} />}
        </>
      )}
    </section>
  );
}
function Compose({ request: r }: { request: Request }) {
  const me = useMe();
  const w = t.requests.request;
  const [text, setText] = useKeptText(`message.${r.id}`);
  const { say } = useRequestCommands(r, me.session.principal.id);
  const send = async (): Promise<void> => {
    if (!text.trim() || say.isPending) return;
    await say.mutateAsync(text.trim());
    setText('');
  };
  return (
    <div className="compose">
      <TextArea hideLabel label={w.write} placeholder={w.write} rows={1} value={text} onChange={setText} maxLength={5000}
        onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); void send().catch(() => undefined); } }} />
      <div className="row"><span className="grow" /><Button size="dense" isDisabled={!text.trim()} pending={say.isPending} onPress={() => void send().catch(() => undefined)}>{w.send}</Button></div>
      {say.error && <Problem error={say.error} />}
    </div>
  );
}
