/* Objects of the compatible management endpoints (api.md 10-16, 19), as far as the administration shows them. Lists are
   bare arrays with a Link header, those of /iam objects with one array key. */
import type { Instant } from './types';

export interface Links {
  [rel: string]: { href: string; method?: string } | { href: string }[] | undefined;
}
export type UserStatus = 'STAGED' | 'PROVISIONED' | 'ACTIVE' | 'RECOVERY' | 'PASSWORD_EXPIRED' | 'LOCKED_OUT' | 'SUSPENDED' | 'DEPROVISIONED';
export interface UserProfile {
  login: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  mobilePhone?: string | null;
  secondEmail?: string | null;
  displayName?: string | null;
  title?: string | null;
  department?: string | null;
  /** login or e-mail of the manager */
  managerId?: string | null;
  timezone?: string | null;
  locale?: string | null;
}
export interface User {
  id: string;
  status: UserStatus;
  created: Instant;
  activated: Instant | null;
  statusChanged: Instant | null;
  lastLogin: Instant | null;
  lastUpdated: Instant;
  passwordChanged: Instant | null;
  profile: UserProfile;
  credentials?: { password?: object; provider?: { type: string; name: string } };
}
export interface Group {
  id: string;
  created: Instant;
  lastUpdated: Instant;
  lastMembershipUpdated: Instant;
  type: 'OKTA_GROUP' | 'APP_GROUP' | 'BUILT_IN';
  profile: { name: string; description: string | null };
  /** pushed to Access Requests: may be audience and approver (access-requests.md 5.4) */
  visibleInAccessRequests?: boolean;
}
export interface Application {
  id: string;
  name: string;
  label: string;
  status: 'ACTIVE' | 'INACTIVE';
  created: Instant;
  lastUpdated: Instant;
  signOnMode: string;
  credentials?: { oauthClient?: { client_id?: string; token_endpoint_auth_method?: string } };
  settings?: { oauthClient?: { application_type?: string; grant_types?: string[]; jwks?: { keys: { kid?: string; kty?: string }[] } | null } };
}
/** GET /api/v1/apps/{id}/grants: a scope that the application may ask for */
export interface AppGrant {
  id: string;
  scopeId: string;
  created: Instant;
}
/** GET /api/v1/apps/{id}/credentials/secrets; client_secret only in the answer of POST */
export interface AppSecret {
  id: string;
  status: 'ACTIVE' | 'INACTIVE';
  secret_hash: string;
  client_secret?: string;
  created: Instant;
}
export interface Feature {
  id: string;
  type: string;
  status: 'ENABLED' | 'DISABLED';
  name: string;
  description: string;
  stage: { value: 'EA' | 'BETA'; state?: 'OPEN' | 'CLOSED' };
}
export interface Role {
  id: string;
  label: string;
  description: string | null;
  created: Instant;
  lastUpdated: Instant;
}
export interface Permission {
  label: string;
  created: Instant;
  conditions: object | null;
}
export interface ResourceSet {
  id: string;
  label: string;
  description: string | null;
  created: Instant;
  lastUpdated: Instant;
}
export interface ResourceInSet {
  id: string;
  orn: string;
  created: Instant;
  _links?: Links;
}
export interface Binding {
  id: string; // role
}
export interface Member {
  id: string; // irb…, not the principal
  created: Instant;
  _links: { self: { href: string } }; // the principal
}
export interface RoleAssignment {
  id: string;
  label: string;
  type: string;
  status: string;
  created: Instant;
  assignmentType: 'USER' | 'GROUP' | 'CLIENT';
  role?: string;
  'resource-set'?: string;
}
export interface LogTarget {
  id: string | null;
  type: string;
  alternateId: string | null;
  displayName: string | null;
}
export interface LogEvent {
  uuid: string;
  published: Instant;
  eventType: string;
  displayMessage: string | null;
  severity: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  actor: { id: string; type: string; alternateId: string | null; displayName: string | null };
  client: { ipAddress: string | null; userAgent?: { rawUserAgent?: string | null } | null } | null;
  outcome: { result: string; reason: string | null } | null;
  target: LogTarget[] | null;
  transaction: { type: string; id: string } | null;
  debugContext: { debugData: Record<string, unknown> } | null;
}
export interface ApiToken {
  id: string;
  name: string;
  userId: string;
  expiresAt: Instant | null;
  created: Instant;
  lastUpdated: Instant;
}
