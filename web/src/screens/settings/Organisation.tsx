/* Settings of the organisation: name and address, times and retention, and the mail server with a test mail. */
import { useState } from 'react';
import { api } from '../../api/client';
import { useGet } from '../../api/hooks';
import type { Settings } from '../../api/types';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { useMe } from '../../app/session';
import { readSpan } from '../../logic/admin';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { Combo, Select, TextField, Toggle } from '../../ui/Field';
import { Bar, Loaded, Note, Problem, Skeleton } from '../../ui/Page';
import { PageForm, useDo, useForm } from './form';
import { Section } from './Master';
import './settings.css';

const touches = ['/settings', '/health', '/mails'];
const zones = (): string[] => ['UTC', ...(Intl as unknown as { supportedValuesOf: (k: string) => string[] }).supportedValuesOf('timeZone')];

export default function Organisation() {
  const settings = useGet<Settings>('/settings');
  return (
    <>
      <Bar title={t.nav.organisation} />
      <div className="pane"><Loaded of={settings} skeleton={<Skeleton rows={5} lines />}>{(s) => <Body settings={s} />}</Loaded></div>
    </>
  );
}
/** "24h" as a number and a unit people read; other spellings stay as they are */
const spans = (list: string[], now: string, say: (v: string) => string) => [...new Set([...list, now])].map((v) => ({ id: v, name: say(v) }));
function saySpan(v: string): string {
  const x = readSpan(v);
  return x ? { min: t.time.minutes, h: t.time.hours, d: t.time.days }[x.unit](x.n) : v;
}
function Body({ settings: s }: { settings: Settings }) {
  const me = useMe();
  const w = t.admin.organisation;
  const patch = (v: object): Promise<Settings> => api.patch<Settings>('/settings', { version: s.version, ...v });
  const done = (): void => void me.reread();
  const general = useForm({
    keep: 'settings.general', touches, done,
    from: { organisationName: s.organisationName, baseUrl: s.baseUrl, zone: s.zone, syncInterval: s.syncInterval, runRetention: s.runRetention, requestersMayEscalate: s.requestersMayEscalate },
    check: (v) => ({ organisationName: !v.organisationName.trim() && t.types.problem.noName, baseUrl: !/^https?:\/\/[^/]+/.test(v.baseUrl) && w.needUrl }),
    send: (v, changed) => patch(Object.fromEntries(changed.map((k) => [k, v[k]]))),
  });
  return (
    <>
      <Section top title={w.general}>
        <PageForm form={general} label={w.general}>
          <TextField label={w.name} maxLength={100} {...general.text('organisationName')} />
          <TextField label={w.baseUrl} type="url" hint={w.baseUrlHint} {...general.text('baseUrl')} />
          <Combo label={w.zone} value={general.v.zone} name={general.v.zone} onChange={(zone) => zone && general.set({ zone })} choices={zones().map((z) => ({ id: z, name: z }))} hint={w.zoneHint} error={general.at('zone')} />
          <div className="pairs">
            <Select label={w.sync} value={general.v.syncInterval} onChange={(syncInterval) => general.set({ syncInterval })} choices={spans(['1h', '6h', '12h', '24h'], s.syncInterval, saySpan)} hint={w.syncHint} error={general.at('syncInterval')} />
            <Select label={w.retention} value={general.v.runRetention} onChange={(runRetention) => general.set({ runRetention })} choices={spans(['7d', '30d', '90d', '365d'], s.runRetention, saySpan)} hint={w.retentionHint} error={general.at('runRetention')} />
          </div>
          <Toggle checked={general.v.requestersMayEscalate} onChange={(requestersMayEscalate) => general.set({ requestersMayEscalate })}><b>{w.escalate}</b> <span className="soft">{w.escalateText}</span></Toggle>
        </PageForm>
      </Section>
      <MailServer settings={s} patch={patch} done={done} />
    </>
  );
}
const ports: Record<Settings['mailSecurity'], string> = { TLS: '465', STARTTLS: '587', PLAIN: '25' };
function MailServer({ settings: s, patch, done }: { settings: Settings; patch: (v: object) => Promise<Settings>; done: () => void }) {
  const w = t.admin.organisation;
  const me = useMe();
  const act = useDo();
  const [password, setPassword] = useState('');
  const [to, setTo] = useState(me.session.principal.email);
  const form = useForm({
    keep: 'settings.mail', touches, done: () => { setPassword(''); done(); },
    from: { mailHost: s.mailHost ?? '', mailPort: String(s.mailPort), mailSecurity: s.mailSecurity, mailUser: s.mailUser ?? '', mailPassword: '', mailFrom: s.mailFrom, mailFromName: s.mailFromName },
    check: (v) => ({ mailPort: !/^\d{1,5}$/.test(v.mailPort) && w.needPort, mailFrom: !/.+@.+/.test(v.mailFrom) && t.admin.people.needEmail }),
    send: (v, changed) => patch({
      ...Object.fromEntries(changed.filter((k) => k !== 'mailPassword').map((k) => [k, k === 'mailPort' ? Number(v.mailPort) : k === 'mailHost' || k === 'mailUser' ? v[k].trim() || null : v[k]])),
      ...(password ? { mailPassword: password } : {}),
    }),
  });
  // the password is never kept; that it was typed is a change all the same
  const type = (v: string): void => { setPassword(v); form.set({ mailPassword: v ? '•' : '' }); };
  const test = (): Promise<boolean> => act.run('test', () => api.post('/settings/mail/test', { to: to.trim() }), w.tested(to.trim()));
  return (
    <Section top title={w.mail} about={s.mailHost ? undefined : <>{w.noServer} <Link href={paths.mail()}>{t.nav.mail}</Link></>}>
      <PageForm form={form} label={w.mail}>
        <div className="pairs"><TextField label={w.host} optional hint={w.hostHint} spellCheck={false} {...form.text('mailHost')} /><TextField label={w.port} inputMode="numeric" {...form.text('mailPort')} /></div>
        <Select label={w.security} value={form.v.mailSecurity} onChange={(x) => { const next = x as Settings['mailSecurity']; form.set({ mailSecurity: next, ...(Object.values(ports).includes(form.v.mailPort) ? { mailPort: ports[next] } : {}) }); }} choices={(['TLS', 'STARTTLS', 'PLAIN'] as const).map((x) => ({ id: x, name: w.securities[x][0], detail: w.securities[x][1] }))} error={form.at('mailSecurity')} />
        {form.v.mailSecurity === 'PLAIN' && form.v.mailHost && <Note tone="warn" title={w.plainTitle}>{w.plainText}</Note>}
        <div className="pairs"><TextField label={w.user} optional autoComplete="off" {...form.text('mailUser')} /><TextField label={w.password} optional type="password" autoComplete="new-password" value={password} onChange={type} placeholder={s.mailPasswordSet ? w.passwordSet : ''} error={form.at('mailPassword')} /></div>
        <div className="pairs"><TextField label={w.from} type="email" {...form.text('mailFrom')} /><TextField label={w.fromName} optional {...form.text('mailFromName')} /></div>
      </PageForm>
      <form className="inline-add" onSubmit={(e) => { e.preventDefault(); void test(); }} noValidate aria-label={w.test}>
        <TextField label={w.testTo} type="email" value={to} onChange={setTo} error={act.error?.at('to')} hint={form.dirty ? w.testSaved : undefined} />
        <Button type="submit" pending={act.busy === 'test'}>{w.test}</Button>
      </form>
      {act.error && !act.error.at('to') && <Problem error={act.error} />}
    </Section>
  );
}
