/* The four worlds and their places. A place is shown to those who may open it; a world without places is not shown. */
import type { LucideIcon } from 'lucide-react';
import { t } from '../texts';
import { IconFlow, IconPeople, IconRequests, IconSettings } from '../ui/icons';
import { paths } from './paths';
import type { Me } from './session';

export interface Place {
  href: string;
  name: string;
  /** other addresses that belong to this place begin with one of these */
  also?: string[];
  count?: 'needsMe' | 'unassigned';
}
export interface World {
  id: 'requests' | 'flows' | 'directory' | 'settings';
  name: string;
  icon: LucideIcon;
  places: Place[];
}

const GOVERN = 'okta.governance.accessRequests.manage';

export function worldsFor(me: Me): World[] {
  const inTeam = me.session.teams.length > 0;
  const governs = me.may(GOVERN);
  const admin = me.session.administrator || me.session.superAdmin;
  const at = (ok: boolean, place: Place): Place[] => (ok ? [place] : []);
  const worlds: World[] = [
    {
      id: 'requests', name: t.nav.requests, icon: IconRequests,
      places: [
        { href: paths.inbox(), name: t.nav.inbox, also: ['/requests/'], count: 'needsMe' },
        { href: paths.catalogue(), name: t.nav.catalogue, also: ['/catalogue/', '/next/new'] },
        ...at(inTeam || governs, { href: paths.board(), name: t.nav.board, count: 'unassigned' }),
        ...at(inTeam || governs, { href: paths.requestTypes(), name: t.nav.requestTypes, also: ['/request-types/'] }),
      ],
    },
    {
      id: 'flows', name: t.nav.flows, icon: IconFlow,
      places: [
        ...at(me.may('reeve.flows.read'), { href: paths.flows(), name: t.nav.allFlows, also: ['/flows/'] }),
        ...at(me.may('reeve.tables.read'), { href: paths.tables, name: t.nav.tables, also: ['/tables/'] }),
        ...at(me.may('reeve.connections.read'), { href: paths.connections, name: t.nav.connections }),
      ],
    },
    {
      id: 'directory', name: t.nav.directory, icon: IconPeople,
      places: [
        ...at(me.may('okta.users.read'), { href: paths.people, name: t.nav.people, also: ['/settings/people/'] }),
        ...at(me.may('okta.groups.read'), { href: paths.groups, name: t.nav.groups, also: ['/settings/groups/'] }),
        ...at(me.may('okta.apps.read'), { href: paths.applications, name: t.nav.applications, also: ['/settings/applications/'] }),
        ...at(me.may('okta.iam.read'), { href: paths.administrators, name: t.nav.administrators, also: ['/settings/administrators/'] }),
      ],
    },
    {
      id: 'settings', name: t.nav.settings, icon: IconSettings,
      places: [
        ...at(governs || inTeam, { href: paths.settings('teams'), name: t.nav.teams, also: ['/settings/teams/'] }),
        ...at(governs || inTeam, { href: paths.settings('lists'), name: t.nav.lists, also: ['/settings/lists/'] }),
        ...at(governs, { href: paths.settings('resources'), name: t.nav.resources, also: ['/settings/resources/'] }),
        ...at(governs, { href: paths.settings('integrations'), name: t.nav.integrations, also: ['/settings/integrations/'] }),
        ...at(me.may('okta.features.read'), { href: paths.settings('features'), name: t.nav.features }),
        ...at(me.session.superAdmin, { href: paths.settings('organisation'), name: t.nav.organisation }),
        ...at(me.session.superAdmin, { href: paths.mail(), name: t.nav.mail, also: ['/mail/'] }),
        ...at(me.may('okta.logs.read'), { href: paths.settings('log'), name: t.nav.log }),
        ...at(me.session.superAdmin, { href: paths.settings('log-stream'), name: t.nav.logStream }),
        ...at(me.session.superAdmin, { href: paths.settings('trust'), name: t.nav.trust }),
        ...at(admin, { href: paths.settings('tokens'), name: t.nav.tokens }),
        ...at(me.session.superAdmin, { href: paths.settings('health'), name: t.nav.health }),
        ...at(me.session.superAdmin && me.session.sample, { href: paths.settings('sample'), name: t.nav.sample }),
      ],
    },
  ];
  return worlds.filter((w) => w.places.length > 0);
}
export function isAt(place: Place, path: string): boolean {
  const own = place.href.split('?')[0];
  return path === own || (place.also ?? []).some((p) => path.startsWith(p));
}
