/* Which screen an address opens. Every screen is a chunk of its own. */
import type { ComponentType } from 'react';
import { route } from './router';

const catalogue = () => import('../screens/requests/Catalogue');
const elsewhere = () => import('../screens/settings/Elsewhere');
/** a list and its detail are one screen, which stays while one moves through the list */
const both = <P extends string>(path: P, load: () => Promise<{ default: ComponentType<{ params: { id?: string } }> }>) => [route(path, load as never), route(`${path}/:id` as const, load as never)];
const runs = () => import('../screens/flows/Runs');

export const routes = [
  route('/inbox', () => import('../screens/requests/Inbox')),
  route('/requests/:number', () => import('../screens/requests/RequestPage')),
  route('/catalogue', catalogue),
  route('/catalogue/:requestTypeId', catalogue),
  route('/next/new', () => import('../screens/requests/NextNew')),
  route('/board', () => import('../screens/requests/Board')),
  route('/request-types', () => import('../screens/requests/RequestTypes')),
  route('/request-types/:id', () => import('../screens/requests/RequestTypeEditor')),
  ...both('/settings/people', () => import('../screens/settings/People')),
  ...both('/settings/groups', () => import('../screens/settings/Groups')),
  ...both('/settings/applications', () => import('../screens/settings/Applications')),
  route('/settings/administrators', () => import('../screens/settings/Administrators')),
  ...both('/settings/administrators/roles', () => import('../screens/settings/Roles')),
  ...both('/settings/administrators/resource-sets', () => import('../screens/settings/ResourceSets')),
  ...both('/settings/teams', () => import('../screens/settings/Teams')),
  ...both('/settings/lists', () => import('../screens/settings/Lists')),
  ...both('/settings/resources', () => import('../screens/settings/Resources')),
  ...both('/settings/integrations', () => import('../screens/settings/Integrations')),
  route('/settings/features', () => import('../screens/settings/Features')),
  route('/settings/organisation', () => import('../screens/settings/Organisation')),
  route('/settings/log', () => import('../screens/settings/Log')),
  route('/settings/log-stream', () => import('../screens/settings/LogStream')),
  route('/settings/tokens', () => import('../screens/settings/Tokens')),
  route('/settings/trust', () => import('../screens/settings/Trust')),
  route('/settings/health', () => import('../screens/settings/Health')),
  route('/settings/sample', () => import('../screens/settings/Sample')),
  ...both('/mail', () => import('../screens/settings/Mail')),
  ...['/settings', '/settings/mail', '/people', '/people/:id', '/groups', '/groups/:id', '/applications', '/applications/:id', '/administrators'].map((path) => route(path, elsewhere)),
  route('/flows', () => import('../screens/flows/Flows')),
  route('/flows/:id', () => import('../screens/flows/Designer'), { rail: true }),
  route('/flows/:id/usage', () => import('../screens/flows/Usage'), { rail: true }),
  route('/flows/:id/runs', runs, { rail: true }),
  route('/flows/:id/runs/:runId', runs, { rail: true }),
  route('/tables', () => import('../screens/flows/Tables')),
  route('/tables/:id', () => import('../screens/flows/TableGrid')),
  route('/connections', () => import('../screens/flows/Connections')),
] as const;
