/* The permissions that a custom role may hold, in the order the editor shows them; names in the catalogue. */
export const permissionGroups: { id: string; names: string[] }[] = [
  { id: 'workflow', names: ['okta.workflows.invoke', 'okta.workflows.read'] },
  { id: 'flows', names: ['reeve.flows.read', 'reeve.flows.edit', 'reeve.flows.run', 'reeve.folders.manage', 'reeve.runs.read', 'reeve.runs.manage', 'reeve.connections.read', 'reeve.connections.use', 'reeve.connections.manage'] },
  { id: 'users', names: ['okta.users.manage', 'okta.users.read', 'okta.users.create', 'okta.users.userprofile.manage', 'okta.users.lifecycle.manage', 'okta.users.credentials.manage', 'okta.users.groupMembership.manage', 'okta.users.apitokens.read', 'okta.users.apitokens.manage'] },
  { id: 'groups', names: ['okta.groups.manage', 'okta.groups.read', 'okta.groups.create', 'okta.groups.members.manage'] },
  { id: 'apps', names: ['okta.apps.manage', 'okta.apps.read', 'okta.apps.assignment.manage', 'okta.apps.clientCredentials.read'] },
  { id: 'iam', names: ['okta.iam.read'] },
];
const known = new Set(permissionGroups.flatMap((g) => g.names));
/** names beyond the table are kept and shown as they are; the twins that the wire adds are left out */
export function groupsFor(held: string[]): { id: string; names: string[] }[] {
  const other = held.filter((p) => !known.has(p));
  return other.length ? [...permissionGroups, { id: 'other', names: other }] : permissionGroups;
}
export const withoutTwins = (labels: string[]): string[] => labels.filter((p) => !/^okta\.workflows\.flows\./.test(p));
